//! The whole verification of a request: subject, parameters, precondition.
//!
//! Paper: section "Basic service operation preparation and execution".
//!
//! In: an operation (or its name), a subject, arguments. Out: a [`Verification`]. It is ready when nothing was found.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::codes::verification as codes;
use samos_model::request::Need;
use samos_model::{
    Iri, Name, Operation, Request, RequestFinding, Supplied, SuppliedValue, Truth, Value, World,
};

use crate::evaluation::Bindings;
use crate::parameters::{self, Manner};
use crate::preconditions::{self, Judged};
use crate::reaching::Readers;

/// What a request is found to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verification {
    /// The operation.
    pub operation: Iri,
    /// Its subject.
    pub subject: Iri,
    /// The arguments by parameter, as values; defaults are among them.
    pub arguments: BTreeMap<Name, Vec<Value>>,
    /// May it be sent now?
    pub ready: bool,
    /// Each conjunct of the precondition, judged; empty where the subject itself will not do.
    pub conditions: Vec<Judged>,
    /// All that stands between it and being ready.
    pub findings: Vec<RequestFinding>,
    /// What each of the findings is about, in the same order.
    pub concerns: Vec<Concern>,
    /// The facts that would have to be read, and the requests that read them.
    pub needs: Vec<Need>,
    /// Arguments at hand that the operation has no use for.
    pub unused: Vec<Supplied>,
}

/// What a finding is about.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Concern {
    /// The operation and subject, or an argument that no parameter takes.
    Request,
    /// A parameter.
    Parameter(Name),
    /// A conjunct of the precondition, by its place.
    Conjunct(usize),
    /// An effect of the postcondition, by its place.
    Effect(usize),
}

/// Verifies a request with the arguments that a user gave.
#[must_use = "verifying has no other effect"]
pub fn verify(
    world: &dyn World,
    operation: &Operation,
    subject: &Iri,
    supplied: &[Supplied],
) -> Verification {
    Verifier::new(world).verify(operation, subject, supplied, Manner::Request)
}

/// Verifies a request whose arguments are values.
#[must_use = "verifying has no other effect"]
pub fn verify_request(world: &dyn World, request: &Request) -> Verification {
    Verifier::new(world).verify_request(request)
}

/// Verifies many requests against one world, with its indexes made once.
pub struct Verifier<'w> {
    world: &'w dyn World,
    readers: Readers<'w>,
}

impl<'w> Verifier<'w> {
    /// Over that world.
    #[must_use = "this makes a value and changes nothing"]
    pub fn new(world: &'w dyn World) -> Self {
        Self {
            world,
            readers: Readers::new(world),
        }
    }

