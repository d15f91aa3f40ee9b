//! Switches and what may be done with them, under every objective, against all sequences of operations that there are.
//!
//! Everything is known and nothing is created, so that sequences can be tried by the thousand: here an objective makes a
//! difference in most worlds.

use samos_model::{Goal, Kind, Objective, Plan};
use samos_reference::estate::{Estate, one};
use samos_reference::worlds::Random;

use crate::compositions::accepted;
use crate::plans::told;
use crate::worlds::{Tally, are_many, limits, seeds};

/// Sequences longer than this are not tried.
const LONGEST: usize = 6;

/// An operation: which switches must stand how, and how it sets some.
struct Turn {
    needs: Vec<(usize, bool)>,
    sets: Vec<(usize, bool)>,
    quarters: u64,
    seconds: u64,
}

struct Workshop {
    switches: usize,
    turns: Vec<Turn>,
    goal: Vec<usize>,
}

/// What a sequence takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Taken {
    operations: u64,
    layers: u64,
    makespan: u64,
    quarters: u64,
}

impl Taken {
    fn key(&self, objective: Objective) -> [u64; 2] {
        match objective {
            Objective::Default | Objective::Operations => [self.operations, self.layers],
            Objective::Layers | Objective::Pareto => [self.layers, self.operations],
            Objective::Cost => [self.quarters, self.operations],
            Objective::Makespan => [self.makespan, self.operations],
        }
    }
}

/// A sequence on its way: how the switches stand, when each was last set and looked at, in rounds and in seconds.
#[derive(Clone)]
struct Way {
    on: Vec<bool>,
    set: Vec<(u64, u64)>,
    read: Vec<(u64, u64)>,
    taken: Taken,
}

impl Workshop {
    /// Two short ways of their own to two switches, and a longer one to both.
    fn with_a_choice(random: &mut Random) -> Self {
        let way = |needs: &[usize], sets: &[usize]| (needs.to_vec(), sets.to_vec());
        let ways = [
            way(&[], &[0]),
            way(&[0], &[5]),
            way(&[], &[1]),
            way(&[1], &[6]),
            way(&[], &[2]),
            way(&[2], &[3]),
            way(&[3], &[5, 6]),
        ];
        let all_on = |switches: Vec<usize>| switches.into_iter().map(|at| (at, true)).collect();
        let turns = ways.into_iter().map(|(needs, sets)| Turn {
            needs: all_on(needs),
            sets: all_on(sets),
            quarters: random.pick(&[0, 1, 4, 12]).copied().unwrap_or(4),
            seconds: random.pick(&[1, 1, 2, 3, 9]).copied().unwrap_or(1),
        });
        Self {
            switches: 7,
            turns: turns.collect(),
            goal: vec![5, 6],
        }
    }

