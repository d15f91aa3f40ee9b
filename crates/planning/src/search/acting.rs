//! One request carried out in a hypothetical state.

use std::rc::Rc;

use super::{Action, Path, Search};
use crate::compiled::Compiled;
use crate::effects::{Applied, Write, apply, take_found};
use crate::evaluation::{Binding, Evaluator};
use crate::judging::{Judged, Leave, judge, wish_readings};
use crate::state::State;

/// Of so many outcomes that may find something, all choices are tried.
const MOST_CHOSEN: usize = 3;

impl Search<'_, '_, '_> {
    /// Which outcomes that read what nobody knows to be there may be taken to find something: none, and each choice among
    /// those that something in the slice could use; of many only single ones and all.
    pub(super) fn choices(
        &self,
        state: &State,
        operation: &Compiled,
        binding: &Binding,
    ) -> Vec<Vec<usize>> {
        let mut choices = vec![Vec::new()];
        if !self.question.assume {
            return choices;
        }
        let evaluator = Evaluator::new(self.view, state, binding);
        let reading = operation.outputs.iter().enumerate();
        let open = reading.filter(|(at, output)| {
            self.candidates.obtains(operation.index, *at)
                && output.reads.as_ref().is_some_and(|(way, _)| {
                    let found = evaluator.follow(binding, way);
                    !found.complete && found.members.is_empty()
                })
        });
        let open: Vec<usize> = open.map(|(at, _)| at).collect();
        if open.len() <= MOST_CHOSEN {
            let chosen = |set: u32| {
                let each = open.iter().enumerate();
                let each = each.filter(move |(at, _)| set >> at & 1 == 1);
                each.map(|(_, place)| *place).collect()
            };
            choices.extend((1..1_u32 << open.len()).map(chosen));
        } else {
            choices.extend(open.iter().map(|place| vec![*place]));
            choices.push(open);
        }
        choices
    }

    /// The plan without a step, all that is asked and does not hold now being wished for.
    pub(crate) fn wished_at_once(&self) -> Option<Path> {
        let (wants, wished_goals) = self.reaches(&State::default(), None)?;
        Some(Path {
            actions: Vec::new(),
            wants,
            wished_goals,
        })
    }

    /// Carries out a request in a hypothetical state, taking for granted what may be, and that the outcomes at those places
    /// find something.
    pub(crate) fn act(
        &self,
        state: &State,
        operation: &Rc<Compiled>,
        binding: &Binding,
        taken: &[usize],
    ) -> Option<Action> {
        let judged = judge(
            self.view,
            state,
            operation,
            binding,
            Leave {
                assume: self.question.assume,
                wait: self.question.wait,
                wish: self.question.wishes > 0,
            },
        )?;
        let Judged {
            mut assumed,
            assumptions,
            unknowns,
            waits,
            wished,
            mut reads,
            writes: mut first_writes,
        } = judged;
        let inputs = binding.inputs.iter().flat_map(|values| values.iter());
        for value in binding.subject.iter().chain(inputs) {
            assumed.use_up(*value);
        }
        let mut found = Vec::new();
        for output in taken {
            let current = assumed.clone();
            if let Some((with_it, more)) =
                take_found(self.view, &current, operation, binding, *output)
            {
                assumed = with_it;
                first_writes.extend(more);
                found.push(*output);
            }
        }
        let wished_readings = if self.question.wishes > 0 {
            wish_readings(self.view, &mut assumed, operation, binding)
        } else {
            Vec::new()
        };
        let Applied {
            state: mut after,
            binding,
            mut writes,
            reads: more,
            deleted,
            ..
        } = apply(self.view, &assumed, operation, binding, &found)?;
        reads.extend(more);
        // What is changed once is changed, whatever the effects add to it.
        for (cell, write) in std::mem::take(&mut first_writes) {
            let slot = writes.entry(cell).or_insert(write);
            if write == Write::Changed {
                *slot = write;
            }
        }
        let outputs = found
            .iter()
            .filter_map(|output| binding.outputs.get(*output));
        for value in outputs.flat_map(|values| values.iter()) {
            after.owe(*value);
        }
        if let Some(link) = &self.question.link
            && link.producer.0 == operation.index
            && binding.subject == Some(link.producer.1)
            && let Some(values) = binding.outputs.get(link.producer.2)
        {
            let produced = Rc::make_mut(&mut after.produced);
            produced.extend(values.iter().copied());
        }
        Some(Action {
            operation: Rc::clone(operation),
            binding,
            before: state.clone(),
            assumed,
            after,
            reads,
            writes,
            deleted,
            assumptions,
            unknowns,
            waits,
            found,
            wished,
            wished_readings,
        })
    }
}
