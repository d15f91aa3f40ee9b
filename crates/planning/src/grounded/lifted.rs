//! The operations of a slice as rules over facts: what a rule needs, tests, adds and takes away.
//!
//! In: a template. Out: rules, one for each way its disjunctions can be met; none where it does what facts cannot say:
//! create, renew, delete, count, calculate, or compare in order.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use samos_model::Comparison;

use crate::compiled::{Change, Clause, Compiled, Named, Part, Start, Sum, Way};
use crate::slice::{Accept, Filter, Target, Template};
use crate::view::{P, T, V, View};

/// A variable of a rule, a known thing, or the provider, account or service of the subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Term {
    Variable(usize),
    Known(V),
    Home(u8),
}

/// What a rule needs of the state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Need {
    /// The property of the first holds the second.
    Has(Term, P, Term),
    Lacks(Term, P, Term),
    Some(Term, P),
    Empty(Term, P),
}

/// What a rule needs of its variables alone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Test {
    Same(Term, Term, bool),
    Is(Term, T, bool),
    Among(Term, Vec<Term>, bool),
}

/// What a rule does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Deed {
    Set(Term, P, Term),
    Add(Term, P, Term),
    Remove(Term, P, Term),
    Clear(Term, P),
}

/// What a variable may be.
#[derive(Clone, Debug)]
pub(super) enum Domain {
    /// Anything of the type.
    Type(T),
    /// These, if of the type.
    These(Vec<V>, T),
    /// What some need of the rule finds for it.
    Found,
}

/// An operation as a rule. Variables are the subject, the inputs, then those that stand for what lies on a path.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) operation: Rc<Compiled>,
    /// By input: its variable, or the default that is used, or nothing.
    pub(super) inputs: Vec<Given>,
    pub(super) variables: Vec<Domain>,
    pub(super) needs: Vec<Need>,
    pub(super) tests: Vec<Test>,
    pub(super) deeds: Vec<Deed>,
}

/// What an input is given.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Given {
    Variable(usize),
    Default(V),
    Nothing,
}

/// Disjunctions are multiplied out up to so many rules.
const MOST_RULES: usize = 32;

/// The rules of a template; empty where facts cannot say it.
pub(super) fn rules(view: &View<'_>, operation: &Rc<Compiled>, template: &Template) -> Vec<Rule> {
    if !operation.is_manipulation() || operation.outputs.iter().any(|output| output.created) {
        return Vec::new();
    }
    let mut rule = Rule {
        operation: Rc::clone(operation),
        inputs: Vec::new(),
        variables: vec![domain(&template.subject, operation.subject)],
        needs: Vec::new(),
        tests: Vec::new(),
        deeds: Vec::new(),
    };
    for (at, input) in operation.inputs.iter().enumerate() {
        let filters = template.inputs.get(&at).map_or(&[][..], Vec::as_slice);
        let given = match input.default {
            Some(default) if filters.is_empty() => Given::Default(default),
            None if filters.is_empty() && !input.mandatory => Given::Nothing,
            _ => {
                rule.variables.push(domain(filters, input.of_type));
                Given::Variable(rule.variables.len() - 1)
            }
        };
        rule.inputs.push(given);
    }
    let clauses: Vec<&Clause> = operation
        .clauses
        .iter()
        .filter(|clause| !names_nothing(&rule, clause))
        .map(|clause| &clause.what)
        .collect();
    let mut found = Vec::new();
    for choice in choices(&clauses) {
        let mut one = rule.clone();
        let said = choice
            .iter()
            .all(|(clause, negated)| one.clause(view, clause, *negated).is_some());
        if said && one.needs.len() < 60 && one.changes().is_some() {
            found.push(one);
        } else if !said {
            continue;
        } else {
            return Vec::new();
        }
    }
    found
}

/// The same rules with those as one that differ only in what their variables may be.
pub(super) fn merged(rules: &[Rule]) -> Vec<Rule> {
    let mut by_operation: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut found: Vec<Rule> = Vec::new();
    for rule in rules {
        let alike = by_operation.entry(rule.operation.index).or_default();
        let same = alike
            .iter()
            .copied()
            .find(|at| found.get(*at).is_some_and(|other| other.is_like(rule)));
        match same.and_then(|at| found.get_mut(at)) {
            Some(other) => {
                for (one, more) in other.variables.iter_mut().zip(&rule.variables) {
                    one.extend(more);
                }
            }
            None => {
                alike.push(found.len());
                found.push(rule.clone());
            }
        }
    }
    for domain in found.iter_mut().flat_map(|rule| &mut rule.variables) {
        if let Domain::These(these, _) = domain {
            these.sort_unstable();
            these.dedup();
        }
    }
    found
}

impl Domain {
    fn extend(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::These(these, _), Self::These(more, _)) => these.extend(more),
            (Self::These(..), Self::Type(of_type)) => *self = Self::Type(*of_type),
            _ => {}
        }
    }
}

