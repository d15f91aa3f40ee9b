//! Findings about everything loaded: files, specifications, formats, contradictions, names, shapes.
//!
//! In: the settled store. Out: findings, in the order of files and places. Not here: refusing anything.

mod consistency;
mod names;
mod shapes;

use std::collections::BTreeSet;

use samos_model::finding::Finding;

use crate::codes;
use crate::knowledge::Knowledge;

impl Knowledge {
    /// Everything that is wrong, or worth a look, in what was loaded; sorted by file, line and column.
    pub fn validate(&mut self) -> Vec<Finding> {
        let catalogue = self.catalogue();
        let store = &self.store;
        let mut findings = self.refused().to_vec();
        findings.extend(catalogue.findings.iter().cloned());
        findings.extend(catalogue.datatypes.findings(store));
        findings.extend(consistency::findings(store, &catalogue));
        findings.extend(names::findings(store, &catalogue));
        // Where something more exact was found, a shape has nothing to add.
        let lines: BTreeSet<(String, u32)> = findings.iter().filter_map(line_of).collect();
        let shapes = shapes::findings(store, &catalogue).into_iter();
        findings.extend(shapes.filter(|finding| {
            finding.code != codes::SHAPE
                || line_of(finding).is_none_or(|line| !lines.contains(&line))
        }));
        let order = |finding: &Finding| {
            let place = finding.place.clone();
            let file = place.as_ref().map(|place| {
                store
                    .sources
                    .iter()
                    .position(|source| source.name == place.file)
            });
            (
                place.is_none(),
                file,
                place,
                finding.severity,
                finding.code.clone(),
                finding.message.clone(),
            )
        };
        findings.sort_by_cached_key(order);
        findings.dedup();
        findings
    }
}

fn line_of(finding: &Finding) -> Option<(String, u32)> {
    finding
        .place
        .as_ref()
        .map(|place| (place.file.clone(), place.line))
}

#[cfg(test)]
mod tests;