    fn random(seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0x3015_0905);
        if random.chance(10) {
            return Self::with_a_choice(&mut random);
        }
        let switches = 4 + random.below(4);
        // Most lead on from what stands below; some undo something on the way.
        let turns = (0..6 + random.below(3)).map(|_| {
            let own = random.below(switches);
            let mut needs: Vec<(usize, bool)> = Vec::new();
            for _ in 0..random.below(3).min(own) {
                let at = random.below(own);
                if needs.iter().all(|(other, _)| *other != at) {
                    needs.push((at, random.chance(85)));
                }
            }
            let mut sets = vec![(own, true)];
            let other = random.below(switches);
            if other != own && random.chance(45) {
                sets.push((other, random.chance(60)));
            }
            Turn {
                needs,
                sets,
                quarters: random.pick(&[0, 1, 2, 4, 4, 12]).copied().unwrap_or(4),
                seconds: random.pick(&[1, 1, 2, 3, 9]).copied().unwrap_or(1),
            }
        });
        let turns: Vec<Turn> = turns.collect();
        let set: Vec<usize> = turns
            .iter()
            .flat_map(|turn| &turn.sets)
            .filter_map(|(at, on)| on.then_some(*at))
            .collect();
        let mut goal: Vec<usize> = (0..2 + random.below(2))
            .filter_map(|_| match random.chance(95) {
                true => random.pick(&set).copied(),
                false => Some(random.below(switches)),
            })
            .collect();
        goal.sort_unstable();
        goal.dedup();
        Self {
            switches,
            turns,
            goal,
        }
    }

    fn estate(&self) -> Estate {
        let mut estate = Estate::new()
            .provider("x:Cloud", "x:cloud")
            .class("x:Board", &["x:Cloud", "samos:ServiceInstance"]);
        for at in 0..self.switches {
            let switch = format!("x:s{at}");
            estate = estate.property(&switch, one().of("x:Board").to("xsd:boolean").closed());
        }
        estate = estate.entity("x:board", &["x:Board"]);
        for at in 0..self.switches {
            estate = estate.fact("x:board", &format!("x:s{at}"), "false");
        }
        let list = |parts: &[(usize, bool)], says: &str| {
            let each = parts
                .iter()
                .map(|(at, on)| format!("subject.x:s{at} {says} {on}"));
            each.collect::<Vec<String>>().join(" and ")
        };
        for (at, turn) in self.turns.iter().enumerate() {
            let name = format!("x:Turn{at}");
            let needs = match turn.needs.is_empty() {
                true => "unconditional".to_owned(),
                false => list(&turn.needs, "=="),
            };
            #[allow(clippy::cast_precision_loss, reason = "numbers of a few dozen")]
            let (price, seconds) = (turn.quarters as f64 / 4.0, turn.seconds as f64);
            estate = estate
                .operation(
                    Kind::Manipulation,
                    &name,
                    "x:Board",
                    "",
                    "",
                    &needs,
                    &list(&turn.sets, "="),
                )
                .takes(&name, price, seconds);
        }
        estate
    }

    /// Every sequence that ends where the goal first holds.
    fn all(&self) -> Vec<Taken> {
        let start = Way {
            on: vec![false; self.switches],
            set: vec![(0, 0); self.switches],
            read: vec![(0, 0); self.switches],
            taken: Taken {
                operations: 0,
                layers: 0,
                makespan: 0,
                quarters: 0,
            },
        };
        let mut found = Vec::new();
        let mut open = vec![start];
        while let Some(way) = open.pop() {
            if self.goal.iter().all(|at| way.on.get(*at) == Some(&true)) {
                found.push(way.taken);
                continue;
            }
            if way.taken.operations < LONGEST as u64 {
                open.extend(self.turns.iter().filter_map(|turn| way.after(turn)));
            }
        }
        found
    }
}

impl Way {
    /// After one more operation; none where it may not be carried out or nothing is otherwise afterwards.
    fn after(&self, turn: &Turn) -> Option<Self> {
        let stands = |(at, on): &(usize, bool)| self.on.get(*at) == Some(on);
        if !turn.needs.iter().all(stands) || turn.sets.iter().all(stands) {
            return None;
        }
        let mut begin = (0, 0);
        let mut wait = |times: &[(u64, u64)], at: usize| {
            let (round, second) = times.get(at).copied().unwrap_or_default();
            begin = (begin.0.max(round), begin.1.max(second));
        };
        for (at, _) in &turn.needs {
            wait(&self.set, *at);
        }
        for (at, _) in &turn.sets {
            wait(&self.set, *at);
            wait(&self.read, *at);
        }
        let end = (begin.0 + 1, begin.1 + turn.seconds);
        let mut next = self.clone();
        for (at, _) in &turn.needs {
            if let Some(slot) = next.read.get_mut(*at) {
                *slot = (slot.0.max(end.0), slot.1.max(end.1));
            }
        }
        for (at, on) in &turn.sets {
            if let (Some(slot), Some(own)) = (next.set.get_mut(*at), next.on.get_mut(*at)) {
                *slot = end;
                *own = *on;
            }
        }
        next.taken.operations += 1;
        next.taken.layers = next.taken.layers.max(end.0);
        next.taken.makespan = next.taken.makespan.max(end.1);
        next.taken.quarters += turn.quarters;
        Some(next)
    }
}

