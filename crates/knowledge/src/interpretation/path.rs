//! Resolving names inside a text: what a class, an individual or a path of bare property names stands for.
//!
//! Types are followed along a path: a bare name is a property whose domain includes the type of what stands before.

use std::collections::BTreeMap;

use samos_model::finding::nearest;
use samos_model::name::{Iri, Name};
use samos_model::text::{Path, RawName, Resolve, Root, Span, Spelling};

use super::lexicon::Lexicon;
use crate::codes;
use crate::terms::TermId;
use crate::vocabulary as v;

/// A name that could not be resolved: code, place in the text, message, help.
#[derive(Clone, Debug)]
pub(super) struct NameProblem {
    pub(super) code: &'static str,
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: String,
}

impl NameProblem {
    pub(super) fn new(code: &'static str, span: Span, message: String, help: String) -> Self {
        Self {
            code,
            span,
            message,
            help,
        }
    }
}

/// What a parameter or an outcome is, for paths that start with it.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) of_type: Iri,
    pub(super) multiple: bool,
}

/// Names in the texts of one operation.
pub(super) struct Scope<'a> {
    pub(super) lexicon: &'a Lexicon<'a>,
    pub(super) subject: TermId,
    pub(super) variables: BTreeMap<Name, Variable>,
}

/// A path resolved, with what is at each of its ends.
pub(super) struct TypedPath {
    pub(super) path: Path,
    pub(super) properties: Vec<TermId>,
    /// The classes or datatypes of what stands at its end; empty when nothing is known.
    pub(super) types: Vec<TermId>,
}

const ROOTS: [&str; 4] = ["subject", "account", "service", "provider"];

