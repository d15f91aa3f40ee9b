//! What follows from an estate's declarations: rules applied round after round until none adds anything.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::vocabulary::{samos, xsd};
use samos_model::{Iri, Literal, Operation, Property, Value, Values};

use super::{Estate, Written, asserted_facts, iri, provider_in};

/// Everything that follows.
#[derive(Clone, Debug)]
pub(super) struct Entailed {
    /// Class or datatype → all above it.
    above: BTreeMap<Iri, BTreeSet<Iri>>,
    pub(super) properties: BTreeMap<Iri, Property>,
    /// Every entity → the name that stands for its individual.
    pub(super) canonical: BTreeMap<Iri, Iri>,
    /// Canonical entity → all its classes.
    pub(super) types: BTreeMap<Iri, BTreeSet<Iri>>,
    pub(super) values: BTreeMap<(Iri, Iri), Values>,
    pub(super) operations: Vec<Operation>,
}

impl Entailed {
    pub(super) fn of(estate: &Estate) -> Self {
        let below = types_below(estate);
        let properties = compiled_properties(estate);
        let canonical = canonical_names(estate);
        let asserted: BTreeSet<_> = asserted_facts(estate)
            .into_iter()
            .map(|(entity, property, value)| {
                (
                    name_of(&canonical, &entity),
                    property,
                    canonical_value(&canonical, value),
                )
            })
            .collect();
        let facts = facts_following(&asserted, &properties);
        let types = types_following(estate, &canonical, &facts, &properties, &below);
        let values = values_known(estate, &canonical, &asserted, &facts, &properties);
        let mut operations: Vec<_> = estate
            .operations
            .iter()
            .map(|written| read_operation(estate, written))
            .collect();
        operations.sort_by(|left, right| left.iri.cmp(&right.iri));
        let mut above: BTreeMap<Iri, BTreeSet<Iri>> = BTreeMap::new();
        for (sub, sup) in below {
            above.entry(sub).or_default().insert(sup);
        }
        Self {
            above,
            properties,
            canonical,
            types,
            values,
            operations,
        }
    }

    pub(super) fn above(&self, of_type: &Iri) -> Option<&BTreeSet<Iri>> {
        self.above.get(of_type)
    }
}

fn above(below: &BTreeSet<(Iri, Iri)>, of_type: &Iri) -> BTreeSet<Iri> {
    let pairs = below.iter().filter(|(sub, _)| sub == of_type);
    pairs.map(|(_, sup)| sup.clone()).collect()
}

/// Adds what follows by `a → b, b → c ⇒ a → c` until nothing does.
fn transitive(mut pairs: BTreeSet<(Iri, Iri)>) -> BTreeSet<(Iri, Iri)> {
    loop {
        let mut more = BTreeSet::new();
        for (a, b) in &pairs {
            for (c, d) in &pairs {
                if b == c && !pairs.contains(&(a.clone(), d.clone())) {
                    more.insert((a.clone(), d.clone()));
                }
            }
        }
        if more.is_empty() {
            return pairs;
        }
        pairs.extend(more);
    }
}

/// Semantics, "Types and values": the closure of `rdfs:subClassOf` and `owl:equivalentClass`, both ways.
fn types_below(estate: &Estate) -> BTreeSet<(Iri, Iri)> {
    let mut pairs = BTreeSet::new();
    for (class, parents) in &estate.classes {
        pairs.extend(parents.iter().map(|parent| (class.clone(), parent.clone())));
    }
    for (left, right) in &estate.equivalent_classes {
        pairs.insert((left.clone(), right.clone()));
        pairs.insert((right.clone(), left.clone()));
    }
    for (datatype, (base, _)) in &estate.datatypes {
        pairs.insert((datatype.clone(), base.clone()));
    }
    for (sub, sup) in [
        ("integer", "decimal"),
        ("long", "integer"),
        ("int", "long"),
        ("short", "int"),
        ("byte", "short"),
        ("nonNegativeInteger", "integer"),
        ("positiveInteger", "nonNegativeInteger"),
        ("nonPositiveInteger", "integer"),
        ("negativeInteger", "nonPositiveInteger"),
        ("unsignedLong", "nonNegativeInteger"),
        ("unsignedInt", "unsignedLong"),
        ("unsignedShort", "unsignedInt"),
        ("unsignedByte", "unsignedShort"),
    ] {
        let full = |local: &str| Iri::from(format!("{}{local}", xsd::NAMESPACE));
        pairs.insert((full(sub), full(sup)));
    }
    transitive(pairs)
}

