//! Goals about whole estates, too large for any brute force: a plan is found soon, and the checker accepts it.

use samos_model::{Goal, Kind, Limits, Objective, Plan, Severity};
use samos_reference::estate::{Estate, iri, many, one};
use samos_reference::worlds::Random;

/// How many machines: enough that grounding everything at once is out of the question.
const MACHINES: usize = 120;
/// So few that everything is grounded at once.
const FEW: usize = 9;

/// Machines on two sites in any phase, some with addresses; a balancer on each site; volumes that attach to what is stopped.
fn estate(random: &mut Random, machines: usize, free_addresses: usize) -> Estate {
    let manipulation = Kind::Manipulation;
    let mut estate = Estate::new()
        .provider("x:Cloud", "x:cloud")
        .class("x:Site", &["x:Cloud", "samos:Aspect"])
        .class("x:Phase", &["x:Cloud", "samos:Aspect"])
        .class("x:Address", &["x:Cloud", "samos:Aspect"])
        .class("x:Machine", &["x:Cloud", "samos:ServiceInstance"])
        .class("x:Volume", &["x:Cloud", "samos:ServiceInstance"])
        .class("x:Balancer", &["x:Cloud", "samos:ServiceInstance"])
        .property("x:phase", one().of("x:Machine").to("x:Phase").closed())
        .property("x:site", one().of("x:Machine").to("x:Site").closed())
        .property("x:address", one().of("x:Machine").to("x:Address").closed())
        .property("x:at", one().of("x:Address").to("x:Site").closed())
        .property("x:free", one().of("x:Address").to("xsd:boolean").closed())
        .property("x:serves", one().of("x:Balancer").to("x:Site").closed())
        .property("x:nodes", many().of("x:Balancer").to("x:Machine").closed())
        .property("x:on", one().of("x:Volume").to("x:Machine").closed())
        .entity("x:stopped", &["x:Phase"])
        .entity("x:running", &["x:Phase"])
        .operation(
            manipulation,
            "x:Start",
            "x:Machine",
            "",
            "",
            "subject.x:phase == x:stopped",
            "subject.x:phase = x:running",
        )
        .operation(
            manipulation,
            "x:Stop",
            "x:Machine",
            "",
            "",
            "subject.x:phase == x:running",
            "subject.x:phase = x:stopped",
        )
        .operation(
            manipulation,
            "x:Allocate",
            "x:Machine",
            "[(site: x:Site)], [(address: x:Address)]",
            "",
            "subject.x:phase == x:running and subject.x:site == site and address.x:at == site and address.x:free == true and not exists subject.x:address",
            "address.x:free = false and subject.x:address = address",
        )
        .operation(
            manipulation,
            "x:Register",
            "x:Balancer",
            "[(machine: x:Machine)], [(address: x:Address)]",
            "",
            "machine.x:phase == x:running and machine.x:address == address and subject.x:serves == machine.x:site",
            "subject.x:nodes += machine",
        )
        .operation(
            manipulation,
            "x:Attach",
            "x:Volume",
            "[(machine: x:Machine)]",
            "",
            "machine.x:phase == x:stopped and not exists subject.x:on",
            "subject.x:on = machine",
        );
    for site in 0..2 {
        let (place, balancer) = (format!("x:s{site}"), format!("x:lb{site}"));
        estate = estate
            .entity(&place, &["x:Site"])
            .entity(&balancer, &["x:Balancer"])
            .fact(&balancer, "x:serves", &place);
        for number in 0..free_addresses {
            let address = format!("x:ip{site}-{number}");
            estate = estate
                .entity(&address, &["x:Address"])
                .fact(&address, "x:at", &place)
                .fact(&address, "x:free", "true");
        }
    }
    for number in 0..machines {
        let (machine, site) = (machine(number), site_of(number));
        let phase = match random.chance(50) {
            true => "x:running",
            false => "x:stopped",
        };
        estate = estate
            .entity(&machine, &["x:Machine"])
            .fact(&machine, "x:site", &format!("x:s{site}"))
            .fact(&machine, "x:phase", phase)
            .entity(&volume(number), &["x:Volume"]);
        if random.chance(30) {
            let own = format!("x:own{number}");
            estate = estate
                .entity(&own, &["x:Address"])
                .fact(&own, "x:at", &format!("x:s{site}"))
                .fact(&own, "x:free", "false")
                .fact(&machine, "x:address", &own);
        }
    }
    estate
}

