//! Where effects and outcomes stand among operations: from a property or a type to the operations that bear on it.
//!
//! In: operations in the order of the catalogue. Out: their places. Made once for a catalogue, so that an operation that
//! has nothing to do with a question costs that question nothing.

use std::collections::{BTreeMap, HashMap};

use crate::name::Iri;
use crate::operation::Operation;
use crate::text::Effect;

/// What an operation takes and gives, in numbers of types.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Exchange {
    /// Types of the parameters that have to be given, each once, in order.
    pub needs: Vec<usize>,
    /// Types of the outcomes, each once, in order.
    pub gives: Vec<usize>,
    /// Is that all there is to it: no condition, no effect, nothing read?
    pub only_gives: bool,
}

/// Places of operations by what they bear on, each list in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Bearings {
    by_effect: BTreeMap<Iri, Vec<usize>>,
    by_outcome: BTreeMap<Iri, Vec<usize>>,
    deleting: Vec<usize>,
    exchanges: Vec<Exchange>,
    types: Vec<Iri>,
    numbers: HashMap<Iri, usize>,
}

impl Bearings {
    /// Of operations by IRI.
    #[must_use = "this makes a value and changes nothing"]
    pub fn of(operations: &[Operation]) -> Self {
        let mut found = Self::default();
        let note = |list: &mut Vec<usize>, place: usize| {
            if list.last() != Some(&place) {
                list.push(place);
            }
        };
        for (place, operation) in operations.iter().enumerate() {
            for effect in &operation.postcondition {
                match effect {
                    Effect::Set { path, .. }
                    | Effect::Add { path, .. }
                    | Effect::Remove { path, .. }
                    | Effect::Clear(path)
                    | Effect::Renew(path) => {
                        if let Some(property) = path.properties.last() {
                            let list = found.by_effect.entry(property.clone()).or_default();
                            note(list, place);
                        }
                    }
                    Effect::Delete(_) => note(&mut found.deleting, place),
                    Effect::Create { .. } => {}
                }
            }
            let exchange = found.exchange(operation);
            found.exchanges.push(exchange);
            for outcome in &operation.outcomes {
                let list = found.by_outcome.entry(outcome.of_type.clone());
                note(list.or_default(), place);
            }
        }
        found
    }

    fn exchange(&mut self, operation: &Operation) -> Exchange {
        let mut number = |of_type: &Iri| {
            if let Some(number) = self.numbers.get(of_type) {
                return *number;
            }
            self.numbers.insert(of_type.clone(), self.types.len());
            self.types.push(of_type.clone());
            self.types.len() - 1
        };
        let parameters = operation.parameters.iter();
        let mandatory = parameters.filter(|one| one.mandatory && one.default.is_none());
        let mut needs: Vec<usize> = mandatory.map(|one| number(&one.of_type)).collect();
        let outcomes = operation.outcomes.iter();
        let mut gives: Vec<usize> = outcomes.map(|one| number(&one.of_type)).collect();
        for list in [&mut needs, &mut gives] {
            list.sort_unstable();
            list.dedup();
        }
        Exchange {
            needs,
            gives,
            only_gives: operation.precondition.is_unconditional()
                && operation.postcondition.is_empty()
                && operation
                    .outcomes
                    .iter()
                    .all(|outcome| outcome.reads.is_none()),
        }
    }

    /// What each operation takes and gives, by place.
    #[must_use = "this only looks"]
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// The types that parameters and outcomes name, by number.
    #[must_use = "this only looks"]
    pub fn types(&self) -> &[Iri] {
        &self.types
    }

    /// The number of a type, if a parameter or outcome names it.
    #[must_use = "this only looks"]
    pub fn number(&self, of_type: &Iri) -> Option<usize> {
        self.numbers.get(of_type).copied()
    }

    /// Those with an effect whose left side ends with the property.
    #[must_use = "this only looks"]
    pub fn on(&self, property: &Iri) -> &[usize] {
        self.by_effect.get(property).map_or(&[], Vec::as_slice)
    }

    /// Types of outcomes, and the operations that give each.
    pub fn outcomes(&self) -> impl Iterator<Item = (&Iri, &[usize])> {
        let all = self.by_outcome.iter();
        all.map(|(of_type, places)| (of_type, places.as_slice()))
    }

    /// Those that delete something.
    #[must_use = "this only looks"]
    pub fn deleting(&self) -> &[usize] {
        &self.deleting
    }
}
