//! `samos plan`: the cheapest plan that reaches a goal, on states and on types.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use samos::{Objective, Question, Samos};

use super::reply::{self, ReplyArguments};
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// The arguments of `plan`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// What must hold at the end.
    #[arg(long, value_name = "CONDITION")]
    goal: Option<String>,
    /// A type of thing to obtain; `name=TYPE` lets the goal speak of it; may be repeated.
    #[arg(long, value_name = "[NAME=]TYPE")]
    want: Vec<String>,
    /// What is wanted must be new: nothing that is there already will do.
    #[arg(long)]
    new: bool,
    /// Something at hand: a type (one thing of exactly that type) or a value; may be repeated.
    #[arg(long, value_name = "TYPE|VALUE")]
    given: Vec<String>,
    /// Plan with these subjects only; may be repeated.
    #[arg(long, value_name = "SUBJECT")]
    on: Vec<String>,
    /// What the plan shall have the least of.
    #[arg(long, value_enum, value_name = "WHAT")]
    minimize: Option<Minimize>,
    /// How many plans to show.
    #[arg(long, value_name = "K")]
    alternatives: Option<usize>,
    /// Show plans that are far apart in what they ask of whom, rather than the cheapest.
    #[arg(long)]
    diverse: bool,
    /// Ask the question of this plan again, of today's facts.
    #[arg(long, value_name = "PLAN", conflicts_with_all = ["goal", "want", "new", "given", "on"])]
    from: Option<PathBuf>,
    /// Assume nothing that is not known.
    #[arg(long)]
    no_assume: bool,
    /// Say what every plan must pass.
    #[arg(long)]
    explain: bool,
    /// Say why this operation is not in the best plan, by the first thing that keeps it out.
    #[arg(long, value_name = "OPERATION")]
    why_not: Option<String>,
    #[command(flatten)]
    reply: ReplyArguments,
}

/// What `--minimize` can say.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Minimize {
    /// Steps, then rounds.
    Operations,
    /// Rounds, then steps.
    Layers,
    /// The summed price of the calls.
    Cost,
    /// The time when everything that can run at once does.
    Makespan,
    /// Every trade-off between rounds and steps that no other beats.
    Pareto,
}

impl From<Minimize> for Objective {
    fn from(minimize: Minimize) -> Self {
        match minimize {
            Minimize::Operations => Self::Operations,
            Minimize::Layers => Self::Layers,
            Minimize::Cost => Self::Cost,
            Minimize::Makespan => Self::Makespan,
            Minimize::Pareto => Self::Pareto,
        }
    }
}

/// Asks the planner.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    if let Some(goal) = &arguments.goal {
        session.typed("--goal", goal);
    }
    let mut samos = session.samos()?;
    let limits = reply::limits(&arguments.reply, arguments.alternatives);
    if let Some(path) = &arguments.from {
        let plan = samos::read_plan(path)?;
        return reply::answer(session, &mut samos, &arguments.reply, |samos| {
            samos.ask_again(&plan, !arguments.no_assume, &limits)
        });
    }
    if arguments.goal.is_none() && arguments.want.is_empty() {
        return Err(Failure::usage(
            "a plan needs something to reach",
            "say what with --goal CONDITION, --want TYPE or --from PLAN",
        ));
    }
    let minimize = arguments
        .minimize
        .map_or(Objective::Default, Objective::from);
    let question = Question {
        goal: arguments.goal.clone(),
        wants: arguments.want.clone(),
        new: arguments.new,
        givens: arguments.given.clone(),
        subjects: arguments.on.clone(),
        objective: minimize,
        alternatives: arguments.alternatives.unwrap_or(1),
        diverse: arguments.diverse,
        assume: !arguments.no_assume,
    };
    let ask = |samos: &Samos| {
        let goal = samos.goal(&question)?;
        samos.plan_within(&goal, &limits)
    };
    if !arguments.explain && arguments.why_not.is_none() {
        return reply::answer(session, &mut samos, &arguments.reply, ask);
    }
    reply::explained(session, &mut samos, &arguments.reply, ask, |samos| {
        let goal = samos.goal(&question)?;
        samos.explain_goal(&goal, arguments.why_not.as_deref(), &limits)
    })
}
