//! Model-driven entries against the vendor's own model.
//!
//! In: a compiled entry, what is specified, and whoever can tell what a model's operations look like. Out: findings: unknown
//! operations and members, required members left out, values of another kind, outcomes where the model has nothing, declared
//! errors without a class of their own.

mod answers;

use samos_model::codes::mapping as codes;
use samos_model::finding::nearest;
use samos_model::vocabulary::xsd;
use samos_model::{Finding, Iri, Operation, Place, World};

use crate::entry::{Entry, MappingFile, RequestKind};
use crate::file::Source;
use crate::mappings::Mappings;
use crate::scope::{Typed, follow_types};
use crate::shape::Shape;
use crate::template::{Conversion, Hole, Template};

/// What a vendor's model says of its operations. Who can read models implements it.
pub trait ModelShapes {
    /// Is there a model of that service?
    fn has_service(&self, service: &str) -> bool;

    /// All operations of a service, in order.
    fn operations(&self, service: &str) -> Vec<String>;

    /// The shape of an operation's input; `None` when there is no such operation.
    fn input(&self, service: &str, operation: &str) -> Option<MemberShape>;

    /// The shape of an operation's output; `None` when there is no such operation.
    fn output(&self, service: &str, operation: &str) -> Option<MemberShape>;

    /// The codes of the errors that an operation declares, each with the status that it comes with.
    fn errors(&self, service: &str, operation: &str) -> Vec<(String, u16)>;
}

/// The shape of a value in a vendor's model.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MemberShape {
    /// Members by name, and whether each is required. A member that nests in itself may be given as `Any`.
    Structure(Vec<(String, bool, MemberShape)>),
    /// A list.
    List(Box<MemberShape>),
    /// Names and values.
    Map,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A text, time or bytes.
    Text,
    /// Anything.
    Any,
}

impl MemberShape {
    /// What it is called in a sentence.
    fn words(&self) -> &'static str {
        match self {
            Self::Structure(_) => "a structure",
            Self::List(_) => "a list",
            Self::Map => "a map",
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Text => "a text",
            Self::Any => "anything",
        }
    }
}

pub(super) fn check(
    mappings: &Mappings,
    file: &MappingFile,
    entry: &Entry,
    world: &dyn World,
    models: &dyn ModelShapes,
    findings: &mut Vec<Finding>,
) {
    let mut check = Check {
        mappings,
        file,
        entry,
        world,
        models,
        findings,
    };
    let lookups = entry.lookup.iter().flat_map(|lookup| &lookup.requests);
    for shape in entry.requests.iter().chain(lookups) {
        let RequestKind::Model { operation, input } = &shape.kind else {
            continue;
        };
        let service = &shape.service;
        if !models.has_service(service) {
            continue;
        }
        match models.input(service, operation) {
            Some(model) => {
                check.members(input, &model, operation, None);
                check.errors(service, operation);
                if let Some(paging) = &shape.paging {
                    let output = models.output(service, operation);
                    check.paging(paging, &model, output.as_ref());
                }
            }
            None => check.unknown_operation(service, operation),
        }
    }
    check.answers();
}

struct Check<'a> {
    mappings: &'a Mappings,
    file: &'a MappingFile,
    entry: &'a Entry,
    world: &'a dyn World,
    models: &'a dyn ModelShapes,
    findings: &'a mut Vec<Finding>,
}

