//! The world as PDDL writes it: what things, properties and classes there are, and what holds at the start.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::plan::PlanGoal;
use samos_model::text::{FullNames, Root, parse_condition, resolve_condition};
use samos_model::vocabulary::{samos, xsd};
use samos_model::{Condition, Finding, Iri, Literal, Plan, Value, World};

use super::actions::Shape;
use super::formula::{Fact, Formula, Typed};
use super::kinds::Kinds;
use super::lines::Labels;
use super::numbers::Numbers;
use super::play::{Fix, Predicate, Problem, Unmet};
use super::scope::Scope;
use super::{FRESH, KNOWN, MADE, Pool, PoolKey, TURNS};

/// The world as PDDL writes it.
pub(super) struct Estate<'w> {
    pub(super) world: &'w dyn World,
    pub(super) labels: Labels,
    pub(super) kinds: Kinds,
    /// Properties that occur, and whether they are `true` or nothing.
    pub(super) properties: BTreeMap<Iri, bool>,
    /// Properties that an operation writes, with all that is carried to.
    pub(super) written: BTreeSet<Iri>,
    /// What each property holds at the start.
    pub(super) held: BTreeMap<Iri, BTreeSet<String>>,
    /// Services with one individual: their argument goes without saying.
    pub(super) alone: BTreeMap<Iri, Iri>,
    pub(super) pools: BTreeMap<PoolKey, Pool>,
    /// What may come to be, or cease to.
    pub(super) mortal: BTreeSet<String>,
    /// Values that nobody knows at first.
    pub(super) veiled: BTreeSet<String>,
    pub(super) numbers: Numbers,
    pub(super) owners: BTreeMap<(Root, String), String>,
    /// Of which owners actions ask.
    pub(super) linked: BTreeSet<Root>,
    /// Which owners are passed on to what is created.
    pub(super) inherited: BTreeSet<Root>,
    /// The classes of the words in an action.
    pub(super) classes: BTreeMap<String, Iri>,
    pub(super) warnings: Vec<Finding>,
    pub(super) things: BTreeMap<String, Value>,
    pub(super) facts: Vec<(Iri, String, String)>,
    pub(super) givens: BTreeMap<Iri, String>,
    pub(super) meant: BTreeMap<Value, String>,
    pub(super) wants_new: bool,
    pub(super) turns: Vec<Fact>,
}

/// What tells values apart: numbers are told apart by value, keys by what they are keys of.
pub(super) fn key(value: &Value, world: Option<&dyn World>) -> String {
    match value {
        Value::Entity(iri) => iri.as_str().to_owned(),
        Value::Literal(literal) => {
            if let Some(world) = world
                && world.is_class(&literal.datatype)
            {
                let key = world.key_of(&literal.datatype);
                let key = key.as_ref().map_or("", Iri::as_str);
                return format!("key {key} {}", literal.lexical);
            }
            if let Some(number) = literal.number() {
                return format!("number {number}");
            }
            match (literal.datatype.as_str(), &*literal.lexical) {
                (xsd::BOOLEAN, "1") => "text true".to_owned(),
                (xsd::BOOLEAN, "0") => "text false".to_owned(),
                (_, text) => format!("text {text}"),
            }
        }
    }
}