fn taken(plan: &Plan) -> Taken {
    let whole = |amount: Option<f64>, times: f64| -> u64 {
        let amount = format!(
            "{:.0}",
            amount.expect("everything says what it takes") * times
        );
        amount.parse().expect("an amount is a number")
    };
    Taken {
        operations: u64::from(plan.cost.operations),
        layers: u64::from(plan.cost.layers),
        makespan: whole(plan.cost.makespan_s, 1.0),
        quarters: whole(plan.cost.price, 4.0),
    }
}

fn compare(seed: u64, tally: &mut Tally) -> Result<(), String> {
    let workshop = Workshop::random(seed);
    let estate = workshop.estate();
    let all = workshop.all();
    let parts = workshop.goal.iter();
    let parts: Vec<String> = parts.map(|at| format!("x:board.x:s{at} == true")).collect();
    let mut best = Vec::new();
    for objective in [
        Objective::Default,
        Objective::Operations,
        Objective::Layers,
        Objective::Cost,
        Objective::Makespan,
        Objective::Pareto,
    ] {
        let goal = Goal {
            condition: estate.condition(&parts.join(" and ")),
            objective,
            alternatives: 1,
            ..Goal::default()
        };
        let answer = samos_reasoners::goals::plan(&estate, &goal, &limits());
        let own: Vec<Taken> = answer.plans.iter().map(taken).collect();
        for plan in &answer.plans {
            accepted(&estate, plan)?;
        }
        let differ = |what: &str| {
            let plans: Vec<String> = answer.plans.iter().map(told).collect();
            let search = &answer.search;
            Err(format!(
                "{objective:?}: {what}; {own:?}, {search:?}{}",
                plans.join("")
            ))
        };
        let Some(first) = own.first() else {
            if !all.is_empty() || !answer.search.complete {
                return differ("only trying finds a plan, or nothing is proven");
            }
            tally.count("no plan");
            continue;
        };
        if !answer.search.complete {
            return differ("not complete");
        }
        let is_met = |one: &Taken| match objective {
            Objective::Pareto => own
                .iter()
                .any(|own| own.layers <= one.layers && own.operations <= one.operations),
            _ => first.key(objective) <= one.key(objective),
        };
        if let Some(better) = all.iter().find(|one| !is_met(one)) {
            return differ(&format!("{better:?} is better"));
        }
        let has_trades = own.windows(2).all(|pair| match pair {
            [one, next] => one.layers < next.layers && one.operations > next.operations,
            _ => true,
        });
        if !has_trades {
            return differ("no front");
        }
        if own.len() > 1 {
            tally.count("fronts of several");
        }
        best.push((objective, *first));
    }
    let of = |objective| best.iter().find(|(own, _)| *own == objective);
    for (one, other, what) in [
        (Objective::Operations, Objective::Layers, "fewer layers"),
        (Objective::Operations, Objective::Cost, "less cost"),
        (Objective::Layers, Objective::Makespan, "less time"),
    ] {
        if let (Some((_, one)), Some((_, least))) = (of(one), of(other))
            && one.key(other) > least.key(other)
        {
            tally.count(what);
        }
    }
    Ok(())
}

#[test]
fn every_objective_is_least_among_all_sequences() {
    let mut tally = Tally::default();
    for seed in seeds() {
        if let Err(difference) = compare(seed, &mut tally) {
            let world = Workshop::random(seed).estate().to_turtle();
            panic!("seed {seed}: {difference}\n{world}");
        }
    }
    println!("workshops: {tally:?}");
    for what in [
        "no plan",
        "fewer layers",
        "less cost",
        "less time",
        "fronts of several",
    ] {
        assert!(
            !are_many() || tally.of(what) >= 10,
            "hardly any {what}: {tally:?}"
        );
    }
}
