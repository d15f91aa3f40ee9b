//! `samos accounts`: in whose names requests are really sent. Secrets come from standard input, never from an argument.

use clap::{Args, Subcommand};
use samos::access::{AccountProfile, Credentials, account_of_clouds_file, account_of_variables};
use serde_json::json;

use crate::failure::{Exit, Failure};
use crate::keys;
use crate::session::Session;

/// The arguments of `accounts`.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand, Debug)]
enum Action {
    /// Add an account; its secrets are read from standard input, one `name=value` a line (or a PEM text)
    Add(Add),
    /// List the accounts (the default)
    List,
    /// Ask providers whether the credentials are good
    Verify {
        /// The accounts; none named means all
        names: Vec<String>,
    },
    /// Remove an account and its credentials
    Remove {
        /// The account
        name: String,
    },
    /// Show what was done with the accounts, from a log that shows tampering
    Audit,
}

#[derive(Args, Debug)]
struct Add {
    /// What you call it
    name: String,
    /// Its provider, such as aws:aws
    #[arg(long)]
    provider: String,
    /// Where requests go: a server's address, an identity service's, or a socket's path
    #[arg(long)]
    endpoint: Option<String>,
    /// The region that is meant when none is named
    #[arg(long)]
    region: Option<String>,
    /// The account as your world names it already; without this it gets a name of its own
    #[arg(long)]
    entity: Option<String>,
    /// The library through which operations are called, such as aws/botocore
    #[arg(long)]
    library: Option<String>,
    /// What the driver wants to know beside that, as name=value; nothing secret
    #[arg(long, value_name = "NAME=VALUE")]
    setting: Vec<String>,
    /// Take the address and the credentials from this cloud of OpenStack's clouds.yaml
    #[arg(long, value_name = "NAME", conflicts_with = "os_environment")]
    os_cloud: Option<String>,
    /// Take the address and the credentials from the variables OS_… that an openrc file sets
    #[arg(long)]
    os_environment: bool,
    /// Policies in Cedar: a file
    #[arg(long, value_name = "FILE")]
    policy: Option<std::path::PathBuf>,
    /// It may only read
    #[arg(long)]
    read_only: bool,
}

/// Does what was asked of the accounts.
pub(crate) fn run(session: &Session, arguments: &Arguments) -> Result<Exit, Failure> {
    let mut samos = session.unconnected()?;
    match arguments.action.as_ref().unwrap_or(&Action::List) {
        Action::Add(add) => {
            let profile = AccountProfile::new(&add.name, samos.entity(&add.provider)?);
            let (mut profile, credentials) = told(session, add, profile)?;
            profile.endpoint = add.endpoint.clone().or(profile.endpoint);
            if let Some(entity) = &add.entity {
                profile.entity = Some(samos.entity(entity)?);
            }
            profile.region = add.region.clone().or(profile.region);
            profile.library.clone_from(&add.library);
            profile.read_only = add.read_only;
            if let Some(path) = &add.policy {
                profile.policy = std::fs::read_to_string(path)
                    .map_err(|error| Failure::file(path, "read", &error))?;
            }
            for setting in &add.setting {
                let (name, value) = pair(setting)?;
                profile.settings.insert(name, value);
            }
            let opener = keys::opener(session, true)?;
            let added = samos.add_account(profile, &credentials, opener.as_ref())?;
            let entity = added
                .entity
                .map_or_else(String::new, |entity| entity.to_string());
            session.output.say(&format!(
                "Added {}. `samos refresh {entity}` reads what is there.",
                added.name
            ));
        }
        Action::List => {
            let accounts = samos.accounts()?;
            if session.output.is_structured() {
                session.output.value(&json!({"accounts": accounts}))?;
            } else {
                for account in accounts {
                    let may = if account.read_only {
                        "reads"
                    } else {
                        "reads, changes"
                    };
                    let endpoint = account.endpoint.unwrap_or_else(|| "-".to_owned());
                    session.output.data(&format!(
                        "{}  {}  {endpoint}  {may}",
                        account.name,
                        samos.world().compact(&account.provider)
                    ))?;
                }
            }
        }
        Action::Verify { names } => {
            let opener = keys::opener(session, false)?;
            let environment = keys::environment();
            for (name, whom) in samos.verify_accounts(names, opener.as_ref(), &environment)? {
                session
                    .output
                    .data(&format!("{name} is good, known as {}", whom.name))?;
            }
        }
        Action::Remove { name } => samos.remove_account(name)?,
        Action::Audit => {
            for entry in samos.audit()? {
                session.output.value(&json!(entry))?;
            }
        }
    }
    Ok(Exit::Done)
}

/// What OpenStack's own tools are told of it, or else secrets from standard input.
fn told(
    session: &Session,
    add: &Add,
    profile: AccountProfile,
) -> Result<(AccountProfile, Credentials), Failure> {
    if let Some(cloud) = &add.os_cloud {
        let (text, secure) = keys::clouds_file()?;
        Ok(account_of_clouds_file(
            profile,
            cloud,
            &text,
            secure.as_deref(),
        )?)
    } else if add.os_environment {
        Ok(account_of_variables(profile, keys::openstack_variables())?)
    } else {
        Ok((profile, credentials(session)?))
    }
}

/// Secrets from standard input, where something stands there.
fn credentials(session: &Session) -> Result<Credentials, Failure> {
    let mut credentials = Credentials::default();
    if crate::output::Output::can_ask() {
        session.output.say(
            "Secrets, one name=value a line (such as access_key_id=…), then the end of input:",
        );
    }
    let text = session.text_or_input("-")?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut lines = lines.peekable();
    while let Some(line) = lines.next() {
        let (name, mut value) = pair(line)?;
        // A certificate or key goes on to the line that ends it, and another may follow.
        let count = |value: &str, mark: &str| value.matches(mark).count();
        let is_open = |value: &str| count(value, "-----BEGIN ") > count(value, "-----END ");
        while let Some(more) =
            lines.next_if(|next| is_open(&value) || next.starts_with("-----BEGIN "))
        {
            value.push('\n');
            value.push_str(more);
        }
        if is_open(&value) {
            return Err(Failure::usage(
                format!("`{name}` breaks off before the line that ends it"),
                "give the whole of the PEM file",
            ));
        }
        credentials = credentials.with(name, value);
    }
    Ok(credentials)
}

fn pair(text: &str) -> Result<(String, String), Failure> {
    let (name, value) = text.split_once('=').ok_or_else(|| {
        // What stands there may be a secret: it is not repeated.
        Failure::usage(
            "a line or setting is not of the form name=value",
            "write it as name=value; what stands there is not shown, as it may be secret",
        )
    })?;
    Ok((name.trim().to_owned(), value.to_owned()))
}
