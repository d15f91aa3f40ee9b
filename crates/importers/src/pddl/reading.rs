//! From brackets to a task: the two files' sections, and that every name is declared.
//!
//! In: the trees of domain and problem. Out: a task, or everything that is wrong with it.

use std::collections::BTreeMap;

use samos_model::Finding;
use samos_model::codes::import as codes;
use samos_model::finding::nearest;

use super::formulas::Scope;
use super::task::{Action, Kind, OBJECT, TOTAL_COST, Task, Term};
use super::tree::Tree;

/// Finds what is wrong, with the file's name.
pub(super) struct Reader<'a> {
    pub(super) file: &'a str,
    pub(super) findings: Vec<Finding>,
}

/// What a section of a file starts with, what it holds, and the whole of it.
type Section<'t> = (&'t str, &'t [Tree], &'t Tree);

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a str) -> Self {
        Self {
            file,
            findings: Vec::new(),
        }
    }

    pub(super) fn misplaced(&mut self, tree: &Tree, expected: &str) {
        self.report(
            codes::MISPLACED,
            tree,
            format!("`{}` stands where {expected} is expected", tree.shown()),
            "correct it; words and brackets as in PDDL 2.1",
        );
    }

    pub(super) fn cannot(&mut self, tree: &Tree, what: &str, help: &str) {
        self.report(
            codes::CANNOT_SAY,
            tree,
            format!(
                "{what} cannot be said in an ontology world: `{}`",
                tree.shown()
            ),
            help,
        );
    }

    pub(super) fn report(&mut self, code: &'static str, tree: &Tree, message: String, help: &str) {
        self.findings
            .push(Finding::error(code, message, help).at(tree.place(self.file)));
    }

    pub(super) fn unknown<'n>(
        &mut self,
        tree: &Tree,
        what: &str,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let help = match nearest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare the {what}"),
        };
        self.report(
            codes::UNKNOWN_NAME,
            tree,
            format!("no {what} `{name}` is declared"),
            &help,
        );
    }

    /// The sections of a file: its kind must be that.
    fn sections<'t>(&mut self, tree: &'t Tree, kind: &str) -> (String, Vec<Section<'t>>) {
        let parts = match tree.headed() {
            Some(("define", parts)) => parts,
            _ => {
                self.misplaced(tree, "`(define …)`");
                return (String::new(), Vec::new());
            }
        };
        let mut name = String::new();
        let mut sections = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            match part.headed() {
                Some((head, rest)) if at == 0 => match rest.first().and_then(Tree::word) {
                    Some(word) if head == kind => name = word.to_owned(),
                    _ => self.misplaced(part, &format!("`({kind} NAME)`")),
                },
                Some((head, rest)) if head.starts_with(':') => sections.push((head, rest, part)),
                _ => self.misplaced(part, "a section such as `(:init …)`"),
            }
        }
        (name, sections)
    }

    /// The sections of the domain, into the task.
    pub(super) fn domain(&mut self, tree: &Tree, task: &mut Task) {
        let (name, sections) = self.sections(tree, "domain");
        task.domain = name;
        for (_, rest, _) in sections.iter().filter(|(head, ..)| *head == ":types") {
            self.types(rest, task);
        }
        for (head, rest, whole) in &sections {
            match *head {
                ":types" | ":requirements" | ":action" => {}
                ":constants" => {
                    let objects = self.typed(rest, task);
                    self.add_objects(objects, task);
                }
                ":predicates" => self.predicates(rest, task),
                ":functions" => self.functions(rest, task),
                ":durative-action" => self.cannot(
                    whole,
                    "time inside an action",
                    "make it an `:action`; durations stand in samos:duration",
                ),
                ":derived" | ":axiom" => self.cannot(
                    whole,
                    "a derived predicate",
                    "let the actions add and delete it themselves",
                ),
                ":process" | ":event" => self.cannot(whole, "a process", "leave it out"),
                ":constraints" => {
                    self.cannot(whole, "a constraint on the whole plan", "leave it out")
                }
                _ => self.misplaced(whole, "a section of a domain"),
            }
        }
        for (_, rest, whole) in sections.iter().filter(|(head, ..)| *head == ":action") {
            self.action(rest, whole, task);
        }
    }

    /// The sections of the problem, into the task.
    pub(super) fn problem(&mut self, tree: &Tree, task: &mut Task) -> Vec<Finding> {
        let (name, sections) = self.sections(tree, "problem");
        task.problem = name;
        let mut warnings = Vec::new();
        for (_, rest, _) in sections.iter().filter(|(head, ..)| *head == ":objects") {
            let objects = self.typed(rest, task);
            self.add_objects(objects, task);
        }
        for (head, rest, whole) in &sections {
            match *head {
                ":objects" | ":requirements" | ":length" => {}
                ":domain" => {
                    let named = rest.first().and_then(Tree::word).unwrap_or_default();
                    if named != task.domain {
                        let message = format!(
                            "the problem is of domain `{named}`, the other file is domain `{}`",
                            task.domain
                        );
                        self.report(codes::MISPLACED, whole, message, "name the domain that the problem belongs to");
                    }
                }
                ":init" => self.init(rest, task),
                ":goal" => {
                    let scope = Scope::new(task, &[]);
                    task.goal = rest.first().and_then(|goal| self.formula(goal, &scope));
                }
                ":metric" => match rest {
                    [least, cost] if least.word() == Some("minimize") && is_total_cost(cost) => {
                        task.minimizes_cost = true;
                    }
                    _ => warnings.push(
                        Finding::warning(
                            codes::METRIC,
                            format!("the metric `{}` is not taken over", whole.shown()),
                            "plans are ranked by their steps; ask for `--minimize cost` where actions have a cost",
                        )
                        .at(whole.place(self.file)),
                    ),
                },
                ":constraints" => self.cannot(whole, "a constraint on the whole plan", "leave it out"),
                _ => self.misplaced(whole, "a section of a problem"),
            }
        }
        if task.goal.is_none() && self.findings.is_empty() {
            self.misplaced(tree, "a problem with `(:goal …)`");
        }
        warnings
    }

    fn types(&mut self, words: &[Tree], task: &mut Task) {
        for (tree, name, above) in self.list(words) {
            if name == OBJECT {
                continue;
            }
            if above.contains(&name) {
                self.misplaced(tree, "a type above it that is another one");
            }
            let parents = task.types.entry(name.clone()).or_default();
            for parent in above {
                if parent != OBJECT && parent != name && !parents.contains(&parent) {
                    parents.push(parent);
                }
            }
        }
        // A type that stands only behind a hyphen is declared by that.
        let parents: Vec<String> = task.types.values().flatten().cloned().collect();
        for parent in parents {
            task.types.entry(parent).or_default();
        }
    }

    fn predicates(&mut self, declared: &[Tree], task: &mut Task) {
        for one in declared {
            let Some((name, rest)) = one.headed() else {
                self.misplaced(one, "`(predicate ?variable - type …)`");
                continue;
            };
            let kinds: Vec<Kind> = self
                .typed(rest, task)
                .into_iter()
                .map(|(_, _, kind)| kind)
                .collect();
            if kinds.len() > 2 {
                // To be said where there turn out to be too many choices of what there are more.
                let before = self.findings.len();
                self.cannot(
                    one,
                    "a predicate of more than two things, of so many objects,",
                    "split it into predicates of two things each",
                );
                let found = self.findings.split_off(before);
                task.wide
                    .extend(found.into_iter().map(|found| (name.to_owned(), found)));
            }
            task.predicates.insert(name.to_owned(), kinds);
        }
    }

    fn functions(&mut self, declared: &[Tree], task: &mut Task) {
        for one in declared {
            // `- number` follows some of them.
            if let Some((name, rest)) = one.headed() {
                let kinds = self
                    .typed(rest, task)
                    .into_iter()
                    .map(|(_, _, kind)| kind)
                    .collect();
                task.functions.insert(name.to_owned(), kinds);
            } else if !matches!(one.word(), Some("-" | "number")) {
                self.misplaced(one, "`(function ?variable - type …)`");
            }
        }
    }

    fn add_objects(&mut self, objects: Vec<(&Tree, String, Kind)>, task: &mut Task) {
        for (tree, name, kind) in objects {
            if name.starts_with('?') {
                self.misplaced(tree, "an object");
            } else if !task
                .objects
                .iter()
                .any(|(other, other_kind)| *other == name && *other_kind == kind)
            {
                task.objects.push((name, kind));
            }
        }
    }

    fn action(&mut self, rest: &[Tree], whole: &Tree, task: &mut Task) {
        let Some((name, fields)) = rest
            .split_first()
            .and_then(|(name, fields)| Some((name.word()?, fields)))
        else {
            self.misplaced(whole, "`(:action NAME …)`");
            return;
        };
        if task.actions.iter().any(|other| other.name == name) {
            self.misplaced(
                whole,
                &format!("an action that is not called `{name}` again"),
            );
            return;
        }
        let mut said: BTreeMap<&str, &Tree> = BTreeMap::new();
        let mut rest = fields;
        while let Some((field, after)) = rest.split_first() {
            match (field.word(), after.split_first()) {
                (
                    Some(word @ (":parameters" | ":precondition" | ":effect")),
                    Some((value, after)),
                ) => {
                    said.insert(word, value);
                    rest = after;
                }
                _ => {
                    self.misplaced(
                        field,
                        "`:parameters`, `:precondition` or `:effect`, each with what it is",
                    );
                    return;
                }
            }
        }
        let parameters: Vec<(String, Kind)> =
            match said.get(":parameters").and_then(|tree| tree.list()) {
                Some(words) => self
                    .typed(words, task)
                    .into_iter()
                    .map(|(_, name, kind)| (name.trim_start_matches('?').to_owned(), kind))
                    .collect(),
                None => Vec::new(),
            };
        let scope = Scope::new(task, &parameters);
        let precondition = match said.get(":precondition") {
            Some(tree) => self.formula(tree, &scope),
            None => Some(super::task::Formula::All(Vec::new())),
        };
        let mut effects = super::formulas::Effects::default();
        if let Some(tree) = said.get(":effect") {
            self.effect(tree, &scope, &mut effects);
        }
        let Some(precondition) = precondition else {
            return;
        };
        let action = Action {
            name: name.to_owned(),
            precondition,
            adds: effects.adds,
            deletes: effects.deletes,
            cost: effects.cost,
            parameters,
        };
        task.actions.push(action);
    }

    fn init(&mut self, facts: &[Tree], task: &mut Task) {
        for fact in facts {
            match fact.headed() {
                Some(("=", [function, value])) if function.list().is_some() => {
                    let scope = Scope::new(task, &[]);
                    let Some(atom) = self.function(function, &scope) else {
                        continue;
                    };
                    let Some(number) = value.word().filter(|word| word.parse::<f64>().is_ok())
                    else {
                        self.misplaced(value, "a number");
                        continue;
                    };
                    let names = atom.terms.into_iter().map(|term| match term {
                        Term::Variable(name) | Term::Object(name) => name,
                    });
                    let number = number.to_owned();
                    task.values.insert((atom.name, names.collect()), number);
                }
                Some(("not", _)) => {} // what is not said is not so
                Some(("at", [time, timed]))
                    if timed.list().is_some()
                        && time.word().is_some_and(|word| word.parse::<f64>().is_ok()) =>
                {
                    self.cannot(fact, "a fact that comes at a time", "leave it out");
                }
                Some(_) => {
                    let scope = Scope::new(task, &[]);
                    if let Some(atom) = self.atom(fact, &scope) {
                        task.init.push(atom);
                    }
                }
                None => self.misplaced(fact, "a fact"),
            }
        }
    }

    /// `a b - t c` as names with what stands behind their hyphen; `object` where nothing does.
    fn list<'t>(&mut self, words: &'t [Tree]) -> Vec<(&'t Tree, String, Kind)> {
        let mut all: Vec<(&Tree, String, Kind)> = Vec::new();
        let mut waiting = 0;
        let mut rest = words.iter();
        while let Some(tree) = rest.next() {
            match tree.word() {
                Some("-") => {
                    let Some(kind) = rest.next().and_then(|tree| self.kind(tree)) else {
                        self.misplaced(tree, "a hyphen with a type behind it");
                        continue;
                    };
                    for (.., its) in all.iter_mut().skip(waiting) {
                        its.clone_from(&kind);
                    }
                    waiting = all.len();
                }
                Some(word) => all.push((tree, word.to_owned(), vec![OBJECT.to_owned()])),
                None => self.misplaced(tree, "a name"),
            }
        }
        all
    }

    fn kind(&mut self, tree: &Tree) -> Option<Kind> {
        if let Some(word) = tree.word() {
            return Some(vec![word.to_owned()]);
        }
        match tree.headed() {
            Some(("either", several)) => {
                let mut kind: Kind = several
                    .iter()
                    .filter_map(|one| one.word().map(str::to_owned))
                    .collect();
                kind.sort();
                kind.dedup();
                Some(kind).filter(|kind| !kind.is_empty())
            }
            _ => None,
        }
    }

    /// Names with types that are declared.
    fn typed<'t>(&mut self, words: &'t [Tree], task: &Task) -> Vec<(&'t Tree, String, Kind)> {
        let mut all = self.list(words);
        for (tree, _, kind) in &mut all {
            for name in kind.clone() {
                if name != OBJECT && !task.types.contains_key(&name) {
                    self.unknown(tree, "type", &name, task.types.keys().map(String::as_str));
                }
            }
            if kind.iter().any(|name| name == OBJECT) {
                *kind = vec![OBJECT.to_owned()];
            }
        }
        all
    }
}

fn is_total_cost(tree: &Tree) -> bool {
    tree.word() == Some(TOTAL_COST) || matches!(tree.headed(), Some((TOTAL_COST, [])))
}