fn compiled_properties(estate: &Estate) -> BTreeMap<Iri, Property> {
    let mut under = BTreeSet::new();
    let mut inverse = BTreeSet::new();
    for (property, declared) in &estate.properties {
        under.extend(
            declared
                .supers
                .iter()
                .map(|sup| (property.clone(), sup.clone())),
        );
        for equivalent in &declared.equivalents {
            under.insert((property.clone(), equivalent.clone()));
            under.insert((equivalent.clone(), property.clone()));
        }
        for other in &declared.inverses {
            inverse.insert((property.clone(), other.clone()));
            inverse.insert((other.clone(), property.clone()));
        }
    }
    let under = transitive(under);
    let is_under = |sub: &Iri, sup: &Iri| sub == sup || under.contains(&(sub.clone(), sup.clone()));
    let mut compiled = BTreeMap::new();
    for (property, declared) in &estate.properties {
        let mut own = Property::undeclared(property.clone());
        own.functional = declared.functional;
        own.closed = declared.closed;
        for other in estate.properties.keys().filter(|other| *other != property) {
            match (is_under(property, other), is_under(other, property)) {
                (true, true) => own.equivalents.insert(other.clone()),
                (true, false) => own.supers.insert(other.clone()),
                (false, true) => own.subs.insert(other.clone()),
                (false, false) => false,
            };
        }
        for (left, right) in &inverse {
            if is_under(left, property) && is_under(property, left) {
                let same = estate
                    .properties
                    .keys()
                    .filter(|other| is_under(other, right) && is_under(right, other));
                own.inverses.extend(same.cloned());
            }
        }
        own.domains = declared.domains.clone();
        own.ranges = declared.ranges.clone();
        own.object = !own.ranges.iter().any(|range| is_datatype(estate, range));
        compiled.insert(property.clone(), own);
    }
    compiled
}

fn is_datatype(estate: &Estate, range: &Iri) -> bool {
    range.as_str().starts_with(xsd::NAMESPACE) || estate.datatypes.contains_key(range)
}

/// Semantics, "Types and values": `owl:sameAs` individuals are one. The first name in order stands for all.
fn canonical_names(estate: &Estate) -> BTreeMap<Iri, Iri> {
    let mut pairs = BTreeSet::new();
    for (left, right) in &estate.same {
        pairs.insert((left.clone(), right.clone()));
        pairs.insert((right.clone(), left.clone()));
    }
    let pairs = transitive(pairs);
    let names: BTreeSet<&Iri> = estate
        .entities
        .keys()
        .chain(pairs.iter().map(|(left, _)| left))
        .collect();
    let first = |name: &Iri| {
        let all = pairs.iter().filter(|(left, _)| left == name);
        all.map(|(_, right)| right).chain([name]).min().cloned()
    };
    names
        .into_iter()
        .filter_map(|name| Some((name.clone(), first(name)?)))
        .collect()
}

fn name_of(canonical: &BTreeMap<Iri, Iri>, entity: &Iri) -> Iri {
    canonical.get(entity).unwrap_or(entity).clone()
}

fn canonical_value(canonical: &BTreeMap<Iri, Iri>, value: Value) -> Value {
    match value {
        Value::Entity(entity) => Value::Entity(name_of(canonical, &entity)),
        Value::Literal(_) => value,
    }
}

type Facts = BTreeSet<(Iri, Iri, Value)>;

fn facts_following(asserted: &Facts, properties: &BTreeMap<Iri, Property>) -> Facts {
    let mut facts = asserted.clone();
    loop {
        let mut more = BTreeSet::new();
        for (entity, property, value) in &facts {
            let Some(compiled) = properties.get(property) else {
                continue;
            };
            for wider in compiled.supers.iter().chain(&compiled.equivalents) {
                more.insert((entity.clone(), wider.clone(), value.clone()));
            }
            if let Value::Entity(other) = value {
                for inverse in &compiled.inverses {
                    let back = Value::Entity(entity.clone());
                    more.insert((other.clone(), inverse.clone(), back));
                }
            }
        }
        let before = facts.len();
        facts.extend(more);
        if facts.len() == before {
            return facts;
        }
    }
}

