//! Journals: any lines that read as records make a run, or an error, and the run goes on.

use samos_execution::{Command, Event, Policy, Record, Run};
use samos_model::reply::{ErrorClass, Outcomes};
use samos_model::{Limits, Plan};
use samos_reference::worlds::{Question, RandomWorld, question, world};

/// Worlds looked through for plans to run.
const WORLDS: u64 = 40;
/// Events told to one run.
const EVENTS: usize = 40;

thread_local! {
    static WORLD: RandomWorld = world(0);
}

/// The journals of runs whose calls are all answered, refused or lost in turn.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for seed in 0..WORLDS {
        let world = world(seed);
        let Question::Goal(goal) = question(&world, 0) else {
            continue;
        };
        let limits = Limits {
            considered: 300,
            ..Limits::default()
        };
        let answer = samos_reasoners::goals::plan(&world.estate, &goal, &limits);
        let Some(plan) = answer.plans.into_iter().next() else {
            continue;
        };
        let lines: Vec<String> = journal_of(&world, plan, seed)
            .iter()
            .filter_map(|record| serde_json::to_string(record).ok())
            .collect();
        all.push(lines.join("\n").into_bytes());
    }
    all
}

fn journal_of(world: &RandomWorld, plan: Plan, seed: u64) -> Vec<Record> {
    let manipulations = plan.cost.manipulations;
    let policy = Policy {
        approved: Some(manipulations),
        ..Policy::default()
    };
    let Ok((mut run, mut commands)) = Run::new(&world.estate, "run", plan, policy, 0) else {
        return Vec::new();
    };
    let mut records = Vec::new();
    let mut events = vec![Event::Started];
    for n in 0..EVENTS {
        let now = n as u64 * 60_000;
        for command in commands.drain(..) {
            match command {
                Command::Journal(record) => records.push(*record),
                Command::Observe { task, .. } => events.push(Event::Observed {
                    task,
                    readings: Vec::new(),
                }),
                Command::Call { task, .. } => events.push(match (seed + n as u64) % 4 {
                    0 => Event::Lost {
                        task,
                        message: "nothing came".to_owned(),
                    },
                    1 => Event::Refused {
                        task,
                        class: ErrorClass::Throttled,
                        message: "not now".to_owned(),
                    },
                    _ => Event::Answered {
                        task,
                        outcomes: Outcomes::default(),
                    },
                }),
                Command::AskApproval { .. } | Command::Wait { .. } | Command::Finish(_) => {}
            }
        }
        let event = events.pop().unwrap_or(Event::Tick);
        commands = run.handle(&world.estate, now, event).unwrap_or_default();
    }
    records
}

/// One record a line; lines that are none are left out, so that the others are looked at.
pub(super) fn journal(text: &str) -> bool {
    let records = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Record>(line).ok());
    let records: Vec<Record> = records.collect();
    WORLD.with(|world| {
        let Ok(mut run) = Run::recover(&world.estate, records) else {
            return false;
        };
        let _ = run.receipt(&world.estate);
        let now = run.latest_ms();
        for event in [Event::Started, Event::Tick, Event::Undo, Event::Cancel] {
            let _ = run.handle(&world.estate, now, event);
        }
        let _ = run.receipt(&world.estate);
        true
    })
}
