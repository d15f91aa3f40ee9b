//! A set of small numbers, in pages: dense where things are, nothing where they are not.

use samos_model::Truth;

/// Bits of a word.
const WORD: u32 = u64::BITS;
/// Words of a page.
const WORDS: usize = 16;

/// The bits of one page.
pub(super) type Page = [u64; WORDS];

/// The set.
#[derive(Clone, Default, Debug)]
pub(super) struct Members {
    pages: Vec<Option<Box<Page>>>,
}

/// The page, word and bit of a number.
fn place(number: u32) -> (usize, usize, u64) {
    let (word, bit) = (number / WORD, number % WORD);
    let word = usize::try_from(word).unwrap_or(usize::MAX);
    (word / WORDS, word % WORDS, 1 << bit)
}

impl Members {
    pub(super) fn contains(&self, number: u32) -> bool {
        let (page, word, bit) = place(number);
        let page = self.page(page);
        page.and_then(|page| page.get(word))
            .is_some_and(|word| word & bit != 0)
    }

    /// Puts a number in or takes it out; tells whether that made a difference.
    pub(super) fn set(&mut self, number: u32, is_in: bool) -> bool {
        let (at, word, bit) = place(number);
        if self.pages.len() <= at {
            if !is_in {
                return false;
            }
            self.pages.resize(at + 1, None);
        }
        let Some(slot) = self.pages.get_mut(at) else {
            return false;
        };
        if slot.is_none() && !is_in {
            return false;
        }
        let page = slot.get_or_insert_with(Box::default);
        let Some(word) = page.get_mut(word) else {
            return false;
        };
        let before = *word;
        *word = if is_in { before | bit } else { before & !bit };
        *word != before
    }

    pub(super) fn page(&self, at: usize) -> Option<&Page> {
        self.pages.get(at).and_then(Option::as_deref)
    }

    /// The pages that there are, with their places.
    pub(super) fn pages(&self) -> impl Iterator<Item = (usize, &Page)> {
        let pages = self.pages.iter().enumerate();
        pages.filter_map(|(at, page)| Some((at, page.as_deref()?)))
    }

    pub(super) fn len(&self) -> u64 {
        let words = self.pages().flat_map(|(_, page)| page);
        words.map(|word| u64::from(word.count_ones())).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pages()
            .all(|(_, page)| page.iter().all(|word| *word == 0))
    }

    /// All of them, from the smallest.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.pages().flat_map(|(at, page)| numbers(at, *page))
    }

    /// Takes in all of another set.
    pub(super) fn extend(&mut self, other: &Self) {
        if self.pages.len() < other.pages.len() {
            self.pages.resize(other.pages.len(), None);
        }
        for (own, other) in self.pages.iter_mut().zip(&other.pages) {
            if let Some(other) = other {
                let own = own.get_or_insert_with(Box::default);
                for (own, other) in own.iter_mut().zip(other.iter()) {
                    *own |= other;
                }
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let pages = self.pages().count();
        self.pages.capacity() * size_of::<usize>() + pages * size_of::<Page>()
    }
}

/// The numbers in a page.
pub(super) fn numbers(at: usize, page: Page) -> impl Iterator<Item = u32> {
    let first = u32::try_from(at * WORDS).unwrap_or(u32::MAX);
    let words = page.into_iter().zip(first..);
    words.flat_map(|(mut word, place)| {
        std::iter::from_fn(move || {
            let bit = word.trailing_zeros();
            if bit == WORD {
                return None;
            }
            word &= word - 1;
            Some(place * WORD + bit)
        })
    })
}

/// What something is worth for each of many: false where it is neither known to hold nor unknown.
#[derive(Clone, Default, Debug)]
pub(super) struct Truths {
    pub(super) holds: Members,
    pub(super) unknown: Members,
}

impl Truths {
    pub(super) fn of(&self, number: u32) -> Truth {
        if self.holds.contains(number) {
            Truth::True
        } else if self.unknown.contains(number) {
            Truth::Unknown
        } else {
            Truth::False
        }
    }

    pub(super) fn set(&mut self, number: u32, truth: Truth) {
        self.holds.set(number, truth == Truth::True);
        self.unknown.set(number, truth == Truth::Unknown);
    }

    pub(super) fn bytes(&self) -> usize {
        self.holds.bytes() + self.unknown.bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::{Members, numbers};

    #[test]
    fn a_set_holds_what_was_put_in_and_not_taken_out() {
        let mut members = Members::default();
        for number in [5, 1023, 1024, 70_000, 5] {
            members.set(number, true);
        }
        assert!(!members.set(70_001, false));
        assert!(members.set(1023, false));
        let mut other = Members::default();
        other.set(200_000, true);
        members.extend(&other);
        let all: Vec<u32> = members.iter().collect();
        assert_eq!(all, [5, 1024, 70_000, 200_000]);
        assert_eq!(members.len(), 4);
        assert!(members.contains(1024) && !members.contains(1023) && !members.contains(9_999_999));
        assert!(!members.is_empty() && Members::default().is_empty());
        let [first, ..] = all[..] else {
            panic!("there are four")
        };
        let page = members.page(0).copied().unwrap_or_default();
        assert_eq!(numbers(0, page).collect::<Vec<_>>(), [first]);
    }
}
