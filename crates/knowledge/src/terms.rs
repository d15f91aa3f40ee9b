//! The dictionary of terms: every IRI, blank node and literal is stored once and named by a small number.
//!
//! In: terms of a parser or a query. Out: [`TermId`]s, and terms again.
//! The words that rules and readers ask for by name ([`vocabulary`](crate::vocabulary)) have fixed numbers.
//! Not here: what a term means, and which statements use it.

use std::hash::{Hash as _, Hasher as _};
use std::sync::Arc;

use hashbrown::HashTable;
use oxrdf::{BlankNode, Literal, NamedNode, Term, TermRef, Triple};
use rustc_hash::FxHasher;
use serde::{Deserialize, Serialize};

use crate::vocabulary::{VOCABULARY, xsd};

/// The number of a term in one store's dictionary.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(crate) struct TermId(pub(crate) u32);

/// What sort of term a number stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TermKind {
    Iri,
    Blank,
    Literal,
    Triple,
}

const IRI: u32 = 0;
const BLANK: u32 = 1;
const STRING: u32 = 2;
const TRIPLE: u32 = 3;
/// Qualifiers from here on stand for a datatype or a language.
const FIRST_TAG: u32 = 4;

/// What distinguishes two literals with the same characters.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
enum Tag {
    Datatype(u32),
    /// The language, with `--ltr` or `--rtl` where a direction is given.
    Language(Box<str>),
}

/// The dictionary. A clone shares what is there; new terms go into a small part of their own.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Terms {
    settled: Arc<Table>,
    recent: Arc<Table>,
    tags: Arc<Vec<Tag>>,
    /// Quoted triples, which no image holds.
    #[serde(skip)]
    triples: Arc<Vec<Triple>>,
}

#[derive(Clone, Default, Debug, Serialize, Deserialize)]
#[serde(from = "Listed")]
struct Table {
    first: u32,
    text: String,
    ends: Vec<usize>,
    qualifiers: Vec<u32>,
    #[serde(skip)]
    lookup: HashTable<u32>,
}

/// A table as it is written: what it looks up by is found out anew.
#[derive(Deserialize)]
struct Listed {
    first: u32,
    text: String,
    ends: Vec<usize>,
    qualifiers: Vec<u32>,
}

impl From<Listed> for Table {
    fn from(listed: Listed) -> Self {
        let mut table = Self {
            first: listed.first,
            text: listed.text,
            ends: listed.ends,
            qualifiers: listed.qualifiers,
            lookup: HashTable::new(),
        };
        let hashes: Vec<u64> = (0..table.len())
            .map(|at| hash_of(table.text(at), table.qualifier(at)))
            .collect();
        let hash = |at: &u32| hashes.get(*at as usize).copied().unwrap_or(0);
        table.lookup = HashTable::with_capacity(hashes.len());
        for at in 0..table.ends.len() as u32 {
            table.lookup.insert_unique(hash(&at), at, hash);
        }
        table
    }
}

impl Table {
    fn len(&self) -> u32 {
        self.ends.len() as u32
    }

    fn text(&self, at: u32) -> &str {
        let at = at as usize;
        let start = at
            .checked_sub(1)
            .and_then(|before| self.ends.get(before))
            .copied()
            .unwrap_or(0);
        let end = self.ends.get(at).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or("")
    }

    fn qualifier(&self, at: u32) -> u32 {
        self.qualifiers.get(at as usize).copied().unwrap_or(IRI)
    }

    fn find(&self, hash: u64, text: &str, qualifier: u32) -> Option<u32> {
        self.lookup
            .find(hash, |&at| {
                self.qualifier(at) == qualifier && self.text(at) == text
            })
            .map(|at| self.first + at)
    }

