//! Tries a connector against its own samples: every request from every sample case, the goldens, answers and callbacks.

mod cases;
mod samples;

use std::fmt::Display;

use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::definition::{Definition, Kind};
use super::file::FILE;
use super::render::{Shown, Step};
use super::secrets::Secrets;
use crate::deliver::http::Outgoing;
use crate::triage::fault::{Fault, FaultKind, unknown};
use cases::Case;
use samples::Sample;

/// The token that samples are rendered with; it must show nowhere.
const TOKEN: &str = "sample-token-that-is-hidden";
/// When samples are sent: 2026-11-23T09:00:00Z.
const NOW: i64 = 1_795_424_400;

/// What a check came to.
#[derive(Debug, Default)]
pub struct Checked {
    /// Everything that is wrong; empty: the connector does what its samples say.
    pub faults: Vec<Fault>,
    /// The golden requests as they are now: file below the connector's directory, and content.
    pub goldens: Vec<(String, String)>,
    /// How many requests were rendered.
    pub requests: usize,
    /// How many answers were read.
    pub answers: usize,
    /// How many callbacks were read.
    pub callbacks: usize,
}

struct Check<'d> {
    definition: &'d Definition,
    place: String,
    now: Timestamp,
    sample: Sample,
    checked: Checked,
}

impl Definition {
    /// Tries the connector against its samples; `place` is what its directory is called in messages.
    #[must_use]
    pub fn check(&self, place: &str) -> Checked {
        let now = Timestamp::from_second(NOW).unwrap_or_default();
        let mut check = Check {
            definition: self,
            place: place.to_owned(),
            now,
            sample: Sample::default(),
            checked: Checked::default(),
        };
        if self.kind == Kind::Http {
            check.all();
        }
        check.checked
    }
}

impl Check<'_> {
    fn all(&mut self) {
        let Some(sample) = self.file("settings.json").and_then(|text| self.json::<Sample>("settings.json", &text))
        else {
            if self.file("settings.json").is_none() {
                self.fault(
                    "settings.json",
                    "is missing: settings, secrets and the other side's ticket to try the connector with",
                );
            }
            return;
        };
        self.sample = sample;
        for fault in self.definition.faults(&self.sample.settings, &self.sample.secrets()) {
            self.fault("settings.json", fault.message);
        }
        if !self.checked.faults.is_empty() {
            return;
        }
        for step in Step::ALL {
            if self.definition.request(*step).is_some() {
                self.requests(*step);
            }
        }
        self.token_request();
        let answered = self.answers();
        if !answered.iter().any(|(name, _)| name == "create_answer.json") {
            self.fault("create_answer.json", "is missing: what the other side answers when all is well");
        }
        if !answered.iter().any(|(_, well)| !well) {
            self.fault("create_answer_refused.json", "is missing, or another answer that is refused or tried again");
        }
        self.callbacks();
        self.leftovers();
    }

    /// The golden of one request, and the request from every other sample case.
    fn requests(&mut self, step: Step) {
        let cases = cases::of(&self.sample, step);
        let mut usual: Option<Url> = None;
        for (at, case) in cases.iter().enumerate() {
            self.checked.requests += 1;
            let secrets = self.sample.secrets();
            let made = self.definition.render_step(step, &case.context, &secrets, Some(TOKEN), self.now);
            let name = format!("{step}_request.json");
            match made {
                Err(error) => return self.fault(&name, format!("{}: {error}", case.what)),
                Ok(made) => {
                    if at == 0 {
                        self.golden(&name, &made, &secrets);
                        usual = Url::parse(&made.url).ok();
                    } else if let Some(fault) = usual.as_ref().and_then(|usual| elsewhere(usual, &made)) {
                        return self.fault(&name, format!("{}: {fault}", case.what));
                    }
                }
            }
        }
    }

    fn token_request(&mut self) {
        let Some(Case { context, .. }) = cases::of(&self.sample, Step::Create).into_iter().next() else { return };
        let secrets = self.sample.secrets();
        let Some(rules) = self.definition.token_rules(&context, &secrets) else { return };
        self.checked.requests += 1;
        match self.definition.render_token(rules, &context, &secrets) {
            Ok(made) => self.golden("token_request.json", &made, &secrets),
            Err(error) => self.fault("token_request.json", error),
        }
    }

    fn golden(&mut self, name: &str, made: &Outgoing, secrets: &Secrets) {
        let shown = self.definition.shown(made, secrets, Some(TOKEN));
        let text = serde_json::to_string_pretty(&shown).unwrap_or_default() + "\n";
        self.checked.goldens.push((format!("sample/{name}"), text));
        let Some(expected) = self.file(name) else {
            return self.fault(name, "is missing; `connector check DIR --write` writes it");
        };
        let Some(expected) = self.json::<Value>(name, &expected) else { return };
        if let Some(difference) = differs(&expected, &shown) {
            self.fault(name, format!("the request is another: {difference}"));
        }
    }

    /// Files of `sample/` that nothing reads.
    fn leftovers(&mut self) {
        let requests = Step::words().chain(["token"]).map(|step| format!("{step}_request.json"));
        let known: Vec<String> = requests.chain(["settings.json".to_owned()]).collect();
        let names: Vec<String> = self.definition.samples.iter().map(|(name, _)| name.clone()).collect();
        for name in names {
            let read = known.contains(&name) || samples::is_answer(&name) || samples::is_callback(&name);
            if !read {
                self.fault(&name, unknown("sample", &name, known.iter().map(String::as_str)));
            }
        }
    }

    fn file(&self, name: &str) -> Option<String> {
        self.definition.samples.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone())
    }

    fn json<T: serde::de::DeserializeOwned>(&mut self, name: &str, text: &str) -> Option<T> {
        match serde_json::from_str(text) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(name, format!("this is not what it should be: {error}"));
                None
            }
        }
    }

    fn fault(&mut self, name: &str, message: impl Display) {
        let file = if name == FILE { name.to_owned() } else { format!("sample/{name}") };
        let file = format!("{}/{file}", self.place);
        self.checked.faults.push(Fault::new(FaultKind::Text, &file, message.to_string()));
    }
}

