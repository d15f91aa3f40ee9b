//! What the steps so far wrote, shared between one state and the next but for the shelf that a step writes on.
//!
//! In: places and what is known of them. Out: the same. A long plan has a state for every step, each like the one
//! before it but for a few places: copying all of them for each would take more time than everything else.

use std::collections::BTreeMap;
use std::sync::Arc;

use samos_model::Iri;

use crate::state::{Known, Place};
use crate::thing::Thing;

/// Shelves at most.
const SHELVES: u32 = 128;

/// Places that differ from the live world.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Places {
    shelves: BTreeMap<u32, Arc<BTreeMap<Place, Known>>>,
}

impl Places {
    pub(crate) fn get(&self, place: &Place) -> Option<&Known> {
        self.shelves.get(&shelf(&place.0))?.get(place)
    }

    pub(crate) fn contains(&self, place: &Place) -> bool {
        self.get(place).is_some()
    }

    /// What is known of the place, to be changed.
    pub(crate) fn open(&mut self, place: Place) -> &mut Known {
        let shelf = self.shelves.entry(shelf(&place.0)).or_default();
        Arc::make_mut(shelf).entry(place).or_default()
    }

    /// What was written of one thing.
    pub(crate) fn of<'a>(&'a self, thing: &'a Thing) -> impl Iterator<Item = &'a Known> {
        let first = (thing.clone(), Iri::from(""));
        let shelf = self.shelves.get(&shelf(thing));
        shelf
            .into_iter()
            .flat_map(move |shelf| shelf.range(first.clone()..))
            .take_while(move |((owner, _), _)| owner == thing)
            .map(|(_, known)| known)
    }
}

/// The shelf of a thing, the same in every run.
fn shelf(thing: &Thing) -> u32 {
    let spread = |text: &str| {
        text.bytes().fold(0_u32, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(u32::from(byte))
        })
    };
    let number = match thing {
        Thing::Literal(literal) => spread(&literal.lexical),
        Thing::Entity(entity) => spread(entity.as_str()),
        Thing::Symbol(symbol) => symbol.step.wrapping_add(symbol.number),
    };
    number % SHELVES
}