    fn push(&mut self, hash: u64, text: &str, qualifier: u32) -> u32 {
        let at = self.len();
        self.text.push_str(text);
        self.ends.push(self.text.len());
        self.qualifiers.push(qualifier);
        let (ends, all, qualifiers) = (&self.ends, &self.text, &self.qualifiers);
        self.lookup.insert_unique(hash, at, |&other| {
            let other = other as usize;
            let start = other
                .checked_sub(1)
                .and_then(|before| ends.get(before))
                .copied()
                .unwrap_or(0);
            let end = ends.get(other).copied().unwrap_or(start);
            hash_of(
                all.get(start..end).unwrap_or(""),
                qualifiers.get(other).copied().unwrap_or(IRI),
            )
        });
        self.first + at
    }
}

fn hash_of(text: &str, qualifier: u32) -> u64 {
    let mut hasher = FxHasher::default();
    text.hash(&mut hasher);
    qualifier.hash(&mut hasher);
    hasher.finish()
}

impl Terms {
    /// A dictionary that holds the vocabulary.
    pub(crate) fn new() -> Self {
        let mut terms = Self {
            settled: Arc::default(),
            recent: Arc::default(),
            tags: Arc::default(),
            triples: Arc::default(),
        };
        for word in VOCABULARY {
            terms.iri(word);
        }
        terms
    }

    /// How many terms there are.
    pub(crate) fn len(&self) -> usize {
        self.settled.ends.len() + self.recent.ends.len()
    }

    /// Bytes taken, roughly.
    pub(crate) fn bytes(&self) -> usize {
        [&self.settled, &self.recent]
            .iter()
            .map(|table| {
                table.text.capacity()
                    + table.ends.capacity() * 8
                    + table.qualifiers.capacity() * 4
                    + table.lookup.allocation_size()
            })
            .sum()
    }

    /// Are there terms that no image holds?
    pub(crate) fn has_triples(&self) -> bool {
        !self.triples.is_empty()
    }

    fn insert(&mut self, text: &str, qualifier: u32) -> TermId {
        let hash = hash_of(text, qualifier);
        if let Some(known) = self.find(hash, text, qualifier) {
            return known;
        }
        if self.recent.ends.is_empty()
            && let Some(settled) = Arc::get_mut(&mut self.settled)
        {
            return TermId(settled.push(hash, text, qualifier));
        }
        if self.recent.ends.len() > 1024 + self.settled.ends.len() / 8 {
            self.settle();
            return TermId(Arc::make_mut(&mut self.settled).push(hash, text, qualifier));
        }
        let first = self.settled.len();
        let recent = Arc::make_mut(&mut self.recent);
        recent.first = first;
        TermId(recent.push(hash, text, qualifier))
    }

    fn settle(&mut self) {
        let recent = std::mem::take(&mut self.recent);
        let settled = Arc::make_mut(&mut self.settled);
        for at in 0..recent.len() {
            let (text, qualifier) = (recent.text(at), recent.qualifier(at));
            settled.push(hash_of(text, qualifier), text, qualifier);
        }
    }

    fn find(&self, hash: u64, text: &str, qualifier: u32) -> Option<TermId> {
        self.settled
            .find(hash, text, qualifier)
            .or_else(|| self.recent.find(hash, text, qualifier))
            .map(TermId)
    }

    fn tag(&mut self, tag: Tag) -> u32 {
        if let Some(at) = self.tags.iter().position(|known| *known == tag) {
            return FIRST_TAG + at as u32;
        }
        Arc::make_mut(&mut self.tags).push(tag);
        FIRST_TAG + self.tags.len() as u32 - 1
    }

    fn known_tag(&self, tag: &Tag) -> Option<u32> {
        self.tags
            .iter()
            .position(|known| known == tag)
            .map(|at| FIRST_TAG + at as u32)
    }

    /// The number of an IRI, new or known.
    pub(crate) fn iri(&mut self, iri: &str) -> TermId {
        self.insert(iri, IRI)
    }

    /// The number of a blank node under its label in this store.
    pub(crate) fn blank(&mut self, label: &str) -> TermId {
        self.insert(label, BLANK)
    }

