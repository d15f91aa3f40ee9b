//! An operation in the names that two clouds have in common, ready to be compared.
//!
//! In: an operation. Out: its [`Profile`]: types by the first of their equivalents and the shared classes above them,
//! properties by the shared property above them, values by the states they belong to.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use samos_model::text::{Resolve, Root, resolve_conjunct};
use samos_model::vocabulary::samos;
use samos_model::{
    Atom, Comparison, Conjunct, Effect, Iri, Kind, Literal, Name, Operation, Path, Term, Value,
    World,
};
use samos_verifiers::effects::right_side;

/// An operation as it is compared.
#[derive(Debug)]
pub(in crate::concurrent) struct Profile<'w> {
    pub(in crate::concurrent) operation: &'w Operation,
    /// The subject type's equivalents' first, and the shared classes above it.
    pub(super) subject: TypeKey,
    /// Type and whether multiple, in order.
    pub(super) parameters: Vec<(Iri, bool)>,
    pub(super) created: Vec<(TypeKey, bool)>,
    pub(super) reported: Vec<Report>,
    pub(super) effects: Vec<Item>,
    pub(super) conditions: Vec<Item>,
}

/// A type, up to what two clouds call it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct TypeKey {
    pub(super) first: Iri,
    pub(super) shared: BTreeSet<Iri>,
}

/// What an information request reports.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) of_type: TypeKey,
    pub(super) multiple: bool,
    /// What the path starts at and the properties along it.
    pub(super) path: Option<(String, Vec<PropertyKey>)>,
}

/// A property, up to what two clouds call it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct PropertyKey {
    pub(super) key: Iri,
    pub(super) shared: bool,
}

/// One effect or conjunct, with what it is about.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) root: String,
    pub(super) properties: Vec<PropertyKey>,
    pub(super) form: Form,
    pub(super) words: String,
}

/// What an effect gives or a conjunct asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// Values: how they are given or asked, the state classes of each, and which they are.
    States(&'static str, BTreeSet<BTreeSet<Iri>>, BTreeSet<Iri>),
    /// A literal.
    Literal(&'static str, Literal),
    /// Anything else, in names common to both.
    Text(String),
}

/// Compares operations of one world.
pub(in crate::concurrent) struct Likeness<'w> {
    pub(super) world: &'w dyn World,
    /// The providers whose operations speak of a property.
    pub(super) speakers: BTreeMap<Iri, BTreeSet<Option<Iri>>>,
    pub(super) marks: RefCell<BTreeMap<Iri, bool>>,
}

impl<'w> Likeness<'w> {
    pub(in crate::concurrent) fn new(world: &'w dyn World) -> Self {
        let mut likeness = Self {
            world,
            speakers: BTreeMap::new(),
            marks: RefCell::new(BTreeMap::new()),
        };
        for operation in world.operations() {
            for property in properties_of(operation) {
                let key = likeness.property_key(&property).key;
                let speakers = likeness.speakers.entry(key).or_default();
                speakers.insert(operation.provider.clone());
            }
        }
        likeness
    }

