//! Classes as PDDL's types: those whose members are nested or apart; membership in others is a fact.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use samos_model::{Iri, Value, World};

use super::lines::Labels;

/// The classes of parameters, by their members.
pub(super) struct Kinds<'w> {
    world: &'w dyn World,
    members: BTreeMap<Iri, BTreeSet<String>>,
    /// Largest first, each set of members once.
    types: Vec<Iri>,
}

impl<'w> Kinds<'w> {
    pub(super) fn new(world: &'w dyn World) -> Self {
        Self {
            world,
            members: BTreeMap::new(),
            types: Vec::new(),
        }
    }

    /// Takes note of a class.
    pub(super) fn add(&mut self, class: &Iri) {
        let world = self.world;
        self.members.entry(class.clone()).or_insert_with(|| {
            world
                .entities_of(class)
                .iter()
                .map(|one| one.as_str().to_owned())
                .collect()
        });
    }

    /// Things that may come to be of a class.
    pub(super) fn pool(&mut self, class: &Iri, names: &[String]) {
        for (other, members) in &mut self.members {
            if self.world.is_subtype(class, other) {
                members.extend(names.iter().cloned());
            }
        }
    }

    /// Settles which classes are types.
    pub(super) fn settle(&mut self) {
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
    }

    fn all(&self) -> impl DoubleEndedIterator<Item = (&Iri, &BTreeSet<String>)> {
        self.types
            .iter()
            .filter_map(|class| self.members.get_key_value(class))
    }

    /// The types with what is directly above each.
    pub(super) fn types(&self) -> Vec<(&Iri, Option<&Iri>)> {
        let above = |class: &Iri, members: &BTreeSet<String>| {
            let mut larger = self.all().rev().filter(|(other, _)| *other != class);
            larger
                .find(|(_, other)| members.is_subset(other))
                .map(|(other, _)| other)
        };
        self.all()
            .map(|(class, members)| (class, above(class, members)))
            .collect()
    }

    /// The type with the same members as a class.
    fn type_of(&self, class: &Iri) -> Option<&Iri> {
        let members = self.members.get(class)?;
        self.all()
            .find(|(_, other)| *other == members)
            .map(|(class, _)| class)
    }

    /// ` - type` behind a variable; nothing where membership is a fact.
    pub(super) fn typed(&self, class: &Iri) -> String {
        self.type_of(class)
            .map_or_else(String::new, |class| format!(" - {}", Labels::kind(class)))
    }

    /// The test of membership where the class is no type.
    pub(super) fn test(&self, class: &Iri, word: &str, labels: &mut Labels) -> Option<String> {
        self.type_of(class)
            .is_none()
            .then(|| format!("({} {word})", labels.membership(class)))
    }

    /// The classes whose membership is a fact.
    pub(super) fn facts(&self) -> Vec<(&Iri, &BTreeSet<String>)> {
        self.members
            .iter()
            .filter(|(class, _)| self.type_of(class).is_none())
            .collect()
    }

    /// The lowest type of a thing.
    pub(super) fn lowest(&self, member: &str) -> Option<&Iri> {
        self.all()
            .rev()
            .find(|(_, members)| members.contains(member))
            .map(|(class, _)| class)
    }
}

/// What a thing is called among members.
pub(super) fn key(thing: &Value) -> String {
    match thing {
        Value::Entity(iri) => iri.as_str().to_owned(),
        Value::Literal(literal) => literal.to_string(),
    }
}