impl Scope<'_> {
    /// The IRI of a prefixed or bracketed name; `None` for a bare one.
    fn iri_of(&self, name: &RawName) -> Result<Option<String>, NameProblem> {
        match &name.spelling {
            Spelling::Bare(_) => Ok(None),
            Spelling::Bracketed(iri) if iri.contains("://") || iri.starts_with("urn:") => {
                Ok(Some(iri.clone()))
            }
            Spelling::Bracketed(inner) => match inner.split_once(':') {
                Some((prefix, local)) => self.with_prefix(prefix, local, name.span).map(Some),
                None => Ok(None),
            },
            Spelling::Prefixed(prefix, local) => {
                self.with_prefix(prefix, local, name.span).map(Some)
            }
        }
    }

    fn with_prefix(&self, prefix: &str, local: &str, span: Span) -> Result<String, NameProblem> {
        let Some(namespace) = self.lexicon.prefixes.declared(prefix) else {
            let known: Vec<&str> = self
                .lexicon
                .prefixes
                .namespaces()
                .map(|(prefix, _)| prefix)
                .collect();
            let help = match nearest(prefix, known.iter().copied()) {
                Some(near) => format!(
                    "did you mean `{near}:{local}`? Prefixes inside texts are those of sh:declare"
                ),
                None => format!(
                    "declare it: `sh:declare [ sh:prefix \"{prefix}\" ; sh:namespace \"…\"^^xsd:anyURI ]` on the ontology"
                ),
            };
            return Err(NameProblem::new(
                codes::UNKNOWN_PREFIX,
                span,
                format!("unknown prefix `{prefix}`"),
                help,
            ));
        };
        Ok(format!("{namespace}{local}"))
    }

    fn suggestion(&self, name: &RawName, what: &str, accept: impl Fn(TermId) -> bool) -> String {
        let near = match &name.spelling {
            Spelling::Prefixed(prefix, local) => self
                .lexicon
                .prefixes
                .declared(prefix)
                .and_then(|namespace| self.lexicon.nearest_in(prefix, namespace, local, accept)),
            _ => None,
        };
        match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("declare the {what}, or load the file that does"),
        }
    }

    /// The class or datatype of a name.
    fn class(&self, name: &RawName) -> Result<Iri, NameProblem> {
        let store = self.lexicon.store;
        let is_type = |term: TermId| {
            store.is_class(term) || self.lexicon.datatypes.has(store.terms.text(term))
        };
        let Some(iri) = self.iri_of(name)? else {
            let message = format!("`{name}` has no prefix, so no class is known by it");
            return Err(NameProblem::new(
                codes::UNKNOWN_CLASS,
                name.span,
                message,
                "write the class with its prefix, as in `ec2:Instance`".to_owned(),
            ));
        };
        match store.terms.known_iri(&iri) {
            Some(term) if is_type(term) => Ok(Iri::from(iri)),
            _ if self.lexicon.datatypes.has(&iri) => Ok(Iri::from(iri)),
            _ => {
                let help = self.suggestion(name, "class", is_type);
                Err(NameProblem::new(
                    codes::UNKNOWN_CLASS,
                    name.span,
                    format!("unknown class `{name}`"),
                    help,
                ))
            }
        }
    }

    /// The named individual of a name.
    pub(super) fn individual(&self, name: &RawName) -> Result<Iri, NameProblem> {
        let store = self.lexicon.store;
        let is_stated = |term: TermId| store.ledger.about_subject(term).next().is_some();
        let iri = self.iri_of(name)?.unwrap_or_else(|| name.to_string());
        match store.terms.known_iri(&iri) {
            Some(term) if is_stated(term) => Ok(Iri::from(iri)),
            _ => {
                let help = self.suggestion(name, "individual", |term| {
                    is_stated(term) && store.is_entity(term)
                });
                Err(NameProblem::new(
                    codes::UNKNOWN_INDIVIDUAL,
                    name.span,
                    format!("unknown individual `{name}`"),
                    help,
                ))
            }
        }
    }

    fn root(&self, root: &Root<RawName>) -> Result<(Root, Vec<TermId>), NameProblem> {
        let store = self.lexicon.store;
        Ok(match root {
            Root::Subject => (Root::Subject, vec![self.subject]),
            Root::Account => (Root::Account, vec![self.lexicon.account_type(self.subject)]),
            Root::Service => (Root::Service, vec![self.lexicon.service_type(self.subject)]),
            Root::Provider => (
                Root::Provider,
                vec![self.lexicon.provider_type(self.subject)],
            ),
            Root::Variable(name) => {
                let types = self
                    .variables
                    .get(name)
                    .and_then(|variable| store.known(&variable.of_type));
                (Root::Variable(name.clone()), types.into_iter().collect())
            }
            Root::Individual(name) => {
                let iri = self.individual(name)?;
                let types = store
                    .known(&iri)
                    .map(|term| store.closure.types(term))
                    .unwrap_or_default();
                (Root::Individual(iri), types)
            }
        })
    }

    /// The property that a name stands for after something of these types.
    fn property(&self, name: &RawName, types: &[TermId]) -> Result<TermId, NameProblem> {
        let store = self.lexicon.store;
        if let Some(iri) = self.iri_of(name)? {
            return match store.terms.known_iri(&iri) {
                Some(term) if store.is_property(term) => Ok(term),
                _ => {
                    let help = self.suggestion(name, "property", |term| store.is_property(term));
                    Err(NameProblem::new(
                        codes::UNKNOWN_PROPERTY,
                        name.span,
                        format!("unknown property `{name}`"),
                        help,
                    ))
                }
            };
        }
        let local = match &name.spelling {
            Spelling::Bare(local) | Spelling::Bracketed(local) | Spelling::Prefixed(_, local) => {
                local.as_str()
            }
        };
        let all = self.lexicon.properties_named(local);
        let fitting: Vec<TermId> = if types.is_empty() {
            all.to_vec()
        } else {
            all.iter()
                .copied()
                .filter(|property| self.lexicon.applies(*property, types))
                .collect()
        };
        match self.unshadowed(&fitting).as_slice() {
            [only] => Ok(*only),
            [] => {
                let of = types.first().map_or_else(
                    || "what stands before it".to_owned(),
                    |of_type| format!("`{}`", self.lexicon.short(*of_type)),
                );
                let near = nearest(local, self.lexicon.applicable_names(types)).or_else(|| {
                    nearest(local, self.lexicon.property_names()).filter(|near| *near != local)
                });
                let help = match near {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if !all.is_empty() => format!("`{local}` is a property of something else; look at its domain"),
                    None => "declare the property with a domain that includes this type, or write it with its prefix".to_owned(),
                };
                Err(NameProblem::new(
                    codes::UNKNOWN_PROPERTY,
                    name.span,
                    format!("unknown property `{local}` of {of}"),
                    help,
                ))
            }
            several => {
                let mut names: Vec<String> = several
                    .iter()
                    .map(|property| format!("`{}`", self.lexicon.short(*property)))
                    .collect();
                names.sort_unstable();
                let message = format!("`{local}` may be {}", names.join(" or "));
                Err(NameProblem::new(
                    codes::AMBIGUOUS_PROPERTY,
                    name.span,
                    message,
                    format!(
                        "write the one that is meant, such as {}",
                        names.first().map_or("", String::as_str)
                    ),
                ))
            }
        }
    }

    /// Without those that a more specific domain or a sub-property shadows.
    fn unshadowed(&self, fitting: &[TermId]) -> Vec<TermId> {
        let order = self.lexicon.store.closure.properties();
        let classes = self.lexicon.store.closure.classes();
        let domains = |property: TermId| self.lexicon.bounds(property, v::RDFS_DOMAIN);
        let narrower = |left: TermId, right: TermId| {
            let (own, other) = (domains(left), domains(right));
            let under = |own: &[TermId], other: &[TermId]| {
                other
                    .iter()
                    .all(|wide| own.iter().any(|narrow| classes.is_under(*narrow, *wide)))
            };
            !own.is_empty() && (other.is_empty() || (under(&own, &other) && !under(&other, &own)))
        };
        let below = |left: TermId, right: TermId| {
            order.is_under(left, right) && !order.is_under(right, left)
        };
        let is_shadowed = |property: TermId| {
            fitting.iter().any(|other| {
                *other != property
                    && (below(*other, property)
                        || (narrower(*other, property) && !below(property, *other)))
            })
        };
        let mut left: Vec<TermId> = fitting
            .iter()
            .copied()
            .filter(|property| !is_shadowed(*property))
            .collect();
        // Equivalent ones mean the same.
        if let Some(first) = left
            .iter()
            .copied()
            .min_by_key(|property| self.lexicon.store.terms.text(*property))
            && left
                .iter()
                .all(|other| order.is_under(first, *other) && order.is_under(*other, first))
        {
            left = vec![first];
        }
        left
    }

    /// Resolves a whole path and follows the types along it.
    pub(super) fn typed(&self, path: &Path<RawName>) -> Result<TypedPath, NameProblem> {
        let (root, mut types) = self.root(&path.root)?;
        let mut properties = Vec::new();
        for name in &path.properties {
            let property = self.property(name, &types)?;
            types = self.lexicon.bounds(property, v::RDFS_RANGE);
            properties.push(property);
        }
        let named = properties
            .iter()
            .map(|property| self.lexicon.store.iri(*property))
            .collect();
        Ok(TypedPath {
            path: Path {
                root,
                properties: named,
            },
            properties,
            types,
        })
    }

    /// The roots a path may start with, for "did you mean".
    pub(super) fn root_names(&self) -> Vec<&str> {
        ROOTS
            .into_iter()
            .chain(self.variables.keys().map(Name::as_str))
            .collect()
    }
}

impl Resolve<RawName, Iri> for Scope<'_> {
    type Error = NameProblem;

    fn path(&mut self, path: &Path<RawName>) -> Result<Path, NameProblem> {
        self.typed(path).map(|typed| typed.path)
    }

    fn type_name(&mut self, name: &RawName) -> Result<Iri, NameProblem> {
        self.class(name)
    }
}
