//! The shelf of plans: each one that was answered, saved or used, by its fingerprint.
//!
//! Each plan that a reasoner answers stands there, so that it can be named by its fingerprint; the shelf is of bounded
//! length, and those that were saved or used stay longest. Not here: what is said of them (`api`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use samos::Plan;

use crate::clock;
use crate::problem::Problem;

/// How many plans that nobody saved are kept.
const UNSAVED: usize = 512;
/// How many are kept in all.
const MOST: usize = 4_096;

/// The plans that can be named by fingerprint.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    plans: BTreeMap<String, Standing>,
    next: u64,
}

/// A plan on the shelf.
#[derive(Clone)]
pub(crate) struct Standing {
    pub(crate) plan: Arc<Plan>,
    pub(crate) saved: bool,
    /// When it came here.
    pub(crate) at: String,
    /// Grows with each time it is named.
    number: u64,
}

impl Shelf {
    /// Puts a plan there; what was saved stays saved.
    pub(crate) fn keep(&self, plan: &Plan, saved: bool) {
        let mut kept = self.kept();
        kept.next += 1;
        let number = kept.next;
        let standing = kept
            .plans
            .entry(plan.fingerprint.clone())
            .or_insert_with(|| Standing {
                plan: Arc::new(plan.clone()),
                saved: false,
                at: clock::now(),
                number,
            });
        standing.number = number;
        standing.saved |= saved;
        let unsaved = kept.plans.values().filter(|one| !one.saved).count();
        if unsaved > UNSAVED || kept.plans.len() > MOST {
            let all = kept.plans.iter();
            let oldest = all.min_by_key(|(_, one)| (one.saved, one.number));
            if let Some(oldest) = oldest.map(|(fingerprint, _)| fingerprint.clone()) {
                kept.plans.remove(&oldest);
            }
        }
    }

    /// The plan of a fingerprint, or of the beginning of one, and how it stands there.
    pub(crate) fn get(&self, fingerprint: &str) -> Result<Standing, Problem> {
        let kept = self.kept();
        let full = kept.plans.get(fingerprint).or_else(|| {
            let mut fitting = kept.plans.iter().filter(|(full, _)| {
                let digits = full.strip_prefix("sha256:").unwrap_or(full);
                fingerprint.len() >= 6
                    && (full.starts_with(fingerprint) || digits.starts_with(fingerprint))
            });
            match (fitting.next(), fitting.next()) {
                (Some((_, only)), None) => Some(only),
                _ => None,
            }
        });
        full.cloned().ok_or_else(|| {
            Problem::not_there(
                format!("no plan `{fingerprint}` is kept"),
                "ask the question again, or save the plan with POST /api/v1/plans",
            )
        })
    }

    /// The plan of a fingerprint.
    pub(crate) fn plan(&self, fingerprint: &str) -> Result<Arc<Plan>, Problem> {
        Ok(self.get(fingerprint)?.plan)
    }

    /// The newest ones.
    pub(crate) fn recent(&self, count: usize) -> Vec<Arc<Plan>> {
        let kept = self.kept();
        let mut all: Vec<&Standing> = kept.plans.values().collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.number));
        all.into_iter()
            .take(count)
            .map(|one| Arc::clone(&one.plan))
            .collect()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.kept().plans.len()
    }

    /// Their fingerprints.
    pub(crate) fn fingerprints(&self) -> Vec<String> {
        let kept = self.kept();
        kept.plans.keys().cloned().collect()
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        self.kept().plans.clear();
    }

    /// Those that were saved, or all; the newest first.
    pub(crate) fn standing(&self, all: bool) -> Vec<Standing> {
        let kept = self.kept();
        let chosen = kept.plans.values().filter(|one| one.saved || all);
        let mut chosen: Vec<Standing> = chosen.cloned().collect();
        chosen.sort_by_key(|one| std::cmp::Reverse(one.number));
        chosen
    }

    /// Forgets one.
    pub(crate) fn forget(&self, fingerprint: &str) {
        self.kept().plans.remove(fingerprint);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
