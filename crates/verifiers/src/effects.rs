//! What a postcondition lets one expect, and whether it shows in the live world.
//!
//! Paper: section "Request post condition" (SRPostCondition).
//!
//! In: an operation and what its names are bound to, before it runs. Out: [`Expectation`]s, each of which can be looked
//! for afterwards. Right sides, and all but the last property of left sides, see the state *before*: whoever awaits a
//! step takes its expectations first. [`holds_after`] is for when nobody did; it leaves unknown what depends on the
//! state before.
//! Not here: a hypothetical state after. Nothing is changed.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::{
    Atom, Decimal, Effect, Iri, Literal, Name, Operation, Path, Root, Term, Truth, Value, Values,
    World,
};

use crate::evaluation::{self, Bindings, Scope, equal};
use crate::parameters;

/// Starts the IRI that stands for a value which exists and which nobody has read.
const UNREAD: &str = "urn:samos:unread:";
/// Starts the IRI that stands for a thing which would be made.
const CREATED: &str = "urn:samos:created:";

/// Something that an effect brings about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expectation {
    /// A property holds something.
    Cell {
        /// Whose property.
        of: Place,
        /// Which property.
        property: Iri,
        /// What of it.
        holds: Holding,
    },
    /// There are new things.
    Created {
        /// The outcome that names them.
        outcome: Name,
        /// How many; `None` when that is not known.
        count: Option<u32>,
    },
    /// A thing is no more.
    Deleted {
        /// Which.
        entity: Iri,
    },
    /// It cannot be told what changes: the place is not known.
    Untold,
}

/// Whose property an effect changes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// An entity's.
    Entity(Iri),
    /// That of each thing of an outcome.
    EachOf(Name),
}

/// What a changed property holds afterwards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Holding {
    /// These and no other.
    Exactly(Vec<Operand>),
    /// These among others.
    Contains(Vec<Operand>),
    /// None of these.
    Lacks(Vec<Operand>),
    /// Nothing.
    Nothing,
    /// Something.
    Something,
    /// It depends on what is not known.
    Untold,
}

/// A value of a right side.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Operand {
    /// A value.
    Value(Value),
    /// All things of an outcome.
    AllOf(Name),
    /// The thing itself whose property it is.
    Itself,
}

/// A placeholder for a value of that type which exists and which nobody has read.
#[must_use = "this makes a value and changes nothing"]
pub fn unread(of_type: &Iri) -> Iri {
    Iri::from(format!("{UNREAD}{of_type}"))
}

/// A placeholder for a thing of that type which would be made.
#[must_use = "this makes a value and changes nothing"]
pub fn created(of_type: &Iri) -> Iri {
    Iri::from(format!("{CREATED}{of_type}"))
}

/// Does the IRI stand for a value that nobody has read?
#[must_use = "reading has no other effect"]
pub fn is_unread(iri: &Iri) -> bool {
    iri.as_str().starts_with(UNREAD)
}

/// Does the IRI stand for a thing that would be made?
#[must_use = "reading has no other effect"]
pub fn is_created(iri: &Iri) -> bool {
    iri.as_str().starts_with(CREATED)
}

/// The type of a placeholder.
#[must_use = "reading has no other effect"]
pub fn type_of_placeholder(iri: &Iri) -> Option<Iri> {
    let text = iri.as_str();
    text.strip_prefix(UNREAD)
        .or_else(|| text.strip_prefix(CREATED))
        .map(Iri::from)
}

/// Do the operation's effects show in the live world now? Unknown where that depends on the state before, or on facts
/// that nobody has read since.
#[must_use = "judging has no other effect"]
pub fn holds_after(world: &dyn World, operation: &Operation, bindings: &Bindings) -> Truth {
    let written: BTreeSet<Iri> = operation
        .postcondition
        .iter()
        .filter_map(|effect| effect.changed()?.properties.last().cloned())
        .collect();
    let mut all = Truth::True;
    for effect in &operation.postcondition {
        let counts = matches!(effect, Effect::Add { path, .. } | Effect::Remove { path, .. }
            if is_functional(world, path));
        let looks_back = right_side(effect).is_some_and(|term| {
            let mut paths = term.atoms().filter_map(|atom| match atom {
                Atom::Path(path) | Atom::Count(path) => Some(path),
                Atom::Literal(_) => None,
            });
            paths.any(|path| path.properties.iter().any(|one| written.contains(one)))
        });
        for expectation in expect_one(world, operation, effect, bindings) {
            all = all.and(match expectation {
                Expectation::Cell { .. } if counts || looks_back => Truth::Unknown,
                other => other.truth(world, &bindings.outcomes),
            });
        }
    }
    all
}