fn types_following(
    estate: &Estate,
    canonical: &BTreeMap<Iri, Iri>,
    facts: &Facts,
    properties: &BTreeMap<Iri, Property>,
    below: &BTreeSet<(Iri, Iri)>,
) -> BTreeMap<Iri, BTreeSet<Iri>> {
    let mut types: BTreeMap<Iri, BTreeSet<Iri>> = BTreeMap::new();
    for (entity, asserted) in &estate.entities {
        let own = types.entry(name_of(canonical, entity)).or_default();
        own.extend(asserted.iter().cloned());
    }
    for (entity, property, value) in facts {
        let Some(compiled) = properties.get(property) else {
            continue;
        };
        let own = types.entry(entity.clone()).or_default();
        own.extend(compiled.domains.iter().cloned());
        if let Value::Entity(other) = value {
            let its = types.entry(other.clone()).or_default();
            its.extend(compiled.ranges.iter().cloned());
        }
    }
    for own in types.values_mut() {
        let wider: Vec<Iri> = own.iter().flat_map(|class| above(below, class)).collect();
        own.extend(wider);
    }
    types
}

/// Semantics, "World": known if asserted or observed, or written `samos:knownEmpty`, or closed; and a functional
/// property that has its one value has no other.
fn values_known(
    estate: &Estate,
    canonical: &BTreeMap<Iri, Iri>,
    asserted: &Facts,
    facts: &Facts,
    properties: &BTreeMap<Iri, Property>,
) -> BTreeMap<(Iri, Iri), Values> {
    let with_equivalents = |property: &Iri| -> Vec<Iri> {
        let others = properties.get(property).map(|own| own.equivalents.clone());
        let others = others.unwrap_or_default();
        others.into_iter().chain([property.clone()]).collect()
    };
    let mut values: BTreeMap<(Iri, Iri), Values> = BTreeMap::new();
    for (entity, property, value) in facts {
        let cell = (entity.clone(), property.clone());
        let own = values.entry(cell).or_default();
        own.members.insert(value.clone());
        let single = properties.get(property);
        own.complete |= single.is_some_and(|property| property.functional || property.closed);
    }
    let stated = asserted
        .iter()
        .map(|(entity, property, _)| (entity, property));
    let empty = estate
        .known_empty
        .iter()
        .map(|(entity, property)| (entity, property));
    let seen = estate
        .observations
        .keys()
        .map(|(entity, property)| (entity, property));
    for (entity, property) in stated.chain(empty).chain(seen) {
        for property in with_equivalents(property) {
            let cell = (name_of(canonical, entity), property);
            values.entry(cell).or_default().complete = true;
        }
    }
    // The marks on classes and properties are facts of the store like any other.
    let shared = Iri::from(samos::SHARED);
    let marked = estate
        .properties
        .iter()
        .filter(|(_, declared)| declared.shared);
    for name in estate
        .shared
        .iter()
        .chain(marked.map(|(property, _)| property))
    {
        let own = values.entry((name.clone(), shared.clone())).or_default();
        own.members.insert(Value::Literal(Literal::boolean(true)));
        own.complete = true;
    }
    for (entity, property) in &estate.partial {
        for property in with_equivalents(property) {
            let cell = (name_of(canonical, entity), property);
            values.entry(cell).or_default().complete = false;
        }
    }
    values
}

pub(super) fn read_operation(estate: &Estate, written: &Written) -> Operation {
    let mut names = estate.resolver();
    let mut similar_to = written.similar_to.clone();
    for other in &estate.operations {
        if other.similar_to.contains(&written.iri) && !similar_to.contains(&other.iri) {
            similar_to.push(other.iri.clone());
        }
    }
    similar_to.sort();
    Operation {
        iri: written.iri.clone(),
        kind: written.kind,
        category: written.category,
        provider: provider_in(estate, &written.iri),
        subject: written.subject.clone(),
        parameters: names.parameters(&written.parameters),
        outcomes: names.outcomes(&written.outcomes),
        precondition: names.condition(&written.precondition),
        postcondition: names.effects(&written.postcondition),
        cost: written.cost,
        duration_s: written.duration_s,
        similar_to,
        place: None,
    }
}

/// All names of the framework, which Turtle for a store that has it must not state again.
pub(super) fn is_framework(name: &Iri) -> bool {
    name.namespace() == iri("samos:x").namespace()
}
