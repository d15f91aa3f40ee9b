//! When are two operations the same thing done on two clouds?
//!
//! Paper: section on CCSR, "operations of similar types"; here made exact.
//!
//! Similar are operations that are declared so, or agree in kind, category, subject type, mandatory parameters, what
//! they create (a request that only reads: what it reports) and conditions. Types of subjects and of created things
//! agree when equivalent or under one class marked as shared; types of parameters when equivalent, since one value has
//! to serve both. Conditions are compared on properties that both know: those under a shared property, or spoken of
//! by operations of both providers. An effect or condition on a state agrees when it gives or asks a state of one class.
//! Something must agree: two changes that have no effect in common are not similar. Within one provider nothing is
//! excused, so that stop, reboot and terminate stay apart.
//! In: operations. Out: a [`Verdict`] with its reason.

use std::collections::BTreeSet;

use samos_model::{Iri, Kind, Operation, World};

mod profile;

use profile::{Form, Item, PropertyKey, Report, TypeKey};
pub(super) use profile::{Likeness, Profile};

/// How alike two operations are.
#[derive(Debug)]
pub(super) enum Verdict {
    /// They are grouped.
    Similar {
        /// Because someone declared it.
        declared: bool,
        /// Why, in words.
        because: String,
    },
    /// One thing keeps them apart.
    Possibly(String),
    /// They are not.
    Different,
}

impl<'w> Likeness<'w> {
    /// Are the two similar?
    pub(super) fn compare(&self, left: &Profile<'_>, right: &Profile<'_>) -> Verdict {
        let (one, other) = (left.operation, right.operation);
        if one.similar_to.contains(&other.iri) || other.similar_to.contains(&one.iri) {
            return Verdict::Similar {
                declared: true,
                because: format!(
                    "`{}` is declared similar to `{}`",
                    self.world.compact(&one.iri),
                    self.world.compact(&other.iri)
                ),
            };
        }
        let Some(subjects) = alike(&left.subject, &right.subject) else {
            return Verdict::Different;
        };
        if one.kind != other.kind {
            return Verdict::Different;
        }
        let mut apart = Vec::new();
        if one.category != other.category {
            apart.push("the categories differ");
        }
        if left.parameters != right.parameters {
            apart.push("the mandatory parameters differ");
        }
        let same_created =
            |a: &(TypeKey, bool), b: &(TypeKey, bool)| a.1 == b.1 && alike(&a.0, &b.0).is_some();
        if matched(&left.created, &right.created, same_created).is_none() {
            apart.push("what they create differs");
        }
        let same_report = |a: &Report, b: &Report| self.same_report(one, other, a, b);
        if matched(&left.reported, &right.reported, same_report).is_none() {
            apart.push("what they report differs");
        }
        let effects = self.matched_items(one, other, &left.effects, &right.effects);
        let conditions = self.matched_items(one, other, &left.conditions, &right.conditions);
        let common = effects.as_ref().map_or(0, Vec::len) + left.created.len();
        if effects.is_none() {
            apart.push("the effects differ");
        } else if one.kind == Kind::Manipulation && common == 0 {
            apart.push("they have no effect in common");
        }
        if conditions.is_none() {
            apart.push("the preconditions differ");
        }
        if one.kind == Kind::Information && left.reported.is_empty() {
            apart.push("they report nothing");
        }
        match apart.as_slice() {
            [] => Verdict::Similar {
                declared: false,
                because: self.because(one, other, &subjects, effects, conditions),
            },
            [only] if one.provider != other.provider => Verdict::Possibly((*only).to_owned()),
            _ => Verdict::Different,
        }
    }

    fn because(
        &self,
        one: &Operation,
        other: &Operation,
        subjects: &Iri,
        effects: Option<Vec<String>>,
        conditions: Option<Vec<String>>,
    ) -> String {
        let mut grounds = vec![
            format!("both are {} in {}", kind(one.kind), one.category),
            format!("both subjects are `{}`", self.world.compact(subjects)),
        ];
        let agreed = |words: Vec<String>, verb: &str| {
            let words = words.into_iter();
            words
                .map(move |what| format!("both {verb} {what}"))
                .collect::<Vec<_>>()
        };
        grounds.extend(agreed(effects.unwrap_or_default(), "have the effect"));
        grounds.extend(agreed(conditions.unwrap_or_default(), "require"));
        format!(
            "`{}` is similar to `{}`: {}",
            self.world.compact(&one.iri),
            self.world.compact(&other.iri),
            grounds.join("; ")
        )
    }