impl Check<'_> {
    /// A finding where a fragment of the entry stands.
    fn report(&mut self, code: &'static str, fragment: &str, message: String, help: String) {
        let source = Source {
            name: &self.entry.place.file,
            text: &self.file.text,
        };
        let place: Place = source.fragment(&self.entry.place, fragment);
        self.findings
            .push(Finding::error(code, message, help).at(place));
    }

    fn unknown_operation(&mut self, service: &str, operation: &str) {
        let all = self.models.operations(service);
        let help = match nearest(operation, all.iter().map(String::as_str)) {
            Some(known) => format!("Did you mean `{known}`?"),
            None => "Look the operation up in the vendor's model.".to_owned(),
        };
        let message = format!("`{service}` has no operation `{operation}`");
        self.report(codes::MEMBER_UNKNOWN, operation, message, help);
    }

    /// A rule that only speaks of statuses is none of this error's own: it was not thought of.
    fn errors(&mut self, service: &str, operation: &str) {
        for (code, status) in self.models.errors(service, operation) {
            let mut rules = self
                .entry
                .errors
                .iter()
                .chain(self.mappings.rules(self.file));
            let is_classed =
                rules.any(|rule| !rule.codes.is_empty() && rule.covers(Some(&code), Some(status)));
            if !is_classed {
                let name = self.entry.operation.local().to_owned();
                self.report(
                    codes::ERROR_NOT_CLASSED,
                    &name,
                    format!("error `{code}` of `{operation}` has no class"),
                    "Add its code to a rule under `errors`.".to_owned(),
                );
            }
        }
    }

    /// `each` is the hole whose values the enclosing `$each` takes.
    fn members(&mut self, shape: &Shape, model: &MemberShape, at: &str, each: Option<&Hole>) {
        match (shape, model) {
            (_, MemberShape::Any) => {}
            (Shape::Members(given), MemberShape::Structure(known)) => {
                self.structure(given, known, at, each);
            }
            (Shape::List(items), MemberShape::List(model)) => {
                for item in items {
                    match item {
                        Shape::Each(hole, item) => self.members(item, model, at, Some(hole)),
                        item => self.members(item, model, at, each),
                    }
                }
            }
            (Shape::Each(hole, item), MemberShape::List(model)) => {
                self.members(item, model, at, Some(hole));
            }
            (Shape::Text(template), MemberShape::List(model)) => match template.lone() {
                // Several values become the list.
                Some(hole) if self.typed(hole, each).is_none_or(|typed| typed.multiple) => {
                    self.text(template, model, at, each);
                }
                _ => self.unfit(at, "a list"),
            },
            (Shape::Text(template), model) => self.text(template, model, at, each),
            (Shape::Members(_), MemberShape::Map) => {}
            (Shape::Fixed(value), model) => {
                let fits = match model {
                    MemberShape::Number => value.is_number(),
                    MemberShape::Boolean => value.is_boolean(),
                    MemberShape::Text => value.is_string() || value.is_number(),
                    _ => false,
                };
                if !fits {
                    self.unfit(at, model.words());
                }
            }
            (_, model) => self.unfit(at, model.words()),
        }
    }

    fn structure(
        &mut self,
        given: &[(String, Shape)],
        known: &[(String, bool, MemberShape)],
        at: &str,
        each: Option<&Hole>,
    ) {
        for (name, value) in given {
            if let Some((_, _, model)) = known.iter().find(|(its, ..)| its == name) {
                self.members(value, model, &format!("{at}.{name}"), each);
                continue;
            }
            let names = known.iter().map(|(name, ..)| name.as_str());
            let help = match nearest(name, names) {
                Some(known) => format!("Did you mean `{known}`?"),
                None => "Look the member up in the vendor's model.".to_owned(),
            };
            let message = format!("`{at}` has no member `{name}`");
            self.report(codes::MEMBER_UNKNOWN, name, message, help);
        }
        for (name, ..) in known.iter().filter(|(_, required, _)| *required) {
            if !given.iter().any(|(its, _)| its == name) {
                let local = self.entry.operation.local().to_owned();
                self.report(
                    codes::MEMBER_MISSING,
                    &local,
                    format!("`{at}` requires `{name}`"),
                    "Add the member.".to_owned(),
                );
            }
        }
    }

    /// A template where a scalar is wanted.
    fn text(&mut self, template: &Template, model: &MemberShape, at: &str, each: Option<&Hole>) {
        let Some(hole) = template.lone() else {
            if !matches!(model, MemberShape::Text) {
                self.unfit(at, model.words());
            }
            return;
        };
        let datatype = self.typed(hole, each).and_then(|typed| typed.of_type);
        let of = |datatypes: &[&str]| {
            // What nobody knows is not called wrong.
            datatype.as_ref().is_none_or(|datatype| {
                let mut above = datatypes.iter();
                above.any(|above| self.world.is_subtype(datatype, &Iri::from(*above)))
            })
        };
        let is_truth = hole.equals.is_some() || hole.conversion == Some(Conversion::Boolean);
        let fits = match model {
            MemberShape::Number if !is_truth => {
                hole.conversion == Some(Conversion::Number) || of(&NUMBERS)
            }
            MemberShape::Boolean => is_truth || of(&[xsd::BOOLEAN]),
            MemberShape::Text => !is_truth && hole.conversion != Some(Conversion::Object),
            MemberShape::Map => hole.conversion == Some(Conversion::Object),
            _ => false,
        };
        if !fits {
            self.unfit(at, model.words());
        }
    }

    fn typed(&self, hole: &Hole, each: Option<&Hole>) -> Option<Typed> {
        let operation: &Operation = self.world.operation(&self.entry.operation)?;
        let each = each.and_then(|each| self.typed(each, None));
        let prefixes = &self.file.prefixes;
        let typed = follow_types(self.world, prefixes, operation, hole, each.as_ref()).ok()?;
        // Of this parameter one value is sent at a time.
        let is_single = matches!((&self.entry.each, &hole.root), (Some((name, _)), crate::template::HoleRoot::Argument(its)) if name == its);
        Some(Typed {
            multiple: typed.multiple && !is_single,
            ..typed
        })
    }

    fn unfit(&mut self, at: &str, what: &str) {
        let name = at.rsplit('.').next().unwrap_or(at).to_owned();
        self.report(
            codes::MEMBER_UNKNOWN,
            &name,
            format!("`{at}` is {what} in the vendor's model"),
            "Write it as the model has it.".to_owned(),
        );
    }
}

/// The datatypes of numbers, each above those derived from it.
const NUMBERS: [&str; 3] = [xsd::DECIMAL, xsd::INTEGER, xsd::DOUBLE];
