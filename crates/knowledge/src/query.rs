//! SPARQL 1.1 over everything stated, observed and entailed.
//!
//! In: the text of a query or an update. Out: an [`Answer`], which serialises itself, or changed statements.
//! The default graph holds everything, inferred facts included; `FROM <urn:samos:asserted>` leaves those out. Named
//! graphs hold what stands in them. Declared prefixes need no `PREFIX`.

mod dataset;
mod graph_text;
mod nesting;
mod options;
mod overruling;
mod service;
mod update;
mod view;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use oxrdf::{Term, Triple, Variable};
use oxrdfio::{RdfFormat, RdfSerializer};
use samos_model::name::Iri;
use samos_model::value::{Literal, Value};
use sparesults::{QueryResultsFormat, QueryResultsSerializer};
use spareval::QueryResults;
use spargebra::SparqlParser;

use crate::codes;
use crate::interpretation::Prefixes;
use crate::knowledge::Knowledge;
use crate::store::Store;

pub use graph_text::GraphText;
pub use options::{Cancellation, QueryOptions, UpdateOptions};
pub use service::{QueryService, ServiceQuestion};
pub use update::Changed;
pub use view::QueryView;

use dataset::Dataset;

/// Why a question to the store has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KnowledgeError {
    /// The text is not SPARQL.
    #[error("this is not SPARQL: {0}")]
    Syntax(String),
    /// It was to end before there was an answer.
    #[error("the query was cancelled before there was an answer")]
    Cancelled,
    /// Evaluating failed.
    #[error("the query cannot be answered: {0}")]
    Evaluation(String),
    /// An update asks for something that is not offered.
    #[error("`{0}` is not offered: statements are loaded from files")]
    Unsupported(&'static str),
    /// Writing the answer failed.
    #[error("the answer cannot be written: {0}")]
    Write(#[from] std::io::Error),
    /// The answer has no such form.
    #[error("{0} cannot be written as {1}")]
    Form(&'static str, &'static str),
}

impl KnowledgeError {
    /// The stable code.
    #[must_use = "reading has no other effect"]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Syntax(_) => codes::BAD_QUERY,
            _ => codes::QUERY_FAILED,
        }
    }
}

/// How an answer may be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnswerFormat {
    /// SPARQL results in JSON.
    Json,
    /// SPARQL results in CSV.
    Csv,
    /// SPARQL results in TSV.
    Tsv,
    /// SPARQL results in XML.
    Xml,
    /// Turtle, for graphs.
    Turtle,
    /// N-Triples, for graphs.
    NTriples,
    /// RDF/XML, for graphs.
    RdfXml,
    /// JSON-LD, for graphs.
    JsonLd,
}

/// What a query asks for: rows, a truth value or a graph.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnswerKind {
    /// Of SELECT.
    Rows,
    /// Of ASK.
    Boolean,
    /// Of CONSTRUCT and DESCRIBE.
    Graph,
}

/// What a query gives.
#[derive(Clone, Debug)]
pub struct Answer {
    content: Content,
    prefixes: Prefixes,
    truncated: bool,
}

#[derive(Clone, Debug)]
enum Content {
    Rows {
        variables: Vec<Variable>,
        rows: Vec<Vec<Option<Term>>>,
    },
    Boolean(bool),
    Graph(Vec<Triple>),
}

impl Knowledge {
    /// Answers SELECT, ASK, CONSTRUCT or DESCRIBE.
    ///
    /// # Errors
    /// When the text is not SPARQL or cannot be evaluated.
    pub fn query(&mut self, text: &str) -> Result<Answer, KnowledgeError> {
        let catalogue = self.catalogue();
        let prefixes = catalogue.prefixes.clone();
        let options = QueryOptions::default();
        evaluate(
            self.described(),
            prefixes.clone(),
            parser(&prefixes),
            text,
            &options,
        )
    }
}

