//! What is asked of a [`Standing`]: who is ready, how many, and what stands in the others' way.

use samos_model::{Iri, Name, Truth};

use super::clauses::Offer;
use super::members::{Page, numbers};
use super::{Accepting, Standing};

/// How many subjects an operation has, and how far they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// That it could be asked of.
    pub subjects: u64,
    /// On which it is ready, with nothing given but its defaults.
    pub ready: u64,
    /// On which nothing is in its way but what waits for arguments; those that are ready among them.
    pub once_given: u64,
}

/// What stands between a subject and an operation; nothing where it is ready.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Missing {
    /// Parameters that must be given.
    pub parameters: Vec<Name>,
    /// Conjuncts of the precondition that do not hold, by place, and what each is worth.
    pub conjuncts: Vec<(usize, Truth)>,
    /// Effects by place of which it is not known where they change something.
    pub effects: Vec<usize>,
}

impl Missing {
    /// Is nothing in the way?
    #[must_use = "reading has no other effect"]
    pub fn is_nothing(&self) -> bool {
        self.parameters.is_empty() && self.conjuncts.is_empty() && self.effects.is_empty()
    }
}

/// Is what is asked for given, or shall what waits for it be passed over?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arguments {
    OnlyDefaults,
    ToBeGiven,
}

impl Standing {
    /// The operations, by IRI.
    pub fn operations(&self) -> impl Iterator<Item = &Iri> {
        self.offers.iter().map(|offer| &offer.operation)
    }

    /// The subjects on which an operation is ready now, by IRI.
    #[must_use = "reading has no other effect"]
    pub fn ready(&self, operation: &Iri) -> Vec<Iri> {
        let mut ready: Vec<Iri> = self.each_ready(operation).cloned().collect();
        ready.sort_unstable();
        ready
    }

    /// The same as they come, in an order that changes with what happened before.
    pub fn each_ready(&self, operation: &Iri) -> impl Iterator<Item = &Iri> {
        let found = self.offer(operation);
        let pages = found.into_iter().flat_map(|(offer, accepting)| {
            let pages = accepting.members.pages();
            pages.map(|(at, page)| (at, self.page(offer, at, *page, Arguments::OnlyDefaults)))
        });
        let things = pages.flat_map(|(at, page)| numbers(at, page));
        things.filter_map(|thing| self.things.name(thing))
    }

    /// The subjects that an operation could be asked of, by IRI.
    #[must_use = "reading has no other effect"]
    pub fn subjects(&self, operation: &Iri) -> Vec<Iri> {
        let accepting = self.offer(operation).map(|(_, accepting)| accepting);
        let things = accepting.into_iter().flat_map(|one| one.members.iter());
        let names = things.filter_map(|thing| self.things.name(thing));
        let mut subjects: Vec<Iri> = names.cloned().collect();
        subjects.sort_unstable();
        subjects
    }

    /// How many there are.
    #[must_use = "reading has no other effect"]
    pub fn counts(&self, operation: &Iri) -> Counts {
        let mut counts = Counts::default();
        let Some((offer, accepting)) = self.offer(operation) else {
            return counts;
        };
        let ones =
            |page: Page| -> u64 { page.iter().map(|word| u64::from(word.count_ones())).sum() };
        for (at, page) in accepting.members.pages() {
            let once_given = self.page(offer, at, *page, Arguments::ToBeGiven);
            counts.subjects += ones(*page);
            counts.once_given += ones(once_given);
            counts.ready += ones(self.page(offer, at, once_given, Arguments::OnlyDefaults));
        }
        counts
    }

    /// Is an operation ready on a subject? Not where it cannot be asked of that.
    #[must_use = "reading has no other effect"]
    pub fn is_ready(&self, operation: &Iri, subject: &Iri) -> bool {
        let missing = self.missing(operation, subject);
        missing.is_some_and(|missing| missing.is_nothing())
    }