    /// The number of a typed literal.
    pub(crate) fn literal(&mut self, lexical: &str, datatype: &str) -> TermId {
        if datatype == xsd::STRING {
            return self.insert(lexical, STRING);
        }
        let datatype = self.iri(datatype);
        let tag = self.tag(Tag::Datatype(datatype.0));
        self.insert(lexical, tag)
    }

    /// The number of any term; blank nodes keep their labels.
    pub(crate) fn term(&mut self, term: TermRef<'_>) -> TermId {
        match term {
            TermRef::NamedNode(iri) => self.iri(iri.as_str()),
            TermRef::BlankNode(blank) => self.blank(blank.as_str()),
            TermRef::Literal(literal) => match language_of(literal) {
                Some(language) => {
                    let tag = self.tag(Tag::Language(language));
                    self.insert(literal.value(), tag)
                }
                None => self.literal(literal.value(), literal.datatype().as_str()),
            },
            TermRef::Triple(triple) => {
                let before = self.len();
                let id = self.insert(&triple.to_string(), TRIPLE);
                if self.len() > before {
                    Arc::make_mut(&mut self.triples).push(triple.clone());
                }
                id
            }
        }
    }

    /// The number of an IRI, if it is known.
    pub(crate) fn known_iri(&self, iri: &str) -> Option<TermId> {
        self.find(hash_of(iri, IRI), iri, IRI)
    }

    /// The number of a typed literal, if it is known.
    pub(crate) fn known_literal(&self, lexical: &str, datatype: &str) -> Option<TermId> {
        let qualifier = if datatype == xsd::STRING {
            STRING
        } else {
            self.known_tag(&Tag::Datatype(self.known_iri(datatype)?.0))?
        };
        self.find(hash_of(lexical, qualifier), lexical, qualifier)
    }

    /// The number of any term, if it is known.
    pub(crate) fn known_term(&self, term: TermRef<'_>) -> Option<TermId> {
        let (text, qualifier) = match term {
            TermRef::NamedNode(iri) => return self.known_iri(iri.as_str()),
            TermRef::BlankNode(blank) => {
                return self.find(hash_of(blank.as_str(), BLANK), blank.as_str(), BLANK);
            }
            TermRef::Literal(literal) => match language_of(literal) {
                Some(language) => (
                    literal.value().to_owned(),
                    self.known_tag(&Tag::Language(language))?,
                ),
                None => return self.known_literal(literal.value(), literal.datatype().as_str()),
            },
            TermRef::Triple(triple) => (triple.to_string(), TRIPLE),
        };
        self.find(hash_of(&text, qualifier), &text, qualifier)
    }

    fn parts(&self, id: TermId) -> (&str, u32) {
        match id.0.checked_sub(self.settled.len()) {
            None => (self.settled.text(id.0), self.settled.qualifier(id.0)),
            Some(at) => (self.recent.text(at), self.recent.qualifier(at)),
        }
    }

    /// An IRI's or blank node's name, or a literal's characters.
    pub(crate) fn text(&self, id: TermId) -> &str {
        self.parts(id).0
    }

    /// The sort of a term.
    pub(crate) fn kind(&self, id: TermId) -> TermKind {
        match self.parts(id).1 {
            IRI => TermKind::Iri,
            BLANK => TermKind::Blank,
            TRIPLE => TermKind::Triple,
            _ => TermKind::Literal,
        }
    }

    /// Is it an IRI?
    pub(crate) fn is_iri(&self, id: TermId) -> bool {
        self.kind(id) == TermKind::Iri
    }

    /// A literal's datatype as text (`rdf:langString` for language-tagged ones); `None` for other terms.
    pub(crate) fn datatype(&self, id: TermId) -> Option<&str> {
        match self.parts(id).1 {
            IRI | BLANK | TRIPLE => None,
            STRING => Some(xsd::STRING),
            tag => match self.tags.get((tag - FIRST_TAG) as usize) {
                Some(Tag::Datatype(datatype)) => Some(self.text(TermId(*datatype))),
                Some(Tag::Language(_)) => {
                    Some("http://www.w3.org/1999/02/22-rdf-syntax-ns#langString")
                }
                None => None,
            },
        }
    }

