//! The states that a search has met, each with what was worked out for it.

use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::tally::Tally;
use super::{Action, Key};
use crate::bound::Remaining;
use crate::state::State;
use crate::view::V;

/// The states met so far; what is worked out for one is kept, however many ways lead there.
pub(super) struct Space {
    numbers: FxHashMap<State, usize>,
    pub(super) known: Vec<Known>,
}

/// What is known of one state.
pub(super) struct Known {
    pub(super) state: State,
    /// The ways there that are followed, in order where what they took says all.
    pub(super) ways: Vec<Way>,
    /// The steps of those ways.
    pub(super) steps: FxHashSet<Rc<Vec<(usize, V)>>>,
    /// The bound, the last request of an orchestration not done and done.
    pub(super) remaining: [Option<Option<Rc<Remaining>>>; 2],
    /// What may follow: by the templates of its cuts, and by the others, each not done and done.
    successors: [[Option<Rc<[Successor]>>; 2]; 2],
}

/// A way to a state.
pub(super) struct Way {
    /// What it took.
    pub(super) key: Key,
    /// The same with all times, where these count.
    pub(super) tally: Option<Tally>,
}

impl Known {
    pub(super) fn slot(&mut self, first: bool, done: bool) -> &mut Option<Rc<[Successor]>> {
        let [others, cuts] = &mut self.successors;
        let [undone, last] = if first { cuts } else { others };
        if done { last } else { undone }
    }
}

/// One step that may follow a state, and the number of the state after it.
pub(super) struct Successor {
    pub(super) action: Rc<Action>,
    pub(super) to: usize,
}

impl Space {
    pub(super) fn new() -> Self {
        let mut space = Self {
            numbers: FxHashMap::default(),
            known: Vec::new(),
        };
        space.number(&State::default());
        space
    }

    pub(super) fn number(&mut self, state: &State) -> usize {
        if let Some(number) = self.numbers.get(state) {
            return *number;
        }
        let number = self.known.len();
        self.numbers.insert(state.clone(), number);
        self.known.push(Known {
            state: state.clone(),
            ways: Vec::new(),
            steps: FxHashSet::default(),
            remaining: [None, None],
            successors: [[None, None], [None, None]],
        });
        number
    }
}