/// What the operation's effects let one expect, judged from the state before.
#[must_use = "judging has no other effect"]
pub fn expect(world: &dyn World, operation: &Operation, bindings: &Bindings) -> Vec<Expectation> {
    let effects = operation.postcondition.iter();
    effects
        .flat_map(|effect| expect_one(world, operation, effect, bindings))
        .collect()
}

/// What one effect lets one expect; nothing where it names a parameter that is left out.
#[must_use = "judging has no other effect"]
pub fn expect_one(
    world: &dyn World,
    operation: &Operation,
    effect: &Effect,
    bindings: &Bindings,
) -> Vec<Expectation> {
    if names_in(effect)
        .iter()
        .any(|name| bindings.values_of(name).is_some_and(<[Value]>::is_empty))
    {
        return Vec::new();
    }
    let prospect = Prospect {
        world,
        operation,
        bindings,
    };
    match effect {
        Effect::Create { outcome, count } => {
            let count = match count {
                None => Some(1),
                Some(term) => prospect.count(term),
            };
            vec![Expectation::Created {
                outcome: outcome.clone(),
                count,
            }]
        }
        Effect::Delete(path) => {
            let values = evaluation::values_at(world, path, bindings);
            let deleted = values.members.iter().filter_map(Value::as_entity);
            let mut expected: Vec<_> = deleted
                .map(|entity| Expectation::Deleted {
                    entity: entity.clone(),
                })
                .collect();
            if !values.complete {
                expected.push(Expectation::Untold);
            }
            expected
        }
        Effect::Set { path, .. }
        | Effect::Add { path, .. }
        | Effect::Remove { path, .. }
        | Effect::Clear(path)
        | Effect::Renew(path) => prospect.cells(effect, path),
    }
}

/// Is it known where an effect changes something, and how much it creates? What speaks of a parameter that is missing
/// is told by that parameter's own finding.
#[must_use = "judging has no other effect"]
pub fn is_told(
    world: &dyn World,
    operation: &Operation,
    effect: &Effect,
    bindings: &Bindings,
) -> bool {
    let unbound = |name: &Name| {
        operation.parameter(name.as_str()).is_some() && bindings.values_of(name).is_none()
    };
    names_in(effect).iter().any(unbound)
        || !expect_one(world, operation, effect, bindings)
            .iter()
            .any(|one| {
                matches!(
                    one,
                    Expectation::Untold | Expectation::Created { count: None, .. }
                )
            })
}

/// The paths that [`is_told`] looks along: of the left side all but its last property, of a deletion the whole, and
/// those of the number created.
#[must_use = "reading has no other effect"]
pub fn places_in(effect: &Effect) -> Vec<Path> {
    match effect {
        Effect::Delete(path) => vec![path.clone()],
        Effect::Create { count, .. } => {
            let atoms = count.iter().flat_map(Term::atoms);
            let paths = atoms.filter_map(|atom| match atom {
                Atom::Path(path) | Atom::Count(path) => Some(path.clone()),
                Atom::Literal(_) => None,
            });
            paths.collect()
        }
        effect => {
            let left = effect.changed().and_then(|path| {
                let (_, steps) = path.properties.split_last()?;
                Some(Path {
                    root: path.root.clone(),
                    properties: steps.to_vec(),
                })
            });
            left.into_iter().collect()
        }
    }
}

/// The term that an effect's value comes from.
#[must_use = "reading has no other effect"]
pub fn right_side(effect: &Effect) -> Option<&Term> {
    match effect {
        Effect::Set { value, .. } | Effect::Add { value, .. } | Effect::Remove { value, .. } => {
            Some(value)
        }
        Effect::Create { count, .. } => count.as_ref(),
        Effect::Clear(_) | Effect::Renew(_) | Effect::Delete(_) => None,
    }
}

/// Every parameter and outcome that an effect names.
#[must_use = "reading has no other effect"]
pub fn names_in(effect: &Effect) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    let mut root = |path: &Path| {
        if let Root::Variable(name) = &path.root {
            names.insert(name.clone());
        }
    };
    if let Effect::Delete(path) = effect {
        root(path);
    }
    effect.changed().into_iter().for_each(&mut root);
    for atom in right_side(effect).into_iter().flat_map(Term::atoms) {
        if let Atom::Path(path) | Atom::Count(path) = atom {
            root(path);
        }
    }
    if let Effect::Create { outcome, .. } = effect {
        names.insert(outcome.clone());
    }
    names
}

fn is_functional(world: &dyn World, path: &Path) -> bool {
    path.properties
        .last()
        .and_then(|property| world.property(property))
        .is_some_and(|schema| schema.functional)
}

/// The state before, from which effects are read.
struct Prospect<'a> {
    world: &'a dyn World,
    operation: &'a Operation,
    bindings: &'a Bindings,
}

