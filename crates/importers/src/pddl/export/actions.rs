//! Operations as actions: one for each choice of what is given, of how many.

use std::collections::BTreeSet;

use samos_model::operation::DefaultValue;
use samos_model::text::{Atom, Root};
use samos_model::{Iri, Kind, Literal, Operation, Parameter, Value};

use super::conditions::Known;
use super::effects::Effects;
use super::formula::{Change, Fact, Formula, Typed};
use super::scope::Scope;
use super::variants::{HowMany, Variant, counting, how_many, whole};
use super::{DRAWN, Estate, KNOWN, MADE, PoolKey};

/// What the arguments of an action are.
#[derive(Clone, Debug)]
pub(super) enum Slot {
    Subject,
    /// Service, account or provider of the subject.
    Owner(Root),
    Parameter(String, usize),
    /// What the step makes, or a value that it leaves unknown.
    Draw(PoolKey, Option<(String, usize)>),
}

/// An action.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) name: String,
    pub(super) variant: Variant,
    pub(super) slots: Vec<(String, Slot)>,
    pub(super) condition: Formula,
    pub(super) changes: Vec<Change>,
    pub(super) scope: Scope,
    /// The arguments as they are listed, each with its type.
    pub(super) listed: Vec<Typed>,
    /// What one call adds to the total cost.
    pub(super) cost: Option<f64>,
}

impl Shape {
    /// The action as it is written.
    pub(super) fn text(&self) -> String {
        let parameters: Vec<String> = self
            .listed
            .iter()
            .map(|(word, of_type)| match of_type {
                Some(of_type) => format!("{word} - {of_type}"),
                None => word.clone(),
            })
            .collect();
        let parts = self.condition.conjuncts().iter();
        let conditions: Vec<String> = parts.map(ToString::to_string).collect();
        let mut effects = super::formula::written(&self.changes);
        effects.extend(
            self.cost
                .map(|cost| format!("(increase (total-cost) {cost})")),
        );
        format!(
            "  (:action {}\n    :parameters ({})\n    :precondition (and{})\n    :effect (and{}))\n",
            self.name,
            parameters.join(" "),
            super::lines::lined(&conditions),
            super::lines::lined(&effects)
        )
    }
}