/// Whether text from outside changed where a request goes.
fn elsewhere(usual: &Url, made: &Outgoing) -> Option<String> {
    let url = Url::parse(&made.url).ok()?;
    let parts = |url: &Url| url.path_segments().map_or(0, Iterator::count);
    let keys = |url: &Url| url.query_pairs().map(|(key, _)| key.into_owned()).collect::<Vec<_>>();
    let same = url.origin() == usual.origin() && parts(&url) == parts(usual) && keys(&url) == keys(usual);
    (!same).then(|| format!("what an eSR says changes where the request goes: {}", made.url))
}

/// The first difference between a golden and the request, in words.
fn differs(expected: &Value, shown: &Shown) -> Option<String> {
    let shown = json!(shown);
    for part in ["method", "url"] {
        if expected[part] != shown[part] {
            return Some(format!("`{part}` is {}, not {}", shown[part], expected[part]));
        }
    }
    for part in ["headers", "body"] {
        if let Some(difference) = difference(part, &expected[part], &shown[part]) {
            return Some(difference);
        }
    }
    None
}

fn difference(place: &str, expected: &Value, found: &Value) -> Option<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let mut keys: Vec<&String> = expected.keys().chain(found.keys()).collect();
            keys.sort_unstable();
            keys.dedup();
            let part = |of: &serde_json::Map<String, Value>, key: &str| of.get(key).cloned();
            keys.into_iter().find_map(|key| match (part(expected, key), part(found, key)) {
                (Some(expected), Some(found)) => difference(&format!("{place}.{key}"), &expected, &found),
                (Some(_), None) => Some(format!("`{place}.{key}` is missing")),
                (None, _) => Some(format!("`{place}.{key}` is new")),
            })
        }
        _ if expected == found => None,
        _ => Some(format!("`{place}` is {found}, not {expected}")),
    }
}
