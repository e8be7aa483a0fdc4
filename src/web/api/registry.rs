//! `GET` and `POST /v1/registry`: the registry as one document, and how any change of it is checked and stored.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;

use super::{Caller, Web};
use crate::access::{About, Act, Thing};
use crate::cases::Role;
use crate::registry::document::{self, Written};
use crate::registry::faults::Fault;
use crate::registry::model::Document;
use crate::store::{Change, Changed, Entry, EntryKind, RegistryWrite, StoreError};
use crate::triage::decide::day_of;
use crate::web::problem::{FieldProblem, Kind, Problem, ProblemDetails};
use crate::web::{auth, body};

/// Who may change the registry.
pub(super) const KEEPERS: &[Role] = &[Role::Agent, Role::Operator];

/// How often a change is tried again because another node changed the registry meanwhile.
const ATTEMPTS: usize = 5;

/// What a change came to.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(in crate::web) struct RegistryChanged {
    /// The registry's revision now; the same as before when nothing changed.
    pub(in crate::web) revision: i64,
    /// New entries.
    pub(in crate::web) added: usize,
    /// Entries with a new version.
    pub(in crate::web) changed: usize,
    /// Entries that are gone.
    pub(in crate::web) removed: usize,
    /// Hash of the registry now.
    registry_version: String,
}

