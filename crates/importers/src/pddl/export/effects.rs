//! Effects as PDDL writes them, carried on to inverses, equivalents and properties above and below.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::text::{Effect, Path, Root, Sign, Term};
use samos_model::{Decimal, Iri, Operation, Property};

use super::Estate;
use super::actions::{Action, Shape, Slot};
use super::conditions::Known;
use super::formula::{Change, Fact, Formula, Typed};
use super::scope::{Scope, bare_root};
use super::variants::Variant;

/// What the effects of an action come to.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) changes: Vec<Change>,
    /// What must hold so that they can be written out.
    pub(super) needs: Vec<Formula>,
    /// The variables of what is renewed, with the property.
    pub(super) renewed: Vec<(String, Iri)>,
}

/// Where a change is made.
#[derive(Clone, Default)]
struct Where {
    each: Vec<Typed>,
    when: Vec<Formula>,
}

impl Where {
    fn and(&self, each: Option<Typed>, when: impl IntoIterator<Item = Formula>) -> Self {
        Self {
            each: self.each.iter().cloned().chain(each).collect(),
            when: self.when.iter().cloned().chain(when).collect(),
        }
    }
}

/// The right side of an effect.
enum Right {
    Words(Vec<String>),
    Term(Term),
}

impl Estate<'_> {
    /// The effects of an operation, all read before any is made.
    pub(super) fn effects(
        &mut self,
        operation: &Operation,
        scope: &mut Scope,
        known: &Known,
    ) -> Result<Effects, String> {
        let mut out = Effects::default();
        let mut added_up: BTreeSet<(String, Iri)> = BTreeSet::new();
        for effect in &operation.postcondition {
            let Some(path) = effect.path() else {
                continue;
            };
            if scope.leaves_out_effect(effect) {
                continue;
            }
            let own = BTreeSet::from([path.root.clone()]);
            for mut scope in scope.each(&own) {
                if let Effect::Delete(path) = effect {
                    self.deleted(path, &mut scope, &mut out)?;
                    continue;
                }
                let (property, before) = path
                    .properties
                    .split_last()
                    .ok_or("an effect is on nothing")?;
                let (each, when, owner) = self.followed(&path.root, before, &mut scope)?;
                let at = Where { each, when };
                let schema = self.schema(property);
                let counts = schema.functional && !schema.object;
                let mut place = Place {
                    property,
                    owner: &owner,
                    at: &at,
                    known: known.get(&(owner.clone(), property.clone())),
                };
                match effect {
                    Effect::Set { value, .. } => {
                        let right = self.right(value, &scope)?;
                        self.set(&mut place, &right, &mut scope, &mut out)?;
                    }
                    Effect::Add { value, .. } | Effect::Remove { value, .. } if counts => {
                        if !added_up.insert((owner.clone(), property.clone())) {
                            return Err("it counts one number twice".to_owned());
                        }
                        let sign = if matches!(effect, Effect::Add { .. }) {
                            Sign::Plus
                        } else {
                            Sign::Minus
                        };
                        self.count_on(&place, value, sign, &mut scope, &mut out)?;
                    }
                    Effect::Add { value, .. } => {
                        let right = self.right(value, &scope)?;
                        self.come(&place, &right, false, &mut scope, &mut out)?;
                    }
                    Effect::Remove { value, .. } => {
                        let right = self.right(value, &scope)?;
                        self.go(&place, &right, &mut scope, &mut out)?;
                    }
                    Effect::Renew(_) => {
                        let mut word = scope.variable("renewed");
                        while out.renewed.iter().any(|(other, _)| *other == word) {
                            word = scope.variable("renewed");
                        }
                        out.renewed.push((word.clone(), property.clone()));
                        let right = Right::Words(vec![word]);
                        self.set(&mut place, &right, &mut scope, &mut out)?;
                    }
                    Effect::Clear(_) => {
                        let nothing = Right::Words(Vec::new());
                        self.emptied(&place, &nothing, &mut scope, &mut out)?;
                    }
                    Effect::Delete(_) | Effect::Create { .. } => {}
                }
            }
        }
        // What comes stays, so what is plainly both is not taken away first.
        let come: BTreeSet<Fact> = out
            .changes
            .iter()
            .filter(|change| change.adds && change.each.is_empty() && change.when.is_true())
            .map(|change| change.fact.clone())
            .collect();
        out.changes
            .retain(|change| change.adds || !come.contains(&change.fact));
        Ok(out)
    }

    fn right(&mut self, value: &Term, scope: &Scope) -> Result<Right, String> {
        if let Some(root) = bare_root(value)
            && let Some(words) = scope.of(root)
        {
            return Ok(Right::Words(words.to_vec()));
        }
        match value.as_atom().map(|atom| self.word(atom, scope)) {
            Some(Ok(word)) => Ok(Right::Words(vec![word])),
            _ => Ok(Right::Term(value.clone())),
        }
    }

    /// A state that passes by itself, at that property and at those below it that hold it.
    pub(super) fn passing(&mut self, property: &Iri) -> Result<Shape, String> {
        let mut new = Action::default();
        let (thing, next) = (new.scope.variable("thing"), new.scope.variable("next"));
        let old = new.scope.variable("state");
        for (word, slot) in [
            (&thing, Slot::Subject),
            (&next, Slot::Parameter("next".to_owned(), 0)),
        ] {
            new.listed.push((word.clone(), None));
            new.slots.push((word.clone(), slot));
        }
        let of_type = self.type_of_values(property);
        let turns = Formula::fact(super::TURNS, &[&old, &next]);
        let held = Formula::Holds(self.fact(property, &thing, Some(&old)));
        new.conditions.push(Formula::some(
            vec![(old.clone(), of_type.clone())],
            Formula::all([held, turns.clone()]),
        ));
        let mut out = Effects::default();
        let below = self.schema(property).subs;
        for own in std::iter::once(property.clone()).chain(below) {
            if !self.properties.contains_key(&own) {
                continue;
            }
            let held = Formula::Holds(self.fact(&own, &thing, Some(&old)));
            let at = Where {
                each: vec![(old.clone(), of_type.clone())],
                when: vec![held, turns.clone()],
            };
            self.withdraw(&at, &thing, &own, &old, &mut out);
            let place = Place {
                property: &own,
                owner: &thing,
                at: &at,
                known: None,
            };
            self.add(&place, &at, &next, true, &mut new.scope, &mut out);
        }
        new.changes = out.changes;
        let wish = format!("wait-{}", property.local());
        let name = self.labels.action(&format!("wait {property}"), &wish);
        Ok(new.shape(name, &Variant::default(), None))
    }

    pub(super) fn schema(&self, property: &Iri) -> Property {
        let found = self.world.property(property).cloned();
        found.unwrap_or_else(|| Property::undeclared(property.clone()))
    }

    /// `path = value`.
    fn set(
        &mut self,
        place: &mut Place<'_>,
        right: &Right,
        scope: &mut Scope,
        out: &mut Effects,
    ) -> Result<(), String> {
        self.emptied(place, right, scope, out)?;
        self.come(place, right, true, scope, out)
    }

    /// Takes all values away but those on the right.
    fn emptied(
        &mut self,
        place: &Place<'_>,
        keep: &Right,
        scope: &mut Scope,
        out: &mut Effects,
    ) -> Result<(), String> {
        let property = place.property;
        if self.is_flag(property) {
            let truth = self.truth();
            self.withdraw(place.at, place.owner, property, &truth, out);
            return Ok(());
        }
        if self.schema(property).functional
            && let Some(value) = place.known
        {
            self.withdraw(place.at, place.owner, property, value, out);
            return Ok(());
        }
        let old = scope.variable("old");
        let held = Formula::Holds(self.fact(property, place.owner, Some(&old)));
        let kept = self.is_among(keep, &old, scope)?;
        let each = (old.clone(), self.type_of_values(property));
        let at = place.at.and(Some(each), [held, kept.negated()]);
        self.withdraw(&at, place.owner, property, &old, out);
        Ok(())
    }

    /// Is the word among the values on the right?
    fn is_among(
        &mut self,
        right: &Right,
        word: &str,
        scope: &mut Scope,
    ) -> Result<Formula, String> {
        Ok(match right {
            Right::Words(words) => Formula::any(words.iter().map(|own| Formula::equal(word, own))),
            Right::Term(term) => self.matches(term, word, scope)?,
        })
    }

    /// Adds the values on the right.
    fn come(
        &mut self,
        place: &Place<'_>,
        right: &Right,
        is_emptied: bool,
        scope: &mut Scope,
        out: &mut Effects,
    ) -> Result<(), String> {
        match right {
            Right::Words(words) => {
                for word in words {
                    self.add(place, place.at, word, is_emptied, scope, out);
                }
            }
            Right::Term(term) => {
                let sought = self.sought(term, scope)?;
                let mut at = place.at.clone();
                at.each.extend(sought.variables);
                at.when.extend(sought.parts);
                self.add(place, &at, &sought.word, is_emptied, scope, out);
            }
        }
        Ok(())
    }

    /// Takes the values on the right away.
    fn go(
        &mut self,
        place: &Place<'_>,
        right: &Right,
        scope: &mut Scope,
        out: &mut Effects,
    ) -> Result<(), String> {
        match right {
            Right::Words(words) => {
                for word in words {
                    self.withdraw(place.at, place.owner, place.property, word, out);
                }
            }
            Right::Term(term) => {
                let sought = self.sought(term, scope)?;
                let mut at = place.at.clone();
                at.each.extend(sought.variables);
                at.when.extend(sought.parts);
                self.withdraw(&at, place.owner, place.property, &sought.word, out);
            }
        }
        Ok(())
    }

    /// Counts a number up or down; the result has to be one of those that occur.
    fn count_on(
        &mut self,
        place: &Place<'_>,
        by: &Term,
        sign: Sign,
        scope: &mut Scope,
        out: &mut Effects,
    ) -> Result<(), String> {
        let property = place.property;
        let by = self.sought(by, scope)?;
        let (old, new) = (scope.variable("old"), scope.variable("new"));
        let of_type = self.type_of_values(property);
        let held = Formula::Holds(self.fact(property, place.owner, Some(&old)));
        let sum = self.added(&old, &by.word, &new, sign);
        let zero = self.number(Decimal::ZERO);
        let start = self.added(&zero, &by.word, &new, sign);
        let some = Formula::some(vec![(old.clone(), of_type.clone())], held.clone());
        let mut at = place.at.clone();
        at.each.extend(by.variables.clone());
        at.when.extend(by.parts.clone());
        // From what stands there, and from nothing, which counts as zero.
        let from_old = at
            .and(
                Some((old.clone(), of_type.clone())),
                [held.clone(), sum.clone()],
            )
            .and(Some((new.clone(), None)), []);
        self.withdraw(&from_old, place.owner, property, &old, out);
        self.add(place, &from_old, &new, true, scope, out);
        let from_nothing = at.and(
            Some((new.clone(), None)),
            [some.clone().negated(), start.clone()],
        );
        self.add(place, &from_nothing, &new, true, scope, out);
        if !place.at.each.is_empty() {
            return Err("it counts something farther away".to_owned());
        }
        let result = |parts: Vec<Formula>| {
            let variables = by.variables.iter().cloned();
            Formula::some(
                variables.chain([(new.clone(), None)]).collect(),
                Formula::all(by.parts.iter().cloned().chain(parts)),
            )
        };
        let on = Formula::some(
            vec![(old, of_type)],
            Formula::all([held, result(vec![sum])]),
        );
        let first = Formula::all([some.negated(), result(vec![start])]);
        out.needs.push(Formula::any([on, first]));
        Ok(())
    }

    fn change(&mut self, at: &Where, adds: bool, fact: Fact, out: &mut Effects) {
        let when = Formula::all(at.when.iter().cloned());
        if when.is_false() {
            return;
        }
        let change = Change {
            each: at.each.clone(),
            when,
            adds,
            fact,
        };
        if !out.changes.contains(&change) {
            out.changes.push(change);
        }
    }

    /// Adds a value, also to equivalents, properties above and inverses.
    fn add(
        &mut self,
        place: &Place<'_>,
        at: &Where,
        value: &str,
        is_emptied: bool,
        scope: &mut Scope,
        out: &mut Effects,
    ) {
        let schema = self.schema(place.property);
        let own = std::iter::once(&schema.iri).chain(&schema.equivalents);
        let own: BTreeSet<Iri> = own.cloned().collect();
        let all = own.iter().chain(&schema.supers);
        for property in all
            .filter(|it| self.properties.contains_key(*it))
            .cloned()
            .collect::<Vec<_>>()
        {
            let is_emptied = is_emptied && own.contains(&property);
            self.put(
                at,
                &property,
                (place.owner, value),
                is_emptied,
                place.known,
                scope,
                out,
            );
            for inverse in self.schema(&property).inverses {
                if self.properties.contains_key(&inverse) {
                    self.put(at, &inverse, (value, place.owner), false, None, scope, out);
                }
            }
        }
    }

    /// Puts a value at one place; where there can be one only, in place of what was there.
    #[allow(clippy::too_many_arguments, reason = "what it writes and where")]
    fn put(
        &mut self,
        at: &Where,
        property: &Iri,
        (owner, value): (&str, &str),
        is_emptied: bool,
        known: Option<&String>,
        scope: &mut Scope,
        out: &mut Effects,
    ) {
        let schema = self.schema(property);
        if schema.functional && !is_emptied && !self.is_flag(property) {
            let (old, own) = match known {
                Some(known) => (known.clone(), None),
                None => {
                    let old = scope.variable("old");
                    (old.clone(), Some((old, self.type_of_values(property))))
                }
            };
            let held = Formula::Holds(self.fact(property, owner, Some(&old)));
            let differs = Formula::equal(&old, value).negated();
            let at = at.and(own, [held, differs]);
            let fact = self.fact(property, owner, Some(&old));
            self.change(&at, false, fact, out);
            for inverse in &schema.inverses {
                if self.properties.contains_key(inverse) {
                    let fact = self.fact(inverse, &old, Some(owner));
                    self.change(&at, false, fact, out);
                }
            }
        }
        let fact = self.fact(property, owner, Some(value));
        self.change(at, true, fact, out);
    }

    /// Withdraws one value, also from equivalents, properties below and inverses, and from those above where no other
    /// property below them holds it.
    fn withdraw(
        &mut self,
        at: &Where,
        owner: &str,
        property: &Iri,
        value: &str,
        out: &mut Effects,
    ) {
        let schema = self.schema(property);
        let own: BTreeSet<Iri> = std::iter::once(property)
            .chain(&schema.equivalents)
            .chain(&schema.subs)
            .cloned()
            .collect();
        for property in &own {
            self.take(at, owner, property, value, out);
        }
        for above in schema.supers.iter().cloned().collect::<Vec<_>>() {
            if !self.properties.contains_key(&above) {
                continue;
            }
            let others = self.schema(&above).subs;
            let others = others.into_iter().filter(|other| {
                !own.contains(other)
                    && !schema.supers.contains(other)
                    && self.properties.contains_key(other)
                    && (self.written.contains(other) || self.held.contains_key(other))
            });
            let mut when = Vec::new();
            for other in others.collect::<Vec<_>>() {
                when.push(Formula::Holds(self.fact(&other, owner, Some(value))).negated());
            }
            self.take(&at.and(None, when), owner, &above, value, out);
        }
    }

    fn take(&mut self, at: &Where, owner: &str, property: &Iri, value: &str, out: &mut Effects) {
        if !self.properties.contains_key(property) {
            return;
        }
        let fact = self.fact(property, owner, Some(value));
        self.change(at, false, fact, out);
        for inverse in self.schema(property).inverses {
            if self.properties.contains_key(&inverse) {
                let fact = self.fact(&inverse, value, Some(owner));
                self.change(at, false, fact, out);
            }
        }
    }

    /// What stands at the path is no more: nothing is said of it, and it is nobody's value.
    fn deleted(&mut self, path: &Path, scope: &mut Scope, out: &mut Effects) -> Result<(), String> {
        let (each, when, gone) = self.followed(&path.root, &path.properties, scope)?;
        let at = Where { each, when };
        let class = self.class_of(path, scope);
        let members = class.and_then(|class| self.kinds.members(&class).cloned());
        let may_be = |out: &Self, classes: &BTreeSet<Iri>| match &members {
            Some(members) => classes
                .iter()
                .all(|class| !out.kinds.is_known(class) || out.kinds.meets(class, members)),
            None => true,
        };
        for property in self.properties.keys().cloned().collect::<Vec<_>>() {
            let schema = self.schema(&property);
            let other = scope.variable("other");
            if may_be(self, &schema.domains) && self.sole_holder(&property).is_none() {
                let each = if self.is_flag(&property) {
                    None
                } else {
                    Some((other.clone(), self.type_of_values(&property)))
                };
                let fact = self.fact(&property, &gone, Some(&other));
                let held = each.as_ref().map(|_| Formula::Holds(fact.clone()));
                self.change(&at.and(each, held), false, fact, out);
            }
            if may_be(self, &schema.ranges) && schema.object {
                let each = self
                    .sole_holder(&property)
                    .is_none()
                    .then(|| (other.clone(), None));
                let fact = self.fact(&property, &other, Some(&gone));
                let held = each.as_ref().map(|_| Formula::Holds(fact.clone()));
                self.change(&at.and(each, held), false, fact, out);
            }
        }
        let fact = Fact {
            name: super::MADE.to_owned(),
            words: vec![gone],
        };
        self.change(&at, false, fact, out);
        Ok(())
    }

    /// The class of what stands at a path, where it is declared.
    fn class_of(&self, path: &Path, scope: &Scope) -> Option<Iri> {
        match path.properties.last() {
            Some(last) => self.schema(last).ranges.into_iter().next(),
            None => {
                let word = scope.of(&path.root)?.first()?;
                self.classes.get(word).cloned()
            }
        }
    }
}

/// The place that an effect writes.
struct Place<'a> {
    property: &'a Iri,
    owner: &'a str,
    at: &'a Where,
    /// The value that the precondition says it has.
    known: Option<&'a String>,
}

/// Which operations delete what: the classes of things that may cease to be.
pub(super) fn ending(
    operations: &[&Operation],
    ranges: impl Fn(&Iri) -> BTreeSet<Iri>,
) -> BTreeSet<Iri> {
    let mut classes = BTreeSet::new();
    for operation in operations {
        let types: BTreeMap<&str, &Iri> = operation
            .parameters
            .iter()
            .map(|parameter| (parameter.name.as_str(), &parameter.of_type))
            .collect();
        for effect in &operation.postcondition {
            let Effect::Delete(path) = effect else {
                continue;
            };
            match (path.properties.last(), &path.root) {
                (Some(last), _) => classes.extend(ranges(last)),
                (None, Root::Variable(name)) => {
                    classes.extend(types.get(name.as_str()).map(|class| (*class).clone()));
                }
                (None, _) => {
                    classes.insert(operation.subject.clone());
                }
            }
        }
    }
    classes
}
