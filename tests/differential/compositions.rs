//! Questions about types alone: wanted types from given ones, against all sets of operations that there are.

use std::collections::BTreeSet;

use samos_model::goal::{Given, Want};
use samos_model::{Goal, Kind, Name, Objective, Plan, Severity};
use samos_reference::estate::{Estate, iri};
use samos_reference::plans::judge;
use samos_reference::worlds::Random;

use crate::plans::told;
use crate::worlds::{Tally, are_many, limits, seeds};

/// Types in a hierarchy where some have several parents, and what each operation takes and gives.
struct Market {
    /// The places of each type's parents, all before its own.
    parents: Vec<Vec<usize>>,
    operations: Vec<(Vec<usize>, Vec<usize>)>,
    given: Vec<usize>,
    wanted: Vec<usize>,
}

impl Market {
    fn random(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let types = 6 + random.below(5);
        let some = |random: &mut Random, from: usize, to: usize, most: usize| {
            let count = 1 + random.below(most);
            let chosen: BTreeSet<usize> =
                (0..count).map(|_| from + random.below(to - from)).collect();
            chosen.into_iter().collect::<Vec<usize>>()
        };
        let parents = (0..types).map(|at| match at {
            0 => Vec::new(),
            _ if random.chance(70) => Vec::new(),
            _ => some(&mut random, 0, at, 2),
        });
        let parents: Vec<Vec<usize>> = parents.collect();
        let count = 5 + random.below(6);
        // Most operations lead on from what they take; the others may lead back.
        let operations = (0..count).map(|_| {
            let takes = some(&mut random, 0, types - 1, 2);
            let next = takes.last().copied().unwrap_or(0) + 1;
            let (from, to) = match random.chance(80) {
                true => (next, types.min(next + 3)),
                false => (0, types),
            };
            (takes, some(&mut random, from, to, 2))
        });
        let mut market = Self {
            parents,
            operations: operations.collect(),
            given: some(&mut random, 0, 3, 2),
            wanted: some(&mut random, types - 3, types, 2),
        };
        if random.chance(10) {
            market.offer_a_choice(types);
        }
        market
    }

    /// Two short ways of their own to two wanted things, and a longer one to both.
    fn offer_a_choice(&mut self, types: usize) {
        let (one, other) = (types, types + 1);
        let way = |from: usize, to: &[usize]| (vec![from], to.to_vec());
        let start = self.given.first().copied().unwrap_or(0);
        self.parents.extend(vec![Vec::new(); 6]);
        self.operations.truncate(4);
        self.operations.extend([
            way(start, &[types + 2]),
            way(types + 2, &[one]),
            way(start, &[types + 3]),
            way(types + 3, &[other]),
            way(start, &[types + 4]),
            way(types + 4, &[types + 5]),
            way(types + 5, &[one, other]),
        ]);
        self.wanted = vec![one, other];
    }

    fn above(&self, of_type: usize) -> BTreeSet<usize> {
        let parents = self.parents.get(of_type).into_iter().flatten();
        let mut above: BTreeSet<usize> = parents.flat_map(|parent| self.above(*parent)).collect();
        above.insert(of_type);
        above
    }

    fn class(of_type: usize) -> String {
        format!("x:T{of_type}")
    }

    fn estate(&self) -> Estate {
        let mut estate = Estate::new()
            .provider("x:Cloud", "x:cloud")
            .class("x:Hub", &["x:Cloud", "samos:Service"])
            .entity("x:hub", &["x:Hub"]);
        for (at, parents) in self.parents.iter().enumerate() {
            let parents: Vec<String> = parents.iter().map(|parent| Self::class(*parent)).collect();
            let mut parents: Vec<&str> = parents.iter().map(String::as_str).collect();
            parents.push("samos:Aspect");
            estate = estate.class(&Self::class(at), &parents);
        }
        let list = |types: &[usize], name: &str, brackets: [&str; 2]| {
            let [open, close] = brackets;
            let each = types.iter().map(|of_type| {
                format!("{open}({name}{of_type}: {}){close}", Self::class(*of_type))
            });
            each.collect::<Vec<String>>().join(", ")
        };
        for (at, (takes, gives)) in self.operations.iter().enumerate() {
            estate = estate.operation(
                Kind::Information,
                &format!("x:Ask{at}"),
                "x:Hub",
                &list(takes, "p", ["[", "]"]),
                &list(gives, "o", ["", ""]),
                "",
                "",
            );
        }
        estate
    }

