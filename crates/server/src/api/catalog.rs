//! What is known, as rows: services, instances, aspects, operations, types.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use samos::catalogue::{self, OperationRow};
use samos::model::{Kind, Observation};
use samos::{Iri, Samos, World, export};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::naming::label_of;
use super::{Listing, holds};
use crate::extract::Query;
use crate::problem::Problem;
use crate::server::Server;
use crate::{clock, configuration::WorldKind};

/// The property that all states stand under.
pub(crate) const STATE: &str = "https://w3id.org/samos#state";

/// Which things.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EntityChoice {
    /// Part of the name.
    q: Option<String>,
    /// The provider's short name.
    provider: Option<String>,
    /// The class's short name.
    kind: Option<String>,
    /// The state's short name.
    state: Option<String>,
    /// At most so many.
    limit: Option<usize>,
    /// Without the first so many.
    offset: Option<usize>,
}

/// A thing in a list.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct EntityItem {
    /// With its prefix.
    pub(crate) name: String,
    /// In full.
    pub(crate) iri: String,
    /// What people call it.
    pub(crate) label: Option<String>,
    /// Its provider, in short.
    pub(crate) provider: Option<String>,
    /// Its most specific class, in short.
    pub(crate) kind: String,
    /// The state it is in, in the provider's word.
    pub(crate) state: Option<String>,
    /// When that was observed.
    pub(crate) observed_at: Option<String>,
    /// How many seconds ago, on the world's clock.
    pub(crate) age_s: Option<i64>,
    /// How many operations read something of it.
    pub(crate) reads: usize,
    /// How many change it.
    pub(crate) changes: usize,
    /// How many of those are not allowed now, or not known to be.
    pub(crate) blocked: usize,
}

/// The services: what is asked for listings and for new things.
#[utoipa::path(get, path = "/api/v1/services", tag = "catalog", params(EntityChoice), responses(
    (status = 200, body = Listing<EntityItem>),
    Problem,
))]
pub(crate) async fn services(
    State(server): State<Arc<Server>>,
    Query(choice): Query<EntityChoice>,
) -> Result<Json<Listing<EntityItem>>, Problem> {
    entities(&server, "Service", choice).await
}

/// The instances: machines, volumes, balancers and what else runs.
#[utoipa::path(get, path = "/api/v1/instances", tag = "catalog", params(EntityChoice), responses(
    (status = 200, body = Listing<EntityItem>),
    Problem,
))]
pub(crate) async fn instances(
    State(server): State<Arc<Server>>,
    Query(choice): Query<EntityChoice>,
) -> Result<Json<Listing<EntityItem>>, Problem> {
    entities(&server, "ServiceInstance", choice).await
}

/// The aspects: regions, accounts, images, addresses and what else belongs to them.
#[utoipa::path(get, path = "/api/v1/aspects", tag = "catalog", params(EntityChoice), responses(
    (status = 200, body = Listing<EntityItem>),
    Problem,
))]
pub(crate) async fn aspects(
    State(server): State<Arc<Server>>,
    Query(choice): Query<EntityChoice>,
) -> Result<Json<Listing<EntityItem>>, Problem> {
    entities(&server, "Aspect", choice).await
}

async fn entities(
    server: &Arc<Server>,
    level: &'static str,
    choice: EntityChoice,
) -> Result<Json<Listing<EntityItem>>, Problem> {
    let kind = server.configuration.kind;
    server
        .answer(move |samos| {
            let world = samos.world();
            let now = now_of(samos, kind);
            let mut found = catalogue::members(world, &format!("https://w3id.org/samos#{level}"));
            let wanted = choice.q.as_ref().map(|text| text.to_lowercase());
            found.retain(|iri| {
                let named = wanted.as_ref().is_none_or(|wanted| {
                    holds(&export::short(iri, world), wanted)
                        || label_of(world, iri).is_some_and(|label| holds(&label, wanted))
                });
                let short = |iri: Option<Iri>| iri.map(|iri| iri.local().to_owned());
                named
                    && choice.provider.as_ref().is_none_or(|provider| {
                        short(world.provider_of(iri)).as_ref() == Some(provider)
                    })
                    && choice.state.as_ref().is_none_or(|state| {
                        short(world.entity_at(iri, STATE)).as_ref() == Some(state)
                    })
                    && choice.kind.as_ref().is_none_or(|kind| {
                        let class = catalogue::kind_of(world, iri);
                        class.is_some_and(|class| {
                            class.local() == kind.as_str() || export::short(&class, world) == *kind
                        })
                    })
            });
            let row = |iri: &Iri| item(world, iri, &now);
            Ok(Listing::of(&found, choice.limit, choice.offset, row))
        })
        .await
}

/// The row of one thing.
pub(crate) fn item(world: &dyn World, iri: &Iri, now: &str) -> EntityItem {
    let row = catalogue::entity(world, iri);
    let seen = seen(world, iri, &Iri::from(STATE));
    EntityItem {
        age_s: seen
            .as_ref()
            .and_then(|seen| clock::seconds_between(&seen.at, now)),
        observed_at: seen.map(|seen| seen.at),
        label: label_of(world, iri),
        name: row.name,
        iri: row.iri.to_string(),
        provider: row.provider,
        kind: row.kind,
        state: row.state,
        reads: row.reads,
        changes: row.changes,
        blocked: row.blocked,
    }
}

