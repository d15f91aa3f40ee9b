//! Names as people write them: `ec2:web-1`, `<https://…>`, a full IRI, or bare where only one thing has that name, is
//! known to its provider by it, or is called so.
//!
//! In: text, and the vocabulary loaded. Out: IRIs of what is really there, or a finding with the nearest name.
//! Not here: names inside conditions; see `goals`.

use samos_model::codes::interface as codes;
use samos_model::finding::nearest;
use samos_model::text::{Conjunct, Path, Root};
use samos_model::{Atom, Finding, Iri, World};

use crate::catalogue;
use crate::export::short;

/// Among more names than this, the nearest is not looked for.
const SEARCHED: usize = 200_000;

/// What a name may stand for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wanted {
    /// An entity: service, instance or aspect.
    Entity,
    /// An operation.
    Operation,
    /// A class or datatype.
    Type,
    /// Any of them.
    Anything,
}

impl Wanted {
    fn word(self) -> &'static str {
        match self {
            Self::Entity => "thing",
            Self::Operation => "operation",
            Self::Type => "type",
            Self::Anything => "name",
        }
    }
}

/// Everything that resolving a name asks of what is loaded.
pub(crate) trait Vocabulary {
    /// The world.
    fn world(&self) -> &dyn World;
    /// The IRI of a prefixed name, if the prefix is declared.
    fn expand(&self, text: &str) -> Option<Iri>;
    /// The declared prefixes, in order.
    fn prefixes(&self) -> Vec<String>;
    /// All classes and datatypes, in order.
    fn types(&self) -> Vec<Iri>;
    /// All properties, in order.
    fn properties(&self) -> Vec<Iri>;
    /// The properties of a local name, in order.
    fn properties_named(&self, local: &str) -> Vec<Iri>;
    /// Is that a class or a datatype?
    fn is_type(&self, iri: &Iri) -> bool;
}

/// The IRI a text stands for, whether or not anything is known by it; `None` for a bare name.
pub(crate) fn iri(vocabulary: &dyn Vocabulary, text: &str) -> Result<Option<Iri>, Finding> {
    if let Some(inside) = text
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
    {
        return Ok(Some(Iri::from(inside)));
    }
    let Some((prefix, local)) = text.split_once(':') else {
        return Ok(None);
    };
    if let Some(iri) = vocabulary.expand(text) {
        return Ok(Some(iri));
    }
    if local.starts_with("//") || prefix == "urn" || prefix == "_" {
        return Ok(Some(Iri::from(text)));
    }
    let known = vocabulary.prefixes();
    let help = match nearest(prefix, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}:{local}`?"),
        None => "load the file that declares the prefix with --world, or write the name in full: `<https://…>`".to_owned(),
    };
    Err(Finding::error(
        codes::UNKNOWN_NAME,
        format!("prefix `{prefix}` of `{text}` is not known"),
        help,
    ))
}

/// What a text names, among things of the kind wanted.
pub(crate) fn resolve(
    vocabulary: &dyn Vocabulary,
    text: &str,
    wanted: Wanted,
) -> Result<Iri, Finding> {
    if let Some(iri) = iri(vocabulary, text)? {
        return if is(vocabulary, &iri, wanted) {
            Ok(iri)
        } else {
            Err(unknown(vocabulary, text, &iri, wanted))
        };
    }
    let mut fitting: Vec<Iri> = all(vocabulary, wanted)
        .into_iter()
        .filter(|iri| iri.local() == text)
        .collect();
    if fitting.is_empty() && matches!(wanted, Wanted::Entity | Wanted::Anything) {
        fitting = called(vocabulary.world(), text);
    }
    fitting.sort();
    fitting.dedup();
    match fitting.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(unknown(vocabulary, text, &Iri::from(text), wanted)),
        several => {
            let names: Vec<String> = several
                .iter()
                .take(4)
                .map(|iri| format!("`{}`", short(iri, vocabulary.world())))
                .collect();
            Err(Finding::error(
                codes::AMBIGUOUS_NAME,
                format!("`{text}` may be {}", names.join(" or ")),
                "write one of these names",
            ))
        }
    }
}

/// The things that their provider knows by that identifier, else those that people call so.
fn called(world: &dyn World, text: &str) -> Vec<Iri> {
    let entities = world.entities_of(&Iri::from("https://w3id.org/samos#Entity"));
    let by = |property: &str| {
        let property = Iri::from(property);
        let says = |entity: &&Iri| {
            let values = world.values(entity, &property).members;
            let mut literals = values.iter().filter_map(|value| value.as_literal());
            literals.any(|literal| &*literal.lexical == text)
        };
        entities.iter().filter(says).cloned().collect::<Vec<_>>()
    };
    let identified = by("https://w3id.org/samos#id");
    if identified.is_empty() {
        by("https://w3id.org/samos#name")
    } else {
        identified
    }
}

