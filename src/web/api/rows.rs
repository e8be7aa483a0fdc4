//! `/v1/participants`, `/v1/solutions`, `/v1/reports`, `/v1/platforms`: the registry entry by entry.

use axum::Json;
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::params::{self, Params};
use super::registry::{Edited, KEEPERS, RegistryChanged, etag, expect_match, faulty, joined, put};
use super::{Caller, Web};
use crate::access::{About, Act, Thing};
use crate::registry::document;
use crate::registry::faults::Fault;
use crate::registry::model::{Document, Participant, Platform, Report, Solution};
use crate::store::{Entry, EntryKind};
use crate::web::problem::{FieldProblem, Problem, ProblemDetails};
use crate::web::{auth, body};

/// How many entries a page holds when not said, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1_000;

/// Which page of entries.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// How many a page holds, 1 to 1000; 100 when not given.
    #[param(value_type = Option<usize>)]
    limit: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// One page of entries, by id.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct RegistryPage {
    /// The entries, as in the registry's document.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Value>,
    /// What to give as `after` for the next page; null on the last one.
    next: Option<String>,
}

/// One version of an entry.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct EntryVersion {
    /// The entry; null where it was removed.
    #[schema(value_type = Object)]
    entry: Option<Value>,
    /// The first day that it is true for; null for ever.
    #[schema(value_type = Option<String>, format = Date)]
    valid_from: Option<Date>,
    /// Known since.
    #[schema(value_type = String, format = DateTime)]
    known_from: Timestamp,
    /// No longer believed since; null while it is.
    #[schema(value_type = Option<String>, format = DateTime)]
    known_until: Option<Timestamp>,
    /// Who recorded it.
    by: String,
}

/// A kind of entries: where its section of the document is, and how an entry is found in it.
trait Row: Serialize + Clone + PartialEq + Send + Sync + 'static {
    const KIND: EntryKind;
    /// The document's key for this kind.
    const SECTION: &'static str;
    fn section(document: &Document) -> &Vec<Self>;
    fn section_mut(document: &mut Document) -> &mut Vec<Self>;
    fn entry(self) -> Entry;
    /// What it is found by and listed in the order of.
    fn key(&self) -> (String, u32);
}

macro_rules! row {
    ($ty:ident, $section:ident, $edition:expr) => {
        impl Row for $ty {
            const KIND: EntryKind = EntryKind::$ty;
            const SECTION: &'static str = stringify!($section);
            fn section(document: &Document) -> &Vec<Self> {
                &document.$section
            }
            fn section_mut(document: &mut Document) -> &mut Vec<Self> {
                &mut document.$section
            }
            fn entry(self) -> Entry {
                Entry::$ty(self)
            }
            fn key(&self) -> (String, u32) {
                let edition: fn(&Self) -> u32 = $edition;
                (self.id.clone(), edition(self))
            }
        }
    };
}
row!(Platform, platforms, |_| 0);
row!(Participant, participants, |_| 0);
row!(Solution, solutions, |_| 0);
row!(Report, reports, |report| report.edition);

/// The key as it is written in a path and a page's `next`.
fn written((id, edition): &(String, u32)) -> String {
    if *edition == 0 { id.clone() } else { format!("{id}/{edition}") }
}

