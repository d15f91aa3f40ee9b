//! The compact text: what parses is printed, and what is printed parses to the same.

use samos_model::text::{
    parse_condition, parse_effects, parse_outcomes, parse_parameters, parse_path, parse_term,
    print_condition, print_effects, print_outcomes, print_parameters,
};

pub(super) fn parameters(text: &str) -> bool {
    let (parameters, outcomes) = (parse_parameters(text), parse_outcomes(text));
    let is_either = parameters.is_ok() || outcomes.is_ok();
    if let Ok(parsed) = parameters {
        let printed = print_parameters(&parsed);
        assert_eq!(parse_parameters(&printed), Ok(parsed), "{printed}");
    }
    if let Ok(parsed) = outcomes {
        let printed = print_outcomes(&parsed);
        assert_eq!(parse_outcomes(&printed), Ok(parsed), "{printed}");
    }
    is_either
}

pub(super) fn conditions(text: &str) -> bool {
    // Neither has a printer of its own: both are parts of conditions.
    let is_part = parse_path(text).is_ok() | parse_term(text).is_ok();
    let Ok(parsed) = parse_condition(text) else {
        return is_part;
    };
    let printed = print_condition(&parsed);
    assert_eq!(parse_condition(&printed), Ok(parsed), "{printed}");
    true
}

pub(super) fn effects(text: &str) -> bool {
    let Ok(parsed) = parse_effects(text) else {
        return false;
    };
    let printed = print_effects(&parsed);
    assert_eq!(parse_effects(&printed), Ok(parsed), "{printed}");
    true
}
