//! A precondition, judged in a hypothetical state: waited for, taken for granted, or wished away where it does not hold.
//!
//! In: a state, a request, and what may be done about conditions that do not hold. Out: the state the request would act
//! in, and what was taken on the way. Not here: what the request changes.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::Truth;

use crate::compiled::Compiled;
use crate::effects::{Writes, assume};
use crate::evaluation::{Binding, Evaluator};
use crate::state::State;
use crate::view::{Cell, Origin, P, Symbol, V, View};
use crate::waiting::{Wait, wait};

/// A precondition, judged.
pub(crate) struct Judged {
    /// The state with what is taken for granted.
    pub(crate) assumed: State,
    /// Places of the clauses taken for granted.
    pub(crate) assumptions: Vec<usize>,
    /// How many of those are about what nobody has looked at.
    pub(crate) unknowns: usize,
    /// The states waited for.
    pub(crate) waits: Vec<Wait>,
    /// Places of the false clauses that were wished away.
    pub(crate) wished: Vec<usize>,
    /// The cells looked at.
    pub(crate) reads: BTreeSet<(V, P)>,
    /// The cells that are otherwise for what is waited for or taken for granted.
    pub(crate) writes: Writes,
}

/// What may be done about conditions that do not hold.
#[derive(Clone, Copy, Default)]
pub(crate) struct Leave {
    /// Take unknown ones for granted.
    pub(crate) assume: bool,
    /// Wait for false ones that pass.
    pub(crate) wait: bool,
    /// Wish away the others.
    pub(crate) wish: bool,
}

/// Judges a precondition clause by clause; `None` when it does not hold and may not be taken for granted.
pub(crate) fn judge(
    view: &View<'_>,
    state: &State,
    operation: &Compiled,
    binding: &Binding,
    leave: Leave,
) -> Option<Judged> {
    let mut judged = Judged {
        assumed: state.clone(),
        assumptions: Vec::new(),
        unknowns: 0,
        waits: Vec::new(),
        wished: Vec::new(),
        reads: BTreeSet::new(),
        writes: BTreeMap::new(),
    };
    if leave.wait {
        let waited = wait(view, state, operation, binding);
        judged.assumed = waited.state;
        judged.waits = waited.waits;
        judged.reads = waited.reads;
        judged.writes = waited.writes;
    }
    for (at, clause) in operation.clauses.iter().enumerate() {
        let current = judged.assumed.clone();
        let evaluator = Evaluator::new(view, &current, binding);
        let truth = evaluator.top(Some(operation), clause);
        let about_the_unknown = evaluator.met_the_unknown();
        judged.reads.extend(evaluator.reads.into_inner());
        match truth {
            Truth::True => {}
            Truth::Unknown if leave.assume => {
                let (assumed, writes) = assume(view, &current, operation, binding, clause);
                judged.assumed = assumed;
                judged.writes.extend(writes);
                judged.assumptions.push(at);
                judged.unknowns += usize::from(about_the_unknown);
            }
            _ if leave.wish => judged.wished.push(at),
            _ => return None,
        }
    }
    Some(judged)
}

/// Puts something where an operation would read nothing, as somebody might wish; the places of those outcomes.
pub(crate) fn wish_readings(
    view: &View<'_>,
    state: &mut State,
    operation: &Compiled,
    binding: &Binding,
) -> Vec<usize> {
    let mut wished = Vec::new();
    for (at, output) in operation.outputs.iter().enumerate() {
        let Some((way, _)) = &output.reads else {
            continue;
        };
        let current = state.clone();
        let evaluator = Evaluator::new(view, &current, binding);
        let (found, prefix) = (
            evaluator.follow(binding, way),
            evaluator.prefix(binding, way),
        );
        if let (true, true, [thing], Some(property)) = (
            found.complete,
            found.members.is_empty(),
            prefix.members.as_slice(),
            way.properties.last(),
        ) {
            let origin = Origin::Cell(*thing, *property);
            let symbol = view.symbol(Symbol {
                origin,
                nth: 0,
                of_type: output.of_type,
                home: binding.subject,
            });
            state.put(view, *thing, *property, Cell::known(vec![symbol]));
            wished.push(at);
        }
    }
    wished
}
