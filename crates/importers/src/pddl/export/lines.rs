//! The two files' text, and the names in it.

use std::collections::BTreeSet;

use samos_model::{Iri, Root};

use super::super::naming::{Names, safe};
use super::actions::Shape;
use super::formula::{Fact, Formula};
use super::numbers::{LESS, SUM};
use super::signatures::{self, Above};
use super::{DRAWN, Estate, FRESH, KNOWN, MADE, TURNS};

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
    Kind,
    Owner,
}

/// Words that mean something in PDDL, or here.
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
    "over",
    "all",
    "start",
    "end",
    "preference",
    "always",
    "sometime",
    "within",
    "at",
    MADE,
    KNOWN,
    DRAWN,
    FRESH,
    TURNS,
    LESS,
    SUM,
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

    pub(super) fn action(&mut self, own: &str, wish: &str) -> String {
        self.name(Sort::Action, own, wish)
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

    pub(super) fn object(&mut self, key: &str, wish: &str) -> String {
        self.name(Sort::Thing, key, wish)
    }

    /// The predicate of a thing's service, account or provider.
    pub(super) fn owner(&mut self, root: &Root) -> String {
        let word = super::owner_word(root);
        self.name(Sort::Owner, word, &format!("{word}-of"))
    }

    /// Types are called apart from all else, so that they can be told.
    pub(super) fn kind(&mut self, class: &Iri) -> String {
        self.name(Sort::Kind, class.as_str(), &format!("t-{}", class.local()))
    }

    /// The type's name, where it has one.
    pub(super) fn kind_of(&self, class: &Iri) -> Option<String> {
        self.given(Sort::Kind, class.as_str()).cloned()
    }

    fn given(&self, sort: Sort, original: &str) -> Option<&String> {
        self.names.given(sort, original)
    }
}

/// Each on a line of its own.
pub(super) fn lined(parts: &[String]) -> String {
    parts.iter().map(|part| format!("\n      {part}")).collect()
}

/// What the two files say.
pub(super) struct Said<'a> {
    pub(super) actions: &'a [&'a Shape],
    pub(super) objects: &'a BTreeSet<String>,
    pub(super) start: &'a [Fact],
    pub(super) goal: &'a Formula,
    pub(super) is_priced: bool,
}

/// The words of a text.
fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')'))
        .collect()
}

/// Both files.
pub(super) fn files(out: &mut Estate<'_>, said: &Said<'_>) -> (String, String) {
    let actions: Vec<String> = said.actions.iter().map(|shape| shape.text()).collect();
    let whole = actions.join("\n");
    let used = words(&whole);
    // Some readers know the type `object` only where the domain has something of it.
    let (constants, others): (Vec<&String>, Vec<&String>) = said
        .objects
        .iter()
        .partition(|name| used.contains(name.as_str()) || out.kinds.lowest(name).is_none());
    let domain = domain(out, said, &whole, &constants);
    let problem = problem(out, said, &whole, &others);
    (domain, problem)
}

fn requirements(whole: &str, is_priced: bool) -> String {
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
    requirements.join(" ")
}

fn domain(out: &mut Estate<'_>, said: &Said<'_>, whole: &str, constants: &[&String]) -> String {
    let requirements = requirements(&format!("{whole}{}", said.goal), said.is_priced);
    let above = above(out);
    let mut listed: Vec<(&String, &Option<String>)> = above.iter().collect();
    let used: BTreeSet<String> = needed_types(out, said, whole, &above);
    listed.retain(|(own, _)| used.contains(*own));
    // Some readers want the types directly below `object` first.
    listed.sort_by_key(|(_, above)| above.is_some());
    let mut types = String::new();
    for (own, above) in listed {
        let above = above.as_deref().unwrap_or("object");
        types.push_str(&format!("\n    {own} - {above}"));
    }
    let constants = objects(out, constants.iter().copied());
    let constants = if constants.is_empty() {
        String::new()
    } else {
        format!("  (:constants{constants})\n")
    };
    let predicates = predicates(out, said, whole, &above);
    let predicates = if predicates.is_empty() {
        predicates
    } else {
        format!("  (:predicates{predicates})\n")
    };
    let functions = if said.is_priced {
        "  (:functions (total-cost) - number)\n"
    } else {
        ""
    };
    format!(
        "(define (domain world)\n  (:requirements {requirements})\n  (:types{types})\n{constants}{predicates}{functions}\n{whole})\n"
    )
}

/// The predicates that are of no property and no class.
const OWN: &[(&str, &str)] = &[
    (MADE, "?thing"),
    (KNOWN, "?thing"),
    (DRAWN, "?thing"),
    (FRESH, "?thing"),
    (TURNS, "?state ?next"),
    (LESS, "?low ?high"),
    (SUM, "?one ?other ?total"),
];