impl Prospect<'_> {
    fn cells(&self, effect: &Effect, path: &Path) -> Vec<Expectation> {
        let Some((property, steps)) = path.properties.split_last() else {
            return vec![Expectation::Untold];
        };
        let cell = |of, holds| Expectation::Cell {
            of,
            property: property.clone(),
            holds,
        };
        if let Root::Variable(name) = &path.root {
            match self.bindings.values_of(name) {
                // What is made is known only afterwards.
                None if self.operation.outcome(name.as_str()).is_some() && steps.is_empty() => {
                    let holds = self.holding(effect, None, Some(name), BTreeMap::new());
                    return vec![cell(Place::EachOf(name.clone()), holds)];
                }
                None => return vec![Expectation::Untold],
                Some(elements) => {
                    let each = elements.iter().flat_map(|element| {
                        let chosen = BTreeMap::from([(name, element)]);
                        self.cells_under(effect, path, steps, property, chosen)
                    });
                    return each.collect();
                }
            }
        }
        self.cells_under(effect, path, steps, property, BTreeMap::new())
    }

    /// The cells under one choice of an element of the left side's root.
    fn cells_under(
        &self,
        effect: &Effect,
        path: &Path,
        steps: &[Iri],
        property: &Iri,
        chosen: BTreeMap<&Name, &Value>,
    ) -> Vec<Expectation> {
        let prefix = Path {
            root: path.root.clone(),
            properties: steps.to_vec(),
        };
        let at = Scope::new(self.world, self.bindings, chosen.clone()).path(&prefix);
        let mut expected = Vec::new();
        for entity in at.members.iter().filter_map(Value::as_entity) {
            expected.push(Expectation::Cell {
                of: Place::Entity(entity.clone()),
                property: property.clone(),
                holds: self.holding(effect, Some((entity, property)), None, chosen.clone()),
            });
        }
        if !at.complete {
            expected.push(Expectation::Untold);
        }
        expected
    }

    fn holding(
        &self,
        effect: &Effect,
        cell: Option<(&Iri, &Iri)>,
        each_of: Option<&Name>,
        chosen: BTreeMap<&Name, &Value>,
    ) -> Holding {
        let value = match effect {
            Effect::Clear(_) => return Holding::Nothing,
            Effect::Renew(_) => return Holding::Something,
            effect => right_side(effect),
        };
        let Some(term) = value else {
            return Holding::Untold;
        };
        let Some(operands) = self.operands(term, each_of, &chosen) else {
            return Holding::Untold;
        };
        let functional = effect
            .changed()
            .is_some_and(|path| is_functional(self.world, path));
        match effect {
            Effect::Set { .. } => Holding::Exactly(operands),
            Effect::Add { .. } if !functional => Holding::Contains(operands),
            Effect::Remove { .. } if !functional => Holding::Lacks(operands),
            effect => cell
                .and_then(|cell| self.counted(effect, cell, &operands))
                .map_or(Holding::Untold, |number| {
                    Holding::Exactly(vec![Operand::Value(number)])
                }),
        }
    }

    /// The number that a counter shows afterwards. One that is known to be empty counts from nought.
    fn counted(
        &self,
        effect: &Effect,
        (entity, property): (&Iri, &Iri),
        operands: &[Operand],
    ) -> Option<Value> {
        let now = self.world.values(entity, property);
        if !now.complete || now.members.len() > 1 {
            return None;
        }
        let before = match now.members.first() {
            None => Decimal::ZERO,
            Some(value) => value.as_literal()?.number()?,
        };
        let [Operand::Value(Value::Literal(by))] = operands else {
            return None;
        };
        let after = if matches!(effect, Effect::Add { .. }) {
            before.checked_add(by.number()?)?
        } else {
            before.checked_sub(by.number()?)?
        };
        Some(evaluation::number(after))
    }

    /// The values of a right side; `None` where they are not all known.
    fn operands(
        &self,
        term: &Term,
        each_of: Option<&Name>,
        chosen: &BTreeMap<&Name, &Value>,
    ) -> Option<Vec<Operand>> {
        if let Some(Atom::Path(path)) = term.as_atom()
            && let Root::Variable(name) = &path.root
            && path.properties.is_empty()
            && self.bindings.values_of(name).is_none()
        {
            self.operation.outcome(name.as_str())?;
            return Some(vec![if each_of == Some(name) {
                Operand::Itself
            } else {
                Operand::AllOf(name.clone())
            }]);
        }
        let values = Scope::new(self.world, self.bindings, chosen.clone()).term(term);
        let members = values.members.into_iter().map(Operand::Value).collect();
        values.complete.then_some(members)
    }

    fn count(&self, term: &Term) -> Option<u32> {
        let values = Scope::new(self.world, self.bindings, BTreeMap::new()).term(term);
        let mut numbers = values.members.iter();
        match (values.complete, numbers.next(), numbers.next()) {
            (true, Some(Value::Literal(literal)), None) => {
                let number = literal.number()?;
                let whole = number.is_integer().then_some(number)?;
                u32::try_from(whole).ok().filter(|count| *count <= 10_000)
            }
            _ => None,
        }
    }
}

