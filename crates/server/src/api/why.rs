//! What a name stands for, and why something holds.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::schema;
use crate::server::Server;

/// What a name stands for; `is` says whether an operation, a type, a thing or a code.
#[utoipa::path(get, path = "/api/v1/explain/{name}", tag = "why",
    params(("name" = String, Path, description = "a name or a code")), responses(
    (status = 200, body = serde_json::Value),
    Problem,
))]
pub(crate) async fn explain(
    State(server): State<Arc<Server>>,
    Path(name): Path<String>,
) -> Result<Json<serde_json::Value>, Problem> {
    server
        .answer(move |samos| {
            let explained = samos.explain(&name)?;
            serde_json::to_value(explained).map_err(Problem::internal)
        })
        .await
}

/// A statement to be proved.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Statement {
    /// What it is about.
    subject: String,
    /// The property; `a` and `same-as` are known.
    predicate: String,
    /// The name of a thing, or a literal as conditions write it.
    object: String,
}

/// Whether a statement holds, and why.
#[derive(Serialize, ToSchema)]
pub(crate) struct Why {
    /// Does it hold?
    holds: bool,
    /// The proof, where it does.
    #[schema(value_type = Option<schema::Proof>)]
    proof: Option<samos::Proof>,
    /// Files, operations and rules that the proof rests on, in short.
    rests_on: BTreeSet<String>,
}

/// Why a statement holds: a proof down to what files state and operations observed.
#[utoipa::path(get, path = "/api/v1/why", tag = "why", params(Statement), responses(
    (status = 200, body = Why),
    Problem,
))]
pub(crate) async fn why(
    State(server): State<Arc<Server>>,
    Query(statement): Query<Statement>,
) -> Result<Json<Why>, Problem> {
    server
        .answer(move |samos| {
            let proof = samos.why(&statement.subject, &statement.predicate, &statement.object)?;
            let mut rests_on = BTreeSet::new();
            if let Some(proof) = &proof {
                grounds(proof, &mut rests_on);
            }
            Ok(Why {
                holds: proof.is_some(),
                proof,
                rests_on,
            })
        })
        .await
}

fn grounds(proof: &samos::Proof, all: &mut BTreeSet<String>) {
    use samos::Because;
    match &proof.because {
        Because::Stated { place } | Because::Specified { place } => {
            all.extend(place.as_ref().map(ToString::to_string));
        }
        Because::Observed(seen) => {
            all.insert(format!("observed {} by {}", seen.at, seen.source));
        }
        Because::Inferred { rule, premises, .. } => {
            all.insert((*rule).to_owned());
            for premise in premises {
                grounds(premise, all);
            }
        }
        Because::Deeper => {}
    }
}
