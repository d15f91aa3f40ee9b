//! What a run did: per step what was sent, what stood before and after, what came back, how long it took.

mod provenance;

use std::collections::BTreeMap;

use samos_model::plan::Repair;
use samos_model::value::Value;
use samos_model::world::World;
use samos_model::{Iri, Request};
use serde::{Deserialize, Serialize};

use crate::expectation::{Expectation, Holder, Is, to_confirm};
use crate::run::{Run, Task, TaskState};
use crate::transition::{Ending, Exception, Failure, TaskId};
use samos_model::reply::Bindings;

pub use provenance::Statement;

/// The version of the receipt's format.
pub const FORMAT: u32 = 1;

/// What a run did.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// Always [`FORMAT`].
    pub format: u32,
    /// The run's name.
    pub run: String,
    /// The run that could not do what this one does instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<String>,
    /// How its plan goes on with that run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repair: Option<Repair>,
    /// The fingerprint of its plan.
    pub plan: String,
    /// How it ended; `None` while it has not.
    pub ending: Option<Ending>,
    /// The code of an ending that needs attention.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// When it began, RFC 3339.
    pub started_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
    /// The steps, in the plan's order.
    pub steps: Vec<StepReceipt>,
    /// Why the goal is not so, though every step could be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal_failure: Option<Failure>,
    /// What stays changed after undo.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
}

/// What became of a step.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct StepReceipt {
    /// The step.
    pub step: u32,
    /// Its operation.
    pub operation: Iri,
    /// How far it came.
    pub state: TaskState,
    /// What was sent; `None` when its values never were known.
    pub request: Option<Request>,
    /// How often.
    pub attempts: u32,
    /// What it gave.
    pub outcomes: Bindings,
    /// What it changed: what stood there before and stands there now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangedCell>,
    /// Conditions that could not be looked at before it was sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<String>,
    /// Why it could not be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// When it was begun, RFC 3339.
    pub started_at: Option<String>,
    /// How long it took.
    pub took_ms: Option<u64>,
    /// The requests that took it back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undone_by: Vec<StepReceipt>,
}

/// A property of an entity, before and after.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ChangedCell {
    /// The entity.
    pub entity: Iri,
    /// The property.
    pub property: Iri,
    /// What stood there before, where that was needed for undo or to know a renewed value.
    pub before: Option<Vec<Value>>,
    /// What stands there now.
    pub after: Vec<Value>,
}

impl Run {
    /// The receipt so far.
    #[must_use = "this makes a value and changes nothing"]
    pub fn receipt(&self, world: &dyn World) -> Receipt {
        let mut undone: BTreeMap<u32, Vec<StepReceipt>> = BTreeMap::new();
        for (id, task) in self.tasks().iter().filter(|(id, _)| id.undo.is_some()) {
            if let Some(request) = &task.request {
                undone.entry(id.step).or_default().push(self.step_receipt(
                    world,
                    *id,
                    &request.operation,
                    task,
                ));
            }
        }
        let steps = self.plan().steps.iter().filter_map(|step| {
            let id = TaskId::step(step.id);
            let mut receipt = self.step_receipt(world, id, &step.operation, self.tasks().get(&id)?);
            receipt.undone_by = undone.remove(&step.id).unwrap_or_default();
            Some(receipt)
        });
        Receipt {
            format: FORMAT,
            run: self.id().to_owned(),
            follows: self.policy().follows.clone(),
            repair: self.plan().repair.clone(),
            plan: self.plan().fingerprint.clone(),
            ending: self.ending().cloned(),
            code: self
                .ending()
                .and_then(crate::run::code_of)
                .map(str::to_owned),
            started_at: crate::run::time(self.started_ms()),
            ended_at: self.ended_ms().map(crate::run::time),
            steps: steps.collect(),
            goal_failure: self.goal_failure().cloned(),
            exceptions: self.exceptions().to_vec(),
        }
    }

    fn step_receipt(
        &self,
        world: &dyn World,
        id: TaskId,
        operation: &Iri,
        task: &Task,
    ) -> StepReceipt {
        StepReceipt {
            step: id.step,
            operation: operation.clone(),
            state: task.state,
            request: task.request.clone(),
            attempts: task.attempts,
            outcomes: task.outcomes.clone(),
            changes: self.changes(world, task),
            unseen: task.unseen.clone(),
            failure: task.failure.clone(),
            started_at: task.started_ms.map(crate::run::time),
            took_ms: task
                .started_ms
                .zip(task.ended_ms)
                .map(|(start, end)| end.saturating_sub(start)),
            undone_by: Vec::new(),
        }
    }

    fn changes(&self, world: &dyn World, task: &Task) -> Vec<ChangedCell> {
        let live = self.live(world);
        let mut changes = Vec::new();
        for expectation in &task.expectations {
            let before = match expectation {
                Expectation::Holds {
                    holder: Holder::Entity(_),
                    is: Is::Renewed { before },
                    ..
                } => before.clone(),
                _ => None,
            };
            let Expectation::Holds { .. } = expectation else {
                continue;
            };
            for cell in to_confirm(live, std::slice::from_ref(expectation), &task.outcomes).cells {
                changes.push(ChangedCell {
                    before: before.clone().map(|values| values.into_iter().collect()),
                    after: live
                        .values(&cell.entity, &cell.property)
                        .members
                        .into_iter()
                        .collect(),
                    entity: cell.entity,
                    property: cell.property,
                });
            }
        }
        changes
    }
}
