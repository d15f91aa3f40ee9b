//! What a condition is worth in a hypothetical state: Kleene's three values, and which cells were looked at.
//!
//! One of the three evaluators of the product; the checker's and the reference's share nothing with it, so that a
//! fault in one shows as a disagreement.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use samos_model::{Comparison, Decimal, Sign, Truth, Value};

use crate::compiled::{Clause, Compiled, Named, Part, Start, Sum, Way};
use crate::state::State;
use crate::view::{P, Thing, V, View};

/// The values of an operation's variables.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Binding {
    /// `None` for a goal, which has no subject.
    pub(crate) subject: Option<V>,
    /// By parameter; empty where none is given.
    pub(crate) inputs: Vec<Rc<[V]>>,
    /// By outcome.
    pub(crate) outputs: Vec<Rc<[V]>>,
    /// By want.
    pub(crate) wants: Vec<V>,
}

/// What a path leads to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Found {
    pub(crate) members: Vec<V>,
    pub(crate) absent: Vec<V>,
    pub(crate) complete: bool,
}

/// A number that may not be known.
type Number = Option<Decimal>;

/// Evaluates in one state with one binding, and remembers which cells it looked at.
pub(crate) struct Evaluator<'a, 'w> {
    pub(crate) view: &'a View<'w>,
    pub(crate) state: &'a State,
    /// All elements of multiple variables, for `count`.
    pub(crate) whole: &'a Binding,
    pub(crate) reads: RefCell<BTreeSet<(V, P)>>,
}

impl<'a, 'w> Evaluator<'a, 'w> {
    pub(crate) fn new(view: &'a View<'w>, state: &'a State, whole: &'a Binding) -> Self {
        Self {
            view,
            state,
            whole,
            reads: RefCell::default(),
        }
    }

    /// A top-level clause: one answer, over all elements of the multiple variables it names.
    pub(crate) fn top(&self, operation: Option<&Compiled>, clause: &Named<Clause>) -> Truth {
        if is_left_out(self.whole, &clause.variables) {
            return Truth::True;
        }
        let mut truth = Truth::True;
        for element in self.elements(operation, &clause.variables) {
            truth = truth.and(self.clause(&element, &clause.what));
            if truth == Truth::False {
                break;
            }
        }
        truth
    }

    /// One binding for each choice of elements of the multiple variables named.
    pub(crate) fn elements(
        &self,
        operation: Option<&Compiled>,
        variables: &[Start],
    ) -> Vec<Binding> {
        let mut bindings = vec![self.whole.clone()];
        let Some(operation) = operation else {
            return bindings;
        };
        for variable in variables {
            let (multiple, values) = match *variable {
                Start::Parameter(at) => (
                    operation.inputs.get(at).is_some_and(|input| input.multiple),
                    self.whole.inputs.get(at),
                ),
                Start::Outcome(at) => (
                    operation
                        .outputs
                        .get(at)
                        .is_some_and(|output| output.multiple),
                    self.whole.outputs.get(at),
                ),
                _ => continue,
            };
            let (true, Some(values)) = (multiple, values) else {
                continue;
            };
            bindings = bindings
                .into_iter()
                .flat_map(|binding| {
                    values.iter().map(move |value| {
                        let mut one = binding.clone();
                        let slot = match *variable {
                            Start::Parameter(at) => one.inputs.get_mut(at),
                            Start::Outcome(at) => one.outputs.get_mut(at),
                            _ => None,
                        };
                        if let Some(slot) = slot {
                            *slot = Rc::from([*value].as_slice());
                        }
                        one
                    })
                })
                .collect();
        }
        bindings
    }

    /// Was a cell looked at of which not everything is known? If not, an unknown answer is about a symbol alone: a value
    /// that the plan itself will read, and look at again then.
    pub(crate) fn met_the_unknown(&self) -> bool {
        self.reads
            .borrow()
            .iter()
            .any(|(thing, property)| !self.state.cell(self.view, *thing, *property).complete)
    }

    pub(crate) fn clause(&self, binding: &Binding, clause: &Clause) -> Truth {
        match clause {
            Clause::Compare(left, comparison, right) => {
                self.compare(binding, left, *comparison, right)
            }
            Clause::Is(way, of_type) => {
                let found = self.follow(binding, way);
                let known = any(found
                    .members
                    .iter()
                    .map(|member| self.state.is_of_type(self.view, *member, *of_type)));
                known.or(if found.complete {
                    Truth::False
                } else {
                    Truth::Unknown
                })
            }
            Clause::In(way, parts) => {
                let left = self.follow(binding, way);
                any(parts
                    .iter()
                    .map(|part| self.equal(&left, &self.part(binding, part))))
            }
            Clause::Contains(way, part) => {
                self.equal(&self.follow(binding, way), &self.part(binding, part))
            }
            Clause::Exists(way) => {
                let found = self.follow(binding, way);
                match (found.members.is_empty(), found.complete) {
                    (false, _) => Truth::True,
                    (true, true) => Truth::False,
                    (true, false) => Truth::Unknown,
                }
            }
            Clause::Not(inner) => !self.clause(binding, inner),
            Clause::Either(alternatives) => any(alternatives.iter().map(|all| {
                all.iter().fold(Truth::True, |truth, clause| {
                    truth.and(self.clause(binding, clause))
                })
            })),
        }
    }

