//! Cuts a specification's text into tokens with spans.

use crate::codes;
use crate::value::Literal;
use crate::vocabulary::xsd;

use super::name::{Span, Spelling};
use super::parser::TextError;

/// One token.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Token {
    /// A bare word, a prefixed name or something in angle brackets.
    Name(Spelling),
    /// A string, number or boolean.
    Literal(Literal),
    /// Punctuation or an operator, as written.
    Sign(&'static str),
}

/// Longest first, so that `<=` is not read as `<`.
const SIGNS: &[&str] = &[
    "==", "!=", "<=", ">=", "+=", "-=", "[", "]", "(", ")", "<", ">", "{", "}", ",", ":", "=", "+",
    "-", "*", ".",
];

/// What kind of text is cut: in a list of elements, `<` may open a multiple one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// Parameters or outcomes.
    Elements,
    /// Conditions, effects, paths.
    Formula,
}

/// All tokens of a text.
pub(super) fn tokens(text: &str, notation: Notation) -> Result<Vec<(Token, Span)>, TextError> {
    let mut lexer = Lexer {
        text,
        at: 0,
        notation,
        tokens: Vec::new(),
    };
    while lexer.skip_white_space() {
        let start = lexer.at;
        let token = lexer.next_token()?;
        lexer.tokens.push((
            token,
            Span {
                start,
                end: lexer.at,
            },
        ));
    }
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    notation: Notation,
    tokens: Vec<(Token, Span)>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip_white_space(&mut self) -> bool {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
        self.at < self.text.len()
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c| !accept(c)).unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or("")
    }

    fn next_token(&mut self) -> Result<Token, TextError> {
        let rest = self.rest();
        let first = rest.chars().next().unwrap_or(' ');
        if first == '"' || first == '\'' {
            return self.string(first);
        }
        if first == '<'
            && !self.element_may_open()
            && let Some(iri) = bracketed(rest)
        {
            self.at += iri.len() + 2;
            return Ok(Token::Name(Spelling::Bracketed(iri.to_owned())));
        }
        if first.is_ascii_digit() || (matches!(first, '-' | '+') && self.number_may_start()) {
            return Ok(self.number());
        }
        if is_name_start(first) {
            return Ok(self.name());
        }
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            self.at += sign.len();
            return Ok(Token::Sign(sign));
        }
        let start = self.at;
        self.at += first.len_utf8();
        Err(TextError::new(
            codes::text::UNEXPECTED,
            Span {
                start,
                end: self.at,
            },
            format!("`{first}` has no meaning here"),
            "names are words, `prefix:word` or `<IRI>`; strings stand in quotes",
        ))
    }

    /// A sign belongs to a number when a digit follows and no value stands before it: `a - 1` subtracts, `== -1` does not.
    fn number_may_start(&self) -> bool {
        let digit_follows = self
            .rest()
            .chars()
            .nth(1)
            .is_some_and(|c| c.is_ascii_digit());
        let after_value = match self.tokens.last() {
            Some((Token::Name(Spelling::Bare(word)), _)) => {
                !matches!(word.as_str(), "and" | "or" | "not" | "contains")
            }
            Some((Token::Name(_) | Token::Literal(_), _)) => true,
            Some((Token::Sign(sign), _)) => matches!(*sign, ")" | "]" | "}"),
            None => false,
        };
        digit_follows && !after_value
    }

    fn element_may_open(&self) -> bool {
        self.notation == Notation::Elements
            && matches!(self.tokens.last(), None | Some((Token::Sign("[" | ","), _)))
    }

    fn number(&mut self) -> Token {
        let start = self.at;
        if matches!(self.peek(), Some('-' | '+')) {
            self.at += 1;
        }
        let digits = |c: char| c.is_ascii_digit();
        self.take_while(digits);
        let mut datatype = xsd::INTEGER;
        let mut after = self.rest().chars();
        if after.next() == Some('.') && after.next().is_some_and(digits) {
            self.at += 1;
            self.take_while(digits);
            datatype = xsd::DECIMAL;
        }
        let exponent = self.rest();
        if let Some(tail) = exponent.strip_prefix(['e', 'E']) {
            let unsigned = tail.strip_prefix(['-', '+']).unwrap_or(tail);
            if unsigned.starts_with(digits) {
                self.at += exponent.len() - unsigned.len();
                self.take_while(digits);
                datatype = xsd::DOUBLE;
            }
        }
        let lexical = self.text.get(start..self.at).unwrap_or("");
        Token::Literal(Literal::new(
            lexical.strip_prefix('+').unwrap_or(lexical),
            datatype,
        ))
    }

    /// A word, without hyphens at its end: `a-=b` takes `b` from `a`.
    fn word(&mut self) -> &'a str {
        let word = self.take_while(is_name_part);
        let trimmed = word.trim_end_matches('-');
        self.at -= word.len() - trimmed.len();
        trimmed
    }

    fn name(&mut self) -> Token {
        let word = self.word();
        if word == "true" || word == "false" {
            return Token::Literal(Literal::boolean(word == "true"));
        }
        let mut after = self.rest().chars();
        if after.next() == Some(':')
            && after
                .next()
                .is_some_and(|c| c.is_alphanumeric() || c == '_')
        {
            self.at += 1;
            let local = self.word();
            return Token::Name(Spelling::Prefixed(word.to_owned(), local.to_owned()));
        }
        Token::Name(Spelling::Bare(word.to_owned()))
    }

    fn string(&mut self, quote: char) -> Result<Token, TextError> {
        let start = self.at;
        self.at += 1;
        let mut value = String::new();
        loop {
            let Some(c) = self.peek() else {
                return Err(TextError::new(
                    codes::text::UNCLOSED_STRING,
                    Span {
                        start,
                        end: self.at,
                    },
                    "a string is not closed".to_owned(),
                    format!("end it with `{quote}`"),
                ));
            };
            self.at += c.len_utf8();
            match c {
                '\\' => {
                    let Some(escaped) = self.peek() else { continue };
                    self.at += escaped.len_utf8();
                    value.push(match escaped {
                        'n' => '\n',
                        't' => '\t',
                        'r' => '\r',
                        other => other,
                    });
                }
                c if c == quote => break,
                c => value.push(c),
            }
        }
        let mut datatype = xsd::STRING.to_owned();
        if let Some(tail) = self.rest().strip_prefix("^^") {
            if let Some(iri) = bracketed(tail) {
                self.at += iri.len() + 4;
                iri.clone_into(&mut datatype);
            } else if tail.starts_with("xsd:") {
                self.at += 6;
                datatype = format!("{}{}", xsd::NAMESPACE, self.take_while(is_name_part));
            } else {
                return Err(TextError::new(
                    codes::text::UNEXPECTED,
                    Span {
                        start: self.at,
                        end: self.at + 2,
                    },
                    "no datatype after `^^`".to_owned(),
                    "write `^^xsd:name` or `^^<IRI>`",
                ));
            }
        }
        Ok(Token::Literal(Literal::new(value, datatype)))
    }
}

/// What stands between `<` and `>` when that reads as a name rather than as a comparison or a multiple parameter.
fn bracketed(rest: &str) -> Option<&str> {
    let inside = rest.strip_prefix('<')?;
    let end = inside.find('>')?;
    let iri = inside.get(..end)?;
    let absolute = iri.contains("://") || iri.starts_with("urn:");
    let named = absolute
        || (iri.contains([':', '.', '/', '#']) && !iri.ends_with(':') && !iri.starts_with('='));
    let forbidden = |c: char| {
        c.is_whitespace() || "<>\"{}|^`\\".contains(c) || (!absolute && "(),[]".contains(c))
    };
    (named && !iri.contains(forbidden)).then_some(iri)
}

pub(super) fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

pub(super) fn is_name_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}
