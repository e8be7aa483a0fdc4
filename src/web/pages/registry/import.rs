//! `/registry/import`: a document is read, checked and compared; what was looked at, and nothing else, is then imported.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get};
use jiff::SignedDuration;

use super::cell::{Cell, link, text};
use super::diff::{Changed, diff};
use super::moves::{self, Moves};
use crate::access::{About, Act, Permission, Thing};
use crate::registry::csv::{self, CsvFile};
use crate::registry::document::{self, Written};
use crate::registry::faults::Fault;
use crate::registry::model::Document;
use crate::store::{Changed as Stored, Entry, EntryKind, KnownRegistry, Preview, RegistryWrite};
use crate::triage::decide::day_of;
use crate::web::Web;
use crate::web::api::registry as api;
use crate::web::pages::filled::Filled;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::{links, respond};
use crate::web::problem::Problem;

/// So long a preview can be confirmed.
const KEPT: SignedDuration = SignedDuration::from_mins(30);
/// So many entries of a kind, and so many faults, are shown.
const SHOWN: usize = 50;
/// So many files make a registry of spreadsheets.
const FILES: usize = 9;

/// What was sent, and what it says.
struct Sent {
    files: Vec<CsvFile>,
    document: Document,
    written: Written,
}

#[derive(Template)]
#[template(path = "registry/import.html")]
struct Page {
    frame: Frame,
    may_edit: bool,
    faults: Vec<Fault>,
    more_faults: usize,
    wrong: Option<String>,
    files: Vec<&'static str>,
}

#[derive(Template)]
#[template(path = "registry/preview.html")]
struct PreviewPage {
    frame: Frame,
    token: String,
    kinds: Vec<Difference>,
    nothing: bool,
    removed: usize,
    moves: Moves,
    /// Why it is shown again.
    again: Option<&'static str>,
}

/// What becomes of the entries of a kind.
struct Difference {
    kind: EntryKind,
    added: usize,
    changed: usize,
    removed: usize,
    same: usize,
    rows: Vec<(&'static str, Cell, Vec<Changed>)>,
    more: usize,
}

/// The page and what is sent to it; a whole registry may be larger than a form.
pub(super) fn route() -> MethodRouter<Web> {
    get(show).post(preview).layer(DefaultBodyLimit::disable())
}

async fn show(State(web): State<Web>, visitor: Visitor) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeRegistry)?;
    Ok(respond::page(&visitor, &page(&web, &visitor)))
}

fn page(web: &Web, visitor: &Visitor) -> Page {
    let frame = visitor.frame(web, "Import and export", Section::Registry);
    let may_edit = visitor.can(Permission::EditRegistry);
    Page { frame, may_edit, faults: Vec::new(), more_faults: 0, wrong: None, files: csv::file_names() }
}

async fn preview(State(web): State<Web>, visitor: Visitor, request: Request) -> Result<Response, Sorry> {
    visitor.may(Permission::EditRegistry)?;
    let again = |wrong: String| {
        let page = Page { wrong: Some(wrong), ..page(&web, &visitor) };
        Ok(respond::with_status(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &page))
    };
    let files = match files(&web, request).await {
        Ok(files) if files.is_empty() => return again("Choose a file first.".to_owned()),
        Ok(files) => files,
        Err(wrong) => return again(wrong),
    };
    let known = web.app.store.registry(None, day_of(web.app.clock.now())).await?;
    match sent(files, known.document.clone()).await? {
        Ok(sent) => looked_at(&web, &visitor, sent, known, None).await,
        Err(faults) => Ok(faulty(&web, &visitor, faults)),
    }
}

