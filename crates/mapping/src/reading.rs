//! Outcomes out of an answer: words of an API become values and things of the world.
//!
//! In: an entry, an answer that is no error. Out: values by outcome, and what identifies the things that nobody knew. A key
//! finds the thing with that key in the subject's account, else the thing is made; a state is never made: an unknown word is
//! an unexpected answer. What should be there and is not, or does not pass its type, is an unexpected answer too.
//! Not here: facts: whoever gets the outcomes takes them in.

use std::collections::BTreeMap;

use samos_model::reply::{Described, Outcomes};
use samos_model::vocabulary::{samos, xsd};
use samos_model::{Iri, Literal, Outcome, Value as Fact, World};
use serde_json::Value;

use crate::call::Answer;
use crate::entry::{Entry, FactShape, Found, OutcomeShape};
use crate::scope::{Scope, property, target};
use crate::shape::{Position, fill_text, plain, stands};

/// Reads all outcomes of an operation.
pub(crate) fn outcomes(
    scope: &Scope<'_>,
    entry: &Entry,
    answer: &Answer,
) -> Result<Outcomes, String> {
    let mut reading = Reading {
        scope,
        described: BTreeMap::new(),
    };
    let mut outcomes = Outcomes::default();
    for outcome in &scope.operation.outcomes {
        let Some((name, _, shape)) = entry
            .outcomes
            .iter()
            .find(|(name, ..)| *name == outcome.name)
        else {
            continue;
        };
        let values = reading
            .outcome(outcome, shape, answer)
            .map_err(|problem| format!("outcome `{name}`: {problem}"))?;
        if !outcome.multiple && values.len() > 1 {
            return Err(format!(
                "outcome `{name}`: the answer has {} values where there is one",
                values.len()
            ));
        }
        outcomes.values.insert(name.clone(), values);
    }
    outcomes.entities = reading.described.into_values().collect();
    Ok(outcomes)
}

/// Outcomes that an error stands for: what is not found is deleted.
pub(crate) fn told(
    scope: &Scope<'_>,
    words: &BTreeMap<String, String>,
) -> Result<Outcomes, String> {
    let mut reading = Reading {
        scope,
        described: BTreeMap::new(),
    };
    let mut outcomes = Outcomes::default();
    for outcome in &scope.operation.outcomes {
        if let Some(word) = words.get(outcome.name.as_str()) {
            let value = reading.value(&outcome.of_type, word)?;
            outcomes.values.insert(outcome.name.clone(), vec![value]);
        }
    }
    Ok(outcomes)
}

struct Reading<'a> {
    scope: &'a Scope<'a>,
    described: BTreeMap<Iri, Described>,
}