/// A goal as the needs of a rule without variables of its own, one for each way its disjunctions can be met.
pub(super) fn goals(
    view: &View<'_>,
    operation: &Rc<Compiled>,
    clauses: &[Named<Clause>],
) -> Vec<Rule> {
    let clauses: Vec<&Clause> = clauses.iter().map(|clause| &clause.what).collect();
    let mut found = Vec::new();
    for choice in choices(&clauses) {
        let mut one = Rule {
            operation: Rc::clone(operation),
            inputs: Vec::new(),
            variables: Vec::new(),
            needs: Vec::new(),
            tests: Vec::new(),
            deeds: Vec::new(),
        };
        if choice
            .iter()
            .all(|(clause, negated)| one.clause(view, clause, *negated).is_some())
        {
            found.push(one);
        }
    }
    found
}

fn domain(filters: &[Filter], of_type: T) -> Domain {
    let mut these: Option<BTreeSet<V>> = None;
    for filter in filters {
        let some = match filter {
            Filter::Target(Target::These(things, false)) => things,
            Filter::Accept(Accept::Values(things)) => things,
            _ => continue,
        };
        these = Some(match these {
            None => some.clone(),
            Some(before) => before.intersection(some).copied().collect(),
        });
    }
    match these {
        Some(these) => Domain::These(these.into_iter().collect(), of_type),
        None => Domain::Type(of_type),
    }
}

/// Does the clause speak of an input that is given nothing?
fn names_nothing(rule: &Rule, clause: &Named<Clause>) -> bool {
    clause
        .variables
        .iter()
        .any(|start| is_nothing(rule, *start))
}

fn is_nothing(rule: &Rule, start: Start) -> bool {
    match start {
        Start::Nothing => true,
        Start::Parameter(at) => matches!(rule.inputs.get(at), Some(Given::Nothing) | None),
        _ => false,
    }
}

/// All choices of alternatives, each a list of clauses with a sign.
fn choices<'c>(clauses: &[&'c Clause]) -> Vec<Vec<(&'c Clause, bool)>> {
    let mut all: Vec<Vec<(&Clause, bool)>> = vec![Vec::new()];
    for clause in clauses {
        let ways = alternatives(clause, false);
        let mut next = Vec::new();
        for before in &all {
            for way in &ways {
                let mut one = before.clone();
                one.extend(way.iter().copied());
                next.push(one);
            }
        }
        next.truncate(MOST_RULES);
        all = next;
    }
    all
}

/// The ways in which a clause can be true, or false.
fn alternatives(clause: &Clause, negated: bool) -> Vec<Vec<(&Clause, bool)>> {
    match (clause, negated) {
        (Clause::Not(inner), _) => alternatives(inner, !negated),
        (Clause::Either(parts), false) => parts
            .iter()
            .flat_map(|part| choices(&part.iter().collect::<Vec<_>>()))
            .collect(),
        (Clause::Either(parts), true) => {
            let mut all: Vec<Vec<(&Clause, bool)>> = vec![Vec::new()];
            for part in parts {
                let mut next = Vec::new();
                for before in &all {
                    for way in part.iter().flat_map(|clause| alternatives(clause, true)) {
                        let mut one = before.clone();
                        one.extend(way);
                        next.push(one);
                    }
                }
                next.truncate(MOST_RULES);
                all = next;
            }
            all
        }
        _ => vec![vec![(clause, negated)]],
    }
}

/// One side of a comparison.
enum Side {
    Plain(Term),
    Cell(Term, P),
}

impl Rule {
    /// Are the two the same but for what their variables may be?
    fn is_like(&self, other: &Self) -> bool {
        self.inputs == other.inputs
            && self.variables.len() == other.variables.len()
            && self.needs == other.needs
            && self.tests == other.tests
            && self.deeds == other.deeds
    }

    /// The same, needing nothing.
    pub(super) fn clone_without_needs(&self) -> Self {
        Self {
            operation: Rc::clone(&self.operation),
            inputs: self.inputs.clone(),
            variables: self.variables.clone(),
            needs: Vec::new(),
            tests: self.tests.clone(),
            deeds: self.deeds.clone(),
        }
    }

    fn hidden(&mut self) -> Term {
        self.variables.push(Domain::Found);
        Term::Variable(self.variables.len() - 1)
    }

    fn start(&self, start: Start) -> Option<Term> {
        match start {
            Start::Subject => Some(Term::Variable(0)),
            Start::Provider => Some(Term::Home(0)),
            Start::Account => Some(Term::Home(1)),
            Start::Service => Some(Term::Home(2)),
            Start::Known(value) => Some(Term::Known(value)),
            Start::Parameter(at) => match self.inputs.get(at)? {
                Given::Variable(variable) => Some(Term::Variable(*variable)),
                Given::Default(value) => Some(Term::Known(*value)),
                Given::Nothing => None,
            },
            Start::Outcome(_) | Start::Want(_) | Start::Nothing => None,
        }
    }

    /// The thing that the path leads to but for its last property.
    fn side(&mut self, view: &View<'_>, way: &Way, negated: bool) -> Option<Side> {
        let mut at = self.start(way.start)?;
        let Some((last, before)) = way.properties.split_last() else {
            return Some(Side::Plain(at));
        };
        for property in before {
            if negated && !view.schema(*property).functional {
                return None;
            }
            let next = self.hidden();
            self.needs.push(Need::Has(at, *property, next));
            at = next;
        }
        Some(Side::Cell(at, *last))
    }

