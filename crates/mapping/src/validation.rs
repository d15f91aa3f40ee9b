//! Do mappings hold against the specification, and against the vendors' models?
//!
//! In: loaded mappings, a [`World`] with the ontologies; models where the caller has them. Out: findings with file, line,
//! column and the next step. Not here: what could not even be read ([`Mappings::load`] reports that).

use std::collections::BTreeSet;

use samos_model::codes::mapping as codes;
use samos_model::finding::nearest;
use samos_model::vocabulary::{samos, xsd};
use samos_model::{Finding, Iri, Literal, Name, Operation, Place, World};

use crate::confirmation::{Polled, Sign};
use crate::entry::{Entry, FactShape, Found, MappingFile, OutcomeShape, RequestKind, RequestShape};
use crate::errors::Rule;
use crate::file::Source;
use crate::mappings::Mappings;
use crate::scope::{PathProblem, Typed, follow_types, property};
use crate::template::{Hole, HoleRoot, Template};

mod models;

pub use models::{MemberShape, ModelShapes};

/// Statuses with which an HTTP interface says no; each must have a class.
const STATUSES: [u16; 9] = [400, 401, 403, 404, 409, 413, 429, 500, 503];

impl Mappings {
    /// Holds all mappings against the specification.
    #[must_use = "the findings are the answer"]
    pub fn validate(&self, world: &dyn World) -> Vec<Finding> {
        let mut findings = Vec::new();
        for file in &self.files {
            for entry in &file.entries {
                let mut check = Check {
                    world,
                    file,
                    entry,
                    findings: &mut findings,
                };
                match world.operation(&entry.operation) {
                    Some(operation) => check.entry(operation),
                    None => check.unknown_operation(),
                }
            }
            self.errors_classed(file, &mut findings);
        }
        findings
            .sort_by(|a, b| (&a.place, &a.code, &a.message).cmp(&(&b.place, &b.code, &b.message)));
        findings.dedup();
        findings
    }

    /// Holds each model-driven entry against the vendor's model.
    #[must_use = "the findings are the answer"]
    pub fn validate_models(&self, world: &dyn World, models: &dyn ModelShapes) -> Vec<Finding> {
        let mut findings = Vec::new();
        for file in &self.files {
            for entry in &file.entries {
                models::check(self, file, entry, world, models, &mut findings);
            }
        }
        findings
            .sort_by(|a, b| (&a.place, &a.code, &a.message).cmp(&(&b.place, &b.code, &b.message)));
        findings.dedup();
        findings
    }

    /// Every status that a library can answer with has a class.
    fn errors_classed(&self, file: &MappingFile, findings: &mut Vec<Finding>) {
        let speaks_http = file.entries.iter().any(|entry| {
            entry.requests.iter().any(|shape| {
                matches!(
                    shape.kind,
                    RequestKind::Http { .. } | RequestKind::Model { .. }
                )
            })
        });
        if !speaks_http {
            self.rest_classed(file, findings);
            return;
        }
        let open: Vec<String> = STATUSES
            .iter()
            .filter(|status| {
                !self
                    .rules(file)
                    .any(|rule| rule.covers(None, Some(**status)))
            })
            .map(u16::to_string)
            .collect();
        if let (false, Some(place)) = (open.is_empty(), &file.place) {
            findings.push(
                Finding::error(
                    codes::ERROR_NOT_CLASSED,
                    format!(
                        "library `{}` does not class errors of status {}",
                        file.library,
                        open.join(", ")
                    ),
                    "Add rules under `errors` here, or in a file of the library that maps nothing.",
                )
                .at(place.clone()),
            );
        }
    }
}

