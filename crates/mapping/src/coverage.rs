//! How much of what is specified can be called.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::{Iri, Kind, World};
use serde::Serialize;

use crate::mappings::Mappings;

/// One provider's row.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Coverage {
    /// The provider.
    pub provider: Option<Iri>,
    /// Operations that read, specified and mapped.
    pub information: Count,
    /// Operations that change, specified and mapped.
    pub manipulation: Count,
    /// Mapped operations by library.
    pub libraries: BTreeMap<String, usize>,
    /// What is not mapped, in order.
    pub missing: Vec<Iri>,
}

/// Specified and mapped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Count {
    /// How many are specified.
    pub specified: usize,
    /// How many of them are mapped.
    pub mapped: usize,
}

impl Mappings {
    /// One row for each provider of the world, in order.
    #[must_use = "counting has no other effect"]
    pub fn coverage(&self, world: &dyn World) -> Vec<Coverage> {
        let mut rows: BTreeMap<Option<Iri>, Coverage> = BTreeMap::new();
        for operation in world.operations() {
            let row = rows.entry(operation.provider.clone()).or_default();
            row.provider.clone_from(&operation.provider);
            let libraries: BTreeSet<&str> = self.libraries(&operation.iri).into_iter().collect();
            let count = match operation.kind {
                Kind::Information => &mut row.information,
                Kind::Manipulation => &mut row.manipulation,
            };
            count.specified += 1;
            if libraries.is_empty() {
                row.missing.push(operation.iri.clone());
            } else {
                count.mapped += 1;
            }
            for library in libraries {
                *row.libraries.entry(library.to_owned()).or_default() += 1;
            }
        }
        rows.into_values().collect()
    }
}
