//! A new plan where a run could not go on: from the state that it left, for the same question.
//!
//! In: a run. Out: plans of what is left, made from what is really so by now, and which run did it instead. Not here: approving and
//! running them.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use samos_execution::TaskState;
use samos_model::plan::{Answer, Argument, PlanGoal, PlanValue, Step, Wanted};
use samos_model::text::{FullNames, Path, Resolve, parse_condition, resolve_condition};
use samos_model::{Iri, Limits, Name, Request, Root, Value};

use super::kept::{Kept, read_json, write_json};
use super::{RECEIPT, RunReport};
use crate::{Error, Samos};

/// Which run does instead what one could not, in the folder of the latter.
const FOLLOWED: &str = "followed.json";

impl Samos {
    /// Plans what is left of a run's plan, in the world as the run left it: with the same operations where other bindings are
    /// enough, else with a way on that keeps as many of the steps left as it can, else all anew. What the plan changes is read
    /// again first, and what is not known, where there is somebody to ask. From now on this is that world.
    ///
    /// # Errors
    /// When there is no such run, or what was read cannot be kept.
    pub fn replan(&mut self, run: &str, limits: &Limits) -> Result<Answer, Error> {
        let report = self.run(run)?;
        self.go_on_after(run)?;
        if !self.is_of_files() {
            let touched = self.touched_by(&report.plan);
            let requests: BTreeSet<Request> =
                touched.iter().flat_map(|one| self.readable(one)).collect();
            self.read(requests.iter().collect())?;
        }
        let answer = self.repaired(&report, true, limits)?;
        let needs = self.needs_of(&answer);
        if needs.is_empty() || self.fetch(&needs)? == 0 {
            return Ok(answer);
        }
        self.repaired(&report, true, limits)
    }

    /// Keeps which run does instead what another could not.
    pub(super) fn note_follower(&self, followed: &Kept, by: &str) -> Result<(), Error> {
        write_json(&followed.file(FOLLOWED), &by)?;
        let receipt = followed.file(RECEIPT);
        let Some(mut kept) = read_json::<serde_json::Value>(&receipt)? else {
            return Ok(());
        };
        if let Some(kept) = kept.as_object_mut() {
            kept.insert("followed_by".to_owned(), by.into());
        }
        write_json(&receipt, &kept)
    }

    /// The run that does instead what this one could not.
    pub(super) fn follower(&self, run: &str) -> Option<String> {
        // Who cannot be read is not named; the other run's journal names this one.
        read_json(&self.kept(run)?.file(FOLLOWED)).ok()?
    }
}

/// The steps of a run's plan that are not done, and the goal as far as they matter to it: what the others gave stands there as
/// what it is, so that nothing is made a second time.
pub(crate) fn left_of(report: &RunReport) -> Result<(Vec<Step>, PlanGoal), Error> {
    let done = report.receipt.steps.iter();
    let done = done.filter(|step| step.state == TaskState::Done && step.undone_by.is_empty());
    let given: BTreeMap<u32, &BTreeMap<Name, Vec<Value>>> =
        done.map(|step| (step.step, &step.outcomes)).collect();
    let known = |value: &PlanValue| -> Option<Value> {
        let PlanValue::From { from } = value else {
            return None;
        };
        let values = given.get(&from.step)?.get(&from.outcome)?;
        let place = usize::try_from(from.index.unwrap_or(0)).ok()?;
        values.get(place).cloned()
    };
    let put = |value: &mut PlanValue| {
        if let Some(known) = known(value) {
            *value = PlanValue::known(&known);
        }
    };
    let steps = report.plan.steps.iter();
    let mut left: Vec<Step> = steps
        .filter(|step| !given.contains_key(&step.id))
        .cloned()
        .collect();
    for step in &mut left {
        put(&mut step.subject);
        for argument in step.arguments.values_mut() {
            match argument {
                Argument::One(value) => put(value),
                Argument::Many(values) => values.iter_mut().for_each(put),
            }
        }
    }
    Ok((left, goal_left(&report.plan.goal, &known)?))
}

/// The goal, new things that are there by now standing in it as what they are.
fn goal_left(
    goal: &PlanGoal,
    known: &dyn Fn(&PlanValue) -> Option<Value>,
) -> Result<PlanGoal, Error> {
    let mut goal = goal.clone();
    let is_there = |want: &Wanted| match known(&want.is) {
        Some(Value::Entity(thing)) if want.new => Some(thing),
        _ => None,
    };
    let there = goal.wants.iter().filter_map(|want| {
        let thing = is_there(want)?;
        Some((want.name.clone()?, thing))
    });
    let there: BTreeMap<Name, Iri> = there.collect();
    if let Some(text) = &goal.condition {
        let full = parse_condition(text).map_err(|error| Error::internal(error.message))?;
        let full = resolve_condition(&full, &mut FullNames).map_err(Error::internal)?;
        let Ok(settled) = resolve_condition(&full, &mut Settled(&there));
        goal.condition = Some(settled.to_string());
    }
    // What is there need not be made once more, unless nothing else is wanted: then it is what is wanted.
    if goal.wants.iter().all(|want| is_there(want).is_some()) {
        goal.wants.iter_mut().for_each(|want| want.new = false);
    } else {
        goal.wants.retain(|want| is_there(want).is_none());
    }
    Ok(goal)
}

/// Puts things in place of the names under which they were wanted.
struct Settled<'a>(&'a BTreeMap<Name, Iri>);

impl Resolve<Iri, Iri> for Settled<'_> {
    type Error = Infallible;

    fn path(&mut self, path: &Path) -> Result<Path, Infallible> {
        let mut path = path.clone();
        if let Root::Variable(name) = &path.root
            && let Some(thing) = self.0.get(name)
        {
            path.root = Root::Individual(thing.clone());
        }
        Ok(path)
    }

    fn type_name(&mut self, name: &Iri) -> Result<Iri, Infallible> {
        Ok(name.clone())
    }
}
