//! The text's grammar by example, and `parse ∘ print = id` on random trees.

use proptest::prelude::*;

use super::*;
use crate::operation::{DefaultValue, Outcome, Parameter, Reads};
use crate::vocabulary::xsd;

fn name() -> impl Strategy<Value = String> {
    "[a-z][a-zA-Z0-9]{0,5}".prop_filter("keywords are not names here", |word| {
        ![
            "and", "or", "not", "is", "in", "contains", "exists", "count", "create", "delete",
            "clear", "renew",
        ]
        .contains(&word.as_str())
            && ![
                "reads",
                "some",
                "true",
                "false",
                "unconditional",
                "subject",
                "account",
                "service",
                "provider",
            ]
            .contains(&word.as_str())
    })
}

fn individual() -> impl Strategy<Value = RawName> {
    prop_oneof![
        (name(), "[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,4}[a-z0-9])?")
            .prop_map(|(p, l)| RawName::new(Spelling::Prefixed(p, l))),
        "https://example\\.org/[a-z.#(]{0,6}"
            .prop_map(|iri| RawName::new(Spelling::Bracketed(iri))),
    ]
}

fn property() -> impl Strategy<Value = RawName> {
    prop_oneof![3 => name().prop_map(|n| RawName::new(Spelling::Bare(n))), 1 => individual()]
}

fn path() -> impl Strategy<Value = Path<RawName>> {
    let root = prop_oneof![
        Just(Root::Subject),
        Just(Root::Account),
        Just(Root::Service),
        Just(Root::Provider),
        name().prop_map(|n| Root::Variable(n.into())),
        individual().prop_map(Root::Individual),
    ];
    (root, prop::collection::vec(property(), 0..3))
        .prop_map(|(root, properties)| Path { root, properties })
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<i64>().prop_map(Literal::integer),
        any::<bool>().prop_map(Literal::boolean),
        ".{0,6}".prop_map(Literal::string),
        "-?[0-9]{1,3}\\.[0-9]{1,3}".prop_map(|text| Literal::new(text, xsd::DECIMAL)),
        "[0-9]{1,2}(\\.[0-9])?e-?[0-9]".prop_map(|text| Literal::new(text, xsd::DOUBLE)),
        ".{0,4}".prop_map(|text| Literal::new(text, xsd::DATE_TIME)),
        ".{0,4}".prop_map(|text| Literal::new(text, "https://example.org/type")),
    ]
}

fn value() -> impl Strategy<Value = Atom<RawName>> {
    prop_oneof![
        literal().prop_map(Atom::Literal),
        path().prop_map(Atom::Path)
    ]
}

fn term() -> impl Strategy<Value = Term<RawName>> {
    let atom = || prop_oneof![3 => value(), 1 => path().prop_map(Atom::Count)];
    let sign = prop_oneof![Just(Sign::Plus), Just(Sign::Minus)];
    (atom(), prop::collection::vec((sign, atom()), 0..3))
        .prop_map(|(first, rest)| Term { first, rest })
}

fn conjunct() -> impl Strategy<Value = Conjunct<RawName>> {
    let comparison = prop::sample::select(vec![
        Comparison::Equal,
        Comparison::Unequal,
        Comparison::Less,
        Comparison::AtMost,
        Comparison::Greater,
        Comparison::AtLeast,
    ]);
    let leaf = prop_oneof![
        (term(), comparison, term()).prop_map(|(left, comparison, right)| Conjunct::Compare {
            left,
            comparison,
            right
        }),
        (path(), individual()).prop_map(|(path, of_type)| Conjunct::Is { path, of_type }),
        (path(), prop::collection::vec(value(), 1..3))
            .prop_map(|(path, values)| Conjunct::In { path, values }),
        (path(), value()).prop_map(|(path, value)| Conjunct::Contains { path, value }),
        path().prop_map(|path| Conjunct::Exists { path }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let condition = prop::collection::vec(inner.clone(), 0..3)
            .prop_map(|conjuncts| Condition { conjuncts });
        prop_oneof![
            inner.prop_map(|inner| Conjunct::Not(Box::new(inner))),
            prop::collection::vec(condition, 1..3).prop_map(Conjunct::Either),
        ]
    })
}

fn effect() -> impl Strategy<Value = Effect<RawName>> {
    prop_oneof![
        (path(), term()).prop_map(|(path, value)| Effect::Set { path, value }),
        (path(), term()).prop_map(|(path, value)| Effect::Add { path, value }),
        (path(), term()).prop_map(|(path, value)| Effect::Remove { path, value }),
        path().prop_map(Effect::Clear),
        path().prop_map(Effect::Renew),
        path().prop_map(Effect::Delete),
        (name(), prop::option::of(term())).prop_map(|(name, count)| Effect::Create {
            outcome: name.into(),
            count
        }),
    ]
}

