//! `SERVICE` answered by something else than the store, such as a reasoner.
//!
//! In: a group of triple patterns about one thing, as in `{ [] samos:subject ex:a, ex:b ; samos:plan ?plan }`. Out: a row
//! for each answer. Not here: federation over the network, which is not offered.

use std::collections::BTreeMap;
use std::sync::Arc;

use oxrdf::{Literal, NamedNode, Term, Variable};
use samos_model::name::Iri;
use samos_model::value::Value;
use spareval::{DefaultServiceHandler, QuerySolutionIter};
use spargebra::algebra::GraphPattern;
use spargebra::term::{NamedNodePattern, TermPattern, TriplePattern};

use super::{KnowledgeError, value};

/// Something that is asked by name.
pub trait QueryService: Send + Sync {
    /// One map for each answer: the value of each property asked for, as far as there is one.
    ///
    /// # Errors
    /// When no such service is known, or it cannot be asked so; in words.
    fn answer(
        &self,
        service: &Iri,
        question: &ServiceQuestion,
    ) -> Result<Vec<BTreeMap<Iri, Value>>, String>;
}

/// What a service is asked.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ServiceQuestion {
    /// What is given, by property, in the order of the text.
    pub given: BTreeMap<Iri, Vec<Value>>,
    /// The properties asked for.
    pub asked: Vec<Iri>,
}

/// The handler that the engine calls.
pub(super) struct Asked(pub(super) Arc<dyn QueryService>);

impl DefaultServiceHandler for Asked {
    type Error = KnowledgeError;

    fn handle(
        &self,
        service: &NamedNode,
        pattern: &GraphPattern,
        _: Option<&oxiri::Iri<String>>,
    ) -> Result<QuerySolutionIter<'static>, KnowledgeError> {
        let mut triples = Vec::new();
        collect(pattern, &mut triples)?;
        let (question, variables) = question(&triples)?;
        let answers = self
            .0
            .answer(&Iri::from(service.as_str()), &question)
            .map_err(KnowledgeError::Evaluation)?;
        let names: Arc<[Variable]> = variables.iter().map(|(_, name)| name.clone()).collect();
        let rows: Vec<Vec<Option<Term>>> = answers
            .iter()
            .map(|answer| {
                let cells = variables.iter();
                cells
                    .map(|(property, _)| answer.get(property).map(term))
                    .collect()
            })
            .collect();
        Ok(QuerySolutionIter::from_tuples(
            names,
            rows.into_iter().map(Ok),
        ))
    }
}

fn collect(pattern: &GraphPattern, triples: &mut Vec<TriplePattern>) -> Result<(), KnowledgeError> {
    match pattern {
        GraphPattern::Bgp { patterns } => triples.extend(patterns.iter().cloned()),
        GraphPattern::Join { left, right } => {
            collect(left, triples)?;
            collect(right, triples)?;
        }
        _ => return Err(refused("a service is asked with triple patterns only")),
    }
    Ok(())
}

fn question(
    triples: &[TriplePattern],
) -> Result<(ServiceQuestion, Vec<(Iri, Variable)>), KnowledgeError> {
    let mut question = ServiceQuestion::default();
    let mut variables: Vec<(Iri, Variable)> = Vec::new();
    let mut about: Option<&TermPattern> = None;
    for triple in triples {
        if about.is_some_and(|about| *about != triple.subject) {
            return Err(refused("all patterns in a SERVICE have the same subject"));
        }
        about = Some(&triple.subject);
        let NamedNodePattern::NamedNode(property) = &triple.predicate else {
            return Err(refused("the properties in a SERVICE are named"));
        };
        let property = Iri::from(property.as_str());
        let given = match &triple.object {
            TermPattern::Variable(name) => {
                question.asked.push(property.clone());
                variables.push((property, name.clone()));
                continue;
            }
            TermPattern::NamedNode(iri) => Term::from(iri.clone()),
            TermPattern::Literal(literal) => Term::from(literal.clone()),
            _ => return Err(refused("what is given to a SERVICE is named or a literal")),
        };
        let all = question.given.entry(property).or_default();
        all.push(value(&given));
    }
    Ok((question, variables))
}

fn refused(message: &str) -> KnowledgeError {
    KnowledgeError::Evaluation(message.to_owned())
}

fn term(value: &Value) -> Term {
    match value {
        Value::Entity(iri) => NamedNode::new_unchecked(iri.as_str()).into(),
        Value::Literal(literal) => Literal::new_typed_literal(
            &*literal.lexical,
            NamedNode::new_unchecked(literal.datatype.as_str()),
        )
        .into(),
    }
}
