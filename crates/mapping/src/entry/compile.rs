//! Compiling a mapping file: what its parts mean within the file, and findings where they mean nothing.

use std::collections::BTreeMap;

use samos_model::codes::mapping as codes;
use samos_model::finding::nearest;
use samos_model::{Finding, Iri, Name, Place};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_saphyr::Spanned;

use super::{
    BodyShape, Entry, FactShape, Found, Lookup, LookupValue, MappingFile, OutcomeShape,
    RequestKind, RequestShape,
};
use crate::errors::Rule;
use crate::expression::Query;
use crate::file::{
    BodyText, EntryText, ErrorText, FactText, FileText, LookupText, LookupValueText, OutcomeText,
    RequestText, Source, VerificationText,
};
use crate::library::Verification;
use crate::pattern::Pattern;
use crate::scope::expand;
use crate::shape::Shape;
use crate::template::{Hole, Template, TemplateError};

mod confirm;

/// Compiles one file.
pub(crate) fn compile(name: &str, text: &str, findings: &mut Vec<Finding>) -> Option<MappingFile> {
    let source = Source { name, text };
    let file = match source.read() {
        Ok(file) => file,
        Err(finding) => {
            findings.push(*finding);
            return None;
        }
    };
    if file.format.value != 1 {
        findings.push(
            Finding::error(
                codes::FILE_MALFORMED,
                format!("format {} is not known", file.format.value),
                "This version reads format 1.",
            )
            .at(source.at(&file.format)),
        );
        return None;
    }
    let mut compiler = Compiler {
        source: &source,
        file: &file,
        findings,
    };
    let errors = compiler.rules(&file.errors);
    let entries = file
        .operations
        .0
        .iter()
        .filter_map(|(name, entry)| compiler.entry(name, entry))
        .collect();
    let verification = file.verify.as_ref();
    let verification = verification.and_then(|verify| compiler.verification(verify));
    compiler.unused();
    Some(MappingFile {
        library: file.library.value.clone(),
        place: Some(source.at(&file.library)),
        prefixes: file.prefixes.clone(),
        errors,
        entries,
        sign_in: file.sign_in,
        verification,
        text: text.to_owned(),
    })
}

struct Compiler<'a> {
    source: &'a Source<'a>,
    file: &'a FileText,
    findings: &'a mut Vec<Finding>,
}

