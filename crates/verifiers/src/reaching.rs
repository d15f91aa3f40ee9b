//! Which requests would read a fact, or change it: from one property of one entity back to subjects and arguments.
//!
//! In: an entity and a property. Out: operations with the subject and the arguments under which a path of theirs ends
//! there. Follows paths backwards over live facts from that one entity, so that nothing of the rest of the estate is
//! looked at.
//! Not here: whether such a request is ready.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use samos_model::vocabulary::samos;
use samos_model::{Iri, Kind, Name, Operation, Path, Root, Value, World};

use crate::parameters;

/// How many entities are followed back at each property of a path.
const FOLLOWED: usize = 16;
/// How deep outcomes that read paths of other outcomes are followed.
const DEPTH: usize = 8;

/// A subject and arguments under which a path ends at an entity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Reach {
    /// The subject to ask.
    pub subject: Iri,
    /// Arguments that the path needs.
    pub arguments: BTreeMap<Name, Vec<Value>>,
}

/// A way in which an operation reads a property.
#[derive(Clone, Debug)]
struct Reader<'w> {
    operation: &'w Operation,
    path: Path,
    some: bool,
}

/// Which operations read which properties, over one world. Made when first asked.
pub struct Readers<'w> {
    world: &'w dyn World,
    by_property: OnceCell<BTreeMap<Iri, Vec<Reader<'w>>>>,
}

impl<'w> Readers<'w> {
    /// Over that world.
    #[must_use = "this makes a value and changes nothing"]
    pub fn new(world: &'w dyn World) -> Self {
        Self {
            world,
            by_property: OnceCell::new(),
        }
    }

    /// The information requests that would read a property of an entity, those that complete it first, then by name.
    /// `asker` is whose request wants to know: its own service and account are looked at before others'.
    #[must_use = "looking up has no other effect"]
    pub fn of(&self, entity: &Iri, property: &Iri, asker: &Iri) -> Vec<(&'w Operation, Reach)> {
        let readers = self.by_property.get_or_init(|| self.index());
        let mut found = Vec::new();
        for known in self.telling(property) {
            for reader in readers.get(&known).into_iter().flatten() {
                for reach in reaching(self.world, reader.operation, &reader.path, entity, asker) {
                    let partly = reader.some || known != *property;
                    found.push((partly, &reader.operation.iri, reach, reader.operation));
                }
            }
        }
        found.sort_by(|left, right| (left.0, left.1, &left.2).cmp(&(right.0, right.1, &right.2)));
        found.dedup_by(|later, kept| later.1 == kept.1 && later.2 == kept.2);
        found
            .into_iter()
            .map(|(.., reach, operation)| (operation, reach))
            .collect()
    }

    /// The properties of which a value is also a value of this one.
    fn telling(&self, property: &Iri) -> BTreeSet<Iri> {
        let mut telling = BTreeSet::from([property.clone()]);
        if let Some(schema) = self.world.property(property) {
            telling.extend(schema.equivalents.iter().cloned());
            telling.extend(schema.subs.iter().cloned());
        }
        telling
    }

    fn index(&self) -> BTreeMap<Iri, Vec<Reader<'w>>> {
        let mut by_property: BTreeMap<Iri, Vec<Reader<'w>>> = BTreeMap::new();
        let operations = self.world.operations().iter();
        for operation in operations.filter(|operation| operation.kind == Kind::Information) {
            for outcome in &operation.outcomes {
                let Some(reads) = &outcome.reads else {
                    continue;
                };
                let path = whole_path(operation, &reads.path);
                if let Some(last) = path.properties.last() {
                    by_property.entry(last.clone()).or_default().push(Reader {
                        operation,
                        some: reads.some || path != reads.path,
                        path,
                    });
                }
            }
        }
        by_property
    }
}

/// The path with an outcome at its root replaced by what that outcome reads.
#[must_use = "this makes a path and changes nothing"]
pub fn whole_path(operation: &Operation, path: &Path) -> Path {
    let mut whole = path.clone();
    for _ in 0..DEPTH {
        let Root::Variable(name) = &whole.root else {
            break;
        };
        let outcome = operation.outcome(name.as_str());
        let Some(reads) = outcome.and_then(|outcome| outcome.reads.as_ref()) else {
            break;
        };
        let mut properties = reads.path.properties.clone();
        properties.append(&mut whole.properties);
        whole = Path {
            root: reads.path.root.clone(),
            properties,
        };
    }
    whole
}

