//! `GET /inbound/{id}`: one mail or callback, what is in it, and settling it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::{address, channel};
use crate::access::Permission;
use crate::mail::inbound::{self, MailShown};
use crate::store::{EsrSummary, Inbound, InboundState, Raw};
use crate::triage::outcome::Side;
use crate::web::Web;
use crate::web::api::inbound::found;
use crate::web::pages::filled::Filled;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::words;

/// So much of a text is shown, in characters.
const TEXT: usize = 20_000;
/// The sides that something can be from.
const SIDES: [Side; 3] = [Side::Participant, Side::BusinessPartner, Side::Ale];

/// What a form of the page brought.
#[derive(Default)]
pub(super) struct Brought {
    pub(super) typed: Filled,
    /// What is wrong: the field and a sentence.
    pub(super) wrong: Vec<(String, String)>,
    /// The eSRs that what was typed may mean.
    pub(super) meant: Vec<EsrSummary>,
}

impl Brought {
    /// What is wrong with a field.
    fn fault(&self, field: &str) -> Option<&str> {
        self.wrong.iter().find(|(known, _)| known == field).map(|(_, why)| why.as_str())
    }
}

#[derive(Template)]
#[template(path = "inbound/one.html")]
struct Page {
    frame: Frame,
    this: Inbound,
    base: String,
    /// The case's reference, where one is known.
    reference: Option<String>,
    mail: Option<MailShown>,
    /// What it says itself, and its whole text where that is more.
    said: Text,
    whole: Option<Text>,
    /// What was understood: what, and what it says.
    understood: Vec<(String, String)>,
    sides: Vec<(&'static str, &'static str, bool)>,
    brought: Brought,
    open: bool,
    works: bool,
}

/// A text, cut where it is too long for a page.
struct Text {
    text: String,
    cut: bool,
}

impl Text {
    fn of(text: &str) -> Self {
        let shown: String = text.chars().take(TEXT).collect();
        Self { cut: shown.len() < text.len(), text: shown }
    }
}

pub(super) async fn show(State(web): State<Web>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeDeliveries)?;
    let this = found(&web, &id).await?;
    with(&web, &visitor, this, StatusCode::OK, Brought::default()).await
}

/// The page with what a form brought.
///
/// # Errors
/// When the disk or the database does not answer.
pub(super) async fn with(
    web: &Web,
    visitor: &Visitor,
    this: Inbound,
    status: StatusCode,
    brought: Brought,
) -> Result<Response, Sorry> {
    let mail = inbound::show(&web.app, &this).await?;
    let reference = match &this.esr_id {
        Some(id) => web.app.store.esr(id).await?.map(|esr| esr.reference),
        None => None,
    };
    let (said, whole) = match (&mail, &this.raw) {
        (Some(mail), _) => {
            let whole = (mail.text.trim() != mail.said.trim()).then(|| Text::of(&mail.text));
            (Text::of(&mail.said), whole)
        }
        (None, Raw::Text(raw)) => {
            let laid_out =
                serde_json::from_str::<Value>(raw).ok().and_then(|it| serde_json::to_string_pretty(&it).ok());
            (Text::of(laid_out.as_deref().unwrap_or(raw)), None)
        }
        (None, Raw::File(_)) => (Text::of(""), None),
    };
    let read_as = mail.as_ref().map_or(Side::Participant, |mail| mail.side);
    let chosen = brought.typed.given("side").and_then(Side::parse).unwrap_or(read_as);
    let mut understood = Vec::new();
    if let Some(said) = mail.as_ref().and_then(|mail| mail.understood.as_ref()) {
        flatten("", said, &mut understood);
    }
    let title = if this.summary.trim().is_empty() { channel(this.channel).to_owned() } else { this.summary.clone() };
    let page = Page {
        frame: visitor.frame(web, title, Section::Inbound),
        base: address(&this.id),
        reference,
        said,
        whole,
        understood,
        sides: SIDES.map(|side| (side.as_str(), words::side(side), side == chosen)).into(),
        open: matches!(this.state, InboundState::Held | InboundState::Received),
        works: visitor.can(Permission::WorkCases),
        mail,
        brought,
        this,
    };
    Ok(respond::with_status(visitor, status, &page))
}

/// What an update says, a line for each thing.
fn flatten(at: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                flatten(&words::spaced(key), value, out);
            }
        }
        Value::Array(all) => {
            let texts: Vec<_> =
                all.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect();
            out.push((at.to_owned(), texts.join(", ")));
        }
        Value::String(text) => out.push((at.to_owned(), words::spaced_word(text))),
        other => out.push((at.to_owned(), other.to_string())),
    }
}
