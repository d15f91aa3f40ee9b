//! What all verbs that ask a reasoner have in common: saving a plan, printing the answer, the exit code it has.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use samos::model::plan::GoalExplanation;
use samos::{Answer, Limits, Plan, Samos, export};

use crate::failure::{Exit, Failure};
use crate::measure;
use crate::output::Format;
use crate::progress;
use crate::render::{self, plan::Detail};
use crate::session::Session;

/// The arguments of all verbs that answer with plans.
#[derive(Args, Debug, Clone, Default)]
pub(crate) struct ReplyArguments {
    /// Save the best plan in a file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// End with 2 where the plan has steps, with 0 where there is nothing to do.
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// How many states, partial plans or chains may be looked at.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// How long to search, such as 500ms, 5s or 2m: the best found by then is printed, and how good it is known to be.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub(crate) time_limit: Option<Duration>,
}

/// Asks, measuring when told to, and prints the answer.
pub(crate) fn answer(
    session: &Session,
    samos: &mut Samos,
    arguments: &ReplyArguments,
    ask: impl Fn(&Samos) -> Result<Answer, samos::Error>,
) -> Result<Exit, Failure> {
    told(session, samos, arguments, ask, |_| Ok(None))
}

/// The same, with what every plan must pass.
pub(crate) fn explained(
    session: &Session,
    samos: &mut Samos,
    arguments: &ReplyArguments,
    ask: impl Fn(&Samos) -> Result<Answer, samos::Error>,
    explain: impl Fn(&Samos) -> Result<GoalExplanation, samos::Error>,
) -> Result<Exit, Failure> {
    told(session, samos, arguments, ask, |samos| {
        explain(samos).map(Some)
    })
}

fn told(
    session: &Session,
    samos: &mut Samos,
    arguments: &ReplyArguments,
    ask: impl Fn(&Samos) -> Result<Answer, samos::Error>,
    explain: impl Fn(&Samos) -> Result<Option<GoalExplanation>, samos::Error>,
) -> Result<Exit, Failure> {
    if session.timing {
        // The fingerprint of what was loaded belongs to loading, not to the search that names it.
        let _ = samos.world().made_from();
    }
    let before = measure::cpu_time();
    let mut answer = progress::during("searching", || ask(samos))?;
    // What is only taken for granted is read first, where there is something to read it from.
    let needs = samos.needs_of(&answer);
    if !needs.is_empty() && progress::during("reading", || samos.fetch(&needs))? > 0 {
        answer = progress::during("searching", || ask(samos))?;
    }
    let spent = session
        .timing
        .then(|| (measure::cpu_time() - before).as_secs_f64());
    let explanation = progress::during("explaining", || explain(samos))?;
    print(
        session,
        samos,
        arguments,
        (&answer, explanation.as_ref()),
        spent,
    )
}

