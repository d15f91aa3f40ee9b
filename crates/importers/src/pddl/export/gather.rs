//! Gathers what operations, a goal and a plan bear on: properties, classes, things, numbers, and what holds at the start.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::codes::import as codes;
use samos_model::operation::DefaultValue;
use samos_model::plan::{PlanGoal, PlanValue};
use samos_model::text::{Atom, Effect, Path, Root};
use samos_model::vocabulary::{samos, xsd};
use samos_model::{Condition, Decimal, Finding, Iri, Literal, Operation, Plan, Value, World};

use super::estate::Estate;
use super::kinds::Kinds;
use super::lines::Labels;
use super::mentions;
use super::numbers::Numbers;
use super::variants::{HowMany, how_many, variant_of};
use super::{POOL, Pool, PoolKey, subject_class};

impl<'w> Estate<'w> {
    /// Everything that operations and a goal bear on.
    pub(super) fn gathered(
        world: &'w dyn World,
        operations: &[&Operation],
        goal: &Condition,
        asked: &PlanGoal,
        plan: Option<&Plan>,
    ) -> Self {
        let mut out = Self {
            world,
            labels: Labels::default(),
            kinds: Kinds::default(),
            properties: BTreeMap::new(),
            written: BTreeSet::new(),
            held: BTreeMap::new(),
            alone: BTreeMap::new(),
            pools: BTreeMap::new(),
            mortal: BTreeSet::new(),
            veiled: BTreeSet::new(),
            numbers: Numbers::default(),
            owners: BTreeMap::new(),
            linked: BTreeSet::new(),
            inherited: BTreeSet::new(),
            classes: BTreeMap::new(),
            warnings: Vec::new(),
            things: BTreeMap::new(),
            facts: Vec::new(),
            givens: BTreeMap::new(),
            meant: BTreeMap::new(),
            wants_new: asked.wants.iter().any(|want| want.new),
            turns: Vec::new(),
        };
        let (mentioned, constants) = mentions::mentioned(operations, goal);
        out.note_properties(operations, goal, mentioned, plan);
        out.single(operations);
        for constant in constants {
            let constant = match constant {
                Value::Entity(iri) => Value::Entity(world.canonical(&iri)),
                literal => literal,
            };
            out.object(&constant);
        }
        out.inherited = asked_owners(operations);
        let classes = out.note_classes(operations, goal, asked);
        out.note_values(operations, plan);
        for class in &classes {
            for entity in world.entities_of(class) {
                out.object(&Value::Entity(entity));
            }
        }
        out.read_facts();
        out.fill_pools(operations, &classes, plan);
        out.count_numbers(operations, goal, plan);
        for given in &asked.givens {
            let name = out.labels.fresh(&format!("given-{}", given.local()));
            out.givens.insert(given.clone(), name);
        }
        out.fill_kinds(operations, &classes);
        out
    }

    /// Has the property no value but `true` in the world?
    fn may_be_flag(&self, property: &Iri) -> bool {
        let boolean = Iri::from(xsd::BOOLEAN);
        let is_boolean = self.world.property(property).is_some_and(|schema| {
            schema.functional && !schema.object && schema.ranges.contains(&boolean)
        });
        is_boolean
            && self
                .world
                .holders(property, &Value::Literal(Literal::boolean(false)))
                .is_empty()
    }

    fn note_properties(
        &mut self,
        operations: &[&Operation],
        goal: &Condition,
        mentioned: BTreeSet<Iri>,
        plan: Option<&Plan>,
    ) {
        let mut all = mentioned;
        for wait in plan.iter().flat_map(|plan| &plan.assumptions) {
            all.extend(wait.wait.as_ref().map(|wait| wait.property.clone()));
        }
        for outcome in operations.iter().flat_map(|own| &own.outcomes) {
            let reads = outcome.reads.iter();
            all.extend(reads.flat_map(|reads| reads.path.properties.iter().cloned()));
        }
        // What holds a value above by another way keeps it there; where an inverse has one value, others lose theirs.
        for property in all.clone() {
            all.extend(self.schema(&property).subs);
        }
        for property in all.clone() {
            let inverses = self.schema(&property).inverses;
            all.extend(inverses.into_iter().filter(|it| self.schema(it).functional));
        }
        for effect in operations.iter().flat_map(|own| &own.postcondition) {
            let path = match effect {
                Effect::Set { path, .. }
                | Effect::Add { path, .. }
                | Effect::Remove { path, .. }
                | Effect::Clear(path)
                | Effect::Renew(path) => path,
                Effect::Delete(_) => {
                    self.written.extend(all.iter().cloned());
                    continue;
                }
                Effect::Create { .. } => continue,
            };
            let Some(last) = path.properties.last() else {
                continue;
            };
            let schema = self.schema(last);
            let near = std::iter::once(last)
                .chain(&schema.equivalents)
                .chain(&schema.supers)
                .chain(&schema.subs);
            for property in near {
                self.written.insert(property.clone());
                self.written.extend(self.schema(property).inverses);
            }
        }
        for property in all {
            let is_flag = self.may_be_flag(&property)
                && !mentions::is_more_than_true(operations, goal, &property);
            self.properties.insert(property, is_flag);
        }
    }

