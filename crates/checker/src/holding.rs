//! Looks whether a plan says rightly what must hold while it runs, and after which steps.
//!
//! In: the plan, what each step saw and did, the state at the end. Out: errors where what is said would stop a run for nothing or
//! let it go on too long, warnings where nothing is said.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::codes::checking as codes;
use samos_model::plan::{Holding, Step};
use samos_model::{Conjunct, Root};

use crate::goal;
use crate::names::{conjunct_in_words, read_condition};
use crate::replay::{Case, Trace};
use crate::report::{Problem, Report};
use crate::scope::Named;
use crate::state::{Looked, Place, State, TYPES};
use crate::steps::{reference, values};
use crate::thing::Thing;

/// Looks at what each step and the goal say. A plan that says nothing of the kind (made before plans did) is no worse for it.
pub(crate) fn check(case: &Case<'_>, traces: &[Trace], end: &State, report: &mut Report) {
    let plan = case.plan;
    let says_any =
        !plan.goal.holds.is_empty() || plan.steps.iter().any(|step| !step.holds.is_empty());
    let changes = Changes::of(traces);
    for (at, (step, trace)) in case.plan.steps.iter().zip(traces).enumerate() {
        let one = One {
            case,
            traces,
            changes: &changes,
            says_any,
            step: Some((at, step)),
        };
        one.check(&step.holds, &trace.conditions, report);
    }
    let goal = One {
        case,
        traces,
        changes: &changes,
        says_any,
        step: None,
    };
    let looked = goal::looked_at_end(case, end);
    goal.check(&case.plan.goal.holds, &looked, report);
}

/// A step, or the goal.
struct One<'a> {
    case: &'a Case<'a>,
    traces: &'a [Trace],
    changes: &'a Changes<'a>,
    /// Whether the plan says of any condition how long it must hold: then each that it does not say it of is a warning.
    says_any: bool,
    step: Option<(usize, &'a Step)>,
}

impl One<'_> {
    fn check(&self, said: &[Holding], conditions: &[(Conjunct, Looked)], report: &mut Report) {
        let read: Vec<(&Holding, Option<Conjunct>)> = said
            .iter()
            .map(|holding| (holding, read_one(&holding.condition)))
            .collect();
        for (holding, conjunct) in &read {
            let condition = conjunct.as_ref().and_then(|conjunct| {
                let mut conditions = conditions.iter();
                conditions.find(|(own, _)| own == conjunct)
            });
            match condition {
                None => report.problem(self.problem(
                    codes::HOLDS,
                    &holding.condition,
                    "is said to have to hold, but is none of its conditions",
                )),
                Some((conjunct, looked)) => self.check_after(holding, conjunct, looked, report),
            }
        }
        for (conjunct, _) in conditions {
            if self.says_any && !read.iter().any(|(_, said)| said.as_ref() == Some(conjunct)) {
                let words = conjunct_in_words(self.case.world, conjunct);
                report.warning(self.problem(
                    codes::HOLDS_UNSAID,
                    &words,
                    "must hold, and nothing says so",
                ));
            }
        }
    }

    /// Are the steps that see to it those that it names?
    fn check_after(
        &self,
        holding: &Holding,
        conjunct: &Conjunct,
        looked: &Looked,
        report: &mut Report,
    ) {
        let words = || conjunct_in_words(self.case.world, conjunct);
        let given = self.givers(conjunct);
        let end = self.step.map_or(self.traces.len(), |(at, _)| at);
        let mut seeing_to_it = self.changes.of_looked(looked);
        seeing_to_it.retain(|from| self.is_before(*from));
        seeing_to_it.extend(given.iter().filter_map(|number| place_of(*number)));
        for from in seeing_to_it.range(..end) {
            let Some(number) = self.case.plan.steps.get(*from).map(|step| step.id) else {
                continue;
            };
            if !holding.after.contains(&number) {
                let says = format!("looks at what step {number} sees to, which is not named");
                report.problem(self.problem(codes::HOLDS, &words(), &says));
            }
        }
        for number in &holding.after {
            let at = place_of(*number);
            let trace = at.and_then(|at| Some((at, self.traces.get(at)?)));
            let sees_to_it = trace.is_some_and(|(at, trace)| {
                self.is_before(at) && (given.contains(number) || trace.touches(looked))
            });
            if !sees_to_it {
                let says = format!("is said to be seen to by step {number}, which does not");
                report.problem(self.problem(codes::HOLDS, &words(), &says));
            }
        }
    }

    fn is_before(&self, from: usize) -> bool {
        self.step
            .is_none_or(|(at, _)| self.case.graph.is_before(from, at))
    }

    /// The steps that give the subject, or what the condition names.
    fn givers(&self, conjunct: &Conjunct) -> BTreeSet<u32> {
        let named = Named::in_conjunct(conjunct);
        match self.step {
            Some((_, step)) => {
                let no_arguments = Default::default();
                let subject = values(&step.subject, &no_arguments);
                let arguments = step.arguments.iter();
                let arguments = arguments.filter(|(name, _)| named.all.contains(*name));
                let arguments = arguments.flat_map(|(_, argument)| argument.values());
                let all = subject.chain(arguments).filter_map(reference);
                all.map(|from| from.step).collect()
            }
            None => {
                let wants = self.case.plan.goal.wants.iter();
                let wants = wants.filter(|want| {
                    let root = |name| Root::Variable(name);
                    want.name
                        .clone()
                        .is_some_and(|name| named.roots.contains(&root(name)))
                });
                let all = wants.filter_map(|want| reference(&want.is));
                all.map(|from| from.step).collect()
            }
        }
    }

    fn problem(&self, code: &'static str, words: &str, says: &str) -> Problem {
        let (number, who) = match self.step {
            Some((_, step)) => (step.id, format!("step {}", step.id)),
            None => (0, "the goal".to_owned()),
        };
        Problem::new(
            code,
            number,
            format!("{words} {says}"),
            format!("{who}: `{words}` {says}"),
            "plan again",
        )
    }
}