    /// The world it verifies against.
    #[must_use = "reading has no other effect"]
    pub fn world(&self) -> &'w dyn World {
        self.world
    }

    /// Verifies a request: its subject, then all parameters and all of its precondition.
    #[must_use = "verifying has no other effect"]
    pub fn verify(
        &self,
        operation: &Operation,
        subject: &Iri,
        supplied: &[Supplied],
        manner: Manner<'_>,
    ) -> Verification {
        let subject = self.world.canonical(subject);
        let refused = self.subject_finding(operation, &subject);
        let bound = parameters::bind(self.world, operation, &subject, supplied, manner);
        let mut verification = Verification {
            operation: operation.iri.clone(),
            subject: subject.clone(),
            arguments: bound.arguments,
            ready: false,
            conditions: Vec::new(),
            findings: Vec::new(),
            concerns: Vec::new(),
            needs: Vec::new(),
            unused: bound.unused,
        };
        let mut wrong = BTreeSet::new();
        for (parameter, finding) in bound.findings {
            let concern = match parameter {
                Some(name) => {
                    wrong.insert(name.clone());
                    Concern::Parameter(name)
                }
                None => Concern::Request,
            };
            verification.add(concern, finding);
        }
        if let Some(finding) = refused {
            // What another thing's conditions are worth for this subject says nothing.
            verification.findings.insert(0, finding);
            verification.concerns.insert(0, Concern::Request);
            return verification;
        }
        let mut bindings = Bindings::new(operation, &subject, &verification.arguments);
        // What was given wrongly is not left out: what speaks of it waits.
        bindings.arguments.retain(|name, _| !wrong.contains(name));
        let judgement = preconditions::judge(self, operation, &bindings);
        verification.conditions = judgement.conditions;
        verification.needs = judgement.needs;
        for (concern, finding) in judgement.findings {
            verification.add(concern, finding);
        }
        verification.ready = verification.findings.is_empty();
        verification
    }

    /// Verifies a request whose arguments are values.
    #[must_use = "verifying has no other effect"]
    pub fn verify_request(&self, request: &Request) -> Verification {
        let Some(operation) = self.world.operation(&request.operation) else {
            return Verification {
                operation: request.operation.clone(),
                subject: request.subject.clone(),
                arguments: request.arguments.clone(),
                ready: false,
                conditions: Vec::new(),
                findings: vec![self.unknown_operation(&request.operation)],
                concerns: vec![Concern::Request],
                needs: Vec::new(),
                unused: Vec::new(),
            };
        };
        let supplied = supplied_by(&request.arguments);
        self.verify(operation, &request.subject, &supplied, Manner::Request)
    }

    /// The information requests that would read a property of an entity, and whether each is ready: those that are, then
    /// those that read all of it.
    #[must_use = "looking up has no other effect"]
    pub fn reads_of(&self, entity: &Iri, property: &Iri, asker: &Iri) -> Vec<(Request, bool)> {
        let mut reads: Vec<(Request, bool)> = Vec::new();
        for (operation, reach) in self.readers.of(entity, property, asker) {
            let supplied = supplied_by(&reach.arguments);
            let bound = parameters::bind(
                self.world,
                operation,
                &reach.subject,
                &supplied,
                Manner::Request,
            );
            if !bound.findings.is_empty() {
                // It asks for more than the fact says.
                continue;
            }
            let bindings = Bindings::new(operation, &reach.subject, &bound.arguments);
            let precondition = &operation.precondition;
            let truth = crate::condition_truth(self.world, precondition, &bindings);
            let request = Request {
                operation: operation.iri.clone(),
                subject: reach.subject,
                arguments: bound.arguments,
            };
            reads.push((request, truth == Truth::True));
        }
        reads.sort_by_key(|(_, ready)| !ready);
        reads
    }

    fn subject_finding(&self, operation: &Operation, subject: &Iri) -> Option<RequestFinding> {
        let world = self.world;
        if world.accepts(operation, subject) {
            return None;
        }
        let name = world.compact(subject);
        let own = world.compact(&operation.iri);
        let class = world.compact(&operation.subject);
        Some(if !world.is_entity(subject) {
            parameters::finding(
                codes::UNKNOWN_SUBJECT,
                "subject",
                format!("nothing is known of `{name}`"),
                format!("name a `{class}`, or read the service's listing first"),
            )
        } else if !world.has_type(subject, &operation.subject) {
            let types = world.types_of(subject);
            let types: Vec<_> = types
                .iter()
                .map(|of_type| format!("`{}`", world.compact(of_type)))
                .collect();
            parameters::finding(
                codes::SUBJECT_TYPE,
                "subject",
                format!(
                    "`{own}` is asked of a `{class}`, and `{name}` is {}",
                    types.join(", ")
                ),
                format!("name a `{class}`, or ask `samos prepare` what `{name}` offers"),
            )
        } else {
            let provider = |iri: Option<Iri>| match iri {
                Some(iri) => format!("`{}`", world.compact(&iri)),
                None => "no known provider".to_owned(),
            };
            parameters::finding(
                codes::SUBJECT_PROVIDER,
                "subject",
                format!(
                    "`{own}` is an operation of {}, and `{name}` is of {}",
                    provider(operation.provider.clone()),
                    provider(world.provider_of(subject))
                ),
                format!("name a `{class}` of that provider"),
            )
        })
    }

    fn unknown_operation(&self, operation: &Iri) -> RequestFinding {
        let name = self.world.compact(operation);
        let known = self.world.operations().iter();
        let known: Vec<_> = known.map(|one| self.world.compact(&one.iri)).collect();
        let help = match samos_model::finding::nearest(&name, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`samos get operations` lists those that there are".to_owned(),
        };
        parameters::finding(
            codes::UNKNOWN_OPERATION,
            "operation",
            format!("there is no operation `{name}`"),
            help,
        )
    }
}

impl Verification {
    fn add(&mut self, concern: Concern, finding: RequestFinding) {
        self.concerns.push(concern);
        self.findings.push(finding);
    }

    /// The request as it stands.
    #[must_use = "this makes a value and changes nothing"]
    pub fn request(&self) -> Request {
        Request {
            operation: self.operation.clone(),
            subject: self.subject.clone(),
            arguments: self.arguments.clone(),
        }
    }
}

/// Arguments that are values, as if a user had given them.
#[must_use = "this makes a value and changes nothing"]
pub fn supplied_by(arguments: &BTreeMap<Name, Vec<Value>>) -> Vec<Supplied> {
    let pairs = arguments.iter();
    pairs
        .flat_map(|(name, values)| {
            values.iter().map(|value| Supplied {
                name: Some(name.clone()),
                value: SuppliedValue::Value(value.clone()),
            })
        })
        .collect()
}
