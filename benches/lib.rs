//! What every bench needs: CPU seconds of a program and its children, a table of ours beside a peer's, the machine's
//! load.
//!
//! In: commands. Out: rows, as a table or as JSON. Wall times are not looked at: other programs share the machine.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a bench prints what it finds and is told by its environment what to measure"
)]

mod planner;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use serde_json::{Value, json};

pub use planner::Planner;

/// How a bench ends: well if all its answers are right; why it could not run is said.
#[must_use = "a bench ends by it"]
pub fn ended(name: &str, result: Result<bool, String>) -> ExitCode {
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{name}: {message}");
            ExitCode::FAILURE
        }
    }
}

/// What a bench may use, from its command line and from `cargo xtask bench`.
#[derive(Debug)]
pub struct Setting {
    /// The release binary of samos.
    pub samos: String,
    /// A Python with the peers installed.
    pub python: String,
    /// The folder of inputs named by `--data`.
    pub named_data: Option<PathBuf>,
    /// The folder of all inputs kept beside the repository.
    pub all_data: Option<PathBuf>,
    /// Print JSON.
    pub is_json: bool,
}

impl Setting {
    /// Reads it.
    ///
    /// # Errors
    /// When the bench was not started by `cargo xtask bench`.
    pub fn read() -> Result<Self, String> {
        let variable = |name: &str| std::env::var(name);
        let missing = |_| {
            "start it by `cargo xtask bench`, which builds samos and installs the peers".to_owned()
        };
        let mut setting = Self {
            samos: variable("SAMOS_BINARY").map_err(missing)?,
            python: variable("SAMOS_PYTHON").map_err(missing)?,
            named_data: None,
            all_data: variable("SAMOS_BENCH_DATA").ok().map(PathBuf::from),
            is_json: false,
        };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--json" => setting.is_json = true,
                "--data" => setting.named_data = words.next().map(PathBuf::from),
                _ => {} // cargo adds words of its own
            }
        }
        Ok(setting)
    }

    /// The folder of a bench's inputs: the one named, else the one beside the repository.
    ///
    /// # Errors
    /// When there is neither.
    pub fn data(&self, name: &str) -> Result<PathBuf, String> {
        let beside = self.all_data.as_ref().map(|folder| folder.join(name));
        let folder = self
            .named_data
            .clone()
            .or(beside)
            .filter(|folder| folder.is_dir());
        folder.ok_or_else(|| format!("no inputs: give the folder that holds `{name}` by --data"))
    }

    /// A scratch folder for one case.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn scratch(&self, name: &str) -> Result<PathBuf, String> {
        let folder = scratch_folder().join(name);
        std::fs::create_dir_all(&folder)
            .map_err(|problem| format!("{}: {problem}", folder.display()))?;
        Ok(folder)
    }
}

/// Each bench has one of its own, which `print` removes.
fn scratch_folder() -> PathBuf {
    std::env::temp_dir().join(format!("samos-bench-{}", std::process::id()))
}

/// What a program did and took.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// CPU milliseconds, user and system, its children included.
    pub cpu_ms: f64,
    /// Its exit code; none if it had no answer in time.
    pub code: Option<i32>,
    /// What it printed.
    pub output: String,
}

impl Measured {
    /// What it printed, as JSON.
    ///
    /// # Errors
    /// When it is none.
    pub fn json(&self) -> Result<Value, String> {
        serde_json::from_str(&self.output)
            .map_err(|problem| format!("exit {:?}, no JSON: {problem}", self.code))
    }

    /// The same, if the program ended well.
    ///
    /// # Errors
    /// When it did not.
    pub fn well(self, what: &str) -> Result<Self, String> {
        match self.code {
            Some(0) => Ok(self),
            code => Err(format!("`{what}` ended with {code:?}: {}", self.output)),
        }
    }
}

/// So long may two validators take for one plan.
const OUTSIDE_LIMIT_S: u32 = 120;

