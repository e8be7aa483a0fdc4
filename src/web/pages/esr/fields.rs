//! What the eSR says, field by field: as it stands, and in the form that changes it.

use super::view::{Typed, text_at};
use crate::intake::esr::{Conclusion, Responsibility};
use crate::store::StoredEsr;
use crate::web::pages::pictures::path;

/// One field of the eSR, as it stands, for people and for the form that changes it.
pub(super) struct Field {
    /// Its path.
    pub(super) path: &'static str,
    pub(super) label: String,
    pub(super) value: String,
    /// What stands in the form.
    pub(super) typed: String,
    pub(super) wrong: Option<String>,
    /// What can be chosen; nothing where text is typed.
    pub(super) choices: Vec<(&'static str, &'static str)>,
    /// Whether it takes several lines.
    pub(super) long: bool,
    /// Whether the decision lacked it.
    pub(super) lacking: bool,
}

impl Field {
    /// Its id on the page.
    pub(super) fn id(&self) -> String {
        self.path.replace('.', "-")
    }
}

const PATHS: [&str; 18] = [
    "third_party.company",
    "third_party.solution",
    "third_party.release",
    "platform.product",
    "platform.release",
    "platform.patch",
    "feature",
    "responsibility",
    "system_access",
    "participant_case.number",
    "participant_case.conclusion",
    "participant_case.findings",
    "severity",
    "phase",
    "assistance_topic",
    "customer.name",
    "customer.site",
    "customer.country",
];

/// All fields, in the order of the page.
pub(super) fn fields(esr: &StoredEsr, typed: &Typed) -> Vec<Field> {
    let sent = typed.form == "update";
    let field = |path: &'static str| {
        let value = text_at(&esr.body, path);
        let typed_now = if sent { typed.filled.text(path).to_owned() } else { value.clone() };
        let wrong = typed.faults.iter().find(|(known, _)| sent && known == path).map(|(_, wrong)| wrong.clone());
        Field {
            path,
            label: path::field(path),
            typed: typed_now,
            wrong,
            choices: choices(path),
            long: path == "participant_case.findings",
            lacking: esr.decision.missing.iter().any(|missing| missing == path),
            value,
        }
    };
    PATHS.into_iter().map(field).collect()
}

fn choices(path: &str) -> Vec<(&'static str, &'static str)> {
    match path {
        "system_access" => vec![("yes", "given"), ("no", "not given")],
        "responsibility" => Responsibility::ALL
            .iter()
            .map(|one| {
                let called = match one {
                    Responsibility::Ale => "ALE's side",
                    Responsibility::Participant => "the participant's side",
                    Responsibility::Undetermined => "not established",
                };
                (one.as_str(), called)
            })
            .collect(),
        "participant_case.conclusion" => Conclusion::ALL
            .iter()
            .map(|one| {
                let called = match one {
                    Conclusion::Inconclusive => "inconclusive",
                    Conclusion::AleFaultShown => "fault shown on ALE's side",
                    Conclusion::AleHelpRequested => "the participant asks for ALE",
                    Conclusion::ParticipantFaultFound => "fault found on the participant's side",
                };
                (one.as_str(), called)
            })
            .collect(),
        "severity" => {
            vec![("1", "1: production down"), ("2", "2: partly down"), ("3", "3: impaired"), ("4", "4: information")]
        }
        "phase" => vec![("production", "production"), ("development", "development")],
        "assistance_topic" => vec![
            ("interface", "an interface"),
            ("behaviour", "behaviour"),
            ("limits", "limits"),
            ("source_code", "source code"),
        ],
        _ => Vec::new(),
    }
}
