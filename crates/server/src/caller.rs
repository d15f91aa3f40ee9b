//! Who asks, and whether that may be done.
//!
//! In: a request that was let in. Out: its caller: the operator, who has the server's token and may do whatever the server
//! was started with, or a user of the issuer, whom the operator's policies bind besides. What a request does is read off
//! its method and path, and whatever is not known there to be a question counts as a change.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Extensions, Method};
use samos::Plan;
use samos::access::{ServerDeed, User};

use crate::problem::Problem;
use crate::server::Server;

/// Requests that change nothing although they are sent by POST.
const QUESTIONS: [&str; 14] = [
    "/sparql",
    "/mcp",
    "/api/v1/format",
    "/api/v1/check",
    "/api/v1/prepare",
    "/api/v1/ready",
    "/api/v1/ready/together",
    "/api/v1/together",
    "/api/v1/chain",
    "/api/v1/connect",
    "/api/v1/plan",
    "/api/v1/verify",
    "/api/v1/validate",
    "/api/v1/export",
];

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Whoever has the server's token, or anybody where it has none.
    Operator,
    /// Somebody the issuer vouches for.
    User(Arc<User>),
}

impl Caller {
    /// Who was found to ask; nobody gets this far without having been looked at.
    pub(crate) fn of(extensions: &Extensions) -> Result<Self, Problem> {
        let caller = extensions.get::<Self>().cloned();
        caller.ok_or_else(|| Problem::internal("nobody looked at who asks"))
    }

    /// May that be done?
    pub(crate) fn may(&self, server: &Server, deed: ServerDeed) -> Result<(), Problem> {
        let (Self::User(user), Some(issuer)) = (self, &server.issuer) else {
            return Ok(());
        };
        Ok(server.now().samos.may_user(&issuer.policies, user, deed)?)
    }

    /// May a plan be run, or what it did be taken back: as a whole, and each call of it?
    pub(crate) fn may_run(
        &self,
        server: &Server,
        plan: &Plan,
        taking_back: bool,
    ) -> Result<(), Problem> {
        let (Self::User(user), Some(issuer)) = (self, &server.issuer) else {
            return Ok(());
        };
        self.may(server, ServerDeed::Run)?;
        let samos = &server.now().samos;
        Ok(samos.may_user_run(&issuer.policies, user, plan, taking_back)?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(&parts.extensions)
    }
}

/// What a request does, as far as its method and path tell; an update in `/sparql` and a tool of `/mcp` that runs plans
/// tell it themselves.
pub(crate) fn deed_of(method: &Method, path: &str) -> ServerDeed {
    if method.is_safe() || QUESTIONS.contains(&path) {
        return ServerDeed::Read;
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    if path.starts_with("/api/v1/plans/") && last == "approval" {
        ServerDeed::Approve
    } else if path.starts_with("/api/v1/plans/") && last == "apply"
        || path.starts_with("/api/v1/runs/")
    {
        ServerDeed::Run
    } else if path.starts_with("/api/v1/entities/") && last == "refresh" {
        ServerDeed::Refresh
    } else {
        ServerDeed::Update
    }
}

#[cfg(test)]
mod tests {
    use super::{QUESTIONS, deed_of};
    use axum::http::Method;
    use samos::access::ServerDeed;

    #[test]
    fn what_is_not_known_to_be_a_question_counts_as_a_change() {
        let post = |path: &str| deed_of(&Method::POST, path);
        assert_eq!(deed_of(&Method::GET, "/store"), ServerDeed::Read);
        assert_eq!(post("/api/v1/connect"), ServerDeed::Read);
        assert_eq!(post("/api/v1/plans/sha256:0/approval"), ServerDeed::Approve);
        assert_eq!(post("/api/v1/plans/sha256:0/apply"), ServerDeed::Run);
        assert_eq!(post("/api/v1/runs/r-1/undo"), ServerDeed::Run);
        assert_eq!(
            post("/api/v1/entities/ec2:web-1/refresh"),
            ServerDeed::Refresh
        );
        for path in ["/store", "/api/v1/observations", "/api/v1/plans", "/new"] {
            assert_eq!(post(path), ServerDeed::Update, "{path}");
        }
        assert_eq!(
            deed_of(&Method::DELETE, "/api/v1/plans/sha256:0"),
            ServerDeed::Update
        );
    }

    #[test]
    fn the_questions_are_offered() {
        let document = crate::document();
        for path in QUESTIONS.iter().filter(|path| path.starts_with("/api/")) {
            let item = document.paths.paths.get(*path);
            assert!(item.is_some_and(|item| item.post.is_some()), "{path}");
        }
    }
}
