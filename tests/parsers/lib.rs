//! Everything that reads what somebody else wrote, each with texts to begin from and what must be true of any other text.
//!
//! In: any text at all. Out: nothing; a panic is the finding. What can be printed again must mean the same when read again.
//! Used by the test beside this file on every commit, and by the fuzz targets of `tests/fuzz`.
#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "what panics here fails a test"
)]

mod documents;
mod execution;
mod notation;
mod plans;
mod seeds;

/// One way of reading.
pub struct Parser {
    /// Its name, also of its fuzz target.
    pub name: &'static str,
    /// Texts of its kind, from the files of this repository.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Reads a text, and panics where something is wrong with the reader. Was it a text of its kind?
    pub read: fn(&[u8]) -> bool,
}

/// All of them.
pub const PARSERS: &[Parser] = &[
    Parser {
        name: "parameters",
        seeds: seeds::parameters,
        read: |input| notation::parameters(&text(input)),
    },
    Parser {
        name: "conditions",
        seeds: seeds::conditions,
        read: |input| notation::conditions(&text(input)),
    },
    Parser {
        name: "effects",
        seeds: seeds::effects,
        read: |input| notation::effects(&text(input)),
    },
    Parser {
        name: "turtle",
        seeds: seeds::turtle,
        read: |input| documents::turtle(&text(input)),
    },
    Parser {
        name: "json_ld",
        seeds: seeds::json_ld,
        read: |input| documents::json_ld(&text(input)),
    },
    Parser {
        name: "rdf_xml",
        seeds: seeds::rdf_xml,
        read: |input| documents::rdf_xml(&text(input)),
    },
    Parser {
        name: "sparql",
        seeds: seeds::sparql,
        read: |input| documents::sparql(&text(input)),
    },
    Parser {
        name: "pddl",
        seeds: seeds::pddl,
        read: |input| documents::pddl(&text(input)),
    },
    Parser {
        name: "mappings",
        seeds: seeds::mappings,
        read: |input| documents::mappings(&text(input)),
    },
    Parser {
        name: "plans",
        seeds: plans::seeds,
        read: plans::read,
    },
    Parser {
        name: "journal",
        seeds: execution::seeds,
        read: |input| execution::journal(&text(input)),
    },
];

/// The parser of that name.
///
/// # Panics
/// When there is none.
#[must_use = "looking up has no other effect"]
pub fn named(name: &str) -> &'static Parser {
    let found = PARSERS.iter().find(|parser| parser.name == name);
    found.unwrap_or_else(|| panic!("no parser is called `{name}`"))
}

fn text(input: &[u8]) -> String {
    String::from_utf8_lossy(input).into_owned()
}
