//! The two files' text, and the names in it.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::{Iri, Value};

use super::super::naming::{Names, safe};
use super::Estate;
use super::kinds::{Kinds, key};

/// Names in PDDL: lower case, each once.
#[derive(Debug)]
pub(super) struct Labels {
    names: Names<Sort>,
}

/// What a name is of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Sort {
    Action,
    Predicate,
    Membership,
    Thing,
}

/// Words that mean something in PDDL.
const RESERVED: &[&str] = &[
    "and",
    "or",
    "not",
    "forall",
    "exists",
    "when",
    "imply",
    "either",
    "object",
    "define",
    "domain",
    "problem",
    "increase",
    "decrease",
    "assign",
    "total-cost",
    "number",
    "made",
    "over",
    "all",
    "start",
    "end",
    "preference",
];

fn spelled(word: &str) -> String {
    safe(word).to_lowercase()
}

impl Default for Labels {
    fn default() -> Self {
        Self {
            names: Names::avoiding(RESERVED, spelled),
        }
    }
}

impl Labels {
    fn name(&mut self, sort: Sort, original: &str, wish: &str) -> String {
        self.names.name(sort, original, wish)
    }

    /// A name that nothing has.
    pub(super) fn fresh(&mut self, wish: &str) -> String {
        self.names.free(wish)
    }

    pub(super) fn action(&mut self, operation: &Iri) -> String {
        self.name(Sort::Action, operation.as_str(), operation.local())
    }

    pub(super) fn predicate(&mut self, property: &Iri) -> String {
        self.name(Sort::Predicate, property.as_str(), property.local())
    }

    pub(super) fn membership(&mut self, class: &Iri) -> String {
        self.name(
            Sort::Membership,
            class.as_str(),
            &format!("is-{}", class.local()),
        )
    }

    pub(super) fn object(&mut self, thing: &Value) -> String {
        match thing {
            Value::Entity(iri) => self.name(Sort::Thing, iri.as_str(), iri.local()),
            Value::Literal(literal) => {
                self.name(Sort::Thing, &key(thing), &format!("v-{}", literal.lexical))
            }
        }
    }

    /// Types have names of their own, apart from those of things.
    pub(super) fn kind(class: &Iri) -> String {
        format!("t-{}", spelled(class.local()))
    }

    fn given(&self, sort: Sort, original: &str) -> Option<&String> {
        self.names.given(sort, original)
    }
}

/// Each on a line of its own.
pub(super) fn lined(parts: &[String]) -> String {
    parts.iter().map(|part| format!("\n      {part}")).collect()
}

/// The things that the actions name: the domain's constants.
pub(super) fn constants(
    out: &mut Estate<'_>,
    things: &BTreeSet<Value>,
    actions: &[String],
) -> BTreeSet<String> {
    let whole = actions.concat();
    let words: BTreeSet<&str> = whole
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')'))
        .collect();
    let names = things.iter().map(|thing| out.labels.object(thing));
    names.filter(|name| words.contains(name.as_str())).collect()
}