/// A page of a kind's entries. Read from the index that decides now.
fn page<R: Row>(web: &Web, caller: &Caller, query: Params<Query>) -> Result<Json<RegistryPage>, Problem> {
    caller.must_be(KEEPERS)?;
    let Params { given: query, mut wrong } = query;
    let limit = query.limit.as_deref().map_or(Some(PAGE), |limit| limit.parse().ok());
    let Some(limit) = limit.filter(|limit| (1..=LARGEST_PAGE).contains(limit) && wrong.is_empty()) else {
        if !limit.is_some_and(|limit| (1..=LARGEST_PAGE).contains(&limit)) {
            let message = format!("must be a number from 1 to {LARGEST_PAGE}.");
            wrong.push(FieldProblem { path: "limit".to_owned(), message });
        }
        return Err(params::wrong(wrong));
    };
    let registry = web.app.evaluator().registry;
    let mut rows: Vec<&R> = R::section(registry.document()).iter().collect();
    rows.sort_by_cached_key(|row| row.key());
    let after = query.after.as_deref().map(|after| match after.rsplit_once('/') {
        Some((id, edition)) if R::KIND == EntryKind::Report => (id.to_owned(), edition.parse().unwrap_or(0)),
        _ => (after.to_owned(), 0),
    });
    let start = after.map_or(0, |after| rows.partition_point(|row| row.key() <= after));
    let rows = &rows[start..];
    let shown = &rows[..limit.min(rows.len())];
    let next = (shown.len() < rows.len()).then(|| shown.last().map(|row| written(&row.key()))).flatten();
    Ok(Json(RegistryPage { items: shown.iter().map(|row| json!(row)).collect(), next }))
}

/// One entry, with its entity tag.
fn one<R: Row>(web: &Web, caller: &Caller, key: &(String, u32)) -> Result<Response, Problem> {
    caller.must_be(KEEPERS)?;
    let registry = web.app.evaluator().registry;
    let row = R::section(registry.document()).iter().find(|row| row.key() == *key);
    let row = row.ok_or_else(|| Problem::not_found(R::KIND.as_str()))?;
    Ok(([(header::ETAG, tag(row))], Json(json!(row))).into_response())
}

/// Adds or changes one entry, if the registry is sound afterwards.
async fn put_one<R: Row>(web: &Web, request: Request, key: (String, u32)) -> Result<Json<RegistryChanged>, Problem> {
    body::expect_json(request.headers())?;
    let headers = request.headers().clone();
    let limits = &web.app.config.limits;
    let (caller, bytes) = auth::call(web, request, limits.body_bytes).await?;
    caller.must_be(KEEPERS)?;
    let row: R = row_in(body::json(&bytes, limits.json_depth)?, &key)?;
    let about = About::new(Thing::Entry, written(&key));
    let changed = put(web, &caller, |document| {
        expect_match(
            &headers,
            &R::section(document).iter().find(|old| old.key() == key).map_or_else(|| etag("none"), tag),
        )?;
        Ok(vec![edited(document, &row, String::new())])
    });
    caller.act(web, Act::RegistryChanged, &about, json!({ "kind": R::KIND }), changed).await.map(Json)
}

/// Adds or changes the entry, or each of the array of entries, in a body. What the body does not name stays.
async fn put_all<R: Row>(web: &Web, request: Request) -> Result<Json<RegistryChanged>, Problem> {
    body::expect_json(request.headers())?;
    let limits = &web.app.config.limits;
    let (caller, bytes) = auth::call(web, request, limits.bulk_bytes).await?;
    caller.must_be(KEEPERS)?;
    let rows: Vec<(R, String)> = rows_in(body::json(&bytes, limits.json_depth)?)?;
    let keys: Vec<_> = rows.iter().take(20).map(|(row, _)| written(&row.key())).collect();
    let details = json!({ "kind": R::KIND, "entries": rows.len(), "first": keys });
    let changed = put(web, &caller, |document| {
        Ok(rows.iter().map(|(row, place)| edited(document, row, place.clone())).collect())
    });
    caller.act(web, Act::RegistryChanged, &About::new(Thing::Registry, ""), details, changed).await.map(Json)
}

/// The entries in a body, each with its place; the faults of all of them at once.
fn rows_in<R: Row>(value: Value) -> Result<Vec<(R, String)>, Problem> {
    let entries = match value {
        Value::Array(entries) => {
            entries.into_iter().enumerate().map(|(at, entry)| (entry, format!("[{at}]"))).collect()
        }
        entry => vec![(entry, String::new())],
    };
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for (entry, place) in entries {
        match document::entry(R::SECTION, &entry) {
            Ok(document) => rows.extend(R::section(&document).iter().map(|row| (row.clone(), place.clone()))),
            Err(found) => {
                faults.extend(found.into_iter().map(|fault| Fault { path: joined(&place, &fault.path), ..fault }))
            }
        }
    }
    if faults.is_empty() { Ok(rows) } else { Err(faulty(faults)) }
}

