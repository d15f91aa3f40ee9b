//! As much of a relaxed plan as can be carried out at once.
//!
//! In: a state, and a relaxed plan from there. Out: the state that it leads to, and the actions taken. An action that
//! would spoil another which is possible now comes after it; where none is possible any more, one that brings the same
//! stands in for one that is not. Whether the state is worth anything is for the search to say.

use rustc_hash::{FxHashMap, FxHashSet};

use super::task::{Action, Bits, Fact, Task, holds};

/// What is needed for leaps, made once.
pub(super) struct Leaper<'t> {
    task: &'t Task,
    /// By fact: the actions that make it true.
    makers: Vec<Vec<u32>>,
}

impl<'t> Leaper<'t> {
    pub(super) fn new(task: &'t Task) -> Self {
        let mut makers: Vec<Vec<u32>> = vec![Vec::new(); task.facts];
        for (action, at) in task.actions.iter().zip(0..) {
            for fact in made(action) {
                if let Some(list) = makers.get_mut(fact as usize) {
                    list.push(at);
                }
            }
        }
        Self { task, makers }
    }

    /// The state that as much of a relaxed plan leads to as can be carried out, and the actions taken.
    pub(super) fn leap(&self, from: &[u64], way: &[u32], goal: &[Fact]) -> (Bits, Vec<u32>) {
        let mut state: Bits = from.into();
        let mut taken: Vec<u32> = Vec::new();
        let mut open: Vec<u32> = way.to_vec();
        while !open.is_empty() {
            let before = taken.len();
            self.take_possible(&mut state, &mut open, &mut taken);
            if taken.len() > before {
                continue;
            }
            let Some((place, instead)) = self.stand_in(&state, &open, goal) else {
                break;
            };
            open.remove(place);
            if let Some(action) = self.action(instead) {
                self.task.carry_out(&mut state, action);
            }
            taken.push(instead);
        }
        (state, taken)
    }

    fn action(&self, at: u32) -> Option<&'t Action> {
        self.task.actions.get(at as usize)
    }

    /// Takes the actions that are possible and spoil no other one that is; where there are none such, one that does.
    fn take_possible(&self, state: &mut Bits, open: &mut Vec<u32>, taken: &mut Vec<u32>) {
        let mut needed: FxHashMap<Fact, u32> = FxHashMap::default();
        let mut possible: Vec<u32> = Vec::new();
        for at in open.iter() {
            if let Some(action) = self.action(*at).filter(|it| self.task.allows(state, it)) {
                possible.push(*at);
                for fact in &action.needs {
                    *needed.entry(*fact).or_default() += 1;
                }
            }
        }
        let mut done: FxHashSet<u32> = FxHashSet::default();
        let mut carry_out = |at: u32, action: &Action, state: &mut Bits| {
            self.task.carry_out(state, action);
            taken.push(at);
            done.insert(at);
        };
        let (mut spoiling, mut takes_any) = (None, false);
        for at in &possible {
            let Some(action) = self.action(*at) else {
                continue;
            };
            let spoils = gone(action).any(|fact| {
                let own = u32::from(action.needs.contains(&fact));
                needed.get(&fact).is_some_and(|count| *count > own)
            });
            if spoils {
                spoiling = spoiling.or(Some((*at, action)));
            } else if self.task.allows(state, action) {
                carry_out(*at, action, state);
                takes_any = true;
                for fact in &action.needs {
                    if let Some(count) = needed.get_mut(fact) {
                        *count = count.saturating_sub(1);
                    }
                }
            }
        }
        if let Some((at, action)) = spoiling.filter(|_| !takes_any) {
            carry_out(at, action, state);
        }
        open.retain(|at| !done.contains(at));
    }

    /// The place of an action that is not possible, and another one that is and brings what is needed of the first.
    fn stand_in(&self, state: &[u64], open: &[u32], goal: &[Fact]) -> Option<(usize, u32)> {
        let needs = open.iter().filter_map(|at| self.action(*at));
        let mut wanted: FxHashSet<Fact> = needs.flat_map(|it| it.needs.iter().copied()).collect();
        wanted.extend(goal);
        wanted.retain(|fact| !holds(state, *fact));
        open.iter().enumerate().find_map(|(place, at)| {
            let mut missing = made(self.action(*at)?).filter(|fact| wanted.contains(fact));
            let instead = missing.find_map(|fact| {
                let mut makers = self.makers.get(fact as usize)?.iter();
                makers.find(|other| {
                    self.action(**other)
                        .is_some_and(|other| self.task.allows(state, other))
                })
            })?;
            Some((place, *instead))
        })
    }
}

/// What an action makes true.
fn made(action: &Action) -> impl Iterator<Item = Fact> + '_ {
    let makes = action.makes.iter().filter(|(_, truth)| *truth);
    action
        .adds
        .iter()
        .copied()
        .chain(makes.map(|(fact, _)| *fact))
}

/// What an action makes false.
fn gone(action: &Action) -> impl Iterator<Item = Fact> + '_ {
    let makes = action.makes.iter().filter(|(_, truth)| !*truth);
    action
        .removes
        .iter()
        .copied()
        .chain(makes.map(|(fact, _)| *fact))
}

#[cfg(test)]
mod tests {
    use super::super::relaxed::Relaxed;
    use super::*;

    /// A lorry at one place of three; two parcels there, each to go to one of the others.
    fn two_parcels() -> Task {
        let mut task = Task::new(9, vec![5, 8]);
        for fact in [0, 3, 6] {
            task.start(fact);
        }
        let mut action = |needs: &[Fact], adds: Fact, removes: Fact| {
            task.push(Action {
                needs: needs.to_vec(),
                adds: vec![adds],
                removes: vec![removes],
                ..Action::default()
            });
        };
        for (from, to) in [(0, 1), (0, 2), (1, 2), (2, 1), (1, 0), (2, 0)] {
            action(&[from], to, from);
        }
        for (there, lies, aboard) in [(0, 3, 4), (0, 6, 7)] {
            action(&[there, lies], aboard, lies);
        }
        for (there, aboard, lies) in [(1, 4, 5), (2, 7, 8)] {
            action(&[there, aboard], lies, aboard);
        }
        task.finish();
        task
    }

    #[test]
    fn what_spoils_comes_last_and_others_stand_in() {
        let task = two_parcels();
        let mut relaxed = Relaxed::new(&task, false);
        let estimate = relaxed.estimate(&task.initial, &task.goal).unwrap();
        let leaper = Leaper::new(&task);
        let (end, taken) = leaper.leap(&task.initial, &estimate.way, &task.goal);
        assert!(task.is_goal(&end), "{taken:?}");
        assert_eq!(taken.len(), 6, "{taken:?}");
        let mut state = task.initial.clone();
        for at in taken {
            let action = task.actions.get(at as usize).unwrap();
            assert!(task.allows(&state, action));
            task.carry_out(&mut state, action);
        }
        assert_eq!(state, end);
    }
}
