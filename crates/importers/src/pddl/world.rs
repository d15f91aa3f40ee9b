//! A planning task as an ontology world, in Turtle.
//!
//! In: a task. Out: Turtle, and the goal in the notation of conditions. The service's one individual is the subject of
//! every action; a predicate is a closed property of its first argument, or of the service if it has none. Of one
//! argument it is a boolean that is true or absent, of two a set. A cost that is a function becomes one operation for
//! each of its values, with a property that says where the function has that value.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use samos_model::text::quoted;

use super::naming::{Names, class_like, safe};
use super::task::{Action, Atom, Cost, Formula, Kind, OBJECT, Task, Term, signatures};

/// Prefixes that mean something else in every world.
const TAKEN_PREFIXES: &[&str] = &["samos", "owl", "rdf", "rdfs", "xsd", "sh", "prov", "p-plan"];

/// Writes worlds.
pub(super) struct Writer<'t> {
    task: &'t Task,
    names: Names<&'static str>,
    prefix: String,
    /// Classes of things that are of one of several types.
    unions: BTreeMap<Kind, String>,
    /// What each predicate's arguments are of, wide enough for every use.
    signatures: BTreeMap<&'t str, Vec<Kind>>,
    text: String,
    functions: BTreeSet<&'t str>,
}

/// What the writer made.
pub(super) struct Written {
    pub(super) turtle: String,
    pub(super) goal: String,
}

/// The world of a task.
pub(super) fn write(task: &Task) -> Written {
    let mut prefix = safe(&task.domain);
    if TAKEN_PREFIXES.contains(&prefix.as_str()) {
        prefix.push_str("-domain");
    }
    let mut writer = Writer {
        task,
        names: Names::default(),
        prefix,
        unions: BTreeMap::new(),
        signatures: signatures(task),
        text: String::new(),
        functions: BTreeSet::new(),
    };
    writer.run()
}

