//! Where a search ends: by time, by what was left out; and what does not end it, many parameters over many things.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use samos_model::plan::Argument;
use samos_model::{Deadline, Given, Goal, Kind, Limit, Limits, Measure, Name, Want};
use samos_planning::goals::plan;
use samos_reference::Estate;
use samos_reference::estate::{iri, many, one};

/// Parameters of one operation.
const PARAMETERS: usize = 12;

/// A bench on which a set is put together of twelve parts, one for each slot; and a thousand parts, of which one set fits.
fn parts() -> Estate {
    let last = PARAMETERS - 1;
    let names = 0..PARAMETERS;
    let parameters: Vec<String> = names
        .clone()
        .map(|at| format!("[(p{at}: x:Part)]"))
        .collect();
    let conditions = names.map(|at| {
        let fits = format!("p{at}.x:slot == {at} and p{at}.x:serial >= 0");
        match at {
            _ if at == last => fits,
            _ => format!("{fits} and p{at}.x:fits == p{last}"),
        }
    });
    let conditions: Vec<String> = conditions.collect();
    let mut estate = Estate::new()
        .provider("x:Cloud", "x:cloud")
        .class("x:Bench", &["x:Cloud", "samos:ServiceInstance"])
        .class("x:Part", &["x:Cloud", "samos:Aspect"])
        .property("x:slot", one().of("x:Part").to("xsd:integer").closed())
        .property("x:serial", one().of("x:Part").to("xsd:integer").closed())
        .property("x:fits", one().of("x:Part").to("x:Part").closed())
        .property("x:set", many().of("x:Bench").to("x:Part").closed())
        .operation(
            Kind::Manipulation,
            "x:Assemble",
            "x:Bench",
            &parameters.join(", "),
            "",
            &conditions.join(" and "),
            &format!("subject.x:set += p{last}"),
        )
        .entity("x:bench", &["x:Bench"]);
    for number in 0..1_000 {
        let part = format!("x:part{number:03}");
        // The last slot's parts are few; each part fits one of them, and one of them has parts for every slot.
        let slot = match number % 50 {
            0 => last,
            own => own % last,
        };
        estate = estate
            .entity(&part, &["x:Part"])
            .fact(&part, "x:slot", &slot.to_string())
            .fact(&part, "x:serial", &number.to_string());
        if slot != last {
            let fits = match number {
                501..512 => "x:part500".to_owned(),
                _ => format!("x:part{:03}", (number * 7) % 3 * 50),
            };
            estate = estate.fact(&part, "x:fits", &fits);
        }
    }
    estate
}

#[test]
fn a_dozen_parameters_are_bound_among_a_thousand_things() {
    let estate = parts();
    let goal = Goal {
        condition: estate.condition("x:bench.x:set contains x:part500"),
        alternatives: 1,
        ..Goal::default()
    };
    let answer = plan(&estate, &goal, &Limits::default());
    let step = answer.plans.first().and_then(|plan| plan.steps.first());
    let arguments = &step.expect("one set fits").arguments;
    assert_eq!(arguments.len(), PARAMETERS);
    for (at, argument) in
        (0..PARAMETERS).map(|at| (at, arguments.get(&Name::new(format!("p{at}")))))
    {
        let text = format!("{argument:?}");
        let is_of_the_set = matches!(argument, Some(Argument::One(_))) && text.contains("part5");
        assert!(is_of_the_set, "p{at} is {text}");
    }
    assert!(answer.search.complete, "{:?}", answer.search);
}

/// Lamps in a row, each of which may be lit by itself, or by a spark that goes from lamp to lamp.
fn lamps(count: usize) -> Estate {
    let mut estate = Estate::new()
        .provider("x:Cloud", "x:cloud")
        .class("x:Lamp", &["x:Cloud", "samos:ServiceInstance"])
        .property("x:lit", one().of("x:Lamp").to("xsd:boolean").closed())
        .property("x:warm", one().of("x:Lamp").to("xsd:boolean").closed())
        .property("x:next", many().of("x:Lamp").to("x:Lamp").closed());
    for (name, before, after) in [
        ("x:Warm", "subject.x:warm == false", "subject.x:warm = true"),
        ("x:Light", "subject.x:warm == true", "subject.x:lit = true"),
        (
            "x:Spark",
            "subject.x:lit == true and exists subject.x:next",
            "subject.x:next.x:lit = true and subject.x:next.x:warm = true",
        ),
    ] {
        estate = estate.operation(Kind::Manipulation, name, "x:Lamp", "", "", before, after);
    }
    for at in 0..count {
        let lamp = format!("x:lamp{at}");
        estate = estate
            .entity(&lamp, &["x:Lamp"])
            .fact(&lamp, "x:lit", "false")
            .fact(&lamp, "x:warm", "false");
        if at > 0 {
            estate = estate.fact(&lamp, "x:next", &format!("x:lamp{}", at - 1));
        }
    }
    estate
}

