//! A graph as text: read in any notation, written as the statements of an INSERT DATA.
//!
//! In: a text in one of the notations, and the IRI that relative ones are resolved against. Out: N-Triples, or the first
//! place that cannot be read. Not here: storing it.

use oxrdfio::RdfSerializer;
use samos_model::finding::{Finding, Place};

use crate::codes;
use crate::sources::Format;

/// The statements of a graph.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GraphText {
    /// One N-Triples line each; blank nodes have labels of their own.
    pub ntriples: String,
    /// How many.
    pub statements: usize,
}

impl GraphText {
    /// Reads a text; graphs that it names are refused.
    ///
    /// # Errors
    /// Where it cannot be read.
    pub fn read(text: &str, format: Format, base: &str) -> Result<Self, Finding> {
        let parser = format.parser().without_named_graphs();
        let parser = parser
            .with_base_iri(base)
            .unwrap_or_else(|_| format.parser().without_named_graphs());
        let mut writer =
            RdfSerializer::from_format(oxrdfio::RdfFormat::NTriples).for_writer(Vec::new());
        let mut statements = 0;
        for quad in parser.rename_blank_nodes().for_slice(text.as_bytes()) {
            let quad = quad.map_err(|error| unreadable(&error))?;
            statements += 1;
            let written = writer.serialize_triple(&oxrdf::Triple::from(quad));
            written.map_err(|error| refused(error.to_string()))?;
        }
        let bytes = writer
            .finish()
            .map_err(|error| refused(error.to_string()))?;
        Ok(Self {
            ntriples: String::from_utf8_lossy(&bytes).into_owned(),
            statements,
        })
    }
}

fn unreadable(error: &oxrdfio::RdfSyntaxError) -> Finding {
    let finding = refused(error.to_string());
    match error.location() {
        Some(range) => finding.at(Place {
            file: "the request".to_owned(),
            line: u32::try_from(range.start.line + 1).unwrap_or(u32::MAX),
            column: u32::try_from(range.start.column + 1).unwrap_or(u32::MAX),
        }),
        None => finding,
    }
}

fn refused(message: String) -> Finding {
    Finding::error(
        codes::SYNTAX,
        message,
        "correct the text at the place named, or name its notation with Content-Type",
    )
}
