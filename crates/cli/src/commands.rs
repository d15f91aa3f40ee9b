//! The verbs, one module each: what a verb's arguments are, what it asks the facade, and how it ends.

pub(crate) mod accounts;
pub(crate) mod apply;
mod attending;
pub(crate) mod carry_on;
pub(crate) mod chain;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod conform;
pub(crate) mod connect;
pub(crate) mod coverage;
pub(crate) mod demo;
pub(crate) mod entail;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod import;
pub(crate) mod libraries;
pub(crate) mod man;
pub(crate) mod mcp;
pub(crate) mod plan;
pub(crate) mod prepare;
pub(crate) mod query;
pub(crate) mod read;
pub(crate) mod ready;
pub(crate) mod refresh;
pub(crate) mod render;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod runs;
pub(crate) mod serve;
pub(crate) mod show;
pub(crate) mod together;
pub(crate) mod update;
pub(crate) mod validate;
pub(crate) mod verify;
pub(crate) mod why;

use crate::arguments::Verb;
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Does what the verb says.
pub(crate) fn run(session: &Session, verb: Verb) -> Result<Exit, Failure> {
    match verb {
        Verb::Demo(arguments) => demo::run(session, &arguments),
        Verb::Get(arguments) => get::run(session, &arguments),
        Verb::Explain(arguments) => explain::run(session, &arguments),
        Verb::Check(arguments) => check::run(session, &arguments),
        Verb::Do(arguments) => request::run(session, &arguments),
        Verb::Prepare(arguments) => prepare::run(session, &arguments),
        Verb::Ready(arguments) => ready::run(session, &arguments),
        Verb::Together(arguments) => together::run(session, &arguments),
        Verb::Chain(arguments) => chain::run(session, &arguments),
        Verb::Connect(arguments) => connect::run(session, &arguments),
        Verb::Plan(arguments) => plan::run(session, &arguments),
        Verb::Verify(arguments) => verify::run(session, &arguments),
        Verb::Show(arguments) => show::run(session, &arguments),
        Verb::Apply(arguments) => apply::run(session, &arguments),
        Verb::Conform(arguments) => conform::run(session, &arguments),
        Verb::Runs(arguments) => runs::run(session, &arguments),
        Verb::Resume(arguments) => carry_on::resume(session, &arguments),
        Verb::Undo(arguments) => carry_on::undo(session, &arguments),
        Verb::Query(arguments) => query::run(session, &arguments),
        Verb::Accounts(arguments) => accounts::run(session, &arguments),
        Verb::Refresh(arguments) => refresh::run(session, &arguments),
        Verb::Update(arguments) => update::run(session, &arguments),
        Verb::Validate(arguments) => validate::run(session, &arguments),
        Verb::Coverage(arguments) => coverage::run(session, &arguments),
        Verb::Libraries(arguments) => libraries::run(session, &arguments),
        Verb::Import(arguments) => import::run(session, &arguments),
        Verb::Render(arguments) => render::run(session, &arguments),
        Verb::Read(arguments) => read::run(session, &arguments),
        Verb::Export(arguments) => export::run(session, &arguments),
        Verb::Why(arguments) => why::run(session, &arguments),
        Verb::Entail(arguments) => entail::run(session, &arguments),
        Verb::Serve(arguments) => serve::run(session, &arguments),
        Verb::Mcp(arguments) => mcp::run(session, &arguments),
        Verb::Completions(arguments) => completions::run(session, &arguments),
        Verb::Man(arguments) => man::run(session, &arguments),
    }
}
