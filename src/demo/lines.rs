//! The lines to paste: an eSR for each route, and what can be done with a case afterwards.

use jiff::Timestamp;

use super::Keys;

/// A line to paste.
pub(super) struct Line {
    /// What it does.
    pub(super) what: &'static str,
    /// The command.
    pub(super) line: String,
    /// It files an eSR: these are printed when the demo starts, the others stand on the page.
    pub(super) files: bool,
}

/// Who files what: the name of the key, what it shows, and the eSR, a number of its own aside.
const FILED: [(By, &str, &str); 7] = [
    (
        By::Partner(0),
        "ALE's support takes it: no other company is involved",
        r#""phase": "production", "severity": 2, "summary": "One-way audio since the update", "platform": {"product": "OmniPCX Enterprise", "release": "R101.1"}, "system_access": true"#,
    ),
    (
        By::Partner(1),
        "The participant's hotline takes it: the fault is on its side",
        r#""phase": "production", "severity": 3, "summary": "Check-in screen is blank", "platform": {"product": "OmniPCX Enterprise", "release": "R101.1"}, "third_party": {"company": "Hotelia Systems", "solution": "Hotelia PMS", "release": "8.2.1"}, "feature": "check-in", "responsibility": "participant", "system_access": true"#,
    ),
    (
        By::Partner(2),
        "Both look, the participant first; partner and participant are written to in French",
        r#""phase": "production", "severity": 2, "summary": "Ne pas déranger reste allumé", "platform": {"product": "OmniPCX Enterprise", "release": "R101.1"}, "third_party": {"company": "Néréide Hôtellerie", "solution": "Néréide", "release": "12"}, "feature": "Do not disturb", "system_access": true"#,
    ),
    (
        By::Partner(0),
        "A paid diagnostic is offered: the report has expired",
        r#""phase": "production", "severity": 2, "summary": "Message deposit fails", "platform": {"product": "OmniPCX Enterprise", "release": "R101.1"}, "third_party": {"company": "Noctivox", "solution": "Noctivox Nachtbox", "release": "3.0"}, "feature": "Message deposit", "system_access": true"#,
    ),
    (
        By::Participant,
        "Technical Assistance answers a developer of the participant",
        r#""phase": "development", "severity": 3, "summary": "Which event ends a wake-up call?", "platform": {"product": "OmniPCX Enterprise", "release": "R101.1"}, "third_party": {"company": "Hotelia Systems", "solution": "Hotelia PMS", "release": "8.2.1"}, "feature": "wake-up call", "assistance_topic": "interface""#,
    ),
    (
        By::Partner(2),
        "It comes back: the report itself names the limitation",
        r#""phase": "production", "severity": 3, "summary": "Minibar charges are not booked", "platform": {"product": "OmniPCX Enterprise", "release": "R101.1"}, "third_party": {"company": "Hotelia Systems", "solution": "Hotelia PMS", "release": "8.2.1"}, "feature": "minibar billing", "system_access": true"#,
    ),
    (
        By::Partner(1),
        "An agent looks: two letters of the company are swapped",
        r#""phase": "production", "severity": 2, "summary": "Wake-up calls are not placed", "platform": {"product": "OmniPCX Enterprise", "release": "R101.1"}, "third_party": {"company": "Hotelai Systems", "solution": "Hotelia PMS", "release": "8.2.1"}, "feature": "wake-up call", "system_access": true"#,
    ),
];
/// What the participant found.
const FINDINGS: &str = r#"{"participant_case": {"number": "HT-9912", "conclusion": "ale_fault_shown", "findings": "The PBX drops the wake-up order.", "traces": ["sip-trace.pcap"]}}"#;

#[derive(Clone, Copy)]
enum By {
    Partner(usize),
    Participant,
}

/// All lines; `case` is a case that is there already, of the first partner and the participant, filed after `since`.
pub(super) fn all(server: &str, keys: &Keys, case: &str, since: Timestamp) -> Vec<Line> {
    let get = |key: &str, path: &str| format!("curl -sS '{server}/v1{path}' -H 'Authorization: Bearer {key}'");
    let post = |key: &str, path: &str, body: &str| {
        format!("{} -H 'Content-Type: application/json' -d '{body}'", get(key, path))
    };
    let filed = FILED.iter().enumerate().map(|(number, (by, what, esr))| {
        let key = match by {
            By::Partner(partner) => &keys.partners[*partner],
            By::Participant => &keys.participant,
        };
        let body = format!("{{\"reference\": \"MY-{}\", {esr}}}", number + 1);
        Line { what, line: post(key, "/esrs", &body), files: true }
    });
    let (one, updates) = (format!("/esrs/{case}"), format!("/esrs/{case}/updates"));
    let told = format!("/esrs/{case}/deliveries");
    let again = format!("{{\"since\": \"{since:.0}\", \"endpoint\": \"bluewater\", \"state\": [\"delivered\"]}}");
    let afterwards = [
        ("Read a case, with its timeline", get(&keys.partners[0], &one)),
        (
            "Say what the analysis found, as the participant: ALE is engaged",
            post(&keys.participant, &updates, FINDINGS),
        ),
        ("See who was told what about it, when, and whether it arrived, as an agent", get(&keys.agent, &told)),
        (
            "Send a partner again what arrived there: it drops the repeats by their ids",
            post(&keys.agent, "/deliveries/replay", &again),
        ),
        (
            "Enable an endpoint again that was disabled, because it answered 410, say",
            get(&keys.agent, "/endpoints/bluewater/enable") + " -X POST",
        ),
        ("List what waits for an agent, as an agent", get(&keys.agent, "/esrs?status=waiting_agent")),
        ("Everything that can be called", format!("curl -sS '{server}/openapi.json'")),
    ];
    filed.chain(afterwards.map(|(what, line)| Line { what, line, files: false })).collect()
}