impl Estate<'_> {
    /// The name of a value, which is a thing from now on.
    pub(super) fn object(&mut self, value: &Value) -> String {
        let key = key(value, Some(self.world));
        let wish = match value {
            Value::Entity(iri) => iri.local().to_owned(),
            Value::Literal(literal) => format!("v-{}", literal.lexical),
        };
        let name = self.labels.object(&key, &wish);
        if !self.things.contains_key(&name) {
            self.things.insert(name.clone(), value.clone());
        }
        name
    }

    pub(super) fn truth(&mut self) -> String {
        self.object(&Value::Literal(Literal::boolean(true)))
    }

    /// Is the property `true` or nothing?
    pub(super) fn is_flag(&self, property: &Iri) -> bool {
        self.properties.get(property).copied().unwrap_or(false)
    }

    /// The one individual that a property belongs to, where that goes without saying.
    pub(super) fn sole_holder(&self, property: &Iri) -> Option<&Iri> {
        let schema = self.world.property(property)?;
        schema
            .domains
            .iter()
            .find_map(|domain| self.alone.get(domain))
    }

    /// `(p x v)`, `(p x)`, `(p v)` or `(p)`.
    pub(super) fn fact(&mut self, property: &Iri, owner: &str, value: Option<&str>) -> Fact {
        let mut words = Vec::new();
        if self.sole_holder(property).is_none() {
            words.push(owner.to_owned());
        }
        if let Some(value) = value.filter(|_| !self.is_flag(property)) {
            words.push(value.to_owned());
        }
        Fact {
            name: self.labels.predicate(property),
            words,
        }
    }

    /// Is the thing there?
    pub(super) fn is_there(&self, word: &str) -> Formula {
        let class = self.classes.get(word);
        let is_mortal = class.is_none_or(|class| self.kinds.meets(class, &self.mortal));
        if is_mortal && !self.mortal.is_empty() {
            Formula::fact(MADE, &[word])
        } else {
            Formula::truth()
        }
    }

    /// Takes note of a class and of who is in it.
    pub(super) fn know(&mut self, class: &Iri) {
        if self.kinds.is_known(class) {
            return;
        }
        let world = self.world;
        let mut names: Vec<String> = Vec::new();
        for entity in world.entities_of(class) {
            names.push(self.object(&Value::Entity(entity)));
        }
        for (name, value) in &self.things {
            if let Value::Literal(literal) = value
                && fits(world, literal, class)
            {
                names.push(name.clone());
            }
        }
        for (key, pool) in &self.pools {
            let is_in = match key {
                PoolKey::Created(of_type, _) | PoolKey::Given(of_type, _) => {
                    world.is_subtype(of_type, class)
                }
                PoolKey::Renewed(property) | PoolKey::Unknown(property) => {
                    let ranges = self.schema(property).ranges;
                    ranges.iter().any(|range| world.is_subtype(range, class))
                }
            };
            if is_in {
                names.extend(pool.names.iter().cloned());
            }
        }
        for (given, name) in &self.givens {
            if world.is_subtype(given, class) {
                names.push(name.clone());
            }
        }
        self.kinds.add(class, names);
    }

    /// The goal: what is wanted, and the condition over it.
    pub(super) fn goal(&mut self, goal: &Condition, asked: &PlanGoal) -> Result<Formula, String> {
        let mut scope = Scope::default();
        let mut variables: Vec<Typed> = Vec::new();
        let mut parts = Vec::new();
        for want in &asked.wants {
            let name = want.name.as_ref().map_or("wanted", |name| name.as_str());
            let word = scope.variable(name);
            variables.push((
                word.clone(),
                self.kinds.typed(&want.of_type, &mut self.labels),
            ));
            parts.extend(self.kinds.test(&want.of_type, &word, &mut self.labels));
            if self.kinds.meets(&want.of_type, &self.mortal) {
                parts.push(Formula::fact(MADE, &[&word]));
            }
            if self.kinds.meets(&want.of_type, &self.veiled) {
                parts.push(Formula::fact(KNOWN, &[&word]));
            }
            if want.new {
                parts.push(Formula::fact(FRESH, &[&word]));
            }
            if let Some(name) = &want.name {
                self.classes.insert(word.clone(), want.of_type.clone());
                scope.bind(Root::Variable(name.clone()), word);
            }
        }
        parts.push(self.condition(goal, &mut scope)?);
        Ok(Formula::some(variables, Formula::all(parts)))
    }

    /// How the states pass that a plan waits for.
    pub(super) fn waits(&mut self, plan: &Plan) -> Result<BTreeMap<Iri, Shape>, String> {
        let mut shapes = BTreeMap::new();
        let waits = plan.assumptions.iter().filter_map(|own| own.wait.as_ref());
        for property in waits
            .map(|wait| wait.property.clone())
            .collect::<BTreeSet<_>>()
        {
            let shape = self.passing(&property)?;
            shapes.insert(property, shape);
        }
        if shapes.is_empty() {
            return Ok(shapes);
        }
        let becomes = Iri::from(samos::BECOMES);
        let things: Vec<(String, Value)> = self.things.clone().into_iter().collect();
        for (name, value) in things {
            let Value::Entity(mut state) = value else {
                continue;
            };
            let mut seen = BTreeSet::new();
            while seen.insert(state.clone()) {
                let next = self.world.values(&state, &becomes).members;
                let Some(next) = next.iter().find_map(Value::as_entity) else {
                    break;
                };
                state = self.world.canonical(next);
                let word = self.object(&Value::Entity(state.clone()));
                self.turns.push(Fact {
                    name: TURNS.to_owned(),
                    words: vec![name.clone(), word],
                });
            }
        }
        Ok(shapes)
    }

    /// What was unknown and taken for granted at a step.
    pub(super) fn assumed(&mut self, inner: &Problem, plan: &Plan, unmet: &Unmet) -> Vec<Formula> {
        let shape = inner.shapes.get(&unmet.shape.0);
        let Some(shape) = shape.and_then(|all| all.get(unmet.shape.1)) else {
            return Vec::new();
        };
        let mut parts = Vec::new();
        let own = plan.assumptions.iter().filter(|own| own.step == unmet.step);
        for assumption in own.filter(|own| own.wait.is_none()) {
            let condition = parse_condition(&assumption.condition).ok();
            let condition = condition.and_then(|raw| resolve_condition(&raw, &mut FullNames).ok());
            for conjunct in condition.into_iter().flat_map(|all| all.conjuncts) {
                parts.extend(self.quantified(&conjunct, &shape.scope).ok());
            }
        }
        let mut read = Vec::new();
        for (property, holder) in inner.unread(plan, unmet) {
            let pool = inner.pools.get(&PoolKey::Unknown(property.clone()));
            let used: BTreeSet<&String> = self.facts.iter().map(|(_, _, value)| value).collect();
            let free = pool.and_then(|pool| pool.names.iter().find(|name| !used.contains(name)));
            if let Some(free) = free.cloned() {
                read.push(Formula::Holds(self.fact(&property, &holder, Some(&free))));
            }
        }
        read.extend(parts);
        read
    }

    /// Makes fixes part of the start; `false` when there is nothing new in them.
    pub(super) fn grant(&mut self, inner: &mut Problem, fixes: Vec<Fix>) -> bool {
        let before = (inner.start.clone(), inner.drawn.clone());
        for fix in fixes {
            match fix {
                Fix::Draw(place, other, word) => {
                    let mut pools = inner.pools.values();
                    let pool = pools.find(|pool| pool.names.contains(&other));
                    if let Some(class) = pool.map(|pool| pool.class.clone())
                        && let Formula::Holds(fact) = self.kinds.is(&class, &word, &mut self.labels)
                    {
                        inner.start.add(fact);
                    }
                    inner.drawn.insert(place, word);
                }
                Fix::Start(property, owner, value) => {
                    self.facts
                        .push((property.clone(), owner.clone(), value.clone()));
                    for fact in self.carried(&property, &owner, &value) {
                        inner.start.add(fact);
                    }
                }
            }
        }
        before != (inner.start.clone(), inner.drawn.clone())
    }

    /// The fact with all that follows from it.
    fn carried(&mut self, property: &Iri, owner: &str, value: &str) -> Vec<Fact> {
        let schema = self.schema(property);
        let near: BTreeSet<Iri> = std::iter::once(property)
            .chain(&schema.equivalents)
            .chain(&schema.supers)
            .cloned()
            .collect();
        let mut facts = Vec::new();
        for property in near {
            if self.properties.contains_key(&property) {
                facts.push(self.fact(&property, owner, Some(value)));
            }
            for inverse in self.schema(&property).inverses {
                if self.properties.contains_key(&inverse) {
                    facts.push(self.fact(&inverse, value, Some(owner)));
                }
            }
        }
        facts
    }

    /// The whole problem as values.
    pub(super) fn problem(
        &mut self,
        shapes: BTreeMap<Iri, Vec<Shape>>,
        waits: BTreeMap<Iri, Shape>,
        operations: &[&samos_model::Operation],
    ) -> Problem {
        let mut inner = Problem {
            shapes,
            waits,
            pools: self.pools.clone(),
            owners: self.owners.clone(),
            meant: self.meant.clone(),
            givens: self.givens.clone(),
            truth: self.truth(),
            ..Problem::default()
        };
        for property in self.properties.keys().cloned().collect::<Vec<_>>() {
            let predicate = Predicate {
                name: self.labels.predicate(&property),
                is_alone: self.sole_holder(&property).is_some(),
                is_flag: self.is_flag(&property),
                is_functional: self.schema(&property).functional,
            };
            inner.predicates.insert(property, predicate);
        }
        for operation in operations {
            let outcomes = operation.outcomes.iter();
            let reads = outcomes.filter_map(|outcome| {
                let reads = outcome.reads.as_ref()?;
                Some((outcome.name.as_str().to_owned(), reads.path.clone()))
            });
            inner.reads.insert(operation.iri.clone(), reads.collect());
        }
        for (property, owner, value) in self.facts.clone() {
            let fact = self.fact(&property, &owner, Some(&value));
            inner.start.add(fact);
        }
        self.fill_start(&mut inner);
        for (name, value) in &self.things {
            inner
                .words
                .insert(key(value, Some(self.world)), name.clone());
        }
        inner
    }

    /// What holds at the start besides the facts of properties, and the objects.
    fn fill_start(&mut self, inner: &mut Problem) {
        let mut fact = |name: &str, words: &[&String]| {
            inner.start.add(Fact {
                name: name.to_owned(),
                words: words.iter().map(|word| (*word).clone()).collect(),
            });
        };
        let pooled: BTreeSet<String> = self
            .pools
            .values()
            .flat_map(|pool| pool.names.iter().cloned())
            .collect();
        let there: BTreeSet<&String> = self.things.keys().chain(self.givens.values()).collect();
        for name in &there {
            if !self.mortal.is_empty() {
                fact(MADE, &[name]);
            }
            if !self.veiled.is_empty() {
                fact(KNOWN, &[name]);
            }
        }
        if self.wants_new {
            for (key, pool) in &self.pools {
                if matches!(key, PoolKey::Created(..) | PoolKey::Given(..)) {
                    pool.names.iter().for_each(|name| fact(FRESH, &[name]));
                }
            }
        }
        let classes: Vec<(Iri, BTreeSet<String>)> = self
            .kinds
            .facts()
            .map(|(class, members)| (class.clone(), members.clone()))
            .collect();
        for (class, members) in classes {
            let test = self.labels.membership(&class);
            members.iter().for_each(|member| fact(&test, &[member]));
        }
        for ((root, thing), owner) in &self.owners {
            if self.linked.contains(root) {
                fact(&self.labels.owner(root), &[thing, owner]);
            }
        }
        for one in self.numbers.facts().into_iter().chain(self.turns.clone()) {
            inner.start.add(one);
        }
        let all = there.into_iter().cloned().chain(pooled);
        inner.objects.all = all.collect();
        let types: Vec<(Iri, Vec<String>)> = self
            .kinds
            .types()
            .into_iter()
            .map(|(class, _, members)| (class.clone(), members.iter().cloned().collect()))
            .collect();
        for (class, members) in types {
            let label = self.labels.kind(&class);
            inner.objects.of_type.insert(label, members);
        }
    }
}

/// Does a literal fit a datatype, or stand for a thing of a class?
fn fits(world: &dyn World, literal: &Literal, of_type: &Iri) -> bool {
    if world.is_subtype(&literal.datatype, of_type) {
        return true;
    }
    if world.is_class(of_type) || world.is_class(&literal.datatype) {
        return false;
    }
    let own = Literal::new(literal.lexical.clone(), of_type.clone());
    world.check_literal(&own, of_type).is_ok()
}
