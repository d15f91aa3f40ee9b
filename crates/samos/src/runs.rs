//! Running plans: checked first, journalled before anything is sent, kept where they can be resumed and undone.
//!
//! In: a plan and the user's choices. Out: what the run did. A run is named after its plan's fingerprint, so that a plan
//! is used once; its journal stands with all others, the simulated provider's state and the receipt in its folder.
//! Not here: deciding what is sent when; `samos-execution` does that.

mod going_on;
mod kept;
mod replanning;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use futures::executor::block_on;
use samos_execution::host::sqlite::{Journals, Writing};
use samos_execution::host::{
    Attendant, Halt, Host, Journal, MemoryJournal, Played, Unattended, records_of,
};
use samos_execution::{
    Allowance, Ending, Event, OnFailure, Policy, Provider as _, Receipt, Record, Run,
};
use samos_model::codes::{execution as execution_codes, interface as codes};
use samos_model::finding::nearest;
use samos_model::plan::Step;
use samos_model::{Finding, Iri, Plan, digest};
use samos_simulation::{Faults, Simulation};
use serde::Serialize;

use crate::clouds::{Answers, Connected};
use crate::{Error, Samos, store};

pub use going_on::{GoingOn, OpenRun};
use kept::{Kept, SavedProvider, read_json, write_json};
pub(crate) use kept::{observed, observed_facts};
pub(crate) use replanning::left_of;

/// The journals of all runs, beside the folder of their other files.
const JOURNALS: &str = "runs.db";
const PROVIDER: &str = "provider.json";
const RECEIPT: &str = "receipt.json";
const FAULTS: &str = "faults.json";
const AFTER: &str = "after.json";

/// How long a passing state of a simulated provider shows, at least and at most.
const PASSING_MS: (u64, u64) = (4_000, 20_000);

/// What is chosen about a run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// How many changes are approved: exactly those of the plan, or nothing is done.
    pub approved: u32,
    /// What to do when a step cannot be done.
    pub on_failure: OnFailure,
    /// How much is done at once, how long it may take, how often a request is tried.
    pub allowance: Allowance,
    /// The run that could not do what this one does instead.
    pub follows: Option<String>,
    /// What goes wrong with the simulated providers.
    pub faults: Faults,
}

impl Default for RunOptions {
    /// Nothing approved, and providers without faults whose passing states show for a while.
    fn default() -> Self {
        let faults = Faults {
            passing_ms: PASSING_MS,
            ..Faults::default()
        };
        Self {
            approved: 0,
            on_failure: OnFailure::Stop,
            allowance: Allowance::default(),
            follows: None,
            faults,
        }
    }
}

impl RunOptions {
    /// Approves that number of changes.
    #[must_use = "this makes a value and changes nothing"]
    pub fn approving(changes: u32) -> Self {
        Self {
            approved: changes,
            ..Self::default()
        }
    }
}

/// A run as it stands.
#[derive(Clone, Debug, Serialize)]
pub struct RunReport {
    /// What it did.
    #[serde(flatten)]
    pub receipt: Receipt,
    /// The plan it carries out.
    #[serde(skip)]
    pub plan: Plan,
    /// How many changes were approved.
    #[serde(skip)]
    pub approved: u32,
    /// Is nothing new begun until it is resumed?
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
    /// The run that does instead what this one could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followed_by: Option<String>,
    /// The providers that were played from their specifications: nothing of theirs really happened.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub simulated: BTreeSet<String>,
}

impl RunReport {
    /// The run's name.
    #[must_use = "reading has no other effect"]
    pub fn id(&self) -> &str {
        &self.receipt.run
    }

    /// Are all steps done?
    #[must_use = "reading has no other effect"]
    pub fn is_done(&self) -> bool {
        self.receipt.ending == Some(Ending::Succeeded)
    }

    /// Is all that was done taken back?
    #[must_use = "reading has no other effect"]
    pub fn is_undone(&self) -> bool {
        self.receipt.ending == Some(Ending::Undone)
    }
}

impl Samos {
    /// Runs a plan on the simulated providers of this world.
    ///
    /// # Errors
    /// When the plan does not pass the independent checker, was used, is stale, or is not approved.
    pub fn apply(&self, plan: &Plan, options: &RunOptions) -> Result<RunReport, Error> {
        self.apply_watched(plan, options, &mut Unattended)
    }

