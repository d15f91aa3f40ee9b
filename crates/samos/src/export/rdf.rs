//! Plans as RDF, in the terms of P-Plan and PROV-O where they have one, so that SPARQL can ask about them.
//!
//! In: a plan. Out: triples, or Turtle. All names are derived from the fingerprint: the same plan gives the same
//! triples, and two plans share no node.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use samos_model::operation::Kind;
use samos_model::plan::{Argument, Edge, EdgeKind, Plan, PlanValue, Step, Undo};
use samos_model::text::quoted;
use samos_model::vocabulary::xsd;
use samos_model::{Iri, Literal};

const RDF_TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const PREFIXES: &[(&str, &str)] = &[
    ("p-plan", "http://purl.org/net/p-plan#"),
    ("prov", "http://www.w3.org/ns/prov#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("samos", "https://w3id.org/samos#"),
    ("xsd", xsd::NAMESPACE),
];

/// What a triple says of its subject.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Object {
    /// A thing.
    Iri(Iri),
    /// A literal.
    Literal(Literal),
}

/// One triple.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Triple {
    /// Of what.
    pub subject: Iri,
    /// Which property.
    pub predicate: Iri,
    /// What.
    pub object: Object,
}

/// The name of the plan, and of the graph that holds its triples.
#[must_use = "this makes a name and changes nothing"]
pub fn graph_of(plan: &Plan) -> Iri {
    Iri::from(format!(
        "urn:samos:plan:{}",
        plan.fingerprint.replace(':', "-")
    ))
}

/// The plan as triples, in order and each once.
#[must_use = "this makes triples and changes nothing"]
pub fn triples(plan: &Plan) -> Vec<Triple> {
    let mut graph = Graph {
        plan: graph_of(plan),
        triples: Vec::new(),
    };
    graph.describe(plan);
    for step in &plan.steps {
        graph.step(step);
    }
    for (at, edge) in plan.edges.iter().enumerate() {
        graph.edge(at + 1, edge);
    }
    graph.triples.sort();
    graph.triples.dedup();
    graph.triples
}

/// The plan as Turtle.
#[must_use = "this makes text and changes nothing"]
pub fn turtle(plan: &Plan) -> String {
    let mut text = String::new();
    for (prefix, namespace) in PREFIXES {
        let _ = writeln!(text, "@prefix {prefix}: <{namespace}> .");
    }
    let mut subjects: BTreeMap<Iri, Vec<(Iri, Object)>> = BTreeMap::new();
    for triple in triples(plan) {
        let rows = subjects.entry(triple.subject).or_default();
        rows.push((triple.predicate, triple.object));
    }
    for (subject, rows) in subjects {
        let mut lines: Vec<String> = Vec::new();
        let mut last: Option<Iri> = None;
        let (types, others): (Vec<_>, Vec<_>) = rows
            .into_iter()
            .partition(|(predicate, _)| predicate.as_str() == RDF_TYPE);
        for (predicate, object) in types.into_iter().chain(others) {
            let object = match &object {
                Object::Iri(iri) => name(iri),
                Object::Literal(literal) => literal_text(literal),
            };
            if last.as_ref() == Some(&predicate) {
                if let Some(line) = lines.last_mut() {
                    let _ = write!(line, " , {object}");
                }
                continue;
            }
            let verb = if predicate.as_str() == RDF_TYPE {
                "a".to_owned()
            } else {
                name(&predicate)
            };
            lines.push(format!("{verb} {object}"));
            last = Some(predicate);
        }
        let _ = writeln!(text, "\n{} {} .", name(&subject), lines.join(" ;\n   "));
    }
    text
}

