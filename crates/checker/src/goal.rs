//! Holds a plan's goal against the state at its end: the condition, the wanted things, the orchestration points.
//!
//! In: the goal as the plan writes it, a state. Out: problems. A goal is never assumed: what is unknown is not reached.

use std::collections::BTreeSet;

use samos_model::codes::checking as codes;
use samos_model::plan::{Point, Wanted};
use samos_model::{Condition, Conjunct, Kind, Name, Plan, Root, Truth, World};

use crate::binding::Source;
use crate::names::{conjunct_in_words, read_condition};
use crate::orders::in_order;
use crate::replay::Case;
use crate::report::{Problem, Report};
use crate::scope::{Named, Scope, Variable};
use crate::state::{Looked, State, View};
use crate::steps;
use crate::thing::Thing;

/// The goal's condition; `None` when it cannot be read.
pub(crate) fn read(plan: &Plan, report: &mut Report) -> Option<Condition> {
    let Some(text) = &plan.goal.condition else {
        return Some(Condition::default());
    };
    let help = "plan again; the goal's names stand in full, in angle brackets";
    let condition = match read_condition(text) {
        Ok(condition) => condition,
        Err(why) => {
            let message = format!("the goal `{text}` cannot be read: {why}");
            report.error(codes::GOAL_TEXT, message, help);
            return None;
        }
    };
    let wants = plan.goal.wants.iter();
    let names: BTreeSet<&Name> = wants.filter_map(|want| want.name.as_ref()).collect();
    let subjects = plan.goal.subjects.len();
    for root in roots(&condition) {
        let known = match &root {
            Root::Individual(_) => true,
            Root::Variable(name) => names.contains(name),
            Root::Subject | Root::Account | Root::Service | Root::Provider => subjects == 1,
        };
        if !known {
            let start = samos_model::Path {
                root,
                properties: Vec::new(),
            };
            report.error(
                codes::GOAL_TEXT,
                format!("the goal speaks of `{start}`, which is no wanted thing"),
                "name an individual in full, or a wanted thing by its name",
            );
            return None;
        }
    }
    Some(condition)
}

fn roots(condition: &Condition) -> BTreeSet<Root> {
    let conjuncts = condition.conjuncts.iter();
    conjuncts
        .flat_map(|conjunct| Named::in_conjunct(conjunct).roots)
        .collect()
}

/// Holds the goal against the state after all steps, in an order other than the plan's own where one is said.
pub(crate) fn check_end(
    case: &Case<'_>,
    state: &State,
    order: Option<&[usize]>,
    report: &mut Report,
) {
    let looked = Looked::default();
    let view = View {
        world: case.world,
        state,
        looked: &looked,
    };
    for problem in problems_at_end(case, view) {
        report.problem(match order {
            None => problem,
            Some(order) => in_order(case, problem, order),
        });
    }
}

/// What each part of the goal looks at after all steps.
pub(crate) fn looked_at_end(case: &Case<'_>, state: &State) -> Vec<(Conjunct, Looked)> {
    let conjuncts = case.goal.conjuncts.iter();
    let looked = conjuncts.map(|conjunct| {
        let looked = Looked::default();
        let view = View {
            world: case.world,
            state,
            looked: &looked,
        };
        let (scope, _) = scope_at_end(case, view);
        let named = Named::in_conjunct(conjunct);
        for scope in scope.each(&named.singly).into_iter().flatten() {
            let _ = view.conjunct(&scope, conjunct);
        }
        (conjunct.clone(), looked)
    });
    looked.collect()
}

