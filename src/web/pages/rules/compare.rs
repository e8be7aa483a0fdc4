//! `/rules/compare`: another table in place of the one that runs: what is wrong with it, or what it decides differently and which
//! stored eSRs would move. Nothing is stored.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::difference::{Difference, FaultShown};
use crate::access::{About, Act, Permission, Thing};
use crate::triage::diff::{self, diff};
use crate::triage::rules::FILES;
use crate::web::Web;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::problem::Problem;

/// The most that a candidate's files may have together, in bytes.
const MOST: usize = 1_000_000;
/// The stored eSRs that are decided again: so many of the newest.
const LOOKED_AT: u32 = 5_000;
/// So many faults are shown.
const FAULTS: usize = 30;

#[derive(Template)]
#[template(path = "rules/compare.html")]
struct Page {
    frame: Frame,
    /// The table that runs.
    version: String,
    /// The text of the table's field.
    table: String,
    /// Whether that is another than the table that runs.
    edited: bool,
    /// The other files that were given: name and text.
    others: Vec<(String, String)>,
    /// Why the form cannot be read.
    wrong: Option<String>,
    faults: Vec<FaultShown>,
    more_faults: usize,
    /// What the candidate decides differently; none before there is one.
    found: Vec<Difference>,
    /// So many of the newest eSRs are decided again.
    looked_at: u32,
}

/// What somebody gave.
#[derive(Default)]
struct Given {
    /// Files in place of those that run: name and text.
    files: Vec<(String, String)>,
    /// Whether the difference is wanted as a document.
    json: bool,
}

/// What a comparison came to, as it was asked for.
enum Compared {
    /// For programs.
    Document(Value),
    /// For people.
    Page(Box<Difference>),
}

impl Page {
    fn of(web: &Web, visitor: &Visitor, given: Given) -> Self {
        let rules = web.app.evaluator().rules;
        let (mut table, mut others) = (rules.file(FILES[0]).to_owned(), Vec::new());
        for (name, text) in given.files {
            if name == FILES[0] { table = text } else { others.push((name, text)) }
        }
        Self {
            frame: visitor.frame(web, "Compare a table", Section::Rules),
            version: rules.version().to_owned(),
            edited: table != rules.file(FILES[0]),
            table,
            others,
            wrong: None,
            faults: Vec::new(),
            more_faults: 0,
            found: Vec::new(),
            looked_at: LOOKED_AT,
        }
    }
}

/// `GET /rules/compare`
pub(super) async fn blank(State(web): State<Web>, visitor: Visitor) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeRules)?;
    Ok(respond::page(&visitor, &Page::of(&web, &visitor, Given::default())))
}

/// `POST /rules/compare`
pub(super) async fn compare(State(web): State<Web>, visitor: Visitor, request: Request) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeRules)?;
    let given = match read(&web, request).await {
        Ok(given) => given,
        Err(wrong) => {
            let page = Page { wrong: Some(wrong), ..Page::of(&web, &visitor, Given::default()) };
            return Ok(respond::with_status(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let running = web.app.evaluator().rules;
    let (old, files) = (Arc::clone(&running), given.files.clone());
    let proved = tokio::task::spawn_blocking(move || old.with_files(&files)).await;
    let candidate = match proved.map_err(|_| Problem::internal())? {
        Ok(candidate) => candidate,
        Err(error) => {
            let mut page = Page::of(&web, &visitor, given);
            page.more_faults = error.faults.len().saturating_sub(FAULTS);
            page.faults = error.faults.iter().take(FAULTS).map(|fault| FaultShown::of(fault, &running)).collect();
            return Ok(respond::with_status(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let names: Vec<_> = given.files.iter().map(|(name, _)| name.as_str()).collect();
    let details = json!({ "files": names, "version": candidate.version() });
    let as_json = given.json;
    let doing = async {
        let standing = if as_json { Vec::new() } else { web.app.store.standing(LOOKED_AT).await? };
        let compared = tokio::task::spawn_blocking(move || {
            let found = diff(&running, &candidate);
            if as_json {
                Compared::Document(diff::document(&running, &candidate, &found))
            } else {
                Compared::Page(Box::new(Difference::of(&running, &candidate, &found, standing)))
            }
        });
        compared.await.map_err(|_| Sorry::from(Problem::internal()))
    };
    match visitor.act(&web, Act::RulesTried, &About::new(Thing::Rules, ""), details, doing).await? {
        Compared::Document(document) => {
            let text = serde_json::to_string_pretty(&document).map_err(|_| Problem::internal())?;
            let headers = [
                (header::CONTENT_TYPE, "application/json"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"rules-diff.json\""),
                (header::CACHE_CONTROL, "no-store"),
                (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            Ok((headers, text).into_response())
        }
        Compared::Page(found) => {
            let page = Page { found: vec![*found], ..Page::of(&web, &visitor, given) };
            Ok(respond::page(&visitor, &page))
        }
    }
}

/// The form: the table as text, other files as text (`file:facts.toml`) or chosen, which go before.
async fn read(web: &Web, request: Request) -> Result<Given, String> {
    let unread =
        |error: axum::extract::multipart::MultipartError| format!("The form cannot be read: {}.", error.body_text());
    let mut form = Multipart::from_request(request, web).await.map_err(|error| error.body_text())?;
    let (mut given, mut size) = (Given::default(), 0);
    while let Some(mut part) = form.next_field().await.map_err(unread)? {
        let field = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(|name| name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned());
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(unread)? {
            size += chunk.len();
            if size > MOST {
                return Err(format!("That is more than {} KB.", MOST / 1000));
            }
            bytes.extend_from_slice(&chunk);
        }
        let name = match (field.as_str(), file) {
            ("do", _) => {
                given.json = bytes == b"json";
                continue;
            }
            (_, Some(file)) if file.is_empty() => continue,
            (_, Some(file)) => file,
            ("table", None) => FILES[0].to_owned(),
            (field, None) => match field.strip_prefix("file:") {
                Some(name) => name.to_owned(),
                None => continue,
            },
        };
        let text = String::from_utf8(bytes).map_err(|_| format!("{name} is not UTF-8 text."))?;
        // What a browser sends of a field has the line ends of another age.
        let text = text.replace("\r\n", "\n");
        if text.trim().is_empty() && name != FILES[0] {
            continue;
        }
        given.files.retain(|(known, _)| *known != name);
        given.files.push((name, text));
    }
    if given.files.is_empty() { Err("Change the table, or choose files first.".to_owned()) } else { Ok(given) }
}