/// Do two outside validators accept a plan in its worlds, when both are exported to PDDL?
///
/// # Errors
/// When a program does not start.
pub fn is_accepted_outside(
    setting: &Setting,
    place: &Path,
    worlds: &[&str],
    plan: &str,
) -> Result<bool, String> {
    let exported = place.join("exported").to_string_lossy().into_owned();
    let words = ["export", plan, "--to", "pddl", "--out", &exported];
    let written = measure(OUTSIDE_LIMIT_S, &setting.samos, &[&words, worlds].concat())?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/planning/validate.py");
    let script = script.to_string_lossy();
    let file = |name: &str| format!("{exported}/{name}");
    let words = [
        &script,
        &*file("domain.pddl"),
        &*file("problem.pddl"),
        &*file("plan.txt"),
    ];
    let judged = measure(OUTSIDE_LIMIT_S, &setting.python, &words)?;
    Ok(written.code == Some(0) && judged.code == Some(0))
}

/// How a program ends that took all its time, by the clock or of the processor, or all the memory it may have.
const WITHOUT_ANSWER: &[i32] = &[124, 137, 152];

/// Other programs share the machine: by the clock it may take so many times as long.
const PATIENCE: u32 = 8;

/// What a program may take of the machine's memory: a search that runs away is ended, not the machine.
const MEMORY_KIB: u32 = 8_000_000;

/// Runs a program, for at most some seconds of the processor, and measures it. The shell's own `time` reports to the millisecond.
///
/// # Errors
/// When it does not start.
pub fn measure(limit_s: u32, program: &str, words: &[&str]) -> Result<Measured, String> {
    let by_the_clock_s = limit_s.saturating_mul(PATIENCE);
    let script = format!(
        "ulimit -v {MEMORY_KIB} -t {limit_s}; TIMEFORMAT='%3U %3S'; {{ time timeout {by_the_clock_s} \"$@\" 2>/dev/null; }}; exit $?"
    );
    let ended = Command::new("bash")
        .args(["-c", &script, "bash", program])
        .args(words)
        .stdin(Stdio::null())
        .output()
        .map_err(|problem| format!("{program} does not start: {problem}"))?;
    let times = String::from_utf8_lossy(&ended.stderr);
    // Before it the shell may say what ended the program.
    let seconds = times.lines().last().unwrap_or_default();
    let seconds = seconds
        .split_whitespace()
        .filter_map(|word| word.replace(',', ".").parse::<f64>().ok());
    Ok(Measured {
        cpu_ms: seconds.sum::<f64>() * 1000.0,
        // Any other signal is a fault like any other.
        code: ended
            .status
            .code()
            .filter(|code| !WITHOUT_ANSWER.contains(code)),
        output: String::from_utf8_lossy(&ended.stdout).into_owned(),
    })
}

/// A number somewhere in JSON, such as `/search/cpu_ms`.
#[must_use = "this only looks"]
pub fn number(value: &Value, pointer: &str) -> Option<f64> {
    value.pointer(pointer).and_then(Value::as_f64)
}

/// A count somewhere in JSON, such as `/plans/0/cost/layers`.
#[must_use = "this only looks"]
pub fn count(value: &Value, pointer: &str) -> Option<u64> {
    value.pointer(pointer).and_then(Value::as_u64)
}

/// Is it `true` there?
#[must_use = "this only looks"]
pub fn is_true(value: &Value, pointer: &str) -> bool {
    value.pointer(pointer) == Some(&Value::Bool(true))
}

/// The middle one of several measurements; JSON field `search.cpu_ms` and the whole process are ranked apart.
#[must_use = "this only looks"]
pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Ours beside a peer's.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which input.
    pub case: String,
    /// What was measured.
    pub work: String,
    /// Our answer, in a word or two.
    pub answer: String,
    /// Our CPU milliseconds.
    pub ours_ms: Option<f64>,
    /// Who the peer is, and its answer.
    pub peer: String,
    /// Its CPU milliseconds.
    pub peer_ms: Option<f64>,
    /// Is our answer right?
    pub is_right: bool,
    /// At least so many times as fast as the peer was promised.
    pub promise: Option<f64>,
}