    /// The same; the attendant sees every transition after it was journalled, and may pause or cancel the run meanwhile.
    ///
    /// # Errors
    /// As [`Samos::apply`].
    pub fn apply_watched(
        &self,
        plan: &Plan,
        options: &RunOptions,
        attendant: &mut dyn Attendant,
    ) -> Result<RunReport, Error> {
        self.may_apply(plan)?;
        let changes = changes_of(plan);
        if options.approved != changes {
            return Err(Error::NotPermitted(vec![Finding::error(
                codes::WRONG_APPROVAL,
                format!(
                    "{} approved, but the plan makes {changes}",
                    options.approved
                ),
                format!("look at it with `samos show PLAN`, then approve exactly {changes}"),
            )]));
        }
        self.must_be_answered(requests_of(plan))?;
        let id = run_id(plan);
        let followed = options.follows.as_deref().map(|run| self.find(run));
        let followed = followed.transpose()?;
        let mut policy = Policy {
            approved: Some(options.approved),
            follows: followed.as_ref().map(|kept| kept.id.clone()),
            on_failure: options.on_failure,
            ..Policy::default()
        };
        policy.allow(&options.allowance);
        if let Some(clouds) = self.real_clouds() {
            clouds.advise(self.world(), plan, &mut policy);
        }
        let mut simulation = Simulation::new(self.world(), options.faults.clone());
        simulation.set_clock(self.clock_ms());
        let began = Run::new(
            self.world(),
            id.as_str(),
            plan.clone(),
            policy,
            simulation.now_ms(),
        );
        let (mut run, commands) = began.map_err(|error| from_execution(&error))?;
        let kept = self.kept(&id);
        let mut journal: Box<dyn Journal> = match &kept {
            None => Box::new(MemoryJournal::default()),
            Some(kept) => {
                fs::create_dir_all(&kept.folder)
                    .map_err(|error| Error::file(&kept.folder, "make", &error))?;
                let journal = self.journals_at(&kept.journals)?.create(&id);
                let journal = journal.map_err(|error| match error {
                    samos_execution::Error::PlanUsed { .. } => self.used(&id),
                    other => from_execution(&other),
                })?;
                write_json(&kept.file(FAULTS), &options.faults)?;
                write_json(&kept.file(AFTER), &self.after)?;
                if let Some(followed) = &followed {
                    self.note_follower(followed, &id)?;
                }
                Box::new(journal)
            }
        };
        journal
            .append_now(&records_of(commands))
            .map_err(|error| from_execution(&error))?;
        self.carry_on(
            &mut run,
            simulation,
            kept.as_ref(),
            &mut *journal,
            vec![Event::Started],
            attendant,
        )
    }

    /// Runs a plan, and knows afterwards what was observed: the next question is about the world that it left.
    ///
    /// # Errors
    /// As [`Samos::apply`].
    pub fn carry_out(&mut self, plan: &Plan, options: &RunOptions) -> Result<RunReport, Error> {
        let report = self.apply(plan, options)?;
        let kept = self.find(report.id())?;
        let seen = observed(&self.before(&kept)?.recover(&kept)?);
        store::replay_one(&mut self.knowledge, seen)?;
        self.snapshot = self.knowledge.world();
        Ok(report)
    }

    /// The runs of this world, the oldest first.
    ///
    /// # Errors
    /// When the data directory cannot be read.
    pub fn runs(&self) -> Result<Vec<RunReport>, Error> {
        let mut runs = Vec::new();
        for id in self.run_ids()? {
            runs.push(self.run(&id)?);
        }
        let key = |run: &RunReport| (run.receipt.started_at.clone(), run.receipt.run.clone());
        runs.sort_by_key(key);
        Ok(runs)
    }

