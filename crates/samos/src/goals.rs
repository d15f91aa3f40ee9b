//! Questions to the planner as people write them, turned into goals.
//!
//! In: the texts of `--goal`, `--want`, `--given`, and the vocabulary loaded. Out: a [`Goal`] over IRIs, or findings
//! with the column in the text and the nearest name. Not here: planning.

mod formats;

use std::collections::BTreeMap;

use samos_model::codes::interface as codes;
use samos_model::finding::nearest;
use samos_model::text::{
    Path, RawName, Resolve, Root, Span, Spelling, parse_condition, parse_term, resolve_condition,
};
use samos_model::vocabulary::xsd;
use samos_model::{
    Atom, Condition, Finding, Given, Goal, Iri, Literal, Name, Objective, Place, Property, Value,
    Want,
};

use crate::export::short;
use crate::names::{self, Vocabulary, Wanted};

/// A question to the planner, as text.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// What must hold at the end.
    pub goal: Option<String>,
    /// Types of things to obtain, `[name=]TYPE`.
    pub wants: Vec<String>,
    /// Must wanted things be new ones?
    pub new: bool,
    /// What is at hand: types or values.
    pub givens: Vec<String>,
    /// The subjects to plan with; empty for all that matter.
    pub subjects: Vec<String>,
    /// What to minimise.
    pub objective: Objective,
    /// How many plans at most.
    pub alternatives: usize,
    /// Shall the plans be far apart rather than the cheapest?
    pub diverse: bool,
    /// May unknown preconditions be assumed?
    pub assume: bool,
}

/// The goal that a question asks for.
pub(crate) fn goal(vocabulary: &dyn Vocabulary, question: &Question) -> Result<Goal, Vec<Finding>> {
    let mut findings = Vec::new();
    let mut keep = |finding: Finding| findings.push(finding);
    let mut goal = Goal {
        new: question.new,
        objective: question.objective,
        alternatives: question.alternatives.max(1),
        diverse: question.diverse,
        assume: question.assume,
        ..Goal::default()
    };
    for text in &question.wants {
        match want(vocabulary, text) {
            Ok(want) => goal.wants.push(want),
            Err(finding) => keep(finding),
        }
    }
    for text in &question.givens {
        match given(vocabulary, text) {
            Ok(given) => goal.givens.push(given),
            Err(finding) => keep(finding),
        }
    }
    for text in &question.subjects {
        match names::resolve(vocabulary, text, Wanted::Entity) {
            Ok(subject) => goal.subjects.push(subject),
            Err(finding) => keep(finding),
        }
    }
    if let Some(text) = &question.goal {
        let named = goal
            .wants
            .iter()
            .filter_map(|want| Some((want.name.clone()?, want.of_type.clone())));
        match condition(vocabulary, text, "--goal", named.collect()) {
            Ok(condition) => goal.condition = condition,
            Err(finding) => keep(finding),
        }
    }
    if findings.is_empty() {
        Ok(goal)
    } else {
        Err(findings)
    }
}

/// `[name=]TYPE`.
fn want(vocabulary: &dyn Vocabulary, text: &str) -> Result<Want, Finding> {
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
    };
    let (name, of_type) = match text.split_once('=') {
        Some((name, of_type)) if is_name(name) => (Some(Name::from(name)), of_type),
        _ => (None, text),
    };
    Ok(Want {
        name,
        of_type: names::resolve(vocabulary, of_type, Wanted::Type)?,
    })
}

/// A type or a value. What is class and individual counts as class.
fn given(vocabulary: &dyn Vocabulary, text: &str) -> Result<Given, Finding> {
    let unknown_type = match names::resolve(vocabulary, text, Wanted::Type) {
        Ok(of_type) => return Ok(Given::Type(of_type)),
        Err(finding) => finding,
    };
    value(vocabulary, text)
        .map(Given::Value)
        .map_err(|finding| {
            let is_near = |finding: &Finding| finding.help.starts_with("did you mean");
            if is_near(&unknown_type) && !is_near(&finding) {
                unknown_type
            } else {
                finding
            }
        })
}

/// A literal as conditions write it, or an entity.
pub(crate) fn value(vocabulary: &dyn Vocabulary, text: &str) -> Result<Value, Finding> {
    if let Ok(term) = parse_term(text)
        && let Some(Atom::Literal(literal)) = term.as_atom()
    {
        return Ok(Value::Literal(literal_in_full(vocabulary, literal)));
    }
    match names::resolve(vocabulary, text, Wanted::Entity) {
        Ok(entity) => Ok(Value::Entity(entity)),
        Err(finding) if finding.code == codes::UNKNOWN_NAME => Err(Finding {
            help: format!(
                "{}; text stands in quotes: '\"{text}\"'",
                finding.help.trim_end_matches('?')
            ),
            ..finding
        }),
        Err(finding) => Err(finding),
    }
}