/// Answers a query over a store.
fn evaluate(
    store: &Store,
    prefixes: Prefixes,
    parser: SparqlParser,
    text: &str,
    options: &QueryOptions,
) -> Result<Answer, KnowledgeError> {
    nesting::check(text)?;
    let query = parser
        .parse_query(text)
        .map_err(|error| KnowledgeError::Syntax(error.to_string()))?;
    let evaluator = options.evaluator();
    let mut prepared = evaluator.prepare(&query);
    options.choose_graphs(prepared.dataset_mut());
    let limit = options.max_rows.unwrap_or(usize::MAX);
    let mut truncated = false;
    let dataset = Dataset::new(store).with_one_name(options.one_name);
    let content = match prepared.execute(dataset).map_err(failed)? {
        QueryResults::Boolean(truth) => Content::Boolean(truth),
        QueryResults::Solutions(solutions) => {
            let variables = solutions.variables().to_vec();
            let mut rows = Vec::new();
            for solution in solutions {
                if rows.len() == limit {
                    truncated = true;
                    break;
                }
                let solution = solution.map_err(failed)?;
                rows.push(
                    variables
                        .iter()
                        .map(|variable| solution.get(variable).cloned())
                        .collect(),
                );
            }
            Content::Rows { variables, rows }
        }
        QueryResults::Graph(found) => {
            let mut triples: Vec<Triple> = Vec::new();
            for triple in found {
                if triples.len() == limit {
                    truncated = true;
                    break;
                }
                triples.push(triple.map_err(failed)?);
            }
            triples.sort_by_cached_key(ToString::to_string);
            triples.dedup();
            Content::Graph(triples)
        }
    };
    Ok(Answer {
        content,
        prefixes,
        truncated,
    })
}

fn failed(error: spareval::QueryEvaluationError) -> KnowledgeError {
    match error {
        spareval::QueryEvaluationError::Cancelled => KnowledgeError::Cancelled,
        other => KnowledgeError::Evaluation(other.to_string()),
    }
}

/// A parser that knows the declared prefixes.
fn parser(prefixes: &Prefixes) -> SparqlParser {
    let mut parser = SparqlParser::new();
    for (prefix, namespace) in prefixes.all() {
        parser = parser
            .clone()
            .with_prefix(prefix, namespace)
            .unwrap_or(parser);
    }
    parser
}

impl Answer {
    /// Rows, a truth value or a graph?
    #[must_use = "reading has no other effect"]
    pub fn kind(&self) -> AnswerKind {
        match self.content {
            Content::Rows { .. } => AnswerKind::Rows,
            Content::Boolean(_) => AnswerKind::Boolean,
            Content::Graph(_) => AnswerKind::Graph,
        }
    }