    /// Is nothing in the way of an operation on a subject but what waits for arguments?
    #[must_use = "reading has no other effect"]
    pub fn is_ready_once_given(&self, operation: &Iri, subject: &Iri) -> bool {
        let found = self.offer(operation).zip(self.things.known(subject));
        found.is_some_and(|((offer, accepting), thing)| {
            accepting.members.contains(thing)
                && offer.clauses().all(|place| {
                    let waits = self.clauses.get(place).is_some_and(|clause| clause.waits);
                    match self.worth(place, thing) {
                        Truth::True => true,
                        Truth::Unknown => waits,
                        Truth::False => false,
                    }
                })
        })
    }

    /// What stands between a subject and an operation. `None` where it cannot be asked of that subject at all. Subjects go by
    /// the name that stands for all of theirs.
    #[must_use = "reading has no other effect"]
    pub fn missing(&self, operation: &Iri, subject: &Iri) -> Option<Missing> {
        let thing = self.things.known(subject)?;
        let (offer, accepting) = self.offer(operation)?;
        if !accepting.members.contains(thing) {
            return None;
        }
        let conjuncts = offer.conjuncts.iter().enumerate();
        let conjuncts = conjuncts.map(|(place, clause)| (place, self.worth(*clause, thing)));
        let effects = offer.effects.iter();
        let untold = effects.filter(|(_, clause)| self.worth(*clause, thing) != Truth::True);
        Some(Missing {
            parameters: offer.parameters.clone(),
            conjuncts: conjuncts
                .filter(|(_, truth)| *truth != Truth::True)
                .collect(),
            effects: untold.map(|(place, _)| *place).collect(),
        })
    }

    /// The operations that could be asked of a subject, by IRI.
    #[must_use = "reading has no other effect"]
    pub fn operations_of(&self, subject: &Iri) -> Vec<Iri> {
        let thing = self.things.known(subject);
        let accepting = self.accepting.iter();
        let own = accepting.filter(|one| thing.is_some_and(|thing| one.members.contains(thing)));
        let offers = own.flat_map(|one| &one.offers);
        let offers = offers.filter_map(|at| self.offers.get(*at));
        let mut operations: Vec<Iri> = offers.map(|offer| offer.operation.clone()).collect();
        operations.sort_unstable();
        operations
    }

    fn offer(&self, operation: &Iri) -> Option<(&Offer, &Accepting)> {
        let at = *self.places.get(operation)?;
        let offer = self.offers.get(at)?;
        Some((offer, self.accepting.get(offer.accepting)?))
    }

    /// Those of a page of subjects that nothing keeps from an operation.
    fn page(&self, offer: &Offer, at: usize, mut page: Page, arguments: Arguments) -> Page {
        if arguments == Arguments::OnlyDefaults && !offer.parameters.is_empty() {
            return Page::default();
        }
        for place in offer.clauses() {
            let Some(clause) = self.clauses.get(place) else {
                continue;
            };
            let may_wait = clause.waits && arguments == Arguments::ToBeGiven;
            let will_do =
                |truth: Truth| truth == Truth::True || (may_wait && truth == Truth::Unknown);
            if clause.is_same_for_all {
                if !will_do(clause.common) {
                    return Page::default();
                }
                continue;
            }
            if clause.through.is_some() {
                let mut kept = Page::default();
                for thing in numbers(at, page).filter(|thing| will_do(self.worth(place, *thing))) {
                    let (word, bit) = (thing / u64::BITS, thing % u64::BITS);
                    let word = usize::try_from(word).unwrap_or(usize::MAX) % kept.len();
                    if let Some(word) = kept.get_mut(word) {
                        *word |= 1 << bit;
                    }
                }
                page = kept;
                continue;
            }
            let holds = clause.truths.holds.page(at).copied().unwrap_or_default();
            let unknown = clause.truths.unknown.page(at).copied().unwrap_or_default();
            for ((word, holds), unknown) in page.iter_mut().zip(holds).zip(unknown) {
                *word &= if may_wait { holds | unknown } else { holds };
            }
        }
        page
    }
}

impl Offer {
    /// All that is asked.
    pub(super) fn clauses(&self) -> impl Iterator<Item = usize> {
        let effects = self.effects.iter().map(|(_, clause)| *clause);
        self.conjuncts.iter().copied().chain(effects)
    }
}
