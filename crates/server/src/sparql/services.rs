//! The reasoners as SPARQL services: `SERVICE <urn:samos:connect> { [] samos:subject ex:a, ex:b ; samos:plan ?plan }`.
//!
//! In: what is given by property, for plans also `samos:alternatives` and `samos:diverse`. Out: a row for each plan. The plans are kept, so they can be named by fingerprint and, in
//! the queries after this one, looked into as graphs. Not here: searching.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use samos::{
    Answer, ChainOptions, ConnectOptions, Iri, Literal, QueryService, Question, ServiceQuestion,
    Value, export,
};

use crate::published::Published;
use crate::server::Server;

const SAMOS: &str = "https://w3id.org/samos#";

/// So many plans are looked for at most.
const MOST_ANSWERS: usize = 1_000;

/// Asks the reasoners in the world that the query sees.
pub(super) struct Reasoners {
    server: Weak<Server>,
    published: Arc<Published>,
}

impl Reasoners {
    pub(super) fn new(server: &Arc<Server>, published: &Arc<Published>) -> Self {
        Self {
            server: Arc::downgrade(server),
            published: Arc::clone(published),
        }
    }
}

impl QueryService for Reasoners {
    fn answer(
        &self,
        service: &Iri,
        question: &ServiceQuestion,
    ) -> Result<Vec<BTreeMap<Iri, Value>>, String> {
        let samos = &self.published.samos;
        let given = |name: &str| -> Vec<String> {
            let values = question.given.get(&Iri::from(format!("{SAMOS}{name}")));
            let values = values.into_iter().flatten();
            values
                .map(|value| match value {
                    Value::Entity(iri) => format!("<{iri}>"),
                    Value::Literal(literal) => literal.lexical.to_string(),
                })
                .collect()
        };
        let subjects = given("subject");
        let arguments = given("argument");
        let goal = given("goal").into_iter().next();
        let failed = |error: samos::Error| error.to_string();
        let answer = match service.as_str() {
            "urn:samos:connect" => {
                let options = ConnectOptions {
                    goal,
                    ..ConnectOptions::default()
                };
                samos.connect_with(&subjects, &options).map_err(failed)?
            }
            "urn:samos:chain" => {
                let options = ChainOptions {
                    goal,
                    ..ChainOptions::default()
                };
                samos
                    .chain_with(&subjects, &arguments, &options)
                    .map_err(failed)?
            }
            "urn:samos:together" => samos.together(&subjects, &arguments).map_err(failed)?,
            "urn:samos:plan" => {
                let alternatives = match given("alternatives").first() {
                    Some(text) => text.parse().map_err(|_| {
                        format!("samos:alternatives is a whole number, not `{text}`")
                    })?,
                    None => 1_usize,
                };
                let asked = Question {
                    goal,
                    wants: given("want"),
                    givens: given("given"),
                    subjects,
                    alternatives: alternatives.clamp(1, MOST_ANSWERS),
                    diverse: given("diverse").iter().any(|text| text == "true"),
                    assume: true,
                    ..Question::default()
                };
                let goal = samos.goal(&asked).map_err(failed)?;
                samos.plan(&goal).map_err(failed)?
            }
            other => {
                return Err(format!(
                    "no service `{other}` is offered: there are urn:samos:connect, urn:samos:chain, urn:samos:together and urn:samos:plan"
                ));
            }
        };
        Ok(self.rows(&answer))
    }
}

impl Reasoners {
    fn rows(&self, answer: &Answer) -> Vec<BTreeMap<Iri, Value>> {
        let server = self.server.upgrade();
        let rows = answer.plans.iter().map(|plan| {
            if let Some(server) = &server {
                server.plans.keep(plan, false);
                server.world.show(plan);
            }
            let number = |number: u32| Value::Literal(Literal::integer(i64::from(number)));
            let cells = [
                ("plan", Value::Entity(export::graph_of(plan))),
                (
                    "fingerprint",
                    Value::Literal(Literal::string(plan.fingerprint.as_str())),
                ),
                ("operations", number(plan.cost.operations)),
                ("layers", number(plan.cost.layers)),
                ("manipulations", number(plan.cost.manipulations)),
                (
                    "assumptions",
                    number(u32::try_from(plan.assumptions.len()).unwrap_or(u32::MAX)),
                ),
            ];
            cells
                .into_iter()
                .map(|(name, value)| (Iri::from(format!("{SAMOS}{name}")), value))
                .collect()
        });
        rows.collect()
    }
}
