//! Questions about types alone: wanted types from given ones, against all sets of operations that there are.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::goal::{Given, Want};
use samos_model::plan::{Change, Step};
use samos_model::{Goal, Kind, Limits, Measure, Name, Objective, Plan, Severity};
use samos_reference::estate::{Estate, iri};
use samos_reference::plans::judge;
use samos_reference::worlds::Random;

use crate::plans::told;
use crate::worlds::{Tally, are_many, limits, seeds};

/// An operation that only gives.
#[derive(Clone)]
struct Offer {
    takes: Vec<usize>,
    gives: Vec<usize>,
    is_change: bool,
    /// Its price in quarters, and how long it takes, where it says.
    quarters: Option<usize>,
    seconds: Option<usize>,
}

/// Types in a hierarchy where some have several parents, and what each operation takes and gives.
#[derive(Clone)]
struct Market {
    /// The places of each type's parents, all before its own.
    parents: Vec<Vec<usize>>,
    operations: Vec<Offer>,
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
        let operations: Vec<(Vec<usize>, Vec<usize>)> = operations.collect();
        let operations = operations.into_iter();
        let mut market = Self {
            parents,
            operations: operations.map(Self::free).collect(),
            given: some(&mut random, 0, 3, 2),
            wanted: some(&mut random, types - 3, types, 2),
        };
        if random.chance(10) {
            market.offer_a_choice(types);
        }
        market.price(&mut Random::new(seed ^ 0x0C05_7000));
        market
    }

    fn free((takes, gives): (Vec<usize>, Vec<usize>)) -> Offer {
        Offer {
            takes,
            gives,
            is_change: false,
            quarters: None,
            seconds: None,
        }
    }

    /// What operations cost and how long they take, which some do not say; and some of them change something, though
    /// nobody knows what.
    fn price(&mut self, random: &mut Random) {
        let (are_silent, change) = (random.chance(10), random.chance(30));
        for one in &mut self.operations {
            one.is_change = change && random.chance(30);
            if !are_silent || random.chance(50) {
                let quarters: [usize; 6] = [0, 1, 4, 4, 5, 40];
                let seconds: [usize; 6] = [0, 1, 1, 2, 3, 10];
                one.quarters = random.pick(&quarters).copied();
                one.seconds = random.pick(&seconds).copied();
            }
        }
    }

    /// Those of a set that can run, together.
    fn running(&self, set: &[usize]) -> Vec<usize> {
        let mut there: BTreeSet<usize> =
            self.given.iter().flat_map(|one| self.above(*one)).collect();
        let mut running: BTreeSet<usize> = BTreeSet::new();
        loop {
            let ready = set.iter().filter(|at| {
                let own = self.operations.get(**at);
                own.is_some_and(|own| own.takes.iter().all(|one| there.contains(one)))
            });
            let ready: BTreeSet<usize> = ready.copied().collect();
            if ready == running {
                return running.into_iter().collect();
            }
            let gives = ready.iter().filter_map(|at| self.operations.get(*at));
            let gives: Vec<usize> = gives.flat_map(|one| one.gives.clone()).collect();
            there.extend(gives.iter().flat_map(|one| self.above(*one)));
            running = ready;
        }
    }

    /// Two short ways of their own to two wanted things, and a longer one to both.
    fn offer_a_choice(&mut self, types: usize) {
        let (one, other) = (types, types + 1);
        let way = |from: usize, to: &[usize]| Self::free((vec![from], to.to_vec()));
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
        for (at, one) in self.operations.iter().enumerate() {
            let name = format!("x:Ask{at}");
            let kind = match one.is_change {
                true => Kind::Manipulation,
                false => Kind::Information,
            };
            estate = estate.operation(
                kind,
                &name,
                "x:Hub",
                &list(&one.takes, "p", ["[", "]"]),
                &list(&one.gives, "o", ["", ""]),
                "",
                "",
            );
            if let (Some(quarters), Some(seconds)) = (one.quarters, one.seconds) {
                #[allow(clippy::cast_precision_loss, reason = "numbers of a few dozen")]
                let (price, seconds) = (quarters as f64 / 4.0, seconds as f64);
                estate = estate.takes(&name, price, seconds);
            }
        }
        estate
    }

    /// What the operations of a set take, all of which must run, if they bring about what is wanted.
    fn taken(&self, set: &[usize]) -> Option<Taken> {
        let given = self.given.iter().flat_map(|one| self.above(*one));
        // When each type is there at the soonest, in rounds and in seconds.
        let mut there: BTreeMap<usize, (usize, usize)> = given.map(|one| (one, (0, 0))).collect();
        let mut ends: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        loop {
            let before = there.clone();
            for at in set {
                let Some(Offer {
                    takes,
                    gives,
                    seconds,
                    ..
                }) = self.operations.get(*at)
                else {
                    continue;
                };
                let begins = takes.iter().map(|one| there.get(one).copied());
                let Some(begins) = begins.collect::<Option<Vec<(usize, usize)>>>() else {
                    continue;
                };
                let round = begins.iter().map(|(round, _)| *round).max().unwrap_or(0) + 1;
                let end = begins.iter().map(|(_, end)| *end).max().unwrap_or(0);
                let end = end + seconds.unwrap_or(1);
                ends.insert(*at, (round, end));
                for one in gives.iter().flat_map(|one| self.above(*one)) {
                    let slot = there.entry(one).or_insert((round, end));
                    *slot = (slot.0.min(round), slot.1.min(end));
                }
            }
            if there == before {
                break;
            }
        }
        let is_met = self.wanted.iter().all(|one| there.contains_key(one));
        let offers = set.iter().filter_map(|at| self.operations.get(*at));
        (is_met && ends.len() == set.len()).then(|| Taken {
            operations: set.len(),
            manipulations: offers.clone().filter(|one| one.is_change).count(),
            layers: ends.values().map(|(round, _)| *round).max().unwrap_or(0),
            makespan: ends.values().map(|(_, end)| *end).max().unwrap_or(0),
            quarters: offers.map(|one| one.quarters.unwrap_or(0)).sum(),
        })
    }

    /// All sets that bring about what is wanted, with what each takes.
    fn working(&self) -> Vec<(Vec<usize>, Taken)> {
        let sets = 0..1_usize << self.operations.len();
        let of_set = |set: usize| {
            let chosen = (0..self.operations.len()).filter(move |at| set >> at & 1 == 1);
            chosen.collect::<Vec<usize>>()
        };
        let working = sets.filter_map(|set| {
            let set = of_set(set);
            self.taken(&set).map(|taken| (set, taken))
        });
        working.collect()
    }

    fn goal(&self, objective: Objective, alternatives: usize, more: &[usize]) -> Goal {
        let wants = self.wanted.iter().enumerate().map(|(at, of_type)| Want {
            name: Some(Name::new(format!("w{at}"))),
            of_type: iri(&Self::class(*of_type)),
        });
        let givens = self.given.iter().chain(more);
        Goal {
            wants: wants.collect(),
            givens: givens
                .map(|of_type| Given::Type(iri(&Self::class(*of_type))))
                .collect(),
            objective,
            alternatives,
            ..Goal::default()
        }
    }
}