/// The plan as N-Quads, in the graph of its own name.
#[must_use = "this makes text and changes nothing"]
pub fn quads(plan: &Plan) -> String {
    let graph = graph_of(plan);
    let mut text = String::new();
    for triple in triples(plan) {
        let object = match &triple.object {
            Object::Iri(iri) => format!("<{iri}>"),
            Object::Literal(literal) => {
                format!("{}^^<{}>", quoted(&literal.lexical), literal.datatype)
            }
        };
        let _ = writeln!(
            text,
            "<{}> <{}> {object} <{graph}> .",
            triple.subject, triple.predicate
        );
    }
    text
}

struct Graph {
    plan: Iri,
    triples: Vec<Triple>,
}

impl Graph {
    fn node(&self, path: &str) -> Iri {
        Iri::from(format!("{}/{path}", self.plan))
    }

    fn step_node(&self, id: u32) -> Iri {
        self.node(&format!("step/{id}"))
    }

    fn add(&mut self, subject: &Iri, predicate: &str, object: Object) {
        self.triples.push(Triple {
            subject: subject.clone(),
            predicate: full(predicate),
            object,
        });
    }

    fn link(&mut self, subject: &Iri, predicate: &str, object: &Iri) {
        self.add(subject, predicate, Object::Iri(object.clone()));
    }

    fn text(&mut self, subject: &Iri, predicate: &str, text: &str) {
        self.add(subject, predicate, Object::Literal(Literal::string(text)));
    }

    fn number(&mut self, subject: &Iri, predicate: &str, number: u32) {
        let literal = Literal::integer(i64::from(number));
        self.add(subject, predicate, Object::Literal(literal));
    }

    fn is_a(&mut self, subject: &Iri, class: &str) {
        self.add(subject, "rdf:type", Object::Iri(full(class)));
    }

    fn describe(&mut self, plan: &Plan) {
        let node = self.plan.clone();
        self.is_a(&node, "samos:Plan");
        self.is_a(&node, "p-plan:Plan");
        self.is_a(&node, "prov:Plan");
        self.text(&node, "samos:fingerprint", &plan.fingerprint);
        self.number(&node, "samos:operations", plan.cost.operations);
        self.number(&node, "samos:layers", plan.cost.layers);
        self.number(&node, "samos:manipulations", plan.cost.manipulations);
        if let Some(condition) = &plan.goal.condition {
            self.text(&node, "samos:goal", condition);
        }
        for subject in &plan.goal.subjects {
            self.link(&node, "samos:subject", subject);
        }
        for given in &plan.goal.givens {
            self.link(&node, "samos:given", given);
        }
        for wanted in &plan.goal.wants {
            self.link(&node, "samos:wanted", &wanted.of_type);
        }
        for assumption in &plan.assumptions {
            let step = self.step_node(assumption.step);
            self.text(&step, "samos:assumes", &assumption.text);
        }
        let ontology = Iri::from(format!(
            "urn:samos:ontology:{}",
            plan.made_from.ontology.replace(':', "-")
        ));
        if !plan.made_from.ontology.is_empty() {
            self.link(&node, "prov:wasDerivedFrom", &ontology);
        }
        if let Some(at) = &plan.made_from.facts_at {
            let literal = Literal::new(at.as_str(), xsd::DATE_TIME);
            self.add(&node, "samos:factsAt", Object::Literal(literal));
        }
    }

    fn step(&mut self, step: &Step) {
        let node = self.step_node(step.id);
        let plan = self.plan.clone();
        self.is_a(&node, "samos:Step");
        self.is_a(&node, "p-plan:Step");
        self.link(&node, "p-plan:isStepOfPlan", &plan);
        self.link(&node, "samos:operation", &step.operation);
        self.number(&node, "samos:number", step.id);
        self.number(&node, "samos:layer", step.layer);
        self.is_a(
            &node,
            match step.kind {
                Kind::Information => "samos:InformationStep",
                Kind::Manipulation => "samos:ManipulationStep",
            },
        );
        if let Some(provider) = &step.provider {
            self.link(&node, "samos:ofProvider", provider);
        }
        if let Some(account) = &step.account {
            self.link(&node, "samos:account", account);
        }
        self.value(&node, "samos:subject", &step.subject);
        for (name, argument) in &step.arguments {
            self.argument(step.id, name.as_str(), argument);
        }
        match &step.undo {
            Undo::By { operation, .. } => self.link(&node, "samos:undoneBy", operation),
            Undo::Irreversible { irreversible } => {
                self.text(&node, "samos:irreversible", irreversible);
            }
            Undo::Nothing { .. } => {}
        }
    }

