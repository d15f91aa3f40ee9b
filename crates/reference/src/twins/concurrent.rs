//! Similar operations pair by pair, and on which subjects each is ready now.
//!
//! Paper: table 3, CCSR, steps 1 to 3.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::vocabulary::samos;
use samos_model::{
    Comparison, Condition, Conjunct, Effect, Iri, Kind, Operation, Path, Supplied, Term, Value,
    World,
};

use super::bindings;
use crate::evaluation::{State, Thing, progress};

/// Is the operation ready on the subject now, with some binding of what is at hand?
#[must_use = "reasoning has no other effect"]
pub fn is_ready(
    world: &dyn World,
    operation: &Operation,
    subject: &Iri,
    supplied: &[Supplied],
) -> bool {
    let state = State::live(world);
    let subject = Thing::Entity(world.canonical(subject));
    let none = BTreeSet::new();
    bindings(&state, operation, supplied)
        .iter()
        .any(|arguments| {
            progress(&state, operation, &subject, arguments, "now", false, &none).is_some()
        })
}

/// How two operations compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Likeness {
    /// Certainly the same thing done on two clouds: everything agrees, among it an effect on a shared property.
    Alike,
    /// Certainly not.
    Apart,
    /// The semantics leaves room.
    Open,
}

/// "Operations are similar when they are the same, are declared equivalent, or agree in kind and category and, up to type
/// equivalence, in subject type (…), mandatory parameters, what they create, and conditions: effects on properties under a
/// shared property give values of one state class, preconditions ask one state class of them."
#[must_use = "comparing has no other effect"]
pub fn likeness(world: &dyn World, left: &Operation, right: &Operation) -> Likeness {
    if left.iri == right.iri
        || left.similar_to.contains(&right.iri)
        || right.similar_to.contains(&left.iri)
    {
        return Likeness::Alike;
    }
    let same_subject = equivalent(world, &left.subject, &right.subject)
        || !shared_above(world, &left.subject).is_disjoint(&shared_above(world, &right.subject));
    if left.kind != right.kind || left.category != right.category || !same_subject {
        return Likeness::Apart;
    }
    let mandatory = |operation: &Operation| -> Vec<Iri> {
        let own = operation
            .parameters
            .iter()
            .filter(|parameter| parameter.mandatory);
        own.map(|parameter| parameter.of_type.clone()).collect()
    };
    if !matched(world, &mandatory(left), &mandatory(right)) {
        return Likeness::Apart;
    }
    let (ours, theirs) = (effects(world, left), effects(world, right));
    for (property, gives) in &ours {
        if theirs
            .get(property)
            .is_some_and(|other| other.is_disjoint(gives))
        {
            return Likeness::Apart;
        }
    }
    let asked = (
        asks(world, &left.precondition),
        asks(world, &right.precondition),
    );
    let no_creation = |operation: &Operation| {
        !operation
            .outcomes
            .iter()
            .any(|outcome| operation.creates(outcome.name.as_str()))
    };
    let plain = left.kind == Kind::Manipulation
        && left.postcondition.len() == 1
        && right.postcondition.len() == 1
        && left.provider != right.provider
        && no_creation(left)
        && no_creation(right);
    if plain && !ours.is_empty() && ours == theirs && asked.0.is_some() && asked.0 == asked.1 {
        Likeness::Alike
    } else {
        Likeness::Open
    }
}

fn equivalent(world: &dyn World, left: &Iri, right: &Iri) -> bool {
    world.is_subtype(left, right) && world.is_subtype(right, left)
}

fn is_shared(world: &dyn World, name: &Iri) -> bool {
    let marks = world.values(name, &Iri::from(samos::SHARED)).members;
    marks
        .iter()
        .any(|mark| matches!(mark, Value::Literal(mark) if &*mark.lexical == "true"))
}

fn shared_above(world: &dyn World, class: &Iri) -> BTreeSet<Iri> {
    let above = world.types_above(class).into_iter();
    above.filter(|class| is_shared(world, class)).collect()
}

fn matched(world: &dyn World, left: &[Iri], right: &[Iri]) -> bool {
    let mut open = right.to_vec();
    for own in left {
        let Some(place) = open.iter().position(|other| equivalent(world, own, other)) else {
            return false;
        };
        open.remove(place);
    }
    open.is_empty()
}

/// The shared property a path ends at or below.
fn shared_property(world: &dyn World, path: &Path) -> Option<Iri> {
    let last = path.properties.last()?;
    let compiled = world.property(last)?;
    let all = compiled
        .supers
        .iter()
        .chain(&compiled.equivalents)
        .chain([last]);
    all.filter(|property| is_shared(world, property))
        .min()
        .cloned()
}

/// The shared state classes of a named value.
fn classes(world: &dyn World, term: &Term) -> BTreeSet<Iri> {
    let Some(samos_model::Atom::Path(Path {
        root: samos_model::Root::Individual(name),
        properties,
    })) = term.as_atom()
    else {
        return BTreeSet::new();
    };
    if !properties.is_empty() {
        return BTreeSet::new();
    }
    let state = Iri::from(samos::STATE);
    let of = world.types_of(name);
    let below = of
        .into_iter()
        .filter(|class| class.namespace() == samos::NAMESPACE && *class != state);
    below.collect()
}

fn effects(world: &dyn World, operation: &Operation) -> BTreeMap<Iri, BTreeSet<Iri>> {
    let mut all = BTreeMap::new();
    for effect in &operation.postcondition {
        if let Effect::Set { path, value } = effect
            && let Some(property) = shared_property(world, path)
        {
            all.insert(property, classes(world, value));
        }
    }
    all
}

/// The one state class that the condition asks of each shared property; `None` where it asks in another way.
fn asks(world: &dyn World, condition: &Condition) -> Option<BTreeMap<Iri, BTreeSet<Iri>>> {
    let mut all = BTreeMap::new();
    for conjunct in &condition.conjuncts {
        let (path, asked) = match conjunct {
            Conjunct::Is { path, of_type } => (path, BTreeSet::from([of_type.clone()])),
            Conjunct::Compare {
                left,
                comparison: Comparison::Equal,
                right,
            } => match left.as_atom() {
                Some(samos_model::Atom::Path(path)) => (path, classes(world, right)),
                _ => return None,
            },
            _ => return None,
        };
        all.insert(shared_property(world, path)?, asked);
    }
    Some(all)
}
