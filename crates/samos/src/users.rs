//! What users of a server may do, by the operator's policies.
//!
//! In: policies, a user, a deed or a plan. Out: nothing where it may be done, else why not. Not here: who somebody is.

use std::collections::BTreeMap;

use samos_access::{ServerDeed, User, UserPolicies};
use samos_model::plan::{PlanValue, Undo};
use samos_model::{Iri, Plan, Request};

use crate::names::Vocabulary as _;
use crate::{Error, Samos};

/// Stands for what a plan makes before it uses it.
const NOT_YET: &str = "urn:samos:not-yet";

impl Samos {
    /// Reads policies about users; `None` is what is usual: everybody may read.
    ///
    /// # Errors
    /// When they cannot be read or name what does not exist.
    pub fn user_policies(&self, text: Option<&str>) -> Result<UserPolicies, Error> {
        let expand = |name: &str| self.expand(name);
        UserPolicies::read(text, self.world(), &expand).map_err(Error::Invalid)
    }

    /// May a user do that?
    ///
    /// # Errors
    /// When not; the finding names the policy.
    pub fn may_user(
        &self,
        policies: &UserPolicies,
        user: &User,
        deed: ServerDeed,
    ) -> Result<(), Error> {
        let refused = policies.decide(user, deed).finding_about_user();
        refused.map_or(Ok(()), |finding| Err(Error::NotPermitted(vec![finding])))
    }

    /// May a user have each step of a plan called, or what takes each back?
    ///
    /// # Errors
    /// When not: a finding for each call that is not permitted.
    pub fn may_user_run(
        &self,
        policies: &UserPolicies,
        user: &User,
        plan: &Plan,
        taking_back: bool,
    ) -> Result<(), Error> {
        let called = plan.steps.iter().filter_map(|step| {
            if !taking_back {
                return Some((&step.operation, &step.subject));
            }
            match &step.undo {
                Undo::By {
                    operation, subject, ..
                } => Some((operation, subject)),
                _ => None,
            }
        });
        let refused = called.filter_map(|(operation, subject)| {
            let request = Request {
                operation: operation.clone(),
                subject: match subject {
                    PlanValue::Entity { entity } => entity.clone(),
                    _ => Iri::from(NOT_YET),
                },
                arguments: BTreeMap::new(),
            };
            policies
                .decide_step(self.world(), user, &request)
                .finding_about_user()
        });
        let refused: Vec<_> = refused.collect();
        if refused.is_empty() {
            Ok(())
        } else {
            Err(Error::NotPermitted(refused))
        }
    }
}
