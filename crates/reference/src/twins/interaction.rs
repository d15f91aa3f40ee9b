//! Orchestration points by pairs, and the cheapest plan of each by brute force.
//!
//! Paper: table 3, IOSR, steps 1 to 4.

use std::collections::BTreeSet;

use samos_model::vocabulary::{samos, xsd};
use samos_model::{Atom, Effect, Goal, Iri, Kind, Name, Operation, Root, World};

use crate::goals::{Bounds, Found, Link, search_linked};

/// A point, and what brute force found for it.
pub struct Point {
    /// What it links.
    pub link: Link,
    /// Does an effect put the outcome under a property below `samos:excludes`?
    pub excludes: bool,
    /// Does an effect put the outcome under a property below `samos:uses`?
    pub uses: bool,
}

/// "An orchestration point is an outcome on one subject whose type is equivalent to or a subclass of a mandatory
/// parameter's of a manipulation on another." A service stands for its known instances.
#[must_use = "reasoning has no other effect"]
pub fn points(world: &dyn World, subjects: &[Iri]) -> Vec<Point> {
    let mut things = BTreeSet::new();
    for subject in subjects {
        let subject = world.canonical(subject);
        if world.has_type(&subject, &Iri::from(samos::SERVICE)) {
            for instance in world.entities_of(&Iri::from(samos::SERVICE_INSTANCE)) {
                if world.service_of(&instance).as_ref() == Some(&subject) {
                    things.insert(instance);
                }
            }
        } else {
            things.insert(subject);
        }
    }
    let mut found = Vec::new();
    for giver in &things {
        for taker in things.iter().filter(|taker| *taker != giver) {
            for producer in world.operations_of(giver) {
                for consumer in world.operations_of(taker) {
                    for (outcome, parameter) in pairs(world, producer, consumer) {
                        let below =
                            |property: &str| puts_below(world, consumer, &parameter, property);
                        found.push(Point {
                            excludes: below(samos::EXCLUDES),
                            uses: below(samos::USES),
                            link: Link {
                                producer: (producer.iri.clone(), giver.clone()),
                                outcome,
                                consumer: (consumer.iri.clone(), taker.clone()),
                                parameter,
                            },
                        });
                    }
                }
            }
        }
    }
    found
}

/// A plain literal is nothing that two services would recognize as the same.
fn pairs(world: &dyn World, producer: &Operation, consumer: &Operation) -> Vec<(Name, Name)> {
    let mut all = Vec::new();
    for outcome in &producer.outcomes {
        for parameter in consumer
            .parameters
            .iter()
            .filter(|parameter| parameter.mandatory)
        {
            if consumer.kind == Kind::Manipulation
                && !parameter.of_type.as_str().starts_with(xsd::NAMESPACE)
                && world.is_subtype(&outcome.of_type, &parameter.of_type)
            {
                all.push((outcome.name.clone(), parameter.name.clone()));
            }
        }
    }
    all
}

fn puts_below(world: &dyn World, consumer: &Operation, parameter: &Name, above: &str) -> bool {
    consumer.postcondition.iter().any(|effect| {
        let (Effect::Set { path, value } | Effect::Add { path, value }) = effect else {
            return false;
        };
        let Some(Atom::Path(source)) = value.as_atom() else {
            return false;
        };
        let is_it =
            source.properties.is_empty() && source.root == Root::Variable(parameter.clone());
        let property = path
            .properties
            .last()
            .and_then(|property| world.property(property));
        is_it
            && property.is_some_and(|property| {
                property.iri.as_str() == above || property.supers.contains(above)
            })
    })
}

/// "For each: bind the parameter to the outcome, bring in what both operations need (… within the subjects' providers)."
#[must_use = "reasoning has no other effect"]
pub fn cheapest(
    world: &dyn World,
    subjects: &[Iri],
    link: &Link,
    assume: bool,
    bounds: &Bounds,
) -> Found {
    let mut providers: BTreeSet<Iri> = subjects
        .iter()
        .filter_map(|own| world.provider_of(own))
        .collect();
    for subject in [&link.producer.1, &link.consumer.1] {
        providers.extend(world.provider_of(subject));
    }
    let goal = Goal {
        assume,
        ..Goal::default()
    };
    search_linked(world, &goal, Some(link), Some(&providers), bounds)
}
