//! What was reached, written down as a task: facts get numbers, instances become actions.
//!
//! In: what the joins of a [`Grounding`] reached. Out: a task; none where the goal is out of reach.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::super::lifted::{Deed, Given, Need, Rule};
use super::super::task::{Action, Fact, Task};
use super::{Bound, Costs, Grounding, Instance};
use crate::compiled::Compiled;
use crate::evaluation::Binding;
use crate::view::{P, V};

/// What a number stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
enum Key {
    Has(V, P, V),
    Lacks(V, P, V),
    Some(V, P),
    Empty(V, P),
}

/// Facts by what they say.
#[derive(Default)]
struct Numbers {
    numbers: FxHashMap<Key, Fact>,
    keys: Vec<Key>,
}

impl Numbers {
    fn of(&mut self, key: Key) -> Fact {
        *self.numbers.entry(key).or_insert_with(|| {
            self.keys.push(key);
            u32::try_from(self.keys.len() - 1).unwrap_or(u32::MAX)
        })
    }

    fn find(&self, key: Key) -> Option<Fact> {
        self.numbers.get(&key).copied()
    }
}

/// The facts of each cell.
type Cells = FxHashMap<(V, P), Vec<Fact>>;

impl Grounding<'_, '_> {
    /// Numbers facts and writes the actions down.
    pub(super) fn task(self, goals: &[Rule], costs: &Costs<'_>) -> Option<(Task, Vec<Instance>)> {
        let mut numbers = Numbers::default();
        // Every fact of a property that changes, in the order of what they say.
        for (owner, property, value) in self.reached_in_order() {
            if self.changed.contains(&property) {
                numbers.of(Key::Has(owner, property, value));
            }
        }
        let mut needs: Vec<Vec<Fact>> = Vec::new();
        for instance in &self.instances {
            needs.push(self.needs(instance, &mut numbers)?);
        }
        let goal = goals
            .iter()
            .find_map(|goal| self.goal(goal, &mut numbers))?;
        let mut cells = Cells::default();
        for (at, key) in numbers.keys.iter().enumerate() {
            if let Key::Has(owner, property, _) = key {
                let cell = cells.entry((*owner, *property)).or_default();
                cell.push(u32::try_from(at).ok()?);
            }
        }
        let mut task = Task::new(numbers.keys.len(), goal);
        for ((owner, property), facts) in &cells {
            if self.view.schema(*property).functional {
                let empty = numbers.find(Key::Empty(*owner, *property));
                let all: Vec<Fact> = facts.iter().copied().chain(empty).collect();
                task.exclude(&all);
            }
        }
        for (at, key) in numbers.keys.iter().enumerate() {
            if self.holds_now(key) {
                task.start(u32::try_from(at).ok()?);
            }
        }
        for (number, (instance, needs)) in self.instances.iter().zip(needs).enumerate() {
            let rule = self.rules.get(instance.rule)?;
            let action = Action {
                needs,
                cost: costs(&rule.operation),
                instance: u32::try_from(number).ok()?,
                ..Action::default()
            };
            self.act(rule, instance, action, &numbers, &cells, &mut task)?;
        }
        let bindings = self.instances.iter();
        task.bindings = bindings.map(|instance| self.binding(instance)).collect();
        task.finish();
        Some((task, self.instances))
    }

    fn needs(&self, instance: &Instance, numbers: &mut Numbers) -> Option<Vec<Fact>> {
        let rule = self.rules.get(instance.rule)?;
        let bound: Bound = instance.values.iter().copied().map(Some).collect();
        let mut all: Vec<Fact> = Vec::new();
        for need in &rule.needs {
            let key = self.key(need, &bound)?;
            if self.is_changing(&key) {
                all.push(numbers.of(key));
            }
        }
        all.sort_unstable();
        all.dedup();
        Some(all)
    }

    fn holds_now(&self, key: &Key) -> bool {
        let cell = |owner: &V, property: &P| self.within.now.cell(self.view, *owner, *property);
        match key {
            Key::Has(owner, property, value) => self.initial.contains(&(*owner, *property, *value)),
            Key::Lacks(owner, property, value) => self.lacks_now(*owner, *property, *value),
            Key::Some(owner, property) => !cell(owner, property).members.is_empty(),
            Key::Empty(owner, property) => {
                let cell = cell(owner, property);
                cell.complete && cell.members.is_empty()
            }
        }
    }