impl Mappings {
    /// What speaks no HTTP has no statuses that say of every error what kind it is: a rule without code and message does.
    fn rest_classed(&self, file: &MappingFile, findings: &mut Vec<Finding>) {
        let is_rest = |rule: &Rule| {
            rule.codes.is_empty() && rule.statuses.is_empty() && rule.message.is_none()
        };
        if file.entries.is_empty() || self.rules(file).any(is_rest) {
            return;
        }
        if let Some(place) = &file.place {
            findings.push(
                Finding::error(
                    codes::ERROR_NOT_CLASSED,
                    format!("library `{}` does not class every error", file.library),
                    "End `errors` with a rule for all the rest, such as `{class: invalid}`.",
                )
                .at(place.clone()),
            );
        }
    }
}

struct Check<'a> {
    world: &'a dyn World,
    file: &'a MappingFile,
    entry: &'a Entry,
    findings: &'a mut Vec<Finding>,
}

impl Check<'_> {
    fn report(&mut self, code: &'static str, place: Place, message: String, help: String) {
        self.findings
            .push(Finding::error(code, message, help).at(place));
    }

    fn place_of(&self, fragment: &str) -> Place {
        let source = Source {
            name: &self.entry.place.file,
            text: &self.file.text,
        };
        source.fragment(&self.entry.place, fragment)
    }

    fn unknown_operation(&mut self) {
        let iri = &self.entry.operation;
        let all: Vec<String> = self
            .world
            .operations()
            .iter()
            .filter(|operation| operation.iri.namespace() == iri.namespace())
            .map(|operation| operation.iri.local().to_owned())
            .collect();
        let help = match nearest(iri.local(), all.iter().map(String::as_str)) {
            Some(known) => format!("Did you mean `{known}`?"),
            None => "Load the ontology that specifies it.".to_owned(),
        };
        self.report(
            codes::OPERATION_UNKNOWN,
            self.entry.place.clone(),
            format!("`{}` is not specified", self.world.compact(iri)),
            help,
        );
    }

    fn entry(&mut self, operation: &Operation) {
        let mut placed: BTreeSet<Name> = BTreeSet::new();
        let lookups = self.entry.lookup.iter().flat_map(|lookup| &lookup.requests);
        for shape in self.entry.requests.iter().chain(lookups) {
            for (hole, each) in shape.holes() {
                let each = each.and_then(|each| self.types(operation, each, None));
                self.hole(operation, shape, hole, each.as_ref(), &mut placed);
            }
        }
        if let Some(lookup) = &self.entry.lookup {
            for (_, template) in lookup.values.values().flat_map(|it| &it.filter) {
                placed.extend(template.holes().filter_map(|hole| match &hole.root {
                    HoleRoot::Argument(name) => Some(name.clone()),
                    _ => None,
                }));
            }
        }
        for (name, place) in &self.entry.ignored {
            if operation.parameter(name.as_str()).is_none() {
                self.unknown_parameter(operation, name.as_str(), place.clone());
            }
            placed.insert(name.clone());
        }
        for parameter in &operation.parameters {
            if !placed.contains(&parameter.name) {
                let which = if parameter.mandatory {
                    "mandatory"
                } else {
                    "optional"
                };
                self.report(
                    codes::PARAMETER_NOT_PLACED,
                    self.entry.place.clone(),
                    format!(
                        "`{}` places its {which} parameter `{}` nowhere",
                        operation.iri.local(),
                        parameter.name
                    ),
                    format!(
                        "Write `{{arguments.{0}}}` where it goes, or name it under `ignore`.",
                        parameter.name
                    ),
                );
            }
        }
        if let Some((name, place)) = &self.entry.each
            && !operation
                .parameter(name.as_str())
                .is_some_and(|parameter| parameter.multiple)
        {
            self.unknown_parameter(operation, name.as_str(), place.clone());
        }
        for words in self.entry.instead.values() {
            for (name, word) in words {
                match operation.outcome(name) {
                    Some(outcome) => {
                        let of_type = outcome.of_type.clone();
                        self.word(&of_type, word, &self.entry.place.clone());
                    }
                    None => self.report(
                        codes::OUTCOME_UNKNOWN,
                        self.place_of("instead"),
                        format!("`{}` has no outcome `{name}`", operation.iri.local()),
                        "Name an outcome of the operation.".to_owned(),
                    ),
                }
            }
        }
        if let Some(lookup) = &self.entry.lookup {
            for template in lookup.values.values().flat_map(|it| &it.filter) {
                self.template(operation, &template.1);
            }
        }
        self.outcomes(operation);
        self.confirmation();
    }

    fn types(&self, operation: &Operation, hole: &Hole, each: Option<&Typed>) -> Option<Typed> {
        follow_types(self.world, &self.file.prefixes, operation, hole, each).ok()
    }

    fn hole(
        &mut self,
        operation: &Operation,
        shape: &RequestShape,
        hole: &Hole,
        each: Option<&Typed>,
        placed: &mut BTreeSet<Name>,
    ) {
        if let HoleRoot::Argument(name) = &hole.root {
            placed.insert(name.clone());
        }
        if let HoleRoot::Found(name) = &hole.root {
            let lookup = self.entry.lookup.as_ref();
            if !lookup.is_some_and(|lookup| lookup.values.contains_key(name)) {
                self.report(
                    codes::NAME_UNKNOWN,
                    self.place_of(&hole.source),
                    format!("no lookup finds `{name}`"),
                    "Say under `lookup` what is asked and where the value is.".to_owned(),
                );
            }
        }
        let is_each = {
            let mut found = Vec::new();
            collect_each(shape, &mut found);
            found.contains(&hole)
        };
        match follow_types(self.world, &self.file.prefixes, operation, hole, each) {
            Err(problem) => self.path_problem(operation, hole, problem),
            Ok(typed) => {
                let thing = typed
                    .of_type
                    .as_ref()
                    .filter(|of_type| self.is_thing(of_type));
                if let (Some(thing), false) = (thing, is_each) {
                    let thing = thing.clone();
                    self.path_problem(operation, hole, PathProblem::Thing(thing));
                }
            }
        }
    }

    fn is_thing(&self, of_type: &Iri) -> bool {
        self.world.is_class(of_type) && !self.world.is_subtype(of_type, &Iri::from(xsd::STRING))
    }

    fn unknown_parameter(&mut self, operation: &Operation, name: &str, place: Place) {
        let known: Vec<&str> = operation
            .parameters
            .iter()
            .map(|parameter| parameter.name.as_str())
            .collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(known) => format!("Did you mean `{known}`?"),
            None if known.is_empty() => "It has no parameters.".to_owned(),
            None => format!("It has {}.", known.join(", ")),
        };
        self.report(
            codes::PARAMETER_UNKNOWN,
            place,
            format!(
                "`{}` has no parameter `{name}`",
                self.world.compact(&operation.iri)
            ),
            help,
        );
    }

    fn path_problem(&mut self, operation: &Operation, hole: &Hole, problem: PathProblem) {
        let place = self.place_of(&hole.source);
        let world = self.world;
        let source = &hole.source;
        match problem {
            PathProblem::Parameter(name) => self.unknown_parameter(operation, &name, place),
            PathProblem::Property {
                name,
                of_type,
                several,
            } if several.is_empty() => self.report(
                codes::PATH_UNKNOWN,
                place,
                format!(
                    "`{{{source}}}`: `{}` has no property `{name}`",
                    world.compact(&of_type)
                ),
                "Name a property whose domain the type falls under, in a namespace of this file's `prefixes`."
                    .to_owned(),
            ),
            PathProblem::Property { name, several, .. } => {
                let several: Vec<String> = several.iter().map(|iri| world.compact(iri)).collect();
                self.report(
                    codes::PATH_UNKNOWN,
                    place,
                    format!("`{{{source}}}`: `{name}` may mean {}", several.join(" or ")),
                    "Write the prefix of the one that is meant.".to_owned(),
                );
            }
            PathProblem::NoKey(class) => self.report(
                codes::TYPE_UNFIT,
                place,
                format!("`{{{source}}}`: `{}` declares no key", world.compact(&class)),
                "Declare `samos:key` in the ontology.".to_owned(),
            ),
            PathProblem::Thing(class) => self.report(
                codes::TYPE_UNFIT,
                place,
                format!(
                    "`{{{source}}}` is a thing of `{}`, which cannot be sent",
                    world.compact(&class)
                ),
                format!("Write `{{{source}.key}}`."),
            ),
            PathProblem::Root(root) => self.report(
                codes::PATH_UNKNOWN,
                place,
                format!("`{{{source}}}`: `{root}` means nothing here"),
                "`each` stands within an object with `$each`.".to_owned(),
            ),
        }
    }

    fn outcomes(&mut self, operation: &Operation) {
        for (name, place, shape) in &self.entry.outcomes {
            let Some(outcome) = operation.outcome(name.as_str()) else {
                let known: Vec<&str> = operation
                    .outcomes
                    .iter()
                    .map(|outcome| outcome.name.as_str())
                    .collect();
                let help = match nearest(name.as_str(), known.iter().copied()) {
                    Some(known) => format!("Did you mean `{known}`?"),
                    None if known.is_empty() => "It has no outcomes.".to_owned(),
                    None => format!("It has {}.", known.join(", ")),
                };
                let message = format!(
                    "`{}` has no outcome `{name}`",
                    self.world.compact(&operation.iri)
                );
                self.report(codes::OUTCOME_UNKNOWN, place.clone(), message, help);
                continue;
            };
            self.outcome(operation, &outcome.of_type, shape, place);
        }
        for outcome in &operation.outcomes {
            if !self
                .entry
                .outcomes
                .iter()
                .any(|(name, ..)| *name == outcome.name)
            {
                self.report(
                    codes::OUTCOME_NOT_FOUND,
                    self.entry.place.clone(),
                    format!(
                        "`{}` does not say where its outcome `{}` is found",
                        operation.iri.local(),
                        outcome.name
                    ),
                    "Add it under `outcomes`.".to_owned(),
                );
            }
        }
    }

    fn outcome(
        &mut self,
        operation: &Operation,
        of_type: &Iri,
        shape: &OutcomeShape,
        place: &Place,
    ) {
        if self.is_thing(of_type) && self.world.key_of(of_type).is_none() {
            let message = format!(
                "`{}` declares no key, so that no answer can name one",
                self.world.compact(of_type)
            );
            self.report(
                codes::TYPE_UNFIT,
                place.clone(),
                message,
                "Declare `samos:key` in the ontology.".to_owned(),
            );
        }
        for word in shape.words.values().flatten().chain(&shape.default) {
            self.word(of_type, word, place);
        }
        let filled = match &shape.found {
            Found::Filled(template) => Some(template),
            Found::Path(_) | Found::Header(_) => None,
        };
        let filters = shape.filter.iter().map(|(_, template)| template);
        for template in filled.into_iter().chain(&shape.written_as).chain(filters) {
            self.template(operation, template);
        }
        for (name, fact) in &shape.facts {
            match property(self.world, &self.file.prefixes, of_type, name, false) {
                Ok(_) => {}
                Err(_) => {
                    let message =
                        format!("`{}` has no property `{name}`", self.world.compact(of_type));
                    self.report(
                        codes::PATH_UNKNOWN,
                        self.place_of(name),
                        message,
                        "Name a property whose domain the type falls under, or write its prefix."
                            .to_owned(),
                    );
                }
            }
            if let FactShape::Filled(template) = fact
                && template.lone().is_none()
            {
                self.template(operation, template);
            }
        }
    }

    fn template(&mut self, operation: &Operation, template: &Template) {
        for hole in template.holes() {
            match follow_types(self.world, &self.file.prefixes, operation, hole, None) {
                Err(problem) => self.path_problem(operation, hole, problem),
                Ok(Typed {
                    of_type: Some(of_type),
                    ..
                }) if self.is_thing(&of_type) => {
                    self.path_problem(operation, hole, PathProblem::Thing(of_type));
                }
                Ok(_) => {}
            }
        }
    }

    /// Is the word one of a class's keys (of a state, at least), or of a datatype's values?
    fn word(&mut self, of_type: &Iri, word: &str, place: &Place) {
        let world = self.world;
        let known = if self.is_thing(of_type) {
            if !world.is_subtype(of_type, &Iri::from(samos::STATE)) {
                return;
            }
            world
                .entity_by_key(of_type, &Literal::string(word), None)
                .is_some()
        } else {
            let literal = Literal::new(word, of_type.clone());
            world.check_literal(&literal, of_type).is_ok()
        };
        if !known {
            let source = Source {
                name: &place.file,
                text: &self.file.text,
            };
            let message = format!("`{word}` is no `{}`", world.compact(of_type));
            self.report(
                codes::STATE_UNKNOWN,
                source.fragment(place, word),
                message,
                "Write a word that the ontology describes.".to_owned(),
            );
        }
    }

    fn confirmation(&mut self) {
        let Some((place, confirmation)) = &self.entry.confirmation else {
            return;
        };
        let world = self.world;
        let Some(poll) = world.operation(&confirmation.poll) else {
            let message = format!("`{}` is not specified", world.compact(&confirmation.poll));
            self.report(
                codes::CONFIRMATION_UNFIT,
                place.clone(),
                message,
                "Poll an operation that reads.".to_owned(),
            );
            return;
        };
        if poll.kind != samos_model::Kind::Information
            || poll.parameters.iter().any(|it| it.mandatory)
        {
            let message = format!(
                "`{}` changes something, or must be given something",
                world.compact(&poll.iri)
            );
            self.report(
                codes::CONFIRMATION_UNFIT,
                place.clone(),
                message,
                "Poll an operation that reads and needs no arguments.".to_owned(),
            );
        }
        let operation = world.operation(&self.entry.operation);
        let polled = operation.and_then(|operation| match &confirmation.of {
            Polled::Subject => Some(operation.subject.clone()),
            Polled::Argument(name) => Some(operation.parameter(name.as_str())?.of_type.clone()),
            Polled::Outcome(name) => Some(operation.outcome(name.as_str())?.of_type.clone()),
        });
        if !polled.is_some_and(|polled| world.is_subtype(&polled, &poll.subject)) {
            let message = format!(
                "`{}` is not asked of what is polled",
                world.compact(&poll.iri)
            );
            self.report(
                codes::CONFIRMATION_UNFIT,
                place.clone(),
                message,
                "`of` says of what: `subject`, `arguments.NAME` or `outcomes.NAME`.".to_owned(),
            );
        }
        for acceptor in &confirmation.acceptors {
            let Sign::Outcome { name, expected } = &acceptor.on else {
                continue;
            };
            match poll.outcome(name.as_str()) {
                Some(outcome) => self.word(&outcome.of_type.clone(), expected, place),
                None => {
                    let message = format!("`{}` has no outcome `{name}`", world.compact(&poll.iri));
                    self.report(
                        codes::CONFIRMATION_UNFIT,
                        place.clone(),
                        message,
                        "Name an outcome of the polled operation.".to_owned(),
                    );
                }
            }
        }
    }
}

/// The paths that `$each` takes its elements from.
fn collect_each<'a>(shape: &'a RequestShape, found: &mut Vec<&'a Hole>) {
    fn within<'a>(shape: &'a crate::shape::Shape, found: &mut Vec<&'a Hole>) {
        use crate::shape::Shape;
        match shape {
            Shape::Fixed(_) | Shape::Text(_) => {}
            Shape::List(items) => items.iter().for_each(|item| within(item, found)),
            Shape::Members(members) => members.iter().for_each(|(_, item)| within(item, found)),
            Shape::Each(hole, item) => {
                found.push(hole);
                within(item, found);
            }
        }
    }
    match &shape.kind {
        RequestKind::Model { input, .. } => within(input, found),
        RequestKind::Libvirt { arguments, .. } => within(arguments, found),
        RequestKind::Http {
            body: Some(crate::entry::BodyShape::Json(shape)),
            ..
        } => within(shape, found),
        RequestKind::Http { .. } | RequestKind::Socket { .. } => {}
    }
}
