//! What every plan for a goal must pass, and why an operation is in none.
//!
//! In: a goal, and perhaps an operation. Out: landmarks in the order in which they can come to be, and the first thing that
//! keeps the operation out. Not here: plans, and why their steps are there; that they say themselves.

use samos_model::plan::{GoalExplanation, Must, WhyNot};
use samos_model::{Goal, Iri, Limits, Plan, World};

use super::{Asked, plan};
use crate::bound::{Bound, Landmark};
use crate::candidates::Candidates;
use crate::catalogue::Catalogue;
use crate::compiled::compile_goal;
use crate::slice::{Filter, Slice, Slicer, Target, Template, Test};
use crate::state::State;
use crate::view::View;
use crate::words;

/// Plans among which one with the operation is looked for.
const CHOICE: usize = 32;

/// What every plan for the goal must pass; with an operation, why it is in none, or what a plan with it would take.
#[must_use = "explaining has no other effect"]
pub fn explain(
    world: &dyn World,
    goal: &Goal,
    operation: Option<&Iri>,
    limits: &Limits,
) -> GoalExplanation {
    let view = View::new(world);
    let catalogue = Catalogue::new(&view, None);
    let asked = Asked::new(&view, goal);
    let names: Vec<_> = goal.wants.iter().map(|want| want.name.clone()).collect();
    let clauses = compile_goal(&view, &goal.condition, &names);
    let mut slicer = Slicer::new(&catalogue);
    slicer.goal(&clauses, &asked.wants, goal.new);
    let slice = slicer.finish();
    let candidates = Candidates::new(&catalogue, &slice, asked.given.clone(), false);
    let bound = Bound::new(&catalogue, &slice, &clauses, goal.assume, None);
    let naming = Naming {
        view: &view,
        slice: &slice,
        goal,
    };
    let state = State::default();
    let name = |owner: Option<usize>, test: &Test| naming.test(owner, test);
    let landmarks = bound.landmarks(&state, &candidates, &name);
    let musts = landmarks
        .iter()
        .flatten()
        .filter_map(|landmark| match landmark {
            Landmark::Fact(owner, test) => Some(Must::Fact {
                text: naming.test(*owner, test)?,
            }),
            Landmark::Request(template) => {
                let template = slice.templates.get(*template)?;
                let specified = world.operations().get(template.operation)?;
                Some(Must::Operation {
                    operation: specified.iri.clone(),
                    text: naming.request(template)?,
                })
            }
        });
    let mut must: Vec<Must> = Vec::new();
    for one in musts {
        if !must.contains(&one) {
            must.push(one);
        }
    }
    let why_not = operation.map(|operation| {
        let templates: Vec<usize> = (0..slice.templates.len())
            .filter(|at| {
                let template = slice.templates.get(*at);
                let specified = template.and_then(|one| world.operations().get(one.operation));
                specified.is_some_and(|specified| specified.iri == *operation)
            })
            .collect();
        let never = bound.never_met(&state, &candidates, &templates);
        let never = never.and_then(|(template, test)| naming.test(Some(template), test));
        why_not(world, goal, operation, templates.is_empty(), never, limits)
    });
    GoalExplanation {
        complete: landmarks.is_some(),
        must,
        why_not,
    }
}

/// The first thing that keeps an operation out of the best plan.
fn why_not(
    world: &dyn World,
    goal: &Goal,
    operation: &Iri,
    is_needless: bool,
    never: Option<String>,
    limits: &Limits,
) -> WhyNot {
    let name = world.compact(operation);
    let answer = |is_in_best: bool, text: String| WhyNot {
        operation: operation.clone(),
        is_in_best,
        text,
    };
    if is_needless {
        return answer(
            false,
            format!("nothing that `{name}` makes or gives is of use for the goal"),
        );
    }
    if let Some(never) = never {
        return answer(
            false,
            format!("`{name}` can never be carried out here: nothing leads to {never}"),
        );
    }
    let uses = |plan: &Plan| {
        plan.steps
            .iter()
            .find(|step| step.operation == *operation)
            .map(|step| step.id)
    };
    let best = plan(world, goal, limits);
    let Some(first) = best.plans.first() else {
        return answer(false, "no plan was found at all".to_owned());
    };
    if let Some(step) = uses(first) {
        return answer(true, format!("`{name}` is step {step} of the best plan"));
    }
    let many = Goal {
        alternatives: CHOICE.max(goal.alternatives),
        ..goal.clone()
    };
    let others = plan(world, &many, limits);
    let with_it = others.plans.iter().find(|plan| uses(plan).is_some());
    answer(
        false,
        match with_it {
            Some(with_it) => format!(
                "a plan with `{name}` takes {} steps and {} changes, the best {} and {}",
                with_it.cost.operations,
                with_it.cost.manipulations,
                first.cost.operations,
                first.cost.manipulations
            ),
            None => format!(
                "the goal is reached without `{name}`, and no other plan found has a use for it ({} looked through)",
                others.plans.len()
            ),
        },
    )
}

/// What the needs of a slice are called.
struct Naming<'a, 'w> {
    view: &'a View<'w>,
    slice: &'a Slice,
    goal: &'a Goal,
}

impl Naming<'_, '_> {
    fn subject(&self, template: &Template) -> Option<String> {
        template.subject.iter().find_map(|filter| match filter {
            Filter::Target(Target::These(things, false)) if things.len() == 1 => {
                things.first().map(|thing| self.view.words(*thing))
            }
            _ => None,
        })
    }

    fn request(&self, template: &Template) -> Option<String> {
        let specified = self.view.world.operations().get(template.operation)?;
        let name = self.view.world.compact(&specified.iri);
        Some(match self.subject(template) {
            Some(subject) => format!("{name} on {subject}"),
            None => name,
        })
    }

    fn test(&self, owner: Option<usize>, test: &Test) -> Option<String> {
        let world = self.view.world;
        let template = owner.and_then(|owner| self.slice.templates.get(owner));
        let specified = template.and_then(|one| world.operations().get(one.operation));
        let subject = template.and_then(|template| self.subject(template));
        // Without its subject a condition is told by whose it is.
        let here = |text: String| match (template, &subject) {
            (Some(template), None) => Some(format!("`{text}` (for {})", self.request(template)?)),
            _ => Some(format!("`{text}`")),
        };
        match (test, specified) {
            (Test::Clause(at), None) => {
                let conjunct = self.goal.condition.conjuncts.get(*at)?;
                Some(format!("`{}`", words::conjunct(world, conjunct, None)))
            }
            (Test::Clause(at), Some(specified)) => {
                let conjunct = specified.precondition.conjuncts.get(*at)?;
                here(words::conjunct(world, conjunct, subject.as_deref()))
            }
            (Test::Exists(at), Some(specified)) => {
                let reads = specified.outcomes.get(*at)?.reads.as_ref()?;
                here(format!(
                    "exists {}",
                    words::path(world, &reads.path, subject.as_deref())
                ))
            }
            (Test::Obtain(of_type, _), _) => {
                let of_type = self.view.type_iri(*of_type);
                Some(format!("a `{}` at hand", world.compact(&of_type)))
            }
            _ => None,
        }
    }
}