    /// An operation as it is compared.
    pub(in crate::concurrent) fn profile(&self, operation: &'w Operation) -> Profile<'w> {
        let mandatory = operation.parameters.iter().filter(|one| one.mandatory);
        let mut parameters: Vec<_> = mandatory
            .map(|one| (self.type_key(&one.of_type).first, one.multiple))
            .collect();
        parameters.sort();
        let created = operation
            .outcomes
            .iter()
            .filter(|outcome| operation.creates(outcome.name.as_str()))
            .map(|outcome| (self.type_key(&outcome.of_type), outcome.multiple))
            .collect();
        let reported = if operation.kind == Kind::Information {
            operation.outcomes.iter().collect()
        } else {
            Vec::new()
        };
        let reported = reported.into_iter().map(|outcome| Report {
            of_type: self.type_key(&outcome.of_type),
            multiple: outcome.multiple,
            path: outcome.reads.as_ref().map(|reads| {
                let path = samos_verifiers::reaching::whole_path(operation, &reads.path);
                (self.root(operation, &path), self.properties(&path))
            }),
        });
        Profile {
            subject: self.type_key(&operation.subject),
            parameters,
            created,
            reported: reported.collect(),
            effects: operation
                .postcondition
                .iter()
                .filter_map(|effect| self.effect(operation, effect))
                .collect(),
            conditions: operation
                .precondition
                .conjuncts
                .iter()
                .map(|conjunct| self.conjunct(operation, conjunct, true))
                .collect(),
            operation,
        }
    }

    fn effect(&self, operation: &Operation, effect: &Effect) -> Option<Item> {
        let words = samos_verifiers::wording::effect(self.world, effect);
        let (path, how) = match effect {
            Effect::Create { .. } => return None,
            Effect::Delete(path) => {
                return Some(Item {
                    root: "deleted".to_owned(),
                    form: Form::Text(self.root(operation, path)),
                    properties: self.properties(path),
                    words,
                });
            }
            Effect::Set { path, .. } => (path, "="),
            Effect::Add { path, .. } => (path, "+="),
            Effect::Remove { path, .. } => (path, "-="),
            Effect::Clear(path) => (path, "clear"),
            Effect::Renew(path) => (path, "renew"),
        };
        let form = match right_side(effect) {
            None => Form::Text(how.to_owned()),
            Some(term) => self.value_form(operation, how, term, path),
        };
        Some(Item {
            root: self.root(operation, path),
            properties: self.properties(path),
            form,
            words,
        })
    }

    fn conjunct(&self, operation: &Operation, conjunct: &Conjunct, holds: bool) -> Item {
        let how = if holds { "is" } else { "is not" };
        let (path, form) = match conjunct {
            Conjunct::Is { path, of_type } => {
                let class = BTreeSet::from([self.type_key(of_type).first]);
                let states = BTreeSet::from([class]);
                (path, Form::States(how, states, BTreeSet::new()))
            }
            Conjunct::Not(inner) => return self.conjunct(operation, inner, !holds),
            Conjunct::Compare {
                left,
                comparison: comparison @ (Comparison::Equal | Comparison::Unequal),
                right,
            } => {
                let (Some(Atom::Path(path)), true) = (left.as_atom(), right.as_atom().is_some())
                else {
                    return self.other(operation, conjunct, holds);
                };
                let how = if (*comparison == Comparison::Equal) == holds {
                    "is"
                } else {
                    "is not"
                };
                (path, self.value_form(operation, how, right, path))
            }
            Conjunct::In { path, values } => {
                let mut states = BTreeSet::new();
                let mut individuals = BTreeSet::new();
                for value in values {
                    let term = Term::from(value.clone());
                    let Form::States(_, own, which) = self.value_form(operation, how, &term, path)
                    else {
                        return self.other(operation, conjunct, holds);
                    };
                    states.extend(own);
                    individuals.extend(which);
                }
                (path, Form::States(how, states, individuals))
            }
            Conjunct::Exists { path } => (
                path,
                Form::Text(if holds { "exists" } else { "not exists" }.to_owned()),
            ),
            _ => return self.other(operation, conjunct, holds),
        };
        Item {
            root: self.root(operation, path),
            properties: self.properties(path),
            form,
            words: samos_verifiers::wording::conjunct(self.world, conjunct),
        }
    }

    /// A conjunct that is compared as it is written, in names common to both.
    fn other(&self, operation: &Operation, conjunct: &Conjunct, holds: bool) -> Item {
        let mut common = SharedNames {
            likeness: self,
            operation,
            properties: BTreeSet::new(),
        };
        let Ok(text) = resolve_conjunct(conjunct, &mut common);
        Item {
            root: "condition".to_owned(),
            properties: common.properties.into_iter().collect(),
            form: Form::Text(format!("{} {text}", if holds { "" } else { "not" })),
            words: samos_verifiers::wording::conjunct(self.world, conjunct),
        }
    }

    /// The form of a value at a path: a named individual by the states it belongs to.
    fn value_form(&self, operation: &Operation, how: &'static str, term: &Term, at: &Path) -> Form {
        match term.as_atom() {
            Some(Atom::Literal(literal)) => Form::Literal(how, literal.clone()),
            Some(Atom::Path(Path {
                root: Root::Individual(individual),
                properties,
            })) if properties.is_empty() => Form::States(
                how,
                BTreeSet::from([self.states(individual, at)]),
                BTreeSet::from([self.world.canonical(individual)]),
            ),
            _ => {
                let atoms = term.atoms().map(|atom| match atom {
                    Atom::Literal(literal) => literal.to_string(),
                    Atom::Path(path) | Atom::Count(path) => {
                        let keys: Vec<_> = self
                            .properties(path)
                            .into_iter()
                            .map(|property| property.key.to_string())
                            .collect();
                        format!("{}.{}", self.root(operation, path), keys.join("."))
                    }
                });
                Form::Text(format!("{how} {}", atoms.collect::<Vec<_>>().join(" ")))
            }
        }
    }

    /// The most specific classes of a value that say more than the property's range does.
    fn states(&self, individual: &Iri, at: &Path) -> BTreeSet<Iri> {
        let world = self.world;
        let mut ranges = BTreeSet::from([Iri::from(samos::STATE)]);
        if let Some(schema) = at.properties.last().and_then(|last| world.property(last)) {
            ranges.extend(schema.ranges.iter().cloned());
        }
        let classes: BTreeSet<Iri> = world
            .types_of(individual)
            .iter()
            .flat_map(|own| world.types_above(own))
            .filter(|class| !ranges.iter().any(|range| world.is_subtype(range, class)))
            .map(|class| self.type_key(&class).first)
            .collect();
        let below = |class: &Iri| {
            classes
                .iter()
                .any(|other| other != class && world.is_subtype(other, class))
        };
        classes
            .iter()
            .filter(|class| !below(class))
            .cloned()
            .collect()
    }

    fn root(&self, operation: &Operation, path: &Path) -> String {
        match &path.root {
            Root::Subject => "subject".to_owned(),
            Root::Account => "account".to_owned(),
            Root::Service => "service".to_owned(),
            Root::Provider => "provider".to_owned(),
            Root::Individual(individual) => self.world.canonical(individual).to_string(),
            Root::Variable(name) => self.variable(operation, name),
        }
    }

    /// A parameter by its type; an outcome as the thing that is made or told.
    fn variable(&self, operation: &Operation, name: &Name) -> String {
        match operation.parameter(name.as_str()) {
            Some(parameter) => format!("a {}", self.type_key(&parameter.of_type).first),
            None => "outcome".to_owned(),
        }
    }

    fn properties(&self, path: &Path) -> Vec<PropertyKey> {
        let properties = path.properties.iter();
        properties
            .map(|property| self.property_key(property))
            .collect()
    }

    /// The shared property that it is or stands under; else the first of its equivalents.
    fn property_key(&self, property: &Iri) -> PropertyKey {
        let schema = self.world.property(property);
        let mut same = BTreeSet::from([property.clone()]);
        let mut above = BTreeSet::new();
        if let Some(schema) = schema {
            same.extend(schema.equivalents.iter().cloned());
            above.extend(schema.supers.iter().cloned());
        }
        let mut candidates = same.iter().chain(&above);
        match candidates.find(|candidate| self.is_shared(candidate)) {
            Some(shared) => PropertyKey {
                key: shared.clone(),
                shared: true,
            },
            None => PropertyKey {
                key: same.into_iter().next().unwrap_or_else(|| property.clone()),
                shared: false,
            },
        }
    }

    fn type_key(&self, of_type: &Iri) -> TypeKey {
        let above = self.world.types_above(of_type);
        let first = above
            .iter()
            .find(|class| self.world.is_subtype(class, of_type))
            .unwrap_or(of_type)
            .clone();
        TypeKey {
            first,
            shared: above
                .into_iter()
                .filter(|class| self.is_shared(class))
                .collect(),
        }
    }

    /// Is the class or property marked as meaning the same with every provider?
    fn is_shared(&self, iri: &Iri) -> bool {
        if let Some(mark) = self.marks.borrow().get(iri) {
            return *mark;
        }
        let values = self.world.values(iri, &Iri::from(samos::SHARED));
        let mut literals = values.members.iter().filter_map(Value::as_literal);
        let mark = literals.any(|literal| matches!(&*literal.lexical, "true" | "1"));
        self.marks.borrow_mut().insert(iri.clone(), mark);
        mark
    }
}

/// Carries a conjunct to names that two clouds have in common.
struct SharedNames<'a, 'w> {
    likeness: &'a Likeness<'w>,
    operation: &'a Operation,
    properties: BTreeSet<PropertyKey>,
}

impl Resolve<Iri, Iri> for SharedNames<'_, '_> {
    type Error = Infallible;

