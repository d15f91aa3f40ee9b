//! Codes of the compact text.

super::codes! {
    UNEXPECTED = "M0101", "unexpected text", "The text of a parameter, outcome, condition or effect does not follow its grammar at this spot. The message names what may stand there.";
    UNCLOSED_STRING = "M0102", "string not closed", "A quoted string in a specification's text has no closing quote.";
    TOO_DEEP = "M0103", "nested too deeply", "A condition is nested deeper than the parser follows. Conjunctions need no brackets.";
}
