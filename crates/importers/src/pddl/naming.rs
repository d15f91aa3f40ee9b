//! Names that are safe in Turtle and in the text of conditions, whatever characters they had.

use std::collections::{BTreeMap, BTreeSet};

/// Words that mean something in a condition, or that the framework uses.
const RESERVED: &[&str] = &[
    "subject",
    "account",
    "service",
    "provider",
    "and",
    "or",
    "not",
    "in",
    "is",
    "contains",
    "exists",
    "count",
    "true",
    "false",
    "create",
    "delete",
    "clear",
    "renew",
    "reads",
    "some",
    "unconditional",
    "name",
    "id",
    "key",
    "closed",
    "becomes",
    "uses",
    "excludes",
    "region",
    "image",
    "state",
    "cost",
    "duration",
];

/// Hands out names, each once, by what they are of.
#[derive(Debug)]
pub(super) struct Names<S> {
    reserved: &'static [&'static str],
    spell: fn(&str) -> String,
    taken: BTreeSet<String>,
    of: BTreeMap<(S, String), String>,
}

impl Default for Names<&'static str> {
    fn default() -> Self {
        Self::avoiding(RESERVED, safe)
    }
}

impl<S: Ord> Names<S> {
    /// Names spelled so, none of which is one of these words.
    pub(super) fn avoiding(reserved: &'static [&'static str], spell: fn(&str) -> String) -> Self {
        Self {
            reserved,
            spell,
            taken: BTreeSet::new(),
            of: BTreeMap::new(),
        }
    }

    /// The name of a thing of that sort, the same at each call.
    pub(super) fn name(&mut self, sort: S, original: &str, wish: &str) -> String {
        let key = (sort, original.to_owned());
        if let Some(name) = self.of.get(&key) {
            return name.clone();
        }
        let name = self.free(wish);
        self.of.insert(key, name.clone());
        name
    }

    /// The name of a thing that has one.
    pub(super) fn given(&self, sort: S, original: &str) -> Option<&String> {
        self.of.get(&(sort, original.to_owned()))
    }

    /// A name like that which nothing has.
    pub(super) fn free(&mut self, wish: &str) -> String {
        let base = (self.spell)(wish);
        let mut name = base.clone();
        let mut number = 2;
        while self.reserved.contains(&name.as_str()) || !self.taken.insert(name.clone()) {
            name = format!("{base}_{number}");
            number += 1;
        }
        name
    }
}

/// Letters, digits, hyphens inside and underscores; a letter first.
pub(super) fn safe(word: &str) -> String {
    let mut safe: String = word
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect();
    if !safe.starts_with(|c: char| c.is_ascii_alphabetic()) {
        safe.insert(0, 'n');
    }
    while safe.ends_with('-') {
        safe.pop();
        safe.push('_');
    }
    safe
}

/// `delivery-truck` as `DeliveryTruck`.
pub(super) fn class_like(word: &str) -> String {
    let mut result = String::new();
    let mut upper = true;
    for c in word.chars() {
        if matches!(c, '-' | '_') {
            upper = true;
        } else if upper {
            result.extend(c.to_uppercase());
            upper = false;
        } else {
            result.push(c);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::{Names, class_like, safe};

    #[test]
    fn odd_names_become_safe_and_stay_apart() {
        assert_eq!(safe("a.b/c"), "a_b_c");
        assert_eq!(safe("1-"), "n1_");
        assert_eq!(class_like("delivery-truck_x"), "DeliveryTruckX");
        let mut names = Names::default();
        assert_eq!(names.name("object", "a.b", "a.b"), "a_b");
        assert_eq!(names.name("object", "a/b", "a/b"), "a_b_2");
        assert_eq!(names.name("object", "a.b", "a.b"), "a_b");
        assert_eq!(names.name("predicate", "in", "in"), "in_2");
    }
}
