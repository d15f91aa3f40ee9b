//! What operations count for: several measures in one number, what matters first standing highest.
//!
//! In: operations and what is to be least. Out: a weight for each, so that sums are compared as their measures are, one
//! after the other. Where they do not fit into one number there is no scale, and the question is left to the search.

use samos_model::{Kind, Measure, Objective, Operation, Proof};

use crate::search::{millionths, milliseconds};

/// More than all operations together may weigh.
const ROOM: u64 = u64::MAX / 8;

/// Which measures a weight holds, and where.
#[derive(Clone, Debug, Default)]
pub(super) struct Scale {
    /// What each counts, how far up it stands, and what one of it is, in the measure's own unit; the highest first.
    parts: Vec<(Measure, u32, f64)>,
    /// In millionths, what one of a price is.
    coin: u64,
    is_timed: bool,
}

impl Scale {
    /// The scale for these operations; none where their sums might not fit.
    pub(super) fn of<'o>(
        operations: impl Iterator<Item = &'o Operation> + Clone,
        objective: Objective,
    ) -> Option<Self> {
        let count = operations.clone().count() as u64;
        let is_change = |one: &&Operation| one.kind == Kind::Manipulation;
        let changes = operations.clone().filter(is_change).count() as u64;
        let coin = operations.clone().map(millionths).fold(0, common).max(1);
        let price = operations
            .map(|one| millionths(one) / coin)
            .try_fold(0_u64, u64::checked_add)?;
        #[allow(clippy::cast_precision_loss, reason = "only told, never compared")]
        let worth = coin as f64 / 1e6;
        let own = |measure| match measure {
            Measure::Manipulations => (measure, changes, 1.0),
            Measure::Cost => (measure, price, worth),
            _ => (measure, count, 1.0),
        };
        let measures: &[Measure] = match objective {
            Objective::Default => &[Measure::Manipulations, Measure::Operations],
            Objective::Operations | Objective::Pareto => &[Measure::Operations],
            Objective::Layers | Objective::Makespan => {
                &[Measure::Operations, Measure::Manipulations]
            }
            Objective::Cost => &[Measure::Cost, Measure::Manipulations, Measure::Operations],
        };
        let mut scale = Self {
            parts: Vec::new(),
            coin,
            is_timed: objective == Objective::Makespan,
        };
        let mut up = 0;
        let mut most = 0_u64;
        for (measure, sum, worth) in measures.iter().rev().copied().map(own) {
            most = most.checked_add(sum.checked_mul(1_u64.checked_shl(up)?)?)?;
            scale.parts.insert(0, (measure, up, worth));
            up += u64::BITS - sum.leading_zeros();
        }
        (most < ROOM).then_some(scale)
    }

    /// What an operation weighs.
    pub(super) fn weight(&self, operation: &Operation) -> u64 {
        let parts = self.parts.iter().map(|(measure, up, _)| {
            let amount = match measure {
                Measure::Cost => millionths(operation) / self.coin,
                Measure::Manipulations => u64::from(operation.kind == Kind::Manipulation),
                _ => 1,
            };
            amount << up
        });
        parts.sum()
    }

    /// How long an operation takes: all alike, unless it is the time that is to be least.
    pub(super) fn duration(&self, operation: &Operation) -> u64 {
        if self.is_timed {
            milliseconds(operation)
        } else {
            1
        }
    }

    /// How good a set is that weighs so much, where none weighs less than the bound.
    pub(super) fn proof(&self, weight: u64, bound: u64) -> Option<Proof> {
        let parts = |mut weight: u64| {
            let parts = self.parts.iter().map(move |(measure, up, worth)| {
                let amount = weight >> up;
                weight -= amount << up;
                (*measure, amount, *worth)
            });
            parts.collect::<Vec<_>>()
        };
        let mut both = parts(weight).into_iter().zip(parts(bound));
        let first = both.clone().next();
        let open = both.find(|((_, own, _), (_, least, _))| own > least);
        let ((measure, own, worth), (_, least, _)) = open.or(first)?;
        #[allow(clippy::cast_precision_loss, reason = "only told, never compared")]
        let told = |amount: u64| amount as f64 * worth;
        Some(Proof {
            measure,
            bound: told(least),
            gap: told(own.saturating_sub(least)),
        })
    }
}

/// The greatest amount of which both are multiples.
fn common(one: u64, other: u64) -> u64 {
    let (mut large, mut small) = (one, other);
    while small > 0 {
        (large, small) = (small, large % small);
    }
    large
}
