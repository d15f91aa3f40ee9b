//! The registry of codes: every finding and error carries one, and `samos explain CODE` prints its entry.
//!
//! One file per area. A code never changes its meaning and is never used again for another.

pub mod access;
pub mod checking;
pub mod execution;
pub mod import;
pub mod interface;
pub mod knowledge;
pub mod mapping;
pub mod planning;
pub mod serving;
pub mod text;
pub mod verification;

/// One code, what it means and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The code, such as `M0101`.
    pub code: &'static str,
    /// What it means, in a few words.
    pub title: &'static str,
    /// Why it is reported and what to do, in a few sentences.
    pub explanation: &'static str,
}

/// Declares constants and the registry's rows of one area at once.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $title:literal, $explanation:literal;)*) => {
        $($(#[$doc])* #[doc = $title] pub const $name: &str = $code;)*
        /// The rows of this area.
        pub const ENTRIES: &[crate::codes::Entry] =
            &[$(crate::codes::Entry { code: $code, title: $title, explanation: $explanation }),*];
    };
}
pub(crate) use codes;

/// All rows, in the order of their areas.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    [
        text::ENTRIES,
        knowledge::ENTRIES,
        verification::ENTRIES,
        planning::ENTRIES,
        checking::ENTRIES,
        mapping::ENTRIES,
        execution::ENTRIES,
        access::ENTRIES,
        import::ENTRIES,
        interface::ENTRIES,
        serving::ENTRIES,
    ]
    .into_iter()
    .flatten()
}

/// The row of a code.
#[must_use = "looking up has no other effect"]
pub fn entry(code: &str) -> Option<&'static Entry> {
    all().find(|entry| entry.code.eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_code_is_used_twice_and_all_look_alike() {
        let mut seen = std::collections::BTreeSet::new();
        for entry in super::all() {
            assert!(seen.insert(entry.code), "{} stands twice", entry.code);
            let (letter, digits) = entry.code.split_at(1);
            assert!(
                letter.chars().all(|c| c.is_ascii_uppercase()) && digits.len() == 4,
                "{}",
                entry.code
            );
            assert!(
                digits.bytes().all(|byte| byte.is_ascii_digit()),
                "{}",
                entry.code
            );
        }
    }
}
