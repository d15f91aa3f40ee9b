//! The reasoners, asked by name; every plan is checked independently before it is returned.

use samos_model::codes::interface as codes;
use samos_model::finding::Severity;
use samos_model::plan::{Assumption, GoalExplanation, PlanGoal, Undo};
use samos_model::{
    Answer, Condition, Finding, Given, Goal, Limits, Plan, Request, Supplied, SuppliedValue, Value,
    Want, World,
};
use samos_reasoners::repair::{self, Left};
use samos_reasoners::{concurrent, goals as goal_reasoner, interaction, sequence};

use crate::runs::left_of;
use crate::{ChainOptions, ConnectOptions, Error, Question, RunReport, Samos, goals};

impl Samos {
    /// Groups of operations that do the same on several subjects. Paper: CCSR.
    ///
    /// # Errors
    /// When a name is not known.
    #[doc(alias = "CCSR")]
    pub fn together(
        &self,
        subjects: &[impl AsRef<str>],
        arguments: &[impl AsRef<str>],
    ) -> Result<Answer, Error> {
        self.together_within(subjects, arguments, &Limits::default())
    }

    /// The same, searching no further than told.
    ///
    /// # Errors
    /// When a name is not known.
    pub fn together_within(
        &self,
        subjects: &[impl AsRef<str>],
        arguments: &[impl AsRef<str>],
        limits: &Limits,
    ) -> Result<Answer, Error> {
        let subjects = self.entities(subjects)?;
        let supplied = self.supplied(arguments)?;
        self.searched("together", || {
            concurrent::together(self.world(), &subjects, &supplied, limits, &|request| {
                self.undo_of(request)
            })
        })
    }

    /// Chains in which one request makes the next possible. Paper: SCSR.
    ///
    /// # Errors
    /// When a name is not known.
    #[doc(alias = "SCSR")]
    pub fn chain(
        &self,
        subjects: &[impl AsRef<str>],
        arguments: &[impl AsRef<str>],
    ) -> Result<Answer, Error> {
        self.chain_with(subjects, arguments, &ChainOptions::default())
    }

    /// The same, as chosen.
    ///
    /// # Errors
    /// When a name is not known, or the goal cannot be read.
    pub fn chain_with(
        &self,
        subjects: &[impl AsRef<str>],
        arguments: &[impl AsRef<str>],
        options: &ChainOptions,
    ) -> Result<Answer, Error> {
        let subjects = self.entities(subjects)?;
        let supplied = self.supplied(arguments)?;
        let goal = self.goal_condition(options.goal.as_deref())?;
        self.searched("chain", || {
            let limits = &options.limits;
            sequence::chain(self.world(), &subjects, &supplied, goal.as_ref(), limits)
        })
    }

    /// Plans that make services of different clouds work together. Paper: IOSR.
    ///
    /// # Errors
    /// When a name is not known.
    #[doc(alias = "IOSR")]
    pub fn connect(&self, subjects: &[impl AsRef<str>]) -> Result<Answer, Error> {
        self.connect_with(subjects, &ConnectOptions::default())
    }

    /// The same, as chosen.
    ///
    /// # Errors
    /// When a name is not known, or the goal cannot be read.
    pub fn connect_with(
        &self,
        subjects: &[impl AsRef<str>],
        options: &ConnectOptions,
    ) -> Result<Answer, Error> {
        let subjects = self.entities(subjects)?;
        let chosen = interaction::Options {
            goal: self.goal_condition(options.goal.as_deref())?,
            assume: options.assume,
            excluding: options.excluding,
        };
        self.searched("connect", || {
            interaction::connect(self.world(), &subjects, &chosen, &options.limits)
        })
    }

    /// The goal that a question in words asks for.
    ///
    /// # Errors
    /// Everything in it that cannot be read or is not known.
    pub fn goal(&self, question: &Question) -> Result<Goal, Error> {
        goals::goal(self, question).map_err(Error::Invalid)
    }