/// The subjects and arguments of an operation under which all of a path but its last property ends at the entity.
#[must_use = "looking up has no other effect"]
pub fn reaching(
    world: &dyn World,
    operation: &Operation,
    path: &Path,
    entity: &Iri,
    asker: &Iri,
) -> Vec<Reach> {
    let steps = path
        .properties
        .split_last()
        .map_or(&[][..], |(_, steps)| steps);
    let mut starts = BTreeSet::from([entity.clone()]);
    for property in steps.iter().rev() {
        let before = starts.iter().flat_map(|at| {
            let holders = world.holders(property, &Value::Entity(at.clone()));
            holders.into_iter().take(FOLLOWED)
        });
        starts = before.take(FOLLOWED).collect();
    }
    if let Some(listing) = steps.last() {
        starts.extend(listed_in(world, operation, path, listing, entity));
    }
    let mut reached = BTreeSet::new();
    for start in &starts {
        let none = BTreeMap::new;
        match &path.root {
            Root::Subject => {
                if world.accepts(operation, start) {
                    reached.insert((0, start.clone(), none()));
                }
            }
            Root::Variable(name) => {
                let Some(parameter) = operation.parameter(name.as_str()) else {
                    continue;
                };
                let value = Value::Entity(start.clone());
                let fit = parameters::fits(world, parameter, &value, None);
                if fit.is_some_and(|fit| fit != samos_model::request::Fit::May) {
                    for (rank, subject) in near(world, operation, asker, start) {
                        let argument = BTreeMap::from([(name.clone(), vec![value.clone()])]);
                        reached.insert((rank, subject, argument));
                    }
                }
            }
            root => {
                for (rank, subject) in near(world, operation, asker, start) {
                    if at_root(world, root, &subject).as_ref() == Some(start) {
                        reached.insert((rank, subject, none()));
                    }
                }
            }
        }
    }
    // Of subjects that only lead to the same service or account any one will do: the nearest.
    let several = path.root == Root::Subject;
    let nearest = reached.first().map(|(rank, ..)| *rank);
    reached
        .into_iter()
        .filter(|(rank, ..)| several || Some(*rank) == nearest)
        .take(FOLLOWED)
        .map(|(_, subject, arguments)| Reach { subject, arguments })
        .collect()
}

/// An entity that a service's or account's listing would show, though it is not known to stand there yet.
fn listed_in(
    world: &dyn World,
    operation: &Operation,
    path: &Path,
    listing: &Iri,
    entity: &Iri,
) -> Option<Iri> {
    let ranges = world.property(listing).map(|schema| &schema.ranges)?;
    if ranges.is_empty() || !ranges.iter().all(|range| world.has_type(entity, range)) {
        return None;
    }
    let [_, _] = path.properties.as_slice() else {
        return None;
    };
    match &path.root {
        Root::Account => world.account_of(entity),
        Root::Service => world.service_of(entity),
        Root::Subject => world
            .service_of(entity)
            .filter(|service| world.accepts(operation, service)),
        Root::Provider | Root::Variable(_) | Root::Individual(_) => None,
    }
}

/// What an account, service, provider or individual at the root of a path is for a subject.
fn at_root(world: &dyn World, root: &Root, subject: &Iri) -> Option<Iri> {
    match root {
        Root::Subject => Some(subject.clone()),
        Root::Account => world.account_of(subject),
        Root::Service => world.service_of(subject),
        Root::Provider => world.provider_of(subject),
        Root::Individual(individual) => Some(world.canonical(individual)),
        Root::Variable(_) => None,
    }
}

/// Subjects that the operation accepts, nearest first: the asker, the entity, their services and accounts; where none
/// of these will do, the first few entities of the entity's service or account.
fn near(world: &dyn World, operation: &Operation, asker: &Iri, entity: &Iri) -> Vec<(usize, Iri)> {
    let candidates = [
        Some(asker.clone()),
        world.service_of(asker),
        Some(entity.clone()),
        world.service_of(entity),
        world.account_of(asker),
        world.account_of(entity),
    ];
    let mut found: Vec<(usize, Iri)> = Vec::new();
    for (rank, candidate) in candidates.into_iter().enumerate() {
        if let Some(candidate) = candidate
            && world.accepts(operation, &candidate)
            && !found.iter().any(|(_, kept)| *kept == candidate)
        {
            found.push((rank, candidate));
        }
    }
    if found.is_empty() {
        let entity = Value::Entity(entity.clone());
        let belonging = [samos::SERVICE_OF, samos::ACCOUNT]
            .into_iter()
            .flat_map(|property| world.holders(&Iri::from(property), &entity));
        let accepted = belonging.filter(|holder| world.accepts(operation, holder));
        found.extend(accepted.take(1).map(|holder| (usize::MAX, holder)));
    }
    found
}
