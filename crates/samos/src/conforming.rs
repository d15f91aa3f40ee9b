//! Specification against reality: an operation is really asked for, and what happens is compared with what is described.
//!
//! In: an operation, a subject, arguments, an approval. Out: what agrees and what does not. What was seen is kept as after a
//! run. In a world of files the simulated provider answers, which agrees with itself.

use futures::executor::block_on;
use samos_execution::host::conformance::{Conformance, conform};
use samos_execution::host::{Played, Remote};
use samos_execution::{Facts, Policy};
use samos_model::codes::{interface as codes, verification};
use samos_model::{Finding, Kind, Limits, Request, Severity, World as _};
use samos_simulation::{Faults, Simulation};

use crate::clouds::Connected;
use crate::runs::observed_facts;
use crate::{Error, Samos, store};

/// What is open about a condition is no reason not to try.
const CONDITIONS: [&str; 3] = [
    verification::CONDITION_FALSE,
    verification::CONDITION_UNKNOWN,
    verification::EFFECT_UNKNOWN,
];

impl Samos {
    /// Sends a request, ready or not, and compares. `approved` counts changes, as for a run: one for an operation that
    /// changes something, none for one that reads.
    ///
    /// # Errors
    /// When a name is not known, an argument is missing or does not fit, or the change is not approved.
    pub fn conform(
        &mut self,
        operation: &str,
        subject: &str,
        arguments: &[impl AsRef<str>],
        approved: u32,
    ) -> Result<Conformance, Error> {
        let (request, kind) = self.request(operation, subject, arguments)?;
        let changes = u32::from(kind == Kind::Manipulation);
        if approved != changes {
            return Err(Error::NotPermitted(vec![Finding::error(
                codes::WRONG_APPROVAL,
                format!("{approved} approved, but this makes {changes}"),
                format!(
                    "it is really sent, whatever it may break: approve with --approve {changes}"
                ),
            )]));
        }
        self.must_be_answered(std::iter::once((
            &request.operation,
            Some(request.subject.clone()),
        )))?;
        let world = self.snapshot.clone();
        let Some(operation) = world.operation(&request.operation) else {
            return Err(Error::internal("a checked operation is not there"));
        };
        let faults = Faults::calm(0);
        let mut simulation = Simulation::new(&world, faults);
        simulation.set_clock(self.clock_ms());
        let policy = Policy::default();
        let clouds = self.real_clouds();
        let advice =
            clouds.and_then(|it| it.advice(&world, &request.operation, Some(&request.subject)));
        let ask = async |remote: &dyn Remote| {
            conform(
                &world,
                remote,
                operation,
                &request,
                &policy,
                advice.as_ref(),
            )
            .await
        };
        let result = match clouds {
            None => block_on(ask(&Played::new(&mut simulation))),
            Some(clouds) => {
                let remote = Connected::new(clouds, &world, Facts::default(), &mut simulation);
                clouds.wait_for(ask(&remote))
            }
        };
        let entry = observed_facts("conform", &result.facts);
        if let Some(home) = self.home.as_ref().filter(|_| !self.is_of_files) {
            home.append(std::slice::from_ref(&entry))?;
        }
        store::replay_one(&mut self.knowledge, entry)?;
        self.snapshot = self.knowledge.world();
        Ok(result)
    }

    /// A request with its arguments in place, whether its condition holds or not.
    pub(crate) fn request(
        &self,
        operation: &str,
        subject: &str,
        arguments: &[impl AsRef<str>],
    ) -> Result<(Request, Kind), Error> {
        let checked = self.check(operation, subject, arguments, &Limits::default())?;
        let subject = checked.subject;
        let Some(checked) = checked.operations.into_iter().next() else {
            return Err(Error::internal("a check of one operation gave none"));
        };
        let mut findings: Vec<Finding> = checked
            .findings
            .iter()
            .filter(|finding| !CONDITIONS.contains(&&*finding.code))
            .map(|finding| {
                Finding::error(
                    finding.code.clone(),
                    finding.message.clone(),
                    finding.help.clone(),
                )
            })
            .collect();
        findings.retain(|finding| finding.severity == Severity::Error);
        if !findings.is_empty() {
            return Err(Error::Invalid(findings));
        }
        let arguments = checked.arguments.into_iter().map(|(name, argument)| {
            let values = argument.values().iter();
            (name, values.filter_map(|value| value.as_known()).collect())
        });
        let kind = checked.kind;
        let request = Request {
            operation: checked.operation,
            subject,
            arguments: arguments.collect(),
        };
        Ok((request, kind))
    }
}