    /// Which services have one individual that nothing makes or deletes.
    fn single(&mut self, operations: &[&Operation]) {
        let service = Iri::from(samos::SERVICE);
        let ranges = |property: &Iri| self.schema(property).ranges;
        let ending = super::effects::ending(operations, ranges);
        let mut alone = BTreeMap::new();
        for operation in operations {
            let subject = &operation.subject;
            let is_made = operations.iter().any(|other| {
                let outcomes = other.outcomes.iter();
                let mut made = outcomes.filter(|outcome| other.creates(outcome.name.as_str()));
                made.any(|outcome| self.world.is_subtype(&outcome.of_type, subject))
            });
            let ends = ending.iter().any(|class| {
                self.world.is_subtype(class, subject) || self.world.is_subtype(subject, class)
            });
            if let [only] = self.world.entities_of(subject).as_slice()
                && self.world.is_subtype(subject, &service)
                && self.world.accepts(operation, only)
                && !is_made
                && !ends
            {
                alone.insert(subject.clone(), only.clone());
            }
        }
        self.alone = alone;
    }

    /// The classes that are spoken of.
    fn note_classes(
        &mut self,
        operations: &[&Operation],
        goal: &Condition,
        asked: &PlanGoal,
    ) -> BTreeSet<Iri> {
        let mut classes: BTreeSet<Iri> = BTreeSet::new();
        for operation in operations {
            classes.insert(operation.subject.clone());
            let parameters = operation.parameters.iter();
            classes.extend(parameters.map(|parameter| parameter.of_type.clone()));
            for outcome in &operation.outcomes {
                if outcome.reads.is_none() {
                    classes.insert(outcome.of_type.clone());
                }
            }
            mentions::visit_classes(&operation.precondition, &mut |class| {
                classes.insert(class.clone());
            });
        }
        mentions::visit_classes(goal, &mut |class| {
            classes.insert(class.clone());
        });
        classes.extend(asked.wants.iter().map(|want| want.of_type.clone()));
        for property in self.properties.keys() {
            classes.extend(self.schema(property).ranges);
        }
        classes
    }

    /// The values that a plan and defaults name.
    fn note_values(&mut self, operations: &[&Operation], plan: Option<&Plan>) {
        for parameter in operations.iter().flat_map(|own| &own.parameters) {
            let value = match &parameter.default {
                Some(DefaultValue::Literal(literal)) => Value::Literal(literal.clone()),
                Some(DefaultValue::Individual(iri)) => Value::Entity(self.world.canonical(iri)),
                None => continue,
            };
            let value = self.by_key(&value, &parameter.of_type, None);
            self.object(&value);
        }
        for step in plan.iter().flat_map(|plan| &plan.steps) {
            let Some(operation) = self.world.operation(&step.operation) else {
                continue;
            };
            let subject = step.subject.as_known();
            let account = subject.as_ref().and_then(Value::as_entity);
            let account = account.and_then(|subject| self.world.account_of(subject));
            let mut named: Vec<(&PlanValue, &Iri)> = vec![(&step.subject, &operation.subject)];
            for (name, argument) in &step.arguments {
                if let Some(parameter) = operation.parameter(name.as_str()) {
                    let values = argument.values().iter();
                    named.extend(values.map(|value| (value, &parameter.of_type)));
                }
            }
            for (value, class) in named {
                let Some(value) = value.as_known() else {
                    continue;
                };
                let meant = match self.by_key(&value, class, account.as_ref()) {
                    Value::Entity(iri) => Value::Entity(self.world.canonical(&iri)),
                    literal => literal,
                };
                let word = self.object(&meant);
                self.meant.insert(value, word);
            }
        }
    }