    /// In how many rounds the operations of a set, all of which must run, bring about what is wanted.
    fn rounds(&self, set: &[usize]) -> Option<usize> {
        let mut there: BTreeSet<usize> =
            self.given.iter().flat_map(|one| self.above(*one)).collect();
        let mut open: Vec<usize> = set.to_vec();
        let mut rounds = 0;
        while !open.is_empty() {
            let (ready, rest): (Vec<usize>, Vec<usize>) = open.iter().partition(|at| {
                let own = self.operations.get(**at);
                own.is_some_and(|(takes, _)| takes.iter().all(|one| there.contains(one)))
            });
            if ready.is_empty() {
                return None;
            }
            let gives = ready.iter().filter_map(|at| self.operations.get(*at));
            let gives: Vec<usize> = gives.flat_map(|(_, gives)| gives.clone()).collect();
            there.extend(gives.iter().flat_map(|one| self.above(*one)));
            open = rest;
            rounds += 1;
        }
        self.wanted
            .iter()
            .all(|one| there.contains(one))
            .then_some(rounds)
    }

    /// Fewest operations, and of those fewest rounds; fewest rounds, and of those fewest operations.
    fn best(&self) -> Option<((usize, usize), (usize, usize))> {
        let sets = 0..1_usize << self.operations.len();
        let of_set = |set: usize| {
            let chosen = (0..self.operations.len()).filter(move |at| set >> at & 1 == 1);
            chosen.collect::<Vec<usize>>()
        };
        let working = sets.filter_map(|set| {
            let set = of_set(set);
            self.rounds(&set).map(|rounds| (set.len(), rounds))
        });
        let working: Vec<(usize, usize)> = working.collect();
        let by_operations = working.iter().min()?;
        let by_rounds = working
            .iter()
            .map(|(count, rounds)| (*rounds, *count))
            .min()?;
        Some((*by_operations, by_rounds))
    }
}

fn accepted(estate: &Estate, plan: &Plan) -> Result<(), String> {
    let findings = samos_checker::check(estate, plan);
    if let Some(error) = findings.iter().find(|one| one.severity == Severity::Error) {
        return Err(format!(
            "the checker refuses: {}{}",
            error.message,
            told(plan)
        ));
    }
    judge(estate, plan).map_err(|why| format!("the reference refuses: {why}{}", told(plan)))
}

fn compare(seed: u64, tally: &mut Tally) -> Result<(), String> {
    let market = Market::random(seed);
    let estate = market.estate();
    let best = market.best();
    for objective in [Objective::Operations, Objective::Layers] {
        let wants = market.wanted.iter().enumerate().map(|(at, of_type)| Want {
            name: Some(Name::new(format!("w{at}"))),
            of_type: iri(&Market::class(*of_type)),
        });
        let givens = market
            .given
            .iter()
            .map(|of_type| Given::Type(iri(&Market::class(*of_type))));
        let goal = Goal {
            wants: wants.collect(),
            givens: givens.collect(),
            objective,
            alternatives: 1,
            ..Goal::default()
        };
        let answer = samos_reasoners::goals::plan(&estate, &goal, &limits());
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let found = answer.plans.first();
        let counted = found.map(|plan| match objective {
            Objective::Layers => (size(plan.cost.layers), size(plan.cost.operations)),
            _ => (size(plan.cost.operations), size(plan.cost.layers)),
        });
        let expected = best.map(|(operations, layers)| match objective {
            Objective::Layers => layers,
            _ => operations,
        });
        if counted != expected || !answer.search.complete {
            return Err(format!(
                "{objective:?}: found {counted:?}, all sets say {expected:?}, complete {}{}",
                answer.search.complete,
                found.map(told).unwrap_or_default()
            ));
        }
        if let Some(plan) = found {
            accepted(&estate, plan)?;
        }
        tally.count(match counted {
            None => "no plan",
            Some((0, _)) => "already there",
            Some((1 | 2, _)) => "short plans",
            Some(_) => "longer plans",
        });
    }
    if best.is_some_and(|(operations, layers)| operations.0 != layers.1) {
        tally.count("fewest layers take more operations");
    }
    Ok(())
}

#[test]
fn compositions_are_minimal_among_all_sets() {
    let mut tally = Tally::default();
    for seed in seeds() {
        if let Err(difference) = compare(seed, &mut tally) {
            let world = Market::random(seed).estate().to_turtle();
            panic!("seed {seed}: {difference}\n{world}");
        }
    }
    println!("compositions: {tally:?}");
    for what in [
        "no plan",
        "longer plans",
        "fewest layers take more operations",
    ] {
        assert!(
            !are_many() || tally.of(what) >= 10,
            "hardly any {what}: {tally:?}"
        );
    }
}