/// When and by what a property was observed, itself or one below it.
pub(crate) fn seen(world: &dyn World, iri: &Iri, property: &Iri) -> Option<Observation> {
    world.observation(iri, property).or_else(|| {
        let below = world.property(property)?.subs.iter();
        below
            .filter_map(|below| world.observation(iri, below))
            .max_by(|left, right| left.at.cmp(&right.at))
    })
}

/// What time it is in the world: the clock, or where providers are simulated the newest fact's time.
pub(crate) fn now_of(samos: &Samos, kind: WorldKind) -> String {
    let newest = samos.world().made_from().facts_at;
    match (kind, newest) {
        (WorldKind::Data, _) | (_, None) => clock::now(),
        (_, Some(newest)) => newest,
    }
}

/// Which operations.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OperationChoice {
    /// Part of the name.
    q: Option<String>,
    /// Those of this thing, by name.
    subject: Option<String>,
    /// `information` or `manipulation`.
    kind: Option<OperationKind>,
    /// The provider's short name.
    provider: Option<String>,
    /// At most so many.
    limit: Option<usize>,
    /// Without the first so many.
    offset: Option<usize>,
}

/// Reads or changes.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OperationKind {
    /// Reads.
    Information,
    /// Changes.
    Manipulation,
}

impl From<Kind> for OperationKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Information => Self::Information,
            Kind::Manipulation => Self::Manipulation,
        }
    }
}

/// An operation in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct OperationItem {
    /// With its prefix.
    name: String,
    /// In full.
    iri: String,
    /// Reads or changes.
    kind: OperationKind,
    /// `IaaS`, `PaaS`, `SaaS` or `Common`.
    category: String,
    /// Its provider, in short.
    provider: Option<String>,
    /// The class of its subjects, in short.
    subject: String,
    /// What must be given.
    needs: Vec<String>,
    /// What comes back.
    gives: Vec<String>,
}

impl From<OperationRow> for OperationItem {
    fn from(row: OperationRow) -> Self {
        let names = |names: Vec<samos::Name>| names.iter().map(ToString::to_string).collect();
        Self {
            name: row.name,
            iri: row.iri.to_string(),
            kind: row.kind.into(),
            category: row.category.to_string(),
            provider: row.provider,
            subject: row.subject,
            needs: names(row.needs),
            gives: names(row.gives),
        }
    }
}

/// The operations, of all or of one thing.
#[utoipa::path(get, path = "/api/v1/operations", tag = "catalog", params(OperationChoice), responses(
    (status = 200, body = Listing<OperationItem>),
    Problem,
))]
pub(crate) async fn operations(
    State(server): State<Arc<Server>>,
    Query(choice): Query<OperationChoice>,
) -> Result<Json<Listing<OperationItem>>, Problem> {
    server
        .answer(move |samos| {
            let world = samos.world();
            let mut found: Vec<_> = match &choice.subject {
                Some(subject) => world.operations_of(&samos.entity(subject)?),
                None => world.operations().iter().collect(),
            };
            let wanted = choice.q.as_ref().map(|text| text.to_lowercase());
            found.retain(|operation| {
                let short = |iri: &Iri| iri.local().to_owned();
                wanted
                    .as_ref()
                    .is_none_or(|wanted| holds(&export::short(&operation.iri, world), wanted))
                    && choice.kind.is_none_or(|kind| kind == operation.kind.into())
                    && choice.provider.as_ref().is_none_or(|provider| {
                        operation.provider.as_ref().map(short).as_ref() == Some(provider)
                    })
            });
            let row = |operation: &&samos::model::Operation| {
                catalogue::operation(world, operation).into()
            };
            Ok(Listing::of(&found, choice.limit, choice.offset, row))
        })
        .await
}

/// A part of a list whose names hold a text.
#[derive(Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NameChoice {
    /// Part of the name.
    q: Option<String>,
    /// At most so many.
    limit: Option<usize>,
    /// Without the first so many.
    offset: Option<usize>,
}

/// A class or datatype in a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct TypeItem {
    /// With its prefix.
    name: String,
    /// In full.
    iri: String,
    /// What people call it.
    label: Option<String>,
}

/// The classes and datatypes.
#[utoipa::path(get, path = "/api/v1/types", tag = "catalog", params(NameChoice), responses(
    (status = 200, body = Listing<TypeItem>),
    Problem,
))]
pub(crate) async fn types(
    State(server): State<Arc<Server>>,
    Query(choice): Query<NameChoice>,
) -> Result<Json<Listing<TypeItem>>, Problem> {
    server
        .answer(move |samos| {
            let world = samos.world();
            let mut found = samos.types_known();
            if let Some(wanted) = choice.q.as_ref().map(|text| text.to_lowercase()) {
                found.retain(|iri| holds(&export::short(iri, world), &wanted));
            }
            let row = |iri: &Iri| TypeItem {
                name: export::short(iri, world),
                iri: iri.to_string(),
                label: label_of(world, iri),
            };
            Ok(Listing::of(&found, choice.limit, choice.offset, row))
        })
        .await
}
