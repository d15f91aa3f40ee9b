//! A concurrent group: its steps wait for nothing, and what it leaves out is left out for a reason.

use std::collections::BTreeSet;

use samos_model::codes::checking as codes;
use samos_model::plan::{Group, NotReady, Step};
use samos_model::{Iri, Operation, Plan, Truth, Value, World};

use crate::report::{Problem, Report};
use crate::scope::{Named, Scope};
use crate::state::{Looked, State, View};
use crate::steps;
use crate::thing::Thing;

/// What only holds of a group: nothing waits, and all its operations are listed.
pub(crate) fn check(world: &dyn World, plan: &Plan, report: &mut Report) {
    let Some(group) = &plan.group else {
        return;
    };
    if !plan.edges.is_empty() {
        report.error(
            codes::GROUP,
            "the steps of a group wait for nothing, but there are edges",
            "take the edges out, or the group",
        );
    }
    check_left_out(world, plan, group, report);
    for step in &plan.steps {
        let mut values = steps::values(&step.subject, &step.arguments);
        if values.any(|value| steps::reference(value).is_some()) {
            report.problem(Problem::new(
                codes::GROUP,
                step.id,
                "value",
                format!(
                    "step {}: it uses what another step gives, but the steps of a group are asked all at once",
                    step.id
                ),
                "use a value that is there, or take the group out",
            ));
        }
        if !group.operations.contains(&step.operation) {
            let name = world.compact(&step.operation);
            report.problem(Problem::new(
                codes::GROUP,
                step.id,
                "operation",
                format!("step {}: the group does not list `{name}`", step.id),
                "list the operation in the group, or take the step out",
            ));
        }
    }
}

/// Could the group ask the operations of what it leaves out?
fn check_left_out(world: &dyn World, plan: &Plan, group: &Group, report: &mut Report) {
    let asked = |step: &Step| {
        let subject = step.subject.as_known()?.as_entity()?.clone();
        Some((step.operation.clone(), world.canonical(&subject)))
    };
    let asked: BTreeSet<(Iri, Iri)> = plan.steps.iter().filter_map(asked).collect();
    for left in plan.not_ready.iter().flatten() {
        let NotReady {
            operation, subject, ..
        } = left;
        let (what, on) = (world.compact(operation), world.compact(subject));
        let wrong = if !group.operations.contains(operation) {
            format!("`{what}` is left out on `{on}`, but the group does not list it")
        } else if asked.contains(&(operation.clone(), world.canonical(subject))) {
            format!("`{what}` is asked of `{on}`, and left out on it")
        } else if let Some(specified) = world.operation(operation) {
            match has_reason(world, specified, left) {
                None => format!(
                    "`{what}`, which is left out on `{on}`, could not be asked of it at all"
                ),
                Some(false) => {
                    format!("nothing is in the way of `{what}` on `{on}`, but it is left out")
                }
                Some(true) => continue,
            }
        } else {
            format!("`{what}`, which is left out on `{on}`, is no operation of the catalogue")
        };
        let about = format!("{operation} {subject}");
        report.problem(Problem::new(codes::LEFT_OUT, 0, about, wrong, "plan again"));
    }
}

/// Is there a reason, and does the live world not say that there is none? `None` where it could not be asked at all.
fn has_reason(world: &dyn World, operation: &Operation, left: &NotReady) -> Option<bool> {
    let (state, looked) = (State::default(), Looked::default());
    let view = View {
        world,
        state: &state,
        looked: &looked,
    };
    let subject = Thing::of_value(world, &Value::Entity(left.subject.clone()));
    view.accepts(operation, &subject)
        .then(|| !left.findings.is_empty() && !is_surely_ready(view, operation, subject))
}

/// Does nothing that anybody could enter make a difference, and does the precondition hold?
fn is_surely_ready(view: View<'_>, operation: &Operation, subject: Thing) -> bool {
    let mut mandatory = operation.parameters.iter().filter(|own| own.mandatory);
    let mut conjuncts = operation.precondition.conjuncts.iter();
    if mandatory.any(|own| own.default.is_none())
        || conjuncts.any(|own| !Named::in_conjunct(own).all.is_empty())
    {
        return false;
    }
    let scope = Scope {
        owners: view.owners(&subject),
        subject: Some(subject),
        ..Scope::default()
    };
    view.condition(&scope, &operation.precondition) == Truth::True
}
