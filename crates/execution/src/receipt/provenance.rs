//! A receipt in the terms of PROV-O and P-Plan, so that SPARQL can ask what was done, when, and by which plan.
//!
//! In: a receipt. Out: statements, or N-Quads in a graph of the run's own name. Nodes are named after the run and the
//! plan's fingerprint, as the plan's own statements are: the two hang together.

use std::fmt::Write as _;

use samos_model::text::quoted;
use samos_model::value::{Literal, Value};
use samos_model::vocabulary::xsd;
use samos_model::{Iri, Request};
use serde::Serialize;

use super::{Receipt, StepReceipt};

const RDF_TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const PREFIXES: &[(&str, &str)] = &[
    ("p-plan", "http://purl.org/net/p-plan#"),
    ("prov", "http://www.w3.org/ns/prov#"),
    ("samos", samos_model::vocabulary::samos::NAMESPACE),
];

/// One statement.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Statement {
    /// Of what.
    pub subject: Iri,
    /// Which property.
    pub predicate: Iri,
    /// What.
    pub object: Value,
}

impl Receipt {
    /// The name of the run, and of the graph that holds its statements.
    #[must_use = "this makes a name and changes nothing"]
    pub fn graph(&self) -> Iri {
        Iri::from(format!("urn:samos:run:{}", encoded(&self.run)))
    }

    /// What the run did, in order and each once.
    #[must_use = "this makes statements and changes nothing"]
    pub fn statements(&self) -> Vec<Statement> {
        let mut graph = Graph {
            run: self.graph(),
            plan: Iri::from(format!("urn:samos:plan:{}", self.plan.replace(':', "-"))),
            statements: Vec::new(),
        };
        graph.run(self);
        for step in &self.steps {
            graph.step(step);
        }
        graph.statements.sort();
        graph.statements.dedup();
        graph.statements
    }

    /// The same as N-Quads, in the run's graph.
    #[must_use = "this makes text and changes nothing"]
    pub fn quads(&self) -> String {
        let graph = self.graph();
        let mut text = String::new();
        for Statement {
            subject,
            predicate,
            object,
        } in self.statements()
        {
            let object = match object {
                Value::Entity(entity) => format!("<{entity}>"),
                Value::Literal(literal) => {
                    format!("{}^^<{}>", quoted(&literal.lexical), literal.datatype)
                }
            };
            let _ = writeln!(text, "<{subject}> <{predicate}> {object} <{graph}> .");
        }
        text
    }
}

struct Graph {
    run: Iri,
    plan: Iri,
    statements: Vec<Statement>,
}

impl Graph {
    fn run(&mut self, receipt: &Receipt) {
        let node = self.run.clone();
        for class in ["samos:Run", "prov:Activity", "p-plan:Activity"] {
            self.is_a(&node, class);
        }
        // Who carried it out, and by which plan: PROV-O says both of an association.
        let association = self.node("association");
        self.is_a(&association, "prov:Association");
        self.link(&node, "prov:qualifiedAssociation", &association);
        let plan = self.plan.clone();
        self.link(&association, "prov:hadPlan", &plan);
        let agent = Iri::from("urn:samos:agent");
        self.is_a(&agent, "prov:SoftwareAgent");
        self.link(&association, "prov:agent", &agent);
        self.link(&node, "prov:wasAssociatedWith", &agent);
        self.time(&node, "prov:startedAtTime", Some(&receipt.started_at));
        self.time(&node, "prov:endedAtTime", receipt.ended_at.as_deref());
        if let Some(ending) = receipt.ending.as_ref().and_then(tag) {
            self.text(&node, "samos:ending", &ending);
        }
        for exception in &receipt.exceptions {
            self.text(&node, "samos:exception", &exception.message);
        }
    }

    fn step(&mut self, receipt: &StepReceipt) {
        let node = self.node(&format!("step/{}", receipt.step));
        self.activity(&node, receipt);
        let planned = self.planned(&format!("step/{}", receipt.step));
        self.link(&node, "p-plan:correspondsToStep", &planned);
        for (n, undone) in receipt.undone_by.iter().enumerate() {
            let undoing = self.node(&format!("step/{}/undo/{n}", receipt.step));
            self.activity(&undoing, undone);
            self.link(&undoing, "prov:wasInformedBy", &node);
            self.link(&undoing, "samos:undoes", &node);
        }
    }

