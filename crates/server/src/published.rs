//! The world as it is published: readers take it without waiting, one thread changes it.
//!
//! In: changes, one after the other. Out: an immutable [`Published`] for each batch of them. A change is answered once what
//! it changed is published, so whoever changed something sees it. Not here: what a change is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use samos::{Format, Plan, QueryView, Receipt, RunReport, Samos, Source, Standing};
use tokio::sync::{mpsc, oneshot, watch};

use crate::problem::Problem;

/// The world at one moment.
pub(crate) struct Published {
    /// Everything that can be asked.
    pub(crate) samos: Samos,
    /// What queries see.
    pub(crate) queries: QueryView,
    /// Counts up.
    pub(crate) number: u64,
}

type Answer = Box<dyn FnOnce() + Send>;
type Change = Box<dyn FnOnce(&mut Samos) -> Answer + Send>;
/// What can be done now, once somebody asked.
pub(crate) type Kept = Arc<Mutex<Option<Standing>>>;

/// How many changes may wait.
const WAITING: usize = 1_024;
/// How many changes are published together at most.
const TOGETHER: usize = 256;

/// How many runs queries see at most: the newest ones.
const RUNS: usize = 100;

/// What queries see beside the world: plans by fingerprint, and what runs did, by when they began and their name.
#[derive(Default)]
struct Shown {
    plans: BTreeMap<String, Plan>,
    runs: BTreeMap<(String, String), Source>,
}

impl Shown {
    fn run(&mut self, receipt: &Receipt) {
        let graph = receipt.graph();
        let source = Source::new(graph.as_str(), receipt.quads(), Format::NQuads);
        let key = (receipt.started_at.clone(), receipt.run.clone());
        self.runs.insert(key, source);
        if self.runs.len() > RUNS {
            self.runs.pop_first();
        }
    }
}

/// The published world and the way to its one writer.
pub(crate) struct Publisher {
    current: watch::Receiver<Arc<Published>>,
    changes: mpsc::Sender<Change>,
    shown: Arc<Mutex<Shown>>,
    standing: Kept,
}

impl Publisher {
    /// Publishes a world with its runs, and starts its writer, which ends with the last handle.
    pub(crate) fn start(samos: Samos, runs: &[RunReport]) -> std::io::Result<Self> {
        let mut first = Shown::default();
        for run in runs {
            first.run(&run.receipt);
            first
                .plans
                .insert(run.plan.fingerprint.clone(), run.plan.clone());
        }
        let shown = Arc::new(Mutex::new(first));
        let (sender, current) = watch::channel(Arc::new(publish(samos.clone(), &shown, 1)));
        let (changes, waiting) = mpsc::channel(WAITING);
        let seen = Arc::clone(&shown);
        let standing = Kept::default();
        let kept = Arc::clone(&standing);
        std::thread::Builder::new()
            .name("samos-writer".to_owned())
            .spawn(move || write(samos, waiting, &sender, &seen, &kept))?;
        Ok(Self {
            current,
            changes,
            shown,
            standing,
        })
    }

    /// The world as it is now.
    pub(crate) fn now(&self) -> Arc<Published> {
        Arc::clone(&self.current.borrow())
    }

    /// Changes the world; what an error leaves behind is not published.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Samos) -> Result<T, samos::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let (change, told) = answered(change);
        self.changes.send(change).await.map_err(|_| ended())?;
        Ok(told.await.map_err(|_| ended())??)
    }

    /// The same from a thread that may wait.
    pub(crate) fn change_blocking<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Samos) -> Result<T, samos::Error> + Send + 'static,
    ) -> Result<T, Problem> {
        let (change, told) = answered(change);
        self.changes.blocking_send(change).map_err(|_| ended())?;
        Ok(told.blocking_recv().map_err(|_| ended())??)
    }

    /// What can be done now: judged when it is first asked for, and kept up to date with each change from then on.
    pub(crate) async fn standing(&self) -> Result<Kept, Problem> {
        if stands(&self.standing).is_none() {
            let kept = Arc::clone(&self.standing);
            let judge = move |samos: &mut Samos| {
                let mut standing = stands(&kept);
                if standing.is_none() {
                    *standing = Some(samos.standing());
                }
                Ok(())
            };
            self.change(judge).await?;
        }
        Ok(Arc::clone(&self.standing))
    }

    /// Lets queries see a plan from the next publication on.
    pub(crate) fn show(&self, plan: &Plan) {
        let plan = plan.clone();
        self.shown().plans.insert(plan.fingerprint.clone(), plan);
    }

    /// Lets queries see what a run did from the next publication on, in place of what it had done before.
    pub(crate) fn show_run(&self, receipt: &Receipt) {
        self.shown().run(receipt);
    }

    /// Lets queries see no plan and no run any more.
    pub(crate) fn hide_all(&self) {
        *self.shown() = Shown::default();
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A change, and where its result is told once it is published.
fn answered<T: Send + 'static>(
    change: impl FnOnce(&mut Samos) -> Result<T, samos::Error> + Send + 'static,
) -> (Change, oneshot::Receiver<Result<T, samos::Error>>) {
    let (tell, told) = oneshot::channel();
    let change = move |samos: &mut Samos| -> Answer {
        let result = change(samos);
        // Whoever asked may have gone.
        Box::new(move || drop(tell.send(result)))
    };
    (Box::new(change), told)
}

/// What can be done now, for as long as the guard is held.
pub(crate) fn stands(kept: &Kept) -> MutexGuard<'_, Option<Standing>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

fn ended() -> Problem {
    Problem::internal("the writer has ended")
}

fn write(
    mut samos: Samos,
    mut waiting: mpsc::Receiver<Change>,
    sender: &watch::Sender<Arc<Published>>,
    shown: &Mutex<Shown>,
    kept: &Kept,
) {
    let mut number = 1;
    while let Some(first) = waiting.blocking_recv() {
        let mut answers = vec![first(&mut samos)];
        while answers.len() < TOGETHER
            && let Ok(next) = waiting.try_recv()
        {
            answers.push(next(&mut samos));
        }
        if let Some(standing) = stands(kept).as_mut() {
            samos.keep_up(standing);
        }
        number += 1;
        sender.send_replace(Arc::new(publish(samos.clone(), shown, number)));
        for answer in answers {
            answer();
        }
    }
}

fn publish(samos: Samos, shown: &Mutex<Shown>, number: u64) -> Published {
    let (plans, runs) = {
        let shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        let runs: Vec<Source> = shown.runs.values().cloned().collect();
        (shown.plans.clone(), runs)
    };
    let plans: Vec<&Plan> = plans.values().collect();
    let queries = samos.query_view(&plans).with(&runs);
    Published {
        samos,
        queries,
        number,
    }
}
