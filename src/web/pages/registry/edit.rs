//! Changing an entry, adding one, removing one. The checks and the way into the store are the API's.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::diff::{self, Changed, diff};
use super::form::{Form, id_of};
use super::moves::{self, Moves};
use super::show::entry_of;
use super::title_of;
use crate::access::{About, Act, Permission, Thing};
use crate::registry::document;
use crate::registry::faults::Fault;
use crate::registry::model::Document;
use crate::store::{Entry, EntryKind};
use crate::web::Web;
use crate::web::api::registry::{Author, Edited, Edits, NotChanged, change};
use crate::web::pages::audit::record::Fails;
use crate::web::pages::filled::{Filled, InQuery};
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::{links, respond};
use crate::web::problem::{Kind, Problem};

#[derive(Template)]
#[template(path = "registry/edit.html")]
struct Page {
    frame: Frame,
    kind: EntryKind,
    /// Where the entry is; none for a new one.
    here: Option<String>,
    name: String,
    form: Form,
    /// The version that was read, so that somebody else's change in between shows.
    seen: String,
    valid_from: String,
    wrong_day: bool,
    /// What somebody else changed meanwhile.
    meanwhile: Option<(String, Vec<Changed>)>,
    preview: Option<Preview>,
}

/// What saving would change.
struct Preview {
    changes: Vec<Changed>,
    moves: Moves,
}

/// `GET …/edit`, and `GET …/new` without a key.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    kind: EntryKind,
    key: Option<String>,
    InQuery(asked): InQuery,
) -> Result<Response, Sorry> {
    visitor.may(Permission::EditRegistry)?;
    let catalogue = web.kept.shelf.of(web.app.evaluator().registry).await;
    let entry = key.as_ref().map(|key| entry_of(&catalogue, kind, key).ok_or_else(|| Sorry::not_found(kind.as_str())));
    let entry = entry.transpose()?;
    let mut form = match (&entry, asked.given("from").and_then(|from| entry_of(&catalogue, kind, from))) {
        (Some(entry), _) => Form::of(kind, &diff::json(entry)),
        (None, Some(Entry::Report(report))) => {
            // The next edition of a report says the same until somebody writes what is new.
            let mut form = Form::of(kind, &diff::json(&Entry::Report(report.clone()))).into_new();
            form.set("edition", &report.edition.saturating_add(1).to_string());
            for day in ["published_on", "expires_on", "withdrawn_on"] {
                form.set(day, "");
            }
            form
        }
        _ => Form::empty(kind, true),
    };
    if let Some(alias) = asked.given("alias") {
        form.add_line("aliases", alias);
    }
    for field in ["participant", "solution", "platform"] {
        if let Some(id) = asked.given(field).filter(|_| entry.is_none()) {
            form.set(field, id);
        }
    }
    let page = Page {
        frame: frame(&visitor, &web, kind, key.as_deref()),
        kind,
        here: key.as_ref().map(|key| links::entry(kind, key)),
        name: key.unwrap_or_default(),
        form,
        seen: entry.as_ref().map(seal).unwrap_or_default(),
        valid_from: String::new(),
        wrong_day: false,
        meanwhile: None,
        preview: None,
    };
    Ok(respond::page(&visitor, &page))
}

fn frame(visitor: &Visitor, web: &Web, kind: EntryKind, key: Option<&str>) -> Frame {
    let title = key.map_or_else(|| format!("New {kind}"), |key| format!("Edit {key}"));
    visitor.frame(web, title, Section::Registry)
}

/// A hash of a version: what the form was made from.
fn seal(entry: &Entry) -> String {
    crate::hash::version(Sha256::new_with_prefix(diff::json(entry).to_string()))
}

