//! Chains: the fast reasoner against the enumeration of all orders.

use std::collections::BTreeSet;

use samos_model::plan::{Plan, PlanGoal};
use samos_model::{Condition, Iri, Kind, Limits, Supplied};
use samos_reasoners::sequence::chain;
use samos_reference::estate::{Estate, iri, many, one};
use samos_reference::plans::judge;
use samos_reference::requests::Call;
use samos_reference::twins::sequence::chains;
use samos_reference::worlds::{Question, RandomWorld, question};

use crate::plans::{both_accept, call, price, told};
use crate::worlds::{Tally, are_many, on_every_world};

/// Steps of the longest chain looked for.
const LONGEST: usize = 4;
/// Prefixes looked at by the enumeration.
const MOST: usize = 4_000;

/// Chains that differ only in an order that does not matter are one answer: what counts is what is in them.
fn shapes(chains: impl IntoIterator<Item = Vec<Call>>) -> BTreeSet<Vec<Call>> {
    let sorted = chains.into_iter().map(|mut chain| {
        chain.sort();
        chain
    });
    sorted.collect()
}

fn compare(
    world: &RandomWorld,
    subjects: &[Iri],
    supplied: &[Supplied],
    tally: &mut Tally,
) -> Result<(), String> {
    let Some(slow) = chains(&world.estate, subjects, supplied, LONGEST, MOST) else {
        tally.count("beyond enumeration");
        return Ok(());
    };
    let limits = Limits {
        considered: 100_000,
        steps: LONGEST,
        answers: 100_000,
        ..Limits::default()
    };
    let fast = chain(&world.estate, subjects, supplied, None, &limits);
    let asked = format!("chains of {subjects:?} with {supplied:?}");
    let mut found = Vec::new();
    let mut before = None;
    for plan in &fast.plans {
        both_accept(world, plan).map_err(|why| format!("{asked}\n  {why}"))?;
        let own = (price(world, plan), plan.cost.layers);
        if before.is_some_and(|before| before > own) {
            return Err(format!("{asked}\n  not best first at{}", told(plan)));
        }
        before = Some(own);
        let calls: Option<Vec<Call>> = plan.steps.iter().map(|step| call(world, step)).collect();
        found.push(calls.ok_or_else(|| {
            format!(
                "{asked}\n  a chain takes what was not given in advance{}",
                told(plan)
            )
        })?);
    }
    let words = |chains: BTreeSet<Vec<Call>>| {
        let each = chains.iter().map(|chain| {
            chain
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" · ")
        });
        each.take(6).collect::<Vec<_>>().join("\n    ")
    };
    let counted = fast.search.kept;
    let orders: u64 = fast.plans.iter().map(orders).sum();
    if fast.search.complete && orders != slow.len() as u64 {
        return Err(format!(
            "{asked}\n  {orders} orders of {counted} chains, but {} by enumeration",
            slow.len()
        ));
    }
    all_are_counted(world, subjects, supplied, tally).map_err(|why| format!("{asked}\n  {why}"))?;
    let (fast, slow) = (shapes(found), shapes(slow));
    if fast != slow {
        let only_fast: BTreeSet<_> = fast.difference(&slow).cloned().collect();
        let only_slow: BTreeSet<_> = slow.difference(&fast).cloned().collect();
        return Err(format!(
            "{asked}\n  {} only fast:\n    {}\n  {} only slow:\n    {}",
            only_fast.len(),
            words(only_fast),
            only_slow.len(),
            words(only_slow)
        ));
    }
    tally.count(if slow.is_empty() {
        "no chain"
    } else {
        "chains"
    });
    Ok(())
}

/// In how many orders the steps of a plan may be carried out, one after the other.
fn orders(plan: &Plan) -> u64 {
    fn from(plan: &Plan, done: &mut Vec<u32>) -> u64 {
        if done.len() == plan.steps.len() {
            return 1;
        }
        let mut count = 0;
        for step in &plan.steps {
            let mut before = plan.edges.iter().filter(|edge| edge.to == step.id);
            if !done.contains(&step.id) && before.all(|edge| done.contains(&edge.from)) {
                done.push(step.id);
                count += from(plan, done);
                done.pop();
            }
        }
        count
    }
    from(plan, &mut Vec::new())
}

