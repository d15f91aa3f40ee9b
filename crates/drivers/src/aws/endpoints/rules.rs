//! Evaluates the vendor's endpoint rule sets (`endpoint-rule-set-1.json`).
//!
//! A rule holds when all its conditions do; the first rule that ends in an endpoint or an error decides.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::functions;
use crate::aws::error::Error;

/// Deeper than any true rule set.
const DEEPEST: usize = 128;

/// One service's rules.
#[derive(Debug)]
pub struct RuleSet {
    parameters: Map<String, Value>,
    rules: Vec<Value>,
}

/// The vendor's partitions: which regions there are, and under which names (`partitions.json`).
#[derive(Debug, Default)]
pub struct Partitions {
    pub(super) partitions: Vec<Partition>,
}

#[derive(Debug)]
pub(super) struct Partition {
    pub(super) regions: Vec<String>,
    pattern: Pattern,
    pub(super) outputs: Value,
}

/// What regions' names are like: compiled when the first name is held against it, which few ever are.
#[derive(Debug)]
struct Pattern {
    text: String,
    compiled: OnceLock<Option<regex::Regex>>,
}

impl Pattern {
    fn is_match(&self, region: &str) -> bool {
        let compiled = self
            .compiled
            .get_or_init(|| regex::Regex::new(&self.text).ok());
        compiled.as_ref().is_some_and(|it| it.is_match(region))
    }
}

impl Partitions {
    /// Reads `partitions.json`.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let unusable = |message: String| Error::model(format!("the partitions: {message}"));
        let file: Value =
            serde_json::from_str(text).map_err(|error| unusable(error.to_string()))?;
        let mut partitions = Vec::new();
        for partition in file
            .get("partitions")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let text = |name: &str| {
                partition
                    .get(name)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let pattern = Pattern {
                text: text("regionRegex").to_owned(),
                compiled: OnceLock::new(),
            };
            let regions = partition.get("regions").and_then(Value::as_object);
            let mut outputs = partition.get("outputs").cloned().unwrap_or_default();
            if let Some(outputs) = outputs.as_object_mut() {
                outputs.insert("name".to_owned(), text("id").into());
            }
            partitions.push(Partition {
                regions: regions
                    .map(|regions| regions.keys().cloned().collect())
                    .unwrap_or_default(),
                pattern,
                outputs,
            });
        }
        Ok(Self { partitions })
    }

    /// What holds in a region; an unknown one is like the first partition's.
    pub(super) fn of_region(&self, region: &str) -> Option<&Value> {
        let named = |partition: &&Partition| partition.regions.iter().any(|name| name == region);
        let alike = |partition: &&Partition| partition.pattern.is_match(region);
        let mut partitions = self.partitions.iter();
        let found = partitions
            .clone()
            .find(|partition| named(partition) || alike(partition));
        found
            .or_else(|| partitions.next())
            .map(|partition| &partition.outputs)
    }
}

/// What rules decide on.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// The address.
    pub url: String,
    /// Headers to add.
    pub headers: Vec<(String, String)>,
    /// How to sign, among others.
    pub properties: Value,
}

impl Endpoint {
    /// The way of signing to use, where the rules name ways.
    pub(super) fn scheme(&self) -> Result<Option<Value>, Error> {
        let Some(schemes) = self.properties.get("authSchemes").and_then(Value::as_array) else {
            return Ok(None);
        };
        let is =
            |scheme: &&Value, name: &str| scheme.get("name").and_then(Value::as_str) == Some(name);
        if let Some(scheme) = schemes.iter().find(|scheme| is(scheme, "sigv4")) {
            return Ok(Some(scheme.clone()));
        }
        match schemes.first() {
            None => Ok(None),
            Some(scheme) => Err(Error::Endpoint {
                message: format!(
                    "it wants signatures of the kind `{}`, which are not supported",
                    scheme
                        .get("name")
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                ),
            }),
        }
    }
}

impl RuleSet {
    /// Reads a rule set.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let file: Value = serde_json::from_str(text)
            .map_err(|error| Error::model(format!("the endpoint rules: {error}")))?;
        let parameters = file.get("parameters").and_then(Value::as_object).cloned();
        let rules = file.get("rules").and_then(Value::as_array).cloned();
        match (parameters, rules) {
            (Some(parameters), Some(rules)) => Ok(Self { parameters, rules }),
            _ => Err(Error::model(
                "the endpoint rules lack `parameters` or `rules`",
            )),
        }
    }

    /// The endpoint for these parameters; those that the rules do not know are left out.
    ///
    /// # Errors
    /// When the rules refuse them, or a required one is missing.
    pub fn resolve(
        &self,
        parameters: &BTreeMap<String, Value>,
        partitions: &Partitions,
    ) -> Result<Endpoint, Error> {
        let mut scope = BTreeMap::new();
        for (name, parameter) in &self.parameters {
            let value = parameters.get(name).or_else(|| parameter.get("default"));
            match value {
                Some(value) => {
                    scope.insert(name.clone(), value.clone());
                }
                None if parameter.get("required") == Some(&Value::Bool(true)) => {
                    let hint = if name == "Region" {
                        "; set AWS_REGION, or give the account a region"
                    } else {
                        ""
                    };
                    return Err(refused(&format!("`{name}` is missing{hint}")));
                }
                None => {}
            }
        }
        let evaluation = Evaluation { partitions };
        let found = evaluation.first(&self.rules, &scope, 0)?;
        found.ok_or_else(|| refused("no rule of the vendor's fits"))
    }
}

