//! A JSON value to a checked [`Esr`] (contract section 1). One parser for HTTP and the command line.

use jiff::Timestamp;
use serde_json::Value;

use super::esr::{
    AssistanceTopic, Conclusion, Customer, Esr, FiledBy, Filer, OwnCompany, ParticipantCase, Phase, PlatformNamed,
    Responsibility, ThirdParty,
};
use super::fields::{FieldError, Fields, describe, is_space};
use super::limits;
use super::malformed::{self, Malformed};
use super::time::{BadTime, rfc3339};

/// Why a body is no eSR.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadEsr {
    /// It is not JSON.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It is JSON, and these fields are bad.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Fields(Vec<FieldError>),
}

/// The eSR that a body holds.
///
/// # Errors
/// [`BadEsr`]: the body is not JSON, or every field that is bad.
pub fn from_bytes(bytes: &[u8]) -> Result<Esr, BadEsr> {
    esr(&malformed::json(bytes)?).map_err(BadEsr::Fields)
}

/// The eSR that a JSON value holds. Unknown keys are ignored; null and blank text count as missing.
///
/// # Errors
/// Every bad field at once.
pub fn esr(value: &Value) -> Result<Esr, Vec<FieldError>> {
    let Some(map) = value.as_object() else {
        let message = format!("an eSR must be a JSON object, but {} was found", describe(value));
        return Err(vec![FieldError { path: String::new(), message }]);
    };
    let mut errors = Vec::new();
    let esr = read(&mut Fields::new(map, &mut errors));
    match esr {
        Some(esr) if errors.is_empty() => Ok(esr),
        _ => Err(errors),
    }
}

/// Who filed an eSR on the command line: its top-level key `filed_by`, a business partner when not said.
///
/// # Errors
/// The word is none of `business_partner`, `participant` and `other`.
pub fn filed_by(value: &Value) -> Result<FiledBy, FieldError> {
    let mut errors = Vec::new();
    let filer =
        value.as_object().and_then(|map| Fields::new(map, &mut errors).word("filed_by", Filer::ALL, Filer::as_str));
    match errors.pop() {
        Some(error) => Err(error),
        None => Ok(FiledBy { filer: filer.unwrap_or(Filer::BusinessPartner), own_company: OwnCompany::AsNamed }),
    }
}

/// `None` only after at least one error was noted.
fn read(fields: &mut Fields<'_>) -> Option<Esr> {
    let reference = reference(fields);
    let phase = fields.word("phase", Phase::ALL, Phase::as_str);
    let phase = fields.required("phase", phase);
    let severity = severity(fields);
    let summary = fields.text("summary", limits::SUMMARY);
    let summary = fields.required("summary", summary);
    let description = fields.text("description", limits::FREE_TEXT);
    let occurred_at = occurred_at(fields);
    let customer = fields.object("customer", |customer| Customer {
        name: customer.text("name", limits::NAME),
        site: customer.text("site", limits::NAME),
        country: customer.text("country", limits::NAME),
    });
    let platform = fields.object("platform", |platform| PlatformNamed {
        product: platform.text("product", limits::NAME),
        release: platform.text("release", limits::NAME),
        patch: platform.text("patch", limits::NAME),
    });
    let third_party = fields.object("third_party", |third_party| ThirdParty {
        company: third_party.text("company", limits::NAME),
        solution: third_party.text("solution", limits::NAME),
        release: third_party.text("release", limits::NAME),
    });
    let feature = fields.text("feature", limits::NAME);
    let responsibility = fields.word("responsibility", Responsibility::ALL, Responsibility::as_str);
    let system_access = fields.boolean("system_access");
    let participant_case = fields.object("participant_case", |case| ParticipantCase {
        number: case.text("number", limits::NAME),
        conclusion: case.word("conclusion", Conclusion::ALL, Conclusion::as_str),
        findings: case.text("findings", limits::FREE_TEXT),
        traces: case.texts("traces", limits::TRACES, limits::TRACE),
    });
    let assistance_topic = fields.word("assistance_topic", AssistanceTopic::ALL, AssistanceTopic::as_str);
    Some(Esr {
        reference: reference?,
        phase: phase?,
        severity: severity?,
        summary: summary?,
        description,
        occurred_at,
        customer,
        platform,
        third_party,
        feature,
        responsibility,
        system_access,
        participant_case,
        assistance_topic,
    })
}

/// Kept as written: two systems must agree on it character by character, so what would not survive a copy is refused.
fn reference(fields: &mut Fields<'_>) -> Option<String> {
    let reference = fields.text("reference", limits::REFERENCE);
    let reference = fields.required("reference", reference)?;
    if reference.starts_with(is_space) || reference.ends_with(is_space) {
        fields.refuse("reference", "must not begin or end with white space");
    }
    if reference.trim_matches(is_space).contains(char::is_control) {
        fields.refuse("reference", "must not hold line breaks, tabs or other control characters");
    }
    Some(reference)
}

fn severity(fields: &mut Fields<'_>) -> Option<u8> {
    let given = fields.given("severity");
    let value = fields.required("severity", given)?;
    // JSON has one kind of number: 2.0 is 2.
    let severity = (1..=4_u8).find(|&severity| value.as_f64() == Some(f64::from(severity)));
    if severity.is_none() {
        let found = describe(value);
        let allowed = "a whole number from 1 (production down) to 4 (information)";
        fields.refuse("severity", format!("must be {allowed}, but {found} was found"));
    }
    severity
}

fn occurred_at(fields: &mut Fields<'_>) -> Option<Timestamp> {
    let value = fields.given("occurred_at")?;
    match value.as_str().ok_or(BadTime::Form).and_then(rfc3339) {
        Ok(time) => Some(time),
        Err(bad) => {
            fields.refuse("occurred_at", format!("{bad}, but {} was found", describe(value)));
            None
        }
    }
}

#[cfg(test)]
mod tests;
