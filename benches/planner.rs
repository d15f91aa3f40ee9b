//! Fast Downward as a peer: its translation of a problem, then the first iteration of LAMA.
//!
//! In: a domain and a problem in PDDL. Out: what its plan takes, and the CPU milliseconds of both halves.

use std::path::{Path, PathBuf};

use super::{Setting, measure};

/// Exit codes of the driver: it has shown, or believes, that there is no plan.
const UNSOLVABLE: &[i32] = &[10, 11, 12];
/// It ran out of memory.
const NO_ROOM: &[i32] = &[20, 22];
/// It ran out of time; what it started was ended by a signal.
const TOO_LATE: &[i32] = &[21, 23, 24, 247];

/// Fast Downward, as its package for Python brings it.
#[derive(Debug)]
pub struct Planner<'a> {
    setting: &'a Setting,
    driver: String,
    limit_s: u32,
}

impl<'a> Planner<'a> {
    /// Where the package keeps its driver; each half may take so many seconds.
    ///
    /// # Errors
    /// When it is not there.
    pub fn find(setting: &'a Setting, limit_s: u32) -> Result<Self, String> {
        let script =
            "import importlib.util as util; print(util.find_spec('up_fast_downward').origin)";
        let found = measure(limit_s, &setting.python, &["-c", script])?;
        let driver = PathBuf::from(found.output.trim())
            .with_file_name("downward")
            .join("fast-downward.py");
        if !driver.is_file() {
            return Err("Fast Downward's package has no driver where it was".into());
        }
        let driver = driver.to_string_lossy().into_owned();
        Ok(Self {
            setting,
            driver,
            limit_s,
        })
    }

    /// Its answer in a word or two, and its CPU milliseconds where it has a plan.
    ///
    /// # Errors
    /// When it does not start or fails, or leaves no plan where it says so.
    pub fn ask(
        &self,
        domain: &Path,
        problem: &Path,
        place: &Path,
    ) -> Result<(String, Option<f64>), String> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let (domain, problem) = (text(domain), text(problem));
        let (grounded, plan) = (text(&place.join("out.sas")), text(&place.join("peer.plan")));
        let ask = |words: &[&str]| {
            let words = [&[self.driver.as_str(), "--plan-file", &plan], words].concat();
            measure(self.limit_s, &self.setting.python, &words)
        };
        let translated = ask(&["--translate", "--sas-file", &grounded, &domain, &problem])?;
        let mut cpu_ms = translated.cpu_ms;
        let mut code = translated.code;
        if code == Some(0) {
            let searched = ask(&["--alias", "lama-first", &grounded])?;
            cpu_ms += searched.cpu_ms;
            code = searched.code;
        }
        match code {
            Some(0) => {
                let plan = std::fs::read_to_string(&plan)
                    .map_err(|problem| format!("{plan}: {problem}"))?;
                Ok((taken(&plan), Some(cpu_ms)))
            }
            None => Ok((format!("none in {} s", self.limit_s), None)),
            Some(code) if TOO_LATE.contains(&code) => {
                Ok((format!("none in {} s", self.limit_s), None))
            }
            Some(code) if UNSOLVABLE.contains(&code) => Ok(("no plan".into(), None)),
            Some(code) if NO_ROOM.contains(&code) => Ok(("out of memory".into(), None)),
            Some(code) => Err(format!("Fast Downward fails on {problem} with {code}")),
        }
    }
}

/// What a plan takes, by its last line.
fn taken(plan: &str) -> String {
    let last = plan.lines().last().unwrap_or_default();
    let last = last.trim_start_matches("; cost = ");
    match last.split_once(' ') {
        Some((cost, "(general cost)")) => format!("cost {cost}"),
        Some((steps, _)) => format!("{steps} steps"),
        None => last.to_owned(),
    }
}
