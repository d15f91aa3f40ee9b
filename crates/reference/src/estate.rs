//! A small world built by hand from plain values, entailed by going round until nothing new follows.
//!
//! In: classes, properties, entities, facts and operations, by short names and in the text of specifications.
//! Out: a [`samos_model::World`] for tests, and the same world as Turtle in the authoring format. A world that is written wrongly
//! is a fault of the test that writes it, so it panics.
//! Deliberately not here: speed, time, sources of error a user could make, and every rule of OWL 2 RL beyond
//! sub-/equivalent classes and properties, inverses, domains, ranges and `owl:sameAs`.

mod entailment;
mod names;
mod turtle;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use samos_model::vocabulary::samos;
use samos_model::{Category, Condition, Iri, Kind, Observation, Value};

pub use names::{iri, resolve_full, short, value};

use entailment::Entailed;

/// A world under construction and, once asked, the world itself.
#[derive(Clone, Debug)]
pub struct Estate {
    classes: BTreeMap<Iri, BTreeSet<Iri>>,
    equivalent_classes: BTreeSet<(Iri, Iri)>,
    shared: BTreeSet<Iri>,
    keys: BTreeMap<Iri, Iri>,
    datatypes: BTreeMap<Iri, (Iri, Facet)>,
    properties: BTreeMap<Iri, Declaration>,
    entities: BTreeMap<Iri, BTreeSet<Iri>>,
    facts: BTreeSet<(Iri, Iri, Value)>,
    known_empty: BTreeSet<(Iri, Iri)>,
    partial: BTreeSet<(Iri, Iri)>,
    same: BTreeSet<(Iri, Iri)>,
    observations: BTreeMap<(Iri, Iri), Observation>,
    operations: Vec<Written>,
    entailed: OnceLock<Entailed>,
}

/// An operation as its author wrote it.
#[derive(Clone, Debug)]
struct Written {
    iri: Iri,
    kind: Kind,
    category: Category,
    subject: Iri,
    parameters: String,
    outcomes: String,
    precondition: String,
    postcondition: String,
    cost: Option<f64>,
    duration_s: Option<f64>,
    similar_to: Vec<Iri>,
}

/// What a datatype allows beyond its base.
#[derive(Clone, Debug, PartialEq)]
pub enum Facet {
    /// Anything of the base.
    Any,
    /// Only these characters.
    OneOf(Vec<String>),
    /// Numbers from the first to the second.
    Between(i64, i64),
}

/// What is declared of a property. Starts from [`one`] or [`many`].
#[derive(Clone, Debug, Default)]
pub struct Declaration {
    functional: bool,
    closed: bool,
    domains: BTreeSet<Iri>,
    ranges: BTreeSet<Iri>,
    supers: BTreeSet<Iri>,
    equivalents: BTreeSet<Iri>,
    inverses: BTreeSet<Iri>,
    shared: bool,
}

/// A functional property.
#[must_use = "this makes a value and changes nothing"]
pub fn one() -> Declaration {
    Declaration {
        functional: true,
        ..Declaration::default()
    }
}

/// A set-valued property.
#[must_use = "this makes a value and changes nothing"]
pub fn many() -> Declaration {
    Declaration::default()
}

#[allow(
    clippy::return_self_not_must_use,
    reason = "a declaration left unused shows at once in the test that writes it"
)]
impl Declaration {
    /// Its subjects are of that class.
    pub fn of(mut self, class: &str) -> Self {
        self.domains.insert(iri(class));
        self
    }
    /// Its values are of that class or datatype.
    pub fn to(mut self, class: &str) -> Self {
        self.ranges.insert(iri(class));
        self
    }
    /// What is not stated is absent.
    pub fn closed(mut self) -> Self {
        self.closed = true;
        self
    }
    /// It stands below that property.
    pub fn under(mut self, property: &str) -> Self {
        self.supers.insert(iri(property));
        self
    }
    /// It means the same as that property.
    pub fn equivalent(mut self, property: &str) -> Self {
        self.equivalents.insert(iri(property));
        self
    }
    /// It is the other direction of that property.
    pub fn inverse(mut self, property: &str) -> Self {
        self.inverses.insert(iri(property));
        self
    }
    /// It is one of those that mean the same with every provider.
    pub fn shared(mut self) -> Self {
        self.shared = true;
        self
    }
}

