//! Types by number: those that operations name, and after them wanted ones that none does.
//!
//! In: a question about types. Out: what stands above each, and whether something of it is at hand. What the catalogue
//! knows once for all questions is taken from there; nothing else is asked for twice.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use samos_model::{Bearings, Iri, Lineage};

use super::Types;
use crate::view::{T, View};

/// See the module's text.
pub(super) struct Numbers<'c, 'w> {
    pub(super) view: &'c View<'w>,
    lineage: Arc<Lineage>,
    /// Wanted types that no operation names.
    further: Vec<Iri>,
    /// By number of a type that operations name: the further ones above it.
    above_further: FxHashMap<usize, Vec<usize>>,
    /// By number of a further type: those above it, itself included.
    of_further: Vec<Vec<usize>>,
    /// Given, or the type of something known.
    at_hand: Vec<Option<bool>>,
}

impl<'c, 'w> Numbers<'c, 'w> {
    pub(super) fn of(view: &'c View<'w>, question: &Types<'_>) -> Self {
        let mut numbers = Self {
            view,
            lineage: view.world.lineage(),
            further: Vec::new(),
            above_further: FxHashMap::default(),
            of_further: Vec::new(),
            at_hand: Vec::new(),
        };
        for wanted in question.wanted {
            let wanted = view.type_iri(*wanted);
            if numbers.number(&wanted).is_none() {
                numbers.further.push(wanted);
            }
        }
        let named = numbers.bearings().types().len();
        for (place, further) in numbers.further.iter().enumerate() {
            for below in view.world.types_below(further) {
                if let Some(below) = numbers.lineage.bearings().number(&below) {
                    let list = numbers.above_further.entry(below);
                    list.or_default().push(named + place);
                }
            }
        }
        let above = numbers.further.iter();
        let above = above.map(|further| numbers.all_above(further)).collect();
        numbers.of_further = above;
        numbers.at_hand = vec![None; numbers.count()];
        for given in question.given {
            for number in numbers.all_above(&view.type_iri(*given)) {
                if let Some(slot) = numbers.at_hand.get_mut(number) {
                    *slot = Some(true);
                }
            }
        }
        numbers
    }

    pub(super) fn bearings(&self) -> &Bearings {
        self.lineage.bearings()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.bearings().types().len() + self.further.len()
    }

    pub(super) fn number(&self, of_type: &Iri) -> Option<usize> {
        let further = || {
            let place = self.further.iter().position(|one| one == of_type)?;
            Some(self.bearings().types().len() + place)
        };
        self.bearings().number(of_type).or_else(further)
    }

    pub(super) fn of_type(&self, number: usize) -> Option<&Iri> {
        let named = self.bearings().types();
        let further = || self.further.get(number - named.len());
        named.get(number).or_else(further)
    }

    /// The type as the search has it.
    pub(super) fn interned(&self, number: usize) -> Option<T> {
        self.of_type(number).map(|it| self.view.type_number(it))
    }

    /// The types above one, itself included.
    pub(super) fn above(&self, number: usize) -> impl Iterator<Item = usize> + use<'_, 'c, 'w> {
        let named = self.bearings().types().len();
        let own = number.checked_sub(named);
        let own = own.and_then(|place| self.of_further.get(place));
        let further = self.above_further.get(&number);
        let lists = [own, further].into_iter().flatten().flatten().copied();
        self.lineage.above(number).iter().copied().chain(lists)
    }

    /// Is something of the type given, or known?
    pub(super) fn is_at_hand(&mut self, number: usize) -> bool {
        if let Some(Some(known)) = self.at_hand.get(number) {
            return *known;
        }
        let of_type = self.of_type(number);
        let is_at_hand = of_type.is_some_and(|it| self.view.world.has_entities(it));
        if let Some(slot) = self.at_hand.get_mut(number) {
            *slot = Some(is_at_hand);
        }
        is_at_hand
    }

    /// Those above any type, itself included.
    fn all_above(&self, of_type: &Iri) -> Vec<usize> {
        let above = self.view.world.types_above(of_type);
        let numbers = above.iter().chain([of_type]);
        let mut numbers: Vec<usize> = numbers.filter_map(|one| self.number(one)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}
