//! Files as they were given: their text, what they say, and where they say it.
//!
//! In: a name, a text and a format. Out: statements in the order of the text, the prefixes it declares, findings for
//! what cannot be read, and exact places for statements and for characters inside their literals.
//! Not here: what the statements mean.

mod text;
mod turtle_places;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use oxrdf::{GraphName, NamedOrBlankNode, Term};
use oxrdfio::{JsonLdProfileSet, RdfFormat, RdfParser, RdfSyntaxError};
use rustc_hash::FxHashMap;
use samos_model::finding::{Finding, Place};

use crate::codes;
use crate::ledger::{DEFAULT_GRAPH, Origin, Statement};
use crate::terms::{TermId, Terms};

use text::Lines;
use turtle_places::{StatementPlace, statement_places};

/// Texts longer than this are not kept, so what is found in them later has no place.
const LONGEST_KEPT: usize = 256 << 20;

/// The notations that can be read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Format {
    /// Turtle.
    Turtle,
    /// N-Triples.
    NTriples,
    /// TriG.
    TriG,
    /// N-Quads.
    NQuads,
    /// RDF/XML.
    RdfXml,
    /// JSON-LD.
    JsonLd,
}

impl Format {
    /// The format that a file's name promises.
    #[must_use = "reading has no other effect"]
    pub fn of_file(name: &str) -> Option<Self> {
        match Path::new(name)
            .extension()?
            .to_str()?
            .to_ascii_lowercase()
            .as_str()
        {
            "ttl" | "turtle" => Some(Self::Turtle),
            "nt" | "ntriples" => Some(Self::NTriples),
            "trig" => Some(Self::TriG),
            "nq" | "nquads" => Some(Self::NQuads),
            "rdf" | "xml" | "owl" => Some(Self::RdfXml),
            "jsonld" | "json" => Some(Self::JsonLd),
            _ => None,
        }
    }

    pub(crate) fn parser(self) -> RdfParser {
        RdfParser::from_format(match self {
            Self::Turtle => RdfFormat::Turtle,
            Self::NTriples => RdfFormat::NTriples,
            Self::TriG => RdfFormat::TriG,
            Self::NQuads => RdfFormat::NQuads,
            Self::RdfXml => RdfFormat::RdfXml,
            Self::JsonLd => RdfFormat::JsonLd {
                profile: JsonLdProfileSet::empty(),
            },
        })
    }

    fn has_turtle_tokens(self) -> bool {
        !matches!(self, Self::RdfXml | Self::JsonLd)
    }
}

/// A text to load.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name under which findings speak of it: a path, usually.
    pub name: String,
    /// The text.
    pub text: Arc<str>,
    /// Its notation.
    pub format: Format,
}

impl Source {
    /// A text in a notation.
    pub fn new(name: impl Into<String>, text: impl Into<Arc<str>>, format: Format) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
            format,
        }
    }
}

/// A loaded source: the text, and where its statements stand, found out when first asked.
#[derive(Debug)]
pub(crate) struct LoadedSource {
    pub(crate) name: String,
    format: Format,
    text: Arc<str>,
    places: OnceLock<(Lines, Vec<StatementPlace>)>,
}

/// Which part of a statement a finding is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    Subject,
    Predicate,
    Object,
}

/// What a source says.
pub(crate) struct Read {
    pub(crate) source: LoadedSource,
    pub(crate) statements: Vec<Statement>,
    pub(crate) prefixes: Vec<(String, String)>,
}

/// Reads a source whole; nothing of it counts when it has an error.
pub(crate) fn read(source: &Source, number: u32, terms: &mut Terms) -> Result<Read, Finding> {
    let base = base_of(&source.name);
    let parser = source.format.parser();
    let parser = parser
        .with_base_iri(base)
        .unwrap_or_else(|_| source.format.parser());
    let mut parser = parser.for_slice(source.text.as_bytes());
    let mut blanks: FxHashMap<String, TermId> = FxHashMap::default();
    let mut statements = Vec::new();
    let mut blank = |label: &str, terms: &mut Terms| match blanks.get(label) {
        Some(known) => *known,
        None => {
            let id = terms.blank(&format!("s{number}b{}", blanks.len()));
            blanks.insert(label.to_owned(), id);
            id
        }
    };
    for quad in parser.by_ref() {
        let quad = quad.map_err(|error| syntax_finding(source, &error))?;
        let s = match &quad.subject {
            NamedOrBlankNode::NamedNode(iri) => terms.iri(iri.as_str()),
            NamedOrBlankNode::BlankNode(label) => blank(label.as_str(), terms),
        };
        let p = terms.iri(quad.predicate.as_str());
        let o = match &quad.object {
            Term::BlankNode(label) => blank(label.as_str(), terms),
            other => terms.term(other.as_ref()),
        };
        let g = match &quad.graph_name {
            GraphName::DefaultGraph => DEFAULT_GRAPH,
            GraphName::NamedNode(iri) => terms.iri(iri.as_str()),
            GraphName::BlankNode(label) => blank(label.as_str(), terms),
        };
        let origin = Origin {
            source: number,
            index: statements.len() as u32,
        };
        statements.push(Statement {
            triple: [s, p, o],
            graph: g,
            origin,
        });
    }
    let prefixes = parser
        .prefixes()
        .map(|(prefix, iri)| (prefix.to_owned(), iri.to_owned()))
        .collect();
    Ok(Read {
        source: LoadedSource::of(source),
        statements,
        prefixes,
    })
}