fn parameter() -> impl Strategy<Value = Parameter<RawName>> {
    let default = prop_oneof![
        literal().prop_map(DefaultValue::Literal),
        individual().prop_map(DefaultValue::Individual)
    ];
    (
        name(),
        individual(),
        any::<bool>(),
        any::<bool>(),
        prop::option::of(default),
    )
        .prop_map(|(name, of_type, mandatory, multiple, default)| Parameter {
            name: name.into(),
            of_type,
            mandatory,
            multiple,
            default,
        })
}

proptest! {
    #[test]
    fn parsing_a_printed_condition_gives_it_back(conjuncts in prop::collection::vec(conjunct(), 0..4)) {
        let condition = Condition { conjuncts };
        let text = print_condition(&condition);
        prop_assert_eq!(parse_condition(&text), Ok(condition), "{}", text);
    }

    #[test]
    fn parsing_printed_effects_gives_them_back(effects in prop::collection::vec(effect(), 0..4)) {
        let text = print_effects(&effects);
        prop_assert_eq!(parse_effects(&text), Ok(effects), "{}", text);
    }

    #[test]
    fn parsing_printed_parameters_gives_them_back(parameters in prop::collection::vec(parameter(), 0..4)) {
        let text = print_parameters(&parameters);
        prop_assert_eq!(parse_parameters(&text), Ok(parameters), "{}", text);
    }

    #[test]
    fn parsing_printed_outcomes_gives_them_back(
        outcomes in prop::collection::vec((name(), individual(), any::<bool>(), prop::option::of((path(), any::<bool>()))), 0..4)
    ) {
        let outcomes: Vec<_> = outcomes.into_iter().map(|(name, of_type, multiple, reads)| Outcome {
            name: name.into(), of_type, multiple, reads: reads.map(|(path, some)| Reads { path, some }),
        }).collect();
        let text = print_outcomes(&outcomes);
        prop_assert_eq!(parse_outcomes(&text), Ok(outcomes), "{}", text);
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "[ -~éλ\n]{0,40}|[a-z.:<>=!()\\[\\]{}\"'*+, -]{0,60}") {
        let _ = parse_condition(&text);
        let _ = parse_effects(&text);
        let _ = parse_parameters(&text);
        let _ = parse_outcomes(&text);
        let _ = parse_path(&text);
        let _ = parse_term(&text);
    }
}

#[test]
fn the_notation_of_the_paper_is_read() {
    let text =
        "[(newName: xsd:string)], [<vm: ec2:Instance>], (basic: e:Mode = e:basic), <user:e:User>";
    let read = parse_parameters(text).unwrap();
    let shape: Vec<_> = read
        .iter()
        .map(|p| (p.name.as_str(), p.mandatory, p.multiple))
        .collect();
    assert_eq!(
        shape,
        [
            ("newName", true, false),
            ("vm", true, true),
            ("basic", false, false),
            ("user", false, true)
        ]
    );
    assert_eq!(read[3].of_type.to_string(), "e:User");
}

#[test]
fn errors_stand_where_they_are() {
    let at = |error: TextError| (error.span.start, error.message);
    let (start, message) = at(parse_condition("subject.state = = e:stopped").unwrap_err());
    assert_eq!(start, 14, "{message}");
    assert!(message.contains("=="), "{message}");
    let (start, message) = at(parse_parameters("[<address: e:Address)]").unwrap_err());
    assert_eq!(start, 20, "{message}");
    assert!(message.contains('>'), "{message}");
}

#[test]
fn a_sign_is_part_of_a_number_only_where_no_value_stands_before() {
    let text = "subject.size - 1 >= -1 and count(service.instances) + n <= account.allowance";
    assert_eq!(parse_condition(text).unwrap().to_string(), text);
}

#[test]
fn deep_nesting_is_refused() {
    let text = format!("{}a == b", "not ".repeat(10_000));
    assert_eq!(
        parse_condition(&text).unwrap_err().code,
        crate::codes::text::TOO_DEEP
    );
}

/// Found by fuzzing: what was read as `2:Type` was printed, and not read again.
#[test]
fn a_type_glued_to_its_name_is_one_that_can_be_written_apart() {
    for text in [
        "(n:2:T)",
        "(n:2)",
        "(n:true)",
        "<n:true:T>",
        "(n:a:b:c)",
        "(n:a:<b/c>)",
    ] {
        let parameters = parse_parameters(text);
        assert!(parameters.is_err(), "{text}: {parameters:?}");
        assert!(parse_outcomes(text).is_err(), "{text}");
    }
    for text in ["(n:T)", "<n:ec2:T>", "[(n:_a:T2 = 3)]"] {
        let parameters = parse_parameters(text).unwrap();
        let printed = print_parameters(&parameters);
        assert_eq!(parse_parameters(&printed), Ok(parameters), "{printed}");
    }
}