    /// Adds what an instance adds and takes away to its action, and the action to the task.
    fn act(
        &self,
        rule: &Rule,
        instance: &Instance,
        mut action: Action,
        numbers: &Numbers,
        cells: &Cells,
        task: &mut Task,
    ) -> Option<()> {
        let bound: Bound = instance.values.iter().copied().map(Some).collect();
        let mut touched: Vec<(V, P)> = Vec::new();
        for deed in &rule.deeds {
            let (Deed::Set(owner, property, _)
            | Deed::Add(owner, property, _)
            | Deed::Remove(owner, property, _)
            | Deed::Clear(owner, property)) = deed;
            let owner = self.resolve(*owner, &bound)?;
            touched.push((owner, *property));
            let all = cells.get(&(owner, *property)).into_iter().flatten();
            let has = |value| Some(Key::Has(owner, *property, self.resolve(value, &bound)?));
            match deed {
                Deed::Set(.., value) | Deed::Add(.., value) => {
                    let functional = self.view.schema(*property).functional;
                    if matches!(deed, Deed::Set(..)) || functional {
                        action.removes.extend(all);
                    }
                    action.adds.extend(numbers.find(has(*value)?));
                }
                Deed::Remove(.., value) => action.removes.extend(numbers.find(has(*value)?)),
                Deed::Clear(..) => action.removes.extend(all),
            }
        }
        action.tidy();
        let sides = [(&action.removes, true), (&action.adds, false)];
        for (facts, makes) in sides {
            for fact in facts {
                if let Some(Key::Has(owner, property, value)) = numbers.keys.get(*fact as usize)
                    && let Some(lacks) = numbers.find(Key::Lacks(*owner, *property, *value))
                {
                    action.makes.push((lacks, makes));
                }
            }
        }
        touched.sort_unstable();
        touched.dedup();
        for (owner, property) in touched {
            for (key, wanted) in [
                (Key::Some(owner, property), true),
                (Key::Empty(owner, property), false),
            ] {
                let Some(fact) = numbers.find(key) else {
                    continue;
                };
                let cell = cells.get(&(owner, property)).cloned().unwrap_or_default();
                let adds = cell.iter().any(|one| action.adds.contains(one));
                task.watch(fact, wanted, cell);
                action.watched.push(fact);
                if adds == wanted {
                    action.may_make.push(fact);
                }
            }
        }
        if !action.adds.is_empty() || !action.removes.is_empty() {
            task.push(action);
        }
        Some(())
    }

    fn key(&self, need: &Need, bound: &Bound) -> Option<Key> {
        Some(match need {
            Need::Has(owner, p, value) => Key::Has(
                self.resolve(*owner, bound)?,
                *p,
                self.resolve(*value, bound)?,
            ),
            Need::Lacks(owner, p, value) => Key::Lacks(
                self.resolve(*owner, bound)?,
                *p,
                self.resolve(*value, bound)?,
            ),
            Need::Some(owner, p) => Key::Some(self.resolve(*owner, bound)?, *p),
            Need::Empty(owner, p) => Key::Empty(self.resolve(*owner, bound)?, *p),
        })
    }

    fn reached_in_order(&self) -> Vec<(V, P, V)> {
        let mut found: Vec<(V, P, V)> = self.has.iter().copied().collect();
        found.sort_unstable();
        found
    }

    fn is_changing(&self, key: &Key) -> bool {
        let (Key::Has(_, p, _) | Key::Lacks(_, p, _) | Key::Some(_, p) | Key::Empty(_, p)) = key;
        self.changed.contains(p)
    }

    /// The goal's facts; none where it cannot hold.
    fn goal(&self, rule: &Rule, numbers: &mut Numbers) -> Option<Vec<Fact>> {
        let bound: Bound = vec![None; rule.variables.len()];
        if !rule.variables.is_empty() || !rule.tests.iter().all(|test| self.passes(test, &bound)) {
            return None;
        }
        let mut facts = Vec::new();
        for need in &rule.needs {
            let key = self.key(need, &bound)?;
            if self.is_changing(&key) {
                if let Key::Has(owner, property, value) = key
                    && !self.has.contains(&(owner, property, value))
                {
                    return None;
                }
                facts.push(numbers.of(key));
                continue;
            }
            let holds = match key {
                Key::Has(owner, property, value) => self.has.contains(&(owner, property, value)),
                other => self.holds_now(&other),
            };
            if !holds {
                return None;
            }
        }
        facts.sort_unstable();
        facts.dedup();
        Some(facts)
    }

    fn binding(&self, instance: &Instance) -> Option<(Rc<Compiled>, Binding)> {
        let rule = self.rules.get(instance.rule)?;
        let inputs = rule.inputs.iter().map(|given| match given {
            Given::Variable(variable) => instance.values.get(*variable).copied(),
            Given::Default(value) => Some(*value),
            Given::Nothing => None,
        });
        let inputs = inputs.map(|value| Rc::from(value.as_slice())).collect();
        let binding = Binding {
            subject: instance.values.first().copied(),
            inputs,
            ..Binding::default()
        };
        Some((Rc::clone(&rule.operation), binding))
    }
}