impl Default for Estate {
    fn default() -> Self {
        Self::new()
    }
}

#[allow(
    clippy::return_self_not_must_use,
    reason = "a world left unused shows at once in the test that writes it"
)]
impl Estate {
    /// Only the framework.
    pub fn new() -> Self {
        let empty = Self {
            classes: BTreeMap::new(),
            equivalent_classes: BTreeSet::new(),
            shared: BTreeSet::new(),
            keys: BTreeMap::new(),
            datatypes: BTreeMap::new(),
            properties: BTreeMap::new(),
            entities: BTreeMap::new(),
            facts: BTreeSet::new(),
            known_empty: BTreeSet::new(),
            partial: BTreeSet::new(),
            same: BTreeSet::new(),
            observations: BTreeMap::new(),
            operations: Vec::new(),
            entailed: OnceLock::new(),
        };
        empty.framework()
    }

    /// What `ontology/samos.ttl` and `common.ttl` declare that worlds of tests speak of.
    fn framework(mut self) -> Self {
        for (class, parents) in [
            ("samos:CloudServiceProvider", &[] as &[&str]),
            ("samos:Entity", &[]),
            ("samos:Service", &["samos:Entity"]),
            ("samos:ServiceInstance", &["samos:Entity"]),
            ("samos:Aspect", &["samos:Entity"]),
            ("samos:Account", &["samos:Aspect"]),
            ("samos:Region", &["samos:Aspect"]),
            ("samos:State", &["samos:Aspect"]),
            ("samos:Passing", &["samos:State"]),
        ] {
            self = self.class(class, parents);
        }
        for state in [
            "Running",
            "Stopped",
            "Suspended",
            "Active",
            "Available",
            "InUse",
            "Ended",
            "Failed",
        ] {
            self = self.class(&format!("samos:{state}"), &["samos:State"]);
        }
        for state in ["Pending", "Stopping", "Restarting", "Updating", "Ending"] {
            self = self.class(&format!("samos:{state}"), &["samos:Passing"]);
        }
        for class in ["VirtualMachine", "LoadBalancer", "Volume"] {
            let class = format!("samos:{class}");
            self = self
                .class(&class, &["samos:ServiceInstance"])
                .shared_class(&class);
        }
        self.class("samos:PublicIPAddress", &["samos:Aspect"])
            .shared_class("samos:PublicIPAddress")
            .property(
                "samos:ipAddress",
                one().of("samos:PublicIPAddress").to("xsd:string"),
            )
            .key("samos:PublicIPAddress", "samos:ipAddress")
            .property("samos:provider", one().to("samos:CloudServiceProvider"))
            .property(
                "samos:account",
                one().of("samos:Entity").to("samos:Account"),
            )
            .property(
                "samos:service",
                one().of("samos:Entity").to("samos:Service"),
            )
            .property(
                "samos:entities",
                many()
                    .of("samos:Service")
                    .to("samos:Entity")
                    .inverse("samos:service"),
            )
            .property("samos:name", one().of("samos:Entity").to("xsd:string"))
            .property("samos:id", one().of("samos:Entity").to("xsd:string"))
            .property(
                "samos:state",
                one().of("samos:Entity").to("samos:State").shared(),
            )
            .property("samos:uses", many().of("samos:Entity").to("samos:Entity"))
            .property(
                "samos:excludes",
                many().of("samos:Entity").to("samos:Entity"),
            )
            .property("samos:becomes", one().of("samos:State").to("samos:State"))
    }

    fn changed(mut self, change: impl FnOnce(&mut Self)) -> Self {
        self.entailed = OnceLock::new();
        change(&mut self);
        self
    }