impl Reading<'_> {
    fn outcome(
        &mut self,
        outcome: &Outcome,
        shape: &OutcomeShape,
        answer: &Answer,
    ) -> Result<Vec<Fact>, String> {
        let items = match &shape.found {
            Found::Path(path) => path.items(&answer.document)?,
            Found::Header(name) => answer
                .headers
                .get(name)
                .map(|text| Value::from(text.clone()))
                .into_iter()
                .collect(),
            Found::Filled(template) => fill_text(template, self.scope, Position::Member)
                .map_err(|error| error.to_string())?
                .map(Value::String)
                .into_iter()
                .collect(),
        };
        // A listing without members may be left out of a document, but not the document.
        if items.is_empty()
            && outcome.multiple
            && !shape.optional
            && matches!(answer.document, Value::Null | Value::String(_))
            && matches!(&shape.found, Found::Path(path) if path.select(&answer.document)?.is_null())
        {
            return Err(format!("the answer is {}", brief(&answer.document)));
        }
        let mut wanted = Vec::new();
        for (member, template) in &shape.filter {
            let text = fill_text(template, self.scope, Position::Member)
                .map_err(|error| error.to_string())?;
            wanted.push((member, text));
        }
        let is_meant = |item: &Value| {
            wanted.iter().all(|(member, text)| {
                item.get(member.as_str()).map(plain).as_deref() == text.as_deref()
            })
        };
        let mut values = Vec::new();
        for item in items.into_iter().filter(is_meant) {
            let Some(word) = self.word(shape, &item)? else {
                continue;
            };
            let value = self.value(&outcome.of_type, &word)?;
            if let Fact::Entity(entity) = &value {
                self.facts(entity, &outcome.of_type, shape, &item)?;
            }
            values.push(value);
        }
        if let (true, Some(word)) = (values.is_empty(), &shape.default) {
            values.push(self.value(&outcome.of_type, word)?);
        }
        if values.is_empty() && !outcome.multiple && !shape.optional {
            return Err("the answer does not hold it".to_owned());
        }
        if values.is_empty() && self.scope.operation.creates(outcome.name.as_str()) {
            return Err("the answer names nothing made".to_owned());
        }
        Ok(values)
    }

    /// The word that an item of an answer is; none for null.
    fn word(&self, shape: &OutcomeShape, item: &Value) -> Result<Option<String>, String> {
        let item = match &shape.key {
            Some(key) => key.select(item)?,
            None => item.clone(),
        };
        let mut word = match item {
            Value::Null => return Ok(None),
            Value::Array(_) | Value::Object(_) => {
                return Err(format!(
                    "a text or number was expected, the answer has {}",
                    brief(&item)
                ));
            }
            item => plain(&item),
        };
        if let Some(pattern) = &shape.pattern {
            let Some(found) = pattern.captures(&word) else {
                return Err(format!("`{}` is not of the expected form", short(&word)));
            };
            let found = found.get(1).or_else(|| found.get(0));
            word = found.map_or("", |found| found.as_str()).to_owned();
        }
        match shape.words.get(&word) {
            Some(Some(translated)) => word.clone_from(translated),
            Some(None) => return Ok(None),
            None => {}
        }
        if let Some(template) = &shape.written_as {
            let scope = Scope {
                key: Some(&word),
                ..self.scope.clone()
            };
            let filled =
                fill_text(template, &scope, Position::Member).map_err(|error| error.to_string())?;
            return Ok(filled);
        }
        Ok(Some(word))
    }

    /// The value of a type that a word stands for.
    fn value(&mut self, of_type: &Iri, word: &str) -> Result<Fact, String> {
        let world = self.scope.world;
        if !world.is_class(of_type) || world.is_subtype(of_type, &Iri::from(xsd::STRING)) {
            return literal(world, of_type, word).map(Fact::Literal);
        }
        let Some(key_property) = world.key_of(of_type) else {
            return Err(format!("`{}` declares no key", world.compact(of_type)));
        };
        let datatype =
            target(world, &key_property, false).unwrap_or_else(|| Iri::from(xsd::STRING));
        let key = literal(world, &datatype, word)?;
        let account = world.account_of(&self.scope.request.subject);
        let is_state = world.is_subtype(of_type, &Iri::from(samos::STATE));
        let within = account.as_ref().filter(|_| !is_state);
        if let Some(known) = world.entity_by_key(of_type, &key, within) {
            return Ok(Fact::Entity(known));
        }
        if is_state {
            return Err(format!(
                "`{}` is no `{}` that is described",
                short(word),
                world.compact(of_type)
            ));
        }
        Ok(Fact::Entity(self.make(of_type, key_property, key, account)))
    }

    /// A thing that nobody knew.
    fn make(&mut self, of_type: &Iri, property: Iri, key: Literal, account: Option<Iri>) -> Iri {
        let world = self.scope.world;
        let subject = &self.scope.request.subject;
        let known = self.described.values().find(|described| {
            described.types.contains(of_type)
                && described.facts.iter().any(|(its, value)| {
                    *its == property
                        && value
                            .as_literal()
                            .is_some_and(|its| its.lexical == key.lexical)
                })
        });
        if let Some(known) = known {
            return known.entity.clone();
        }
        let mut entity = Iri::from(format!(
            "{}{}",
            subject.namespace(),
            name_of(of_type, &key.lexical)
        ));
        // The same key may be another account's.
        if world.is_entity(&entity) || self.described.contains_key(&entity) {
            let whose = account.as_ref().map_or("other", |account| account.local());
            entity = Iri::from(format!("{entity}-{whose}"));
        }
        let mut facts = vec![(property, Fact::Literal(key))];
        let provider = self
            .scope
            .operation
            .provider
            .clone()
            .or_else(|| world.provider_of(subject));
        facts.extend(provider.map(|it| (Iri::from(samos::PROVIDER), Fact::Entity(it))));
        facts.extend(account.map(|it| (Iri::from(samos::ACCOUNT), Fact::Entity(it))));
        let service = world
            .service_of(subject)
            .filter(|service| self.groups(service, of_type));
        facts.extend(service.map(|it| (Iri::from(samos::SERVICE_OF), Fact::Entity(it))));
        self.described.insert(
            entity.clone(),
            Described {
                entity: entity.clone(),
                types: vec![of_type.clone()],
                facts,
            },
        );
        entity
    }

    /// Is a class the service's own: does a class of the provider's, but not the provider's class itself, stand above both?
    fn groups(&self, service: &Iri, of_type: &Iri) -> bool {
        let world = self.scope.world;
        let provider = world.provider_of(service);
        let is_group = |class: &Iri| {
            !class.as_str().starts_with(samos::NAMESPACE)
                && world.is_subtype(class, &Iri::from(samos::CLOUD_SERVICE_PROVIDER))
                && !provider
                    .as_ref()
                    .is_some_and(|provider| world.has_type(provider, class))
        };
        world
            .types_above(of_type)
            .iter()
            .any(|class| is_group(class) && world.has_type(service, class))
    }

    /// What else the answer tells of a thing.
    fn facts(
        &mut self,
        entity: &Iri,
        of_type: &Iri,
        shape: &OutcomeShape,
        item: &Value,
    ) -> Result<(), String> {
        let world = self.scope.world;
        if world.is_entity(entity) {
            return Ok(());
        }
        for (name, fact) in &shape.facts {
            let property = property(world, self.scope.prefixes, of_type, name, false)
                .map_err(|problem| crate::shape::problem_text(self.scope, &problem))?;
            let values = match fact {
                FactShape::Path(path) => {
                    let range =
                        target(world, &property, false).unwrap_or_else(|| Iri::from(xsd::STRING));
                    let mut values = Vec::new();
                    for item in path.items(item)? {
                        match item {
                            Value::Null => {}
                            Value::Array(_) | Value::Object(_) => {
                                return Err(format!("`{name}` is {}", brief(&item)));
                            }
                            item => values.push(self.value(&range, &plain(&item))?),
                        }
                    }
                    values
                }
                FactShape::Filled(template) => match template.lone() {
                    // A lone path is the thing that stands there.
                    Some(hole) => {
                        stands(hole, self.scope)
                            .map_err(|error| error.to_string())?
                            .values
                    }
                    None => fill_text(template, self.scope, Position::Member)
                        .map_err(|error| error.to_string())?
                        .map(|text| Fact::Literal(Literal::string(text)))
                        .into_iter()
                        .collect(),
                },
            };
            let described = self
                .described
                .entry(entity.clone())
                .or_insert_with(|| Described {
                    entity: entity.clone(),
                    types: vec![of_type.clone()],
                    facts: Vec::new(),
                });
            for value in values {
                let fact = (property.clone(), value);
                if !described.facts.contains(&fact) {
                    described.facts.push(fact);
                }
            }
        }
        Ok(())
    }
}

