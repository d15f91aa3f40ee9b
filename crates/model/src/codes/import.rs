//! Codes of reading and writing other people's notations.

super::codes! {
    BRACKETS = "F0101", "brackets do not match", "A file of PDDL is one bracket that starts with `define`. At this place a bracket is missing, or closes nothing. Nothing was imported.";
    MISPLACED = "F0102", "unexpected part of a PDDL file", "What stands here is not what PDDL has at this place. The message says what was expected.";
    UNKNOWN_NAME = "F0103", "name not declared in PDDL", "A type, predicate, function, variable or object is used and declared nowhere. The help names the nearest one that is.";
    ARITY = "F0104", "wrong number of arguments", "A predicate or function is used with another number of arguments than it was declared with.";
    CANNOT_SAY = "F0201", "an ontology world cannot say this", "The file is right, but uses a part of PDDL that a world has no words for: predicates of three things, quantifiers, conditional effects, derived predicates, numbers other than the total cost, time, preferences. Write it otherwise, or compile it away first.";
    CANNOT_EXPORT = "F0202", "PDDL cannot say this", "A condition or effect counts too far, passes on what it reads, or calculates in a way that typed PDDL without numbers has no words for; or a plan takes something for granted that is no fact of the start. The message names the operation, or the step, and the part.";
    NOT_EXPORTED = "F0203", "left out of the PDDL", "Something was left out or narrowed so that the rest could be written: a value that is unknown, an optional parameter, a reading. The message says what; plans of the result may be stricter, never looser, unless it says so.";
    METRIC = "F0204", "metric not taken over", "Plans of the imported world are ranked by steps or by summed cost. Another metric is not taken over.";
}
