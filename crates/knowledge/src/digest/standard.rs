//! The canonical N-Quads of RDFC-1.0, straight from numbered terms.
//!
//! In: triples. Out: lines in order, blank nodes named as the standard says; none where they are so alike that telling
//! them apart costs too much. Nearly all blank nodes of an ontology differ in what is said of them, and are named by
//! that alone. `sophia`'s implementation, which the tests hold this against, is the same but twenty times slower.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rustc_hash::FxHashMap;
use samos_model::digest::sha256;
use samos_model::vocabulary::xsd;

use crate::index::Triple;
use crate::terms::{TermId, TermKind, Terms};

/// Of more alike neighbours than this, not all orders are tried: the whole is given up.
const MOST_ALIKE: usize = 6;

/// The canonical N-Quads; `None` where blank nodes are so alike that telling them apart costs too much.
pub(crate) fn canonical(terms: &Terms, triples: &[Triple]) -> Option<Vec<u8>> {
    let mut triples = triples.to_vec();
    triples.sort_unstable();
    triples.dedup();
    let names = Naming::of(terms, &triples).canonical()?;
    let mut lines: Vec<String> = Vec::with_capacity(triples.len());
    for triple in &triples {
        let mut line = String::new();
        for term in triple {
            match names.issued.get(term) {
                Some(number) => push(&mut line, names.prefix, *number),
                None => write_term(terms, *term, &mut line),
            }
            line.push(' ');
        }
        line.push_str(".\n");
        lines.push(line);
    }
    lines.sort_unstable();
    Some(lines.concat().into_bytes())
}

/// Names given to blank nodes, in the order of giving.
#[derive(Clone)]
struct Names {
    prefix: &'static str,
    issued: FxHashMap<TermId, usize>,
    order: Vec<TermId>,
}

impl Names {
    fn new(prefix: &'static str) -> Self {
        Self {
            prefix,
            issued: FxHashMap::default(),
            order: Vec::new(),
        }
    }

    /// The number of a node, and whether it is new.
    fn issue(&mut self, node: TermId) -> (usize, bool) {
        let next = self.order.len();
        let number = *self.issued.entry(node).or_insert(next);
        if number == next {
            self.order.push(node);
        }
        (number, number == next)
    }
}

struct Naming<'t> {
    terms: &'t Terms,
    /// By blank node: the triples that name it, once for each time.
    about: BTreeMap<TermId, Vec<Triple>>,
    /// What is said of a blank node itself, hashed.
    first: FxHashMap<TermId, String>,
    names: Names,
}

impl<'t> Naming<'t> {
    fn of(terms: &'t Terms, triples: &[Triple]) -> Self {
        let mut about: BTreeMap<TermId, Vec<Triple>> = BTreeMap::new();
        for triple in triples {
            for term in triple {
                if terms.kind(*term) == TermKind::Blank {
                    about.entry(*term).or_default().push(*triple);
                }
            }
        }
        Self {
            terms,
            about,
            first: FxHashMap::default(),
            names: Names::new("c14n"),
        }
    }

    fn canonical(mut self) -> Option<Names> {
        let mut by_hash: BTreeMap<String, Vec<TermId>> = BTreeMap::new();
        for (node, triples) in &self.about {
            let hash = self.hash_of_itself(*node, triples);
            by_hash.entry(hash.clone()).or_default().push(*node);
            self.first.insert(*node, hash);
        }
        for nodes in by_hash.values() {
            if let [only] = nodes.as_slice() {
                self.names.issue(*only);
            }
        }
        for nodes in by_hash.values().filter(|nodes| nodes.len() > 1) {
            let mut paths = Vec::with_capacity(nodes.len());
            for node in nodes {
                let mut names = Names::new("b");
                names.issue(*node);
                paths.push(self.hash_with_neighbours(*node, &names, 0)?);
            }
            paths.sort_by(|(left, _), (right, _)| left.cmp(right));
            for (_, names) in paths {
                for node in names.order {
                    self.names.issue(node);
                }
            }
        }
        Some(self.names)
    }

    /// The standard's "hash first degree quads".
    fn hash_of_itself(&self, node: TermId, triples: &[Triple]) -> String {
        let mut lines: Vec<String> = Vec::with_capacity(triples.len());
        for triple in triples {
            let mut line = String::new();
            for term in triple {
                if *term == node {
                    line.push_str("_:a");
                } else if self.terms.kind(*term) == TermKind::Blank {
                    line.push_str("_:z");
                } else {
                    write_term(self.terms, *term, &mut line);
                }
                line.push(' ');
            }
            line.push_str(".\n");
            lines.push(line);
        }
        lines.sort_unstable();
        hash(&lines.concat())
    }

    /// The standard's "hash related blank node".
    fn hash_of_neighbour(
        &self,
        node: TermId,
        property: TermId,
        names: &Names,
        side: char,
    ) -> String {
        let mut text = String::from(side);
        write_term(self.terms, property, &mut text);
        if let Some(number) = self.names.issued.get(&node) {
            push(&mut text, self.names.prefix, *number);
        } else if let Some(number) = names.issued.get(&node) {
            push(&mut text, names.prefix, *number);
        } else if let Some(first) = self.first.get(&node) {
            text.push_str(first);
        }
        hash(&text)
    }