    /// What holds at the start; values that are found join the things.
    fn read_facts(&mut self) {
        let mut waiting: Vec<String> = self.things.keys().cloned().collect();
        let mut done: BTreeSet<String> = BTreeSet::new();
        let mut unknown: BTreeMap<Iri, usize> = BTreeMap::new();
        let properties: Vec<(Iri, BTreeSet<Iri>)> = self
            .properties
            .keys()
            .map(|property| (property.clone(), self.schema(property).domains))
            .collect();
        while let Some(name) = waiting.pop() {
            let Some(Value::Entity(entity)) = self.things.get(&name).cloned() else {
                continue;
            };
            if !done.insert(name.clone()) {
                continue;
            }
            waiting.extend(self.read_owners(&name, &entity));
            for (property, domains) in &properties {
                let mut domains = domains.iter();
                if !domains.all(|domain| self.world.has_type(&entity, domain)) {
                    continue;
                }
                let values = self.world.values(&entity, property);
                if !values.complete && values.members.is_empty() {
                    *unknown.entry(property.clone()).or_default() += 1;
                }
                for value in values.members {
                    let value = match value {
                        Value::Entity(iri) => Value::Entity(self.world.canonical(&iri)),
                        literal => literal,
                    };
                    let word = self.object(&value);
                    let held = self.held.entry(property.clone()).or_default();
                    held.insert(word.clone());
                    self.facts
                        .push((property.clone(), name.clone(), word.clone()));
                    if !done.contains(&word) {
                        waiting.push(word);
                    }
                }
            }
        }
        for (property, count) in unknown {
            self.warnings.push(Finding::warning(
                codes::NOT_EXPORTED,
                format!(
                    "`{}` is unknown of {count} things and written as absent",
                    self.world.compact(&property)
                ),
                "read it first, or close the property",
            ));
        }
    }

    /// The service, account and provider of a thing, where the texts speak of them.
    fn read_owners(&mut self, name: &str, entity: &Iri) -> Vec<String> {
        let mut found = Vec::new();
        for root in self.inherited.clone() {
            let owner = match root {
                Root::Account => self.world.account_of(entity),
                Root::Provider => self.world.provider_of(entity),
                _ => self.world.service_of(entity),
            };
            if let Some(owner) = owner {
                let owner = self.object(&Value::Entity(self.world.canonical(&owner)));
                self.owners.insert((root, name.to_owned()), owner.clone());
                found.push(owner);
            }
        }
        found
    }

    /// Things that may come to be, and values that nobody knows.
    fn fill_pools(
        &mut self,
        operations: &[&Operation],
        classes: &BTreeSet<Iri>,
        plan: Option<&Plan>,
    ) {
        let mut wanted: BTreeMap<PoolKey, usize> = BTreeMap::new();
        for operation in operations {
            for outcome in &operation.outcomes {
                let key = PoolKey::of_outcome(operation, outcome);
                let is_taken = classes
                    .iter()
                    .any(|class| self.world.is_subtype(&outcome.of_type, class));
                match key {
                    PoolKey::Given(..) if outcome.reads.is_some() || !is_taken => {}
                    key => {
                        wanted.entry(key).or_default();
                    }
                }
            }
            for effect in &operation.postcondition {
                if let Effect::Renew(Path { properties, .. }) = effect
                    && let Some(last) = properties.last()
                {
                    wanted.entry(PoolKey::Renewed(last.clone())).or_default();
                }
            }
        }
        for step in plan.iter().flat_map(|plan| &plan.steps) {
            if let (Some(operation), Some(plan)) = (self.world.operation(&step.operation), plan) {
                self.draws(operation, step, plan, &mut wanted);
            }
        }
        for (key, number) in wanted {
            let (wish, word) = match &key {
                PoolKey::Created(class, _) | PoolKey::Given(class, _) => {
                    ("new", class.local().to_owned())
                }
                PoolKey::Renewed(property) => ("renewed", property.local().to_owned()),
                PoolKey::Unknown(property) => ("unknown", property.local().to_owned()),
            };
            let number = match key {
                PoolKey::Unknown(_) => number,
                _ => number.max(POOL),
            };
            let names: Vec<String> = (1..=number)
                .map(|at| self.labels.fresh(&format!("{wish}-{word}-{at}")))
                .collect();
            let class = self.labels.fresh(&format!("{wish}-{word}"));
            if matches!(key, PoolKey::Created(..)) {
                self.mortal.extend(names.iter().cloned());
            } else {
                self.veiled.extend(names.iter().cloned());
            }
            let class = Iri::from(class);
            self.pools.insert(key, Pool { class, names });
        }
    }