/// Is it a plan that the checker accepts?
fn accepted(estate: &Estate, goal: &Goal) -> Plan {
    let answer = samos_reasoners::goals::plan(estate, goal, &Limits::default());
    let plan = answer
        .plans
        .into_iter()
        .next()
        .expect("the estate allows it");
    let findings = samos_checker::check(estate, &plan);
    let error = findings.iter().find(|one| one.severity == Severity::Error);
    assert!(error.is_none(), "{error:?}");
    plan
}

fn machine(number: usize) -> String {
    format!("x:m{number}")
}

fn volume(number: usize) -> String {
    format!("x:v{number}")
}

fn site_of(number: usize) -> usize {
    number % 2
}

/// All run behind their site's balancer, and every third has its volume.
fn goal(estate: &Estate, machines: usize) -> Goal {
    let each = (0..machines).map(|number| {
        let (machine, site) = (machine(number), site_of(number));
        let mut text =
            format!("{machine}.x:phase == x:running and x:lb{site}.x:nodes contains {machine}");
        if number % 3 == 0 {
            text.push_str(&format!(" and {}.x:on == {machine}", volume(number)));
        }
        text
    });
    Goal {
        condition: estate.condition(&each.collect::<Vec<String>>().join(" and ")),
        alternatives: 1,
        ..Goal::default()
    }
}

#[test]
fn a_whole_estate_is_brought_where_it_should_be() {
    for seed in 0..2 {
        let mut random = Random::new(seed);
        let estate = estate(&mut random, MACHINES, MACHINES);
        let plan = accepted(&estate, &goal(&estate, MACHINES));
        // Nothing is asked twice: who must be registered, started, stopped, addressed and attached is known.
        let count = |operation: &str| {
            let operation = iri(operation);
            plan.steps
                .iter()
                .filter(|step| step.operation == operation)
                .count()
        };
        assert_eq!(count("x:Register"), MACHINES, "seed {seed}");
        assert_eq!(count("x:Attach"), MACHINES.div_ceil(3), "seed {seed}");
        assert!(
            plan.steps.len() <= 5 * MACHINES,
            "seed {seed}: {} steps",
            plan.steps.len()
        );
    }
}

#[test]
fn an_estate_that_lacks_addresses_has_no_plan() {
    let estate = estate(&mut Random::new(7), MACHINES, 2);
    let answer =
        samos_reasoners::goals::plan(&estate, &goal(&estate, MACHINES), &Limits::default());
    assert!(answer.plans.is_empty());
}

#[test]
fn a_small_estate_takes_no_more_than_it_must() {
    for seed in 0..6 {
        let estate = estate(&mut Random::new(seed), FEW, FEW);
        let all = goal(&estate, FEW);
        let plan = accepted(&estate, &all);
        let priced = Goal {
            objective: Objective::Cost,
            ..all
        };
        assert_eq!(
            accepted(&estate, &priced).steps.len(),
            plan.steps.len(),
            "seed {seed}"
        );
    }
}

#[test]
fn one_of_several_states_of_an_estate_will_do() {
    let estate = estate(&mut Random::new(3), FEW, FEW);
    let each = (0..FEW).map(|number| {
        let (machine, site) = (machine(number), site_of(number));
        format!("({machine}.x:phase == x:stopped or x:lb{site}.x:nodes contains {machine}) and {}.x:on == {machine}", volume(number))
    });
    let goal = Goal {
        condition: estate.condition(&each.collect::<Vec<String>>().join(" and ")),
        alternatives: 1,
        ..Goal::default()
    };
    let plan = accepted(&estate, &goal);
    assert!(plan.steps.len() <= 3 * FEW, "{} steps", plan.steps.len());
}
