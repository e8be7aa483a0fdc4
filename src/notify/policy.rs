//! The operator's policy on who is told what, `rules/notices.toml`: for every event at every place, which side gets
//! which notice. Checked when it is loaded: each combination is answered exactly once.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use jiff::SignedDuration;

use super::event::{EventType, Notice};
use crate::cases::reaches_ale;
use crate::triage::decision::Contact;
use crate::triage::fault::{Fault, FaultKind, RulesError, unknown};
use crate::triage::outcome::{Route, STAGES, Side, Stage};
use crate::triage::rules::Rules;
use crate::triage::toml_file::{Section, TomlFile};

/// The policy's file in a rules directory.
pub const FILE: &str = "notices.toml";
const BUILT_IN: &str = include_str!("../../rules/notices.toml");

/// The sides that can be told. Whoever filed the eSR is told as the business partner.
pub const TOLD: [Side; 5] = [Side::BusinessPartner, Side::Participant, Side::Ale, Side::Agent, Side::Finance];

/// What one entry says.
#[derive(Debug, Clone, Default)]
pub struct Telling {
    /// The sides and their notices.
    pub sides: Vec<(Side, Notice)>,
    /// How long the side whose turn it is has.
    pub answer_by: Option<SignedDuration>,
    /// Where ALE is written to, where that is not the usual desk.
    pub desk: Option<Contact>,
}

/// Who is told what.
#[derive(Debug, Clone)]
pub struct Policy {
    desks: HashMap<Side, Contact>,
    tellings: HashMap<(EventType, Route, Stage), Arc<Telling>>,
}

impl Policy {
    /// The built-in policy, with the built-in rules' desks.
    ///
    /// # Panics
    /// Never: a test reads it.
    #[must_use]
    pub fn embedded() -> Arc<Self> {
        static EMBEDDED: LazyLock<Arc<Policy>> = LazyLock::new(|| {
            let rules = Rules::embedded();
            Arc::new(Policy::parse("rules/notices.toml", BUILT_IN, &rules).expect("a test reads the built-in policy"))
        });
        Arc::clone(&EMBEDDED)
    }

    /// Reads the policy of a rules directory; where there is none, the built-in one stands.
    ///
    /// # Errors
    /// Everything that is wrong with it; then nothing of it is used.
    pub fn load(dir: &Path, rules: &Rules) -> Result<Self, RulesError> {
        let path = dir.join(FILE);
        let shown = path.display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&shown, &text, rules),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Self::parse("the built-in notices.toml", BUILT_IN, rules)
            }
            Err(error) => {
                let message = format!("this file cannot be read: {error}");
                Err(RulesError { faults: vec![Fault::new(FaultKind::File, &shown, message)] })
            }
        }
    }

    fn parse(name: &str, text: &str, rules: &Rules) -> Result<Self, RulesError> {
        let (mut file, table) = TomlFile::parse(name, text);
        let mut policy = Self { desks: HashMap::new(), tellings: HashMap::new() };
        if let Some(table) = &table {
            let root = TomlFile::root(table);
            file.only(&root, &["desks", "told"]);
            if let Some(desks) = file.subsection(&root, "desks") {
                let told = [Side::Ale, Side::Agent, Side::Finance];
                file.only(&desks, &told.map(Side::as_str));
                for side in told {
                    let desk = file.required(&desks, side.as_str()).and_then(|at| contact(&mut file, at, rules));
                    policy.desks.extend(desk.map(|desk| (side, desk)));
                }
            }
            let mut painted = Painted::default();
            for entry in file.tables(&root, "told") {
                self::entry(&mut file, &entry, rules, &mut painted);
            }
            policy.tellings = painted.finish(&mut file);
        }
        if file.faults.is_empty() { Ok(policy) } else { Err(RulesError { faults: file.faults }) }
    }

    /// What is told of an event at a place; nothing for words that are none.
    #[must_use]
    pub fn telling(&self, event: EventType, route: &str, stage: &str) -> Option<&Telling> {
        let place = Route::parse(route).zip(Stage::parse(stage));
        place.and_then(|(route, stage)| self.tellings.get(&(event, route, stage))).map(Arc::as_ref)
    }

    /// The desk of a side of ALE's.
    #[must_use]
    pub fn desk(&self, side: Side) -> Option<&Contact> {
        self.desks.get(&side)
    }
}

