//! Taking facts back without building everything anew: delete what rested on them, then derive again what still holds.
//!
//! In: facts that are no longer stated. Out: the same closure that building anew gives, or a word that only that will
//! do (axioms, names of the same thing and contradictions reach too far).

use std::collections::BTreeSet;

use super::rules::Run;
use super::{Closure, is_axiom};
use crate::index::Triple;
use crate::terms::{TermId, Terms};
use crate::vocabulary as v;

impl Closure {
    /// Takes facts back; `stated` tells which triples are stated all the same. False: nothing was done, build anew.
    pub(crate) fn withdraw(
        &mut self,
        gone: &[Triple],
        stated: &dyn Fn(Triple) -> bool,
        terms: &Terms,
    ) -> bool {
        let reaches_far = |triple: &Triple| {
            is_axiom(*triple) || triple[1] == v::OWL_SAME_AS || triple[1] == v::OWL_DIFFERENT_FROM
        };
        if !self.same.is_empty() || !self.clashes.is_empty() || gone.iter().any(reaches_far) {
            return false;
        }
        let marked = self.resting_on(gone, terms);
        if marked.iter().any(reaches_far) {
            return false;
        }
        for triple in &marked {
            self.facts.remove(*triple);
            self.reasons.remove(*triple);
        }
        let mut again: Vec<Triple> = Vec::new();
        for triple in &marked {
            if stated(*triple) {
                self.facts.insert(*triple);
                again.push(*triple);
            }
        }
        // Whatever gives a statement about a subject has that subject in one of its premises: as the object where the
        // statement says what it is; else only where one says of the other end what this says of it. A thing that many point
        // at would otherwise cost as much as there are.
        let subjects: BTreeSet<TermId> = marked.iter().map(|triple| triple[0]).collect();
        for subject in subjects {
            again.extend(self.facts.matching(Some(subject), None, None));
        }
        let mut retyped: BTreeSet<TermId> = BTreeSet::new();
        let mut ends: BTreeSet<(TermId, TermId)> = BTreeSet::new();
        for [subject, property, object] in &marked {
            match *property {
                v::RDF_TYPE => retyped.insert(*subject),
                _ => ends.insert((*object, *subject)),
            };
        }
        for subject in &retyped {
            again.extend(self.facts.matching(None, None, Some(*subject)));
        }
        ends.retain(|(_, subject)| !retyped.contains(subject));
        for (end, subject) in ends {
            again.extend(self.facts.matching(Some(end), None, Some(subject)));
        }
        let mut run = Run::new(self, terms);
        run.classify_enumerated();
        run.take_all(again);
        let grew = run.has_new_axioms();
        if grew {
            self.saturate(terms);
        }
        true
    }

    /// The facts, and all that was derived from them, directly or by steps.
    fn resting_on(&mut self, gone: &[Triple], terms: &Terms) -> BTreeSet<Triple> {
        let mut marked: BTreeSet<Triple> = BTreeSet::new();
        let mut open: Vec<Triple> = gone
            .iter()
            .copied()
            .filter(|triple| self.facts.contains(*triple))
            .collect();
        while let Some(triple) = open.pop() {
            if marked.insert(triple) {
                open.extend(Run::new(self, terms).given_from(triple));
            }
        }
        marked
    }
}
