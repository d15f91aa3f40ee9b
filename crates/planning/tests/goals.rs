//! Several plans for a goal, how good they are known to be, and what every plan must pass.

use std::collections::BTreeSet;

use samos_model::plan::Must;
use samos_model::{Answer, Goal, Kind, Limits, Measure, Plan};
use samos_planning::goals::{explain, plan};
use samos_reference::Estate;
use samos_reference::estate::{iri, one};

/// Lamps, each of which may be switched on, or lit with a match that is struck first; and a stock of bulbs, all alike.
fn lamps(count: usize) -> Estate {
    let change = Kind::Manipulation;
    let mut estate = Estate::new()
        .provider("x:Cloud", "x:cloud")
        .class("x:Lamp", &["x:Cloud", "samos:ServiceInstance"])
        .class("x:Bulb", &["x:Cloud", "samos:Aspect"])
        .property("x:lit", one().of("x:Lamp").to("xsd:boolean").closed())
        .property("x:struck", one().of("x:Lamp").to("xsd:boolean").closed())
        .property("x:bulb", one().of("x:Lamp").to("x:Bulb").closed())
        .property("x:free", one().of("x:Bulb").to("xsd:boolean").closed())
        .operation(
            change,
            "x:Switch",
            "x:Lamp",
            "",
            "",
            "subject.x:lit == false",
            "subject.x:lit = true",
        )
        .operation(
            change,
            "x:Strike",
            "x:Lamp",
            "",
            "",
            "subject.x:struck == false",
            "subject.x:struck = true",
        )
        .operation(
            change,
            "x:Light",
            "x:Lamp",
            "",
            "",
            "subject.x:struck == true",
            "subject.x:lit = true",
        )
        .operation(
            change,
            "x:Screw",
            "x:Lamp",
            "[(bulb: x:Bulb)]",
            "",
            "subject.x:lit == true and bulb.x:free == true",
            "subject.x:bulb = bulb and bulb.x:free = false",
        );
    for lamp in 0..count {
        let lamp = format!("x:lamp{lamp}");
        estate = estate
            .entity(&lamp, &["x:Lamp"])
            .fact(&lamp, "x:lit", "false")
            .fact(&lamp, "x:struck", "false");
    }
    for bulb in 0..40 {
        let bulb = format!("x:bulb{bulb}");
        estate = estate
            .entity(&bulb, &["x:Bulb"])
            .fact(&bulb, "x:free", "true");
    }
    estate
}

fn all_lit(estate: &Estate, count: usize) -> Goal {
    let lit = (0..count).map(|lamp| format!("x:lamp{lamp}.x:lit == true"));
    Goal {
        condition: estate.condition(&lit.collect::<Vec<_>>().join(" and ")),
        ..Goal::default()
    }
}

fn asked(plan: &Plan) -> BTreeSet<String> {
    let steps = plan.steps.iter();
    steps
        .map(|step| format!("{} {:?}", step.operation, step.subject))
        .collect()
}

/// The sets of what plans ask of whom; no two of them are the same.
fn all_asked(answer: &Answer) -> BTreeSet<BTreeSet<String>> {
    let sets: BTreeSet<BTreeSet<String>> = answer.plans.iter().map(asked).collect();
    assert_eq!(sets.len(), answer.plans.len());
    sets
}

#[test]
fn a_thousand_plans_ask_a_thousand_different_things() {
    let estate = lamps(10);
    let goal = Goal {
        alternatives: 1_000,
        ..all_lit(&estate, 10)
    };
    let answer = plan(&estate, &goal, &Limits::default());
    assert_eq!(all_asked(&answer).len(), 1_000);
    let steps: Vec<usize> = answer.plans.iter().map(|plan| plan.steps.len()).collect();
    assert!(steps.is_sorted(), "{steps:?}");
    // Of the 1,024 ways the 1,000 cheapest: those with eight matches or more are the dearest 56.
    assert_eq!((steps.first(), steps.last()), (Some(&10), Some(&18)));
}

#[test]
fn things_that_nothing_tells_apart_make_no_alternatives() {
    let estate = lamps(6);
    let mut goal = all_lit(&estate, 6);
    goal.condition = estate.condition(
        "exists x:lamp0.x:bulb and exists x:lamp1.x:bulb and x:lamp2.x:lit == true and x:lamp3.x:lit == true and x:lamp4.x:lit == true",
    );
    goal.alternatives = 100;
    let answer = plan(&estate, &goal, &Limits::default());
    // Five lamps, two ways each; which bulb does not matter.
    assert_eq!(all_asked(&answer).len(), 32);
}