/// Values by name while rules are tried.
type Scope = BTreeMap<String, Value>;

struct Evaluation<'e> {
    partitions: &'e Partitions,
}

impl Evaluation<'_> {
    fn first(
        &self,
        rules: &[Value],
        scope: &Scope,
        depth: usize,
    ) -> Result<Option<Endpoint>, Error> {
        if depth > DEEPEST {
            return Err(Error::model("the endpoint rules are nested too deeply"));
        }
        for rule in rules {
            if let Some(endpoint) = self.rule(rule, scope.clone(), depth)? {
                return Ok(Some(endpoint));
            }
        }
        Ok(None)
    }

    fn rule(
        &self,
        rule: &Value,
        mut scope: Scope,
        depth: usize,
    ) -> Result<Option<Endpoint>, Error> {
        for condition in rule
            .get("conditions")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let value = self.value(condition, &scope)?;
            if matches!(value, Value::Null | Value::Bool(false)) {
                return Ok(None);
            }
            if let Some(name) = condition.get("assign").and_then(Value::as_str) {
                scope.insert(name.to_owned(), value);
            }
        }
        if let Some(rules) = rule.get("rules").and_then(Value::as_array) {
            return self.first(rules, &scope, depth + 1);
        }
        if let Some(error) = rule.get("error") {
            let message = self.value(error, &scope)?;
            return Err(refused(message.as_str().unwrap_or_default()));
        }
        let Some(endpoint) = rule.get("endpoint") else {
            return Err(Error::model("an endpoint rule decides nothing"));
        };
        self.endpoint(endpoint, &scope).map(Some)
    }

    fn endpoint(&self, endpoint: &Value, scope: &Scope) -> Result<Endpoint, Error> {
        let url = self.value(endpoint.get("url").unwrap_or(&Value::Null), scope)?;
        let mut headers = Vec::new();
        for (name, values) in endpoint
            .get("headers")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            for value in values.as_array().into_iter().flatten() {
                let value = self.value(value, scope)?;
                headers.push((name.clone(), value.as_str().unwrap_or_default().to_owned()));
            }
        }
        Ok(Endpoint {
            url: url.as_str().unwrap_or_default().to_owned(),
            headers,
            properties: self.filled(endpoint.get("properties").unwrap_or(&Value::Null), scope)?,
        })
    }

    /// Properties with their templates filled.
    fn filled(&self, value: &Value, scope: &Scope) -> Result<Value, Error> {
        Ok(match value {
            Value::String(text) => Value::String(template(text, scope)?),
            Value::Array(values) => {
                let values = values.iter().map(|value| self.filled(value, scope));
                Value::Array(values.collect::<Result<_, _>>()?)
            }
            Value::Object(object) => {
                let mut filled = Map::new();
                for (name, value) in object {
                    filled.insert(name.clone(), self.filled(value, scope)?);
                }
                Value::Object(filled)
            }
            other => other.clone(),
        })
    }

    /// The value of a literal, a template, a reference or a function.
    fn value(&self, value: &Value, scope: &Scope) -> Result<Value, Error> {
        match value {
            Value::String(text) => Ok(Value::String(template(text, scope)?)),
            Value::Object(object) => {
                if let Some(name) = object.get("ref").and_then(Value::as_str) {
                    return Ok(scope.get(name).cloned().unwrap_or(Value::Null));
                }
                let Some(function) = object.get("fn").and_then(Value::as_str) else {
                    return Ok(value.clone());
                };
                let arguments = object
                    .get("argv")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten();
                let arguments = arguments.map(|argument| self.value(argument, scope));
                functions::call(
                    function,
                    &arguments.collect::<Result<Vec<_>, _>>()?,
                    self.partitions,
                )
            }
            other => Ok(other.clone()),
        }
    }
}

/// Text with `{name}` and `{name#part}` filled; doubled braces stand for themselves.
fn template(text: &str, scope: &Scope) -> Result<String, Error> {
    if !text.contains(['{', '}']) {
        return Ok(text.to_owned());
    }
    let mut filled = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' if letters.next_if_eq(&'{').is_some() => filled.push('{'),
            '}' => {
                letters.next_if_eq(&'}');
                filled.push('}');
            }
            '{' => {
                let mut path = String::new();
                for letter in letters.by_ref() {
                    if letter == '}' {
                        break;
                    }
                    path.push(letter);
                }
                let mut parts = path.split('#');
                let root = parts.next().and_then(|name| scope.get(name));
                let found = parts.try_fold(root, |value, part| value.map(|value| value.get(part)));
                let found = found.flatten().ok_or_else(|| {
                    Error::model(format!(
                        "the endpoint rules use `{path}`, which has no value"
                    ))
                })?;
                filled.push_str(
                    &found
                        .as_str()
                        .map_or_else(|| found.to_string(), str::to_owned),
                );
            }
            letter => filled.push(letter),
        }
    }
    Ok(filled)
}

fn refused(message: &str) -> Error {
    Error::Endpoint {
        message: message.to_owned(),
    }
}