    /// One run as it stands.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn run(&self, id: &str) -> Result<RunReport, Error> {
        let kept = self.find(id)?;
        let before = self.before(&kept)?;
        let run = before.recover(&kept)?;
        Ok(before.report(&run))
    }

    /// The same world as a run left it.
    ///
    /// # Errors
    /// When there is no such run.
    pub fn after(&self, id: &str) -> Result<Self, Error> {
        let kept = self.find(id)?;
        let mut after = self.before(&kept)?.into_owned();
        let run = after.recover(&kept)?;
        store::replay_one(&mut after.knowledge, observed(&run))?;
        after.snapshot = after.knowledge.world();
        after.after = Some(run.id().to_owned());
        Ok(after)
    }

    /// The world that a kept run began in: this one, unless it followed another run.
    fn before(&self, kept: &Kept) -> Result<Cow<'_, Self>, Error> {
        match read_json::<Option<String>>(&kept.file(AFTER))?.flatten() {
            Some(id) if self.after.as_ref() != Some(&id) => Ok(Cow::Owned(self.after(&id)?)),
            _ => Ok(Cow::Borrowed(self)),
        }
    }

    fn recover(&self, kept: &Kept) -> Result<Run, Error> {
        Run::recover(self.world(), self.records(kept)?).map_err(|error| from_execution(&error))
    }

    /// The transitions of a run, in order.
    ///
    /// # Errors
    /// When there is none of that name, or its journal is corrupt.
    pub fn transitions(&self, id: &str) -> Result<Vec<Record>, Error> {
        self.records(&self.find(id)?)
    }

    fn records(&self, kept: &Kept) -> Result<Vec<Record>, Error> {
        self.journals_at(&kept.journals)?
            .read(&kept.id)
            .map_err(|error| from_execution(&error))
    }

    /// Everything that stands between a plan and its run, save the approval: is it checked, fresh and unused?
    ///
    /// # Errors
    /// When the plan was edited, was used, is stale, or is refused by the checker.
    pub fn may_apply(&self, plan: &Plan) -> Result<(), Error> {
        let edited = plan.computed_fingerprint().ok().as_ref() != Some(&plan.fingerprint);
        if edited {
            return Err(Error::Invalid(self.verify(plan)?));
        }
        let id = run_id(plan);
        if self.run_ids()?.contains(&id) {
            return Err(self.used(&id));
        }
        let today = samos_model::World::made_from(&self.snapshot);
        let findings = self.verify(plan)?;
        let is_of_other_library = |step: &Step| {
            step.library.is_some() && step.library.as_deref() != self.library_today(step)
        };
        let what = if plan.made_from.ontology != today.ontology {
            "ontology"
        } else if plan.made_from.mapping != today.mapping {
            "mapping"
        } else if plan.steps.iter().any(is_of_other_library) {
            "library of an account"
        } else if findings.is_empty() {
            return Ok(());
        } else {
            "facts"
        };
        let mut all = vec![Finding::error(
            execution_codes::PLAN_STALE,
            format!("the plan is stale: the {what} changed since it was made"),
            "samos plan --from FILE makes a new one from today's facts",
        )];
        all.extend(findings);
        Err(Error::Stale(all))
    }

    fn used(&self, id: &str) -> Error {
        let help = if self.is_of_files {
            format!(
                "files say what they said before, so their plans are the same: samos show {id}, or keep other runs elsewhere with --data"
            )
        } else {
            "samos plan --from FILE makes a new one from today's facts".to_owned()
        };
        let message = format!("this plan was already used by run {id}");
        Error::Stale(vec![Finding::error(
            execution_codes::PLAN_USED,
            message,
            help,
        )])
    }

    fn carry_on(
        &self,
        run: &mut Run,
        simulation: Simulation<'_>,
        kept: Option<&Kept>,
        journal: &mut dyn Journal,
        events: Vec<Event>,
        attendant: &mut dyn Attendant,
    ) -> Result<RunReport, Error> {
        let mut provider = SavedProvider {
            simulation,
            path: kept.map(|kept| kept.file(PROVIDER)),
            failed: None,
        };
        let world = self.world();
        let halt = match self.real_clouds() {
            None => {
                let remote = Played::new(&mut provider).at_speed(self.speed);
                let driven = Host::new(world, &remote);
                played(driven.drive(run, journal, events, attendant), self.speed)?
            }
            Some(clouds) => {
                let facts = run.facts().clone();
                let remote = Connected::new(clouds, world, facts, &mut provider);
                let host = Host::new(world, &remote).within(clouds.gate());
                clouds.wait_for(host.drive(run, journal, events, attendant))
            }
        };
        if let Some(error) = provider.failed.take() {
            return Err(error);
        }
        match halt.map_err(|error| from_execution(&error))? {
            Halt::Ended(_) | Halt::Paused => {}
            Halt::NeedsApproval { manipulations, .. } => {
                return Err(Error::NotPermitted(vec![Finding::error(
                    codes::NEEDS_APPROVAL,
                    format!("the run waits for approval of {manipulations} changes"),
                    format!("approve with --approve {manipulations}"),
                )]));
            }
        }
        let report = self.report(run);
        if let Some(kept) = kept {
            write_json(&kept.file(RECEIPT), &report)?;
        }
        if let Some(home) = self.home.as_ref().filter(|_| !self.is_of_files) {
            home.append(&[observed(run)])?;
        }
        Ok(report)
    }

    fn report(&self, run: &Run) -> RunReport {
        let world = self.world();
        let simulated = requests_of(run.plan())
            .filter(|(operation, subject)| {
                matches!(
                    self.answers(operation, subject.as_ref()),
                    Answers::Simulation
                )
            })
            .map(|(operation, _)| {
                let provider = world
                    .operation(operation)
                    .and_then(|described| described.provider.as_ref());
                world.compact(provider.unwrap_or(operation))
            });
        RunReport {
            simulated: simulated.collect(),
            followed_by: self.follower(run.id()),
            receipt: run.receipt(world),
            plan: run.plan().clone(),
            approved: run.policy().approved.unwrap_or(0),
            paused: run.is_paused() && run.ending().is_none(),
        }
    }

    fn kept(&self, id: &str) -> Option<Kept> {
        let home = self.home.as_ref()?;
        Some(Kept {
            id: id.to_owned(),
            folder: home.runs().join(id),
            journals: home.runs().join(JOURNALS),
        })
    }

    /// The journals in that file, which is made if it is not there; they are opened once.
    fn journals_at(&self, path: &Path) -> Result<Journals, Error> {
        let opened = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(|error| Error::file(folder, "make", &error))?;
            }
            Journals::open(path, Writing::default()).map_err(|error| from_execution(&error))
        };
        let mut known = self
            .journals
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(journals) = &*known {
            return Ok(journals.clone());
        }
        Ok(known.insert(opened()?).clone())
    }

    /// The folder of a run, which its name may shorten.
    fn find(&self, id: &str) -> Result<Kept, Error> {
        let ids = self.run_ids()?;
        let fitting: Vec<&String> = ids.iter().filter(|known| known.starts_with(id)).collect();
        let exact = ids.iter().find(|known| *known == id);
        let found = exact.or(match fitting.as_slice() {
            [only] if !id.is_empty() => Some(*only),
            _ => None,
        });
        if let Some(kept) = found.and_then(|id| self.kept(id)) {
            return Ok(kept);
        }
        let help = match nearest(id, ids.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if ids.is_empty() => {
                "no run of this world is kept; name the world it ran on with --world".to_owned()
            }
            None => {
                "`samos runs` lists the runs of this world; name another with --world".to_owned()
            }
        };
        Err(Finding::error(codes::UNKNOWN_RUN, format!("no run `{id}` is known"), help).into())
    }

    fn run_ids(&self) -> Result<Vec<String>, Error> {
        let path = self.home.as_ref().map(|home| home.runs().join(JOURNALS));
        // Nothing is made before something is written.
        let Some(path) = path.filter(|path| path.exists()) else {
            return Ok(Vec::new());
        };
        let runs = self.journals_at(&path)?.runs();
        let runs = runs.map_err(|error| from_execution(&error))?;
        let mut ids: Vec<String> = runs.into_iter().map(|kept| kept.run).collect();
        ids.sort();
        Ok(ids)
    }

    /// The newest fact's time, so that what a run observes is newer.
    pub(crate) fn clock_ms(&self) -> u64 {
        let made_from = samos_model::World::made_from(&self.snapshot);
        let at = made_from
            .facts_at
            .and_then(|at| at.parse::<jiff::Timestamp>().ok());
        let after = at.map_or(0, |at| at.as_millisecond().saturating_add(1000));
        let after = u64::try_from(after).unwrap_or(0);
        match self.real_clouds() {
            Some(clouds) => after.max(clouds.wall_ms()),
            None => after,
        }
    }
}

