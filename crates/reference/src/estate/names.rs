//! Short names of worlds written by hand, and how the names inside an operation's text become IRIs.
//!
//! `samos:`, `xsd:`, `owl:`, `rdf:` and `rdfs:` mean what they always mean; any other prefix `p:` stands for
//! `https://example.org/p#`. Not here: the type-driven resolution of bare names, which is `knowledge`'s work. A bare
//! property is taken only where a single declared property has that local name.

use samos_model::text::{
    self, FullNames, RawName, Resolve, Spelling, parse_condition, parse_effects, parse_outcomes,
    parse_parameters, parse_term,
};
use samos_model::vocabulary::{samos, xsd};
use samos_model::{Atom, Condition, Effect, Iri, Outcome, Parameter, Path, Reads, Root, Value};

use super::wrong;

const EXAMPLE: &str = "https://example.org/";
pub(super) const FIXED: &[(&str, &str)] = &[
    ("samos", samos::NAMESPACE),
    ("xsd", xsd::NAMESPACE),
    ("owl", "http://www.w3.org/2002/07/owl#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
];

/// The IRI that `p:name` stands for; what already is an IRI stays as it is.
#[must_use = "reading has no other effect"]
pub fn iri(name: &str) -> Iri {
    if name.contains("://") {
        return Iri::from(name);
    }
    match name.split_once(':') {
        Some((prefix, local)) => expand(prefix, local),
        None => wrong(&format!("`{name}` is neither an IRI nor `prefix:name`")),
    }
}

/// The name with its prefix, where it has one.
#[must_use = "reading has no other effect"]
pub fn short(iri: &Iri) -> String {
    for (prefix, namespace) in FIXED {
        if let Some(local) = iri.as_str().strip_prefix(namespace) {
            return format!("{prefix}:{local}");
        }
    }
    match prefix_of(iri) {
        Some(prefix) => format!("{prefix}:{}", iri.local()),
        None => iri.to_string(),
    }
}

/// The `p` of `https://example.org/p#name`.
pub(super) fn prefix_of(iri: &Iri) -> Option<&str> {
    let (prefix, local) = iri.as_str().strip_prefix(EXAMPLE)?.split_once('#')?;
    (!local.is_empty()).then_some(prefix)
}

/// The namespace of such a prefix.
pub(super) fn namespace(prefix: &str) -> String {
    match FIXED.iter().find(|(name, _)| *name == prefix) {
        Some((_, namespace)) => (*namespace).to_owned(),
        None => format!("{EXAMPLE}{prefix}#"),
    }
}

/// A value as a test writes it: `x:web`, `5`, `"text"` or `"80"^^x:Port`.
#[must_use = "reading has no other effect"]
pub fn value(written: &str) -> Value {
    if let Some((quoted, datatype)) = written.rsplit_once("^^") {
        let lexical = quoted.trim_matches('"');
        return Value::Literal(samos_model::Literal::new(lexical, iri(datatype)));
    }
    let term = parse_term(written)
        .unwrap_or_else(|error| wrong(&format!("`{written}` is no value: {error}")));
    match term.as_atom() {
        Some(Atom::Literal(literal)) => Value::Literal(literal.clone()),
        Some(Atom::Path(Path {
            root: Root::Individual(name),
            properties,
        })) if properties.is_empty() => Value::Entity(spelled(name)),
        _ => wrong(&format!("`{written}` is no value")),
    }
}

fn expand(prefix: &str, local: &str) -> Iri {
    Iri::from(format!("{}{local}", namespace(prefix)))
}

fn spelled(name: &RawName) -> Iri {
    match &name.spelling {
        Spelling::Prefixed(prefix, local) => expand(prefix, local),
        Spelling::Bracketed(iri) => Iri::from(iri.as_str()),
        Spelling::Bare(word) => wrong(&format!("`{word}` needs a prefix here")),
    }
}

/// Resolves the names of texts against the properties declared.
pub(super) struct Names<'a> {
    pub(super) properties: Vec<&'a Iri>,
}

impl Names<'_> {
    /// A bare property: the only one of that local name; the framework's own yields to any other.
    fn property(&self, name: &RawName) -> Iri {
        let Spelling::Bare(word) = &name.spelling else {
            return spelled(name);
        };
        let alike = self
            .properties
            .iter()
            .filter(|property| property.local() == word);
        let own: Vec<_> = alike
            .clone()
            .filter(|property| !property.as_str().starts_with(samos::NAMESPACE))
            .collect();
        let candidates = if own.is_empty() { alike.collect() } else { own };
        match candidates.as_slice() {
            [only] => (**only).clone(),
            [] => wrong(&format!("no property is called `{word}`")),
            _ => wrong(&format!("several properties are called `{word}`")),
        }
    }

    pub(super) fn condition(&mut self, written: &str) -> Condition {
        let raw = parse_condition(written)
            .unwrap_or_else(|error| wrong(&format!("`{written}`: {error}")));
        let Ok(condition) = text::resolve_condition(&raw, self);
        condition
    }

    pub(super) fn effects(&mut self, written: &str) -> Vec<Effect> {
        let raw =
            parse_effects(written).unwrap_or_else(|error| wrong(&format!("`{written}`: {error}")));
        raw.iter()
            .map(|effect| {
                let Ok(effect) = text::resolve_effect(effect, self);
                effect
            })
            .collect()
    }

    pub(super) fn parameters(&mut self, written: &str) -> Vec<Parameter> {
        use samos_model::operation::DefaultValue;
        let raw = parse_parameters(written)
            .unwrap_or_else(|error| wrong(&format!("`{written}`: {error}")));
        raw.into_iter()
            .map(|parameter| Parameter {
                name: parameter.name,
                of_type: spelled(&parameter.of_type),
                mandatory: parameter.mandatory,
                multiple: parameter.multiple,
                default: parameter.default.map(|default| match default {
                    DefaultValue::Literal(literal) => DefaultValue::Literal(literal),
                    DefaultValue::Individual(name) => DefaultValue::Individual(spelled(&name)),
                }),
            })
            .collect()
    }

    pub(super) fn outcomes(&mut self, written: &str) -> Vec<Outcome> {
        let raw =
            parse_outcomes(written).unwrap_or_else(|error| wrong(&format!("`{written}`: {error}")));
        raw.into_iter()
            .map(|outcome| Outcome {
                name: outcome.name,
                of_type: spelled(&outcome.of_type),
                multiple: outcome.multiple,
                reads: outcome.reads.map(|reads| {
                    let Ok(path) = self.path(&reads.path);
                    Reads {
                        path,
                        some: reads.some,
                    }
                }),
            })
            .collect()
    }
}

impl Resolve<RawName, Iri> for Names<'_> {
    type Error = std::convert::Infallible;

    fn path(&mut self, path: &Path<RawName>) -> Result<Path, Self::Error> {
        path.renamed(|name| Ok(spelled(name)), |name| Ok(self.property(name)))
    }

    fn type_name(&mut self, name: &RawName) -> Result<Iri, Self::Error> {
        Ok(spelled(name))
    }
}

/// A condition whose names are all full.
///
/// # Errors
/// The first name that is not.
pub fn resolve_full(raw: &Condition<RawName>) -> Result<Condition, String> {
    text::resolve_condition(raw, &mut FullNames)
}
