//! The world as the search sees it: everything interned, everything asked for once.
//!
//! In: a [`World`]. Out: small copyable identifiers for values, properties and types, and cells: what is known of one
//! property of one thing. Symbols stand for values that a plan will have but nobody knows yet.
//! Nothing is read before it is needed, so an estate of any size costs what a search touches of it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use rustc_hash::FxHashMap;
use samos_model::vocabulary::samos;
use samos_model::{Iri, Truth, Value, World};

/// The class of everything but literals.
pub(crate) const OWL_THING: &str = "http://www.w3.org/2002/07/owl#Thing";

/// A known value or a symbol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub(crate) struct V(u32);

impl V {
    /// Things with numbers near each other have one.
    pub(crate) fn stretch(self) -> u32 {
        self.0 >> 5
    }
}

/// A property.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct P(u32);

/// A class or datatype.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct T(u32);

/// What a [`V`] stands for.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Thing {
    /// Known now.
    Known(Value),
    /// Known only while a plan runs.
    Symbol(Symbol),
}

/// A value that a plan will have.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Symbol {
    /// Where it comes from.
    pub(crate) origin: Origin,
    /// Tells apart several of the same origin in one state.
    pub(crate) nth: u32,
    /// Its type.
    pub(crate) of_type: T,
    /// The subject whose provider, account and service it shares.
    pub(crate) home: Option<V>,
}

/// Where a symbol comes from.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Origin {
    /// Made by an operation: it differs from everything else.
    Created {
        /// The operation's place in the catalogue.
        operation: usize,
        /// Its arguments, subject first.
        arguments: Vec<V>,
        /// The outcome's place.
        outcome: usize,
        /// Which of several.
        index: u32,
    },
    /// Stands where nobody has looked yet.
    Cell(V, P),
    /// Given by the question, of exactly its type.
    Given,
}

/// What is known of one property of one thing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Cell {
    /// Values it has, in order.
    pub(crate) members: Vec<V>,
    /// Values it certainly has not, where it is not complete.
    pub(crate) absent: Vec<V>,
    /// Are these all?
    pub(crate) complete: bool,
}

impl Cell {
    pub(crate) fn known(mut members: Vec<V>) -> Self {
        members.sort_unstable();
        members.dedup();
        Self {
            members,
            absent: Vec::new(),
            complete: true,
        }
    }
}

/// A property's schema, interned.
#[derive(Debug, Default)]
pub(crate) struct Schema {
    pub(crate) functional: bool,
    pub(crate) closed: bool,
    pub(crate) inverses: Vec<P>,
    pub(crate) equivalents: Vec<P>,
    pub(crate) supers: Vec<P>,
    pub(crate) subs: Vec<P>,
    pub(crate) domains: Vec<T>,
    pub(crate) ranges: Vec<T>,
}

impl Schema {
    /// Does a change of the property change others?
    pub(crate) fn is_tied_to_others(&self) -> bool {
        let others = [&self.inverses, &self.equivalents, &self.supers, &self.subs];
        others.iter().any(|others| !others.is_empty())
    }
}

/// A table that gives each distinct item a number.
struct Interner<K> {
    items: Vec<Rc<K>>,
    numbers: FxHashMap<Rc<K>, u32>,
}

impl<K> Default for Interner<K> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            numbers: FxHashMap::default(),
        }
    }
}

impl<K: Eq + std::hash::Hash> Interner<K> {
    fn number(&mut self, item: K) -> u32 {
        if let Some(number) = self.numbers.get(&item) {
            return *number;
        }
        let number = u32::try_from(self.items.len()).unwrap_or(u32::MAX);
        let item = Rc::new(item);
        self.items.push(Rc::clone(&item));
        self.numbers.insert(item, number);
        number
    }

    fn item(&self, number: u32) -> Option<Rc<K>> {
        self.items.get(number as usize).cloned()
    }
}

/// How many were asked for, and which there are.
type Sample = (usize, Rc<[V]>);

/// The world, interned and cached. One per search.
pub(crate) struct View<'w> {
    pub(crate) world: &'w dyn World,
    things: RefCell<Interner<Thing>>,
    properties: RefCell<Interner<Iri>>,
    types: RefCell<Interner<Iri>>,
    cells: RefCell<FxHashMap<(V, P), Rc<Cell>>>,
    schemas: RefCell<FxHashMap<P, Rc<Schema>>>,
    subtypes: RefCell<FxHashMap<(T, T), bool>>,
    instances: RefCell<FxHashMap<(V, T), bool>>,
    extents: RefCell<FxHashMap<T, Rc<[V]>>>,
    samples: RefCell<FxHashMap<T, Sample>>,
    passages: RefCell<FxHashMap<V, Rc<[V]>>>,
    /// provider, account, service.
    homes: [P; 3],
}