    /// What a step of a plan draws from pools.
    fn draws(
        &self,
        operation: &Operation,
        step: &samos_model::plan::Step,
        plan: &Plan,
        wanted: &mut BTreeMap<PoolKey, usize>,
    ) {
        let variant = variant_of(self.world, operation, step, plan);
        for outcome in &operation.outcomes {
            let name = outcome.name.as_str();
            let number = match how_many(operation, name) {
                Some(HowMany::Just(number)) => number,
                Some(HowMany::Parameter(parameter)) => {
                    let number = variant.fixed.get(parameter.name.as_str());
                    number
                        .and_then(|number| usize::try_from(*number).ok())
                        .unwrap_or(1)
                }
                None => 1,
            };
            if let Some(all) = wanted.get_mut(&PoolKey::of_outcome(operation, outcome)) {
                *all += number;
            }
            // What it reads may be a value nobody knows.
            let last = outcome.reads.as_ref();
            if let Some(last) = last.and_then(|reads| reads.path.properties.last()) {
                *wanted.entry(PoolKey::Unknown(last.clone())).or_default() += 1;
            }
        }
        for effect in &operation.postcondition {
            if let Effect::Renew(path) = effect
                && let Some(last) = path.properties.last()
            {
                let several = match &path.root {
                    Root::Variable(name) => {
                        let made = how_many(operation, name.as_str());
                        match made {
                            Some(HowMany::Just(number)) => Some(number),
                            Some(HowMany::Parameter(parameter)) => variant
                                .fixed
                                .get(parameter.name.as_str())
                                .and_then(|number| usize::try_from(*number).ok()),
                            None => variant.given.get(name.as_str()).copied(),
                        }
                    }
                    _ => None,
                };
                *wanted.entry(PoolKey::Renewed(last.clone())).or_default() += several.unwrap_or(1);
            }
        }
    }

    /// The numbers that occur and, where something is calculated, those that can come of it.
    fn count_numbers(&mut self, operations: &[&Operation], goal: &Condition, plan: Option<&Plan>) {
        let mut by: BTreeSet<Decimal> = BTreeSet::new();
        let mut calculates = false;
        let mut note = |atom: &Atom| {
            if let Atom::Literal(literal) = atom {
                by.extend(literal.number());
            }
        };
        for conjunct in operations
            .iter()
            .flat_map(|own| &own.precondition.conjuncts)
            .chain(&goal.conjuncts)
        {
            mentions::visit_sums(conjunct, &mut |atom| {
                calculates = true;
                note(atom);
            });
        }
        for effect in operations.iter().flat_map(|own| &own.postcondition) {
            if let Effect::Add { path, value } | Effect::Remove { path, value } = effect
                && let Some(last) = path.properties.last()
            {
                let schema = self.schema(last);
                if schema.functional && !schema.object {
                    calculates = true;
                    value.atoms().for_each(&mut note);
                }
            } else if let Effect::Set { value, .. } = effect
                && value.as_atom().is_none()
            {
                calculates = true;
                value.atoms().for_each(&mut note);
            }
        }
        let things: Vec<(String, Value)> = self.things.clone().into_iter().collect();
        for (name, value) in things {
            if let Value::Literal(literal) = value
                && !self.world.is_class(&literal.datatype)
                && let Some(number) = literal.number()
            {
                self.numbers.words.insert(number.normalize(), name);
            }
        }
        if calculates {
            let times = plan.map_or(0, |plan| plan.steps.len()).max(4);
            let mut numbers = std::mem::take(&mut self.numbers);
            numbers.reach(&by, times, |number| self.number(number));
            self.numbers = numbers;
        }
    }

    /// Who is in which class.
    fn fill_kinds(&mut self, operations: &[&Operation], classes: &BTreeSet<Iri>) {
        for class in classes {
            self.know(class);
        }
        for operation in operations {
            let class = subject_class(self.world, operation);
            if class == operation.subject {
                continue;
            }
            let own = self.world.entities_of(&operation.subject);
            let own: Vec<Iri> = own
                .into_iter()
                .filter(|one| self.world.accepts(operation, one))
                .collect();
            let mut names: Vec<String> = Vec::new();
            for one in own {
                names.push(self.object(&Value::Entity(one)));
            }
            for (key, pool) in &self.pools {
                if let PoolKey::Created(of_type, provider) | PoolKey::Given(of_type, provider) = key
                    && *provider == operation.provider
                    && self.world.is_subtype(of_type, &operation.subject)
                {
                    names.extend(pool.names.iter().cloned());
                }
            }
            self.kinds.add(&class, names);
        }
        for pool in self.pools.values() {
            self.kinds.add(&pool.class, pool.names.iter().cloned());
        }
        let ranges = |property: &Iri| self.schema(property).ranges;
        for class in super::effects::ending(operations, ranges) {
            let members = self.kinds.members(&class);
            self.mortal.extend(members.into_iter().flatten().cloned());
        }
        self.kinds.settle(&mut self.labels);
    }
}

/// Of which owners of their subjects the operations speak.
fn asked_owners(operations: &[&Operation]) -> BTreeSet<Root> {
    let mut asked = BTreeSet::new();
    let mut note = |atom: &Atom| {
        if let Atom::Path(path) | Atom::Count(path) = atom
            && matches!(path.root, Root::Service | Root::Account | Root::Provider)
        {
            asked.insert(path.root.clone());
        }
    };
    for operation in operations {
        for conjunct in &operation.precondition.conjuncts {
            mentions::visit_atoms(conjunct, &mut note);
        }
        for effect in &operation.postcondition {
            mentions::visit_effect(effect, &mut note);
        }
    }
    asked
}
