//! SHACL shapes: the core subset that descriptions of operations need.
//!
//! Targets: class, subjects of, objects of, node. Paths: a property or its inverse. Constraints: counts, datatype,
//! class, node kind, in, has value, pattern, lengths, bounds. Another part of SHACL gives a warning, never silence.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};
use samos_model::finding::{Finding, Severity};

use crate::catalogue::Catalogue;
use crate::codes;
use crate::datatypes::compare;
use crate::entailment::list;
use crate::interpretation::Lexicon;
use crate::sources::Part;
use crate::store::Store;
use crate::terms::{TermId, TermKind};
use crate::vocabulary as v;

/// Words of SHACL that are read here, or that carry no constraint.
const KNOWN: &[TermId] = &[
    v::SH_TARGET_CLASS,
    v::SH_TARGET_NODE,
    v::SH_TARGET_SUBJECTS_OF,
    v::SH_TARGET_OBJECTS_OF,
    v::SH_PROPERTY,
    v::SH_PATH,
    v::SH_MIN_COUNT,
    v::SH_MAX_COUNT,
    v::SH_DATATYPE,
    v::SH_CLASS,
    v::SH_NODE_KIND,
    v::SH_IN,
    v::SH_PATTERN,
    v::SH_FLAGS,
    v::SH_HAS_VALUE,
    v::SH_MESSAGE,
    v::SH_SEVERITY,
    v::SH_DEACTIVATED,
    v::SH_MIN_LENGTH,
    v::SH_MAX_LENGTH,
    v::SH_MIN_INCLUSIVE,
    v::SH_MAX_INCLUSIVE,
    v::SH_MIN_EXCLUSIVE,
    v::SH_MAX_EXCLUSIVE,
    v::SH_NAME,
    v::SH_DESCRIPTION,
    v::SH_ORDER,
];

/// Findings of all shapes.
pub(super) fn findings(store: &Store, catalogue: &Catalogue) -> Vec<Finding> {
    let lexicon = Lexicon::new(store, &catalogue.prefixes, &catalogue.datatypes);
    let facts = store.closure.facts();
    let mut found = Vec::new();
    let targets = [
        v::SH_TARGET_CLASS,
        v::SH_TARGET_NODE,
        v::SH_TARGET_SUBJECTS_OF,
        v::SH_TARGET_OBJECTS_OF,
    ];
    let targeted = targets
        .iter()
        .flat_map(|target| facts.matching(None, Some(*target), None))
        .map(|[s, _, _]| s);
    let shapes: BTreeSet<TermId> = targeted.collect();
    for shape in shapes {
        if store.is_true(shape, v::SH_DEACTIVATED) {
            continue;
        }
        let mut run = Run {
            lexicon: &lexicon,
            found: &mut found,
        };
        let own = Constraints::read(store, shape, None);
        run.report_unsupported(shape);
        let properties: Vec<(TermId, Constraints)> = facts
            .objects(shape, v::SH_PROPERTY)
            .map(|property| (property, Constraints::read(store, property, Some(&own))))
            .collect();
        for (property, _) in &properties {
            run.report_unsupported(*property);
        }
        for focus in focus_nodes(store, shape) {
            run.check_values(focus, None, &[focus], &own);
            for (property, constraints) in &properties {
                run.check_property(focus, *property, constraints);
            }
        }
    }
    found
}

fn focus_nodes(store: &Store, shape: TermId) -> BTreeSet<TermId> {
    let facts = store.closure.facts();
    let mut nodes = BTreeSet::new();
    for class in facts.objects(shape, v::SH_TARGET_CLASS) {
        nodes.extend(store.closure.members(class));
    }
    nodes.extend(facts.objects(shape, v::SH_TARGET_NODE));
    for property in facts.objects(shape, v::SH_TARGET_SUBJECTS_OF) {
        nodes.extend(
            facts
                .matching(None, Some(property), None)
                .map(|[s, _, _]| s),
        );
    }
    for property in facts.objects(shape, v::SH_TARGET_OBJECTS_OF) {
        nodes.extend(
            facts
                .matching(None, Some(property), None)
                .map(|[_, _, o]| o),
        );
    }
    nodes
}