/// Waits for a simulated run; one that is shown takes its time.
fn played<T>(driven: impl Future<Output = T>, speed: Option<f64>) -> Result<T, Error> {
    if speed.is_none() {
        return Ok(block_on(driven));
    }
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().build().map_err(Error::internal)?;
    Ok(runtime.block_on(driven))
}

/// How many changes a plan makes: what must be approved.
#[must_use = "counting has no other effect"]
pub fn changes_of(plan: &Plan) -> u32 {
    let changing = plan
        .steps
        .iter()
        .filter(|step| step.kind == samos_model::Kind::Manipulation);
    u32::try_from(changing.count()).unwrap_or(u32::MAX)
}

/// What each step asks for, of what; things that a step makes are not known before.
fn requests_of(plan: &Plan) -> impl Iterator<Item = (&Iri, Option<Iri>)> {
    plan.steps.iter().map(|step| {
        let subject = step.subject.as_known();
        let subject = subject.and_then(|value| value.as_entity().cloned());
        (&step.operation, subject)
    })
}

/// A plan has one run, and so the run's name follows from it.
pub(crate) fn run_id(plan: &Plan) -> String {
    let digits = digest::sha256(plan.fingerprint.as_bytes());
    let digits = digits.trim_start_matches("sha256:");
    format!("r-{}", digits.get(..10).unwrap_or(digits))
}

impl From<samos_execution::Error> for Error {
    fn from(error: samos_execution::Error) -> Self {
        from_execution(&error)
    }
}

pub(crate) fn from_execution(error: &samos_execution::Error) -> Error {
    use samos_execution::Error as Execution;
    let finding = Finding::error(error.code(), error.to_string(), error.help());
    match error {
        Execution::PlanUsed { .. } | Execution::PlanStale { .. } => Error::Stale(vec![finding]),
        Execution::NotApproved { .. } => Error::NotPermitted(vec![finding]),
        Execution::NoProgress => Error::Internal(vec![finding]),
        _ => Error::Invalid(vec![finding]),
    }
}
