//! What this SPARQL service can do, in the words of SPARQL 1.1 Service Description.

use std::sync::Arc;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use samos::{AnswerFormat, Format, GraphText, Knowledge, QueryOptions, Source};

use super::negotiation;
use crate::problem::Problem;
use crate::server::Server;

/// The description in the form accepted.
pub(super) fn describe(server: &Arc<Server>, accept: Option<&str>) -> Result<Response, Problem> {
    let offer = negotiation::choose(accept, negotiation::GRAPHS)?;
    let languages = if server.configuration.may_update {
        "sd:SPARQL11Query , sd:SPARQL11Update"
    } else {
        "sd:SPARQL11Query"
    };
    let text = format!(
        "@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
@prefix formats: <http://www.w3.org/ns/formats/> .
@prefix void: <http://rdfs.org/ns/void#> .
<urn:samos:service> a sd:Service ;
  sd:endpoint </sparql> ;
  sd:supportedLanguage {languages} ;
  sd:feature sd:BasicFederatedQuery ;
  sd:defaultEntailmentRegime <http://www.w3.org/ns/entailment/OWL-RDF-Based> ;
  sd:supportedEntailmentProfile <http://www.w3.org/ns/owl-profile/RL> ;
  sd:resultFormat formats:SPARQL_Results_JSON , formats:SPARQL_Results_XML , formats:SPARQL_Results_CSV ,
    formats:SPARQL_Results_TSV , formats:Turtle , formats:N-Triples , formats:RDF_XML , formats:JSON-LD ;
  sd:inputFormat formats:Turtle , formats:N-Triples , formats:RDF_XML , formats:JSON-LD ;
  sd:defaultDataset <urn:samos:dataset> .
<urn:samos:dataset> a sd:Dataset ;
  sd:defaultGraph <urn:samos:default> ;
  sd:namedGraph <urn:samos:asserted-graph> .
<urn:samos:default> a sd:Graph .
<urn:samos:asserted-graph> a sd:NamedGraph ; sd:name <urn:samos:asserted> ; sd:graph <urn:samos:stated> .
<urn:samos:stated> a sd:Graph .
"
    );
    let text = written(&text, offer.format, &server.base())?;
    Ok(([(header::CONTENT_TYPE, offer.media_type)], text).into_response())
}

/// A graph of Turtle in another notation.
fn written(turtle: &str, format: AnswerFormat, base: &str) -> Result<String, Problem> {
    let read = GraphText::read(turtle, Format::Turtle, base).map_err(Problem::internal)?;
    let mut knowledge = Knowledge::new();
    let source = Source::new("description", read.ntriples, Format::NTriples);
    knowledge.load(&source);
    let construct = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH <urn:samos:asserted> { ?s ?p ?o } }";
    let view = knowledge.query_view();
    let answer = view.ask(construct, &QueryOptions::default());
    let answer = answer.map_err(|error| super::refused(&error))?;
    answer
        .serialize(format)
        .map_err(|error| super::refused(&error))
}
