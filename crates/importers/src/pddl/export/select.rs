//! Which operations matter to a goal: those that may bring about what it speaks of, and what they in turn need.

use std::collections::BTreeSet;

use samos_model::text::{Atom, Effect, Root};
use samos_model::{Iri, Operation, World};

use super::mentions::{visit_atoms, visit_effect};

/// What is spoken of so far.
#[derive(Default)]
struct Matter {
    /// With all that an effect on them is carried to.
    properties: BTreeSet<Iri>,
    types: BTreeSet<Iri>,
    /// Those whose values are at times known to nobody.
    renewed: BTreeSet<Iri>,
}

/// What a goal speaks of.
pub(super) struct Aim<'a> {
    pub(super) conditions: &'a samos_model::Condition,
    pub(super) wants: Vec<Iri>,
    /// What a plan asks of whom, whatever the goal is.
    pub(super) used: BTreeSet<Iri>,
}

/// The operations that matter, in order.
pub(super) fn relevant<'w>(
    world: &'w dyn World,
    candidates: &[&'w Operation],
    aim: &Aim<'_>,
) -> Vec<&'w Operation> {
    let mut matter = Matter::default();
    for conjunct in &aim.conditions.conjuncts {
        visit_atoms(conjunct, &mut |atom| matter.speak(world, atom));
    }
    matter.types.extend(aim.wants.iter().cloned());
    for effect in candidates.iter().flat_map(|own| &own.postcondition) {
        if let Effect::Renew(path) = effect
            && let Some(last) = path.properties.last()
        {
            matter.renewed.extend(related(world, last));
        }
    }
    let mut chosen: BTreeSet<usize> = BTreeSet::new();
    loop {
        let before = chosen.len();
        for (at, operation) in candidates.iter().enumerate() {
            let is_used = aim.used.contains(&operation.iri);
            if !chosen.contains(&at) && (is_used || matter.is_served_by(world, operation)) {
                chosen.insert(at);
                matter.need(world, operation);
            }
        }
        if chosen.len() == before {
            break;
        }
    }
    chosen
        .iter()
        .filter_map(|at| candidates.get(*at).copied())
        .collect()
}

/// All that an effect on the property is carried to, and what is carried to it.
fn related(world: &dyn World, property: &Iri) -> BTreeSet<Iri> {
    let mut all = BTreeSet::from([property.clone()]);
    if let Some(schema) = world.property(property) {
        for other in [
            &schema.equivalents,
            &schema.supers,
            &schema.subs,
            &schema.inverses,
        ] {
            all.extend(other.iter().cloned());
        }
    }
    all
}

impl Matter {
    fn property(&mut self, world: &dyn World, property: &Iri) {
        if self.properties.contains(property) {
            return;
        }
        for one in related(world, property) {
            self.properties.extend(related(world, &one));
        }
    }

    fn speak(&mut self, world: &dyn World, atom: &Atom) {
        if let Atom::Path(path) | Atom::Count(path) = atom {
            for property in &path.properties {
                self.property(world, property);
            }
        }
    }

    /// May the operation bring about something of this?
    fn is_served_by(&self, world: &dyn World, operation: &Operation) -> bool {
        let fits = |of_type: &Iri| {
            let mut wanted = self.types.iter();
            wanted.any(|wanted| world.is_subtype(of_type, wanted))
        };
        // What is read of the known world is known without being read.
        let gives = operation.outcomes.iter().any(|outcome| {
            let is_new = match &outcome.reads {
                Some(reads) => {
                    let last = reads.path.properties.last();
                    last.is_some_and(|last| self.renewed.contains(last))
                }
                None => true,
            };
            is_new && fits(&outcome.of_type)
        });
        let changes = operation.postcondition.iter().any(|effect| match effect {
            Effect::Create { .. } => false,
            Effect::Delete(path) => {
                let mut classes: BTreeSet<Iri> = BTreeSet::new();
                match (path.properties.last(), &path.root) {
                    (Some(last), _) => {
                        classes.extend(
                            world
                                .property(last)
                                .into_iter()
                                .flat_map(|it| it.ranges.clone()),
                        );
                    }
                    (None, Root::Variable(name)) => {
                        let parameter = operation.parameter(name.as_str());
                        classes.extend(parameter.map(|own| own.of_type.clone()));
                    }
                    (None, _) => {
                        classes.insert(operation.subject.clone());
                    }
                }
                self.touches(world, &classes)
            }
            Effect::Set { path, .. }
            | Effect::Add { path, .. }
            | Effect::Remove { path, .. }
            | Effect::Clear(path)
            | Effect::Renew(path) => path
                .properties
                .last()
                .is_some_and(|last| self.properties.contains(last)),
        });
        gives || changes
    }

    /// Does it bear on what is spoken of when things of these classes are no more?
    fn touches(&self, world: &dyn World, classes: &BTreeSet<Iri>) -> bool {
        let meets = |others: &BTreeSet<Iri>| {
            classes.iter().any(|class| {
                others
                    .iter()
                    .any(|other| world.is_subtype(class, other) || world.is_subtype(other, class))
            })
        };
        let mut properties = self.properties.iter().filter_map(|it| world.property(it));
        properties.any(|schema| meets(&schema.domains) || (schema.object && meets(&schema.ranges)))
    }

    /// What the operation needs matters too.
    fn need(&mut self, world: &dyn World, operation: &Operation) {
        for conjunct in &operation.precondition.conjuncts {
            visit_atoms(conjunct, &mut |atom| self.speak(world, atom));
        }
        for effect in &operation.postcondition {
            // The last property of a left side is written, not read.
            let left = effect.changed();
            visit_effect(effect, &mut |atom| match (atom, left) {
                (Atom::Path(path), Some(left)) if path == left => {
                    for property in path.properties.iter().rev().skip(1) {
                        self.property(world, property);
                    }
                }
                (atom, _) => self.speak(world, atom),
            });
        }
        for outcome in &operation.outcomes {
            if let Some(reads) = &outcome.reads {
                for property in reads.path.properties.iter().rev().skip(1) {
                    self.property(world, property);
                }
            }
        }
        self.types.insert(operation.subject.clone());
        let parameters = operation.parameters.iter();
        self.types.extend(parameters.map(|own| own.of_type.clone()));
    }
}