impl Writer<'_> {
    fn run(&mut self) -> Written {
        self.names.name("service", "", "problem");
        self.names.name("domain", "", "domain");
        self.head();
        self.types();
        self.predicates();
        for action in &self.task.actions {
            self.action(action);
        }
        self.objects();
        let goal = self.task.goal.clone().unwrap_or(Formula::All(Vec::new()));
        let goal = self.condition(&goal, None);
        Written {
            turtle: std::mem::take(&mut self.text),
            goal,
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn head(&mut self) {
        let (prefix, domain, problem) = (
            self.prefix.clone(),
            self.task.domain.clone(),
            self.task.problem.clone(),
        );
        let namespace = format!("https://example.org/pddl/{prefix}#");
        let line = |word: &str| word.replace(['\n', '\r'], " ");
        self.line(&format!(
            "# The planning problem {} of the domain {} as a world.",
            line(&problem),
            line(&domain)
        ));
        self.line("# As in planning, what is not stated is false: every property is closed.\n");
        for (name, iri) in [
            (prefix.as_str(), namespace.as_str()),
            ("samos", "https://w3id.org/samos#"),
            ("owl", "http://www.w3.org/2002/07/owl#"),
            ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
            ("xsd", "http://www.w3.org/2001/XMLSchema#"),
            ("sh", "http://www.w3.org/ns/shacl#"),
        ] {
            self.line(&format!("@prefix {name}: <{iri}> ."));
        }
        self.line(&format!(
            "\n<https://example.org/pddl/{prefix}> a owl:Ontology ; rdfs:label {} ;\n   sh:declare [ sh:prefix \"{prefix}\" ; sh:namespace \"{namespace}\"^^xsd:anyURI ] .\n",
            quoted(&domain)
        ));
        let (domain_class, service_class) = (
            self.names.name("class", "(domain)", "Domain"),
            self.names.name("class", "(problem)", "Problem"),
        );
        let provider = self.names.name("domain", "", "domain");
        let service = self.names.name("service", "", "problem");
        let p = &prefix;
        self.line(&format!("{p}:{domain_class} a owl:Class ; rdfs:subClassOf samos:CloudServiceProvider ; rdfs:label {} .", quoted(&domain)));
        self.line(&format!(
            "{p}:{provider} a {p}:{domain_class} ; rdfs:label {} .",
            quoted(&domain)
        ));
        self.line(&format!("{p}:{service_class} a owl:Class ; rdfs:subClassOf {p}:{domain_class} , samos:Service ; rdfs:label {} .", quoted(&problem)));
        self.line(&format!("{p}:{service} a {p}:{service_class} ; samos:provider {p}:{provider} ; rdfs:label {} .\n", quoted(&problem)));
    }

    fn types(&mut self) {
        let p = self.prefix.clone();
        let domain = self.names.name("class", "(domain)", "Domain");
        let object = self.class(&vec![OBJECT.to_owned()]);
        self.line(&format!("{p}:{object} a owl:Class ; rdfs:subClassOf {p}:{domain} , samos:Aspect ; rdfs:label \"object\" ."));
        for (name, parents) in &self.task.types {
            let class = self.class(&vec![name.clone()]);
            let above: Vec<String> = match parents.as_slice() {
                [] => vec![format!("{p}:{object}")],
                parents => parents
                    .iter()
                    .map(|parent| format!("{p}:{}", self.class(&vec![parent.clone()])))
                    .collect(),
            };
            self.line(&format!(
                "{p}:{class} a owl:Class ; rdfs:subClassOf {} ; rdfs:label {} .",
                above.join(" , "),
                quoted(name)
            ));
        }
        self.line("");
    }

    /// The class of a type, or of things of one of several; such a class is written when it is first spoken of.
    fn class(&mut self, kind: &Kind) -> String {
        if let [only] = kind.as_slice() {
            return self.names.name("class", only, &class_like(only));
        }
        if let Some(class) = self.unions.get(kind) {
            return class.clone();
        }
        let members: Vec<String> = kind
            .iter()
            .map(|name| self.names.name("class", name, &class_like(name)))
            .collect();
        let class = self
            .names
            .name("union", &kind.join(" "), &members.join("Or"));
        let p = self.prefix.clone();
        let object = self.names.name("class", OBJECT, &class_like(OBJECT));
        let mut above = vec![format!("{p}:{object}")];
        for name in self.task.types.keys() {
            if self.task.is_below(kind, &vec![name.clone()]) {
                let class = self.names.name("class", name, &class_like(name));
                above.push(format!("{p}:{class}"));
            }
        }
        let mut below = Vec::new();
        for (other, name) in &self.unions {
            if self.task.is_below(kind, other) {
                above.push(format!("{p}:{name}"));
            }
            if self.task.is_below(other, kind) {
                below.push(name.clone());
            }
        }
        self.unions.insert(kind.clone(), class.clone());
        self.line(&format!(
            "{p}:{class} a owl:Class ; rdfs:subClassOf {} ; rdfs:label {} .",
            above.join(" , "),
            quoted(&kind.join(" or "))
        ));
        for lower in below {
            self.line(&format!("{p}:{lower} rdfs:subClassOf {p}:{class} ."));
        }
        for member in members {
            self.line(&format!("{p}:{member} rdfs:subClassOf {p}:{class} ."));
        }
        class
    }

    fn predicates(&mut self) {
        for (name, kinds) in &self.signatures.clone() {
            let property = self.names.name("predicate", name, name);
            self.property(&property, name, kinds);
        }
        self.line("");
    }

    fn property(&mut self, property: &str, label: &str, kinds: &[Kind]) {
        let domain = match kinds.first() {
            Some(kind) => self.class(kind),
            None => self.names.name("class", "(problem)", "Problem"),
        };
        let p = self.prefix.clone();
        let kind = match kinds.get(1) {
            None => {
                "owl:DatatypeProperty , owl:FunctionalProperty ; rdfs:range xsd:boolean".to_owned()
            }
            Some(range) => format!("owl:ObjectProperty ; rdfs:range {p}:{}", self.class(range)),
        };
        self.line(&format!("{p}:{property} a {kind} ; samos:closed true ; rdfs:domain {p}:{domain} ; rdfs:label {} .", quoted(label)));
    }

    /// One operation, or one for each value of its cost.
    fn action(&mut self, action: &Action) {
        match &action.cost {
            None => self.operation(action, &action.name, None, None),
            Some(Cost::Number(cost)) => self.operation(action, &action.name, Some(cost), None),
            Some(Cost::Function(function)) => {
                let values: BTreeSet<String> = self
                    .task
                    .values
                    .iter()
                    .filter(|((name, _), _)| *name == function.name)
                    .map(|(_, value)| value.clone())
                    .collect();
                let alone = values.len() == 1 && function.terms.is_empty();
                for value in values {
                    let name = if alone {
                        action.name.clone()
                    } else {
                        format!("{}_cost_{value}", action.name)
                    };
                    let place =
                        (!function.terms.is_empty()).then(|| self.function(function, &value));
                    self.operation(action, &name, Some(&value), place);
                }
            }
        }
    }

    /// The predicate "the function has that value there".
    fn function(&mut self, function: &Atom, value: &str) -> (String, Vec<Term>) {
        let original = format!("{} {value}", function.name);
        let property =
            self.names
                .name("function", &original, &format!("{}_{value}", function.name));
        let key = self.task.functions.get_key_value(&function.name);
        if let Some((name, kinds)) = key
            && self.functions.insert(name)
        {
            // All values of the function at once: the facts name them too.
            let values: BTreeSet<&String> = self
                .task
                .values
                .iter()
                .filter(|((other, _), _)| other == name)
                .map(|(_, value)| value)
                .collect();
            for value in values {
                let original = format!("{name} {value}");
                let property = self
                    .names
                    .name("function", &original, &format!("{name}_{value}"));
                self.property(&property, &format!("{name} = {value}"), kinds);
            }
        }
        (property, function.terms.clone())
    }

    fn operation(
        &mut self,
        action: &Action,
        name: &str,
        cost: Option<&String>,
        place: Option<(String, Vec<Term>)>,
    ) {
        let operation = self.names.name("action", name, name);
        let mut local = Names::default();
        let parameters: BTreeMap<&str, String> = action
            .parameters
            .iter()
            .map(|(name, _)| (name.as_str(), local.name("parameter", name, name)))
            .collect();
        let listed: Vec<String> = action
            .parameters
            .iter()
            .map(|(name, kind)| {
                let class = self.class(kind);
                let name = parameters.get(name.as_str()).cloned().unwrap_or_default();
                format!("[({name}: {}:{class})]", self.prefix)
            })
            .collect();
        let mut condition = self.condition(&action.precondition, Some(&parameters));
        if let Some((property, terms)) = place {
            let there = self.stated(&property, &terms, Some(&parameters));
            condition = if condition == "unconditional" {
                there
            } else {
                format!("{condition} and {there}")
            };
        }
        let effects = self.effects(action, &parameters);
        let p = self.prefix.clone();
        let class = self.names.name("class", "(problem)", "Problem");
        self.line(&format!(
            "{p}:{operation} a samos:Operation ; rdfs:label {} .",
            quoted(&action.name)
        ));
        self.line(&format!("{p}:{class} samos:hasSMR {p}:{operation} ."));
        let mut axiom = format!(
            "[] a owl:Axiom ; owl:annotatedSource {p}:{class} ; owl:annotatedProperty samos:hasSMR ; owl:annotatedTarget {p}:{operation} ;\n   samos:category samos:Common"
        );
        let mut element = |property: &str, text: &str| {
            let _ = write!(axiom, " ;\n   samos:{property} {}", quoted(text)); // writing to a String cannot fail
        };
        if !listed.is_empty() {
            element("parameter", &listed.join(", "));
        }
        element("precondition", &condition);
        if !effects.is_empty() {
            element("postcondition", &effects);
        }
        if let Some(cost) = cost {
            let _ = write!(axiom, " ;\n   samos:cost {}", decimal(cost));
        }
        self.line(&format!("{axiom} .\n"));
    }

    /// Removals first; what is removed and added again is only added.
    fn effects(&mut self, action: &Action, parameters: &BTreeMap<&str, String>) -> String {
        let mut all: Vec<String> = Vec::new();
        let removed = action
            .deletes
            .iter()
            .filter(|atom| !action.adds.contains(atom));
        for (atom, is_added) in removed
            .map(|atom| (atom, false))
            .chain(action.adds.iter().map(|atom| (atom, true)))
        {
            let property = self.names.name("predicate", &atom.name, &atom.name);
            let mut terms = atom.terms.iter();
            let owner = match terms.next() {
                None => "subject".to_owned(),
                Some(term) => self.term(term, Some(parameters)),
            };
            let effect = match (terms.next(), is_added) {
                (None, true) => format!("{owner}.{property} = true"),
                (None, false) => format!("clear {owner}.{property}"),
                (Some(other), is_added) => {
                    let other = self.term(other, Some(parameters));
                    format!(
                        "{owner}.{property} {} {other}",
                        if is_added { "+=" } else { "-=" }
                    )
                }
            };
            if !all.contains(&effect) {
                all.push(effect);
            }
        }
        all.join(" and ")
    }

    fn term(&mut self, term: &Term, parameters: Option<&BTreeMap<&str, String>>) -> String {
        match term {
            Term::Variable(name) => parameters
                .and_then(|all| all.get(name.as_str()).cloned())
                .unwrap_or_default(),
            Term::Object(name) => {
                format!("{}:{}", self.prefix, self.names.name("object", name, name))
            }
        }
    }

    /// A condition; without parameters it is a goal.
    fn condition(
        &mut self,
        formula: &Formula,
        parameters: Option<&BTreeMap<&str, String>>,
    ) -> String {
        let text = match formula.clone().pushed(false) {
            Formula::All(parts) => self.conjuncts(&parts, parameters),
            other => self.conjuncts(&[other], parameters),
        };
        if text.is_empty() {
            "unconditional".to_owned()
        } else {
            text
        }
    }

    fn conjuncts(
        &mut self,
        parts: &[Formula],
        parameters: Option<&BTreeMap<&str, String>>,
    ) -> String {
        let mut all: Vec<String> = Vec::new();
        for part in parts {
            let text = match part {
                Formula::All(parts) => self.conjuncts(parts, parameters),
                Formula::Any(parts) => self.choice(parts, parameters),
                Formula::Holds(atom) => self.held(atom, parameters),
                Formula::Equal(left, right) => format!(
                    "{} == {}",
                    self.term(left, parameters),
                    self.term(right, parameters)
                ),
                Formula::Not(inner) => match &**inner {
                    Formula::Equal(left, right) => format!(
                        "{} != {}",
                        self.term(left, parameters),
                        self.term(right, parameters)
                    ),
                    Formula::Holds(atom) => format!("not {}", self.held(atom, parameters)),
                    _ => String::new(), // `pushed` leaves none
                },
            };
            if !text.is_empty() && !all.contains(&text) {
                all.push(text);
            }
        }
        all.join(" and ")
    }

    fn choice(&mut self, parts: &[Formula], parameters: Option<&BTreeMap<&str, String>>) -> String {
        let mut all = Vec::new();
        let mut waiting: Vec<&Formula> = parts.iter().rev().collect();
        while let Some(part) = waiting.pop() {
            if let Formula::Any(inner) = part {
                waiting.extend(inner.iter().rev());
                continue;
            }
            let text = self.conjuncts(std::slice::from_ref(part), parameters);
            if text.is_empty() {
                return String::new(); // one of them holds anyway
            }
            all.push(text);
        }
        match all.as_slice() {
            [only] => only.clone(),
            _ => format!("({})", all.join(" or ")),
        }
    }

    fn held(&mut self, atom: &Atom, parameters: Option<&BTreeMap<&str, String>>) -> String {
        let property = self.names.name("predicate", &atom.name, &atom.name);
        self.stated(&property, &atom.terms, parameters)
    }

    fn stated(
        &mut self,
        property: &str,
        terms: &[Term],
        parameters: Option<&BTreeMap<&str, String>>,
    ) -> String {
        let owner = match terms.first() {
            Some(term) => self.term(term, parameters),
            None if parameters.is_some() => "subject".to_owned(),
            None => format!(
                "{}:{}",
                self.prefix,
                self.names.name("service", "", "problem")
            ),
        };
        match terms.get(1) {
            None => format!("{owner}.{property} == true"),
            Some(other) => format!(
                "{owner}.{property} contains {}",
                self.term(other, parameters)
            ),
        }
    }

    /// Each object with its types and facts, and the facts of the service.
    fn objects(&mut self) {
        let service = String::new();
        let mut facts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let p = self.prefix.clone();
        let mut stated: Vec<(String, Vec<String>)> = Vec::new();
        for atom in &self.task.init {
            let property = self.names.name("predicate", &atom.name, &atom.name);
            let names = atom.terms.iter().map(|term| match term {
                Term::Variable(name) | Term::Object(name) => name.clone(),
            });
            stated.push((property, names.collect()));
        }
        for ((function, names), value) in &self.task.values {
            if self.functions.contains(function.as_str()) {
                let original = format!("{function} {value}");
                let property =
                    self.names
                        .name("function", &original, &format!("{function}_{value}"));
                stated.push((property, names.clone()));
            }
        }
        for (property, names) in stated {
            let value = match names.get(1) {
                None => "true".to_owned(),
                Some(other) => format!("{p}:{}", self.names.name("object", other, other)),
            };
            let owner = names.first().unwrap_or(&service).clone();
            facts
                .entry(owner)
                .or_default()
                .insert(format!("{p}:{property} {value}"));
        }
        if let Some(own) = facts.remove(&service) {
            let name = self.names.name("service", "", "problem");
            let own: Vec<String> = own.into_iter().collect();
            self.line(&format!("{p}:{name} {} .", own.join(" ;\n   ")));
        }
        let provider = self.names.name("domain", "", "domain");
        let mut kinds: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let mut order: Vec<&str> = Vec::new();
        for (name, kind) in &self.task.objects {
            let class = self.class(kind);
            let classes = kinds.entry(name).or_default();
            if classes.is_empty() {
                order.push(name);
            }
            classes.insert(format!("{p}:{class}"));
        }
        for original in order {
            let name = self.names.name("object", original, original);
            let classes: Vec<String> = kinds.remove(original).into_iter().flatten().collect();
            let mut parts = vec![
                format!("a {}", classes.join(" , ")),
                format!("samos:provider {p}:{provider}"),
                format!("rdfs:label {}", quoted(original)),
            ];
            parts.extend(facts.remove(original).into_iter().flatten());
            self.line(&format!("{p}:{name} {} .", parts.join(" ; ")));
        }
    }
}

/// A number as Turtle writes a decimal.
fn decimal(number: &str) -> String {
    let number = number.strip_prefix('+').unwrap_or(number);
    if number.contains(['e', 'E']) {
        return quoted(&number.parse::<f64>().unwrap_or_default().to_string()) + "^^xsd:decimal";
    }
    format!("{}^^xsd:decimal", quoted(number))
}