/// What a set of operations takes, each begun as soon as it can.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Taken {
    operations: usize,
    manipulations: usize,
    layers: usize,
    makespan: usize,
    /// The price in quarters.
    quarters: usize,
}

impl Taken {
    /// What is compared, one after the other.
    fn key(&self, objective: Objective) -> Vec<usize> {
        let Self {
            operations,
            manipulations,
            layers,
            makespan,
            quarters,
        } = *self;
        match objective {
            Objective::Default => vec![manipulations, operations, layers],
            Objective::Operations => vec![operations, layers],
            Objective::Layers | Objective::Pareto => vec![layers, operations],
            Objective::Cost => vec![quarters, manipulations, operations, layers],
            Objective::Makespan => vec![makespan, operations, manipulations],
        }
    }

    /// What sets are put in order by, where several are asked for: without rounds that only break ties.
    fn order(&self, objective: Objective) -> Vec<usize> {
        let mut key = self.key(objective);
        if matches!(
            objective,
            Objective::Default | Objective::Operations | Objective::Cost
        ) {
            key.pop();
        }
        key
    }
}

/// Do the checker and the reference find nothing wrong with a plan?
pub(crate) fn accepted(estate: &Estate, plan: &Plan) -> Result<(), String> {
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

const OBJECTIVES: [Objective; 5] = [
    Objective::Default,
    Objective::Operations,
    Objective::Layers,
    Objective::Cost,
    Objective::Makespan,
];

/// So many plans are asked for, where several are.
const SEVERAL: usize = 6;

/// A market, and everything that can be done on it.
struct Tried {
    market: Market,
    estate: Estate,
    working: Vec<(Vec<usize>, Taken)>,
}

impl Tried {
    /// The place of each step's operation.
    fn set(plan: &Plan) -> Vec<usize> {
        let steps = plan.steps.iter();
        let place = |step: &Step| step.operation.as_str().rsplit("Ask").next()?.parse().ok();
        let mut set: Vec<usize> = steps.filter_map(place).collect();
        set.sort_unstable();
        set
    }

    /// What a plan takes, if that is what it says it takes.
    fn taken(&self, plan: &Plan, objective: Objective) -> Result<Taken, String> {
        accepted(&self.estate, plan)?;
        let set = Self::set(plan);
        let differs = |what: &str| Err(format!("{objective:?}: {what}{}", told(plan)));
        let Some(taken) = self.market.taken(&set) else {
            return differs("the operations do not bring about what is wanted");
        };
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let is_same =
            |said: Option<f64>, own: f64| said.is_none_or(|said| (said - own).abs() < 1e-6);
        #[allow(clippy::cast_precision_loss, reason = "numbers of a few dozen")]
        let (quarters, makespan) = (taken.quarters as f64, taken.makespan as f64);
        if size(plan.cost.operations) != taken.operations
            || size(plan.cost.manipulations) != taken.manipulations
            || !is_same(plan.cost.price, quarters / 4.0)
        {
            return differs("it takes something else than it says");
        }
        // Each thing is taken from what ends first, in rounds or in time, as the objective counts.
        let is_soon = match objective {
            Objective::Makespan => is_same(plan.cost.makespan_s, makespan),
            _ => size(plan.cost.layers) == taken.layers,
        };
        if !is_soon {
            return differs(&format!("it ends at another time than {taken:?}"));
        }
        Ok(taken)
    }

    /// The best plan, and how good it is said to be.
    fn one(&self, objective: Objective, tally: &mut Tally) -> Result<(), String> {
        let goal = self.market.goal(objective, 1, &[]);
        let answer = samos_reasoners::goals::plan(&self.estate, &goal, &limits());
        let plan = answer.plans.first();
        let taken = plan.map(|plan| self.taken(plan, objective)).transpose()?;
        let found = taken.map(|taken| taken.key(objective));
        let expected = self.working.iter().map(|(_, taken)| taken.key(objective));
        let expected = expected.min();
        let proof = answer.search.proof;
        if found != expected || !answer.search.complete {
            return Err(format!(
                "{objective:?}: found {found:?}, all sets say {expected:?}, {:?}{}",
                answer.search,
                plan.map(told).unwrap_or_default()
            ));
        }
        if plan.is_some() && proof.is_none_or(|proof| proof.gap > 0.0) {
            return Err(format!("{objective:?}: a best plan with {proof:?}"));
        }
        tally.count(match taken.map(|taken| taken.operations) {
            None => "no plan",
            Some(0) => "already there",
            Some(1 | 2) => "short plans",
            Some(_) => "longer plans",
        });
        Ok(())
    }

    /// With hardly any effort there is a plan nevertheless, and what is said of it is true.
    fn soon(&self, objective: Objective, tally: &mut Tally) -> Result<(), String> {
        let goal = self.market.goal(objective, 1, &[]);
        for considered in [0, 1] {
            let little = Limits {
                considered,
                ..Limits::default()
            };
            let answer = samos_reasoners::goals::plan(&self.estate, &goal, &little);
            let best = self.working.iter().map(|(_, taken)| taken.key(objective));
            let (Some(plan), Some(best)) = (answer.plans.first(), best.min()) else {
                if self.working.is_empty() && answer.plans.is_empty() {
                    continue;
                }
                return Err(format!("{objective:?}: no plan, {:?}", answer.search));
            };
            let taken = self.taken(plan, objective)?;
            let own = taken.key(objective);
            let is_best = own == best;
            let Some(proof) = answer.search.proof else {
                return Err(format!("{objective:?}: nothing is said of how good it is"));
            };
            if answer.search.complete && !is_best {
                return Err(format!(
                    "{objective:?}: {own:?} is said to be best, {best:?} is"
                ));
            }
            let least = |of: &dyn Fn(&Taken) -> usize| {
                let all = self.working.iter();
                let all = all.map(|(_, taken)| (taken.key(objective), of(taken)));
                all.min().map_or(0, |(_, amount)| amount)
            };
            let of: &dyn Fn(&Taken) -> usize = match proof.measure {
                Measure::Manipulations => &|taken| taken.manipulations * 4,
                Measure::Operations => &|taken| taken.operations * 4,
                Measure::Layers => &|taken| taken.layers * 4,
                Measure::Makespan => &|taken| taken.makespan * 4,
                Measure::Cost => &|taken| taken.quarters,
                Measure::Assumptions => &|_| 0,
            };
            #[allow(clippy::cast_precision_loss, reason = "numbers of a few dozen")]
            let (own, least) = (of(&taken) as f64 / 4.0, least(of) as f64 / 4.0);
            if (proof.bound + proof.gap - own).abs() > 1e-6 || proof.bound > least + 1e-6 {
                return Err(format!(
                    "{objective:?}: {proof:?}, it takes {own}, the best {least}"
                ));
            }
            tally.count(match (is_best, answer.search.complete) {
                (_, true) => "little effort: best and proven",
                (true, false) => "little effort: best",
                (false, false) => "little effort: not best",
            });
        }
        Ok(())
    }

    /// The best plans one after the other, none with all operations of another.
    fn several(&self, objective: Objective, tally: &mut Tally) -> Result<(), String> {
        let goal = self.market.goal(objective, SEVERAL, &[]);
        let answer = samos_reasoners::goals::plan(&self.estate, &goal, &limits());
        let found = answer.plans.iter();
        let found = found.map(|plan| Ok(self.taken(plan, objective)?.order(objective)));
        let found = found.collect::<Result<Vec<_>, String>>()?;
        let mut working: Vec<_> = self.working.clone();
        working.sort_by_key(|(set, taken)| (taken.order(objective), set.clone()));
        let mut expected: Vec<&(Vec<usize>, Taken)> = Vec::new();
        for one in &working {
            let holds_all =
                |other: &&(Vec<usize>, Taken)| other.0.iter().all(|at| one.0.contains(at));
            if expected.len() < SEVERAL && !expected.iter().any(holds_all) {
                expected.push(one);
            }
        }
        let expected: Vec<_> = expected
            .iter()
            .map(|(_, taken)| taken.order(objective))
            .collect();
        if found != expected || !answer.search.complete {
            return Err(format!(
                "{objective:?}: the best are {expected:?}, found {found:?}, {:?}",
                answer.search
            ));
        }
        if found.len() > 1 {
            tally.count("several plans");
        }
        Ok(())
    }

    /// Every trade-off between layers and operations.
    fn front(&self, tally: &mut Tally) -> Result<(), String> {
        let goal = self.market.goal(Objective::Pareto, 1, &[]);
        let answer = samos_reasoners::goals::plan(&self.estate, &goal, &limits());
        let found = answer.plans.iter();
        let found =
            found.map(|plan| Ok(self.taken(plan, Objective::Pareto)?.key(Objective::Pareto)));
        let found = found.collect::<Result<Vec<_>, String>>()?;
        let mut all: Vec<_> = self
            .working
            .iter()
            .map(|(_, taken)| taken.key(Objective::Pareto))
            .collect();
        all.sort();
        let mut expected: Vec<Vec<usize>> = Vec::new();
        for one in all {
            if expected.last().is_none_or(|last| one.last() < last.last()) {
                expected.push(one);
            }
        }
        if found != expected || !answer.search.complete {
            return Err(format!("the front is {expected:?}, found {found:?}"));
        }
        if found.len() > 1 {
            tally.count("a front of several");
        }
        Ok(())
    }

    /// Where there is no plan: as few types given as any that would make one.
    fn nearest(&self, tally: &mut Tally) -> Result<(), String> {
        let goal = self.market.goal(Objective::Default, 1, &[]);
        let answer = samos_reasoners::goals::plan(&self.estate, &goal, &limits());
        let Some(miss) = answer.nearest else {
            return Err(format!("no nearest miss, {:?}", answer.search));
        };
        let all: Vec<usize> = (0..self.market.operations.len()).collect();
        let reaches = |more: &[usize]| {
            let mut market = self.market.clone();
            market.given.extend(more);
            market.taken(&market.running(&all)).is_some()
        };
        let types = self.market.parents.len();
        let missing = miss.changes.iter().map(|change| match change {
            Change::Value { of_type, .. } => {
                (0..types).find(|one| iri(&Market::class(*one)) == *of_type)
            }
            _ => None,
        });
        let Some(missing) = missing.collect::<Option<Vec<usize>>>() else {
            return Err(format!("{miss:?}: not of types"));
        };
        if !reaches(&missing) || !miss.proven_smallest {
            return Err(format!("{miss:?}: that makes no plan, or is not proven"));
        }
        let named = self.market.operations.iter();
        let named = named.flat_map(|one| one.takes.iter().chain(&one.gives));
        let named: BTreeSet<usize> = named.chain(&self.market.wanted).copied().collect();
        let smaller = (0..1_usize << types).filter(|set| {
            let count = usize::try_from(set.count_ones()).unwrap_or(usize::MAX);
            count < missing.len()
        });
        for set in smaller {
            let set: Vec<usize> = (0..types).filter(|at| set >> at & 1 == 1).collect();
            if set.iter().all(|one| named.contains(one)) && reaches(&set) {
                return Err(format!("{miss:?}: {set:?} would do"));
            }
        }
        tally.count(match missing.len() {
            1 => "one type is missing",
            _ => "several types are missing",
        });
        Ok(())
    }
}

fn compare(seed: u64, tally: &mut Tally) -> Result<(), String> {
    let market = Market::random(seed);
    let tried = Tried {
        estate: market.estate(),
        working: market.working(),
        market,
    };
    for objective in OBJECTIVES {
        tried.one(objective, tally)?;
        tried.soon(objective, tally)?;
        tried.several(objective, tally)?;
    }
    tried.front(tally)?;
    if tried.working.is_empty() {
        tried.nearest(tally)?;
    }
    let best = |objective| {
        let all = tried.working.iter();
        let best = all.min_by_key(|(_, taken)| taken.key(objective));
        best.map(|(_, taken)| *taken)
    };
    let differ = |one, other| {
        let best = best(one);
        best.is_some_and(|best: Taken| {
            let all = tried.working.iter().map(|(_, taken)| taken.key(other));
            all.min().is_some_and(|least| best.key(other) > least)
        })
    };
    for (one, other, what) in [
        (
            Objective::Layers,
            Objective::Operations,
            "fewest layers take more operations",
        ),
        (
            Objective::Operations,
            Objective::Cost,
            "the fewest operations cost more",
        ),
        (
            Objective::Layers,
            Objective::Makespan,
            "the fewest layers take longer",
        ),
    ] {
        if differ(one, other) {
            tally.count(what);
        }
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
        "the fewest operations cost more",
        "the fewest layers take longer",
        "several plans",
        "a front of several",
        "little effort: not best",
        "one type is missing",
        "several types are missing",
    ] {
        assert!(
            !are_many() || tally.of(what) >= 10,
            "hardly any {what}: {tally:?}"
        );
    }
}
