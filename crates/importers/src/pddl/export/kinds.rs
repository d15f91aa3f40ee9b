//! Classes as PDDL's types: those whose members are nested or apart; membership in others is a fact.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use samos_model::Iri;

use super::formula::Formula;
use super::lines::Labels;

/// The classes that are spoken of, by the names of their members.
#[derive(Default)]
pub(super) struct Kinds {
    members: BTreeMap<Iri, BTreeSet<String>>,
    /// Largest first, each set of members once.
    types: Vec<Iri>,
    /// Classes that conditions ask for, and so are facts whether they are types or not.
    asked: BTreeSet<Iri>,
}

impl Kinds {
    pub(super) fn is_known(&self, class: &Iri) -> bool {
        self.members.contains_key(class)
    }

    /// Takes note of a class.
    pub(super) fn add(&mut self, class: &Iri, members: impl IntoIterator<Item = String>) {
        self.members
            .entry(class.clone())
            .or_default()
            .extend(members);
    }

    pub(super) fn members(&self, class: &Iri) -> Option<&BTreeSet<String>> {
        self.members.get(class)
    }

    /// Has the class a member among these?
    pub(super) fn meets(&self, class: &Iri, others: &BTreeSet<String>) -> bool {
        self.members
            .get(class)
            .is_some_and(|members| !members.is_disjoint(others))
    }

    /// Settles which classes are types.
    pub(super) fn settle(&mut self, labels: &mut Labels) {
        let mut sorted: Vec<(&Iri, &BTreeSet<String>)> = self.members.iter().collect();
        sorted.sort_by_key(|(class, members)| (Reverse(members.len()), class.as_str()));
        let mut kept: Vec<(&Iri, &BTreeSet<String>)> = Vec::new();
        for (class, members) in sorted {
            let nested =
                |other: &BTreeSet<String>| members.is_subset(other) && members.len() < other.len();
            if !members.is_empty()
                && kept
                    .iter()
                    .all(|(_, other)| nested(other) || members.is_disjoint(other))
            {
                kept.push((class, members));
            }
        }
        self.types = kept.into_iter().map(|(class, _)| class.clone()).collect();
        for class in &self.types {
            labels.kind(class);
        }
    }

    fn all(&self) -> impl DoubleEndedIterator<Item = (&Iri, &BTreeSet<String>)> {
        self.types
            .iter()
            .filter_map(|class| self.members.get_key_value(class))
    }

    /// The types with what is directly above each, and their members.
    pub(super) fn types(&self) -> Vec<(&Iri, Option<&Iri>, &BTreeSet<String>)> {
        let above = |class: &Iri, members: &BTreeSet<String>| {
            let mut larger = self.all().rev().filter(|(other, _)| *other != class);
            larger
                .find(|(_, other)| members.is_subset(other))
                .map(|(other, _)| other)
        };
        self.all()
            .map(|(class, members)| (class, above(class, members), members))
            .collect()
    }

    /// The type with the same members as a class.
    fn type_of(&self, class: &Iri) -> Option<&Iri> {
        let members = self.members.get(class)?;
        self.all()
            .find(|(_, other)| *other == members)
            .map(|(class, _)| class)
    }

    /// The type behind a variable; none where membership is a fact.
    pub(super) fn typed(&self, class: &Iri, labels: &mut Labels) -> Option<String> {
        self.type_of(class).map(|class| labels.kind(class))
    }

    /// The test of membership where the class is no type.
    pub(super) fn test(&mut self, class: &Iri, word: &str, labels: &mut Labels) -> Option<Formula> {
        self.type_of(class).is_none().then(|| {
            let fact = Formula::fact(&labels.membership(class), &[word]);
            self.asked.insert(class.clone());
            fact
        })
    }

    /// Membership as a fact, whatever the class is.
    pub(super) fn is(&mut self, class: &Iri, word: &str, labels: &mut Labels) -> Formula {
        self.asked.insert(class.clone());
        Formula::fact(&labels.membership(class), &[word])
    }

    /// The classes whose membership is a fact.
    pub(super) fn facts(&self) -> impl Iterator<Item = (&Iri, &BTreeSet<String>)> {
        self.members
            .iter()
            .filter(|(class, _)| self.asked.contains(*class))
    }

    /// The lowest type of a thing.
    pub(super) fn lowest(&self, member: &str) -> Option<&Iri> {
        self.all()
            .rev()
            .find(|(_, members)| members.contains(member))
            .map(|(class, _)| class)
    }
}