/// A literal whose datatype was written with a prefix, with the datatype in full.
fn literal_in_full(vocabulary: &dyn Vocabulary, literal: &Literal) -> Literal {
    if literal.datatype.as_str().starts_with(xsd::NAMESPACE) {
        return literal.clone();
    }
    match vocabulary.expand(literal.datatype.as_str()) {
        Some(datatype) => Literal::new(literal.lexical.clone(), datatype),
        None => literal.clone(),
    }
}

/// A condition without a subject; `variables` are the names it may speak of, with their types.
pub(crate) fn condition(
    vocabulary: &dyn Vocabulary,
    text: &str,
    source: &str,
    variables: BTreeMap<Name, Iri>,
) -> Result<Condition, Finding> {
    let at = |span: Span| Place {
        file: source.to_owned(),
        line: 1,
        column: column_of(text, span.start),
    };
    let raw = parse_condition(text).map_err(|error| {
        let finding = Finding::error(error.code, error.message.clone(), error.help.clone());
        finding.at(at(error.span))
    })?;
    let mut scope = Scope {
        vocabulary,
        variables,
    };
    let mut condition = resolve_condition(&raw, &mut scope)
        .map_err(|problem| problem.finding.at(at(problem.span)))?;
    formats::typed(vocabulary.world(), &mut condition);
    Ok(condition)
}

fn column_of(text: &str, byte: usize) -> u32 {
    let before = text.char_indices().take_while(|(at, _)| *at < byte).count();
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}

/// A name that could not be resolved, and where it stands.
struct Problem {
    finding: Box<Finding>,
    span: Span,
}

impl Problem {
    fn new(finding: Finding, span: Span) -> Self {
        Self {
            finding: Box::new(finding),
            span,
        }
    }
}

/// The names of one condition.
struct Scope<'a> {
    vocabulary: &'a dyn Vocabulary,
    variables: BTreeMap<Name, Iri>,
}

