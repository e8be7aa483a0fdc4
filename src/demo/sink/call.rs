//! A call as it is shown.

use axum::http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;

use crate::triage::outcome::Side;

/// Whether a call was believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// It was signed as Standard Webhooks say, with the receiver's secret, about now.
    SignatureHolds,
    /// It showed a credential; which one is right is not looked at.
    CredentialShown,
    /// It was not believed; why.
    Refused(String),
}

impl Check {
    /// What is shown of it.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::SignatureHolds => "signature holds".to_owned(),
            Self::CredentialShown => "credential shown".to_owned(),
            Self::Refused(why) => format!("not believed: {why}"),
        }
    }
}

/// A call that came.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Counts from 1.
    pub number: u64,
    /// When it came.
    pub at: Timestamp,
    /// Which system was called.
    pub receiver: String,
    /// What people call that system.
    pub title: String,
    /// Whose system it is.
    pub side: Side,
    /// Method and path.
    pub request: String,
    /// The headers as they came; credentials are hidden.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub body: Vec<u8>,
    /// Whether it was believed.
    pub check: Check,
    /// What it was answered; none when the answer was held back.
    pub status: Option<u16>,
    /// What it came to there, where the system says so: a ticket opened.
    pub outcome: Option<String>,
    /// Where that stands for people: a path of the page.
    pub place: Option<String>,
    /// The call that brought the same message before, which was taken then.
    pub repeat_of: Option<u64>,
}

impl Call {
    /// The body as JSON, when it is that.
    #[must_use]
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// The body for people: JSON laid out, other text as it is.
    #[must_use]
    pub fn body_text(&self) -> String {
        let laid_out = self.json().and_then(|value| serde_json::to_string_pretty(&value).ok());
        laid_out.unwrap_or_else(|| String::from_utf8_lossy(&self.body).into_owned())
    }

    /// What it came to there; else the type of the message in it; else what was asked.
    #[must_use]
    pub fn what(&self) -> String {
        if let Some(outcome) = &self.outcome {
            return outcome.clone();
        }
        let named = self.json().and_then(|body| body["type"].as_str().map(str::to_owned));
        named.unwrap_or_else(|| self.request.clone())
    }

    /// The filer's number or the id of the case that it is about, where it says so.
    #[must_use]
    pub fn case(&self) -> Option<String> {
        let body = self.json()?;
        let places = ["/data/reference", "/data/id", "/correlation_display", "/correlation_id"];
        let case = places.iter().find_map(|place| body.pointer(place)?.as_str())?;
        Some(case.trim_start_matches("pointsman ").to_owned())
    }

    /// A header's value.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The headers as they are kept: what lets somebody in is left out.
pub(super) fn shown(headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        let text = match name.as_str() {
            "authorization" | "cookie" | "x-api-key" => {
                let scheme = text.split_once(' ').map_or("", |(scheme, _)| scheme);
                format!("{scheme} (hidden)").trim_start().to_owned()
            }
            _ => text,
        };
        (name.as_str().to_owned(), text)
    };
    headers.iter().map(shown).collect()
}
