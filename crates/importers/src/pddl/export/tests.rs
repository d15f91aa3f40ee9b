//! Plans are exported and played on the exported facts; and every short sequence of exported actions is tried.

#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here fails a test"
)]

use std::collections::{BTreeMap, BTreeSet};

use samos_model::{Condition, Goal, Kind, Limits, Name, Plan, Want};
use samos_reference::Estate;
use samos_reference::estate::{iri, many, one};
use samos_reference::worlds::{Question, question, world};

use super::actions::Shape;
use super::formula::Formula;
use super::ground::{Bound, Facts};
use super::play::Problem;
use super::{Exported, export_plan};

/// A yard with machines, an image and two providers' worth of nothing else.
fn yard() -> Estate {
    Estate::new()
        .provider("x:Cloud", "x:cloud")
        .class("x:Yard", &["x:Cloud", "samos:Service"])
        .class("x:Machine", &["x:Cloud", "samos:ServiceInstance"])
        .class("x:Address", &["samos:Aspect"])
        .class("x:State", &["samos:State"])
        .property(
            "x:state",
            one().of("x:Machine").to("x:State").under("samos:state"),
        )
        .property("x:machines", many().of("x:Yard").to("x:Machine").closed())
        .property("x:quota", one().of("x:Yard").to("xsd:integer"))
        .property("x:size", one().of("x:Machine").to("xsd:integer"))
        .property("x:address", one().of("x:Machine").to("x:Address"))
        .property(
            "x:nodes",
            many()
                .of("x:Machine")
                .to("x:Address")
                .under("samos:uses")
                .closed(),
        )
        .property("x:twin", one().of("x:Machine").to("x:Machine").closed())
        .entity("x:running", &["x:State", "samos:Running"])
        .entity("x:stopped", &["x:State", "samos:Stopped"])
        .entity("x:yard", &["x:Yard"])
        .fact("x:yard", "x:quota", "3")
        .entity("x:one", &["x:Machine"])
        .fact("x:one", "samos:service", "x:yard")
        .fact("x:yard", "x:machines", "x:one")
        .fact("x:one", "x:state", "x:stopped")
        .fact("x:one", "x:size", "1")
        .known_empty("x:one", "x:address")
}

fn with(
    estate: Estate,
    name: &str,
    subject: &str,
    takes: &str,
    gives: &str,
    needs: &str,
    does: &str,
) -> Estate {
    let kind = if does.is_empty() {
        Kind::Information
    } else {
        Kind::Manipulation
    };
    estate.operation(kind, name, subject, takes, gives, needs, does)
}

fn wanting(estate: &Estate, condition: &str, wants: &[(&str, &str)], new: bool) -> Goal {
    Goal {
        condition: estate.condition(condition),
        wants: wants
            .iter()
            .map(|(name, class)| Want {
                name: (!name.is_empty()).then(|| Name::from(*name)),
                of_type: iri(class),
            })
            .collect(),
        new,
        alternatives: 1,
        assume: true,
        ..Goal::default()
    }
}

/// Plays the exported plan on the exported facts: why it is no plan, if it is none.
fn refused(exported: &Exported) -> Option<String> {
    let text = exported.plan.as_deref().unwrap_or_default();
    for line in text.lines() {
        let name = line.trim_matches(['(', ')']).split(' ').next();
        let name = name.unwrap_or_default();
        if !exported.domain.contains(&format!("(:action {name}\n")) {
            return Some(format!("{line}: the domain has no such action"));
        }
    }
    let lines: Vec<&str> = text.lines().collect();
    refused_in(&exported.inner, &exported.goal, &lines)
}

/// Plays lines on the facts of a problem.
fn refused_in(inner: &Problem, goal: &Formula, lines: &[&str]) -> Option<String> {
    let objects = &inner.objects;
    let mut shapes: BTreeMap<&str, &Shape> = BTreeMap::new();
    for shape in inner.shapes.values().flatten().chain(inner.waits.values()) {
        shapes.insert(&shape.name, shape);
    }
    let mut state = inner.start.clone();
    for line in lines {
        let mut words = line.trim_matches(['(', ')']).split(' ');
        let shape = words.next().and_then(|name| shapes.get(name));
        let shape = shape.unwrap_or_else(|| panic!("{line} is no action"));
        let names = shape.slots.iter().map(|(name, _)| name.clone());
        let mut bound: Bound = names.zip(words.map(str::to_owned)).collect();
        for part in shape.condition.conjuncts() {
            if !state.meet(part, &mut bound, objects) {
                return Some(format!("{line}: {part} does not hold"));
            }
        }
        state = state.after(&shape.changes, &bound, objects);
    }
    let mut parts = goal.conjuncts().iter();
    let unmet = parts.find(|part| !state.meet(part, &mut Bound::new(), objects));
    unmet.map(|part| format!("{part} is not reached"))
}

