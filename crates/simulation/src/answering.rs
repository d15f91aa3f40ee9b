//! One request: delayed, perhaps lost or refused, checked, applied, answered.

use std::collections::BTreeSet;

use samos_execution::facts::holds_things;
use samos_execution::scope::{Scope, with_defaults};
use samos_execution::{Bindings, CallError, Described, ErrorClass, Outcomes};
use samos_model::operation::{Kind, Operation, Outcome};
use samos_model::text::{Conjunct, Path};
use samos_model::value::{Truth, Value};
use samos_model::vocabulary::samos;
use samos_model::world::World;
use samos_model::{Iri, Request};
use samos_verifiers::Concern;
use samos_verifiers::{evaluation, verify_request};

use crate::effects::paths_of;
use crate::faults::Fault;
use crate::{Applied, Simulation};

impl Simulation<'_> {
    pub(crate) fn answer(
        &mut self,
        request: &Request,
        token: Option<&str>,
    ) -> Result<Outcomes, CallError> {
        let Some(operation) = self.world.operation(&request.operation) else {
            return refuse(
                ErrorClass::Invalid,
                format!("no operation `{}`", request.operation),
            );
        };
        let fault = self.next_fault(operation);
        self.pass_time(fault);
        if let Some(given) =
            token.filter(|_| self.faults.keeps_tokens && operation.kind == Kind::Manipulation)
            && let Some(outcomes) = self.state.answered.get(given)
        {
            return Ok(outcomes.clone());
        }
        match fault {
            Some(Fault::Refuse(class)) => return refuse(class, "refused by the seed".to_owned()),
            Some(Fault::LoseRequest) => return lose("the connection was reset while sending"),
            Some(Fault::Disturb) => self.disturb(&request.subject),
            Some(Fault::Slow | Fault::LoseAnswer) | None => {}
        }
        let outcomes = self.take(operation, request, token)?;
        if fault == Some(Fault::LoseAnswer) {
            return lose("the connection was reset while waiting for the answer");
        }
        Ok(outcomes)
    }

    fn next_fault(&mut self, operation: &Operation) -> Option<Fault> {
        let faults = &self.faults;
        let chance = &mut self.state.chance;
        let disturbed = operation.kind == Kind::Manipulation && chance.happens(faults.disturb);
        let drawn = if chance.happens(faults.lose_answer) {
            Some(Fault::LoseAnswer)
        } else if chance.happens(faults.lose_request) {
            Some(Fault::LoseRequest)
        } else if chance.happens(faults.refuse) {
            let classes = [ErrorClass::Throttled, ErrorClass::Unavailable];
            chance.pick(&classes).copied().map(Fault::Refuse)
        } else if disturbed {
            Some(Fault::Disturb)
        } else {
            chance.happens(faults.slow).then_some(Fault::Slow)
        };
        if operation.kind == Kind::Manipulation {
            self.state.manipulations += 1;
            return self
                .faults
                .script
                .get(&self.state.manipulations)
                .copied()
                .or(drawn);
        }
        drawn
    }

    fn pass_time(&mut self, fault: Option<Fault>) {
        let mut ms = self.state.chance.between(self.faults.latency_ms);
        if fault == Some(Fault::Slow) {
            ms = ms.saturating_add(self.faults.slow_ms);
        }
        self.state.now_ms = self.state.now_ms.saturating_add(ms);
        self.settle_due();
    }

    /// Checks, applies, answers.
    fn take(
        &mut self,
        operation: &Operation,
        request: &Request,
        token: Option<&str>,
    ) -> Result<Outcomes, CallError> {
        if self.faults.denied.contains(&operation.iri) {
            return refuse(ErrorClass::Denied, "not permitted".to_owned());
        }
        if !self.world().is_entity(&request.subject) {
            return refuse(
                ErrorClass::NotFound,
                format!("`{}` does not exist", self.world.compact(&request.subject)),
            );
        }
        let request = self.intern(with_defaults(operation, request.clone()));
        let effects: Vec<&Path> = operation.postcondition.iter().flat_map(paths_of).collect();
        self.settle_for(operation, &request, &effects, &Bindings::new());
        self.check(operation, &request)?;
        let created = self.apply(operation, &request);
        if operation.kind == Kind::Manipulation {
            self.state.applied.push(Applied {
                at_ms: self.state.now_ms,
                token: token.map(str::to_owned),
                request: request.clone(),
                created: created.clone(),
            });
        }
        let values = self.outcomes(operation, &request, created);
        let outcomes = Outcomes {
            entities: self.describe(&values),
            values,
        };
        if let Some(token) = token.filter(|_| operation.kind == Kind::Manipulation) {
            self.state
                .answered
                .insert(token.to_owned(), outcomes.clone());
        }
        Ok(outcomes)
    }

    /// Arguments that are keys become the individuals with those keys, made where there are none.
    fn intern(&mut self, mut request: Request) -> Request {
        let account = self.world().account_of(&request.subject);
        for values in request.arguments.values_mut() {
            for value in values {
                if let Value::Literal(key) = value
                    && holds_things(self.world, &key.datatype)
                {
                    let known = self
                        .world()
                        .entity_by_key(&key.datatype, key, account.as_ref());
                    let key = key.clone();
                    *value =
                        Value::Entity(known.unwrap_or_else(|| {
                            self.mint(&key.datatype, &request.subject, Some(&key))
                        }));
                }
            }
        }
        request
    }

    fn check(&self, operation: &Operation, request: &Request) -> Result<(), CallError> {
        let live = self.world();
        if let Some(gone) = request
            .arguments
            .values()
            .flatten()
            .filter_map(Value::as_entity)
            .find(|entity| live.is_gone(entity))
        {
            return refuse(
                ErrorClass::NotFound,
                format!("`{}` does not exist", self.world.compact(gone)),
            );
        }
        let verification = verify_request(&live, request);
        for (finding, concern) in verification.findings.iter().zip(&verification.concerns) {
            match concern {
                Concern::Conjunct(at) if finding.truth == Truth::False => {
                    let conjunct = operation.precondition.conjuncts.get(*at);
                    let class = conjunct.map_or(ErrorClass::State, |conjunct| {
                        self.class_of(conjunct, operation, request)
                    });
                    return refuse(class, finding.message.clone());
                }
                // The provider decides what nobody knows; here it has been decided where it could be.
                Concern::Conjunct(_) | Concern::Effect(_) => {}
                Concern::Request | Concern::Parameter(_) => {
                    return refuse(ErrorClass::Invalid, finding.message.clone());
                }
            }
        }
        Ok(())
    }

    /// How a provider words the refusal of a condition: an allowance, something under way, or the wrong state.
    fn class_of(
        &self,
        conjunct: &Conjunct,
        operation: &Operation,
        request: &Request,
    ) -> ErrorClass {
        if matches!(conjunct, Conjunct::Compare { comparison, .. } if comparison.is_order()) {
            return ErrorClass::Quota;
        }
        let live = self.world();
        let bindings = evaluation::Bindings::new(operation, &request.subject, &request.arguments);
        let passing = evaluation::looked_at(&live, conjunct, &bindings, false)
            .iter()
            .flat_map(|looked| &looked.values.members)
            .filter_map(Value::as_entity)
            .any(|state| live.entity_at(state, samos::BECOMES).is_some());
        if passing {
            ErrorClass::Conflict
        } else {
            ErrorClass::State
        }
    }

    fn outcomes(
        &mut self,
        operation: &Operation,
        request: &Request,
        created: Bindings,
    ) -> Bindings {
        let mut bound = created;
        for outcome in &operation.outcomes {
            if bound.contains_key(&outcome.name) {
                continue;
            }
            let values = match &outcome.reads {
                Some(reads) => self.reads(operation, request, &reads.path, &bound),
                None => self.novel(outcome, &request.subject).into_iter().collect(),
            };
            bound.insert(outcome.name.clone(), values);
        }
        bound
    }

    /// What stands at a path; of each element of an earlier outcome, in its order.
    fn reads(
        &mut self,
        operation: &Operation,
        request: &Request,
        path: &Path,
        bound: &Bindings,
    ) -> Vec<Value> {
        self.settle_for(operation, request, &[path], bound);
        let scope = Scope::new(self.world(), request, bound);
        if let samos_model::Root::Variable(name) = &path.root
            && let Some(elements) = bound.get(name)
        {
            return elements
                .iter()
                .flat_map(|element| {
                    let one = samos_execution::scope::Found {
                        values: BTreeSet::from([element.clone()]),
                        complete: true,
                    };
                    scope.follow_from(one, &path.properties).values
                })
                .collect();
        }
        scope.follow(path).values.into_iter().collect()
    }

    /// An outcome that is neither created nor read: something of its type.
    fn novel(&mut self, outcome: &Outcome, subject: &Iri) -> Option<Value> {
        if !holds_things(self.world, &outcome.of_type) {
            let mut chance = crate::Chance::new(self.state.chance.next());
            let datatype = outcome.of_type.clone();
            let hint = Iri::from(outcome.name.as_str());
            return Some(Value::Literal(self.new_literal(
                &datatype,
                &hint,
                &mut chance,
            )));
        }
        // States are named, not made.
        if self
            .world
            .is_subtype(&outcome.of_type, &Iri::from(samos::STATE))
        {
            return self
                .world()
                .entities_of(&outcome.of_type)
                .into_iter()
                .next()
                .map(Value::Entity);
        }
        Some(Value::Entity(self.mint(
            &outcome.of_type.clone(),
            subject,
            None,
        )))
    }

    /// What identifies the entities that nobody can know yet.
    fn describe(&self, values: &Bindings) -> Vec<Described> {
        let live = self.world();
        let named: BTreeSet<&Iri> = values
            .values()
            .flatten()
            .filter_map(Value::as_entity)
            .collect();
        named
            .into_iter()
            .filter(|entity| self.state.facts.made().contains(*entity))
            .map(|entity| {
                let types = live.types_of(entity);
                let keys = types
                    .iter()
                    .filter_map(|of_type| self.world.key_of(of_type));
                let owners = [samos::PROVIDER, samos::ACCOUNT, samos::SERVICE_OF].map(Iri::from);
                let properties: BTreeSet<Iri> = keys.chain(owners).collect();
                let facts = properties
                    .into_iter()
                    .flat_map(|property| {
                        let members = live.values(entity, &property).members;
                        members
                            .into_iter()
                            .map(move |value| (property.clone(), value))
                    })
                    .collect();
                Described {
                    entity: entity.clone(),
                    types,
                    facts,
                }
            })
            .collect()
    }

    /// Another, who may do to the subject what we may, does one such thing.
    fn disturb(&mut self, subject: &Iri) {
        let operations: Vec<Operation> = self
            .world()
            .operations_of(subject)
            .into_iter()
            .filter(|operation| {
                operation.kind == Kind::Manipulation
                    && operation
                        .parameters
                        .iter()
                        .all(|parameter| !parameter.mandatory || parameter.default.is_some())
            })
            .cloned()
            .collect();
        let possible: Vec<(Operation, Request)> = operations
            .into_iter()
            .filter_map(|operation| {
                let request = Request {
                    operation: operation.iri.clone(),
                    subject: subject.clone(),
                    arguments: Bindings::new(),
                };
                let request = with_defaults(&operation, request);
                self.settle_for(&operation, &request, &[], &Bindings::new());
                self.check(&operation, &request)
                    .is_ok()
                    .then_some((operation, request))
            })
            .collect();
        let Some((operation, request)) = self.state.chance.pick(&possible).cloned() else {
            return;
        };
        let created = self.apply(&operation, &request);
        self.state.applied.push(Applied {
            at_ms: self.state.now_ms,
            token: None,
            request,
            created,
        });
    }
}

fn refuse<T>(class: ErrorClass, message: String) -> Result<T, CallError> {
    Err(CallError::refused(class, message))
}

fn lose<T>(message: &str) -> Result<T, CallError> {
    Err(CallError::Lost {
        message: message.to_owned(),
    })
}
