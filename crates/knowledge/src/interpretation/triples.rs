//! Interpreted specifications as triples, so that a query sees inside the texts.
//!
//! In: operations. Out: triples about parameters, outcomes, conditions, effects and states. They follow from the
//! annotations, so they are neither stated nor part of any file.

use samos_model::name::Iri;
use samos_model::operation::{Category, DefaultValue, Kind, Operation, Outcome, Parameter};
use samos_model::text::{Atom, Condition, Conjunct, Effect, Path, Root, Term};
use samos_model::value::Literal;
use samos_model::vocabulary::xsd;

use super::lexicon::{Prefixes, local};
use crate::index::Triple;
use crate::store::Store;
use crate::terms::TermId;
use crate::vocabulary as v;

/// The triples of all operations.
pub(crate) fn describe(
    store: &mut Store,
    operations: &[Operation],
    prefixes: &Prefixes,
) -> Vec<Triple> {
    let mut writer = Writer {
        store,
        prefixes,
        triples: Vec::new(),
        elements: 0,
    };
    for operation in operations {
        writer.operation(operation);
    }
    writer.triples
}

struct Writer<'a> {
    store: &'a mut Store,
    prefixes: &'a Prefixes,
    triples: Vec<Triple>,
    elements: usize,
}

/// What a conjunct compares: path, comparison, the class after `is`, values.
type Compared<'a> = (&'a Path, String, Option<&'a Iri>, Vec<&'a Atom>);

