//! What things are called: in short, in full, by people.

use samos::model::Kind;
use samos::{Iri, World, catalogue, export};
use serde::Serialize;
use utoipa::ToSchema;

/// A name, short and in full.
#[derive(Serialize, ToSchema)]
pub(crate) struct Named {
    /// With its prefix.
    name: String,
    /// In full.
    iri: String,
}

impl Named {
    pub(crate) fn of(iri: &Iri, world: &dyn World) -> Self {
        Self {
            name: export::short(iri, world),
            iri: iri.to_string(),
        }
    }
}

/// What people call a thing.
pub(crate) fn label_of(world: &dyn World, iri: &Iri) -> Option<String> {
    let text = |property: &str| {
        let values = world.values(iri, &Iri::from(property));
        let mut texts = values.members.iter().filter_map(|value| value.as_literal());
        texts.next().map(|literal| literal.lexical.to_string())
    };
    text("https://w3id.org/samos#name")
        .or_else(|| text("http://www.w3.org/2000/01/rdf-schema#label"))
}

/// The name in short of what something is called, for whoever lists it.
pub(crate) fn title_of(world: &dyn World, iri: &Iri) -> String {
    label_of(world, iri).unwrap_or_else(|| export::short(iri, world))
}

/// What kind of thing a name stands for in a search.
pub(crate) fn class_of(world: &dyn World, iri: &Iri) -> Option<String> {
    catalogue::kind_of(world, iri).map(|class| export::short(&class, world))
}

/// Reads or changes, in a word.
pub(crate) fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Information => "reads",
        Kind::Manipulation => "changes",
    }
}