    /// A provider: its class and its individual. Entities of the individual's namespace belong to it unless a fact says
    /// otherwise.
    pub fn provider(self, class: &str, individual: &str) -> Self {
        self.class(class, &["samos:CloudServiceProvider"])
            .entity(individual, &[class])
    }

    /// A class below others.
    pub fn class(self, class: &str, parents: &[&str]) -> Self {
        self.changed(|estate| {
            let parents = parents.iter().map(|parent| iri(parent));
            estate
                .classes
                .entry(iri(class))
                .or_default()
                .extend(parents);
        })
    }

    /// Two classes that have the same members.
    pub fn equivalent_classes(self, left: &str, right: &str) -> Self {
        self.changed(|estate| {
            estate.equivalent_classes.insert((iri(left), iri(right)));
        })
    }

    /// Marks a class as one whose members are alike across providers.
    pub fn shared_class(self, class: &str) -> Self {
        self.changed(|estate| {
            estate.shared.insert(iri(class));
        })
    }

    /// The property that tells the members of a class apart.
    pub fn key(self, class: &str, property: &str) -> Self {
        self.changed(|estate| {
            estate.keys.insert(iri(class), iri(property));
        })
    }

    /// A datatype below another.
    pub fn datatype(self, datatype: &str, base: &str, facet: Facet) -> Self {
        self.changed(|estate| {
            estate.datatypes.insert(iri(datatype), (iri(base), facet));
        })
    }

    /// A property.
    pub fn property(self, property: &str, declaration: Declaration) -> Self {
        self.changed(|estate| {
            estate.properties.insert(iri(property), declaration);
        })
    }

    /// An entity of some classes.
    pub fn entity(self, entity: &str, classes: &[&str]) -> Self {
        self.changed(|estate| {
            let classes = classes.iter().map(|class| iri(class));
            estate
                .entities
                .entry(iri(entity))
                .or_default()
                .extend(classes);
        })
    }

    /// A fact; the value as [`value`] reads it.
    pub fn fact(self, entity: &str, property: &str, held: &str) -> Self {
        self.changed(|estate| {
            estate
                .facts
                .insert((iri(entity), iri(property), value(held)));
        })
    }

    /// It is known that the property has no value.
    pub fn known_empty(self, entity: &str, property: &str) -> Self {
        self.changed(|estate| {
            estate.known_empty.insert((iri(entity), iri(property)));
        })
    }

    /// What is stated of that property of that entity is not all of it (a filtered answer told it).
    pub fn partial(self, entity: &str, property: &str) -> Self {
        self.changed(|estate| {
            estate.partial.insert((iri(entity), iri(property)));
        })
    }

    /// Two names of one individual.
    pub fn same(self, left: &str, right: &str) -> Self {
        self.changed(|estate| {
            estate.same.insert((iri(left), iri(right)));
        })
    }

    /// The facts of that property of that entity were seen then, by that operation.
    pub fn observed(self, entity: &str, property: &str, at: &str, source: &str) -> Self {
        self.changed(|estate| {
            estate.observations.insert(
                (iri(entity), iri(property)),
                Observation {
                    at: at.to_owned(),
                    source: source.to_owned(),
                },
            );
        })
    }

