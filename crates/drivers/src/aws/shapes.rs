//! What the vendor's models say of operations, for mappings to be held against.

use samos_mapping::{MemberShape, ModelShapes};

use super::catalogue::Catalogue;
use super::model::{Kind, Member, Service, Shape};

/// Structures within structures deeper than this are not followed: some hold themselves.
const DEEPEST: usize = 12;

impl ModelShapes for Catalogue {
    fn has_service(&self, service: &str) -> bool {
        self.service(service).is_ok()
    }

    fn operations(&self, service: &str) -> Vec<String> {
        let loaded = self.service(service);
        loaded.map_or_else(
            |_| Vec::new(),
            |loaded| {
                let names = loaded.service.operation_names();
                names.into_iter().map(str::to_owned).collect()
            },
        )
    }

    fn input(&self, service: &str, operation: &str) -> Option<MemberShape> {
        let loaded = self.service(service).ok()?;
        let operation = loaded.service.operation(operation).ok()?;
        Some(whole(&loaded.service, operation.input.as_ref()))
    }

    fn output(&self, service: &str, operation: &str) -> Option<MemberShape> {
        let loaded = self.service(service).ok()?;
        let operation = loaded.service.operation(operation).ok()?;
        Some(whole(&loaded.service, operation.output.as_ref()))
    }

    fn errors(&self, service: &str, operation: &str) -> Vec<(String, u16)> {
        let Ok(loaded) = self.service(service) else {
            return Vec::new();
        };
        let Ok(operation) = loaded.service.operation(operation) else {
            return Vec::new();
        };
        let errors = operation.errors.iter().filter_map(|error| {
            let name = error.shape.as_deref()?;
            let said = loaded.service.shape(name).ok()?.error.as_ref();
            let code = said.and_then(|error| error.code.as_deref()).unwrap_or(name);
            let status = said.and_then(|error| error.http_status_code);
            Some((code.to_owned(), status.unwrap_or(400)))
        });
        errors.collect()
    }
}

/// An input or output; nothing is a structure without members.
fn whole(service: &Service, shape: Option<&Shape>) -> MemberShape {
    match shape.map(|shape| service.member(shape)) {
        None => MemberShape::Structure(Vec::new()),
        Some(Ok(member)) => shape_of(&member, 0),
        Some(Err(_)) => MemberShape::Any,
    }
}

fn shape_of(member: &Member<'_>, depth: usize) -> MemberShape {
    if depth > DEEPEST || member.is_document() || member.is_json_value() {
        return MemberShape::Any;
    }
    match member.kind() {
        Kind::Structure => {
            let required = &member.shape.required;
            let members = member.members().filter_map(|known| {
                let (name, inner) = known.ok()?;
                // Whoever sends fills a token in.
                let is_required =
                    required.iter().any(|one| one == name) && !inner.reference.idempotency_token;
                Some((name.to_owned(), is_required, shape_of(&inner, depth + 1)))
            });
            MemberShape::Structure(members.collect())
        }
        Kind::List => match member.element() {
            Ok(element) => MemberShape::List(Box::new(shape_of(&element, depth + 1))),
            Err(_) => MemberShape::Any,
        },
        Kind::Map => MemberShape::Map,
        Kind::Boolean => MemberShape::Boolean,
        Kind::String | Kind::Character | Kind::Blob | Kind::Timestamp => MemberShape::Text,
        _ => MemberShape::Number,
    }
}