impl<'w> View<'w> {
    pub(crate) fn new(world: &'w dyn World) -> Self {
        let mut properties = Interner::default();
        let homes = [samos::PROVIDER, samos::ACCOUNT, samos::SERVICE_OF]
            .map(|iri| P(properties.number(Iri::from(iri))));
        Self {
            world,
            things: RefCell::default(),
            properties: RefCell::new(properties),
            types: RefCell::default(),
            cells: RefCell::default(),
            schemas: RefCell::default(),
            subtypes: RefCell::default(),
            instances: RefCell::default(),
            extents: RefCell::default(),
            samples: RefCell::default(),
            passages: RefCell::default(),
            homes,
        }
    }

    /// The number of a known value; an entity by the individual that stands for it.
    pub(crate) fn value(&self, value: &Value) -> V {
        let value = match value {
            Value::Entity(iri) => Value::Entity(self.world.canonical(iri)),
            literal @ Value::Literal(_) => literal.clone(),
        };
        V(self.things.borrow_mut().number(Thing::Known(value)))
    }

    pub(crate) fn entity(&self, iri: &Iri) -> V {
        self.value(&Value::Entity(iri.clone()))
    }

    pub(crate) fn symbol(&self, symbol: Symbol) -> V {
        V(self.things.borrow_mut().number(Thing::Symbol(symbol)))
    }

    pub(crate) fn thing(&self, value: V) -> Rc<Thing> {
        self.things
            .borrow()
            .item(value.0)
            .unwrap_or_else(|| Rc::new(Thing::Known(Value::Entity(Iri::from("")))))
    }

    pub(crate) fn known(&self, value: V) -> Option<Value> {
        match &*self.thing(value) {
            Thing::Known(known) => Some(known.clone()),
            Thing::Symbol(_) => None,
        }
    }

    pub(crate) fn is_symbol(&self, value: V) -> bool {
        matches!(&*self.thing(value), Thing::Symbol(_))
    }

    pub(crate) fn is_opaque(&self, value: V) -> bool {
        matches!(&*self.thing(value), Thing::Symbol(symbol) if !matches!(symbol.origin, Origin::Created { .. }))
    }

    pub(crate) fn is_literal(&self, value: V) -> bool {
        matches!(&*self.thing(value), Thing::Known(Value::Literal(_)))
    }

    pub(crate) fn property(&self, iri: &Iri) -> P {
        P(self.properties.borrow_mut().number(iri.clone()))
    }

    pub(crate) fn property_iri(&self, property: P) -> Iri {
        self.properties
            .borrow()
            .item(property.0)
            .map_or_else(|| Iri::from(""), |iri| (*iri).clone())
    }

    pub(crate) fn type_number(&self, iri: &Iri) -> T {
        T(self.types.borrow_mut().number(iri.clone()))
    }

    pub(crate) fn type_iri(&self, of_type: T) -> Iri {
        self.types
            .borrow()
            .item(of_type.0)
            .map_or_else(|| Iri::from(""), |iri| (*iri).clone())
    }

    /// What the world knows of a cell; of a symbol, only where it belongs.
    pub(crate) fn cell(&self, thing: V, property: P) -> Rc<Cell> {
        if let Some(cell) = self.cells.borrow().get(&(thing, property)) {
            return Rc::clone(cell);
        }
        let cell = Rc::new(match &*self.thing(thing) {
            Thing::Known(Value::Entity(iri)) => {
                let values = self.world.values(iri, &self.property_iri(property));
                let numbers = |set: &BTreeSet<Value>| {
                    let mut numbers: Vec<V> = set.iter().map(|value| self.value(value)).collect();
                    numbers.sort_unstable();
                    numbers.dedup();
                    numbers
                };
                Cell {
                    members: numbers(&values.members),
                    absent: numbers(&values.absent),
                    complete: values.complete,
                }
            }
            // A literal has no properties; of the individual that a key stands for nothing is known.
            Thing::Known(Value::Literal(_)) => Cell::default(),
            Thing::Symbol(symbol) => match (
                self.homes.iter().position(|home| *home == property),
                symbol.home,
            ) {
                (Some(at), Some(home)) => Cell::known(self.home(home, at).into_iter().collect()),
                _ => Cell {
                    complete: self.schema(property).closed,
                    ..Cell::default()
                },
            },
        });
        self.cells
            .borrow_mut()
            .insert((thing, property), Rc::clone(&cell));
        cell
    }