impl Scope<'_> {
    fn in_full(&self, name: &RawName) -> Result<Option<Iri>, Problem> {
        let text = match &name.spelling {
            Spelling::Bare(_) => return Ok(None),
            Spelling::Prefixed(prefix, local) => format!("{prefix}:{local}"),
            Spelling::Bracketed(inside) => inside.clone(),
        };
        names::iri(self.vocabulary, &text).map_err(|finding| Problem::new(finding, name.span))
    }

    /// A bare root: a wanted thing, or a thing of that local name.
    fn variable(&self, name: &Name) -> Result<(Root, Vec<Iri>), Problem> {
        if let Some(of_type) = self.variables.get(name) {
            return Ok((Root::Variable(name.clone()), vec![of_type.clone()]));
        }
        let span = Span::default();
        match names::resolve(self.vocabulary, name.as_str(), Wanted::Entity) {
            Ok(entity) => {
                let types = self.vocabulary.world().types_of(&entity);
                Ok((Root::Individual(entity), types))
            }
            Err(finding) => {
                let near = nearest(name.as_str(), self.variables.keys().map(Name::as_str));
                let finding = match near {
                    Some(near) => Finding {
                        help: format!("did you mean `{near}`?"),
                        ..finding
                    },
                    None => finding,
                };
                Err(Problem::new(finding, span))
            }
        }
    }

    fn root(&self, root: &Root<RawName>) -> Result<(Root, Vec<Iri>), Problem> {
        let word = match root {
            Root::Individual(name) => {
                let entity = match self.in_full(name)? {
                    Some(iri) if self.vocabulary.world().is_entity(&iri) => iri,
                    _ => names::resolve(self.vocabulary, &name.to_string(), Wanted::Entity)
                        .map_err(|finding| Problem::new(finding, name.span))?,
                };
                let types = self.vocabulary.world().types_of(&entity);
                return Ok((Root::Individual(entity), types));
            }
            Root::Variable(name) => return self.variable(name),
            Root::Subject => "subject",
            Root::Account => "account",
            Root::Service => "service",
            Root::Provider => "provider",
        };
        Err(Problem::new(
            Finding::error(
                codes::WRONG_KIND,
                format!("a goal has no subject, so `{word}` stands for nothing in it"),
                "name the thing itself, such as `ec2:web-1.state`",
            ),
            Span::default(),
        ))
    }

    fn property(&self, name: &RawName, types: &[Iri]) -> Result<Property, Problem> {
        let world = self.vocabulary.world();
        let problem = |finding| Problem::new(finding, name.span);
        if let Some(iri) = self.in_full(name)? {
            if let Some(property) = world.property(&iri) {
                return Ok(property.clone());
            }
            let all = self.vocabulary.properties();
            let help = match nearest(iri.local(), all.iter().map(Iri::local)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "load the file that declares it with --world".to_owned(),
            };
            let message = format!("no property `{name}` is known");
            return Err(problem(Finding::error(
                codes::UNKNOWN_PROPERTY,
                message,
                help,
            )));
        }
        let local = match &name.spelling {
            Spelling::Bare(local) | Spelling::Bracketed(local) | Spelling::Prefixed(_, local) => {
                local.as_str()
            }
        };
        let of_name = self.vocabulary.properties_named(local);
        let named: Vec<&Property> = of_name
            .iter()
            .filter_map(|iri| world.property(iri))
            .filter(|property| self.applies(property, types))
            .collect();
        let left = self.unshadowed(&named);
        match left.as_slice() {
            [only] => Ok((*only).clone()),
            [] => {
                let of = types.first().map_or_else(
                    || "what stands before it".to_owned(),
                    |of_type| format!("`{}`", short(of_type, world)),
                );
                let all = self.vocabulary.properties();
                let applicable = all
                    .iter()
                    .filter_map(|iri| world.property(iri))
                    .filter(|property| self.applies(property, types))
                    .map(|property| property.iri.local());
                let help = match nearest(local, applicable) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "write the property with its prefix, or load the file that declares it"
                        .to_owned(),
                };
                let message = format!("no property `{local}` of {of} is known");
                Err(problem(Finding::error(
                    codes::UNKNOWN_PROPERTY,
                    message,
                    help,
                )))
            }
            several => {
                let names: Vec<String> = several
                    .iter()
                    .map(|property| format!("`{}`", short(&property.iri, world)))
                    .collect();
                Err(problem(Finding::error(
                    codes::AMBIGUOUS_NAME,
                    format!("`{local}` may be {}", names.join(" or ")),
                    "write it with its prefix",
                )))
            }
        }
    }

    /// Can what has one of these types have the property? Of nothing known, anything may be said.
    fn applies(&self, property: &Property, types: &[Iri]) -> bool {
        let world = self.vocabulary.world();
        types.is_empty()
            || property.domains.iter().all(|domain| {
                types
                    .iter()
                    .any(|of_type| world.is_subtype(of_type, domain))
            })
    }

    /// Without those that a sub-property or a more specific domain shadows; equivalents count once.
    fn unshadowed<'p>(&self, named: &[&'p Property]) -> Vec<&'p Property> {
        let world = self.vocabulary.world();
        let under = |own: &Property, other: &Property| {
            other.domains.iter().all(|wide| {
                own.domains
                    .iter()
                    .any(|narrow| world.is_subtype(narrow, wide))
            })
        };
        let narrower = |own: &Property, other: &Property| {
            !own.domains.is_empty()
                && under(own, other)
                && (other.domains.is_empty() || !under(other, own))
        };
        let is_shadowed = |property: &Property| {
            named.iter().any(|other| {
                other.iri != property.iri
                    && (other.supers.contains(&property.iri)
                        || (other.equivalents.contains(&property.iri) && other.iri < property.iri)
                        || (!property.supers.contains(&other.iri) && narrower(other, property)))
            })
        };
        named
            .iter()
            .copied()
            .filter(|property| !is_shadowed(property))
            .collect()
    }
}

impl Resolve<RawName, Iri> for Scope<'_> {
    type Error = Problem;

    fn path(&mut self, path: &Path<RawName>) -> Result<Path, Problem> {
        let (root, mut types) = self.root(&path.root)?;
        let mut properties = Vec::new();
        for name in &path.properties {
            let property = self.property(name, &types)?;
            types = property.ranges.iter().cloned().collect();
            properties.push(property.iri);
        }
        Ok(Path { root, properties })
    }

    fn type_name(&mut self, name: &RawName) -> Result<Iri, Problem> {
        let text = match &name.spelling {
            Spelling::Bracketed(inside) => inside.clone(),
            other => other.to_string(),
        };
        names::resolve(self.vocabulary, &text, Wanted::Type)
            .map_err(|finding| Problem::new(finding, name.span))
    }
}
