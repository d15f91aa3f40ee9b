//! What an operation may be given: a choice of parameters, of how many values, and of how many things it makes.

use std::collections::{BTreeMap, BTreeSet};

use samos_model::operation::DefaultValue;
use samos_model::plan::{PlanValue, Step};
use samos_model::text::{Atom, Effect, Path, Root, Term};
use samos_model::{Decimal, Operation, Parameter, Plan, World};

use super::POOL;

/// More choices than these are narrowed to the least and the most that can be given.
const MOST_VARIANTS: usize = 8;

/// What is given of an operation, and how many things it makes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) struct Variant {
    /// How many values each parameter has; what is not given is not here.
    pub(super) given: BTreeMap<String, usize>,
    /// The number that a parameter is which says how many things are made.
    pub(super) fixed: BTreeMap<String, Decimal>,
}

/// How many things the effect makes: a number, or the parameter that says it.
pub(super) enum HowMany<'o> {
    Just(usize),
    Parameter(&'o Parameter),
}

/// How many things of that outcome the operation makes.
pub(super) fn how_many<'o>(operation: &'o Operation, outcome: &str) -> Option<HowMany<'o>> {
    let count = operation
        .postcondition
        .iter()
        .find_map(|effect| match effect {
            Effect::Create {
                outcome: name,
                count,
            } if name.as_str() == outcome => Some(count),
            _ => None,
        })?;
    match count.as_ref().map(Term::as_atom) {
        None => Some(HowMany::Just(1)),
        Some(Some(Atom::Literal(literal))) => {
            let number = whole(literal.number()?)?;
            Some(HowMany::Just(number))
        }
        Some(Some(Atom::Path(Path {
            root: Root::Variable(name),
            properties,
        }))) if properties.is_empty() => operation.parameter(name.as_str()).map(HowMany::Parameter),
        Some(_) => None,
    }
}

pub(super) fn whole(number: Decimal) -> Option<usize> {
    number
        .fract()
        .is_zero()
        .then(|| usize::try_from(number).ok())
        .flatten()
}

/// The parameters that say how many things are made.
pub(super) fn counting(operation: &Operation) -> BTreeSet<&str> {
    let outcomes = operation.outcomes.iter();
    outcomes
        .filter_map(|outcome| match how_many(operation, outcome.name.as_str()) {
            Some(HowMany::Parameter(parameter)) => Some(parameter.name.as_str()),
            _ => None,
        })
        .collect()
}

/// What a step of a plan is given.
pub(super) fn variant_of(
    world: &dyn World,
    operation: &Operation,
    step: &Step,
    plan: &Plan,
) -> Variant {
    let counting = counting(operation);
    let mut variant = Variant::default();
    for parameter in &operation.parameters {
        let name = parameter.name.as_str();
        let argument = step
            .arguments
            .iter()
            .find(|(own, _)| own.as_str() == name)
            .map(|(_, argument)| argument.values());
        let Some(values) = argument.filter(|values| !values.is_empty()) else {
            if let (true, Some(DefaultValue::Literal(literal))) =
                (counting.contains(name), &parameter.default)
            {
                variant
                    .fixed
                    .extend(literal.number().map(|number| (name.to_owned(), number)));
            }
            continue;
        };
        if counting.contains(name) {
            let number = values.first().and_then(PlanValue::as_known);
            let number = number.and_then(|value| value.as_literal()?.number());
            variant
                .fixed
                .extend(number.map(|number| (name.to_owned(), number)));
            continue;
        }
        let several = values
            .iter()
            .map(|value| elements(world, value, plan))
            .sum();
        variant.given.insert(name.to_owned(), several);
    }
    variant
}

/// How many things a value of a plan stands for.
fn elements(world: &dyn World, value: &PlanValue, plan: &Plan) -> usize {
    let PlanValue::From { from } = value else {
        return 1;
    };
    if from.index.is_some() {
        return 1;
    }
    made(world, plan, from.step, from.outcome.as_str()).unwrap_or(1)
}

/// How many things a step makes.
fn made(world: &dyn World, plan: &Plan, step: u32, outcome: &str) -> Option<usize> {
    let step = plan.steps.iter().find(|own| own.id == step)?;
    let operation = world.operation(&step.operation)?;
    match how_many(operation, outcome)? {
        HowMany::Just(number) => Some(number),
        HowMany::Parameter(parameter) => {
            let variant = variant_of(world, operation, step, plan);
            let number = variant.fixed.get(parameter.name.as_str());
            number.copied().and_then(whole)
        }
    }
}

/// The choices of what is given to an operation: those of a plan and, within bounds, all others.
pub(super) fn variants(operation: &Operation, used: &[Variant], is_open: bool) -> Vec<Variant> {
    let counting = counting(operation);
    let mut all = vec![Variant::default()];
    let (mut least, mut most) = (Variant::default(), Variant::default());
    for parameter in &operation.parameters {
        let name = parameter.name.as_str().to_owned();
        if counting.contains(name.as_str()) {
            let default = match &parameter.default {
                Some(DefaultValue::Literal(literal)) => literal.number(),
                _ => None,
            };
            let numbers: BTreeSet<Decimal> = match default {
                Some(default) => BTreeSet::from([default]),
                None => (1..=POOL).map(Decimal::from).collect(),
            };
            all = product(
                &all,
                &numbers.iter().copied().collect::<Vec<_>>(),
                |own, number| {
                    own.fixed.insert(name.clone(), *number);
                },
            );
            for own in [&mut least, &mut most] {
                let first = numbers.first().copied().unwrap_or(Decimal::ONE);
                own.fixed.insert(name.clone(), first);
            }
            continue;
        }
        let choices: Vec<usize> = match (parameter.mandatory, parameter.multiple) {
            (true, false) => vec![1],
            (true, true) => vec![1, 2],
            (false, false) => vec![0, 1],
            (false, true) => vec![0, 1, 2],
        };
        all = product(&all, &choices, |own, number| {
            if *number > 0 {
                own.given.insert(name.clone(), *number);
            }
        });
        all.truncate(MOST_VARIANTS * MOST_VARIANTS);
        if parameter.mandatory {
            least.given.insert(name.clone(), 1);
        }
        most.given.insert(name, 1);
    }
    if all.len() > MOST_VARIANTS {
        all = vec![least, most];
    }
    if !is_open && !used.is_empty() {
        all.clear();
    }
    let mut kept: Vec<Variant> = used.to_vec();
    kept.extend(all);
    let mut seen = BTreeSet::new();
    kept.retain(|variant| seen.insert(variant.clone()));
    kept
}

fn product<T>(all: &[Variant], choices: &[T], choose: impl Fn(&mut Variant, &T)) -> Vec<Variant> {
    all.iter()
        .flat_map(|own| {
            choices.iter().map(|choice| {
                let mut own = own.clone();
                choose(&mut own, choice);
                own
            })
        })
        .collect()
}
