//! The operations that a question about types is between.
//!
//! In: types by number. Out: those that can run at all, found forward from what is at hand, where all operations only
//! give; else those that could matter, found backward from what is wanted; none where one of these does more than give.

use rustc_hash::FxHashMap;
use samos_model::Iri;

use super::numbers::Numbers;
use super::subject_for;

/// What an operation must be for a question to be about types alone: it does nothing but give, and there is something that
/// it may be asked of.
struct Giving<'n, 'c, 'w> {
    numbers: &'n Numbers<'c, 'w>,
    askable: FxHashMap<(&'w Iri, Option<&'w Iri>), bool>,
}

impl Giving<'_, '_, '_> {
    fn only_gives(&mut self, place: usize) -> bool {
        let view = self.numbers.view;
        let exchange = self.numbers.bearings().exchanges().get(place);
        let operation = view.world.operations().get(place);
        let (Some(exchange), Some(operation)) = (exchange, operation) else {
            return false;
        };
        let subject = (&operation.subject, operation.provider.as_ref());
        let is_askable = || subject_for(view, place).is_some();
        exchange.only_gives && *self.askable.entry(subject).or_insert_with(is_askable)
    }
}

/// Does every operation that gives something do nothing else?
fn all_only_give(numbers: &Numbers<'_, '_>) -> bool {
    let mut giving = Giving {
        numbers,
        askable: FxHashMap::default(),
    };
    let exchanges = numbers.bearings().exchanges().iter().enumerate();
    let mut all = exchanges.filter(|(_, exchange)| !exchange.gives.is_empty());
    all.all(|(place, _)| giving.only_gives(place))
}

/// The places of the operations that can run, in order; none where these do not give all that is wanted, by number, or
/// where some do more than give.
pub(super) fn runnable(numbers: &mut Numbers<'_, '_>, wanted: &[usize]) -> Option<Vec<usize>> {
    if !all_only_give(numbers) {
        return None;
    }
    let count = numbers.count();
    let at_hand: Vec<bool> = (0..count).map(|one| numbers.is_at_hand(one)).collect();
    let is_at_hand = |number: usize| at_hand.get(number).copied().unwrap_or_default();
    let exchanges = numbers.bearings().exchanges();
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut missing: Vec<usize> = Vec::with_capacity(exchanges.len());
    let mut open: Vec<usize> = Vec::new();
    for (place, exchange) in exchanges.iter().enumerate() {
        let mut needed = 0;
        for number in exchange.needs.iter().filter(|one| !is_at_hand(**one)) {
            needed += 1;
            if let Some(users) = users.get_mut(*number) {
                users.push(place);
            }
        }
        missing.push(needed);
        if needed == 0 && !exchange.gives.is_empty() {
            open.push(place);
        }
    }
    let mut found = Vec::new();
    let mut is_given = vec![false; count];
    let mut is_followed = vec![false; count];
    while let Some(place) = open.pop() {
        found.push(place);
        let gives = exchanges.get(place).map(|one| &one.gives);
        for given in gives.into_iter().flatten() {
            let is_followed = is_followed.get_mut(*given);
            if is_followed.is_none_or(|slot| std::mem::replace(slot, true)) {
                continue;
            }
            for above in numbers.above(*given) {
                let slot = is_given.get_mut(above);
                let is_new = slot.is_some_and(|slot| !std::mem::replace(slot, true));
                if !is_new || is_at_hand(above) {
                    continue;
                }
                for user in users.get(above).into_iter().flatten() {
                    if let Some(count) = missing.get_mut(*user) {
                        *count -= 1;
                        let gives = exchanges.get(*user).map(|one| one.gives.as_slice());
                        if *count == 0 && gives.is_some_and(|gives| !gives.is_empty()) {
                            open.push(*user);
                        }
                    }
                }
            }
        }
    }
    found.sort_unstable();
    let mut wanted = wanted.iter();
    let is_given = |number: &usize| is_given.get(*number).copied().unwrap_or_default();
    wanted.all(is_given).then_some(found)
}

/// The places of the operations that could matter for what is wanted, in order; none where one of them does more than give.
pub(super) fn relevant(numbers: &mut Numbers<'_, '_>, wanted: &[usize]) -> Option<Vec<usize>> {
    let count = numbers.count();
    let mut makers: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (place, exchange) in numbers.bearings().exchanges().iter().enumerate() {
        for given in &exchange.gives {
            if let Some(makers) = makers.get_mut(*given) {
                makers.push(place);
            }
        }
    }
    let mut given_below: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (given, _) in makers.iter().enumerate().filter(|(_, it)| !it.is_empty()) {
        for above in numbers.above(given) {
            if let Some(below) = given_below.get_mut(above) {
                below.push(given);
            }
        }
    }
    let mut found: Vec<usize> = Vec::new();
    let mut is_found = vec![false; numbers.bearings().exchanges().len()];
    let mut is_seen = vec![false; count];
    let mut open = wanted.to_vec();
    while let Some(number) = open.pop() {
        let is_seen = is_seen.get_mut(number);
        if is_seen.is_none_or(|slot| std::mem::replace(slot, true)) {
            continue;
        }
        for given in given_below.get(number).into_iter().flatten() {
            // Looked at once: who makes it is found then.
            for place in makers
                .get_mut(*given)
                .map(std::mem::take)
                .unwrap_or_default()
            {
                let is_found = is_found.get_mut(place);
                if is_found.is_none_or(|slot| std::mem::replace(slot, true)) {
                    continue;
                }
                found.push(place);
                let exchange = numbers.bearings().exchanges().get(place);
                let needs = exchange.map(|one| one.needs.clone()).unwrap_or_default();
                open.extend(needs.into_iter().filter(|one| !numbers.is_at_hand(*one)));
            }
        }
    }
    found.sort_unstable();
    let mut giving = Giving {
        numbers,
        askable: FxHashMap::default(),
    };
    let mut all = found.iter();
    all.all(|place| giving.only_gives(*place)).then_some(found)
}