impl Writer<'_> {
    fn iri(&mut self, iri: &Iri) -> TermId {
        match iri.as_str().strip_prefix("_:") {
            Some(label) => self.store.terms.blank(label),
            None => self.store.terms.iri(iri.as_str()),
        }
    }

    fn literal(&mut self, literal: &Literal) -> TermId {
        self.store
            .terms
            .literal(&literal.lexical, literal.datatype.as_str())
    }

    fn say(&mut self, subject: TermId, predicate: TermId, object: TermId) {
        self.triples.push([subject, predicate, object]);
    }

    fn text(&mut self, subject: TermId, predicate: TermId, text: &str) {
        let object = self.store.terms.literal(text, xsd::STRING);
        self.say(subject, predicate, object);
    }

    fn truth(&mut self, subject: TermId, predicate: TermId, truth: bool) {
        let object = self.literal(&Literal::boolean(truth));
        self.say(subject, predicate, object);
    }

    fn element(&mut self, operation: TermId, predicate: TermId) -> TermId {
        self.elements += 1;
        let class = match predicate {
            v::SAMOS_HAS_PARAMETER => v::SAMOS_PARAMETER_CLASS,
            v::SAMOS_HAS_OUTCOME => v::SAMOS_OUTCOME_CLASS,
            v::SAMOS_REQUIRES => v::SAMOS_CONDITION_CLASS,
            _ => v::SAMOS_EFFECT_CLASS,
        };
        let element = self.store.terms.blank(&format!("element{}", self.elements));
        self.say(operation, predicate, element);
        self.say(element, v::RDF_TYPE, class);
        element
    }

    fn operation(&mut self, operation: &Operation) {
        let id = self.iri(&operation.iri);
        let kind = if operation.kind == Kind::Information {
            v::SAMOS_INFORMATION_REQUEST
        } else {
            v::SAMOS_MANIPULATION_REQUEST
        };
        let category = match operation.category {
            Category::IaaS => v::SAMOS_IAAS_OPERATION,
            Category::PaaS => v::SAMOS_PAAS_OPERATION,
            Category::SaaS => v::SAMOS_SAAS_OPERATION,
            Category::Common => v::SAMOS_COMMON_OPERATION,
        };
        for class in [v::SAMOS_OPERATION, kind, category] {
            self.say(id, v::RDF_TYPE, class);
        }
        let subject = self.iri(&operation.subject);
        self.say(id, v::SAMOS_SUBJECT_TYPE, subject);
        if let Some(provider) = &operation.provider {
            let provider = self.iri(provider);
            self.say(id, v::SAMOS_OF_PROVIDER, provider);
        }
        for parameter in &operation.parameters {
            self.parameter(id, parameter);
        }
        for outcome in &operation.outcomes {
            self.outcome(id, outcome);
        }
        self.condition(id, &operation.precondition);
        for effect in &operation.postcondition {
            self.effect(id, effect);
        }
    }

    fn parameter(&mut self, operation: TermId, parameter: &Parameter) {
        let element = self.element(operation, v::SAMOS_HAS_PARAMETER);
        self.text(element, v::SAMOS_NAME, parameter.name.as_str());
        let of_type = self.iri(&parameter.of_type);
        self.say(element, v::SAMOS_TYPE, of_type);
        self.truth(element, v::SAMOS_MANDATORY, parameter.mandatory);
        self.truth(element, v::SAMOS_MULTIPLE, parameter.multiple);
        let default = match &parameter.default {
            Some(DefaultValue::Literal(literal)) => self.literal(literal),
            Some(DefaultValue::Individual(iri)) => self.iri(iri),
            None => return,
        };
        self.say(element, v::SAMOS_DEFAULT, default);
    }

    fn outcome(&mut self, operation: TermId, outcome: &Outcome) {
        let element = self.element(operation, v::SAMOS_HAS_OUTCOME);
        self.text(element, v::SAMOS_NAME, outcome.name.as_str());
        let of_type = self.iri(&outcome.of_type);
        self.say(element, v::SAMOS_TYPE, of_type);
        self.truth(element, v::SAMOS_MULTIPLE, outcome.multiple);
        if let Some(reads) = &outcome.reads {
            self.path(element, &reads.path);
            if let Some(last) = reads.path.properties.last() {
                let property = self.iri(last);
                self.say(element, v::SAMOS_READS_PROPERTY, property);
            }
        }
    }

    fn path(&mut self, element: TermId, path: &Path) {
        let written = self.written(path);
        self.text(element, v::SAMOS_ON_PATH, &written);
        if let Some(last) = path.properties.last() {
            let property = self.iri(last);
            self.say(element, v::SAMOS_ON_PROPERTY, property);
        }
    }

    /// The path in short names, as it is written.
    fn written(&self, path: &Path) -> String {
        let mut text = match &path.root {
            Root::Subject => "subject".to_owned(),
            Root::Account => "account".to_owned(),
            Root::Service => "service".to_owned(),
            Root::Provider => "provider".to_owned(),
            Root::Variable(name) => name.to_string(),
            Root::Individual(iri) => self.prefixes.compact(iri.as_str()),
        };
        for property in &path.properties {
            text.push('.');
            text.push_str(local(property.as_str()));
        }
        text
    }

    /// Text that was printed with whole IRIs, in short names.
    fn shortened(&self, printed: &str) -> String {
        let mut short = String::new();
        let mut rest = printed;
        while let Some((before, after)) = rest.split_once('<') {
            let name = after
                .split_once('>')
                .filter(|(iri, _)| iri.contains(':') && !iri.contains(' '));
            short.push_str(before);
            match name {
                Some((iri, tail)) if before.ends_with('.') => {
                    short.push_str(local(iri));
                    rest = tail;
                }
                Some((iri, tail)) => {
                    short.push_str(&self.prefixes.compact(iri));
                    rest = tail;
                }
                None => {
                    short.push('<');
                    rest = after;
                }
            }
        }
        short + rest
    }

    fn condition(&mut self, operation: TermId, condition: &Condition) {
        for conjunct in &condition.conjuncts {
            let text = self.shortened(&conjunct.to_string());
            let mut compared = Vec::new();
            parts(conjunct, "", &mut compared);
            for (path, comparison, class, values) in compared {
                let element = self.element(operation, v::SAMOS_REQUIRES);
                self.path(element, path);
                self.text(element, v::SAMOS_COMPARISON, &comparison);
                self.text(element, v::SAMOS_TEXT, &text);
                if let Some(class) = class {
                    let class = self.iri(class);
                    self.say(element, v::SAMOS_VALUE, class);
                }
                for value in values {
                    if let Some(value) = self.value(value) {
                        self.say(element, v::SAMOS_VALUE, value);
                        if !comparison.starts_with("not") && comparison != "!=" {
                            self.state(operation, v::SAMOS_REQUIRES_STATE, path, value);
                        }
                    }
                }
            }
            self.required_class(operation, conjunct);
        }
    }

    /// `path is Class`: the class is the value.
    fn required_class(&mut self, operation: TermId, conjunct: &Conjunct) {
        match conjunct {
            Conjunct::Is { path, of_type } => {
                let class = self.iri(of_type);
                self.state(operation, v::SAMOS_REQUIRES_STATE, path, class);
            }
            Conjunct::Either(alternatives) => {
                for conjunct in alternatives
                    .iter()
                    .flat_map(|alternative| &alternative.conjuncts)
                {
                    self.required_class(operation, conjunct);
                }
            }
            _ => {}
        }
    }

    fn value(&mut self, atom: &Atom) -> Option<TermId> {
        match atom {
            Atom::Literal(literal) => Some(self.literal(literal)),
            Atom::Path(Path {
                root: Root::Individual(iri),
                properties,
            }) if properties.is_empty() => Some(self.iri(iri)),
            Atom::Path(_) | Atom::Count(_) => None,
        }
    }

    /// States that a condition asks for or an effect gives: the one named, and its own classes of states.
    fn state(&mut self, operation: TermId, predicate: TermId, path: &Path, value: TermId) {
        let Some(property) = path
            .properties
            .last()
            .and_then(|property| self.store.known(property))
        else {
            return;
        };
        let closure = &self.store.closure;
        let is_state = |class: TermId| closure.classes().is_under(class, v::SAMOS_STATE);
        let above = closure.properties().above(property);
        let ranges: Vec<TermId> = above
            .flat_map(|above| closure.facts().objects(above, v::RDFS_RANGE))
            .collect();
        if !ranges.iter().any(|range| is_state(*range)) {
            return;
        }
        // That it is a state at all, or one of this provider, says nothing.
        let says = |class: TermId| {
            is_state(class)
                && !ranges
                    .iter()
                    .any(|range| closure.classes().is_under(*range, class))
        };
        let stored = closure.facts().objects(value, v::RDF_TYPE);
        let classes: Vec<TermId> = stored
            .filter(|class| says(*class) && self.store.terms.is_iri(*class))
            .collect();
        self.say(operation, predicate, value);
        for class in classes {
            self.say(operation, predicate, class);
        }
    }

    fn effect(&mut self, operation: TermId, effect: &Effect) {
        let element = self.element(operation, v::SAMOS_EFFECTS);
        let text = self.shortened(&effect.to_string());
        self.text(element, v::SAMOS_TEXT, &text);
        let (name, path, value): (&str, Option<&Path>, Option<&Term>) = match effect {
            Effect::Set { path, value } => ("set", Some(path), Some(value)),
            Effect::Add { path, value } => ("add", Some(path), Some(value)),
            Effect::Remove { path, value } => ("remove", Some(path), Some(value)),
            Effect::Clear(path) => ("clear", Some(path), None),
            Effect::Renew(path) => ("renew", Some(path), None),
            Effect::Delete(path) => ("delete", Some(path), None),
            Effect::Create { outcome, .. } => {
                self.text(element, v::SAMOS_ON_PATH, outcome.as_str());
                ("create", None, None)
            }
        };
        self.text(element, v::SAMOS_EFFECT, name);
        let Some(path) = path else { return };
        self.path(element, path);
        if let Some(value) = value
            .and_then(Term::as_atom)
            .and_then(|atom| self.value(atom))
        {
            self.say(element, v::SAMOS_VALUE, value);
            if matches!(effect, Effect::Set { .. } | Effect::Add { .. }) {
                self.state(operation, v::SAMOS_LEADS_TO_STATE, path, value);
            }
        }
    }
}