    /// Looks at all that a clause may look at, though a part of it may decide it.
    pub(crate) fn look(&self, binding: &Binding, clause: &Clause) {
        match clause {
            Clause::In(way, parts) => {
                let _ = self.follow(binding, way);
                for part in parts {
                    let _ = self.part(binding, part);
                }
            }
            Clause::Not(inner) => self.look(binding, inner),
            Clause::Either(alternatives) => {
                for clause in alternatives.iter().flatten() {
                    self.look(binding, clause);
                }
            }
            leaf => {
                let _ = self.clause(binding, leaf);
            }
        }
    }

    fn compare(&self, binding: &Binding, left: &Sum, comparison: Comparison, right: &Sum) -> Truth {
        let (left, right) = (self.sum(binding, left), self.sum(binding, right));
        match comparison {
            Comparison::Equal => self.equal(&left, &right),
            Comparison::Unequal => !self.equal(&left, &right),
            order => self.ordered(&left, order, &right),
        }
    }

    /// Do two sets share a value?
    pub(crate) fn equal(&self, left: &Found, right: &Found) -> Truth {
        let pairs = any(left
            .members
            .iter()
            .flat_map(|a| right.members.iter().map(|b| self.view.same(*a, *b))));
        if pairs == Truth::True || (left.complete && right.complete) {
            return pairs;
        }
        if cfg!(feature = "planted-fault") {
            return Truth::False;
        }
        // What is not known of one side matters only where it could be something on the other.
        let settled = |open: &Found, other: &Found| {
            open.complete
                || (other.complete
                    && other
                        .members
                        .iter()
                        .all(|value| open.absent.contains(value)))
        };
        if settled(left, right) && settled(right, left) {
            pairs
        } else {
            pairs.or(Truth::Unknown)
        }
    }

    fn ordered(&self, left: &Found, comparison: Comparison, right: &Found) -> Truth {
        let pairs = any(left.members.iter().flat_map(|a| {
            right
                .members
                .iter()
                .map(|b| self.ordered_pair(*a, comparison, *b))
        }));
        let nothing = |side: &Found| side.complete && side.members.is_empty();
        if (left.complete && right.complete) || nothing(left) || nothing(right) {
            return pairs;
        }
        pairs.or(Truth::Unknown)
    }

    fn ordered_pair(&self, left: V, comparison: Comparison, right: V) -> Truth {
        let (left, right) = match (&*self.view.thing(left), &*self.view.thing(right)) {
            (Thing::Symbol(_), _) | (_, Thing::Symbol(_)) => return Truth::Unknown,
            (Thing::Known(Value::Literal(left)), Thing::Known(Value::Literal(right))) => {
                (left.clone(), right.clone())
            }
            _ => return Truth::False,
        };
        let order = match (left.number(), right.number()) {
            (Some(left), Some(right)) => left.cmp(&right),
            _ if left.datatype == right.datatype => left.lexical.cmp(&right.lexical),
            _ => return Truth::False,
        };
        Truth::from(match comparison {
            Comparison::Less => order.is_lt(),
            Comparison::AtMost => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::AtLeast => order.is_ge(),
            Comparison::Equal => order.is_eq(),
            Comparison::Unequal => order.is_ne(),
        })
    }

    /// The values of a sum; one part stands for itself.
    pub(crate) fn sum(&self, binding: &Binding, sum: &Sum) -> Found {
        if let Some(part) = sum.single() {
            return self.part(binding, part);
        }
        let mut totals: Vec<Decimal> = vec![Decimal::ZERO];
        let mut complete = true;
        let signed = std::iter::once((Sign::Plus, &sum.first))
            .chain(sum.rest.iter().map(|(sign, part)| (*sign, part)));
        for (sign, part) in signed {
            let found = self.part(binding, part);
            let mut summands: Vec<Decimal> = Vec::new();
            complete &= found.complete;
            for member in &found.members {
                match self.number(*member) {
                    Ok(Some(number)) => summands.push(number),
                    Ok(None) => {}
                    Err(()) => complete = false,
                }
            }
            let add = |total: &Decimal, summand: &Decimal| match sign {
                Sign::Plus => total.checked_add(*summand),
                Sign::Minus => total.checked_sub(*summand),
            };
            totals = totals
                .iter()
                .flat_map(|total| {
                    summands
                        .iter()
                        .filter_map(move |summand| add(total, summand))
                })
                .collect();
        }
        let mut members: Vec<V> = totals
            .into_iter()
            .map(|total| self.view.value(&number_value(total)))
            .collect();
        members.sort_unstable();
        members.dedup();
        Found {
            members,
            absent: Vec::new(),
            complete,
        }
    }

