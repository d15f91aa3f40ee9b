//! Planning problems in PDDL: imported, solved, judged by the checker, and exported again.
//!
//! The domains are written afresh in the manner of the field's; `generate.py` makes problems of them at any size. Here
//! one small problem of each; `cargo xtask bench planning` runs larger ones beside a peer, with outside validators.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what fails here fails a test"
)]

use std::path::Path;

use samos::{Format, Objective, Question, Samos, Source, pddl};

const DOMAINS: [&str; 9] = [
    "freight",
    "grabber",
    "elevator",
    "orbiter",
    "chauffeur",
    "airline",
    "haulage",
    "canteen",
    "prospector",
];

fn read(path: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("planning");
    std::fs::read_to_string(folder.join(path)).unwrap()
}

fn import(domain: &str, problem: &str) -> pddl::Imported {
    let (domain, problem) = (
        pddl::Text {
            file: "domain.pddl",
            text: domain,
        },
        pddl::Text {
            file: "problem.pddl",
            text: problem,
        },
    );
    pddl::import(domain, problem).unwrap()
}

fn world(turtle: &str) -> Samos {
    let mut samos = Samos::builder().build().unwrap();
    samos
        .load(|knowledge| {
            knowledge.load(&Source::new("world.ttl", turtle.to_owned(), Format::Turtle))
        })
        .unwrap();
    samos
}

#[test]
fn each_kind_of_problem_is_solved_and_exported_again() {
    for domain in DOMAINS {
        let imported = import(
            &read(&format!("domains/{domain}.pddl")),
            &read(&format!("problems/{domain}.pddl")),
        );
        let samos = world(&imported.turtle);
        let question = Question {
            goal: Some(imported.goal.clone()),
            objective: if imported.minimizes_cost {
                Objective::Cost
            } else {
                Objective::Default
            },
            ..Question::default()
        };
        let answer = samos.plan(&samos.goal(&question).unwrap()).unwrap();
        let plan = answer.plans.first().expect(domain);
        assert!(samos.verify(plan).unwrap().is_empty(), "{domain}");
        let goal = samos.condition(&imported.goal, "goal").unwrap();
        let exported = pddl::export(samos.world(), &goal).unwrap();
        assert!(
            exported.warnings.is_empty(),
            "{domain}: {:?}",
            exported.warnings
        );
        let steps = exported.plan_text(plan).unwrap();
        assert_eq!(steps.lines().count(), plan.steps.len(), "{domain}");
        // What was exported is read again, and says the same: as many operations, and the same goal to reach.
        let again = import(&exported.domain, &exported.problem);
        assert_eq!(again.operations, imported.operations, "{domain}");
        assert_eq!(
            again.goal.matches(" and ").count(),
            imported.goal.matches(" and ").count(),
            "{domain}"
        );
    }
}

/// One that stands for all choices of what a predicate has more than two of; other choices than those of its facts never
/// come true.
#[test]
fn predicates_of_three_things_are_split() {
    let imported = import(
        &read("domains/prospector.pddl"),
        &read("problems/prospector.pddl"),
    );
    // Two wagons move and load; each unloads what is of one of two ores.
    for name in [
        "move_for_cart",
        "move_for_lorry",
        "bore_for_",
        "unload_for_",
    ] {
        let count = imported.turtle.matches(&format!(":{name}")).count();
        assert!(count > 0, "{name}");
    }
    assert!(!imported.turtle.contains(":move a samos:Operation"));
}

/// A thing that is of one of several types has what all of these have, wherever that is declared.
#[test]
fn a_type_of_several_is_below_wider_ones() {
    let imported = import(
        "(define (domain hub) (:requirements :strips :typing)
          (:types van bike - vehicle box letter vehicle - object site)
          (:predicates (at ?x - (either van bike box letter) ?s - site) (in ?b - (either box letter) ?v - vehicle)
            (free ?v - vehicle))
          (:action load :parameters (?b - (either box letter) ?v - (either van bike) ?s - site)
            :precondition (and (at ?b ?s) (at ?v ?s) (free ?v))
            :effect (and (in ?b ?v) (not (at ?b ?s)) (not (free ?v)))))",
        "(define (problem one) (:domain hub)
          (:objects v1 - van k1 - bike b1 - box l1 - letter s1 s2 - site)
          (:init (at v1 s1) (at k1 s2) (at b1 s1) (at l1 s2) (free v1) (free k1))
          (:goal (and (in b1 v1) (in l1 k1))))",
    );
    let samos = world(&imported.turtle);
    let question = Question {
        goal: Some(imported.goal),
        ..Question::default()
    };
    let answer = samos.plan(&samos.goal(&question).unwrap()).unwrap();
    assert_eq!(answer.plans.first().unwrap().steps.len(), 2);
}

#[test]
fn what_a_world_cannot_say_is_refused_with_its_place() {
    let objects: Vec<String> = (0..20).map(|number| format!("o{number}")).collect();
    let problem = format!(
        "(define (problem p) (:domain d) (:objects {}) (:init) (:goal (and)))",
        objects.join(" ")
    );
    for (domain, code, line, column) in [
        (
            "(define (domain d)\n (:predicates (p ?a ?b ?c ?d ?e))
             (:action a :parameters (?a ?b ?c ?d ?e) :effect (p ?a ?b ?c ?d ?e)))",
            "F0201",
            2,
            15,
        ),
        (
            "(define (domain d)\n (:predicates (p))\n (:action a :parameters ()\n  :effect (when (p) (not (p)))))",
            "F0201",
            4,
            11,
        ),
        (
            "(define (domain d)\n (:predicates (p ?x))\n (:action a :parameters () :precondition (forall (?x) (p ?x)) :effect (and)))",
            "F0201",
            3,
            42,
        ),
        (
            "(define (domain d)\n (:predicates (place ?x))\n (:action a :parameters (?x) :effect (plcae ?x)))",
            "F0103",
            3,
            38,
        ),
        (
            "(define (domain d)\n (:predicates (p ?x))\n (:action a :parameters (?x) :effect (p ?x ?x)))",
            "F0104",
            3,
            38,
        ),
        ("(define (domain d)\n (:durative-action a))", "F0201", 2, 2),
        (
            "(define (domain d)\n (:predicates (p))\n (:action a :effect (p))\n (:action a :effect (not (p))))",
            "F0102",
            4,
            2,
        ),
        ("(define (domain d)\n (:predicates (p))", "F0101", 1, 1),
    ] {
        let text = |file, text| pddl::Text { file, text };
        let findings =
            pddl::import(text("d.pddl", domain), text("p.pddl", &problem)).expect_err(domain);
        let first = findings.first().unwrap();
        let place = first.place.as_ref().unwrap();
        assert_eq!(
            (&*first.code, place.line, place.column, &*place.file),
            (code, line, column, "d.pddl"),
            "{first}"
        );
    }
}
