//! A planning task over numbered facts, and its states as bits.

use std::rc::Rc;

use rustc_hash::FxHashSet;

use crate::compiled::Compiled;
use crate::evaluation::Binding;

/// A fact's number.
pub(super) type Fact = u32;

/// One action over facts.
#[derive(Clone, Debug, Default)]
pub(super) struct Action {
    pub(super) needs: Vec<Fact>,
    pub(super) adds: Vec<Fact>,
    pub(super) removes: Vec<Fact>,
    /// Facts that something is lacking, and what they become.
    pub(super) makes: Vec<(Fact, bool)>,
    /// Facts about whole cells that may change.
    pub(super) watched: Vec<Fact>,
    /// Those of them that the action may make true.
    pub(super) may_make: Vec<Fact>,
    pub(super) cost: u32,
    pub(super) instance: u32,
}

impl Action {
    /// What is added is not removed.
    pub(super) fn tidy(&mut self) {
        for list in [&mut self.adds, &mut self.removes] {
            list.sort_unstable();
            list.dedup();
        }
        let adds = &self.adds;
        self.removes
            .retain(|fact| adds.binary_search(fact).is_err());
    }
}

/// A state.
pub(super) type Bits = Box<[u64]>;

/// Is the fact there?
pub(super) fn holds(state: &[u64], fact: Fact) -> bool {
    state
        .get(fact as usize / 64)
        .is_some_and(|word| word >> (fact % 64) & 1 == 1)
}

fn put(state: &mut [u64], fact: Fact, truth: bool) {
    if let Some(word) = state.get_mut(fact as usize / 64) {
        let bit = 1 << (fact % 64);
        if truth { *word |= bit } else { *word &= !bit }
    }
}

/// The task.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) facts: usize,
    pub(super) actions: Vec<Action>,
    pub(super) goal: Vec<Fact>,
    pub(super) initial: Bits,
    /// What each instance asks for.
    pub(super) bindings: Vec<Option<(Rc<Compiled>, Binding)>>,
    /// Facts about whole cells: is it that one of these holds, or that none does?
    cells: Vec<Option<(bool, Vec<Fact>)>>,
    /// By fact: a fact that stands for its cell, where no two facts of that hold at once.
    singles: Vec<Option<Fact>>,
    /// By fact: the actions that need it.
    pub(super) needed_by: Vec<Vec<u32>>,
}

/// A piece of a task, as a task of its own.
pub(super) struct Part {
    pub(super) task: Task,
    /// What its actions are called in the whole.
    pub(super) numbers: Vec<u32>,
}

impl Task {
    pub(super) fn new(facts: usize, goal: Vec<Fact>) -> Self {
        Self {
            facts,
            actions: Vec::new(),
            goal,
            initial: vec![0; facts.div_ceil(64)].into_boxed_slice(),
            bindings: Vec::new(),
            cells: vec![None; facts],
            singles: vec![None; facts],
            needed_by: Vec::new(),
        }
    }

    pub(super) fn start(&mut self, fact: Fact) {
        put(&mut self.initial, fact, true);
    }

    pub(super) fn watch(&mut self, fact: Fact, wanted: bool, cell: Vec<Fact>) {
        if let Some(slot) = self.cells.get_mut(fact as usize) {
            slot.get_or_insert((wanted, cell));
        }
    }

    /// No two of these hold at once.
    pub(super) fn exclude(&mut self, facts: &[Fact]) {
        for fact in facts {
            if let Some(slot) = self.singles.get_mut(*fact as usize) {
                *slot = facts.first().copied();
            }
        }
    }

    /// A fact that stands for the cell of this one, where no two facts of that hold at once.
    pub(super) fn single_cell(&self, fact: Fact) -> Option<Fact> {
        self.singles.get(fact as usize).copied().flatten()
    }

    pub(super) fn push(&mut self, action: Action) {
        self.actions.push(action);
    }

    pub(super) fn finish(&mut self) {
        self.needed_by = vec![Vec::new(); self.facts];
        for (at, action) in self.actions.iter().enumerate() {
            for fact in &action.needs {
                if let (Some(list), Ok(at)) =
                    (self.needed_by.get_mut(*fact as usize), u32::try_from(at))
                {
                    list.push(at);
                }
            }
        }
    }

    /// May the action be carried out?
    pub(super) fn allows(&self, state: &[u64], action: &Action) -> bool {
        action.needs.iter().all(|fact| holds(state, *fact))
    }