/// A literal that passes its datatype.
fn literal(world: &dyn World, datatype: &Iri, word: &str) -> Result<Literal, String> {
    let literal = Literal::new(word, datatype.clone());
    world
        .check_literal(&literal, datatype)
        .map_err(|problem| format!("{} ({})", problem.message, problem.expected))?;
    Ok(literal)
}

/// A local name for a thing: its class and key, safe in an IRI; keys that would look alike are told apart by a checksum.
fn name_of(of_type: &Iri, key: &str) -> String {
    let safe: String = key
        .chars()
        .map(|c| match c {
            c if c.is_ascii_alphanumeric() || "-_".contains(c) => c,
            _ => '-',
        })
        .collect();
    let letters: Vec<char> = of_type.local().chars().collect();
    let is = |at: usize, test: fn(&char) -> bool| letters.get(at).is_some_and(test);
    let mut class = String::new();
    for (at, letter) in letters.iter().enumerate() {
        // `PublicIPAddress` is `public-ip-address`.
        let begins = letter.is_ascii_uppercase()
            && (is(at.wrapping_sub(1), char::is_ascii_lowercase)
                || at > 0 && is(at + 1, char::is_ascii_lowercase));
        if begins {
            class.push('-');
        }
        class.extend(letter.to_lowercase());
    }
    if safe == key && key.len() <= 80 {
        return format!("{class}-{key}");
    }
    // FNV-1a: small, and the same everywhere.
    let sum = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let safe: String = safe.chars().take(80).collect();
    format!("{class}-{safe}-{:08x}", sum >> 32)
}

fn short(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

fn brief(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
