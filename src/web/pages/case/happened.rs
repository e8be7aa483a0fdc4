//! The timeline as it is fit for people outside: what the sides did, never who in person, never what the service's own
//! people note among themselves, and of the others' words only what letters say too.

use jiff::Timestamp;
use serde_json::Value;

use super::Open;
use super::update::text_at;
use crate::cases::{Actor, EventKind, Role, Status};
use crate::intake::esr::Conclusion;
use crate::mail::Words;
use crate::store::Event;
use crate::triage::outcome::Side;

/// The most entries that are shown, the newest ones.
const MOST: usize = 200;

/// One line.
pub(in crate::web::pages) struct Happened {
    pub(in crate::web::pages) at: Timestamp,
    /// The same for people.
    pub(in crate::web::pages) shown: String,
    pub(in crate::web::pages) text: String,
    pub(in crate::web::pages) by_link: bool,
}

/// How the sides are called.
pub(super) struct Names<'a> {
    words: &'static Words,
    open: &'a Open,
    company: String,
}

impl<'a> Names<'a> {
    pub(super) fn new(open: &'a Open) -> Self {
        let words = open.seat.words();
        let named = text_at(&open.esr.body, "third_party.company").trim();
        let company = if named.is_empty() { words.word("who-participant") } else { named.to_owned() };
        Self { words, open, company }
    }

    fn of(&self, actor: &Actor) -> String {
        let side = self.open.seat.side;
        let word = |id: &str| self.words.word(id);
        // An agent who acts for a side is told as ALE: the side did not do it itself.
        match actor.role {
            Some(Role::Participant) if side == Side::Participant => word("who-you"),
            Some(Role::Participant) if actor.name == self.open.esr.filer => self.filer(),
            Some(Role::Participant) => self.company.clone(),
            Some(Role::BusinessPartner) => self.filer(),
            _ => word("who-ale"),
        }
    }

    fn filer(&self) -> String {
        match self.open.filed() {
            true => self.words.word("who-you"),
            false => self.open.esr.filer.clone(),
        }
    }

    /// Who sent a file: its sender's name stands with it, not on which side it is.
    pub(super) fn of_sender(&self, name: &str) -> String {
        let reached = self.open.esr.reached.iter().any(|id| id == name);
        if name == self.open.seat.actor.name || name == self.open.seat.party {
            self.words.word("who-you")
        } else if name == self.open.esr.filer {
            self.filer()
        } else if reached || name == self.company {
            if self.open.seat.side == Side::Participant { self.words.word("who-you") } else { self.company.clone() }
        } else {
            self.words.word("who-ale")
        }
    }
}

/// Whether a side contested and nothing was decided since: it waits for an agent.
pub(super) fn is_contested(open: &Open, timeline: &[Event]) -> bool {
    let last = timeline
        .iter()
        .rev()
        .find(|event| matches!(event.kind, EventKind::Contested | EventKind::Overridden | EventKind::Decided));
    open.esr.status == Status::WaitingAgent && last.is_some_and(|event| event.kind == EventKind::Contested)
}

/// The lines, the newest first.
pub(super) fn lines(open: &Open, names: &Names<'_>, timeline: &[Event]) -> Vec<Happened> {
    let words = names.words;
    let mut all = Vec::new();
    for event in timeline {
        let by_link = event.data.get("via").and_then(Value::as_str) == Some(crate::flow::BY_LINK);
        for text in texts(open, names, event) {
            all.push(Happened { at: event.at, shown: words.time(event.at), text, by_link });
        }
    }
    all.reverse();
    all.truncate(MOST);
    all
}