/// With one line less, a plan is refused in the narrowed problem where it is in the whole one; how often that is.
fn refused_alike(exported: &Exported) -> usize {
    let text = exported.plan.as_deref().unwrap_or_default();
    let mut refused = 0;
    for without in 0..text.lines().count() {
        let lines = text.lines().enumerate();
        let lines = lines.filter(|(at, _)| *at != without);
        let lines: Vec<&str> = lines.map(|(_, line)| line).collect();
        let narrow = refused_in(&exported.inner, &exported.goal, &lines);
        let whole = refused_in(&exported.whole, &exported.goal, &lines);
        assert_eq!(
            narrow.is_some(),
            whole.is_some(),
            "{whole:?} or {narrow:?}\n{}\n{}{}",
            lines.join("\n"),
            exported.domain,
            exported.problem
        );
        refused += usize::from(narrow.is_some());
    }
    refused
}

/// The fewest actions that reach the goal, tried in all ways up to so many.
fn fewest(exported: &Exported, most: usize) -> Option<usize> {
    let (inner, objects) = (&exported.inner, &exported.inner.objects);
    let is_met = |state: &Facts| state.meet(&exported.goal, &mut Bound::new(), objects);
    let mut now = vec![inner.start.clone()];
    for number in 0..=most {
        if now.iter().any(is_met) {
            return Some(number);
        }
        let mut next: Vec<Facts> = Vec::new();
        for state in &now {
            for shape in inner.shapes.values().flatten() {
                for bound in ways(shape, state, exported) {
                    let after = state.after(&shape.changes, &bound, objects);
                    if after != *state && !next.contains(&after) {
                        next.push(after);
                    }
                }
            }
        }
        now = next;
    }
    None
}

/// The ways to ask for an action.
fn ways(shape: &Shape, state: &Facts, exported: &Exported) -> Vec<Bound> {
    let objects = &exported.inner.objects;
    let parts: Vec<&Formula> = shape.condition.conjuncts().iter().collect();
    let mut ways = vec![Bound::new()];
    for (variable, _) in &shape.slots {
        let listed = shape.listed.iter().find(|(word, _)| word == variable);
        let of_type = listed.and_then(|(_, of_type)| objects.of_type.get(of_type.as_ref()?));
        let all = of_type.unwrap_or(&objects.all);
        ways = ways
            .iter()
            .flat_map(|bound| {
                all.iter().map(|one| {
                    let mut bound = bound.clone();
                    bound.insert(variable.clone(), one.clone());
                    bound
                })
            })
            .filter(|bound| {
                parts.iter().all(|part| {
                    let text = part.to_string();
                    let open = shape.slots.iter().any(|(name, _)| {
                        !bound.contains_key(name) && text.split([' ', ')']).any(|word| word == name)
                    });
                    open || state.meet(part, &mut bound.clone(), objects)
                })
            })
            .collect();
    }
    ways
}

/// The plan for a goal, exported.
fn planned(estate: &Estate, goal: &Goal) -> (Plan, Exported) {
    let answer = samos_planning::goals::plan(estate, goal, &Limits::default());
    let plan = answer.plans.into_iter().next().expect("there is a plan");
    let exported = export_plan(estate, &goal.condition, &plan).expect("it can be said");
    (plan, exported)
}

/// The plan is one of the exported problem too, and no shorter one is.
fn agrees(estate: &Estate, goal: &Goal) -> Exported {
    let (plan, exported) = planned(estate, goal);
    let text = exported.plan.clone().unwrap_or_default();
    if let Some(why) = refused(&exported) {
        panic!("{why}\n{text}\n{}\n{}", exported.domain, exported.problem);
    }
    assert_eq!(
        fewest(&exported, plan.steps.len()),
        Some(text.lines().count()),
        "{text}\n{}\n{}",
        exported.domain,
        exported.problem
    );
    exported
}

#[test]
fn several_things_are_created_up_to_a_quota() {
    let estate = with(
        yard(),
        "x:Make",
        "x:Yard",
        "",
        "<made: x:Machine>",
        "count(subject.x:machines) + 2 <= subject.x:quota",
        "create made * 2 and made.x:state = x:running and subject.x:machines += made",
    );
    let goal = wanting(&estate, "count(x:yard.x:machines) >= 3", &[], false);
    agrees(&estate, &goal);
    // The quota leaves no room for two more.
    let goal = wanting(
        &estate,
        "found.x:state is samos:Running",
        &[("found", "x:Machine")],
        true,
    );
    let exported = agrees(&estate, &goal);
    let twice = exported.plan.clone().unwrap_or_default().replace('1', "3");
    assert!(twice.contains("-3"), "{twice}");
}

