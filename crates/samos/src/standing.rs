//! What can be done now, of everything there is, asked by name and in words; and kept up to date.
//!
//! In: operations and subjects by name, how many subjects shall be listed. Out: for each operation how many of its subjects
//! are ready, which they are, and what stands in the others' way. Not here: judging; the reasoners do that.

use std::collections::BTreeSet;

use samos_model::{Iri, Kind, Operation, Truth, World};
use samos_reasoners::standing::{Changed, Missing, Standing};
use samos_verifiers::wording;
use serde::Serialize;

use crate::{Error, Samos};

/// What is asked.
#[derive(Clone, Debug)]
pub struct ReadyQuestion {
    /// Only this operation.
    pub operation: Option<String>,
    /// Only these subjects.
    pub subjects: Vec<String>,
    /// List at most so many subjects that are ready, and so many that are not, of each operation or group.
    pub listed: usize,
}

/// What can be done now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Ready {
    /// The operations that have a subject: those that only read first, then by name.
    pub operations: Vec<ReadyOperation>,
}

/// An operation with its subjects.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReadyOperation {
    /// The operation.
    pub operation: Iri,
    /// Reads or changes.
    pub kind: Kind,
    /// How many subjects it could be asked of.
    pub subjects: u64,
    /// On how many it is ready, with nothing given but its defaults.
    pub ready: u64,
    /// On how many nothing is in its way but what waits for arguments; those that are ready among them.
    pub ready_once_given: u64,
    /// On which it is ready.
    pub on: Vec<Iri>,
    /// On which it is not, and why.
    pub not_ready: Vec<Open>,
}

/// What stands between a subject and an operation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Open {
    /// The subject.
    pub subject: Iri,
    /// The operation.
    pub operation: Iri,
    /// Parameters that must be given.
    pub parameters: Vec<String>,
    /// Conditions that do not hold.
    pub conditions: Vec<OpenCondition>,
    /// Effects of which it is not known where they change something.
    pub effects: Vec<String>,
}

/// A condition that does not hold.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OpenCondition {
    /// In words, with short names.
    pub condition: String,
    /// Is it false, or not known?
    pub truth: Truth,
}

/// What can be done now to many at once.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReadyTogether {
    /// Groups of similar operations that reach two subjects or more: those with most subjects ready first.
    pub groups: Vec<ReadyGroup>,
}

/// Operations that do the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ReadyGroup {
    /// The operations.
    pub operations: Vec<Iri>,
    /// Why they are alike.
    pub because: Vec<String>,
    /// How many subjects they have between them.
    pub subjects: usize,
    /// On how many one of them is ready.
    pub ready: usize,
    /// On which, and by which operation.
    pub on: Vec<ServedBy>,
    /// On which none is ready, and why not the one with least in its way.
    pub not_ready: Vec<Open>,
}

/// A subject of a group and the operation that serves it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ServedBy {
    /// The subject.
    pub subject: Iri,
    /// The operation.
    pub operation: Iri,
}

impl Samos {
    /// Judges what can be done now of everything there is, and from now on takes note of what changes, for
    /// [`Samos::keep_up`]. Paper: BASR and CCSR, for all subjects at once.
    pub fn standing(&mut self) -> Standing {
        self.knowledge.watch();
        self.snapshot = self.knowledge.world();
        Standing::build(&self.snapshot)
    }

    /// Brings what can be done up to date with all that changed here since [`Samos::standing`] made it, or since it was last
    /// brought up to date. Only one can be kept up to date with a world: what changed is told once.
    pub fn keep_up(&mut self, standing: &mut Standing) -> Changed {
        let changes = self.knowledge.changes();
        standing.change(&self.snapshot, &changes)
    }

    /// What can be done now.
    ///
    /// # Errors
    /// When a name is not known.
    pub fn ready(&self, question: &ReadyQuestion) -> Result<Ready, Error> {
        let standing = match self.operation_meant(question)? {
            Some(operation) => Standing::of(&self.snapshot, BTreeSet::from([operation])),
            None => self.standing_on(&self.subjects_meant(question)?),
        };
        self.ready_in(&standing, question)
    }

    /// What can be done now to many at once, across clouds.
    ///
    /// # Errors
    /// When a name is not known.
    pub fn ready_together(&self, question: &ReadyQuestion) -> Result<ReadyTogether, Error> {
        // With what an operation is alike may depend on all others that there are.
        let standing = self.standing_on(&self.subjects_meant(question)?);
        self.ready_together_in(&standing, question)
    }

    /// What a standing answer says of a question, in words.
    ///
    /// # Errors
    /// When a name is not known.
    pub fn ready_in(&self, standing: &Standing, question: &ReadyQuestion) -> Result<Ready, Error> {
        let subjects = self.subjects_meant(question)?;
        let only = self.operation_meant(question)?;
        let operations = standing.operations();
        let operations = operations.filter(|one| only.as_ref().is_none_or(|only| only == *one));
        let operations = operations.filter_map(|iri| self.snapshot.operation(iri));
        let operations = operations.map(|operation| {
            if subjects.is_empty() {
                self.ready_of_all(standing, operation, question.listed)
            } else {
                self.ready_of_some(standing, operation, &subjects, question.listed)
            }
        });
        let mut operations: Vec<ReadyOperation> = operations
            .filter(|operation| operation.subjects > 0)
            .collect();
        operations.sort_by(|left, right| {
            (left.kind, &left.operation).cmp(&(right.kind, &right.operation))
        });
        Ok(Ready { operations })
    }