    /// The provider, account or service of a thing.
    fn home(&self, thing: V, which: usize) -> Option<V> {
        match &*self.thing(thing) {
            Thing::Known(Value::Entity(iri)) => {
                let found = match which {
                    0 => self.world.provider_of(iri),
                    1 => self.world.account_of(iri),
                    _ => self.world.service_of(iri),
                };
                found.map(|iri| self.entity(&iri))
            }
            Thing::Known(Value::Literal(_)) => None,
            Thing::Symbol(symbol) => self.home(symbol.home?, which),
        }
    }

    pub(crate) fn provider(&self, thing: V) -> Option<V> {
        self.home(thing, 0)
    }

    pub(crate) fn account(&self, thing: V) -> Option<V> {
        self.home(thing, 1)
    }

    pub(crate) fn service(&self, thing: V) -> Option<V> {
        self.home(thing, 2)
    }

    pub(crate) fn schema(&self, property: P) -> Rc<Schema> {
        if let Some(schema) = self.schemas.borrow().get(&property) {
            return Rc::clone(schema);
        }
        let schema = Rc::new(match self.world.property(&self.property_iri(property)) {
            None => Schema::default(),
            Some(found) => {
                let properties =
                    |set: &BTreeSet<Iri>| set.iter().map(|iri| self.property(iri)).collect();
                let types =
                    |set: &BTreeSet<Iri>| set.iter().map(|iri| self.type_number(iri)).collect();
                Schema {
                    functional: found.functional,
                    closed: found.closed,
                    inverses: properties(&found.inverses),
                    equivalents: properties(&found.equivalents),
                    supers: properties(&found.supers),
                    subs: properties(&found.subs),
                    domains: types(&found.domains),
                    ranges: types(&found.ranges),
                }
            }
        });
        self.schemas
            .borrow_mut()
            .insert(property, Rc::clone(&schema));
        schema
    }

    pub(crate) fn is_subtype(&self, sub: T, sup: T) -> bool {
        if sub == sup {
            return true;
        }
        if let Some(answer) = self.subtypes.borrow().get(&(sub, sup)) {
            return *answer;
        }
        let answer = self
            .world
            .is_subtype(&self.type_iri(sub), &self.type_iri(sup));
        self.subtypes.borrow_mut().insert((sub, sup), answer);
        answer
    }

    /// The types a symbol is of, effects and classes without a name aside; none for what is no symbol.
    pub(crate) fn types_of_symbol(&self, thing: V) -> Option<Vec<T>> {
        let Thing::Symbol(symbol) = &*self.thing(thing) else {
            return None;
        };
        let above = self.world.types_above(&self.type_iri(symbol.of_type));
        let above = above.iter().map(|one| self.type_number(one));
        let everything = self.type_number(&Iri::from(OWL_THING));
        Some(above.chain([symbol.of_type, everything]).collect())
    }

    /// Is the thing certainly of that type, effects aside?
    pub(crate) fn has_type(&self, thing: V, of_type: T) -> bool {
        if let Some(answer) = self.instances.borrow().get(&(thing, of_type)) {
            return *answer;
        }
        let answer = match &*self.thing(thing) {
            Thing::Known(Value::Entity(_)) | Thing::Symbol(_)
                if self.type_iri(of_type).as_str() == OWL_THING =>
            {
                true
            }
            Thing::Known(Value::Entity(iri)) => self.world.has_type(iri, &self.type_iri(of_type)),
            Thing::Known(Value::Literal(literal)) => {
                self.is_subtype(self.type_number(&literal.datatype), of_type)
            }
            Thing::Symbol(symbol) => self.is_subtype(symbol.of_type, of_type),
        };
        self.instances.borrow_mut().insert((thing, of_type), answer);
        answer
    }

    /// May the thing be given for a parameter of that type? A literal must also pass the datatype's facets.
    pub(crate) fn fits(&self, thing: V, of_type: T) -> bool {
        if let Thing::Known(Value::Literal(literal)) = &*self.thing(thing) {
            return self.has_type(thing, of_type)
                && self
                    .world
                    .check_literal(literal, &self.type_iri(of_type))
                    .is_ok();
        }
        self.has_type(thing, of_type)
    }

    /// All known entities of a type, in order.
    pub(crate) fn extent(&self, of_type: T) -> Rc<[V]> {
        if let Some(extent) = self.extents.borrow().get(&of_type) {
            return Rc::clone(extent);
        }
        let entities = self.world.entities_of(&self.type_iri(of_type));
        let extent: Rc<[V]> = entities.iter().map(|iri| self.entity(iri)).collect();
        self.extents
            .borrow_mut()
            .insert(of_type, Rc::clone(&extent));
        extent
    }