    /// Pairs up the items that count for both; `None` when one is left over. Gives what was agreed on, in words.
    fn matched_items(
        &self,
        one: &Operation,
        other: &Operation,
        left: &[Item],
        right: &[Item],
    ) -> Option<Vec<String>> {
        let same_provider = one.provider == other.provider;
        let counts = |item: &&Item| {
            same_provider
                || item.properties.is_empty() && item.root == "deleted"
                || item.properties.iter().any(|property| {
                    property.shared
                        || self.speakers.get(&property.key).is_some_and(|speakers| {
                            speakers.contains(&one.provider) && speakers.contains(&other.provider)
                        })
                })
        };
        let left: Vec<&Item> = left.iter().filter(counts).collect();
        let right: Vec<&Item> = right.iter().filter(counts).collect();
        let same = |a: &&Item, b: &&Item| {
            a.root == b.root
                && keys(&a.properties).eq(keys(&b.properties))
                && same_form(&a.form, &b.form, same_provider)
        };
        let pairs = matched(&left, &right, same)?;
        let words = pairs
            .into_iter()
            .map(|(a, b)| common_words(self.world, a, b));
        Some(words.collect())
    }

    fn same_report(&self, one: &Operation, other: &Operation, a: &Report, b: &Report) -> bool {
        if a.multiple != b.multiple {
            return false;
        }
        if let (Some((from, a)), Some((other_from, b))) = (&a.path, &b.path)
            && from == other_from
            && keys(a).eq(keys(b))
            && a.last().is_some_and(|last| last.shared)
        {
            // A shared property says what is reported, each provider in its own words.
            return true;
        }
        let Some(class) = alike(&a.of_type, &b.of_type) else {
            return false;
        };
        match (&a.path, &b.path) {
            (None, None) => true,
            (Some((from, a)), Some((other_from, b))) => {
                if from != other_from {
                    return false;
                }
                if keys(a).eq(keys(b)) {
                    return true;
                }
                // Each provider's own word for where the same kind of thing stands.
                one.provider != other.provider
                    && self.world.is_class(&class)
                    && a.len() == b.len()
                    && a.iter()
                        .zip(b)
                        .all(|(a, b)| a == b || !(a.shared || b.shared))
            }
            _ => false,
        }
    }
}

/// The class that shows two types to be alike: the type itself, or a shared one above both.
fn alike(left: &TypeKey, right: &TypeKey) -> Option<Iri> {
    if left.first == right.first {
        return Some(left.first.clone());
    }
    left.shared.intersection(&right.shared).next().cloned()
}

fn keys(properties: &[PropertyKey]) -> impl Iterator<Item = &Iri> {
    properties.iter().map(|property| &property.key)
}

fn same_form(left: &Form, right: &Form, same_provider: bool) -> bool {
    match (left, right) {
        (Form::States(how, states, which), Form::States(other_how, others, other_which)) => {
            let named = !which.is_empty() && which == other_which;
            let same = if same_provider {
                states == others && (states.iter().any(|classes| !classes.is_empty()) || named)
            } else {
                // Each value of the one has a state class in common with some value of the other.
                let within = |ones: &BTreeSet<BTreeSet<Iri>>, others: &BTreeSet<BTreeSet<Iri>>| {
                    ones.iter()
                        .all(|one| others.iter().any(|other| !one.is_disjoint(other)))
                };
                named || within(states, others) && within(others, states)
            };
            how == other_how && same
        }
        _ => left == right,
    }
}

fn common_words(world: &dyn World, left: &Item, right: &Item) -> String {
    match (&left.form, &right.form) {
        (Form::States(how, states, _), Form::States(_, others, _)) => {
            let others: BTreeSet<&Iri> = others.iter().flatten().collect();
            let mut states = states.iter().flatten();
            let state = states.find(|state| others.contains(state));
            match (state, left.properties.last()) {
                (Some(state), Some(property)) => format!(
                    "`{}` {how} `{}`",
                    property.key.local(),
                    world.compact(state)
                ),
                _ => format!("`{}`", left.words),
            }
        }
        _ => format!("`{}`", left.words),
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Information => "information requests",
        Kind::Manipulation => "manipulation requests",
    }
}

/// Pairs each of the left with one of the right; `None` when one of either is left over.
fn matched<'a, T>(
    left: &'a [T],
    right: &'a [T],
    same: impl Fn(&T, &T) -> bool,
) -> Option<Vec<(&'a T, &'a T)>> {
    if left.len() != right.len() {
        return None;
    }
    let mut free: Vec<&T> = right.iter().collect();
    let mut pairs = Vec::new();
    for one in left {
        let at = free.iter().position(|other| same(one, other))?;
        pairs.push((one, free.remove(at)));
    }
    Some(pairs)
}