    fn path(&mut self, path: &Path) -> Result<Path, Infallible> {
        let keys = self.likeness.properties(path);
        self.properties.extend(keys.iter().cloned());
        Ok(Path {
            root: match &path.root {
                Root::Variable(name) => {
                    Root::Variable(self.likeness.variable(self.operation, name).into())
                }
                root => root.clone(),
            },
            properties: keys.into_iter().map(|property| property.key).collect(),
        })
    }

    fn type_name(&mut self, name: &Iri) -> Result<Iri, Infallible> {
        Ok(self.likeness.type_key(name).first)
    }
}

/// Every property that an operation speaks of.
fn properties_of(operation: &Operation) -> BTreeSet<Iri> {
    let mut names = AllProperties(BTreeSet::new());
    for conjunct in &operation.precondition.conjuncts {
        let Ok(_) = resolve_conjunct(conjunct, &mut names);
    }
    for effect in &operation.postcondition {
        let paths = effect.changed().into_iter();
        let atoms = right_side(effect).into_iter().flat_map(Term::atoms);
        let paths = paths.chain(atoms.filter_map(|atom| match atom {
            Atom::Path(path) | Atom::Count(path) => Some(path),
            Atom::Literal(_) => None,
        }));
        names
            .0
            .extend(paths.flat_map(|path| path.properties.clone()));
    }
    for reads in operation
        .outcomes
        .iter()
        .filter_map(|one| one.reads.as_ref())
    {
        names.0.extend(reads.path.properties.iter().cloned());
    }
    names.0
}

/// Collects the properties of the paths it is shown.
struct AllProperties(BTreeSet<Iri>);

impl Resolve<Iri, Iri> for AllProperties {
    type Error = Infallible;

    fn path(&mut self, path: &Path) -> Result<Path, Infallible> {
        self.0.extend(path.properties.iter().cloned());
        Ok(path.clone())
    }

    fn type_name(&mut self, name: &Iri) -> Result<Iri, Infallible> {
        Ok(name.clone())
    }
}