/// All words of the actions and the goal.
fn spoken(said: &Said<'_>, whole: &str) -> BTreeSet<String> {
    let goal = said.goal.to_string();
    let all = words(whole).into_iter().chain(words(&goal));
    all.map(str::to_owned).collect()
}

fn predicates(out: &Estate<'_>, said: &Said<'_>, whole: &str, above: &Above) -> String {
    let mut used = spoken(said, whole);
    used.extend(said.start.iter().map(|fact| fact.name.clone()));
    let mut listed: Vec<(&str, Vec<&str>)> = Vec::new();
    for property in out.properties.keys() {
        if let Some(name) = out.labels.given(Sort::Predicate, property.as_str()) {
            let owner = out.sole_holder(property).is_none().then_some("?thing");
            let value = (!out.is_flag(property)).then_some("?value");
            listed.push((name, owner.into_iter().chain(value).collect()));
        }
    }
    for (class, _) in out.kinds.facts() {
        if let Some(name) = out.labels.given(Sort::Membership, class.as_str()) {
            listed.push((name, vec!["?thing"]));
        }
    }
    for root in &out.linked {
        if let Some(name) = out.labels.given(Sort::Owner, super::owner_word(root)) {
            listed.push((name, vec!["?thing", "?owner"]));
        }
    }
    for (name, arguments) in OWN {
        listed.push((name, arguments.split(' ').collect()));
    }
    listed.retain(|(name, _)| used.contains(*name));
    let lowest = |word: &str| {
        out.kinds
            .lowest(word)
            .and_then(|class| out.labels.kind_of(class))
    };
    let places = signatures::of(said, &lowest, above);
    let mut lines = String::new();
    for (name, arguments) in listed {
        lines.push_str(&format!("\n    ({name}"));
        for (at, argument) in arguments.into_iter().enumerate() {
            let of_type = places.get(&(name, at)).cloned().flatten();
            let of_type = of_type.as_deref().unwrap_or("object");
            lines.push_str(&format!(" {argument} - {of_type}"));
        }
        lines.push(')');
    }
    lines
}

/// Each type with the one directly above it.
fn above(out: &mut Estate<'_>) -> Above {
    let types: Vec<(Iri, Option<Iri>)> = out
        .kinds
        .types()
        .into_iter()
        .map(|(class, above, _)| (class.clone(), above.cloned()))
        .collect();
    let labels = &mut out.labels;
    types
        .into_iter()
        .map(|(class, above)| (labels.kind(&class), above.map(|above| labels.kind(&above))))
        .collect()
}

/// The types that something is written to be of, and those above.
fn needed_types(out: &Estate<'_>, said: &Said<'_>, whole: &str, above: &Above) -> BTreeSet<String> {
    let things = said
        .objects
        .iter()
        .filter_map(|name| out.kinds.lowest(name));
    let things = things.filter_map(|class| out.labels.kind_of(class));
    let mut open: Vec<String> = things.chain(spoken(said, whole)).collect();
    let mut needed = BTreeSet::new();
    while let Some(one) = open.pop() {
        if let Some(next) = above.get(&one)
            && needed.insert(one)
        {
            open.extend(next.clone());
        }
    }
    needed
}

/// Things with their types.
fn objects<'n>(out: &mut Estate<'_>, names: impl Iterator<Item = &'n String>) -> String {
    let mut text = String::new();
    for name in names {
        let kind = out.kinds.lowest(name).cloned();
        let kind = kind.map_or_else(|| "object".to_owned(), |class| out.labels.kind(&class));
        text.push_str(&format!("\n    {name} - {kind}"));
    }
    text
}

fn problem(out: &mut Estate<'_>, said: &Said<'_>, whole: &str, others: &[&String]) -> String {
    let listed = objects(out, others.iter().copied());
    let used = spoken(said, whole);
    let is_said = |fact: &&Fact| {
        let is_own = OWN.iter().any(|(name, _)| *name == fact.name);
        !is_own || used.contains(&fact.name)
    };
    let start = said.start.iter().filter(is_said);
    let mut init: Vec<String> = start.map(ToString::to_string).collect();
    if said.is_priced {
        init.push("(= (total-cost) 0)".to_owned());
    }
    let metric = if said.is_priced {
        "\n  (:metric minimize (total-cost))"
    } else {
        ""
    };
    let goal: Vec<String> = said
        .goal
        .conjuncts()
        .iter()
        .map(ToString::to_string)
        .collect();
    format!(
        "(define (problem goal)\n  (:domain world)\n  (:objects{listed})\n  (:init{})\n  (:goal (and{})){metric})\n",
        lined(&init),
        lined(&goal)
    )
}