    /// Known entities of a type: so many, if there are; the same ones each time.
    pub(crate) fn some(&self, of_type: T, most: usize) -> Vec<V> {
        if let Some((asked, some)) = self.samples.borrow().get(&of_type)
            && (*asked >= most || some.len() < *asked)
        {
            return some.iter().copied().take(most).collect();
        }
        let some = self.world.some_entities_of(&self.type_iri(of_type), most);
        let some: Vec<V> = some.iter().map(|iri| self.entity(iri)).collect();
        let sample = (most, Rc::from(some.as_slice()));
        self.samples.borrow_mut().insert(of_type, sample);
        some
    }

    /// Entities of which a value is known: so many, if there are.
    pub(crate) fn some_holders(&self, property: P, value: V, most: usize) -> Vec<V> {
        let Some(value) = self.known(value) else {
            return Vec::new();
        };
        let property = self.property_iri(property);
        let some = self.world.some_holders(&property, &value, most);
        some.iter().map(|iri| self.entity(iri)).collect()
    }

    /// What a state turns into by itself, one after the other; nothing where it stays.
    pub(crate) fn passages(&self, value: V) -> Rc<[V]> {
        if let Some(passages) = self.passages.borrow().get(&value) {
            return Rc::clone(passages);
        }
        let mut found: Vec<V> = Vec::new();
        let mut last = value;
        while let Thing::Known(Value::Entity(state)) = &*self.thing(last)
            && let Some(next) = self.world.entity_at(state, samos::BECOMES)
        {
            last = self.entity(&next);
            if last == value || found.contains(&last) {
                break;
            }
            found.push(last);
        }
        let found: Rc<[V]> = Rc::from(found);
        self.passages.borrow_mut().insert(value, Rc::clone(&found));
        found
    }

    /// The value and all states that turn into it by themselves.
    pub(crate) fn passing_into(&self, value: V) -> BTreeSet<V> {
        let becomes = Iri::from(samos::BECOMES);
        let mut found = BTreeSet::from([value]);
        let mut open = vec![value];
        while let Some(one) = open.pop() {
            let Some(known @ Value::Entity(_)) = self.known(one) else {
                continue;
            };
            for state in self.world.holders(&becomes, &known) {
                let state = self.entity(&state);
                if found.insert(state) {
                    open.push(state);
                }
            }
        }
        found
    }

    /// Are two values the same?
    pub(crate) fn same(&self, left: V, right: V) -> Truth {
        if left == right {
            return Truth::True;
        }
        match (&*self.thing(left), &*self.thing(right)) {
            (Thing::Known(left), Thing::Known(right)) => Truth::from(self.same_known(left, right)),
            (Thing::Symbol(left), Thing::Symbol(right)) => {
                let created = |symbol: &Symbol| matches!(symbol.origin, Origin::Created { .. });
                if created(left) || created(right) {
                    Truth::False
                } else {
                    Truth::Unknown
                }
            }
            (Thing::Symbol(symbol), Thing::Known(_)) | (Thing::Known(_), Thing::Symbol(symbol)) => {
                if matches!(symbol.origin, Origin::Created { .. }) {
                    Truth::False
                } else {
                    Truth::Unknown
                }
            }
        }
    }

    fn same_known(&self, left: &Value, right: &Value) -> bool {
        let (Value::Literal(left), Value::Literal(right)) = (left, right) else {
            return left == right;
        };
        if self.world.is_class(&left.datatype) || self.world.is_class(&right.datatype) {
            let related = self.world.is_subtype(&left.datatype, &right.datatype)
                || self.world.is_subtype(&right.datatype, &left.datatype);
            return related && left.lexical == right.lexical;
        }
        if let (Some(left), Some(right)) = (left.number(), right.number()) {
            return left == right;
        }
        let plain = |lexical: &str| match lexical {
            "1" => "true".to_owned(),
            "0" => "false".to_owned(),
            other => other.to_owned(),
        };
        let boolean = samos_model::vocabulary::xsd::BOOLEAN;
        if left.datatype.as_str() == boolean && right.datatype.as_str() == boolean {
            return plain(&left.lexical) == plain(&right.lexical);
        }
        left.lexical == right.lexical
    }

    /// The IRI with its prefix, a literal as written, a symbol in words.
    pub(crate) fn words(&self, value: V) -> String {
        match &*self.thing(value) {
            Thing::Known(Value::Entity(iri)) => self.world.compact(iri),
            Thing::Known(Value::Literal(literal)) => literal.to_string(),
            Thing::Symbol(symbol) => match &symbol.origin {
                Origin::Created { .. } => {
                    format!("the new {}", self.type_iri(symbol.of_type).local())
                }
                Origin::Cell(thing, property) => {
                    format!(
                        "{}.{}",
                        self.words(*thing),
                        self.property_iri(*property).local()
                    )
                }
                Origin::Given => format!("the given {}", self.type_iri(symbol.of_type).local()),
            },
        }
    }
}
