//! Model-driven entries against the vendor's own model.
//!
//! In: a compiled entry, and whoever can tell what a model's operations look like. Out: findings: unknown operations and
//! members, required members left out, declared errors without a class.

use samos_model::codes::mapping as codes;
use samos_model::finding::nearest;
use samos_model::{Finding, Place};

use crate::entry::{Entry, MappingFile, RequestKind};
use crate::file::Source;
use crate::mappings::Mappings;
use crate::shape::Shape;

/// What a vendor's model says of its operations. Who can read models implements it.
pub trait ModelShapes {
    /// Is there a model of that service?
    fn has_service(&self, service: &str) -> bool;

    /// All operations of a service, in order.
    fn operations(&self, service: &str) -> Vec<String>;

    /// The shape of an operation's input; `None` when there is no such operation.
    fn input(&self, service: &str, operation: &str) -> Option<MemberShape>;

    /// The codes of the errors that an operation declares.
    fn errors(&self, service: &str, operation: &str) -> Vec<String>;
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
    /// A text, number, boolean, time or bytes.
    Scalar,
    /// Anything.
    Any,
}

pub(super) fn check(
    mappings: &Mappings,
    file: &MappingFile,
    entry: &Entry,
    models: &dyn ModelShapes,
    findings: &mut Vec<Finding>,
) {
    let source = Source {
        name: &entry.place.file,
        text: &file.text,
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
        let Some(model) = models.input(service, operation) else {
            let all = models.operations(service);
            let help = match nearest(operation, all.iter().map(String::as_str)) {
                Some(known) => format!("Did you mean `{known}`?"),
                None => "Look the operation up in the vendor's model.".to_owned(),
            };
            let message = format!("`{service}` has no operation `{operation}`");
            let place = source.fragment(&entry.place, operation);
            findings.push(Finding::error(codes::MEMBER_UNKNOWN, message, help).at(place));
            continue;
        };
        members(input, &model, operation, &entry.place, &source, findings);
        let own = mappings.rules(file);
        let rules: Vec<_> = entry.errors.iter().chain(own).collect();
        for code in models.errors(service, operation) {
            if !rules.iter().any(|rule| rule.covers(Some(&code), Some(400))) {
                findings.push(
                    Finding::error(
                        codes::ERROR_NOT_CLASSED,
                        format!("error `{code}` of `{operation}` has no class"),
                        "Add a rule under `errors`.",
                    )
                    .at(entry.place.clone()),
                );
            }
        }
    }
}

fn members(
    shape: &Shape,
    model: &MemberShape,
    at: &str,
    place: &Place,
    source: &Source<'_>,
    findings: &mut Vec<Finding>,
) {
    let unfit = |what: &str, findings: &mut Vec<Finding>| {
        let name = at.rsplit('.').next().unwrap_or(at);
        findings.push(
            Finding::error(
                codes::MEMBER_UNKNOWN,
                format!("`{at}` is {what} in the vendor's model"),
                "Write it as the model has it.",
            )
            .at(source.fragment(place, name)),
        );
    };
    match (shape, model) {
        (Shape::Members(given), MemberShape::Structure(known)) => {
            for (name, value) in given {
                match known.iter().find(|(its, ..)| its == name) {
                    Some((_, _, model)) => {
                        let at = format!("{at}.{name}");
                        members(value, model, &at, place, source, findings);
                    }
                    None => {
                        let names = known.iter().map(|(name, ..)| name.as_str());
                        let help = match nearest(name, names) {
                            Some(known) => format!("Did you mean `{known}`?"),
                            None => "Look the member up in the vendor's model.".to_owned(),
                        };
                        let message = format!("`{at}` has no member `{name}`");
                        let place = source.fragment(place, name);
                        findings
                            .push(Finding::error(codes::MEMBER_UNKNOWN, message, help).at(place));
                    }
                }
            }
            for (name, ..) in known.iter().filter(|(_, required, _)| *required) {
                if !given.iter().any(|(its, _)| its == name) {
                    let message = format!("`{at}` requires `{name}`");
                    findings.push(
                        Finding::error(codes::MEMBER_MISSING, message, "Add the member.")
                            .at(place.clone()),
                    );
                }
            }
        }
        (Shape::List(items), MemberShape::List(model)) => {
            for item in items {
                let item = match item {
                    Shape::Each(_, item) => item,
                    item => item,
                };
                members(item, model, at, place, source, findings);
            }
        }
        (Shape::Each(_, item), MemberShape::List(model)) => {
            members(item, model, at, place, source, findings);
        }
        (Shape::Text(_), MemberShape::Structure(_)) => unfit("a structure", findings),
        (Shape::Members(_), MemberShape::List(_)) => unfit("a list", findings),
        (Shape::List(_), MemberShape::Structure(_)) => unfit("a structure", findings),
        (Shape::List(_) | Shape::Members(_), MemberShape::Scalar) => unfit("a scalar", findings),
        _ => {}
    }
}
