//! What all verbs that run something have in common: how much a run is allowed, what it tells, and that Ctrl-C pauses it.

use clap::Args;
use samos::{Allowance, Attendant, Event, Hearing, Plan, Record, World, conversation};

use crate::output::Output;
use crate::render::run::Telling;

/// The exit code of a process that was interrupted.
const INTERRUPTED: i32 = 130;

/// How much a run is allowed.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct AllowanceArguments {
    /// How many steps may be under way at once; 8 where nothing is said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    at_once: Option<u32>,
    /// How long the run may take before nothing new is begun: seconds, or such as 90s, 10m, 2h.
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    deadline: Option<u64>,
    /// How often a request is sent again after a refusal that may pass; 5 where nothing is said.
    #[arg(long, value_name = "N")]
    retries: Option<u32>,
}

impl From<AllowanceArguments> for Allowance {
    fn from(arguments: AllowanceArguments) -> Self {
        Self {
            at_once: arguments.at_once.and_then(|n| usize::try_from(n).ok()),
            deadline_ms: arguments.deadline,
            retries: arguments.retries,
        }
    }
}

/// A time: a number, and what it counts.
fn milliseconds(text: &str) -> Result<u64, String> {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = text.get(number.len()..).unwrap_or_default();
    let each: u64 = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        other => return Err(format!("`{other}` is no unit; use ms, s, m or h")),
    };
    let number: u64 = number
        .parse()
        .map_err(|_| format!("`{text}` is no time; write such as 90s or 10m"))?;
    number
        .checked_mul(each)
        .filter(|ms| *ms > 0)
        .ok_or_else(|| format!("`{text}` is no time that a run could take"))
}

/// Somebody at a terminal: sees what is of interest, and pauses the run with Ctrl-C.
pub(crate) struct AtTerminal<'a> {
    telling: Telling<'a>,
    output: &'a Output,
    hearing: Option<Hearing>,
}

impl<'a> AtTerminal<'a> {
    /// Attends the run of a plan. From now on Ctrl-C pauses, and a second one ends the process.
    pub(crate) fn new(output: &'a Output, plan: &'a Plan, world: &'a dyn World) -> Self {
        let (voice, hearing) = conversation();
        let pausing = async move {
            // Where interrupts cannot be heard, the system ends the process as ever; the journal knows how far it came.
            if tokio::signal::ctrl_c().await.is_ok() {
                voice.tell(Event::Pause);
                if tokio::signal::ctrl_c().await.is_ok() {
                    std::process::exit(INTERRUPTED);
                }
            }
        };
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime {
                runtime.block_on(pausing);
            }
        });
        Self {
            telling: Telling::new(plan, world),
            output,
            hearing: Some(hearing),
        }
    }
}

impl Attendant for AtTerminal<'_> {
    fn saw(&mut self, record: &Record) {
        if let Some(line) = self.telling.tell(record) {
            self.output.say(&line);
        }
    }

    fn hearing(&mut self) -> Option<Hearing> {
        self.hearing.take()
    }
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        let read = |text: &str| milliseconds(text).ok();
        assert_eq!(read("90"), Some(90_000));
        assert_eq!(read("90s"), Some(90_000));
        assert_eq!(read("250ms"), Some(250));
        assert_eq!(read("10m"), Some(600_000));
        assert_eq!(read("2h"), Some(7_200_000));
        for wrong in ["", "m", "ten", "10d", "-1", "0", "99999999999999999h"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
