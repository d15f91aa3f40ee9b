//! Identifiers: IRIs of the store and the short names of parameters, outcomes and wanted things.
//!
//! Both are shared strings: cloning one is a counter increment. Neither is checked for well-formedness here; the
//! parsers that make them do that.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! shared_string {
    ($(#[$doc:meta])* $type:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(Arc<str>);

        impl $type {
            /// Takes the text as it is.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text.
            #[must_use = "reading has no other effect"]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $type {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

shared_string! {
    /// An absolute IRI: a class, a property, an entity, an operation.
    Iri
}

shared_string! {
    /// The short name of a parameter, an outcome or a wanted thing, as in `[(address: …)]`.
    Name
}

impl Iri {
    /// What follows the last `#`, `/` or `:`; the whole text when nothing does.
    #[must_use = "reading has no other effect"]
    pub fn local(&self) -> &str {
        match self.0.rfind(['#', '/', ':']) {
            Some(at) if at + 1 < self.0.len() => self.0.get(at + 1..).unwrap_or(&self.0),
            _ => &self.0,
        }
    }

    /// What stands before [`Iri::local`].
    #[must_use = "reading has no other effect"]
    pub fn namespace(&self) -> &str {
        let end = self.0.len() - self.local().len();
        self.0.get(..end).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::Iri;

    #[test]
    fn an_iri_splits_into_namespace_and_local_name() {
        let iri = Iri::from("https://example.org/cloud#web-1");
        assert_eq!(
            (iri.namespace(), iri.local()),
            ("https://example.org/cloud#", "web-1")
        );
        let iri = Iri::from("https://example.org/cloud/");
        assert_eq!(
            (iri.namespace(), iri.local()),
            ("", "https://example.org/cloud/")
        );
    }
}