/// The import page, with what is wrong with the files.
fn faulty(web: &Web, visitor: &Visitor, mut faults: Vec<Fault>) -> Response {
    let more_faults = faults.len().saturating_sub(SHOWN);
    faults.truncate(SHOWN);
    let page = Page { faults, more_faults, ..page(web, visitor) };
    respond::with_status(visitor, StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// Reads what was sent, beside the registry of now.
async fn sent(files: Vec<CsvFile>, current: Document) -> Result<Result<Sent, Vec<Fault>>, Problem> {
    let reading = move || {
        let (document, written) = read(&files, &current)?;
        Ok(Sent { files, document, written })
    };
    tokio::task::spawn_blocking(reading).await.map_err(|_| Problem::internal())
}

/// The files of a form, all of them together no larger than a registry may be.
async fn files(web: &Web, request: Request) -> Result<Vec<CsvFile>, String> {
    let unread =
        |error: axum::extract::multipart::MultipartError| format!("The form cannot be read: {}.", error.body_text());
    let mut form = Multipart::from_request(request, web).await.map_err(|error| error.body_text())?;
    let most = web.app.config.limits.bulk_bytes;
    let (mut files, mut size) = (Vec::new(), 0);
    while let Some(mut part) = form.next_field().await.map_err(unread)? {
        let Some(name) = part.file_name().filter(|name| !name.is_empty()).map(str::to_owned) else { continue };
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(unread)? {
            size += chunk.len();
            if size > most {
                return Err(format!("That is more than {} MB; the command line takes any size.", most / 1_000_000));
            }
            bytes.extend_from_slice(&chunk);
        }
        if files.len() == FILES {
            return Err(format!("These are more than {FILES} files; a registry has no more."));
        }
        files.push(CsvFile { name, bytes });
    }
    Ok(files)
}

/// One JSON document, or spreadsheets; kinds that no spreadsheet gives stay as they are.
fn read(files: &[CsvFile], current: &Document) -> Result<(Document, Written), Vec<Fault>> {
    let is_json = |file: &CsvFile| !file.name.to_lowercase().ends_with(".csv");
    if let [file] = files
        && is_json(file)
    {
        return document::parse(&file.name, &file.bytes).map(|document| (document, Written::of(&file.bytes)));
    }
    if let Some(file) = files.iter().find(|file| is_json(file)) {
        let message = "stands beside other files; send one JSON document, or CSV files alone.".to_owned();
        return Err(vec![Fault { file: file.name.clone(), line: None, path: String::new(), message }]);
    }
    csv::parse(files, Some(current)).map(|document| (document, Written::default()))
}

/// Keeps what is looked at, and shows it.
async fn looked_at(
    web: &Web,
    visitor: &Visitor,
    sent: Sent,
    known: KnownRegistry,
    again: Option<&'static str>,
) -> Result<Response, Sorry> {
    let preview = Preview {
        id: web.app.clock.id("imp"),
        person_id: visitor.person.id.clone(),
        revision: known.revision,
        // What is no text was no registry either.
        files: sent.files.iter().map(|file| (file.name.clone(), String::from_utf8_lossy(&file.bytes).into())).collect(),
    };
    let token = preview.id.clone();
    web.app.store.keep_preview(preview, web.app.clock.now()).await?;
    let (current, document) = (known.document, Arc::new(sent.document));
    let compared = Arc::clone(&document);
    let kinds = tokio::task::spawn_blocking(move || differences(&current, &compared)).await;
    let kinds = kinds.map_err(|_| Problem::internal())?;
    let nothing = kinds.iter().all(|kind| kind.added + kind.changed + kind.removed == 0);
    let moves = if nothing { Moves::none() } else { moves::of(web, Arc::unwrap_or_clone(document)).await? };
    let page = PreviewPage {
        frame: visitor.frame(web, "What the import changes", Section::Registry),
        token,
        removed: kinds.iter().map(|kind| kind.removed).sum(),
        kinds,
        nothing,
        moves,
        again,
    };
    let status = if again.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    Ok(respond::with_status(visitor, status, &page))
}

/// `POST /registry/import/{token}`: imports what was looked at, if the registry is still the one that it was compared with.
pub(super) async fn confirm(
    State(web): State<Web>,
    visitor: Visitor,
    Path(token): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    visitor.may(Permission::EditRegistry)?;
    let since = web.app.clock.now() - KEPT;
    let Some(kept) = web.app.store.preview(&token, &visitor.person.id, since).await? else {
        let wrong = "This preview is not kept any more. Send the file again; nothing was imported.".to_owned();
        let page = Page { wrong: Some(wrong), ..page(&web, &visitor) };
        return Ok(respond::with_status(&visitor, StatusCode::GONE, &page));
    };
    let known = web.app.store.registry(None, day_of(web.app.clock.now())).await?;
    let files = kept.files.into_iter().map(|(name, text)| CsvFile { name, bytes: text.into_bytes() }).collect();
    let sent = match sent(files, known.document.clone()).await? {
        Ok(sent) => sent,
        // The registry changed, and the files do not fit it any more.
        Err(faults) => return Ok(faulty(&web, &visitor, faults)),
    };
    if filled.given("removes").is_none() && removes(&known.document, &sent.document) {
        let why = "Entries would be removed: say that you mean it.";
        return looked_at(&web, &visitor, sent, known, Some(why)).await;
    }
    let write = RegistryWrite {
        by: visitor.person.name.clone(),
        at: web.app.clock.now(),
        valid_from: None,
        expected_revision: Some(kept.revision),
    };
    let _changing = web.app.changing_registry().await;
    let about = About::new(Thing::Registry, "");
    let details = serde_json::json!({ "compared_with_revision": kept.revision });
    let doing = web.app.store.replace_registry_as_written(sent.document.clone(), &sent.written, write);
    match visitor.act(&web, Act::RegistryImported, &about, details, doing).await? {
        Stored::Done(change) => {
            web.app.store.forget_preview(&token).await?;
            let done = api::loaded(&web, change).await?;
            let said = format!("Imported: {} added, {} changed, {} removed.", done.added, done.changed, done.removed);
            Ok(respond::see_other("/registry/import", &said))
        }
        Stored::Moved => {
            // Compared anew with the registry as it is now, to be looked at again.
            let why = "Somebody changed the registry meanwhile. This is what the import changes now.";
            looked_at(&web, &visitor, sent, known, Some(why)).await
        }
    }
}

fn removes(before: &Document, after: &Document) -> bool {
    differences(before, after).iter().any(|kind| kind.removed > 0)
}

fn differences(before: &Document, after: &Document) -> Vec<Difference> {
    let entries = |document: &Document, kind: EntryKind| -> Vec<Entry> {
        match kind {
            EntryKind::Platform => document.platforms.iter().cloned().map(Entry::Platform).collect(),
            EntryKind::Participant => document.participants.iter().cloned().map(Entry::Participant).collect(),
            EntryKind::Solution => document.solutions.iter().cloned().map(Entry::Solution).collect(),
            EntryKind::Report => document.reports.iter().cloned().map(Entry::Report).collect(),
        }
    };
    super::KINDS.iter().map(|kind| difference(*kind, &entries(before, *kind), &entries(after, *kind))).collect()
}

fn difference(kind: EntryKind, before: &[Entry], after: &[Entry]) -> Difference {
    let mut old: HashMap<String, &Entry> = before.iter().map(|entry| (entry.key(), entry)).collect();
    let mut all = Difference { kind, added: 0, changed: 0, removed: 0, same: 0, rows: Vec::new(), more: 0 };
    let row = |all: &mut Difference, what, cell, changes: &dyn Fn() -> Vec<Changed>| {
        if all.rows.len() < SHOWN {
            all.rows.push((what, cell, changes()));
        } else {
            all.more += 1;
        }
    };
    for entry in after {
        let key = entry.key();
        match old.remove(&key) {
            Some(was) if was == entry => all.same += 1,
            Some(was) => {
                all.changed += 1;
                let cell = link(&key, links::entry(kind, &key));
                row(&mut all, "changed", cell, &|| diff(Some(was), Some(entry)));
            }
            None => {
                all.added += 1;
                row(&mut all, "added", text(&key), &|| diff(None, Some(entry)));
            }
        }
    }
    let mut gone: Vec<_> = old.into_iter().collect();
    gone.sort_by(|a, b| a.0.cmp(&b.0));
    for (key, _) in gone {
        all.removed += 1;
        let cell = link(&key, links::entry(kind, &key));
        row(&mut all, "removed", cell, &Vec::new);
    }
    all
}

/// `GET /registry/export/{file}`: the registry as it is imported, one document or a spreadsheet of it.
pub(super) async fn export(
    State(web): State<Web>,
    visitor: Visitor,
    Path(file): Path<String>,
) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeRegistry)?;
    let (kind, bytes) = if file == "registry.json" {
        let written = web.app.store.registry_as_written(None, day_of(web.app.clock.now())).await?;
        let mut bytes = serde_json::to_vec_pretty(&written).map_err(|_| Problem::internal())?;
        bytes.push(b'\n');
        ("application/json", bytes)
    } else {
        let registry = web.app.evaluator().registry;
        let files = tokio::task::spawn_blocking(move || csv::write(registry.document())).await;
        let files = files.map_err(|_| Problem::internal())?.map_err(|_| Problem::internal())?;
        let found = files.into_iter().find(|(name, _)| *name == file);
        ("text/csv; charset=utf-8", found.ok_or_else(|| Sorry::not_found("file"))?.1)
    };
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{file}\""));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition.map_err(|_| Sorry::not_found("file"))?),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    Ok((headers, bytes).into_response())
}

impl Page {
    fn fault_count(&self) -> usize {
        self.faults.len() + self.more_faults
    }
}