/// Puts the entry into the document, in place of the one that it replaces.
fn edited<R: Row>(document: &mut Document, row: &R, in_body: String) -> Edited {
    let section = R::section_mut(document);
    let at = section.iter().position(|old| old.key() == row.key());
    match at {
        Some(at) => section[at] = row.clone(),
        None => section.push(row.clone()),
    }
    let at = at.unwrap_or(section.len() - 1);
    Edited { entry: row.clone().entry(), place: format!("{}[{at}]", R::SECTION), in_body }
}

/// The entry in a body: read as a document with this entry alone, so that the faults are those of an import.
fn row_in<R: Row>(mut value: Value, key: &(String, u32)) -> Result<R, Problem> {
    let Some(map) = value.as_object_mut() else {
        return Err(Problem::field("", format!("a {} must be a JSON object.", R::KIND)));
    };
    // The path says which entry it is; the body may leave that out.
    map.entry("id").or_insert_with(|| json!(key.0));
    if R::KIND == EntryKind::Report {
        map.entry("edition").or_insert_with(|| json!(key.1));
    }
    let row = document::entry(R::SECTION, &value).map_err(faulty)?;
    let row = R::section(&row).first().cloned().ok_or_else(Problem::internal)?;
    if row.key() == *key {
        return Ok(row);
    }
    Err(Problem::field("id", format!("is {} in the body and {} in the path.", written(&row.key()), written(key))))
}

fn tag<R: Row>(row: &R) -> axum::http::HeaderValue {
    etag(&crate::hash::version(Sha256::new_with_prefix(json!(row).to_string())))
}

async fn history<R: Row>(web: &Web, caller: &Caller, key: &(String, u32)) -> Result<Json<Vec<EntryVersion>>, Problem> {
    caller.must_be(KEEPERS)?;
    let versions = web.app.store.entry_history(R::KIND, &written(key)).await?;
    if versions.is_empty() {
        return Err(Problem::not_found(R::KIND.as_str()));
    }
    let versions = versions.into_iter().map(|version| EntryVersion {
        entry: version.entry.map(|entry| match entry {
            Entry::Platform(entry) => json!(entry),
            Entry::Participant(entry) => json!(entry),
            Entry::Solution(entry) => json!(entry),
            Entry::Report(entry) => json!(entry),
        }),
        valid_from: version.valid_from,
        known_from: version.known_from,
        known_until: version.known_until,
        by: version.by,
    });
    Ok(Json(versions.collect()))
}

