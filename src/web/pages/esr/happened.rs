//! The timeline: who said and did what, the newest first.

use jiff::Timestamp;
use serde_json::Value;

use crate::cases::{Actor, EventKind};
use crate::store::Event;
use crate::web::pages::pictures::path::field;
use crate::web::pages::words;

/// How many entries are shown unless all are asked for.
const SHOWN: usize = 60;

/// One entry.
pub(super) struct Entry {
    pub(super) at: Timestamp,
    pub(super) kind: EventKind,
    pub(super) who: String,
    pub(super) on_behalf_of: Option<String>,
    pub(super) by_link: bool,
    /// What happened, in a few words.
    pub(super) what: String,
    /// What was said, field by field.
    pub(super) said: Vec<(String, String)>,
    /// In somebody's own words.
    pub(super) words: String,
}

/// The entries, the newest first, and how many are left out.
pub(super) fn entries(timeline: Vec<Event>, all: bool) -> (Vec<Entry>, usize) {
    let mut entries: Vec<Entry> = timeline.into_iter().rev().filter_map(entry).collect();
    let hidden = if all { 0 } else { entries.len().saturating_sub(SHOWN) };
    entries.truncate(entries.len() - hidden);
    (entries, hidden)
}

fn entry(event: Event) -> Option<Entry> {
    let data = &event.data;
    let text = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
    let place = |at: &Value| {
        let (route, stage) = (at["route"].as_str().unwrap_or_default(), at["stage"].as_str().unwrap_or_default());
        format!("{}: {}", words::route(route), words::stage(stage))
    };
    let mut said = said(&data["said"]);
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
        EventKind::Updated => ("said something new".to_owned(), String::new()),
        EventKind::Overridden => (format!("sent it to {}", place(data)), text("reason")),
        EventKind::Contested => ("disputes where it goes".to_owned(), text("reason")),
        EventKind::AttachmentAdded => ("added a file".to_owned(), text("name")),
        EventKind::Heard => {
            for (key, label) in [("number", "Case number"), ("status", "Their status"), ("url", "Ticket")] {
                let value = text(key);
                if !value.is_empty() {
                    said.push((label.to_owned(), value));
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
    Some(Entry { at: event.at, kind: event.kind, who: name, on_behalf_of, by_link, what, said, words: own })
}

/// What was said, each leaf with its field's name.
fn said(said: &Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    leaves("", said, &mut all);
    all
}

fn leaves(path: &str, value: &Value, all: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                leaves(&path, value, all);
            }
        }
        _ if path.is_empty() => {}
        Value::Null => all.push((field(path), "taken back".to_owned())),
        Value::String(text) => all.push((field(path), text.clone())),
        Value::Bool(yes) => all.push((field(path), if *yes { "yes" } else { "no" }.to_owned())),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            all.push((field(path), items.join(", ")));
        }
        Value::Number(number) => all.push((field(path), number.to_string())),
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
        let data = json!({"said": {"platform": {"release": "R101"}, "system_access": true, "feature": null}});
        let (entries, _) = entries(vec![event(EventKind::Updated, data)], false);
        let said: Vec<_> = entries[0].said.iter().map(|(field, value)| format!("{field}={value}")).collect();
        assert_eq!(said, ["Feature=taken back", "Platform's release=R101", "Access to the system=yes"]);
    }

    #[test]
    fn the_newest_comes_first_and_a_long_story_is_cut_unless_all_is_asked_for() {
        let all: Vec<_> = (0..200).map(|n| event(EventKind::Noted, json!({ "text": n.to_string() }))).collect();
        let (shown, hidden) = entries(all.clone(), false);
        assert_eq!((shown.len(), hidden, shown[0].words.as_str()), (60, 140, "199"));
        assert_eq!(entries(all, true).0.len(), 200);
    }

    #[test]
    fn a_decision_that_moved_nothing_is_left_out() {
        let place = json!({"route": "ale_support", "stage": "open"});
        let data = json!({"from": place, "to": place, "rule": "x"});
        assert!(entries(vec![event(EventKind::Decided, data)], false).0.is_empty());
    }
}