    /// An operation, its elements as text: parameters, outcomes, precondition, postcondition.
    #[allow(
        clippy::too_many_arguments,
        reason = "they are the elements of an operation, in the order of the paper's table 4"
    )]
    pub fn operation(
        self,
        kind: Kind,
        operation: &str,
        subject: &str,
        parameters: &str,
        outcomes: &str,
        precondition: &str,
        postcondition: &str,
    ) -> Self {
        self.changed(|estate| {
            estate.operations.push(Written {
                iri: iri(operation),
                kind,
                category: Category::IaaS,
                subject: iri(subject),
                parameters: parameters.to_owned(),
                outcomes: outcomes.to_owned(),
                precondition: precondition.to_owned(),
                postcondition: postcondition.to_owned(),
                cost: None,
                duration_s: None,
                similar_to: Vec::new(),
            });
        })
    }

    fn amended(self, operation: &str, amend: impl FnOnce(&mut Written)) -> Self {
        self.changed(|estate| {
            let meant = iri(operation);
            match estate.operations.iter_mut().find(|own| own.iri == meant) {
                Some(written) => amend(written),
                None => wrong(&format!("`{operation}` is not declared yet")),
            }
        })
    }

    /// The category of an operation declared before; `IaaS` when not said.
    pub fn category(self, operation: &str, category: Category) -> Self {
        self.amended(operation, |written| written.category = category)
    }

    /// The price and the seconds of an operation declared before.
    pub fn takes(self, operation: &str, cost: f64, duration_s: f64) -> Self {
        self.amended(operation, |written| {
            written.cost = Some(cost);
            written.duration_s = Some(duration_s);
        })
    }

    /// An operation declared before is equivalent to another.
    pub fn similar(self, operation: &str, other: &str) -> Self {
        let other = iri(other);
        self.amended(operation, |written| written.similar_to.push(other))
    }

    /// A condition in the world's names, such as a goal.
    #[must_use = "reading has no other effect"]
    pub fn condition(&self, written: &str) -> Condition {
        self.resolver().condition(written)
    }

    /// Does a text name a property by a word that several have?
    #[must_use = "reading has no other effect"]
    pub fn is_ambiguous(&self, written: &str) -> bool {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for property in self.properties.keys() {
            *times.entry(property.local()).or_default() += 1;
        }
        let mut shared = times.into_iter().filter(|(_, times)| *times > 1);
        shared.any(|(word, _)| written.contains(&format!(".{word}")))
    }

    fn resolver(&self) -> names::Names<'_> {
        names::Names {
            properties: self.properties.keys().collect(),
        }
    }

    fn entailed(&self) -> &Entailed {
        self.entailed.get_or_init(|| Entailed::of(self))
    }

    /// Is the property of those declared to mean the same with every provider?
    #[must_use = "reading has no other effect"]
    pub fn is_shared_property(&self, property: &Iri) -> bool {
        self.properties
            .get(property)
            .is_some_and(|declaration| declaration.shared)
    }

    /// Is the class marked as one whose members are alike across providers?
    #[must_use = "reading has no other effect"]
    pub fn is_shared_class(&self, class: &Iri) -> bool {
        self.shared.contains(class)
    }
}

/// Ends the test that wrote a wrong world.
#[allow(
    clippy::panic,
    reason = "a world that is written wrongly is a fault of the test that writes it"
)]
fn wrong(what: &str) -> ! {
    panic!("this world is written wrongly: {what}")
}

/// Of which provider a name is, by its namespace.
fn provider_in(estate: &Estate, name: &Iri) -> Option<Iri> {
    let class = iri("samos:CloudServiceProvider");
    let below = |types: &BTreeSet<Iri>| {
        types.iter().any(|own| {
            let parents = estate.classes.get(own);
            parents.is_some_and(|parents| parents.contains(&class))
        })
    };
    let individual = |(entity, types): &(&Iri, &BTreeSet<Iri>)| {
        below(types) && entity.namespace() == name.namespace()
    };
    let (found, _) = estate.entities.iter().find(individual)?;
    Some(found.clone())
}

/// The facts as asserted, with the provider of every entity that does not name its own.
fn asserted_facts(estate: &Estate) -> BTreeSet<(Iri, Iri, Value)> {
    let provider = Iri::from(samos::PROVIDER);
    let mut facts = estate.facts.clone();
    for entity in estate.entities.keys() {
        let names_its_own = facts
            .iter()
            .any(|(of, property, _)| of == entity && *property == provider);
        if let Some(found) = provider_in(estate, entity)
            && !names_its_own
            && found != *entity
        {
            facts.insert((entity.clone(), provider.clone(), Value::Entity(found)));
        }
    }
    facts
}

#[cfg(test)]
mod tests;