    /// Were there more rows or triples than were asked for?
    #[must_use = "reading has no other effect"]
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }

    /// How many rows or triples there are; one for a truth value.
    #[must_use = "reading has no other effect"]
    pub fn len(&self) -> usize {
        match &self.content {
            Content::Rows { rows, .. } => rows.len(),
            Content::Boolean(_) => 1,
            Content::Graph(triples) => triples.len(),
        }
    }

    /// Are there neither rows nor triples?
    #[must_use = "reading has no other effect"]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What an ASK says.
    #[must_use = "reading has no other effect"]
    pub fn boolean(&self) -> Option<bool> {
        match self.content {
            Content::Boolean(truth) => Some(truth),
            _ => None,
        }
    }

    /// Headings and cells for a table: names shortened by their prefixes, literals as their text.
    #[must_use = "reading has no other effect"]
    pub fn table(&self) -> (Vec<String>, Vec<Vec<String>>) {
        match &self.content {
            Content::Boolean(truth) => (vec!["answer".to_owned()], vec![vec![truth.to_string()]]),
            Content::Rows { variables, rows } => {
                let cells = rows.iter().map(|row| {
                    row.iter()
                        .map(|term| {
                            term.as_ref()
                                .map_or_else(String::new, |term| self.cell(term))
                        })
                        .collect()
                });
                (
                    variables
                        .iter()
                        .map(|variable| variable.as_str().to_owned())
                        .collect(),
                    cells.collect(),
                )
            }
            Content::Graph(triples) => {
                let rows = triples.iter().map(|triple| {
                    vec![
                        self.cell(&triple.subject.clone().into()),
                        self.cell(&triple.predicate.clone().into()),
                        self.cell(&triple.object),
                    ]
                });
                (
                    ["subject", "predicate", "object"]
                        .map(str::to_owned)
                        .to_vec(),
                    rows.collect(),
                )
            }
        }
    }

    /// The rows of a SELECT as values of the model, by variable; unbound variables are left out.
    #[must_use = "reading has no other effect"]
    pub fn rows(&self) -> Vec<BTreeMap<String, Value>> {
        let Content::Rows { variables, rows } = &self.content else {
            return Vec::new();
        };
        let bound = |row: &Vec<Option<Term>>| {
            let named = variables.iter().zip(row);
            named
                .filter_map(|(variable, term)| {
                    Some((variable.as_str().to_owned(), value(term.as_ref()?)))
                })
                .collect()
        };
        rows.iter().map(bound).collect()
    }

    fn cell(&self, term: &Term) -> String {
        match term {
            Term::NamedNode(iri) => self.prefixes.compact(iri.as_str()),
            Term::Literal(literal) => literal.value().to_owned(),
            other => other.to_string(),
        }
    }

    /// The answer in a standard form.
    ///
    /// # Errors
    /// When a graph is asked for as rows, or rows as a graph.
    pub fn serialize(&self, format: AnswerFormat) -> Result<String, KnowledgeError> {
        let bytes = match &self.content {
            Content::Graph(triples) => self.graph(triples, format)?,
            Content::Boolean(truth) => QueryResultsSerializer::from_format(results_format(format)?)
                .serialize_boolean_to_writer(Vec::new(), *truth)?,
            Content::Rows { variables, rows } => {
                let serializer = QueryResultsSerializer::from_format(results_format(format)?);
                let mut serializer =
                    serializer.serialize_solutions_to_writer(Vec::new(), variables.clone())?;
                for row in rows {
                    let bound = variables
                        .iter()
                        .zip(row)
                        .filter_map(|(variable, term)| Some((variable, term.as_ref()?)));
                    serializer.serialize(bound)?;
                }
                serializer.finish()?
            }
        };
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn graph(&self, triples: &[Triple], format: AnswerFormat) -> Result<Vec<u8>, KnowledgeError> {
        let mut serializer = match format {
            AnswerFormat::NTriples => RdfSerializer::from_format(RdfFormat::NTriples),
            AnswerFormat::RdfXml => RdfSerializer::from_format(RdfFormat::RdfXml),
            AnswerFormat::JsonLd => RdfSerializer::from_format(RdfFormat::JsonLd {
                profile: oxrdfio::JsonLdProfileSet::empty(),
            }),
            AnswerFormat::Turtle => {
                let mut serializer = RdfSerializer::from_format(RdfFormat::Turtle);
                for (prefix, namespace) in self.prefixes.all() {
                    serializer = serializer
                        .clone()
                        .with_prefix(prefix, namespace)
                        .unwrap_or(serializer);
                }
                serializer
            }
            AnswerFormat::Json | AnswerFormat::Csv | AnswerFormat::Tsv | AnswerFormat::Xml => {
                let mut text = String::new();
                let (_, rows) = self.table();
                let separator = if format == AnswerFormat::Csv {
                    ","
                } else {
                    "\t"
                };
                if matches!(format, AnswerFormat::Json | AnswerFormat::Xml) {
                    return Err(KnowledgeError::Form(
                        "a graph",
                        "SPARQL results; ask for Turtle or N-Triples",
                    ));
                }
                for row in rows {
                    let _ = writeln!(text, "{}", row.join(separator));
                }
                return Ok(text.into_bytes());
            }
        }
        .for_writer(Vec::new());
        for triple in triples {
            serializer.serialize_triple(triple)?;
        }
        Ok(serializer.finish()?)
    }
}

fn results_format(format: AnswerFormat) -> Result<QueryResultsFormat, KnowledgeError> {
    Ok(match format {
        AnswerFormat::Json => QueryResultsFormat::Json,
        AnswerFormat::Csv => QueryResultsFormat::Csv,
        AnswerFormat::Tsv => QueryResultsFormat::Tsv,
        AnswerFormat::Xml => QueryResultsFormat::Xml,
        AnswerFormat::Turtle => {
            return Err(KnowledgeError::Form("a table", "Turtle; use CONSTRUCT"));
        }
        AnswerFormat::NTriples => {
            return Err(KnowledgeError::Form("a table", "N-Triples; use CONSTRUCT"));
        }
        AnswerFormat::RdfXml | AnswerFormat::JsonLd => {
            return Err(KnowledgeError::Form("a table", "RDF; use CONSTRUCT"));
        }
    })
}

fn value(term: &Term) -> Value {
    match term {
        Term::NamedNode(iri) => Value::Entity(Iri::from(iri.as_str())),
        Term::Literal(literal) => {
            Value::Literal(Literal::new(literal.value(), literal.datatype().as_str()))
        }
        other => Value::Entity(Iri::from(other.to_string())),
    }
}

#[cfg(test)]
mod tests;