/// A deadline that is over when it was asked so often: the same at every call, as no clock is.
fn asked(times: u32) -> Deadline {
    let count = Arc::new(AtomicU32::new(0));
    Deadline::when(move || f64::from(count.fetch_add(1, Ordering::Relaxed)) / f64::from(times))
}

#[test]
fn when_the_time_is_over_the_best_so_far_is_answered_and_how_good_it_is() {
    let estate = lamps(12);
    let lit: Vec<String> = (0..12)
        .map(|at| format!("x:lamp{at}.x:lit == true"))
        .collect();
    let goal = Goal {
        condition: estate.condition(&lit.join(" and ")),
        alternatives: 1,
        ..Goal::default()
    };
    let mut before = f64::INFINITY;
    for times in [1, 20, 2_000] {
        let limits = Limits {
            considered: u64::MAX,
            deadline: asked(times),
            ..Limits::default()
        };
        let answer = plan(&estate, &goal, &limits);
        let plan = answer.plans.first().expect("a plan is found soon");
        let proof = answer.search.proof.expect("it is said how good it is");
        let own = f64::from(plan.cost.manipulations);
        assert_eq!(proof.measure, Measure::Manipulations);
        assert!((proof.bound + proof.gap - own).abs() < 1e-9, "{proof:?}");
        // The last lamp could be warmed and lit, and its spark go through all others.
        assert!(proof.bound <= 13.0 && own <= before, "{proof:?}");
        if !answer.search.complete {
            assert_eq!(answer.search.limit, Some(Limit::Time));
        }
        before = own;
    }
}

#[test]
fn a_question_of_types_ends_in_time_with_a_plan() {
    let mut estate = Estate::new()
        .provider("x:Cloud", "x:cloud")
        .class("x:Hub", &["x:Cloud", "samos:Service"])
        .entity("x:hub", &["x:Hub"]);
    for at in 0..=40 {
        estate = estate.class(&format!("x:T{at}"), &["samos:Aspect"]);
    }
    for at in 0..40 {
        for way in 0..3 {
            let takes = format!("[(one: x:T{at})]");
            let gives = format!("(one: x:T{})", (at + 1 + way).min(40));
            let name = format!("x:Ask{at}w{way}");
            estate = estate.operation(Kind::Information, &name, "x:Hub", &takes, &gives, "", "");
        }
    }
    let goal = Goal {
        wants: vec![Want {
            name: None,
            of_type: iri("x:T40"),
        }],
        givens: vec![Given::Type(iri("x:T0"))],
        alternatives: 1,
        ..Goal::default()
    };
    let over = Limits {
        considered: u64::MAX,
        deadline: Deadline::when(|| 1.0),
        ..Limits::default()
    };
    for limits in [over, Limits::default()] {
        let answer = plan(&estate, &goal, &limits);
        let plan = answer.plans.first().expect("there are many ways");
        let proof = answer.search.proof.expect("it is said how good it is");
        // Three types at a step at the most.
        assert!(proof.bound <= 14.0 && plan.steps.len() >= 14, "{proof:?}");
        if limits == Limits::default() {
            assert!(answer.search.complete && plan.steps.len() == 14);
        }
    }
}

#[test]
fn where_not_all_sets_of_things_are_tried_nothing_is_said_to_be_proven() {
    let said = |things: usize| {
        let mut estate = Estate::new()
            .provider("x:Cloud", "x:cloud")
            .class("x:Box", &["x:Cloud", "samos:ServiceInstance"])
            .class("x:Ball", &["x:Cloud", "samos:Aspect"])
            .property("x:heavy", one().of("x:Ball").to("xsd:boolean").closed())
            .property("x:number", one().of("x:Ball").to("xsd:integer").closed())
            .property("x:full", one().of("x:Box").to("xsd:boolean").closed())
            .operation(
                Kind::Manipulation,
                "x:Fill",
                "x:Box",
                "[<balls: x:Ball>]",
                "",
                "count(balls) == 2 and balls.x:heavy == true and balls.x:number >= 0",
                "subject.x:full = true",
            )
            .entity("x:box", &["x:Box"])
            .fact("x:box", "x:full", "false");
        for at in 0..things {
            let ball = format!("x:ball{at}");
            estate = estate
                .entity(&ball, &["x:Ball"])
                .fact(&ball, "x:heavy", "true")
                .fact(&ball, "x:number", &at.to_string());
        }
        let goal = Goal {
            condition: estate.condition("x:box.x:full == true"),
            alternatives: 1,
            ..Goal::default()
        };
        let answer = plan(&estate, &goal, &Limits::default());
        (answer.plans.len(), answer.search.complete)
    };
    assert_eq!(said(4), (1, true));
    // Two of eight: only single ones and all are tried, and so none is found.
    assert_eq!(said(8), (0, false));
}