fn is(vocabulary: &dyn Vocabulary, iri: &Iri, wanted: Wanted) -> bool {
    let world = vocabulary.world();
    match wanted {
        Wanted::Entity => world.is_entity(iri),
        Wanted::Operation => world.operation(iri).is_some(),
        Wanted::Type => vocabulary.is_type(iri),
        Wanted::Anything => [Wanted::Operation, Wanted::Type, Wanted::Entity]
            .into_iter()
            .any(|wanted| is(vocabulary, iri, wanted)),
    }
}

fn all(vocabulary: &dyn Vocabulary, wanted: Wanted) -> Vec<Iri> {
    let world = vocabulary.world();
    match wanted {
        Wanted::Entity => {
            let mut all = world.entities_of(&Iri::from("https://w3id.org/samos#Entity"));
            all.extend(catalogue::providers(world));
            all
        }
        Wanted::Operation => world
            .operations()
            .iter()
            .map(|operation| operation.iri.clone())
            .collect(),
        Wanted::Type => vocabulary.types(),
        Wanted::Anything => [Wanted::Operation, Wanted::Type, Wanted::Entity]
            .into_iter()
            .flat_map(|wanted| all(vocabulary, wanted))
            .collect(),
    }
}

/// The finding for a name that stands for nothing of the kind wanted.
fn unknown(vocabulary: &dyn Vocabulary, text: &str, iri: &Iri, wanted: Wanted) -> Finding {
    let other = [Wanted::Operation, Wanted::Type, Wanted::Entity]
        .into_iter()
        .find(|other| *other != wanted && is(vocabulary, iri, *other));
    if let Some(other) = other {
        return Finding::error(
            codes::WRONG_KIND,
            format!(
                "`{text}` is no {}; it is the name of a known {}",
                wanted.word(),
                other.word()
            ),
            format!("name a {} here", wanted.word()),
        );
    }
    let message = format!("no {} `{text}` is known", wanted.word());
    let help = match near(vocabulary, iri, wanted) {
        Some(near) => format!("did you mean `{near}`?"),
        None => match wanted {
            Wanted::Entity => "`samos get instances`, `samos get services` and `samos get aspects` list what there is".to_owned(),
            Wanted::Operation => "`samos get operations` lists what there is".to_owned(),
            Wanted::Type | Wanted::Anything => "load the file that declares it with --world".to_owned(),
        },
    };
    Finding::error(codes::UNKNOWN_NAME, message, help)
}

/// The nearest known name: first within the same namespace, then anywhere.
fn near(vocabulary: &dyn Vocabulary, iri: &Iri, wanted: Wanted) -> Option<String> {
    let all = all(vocabulary, wanted);
    if all.len() > SEARCHED {
        return None;
    }
    let same = all
        .iter()
        .filter(|other| other.namespace() == iri.namespace());
    let local = nearest(iri.local(), same.map(Iri::local))
        .or_else(|| nearest(iri.local(), all.iter().map(Iri::local)))?;
    let near = all
        .iter()
        .filter(|other| other.local() == local)
        .min_by_key(|other| (other.namespace() != iri.namespace(), (*other).clone()))?;
    Some(short(near, vocabulary.world()))
}

/// Does a conjunct name a parameter or an outcome?
pub(crate) fn speaks_of_variables(conjunct: &Conjunct) -> bool {
    let mut found = false;
    visit_paths(conjunct, &mut |path| {
        found |= matches!(path.root, Root::Variable(_))
    });
    found
}

fn visit_paths(conjunct: &Conjunct, visit: &mut dyn FnMut(&Path)) {
    let atom = |atom: &Atom, visit: &mut dyn FnMut(&Path)| match atom {
        Atom::Literal(_) => {}
        Atom::Path(path) | Atom::Count(path) => visit(path),
    };
    match conjunct {
        Conjunct::Compare { left, right, .. } => {
            for one in left.atoms().chain(right.atoms()) {
                atom(one, visit);
            }
        }
        Conjunct::Is { path, .. } | Conjunct::Exists { path } => visit(path),
        Conjunct::In { path, values } => {
            visit(path);
            for one in values {
                atom(one, visit);
            }
        }
        Conjunct::Contains { path, value } => {
            visit(path);
            atom(value, visit);
        }
        Conjunct::Not(inner) => visit_paths(inner, visit),
        Conjunct::Either(alternatives) => {
            for one in alternatives
                .iter()
                .flat_map(|alternative| &alternative.conjuncts)
            {
                visit_paths(one, visit);
            }
        }
    }
}
