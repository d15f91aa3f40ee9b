//! What a user of the server may do, in Cedar.
//!
//! In: policies, a user with roles, what is to be done, and the world that says what its names mean. Out: yes, or no and which
//! policy says so. The user is the principal `User::"NAME"`, in `Role::"ROLE"` for each of its roles. What is done with the
//! server is an action on `Server::"samos"`: `read`, `refresh`, `update`, `approve`, `run`. A step of a plan is an action, in
//! the groups and on the resources of accounts' policies. Only what a policy permits is allowed, so without one a user may
//! read and no more. A policy that cannot be evaluated forbids.
//! Not here: who somebody is; whoever calls has made sure of that.

use std::collections::BTreeSet;

use cedar_policy::{Context, Entities, Entity, Request as CedarRequest};
use samos_model::codes::access as codes;
use samos_model::world::World;
use samos_model::{Finding, Iri, Request};

use crate::policy::{
    ACTION, Decision, PROVIDER, PolicyText, SUBJECT, SUBJECT_TYPE, Vocabulary, operation_entities,
    uid,
};

const USER: &str = "User";
const ROLE: &str = "Role";
const SERVER: &str = "Server";
const SAMOS: &str = "samos";
const KINDS: [&str; 7] = [USER, ROLE, ACTION, SERVER, SUBJECT, SUBJECT_TYPE, PROVIDER];
/// What users may do where nothing is written.
const USUAL: &str = "permit (principal, action == Action::\"read\", resource);";

/// Somebody an issuer vouches for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct User {
    /// The issuer's name for the user.
    pub name: String,
    /// The roles that the issuer says it has.
    pub roles: BTreeSet<String>,
}

/// What can be done with a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ServerDeed {
    /// To look and to ask, which changes nothing.
    Read,
    /// To have providers asked for what is so now.
    Refresh,
    /// To change facts and what is kept.
    Update,
    /// To approve a plan.
    Approve,
    /// To have a plan carried out, gone on with, ended or taken back.
    Run,
}

impl ServerDeed {
    const ALL: [Self; 5] = [
        Self::Read,
        Self::Refresh,
        Self::Update,
        Self::Approve,
        Self::Run,
    ];

    /// Its name in policies.
    #[must_use = "this is a name and changes nothing"]
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Refresh => "refresh",
            Self::Update => "update",
            Self::Approve => "approve",
            Self::Run => "run",
        }
    }
}

/// The policies about users, read.
#[derive(Clone, Debug)]
pub struct UserPolicies {
    text: PolicyText,
}

impl UserPolicies {
    /// Reads them; `None` is what is usual: everybody may read. `expand` gives the IRI that a prefixed name stands for.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn read(
        text: Option<&str>,
        world: &dyn World,
        expand: &dyn Fn(&str) -> Option<Iri>,
    ) -> Result<Self, Vec<Finding>> {
        let vocabulary = Vocabulary {
            whose: "users".to_owned(),
            kinds: &KINDS,
            help: "correct it; `samos explain U0304` shows some",
            stands: &|kind, name| match kind {
                USER | ROLE => Some(true),
                SERVER => Some(name == SAMOS),
                ACTION => ServerDeed::ALL
                    .iter()
                    .any(|deed| deed.word() == name)
                    .then_some(true),
                _ => None,
            },
            near: &|_| None,
        };
        let text = PolicyText::read(text.unwrap_or(USUAL), &vocabulary, world, expand)?;
        Ok(Self { text })
    }

    /// May the user do this with the server?
    #[must_use = "what is denied must not be done"]
    pub fn decide(&self, user: &User, deed: ServerDeed) -> Decision {
        let words = format!("user `{}` may not {} here", user.name, deed.word());
        let action = uid(ACTION, deed.word());
        let resource = uid(SERVER, SAMOS);
        let mut entities = principal(user);
        entities.push(Entity::new_no_attrs(action.clone(), Default::default()));
        entities.push(Entity::new_no_attrs(resource.clone(), Default::default()));
        self.answer(user, action, resource, entities, &words)
    }

    /// May the user have this done by a provider?
    #[must_use = "what is denied must not be done"]
    pub fn decide_step(&self, world: &dyn World, user: &User, request: &Request) -> Decision {
        let words = format!(
            "user `{}` may not have `{}` called on `{}`",
            user.name,
            world.compact(&request.operation),
            world.compact(&request.subject)
        );
        let Some(operation) = world.operation(&request.operation) else {
            return Decision::Denied {
                by: Vec::new(),
                message: format!("{words}: the operation is not known"),
            };
        };
        let (action, resource, mut entities) = operation_entities(world, request, operation);
        entities.extend(principal(user));
        self.answer(user, action, resource, entities, &words)
    }

    fn answer(
        &self,
        user: &User,
        action: cedar_policy::EntityUid,
        resource: cedar_policy::EntityUid,
        entities: Vec<Entity>,
        words: &str,
    ) -> Decision {
        let asked = Entities::from_entities(entities, None)
            .map_err(|error| error.to_string())
            .and_then(|entities| {
                let principal = uid(USER, &user.name);
                CedarRequest::new(principal, action, resource, Context::empty(), None)
                    .map(|request| (request, entities))
                    .map_err(|error| error.to_string())
            });
        self.text.judge(asked, words)
    }
}

impl Decision {
    /// A finding where a user may not do it.
    #[must_use = "this makes a value and changes nothing"]
    pub fn finding_about_user(&self) -> Option<Finding> {
        match self {
            Self::Allowed => None,
            Self::Denied { message, .. } => Some(Finding::error(
                codes::USER_DENIED,
                message.clone(),
                "ask the operator for a role or a policy that permits it",
            )),
        }
    }
}

/// The user in its roles.
fn principal(user: &User) -> Vec<Entity> {
    let roles: Vec<_> = user.roles.iter().map(|role| uid(ROLE, role)).collect();
    let mut entities: Vec<Entity> = roles
        .iter()
        .map(|role| Entity::new_no_attrs(role.clone(), Default::default()))
        .collect();
    entities.push(Entity::new_no_attrs(
        uid(USER, &user.name),
        roles.into_iter().collect(),
    ));
    entities
}
