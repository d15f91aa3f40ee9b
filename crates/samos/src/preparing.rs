//! What is still missing before an operation can run, asked by name; and the plan that is just that operation.

use samos_model::plan::{Argument, Cost, FORMAT, PlanGoal, PlanValue, Step};
use samos_model::{Iri, Kind, Limits, Plan, Request, World};
use samos_reasoners::preparation::{self, Preparation, PreparedOperation};

use crate::{Error, Samos};

impl Samos {
    /// All operations of a subject: what each still needs, and how to get it. Paper: BASR.
    ///
    /// # Errors
    /// When a name is not known.
    #[doc(alias = "BASR")]
    pub fn prepare(
        &self,
        subject: &str,
        arguments: &[impl AsRef<str>],
        limits: &Limits,
    ) -> Result<Preparation, Error> {
        let subject = self.entity(subject)?;
        let supplied = self.supplied(arguments)?;
        Ok(preparation::prepare(
            self.world(),
            &subject,
            &supplied,
            limits,
        ))
    }

    /// One operation on one subject: parameters and precondition verified, with ways to satisfy what is open.
    ///
    /// # Errors
    /// When a name is not known.
    pub fn check(
        &self,
        operation: &str,
        subject: &str,
        arguments: &[impl AsRef<str>],
        limits: &Limits,
    ) -> Result<Preparation, Error> {
        let operation = self.operation(operation)?;
        let subject = self.entity(subject)?;
        let supplied = self.supplied(arguments)?;
        let Some(operation) = self.world().operation(&operation) else {
            return Err(Error::internal(
                "an operation was resolved that is not there",
            ));
        };
        Ok(preparation::prepare_operation(
            self.world(),
            operation,
            &subject,
            &supplied,
            limits,
        ))
    }

    /// The plan whose only step is an operation that is ready on a subject; `None` while something is open.
    #[must_use = "this makes a plan and runs nothing"]
    pub fn plan_of(&self, subject: &Iri, prepared: &PreparedOperation) -> Option<Plan> {
        if !prepared.ready {
            return None;
        }
        let values = |argument: &Argument| {
            let values = argument.values().iter().map(PlanValue::as_known);
            values.collect::<Option<Vec<_>>>()
        };
        let arguments = prepared.arguments.iter();
        let arguments = arguments.map(|(name, argument)| Some((name.clone(), values(argument)?)));
        let request = Request {
            operation: prepared.operation.clone(),
            subject: subject.clone(),
            arguments: arguments.collect::<Option<_>>()?,
        };
        let goal = PlanGoal {
            subjects: vec![subject.clone()],
            ..PlanGoal::default()
        };
        self.with_libraries(single(self.world(), &request, goal)?)
            .ok()
    }
}

/// A plan that is one request; `None` where it may not be sent.
pub(crate) fn single(world: &dyn World, request: &Request, goal: PlanGoal) -> Option<Plan> {
    let step = Step {
        id: 1,
        layer: 1,
        ..samos_planning::goals::step(world, request)?
    };
    let operation = world.operation(&step.operation)?;
    let plan = Plan {
        format: FORMAT,
        fingerprint: String::new(),
        goal,
        assumptions: Vec::new(),
        made_from: world.made_from(),
        cost: Cost {
            operations: 1,
            layers: 1,
            manipulations: u32::from(step.kind == Kind::Manipulation),
            price: operation.cost,
            makespan_s: operation.duration_s,
        },
        steps: vec![step],
        edges: Vec::new(),
        repair: None,
        group: None,
        not_ready: None,
    };
    plan.sealed().ok()
}