/// What a shape asks of value nodes.
struct Constraints {
    counts: (Option<usize>, Option<usize>),
    datatype: Option<String>,
    classes: Vec<TermId>,
    node_kind: Option<TermId>,
    allowed: Option<Vec<TermId>>,
    required: Vec<TermId>,
    patterns: Vec<Regex>,
    lengths: (Option<usize>, Option<usize>),
    bounds: Vec<(TermId, String)>,
    message: Option<String>,
    severity: Severity,
}

impl Constraints {
    fn read(store: &Store, shape: TermId, within: Option<&Self>) -> Self {
        let facts = store.closure.facts();
        let one = |predicate: TermId| facts.objects(shape, predicate).next();
        let text =
            |predicate: TermId| one(predicate).map(|value| store.terms.text(value).to_owned());
        let number =
            |predicate: TermId| text(predicate).and_then(|text| text.trim().parse::<usize>().ok());
        let flags = text(v::SH_FLAGS).unwrap_or_default();
        let pattern = |value: TermId| {
            let mut builder = RegexBuilder::new(store.terms.text(value));
            builder
                .case_insensitive(flags.contains('i'))
                .dot_matches_new_line(flags.contains('s'))
                .multi_line(flags.contains('m'));
            builder.build().ok()
        };
        let severity = match one(v::SH_SEVERITY) {
            Some(v::SH_WARNING) => Severity::Warning,
            Some(v::SH_INFO) => Severity::Note,
            Some(_) => Severity::Error,
            None => within.map_or(Severity::Error, |within| within.severity),
        };
        let bounds = [
            v::SH_MIN_INCLUSIVE,
            v::SH_MAX_INCLUSIVE,
            v::SH_MIN_EXCLUSIVE,
            v::SH_MAX_EXCLUSIVE,
        ];
        Self {
            counts: (number(v::SH_MIN_COUNT), number(v::SH_MAX_COUNT)),
            datatype: text(v::SH_DATATYPE),
            classes: facts.objects(shape, v::SH_CLASS).collect(),
            node_kind: one(v::SH_NODE_KIND),
            allowed: one(v::SH_IN).map(|head| list(facts, head)),
            required: facts.objects(shape, v::SH_HAS_VALUE).collect(),
            patterns: facts
                .objects(shape, v::SH_PATTERN)
                .filter_map(pattern)
                .collect(),
            lengths: (number(v::SH_MIN_LENGTH), number(v::SH_MAX_LENGTH)),
            bounds: bounds
                .into_iter()
                .filter_map(|bound| Some((bound, text(bound)?)))
                .collect(),
            message: text(v::SH_MESSAGE),
            severity,
        }
    }
}

struct Run<'a> {
    lexicon: &'a Lexicon<'a>,
    found: &'a mut Vec<Finding>,
}

/// A property followed forwards, or backwards.
#[derive(Clone, Copy)]
struct Step {
    property: TermId,
    inverse: bool,
}