impl Compiler<'_> {
    fn report(&mut self, code: &'static str, place: Place, message: String, help: &str) {
        self.findings
            .push(Finding::error(code, message, help).at(place));
    }

    fn entry(&mut self, name: &Spanned<String>, entry: &EntryText) -> Option<Entry> {
        let place = self.source.at(name);
        let operation = self.name(&name.value, &place)?;
        let at = self.source.at(&entry.request);
        let requests = self.requests(&entry.request.value, &at)?;
        let lookup = match &entry.lookup {
            Some(lookup) => Some(self.lookup(lookup)?),
            None => None,
        };
        let mut outcomes = Vec::new();
        for (name, outcome) in &entry.outcomes.0 {
            let at = self.source.at(name);
            let shape = self.outcome(outcome, &at)?;
            outcomes.push((Name::from(name.value.as_str()), at, shape));
        }
        let confirmation = match &entry.confirm {
            Some(confirm) => {
                let at = self.source.at(confirm);
                Some((at.clone(), self.confirmation(&confirm.value, &at)?))
            }
            None => None,
        };
        let ignored = entry
            .ignore
            .iter()
            .map(|name| (Name::from(name.value.as_str()), self.source.at(name)))
            .collect();
        Some(Entry {
            operation,
            place,
            requests,
            lookup,
            outcomes,
            confirmation,
            errors: self.rules(&entry.errors),
            ignored,
            idempotent: entry.idempotent,
            instead: entry.instead.clone(),
            each: entry
                .each
                .as_ref()
                .map(|name| (Name::from(name.value.as_str()), self.source.at(name))),
        })
    }

    /// The IRI of a prefixed name.
    fn name(&mut self, name: &str, place: &Place) -> Option<Iri> {
        let iri = expand(&self.file.prefixes, name);
        if iri.is_none() {
            let prefix = name.split(':').next().unwrap_or_default();
            let known = nearest(prefix, self.file.prefixes.keys().map(String::as_str));
            let help = known.map_or_else(
                || "Declare it under `prefixes`.".to_owned(),
                |known| format!("Did you mean `{known}`?"),
            );
            self.report(
                codes::NAME_UNKNOWN,
                place.clone(),
                format!("the prefix of `{name}` is not declared in this file"),
                &help,
            );
        }
        iri
    }

    fn value<T: DeserializeOwned>(&mut self, value: &Value, place: &Place) -> Option<T> {
        match serde_json::from_value(value.clone()) {
            Ok(value) => Some(value),
            Err(error) => {
                let message = error.to_string();
                // The member at fault stands between the first back quotes.
                let place = match message.split('`').nth(1) {
                    Some(name) => self.source.fragment(place, name),
                    None => place.clone(),
                };
                self.report(
                    codes::FILE_MALFORMED,
                    place,
                    message,
                    "Hold the file against `mappings/mapping.schema.json`.",
                );
                None
            }
        }
    }

    /// A request by name, one in place, or alternatives.
    fn requests(&mut self, value: &Value, place: &Place) -> Option<Vec<RequestShape>> {
        match value {
            Value::String(name) => {
                let named = &self.file.requests.0;
                let Some((at, found)) = named.iter().find(|(key, _)| key.value == *name) else {
                    let known = nearest(name, named.iter().map(|(key, _)| key.value.as_str()));
                    let help = known.map_or_else(
                        || "Define it under `requests`.".to_owned(),
                        |known| format!("Did you mean `{known}`?"),
                    );
                    self.report(
                        codes::NAME_UNKNOWN,
                        place.clone(),
                        format!("`{name}` is no request of this file"),
                        &help,
                    );
                    return None;
                };
                let at = self.source.at(at);
                match found {
                    Value::String(_) => {
                        self.report(
                            codes::FILE_MALFORMED,
                            at,
                            format!("`{name}` is only another name"),
                            "A named request stands in full under `requests`.",
                        );
                        None
                    }
                    found => self.requests(found, &at),
                }
            }
            Value::Array(alternatives) => alternatives
                .iter()
                .map(|alternative| self.request(alternative, place))
                .collect(),
            one => Some(vec![self.request(one, place)?]),
        }
    }

    fn request(&mut self, value: &Value, place: &Place) -> Option<RequestShape> {
        let text: RequestText = self.value(value, place)?;
        let kinds = [
            ("operation", text.operation.is_some()),
            ("method", text.method.is_some()),
            ("function", text.function.is_some()),
            ("command", text.command.is_some()),
        ];
        let said: Vec<&str> = kinds
            .iter()
            .filter_map(|(name, said)| said.then_some(*name))
            .collect();
        if said.len() != 1 {
            self.report(
                codes::FILE_MALFORMED,
                place.clone(),
                "a request has exactly one of `operation`, `method`, `function` and `command`"
                    .to_owned(),
                "Hold the file against `mappings/mapping.schema.json`.",
            );
            return None;
        }
        let kind = if let Some(operation) = text.operation.clone() {
            let input = text
                .input
                .clone()
                .unwrap_or(Value::Object(serde_json::Map::new()));
            RequestKind::Model {
                operation,
                input: self.shape(input, place)?,
            }
        } else if let Some(method) = text.method.clone() {
            self.http(method, &text, place)?
        } else if let Some(function) = text.function.clone() {
            let arguments = text
                .arguments
                .clone()
                .unwrap_or(Value::Object(serde_json::Map::new()));
            RequestKind::Libvirt {
                function,
                arguments: self.shape(arguments, place)?,
            }
        } else {
            RequestKind::Socket {
                command: self.template(text.command.as_deref().unwrap_or_default(), place)?,
            }
        };
        let mut when = Vec::new();
        for (path, words) in &text.when {
            let hole = self.read_template(Hole::parse(path), place)?;
            let words = match words {
                Value::Array(words) => words.iter().map(as_word).collect(),
                one => vec![as_word(one)],
            };
            when.push((hole, words));
        }
        let of_file = self.file.region.as_ref().map(|region| region.value.clone());
        let region = match text.region.or(of_file) {
            Some(region) => Some(self.template(&region, place)?),
            None => None,
        };
        let of_file = self.file.failure.as_ref().map(|it| it.value.clone());
        let failure = match text.failure.or(of_file) {
            Some(failure) => Some(self.query(&failure, place)?),
            None => None,
        };
        if let Some(paging) = &text.paging {
            for path in [&paging.output, &paging.more, &paging.link]
                .into_iter()
                .flatten()
            {
                self.query(path, place)?;
            }
        }
        Some(RequestShape {
            when,
            kind,
            service: text
                .service
                .or_else(|| self.file.service.clone())
                .unwrap_or_default(),
            region,
            paging: text.paging,
            failure,
        })
    }

    fn http(&mut self, method: String, text: &RequestText, place: &Place) -> Option<RequestKind> {
        let path = text.path.clone().unwrap_or_default();
        if !path.starts_with('/') || path.contains(['?', '#']) {
            self.report(
                codes::FILE_MALFORMED,
                self.source.fragment(place, &path),
                format!("`{path}` is no path: it begins with a slash and holds no query"),
                "Put the query under `query`.",
            );
            return None;
        }
        let of_file: serde_json::Map<String, Value> = self
            .file
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.value.clone())))
            .collect();
        let mut headers = of_file;
        headers.extend(text.headers.clone());
        let body = match &text.body {
            None => None,
            Some(BodyText::Json(document)) => {
                Some(BodyShape::Json(self.shape(document.clone(), place)?))
            }
            Some(BodyText::Form(fields)) => Some(BodyShape::Form(self.templates(fields, place)?)),
            Some(BodyText::Xml(text)) => Some(BodyShape::Xml(self.template(text, place)?)),
            Some(BodyText::Text(text)) => Some(BodyShape::Text(self.template(text, place)?)),
        };
        Some(RequestKind::Http {
            method,
            path: self.template(&path, place)?,
            query: self.templates(&text.query, place)?,
            headers: self.templates(&headers, place)?,
            body,
        })
    }

    fn lookup(&mut self, lookup: &Spanned<Value>) -> Option<Lookup> {
        let place = self.source.at(lookup);
        let text: LookupText = self.value(&lookup.value, &place)?;
        let mut values = BTreeMap::new();
        for (name, path) in &text.values {
            let value = match path {
                LookupValueText::Path(path) => LookupValue {
                    path: self.query(path, &place)?,
                    filter: Vec::new(),
                    key: None,
                },
                LookupValueText::Of { path, filter, key } => {
                    let mut members = Vec::new();
                    for (member, template) in filter {
                        members.push((member.clone(), self.template(template, &place)?));
                    }
                    LookupValue {
                        path: self.query(path, &place)?,
                        filter: members,
                        key: Some(self.query(key, &place)?),
                    }
                }
            };
            values.insert(name.clone(), value);
        }
        Some(Lookup {
            requests: self.requests(&text.request, &place)?,
            values,
        })
    }

    /// A request that is the same for every account, so that nothing needs to be filled in.
    fn verification(&mut self, verify: &Spanned<Value>) -> Option<Verification> {
        let place = self.source.at(verify);
        let text: VerificationText = self.value(&verify.value, &place)?;
        let requests = self.requests(&text.request, &place)?;
        let name = match &text.name {
            Some(name) => Some(self.query(name, &place)?),
            None => None,
        };
        let Some(call) = requests.first().and_then(RequestShape::fixed) else {
            self.report(
                codes::TEMPLATE_MALFORMED,
                place,
                "what is asked to verify credentials has something to fill in".to_owned(),
                "Name a request that is the same for every account.",
            );
            return None;
        };
        Some(Verification { call, name })
    }

    fn outcome(&mut self, value: &Value, place: &Place) -> Option<OutcomeShape> {
        let text = match value {
            Value::String(path) => OutcomeText {
                path: Some(path.clone()),
                ..OutcomeText::default()
            },
            value => self.value(value, place)?,
        };
        let found = match (&text.path, &text.header, &text.template) {
            (Some(path), None, None) => Found::Path(self.query(path, place)?),
            (None, Some(header), None) => Found::Header(header.to_lowercase()),
            (None, None, Some(template)) => Found::Filled(self.template(template, place)?),
            _ => {
                self.report(
                    codes::FILE_MALFORMED,
                    place.clone(),
                    "an outcome has exactly one of `path`, `header` and `template`".to_owned(),
                    "Hold the file against `mappings/mapping.schema.json`.",
                );
                return None;
            }
        };
        let key = match &text.key {
            Some(key) => Some(self.query(key, place)?),
            None => None,
        };
        let written_as = match &text.written_as {
            Some(template) => Some(self.template(template, place)?),
            None => None,
        };
        let mut facts = Vec::new();
        for (property, fact) in text.facts {
            let fact = match fact {
                FactText::Path(path) => FactShape::Path(self.query(&path, place)?),
                FactText::Filled { template } => {
                    FactShape::Filled(self.template(&template, place)?)
                }
            };
            facts.push((property, fact));
        }
        let mut filter = Vec::new();
        for (member, template) in &text.filter {
            filter.push((member.clone(), self.template(template, place)?));
        }
        Some(OutcomeShape {
            found,
            pattern: match &text.pattern {
                Some(pattern) => Some(self.regex(pattern, place)?),
                None => None,
            },
            key,
            written_as,
            words: text.words,
            optional: text.optional,
            filter,
            default: text.default,
            facts,
        })
    }

    fn rules(&mut self, rules: &[Spanned<ErrorText>]) -> Vec<Rule> {
        rules
            .iter()
            .filter_map(|rule| {
                let place = self.source.at(rule);
                let message = match &rule.value.message {
                    Some(pattern) => Some(self.regex(pattern, &place)?),
                    None => None,
                };
                Some(Rule {
                    class: rule.value.class,
                    codes: rule.value.code.clone(),
                    statuses: rule.value.status.clone(),
                    message,
                })
            })
            .collect()
    }

    fn template(&mut self, text: &str, place: &Place) -> Option<Template> {
        self.read_template(Template::parse(text), place)
    }

    fn templates(
        &mut self,
        texts: &serde_json::Map<String, Value>,
        place: &Place,
    ) -> Option<Vec<(String, Template)>> {
        texts
            .iter()
            .map(|(name, value)| {
                let text = crate::shape::plain(value);
                Some((name.clone(), self.template(&text, place)?))
            })
            .collect()
    }

    fn shape(&mut self, document: Value, place: &Place) -> Option<Shape> {
        self.read_template(Shape::compile(document), place)
    }

    fn read_template<T>(&mut self, read: Result<T, TemplateError>, place: &Place) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(error) => {
                let place = self.source.fragment(place, &error.fragment);
                self.report(
                    codes::TEMPLATE_MALFORMED,
                    place,
                    error.message,
                    "`mappings/README.md` says what may stand between braces.",
                );
                None
            }
        }
    }

    fn query(&mut self, text: &str, place: &Place) -> Option<Query> {
        match Query::compile(text) {
            Ok(query) => Some(query),
            Err(reason) => {
                let place = self.source.fragment(place, text);
                self.report(
                    codes::EXPRESSION_MALFORMED,
                    place,
                    format!("`{text}` is no JMESPath: {reason}"),
                    "`mappings/README.md` lists what is added to the standard.",
                );
                None
            }
        }
    }

    fn regex(&mut self, text: &str, place: &Place) -> Option<Pattern> {
        match Pattern::new(text) {
            Ok(pattern) => Some(pattern),
            Err(reason) => {
                self.report(
                    codes::EXPRESSION_MALFORMED,
                    self.source.fragment(place, text),
                    format!("`{text}` is no regular expression: {reason}"),
                    "Correct the pattern.",
                );
                None
            }
        }
    }

    /// Requests that no entry uses.
    fn unused(&mut self) {
        let mut used: Vec<&str> = Vec::new();
        for (_, entry) in &self.file.operations.0 {
            used.extend(entry.request.value.as_str());
            let lookup = entry.lookup.as_ref().and_then(|it| it.value.get("request"));
            used.extend(lookup.and_then(Value::as_str));
            used.extend(entry.confirm.as_ref().and_then(|it| it.value.as_str()));
        }
        let verify = self.file.verify.as_ref();
        used.extend(verify.and_then(|it| it.value.get("request")?.as_str()));
        let named = self
            .file
            .requests
            .0
            .iter()
            .chain(&self.file.confirmations.0);
        for (name, _) in named.filter(|(name, _)| !used.contains(&name.value.as_str())) {
            self.findings.push(
                Finding::warning(
                    codes::NAME_UNKNOWN,
                    format!("`{}` is used by no entry", name.value),
                    "Remove it, or use it.",
                )
                .at(self.source.at(name)),
            );
        }
    }
}

fn as_word(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        value => Some(crate::shape::plain(value)),
    }
}
