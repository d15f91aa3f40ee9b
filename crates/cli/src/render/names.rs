//! Short names for people: the local name where it is the only one of its kind on the page, else with its prefix.

use std::collections::{BTreeMap, BTreeSet};

use samos::model::plan::{Argument, PlanValue};
use samos::{Iri, Plan, World, export};

/// The short names of one page.
pub(crate) struct ShortNames<'a> {
    world: &'a dyn World,
    clashing: BTreeSet<String>,
}

impl<'a> ShortNames<'a> {
    /// For a page that names these.
    pub(crate) fn new<'i>(world: &'a dyn World, named: impl IntoIterator<Item = &'i Iri>) -> Self {
        let mut locals: BTreeMap<&str, BTreeSet<&Iri>> = BTreeMap::new();
        for iri in named {
            locals.entry(iri.local()).or_default().insert(iri);
        }
        let clashing = locals
            .into_iter()
            .filter(|(_, iris)| iris.len() > 1)
            .map(|(local, _)| local.to_owned())
            .collect();
        Self { world, clashing }
    }

    /// For a page that shows these plans.
    pub(crate) fn of_plans(world: &'a dyn World, plans: &[Plan]) -> Self {
        let steps = plans.iter().flat_map(|plan| &plan.steps);
        let named = steps.flat_map(|step| {
            let arguments = step.arguments.values().flat_map(Argument::values);
            let entities = arguments
                .chain([&step.subject])
                .filter_map(|value| match value {
                    PlanValue::Entity { entity } => Some(entity),
                    _ => None,
                });
            entities.chain([&step.operation])
        });
        Self::new(world, named)
    }

    /// The short name.
    pub(crate) fn of(&self, iri: &Iri) -> String {
        if self.clashing.contains(iri.local()) {
            export::short(iri, self.world)
        } else {
            iri.local().to_owned()
        }
    }

    /// A value in a few words.
    pub(crate) fn value(&self, value: &PlanValue) -> String {
        match value {
            PlanValue::Entity { entity } => self.of(entity),
            other => export::value_text(other, self.world),
        }
    }

    /// An argument in a few words.
    pub(crate) fn argument(&self, argument: &Argument) -> String {
        let values: Vec<String> = argument
            .values()
            .iter()
            .map(|value| self.value(value))
            .collect();
        match argument {
            Argument::One(_) => values.concat(),
            Argument::Many(_) => format!("[{}]", values.join(", ")),
        }
    }
}