/// Chains are counted without listing them: as many as a list of all has, with a goal and without.
fn all_are_counted(
    world: &RandomWorld,
    subjects: &[Iri],
    supplied: &[Supplied],
    tally: &mut Tally,
) -> Result<(), String> {
    let ask = |goal: Option<&Condition>, answers: usize| {
        let limits = Limits {
            considered: 40_000,
            answers,
            ..Limits::default()
        };
        chain(&world.estate, subjects, supplied, goal, &limits)
    };
    let all = ask(None, 3_000);
    if !all.search.complete || all.plans.len() >= 3_000 {
        tally.count("beyond listing");
        return Ok(());
    }
    let different: BTreeSet<&str> = all.plans.iter().map(|plan| &*plan.fingerprint).collect();
    let listed = different.len() as u64;
    let counted = ask(None, 1).search;
    if (counted.kept, counted.complete) != (listed, true) {
        return Err(format!("{listed} chains are listed, but {counted:?}"));
    }
    let Question::Goal(goal) = question(world, 0) else {
        return Ok(());
    };
    if !goal.wants.is_empty() || goal.condition.is_unconditional() {
        return Ok(());
    }
    let reaches = |plan: &&Plan| {
        let mut aimed = (*plan).clone();
        aimed.goal = PlanGoal {
            condition: Some(goal.condition.to_string()),
            ..plan.goal.clone()
        };
        judge(&world.estate, &aimed).is_ok()
    };
    let reaching = all.plans.iter().filter(reaches).count() as u64;
    let (some, one) = (
        ask(Some(&goal.condition), 3_000),
        ask(Some(&goal.condition), 1),
    );
    let shown = some.plans.len() as u64;
    if [shown, some.search.kept, one.search.kept] != [reaching; 3] {
        return Err(format!(
            "{reaching} chains reach {}, but {shown} are listed of {:?} and {:?}",
            goal.condition, some.search, one.search
        ));
    }
    tally.count(if reaching == 0 {
        "no chain to the goal"
    } else {
        "chains to the goal"
    });
    Ok(())
}

/// A gate, and so many lamps behind it; each lamp has a colour of its own, or all change one colour.
fn lamps(count: usize, share: bool) -> Estate {
    let mut estate = Estate::new()
        .provider("x:Cloud", "x:cloud")
        .class("x:Service", &["x:Cloud", "samos:Service"])
        .property("x:open", one().of("x:Service").to("xsd:boolean").closed())
        .property("x:shown", many().of("x:Service").to("xsd:string").closed())
        .entity("x:service", &["x:Service"])
        .fact("x:service", "x:open", "false")
        .operation(
            Kind::Manipulation,
            "x:Open",
            "x:Service",
            "",
            "",
            "subject.x:open == false",
            "subject.x:open = true",
        );
    for lamp in 0..count {
        let colour = format!("x:colour{}", if share { 0 } else { lamp });
        estate = estate
            .property(&colour, one().of("x:Service").to("xsd:integer").closed())
            .operation(
                Kind::Manipulation,
                &format!("x:Light{lamp}"),
                "x:Service",
                "",
                "",
                "subject.x:open == true",
                &format!("subject.{colour} = {lamp}"),
            );
    }
    estate
}

#[test]
fn many_chains_are_counted_without_listing_them() {
    let service = [iri("x:service")];
    let count = |estate: &Estate| {
        let limits = Limits {
            answers: 3,
            ..Limits::default()
        };
        let answer = chain(estate, &service, &[], None, &limits);
        assert_eq!(answer.plans.len(), 3);
        answer.search
    };
    // Forty lamps that have nothing to do with each other: any selection of them, behind the gate.
    let apart = count(&lamps(40, false));
    assert_eq!((apart.kept, apart.complete), ((1 << 40) - 1, true));
    // Twelve that change one colour: every order of every selection.
    let mut orders = 0;
    let mut of_size = 1;
    for chosen in 0..12 {
        of_size *= 12 - chosen;
        orders += of_size;
    }
    let together = count(&lamps(12, true));
    assert_eq!((together.kept, together.complete), (orders, true));
    // Too many to count within the limit: there are at least so many.
    let many = count(&lamps(40, true));
    assert!(!many.complete && many.kept > 1_000, "{many:?}");
}

#[test]
fn chains_are_those_that_enumeration_finds() {
    let tally = on_every_world("chains", |world, tally| match question(world, 1) {
        Question::Chain { subjects, supplied } => compare(world, &subjects, &supplied, tally),
        _ => Ok(()),
    });
    assert!(!are_many() || tally.of("chains") >= 20, "{tally:?}");
}
