//! Operations with their names interned, ready to be evaluated many times.
//!
//! Compiled one at a time, when a search first looks at them: an operation that has nothing to do with the question
//! costs nothing here.

use samos_model::operation::DefaultValue;
use samos_model::{
    Atom, Comparison, Condition, Conjunct, Effect, Iri, Kind, Name, Operation, Path, Root, Sign,
    Term, Value,
};

use crate::view::{P, T, V, View};

/// Where a path starts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Start {
    Subject,
    Account,
    Service,
    Provider,
    Parameter(usize),
    Outcome(usize),
    Want(usize),
    Known(V),
    /// A name that nothing gives a value: what speaks of it is left out.
    Nothing,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Way {
    pub(crate) start: Start,
    pub(crate) properties: Vec<P>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Part {
    Value(V),
    Way(Way),
    Count(Way),
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Sum {
    pub(crate) first: Part,
    pub(crate) rest: Vec<(Sign, Part)>,
}

impl Sum {
    pub(crate) fn parts(&self) -> impl Iterator<Item = &Part> {
        std::iter::once(&self.first).chain(self.rest.iter().map(|(_, part)| part))
    }

    pub(crate) fn single(&self) -> Option<&Part> {
        self.rest.is_empty().then_some(&self.first)
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Clause {
    Compare(Sum, Comparison, Sum),
    Is(Way, T),
    In(Way, Vec<Part>),
    Contains(Way, Part),
    Exists(Way),
    Not(Box<Clause>),
    Either(Vec<Vec<Clause>>),
}

impl Clause {
    /// Does it count what starts there?
    pub(crate) fn counts(&self, start: Start) -> bool {
        match self {
            Self::Compare(left, _, right) => left
                .parts()
                .chain(right.parts())
                .any(|part| matches!(part, Part::Count(way) if way.start == start)),
            Self::Not(inner) => inner.counts(start),
            Self::Either(alternatives) => {
                alternatives.iter().flatten().any(|one| one.counts(start))
            }
            Self::Is(..) | Self::In(..) | Self::Contains(..) | Self::Exists(..) => false,
        }
    }
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Change {
    Set(Way, Sum),
    Add(Way, Sum),
    Remove(Way, Sum),
    Clear(Way),
    Renew(Way),
    Create(usize, Option<Sum>),
    Delete(Way),
}

#[derive(Clone, Debug)]
pub(crate) struct Input {
    pub(crate) name: Name,
    pub(crate) of_type: T,
    pub(crate) mandatory: bool,
    pub(crate) multiple: bool,
    pub(crate) default: Option<V>,
}

#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) name: Name,
    pub(crate) of_type: T,
    pub(crate) multiple: bool,
    pub(crate) reads: Option<(Way, bool)>,
    pub(crate) created: bool,
}

/// A clause or change and the variables it names.
#[derive(Clone, Debug)]
pub(crate) struct Named<X> {
    pub(crate) what: X,
    pub(crate) variables: Vec<Start>,
}

/// One operation, interned.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) index: usize,
    pub(crate) iri: Iri,
    pub(crate) kind: Kind,
    pub(crate) subject: T,
    pub(crate) provider: Option<V>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) clauses: Vec<Named<Clause>>,
    pub(crate) changes: Vec<Named<Change>>,
}

impl Compiled {
    pub(crate) fn is_manipulation(&self) -> bool {
        self.kind == Kind::Manipulation
    }

    /// Does an effect name that property, so that what else changes follows from it?
    pub(crate) fn is_changing(&self, property: P) -> bool {
        self.changes.iter().any(|change| match &change.what {
            Change::Set(way, _)
            | Change::Add(way, _)
            | Change::Remove(way, _)
            | Change::Clear(way)
            | Change::Renew(way) => way.properties.last() == Some(&property),
            Change::Create(..) | Change::Delete(_) => false,
        })
    }
}

/// Turns names into numbers within one operation or one goal.
struct Compiler<'a, 'w> {
    view: &'a View<'w>,
    inputs: &'a [Name],
    outputs: &'a [Name],
    wants: &'a [Option<Name>],
}

pub(crate) fn compile_operation(view: &View<'_>, index: usize, operation: &Operation) -> Compiled {
    let inputs: Vec<Name> = operation
        .parameters
        .iter()
        .map(|parameter| parameter.name.clone())
        .collect();
    let outputs: Vec<Name> = operation
        .outcomes
        .iter()
        .map(|outcome| outcome.name.clone())
        .collect();
    let compiler = Compiler {
        view,
        inputs: &inputs,
        outputs: &outputs,
        wants: &[],
    };
    Compiled {
        index,
        iri: operation.iri.clone(),
        kind: operation.kind,
        subject: view.type_number(&operation.subject),
        provider: operation.provider.as_ref().map(|iri| view.entity(iri)),
        inputs: operation
            .parameters
            .iter()
            .map(|parameter| Input {
                name: parameter.name.clone(),
                of_type: view.type_number(&parameter.of_type),
                mandatory: parameter.mandatory,
                multiple: parameter.multiple,
                default: parameter
                    .default
                    .as_ref()
                    .map(|default| compiler.default(default, &parameter.of_type)),
            })
            .collect(),
        outputs: operation
            .outcomes
            .iter()
            .map(|outcome| Output {
                name: outcome.name.clone(),
                of_type: view.type_number(&outcome.of_type),
                multiple: outcome.multiple,
                reads: outcome
                    .reads
                    .as_ref()
                    .map(|reads| (compiler.way(&reads.path), reads.some)),
                created: operation.creates(outcome.name.as_str()),
            })
            .collect(),
        clauses: compiler
            .clauses(&operation.precondition)
            .into_iter()
            .map(name_clause)
            .collect(),
        changes: operation
            .postcondition
            .iter()
            .map(|effect| name_change(compiler.change(effect)))
            .collect(),
    }
}

/// Compiles a goal's condition; wants are its variables.
pub(crate) fn compile_goal(
    view: &View<'_>,
    condition: &Condition,
    wants: &[Option<Name>],
) -> Vec<Named<Clause>> {
    let compiler = Compiler {
        view,
        inputs: &[],
        outputs: &[],
        wants,
    };
    compiler
        .clauses(condition)
        .into_iter()
        .map(name_clause)
        .collect()
}

fn name_clause(what: Clause) -> Named<Clause> {
    let mut variables = Vec::new();
    clause_ways(&what, &mut |way| variables.push(way.start));
    variables.sort_unstable();
    variables.dedup();
    Named { what, variables }
}

fn name_change(what: Change) -> Named<Change> {
    let mut variables = Vec::new();
    let mut sum = |sum: &Sum| sum_ways(sum, &mut |way| variables.push(way.start));
    match &what {
        Change::Set(way, value) | Change::Add(way, value) | Change::Remove(way, value) => {
            sum(value);
            variables.push(way.start);
        }
        Change::Clear(way) | Change::Renew(way) | Change::Delete(way) => variables.push(way.start),
        Change::Create(_, count) => {
            if let Some(count) = count {
                sum(count);
            }
        }
    }
    variables.sort_unstable();
    variables.dedup();
    Named { what, variables }
}

pub(crate) fn sum_ways(sum: &Sum, see: &mut dyn FnMut(&Way)) {
    for part in sum.parts() {
        part_ways(part, see);
    }
}

pub(crate) fn part_ways(part: &Part, see: &mut dyn FnMut(&Way)) {
    match part {
        Part::Value(_) => {}
        Part::Way(way) | Part::Count(way) => see(way),
    }
}

/// Calls `see` with each path of a clause.
pub(crate) fn clause_ways(clause: &Clause, see: &mut dyn FnMut(&Way)) {
    match clause {
        Clause::Compare(left, _, right) => {
            sum_ways(left, see);
            sum_ways(right, see);
        }
        Clause::Is(way, _) | Clause::Exists(way) => see(way),
        Clause::In(way, parts) => {
            see(way);
            parts.iter().for_each(|part| part_ways(part, see));
        }
        Clause::Contains(way, part) => {
            see(way);
            part_ways(part, see);
        }
        Clause::Not(inner) => clause_ways(inner, see),
        Clause::Either(alternatives) => alternatives
            .iter()
            .flatten()
            .for_each(|inner| clause_ways(inner, see)),
    }
}

impl Compiler<'_, '_> {
    fn default(&self, default: &DefaultValue, of_type: &Iri) -> V {
        match default {
            DefaultValue::Individual(iri) => self.view.entity(iri),
            DefaultValue::Literal(literal) => {
                let mut literal = literal.clone();
                if self.view.world.is_class(of_type) {
                    if let Some(entity) = self.view.world.entity_by_key(of_type, &literal, None) {
                        return self.view.entity(&entity);
                    }
                    literal.datatype = of_type.clone();
                } else if self.view.world.check_literal(&literal, of_type).is_err()
                    || !self.view.world.is_subtype(&literal.datatype, of_type)
                {
                    literal.datatype = of_type.clone();
                }
                self.view.value(&Value::Literal(literal))
            }
        }
    }

    fn way(&self, path: &Path) -> Way {
        let position = |names: &[Name], name: &Name| names.iter().position(|other| other == name);
        let start = match &path.root {
            Root::Subject => Start::Subject,
            Root::Account => Start::Account,
            Root::Service => Start::Service,
            Root::Provider => Start::Provider,
            Root::Individual(iri) => Start::Known(self.view.entity(iri)),
            Root::Variable(name) => position(self.inputs, name)
                .map(Start::Parameter)
                .or_else(|| position(self.outputs, name).map(Start::Outcome))
                .or_else(|| {
                    self.wants
                        .iter()
                        .position(|want| want.as_ref() == Some(name))
                        .map(Start::Want)
                })
                .unwrap_or(Start::Nothing),
        };
        Way {
            start,
            properties: path
                .properties
                .iter()
                .map(|iri| self.view.property(iri))
                .collect(),
        }
    }

    fn part(&self, atom: &Atom) -> Part {
        match atom {
            Atom::Literal(literal) => {
                Part::Value(self.view.value(&Value::Literal(literal.clone())))
            }
            Atom::Path(path) => Part::Way(self.way(path)),
            Atom::Count(path) => Part::Count(self.way(path)),
        }
    }

    fn sum(&self, term: &Term) -> Sum {
        Sum {
            first: self.part(&term.first),
            rest: term
                .rest
                .iter()
                .map(|(sign, atom)| (*sign, self.part(atom)))
                .collect(),
        }
    }

    fn clauses(&self, condition: &Condition) -> Vec<Clause> {
        condition
            .conjuncts
            .iter()
            .map(|conjunct| self.clause(conjunct))
            .collect()
    }

    fn clause(&self, conjunct: &Conjunct) -> Clause {
        match conjunct {
            Conjunct::Compare {
                left,
                comparison: Comparison::Unequal,
                right,
            } => Clause::Not(Box::new(Clause::Compare(
                self.sum(left),
                Comparison::Equal,
                self.sum(right),
            ))),
            Conjunct::Compare {
                left,
                comparison,
                right,
            } => Clause::Compare(self.sum(left), *comparison, self.sum(right)),
            Conjunct::Is { path, of_type } => {
                Clause::Is(self.way(path), self.view.type_number(of_type))
            }
            Conjunct::In { path, values } => Clause::In(
                self.way(path),
                values.iter().map(|value| self.part(value)).collect(),
            ),
            Conjunct::Contains { path, value } => {
                Clause::Contains(self.way(path), self.part(value))
            }
            Conjunct::Exists { path } => Clause::Exists(self.way(path)),
            Conjunct::Not(inner) => Clause::Not(Box::new(self.clause(inner))),
            Conjunct::Either(alternatives) => Clause::Either(
                alternatives
                    .iter()
                    .map(|condition| self.clauses(condition))
                    .collect(),
            ),
        }
    }

    fn change(&self, effect: &Effect) -> Change {
        match effect {
            Effect::Set { path, value } => Change::Set(self.way(path), self.sum(value)),
            Effect::Add { path, value } => Change::Add(self.way(path), self.sum(value)),
            Effect::Remove { path, value } => Change::Remove(self.way(path), self.sum(value)),
            Effect::Clear(path) => Change::Clear(self.way(path)),
            Effect::Renew(path) => Change::Renew(self.way(path)),
            Effect::Delete(path) => Change::Delete(self.way(path)),
            Effect::Create { outcome, count } => {
                let position = self
                    .outputs
                    .iter()
                    .position(|name| name == outcome)
                    .unwrap_or(usize::MAX);
                Change::Create(position, count.as_ref().map(|count| self.sum(count)))
            }
        }
    }
}
