//! The two files' text, and the names in it.

use std::collections::BTreeSet;

use samos_model::{Iri, Root};

use super::super::naming::{Names, safe};
use super::formula::{Fact, Formula};
use super::numbers::{LESS, SUM};
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
    pub(super) actions: &'a [String],
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
    let whole = said.actions.concat();
    let used = words(&whole);
    let (constants, others): (Vec<&String>, Vec<&String>) = said
        .objects
        .iter()
        .partition(|name| used.contains(name.as_str()));
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
    // Some readers want the types directly below `object` first.
    let mut listed: Vec<(Iri, Option<Iri>)> = out
        .kinds
        .types()
        .into_iter()
        .map(|(class, above, _)| (class.clone(), above.cloned()))
        .collect();
    listed.sort_by_key(|(_, above)| above.is_some());
    let mut types = String::new();
    for (class, above) in listed {
        let above = above.map_or_else(|| "object".to_owned(), |above| out.labels.kind(&above));
        types.push_str(&format!("\n    {} - {above}", out.labels.kind(&class)));
    }
    let constants = objects(out, constants.iter().copied());
    let constants = if constants.is_empty() {
        String::new()
    } else {
        format!("  (:constants{constants})\n")
    };
    let functions = if said.is_priced {
        "  (:functions (total-cost) - number)\n"
    } else {
        ""
    };
    format!(
        "(define (domain world)\n  (:requirements {requirements})\n  (:types{types})\n{constants}  (:predicates{})\n{functions}\n{})\n",
        predicates(out, said, whole),
        said.actions.join("\n")
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

fn predicates(out: &Estate<'_>, said: &Said<'_>, whole: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for property in out.properties.keys() {
        if let Some(name) = out.labels.given(Sort::Predicate, property.as_str()) {
            let owner = if out.sole_holder(property).is_none() {
                " ?thing"
            } else {
                ""
            };
            let value = if out.is_flag(property) { "" } else { " ?value" };
            lines.push(format!("\n    ({name}{owner}{value})"));
        }
    }
    for (class, _) in out.kinds.facts() {
        if let Some(name) = out.labels.given(Sort::Membership, class.as_str()) {
            lines.push(format!("\n    ({name} ?thing)"));
        }
    }
    for root in &out.linked {
        if let Some(name) = out.labels.given(Sort::Owner, super::owner_word(root)) {
            lines.push(format!("\n    ({name} ?thing ?owner)"));
        }
    }
    let used = spoken(said, whole);
    for (name, arguments) in OWN {
        if used.contains(*name) {
            lines.push(format!("\n    ({name} {arguments})"));
        }
    }
    lines.concat()
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