/// What the names in the goal stand for at the end, and which wanted things are not there.
fn scope_at_end(case: &Case<'_>, view: View<'_>) -> (Scope, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut scope = Scope::default();
    if let [subject] = case.plan.goal.subjects.as_slice() {
        let subject = Thing::Entity(case.world.canonical(subject));
        scope.owners = view.owners(&subject);
        scope.subject = Some(subject);
    }
    for want in &case.plan.goal.wants {
        match obtained(case, view, want) {
            Ok(things) => {
                if let Some(name) = &want.name {
                    let multiple = things.len() != 1;
                    let variable = Variable::new(things, multiple);
                    scope.variables.insert(name.clone(), variable);
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    (scope, problems)
}

fn problems_at_end(case: &Case<'_>, view: View<'_>) -> Vec<Problem> {
    let (scope, mut problems) = scope_at_end(case, view);
    if !problems.is_empty() {
        return problems;
    }
    for conjunct in &case.goal.conjuncts {
        let words = || conjunct_in_words(case.world, conjunct);
        let named = Named::in_conjunct(conjunct);
        let Some(scopes) = scope.each(&named.singly) else {
            problems.push(Problem::new(
                codes::TOO_LARGE,
                0,
                words(),
                format!(
                    "the goal: `{}` speaks of more things than can be checked",
                    words()
                ),
                "want fewer things at once",
            ));
            continue;
        };
        let truth = scopes
            .iter()
            .map(|scope| view.conjunct(scope, conjunct))
            .fold(Truth::True, Truth::and);
        let (code, says) = match truth {
            Truth::True => continue,
            Truth::False => (codes::GOAL_FALSE, "is false"),
            Truth::Unknown => (codes::GOAL_UNKNOWN, "is unknown"),
        };
        let message = format!("the goal: `{}` {says} when all steps have run", words());
        problems.push(Problem::new(code, 0, words(), message, "plan again"));
    }
    problems
}

/// What a wanted thing is at the end.
fn obtained(case: &Case<'_>, view: View<'_>, want: &Wanted) -> Result<Vec<Thing>, Problem> {
    let of_type = case.world.compact(&want.of_type);
    let name = want
        .name
        .as_ref()
        .map_or(of_type.clone(), ToString::to_string);
    let source = Source {
        step: 0,
        givens: case.givens,
        before: None,
    };
    let things = source.things(view, &name, &want.is)?;
    let problem = |code, says: String| {
        Err(source.problem(
            code,
            &name,
            format!("the wanted `{of_type}` {says}"),
            "plan again",
        ))
    };
    if things.is_empty() {
        return problem(codes::WANT, "is nothing".to_owned());
    }
    for thing in &things {
        let words = view.describe(thing);
        if view.is_deleted(thing) {
            return problem(
                codes::WANT,
                format!("is {words}, which is deleted at the end"),
            );
        }
        if view.is_of(thing, &want.of_type) != Truth::True {
            return problem(
                codes::WANT,
                format!("is {words}, which is not of that type"),
            );
        }
        let created = |symbol| view.state.is_created(symbol);
        if want.new && !thing.as_symbol().is_some_and(created) {
            return problem(
                codes::WANT_OLD,
                format!("is {words}, which no step of the plan creates"),
            );
        }
    }
    Ok(things)
}

/// Do the orchestration points link what they say?
pub(crate) fn check_points(world: &dyn World, plan: &Plan, report: &mut Report) {
    for point in &plan.goal.points {
        if let Err(why) = check_point(world, plan, point) {
            let about = format!(
                "{}.{} > {}.{}",
                point.from, point.outcome, point.to, point.parameter
            );
            report.problem(Problem::new(
                codes::POINT,
                point.to,
                about,
                format!(
                    "the link from `{}` of step {} to `{}` of step {} is none: {why}",
                    point.outcome, point.from, point.parameter, point.to
                ),
                "plan again",
            ));
        }
    }
}

fn check_point(world: &dyn World, plan: &Plan, point: &Point) -> Result<(), String> {
    let step = |number: u32| {
        steps::numbered(plan, number).ok_or_else(|| format!("the plan has no step {number}"))
    };
    let (from, to) = (step(point.from)?, step(point.to)?);
    let operation = |iri| {
        world
            .operation(iri)
            .ok_or_else(|| format!("`{}` is unknown", world.compact(iri)))
    };
    let (gives, takes) = (operation(&from.operation)?, operation(&to.operation)?);
    let outcome = gives
        .outcome(point.outcome.as_str())
        .ok_or("the first step has no such outcome")?;
    let parameter = takes
        .parameter(point.parameter.as_str())
        .ok_or("the second step has no such parameter")?;
    if takes.kind != Kind::Manipulation || !parameter.mandatory {
        return Err("it must end at a mandatory parameter of a manipulation".to_owned());
    }
    if point.types != (outcome.of_type.clone(), parameter.of_type.clone()) {
        return Err("its types are not those of the outcome and the parameter".to_owned());
    }
    if !world.is_subtype(&outcome.of_type, &parameter.of_type) {
        return Err("the outcome's type does not fit the parameter's".to_owned());
    }
    if from.subject == to.subject {
        return Err("both steps are asked of the same subject".to_owned());
    }
    let argument = to.arguments.get(&point.parameter);
    let values = argument.map(|argument| argument.values());
    let mut values = values.unwrap_or_default().iter();
    let linked = values.any(|value| {
        steps::reference(value)
            .is_some_and(|given| given.step == point.from && given.outcome == point.outcome)
    });
    if linked {
        Ok(())
    } else {
        Err("the parameter is bound to something else".to_owned())
    }
}