    fn argument(&mut self, step: u32, name: &str, argument: &Argument) {
        let node = self.step_node(step);
        let variable = self.node(&format!("step/{step}/in/{name}"));
        let plan = self.plan.clone();
        self.is_a(&variable, "p-plan:Variable");
        self.link(&variable, "p-plan:isVariableOfPlan", &plan);
        self.link(&node, "p-plan:hasInputVar", &variable);
        self.text(&variable, "samos:name", name);
        for value in argument.values() {
            self.value(&variable, "samos:value", value);
        }
    }

    /// A value; one that an earlier step gives is that step's output variable.
    fn value(&mut self, subject: &Iri, predicate: &str, value: &PlanValue) {
        match value {
            PlanValue::Entity { entity } => self.link(subject, predicate, entity),
            PlanValue::Given { given } => self.link(subject, "samos:given", given),
            PlanValue::From { from } => {
                let giver = self.step_node(from.step);
                let output = self.node(&format!("step/{}/out/{}", from.step, from.outcome));
                let plan = self.plan.clone();
                self.is_a(&output, "p-plan:Variable");
                self.link(&output, "p-plan:isVariableOfPlan", &plan);
                self.link(&output, "p-plan:isOutputVarOf", &giver);
                self.text(&output, "samos:name", from.outcome.as_str());
                self.link(subject, predicate, &output);
            }
            PlanValue::Before { before } => self.text(subject, predicate, &before.path),
            PlanValue::Literal { .. } => {
                if let Some(literal) = value
                    .as_known()
                    .and_then(|value| value.as_literal().cloned())
                {
                    self.add(subject, predicate, Object::Literal(literal));
                }
            }
        }
    }

    fn edge(&mut self, number: usize, edge: &Edge) {
        let (from, to) = (self.step_node(edge.from), self.step_node(edge.to));
        // The vocabulary of P-Plan spells it so.
        self.link(&to, "p-plan:isPreceededBy", &from);
        let node = self.node(&format!("edge/{number}"));
        self.is_a(&node, "samos:Edge");
        self.link(&node, "samos:from", &from);
        self.link(&node, "samos:to", &to);
        let kind = match edge.kind {
            EdgeKind::Data => "data",
            EdgeKind::Cause => "cause",
            EdgeKind::Order => "order",
        };
        self.text(&node, "samos:kind", kind);
        let because = &edge.because;
        let grounds = because
            .conditions
            .iter()
            .chain(&because.axioms)
            .chain(&because.observations);
        for ground in grounds {
            self.text(&node, "samos:because", ground);
        }
    }
}

fn full(short: &str) -> Iri {
    let (prefix, local) = short.split_once(':').unwrap_or(("", short));
    let namespace = PREFIXES
        .iter()
        .find(|(known, _)| *known == prefix)
        .map_or("", |(_, namespace)| *namespace);
    Iri::from(format!("{namespace}{local}"))
}

fn name(iri: &Iri) -> String {
    for (prefix, namespace) in PREFIXES {
        if let Some(local) = iri.as_str().strip_prefix(namespace)
            && local.starts_with(|c: char| c.is_ascii_alphabetic())
            && local.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            return format!("{prefix}:{local}");
        }
    }
    format!("<{iri}>")
}

fn literal_text(literal: &Literal) -> String {
    let mut text = quoted(&literal.lexical);
    if literal.datatype.as_str() != xsd::STRING {
        let _ = write!(text, "^^{}", name(&literal.datatype));
    }
    text
}
