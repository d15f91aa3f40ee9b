//! `samos get KIND [NAME]`.

use clap::{Args, ValueEnum};
use samos::model::operation::Kind;
use samos::model::vocabulary::samos as terms;
use samos::{Iri, Samos, catalogue};
use serde::Serialize;
use serde_json::json;

use super::runs;
use crate::failure::{Exit, Failure};
use crate::output::Format;
use crate::render::table;
use crate::session::Session;

/// The arguments of `get`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// What to list.
    #[arg(value_enum, value_name = "KIND")]
    kind: Listed,
    /// Only the one of this name.
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// How many rows at most; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
}

/// What can be listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Listed {
    /// The services themselves, one individual per account.
    #[value(alias = "service")]
    Services,
    /// Things created within a service, such as machines and load balancers.
    #[value(alias = "instance")]
    Instances,
    /// What else operations deal with: regions, images, keys, addresses, accounts.
    #[value(alias = "aspect")]
    Aspects,
    /// What can be asked of them.
    #[value(alias = "operation")]
    Operations,
    /// The plans that runs have used.
    #[value(alias = "plan")]
    Plans,
    /// The runs.
    #[value(alias = "run")]
    Runs,
    /// The clouds.
    #[value(alias = "provider")]
    Providers,
}

/// Lists.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let samos = session.samos()?;
    match arguments.kind {
        Listed::Services => entities(session, arguments, &samos, terms::SERVICE, "services"),
        Listed::Instances => entities(
            session,
            arguments,
            &samos,
            terms::SERVICE_INSTANCE,
            "instances",
        ),
        Listed::Aspects => entities(session, arguments, &samos, terms::ASPECT, "aspects"),
        Listed::Operations => operations(session, arguments, &samos),
        Listed::Providers => providers(session, arguments, &samos),
        Listed::Runs => runs::list(session, &samos, arguments.name.as_deref()),
        Listed::Plans => runs::list_plans(session, &samos, arguments.name.as_deref()),
    }
}

fn entities(
    session: &Session,
    arguments: &Arguments,
    samos: &Samos,
    class: &str,
    kind: &str,
) -> Result<Exit, Failure> {
    let world = samos.world();
    let found = match &arguments.name {
        Some(name) => vec![samos.entity(name)?],
        None => catalogue::members(world, class),
    };
    let shown = cut(session, arguments, found);
    let rows: Vec<_> = shown
        .iter()
        .map(|iri| catalogue::entity(world, iri))
        .collect();
    let cells = |row: &catalogue::EntityRow| {
        let mut cells = vec![
            row.name.clone(),
            row.provider.clone().unwrap_or_default(),
            row.kind.clone(),
            row.state.clone().unwrap_or_default(),
            row.reads.to_string(),
            row.changes.to_string(),
            row.blocked.to_string(),
        ];
        if session.output.format == Format::Wide {
            cells.push(row.iri.to_string());
        }
        cells
    };
    let heading = [
        "NAME", "PROVIDER", "KIND", "STATE", "READS", "CHANGES", "BLOCKED", "IRI",
    ];
    print(
        session,
        kind,
        &heading,
        &rows,
        |row| row.name.clone(),
        cells,
    )
}

fn operations(session: &Session, arguments: &Arguments, samos: &Samos) -> Result<Exit, Failure> {
    let world = samos.world();
    let found: Vec<Iri> = match &arguments.name {
        Some(name) => vec![samos.operation(name)?],
        None => world
            .operations()
            .iter()
            .map(|operation| operation.iri.clone())
            .collect(),
    };
    let shown = cut(session, arguments, found);
    let rows: Vec<_> = shown
        .iter()
        .filter_map(|iri| world.operation(iri))
        .map(|operation| catalogue::operation(world, operation))
        .collect();
    let words = |names: &[samos::Name]| {
        let names: Vec<&str> = names.iter().map(samos::Name::as_str).collect();
        names.join(",")
    };
    let cells = |row: &catalogue::OperationRow| {
        let kind = match row.kind {
            Kind::Information => "read",
            Kind::Manipulation => "change",
        };
        let mut cells = vec![
            row.name.clone(),
            row.provider.clone().unwrap_or_default(),
            kind.to_owned(),
            row.subject.clone(),
            words(&row.needs),
            words(&row.gives),
        ];
        if session.output.format == Format::Wide {
            cells.push(row.category.to_string());
            cells.push(row.iri.to_string());
        }
        cells
    };
    let heading = [
        "NAME", "PROVIDER", "KIND", "SUBJECT", "NEEDS", "GIVES", "CATEGORY", "IRI",
    ];
    print(
        session,
        "operations",
        &heading,
        &rows,
        |row| row.name.clone(),
        cells,
    )
}

fn providers(session: &Session, arguments: &Arguments, samos: &Samos) -> Result<Exit, Failure> {
    let world = samos.world();
    let found = match &arguments.name {
        Some(name) => vec![samos.entity(name)?],
        None => catalogue::providers(world),
    };
    let shown = cut(session, arguments, found);
    let rows: Vec<_> = shown
        .iter()
        .map(|iri| catalogue::provider(world, iri))
        .collect();
    let cells = |row: &catalogue::ProviderRow| {
        let mut cells = vec![
            row.name.clone(),
            row.operations.to_string(),
            row.services.to_string(),
            row.accounts.to_string(),
        ];
        if session.output.format == Format::Wide {
            cells.push(row.iri.to_string());
        }
        cells
    };
    let heading = ["NAME", "OPERATIONS", "SERVICES", "ACCOUNTS", "IRI"];
    print(
        session,
        "providers",
        &heading,
        &rows,
        |row| row.name.clone(),
        cells,
    )
}

/// The rows to show; says so when they are not all.
fn cut(session: &Session, arguments: &Arguments, mut found: Vec<Iri>) -> Vec<Iri> {
    let all = found.len();
    if arguments.limit > 0 && all > arguments.limit {
        found.truncate(arguments.limit);
        session.output.say(&format!(
            "{} of {all} shown; --limit 0 shows all",
            arguments.limit
        ));
    }
    found
}

/// Prints rows in the form asked for. The heading's last column is for the wide form.
fn print<R: Serialize>(
    session: &Session,
    kind: &str,
    heading: &[&str],
    rows: &[R],
    name: impl Fn(&R) -> String,
    cells: impl Fn(&R) -> Vec<String>,
) -> Result<Exit, Failure> {
    match session.output.format {
        Format::Json | Format::Yaml => session.output.value(&json!({kind: rows}))?,
        Format::Name => {
            let names: String = rows.iter().map(|row| name(row) + "\n").collect();
            session.output.data(&names)?;
        }
        Format::Table | Format::Wide if rows.is_empty() => {
            let hint = if session.has_world() {
                ""
            } else {
                "; try --world demo"
            };
            session
                .output
                .say(&format!("no {kind} are known here{hint}"));
        }
        Format::Table | Format::Wide => {
            let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
            let width = cells.first().map_or(0, Vec::len);
            let heading = heading.get(..width).unwrap_or(heading);
            session.output.data(&table::columns(heading, cells))?;
        }
        other => return Err(other.unsupported("get")),
    }
    Ok(Exit::Done)
}