impl Run<'_> {
    fn report_unsupported(&mut self, shape: TermId) {
        let store = self.lexicon.store;
        for [_, predicate, value] in store.closure.facts().matching(Some(shape), None, None) {
            if store.is_in(predicate, v::SH) && !KNOWN.contains(&predicate) {
                let message = format!(
                    "this shape uses `{}`, which is not checked",
                    self.lexicon.short(predicate)
                );
                let finding = Finding::warning(
                    codes::SHAPE_UNSUPPORTED,
                    message,
                    "say it with counts, datatype, class, nodeKind, in, hasValue or pattern",
                );
                self.found.push(store.at(
                    finding,
                    store.stated([shape, predicate, value]),
                    Part::Predicate,
                ));
            }
        }
    }

    fn check_property(&mut self, focus: TermId, shape: TermId, constraints: &Constraints) {
        let store = self.lexicon.store;
        let facts = store.closure.facts();
        let Some(path) = facts.objects(shape, v::SH_PATH).next() else {
            return;
        };
        let step = match facts.objects(path, v::SH_INVERSE_PATH).next() {
            Some(property) => Step {
                property,
                inverse: true,
            },
            None if store.terms.is_iri(path) => Step {
                property: path,
                inverse: false,
            },
            None => {
                let finding = Finding::warning(
                    codes::SHAPE_UNSUPPORTED,
                    "this shape's path is not followed",
                    "use a property or sh:inversePath",
                );
                self.found.push(store.at(
                    finding,
                    store.stated([shape, v::SH_PATH, path]),
                    Part::Object,
                ));
                return;
            }
        };
        let values: Vec<TermId> = match (step.inverse, step.property) {
            (true, property) => facts.subjects(property, focus).collect(),
            (false, v::RDF_TYPE) => store.closure.types(focus),
            (false, property) => facts.objects(focus, property).collect(),
        };
        let (least, most) = constraints.counts;
        let name = self.name_of(step);
        if least.is_some_and(|least| values.len() < least) {
            let standard = format!(
                "{name} is missing: {} of {} given",
                values.len(),
                least.unwrap_or(0)
            );
            self.report(focus, None, constraints, standard);
        }
        if let Some(most) = most
            && values.len() > most
        {
            let last = self.latest(focus, step, &values);
            self.report(
                focus,
                last.map(|value| (step, value)),
                constraints,
                format!(
                    "{name} is given {} times, but at most {most} is allowed",
                    values.len()
                ),
            );
        }
        for required in &constraints.required {
            if !values.contains(required) {
                self.report(
                    focus,
                    None,
                    constraints,
                    format!("{name} must hold `{}`", self.lexicon.short(*required)),
                );
            }
        }
        self.check_values(focus, Some(step), &values, constraints);
    }

    fn name_of(&self, step: Step) -> String {
        let name = self.lexicon.short(step.property);
        if step.inverse {
            format!("what has it as `{name}`")
        } else {
            format!("`{name}`")
        }
    }

    /// The value that stands last in the files, which is the one too many.
    fn latest(&self, focus: TermId, step: Step, values: &[TermId]) -> Option<TermId> {
        let store = self.lexicon.store;
        let statement = |value: TermId| {
            store.stated(if step.inverse {
                [value, step.property, focus]
            } else {
                [focus, step.property, value]
            })
        };
        values
            .iter()
            .copied()
            .max_by_key(|value| statement(*value).map(|statement| statement.origin))
    }

    fn check_values(
        &mut self,
        focus: TermId,
        step: Option<Step>,
        values: &[TermId],
        constraints: &Constraints,
    ) {
        for value in values {
            if let Some(problem) = self.problem(*value, constraints) {
                self.report(focus, step.map(|step| (step, *value)), constraints, problem);
            }
        }
    }

    fn problem(&self, value: TermId, constraints: &Constraints) -> Option<String> {
        let store = self.lexicon.store;
        let kind = store.terms.kind(value);
        let shown = if kind == TermKind::Literal {
            store.value(value).to_string()
        } else {
            self.lexicon.short(value)
        };
        if let Some(datatype) = &constraints.datatype {
            let own = store.terms.datatype(value);
            let literal = store.value(value);
            let passes = literal
                .as_literal()
                .is_some_and(|literal| self.lexicon.datatypes.check(literal, datatype).is_ok());
            if own.is_none_or(|own| {
                !self
                    .lexicon
                    .datatypes
                    .above(own)
                    .contains(datatype.as_str())
            }) || !passes
            {
                return Some(format!(
                    "`{shown}` is not of the datatype `{}`",
                    self.lexicon.prefixes.compact(datatype)
                ));
            }
        }
        if let Some(class) = constraints.classes.iter().find(|class| {
            !store
                .closure
                .has_type(store.closure.representative(value), **class)
        }) {
            return Some(format!(
                "`{shown}` is not a `{}`",
                self.lexicon.short(*class)
            ));
        }
        if let Some(wanted) = constraints.node_kind
            && !is_of_kind(kind, wanted)
        {
            return Some(format!(
                "`{shown}` is not an {}",
                store.terms.text(wanted).trim_start_matches(v::SH)
            ));
        }
        if let Some(allowed) = &constraints.allowed
            && !allowed.contains(&value)
        {
            let names: Vec<String> = allowed
                .iter()
                .map(|value| format!("`{}`", self.lexicon.short(*value)))
                .collect();
            return Some(format!("`{shown}` is none of {}", names.join(", ")));
        }
        let text = store.terms.text(value);
        if let Some(pattern) = constraints
            .patterns
            .iter()
            .find(|pattern| kind == TermKind::Blank || !pattern.is_match(text))
        {
            return Some(format!("`{shown}` does not match `{pattern}`"));
        }
        let length = text.chars().count();
        let (least, most) = constraints.lengths;
        if least.is_some_and(|least| length < least) || most.is_some_and(|most| length > most) {
            return Some(format!(
                "`{shown}` has {length} characters, which is out of bounds"
            ));
        }
        let family = store
            .terms
            .datatype(value)
            .and_then(|datatype| self.lexicon.datatypes.family(datatype));
        for (bound, limit) in &constraints.bounds {
            let order = compare(text, limit, family);
            let passes = match *bound {
                v::SH_MIN_INCLUSIVE => order.is_some_and(Ordering::is_ge),
                v::SH_MAX_INCLUSIVE => order.is_some_and(Ordering::is_le),
                v::SH_MIN_EXCLUSIVE => order.is_some_and(Ordering::is_gt),
                _ => order.is_some_and(Ordering::is_lt),
            };
            if !passes {
                return Some(format!("`{shown}` is out of bounds ({limit})"));
            }
        }
        None
    }

    fn report(
        &mut self,
        focus: TermId,
        at: Option<(Step, TermId)>,
        constraints: &Constraints,
        standard: String,
    ) {
        let store = self.lexicon.store;
        let named = match store.terms.kind(focus) {
            TermKind::Iri => format!("`{}`: ", self.lexicon.short(focus)),
            TermKind::Literal | TermKind::Blank | TermKind::Triple => String::new(),
        };
        let message = format!(
            "{named}{}",
            constraints.message.as_deref().unwrap_or(&standard)
        );
        let help = if constraints.message.is_some() {
            standard
        } else {
            "see the shape in ontology/shapes.ttl or in the file that brings it".to_owned()
        };
        let finding = Finding {
            severity: constraints.severity,
            ..Finding::error(codes::SHAPE, message, help)
        };
        let (statement, part) = match at {
            Some((step, value)) if step.inverse => {
                (store.stated([value, step.property, focus]), Part::Object)
            }
            Some((step, value)) => (store.stated([focus, step.property, value]), Part::Object),
            None => (store.first_about(focus), Part::Subject),
        };
        self.found.push(store.at(finding, statement, part));
    }
}

fn is_of_kind(kind: TermKind, wanted: TermId) -> bool {
    match wanted {
        v::SH_IRI => kind == TermKind::Iri,
        v::SH_LITERAL => kind == TermKind::Literal,
        v::SH_BLANK_NODE => kind == TermKind::Blank,
        v::SH_BLANK_NODE_OR_IRI => matches!(kind, TermKind::Blank | TermKind::Iri),
        v::SH_BLANK_NODE_OR_LITERAL => matches!(kind, TermKind::Blank | TermKind::Literal),
        v::SH_IRI_OR_LITERAL => matches!(kind, TermKind::Iri | TermKind::Literal),
        _ => true,
    }
}
