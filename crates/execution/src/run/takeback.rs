//! Undo: the plan's own way back for every step that is done, last first.

use samos_model::Kind;
use samos_model::codes::execution as codes;
use samos_model::plan::{Step, Undo};

use super::TaskState;
use super::turn::Turn;
use crate::transition::{Ending, Exception, TaskId, Transition, UndoTask};

impl Turn<'_> {
    /// Says what will be taken back, in which order, and what cannot be.
    pub(super) fn begin_undo(&mut self) {
        let mut tasks = Vec::new();
        let mut exceptions = Vec::new();
        for step in self.changed_steps() {
            match self.way_back(&step) {
                Ok(requests) => {
                    for (n, request) in (0..).zip(requests) {
                        tasks.push(UndoTask {
                            task: TaskId {
                                step: step.id,
                                undo: Some(n),
                            },
                            request,
                        });
                    }
                    if let Undo::By { except, .. } = &step.undo {
                        exceptions.extend(except.iter().map(|path| Exception {
                            step: step.id,
                            message: format!("`{path}` is not what it was"),
                            taken_back: true,
                        }));
                    }
                }
                Err(message) => exceptions.push(Exception {
                    step: step.id,
                    message,
                    taken_back: false,
                }),
            }
        }
        self.emit(Transition::Undoing { tasks, exceptions });
    }

    /// The steps that changed something or may have, last first.
    fn changed_steps(&self) -> Vec<Step> {
        let mut changed: Vec<(u64, u32, u32, Step)> = self
            .run
            .plan
            .steps
            .iter()
            .filter(|step| step.kind == Kind::Manipulation)
            .filter_map(|step| {
                let task = self.run.tasks.get(&TaskId::step(step.id))?;
                let happened = match task.state {
                    TaskState::Done => true,
                    TaskState::Failed => task
                        .failure
                        .as_ref()
                        .is_some_and(|failure| failure.after_effect),
                    _ => false,
                };
                happened.then(|| {
                    (
                        task.ended_ms.unwrap_or(u64::MAX),
                        step.layer,
                        step.id,
                        step.clone(),
                    )
                })
            })
            .collect();
        changed.sort_by_key(|(ended_ms, layer, id, _)| std::cmp::Reverse((*ended_ms, *layer, *id)));
        changed.into_iter().map(|(.., step)| step).collect()
    }

    fn way_back(&self, step: &Step) -> Result<Vec<samos_model::Request>, String> {
        match &step.undo {
            Undo::By {
                operation,
                subject,
                arguments,
                ..
            } => {
                let subjects = self.run.resolve(subject);
                if subjects.is_empty() {
                    return Err(format!("what step {} made is not known", step.id));
                }
                self.run.bind(
                    self.world,
                    operation,
                    &subjects,
                    arguments,
                    "what it is about",
                )
            }
            Undo::Irreversible { irreversible } => Err(irreversible.clone()),
            Undo::Nothing { .. } => Err("the plan says there is nothing to take back".to_owned()),
        }
    }

    /// The next request that takes something back; the ones after it wait until it is done.
    pub(super) fn undo_next(&mut self) {
        for id in self.run.undo_order.clone() {
            let Some(task) = self.run.tasks.get(&id) else {
                continue;
            };
            match task.state {
                TaskState::Done => {}
                TaskState::Waiting => {
                    if let Some(request) = task.request.clone().filter(|_| !self.run.paused) {
                        self.emit(Transition::Bound { task: id, request });
                    }
                    return;
                }
                TaskState::Failed | TaskState::Skipped => {
                    self.emit(Transition::Finished(Ending::UndoIncomplete));
                    return;
                }
                TaskState::Unknown => {
                    self.emit(Transition::Finished(Ending::Undecided { tasks: vec![id] }));
                    return;
                }
                TaskState::Rechecking
                | TaskState::Calling
                | TaskState::Confirming
                | TaskState::Unanswered => {
                    self.progress(id);
                    return;
                }
            }
        }
        let ending = if self
            .run
            .exceptions
            .iter()
            .all(|exception| exception.taken_back)
        {
            Ending::Undone
        } else {
            Ending::UndoIncomplete
        };
        self.emit(Transition::Finished(ending));
    }
}

/// The codes that an ending carries, for the command line and the receipt.
#[must_use = "reading has no other effect"]
pub(crate) fn code_of(ending: &Ending) -> Option<&'static str> {
    match ending {
        Ending::Succeeded | Ending::Undone | Ending::Stopped | Ending::ReplanNeeded => None,
        Ending::Cancelled => Some(codes::CANCELLED),
        Ending::TimedOut => Some(codes::RUN_DEADLINE),
        Ending::UndoIncomplete => Some(codes::UNDO_INCOMPLETE),
        Ending::Undecided { .. } => Some(codes::UNDECIDED),
    }
}