    /// The cheapest plans that reach a goal.
    ///
    /// # Errors
    /// Never, unless a reasoner gives a plan that the checker refuses.
    pub fn plan(&self, goal: &Goal) -> Result<Answer, Error> {
        self.plan_within(goal, &Limits::default())
    }

    /// The same, searching no further than told.
    ///
    /// # Errors
    /// Never, unless a reasoner gives a plan that the checker refuses.
    pub fn plan_within(&self, goal: &Goal, limits: &Limits) -> Result<Answer, Error> {
        self.searched("plan", || goal_reasoner::plan(self.world(), goal, limits))
    }

    /// What every plan for a goal must pass, and why an operation is not in the best.
    ///
    /// # Errors
    /// When no operation has that name.
    pub fn explain_goal(
        &self,
        goal: &Goal,
        operation: Option<&str>,
        limits: &Limits,
    ) -> Result<GoalExplanation, Error> {
        let operation = operation.map(|name| self.operation(name)).transpose()?;
        Ok(goal_reasoner::explain(
            self.world(),
            goal,
            operation.as_ref(),
            limits,
        ))
    }

    /// The question that a plan answers, asked again of the facts as they are now. Where these are as a run of that very plan left
    /// them, as much as can be of what was left is kept.
    ///
    /// # Errors
    /// When the plan names what is not known any more.
    pub fn ask_again(&self, plan: &Plan, assume: bool, limits: &Limits) -> Result<Answer, Error> {
        if let Some(run) = &self.after {
            let report = self.run(run)?;
            if report.plan.fingerprint == plan.fingerprint && !report.is_done() {
                return self.repaired(&report, assume, limits);
            }
        }
        self.asked_again(plan, &plan.goal, assume, limits, &goal_reasoner::plan)
    }

    /// What a run left of its plan, gone on with from the facts as they are now.
    pub(crate) fn repaired(
        &self,
        report: &RunReport,
        assume: bool,
        limits: &Limits,
    ) -> Result<Answer, Error> {
        let (plan, (steps, goal)) = (&report.plan, left_of(report)?);
        let of_left = |assumed: &&Assumption| steps.iter().any(|step| step.id == assumed.step);
        let left = Left {
            run: report.id(),
            steps: &steps,
            assumptions: plan.assumptions.iter().filter(of_left).count(),
        };
        let is_repaired = std::cell::Cell::new(false);
        let answer = self.asked_again(plan, &goal, assume, limits, &|world, goal, limits| {
            is_repaired.set(true);
            repair::repair(world, goal, &left, limits)
        })?;
        Ok(match is_repaired.get() {
            true => answer,
            false => repair::go_on(answer, &left),
        })
    }

    /// The question that a plan answers, its goal being this, put to who answers such questions.
    fn asked_again(
        &self,
        plan: &Plan,
        asked: &PlanGoal,
        assume: bool,
        limits: &Limits,
        plan_goal: &dyn Fn(&dyn World, &Goal, &Limits) -> Answer,
    ) -> Result<Answer, Error> {
        let condition = match &asked.condition {
            Some(_) => Some(self.condition_of(asked)?),
            None => None,
        };
        let subjects = asked.subjects.clone();
        for subject in &subjects {
            self.entity(&format!("<{subject}>"))?;
        }
        let world = self.world();
        self.searched("again", || {
            if plan.group.is_some() {
                concurrent::together(world, &subjects, &arguments_of(plan), limits, &|request| {
                    self.undo_of(request)
                })
            } else if !asked.points.is_empty() {
                let options = interaction::Options {
                    goal: condition,
                    assume,
                    excluding: false,
                };
                interaction::connect(world, &subjects, &options, limits)
            } else if condition.is_some() || !asked.wants.is_empty() {
                let wants = asked.wants.iter().map(|wanted| Want {
                    name: wanted.name.clone(),
                    of_type: wanted.of_type.clone(),
                });
                let goal = Goal {
                    condition: condition.unwrap_or_default(),
                    wants: wants.collect(),
                    new: asked.wants.iter().any(|wanted| wanted.new),
                    givens: asked
                        .givens
                        .iter()
                        .cloned()
                        .map(Given::Type)
                        .chain(values_of(plan))
                        .collect(),
                    subjects,
                    objective: samos_model::Objective::Default,
                    alternatives: limits.answers.min(1),
                    diverse: false,
                    assume,
                };
                plan_goal(world, &goal, limits)
            } else {
                sequence::chain(world, &subjects, &arguments_of(plan), None, limits)
            }
        })
    }