/// Prints the answer and says how the verb ends.
fn print(
    session: &Session,
    samos: &Samos,
    arguments: &ReplyArguments,
    (answer, explanation): (&Answer, Option<&GoalExplanation>),
    spent_s: Option<f64>,
) -> Result<Exit, Failure> {
    let world = samos.world();
    let best = answer.plans.first();
    match session.output.format {
        Format::Json | Format::Yaml => {
            let mut value =
                serde_json::to_value(answer).map_err(|error| Failure::internal(&error))?;
            if let (Some(explanation), Some(answer)) = (explanation, value.as_object_mut()) {
                let explanation =
                    serde_json::to_value(explanation).map_err(|error| Failure::internal(&error))?;
                answer.insert("explanation".to_owned(), explanation);
            }
            let search = value
                .get_mut("search")
                .and_then(|search| search.as_object_mut());
            if let (Some(search), Some(spent_s)) = (search, spent_s) {
                let milliseconds = (spent_s * 1e6).round() / 1e3;
                search.insert("cpu_ms".to_owned(), milliseconds.into());
            }
            session.output.value(&value)?;
        }
        Format::Table => {
            let mut text = render::answer::answer(answer, world, Detail::Short);
            text.push_str(
                &explanation
                    .map(render::answer::explanation)
                    .unwrap_or_default(),
            );
            session.output.data(&text)?;
        }
        Format::Wide => {
            let mut text = render::answer::answer(answer, world, Detail::Wide);
            text.push_str(
                &explanation
                    .map(render::answer::explanation)
                    .unwrap_or_default(),
            );
            session.output.data(&text)?;
        }
        Format::Name => {
            for plan in &answer.plans {
                session.output.data(&plan.fingerprint)?;
            }
        }
        _ => {
            if let Some(plan) = best {
                one_plan(session, samos, plan)?;
            }
            if answer.plans.len() > 1 {
                let count = answer.plans.len();
                session.output.say(&format!("the best of {count} plans"));
            }
        }
    }
    if let Some(spent_s) = spent_s.filter(|_| !session.output.is_structured()) {
        let milliseconds = spent_s * 1e3;
        session
            .output
            .say(&format!("{milliseconds:.1} ms of processor time"));
    }
    if let (Some(path), Some(plan)) = (&arguments.out, best) {
        save(session, path, plan)?;
    }
    Ok(match best {
        Some(plan) if arguments.detailed_exitcode && !plan.steps.is_empty() => Exit::Changes,
        Some(_) => Exit::Done,
        None if answer.search.complete => Exit::NothingFound,
        None => Exit::Limit,
    })
}

/// One plan in the form asked for.
pub(crate) fn one_plan(session: &Session, samos: &Samos, plan: &Plan) -> Result<(), Failure> {
    let world = samos.world();
    let detail = match session.output.format {
        Format::Json | Format::Yaml => return session.output.value(plan),
        Format::Mermaid => return session.output.data(&export::mermaid(plan, world)),
        Format::Dot => return session.output.data(&export::dot(plan, world)),
        Format::Turtle => return session.output.data(&export::turtle(plan)),
        Format::Name => return session.output.data(&plan.fingerprint),
        Format::Table => Detail::Short,
        Format::Wide => Detail::Wide,
        other => return Err(other.unsupported("plan")),
    };
    let names = render::names::ShortNames::of_plans(world, std::slice::from_ref(plan));
    session
        .output
        .data(&render::plan::plan(plan, world, &names, detail))
}

/// Writes a plan file.
pub(crate) fn save(session: &Session, path: &Path, plan: &Plan) -> Result<(), Failure> {
    let mut text = serde_json::to_string_pretty(plan).map_err(|error| Failure::internal(&error))?;
    text.push('\n');
    fs::write(path, text).map_err(|error| Failure::file(path, "write", &error))?;
    let short: String = plan.fingerprint.chars().take("sha256:".len() + 8).collect();
    let facts = match &plan.made_from.facts_at {
        Some(at) => format!("facts from {at}, "),
        None => String::new(),
    };
    session.output.say(&format!(
        "Saved {}  {short}…  {facts}good until the world changes.",
        path.display()
    ));
    Ok(())
}

/// How far the search may go.
pub(crate) fn limits(arguments: &ReplyArguments, answers: Option<usize>) -> Limits {
    let standard = match arguments.time_limit {
        Some(time) => samos::within_time(time),
        None => Limits::default(),
    };
    Limits {
        considered: arguments.limit.unwrap_or(standard.considered),
        answers: answers.unwrap_or(standard.answers).max(1),
        ..standard
    }
}

/// A time such as 500ms, 5s or 2m; seconds where it says no unit.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|one: char| !one.is_ascii_digit() && one != '.');
    let (number, unit) = text.split_at(digits.unwrap_or(text.len()));
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        _ => return Err(format!("`{unit}` is none of ms, s, m")),
    };
    let number: f64 = number
        .parse()
        .map_err(|_| format!("`{text}` is no time such as 500ms, 5s or 2m"))?;
    Duration::try_from_secs_f64(number * seconds).map_err(|error| error.to_string())
}