/// `POST …/edit` and `…/new`.
pub(super) async fn save(
    State(web): State<Web>,
    visitor: Visitor,
    kind: EntryKind,
    key: Option<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    visitor.may(Permission::EditRegistry)?;
    let form = Form::filled(kind, &filled, key.as_deref());
    let valid_from = filled.given("valid_from").map(str::parse::<Date>);
    let mut page = Page {
        frame: frame(&visitor, &web, kind, key.as_deref()),
        kind,
        here: key.as_ref().map(|key| links::entry(kind, key)),
        name: key.clone().unwrap_or_default(),
        form,
        seen: filled.text("seen").to_owned(),
        valid_from: filled.text("valid_from").to_owned(),
        wrong_day: matches!(valid_from, Some(Err(_))),
        meanwhile: None,
        preview: None,
    };
    let act = filled.text("do");
    if let Some(list) = act.strip_prefix("add:") {
        page.form.more(list);
        return Ok(respond::page(&visitor, &page));
    }
    let author = Author { by: visitor.person.name.clone(), valid_from: valid_from.and_then(Result::ok) };
    if act == "remove" {
        return remove(&web, &visitor, &author, page, key).await;
    }
    let section = format!("{kind}s");
    let entry = match document::entry(&section, &page.form.entry()).map(|one| first(one, kind)) {
        Ok(Some(entry)) if !page.wrong_day => entry,
        Ok(_) => return Ok(again(&visitor, page, Vec::new())),
        Err(faults) => return Ok(again(&visitor, page, faults)),
    };
    let known = web.app.store.registry(None, crate::triage::decide::day_of(web.app.clock.now())).await?;
    let before = find(&known.document, kind, &entry.key());
    if act == "preview" {
        let mut after = known.document;
        let place = put_into(&mut after, &entry);
        let checked = tokio::task::spawn_blocking(move || (document::check(&after), after)).await;
        let (faults, after) = checked.map_err(|_| Problem::internal())?;
        if !faults.is_empty() {
            return Ok(again(&visitor, page, seen_from(faults, &place)));
        }
        let moves = moves::of(&web, after).await?;
        page.preview = Some(Preview { changes: diff(before.as_ref(), Some(&entry)), moves });
        return Ok(respond::page(&visitor, &page));
    }
    let seen = page.seen.clone();
    let put = |document: &mut Document| {
        let stored = find(document, kind, &entry.key());
        // An entry that is new to its author, or to the registry, is nobody else's.
        if stored.as_ref().map(seal).unwrap_or_default() != seen {
            return Err(Problem::new(Kind::PreconditionFailed, MEANWHILE));
        }
        let place = put_into(document, &entry);
        Ok(Edits::Put(vec![Edited { entry: entry.clone(), place, in_body: String::new() }]))
    };
    let name = format!("{} {}", title_of(kind), entry.key());
    let about = About::new(Thing::Entry, format!("{kind} {}", entry.key()));
    let details = details(&author, diff(before.as_ref(), Some(&entry)));
    let doing = change(&web, &author, put, async || Ok(()));
    match visitor.act(&web, Act::RegistryChanged, &about, details, doing).await {
        Ok(done) => {
            let to = links::entry(kind, &entry.key());
            let said = if done.added + done.changed == 0 {
                format!("{name} says the same already.")
            } else {
                format!("{name} is saved.")
            };
            Ok(respond::see_other(&to, &said))
        }
        Err(NotChanged::Faulty(faults)) => Ok(again(&visitor, page, faults)),
        Err(NotChanged::Problem(problem)) if problem.details().detail == MEANWHILE => {
            meanwhile(&web, &visitor, page, &entry.key()).await
        }
        Err(NotChanged::Problem(problem)) => Err(problem.into()),
    }
}

const MEANWHILE: &str = "Somebody else changed this entry meanwhile.";

/// The form again, with what somebody else changed while it was filled in; saving it now means to change that too.
async fn meanwhile(web: &Web, visitor: &Visitor, mut page: Page, key: &str) -> Result<Response, Sorry> {
    let versions = web.app.store.entry_history(page.kind, key).await?;
    let now = versions.iter().find(|version| version.known_until.is_none());
    let read = versions.iter().find_map(|version| version.entry.as_ref().filter(|entry| seal(entry) == page.seen));
    let entry = now.and_then(|version| version.entry.as_ref());
    let who = now.map_or_else(String::new, |version| {
        let at = version.known_from.strftime("%-d %b %Y, %H:%M UTC");
        match (&version.entry, read) {
            (None, _) => format!("{} removed this entry on {at}. Saving adds it again.", version.by),
            (Some(_), None) => format!("{} added an entry of that id on {at}. Saving replaces it.", version.by),
            (Some(_), Some(_)) => format!("{} changed this entry on {at}, while you edited it. Nothing of yours is lost: compare, and save again to replace it.", version.by),
        }
    });
    page.seen = entry.map(seal).unwrap_or_default();
    page.meanwhile = Some((who, diff(read, entry)));
    Ok(respond::with_status(visitor, StatusCode::CONFLICT, &page))
}

