//! The providers: how far each can be used, in whose name, and what went wrong last.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use samos::access::Deed;
use samos::catalogue::{self, ProviderRow};
use samos::{AccountState, CredentialState, Iri, World, export};
use serde::Serialize;
use utoipa::ToSchema;

use super::Listing;
use super::catalog::{STATE, seen};
use super::naming::label_of;
use crate::configuration::WorldKind;
use crate::problem::Problem;
use crate::server::Server;

/// A provider, and how far it can be used.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProviderItem {
    /// With its prefix.
    name: String,
    /// In full.
    iri: String,
    /// What people call it.
    label: Option<String>,
    /// How many services are known.
    services: usize,
    /// How many accounts the facts name.
    accounts: usize,
    /// How far its operations are described and mapped to requests.
    coverage: Coverage,
    /// `simulated`, `present`, `refused` or `missing`: the best of its accounts; never the credentials themselves.
    credentials: String,
    /// The accounts in whose name requests are sent; none where it is simulated.
    connections: Vec<Connection>,
    /// When the newest fact about one of its things was observed.
    last_facts_at: Option<String>,
}

/// How far the operations of a provider can be used.
#[derive(Serialize, ToSchema)]
pub(crate) struct Coverage {
    /// How many are described.
    operations: usize,
    /// How many of them are mapped to requests of its interface.
    mapped: usize,
    /// Those that are not.
    missing: Vec<String>,
    /// How many are mapped for each library.
    libraries: BTreeMap<String, usize>,
}

/// An account in whose name requests are sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct Connection {
    /// What it is called.
    name: String,
    /// The thing that stands for it, in short.
    entity: Option<String>,
    /// Where requests go, where that is not the usual place.
    endpoint: Option<String>,
    /// The region that is meant when none is named.
    region: Option<String>,
    /// Through which library operations are called.
    library: Option<String>,
    /// `present`, `refused` or `missing`.
    credentials: String,
    /// Are requests really sent in its name?
    connected: bool,
    /// May it only read?
    read_only: bool,
    /// Its policies in Cedar; none allows everything.
    policy: Option<String>,
    /// Its requests that failed last, the newest first.
    failures: Vec<FailedRequest>,
}

/// A request that was not answered well.
#[derive(Serialize, ToSchema)]
pub(crate) struct FailedRequest {
    /// When, RFC 3339.
    at: String,
    /// The operation, in short.
    operation: String,
    /// On what, in short.
    subject: String,
    /// What became of it, in words.
    what: String,
}

/// The providers.
#[utoipa::path(get, path = "/api/v1/providers", tag = "catalog", responses(
    (status = 200, body = Listing<ProviderItem>),
    Problem,
))]
pub(crate) async fn providers(
    State(server): State<Arc<Server>>,
) -> Result<Json<Listing<ProviderItem>>, Problem> {
    let is_simulated = server.configuration.kind != WorldKind::Data;
    let work = move |samos: &samos::Samos| {
        let world = samos.world();
        let mut usable = samos.usable()?;
        let all = catalogue::providers(world);
        let entities = catalogue::members(world, "https://w3id.org/samos#Entity");
        let row = |iri: &Iri| {
            let ProviderRow {
                name,
                iri: full,
                operations,
                services,
                accounts,
            } = catalogue::provider(world, iri);
            let own = entities
                .iter()
                .filter(|entity| world.provider_of(entity).as_ref() == Some(iri));
            let seen = own.filter_map(|entity| seen(world, entity, &Iri::from(STATE)));
            let usable = usable.remove(iri).unwrap_or_default();
            ProviderItem {
                name,
                iri: full.to_string(),
                label: label_of(world, iri),
                services,
                accounts,
                coverage: Coverage {
                    operations,
                    mapped: usable.mapped,
                    missing: short(&usable.missing, world),
                    libraries: usable.libraries,
                },
                credentials: if is_simulated {
                    "simulated"
                } else {
                    best(&usable.accounts)
                }
                .to_owned(),
                connections: usable
                    .accounts
                    .into_iter()
                    .map(|account| connection(account, world))
                    .collect(),
                last_facts_at: seen.map(|seen| seen.at).max(),
            }
        };
        Ok(Listing::of(&all, None, None, row))
    };
    server.answer(work).await
}

fn short(all: &[Iri], world: &dyn World) -> Vec<String> {
    all.iter().map(|iri| export::short(iri, world)).collect()
}

/// The best credentials among the accounts.
fn best(accounts: &[AccountState]) -> &'static str {
    let states = [CredentialState::Present, CredentialState::Refused];
    let has = |state: &CredentialState| accounts.iter().any(|one| one.credentials == *state);
    let best = states.into_iter().find(has);
    in_a_word(best.unwrap_or(CredentialState::Missing))
}

fn in_a_word(state: CredentialState) -> &'static str {
    match state {
        CredentialState::Present => "present",
        CredentialState::Refused => "refused",
        CredentialState::Missing => "missing",
    }
}

fn connection(account: AccountState, world: &dyn World) -> Connection {
    let profile = account.profile;
    let failures = account.failures.into_iter().map(|entry| FailedRequest {
        operation: export::short(&entry.operation, world),
        subject: export::short(&entry.subject, world),
        what: match &entry.deed {
            Deed::Refused { class } => format!("refused by the provider: {class}"),
            Deed::Lost => "no answer came".to_owned(),
            Deed::Denied { by } => format!("not sent: the policy {} forbids it", by.join(", ")),
            Deed::Sent | Deed::Answered => String::new(),
        },
        at: entry.at,
    });
    Connection {
        failures: failures.collect(),
        entity: profile.entity.map(|iri| export::short(&iri, world)),
        credentials: in_a_word(account.credentials).to_owned(),
        connected: account.is_connected,
        read_only: profile.read_only,
        policy: (!profile.policy.is_empty()).then_some(profile.policy),
        name: profile.name,
        endpoint: profile.endpoint,
        region: profile.region,
        library: profile.library,
    }
}
