//! Conditions and effects of PDDL as values: written out as text, and played on facts.

use std::collections::BTreeSet;
use std::fmt;

/// A predicate of words.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) words: Vec<String>,
}

/// A variable and its type, where it has one.
pub(super) type Typed = (String, Option<String>);

/// A condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Formula {
    Holds(Fact),
    Equal(String, String),
    Not(Box<Formula>),
    All(Vec<Formula>),
    Any(Vec<Formula>),
    Some(Vec<Typed>, Box<Formula>),
}

impl Formula {
    pub(super) fn truth() -> Self {
        Self::All(Vec::new())
    }

    pub(super) fn falsehood() -> Self {
        Self::Any(Vec::new())
    }

    pub(super) fn fact(name: &str, words: &[&str]) -> Self {
        Self::Holds(Fact {
            name: name.to_owned(),
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        })
    }

    pub(super) fn equal(left: &str, right: &str) -> Self {
        let is_variable = |word: &str| word.starts_with('?');
        if left == right {
            Self::truth()
        } else if is_variable(left) || is_variable(right) {
            Self::Equal(left.to_owned(), right.to_owned())
        } else {
            Self::falsehood() // names are unique
        }
    }

    pub(super) fn is_true(&self) -> bool {
        matches!(self, Self::All(parts) if parts.is_empty())
    }

    pub(super) fn is_false(&self) -> bool {
        matches!(self, Self::Any(parts) if parts.is_empty())
    }

    pub(super) fn negated(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            inner if inner.is_true() => Self::falsehood(),
            inner if inner.is_false() => Self::truth(),
            inner => Self::Not(Box::new(inner)),
        }
    }

    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                Self::All(inner) => flat.extend(inner),
                part if part.is_false() => return part,
                part => flat.push(part),
            }
        }
        let mut kept: Vec<Self> = Vec::new();
        for part in flat {
            if !kept.contains(&part) {
                kept.push(part);
            }
        }
        match kept.pop() {
            Some(only) if kept.is_empty() => only,
            last => {
                kept.extend(last);
                Self::All(kept)
            }
        }
    }

    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut kept: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                Self::Any(inner) => kept.extend(inner),
                part if part.is_true() => return part,
                part => kept.push(part),
            }
        }
        match kept.pop() {
            Some(only) if kept.is_empty() => only,
            last => {
                kept.extend(last);
                Self::Any(kept)
            }
        }
    }

    pub(super) fn some(variables: Vec<Typed>, inner: Self) -> Self {
        if variables.is_empty() || inner.is_false() {
            return inner;
        }
        match inner {
            Self::Some(more, inner) => {
                Self::Some(variables.into_iter().chain(more).collect(), inner)
            }
            inner => Self::Some(variables, Box::new(inner)),
        }
    }

    /// The predicates it speaks of.
    pub(super) fn predicates(&self, into: &mut BTreeSet<String>) {
        match self {
            Self::Holds(fact) => {
                into.insert(fact.name.clone());
            }
            Self::Equal(..) => {}
            Self::Not(inner) | Self::Some(_, inner) => inner.predicates(into),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().for_each(|part| part.predicates(into));
            }
        }
    }

    /// The parts that must all hold.
    pub(super) fn conjuncts(&self) -> &[Self] {
        match self {
            Self::All(parts) => parts,
            one => std::slice::from_ref(one),
        }
    }
}

/// What an action does to one fact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Change {
    /// For each thing that these stand for.
    pub(super) each: Vec<Typed>,
    /// Where this holds before.
    pub(super) when: Formula,
    pub(super) adds: bool,
    pub(super) fact: Fact,
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}", self.name)?;
        for word in &self.words {
            write!(f, " {word}")?;
        }
        f.write_str(")")
    }
}

fn listed(variables: &[Typed]) -> String {
    let words: Vec<String> = variables
        .iter()
        .map(|(name, of_type)| match of_type {
            Some(of_type) => format!("{name} - {of_type}"),
            None => name.clone(),
        })
        .collect();
    words.join(" ")
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let several = |f: &mut fmt::Formatter<'_>, word: &str, parts: &[Self]| {
            write!(f, "({word}")?;
            for part in parts {
                write!(f, " {part}")?;
            }
            f.write_str(")")
        };
        match self {
            Self::Holds(fact) => fact.fmt(f),
            Self::Equal(left, right) => write!(f, "(= {left} {right})"),
            Self::Not(inner) => write!(f, "(not {inner})"),
            Self::All(parts) => several(f, "and", parts),
            Self::Any(parts) => several(f, "or", parts),
            // One at a time: some validators misread several.
            Self::Some(variables, inner) => {
                for variable in variables {
                    write!(f, "(exists ({}) ", listed(std::slice::from_ref(variable)))?;
                }
                write!(f, "{inner}{}", ")".repeat(variables.len()))
            }
        }
    }
}

/// The effects, those under one condition together: what is taken away first.
pub(super) fn written(changes: &[Change]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let (mut under, mut parts): (Option<&Change>, Vec<String>) = (None, Vec::new());
    let mut close = |under: Option<&Change>, parts: &mut Vec<String>| {
        let parts = std::mem::take(parts);
        let Some(change) = under else { return };
        if change.each.is_empty() && change.when.is_true() {
            lines.extend(parts);
            return;
        }
        let mut text = match parts.as_slice() {
            [only] => only.clone(),
            several => format!("(and {})", several.join(" ")),
        };
        if !change.when.is_true() {
            text = format!("(when {} {text})", change.when);
        }
        if !change.each.is_empty() {
            text = format!("(forall ({}) {text})", listed(&change.each));
        }
        lines.push(text);
    };
    let sorted = changes
        .iter()
        .filter(|change| !change.adds)
        .chain(changes.iter().filter(|change| change.adds));
    for change in sorted {
        let same = |other: &Change| other.each == change.each && other.when == change.when;
        if !under.is_some_and(same) {
            close(under, &mut parts);
            under = Some(change);
        }
        parts.push(if change.adds {
            change.fact.to_string()
        } else {
            format!("(not {})", change.fact)
        });
    }
    close(under, &mut parts);
    lines
}