/// What an entry says, in sentences; nothing for what is not for people outside.
fn texts(open: &Open, names: &Names<'_>, event: &Event) -> Vec<String> {
    let words = names.words;
    let who = names.of(&event.actor);
    let say = |id: &str| words.say(id, &[("who", who.as_str().into())]);
    match event.kind {
        EventKind::Filed => vec![say("line-filed")],
        EventKind::Decided => moved(words, names, event).into_iter().collect(),
        EventKind::Updated => said(words, &who, &event.data["said"]),
        EventKind::Overridden => {
            let place = place(words, names, &event.data["route"], &event.data["stage"]);
            [Some(words.word("line-overridden")), place].into_iter().flatten().collect()
        }
        EventKind::Contested => vec![say("line-contested")],
        EventKind::AttachmentAdded => {
            let name = event.data["name"].as_str().unwrap_or_default().to_owned();
            vec![words.say("line-file", &[("who", who.into()), ("name", name.into())])]
        }
        EventKind::Heard => {
            let mut lines = said(words, &who, &event.data["said"]);
            if let Some(number) = event.data["number"].as_str().filter(|number| !number.is_empty()) {
                lines.push(numbered(words, &who, number));
            }
            if event.data["closed"] == true {
                lines.push(say("line-closed"));
            }
            if lines.is_empty() { vec![say("line-heard")] } else { lines }
        }
        EventKind::VersionDisagrees if open.filed() => vec![words.word("line-version")],
        _ => Vec::new(),
    }
}

fn numbered(words: &Words, who: &str, number: &str) -> String {
    words.say("line-number", &[("who", who.to_owned().into()), ("number", number.to_owned().into())])
}

/// What somebody said, a line for each thing that concerns both sides.
fn said(words: &Words, who: &str, said: &Value) -> Vec<String> {
    let say = |id: &str| words.say(id, &[("who", who.to_owned().into())]);
    let Some(keys) = said.as_object() else { return Vec::new() };
    let mut lines = Vec::new();
    let case = &said["participant_case"];
    if let Some(number) = case["number"].as_str().filter(|number| !number.trim().is_empty()) {
        lines.push(numbered(words, who, number));
    }
    match case["conclusion"].as_str().and_then(Conclusion::parse) {
        Some(conclusion) => {
            // In the words of the form where it is one's own, in a reader's where it is another's.
            let own = who == words.word("who-you") || conclusion != Conclusion::ParticipantFaultFound;
            let conclusion =
                if own { words.conclusion(conclusion) } else { words.word("conclusion-participant_fault_found-told") };
            lines.push(
                words.say("line-conclusion", &[("who", who.to_owned().into()), ("conclusion", conclusion.into())]),
            );
        }
        None if lines.is_empty() && case.get("conclusion").is_some_and(Value::is_null) => {
            lines.push(say("line-taken-back"));
        }
        None => {}
    }
    if case["findings"].as_str().is_some_and(|text| !text.trim().is_empty()) {
        lines.push(say("line-findings"));
    }
    match said["system_access"].as_bool() {
        Some(true) => lines.push(say("line-access")),
        Some(false) => lines.push(say("line-no-access")),
        None => {}
    }
    if ["platform", "third_party", "feature"].iter().any(|key| keys.contains_key(*key)) {
        lines.push(say("line-products"));
    }
    let told = ["participant_case", "system_access", "platform", "third_party", "feature"];
    if keys.keys().any(|key| !told.contains(&key.as_str())) {
        lines.push(say("line-updated"));
    }
    lines
}

/// Where a decision moved the case, if it did.
fn moved(words: &Words, names: &Names<'_>, event: &Event) -> Option<String> {
    let (from, to) = (&event.data["from"], &event.data["to"]);
    if from == to {
        return None;
    }
    place(words, names, &to["route"], &to["stage"])
}

fn place(words: &Words, names: &Names<'_>, route: &Value, stage: &Value) -> Option<String> {
    let id = format!("place-{}-{}", route.as_str()?, stage.as_str()?);
    let place = words.say(&id, &[("company", names.company.as_str().into())]);
    let place = if place == id { words.word("headline-other") } else { place };
    Some(words.say("line-decided", &[("place", place.into())]))
}