fn contact(file: &mut TomlFile<'_>, (name, place): (&str, Range<usize>), rules: &Rules) -> Option<Contact> {
    let found = rules.contacts().iter().find(|(known, _)| known == name);
    if found.is_none() {
        file.fault(place, unknown("contact", name, rules.contacts().iter().map(|(known, _)| known.as_str())));
    }
    found.map(|(_, contact)| contact.clone())
}

/// The combinations that were answered so far, and by the entry of which line.
#[derive(Default)]
struct Painted {
    cells: HashMap<(EventType, Route, Stage), (Arc<Telling>, usize)>,
    /// What `"*"` says for an event, where nothing else answers.
    rest: HashMap<EventType, (Arc<Telling>, usize)>,
}

impl Painted {
    fn finish(self, file: &mut TomlFile<'_>) -> HashMap<(EventType, Route, Stage), Arc<Telling>> {
        let mut all = HashMap::new();
        for event in EventType::ALL {
            for (route, stage) in places().filter(|(route, stage)| event.occurs_at(*route, *stage)) {
                let cell = (*event, route, stage);
                match self.cells.get(&cell).or_else(|| self.rest.get(event)) {
                    Some((telling, _)) => drop(all.insert(cell, Arc::clone(telling))),
                    None => file.fault(
                        0..0,
                        format!(
                            "nothing says who is told of {event} at {route}/{stage}; an entry without sides says nobody"
                        ),
                    ),
                }
            }
        }
        all
    }
}

fn places() -> impl Iterator<Item = (Route, Stage)> {
    STAGES.iter().flat_map(|(route, stages)| stages.iter().map(|stage| (*route, *stage)))
}

fn entry(file: &mut TomlFile<'_>, entry: &Section<'_, '_>, rules: &Rules, painted: &mut Painted) {
    let mut keys = vec!["on", "at", "answer_by", "desk"];
    keys.extend(TOLD.map(Side::as_str));
    file.only(entry, &keys);
    let mut telling = Telling::default();
    for side in TOLD {
        let Some((word, place)) = file.optional(entry, side.as_str()) else { continue };
        match Notice::parse(word).filter(|notice| *notice != Notice::EndpointDisabled) {
            Some(notice) => telling.sides.push((side, notice)),
            None => file.fault(place, unknown("notice", word, Notice::words())),
        }
    }
    if let Some((text, place)) = file.optional(entry, "answer_by") {
        match text.parse::<SignedDuration>() {
            Ok(time) if time.is_positive() => telling.answer_by = Some(time),
            _ => file.fault(place, format!("`answer_by` has to be a time such as \"4h\", and {text:?} is none")),
        }
    }
    if let Some(at) = file.optional(entry, "desk") {
        telling.desk = contact(file, at, rules);
    }
    let events = words(file, entry, "on", "event", EventType::parse, &EventType::words().collect::<Vec<_>>());
    let telling = Arc::new(telling);
    let place = TomlFile::place(entry);
    for (event, _) in &events {
        for (word, at) in file.words(entry, "at") {
            paint(file, painted, *event, (word, at), &telling, place.clone());
        }
    }
    if file.words(entry, "at").is_empty() {
        file.fault(place, "this entry has no `at`: say at which places");
    }
}

/// Notes what an entry says for one event at the places that one word names.
fn paint(
    file: &mut TomlFile<'_>,
    painted: &mut Painted,
    event: EventType,
    (word, at): (&str, Range<usize>),
    telling: &Arc<Telling>,
    entry: Range<usize>,
) {
    let line = file.line(entry);
    if word == "*" {
        if let Some((_, other)) = painted.rest.insert(event, (Arc::clone(telling), line)) {
            file.fault(at, format!("the entry of line {other} already says \"*\" for {event}"));
        }
        return;
    }
    let (route, stage) = word.split_once('/').map_or((word, None), |(route, stage)| (route, Some(stage)));
    let named: Vec<_> =
        places().filter(|(r, s)| r.as_str() == route && stage.is_none_or(|stage| s.as_str() == stage)).collect();
    if named.is_empty() {
        let all: Vec<_> = places().map(|(route, stage)| format!("{route}/{stage}")).collect();
        let known = Route::ALL.iter().map(|route| route.as_str()).chain(all.iter().map(String::as_str));
        let message = unknown("place", word, known);
        return file.fault(at, message);
    }
    for (route, stage) in named.into_iter().filter(|(route, stage)| event.occurs_at(*route, *stage)) {
        // 9.2.3 case 3: the participant first, ALE not before its condition is met.
        if telling.sides.iter().any(|(side, _)| *side == Side::Ale) && !reaches_ale(route.as_str(), stage.as_str()) {
            file.fault(
                at.clone(),
                format!("ALE is told of {event} at {route}/{stage}, where the case is not before ALE (9.2.3)"),
            );
        }
        if let Some((_, other)) = painted.cells.insert((event, route, stage), (Arc::clone(telling), line)) {
            file.fault(
                at.clone(),
                format!("the entry of line {other} already says who is told of {event} at {route}/{stage}"),
            );
        }
    }
}