#[test]
fn what_is_deleted_is_nowhere_and_is_asked_for_no_more() {
    let estate = with(
        yard(),
        "x:Delete",
        "x:Machine",
        "",
        "",
        "subject.x:state is samos:Stopped",
        "delete subject",
    );
    let goal = wanting(&estate, "not exists x:yard.x:machines", &[], false);
    agrees(&estate, &goal);
}

#[test]
fn a_renewed_value_is_known_when_it_was_read() {
    let estate = with(
        yard(),
        "x:Start",
        "x:Machine",
        "",
        "",
        "subject.x:state is samos:Stopped",
        "subject.x:state = x:running and renew subject.x:address",
    );
    let estate = with(
        estate,
        "x:Look",
        "x:Machine",
        "",
        "(address: x:Address) reads subject.x:address",
        "unconditional",
        "",
    );
    let estate = with(
        estate,
        "x:Attach",
        "x:Machine",
        "[(address: x:Address)]",
        "",
        "not subject.x:nodes contains address",
        "subject.x:nodes += address",
    );
    let goal = wanting(&estate, "exists x:one.x:nodes", &[], false);
    let exported = agrees(&estate, &goal);
    assert_eq!(exported.plan.unwrap_or_default().lines().count(), 3);
}

/// Each has a variable of its own: once all were called the same, and an action of two machines could never be asked for.
#[test]
fn several_values_are_renewed_at_once() {
    let estate = with(
        yard().property("x:inside", one().of("x:Machine").to("x:Address")),
        "x:Make",
        "x:Yard",
        "",
        "<made: x:Machine>",
        "unconditional",
        "create made * 2 and renew made.x:address and renew made.x:inside and subject.x:machines += made",
    );
    let goal = wanting(&estate, "count(x:yard.x:machines) >= 3", &[], false);
    let (_, exported) = planned(&estate, &goal);
    let text = exported.plan.clone().unwrap_or_default();
    let mut words: Vec<&str> = text.trim().trim_matches(['(', ')']).split(' ').collect();
    assert_eq!(refused(&exported), None, "{text}{}", exported.domain);
    // The two machines and four values, beside what is asked and of whom.
    let number = words.len();
    words.sort_unstable();
    words.dedup();
    assert!(
        number >= 7 && words.len() == number,
        "{text}{}",
        exported.domain
    );
}

#[test]
fn numbers_are_counted_up_and_held_against_others() {
    let estate = with(
        yard(),
        "x:Grow",
        "x:Machine",
        "",
        "",
        "subject.x:size + 1 <= service.x:quota",
        "subject.x:size += 1",
    );
    let goal = wanting(&estate, "x:one.x:size > 2", &[], false);
    agrees(&estate, &goal);
    let goal = wanting(&estate, "x:one.x:size == 3", &[], false);
    agrees(&estate, &goal);
}

#[test]
fn an_effect_reaches_what_stands_at_a_path() {
    let estate = with(
        yard()
            .entity("x:two", &["x:Machine"])
            .fact("x:two", "samos:service", "x:yard")
            .fact("x:two", "x:state", "x:stopped")
            .fact("x:one", "x:twin", "x:two"),
        "x:Wake",
        "x:Machine",
        "",
        "",
        "exists subject.x:twin",
        "subject.x:twin.x:state = x:running and service.x:machines += subject.x:twin",
    );
    let goal = wanting(
        &estate,
        "x:two.x:state == x:running and x:yard.x:machines contains x:two",
        &[],
        false,
    );
    agrees(&estate, &goal);
}

#[test]
fn several_and_optional_arguments_are_actions_of_their_own() {
    let estate = yard()
        .entity("x:a", &["x:Address"])
        .entity("x:b", &["x:Address"]);
    let estate = with(
        estate,
        "x:Attach",
        "x:Machine",
        "[<addresses: x:Address>], (size: xsd:integer)",
        "",
        "not subject.x:nodes contains addresses and count(addresses) > 1",
        "subject.x:nodes += addresses and subject.x:size = size",
    );
    let goal = wanting(
        &estate,
        "x:one.x:nodes contains x:a and x:one.x:nodes contains x:b",
        &[],
        false,
    );
    agrees(&estate, &goal);
}

#[test]
fn what_is_taken_for_granted_holds_from_the_start() {
    let estate = with(
        yard().entity("x:two", &["x:Machine"]),
        "x:Start",
        "x:Machine",
        "",
        "",
        "subject.x:state is samos:Stopped",
        "subject.x:state = x:running",
    );
    let goal = wanting(&estate, "x:two.x:state == x:running", &[], false);
    let exported = agrees(&estate, &goal);
    assert!(
        exported.problem.contains("(state two stopped)"),
        "{}",
        exported.problem
    );
}