impl Estate<'_> {
    /// An operation with these things given, as an action.
    pub(super) fn action(
        &mut self,
        operation: &Operation,
        variant: &Variant,
        scale: Option<f64>,
    ) -> Result<Shape, String> {
        let mut new = Action::default();
        self.subject(operation, &mut new)?;
        for parameter in &operation.parameters {
            self.parameter(operation, parameter, variant, &mut new)?;
        }
        self.outcomes(operation, variant, &mut new)?;
        self.owners(operation, &mut new)?;
        let mut known = Known::new();
        for conjunct in &operation.precondition.conjuncts {
            self.refuse_unread(operation, &new.scope, |visit| {
                super::mentions::visit_atoms(conjunct, visit);
            })?;
            if new.scope.leaves_out(conjunct) {
                continue;
            }
            self.states(conjunct, &new.scope, &mut known);
            let part = self.quantified(conjunct, &new.scope)?;
            new.conditions.push(part);
        }
        for effect in &operation.postcondition {
            self.refuse_unread(operation, &new.scope, |visit| {
                super::mentions::visit_effect(effect, visit);
            })?;
        }
        let effects = self.effects(operation, &mut new.scope, &known)?;
        self.renewals(&effects, &mut new);
        new.conditions.extend(effects.needs);
        new.changes.extend(effects.changes);
        self.readings(operation, &mut new)?;
        for (word, class) in &new.tests {
            if let Some(test) = self.kinds.test(class, word, &mut self.labels) {
                new.conditions.push(test);
            }
        }
        let name = self.action_name(operation, variant);
        Ok(new.shape(name, variant, scale.zip(operation.cost)))
    }

    fn action_name(&mut self, operation: &Operation, variant: &Variant) -> String {
        let optional: Vec<String> = variant
            .given
            .iter()
            .filter_map(|(name, number)| {
                let parameter = operation.parameter(name)?;
                match (parameter.mandatory, *number) {
                    (true, 1) => None,
                    (_, 1) => Some(format!("-{name}")),
                    (_, number) => Some(format!("-{number}-{name}")),
                }
            })
            .chain(variant.fixed.values().map(|number| format!("-{number}")))
            .collect();
        let wish = format!("{}{}", operation.iri.local(), optional.concat());
        let own = format!("{} {variant:?}", operation.iri);
        self.labels.action(&own, &wish)
    }

    /// What an outcome reads is not known where the action is written.
    fn refuse_unread(
        &self,
        operation: &Operation,
        scope: &Scope,
        visit: impl Fn(&mut dyn FnMut(&Atom)),
    ) -> Result<(), String> {
        let mut is_read = false;
        visit(&mut |atom| {
            if let Atom::Path(path) | Atom::Count(path) = atom
                && let Root::Variable(name) = &path.root
                && operation.outcome(name.as_str()).is_some()
                && scope.of(&path.root).is_none()
            {
                is_read = true;
            }
        });
        if is_read {
            return Err("it passes on what it reads".to_owned());
        }
        Ok(())
    }

    fn subject(&mut self, operation: &Operation, new: &mut Action) -> Result<(), String> {
        if let Some(only) = self.alone.get(&operation.subject).cloned() {
            let word = self.object(&Value::Entity(only));
            self.classes.insert(word.clone(), operation.subject.clone());
            new.scope.bind(Root::Subject, word);
            return Ok(());
        }
        let word = new.scope.variable("subject");
        let class = self.subject_class(operation);
        self.argument(new, &word, &class, Slot::Subject);
        new.scope.bind(Root::Subject, word);
        Ok(())
    }

    /// Lists an argument that has to be there and known.
    fn argument(&mut self, new: &mut Action, word: &str, class: &Iri, slot: Slot) {
        self.classes.insert(word.to_owned(), class.clone());
        let of_type = self.kinds.typed(class, &mut self.labels);
        new.listed.push((word.to_owned(), of_type));
        new.tests.push((word.to_owned(), class.clone()));
        if self.kinds.meets(class, &self.mortal) {
            new.conditions.push(Formula::fact(MADE, &[word]));
        }
        if self.kinds.meets(class, &self.veiled) {
            new.conditions.push(Formula::fact(KNOWN, &[word]));
        }
        new.slots.push((word.to_owned(), slot));
    }

    fn parameter(
        &mut self,
        operation: &Operation,
        parameter: &Parameter,
        variant: &Variant,
        new: &mut Action,
    ) -> Result<(), String> {
        let name = parameter.name.as_str();
        let root = Root::Variable(parameter.name.clone());
        if let Some(number) = variant.fixed.get(name) {
            let word = self.number(*number);
            new.scope.bind(root, word);
            return Ok(());
        }
        let Some(number) = variant.given.get(name) else {
            let value = match &parameter.default {
                Some(DefaultValue::Literal(literal)) => Value::Literal(literal.clone()),
                Some(DefaultValue::Individual(iri)) => Value::Entity(self.world.canonical(iri)),
                None => return Ok(()), // what names it is left out
            };
            let word = self.object(&self.by_key(&value, &parameter.of_type, None));
            if parameter.multiple {
                new.scope.bind_all(root, vec![word]);
            } else {
                new.scope.bind(root, word);
            }
            return Ok(());
        };
        if counting(operation).contains(name) {
            return Err("how many things it makes is not said".to_owned());
        }
        let mut words = Vec::new();
        for at in 0..*number {
            let word = new.scope.variable(name);
            self.argument(
                new,
                &word,
                &parameter.of_type,
                Slot::Parameter(name.to_owned(), at),
            );
            words.push(word);
        }
        new.tell_apart(&words);
        match words.pop() {
            Some(only) if !parameter.multiple => new.scope.bind(root, only),
            last => {
                words.extend(last);
                new.scope.bind_all(root, words);
            }
        }
        Ok(())
    }

    /// What the operation makes.
    fn outcomes(
        &mut self,
        operation: &Operation,
        variant: &Variant,
        new: &mut Action,
    ) -> Result<(), String> {
        for outcome in &operation.outcomes {
            let name = outcome.name.as_str();
            let is_created = operation.creates(name);
            if !is_created && outcome.reads.is_some() {
                continue;
            }
            let number = if is_created {
                match how_many(operation, name) {
                    Some(HowMany::Just(number)) => number,
                    Some(HowMany::Parameter(parameter)) => variant
                        .fixed
                        .get(parameter.name.as_str())
                        .copied()
                        .and_then(whole)
                        .ok_or("how many things it makes is not said")?,
                    None => return Err("how many things it makes is calculated".to_owned()),
                }
            } else {
                1
            };
            let key = PoolKey::of_outcome(operation, outcome);
            let Some(pool) = self.pools.get(&key) else {
                continue; // nothing takes it
            };
            let class = pool.class.clone();
            if pool.names.len() < number {
                return Err(format!("it makes {number} things at once"));
            }
            let mut words = Vec::new();
            for at in 0..number {
                let word = new.scope.variable(name);
                self.draw(new, &word, &class, is_created);
                self.classes.insert(word.clone(), outcome.of_type.clone());
                let slot = Slot::Draw(key.clone(), Some((name.to_owned(), at)));
                new.slots.push((word.clone(), slot));
                words.push(word);
            }
            new.tell_apart(&words);
            let root = Root::Variable(outcome.name.clone());
            match words.as_slice() {
                [only] if !outcome.multiple => new.scope.bind(root, only.clone()),
                _ => new.scope.bind_all(root, words),
            }
        }
        Ok(())
    }

    /// A thing of a pool that was not there before, or a value that nobody has come across.
    fn draw(&mut self, new: &mut Action, word: &str, class: &Iri, is_created: bool) {
        let of_type = self.kinds.typed(class, &mut self.labels);
        new.listed.push((word.to_owned(), of_type));
        new.tests.push((word.to_owned(), class.clone()));
        let mark = if is_created { MADE } else { DRAWN };
        new.conditions.push(Formula::fact(mark, &[word]).negated());
        new.gain(mark, word);
        if self.kinds.meets(class, &self.veiled) || !is_created {
            new.gain(KNOWN, word);
        }
    }

    /// Service, account and provider of the subject, where the texts speak of them; and of what is created.
    fn owners(&mut self, operation: &Operation, new: &mut Action) -> Result<(), String> {
        let subject = self.root(&Root::Subject, &new.scope)?;
        let mut asked: BTreeSet<Root> = BTreeSet::new();
        let mut note = |atom: &Atom| {
            if let Atom::Path(path) | Atom::Count(path) = atom
                && matches!(path.root, Root::Service | Root::Account | Root::Provider)
            {
                asked.insert(path.root.clone());
            }
        };
        for conjunct in &operation.precondition.conjuncts {
            super::mentions::visit_atoms(conjunct, &mut note);
        }
        for effect in &operation.postcondition {
            super::mentions::visit_effect(effect, &mut note);
        }
        let created: Vec<String> = new
            .slots
            .iter()
            .filter(|(_, slot)| matches!(slot, Slot::Draw(PoolKey::Created(..), _)))
            .map(|(word, _)| word.clone())
            .collect();
        for root in [Root::Service, Root::Account, Root::Provider] {
            let passes = self.inherited.contains(&root) && !created.is_empty();
            if !asked.contains(&root) && !passes {
                continue;
            }
            let predicate = self.labels.owner(&root);
            let word = if subject.starts_with('?') {
                let word = new.scope.variable(super::owner_word(&root));
                new.conditions
                    .push(Formula::fact(&predicate, &[&subject, &word]));
                self.linked.insert(root.clone());
                new.listed.push((word.clone(), None));
                new.slots.push((word.clone(), Slot::Owner(root.clone())));
                word
            } else {
                let own = self.owners.get(&(root.clone(), subject.clone()));
                own.cloned()
                    .ok_or("its subject has no service, account or provider")?
            };
            if passes {
                self.linked.insert(root.clone());
                for one in &created {
                    new.changes.push(Change {
                        each: Vec::new(),
                        when: Formula::truth(),
                        adds: true,
                        fact: Fact {
                            name: predicate.clone(),
                            words: vec![one.clone(), word.clone()],
                        },
                    });
                }
            }
            new.scope.bind(root, word);
        }
        Ok(())
    }

    /// Values that are there afterwards and that nobody knows.
    fn renewals(&mut self, effects: &Effects, new: &mut Action) {
        for (word, property) in &effects.renewed {
            let key = PoolKey::Renewed(property.clone());
            let Some(pool) = self.pools.get(&key) else {
                continue;
            };
            // A fact, as a plan may take for granted that it is one of those that are known.
            let class = pool.class.clone();
            let is = self.kinds.is(&class, word, &mut self.labels);
            new.listed.push((word.clone(), None));
            new.conditions
                .extend([is, Formula::fact(DRAWN, &[word]).negated()]);
            new.gain(DRAWN, word);
            new.slots.push((word.clone(), Slot::Draw(key, None)));
        }
        let words: Vec<String> = effects
            .renewed
            .iter()
            .map(|(word, _)| word.clone())
            .collect();
        new.tell_apart(&words);
    }

    /// What the outcomes read is known from then on.
    fn readings(&mut self, operation: &Operation, new: &mut Action) -> Result<(), String> {
        for outcome in &operation.outcomes {
            let Some(reads) = &outcome.reads else {
                continue;
            };
            if !self.is_veiled(&outcome.of_type, reads.path.properties.last())
                || operation.creates(outcome.name.as_str())
            {
                continue;
            }
            let value = new.scope.variable(outcome.name.as_str());
            let of_type = reads.path.properties.last();
            let of_type = of_type.and_then(|last| self.type_of_values(last));
            let roots = BTreeSet::from([reads.path.root.clone()]);
            for mut scope in new.scope.each(&roots) {
                if matches!(&reads.path.root, Root::Variable(_))
                    && scope.of(&reads.path.root).is_none()
                {
                    continue; // of a parameter that is not given
                }
                let (variables, mut when, owner) = match reads.path.properties.split_last() {
                    Some((_, before)) => self.followed(&reads.path.root, before, &mut scope)?,
                    None => continue,
                };
                let last = reads.path.properties.last().ok_or("it reads nothing")?;
                let held = self.fact(last, &owner, Some(&value));
                when.push(Formula::Holds(held));
                let each: Vec<Typed> = variables
                    .into_iter()
                    .chain([(value.clone(), of_type.clone())])
                    .collect();
                new.changes.push(Change {
                    each,
                    when: Formula::all(when),
                    adds: true,
                    fact: Fact {
                        name: KNOWN.to_owned(),
                        words: vec![value.clone()],
                    },
                });
            }
        }
        Ok(())
    }

    /// May a value of that property, or of that type, be one that nobody knows yet?
    pub(super) fn is_veiled(&self, of_type: &Iri, property: Option<&Iri>) -> bool {
        let ranges = property.map(|property| self.schema(property).ranges);
        let mut classes = ranges.unwrap_or_default();
        classes.insert(of_type.clone());
        classes
            .iter()
            .any(|class| self.kinds.meets(class, &self.veiled))
    }

    /// The class of those that an operation can be asked of.
    pub(super) fn subject_class(&self, operation: &Operation) -> Iri {
        super::subject_class(self.world, operation)
    }

    /// A literal where a class is asked for is the thing with that key.
    pub(super) fn by_key(&self, value: &Value, class: &Iri, account: Option<&Iri>) -> Value {
        let Value::Literal(literal) = value else {
            return value.clone();
        };
        if !self.world.is_class(class) {
            return value.clone();
        }
        let is_key = self.world.is_class(&literal.datatype);
        let class = if is_key { &literal.datatype } else { class };
        let plain = if is_key {
            Literal::string(literal.lexical.clone())
        } else {
            literal.clone()
        };
        match self.world.entity_by_key(class, &plain, account) {
            Some(entity) => Value::Entity(self.world.canonical(&entity)),
            None => Value::Literal(Literal::new(literal.lexical.clone(), class.clone())),
        }
    }
}