/// The words of a required list, each of a closed set.
fn words<T>(
    file: &mut TomlFile<'_>,
    entry: &Section<'_, '_>,
    key: &str,
    what: &str,
    parse: impl Fn(&str) -> Option<T>,
    known: &[&'static str],
) -> Vec<(T, Range<usize>)> {
    let said = file.words(entry, key);
    if said.is_empty() {
        file.fault(TomlFile::place(entry), format!("{} has no `{key}`", entry.what));
    }
    let mut found = Vec::new();
    for (word, place) in said {
        match parse(word) {
            Some(one) => found.push((one, place)),
            None => file.fault(place, unknown(what, word, known.iter().copied())),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(from: &str, to: &str) -> Vec<String> {
        assert!(BUILT_IN.contains(from), "{from}");
        let error = Policy::parse("notices.toml", &BUILT_IN.replacen(from, to, 1), &Rules::embedded());
        error.expect_err("this policy is to be refused").faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_built_in_policy_answers_every_event_at_every_place() {
        if let Err(error) = Policy::parse("rules/notices.toml", BUILT_IN, &Rules::embedded()) {
            panic!("{error}");
        }
    }

    #[test]
    fn ale_is_told_nowhere_before_the_case_is_before_it() {
        let policy = Policy::embedded();
        for ((event, route, stage), telling) in &policy.tellings {
            let told = telling.sides.iter().any(|(side, _)| *side == Side::Ale);
            assert!(!told || reaches_ale(route.as_str(), stage.as_str()), "{event} {route}/{stage}");
        }
        let found = faults(
            "business_partner = \"your_turn\"\nparticipant = \"for_information\"\n\n[[told]]\non = \"esr.updated\"\nat = [\"joint_investigation/participant_analysis\"",
            "ale = \"record\"\n\n[[told]]\non = \"esr.updated\"\nat = [\"joint_investigation/participant_analysis\"",
        );
        assert!(found.len() == 1 && found[0].contains("where the case is not before ALE"), "{found:?}");
    }

    #[test]
    fn a_gap_an_overlap_and_unknown_words_are_named() {
        let found = faults(
            "at = \"agent_review\"\nbusiness_partner = \"decided\"",
            "at = \"returned\"\nbusiness_partner = \"decided\"",
        );
        assert!(
            found.iter().any(|fault| fault.contains("nothing says who is told of esr.decided at agent_review/scope")),
            "{found:?}"
        );
        assert!(
            found
                .iter()
                .any(|fault| fault.contains("already says who is told of esr.decided at returned/known_limitation")),
            "{found:?}"
        );
        for (from, to, said) in [
            ("on = \"esr.decided\"", "on = \"esr.decidet\"", "\"esr.decided\""),
            (
                "\"technical_assistance\", \"participant_hotline\"",
                "\"tecnical_assistance\", \"participant_hotline\"",
                "\"technical_assistance\"",
            ),
            ("\"decided\"\nagent", "\"decidet\"\nagent", "\"decided\""),
            ("finance = \"diagnostic_desk\"", "finance = \"diagnostics_desk\"", "\"diagnostic_desk\""),
            ("desk = \"developer_desk\"", "desc = \"developer_desk\"", "\"desk\""),
            ("ale = \"escalated\"", "ale = \"escalated\"\nanswer_by = \"soon\"", "\"4h\""),
        ] {
            let found = faults(from, to);
            assert!(found.iter().any(|fault| fault.contains(said)), "{to}: {found:?}");
        }
    }
}
