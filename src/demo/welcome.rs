//! What the demo says when it is ready.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use super::{AGENT, Keys, PARTICIPANT, PARTNERS};

/// An eSR to file by hand.
const NEW: &str = r#"{"reference": "MY-0001", "phase": "production", "severity": 2, "summary": "Wake-up calls are not placed since the upgrade", "platform": {"product": "OmniPCX Enterprise", "release": "R101.1", "patch": "N4.521.3"}, "third_party": {"company": "Hotelia Systems", "solution": "Hotelia PMS", "release": "8.2.1"}, "feature": "wake-up call", "system_access": true}"#;
/// The same with two letters of the company swapped.
const MISSPELT: &str = r#"{"reference": "MY-0002", "phase": "production", "severity": 2, "summary": "As before, misspelt", "platform": {"product": "OmniPCX Enterprise", "release": "R101.1"}, "third_party": {"company": "Hotelai Systems", "solution": "Hotelia PMS", "release": "8.2.1"}, "feature": "wake-up call", "system_access": true}"#;
/// What the participant found.
const FINDINGS: &str = r#"{"participant_case": {"number": "HT-9912", "conclusion": "ale_fault_shown", "findings": "The PBX drops the wake-up order.", "traces": ["sip-trace.pcap"]}}"#;

/// Where things are, the keys, and lines to paste; `case` is one that is there already, of the first partner and the participant.
pub(super) fn text(address: SocketAddr, directory: &Path, keys: &Keys, case: &str) -> String {
    let server = format!("http://{address}");
    let partner = &keys.partners[0];
    let get = |key: &str, path: &str| format!("curl -sS '{server}/v1{path}' -H 'Authorization: Bearer {key}'");
    let post = |key: &str, path: &str, body: &str| {
        format!("{} -H 'Content-Type: application/json' -d '{body}'", get(key, path))
    };
    let (one, updates) = (format!("/esrs/{case}"), format!("/esrs/{case}/updates"));
    let lines = [
        ("File an eSR, as a business partner", post(partner, "/esrs", NEW)),
        ("Read one that was filed before, with its timeline", get(partner, &one)),
        (
            "Say what the analysis found, as the participant: ALE is engaged",
            post(&keys.participant, &updates, FINDINGS),
        ),
        ("List what waits for an agent, as an agent", get(&keys.agent, "/esrs?status=waiting_agent")),
        ("Decide without storing: a misspelt company goes to an agent", post(partner, "/triage", MISSPELT)),
        ("Everything that can be called", format!("curl -sS '{server}/openapi.json'")),
    ];
    let mut out = format!("pointsman's demo listens on {server}\nThe API is described at {server}/docs\n");
    let _ = writeln!(out, "What it stores is in {}\n", directory.display());
    let people = PARTNERS.iter().chain([&PARTICIPANT, &AGENT]);
    for (person, key) in people.zip(keys.partners.iter().chain([&keys.participant, &keys.agent])) {
        let _ = writeln!(out, "  {:<17} {:<21} {key}", person.role.as_str(), person.name);
    }
    for (what, line) in lines {
        let _ = write!(out, "\n# {what}:\n{line}\n");
    }
    out + "\nMore eSRs come in for some minutes. Ctrl-C ends the demo.\n"
}