/// An action that is being written.
#[derive(Default)]
pub(super) struct Action {
    pub(super) scope: Scope,
    pub(super) listed: Vec<Typed>,
    tests: Vec<(String, Iri)>,
    pub(super) slots: Vec<(String, Slot)>,
    pub(super) conditions: Vec<Formula>,
    pub(super) changes: Vec<Change>,
}

impl Action {
    fn gain(&mut self, name: &str, word: &str) {
        self.changes.push(Change {
            each: Vec::new(),
            when: Formula::truth(),
            adds: true,
            fact: Fact {
                name: name.to_owned(),
                words: vec![word.to_owned()],
            },
        });
    }

    /// No two of them are the same.
    fn tell_apart(&mut self, words: &[String]) {
        for (at, one) in words.iter().enumerate() {
            for other in words.iter().skip(at + 1) {
                self.conditions.push(Formula::equal(one, other).negated());
            }
        }
    }

    pub(super) fn shape(self, name: String, variant: &Variant, cost: Option<(f64, f64)>) -> Shape {
        // Arguments stand in the order in which they are listed.
        let mut slots = self.slots;
        let place = |word: &String| self.listed.iter().position(|(own, _)| own == word);
        slots.sort_by_key(|(word, _)| place(word));
        Shape {
            name,
            variant: variant.clone(),
            slots,
            condition: Formula::all(self.conditions),
            changes: self.changes,
            scope: self.scope,
            listed: self.listed,
            cost: cost.map(|(factor, cost)| (cost * factor).round()),
        }
    }
}

/// Does the action only read?
pub(super) fn is_silent(operation: &Operation, shape: &Shape) -> bool {
    operation.kind == Kind::Information && shape.changes.is_empty()
}