/// Relative IRIs are resolved against the file's name, as a `file:` IRI.
fn base_of(name: &str) -> String {
    let escaped: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "/._-~".contains(c) {
                c.to_string()
            } else {
                String::from("_")
            }
        })
        .collect();
    format!("file:///{}", escaped.trim_start_matches('/'))
}

fn syntax_finding(source: &Source, error: &RdfSyntaxError) -> Finding {
    let message = error.to_string();
    // The parser's message starts with its own idea of the place.
    let plain = message
        .split_once(": ")
        .filter(|(before, _)| before.starts_with("Parser error"))
        .map_or(message.as_str(), |(_, rest)| rest);
    let (line, column) = match error.location() {
        Some(range) => (range.start.line as u32 + 1, range.start.column as u32 + 1),
        None => last_place(&source.text, &message),
    };
    let help = match source.format {
        Format::RdfXml | Format::JsonLd => {
            "correct the file at this place; nothing of it was loaded"
        }
        _ if plain.contains("dot is expected") => {
            "end the statement before this place with `.`, or go on with `;` or `,`"
        }
        _ if plain.contains("prefix") => {
            "declare the prefix with `@prefix name: <IRI> .` above this line"
        }
        _ => "correct the text at this place; nothing of the file was loaded",
    };
    let mut plain = plain.trim_end_matches('.').to_owned();
    if let Some(first) = plain.get(..1) {
        plain = first.to_lowercase() + plain.get(1..).unwrap_or("");
    }
    Finding::error(codes::SYNTAX, plain, help).at(Place {
        file: source.name.clone(),
        line,
        column,
    })
}

/// For notations whose parser names no place: the end of the text that could be read, or the first line.
fn last_place(text: &str, message: &str) -> (u32, u32) {
    let digits = |after: &str| -> Option<u32> {
        let rest = message.split_once(after)?.1;
        rest.trim_start_matches([' ', ':'])
            .split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    };
    if let Some(line) = digits("line") {
        return (line, digits("column").unwrap_or(1));
    }
    match digits("position") {
        Some(offset) => Lines::new(text).place(text, offset as usize),
        None => (1, 1),
    }
}

impl LoadedSource {
    pub(crate) fn of(source: &Source) -> Self {
        let is_kept = source.text.len() <= LONGEST_KEPT;
        Self {
            name: source.name.clone(),
            format: source.format,
            text: if is_kept {
                Arc::clone(&source.text)
            } else {
                Arc::from("")
            },
            places: OnceLock::new(),
        }
    }

    /// A source without a text, such as a graph that an embedder handed in.
    pub(crate) fn without_text(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            format: Format::NTriples,
            text: Arc::from(""),
            places: OnceLock::new(),
        }
    }

    fn places(&self) -> &(Lines, Vec<StatementPlace>) {
        self.places.get_or_init(|| {
            let statements = if self.format.has_turtle_tokens() {
                statement_places(&self.text)
            } else {
                Vec::new()
            };
            (Lines::new(&self.text), statements)
        })
    }

    /// Where a part of a statement stands. For notations without Turtle's tokens, `literal` is looked for.
    pub(crate) fn place(&self, index: u32, part: Part, literal: &str) -> Option<Place> {
        self.offset(index, part, literal)
            .map(|offset| self.at(offset))
    }

    /// Where a character of a statement's literal stands; `inside` counts bytes of the literal's value.
    pub(crate) fn place_inside(&self, index: u32, literal: &str, inside: usize) -> Option<Place> {
        let start = self.offset(index, Part::Object, literal)?;
        let offset = if self.format.has_turtle_tokens() {
            text::offset_in_turtle_string(&self.text, start, inside)
        } else {
            text::offset_in_escaped(&self.text, start, literal, inside)
        };
        Some(self.at(offset))
    }

    fn offset(&self, index: u32, part: Part, literal: &str) -> Option<usize> {
        if self.text.is_empty() {
            return None;
        }
        if self.format.has_turtle_tokens() {
            let place = self.places().1.get(index as usize)?;
            let offset = match part {
                Part::Subject => place.subject,
                Part::Predicate => place.predicate,
                Part::Object => place.object,
            };
            return Some(offset as usize);
        }
        text::find_escaped(&self.text, literal)
    }

    fn at(&self, offset: usize) -> Place {
        let (line, column) = self.places().0.place(&self.text, offset);
        Place {
            file: self.name.clone(),
            line,
            column,
        }
    }
}

#[cfg(test)]
mod tests;