/// The domain file.
pub(super) fn domain(
    out: &mut Estate<'_>,
    kinds: &Kinds<'_>,
    actions: &[String],
    named: (&BTreeSet<Value>, &BTreeSet<String>),
    is_priced: bool,
) -> String {
    let whole = actions.concat();
    let mut requirements = vec![":strips", ":typing", ":equality", ":negative-preconditions"];
    for (word, requirement) in [
        ("(or", ":disjunctive-preconditions"),
        ("(exists", ":existential-preconditions"),
        ("(when", ":conditional-effects"),
        ("(forall", ":universal-preconditions"),
    ] {
        if whole.contains(word) {
            requirements.push(requirement);
        }
    }
    if is_priced {
        requirements.push(":action-costs");
    }
    let parent = |above: Option<&Iri>| above.map_or_else(|| "object".to_owned(), Labels::kind);
    // Some readers want the types directly below `object` first.
    let mut listed_types = kinds.types();
    listed_types.sort_by_key(|(_, above)| above.is_some());
    let types = listed_types
        .into_iter()
        .map(|(class, above)| format!("\n    {} - {}", Labels::kind(class), parent(above)));
    let types: String = types.collect();
    let mut predicates: Vec<String> = Vec::new();
    for property in out.properties.keys() {
        if let Some(name) = out.labels.given(Sort::Predicate, property.as_str()) {
            let owner = if out.sole_holder(property).is_none() {
                " ?thing"
            } else {
                ""
            };
            let value = if out.is_flag(property) { "" } else { " ?value" };
            predicates.push(format!("\n    ({name}{owner}{value})"));
        }
    }
    for (class, _) in kinds.facts() {
        if let Some(name) = out.labels.given(Sort::Membership, class.as_str()) {
            predicates.push(format!("\n    ({name} ?thing)"));
        }
    }
    if whole.contains("(made ") {
        predicates.push("\n    (made ?thing)".to_owned());
    }
    let (things, constants) = named;
    let listed = objects(out, kinds, things, |name| constants.contains(name));
    let listed = if listed.is_empty() {
        String::new()
    } else {
        format!("  (:constants{listed})\n")
    };
    let functions = if is_priced {
        "  (:functions (total-cost) - number)\n"
    } else {
        ""
    };
    format!(
        "(define (domain world)\n  (:requirements {})\n  (:types{types})\n{listed}  (:predicates{})\n{functions}\n{})\n",
        requirements.join(" "),
        predicates.concat(),
        actions.join("\n")
    )
}

/// Things with their types.
fn objects(
    out: &mut Estate<'_>,
    kinds: &Kinds<'_>,
    things: &BTreeSet<Value>,
    keep: impl Fn(&str) -> bool,
) -> String {
    let mut text = String::new();
    for thing in things {
        let name = out.labels.object(thing);
        if keep(&name) {
            text.push_str(&object(kinds, &key(thing), &name));
        }
    }
    text
}

fn object(kinds: &Kinds<'_>, member: &str, name: &str) -> String {
    let kind = kinds
        .lowest(member)
        .map_or_else(|| "object".to_owned(), Labels::kind);
    format!("\n    {name} - {kind}")
}

/// What the problem file says.
pub(super) struct Said<'a> {
    pub(super) things: &'a BTreeSet<Value>,
    pub(super) constants: &'a BTreeSet<String>,
    pub(super) facts: &'a [(Iri, Value, Value)],
    pub(super) pools: &'a BTreeMap<Iri, Vec<String>>,
    pub(super) goal: &'a [String],
    pub(super) is_priced: bool,
}

/// The problem file.
pub(super) fn problem(out: &mut Estate<'_>, kinds: &Kinds<'_>, said: &Said<'_>) -> String {
    let mut listed = objects(out, kinds, said.things, |name| {
        !said.constants.contains(name)
    });
    let pooled: Vec<&String> = said.pools.values().flatten().collect();
    for name in &pooled {
        listed.push_str(&object(kinds, name, name));
    }
    let mut init: Vec<String> = Vec::new();
    for (property, owner, value) in said.facts {
        let (owner, value) = (out.labels.object(owner), out.labels.object(value));
        init.push(out.atom(property, &owner, Some(&value)));
    }
    for (class, members) in kinds.facts() {
        let test = out.labels.membership(class);
        let mut names: Vec<String> = Vec::new();
        for thing in said
            .things
            .iter()
            .filter(|thing| members.contains(&key(thing)))
        {
            names.push(out.labels.object(thing));
        }
        names.extend(
            pooled
                .iter()
                .filter(|name| members.contains(**name))
                .map(|name| (*name).clone()),
        );
        init.extend(names.into_iter().map(|name| format!("({test} {name})")));
    }
    if !pooled.is_empty() {
        for thing in said.things {
            init.push(format!("(made {})", out.labels.object(thing)));
        }
    }
    if said.is_priced {
        init.push("(= (total-cost) 0)".to_owned());
    }
    let metric = if said.is_priced {
        "\n  (:metric minimize (total-cost))"
    } else {
        ""
    };
    format!(
        "(define (problem goal)\n  (:domain world)\n  (:objects{listed})\n  (:init{})\n  (:goal (and{})){metric})\n",
        lined(&init),
        lined(said.goal)
    )
}
