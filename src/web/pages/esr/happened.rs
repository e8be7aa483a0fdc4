//! The timeline: who said and did what, the newest first; the last entries beside the eSR, all on pages of their own.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::Timestamp;
use serde_json::Value;

use super::show::open;
use super::view::text_of;
use crate::cases::{Actor, EventKind};
use crate::store::Event;
use crate::web::Web;
use crate::web::pages::filled::InQuery;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::pictures::path::field;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::words;

/// So many are shown beside the eSR.
pub(super) const BESIDE: u32 = 25;
/// So many are on a page of their own.
const PAGE: u32 = 100;

/// One entry.
pub(super) struct Entry {
    pub(super) at: Timestamp,
    pub(super) kind: EventKind,
    pub(super) who: String,
    pub(super) on_behalf_of: Option<String>,
    pub(super) by_link: bool,
    /// What happened, in a few words.
    pub(super) what: String,
    /// What was said, field by field: its name, what stood there before, what stands there since.
    pub(super) said: Vec<(String, String, String)>,
    /// In somebody's own words.
    pub(super) words: String,
    /// Whether its reader has not seen it yet.
    pub(super) new: bool,
}

/// What is shown of these events, in their order; what happened after `seen` is new.
pub(super) fn entries(events: Vec<Event>, seen: Option<Timestamp>) -> Vec<Entry> {
    let shown = events.into_iter().filter_map(entry);
    shown.map(|entry| Entry { new: seen.is_some_and(|seen| entry.at > seen), ..entry }).collect()
}

#[derive(Template)]
#[template(path = "esr/happened.html")]
struct Page {
    frame: Frame,
    id: String,
    reference: String,
    happened: Vec<Entry>,
    next: Option<String>,
    first: bool,
}

/// `GET /esrs/{id}/happened`: `after` is where the page before ended.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    InQuery(asked): InQuery,
) -> Result<Response, Sorry> {
    let esr = open(&web, &visitor, &id).await?;
    let after = asked.given("after");
    let events = web.app.store.newest_events(&id, after, PAGE).await?;
    let frame = visitor.frame(&web, format!("{}: what happened", esr.reference), Section::Queue);
    let (happened, next, first) = (entries(events.items, None), events.next, after.is_none());
    Ok(respond::page(&visitor, &Page { frame, id, reference: esr.reference, happened, next, first }))
}

fn entry(event: Event) -> Option<Entry> {
    let data = &event.data;
    let text = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
    let place = |at: &Value| {
        let (route, stage) = (at["route"].as_str().unwrap_or_default(), at["stage"].as_str().unwrap_or_default());
        format!("{}: {}", words::route(route), words::stage(stage))
    };
    let mut said = said(&data["said"], &data["was"]);
    let (what, own) = match event.kind {
        EventKind::Filed => ("filed the eSR".to_owned(), String::new()),
        // What a decision did not move needs no line of its own.
        EventKind::Decided if data["from"] == data["to"] => return None,
        EventKind::Decided if data["from"].is_null() => {
            (format!("decided: {}, by rule {}", place(&data["to"]), text("rule")), String::new())
        }
        EventKind::Decided => {
            let (from, to) = (place(&data["from"]), place(&data["to"]));
            (format!("decided again: {to}, from {from}, by rule {}", text("rule")), String::new())
        }
        EventKind::Updated if data["was"].is_object() => ("corrected what it says".to_owned(), String::new()),
        EventKind::Updated => ("added to it".to_owned(), String::new()),
        EventKind::Overridden => (format!("sent it to {}", place(data)), text("reason")),
        EventKind::Contested => ("disputes where it goes".to_owned(), text("reason")),
        EventKind::AttachmentAdded => ("added a file".to_owned(), text("name")),
        EventKind::Heard => {
            for (key, label) in [("number", "Case number"), ("status", "Their status"), ("url", "Ticket")] {
                let value = text(key);
                if !value.is_empty() {
                    said.push((label.to_owned(), String::new(), value));
                }
            }
            let closed = if data["closed"] == true { ", and closed its ticket" } else { "" };
            (format!("answered{closed}"), text("text"))
        }
        EventKind::VersionDisagrees => {
            ("found another release in a file than the eSR declares".to_owned(), text("name"))
        }
        EventKind::Noted => ("noted".to_owned(), text("text")),
    };
    let Actor { name, on_behalf_of, .. } = event.actor;
    let by_link = data.get("via").and_then(Value::as_str) == Some(crate::flow::BY_LINK);
    Some(Entry { at: event.at, kind: event.kind, who: name, on_behalf_of, by_link, what, said, words: own, new: false })
}

/// What was said, each leaf with its field's name and what stood there before.
fn said(said: &Value, was: &Value) -> Vec<(String, String, String)> {
    let mut all = Vec::new();
    leaves("", said, was, &mut all);
    all
}

fn leaves(path: &str, said: &Value, was: &Value, all: &mut Vec<(String, String, String)>) {
    match said {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                leaves(&path, value, &was[key.as_str()], all);
            }
        }
        _ if path.is_empty() => {}
        Value::Null => all.push((field(path), text_of(was), "taken back".to_owned())),
        said => all.push((field(path), text_of(was), text_of(said))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(kind: EventKind, data: Value) -> Event {
        let at = "2026-11-22T09:00:00Z".parse().unwrap();
        Event { id: "evt_1".into(), at, kind, actor: Actor::service(), data }
    }

    #[test]
    fn what_was_said_is_read_field_by_field() {
        let data = json!({"said": {"platform": {"release": "R101"}, "system_access": true, "feature": null},
            "was": {"platform": {"release": "R100"}, "feature": "wake-up"}});
        let entries = entries(vec![event(EventKind::Updated, data)], None);
        let said: Vec<_> = entries[0].said.iter().map(|(field, was, now)| format!("{field}: {was} > {now}")).collect();
        assert_eq!(
            said,
            ["Feature: wake-up > taken back", "Platform's release: R100 > R101", "Access to the system:  > yes"]
        );
    }

    #[test]
    fn what_happened_since_the_page_was_opened_is_new() {
        let entries = entries(vec![event(EventKind::Contested, json!({}))], Some(Timestamp::UNIX_EPOCH));
        assert!(entries[0].new);
        let seen = Some(entries[0].at);
        assert!(!self::entries(vec![event(EventKind::Contested, json!({}))], seen)[0].new);
    }

    #[test]
    fn a_decision_that_moved_nothing_is_left_out() {
        let place = json!({"route": "ale_support", "stage": "open"});
        let data = json!({"from": place, "to": place, "rule": "x"});
        assert!(entries(vec![event(EventKind::Decided, data)], None).is_empty());
    }
}