    /// The number a value is: known, none, or (`Err`) not known yet.
    fn number(&self, value: V) -> Result<Number, ()> {
        match &*self.view.thing(value) {
            Thing::Known(Value::Literal(literal)) => Ok(literal.number()),
            Thing::Known(Value::Entity(_)) => Ok(None),
            Thing::Symbol(_) => Err(()),
        }
    }

    pub(crate) fn part(&self, binding: &Binding, part: &Part) -> Found {
        match part {
            Part::Value(value) => Found {
                members: vec![*value],
                absent: Vec::new(),
                complete: true,
            },
            Part::Way(way) => self.follow(binding, way),
            Part::Count(way) => {
                // A bare variable counts all its elements, whichever one is looked at elsewhere.
                let counted = if way.properties.is_empty() {
                    self.whole
                } else {
                    binding
                };
                let found = self.follow(counted, way);
                let doubtful = found.members.len() > 1
                    && found
                        .members
                        .iter()
                        .any(|member| self.view.is_opaque(*member));
                if !found.complete || doubtful {
                    return Found::default();
                }
                let count = i64::try_from(found.members.len()).unwrap_or(i64::MAX);
                let value = self
                    .view
                    .value(&Value::Literal(samos_model::Literal::integer(count)));
                Found {
                    members: vec![value],
                    absent: Vec::new(),
                    complete: true,
                }
            }
        }
    }

    /// The values a path starts from.
    pub(crate) fn start(&self, binding: &Binding, start: Start) -> Vec<V> {
        let home = |of: fn(&View<'w>, V) -> Option<V>| {
            binding.subject.and_then(|subject| of(self.view, subject))
        };
        match start {
            Start::Subject => binding.subject.into_iter().collect(),
            Start::Account => home(View::account).into_iter().collect(),
            Start::Service => home(View::service).into_iter().collect(),
            Start::Provider => home(View::provider).into_iter().collect(),
            Start::Parameter(at) => binding
                .inputs
                .get(at)
                .map_or_else(Vec::new, |values| values.to_vec()),
            Start::Outcome(at) => binding
                .outputs
                .get(at)
                .map_or_else(Vec::new, |values| values.to_vec()),
            Start::Want(at) => binding.wants.get(at).copied().into_iter().collect(),
            Start::Known(value) => vec![value],
            Start::Nothing => Vec::new(),
        }
    }

    /// The values at a path.
    pub(crate) fn follow(&self, binding: &Binding, way: &Way) -> Found {
        self.follow_steps(binding, way, way.properties.len())
    }

    /// The things whose last property a path ends with.
    pub(crate) fn prefix(&self, binding: &Binding, way: &Way) -> Found {
        self.follow_steps(binding, way, way.properties.len().saturating_sub(1))
    }

    fn follow_steps(&self, binding: &Binding, way: &Way, steps: usize) -> Found {
        let mut members = self.start(binding, way.start);
        members.retain(|member| !self.state.is_deleted(*member));
        let mut found = Found {
            members,
            absent: Vec::new(),
            complete: true,
        };
        for property in way.properties.iter().take(steps) {
            let one = found.members.len() == 1 && found.complete;
            let mut next = Found {
                members: Vec::new(),
                absent: Vec::new(),
                complete: found.complete,
            };
            for member in &found.members {
                if self.view.is_literal(*member) && !self.is_key_literal(*member) {
                    continue;
                }
                self.reads.borrow_mut().insert((*member, *property));
                let cell = self.state.cell(self.view, *member, *property);
                next.members.extend_from_slice(&cell.members);
                next.complete &= cell.complete;
                if one {
                    next.absent.clone_from(&cell.absent);
                }
            }
            next.members.sort_unstable();
            next.members.dedup();
            found = next;
        }
        found
    }

    fn is_key_literal(&self, value: V) -> bool {
        matches!(&*self.view.thing(value), Thing::Known(Value::Literal(literal)) if self.view.world.is_class(&literal.datatype))
    }
}

/// Does it name an optional parameter that has no value?
pub(crate) fn is_left_out(binding: &Binding, variables: &[Start]) -> bool {
    variables.iter().any(|variable| match variable {
        Start::Parameter(at) => binding
            .inputs
            .get(*at)
            .is_none_or(|values| values.is_empty()),
        Start::Nothing => true,
        _ => false,
    })
}

/// A number as a value: an integer where it is one.
pub(crate) fn number_value(number: Decimal) -> Value {
    let number = number.normalize();
    let datatype = if number.is_integer() {
        samos_model::vocabulary::xsd::INTEGER
    } else {
        samos_model::vocabulary::xsd::DECIMAL
    };
    Value::Literal(samos_model::Literal::new(number.to_string(), datatype))
}

fn any(truths: impl Iterator<Item = Truth>) -> Truth {
    let mut found = Truth::False;
    for truth in truths {
        found = found.or(truth);
        if found == Truth::True {
            break;
        }
    }
    found
}