    fn part(&mut self, view: &View<'_>, part: &Part, negated: bool) -> Option<Side> {
        match part {
            Part::Value(value) => Some(Side::Plain(Term::Known(*value))),
            Part::Way(way) => self.side(view, way, negated),
            Part::Count(_) => None,
        }
    }

    fn clause(&mut self, view: &View<'_>, clause: &Clause, negated: bool) -> Option<()> {
        match clause {
            Clause::Compare(left, comparison, right) => {
                let negated = match comparison {
                    Comparison::Equal => negated,
                    Comparison::Unequal => !negated,
                    _ => return None,
                };
                let left = self.part(view, left.single()?, negated)?;
                let right = self.part(view, right.single()?, negated)?;
                self.equal(left, right, negated)
            }
            Clause::Contains(way, part) => {
                let left = self.side(view, way, negated)?;
                let right = self.part(view, part, negated)?;
                self.equal(left, right, negated)
            }
            Clause::Exists(way) => {
                if let Side::Cell(owner, property) = self.side(view, way, negated)? {
                    self.needs.push(if negated {
                        Need::Empty(owner, property)
                    } else {
                        Need::Some(owner, property)
                    });
                } else if negated {
                    return None;
                }
                Some(())
            }
            Clause::Is(way, of_type) => {
                let term = match self.side(view, way, negated)? {
                    Side::Plain(term) => term,
                    Side::Cell(..) if negated => return None,
                    Side::Cell(owner, property) => self.found(owner, property),
                };
                self.tests.push(Test::Is(term, *of_type, !negated));
                Some(())
            }
            Clause::In(way, parts) => {
                let side = self.side(view, way, negated)?;
                let mut values = Vec::new();
                for part in parts {
                    match self.part(view, part, negated)? {
                        Side::Plain(term) => values.push(term),
                        Side::Cell(..) => return None,
                    }
                }
                match side {
                    Side::Plain(term) => self.tests.push(Test::Among(term, values, !negated)),
                    Side::Cell(owner, property) if negated => {
                        let lacks = values
                            .into_iter()
                            .map(|value| Need::Lacks(owner, property, value));
                        self.needs.extend(lacks);
                    }
                    Side::Cell(owner, property) => {
                        let term = self.found(owner, property);
                        self.tests.push(Test::Among(term, values, true));
                    }
                }
                Some(())
            }
            Clause::Not(inner) => self.clause(view, inner, !negated),
            Clause::Either(_) => None, // multiplied out before
        }
    }

    /// A variable that stands for something the cell holds.
    fn found(&mut self, owner: Term, property: P) -> Term {
        let term = self.hidden();
        self.needs.push(Need::Has(owner, property, term));
        term
    }

    fn equal(&mut self, left: Side, right: Side, negated: bool) -> Option<()> {
        match (left, right) {
            (Side::Plain(left), Side::Plain(right)) => {
                self.tests.push(Test::Same(left, right, !negated))
            }
            (Side::Cell(owner, property), Side::Plain(value))
            | (Side::Plain(value), Side::Cell(owner, property)) => {
                self.needs.push(if negated {
                    Need::Lacks(owner, property, value)
                } else {
                    Need::Has(owner, property, value)
                });
            }
            (Side::Cell(owner, property), Side::Cell(other, its)) => {
                if negated {
                    return None;
                }
                let met = self.found(owner, property);
                self.needs.push(Need::Has(other, its, met));
            }
        }
        Some(())
    }

    /// The deeds of the operation; none where facts cannot say one of them.
    fn changes(&mut self) -> Option<()> {
        let operation = Rc::clone(&self.operation);
        for change in &operation.changes {
            if change
                .variables
                .iter()
                .any(|start| is_nothing(self, *start))
            {
                continue;
            }
            let deed = match &change.what {
                Change::Set(way, value) => {
                    let (owner, property) = self.place(way)?;
                    Deed::Set(owner, property, self.value(value)?)
                }
                Change::Add(way, value) => {
                    let (owner, property) = self.place(way)?;
                    Deed::Add(owner, property, self.value(value)?)
                }
                Change::Remove(way, value) => {
                    let (owner, property) = self.place(way)?;
                    Deed::Remove(owner, property, self.value(value)?)
                }
                Change::Clear(way) => {
                    let (owner, property) = self.place(way)?;
                    Deed::Clear(owner, property)
                }
                Change::Renew(_) | Change::Create(..) | Change::Delete(_) => return None,
            };
            self.deeds.push(deed);
        }
        Some(())
    }

    fn place(&self, way: &Way) -> Option<(Term, P)> {
        match way.properties.as_slice() {
            [only] => Some((self.start(way.start)?, *only)),
            _ => None,
        }
    }

    fn value(&self, value: &Sum) -> Option<Term> {
        match value.single()? {
            Part::Value(value) => Some(Term::Known(*value)),
            Part::Way(way) if way.properties.is_empty() => self.start(way.start),
            _ => None,
        }
    }
}