/// By what was changed or deleted: the steps after which it is otherwise than before.
struct Changes<'t> {
    changed: BTreeMap<&'t Place, Vec<usize>>,
    deleted: BTreeMap<&'t Thing, Vec<usize>>,
}

impl<'t> Changes<'t> {
    fn of(traces: &'t [Trace]) -> Self {
        let mut changes = Self {
            changed: BTreeMap::new(),
            deleted: BTreeMap::new(),
        };
        for (at, trace) in traces.iter().enumerate() {
            let places = trace.changed.iter();
            for place in places.filter(|place| place.1.as_str() != TYPES) {
                changes.changed.entry(place).or_default().push(at);
            }
            for gone in &trace.written.deleted {
                changes.deleted.entry(gone).or_default().push(at);
            }
        }
        changes
    }

    /// The steps after which something of what was looked at is otherwise.
    fn of_looked(&self, looked: &Looked) -> BTreeSet<usize> {
        let (places, things) = (looked.places.borrow(), looked.things.borrow());
        let changed = places.iter().filter_map(|place| self.changed.get(place));
        let deleted = things.iter().filter_map(|thing| self.deleted.get(thing));
        changed.chain(deleted).flatten().copied().collect()
    }
}

/// The place of the step with that number.
fn place_of(number: u32) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1)
}

impl Trace {
    /// Did it write something of what was looked at?
    fn touches(&self, looked: &Looked) -> bool {
        let places = looked.places.borrow();
        let mut written = self.written.places.keys();
        written.any(|place| places.contains(place)) || self.deletes(looked)
    }

    fn deletes(&self, looked: &Looked) -> bool {
        let things = looked.things.borrow();
        let mut deleted = self.written.deleted.iter();
        deleted.any(|gone| things.contains(gone))
    }
}

fn read_one(text: &str) -> Option<Conjunct> {
    let condition = read_condition(text).ok()?;
    let [conjunct] = condition.conjuncts.as_slice() else {
        return None;
    };
    Some(conjunct.clone())
}