    /// What the independent checker finds in a plan; nothing when it is good.
    ///
    /// # Errors
    /// Never at present; a check that cannot be made would be one.
    pub fn verify(&self, plan: &Plan) -> Result<Vec<Finding>, Error> {
        let mut findings = samos_checker::check(self.world(), plan);
        findings.retain(|finding| finding.severity == Severity::Error);
        findings.dedup();
        Ok(findings)
    }

    /// How a request is taken back, found as for a plan.
    fn undo_of(&self, request: &Request) -> Undo {
        match samos_planning::goals::step(self.world(), request) {
            Some(step) => step.undo,
            None => Undo::Irreversible {
                irreversible: "no operation is known that takes it back".to_owned(),
            },
        }
    }

    /// A search and the check of what it found, as one span for whoever follows traces.
    fn searched(&self, by: &'static str, search: impl FnOnce() -> Answer) -> Result<Answer, Error> {
        let span = tracing::info_span!(
            "plan search",
            samos.by = by,
            samos.considered = tracing::field::Empty,
            samos.complete = tracing::field::Empty,
            samos.plans = tracing::field::Empty,
        );
        let entered = span.enter();
        let answer = search();
        span.record("samos.considered", answer.search.considered);
        span.record("samos.complete", answer.search.complete);
        span.record("samos.plans", answer.plans.len());
        let answer = self.checked(answer);
        drop(entered);
        answer
    }

    /// Nothing unchecked is returned.
    fn checked(&self, mut answer: Answer) -> Result<Answer, Error> {
        let plans = std::mem::take(&mut answer.plans).into_iter();
        let plans = plans.map(|plan| self.with_libraries(plan));
        answer.plans = plans.collect::<Result<_, _>>()?;
        for plan in &answer.plans {
            let mut findings = self.verify(plan)?;
            if !findings.is_empty() {
                findings.insert(
                    0,
                    Finding::error(
                        codes::UNCHECKED_PLAN,
                        "the independent checker refuses a plan that was found",
                        "this is a fault in samos; please report it with the question that shows it",
                    ),
                );
                return Err(Error::Internal(findings));
            }
        }
        Ok(answer)
    }

    fn goal_condition(&self, text: Option<&str>) -> Result<Option<Condition>, Error> {
        text.map(|text| self.condition(text, "--goal")).transpose()
    }
}

/// The literals that a plan uses: those of its question among them.
fn values_of(plan: &Plan) -> Vec<Given> {
    let values = arguments_of(plan).into_iter().map(|one| one.value);
    values
        .filter_map(|value| match value {
            SuppliedValue::Value(value @ Value::Literal(_)) => Some(Given::Value(value)),
            _ => None,
        })
        .collect()
}

/// The arguments that a plan was given in advance: literals and entities, by parameter.
fn arguments_of(plan: &Plan) -> Vec<Supplied> {
    let arguments = plan.steps.iter().flat_map(|step| &step.arguments);
    let mut supplied: Vec<Supplied> = arguments
        .flat_map(|(name, argument)| argument.values().iter().map(move |value| (name, value)))
        .filter_map(|(name, value)| {
            Some(Supplied {
                name: Some(name.clone()),
                value: SuppliedValue::Value(value.as_known()?),
            })
        })
        .collect();
    supplied.sort();
    supplied.dedup();
    supplied
}