/// The five calls of one kind. utoipa reads literal paths, so that each kind writes them down.
macro_rules! kind {
    ($module:ident, $ty:ident, $one:literal, $list:literal, $entry:literal, $history:literal, $key:ty, $to_key:expr, ($($param:literal),+)) => {
        mod $module {
            use super::*;

            fn key(path: $key) -> (String, u32) {
                let to_key: fn($key) -> (String, u32) = $to_key;
                to_key(path)
            }

            #[utoipa::path(get, path = $list, summary = concat!("List every ", $one), operation_id = concat!("list_", stringify!($module)), tag = "Registry", params(Query), responses(
                (status = 200, description = "A page", body = RegistryPage),
                (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
            ))]
            pub(super) async fn list(State(web): State<Web>, caller: Caller, query: Params<Query>) -> Result<Json<RegistryPage>, Problem> {
                page::<$ty>(&web, &caller, query)
            }

            #[utoipa::path(get, path = $entry, summary = concat!("One ", $one), operation_id = concat!("get_", stringify!($module)), tag = "Registry", params($(($param = String, Path, description = "Which one")),+), responses(
                (status = 200, description = "The entry; `ETag` names its version", body = $ty),
                (status = 404, description = "There is none", body = ProblemDetails, content_type = "application/problem+json"),
            ))]
            pub(super) async fn get(State(web): State<Web>, caller: Caller, Path(path): Path<$key>) -> Result<Response, Problem> {
                one::<$ty>(&web, &caller, &key(path))
            }

            #[utoipa::path(put, path = $entry, summary = concat!("Add or change one ", $one), description = "Checked together with the whole registry; every fault is named and nothing is stored then.",
                operation_id = concat!("put_", stringify!($module)), tag = "Registry", request_body = $ty, params($(($param = String, Path, description = "Which one")),+), responses(
                (status = 200, description = "Stored", body = RegistryChanged),
                (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
                (status = 412, description = "It is not the version that `If-Match` names any more", body = ProblemDetails, content_type = "application/problem+json"),
                (status = 422, description = "The registry would have faults; each is named", body = ProblemDetails, content_type = "application/problem+json"),
            ))]
            pub(super) async fn set(State(web): State<Web>, Path(path): Path<$key>, request: Request) -> Result<Json<RegistryChanged>, Problem> {
                put_one::<$ty>(&web, request, key(path)).await
            }

            #[utoipa::path(get, path = $history, summary = concat!("Every version of one ", $one), operation_id = concat!("history_of_", stringify!($module)), tag = "Registry", params($(($param = String, Path, description = "Which one")),+), responses(
                (status = 200, description = "The versions, the latest known first", body = Vec<EntryVersion>),
                (status = 404, description = "There never was one", body = ProblemDetails, content_type = "application/problem+json"),
            ))]
            pub(super) async fn versions(State(web): State<Web>, caller: Caller, Path(path): Path<$key>) -> Result<Json<Vec<EntryVersion>>, Problem> {
                history::<$ty>(&web, &caller, &key(path)).await
            }

            #[utoipa::path(put, path = $list, summary = concat!("Add or change one or several of the kind ", $one), description = "One entry, or an array of them: each is added, or takes the place of the one with its id (reports: id and edition); what the body does not name stays. Checked together with the whole registry; every fault is named and nothing is stored then.", operation_id = concat!("put_all_", stringify!($module)), tag = "Registry", request_body = Vec<$ty>, responses(
                (status = 200, description = "Stored", body = RegistryChanged),
                (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
                (status = 422, description = "The registry would have faults; each is named", body = ProblemDetails, content_type = "application/problem+json"),
            ), security(("key" = [])))]
            pub(super) async fn set_all(State(web): State<Web>, request: Request) -> Result<Json<RegistryChanged>, Problem> {
                put_all::<$ty>(&web, request).await
            }

            pub(super) fn calls() -> OpenApiRouter<Web> {
                OpenApiRouter::new().routes(routes!(list, set_all)).routes(routes!(get, set)).routes(routes!(versions))
            }
        }
    };
}
kind!(
    platforms,
    Platform,
    "platform",
    "/v1/platforms",
    "/v1/platforms/{id}",
    "/v1/platforms/{id}/history",
    String,
    |id| (id, 0),
    ("id")
);
kind!(
    participants,
    Participant,
    "participant",
    "/v1/participants",
    "/v1/participants/{id}",
    "/v1/participants/{id}/history",
    String,
    |id| (id, 0),
    ("id")
);
kind!(
    solutions,
    Solution,
    "solution",
    "/v1/solutions",
    "/v1/solutions/{id}",
    "/v1/solutions/{id}/history",
    String,
    |id| (id, 0),
    ("id")
);
kind!(
    reports,
    Report,
    "report",
    "/v1/reports",
    "/v1/reports/{id}/{edition}",
    "/v1/reports/{id}/{edition}/history",
    (String, u32),
    |key| key,
    ("id", "edition")
);

/// The calls of all kinds.
pub(super) fn calls() -> OpenApiRouter<Web> {
    platforms::calls().merge(participants::calls()).merge(solutions::calls()).merge(reports::calls())
}
