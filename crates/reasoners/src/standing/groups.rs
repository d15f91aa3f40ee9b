//! The same thing done to many at once, over all there is: groups as [`crate::concurrent`] makes them.

use std::collections::BTreeSet;

use samos_model::{Iri, Operation, World};

use super::Standing;
use crate::concurrent;

/// Operations that do the same, and the subjects that they have between them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alike {
    /// The operations, by IRI.
    pub operations: Vec<Iri>,
    /// Why they are alike.
    pub because: Vec<String>,
    /// The subjects, by IRI.
    pub subjects: Vec<Served>,
}

/// A subject and the operation of a group that serves it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Served {
    /// The subject.
    pub subject: Iri,
    /// The operation: one that is ready, else the one with least in its way.
    pub operation: Iri,
    /// Is it ready?
    pub is_ready: bool,
}

impl Alike {
    /// On how many it is ready.
    #[must_use = "reading has no other effect"]
    pub fn ready(&self) -> usize {
        self.subjects.iter().filter(|one| one.is_ready).count()
    }
}

impl Standing {
    /// Groups of similar operations that reach two subjects or more: those with most subjects ready first, then those that
    /// reach most of them, then by operation. Which operations are alike is a matter of the catalogue; `world` is the one
    /// this stands for.
    #[must_use = "reading has no other effect"]
    pub fn together(&self, world: &dyn World) -> Vec<Alike> {
        let operations = world.operations().iter();
        let operations: Vec<&Operation> = operations
            .filter(|one| self.counts(&one.iri).subjects > 0)
            .collect();
        self.grouped(world, &operations, &|operation| self.subjects(operation))
    }

    /// The same, of these subjects and no others.
    #[must_use = "reading has no other effect"]
    pub fn together_on(&self, world: &dyn World, subjects: &BTreeSet<Iri>) -> Vec<Alike> {
        let own = |operation: &Iri| -> Vec<Iri> {
            let own = subjects.iter();
            let own = own.filter(|one| self.missing(operation, one).is_some());
            own.cloned().collect()
        };
        let operations = world.operations().iter();
        let operations: Vec<&Operation> =
            operations.filter(|one| !own(&one.iri).is_empty()).collect();
        self.grouped(world, &operations, &own)
    }

    fn grouped(
        &self,
        world: &dyn World,
        operations: &[&Operation],
        subjects_of: &dyn Fn(&Iri) -> Vec<Iri>,
    ) -> Vec<Alike> {
        let (clusters, _) = concurrent::clusters(world, operations);
        let groups = clusters.into_iter().map(|cluster| {
            let operations = cluster.operations;
            let mut subjects = Vec::new();
            for operation in &operations {
                let own = subjects_of(&operation.iri).into_iter();
                subjects.extend(own.map(|subject| self.served(&operation.iri, subject)));
            }
            // Of several operations for one subject, the first that has least in its way.
            subjects.sort_by(|(left, least), (right, other)| {
                (&left.subject, least, &left.operation).cmp(&(
                    &right.subject,
                    other,
                    &right.operation,
                ))
            });
            subjects.dedup_by(|(later, _), (kept, _)| later.subject == kept.subject);
            Alike {
                operations: operations.iter().map(|one| one.iri.clone()).collect(),
                because: cluster.because,
                subjects: subjects.into_iter().map(|(served, _)| served).collect(),
            }
        });
        let mut groups: Vec<Alike> = groups.filter(|group| group.subjects.len() > 1).collect();
        groups.sort_by_cached_key(|group| {
            let (ready, reached) = (group.ready(), group.subjects.len());
            let order = (std::cmp::Reverse(ready), std::cmp::Reverse(reached));
            (order, group.operations.clone())
        });
        groups
    }

    fn served(&self, operation: &Iri, subject: Iri) -> (Served, usize) {
        let missing = self.missing(operation, &subject).unwrap_or_default();
        let in_the_way = missing.parameters.len() + missing.conjuncts.len() + missing.effects.len();
        let served = Served {
            is_ready: in_the_way == 0,
            operation: operation.clone(),
            subject,
        };
        (served, in_the_way)
    }
}
