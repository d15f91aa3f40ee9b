//! Watching over the rest of the plan while a run is under way: what spoils a later step stops the run before the next one.
//!
//! In: each transition, and the facts that it changed. Out: a step, or the goal, that failed before its turn came.

use std::collections::BTreeSet;

use samos_model::codes::execution as codes;
use samos_model::plan::PlanValue;
use samos_model::value::Value;

use super::turn::Turn;
use super::{Run, TaskState};
use crate::monitor::{Changed, Monitor, Spoiled};
use crate::transition::{Failure, TaskId, Transition};

/// Stands among step numbers for the goal.
pub(super) const GOAL: u32 = 0;

/// Was it found before the step's turn came?
pub(super) fn is_foreseen(failure: &Failure) -> bool {
    failure.code == codes::REST_SPOILED
}

impl Run {
    /// The steps that stand so.
    fn steps_that(&self, is: impl Fn(TaskState) -> bool) -> BTreeSet<u32> {
        let steps = self.tasks.iter().filter(|(id, _)| id.undo.is_none());
        let steps = steps.filter(|(_, task)| is(task.state));
        steps.map(|(id, _)| id.step).collect()
    }
}

impl Turn<'_> {
    /// Tells who watches what happened.
    pub(super) fn watch(&mut self, transition: &Transition, changed: &Changed) {
        if *transition == Transition::Resumed {
            self.run.monitor = None;
        }
        let Some(mut monitor) = self.run.monitor.take() else {
            return;
        };
        let run = &*self.run;
        let live = run.live(self.world);
        let resolve = |value: &PlanValue| -> Vec<Value> { run.resolve(value) };
        match transition {
            Transition::Bound { task, .. } if task.undo.is_none() => monitor.asked_for(task.step),
            Transition::Done { task } if task.undo.is_none() => {
                monitor.done(task.step, live, &run.plan, &resolve);
            }
            _ => {}
        }
        monitor.changed(changed, live, &run.plan, &resolve);
        self.run.monitor = Some(monitor);
    }

    /// Is a step still to come spoiled, or the goal? Then that step has failed, though nothing was sent.
    pub(super) fn finds_spoiled(&mut self) -> bool {
        if self.run.paused {
            return false;
        }
        let spoiled = self.monitor().spoiled();
        let mut is_spoiled = false;
        for one in spoiled {
            if self.run.unheeded.contains(&one.step.unwrap_or(GOAL)) {
                continue;
            }
            is_spoiled |= self.give_up(&one);
        }
        is_spoiled
    }

    fn give_up(&mut self, spoiled: &Spoiled) -> bool {
        let failure = |what: &str| Failure {
            code: codes::REST_SPOILED.to_owned(),
            class: None,
            message: format!(
                "`{}`, which {what} needs, does not hold any more, and no step still to come sees to it",
                spoiled.text
            ),
            after_effect: false,
        };
        let Some(step) = spoiled.step else {
            let failure = failure("the goal");
            self.emit(Transition::Spoiled { failure });
            return true;
        };
        let task = TaskId::step(step);
        let state = self.run.tasks.get(&task).map(|task| task.state);
        if state != Some(TaskState::Waiting) {
            return false;
        }
        let failure = failure("it");
        self.emit(Transition::Failed { task, failure });
        true
    }

    /// Who watches; from the first time it is asked for.
    fn monitor(&mut self) -> &Monitor {
        let run = &*self.run;
        let monitor = match &run.monitor {
            Some(_) => None,
            None => Some(Monitor::new(
                run.live(self.world),
                &run.plan,
                &|value| run.resolve(value),
                &run.steps_that(|state| state == TaskState::Done),
                &run.steps_that(|state| state != TaskState::Waiting),
            )),
        };
        if monitor.is_some() {
            self.run.monitor = monitor;
        }
        self.run.monitor.get_or_insert_default()
    }
}
