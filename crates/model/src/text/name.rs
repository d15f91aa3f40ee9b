//! Names as they are spelled in a text, with where they stand.

use std::fmt;
use std::hash::{Hash, Hasher};

/// Byte offsets into the text parsed. All spans are equal to each other, so that trees compare by meaning alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Span {}

impl PartialOrd for Span {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Span {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

impl Hash for Span {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// How a name is spelled.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Spelling {
    /// `state`: resolved by the type of what stands before it.
    Bare(String),
    /// `ec2:stopped`.
    Prefixed(String, String),
    /// `<https://example.org/cloud#stopped>`, or a local name in brackets that holds a dot or slash.
    Bracketed(String),
}

impl fmt::Display for Spelling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bare(name) => f.write_str(name),
            Self::Prefixed(prefix, local) => write!(f, "{prefix}:{local}"),
            Self::Bracketed(iri) => write!(f, "<{iri}>"),
        }
    }
}

/// A name not yet resolved.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RawName {
    /// Its spelling.
    pub spelling: Spelling,
    /// Where it stands.
    pub span: Span,
}

impl RawName {
    /// A name that stands nowhere.
    #[must_use = "this makes a value and changes nothing"]
    pub fn new(spelling: Spelling) -> Self {
        Self {
            spelling,
            span: Span::default(),
        }
    }
}

impl fmt::Display for RawName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spelling.fmt(f)
    }
}