#[test]
fn diverse_plans_are_farther_apart_than_the_cheapest() {
    let estate = lamps(8);
    let least_common = |diverse: bool| {
        let goal = Goal {
            alternatives: 4,
            diverse,
            ..all_lit(&estate, 8)
        };
        let answer = plan(&estate, &goal, &Limits::default());
        assert_eq!(answer.plans.len(), 4);
        let sets: Vec<BTreeSet<String>> = all_asked(&answer).into_iter().collect();
        let pairs = sets
            .iter()
            .enumerate()
            .flat_map(|(at, one)| sets.iter().skip(at + 1).map(move |other| (one, other)));
        pairs
            .map(|(one, other)| one.symmetric_difference(other).count())
            .min()
    };
    let (near, far) = (least_common(false), least_common(true));
    assert!(near < far, "{near:?} {far:?}");
}

#[test]
fn a_plan_says_how_good_it_is_known_to_be() {
    let estate = lamps(3);
    let answer = plan(&estate, &all_lit(&estate, 3), &Limits::default());
    let proof = answer.search.proof.expect("the plan is proven");
    assert!(answer.search.complete, "{:?}", answer.search);
    assert_eq!(
        (proof.measure, proof.bound, proof.gap),
        (Measure::Manipulations, 3.0, 0.0)
    );
    let json = serde_json::to_value(&answer.search).expect("a report is JSON");
    assert_eq!(json["bound"], 3);
    assert_eq!(json["gap"], 0);
    assert_eq!(json["measure"], "manipulations");
    // Not looked for to the end: none takes fewer than the bound, and this one no more than bound and gap.
    let estate = lamps(30);
    let answer = plan(&estate, &all_lit(&estate, 30), &Limits::default());
    let proof = answer.search.proof.expect("the plan is compared");
    let best = answer.plans.first().expect("there is a plan");
    assert_eq!(proof.bound + proof.gap, f64::from(best.cost.manipulations));
    assert!(proof.bound <= 30.0, "{proof:?}");
}

#[test]
fn what_every_plan_must_pass_is_said_and_why_an_operation_is_in_none() {
    let estate = lamps(2);
    let goal = Goal {
        condition: estate.condition("exists x:lamp0.x:bulb"),
        ..Goal::default()
    };
    let why = |operation: &str| explain(&estate, &goal, Some(&iri(operation)), &Limits::default());
    let explained = why("x:Switch");
    let said: Vec<&str> = explained
        .must
        .iter()
        .map(|must| match must {
            Must::Fact { text } | Must::Operation { text, .. } => &**text,
        })
        .collect();
    let place = |part: &str| {
        let place = said.iter().position(|text| text.contains(part));
        place.unwrap_or_else(|| panic!("no {part} in {said:?}"))
    };
    assert!(place("lit == true") < place("Screw"), "{said:?}");
    assert!(place("Screw") < place("exists"), "{said:?}");
    // There are two ways to light it.
    assert!(
        !said
            .iter()
            .any(|text| text.contains("Switch") || text.contains("Strike")),
        "{said:?}"
    );
    let reason = |operation: &str| why(operation).why_not.expect("it was asked").text;
    assert!(
        reason("x:Switch").contains("step 1 of the best plan"),
        "{}",
        reason("x:Switch")
    );
    assert!(
        reason("x:Light").contains("takes 3 steps"),
        "{}",
        reason("x:Light")
    );
    let none = estate.operation(
        Kind::Manipulation,
        "x:Hum",
        "x:Lamp",
        "",
        "",
        "",
        "subject.x:struck = false",
    );
    let hum = explain(&none, &goal, Some(&iri("x:Unscrew")), &Limits::default());
    assert!(
        hum.why_not
            .is_some_and(|why| why.text.contains("of use for the goal"))
    );
    let dark = Goal {
        condition: none.condition("x:lamp0.x:struck == true and x:lamp0.x:lit == true"),
        ..Goal::default()
    };
    let must = explain(&none, &dark, None, &Limits::default()).must;
    let strike = |must: &Must| matches!(must, Must::Operation { operation, .. } if *operation == iri("x:Strike"));
    assert!(must.iter().any(strike), "{must:?}");
}
