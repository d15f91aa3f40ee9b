//! Looks whether cause and order edges are founded: superfluous ones do no harm, but cost time.
//!
//! In: the plan, and what each step saw and did. Out: warnings.

use samos_model::codes::checking as codes;
use samos_model::plan::EdgeKind;

use crate::orders::commute;
use crate::replay::{Case, Trace};
use crate::report::{Problem, Report};

/// Looks at every edge.
pub(crate) fn check(case: &Case<'_>, traces: &[Trace], report: &mut Report) {
    for edge in &case.plan.edges {
        let trace = |number: u32| {
            let at = usize::try_from(number).ok()?.checked_sub(1)?;
            traces.get(at)
        };
        let (Some(from), Some(to)) = (trace(edge.from), trace(edge.to)) else {
            continue;
        };
        let why = match edge.kind {
            // Looked at without a replay.
            EdgeKind::Data => continue,
            EdgeKind::Cause if causes(from, to) => continue,
            EdgeKind::Cause => "changes nothing that step",
            EdgeKind::Order if !commute(from, to) => continue,
            EdgeKind::Order => "is in no conflict with what step",
        };
        report.warning(Problem::new(
            codes::NEEDLESS_EDGE,
            edge.to,
            format!("{} {:?}", edge.from, edge.kind),
            format!(
                "step {} {why} {} looks at, but an edge joins them",
                edge.from, edge.to
            ),
            "take the edge out, or correct its kind",
        ));
    }
}

/// Does the one change what the other looks at?
fn causes(from: &Trace, to: &Trace) -> bool {
    let looked = to.looked.places.borrow();
    let named = to.looked.things.borrow();
    from.changed.iter().any(|place| looked.contains(place))
        || from.written.deleted.iter().any(|gone| named.contains(gone))
}