impl Row {
    /// Ours beside a peer's where both are right and nothing is promised.
    #[must_use = "this makes a row"]
    pub fn beside(
        case: &str,
        work: &str,
        answer: &str,
        ours_ms: f64,
        peer: &str,
        peer_ms: f64,
    ) -> Self {
        Self {
            case: case.to_owned(),
            work: work.to_owned(),
            answer: answer.to_owned(),
            ours_ms: Some(ours_ms),
            peer: peer.to_owned(),
            peer_ms: Some(peer_ms),
            is_right: true,
            promise: None,
        }
    }

    /// The same, with a promise.
    #[must_use = "this makes a row"]
    pub fn promised(self, promise: Option<f64>) -> Self {
        Self { promise, ..self }
    }

    /// How many times the peer's time is ours; a wrong answer has none.
    fn ratio(&self) -> Option<f64> {
        let ratio = self.peer_ms? / self.ours_ms?;
        self.is_right.then_some(ratio)
    }

    /// Is what was promised so? A peer without an answer in time is outdone.
    fn is_kept(&self) -> Option<bool> {
        let promise = self.promise?;
        Some(match self.peer_ms {
            Some(_) => self.ratio().is_some_and(|ratio| ratio >= promise),
            None => self.is_right && self.ours_ms.is_some(),
        })
    }

    fn json(&self) -> Value {
        json!({
            "promise": self.promise, "kept": self.is_kept(),
            "case": self.case, "work": self.work, "answer": self.answer, "ours_cpu_ms": self.ours_ms,
            "peer": self.peer, "peer_cpu_ms": self.peer_ms, "ratio": self.ratio(), "right": self.is_right,
        })
    }
}

/// Prints the rows under a promise, cleans up, and says whether all answers are right. A promise that is missed is said, not an error.
#[must_use = "wrong answers make a bench fail"]
pub fn print(setting: &Setting, bench: &str, promise: &str, rows: &[Row]) -> bool {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load
        .split_whitespace()
        .take(3)
        .collect::<Vec<_>>()
        .join(" ");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if setting.is_json {
        let rows: Vec<Value> = rows.iter().map(Row::json).collect();
        println!(
            "{}",
            json!({"bench": bench, "promise": promise, "load": load, "cores": cores, "rows": rows})
        );
    } else {
        let time = |time: Option<f64>| time.map_or("–".into(), |time| format!("{time:.1}"));
        println!(
            "{bench}: {promise}\nload {load} on {cores} cores; CPU milliseconds, ratio = peer's / ours\n"
        );
        println!(
            "{:<22} {:<30} {:>9}  {:<14} {:>10}  {:<30} ratio",
            "case", "work", "ours", "answer", "peer", "who, answer"
        );
        for row in rows {
            let ratio = match row.ratio() {
                Some(ratio) if ratio < 1.0 => format!("{ratio:.2}  (a loss)"),
                Some(ratio) => format!("{ratio:.1}"),
                None if row.ours_ms.is_none() && row.peer_ms.is_some() => "–  (a loss)".into(),
                None => "–".into(),
            };
            let kept = match (row.promise, row.is_kept()) {
                (Some(promise), Some(true)) => format!("  (promised {promise}: kept)"),
                (Some(promise), _) => format!("  (promised {promise}: MISSED)"),
                _ => String::new(),
            };
            let wrong = if row.is_right { "" } else { "  WRONG" };
            let (ours, peer) = (time(row.ours_ms), time(row.peer_ms));
            println!(
                "{:<22} {:<30} {ours:>9}  {:<14} {peer:>10}  {:<30} {ratio}{kept}{wrong}",
                row.case, row.work, row.answer, row.peer
            );
        }
        let promised: Vec<bool> = rows.iter().filter_map(Row::is_kept).collect();
        if !promised.is_empty() {
            let kept = promised.iter().filter(|kept| **kept).count();
            println!("\npromises: {kept} of {} kept", promised.len());
        }
        println!();
    }
    let _ = std::fs::remove_dir_all(scratch_folder());
    rows.iter().all(|row| row.is_right)
}
