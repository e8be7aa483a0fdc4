//! What a reply of a party changes about its case. Pure.

use serde_json::{Map, Value, json};

use crate::intake::esr::Esr;
use crate::intake::limits;
use crate::mail::reply::understood::{Known, Sure, Understood};
use crate::triage::outcome::Side;

/// What a reply comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Weighed {
    /// The eSR's keys that it says anew; may say what is known already.
    Says(Value),
    /// An agent has to look, because.
    ForAgent(String),
}

/// What the reader of a reply has to know of the case: numbers that are ours, and what is asked for.
pub(super) fn known<'k>(ours: &'k [&'k str], missing: &[String]) -> Known<'k> {
    let asked = |path: &str| missing.iter().any(|missing| missing == path);
    Known { ours, asked: (asked("third_party.release"), asked("platform.release")) }
}

/// What the reply of that side changes. `files` are the names of the files that came with it.
pub(super) fn weigh(side: Side, esr: &Esr, understood: &Understood, files: &[String]) -> Weighed {
    if !understood.unclear.is_empty() {
        return Weighed::ForAgent(understood.unclear.join(" "));
    }
    match side {
        Side::Participant => participant(esr, understood, files),
        Side::BusinessPartner | Side::Filer => partner(esr, understood),
        Side::Ale | Side::Agent | Side::Finance => Weighed::ForAgent("A desk of our own wrote a note.".to_owned()),
    }
}

fn participant(esr: &Esr, understood: &Understood, files: &[String]) -> Weighed {
    let case = esr.participant_case.as_ref();
    let known = case.and_then(|case| case.number.as_deref()).filter(|number| !number.trim().is_empty());
    // A labelled number corrects the known one; a tag or a sentence may be about another case.
    let number = understood.number.as_ref().filter(|(_, sure)| known.is_none() || *sure == Sure::Labelled);
    if known.is_none() && number.is_none() {
        return Weighed::ForAgent("It gives no case number, and none is known yet.".to_owned());
    }
    let mut said = Map::new();
    if let Some((number, _)) = number.filter(|(number, _)| Some(number.as_str()) != known) {
        said.insert("number".to_owned(), json!(number));
    }
    if let Some(conclusion) = understood.conclusion {
        said.insert("conclusion".to_owned(), json!(conclusion));
    }
    let before = case.and_then(|case| case.findings.as_deref()).unwrap_or_default().trim();
    if let Some(findings) = understood.findings.as_deref().filter(|new| !before.contains(new)) {
        let both = if before.is_empty() { findings.to_owned() } else { format!("{before}\n\n{findings}") };
        if both.chars().count() > limits::FREE_TEXT {
            return Weighed::ForAgent("With it the findings would be longer than they may be.".to_owned());
        }
        said.insert("findings".to_owned(), json!(both));
    }
    let mut traces = case.map(|case| case.traces.clone()).unwrap_or_default();
    let there = traces.len();
    for file in files {
        if !traces.contains(file) && traces.len() < limits::TRACES {
            traces.push(file.clone());
        }
    }
    if traces.len() > there {
        said.insert("traces".to_owned(), json!(traces));
    }
    match said.is_empty() {
        true => Weighed::ForAgent("There is nothing in it that is not known.".to_owned()),
        false => Weighed::Says(json!({ "participant_case": said })),
    }
}

fn partner(esr: &Esr, understood: &Understood) -> Weighed {
    let mut said = Map::new();
    let case = esr.participant_case.as_ref();
    let known = case.and_then(|case| case.number.as_deref()).filter(|number| !number.trim().is_empty());
    let mut inner = Map::new();
    match (&understood.number, known) {
        (Some((number, Sure::Labelled | Sure::InSentence)), None) => {
            inner.insert("number".to_owned(), json!(number));
        }
        (Some((number, Sure::Labelled)), Some(known)) if number != known => {
            return Weighed::ForAgent(format!("It gives the case number {number}, and {known} is known."));
        }
        _ => {}
    }
    if let Some(conclusion) = understood.conclusion {
        inner.insert("conclusion".to_owned(), json!(conclusion));
    }
    if !inner.is_empty() {
        said.insert("participant_case".to_owned(), Value::Object(inner));
    }
    if let Some(access) = understood.system_access {
        said.insert("system_access".to_owned(), json!(access));
    }
    if let Some(release) = &understood.solution_release {
        said.insert("third_party".to_owned(), json!({ "release": release }));
    }
    if let Some(release) = &understood.platform_release {
        said.insert("platform".to_owned(), json!({ "release": release }));
    }
    if let Some(feature) = &understood.feature {
        said.insert("feature".to_owned(), json!(feature));
    }
    match (said.is_empty(), understood.findings.is_some()) {
        (true, true) => Weighed::ForAgent("It is a note: no field of the eSR holds what it says.".to_owned()),
        (true, false) => Weighed::ForAgent("There is nothing in it that a field of the eSR holds.".to_owned()),
        (false, _) => Weighed::Says(Value::Object(said)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::parse;
    use crate::mail::reply::understood;

    fn esr(case: Value) -> Esr {
        let body = json!({"reference": "BP-1", "phase": "production", "severity": 2, "summary": "s", "participant_case": case});
        parse::esr(&body).unwrap()
    }

    fn weighed(side: Side, case: Value, subject: &str, said: &str, files: &[&str]) -> Weighed {
        let understood = understood::read(subject, said, &known(&["BP-1"], &[]));
        let files: Vec<String> = files.iter().map(|file| (*file).to_owned()).collect();
        weigh(side, &esr(case), &understood, &files)
    }

    fn participant(case: Value, subject: &str, said: &str, files: &[&str]) -> Value {
        match weighed(Side::Participant, case, subject, said, files) {
            Weighed::Says(value) => value["participant_case"].clone(),
            Weighed::ForAgent(why) => Value::String(why),
        }
    }

    #[test]
    fn a_participant_gives_number_conclusion_findings_and_traces() {
        let said = "Case: HT-1\nConclusion: fault on ALE's side\nNo SDP.";
        assert_eq!(
            participant(Value::Null, "", said, &["a.pcap"]),
            json!({"number": "HT-1", "conclusion": "ale_fault_shown", "findings": "No SDP.", "traces": ["a.pcap"]})
        );
    }

    #[test]
    fn what_was_said_before_stays() {
        let before = json!({"number": "HT-1", "findings": "First.", "traces": ["a.pcap"]});
        assert_eq!(
            participant(before.clone(), "[HT-2] x", "Second.", &["b.pcap", "a.pcap"]),
            json!({"findings": "First.\n\nSecond.", "traces": ["a.pcap", "b.pcap"]}),
            "and a tag in the subject does not replace a known number"
        );
        assert_eq!(participant(before.clone(), "", "Case: HT-2", &[]), json!({"number": "HT-2"}), "a label does");
        assert_eq!(participant(before, "", "First.", &[]), "There is nothing in it that is not known.");
    }

    #[test]
    fn without_any_number_a_person_looks() {
        assert_eq!(
            participant(Value::Null, "", "We look at it.", &[]),
            "It gives no case number, and none is known yet."
        );
        assert!(participant(Value::Null, "", "Case: HT-1\nConclusion: who knows", &[]).is_string());
    }

    #[test]
    fn a_partner_gives_what_it_was_asked_for_and_notes_are_for_a_person() {
        let of = |case, said| weighed(Side::BusinessPartner, case, "", said, &[]);
        assert_eq!(
            of(Value::Null, "System access: yes\nTicket: HT-1\nSolution release: 8.2.1"),
            Weighed::Says(
                json!({"participant_case": {"number": "HT-1"}, "system_access": true, "third_party": {"release": "8.2.1"}})
            )
        );
        assert!(
            matches!(of(Value::Null, "The customer is waiting."), Weighed::ForAgent(why) if why.starts_with("It is a note"))
        );
        assert!(matches!(of(json!({"number": "HT-1"}), "Ticket: HT-2"), Weighed::ForAgent(_)));
        assert!(matches!(weighed(Side::Ale, Value::Null, "", "Case: HT-1", &[]), Weighed::ForAgent(_)));
    }
}