/// The whole registry
#[utoipa::path(get, path = "/v1/registry", tag = "Registry", responses(
    (status = 200, description = "The document, as it is imported", body = Document),
    (status = 304, description = "It is the one that `If-None-Match` names"),
    (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn export(State(web): State<Web>, caller: Caller, headers: HeaderMap) -> Result<Response, Problem> {
    caller.must_be(KEEPERS)?;
    let registry = web.app.evaluator().registry;
    let tag = etag(registry.version());
    if matches(&headers, header::IF_NONE_MATCH, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(([(header::ETAG, tag)], Json(registry.document())).into_response())
}

/// Make the registry this document
///
/// Checked as a whole; every fault is named and nothing is imported then.
#[utoipa::path(post, path = "/v1/registry", tag = "Registry", request_body = Document, responses(
    (status = 200, description = "Imported", body = RegistryChanged),
    (status = 403, description = "The caller is no agent", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 412, description = "It is not the one that `If-Match` names any more", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 422, description = "The document has faults; each is named", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn import(State(web): State<Web>, request: Request) -> Result<Json<RegistryChanged>, Problem> {
    body::expect_json(request.headers())?;
    let headers = request.headers().clone();
    let (caller, bytes) = auth::call(&web, request, web.app.config.limits.bulk_bytes).await?;
    caller.must_be(KEEPERS)?;
    let parse = move || document::parse("the body", &bytes).map(|document| (document, Written::of(&bytes)));
    let parsed = tokio::task::spawn_blocking(parse).await;
    let (document, written) = parsed.map_err(|_| Problem::internal())?.map_err(faulty)?;
    let _changing = web.app.changing_registry().await;
    web.app.refresh_registry().await.map_err(unloaded)?;
    expect_match(&headers, &etag(web.app.evaluator().registry.version()))?;
    caller.use_up(&web).await?;
    let write = write(&web, &caller, None);
    let importing = async {
        match web.app.store.replace_registry_as_written(document, &written, write).await? {
            Changed::Done(change) => loaded(&web, change).await.map(Json),
            Changed::Moved => Err(Problem::busy("The registry changes just now; nothing was stored. Send it again.")),
        }
    };
    caller.act(&web, Act::RegistryImported, &About::new(Thing::Registry, ""), json!({}), importing).await
}

/// Changes the stored registry by `edit`, if the whole is sound afterwards.
///
/// `edit` gets the registry as stored, changes it, and returns the entries to put, each with its place there and in the
/// body; it may be called again when another node was faster.
///
/// # Errors
/// Every fault of the registry as it would be; nothing is stored then.
pub(super) async fn put(
    web: &Web,
    caller: &Caller,
    edit: impl Fn(&mut Document) -> Result<Vec<Edited>, Problem>,
) -> Result<RegistryChanged, Problem> {
    let author = Author { by: caller.owner.clone(), valid_from: None };
    let edit = |document: &mut Document| Ok(Edits::Put(edit(document)?));
    change(web, &author, edit, async || caller.use_up(web).await).await.map_err(|not| match not {
        NotChanged::Faulty(faults) => faulty(faults),
        NotChanged::Problem(problem) => problem,
    })
}

/// Who changes the registry, and from which day on it is true.
pub(in crate::web) struct Author {
    /// Who, for the history.
    pub(in crate::web) by: String,
    /// The first day; none for a correction of all days.
    pub(in crate::web) valid_from: Option<Date>,
}

/// What becomes of the registry.
pub(in crate::web) enum Edits {
    /// These entries are added or changed.
    Put(Vec<Edited>),
    /// These entries of a kind are removed.
    Remove(EntryKind, Vec<String>),
}

/// Why the registry stays as it is.
pub(in crate::web) enum NotChanged {
    /// It would have these faults.
    Faulty(Vec<Fault>),
    /// Something else.
    Problem(Problem),
}

impl From<Problem> for NotChanged {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<StoreError> for NotChanged {
    fn from(error: StoreError) -> Self {
        Self::Problem(error.into())
    }
}

/// The one way in which single entries change, for the API and the pages. `edit` changes the registry as stored for the
/// author's day and says how; `counted` is asked once, when the change is sound.
///
/// # Errors
/// Every fault of the registry as it would be; nothing is stored then.
pub(in crate::web) async fn change(
    web: &Web,
    author: &Author,
    edit: impl Fn(&mut Document) -> Result<Edits, Problem>,
    counted: impl AsyncFnOnce() -> Result<(), Problem>,
) -> Result<RegistryChanged, NotChanged> {
    let _changing = web.app.changing_registry().await;
    let now = web.app.clock.now();
    let day = author.valid_from.unwrap_or_else(|| day_of(now));
    let mut counted = Some(counted);
    for _ in 0..ATTEMPTS {
        let known = web.app.store.registry(None, day).await?;
        let mut document = known.document;
        let edits = edit(&mut document)?;
        let faults = tokio::task::spawn_blocking(move || document::check(&document)).await;
        let faults = faults.map_err(|_| Problem::internal())?;
        if !faults.is_empty() {
            let edited = if let Edits::Put(edited) = &edits { edited.as_slice() } else { &[] };
            return Err(NotChanged::Faulty(faults.into_iter().map(|fault| in_body(fault, edited)).collect()));
        }
        if let Some(counted) = counted.take() {
            counted().await?;
        }
        let write = RegistryWrite {
            by: author.by.clone(),
            at: now,
            valid_from: author.valid_from,
            expected_revision: Some(known.revision),
        };
        let changed = match edits {
            Edits::Put(edited) => {
                let entries = edited.into_iter().map(|edited| edited.entry).collect();
                web.app.store.put_entries(entries, write).await?
            }
            Edits::Remove(kind, keys) => web.app.store.remove_entries(kind, keys, write).await?,
        };
        if let Changed::Done(change) = changed {
            return Ok(loaded(web, change).await?);
        }
    }
    let busy = "Others change the registry just now; nothing was stored. Send the request again.";
    Err(NotChanged::Problem(Problem::busy(busy)))
}

/// An entry to put.
pub(in crate::web) struct Edited {
    /// The entry.
    pub entry: Entry,
    /// Where it stands in the registry then (`reports[7]`).
    pub place: String,
    /// Where it stands in the body: empty for the whole of it.
    pub in_body: String,
}

/// A fault with its place seen from the body, where it is a fault of one of the body's entries.
fn in_body(fault: Fault, edited: &[Edited]) -> Fault {
    let before = fault.path.clone();
    for edited in edited {
        let seen = document::relative(fault.clone(), &edited.place);
        if seen.path != before {
            return Fault { path: joined(&edited.in_body, &seen.path), ..seen };
        }
    }
    fault
}

/// A path within an entry of the body.
pub(super) fn joined(entry: &str, within: &str) -> String {
    match (entry, within) {
        ("", path) | (path, "") => path.to_owned(),
        (entry, within) => format!("{entry}.{within}"),
    }
}

fn write(web: &Web, caller: &Caller, expected_revision: Option<i64>) -> RegistryWrite {
    RegistryWrite { by: caller.owner.clone(), at: web.app.clock.now(), valid_from: None, expected_revision }
}

/// Loads what was stored, so that this node decides with it before the answer is given.
pub(in crate::web) async fn loaded(web: &Web, change: Change) -> Result<RegistryChanged, Problem> {
    web.app.refresh_registry().await.map_err(unloaded)?;
    Ok(RegistryChanged {
        revision: change.revision,
        added: change.added,
        changed: change.changed,
        removed: change.removed,
        registry_version: web.app.evaluator().registry.version().to_owned(),
    })
}

/// What faults of a registry are answered with.
pub(super) fn faulty(faults: Vec<Fault>) -> Problem {
    let errors = faults.into_iter().map(|fault| FieldProblem {
        message: match fault.line {
            Some(line) => format!("{} (line {line}).", fault.message.trim_end_matches('.')),
            None => fault.message,
        },
        path: fault.path,
    });
    Problem::fields(errors.collect())
}

fn unloaded(error: crate::app::AppError) -> Problem {
    match error {
        crate::app::AppError::Store(error) => error.into(),
        error => {
            tracing::error!(%error, "the registry could not be loaded");
            Problem::internal()
        }
    }
}

/// A strong entity tag of a version.
pub(super) fn etag(version: &str) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// Whether a condition's header names this tag, or any.
fn matches(headers: &HeaderMap, condition: header::HeaderName, tag: &HeaderValue) -> bool {
    let given = headers.get_all(condition);
    let given = given.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let mut given = given.map(|one| one.trim().trim_start_matches("W/"));
    given.any(|one| one == "*" || one.as_bytes() == tag.as_bytes())
}

/// Refuses when `If-Match` is given and does not name this tag.
///
/// # Errors
/// 412 then.
pub(super) fn expect_match(headers: &HeaderMap, tag: &HeaderValue) -> Result<(), Problem> {
    if !headers.contains_key(header::IF_MATCH) || matches(headers, header::IF_MATCH, tag) {
        return Ok(());
    }
    Err(Problem::new(
        Kind::PreconditionFailed,
        "It was changed since the version that `If-Match` names; read it again and send the change on that.",
    ))
}