impl Expectation {
    /// Does it show in the live world now?
    #[must_use = "judging has no other effect"]
    pub fn truth(&self, world: &dyn World, outcomes: &BTreeMap<Name, Vec<Value>>) -> Truth {
        match self {
            Self::Untold => Truth::Unknown,
            Self::Deleted { entity } => Truth::from(!world.is_entity(entity)),
            Self::Created { outcome, count } => {
                let Some(things) = outcomes.get(outcome) else {
                    return Truth::Unknown;
                };
                if count.is_some_and(|count| things.len() != count as usize) || things.is_empty() {
                    return Truth::from(*count == Some(0) && things.is_empty());
                }
                things.iter().fold(Truth::True, |all, thing| {
                    all.and(match resolved(world, thing) {
                        Value::Entity(entity) => Truth::from(world.is_entity(&entity)),
                        Value::Literal(_) => Truth::Unknown,
                    })
                })
            }
            Self::Cell {
                of: Place::Entity(entity),
                property,
                holds,
            } => holds.truth(world, entity, property, outcomes),
            Self::Cell {
                of: Place::EachOf(name),
                property,
                holds,
            } => {
                let Some(things) = outcomes.get(name) else {
                    return Truth::Unknown;
                };
                things.iter().fold(Truth::True, |all, thing| {
                    all.and(match resolved(world, thing) {
                        Value::Entity(entity) => holds.truth(world, &entity, property, outcomes),
                        Value::Literal(_) => Truth::Unknown,
                    })
                })
            }
        }
    }
}

impl Holding {
    fn truth(
        &self,
        world: &dyn World,
        entity: &Iri,
        property: &Iri,
        outcomes: &BTreeMap<Name, Vec<Value>>,
    ) -> Truth {
        let now = world.values(entity, property);
        let values = |operands: &[Operand]| operand_values(world, operands, entity, outcomes);
        match self {
            Self::Untold => Truth::Unknown,
            Self::Something if now.members.is_empty() && !now.complete => Truth::Unknown,
            Self::Something => Truth::from(!now.members.is_empty()),
            Self::Nothing if !now.members.is_empty() => Truth::False,
            Self::Nothing if now.complete => Truth::True,
            Self::Nothing => Truth::Unknown,
            Self::Contains(operands) => values(operands).map_or(Truth::Unknown, |values| {
                let contained = values.iter().map(|value| contains(world, &now, value));
                contained.fold(Truth::True, Truth::and)
            }),
            Self::Lacks(operands) => values(operands).map_or(Truth::Unknown, |values| {
                let contained = values.iter().map(|value| !contains(world, &now, value));
                contained.fold(Truth::True, Truth::and)
            }),
            Self::Exactly(operands) => values(operands).map_or(Truth::Unknown, |values| {
                let contained = values.iter().map(|value| contains(world, &now, value));
                let all = contained.fold(Truth::True, Truth::and);
                let wanted = Values::known(values);
                let others = now.members.iter().map(|one| contains(world, &wanted, one));
                let functional = world.property(property).is_some_and(|one| one.functional);
                let open = if now.complete || (functional && !now.members.is_empty()) {
                    Truth::True
                } else {
                    Truth::Unknown
                };
                others.fold(all.and(open), Truth::and)
            }),
        }
    }
}

fn operand_values(
    world: &dyn World,
    operands: &[Operand],
    itself: &Iri,
    outcomes: &BTreeMap<Name, Vec<Value>>,
) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    for operand in operands {
        match operand {
            Operand::Value(value) => values.push(resolved(world, value)),
            Operand::Itself => values.push(Value::Entity(itself.clone())),
            Operand::AllOf(name) => {
                let things = outcomes.get(name)?.iter();
                values.extend(things.map(|thing| resolved(world, thing)));
            }
        }
    }
    Some(values)
}

/// The individual with a key that was not known when it was given, once it is.
fn resolved(world: &dyn World, value: &Value) -> Value {
    let Value::Literal(Literal { lexical, datatype }) = value else {
        return value.clone();
    };
    match parameters::individual(world, datatype, lexical, None) {
        Some(entity) => Value::Entity(entity),
        None => value.clone(),
    }
}

fn contains(world: &dyn World, values: &Values, value: &Value) -> Truth {
    let equals = values.members.iter().map(|one| equal(world, one, value));
    let found = equals.fold(Truth::False, Truth::or);
    let mut absent = values.absent.iter();
    if found == Truth::False
        && !values.complete
        && !absent.any(|one| equal(world, one, value) == Truth::True)
    {
        return Truth::Unknown;
    }
    found
}
