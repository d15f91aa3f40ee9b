//! An image: all that was worked out from sources and observations, written so that it is there again at once.
//!
//! In: a settled store, or the bytes of an image and the sources that it was made of. Out: the other. An image is good for
//! the code that wrote it and nothing else; whatever is odd about one means that it is not used. Not here: where it is
//! kept, and whether its sources are still the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use samos_model::finding::Finding;
use serde::{Deserialize, Serialize};

use crate::Knowledge;
use crate::catalogue::{Catalogue, Compiled};
use crate::sources::{LoadedSource, Source};
use crate::store::Store;

/// The sources of the types that stand in an image, as a digest: other code lays them out in another way.
const LAYOUT: &str = env!("SAMOS_IMAGE_LAYOUT");

#[derive(Serialize, Deserialize)]
struct Image {
    layout: String,
    sources: usize,
    store: Store,
    prefixes: BTreeMap<String, String>,
    compiled: Compiled,
    /// As JSON, in which a finding leaves out what it has not.
    findings: String,
    observations: u32,
    updates: u32,
}

impl Knowledge {
    /// All of it as bytes. None where that cannot be: with files that were refused, or quoted triples.
    #[must_use = "this makes bytes and changes nothing that is known"]
    pub fn image(&mut self) -> Option<Vec<u8>> {
        let catalogue = self.catalogue();
        if !self.refused().is_empty() || self.store.terms.has_triples() {
            return None;
        }
        let image = Image {
            layout: LAYOUT.to_owned(),
            sources: self.store.sources.len(),
            compiled: catalogue.compiled(&self.store),
            store: self.store.clone(),
            prefixes: self.prefixes_of_files.clone(),
            findings: serde_json::to_string(&catalogue.findings).ok()?,
            observations: self.observations,
            updates: self.updates,
        };
        let body = postcard::to_allocvec(&image).ok()?;
        let sum = crc32fast::hash(&body).to_le_bytes();
        Some([&sum[..], &body[..]].concat())
    }

    /// What an image holds; `sources` are those that were loaded before it was made, in that order. None where the bytes
    /// are no image of theirs by this code.
    #[must_use = "this makes a value and changes nothing"]
    pub fn of_image(bytes: &[u8], sources: &[Source]) -> Option<Self> {
        let (sum, body) = bytes.split_first_chunk::<4>()?;
        if u32::from_le_bytes(*sum) != crc32fast::hash(body) {
            return None;
        }
        // Of other code not even the length is where it is expected.
        let (layout, _) = postcard::take_from_bytes::<&str>(body).ok()?;
        if layout != LAYOUT {
            return None;
        }
        let image: Image = postcard::from_bytes(body).ok()?;
        if image.sources != sources.len() {
            return None;
        }
        let findings: Vec<Finding> = serde_json::from_str(&image.findings).ok()?;
        let mut store = image.store;
        let loaded = sources
            .iter()
            .map(|source| Arc::new(LoadedSource::of(source)));
        store.sources = Arc::new(loaded.collect());
        let catalogue =
            Catalogue::compiled_before(&store, &image.prefixes, image.compiled, findings);
        let mut knowledge = Self::new();
        knowledge.store = store;
        knowledge.prefixes_of_files = image.prefixes;
        knowledge.catalogue = Some(Arc::new(catalogue));
        knowledge.stale = false;
        knowledge.observations = image.observations;
        knowledge.updates = image.updates;
        Some(knowledge)
    }
}