    fn ready_of_all(
        &self,
        standing: &Standing,
        operation: &Operation,
        listed: usize,
    ) -> ReadyOperation {
        let counts = standing.counts(&operation.iri);
        let mut on = standing.ready(&operation.iri);
        on.truncate(listed);
        let mut not_ready = Vec::new();
        if counts.ready < counts.subjects {
            let open = standing.subjects(&operation.iri).into_iter();
            let open = open.filter_map(|one| self.open(standing, operation, &one));
            not_ready.extend(open.take(listed));
        }
        ReadyOperation {
            operation: operation.iri.clone(),
            kind: operation.kind,
            subjects: counts.subjects,
            ready: counts.ready,
            ready_once_given: counts.once_given,
            on,
            not_ready,
        }
    }

    fn ready_of_some(
        &self,
        standing: &Standing,
        operation: &Operation,
        subjects: &BTreeSet<Iri>,
        listed: usize,
    ) -> ReadyOperation {
        let mut answer = ReadyOperation {
            operation: operation.iri.clone(),
            kind: operation.kind,
            subjects: 0,
            ready: 0,
            ready_once_given: 0,
            on: Vec::new(),
            not_ready: Vec::new(),
        };
        for subject in subjects {
            let Some(missing) = standing.missing(&operation.iri, subject) else {
                continue;
            };
            answer.subjects += 1;
            answer.ready_once_given +=
                u64::from(standing.is_ready_once_given(&operation.iri, subject));
            if missing.is_nothing() {
                answer.ready += 1;
                answer.on.push(subject.clone());
            } else {
                let open = self.in_words(operation, subject, &missing);
                answer.not_ready.push(open);
            }
        }
        answer.on.truncate(listed);
        answer.not_ready.truncate(listed);
        answer
    }

    /// The groups of a standing answer, in words: as far as they reach two of the subjects asked about.
    ///
    /// # Errors
    /// When a name is not known.
    pub fn ready_together_in(
        &self,
        standing: &Standing,
        question: &ReadyQuestion,
    ) -> Result<ReadyTogether, Error> {
        let (world, listed) = (&self.snapshot, question.listed);
        let subjects = self.subjects_meant(question)?;
        let only = self.operation_meant(question)?;
        let mut groups = match subjects.is_empty() {
            true => standing.together(world),
            false => standing.together_on(world, &subjects),
        };
        groups.retain(|group| {
            only.as_ref()
                .is_none_or(|only| group.operations.contains(only))
        });
        let groups = groups.into_iter().map(|group| {
            let (on, others): (Vec<_>, Vec<_>) =
                group.subjects.iter().partition(|served| served.is_ready);
            let not_ready = others.into_iter().take(listed).filter_map(|served| {
                let operation = world.operation(&served.operation)?;
                self.open(standing, operation, &served.subject)
            });
            ReadyGroup {
                subjects: group.subjects.len(),
                ready: on.len(),
                not_ready: not_ready.collect(),
                on: on
                    .into_iter()
                    .take(listed)
                    .map(|served| ServedBy {
                        subject: served.subject.clone(),
                        operation: served.operation.clone(),
                    })
                    .collect(),
                operations: group.operations,
                because: group.because,
            }
        });
        Ok(ReadyTogether {
            groups: groups.collect(),
        })
    }

    /// The subjects that are meant; none where all are.
    fn subjects_meant(&self, question: &ReadyQuestion) -> Result<BTreeSet<Iri>, Error> {
        let subjects = self.entities(&question.subjects)?.into_iter();
        Ok(subjects.map(|one| self.snapshot.canonical(&one)).collect())
    }

    fn operation_meant(&self, question: &ReadyQuestion) -> Result<Option<Iri>, Error> {
        let named = question.operation.as_deref();
        named.map(|name| self.operation(name)).transpose()
    }

    /// What can be done, as far as these subjects are concerned; as far as any is, where none is named.
    fn standing_on(&self, subjects: &BTreeSet<Iri>) -> Standing {
        if subjects.is_empty() {
            return Standing::build(&self.snapshot);
        }
        let own = subjects
            .iter()
            .flat_map(|one| self.snapshot.operations_of(one));
        let own = own.map(|operation| operation.iri.clone()).collect();
        Standing::of(&self.snapshot, own)
    }

    fn open(&self, standing: &Standing, operation: &Operation, subject: &Iri) -> Option<Open> {
        let missing = standing.missing(&operation.iri, subject)?;
        (!missing.is_nothing()).then(|| self.in_words(operation, subject, &missing))
    }

    fn in_words(&self, operation: &Operation, subject: &Iri, missing: &Missing) -> Open {
        let world = &self.snapshot;
        let conditions = missing.conjuncts.iter().filter_map(|(place, truth)| {
            let conjunct = operation.precondition.conjuncts.get(*place)?;
            Some(OpenCondition {
                condition: wording::conjunct(world, conjunct),
                truth: *truth,
            })
        });
        let effects = missing.effects.iter();
        let effects = effects.filter_map(|place| operation.postcondition.get(*place));
        Open {
            subject: subject.clone(),
            operation: operation.iri.clone(),
            parameters: missing.parameters.iter().map(ToString::to_string).collect(),
            conditions: conditions.collect(),
            effects: effects
                .map(|effect| wording::effect(world, effect))
                .collect(),
        }
    }
}
