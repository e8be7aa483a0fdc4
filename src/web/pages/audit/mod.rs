//! Who did what: writing it down (`record.rs`), the log as a page, and as a file (`export.rs`).

mod export;
pub(super) mod record;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::filled::Filled;
use super::frame::{Frame, Section};
use super::respond;
use super::sorry::Sorry;
use super::visitor::Visitor;
use crate::access::{Act, ActOutcome, Permission};
use crate::store::{AuditEntry, AuditFilter};
use crate::web::Web;

/// How many entries a page holds.
const PAGE: u32 = 50;

/// Its pages.
pub(super) fn pages() -> Router<Web> {
    Router::new().route("/audit", get(show)).route("/audit/export", post(export::export))
}

/// Which entries are asked for, as they were typed.
struct Asked {
    who: String,
    act: Option<Act>,
    about: String,
    /// Days: the first and the last one.
    from: String,
    to: String,
    filter: AuditFilter,
}

impl Asked {
    fn of(filled: &Filled) -> Self {
        let text = |name: &str| filled.text(name).chars().filter(|c| !c.is_control()).take(300).collect::<String>();
        let (who, about, from, to) = (text("who"), text("about"), text("from"), text("to"));
        let act = Act::parse(filled.text("act"));
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let filter =
            AuditFilter { who: given(&who), act, about: given(&about), since: day(&from, 0), before: day(&to, 1) };
        Self { who, act, about, from, to, filter }
    }

    fn any(&self) -> bool {
        self.filter != AuditFilter::default()
    }

    /// What it says, as fields.
    fn fields(&self) -> Vec<(&'static str, String)> {
        let act = self.act.map(|act| act.as_str().to_owned()).unwrap_or_default();
        let all = [("who", &self.who), ("act", &act), ("about", &self.about), ("from", &self.from), ("to", &self.to)];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.clone())).collect()
    }

    fn query(&self, after: &str) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.fields())
            .append_pair("after", after)
            .finish()
    }
}

/// The beginning of a day, so many days later, in UTC; none for what is no day.
fn day(text: &str, later: i64) -> Option<Timestamp> {
    let day: Date = text.parse().ok()?;
    let day = day.checked_add(jiff::Span::new().days(later)).ok()?;
    day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[derive(Template)]
#[template(path = "audit/page.html")]
struct Page {
    frame: Frame,
    asked: Asked,
    entries: Vec<AuditEntry>,
    next: Option<String>,
    first: bool,
}

impl Page {
    fn is_act(&self, act: &Act) -> bool {
        self.asked.act == Some(*act)
    }

    fn failed(&self, entry: &AuditEntry) -> bool {
        entry.outcome == ActOutcome::Failed
    }

    fn begun(&self, entry: &AuditEntry) -> bool {
        entry.outcome == ActOutcome::Begun
    }
}

/// An entry's details in a line: `role: agent · how: password`.
fn details(entry: &AuditEntry) -> String {
    let Value::Object(fields) = &entry.entry.details else { return String::new() };
    let said = fields.iter().map(|(name, value)| match value {
        Value::String(text) => format!("{name}: {text}"),
        other => format!("{name}: {other}"),
    });
    said.collect::<Vec<_>>().join(" · ")
}

/// `GET /audit`
async fn show(State(web): State<Web>, visitor: Visitor, RawQuery(query): RawQuery) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeAudit)?;
    let filled = Filled::parse(query.unwrap_or_default().as_bytes());
    let asked = Asked::of(&filled);
    let after = filled.given("after");
    let page = web.app.store.audit(&asked.filter, after, PAGE).await?;
    let frame = visitor.frame(&web, "Audit log", Section::Audit);
    let page = Page { frame, asked, entries: page.items, next: page.next, first: after.is_none() };
    Ok(respond::page(&visitor, &page))
}
