//! Who did what: writing it down (`record.rs`), the log as a page, and as a file (`export.rs`).

mod export;
pub(super) mod record;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::filled::{Filled, InQuery};
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

/// An entry's details in a line: `roles: agent, lead · how: password`; of a change, what differs: `name: Bea → Bea L.`.
fn details(entry: &AuditEntry) -> String {
    let Value::Object(fields) = &entry.entry.details else { return String::new() };
    let sides = (fields.get("before"), fields.get("after"));
    let mut said = Vec::new();
    if let (Some(Value::Object(before)), Some(Value::Object(after))) = sides {
        for (name, value) in after {
            let old = before.get(name).unwrap_or(&Value::Null);
            if old != value {
                said.push(format!("{name}: {} → {}", or_none(old), or_none(value)));
            }
        }
    } else if let (Some(before), Some(after)) = sides {
        said.push(format!("{} → {}", or_none(before), or_none(after)));
    } else if let Some(after) = sides.1 {
        said.push(in_words(after));
    }
    let others = fields.iter().filter(|(name, value)| !matches!(name.as_str(), "before" | "after") && !value.is_null());
    said.extend(others.map(|(name, value)| format!("{name}: {}", in_words(value))));
    said.join(" · ")
}

fn or_none(value: &Value) -> String {
    Some(in_words(value)).filter(|words| !words.is_empty()).unwrap_or_else(|| "none".to_owned())
}

fn in_words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(at) => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            Err(_) => text.clone(),
        },
        Value::Array(items) => items.iter().map(in_words).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let given = fields.iter().filter(|(_, value)| !value.is_null());
            given.map(|(name, value)| format!("{name}: {}", in_words(value))).collect::<Vec<_>>().join(" · ")
        }
        other => other.to_string(),
    }
}

/// `GET /audit`
async fn show(State(web): State<Web>, visitor: Visitor, InQuery(filled): InQuery) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeAudit)?;
    let asked = Asked::of(&filled);
    let after = filled.given("after");
    let page = web.app.store.audit(&asked.filter, after, PAGE).await?;
    let frame = visitor.frame(&web, "Audit log", Section::Audit);
    let page = Page { frame, asked, entries: page.items, next: page.next, first: after.is_none() };
    Ok(respond::page(&visitor, &page))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::access::{About, Origin, Who};
    use crate::store::NewEntry;

    #[test]
    fn details_are_words_and_of_a_change_only_what_differs() {
        let said = |value: Value| {
            let at = Timestamp::UNIX_EPOCH;
            let (who, origin, about) = (Who::default(), Origin::default(), About::esr("e"));
            let entry = NewEntry { id: "a".to_owned(), at, who, origin, act: Act::Note, about, details: value };
            details(&AuditEntry { entry, outcome: ActOutcome::Done, why: None, ended_at: None })
        };
        let change = json!({"before": {"name": "Bea", "roles": ["agent"], "company": null},
            "after": {"name": "Bea", "roles": ["agent", "lead"], "company": "Acme"}, "by": "https://id.example"});
        assert_eq!(said(change), "company: none → Acme · roles: agent → agent, lead · by: https://id.example");
        assert_eq!(said(json!({"before": "active", "after": "disabled"})), "active → disabled");
        assert_eq!(said(json!({"after": {"login": "bea", "company": null}})), "login: bea");
        assert_eq!(
            said(json!({"until": "2026-11-24T13:49:49.673387Z", "count": 3, "x": null})),
            "count: 3 · until: 2026-11-24 13:49 UTC"
        );
        assert_eq!(said(json!({})), "");
    }
}