    fn activity(&mut self, node: &Iri, receipt: &StepReceipt) {
        self.is_a(node, "prov:Activity");
        self.is_a(node, "p-plan:Activity");
        let run = self.run.clone();
        self.link(node, "samos:ofRun", &run);
        self.link(node, "samos:operation", &receipt.operation);
        if let Some(state) = tag(&receipt.state) {
            self.text(node, "samos:outcomeOfStep", &state);
        }
        let attempts = Literal::integer(i64::from(receipt.attempts));
        self.add(node, "samos:attempts", Value::Literal(attempts));
        self.time(node, "prov:startedAtTime", receipt.started_at.as_deref());
        if let Some(failure) = &receipt.failure {
            self.text(node, "samos:failureCode", &failure.code);
            self.text(node, "samos:failure", &failure.message);
        }
        if let Some(took_ms) = receipt.took_ms {
            let took = Literal::integer(i64::try_from(took_ms).unwrap_or(i64::MAX));
            self.add(node, "samos:tookMilliseconds", Value::Literal(took));
        }
        if let Some(request) = &receipt.request {
            self.request(node, request);
        }
        for (name, values) in &receipt.outcomes {
            let given = Iri::from(format!("{node}/out/{name}"));
            self.variable(&given, name.as_str(), values);
            self.link(&given, "prov:wasGeneratedBy", node);
            let planned = self.planned(&format!("step/{}/out/{name}", receipt.step));
            self.link(&given, "p-plan:correspondsToVariable", &planned);
        }
        for (n, change) in receipt.changes.iter().enumerate() {
            let changed = Iri::from(format!("{node}/change/{n}"));
            self.is_a(&changed, "prov:Entity");
            self.link(&changed, "prov:wasGeneratedBy", node);
            self.link(&changed, "prov:specializationOf", &change.entity);
            self.link(&changed, "samos:property", &change.property);
            for value in change.before.iter().flatten() {
                self.add(&changed, "samos:before", value.clone());
            }
            for value in &change.after {
                self.add(&changed, "samos:after", value.clone());
            }
        }
    }

    fn request(&mut self, node: &Iri, request: &Request) {
        self.link(node, "prov:used", &request.subject);
        self.link(node, "samos:subject", &request.subject);
        for (name, values) in &request.arguments {
            let given = Iri::from(format!("{node}/in/{name}"));
            self.variable(&given, name.as_str(), values);
            self.link(node, "prov:used", &given);
        }
    }

    fn variable(&mut self, node: &Iri, name: &str, values: &[Value]) {
        self.is_a(node, "prov:Entity");
        self.is_a(node, "p-plan:Entity");
        self.text(node, "samos:name", name);
        for value in values {
            self.add(node, "samos:value", value.clone());
        }
    }

    fn node(&self, path: &str) -> Iri {
        Iri::from(format!("{}/{path}", self.run))
    }

    /// A node of the plan.
    fn planned(&self, path: &str) -> Iri {
        Iri::from(format!("{}/{path}", self.plan))
    }

    fn add(&mut self, subject: &Iri, predicate: &str, object: Value) {
        self.statements.push(Statement {
            subject: subject.clone(),
            predicate: full(predicate),
            object,
        });
    }

    fn link(&mut self, subject: &Iri, predicate: &str, object: &Iri) {
        self.add(subject, predicate, Value::Entity(object.clone()));
    }

    fn text(&mut self, subject: &Iri, predicate: &str, text: &str) {
        self.add(subject, predicate, Value::Literal(Literal::string(text)));
    }

    fn time(&mut self, subject: &Iri, predicate: &str, at: Option<&str>) {
        if let Some(at) = at {
            let at = Literal::new(at, xsd::DATE_TIME);
            self.add(subject, predicate, Value::Literal(at));
        }
    }

    fn is_a(&mut self, subject: &Iri, class: &str) {
        self.statements.push(Statement {
            subject: subject.clone(),
            predicate: Iri::from(RDF_TYPE),
            object: Value::Entity(full(class)),
        });
    }
}

/// The word by which JSON tells the variants of a type apart.
fn tag(value: &impl Serialize) -> Option<String> {
    match serde_json::to_value(value).ok()? {
        serde_json::Value::String(word) => Some(word),
        serde_json::Value::Object(fields) => fields.get("ending")?.as_str().map(str::to_owned),
        _ => None,
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

/// A name as it may stand in an IRI.
fn encoded(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}