/// A plan may ask of somebody what brings nothing about: that it is listed there was once missing in the domain.
#[test]
fn what_reads_nothing_is_an_action_where_a_plan_asks_for_it() {
    let estate = with(
        yard(),
        "x:Look",
        "x:Machine",
        "",
        "(state: x:State) reads subject.x:state, (address: x:Address) reads subject.x:address",
        "subject.x:state is samos:Stopped",
        "",
    );
    let estate = with(
        estate,
        "x:Start",
        "x:Machine",
        "",
        "",
        "unconditional",
        "subject.x:state = x:running",
    );
    let goal = wanting(&estate, "x:one.x:state == x:running", &[], false);
    let (mut plan, _) = planned(&estate, &goal);
    for step in &mut plan.steps {
        (step.operation, step.kind) = (iri("x:Look"), Kind::Information);
    }
    let exported = export_plan(&estate, &Condition::default(), &plan);
    let exported = exported.expect("it can be said");
    assert_eq!(exported.plan.as_deref(), Some("(look one)\n"));
    assert_eq!(refused(&exported), None, "{}", exported.domain);
}

/// What no step and no goal looks at is not written: machines that nothing is asked of, their facts, their types.
#[test]
fn only_what_the_plan_looks_at_is_written() {
    let mut estate = with(
        yard(),
        "x:Start",
        "x:Machine",
        "",
        "",
        "subject.x:state is samos:Stopped",
        "subject.x:state = x:running",
    );
    for number in 0..20 {
        let name = format!("x:other-{number}");
        estate = estate
            .entity(&name, &["x:Machine"])
            .fact(&name, "samos:service", "x:yard")
            .fact("x:yard", "x:machines", &name)
            .fact(&name, "x:state", "x:stopped");
    }
    let goal = wanting(&estate, "x:one.x:state == x:running", &[], false);
    let exported = agrees(&estate, &goal);
    let both = format!("{}{}", exported.domain, exported.problem);
    assert!(!both.contains("other-"), "{both}");
    assert!(!both.contains("machines"), "{both}");
    assert!(
        both.contains("(state ?thing - t-machine ?value - t-state)"),
        "{both}"
    );
    // What is asked of all machines is asked of one at least: some validators misread a quantifier over nothing.
    let goal = wanting(
        &estate,
        "x:one.x:state == x:running and not exists x:one.x:twin",
        &[],
        false,
    );
    let both = agrees(&estate, &goal).problem;
    assert!(both.contains("one - t-machine"), "{both}");
    // A goal about all of them needs them all.
    let goal = wanting(
        &estate,
        "count(x:yard.x:machines) >= 21 and x:one.x:state == x:running",
        &[],
        false,
    );
    let exported = agrees(&estate, &goal);
    assert!(
        exported.problem.contains("other-19"),
        "{}",
        exported.problem
    );
}

/// Every plan of random worlds that can be said is one of the exported problem.
#[test]
fn plans_of_random_worlds_hold() {
    let (mut said, mut unsaid): (usize, BTreeMap<String, usize>) = (0, BTreeMap::new());
    let mut wrong = BTreeSet::new();
    let mut refused_short = 0;
    for seed in 0..120 {
        let made = world(seed);
        for which in [0, 5] {
            let Question::Goal(goal) = question(&made, which) else {
                continue;
            };
            let limits = Limits {
                considered: 300,
                ..Limits::default()
            };
            let answer = samos_planning::goals::plan(&made.estate, &goal, &limits);
            for plan in answer.plans {
                match export_plan(&made.estate, &goal.condition, &plan) {
                    Ok(exported) => {
                        said += 1;
                        refused_short += refused_alike(&exported);
                        if let Some(why) = refused(&exported) {
                            let text = exported.plan.as_deref().unwrap_or_default();
                            wrong.insert((
                                exported.domain.len(),
                                format!(
                                    "{seed}/{which}: {why}\n{text}{}{}",
                                    exported.domain, exported.problem
                                ),
                            ));
                        }
                    }
                    Err(findings) => {
                        let why = findings.first().map_or("", |finding| &*finding.message);
                        let why = format!("{why} ({seed}/{which})");
                        *unsaid.entry(why).or_default() += 1;
                    }
                }
            }
        }
    }
    if let Some((_, smallest)) = wrong.first() {
        panic!("{} of {said}, the smallest is {smallest}", wrong.len());
    }
    assert!(
        2 * refused_short > said,
        "{refused_short} of {said} shortened"
    );
    let missing: usize = unsaid.values().sum();
    assert!(
        missing * 20 <= said,
        "{said} said, not {missing}: {unsaid:#?}"
    );
}
