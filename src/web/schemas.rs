//! `/schemas/`: the JSON Schemas of outgoing messages, for everybody: a receiver's engineer has no key yet.

use axum::Json;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Web;
use super::problem::{Kind, Problem, ProblemDetails};
use crate::notify::EventType;
use crate::notify::endpoint::Payload;
use crate::notify::payload::{schema, schema_name};

/// The calls, with their description.
pub(super) fn calls() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(index)).routes(routes!(one))
}

fn all() -> impl Iterator<Item = (EventType, Payload)> {
    EventType::ALL.iter().flat_map(|&event| Payload::ALL.iter().map(move |&how_much| (event, how_much)))
}

/// The schemas of outgoing messages
///
/// Each event type has two: `full`, with the eSR and its decision, and `thin`, with the ids and the status.
#[utoipa::path(get, path = "/schemas/", tag = "Messages", responses(
    (status = 200, description = "`{\"schemas\": [{\"type\", \"payload\", \"url\"}]}`", body = Value)))]
async fn index() -> Json<Value> {
    let entry = |(event, how_much): (EventType, Payload)| json!({ "type": event, "payload": how_much, "url": format!("/schemas/{}", schema_name(event, how_much)) });
    Json(json!({ "schemas": all().map(entry).collect::<Vec<_>>() }))
}

/// The JSON Schema of one type of message
#[utoipa::path(get, path = "/schemas/{name}", tag = "Messages",
    params(("name" = String, Path, description = "`esr.decided.json`, `esr.decided.thin.json`, ...")),
    responses(
        (status = 200, description = "The schema (draft 2020-12)", body = Value, content_type = "application/schema+json"),
        (status = 404, description = "No schema has this name", body = ProblemDetails, content_type = "application/problem+json"),
    ))]
async fn one(Path(name): Path<String>) -> Result<Response, Problem> {
    let named = all().find(|&(event, how_much)| schema_name(event, how_much) == name);
    let Some((event, how_much)) = named else {
        return Err(Problem::new(Kind::NotFound, "There is no schema of this name; /schemas/ lists them all."));
    };
    let schema = schema(event, how_much).map_err(|error| {
        tracing::error!(%error, "a schema cannot be read");
        Problem::internal()
    })?;
    Ok(([(header::CONTENT_TYPE, "application/schema+json")], schema.to_string()).into_response())
}