/// The comparisons inside a conjunct; `before` is `not ` inside a negation.
fn parts<'a>(conjunct: &'a Conjunct, before: &str, found: &mut Vec<Compared<'a>>) {
    let paths = |term: &'a Term| {
        term.atoms().filter_map(|atom| match atom {
            Atom::Path(path) | Atom::Count(path) => Some(path),
            Atom::Literal(_) => None,
        })
    };
    match conjunct {
        Conjunct::Compare {
            left,
            comparison,
            right,
        } => {
            let comparison = format!("{before}{}", comparison.as_str());
            for path in paths(left) {
                found.push((
                    path,
                    comparison.clone(),
                    None,
                    right.as_atom().into_iter().collect(),
                ));
            }
        }
        Conjunct::Is { path, of_type } => {
            found.push((path, format!("{before}is"), Some(of_type), Vec::new()))
        }
        Conjunct::In { path, values } => {
            found.push((path, format!("{before}in"), None, values.iter().collect()))
        }
        Conjunct::Contains { path, value } => {
            found.push((path, format!("{before}contains"), None, vec![value]))
        }
        Conjunct::Exists { path } => {
            found.push((path, format!("{before}exists"), None, Vec::new()))
        }
        Conjunct::Not(inner) => parts(inner, "not ", found),
        Conjunct::Either(alternatives) => {
            for conjunct in alternatives
                .iter()
                .flat_map(|alternative| &alternative.conjuncts)
            {
                parts(conjunct, before, found);
            }
        }
    }
}