    pub(super) fn is_goal(&self, state: &[u64]) -> bool {
        self.goal.iter().all(|fact| holds(state, *fact))
    }

    /// The state after an action.
    pub(super) fn after(&self, state: &[u64], action: &Action) -> Bits {
        let mut next: Bits = state.into();
        self.carry_out(&mut next, action);
        next
    }

    /// Makes the state the one after an action.
    pub(super) fn carry_out(&self, state: &mut [u64], action: &Action) {
        for fact in &action.removes {
            put(state, *fact, false);
        }
        for fact in &action.adds {
            put(state, *fact, true);
        }
        for (fact, truth) in &action.makes {
            put(state, *fact, *truth);
        }
        for fact in &action.watched {
            if let Some(Some((wanted, cell))) = self.cells.get(*fact as usize) {
                let some = cell.iter().any(|one| holds(state, *one));
                put(state, *fact, some == *wanted);
            }
        }
    }

    /// Some of the actions from a state on, over the facts that they touch: to one fact, and back to those reached.
    pub(super) fn part(
        &self,
        kept: &[u32],
        state: &[u64],
        next: Fact,
        reached: &FxHashSet<Fact>,
    ) -> Part {
        let actions: Vec<&Action> = kept
            .iter()
            .filter_map(|number| self.actions.get(*number as usize))
            .collect();
        let mut new: Vec<Fact> = vec![Fact::MAX; self.facts];
        let mut old: Vec<Fact> = Vec::new();
        let mut number = |fact: Fact, old: &mut Vec<Fact>| match new.get_mut(fact as usize) {
            Some(number) => {
                if *number == Fact::MAX {
                    *number = Fact::try_from(old.len()).unwrap_or(Fact::MAX);
                    old.push(fact);
                }
                *number
            }
            None => Fact::MAX,
        };
        let goal = number(next, &mut old);
        let mut renamed = Vec::with_capacity(actions.len());
        for action in actions {
            let mut all = |facts: &[Fact]| -> Vec<Fact> {
                facts.iter().map(|fact| number(*fact, &mut old)).collect()
            };
            renamed.push(Action {
                needs: all(&action.needs),
                adds: all(&action.adds),
                removes: all(&action.removes),
                watched: all(&action.watched),
                may_make: all(&action.may_make),
                makes: action
                    .makes
                    .iter()
                    .map(|(fact, truth)| (number(*fact, &mut old), *truth))
                    .collect(),
                cost: action.cost,
                instance: action.instance,
            });
        }
        let touched = old.len();
        let mut cells: Vec<Option<(bool, Vec<Fact>)>> = Vec::new();
        for at in 0..touched {
            let cell = old
                .get(at)
                .and_then(|fact| self.cells.get(*fact as usize)?.as_ref());
            cells.push(cell.map(|(wanted, cell)| {
                (
                    *wanted,
                    cell.iter().map(|fact| number(*fact, &mut old)).collect(),
                )
            }));
        }
        let mut task = Self::new(old.len(), vec![goal]);
        for (fact, at) in old.iter().zip(0..) {
            if holds(state, *fact) {
                task.start(at);
            }
            if reached.contains(fact) {
                task.goal.push(at);
            }
        }
        cells.resize(old.len(), None);
        task.cells = cells;
        task.actions = renamed;
        task.finish();
        Part {
            task,
            numbers: kept.to_vec(),
        }
    }

    /// The same plan without what it can do without.
    pub(super) fn trimmed(&self, mut plan: Vec<u32>) -> Vec<u32> {
        let mut at = 0;
        let mut state = self.initial.clone();
        while let Some(first) = plan.get(at).copied() {
            // Leave it out, and all that then cannot be done.
            let mut kept: Vec<u32> = Vec::with_capacity(plan.len());
            let mut trial = state.clone();
            for one in plan.iter().skip(at + 1) {
                if let Some(action) = self.actions.get(*one as usize)
                    && self.allows(&trial, action)
                {
                    self.carry_out(&mut trial, action);
                    kept.push(*one);
                }
            }
            if self.is_goal(&trial) {
                plan.truncate(at);
                plan.extend(kept);
                continue;
            }
            if let Some(action) = self.actions.get(first as usize) {
                self.carry_out(&mut state, action);
            }
            at += 1;
        }
        plan
    }
}