    /// The standard's "hash n-degree quads".
    fn hash_with_neighbours(
        &self,
        node: TermId,
        names: &Names,
        depth: usize,
    ) -> Option<(String, Names)> {
        if depth > self.about.len() {
            return None;
        }
        let mut alike: BTreeMap<String, Vec<TermId>> = BTreeMap::new();
        for [subject, property, object] in self.about.get(&node).into_iter().flatten() {
            for (term, side) in [(subject, 's'), (object, 'o')] {
                if *term != node && self.terms.kind(*term) == TermKind::Blank {
                    let hash = self.hash_of_neighbour(*term, *property, names, side);
                    let nodes = alike.entry(hash).or_default();
                    if !nodes.contains(term) {
                        nodes.push(*term);
                    }
                }
            }
        }
        let mut text = String::new();
        let mut names = names.clone();
        for (related, nodes) in alike {
            text.push_str(&related);
            if nodes.len() > MOST_ALIKE {
                return None;
            }
            let mut best: Option<(String, Names)> = None;
            for order in orders(nodes) {
                if let Some((path, after)) = self.path(&order, &names, best.as_ref(), depth)?
                    && best.as_ref().is_none_or(|(chosen, _)| path < *chosen)
                {
                    best = Some((path, after));
                }
            }
            if let Some((path, after)) = best {
                text.push_str(&path);
                names = after;
            }
        }
        Some((hash(&text), names))
    }

    /// What neighbours in that order are called; nothing where another order is known to come before.
    #[allow(
        clippy::type_complexity,
        reason = "given up, not needed, or a path and the names after it"
    )]
    fn path(
        &self,
        order: &[TermId],
        names: &Names,
        best: Option<&(String, Names)>,
        depth: usize,
    ) -> Option<Option<(String, Names)>> {
        let is_behind = |path: &str| {
            best.is_some_and(|(chosen, _)| (chosen.len(), chosen.as_str()) < (path.len(), path))
        };
        let mut names = names.clone();
        let mut path = String::new();
        let mut open = Vec::new();
        for node in order {
            if let Some(number) = self.names.issued.get(node) {
                push(&mut path, self.names.prefix, *number);
                continue;
            }
            let (number, is_new) = names.issue(*node);
            if is_new {
                open.push(*node);
            }
            push(&mut path, names.prefix, number);
        }
        if is_behind(&path) {
            return Some(None);
        }
        for node in open {
            let (hash, after) = self.hash_with_neighbours(node, &names, depth + 1)?;
            let (number, _) = names.issue(node);
            push(&mut path, names.prefix, number);
            let _ = write!(path, "<{hash}>");
            names = after;
            if is_behind(&path) {
                return Some(None);
            }
        }
        Some(Some((path, names)))
    }
}

/// All orders of a few things.
fn orders(things: Vec<TermId>) -> Vec<Vec<TermId>> {
    let mut found: Vec<Vec<TermId>> = vec![Vec::new()];
    for thing in things {
        found = found
            .iter()
            .flat_map(|order| {
                (0..=order.len()).map(move |at| {
                    let mut next = order.clone();
                    next.insert(at, thing);
                    next
                })
            })
            .collect();
    }
    found
}

fn push(text: &mut String, prefix: &str, number: usize) {
    let _ = write!(text, "_:{prefix}{number}");
}

fn hash(text: &str) -> String {
    let hash = sha256(text.as_bytes());
    hash.strip_prefix("sha256:").unwrap_or(&hash).to_owned()
}

/// A term as canonical N-Quads have it, blank nodes aside.
fn write_term(terms: &Terms, term: TermId, line: &mut String) {
    let text = terms.text(term);
    let datatype = match terms.kind(term) {
        TermKind::Iri | TermKind::Blank => {
            line.push('<');
            line.push_str(text);
            line.push('>');
            return;
        }
        // Rare, and no blank node inside one is told apart.
        TermKind::Triple => Some("urn:samos:triple"),
        TermKind::Literal => terms.datatype(term),
    };
    line.push('"');
    for c in text.chars() {
        match c {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\t' => line.push_str("\\t"),
            '\u{8}' => line.push_str("\\b"),
            '\u{c}' => line.push_str("\\f"),
            c if c <= '\u{1f}' || c == '\u{7f}' => {
                let _ = write!(line, "\\u{:04X}", u32::from(c));
            }
            c => line.push(c),
        }
    }
    line.push('"');
    if let Some(language) = terms.language(term) {
        line.push('@');
        line.push_str(&language.to_ascii_lowercase());
    } else if let Some(datatype) = datatype.filter(|datatype| *datatype != xsd::STRING) {
        let _ = write!(line, "^^<{datatype}>");
    }
}
