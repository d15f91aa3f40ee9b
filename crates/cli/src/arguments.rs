//! What may stand on the command line.
//!
//! The arguments of a verb stand beside its code, in `commands`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::output::Format;

/// Knows what each cloud operation needs and gives; asks for safe sequences of them; checks and runs them.
#[derive(Parser, Debug)]
#[command(
    name = "samos",
    version,
    disable_help_subcommand = false,
    max_term_width = 100,
    after_help = "Exit codes: 0 done; 1 error; 2 plan has changes (--detailed-exitcode); 3 nothing found; \
                  4 stale or used plan; 5 not permitted; 6 a limit was hit before an answer.\n\n\
                  Start with: samos demo"
)]
pub(crate) struct CommandLine {
    /// What goes with every verb.
    #[command(flatten)]
    pub(crate) global: Global,
    /// The verb.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What goes with every verb.
#[derive(Args, Debug, Clone)]
pub(crate) struct Global {
    /// Load ontologies and facts from a file or folder, or the built-in `demo`; may be repeated.
    #[arg(
        long,
        global = true,
        value_name = "FILE|DIR|demo",
        help_heading = "Everywhere"
    )]
    pub(crate) world: Vec<String>,
    /// Use the mappings of a file or folder beside those built in and in the data directory; may be repeated.
    #[arg(
        long,
        global = true,
        value_name = "FILE|DIR",
        help_heading = "Everywhere"
    )]
    pub(crate) mappings: Vec<PathBuf>,
    /// Where runs and facts are kept [env: SAMOS_DATA] [default: samos in the user's data directory].
    #[arg(long, global = true, value_name = "DIR", help_heading = "Everywhere")]
    pub(crate) data: Option<PathBuf>,
    /// Ask about the world as that run left it.
    #[arg(long, global = true, value_name = "RUN", help_heading = "Everywhere")]
    pub(crate) after: Option<String>,
    /// The form of what is printed.
    #[arg(
        short = 'o',
        long = "output",
        global = true,
        value_enum,
        value_name = "FORM",
        default_value_t,
        hide_possible_values = true,
        help = "The form of what is printed: table, wide, json, yaml, name, mermaid, dot, csv, tsv, xml, turtle",
        help_heading = "Everywhere"
    )]
    pub(crate) output: Format,
    /// No colour; NO_COLOR in the environment does the same.
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) no_color: bool,
    /// Say how much processor time a search took.
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub(crate) timing: bool,
}

/// What can be asked.
#[derive(Subcommand, Debug)]
pub(crate) enum Verb {
    /// Play the paper's figure 9 in the demo world: plan, explain, check, run.
    Demo(commands::demo::Arguments),
    /// List what is known: services, instances, aspects, operations, plans, runs, providers.
    Get(commands::get::Arguments),
    /// Say what an operation, a type, a thing or an error code is.
    Explain(commands::explain::Arguments),
    /// Verify one operation on one subject, with ways to satisfy what is open.
    Check(commands::check::Arguments),
    /// Send one request: verify it, and run it once its changes are approved.
    Do(commands::request::Arguments),
    /// Look at all operations of a subject: what each still needs (BASR).
    Prepare(commands::prepare::Arguments),
    /// Say what can be done now, of everything there is, and what stands in the way of the rest.
    Ready(commands::ready::Arguments),
    /// Group operations that do the same on several subjects, across clouds (CCSR).
    Together(commands::together::Arguments),
    /// Find chains in which one request makes the next possible, in one cloud (SCSR).
    Chain(commands::chain::Arguments),
    /// Make services of different clouds work together (IOSR).
    Connect(commands::connect::Arguments),
    /// Find the cheapest plan that reaches a goal.
    Plan(commands::plan::Arguments),
    /// Check a plan file independently of whatever made it.
    Verify(commands::verify::Arguments),
    /// Show what a plan file or a run says.
    Show(commands::show::Arguments),
    /// Run a plan.
    Apply(commands::apply::Arguments),
    /// Ask for an operation, ready or not, and compare what happens with what is described.
    Conform(commands::conform::Arguments),
    /// List the runs.
    Runs(commands::runs::Arguments),
    /// Go on with a run that stopped.
    Resume(commands::carry_on::Arguments),
    /// Take back what a run did.
    Undo(commands::carry_on::Arguments),
    /// Ask with SPARQL: SELECT, ASK, CONSTRUCT, DESCRIBE.
    Query(commands::query::Arguments),
    /// Accounts: in whose names requests are really sent
    Accounts(commands::accounts::Arguments),
    /// Read a thing, or all that an account has, and keep what was seen
    Refresh(commands::refresh::Arguments),
    /// Change the facts of the data directory with SPARQL Update.
    Update(commands::update::Arguments),
    /// Validate ontology and mapping files.
    Validate(commands::validate::Arguments),
    /// Count how many of each provider's operations can really be called.
    Coverage(commands::coverage::Arguments),
    /// List the libraries through which operations are called, and say which go first.
    Libraries(commands::libraries::Arguments),
    /// Turn another notation's model into a world.
    Import(commands::import::Arguments),
    /// Show the API request of an operation; nothing is sent.
    Render(commands::render::Arguments),
    /// Say what an API's answer means.
    Read(commands::read::Arguments),
    /// Write a plan in another form.
    Export(commands::export::Arguments),
    /// Prove an inferred fact.
    Why(commands::why::Arguments),
    /// Write the full closure of a world as N-Triples.
    Entail(commands::entail::Arguments),
    /// Serve the world over HTTP: SPARQL, REST, events, pages.
    Serve(commands::serve::Arguments),
    /// Speak the Model Context Protocol over standard input and output, for agents.
    Mcp(commands::mcp::Arguments),
    /// Write completions for a shell.
    Completions(commands::completions::Arguments),
    /// Write the manual page.
    Man(commands::man::Arguments),
}