    /// A literal's language, lower case; `None` for other terms.
    pub(crate) fn language(&self, id: TermId) -> Option<&str> {
        match self.parts(id).1 {
            IRI | BLANK | TRIPLE | STRING => None,
            tag => match self.tags.get((tag - FIRST_TAG) as usize) {
                Some(Tag::Language(language)) => language.split("--").next(),
                _ => None,
            },
        }
    }

    /// The term itself.
    pub(crate) fn resolve(&self, id: TermId) -> Term {
        let (text, qualifier) = self.parts(id);
        match qualifier {
            IRI => NamedNode::new_unchecked(text).into(),
            BLANK => BlankNode::new_unchecked(text).into(),
            STRING => Literal::new_simple_literal(text).into(),
            TRIPLE => match self
                .triples
                .iter()
                .find(|triple| triple.to_string() == text)
            {
                Some(triple) => Term::Triple(Box::new(triple.clone())),
                None => Literal::new_simple_literal(text).into(),
            },
            tag => match self.tags.get((tag - FIRST_TAG) as usize) {
                Some(Tag::Datatype(datatype)) => Literal::new_typed_literal(
                    text,
                    NamedNode::new_unchecked(self.text(TermId(*datatype))),
                )
                .into(),
                Some(Tag::Language(language)) => literal_in_language(text, language).into(),
                None => Literal::new_simple_literal(text).into(),
            },
        }
    }

    /// Every term's number.
    pub(crate) fn ids(&self) -> impl Iterator<Item = TermId> + use<> {
        (0..self.len() as u32).map(TermId)
    }
}

fn language_of(literal: oxrdf::LiteralRef<'_>) -> Option<Box<str>> {
    let language = literal.language()?;
    Some(match literal.direction() {
        Some(oxrdf::BaseDirection::Ltr) => format!("{language}--ltr").into(),
        Some(oxrdf::BaseDirection::Rtl) => format!("{language}--rtl").into(),
        None => language.into(),
    })
}

fn literal_in_language(text: &str, tag: &str) -> Literal {
    let direction = |side: &str| match side {
        "ltr" => oxrdf::BaseDirection::Ltr,
        _ => oxrdf::BaseDirection::Rtl,
    };
    match tag.split_once("--") {
        Some((language, side)) => Literal::new_directional_language_tagged_literal_unchecked(
            text,
            language,
            direction(side),
        ),
        None => Literal::new_language_tagged_literal_unchecked(text, tag),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_under_the_same_number() {
        let mut terms = Terms::new();
        let samples: Vec<Term> = vec![
            NamedNode::new_unchecked("https://example.org/a").into(),
            BlankNode::new_unchecked("a").into(),
            Literal::new_simple_literal("https://example.org/a").into(),
            Literal::new_typed_literal("1", oxrdf::vocab::xsd::INTEGER).into(),
            Literal::new_simple_literal("1").into(),
            Literal::new_language_tagged_literal_unchecked("1", "en").into(),
            Literal::new_directional_language_tagged_literal_unchecked(
                "1",
                "ar",
                oxrdf::BaseDirection::Rtl,
            )
            .into(),
        ];
        let ids: Vec<TermId> = samples
            .iter()
            .map(|term| terms.term(term.as_ref()))
            .collect();
        let shared = terms.clone();
        for n in 0..5000 {
            terms.iri(&format!("https://example.org/{n}"));
        }
        for (sample, id) in samples.iter().zip(&ids) {
            assert_eq!(terms.resolve(*id), *sample);
            assert_eq!(shared.known_term(sample.as_ref()), Some(*id));
            assert_eq!(terms.term(sample.as_ref()), *id);
        }
        let last = terms.known_iri("https://example.org/4999").unwrap();
        assert_eq!(terms.text(last), "https://example.org/4999");
        assert_eq!(shared.known_iri("https://example.org/4999"), None);
    }
}