async fn remove(
    web: &Web,
    visitor: &Visitor,
    author: &Author,
    page: Page,
    key: Option<String>,
) -> Result<Response, Sorry> {
    let (kind, Some(key)) = (page.kind, key) else { return Err(Sorry::not_found("entry")) };
    let taken = |document: &mut Document| {
        match kind {
            EntryKind::Platform => document.platforms.retain(|entry| entry.id != key),
            EntryKind::Participant => document.participants.retain(|entry| entry.id != key),
            EntryKind::Solution => document.solutions.retain(|entry| entry.id != key),
            EntryKind::Report => document.reports.retain(|entry| super::key_of(entry) != key),
        }
        Ok(Edits::Remove(kind, vec![key.clone()]))
    };
    let about = About::new(Thing::Entry, format!("{kind} {key}"));
    let mut details = details(author, Vec::new());
    details["removed"] = json!(true);
    let doing = change(web, author, taken, async || Ok(()));
    match visitor.act(web, Act::RegistryChanged, &about, details, doing).await {
        Ok(_) => {
            let said = format!("{} {key} is removed; its history is kept.", title_of(kind));
            Ok(respond::see_other(&format!("/registry/{kind}s"), &said))
        }
        Err(NotChanged::Faulty(faults)) => {
            let count = faults.len();
            let others = if count == 1 {
                "Another entry refers".to_owned()
            } else {
                format!("{count} places of other entries refer")
            };
            let message = format!("{others} to it, so it cannot be removed. Change these first.");
            let mut all = vec![Fault { file: String::new(), line: None, path: String::new(), message }];
            all.extend(faults.into_iter().take(20));
            Ok(again(visitor, page, all))
        }
        Err(NotChanged::Problem(problem)) => Err(problem.into()),
    }
}

/// What the audit log keeps of a change.
fn details(author: &Author, changes: Vec<Changed>) -> Value {
    let fields: Vec<_> = changes.into_iter().take(20).map(|one| one.field).collect();
    json!({ "fields": fields, "valid_from": author.valid_from })
}

impl Fails for NotChanged {
    fn why(&self) -> String {
        match self {
            Self::Faulty(faults) => format!("The registry would have {} faults.", faults.len()),
            Self::Problem(problem) => problem.details().detail,
        }
    }
}

/// The form with its faults.
fn again(visitor: &Visitor, page: Page, faults: Vec<Fault>) -> Response {
    let page = Page { form: page.form.with_faults(faults), ..page };
    respond::with_status(visitor, StatusCode::UNPROCESSABLE_ENTITY, &page)
}

fn seen_from(faults: Vec<Fault>, place: &str) -> Vec<Fault> {
    faults.into_iter().map(|fault| document::relative(fault, place)).collect()
}

fn first(document: Document, kind: EntryKind) -> Option<Entry> {
    match kind {
        EntryKind::Platform => document.platforms.into_iter().next().map(Entry::Platform),
        EntryKind::Participant => document.participants.into_iter().next().map(Entry::Participant),
        EntryKind::Solution => document.solutions.into_iter().next().map(Entry::Solution),
        EntryKind::Report => document.reports.into_iter().next().map(Entry::Report),
    }
}

fn find(document: &Document, kind: EntryKind, key: &str) -> Option<Entry> {
    match kind {
        EntryKind::Platform => document.platforms.iter().find(|one| one.id == key).cloned().map(Entry::Platform),
        EntryKind::Participant => {
            document.participants.iter().find(|one| one.id == key).cloned().map(Entry::Participant)
        }
        EntryKind::Solution => document.solutions.iter().find(|one| one.id == key).cloned().map(Entry::Solution),
        EntryKind::Report => document.reports.iter().find(|one| super::key_of(one) == key).cloned().map(Entry::Report),
    }
}

/// Puts the entry into the document, in place of the one that it replaces; its place there.
fn put_into(document: &mut Document, entry: &Entry) -> String {
    fn put<T: Clone>(section: &mut Vec<T>, entry: &T, same: impl Fn(&T) -> bool) -> usize {
        let at = section.iter().position(same);
        match at {
            Some(at) => section[at] = entry.clone(),
            None => section.push(entry.clone()),
        }
        at.unwrap_or(section.len() - 1)
    }
    let at = match entry {
        Entry::Platform(entry) => put(&mut document.platforms, entry, |old| old.id == entry.id),
        Entry::Participant(entry) => put(&mut document.participants, entry, |old| old.id == entry.id),
        Entry::Solution(entry) => put(&mut document.solutions, entry, |old| old.id == entry.id),
        Entry::Report(entry) => put(&mut document.reports, entry, |old| super::key_of(old) == super::key_of(entry)),
    };
    format!("{}s[{at}]", entry.kind())
}

impl Page {
    fn action(&self) -> String {
        self.here.as_ref().map_or_else(|| format!("/registry/{}s/new", self.kind), |here| format!("{here}/edit"))
    }

    fn field_id(&self, name: &str) -> String {
        id_of(name)
    }
}
