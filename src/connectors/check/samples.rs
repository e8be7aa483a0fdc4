//! Answers and callbacks of `sample/`, and what they have to be read as.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Check, cases};
use crate::connectors::answer::{Read, Receipt};
use crate::connectors::authenticate::Received;
use crate::connectors::callback::{Callback, Change};
use crate::connectors::render::Step;
use crate::connectors::secrets::Secrets;
use crate::deliver::http::{Answer, HeaderMap};

const CALLBACK: &str = "callback.json";

/// `sample/settings.json`: an endpoint to try the connector with.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Sample {
    pub(super) settings: Value,
    secrets: Value,
    pub(super) remote: Value,
}

impl Sample {
    pub(super) fn secrets(&self) -> Secrets {
        Secrets::from_json(&self.secrets)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleAnswer {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
    read: Expected,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Expected {
    Done(Receipt),
    Retry(String),
    Refused(String),
    Expired,
    Gone,
    Absent,
    #[serde(untagged)]
    Token {
        token: String,
        seconds: u64,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SampleCallback {
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    query: BTreeMap<String, String>,
    body: Value,
    /// What `look` is answered, where the connector asks.
    look: Option<Value>,
    read: Map<String, Value>,
}

pub(super) fn is_answer(name: &str) -> bool {
    step_of(name).is_some()
}

pub(super) fn is_callback(name: &str) -> bool {
    name == CALLBACK || (name.starts_with("callback_") && name.ends_with(".json"))
}

/// The request whose answer a file is; none for the one that gives a token.
fn step_of(name: &str) -> Option<Option<Step>> {
    let (word, rest) = name.split_once("_answer")?;
    let sound = rest.ends_with(".json") && (rest.starts_with('.') || rest.starts_with('_'));
    let step = if word == "token" { Some(None) } else { Step::parse(word).map(Some) };
    step.filter(|_| sound)
}

fn headers(given: &BTreeMap<String, String>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        if let (Ok(name), Ok(value)) = (name.parse::<axum::http::HeaderName>(), value.parse()) {
            headers.insert(name, value);
        }
    }
    headers
}

/// A text is sent as it is, anything else as JSON.
fn bytes(body: &Value) -> Vec<u8> {
    match body {
        Value::Null => Vec::new(),
        Value::String(text) => text.clone().into_bytes(),
        body => body.to_string().into_bytes(),
    }
}

impl Check<'_> {
    /// Reads all sample answers; the name of each, and whether it is one of success.
    pub(super) fn answers(&mut self) -> Vec<(String, bool)> {
        let mut read = Vec::new();
        for (name, text) in self.definition.samples.clone() {
            let Some(step) = step_of(&name) else { continue };
            let Some(sample) = self.json::<SampleAnswer>(&name, &text) else { continue };
            self.checked.answers += 1;
            read.push((
                name.clone(),
                matches!(sample.read, Expected::Done(_) | Expected::Token { .. } | Expected::Absent),
            ));
            let context = cases::of(&self.sample, step.unwrap_or(Step::Create)).swap_remove(0).context;
            let answer = Answer {
                status: sample.status,
                headers: headers(&sample.headers),
                body: bytes(&sample.body),
                truncated: false,
            };
            let found = match step {
                Some(step) => self.reads(step, &context, &answer, &sample.read),
                None => self.reads_token(&context, &answer, &sample.read),
            };
            if let Some(found) = found {
                self.fault(&name, format!("is read as {found}"));
            }
        }
        read
    }

    /// What an answer was read as, where that is not what was expected.
    fn reads(&self, step: Step, context: &Value, answer: &Answer, expected: &Expected) -> Option<String> {
        let read = self.definition.read_step(step, context, answer);
        let expires = self.definition.token_rules(context, &self.sample.secrets());
        let expired = expires.is_some_and(|rules| rules.expired.contains(&answer.status));
        let as_said = match (&read, expected) {
            (Read::Retry(_) | Read::Refused(_), Expected::Expired) => expired,
            (Read::Done(found), Expected::Done(expected)) => found == expected,
            (Read::Retry(why), Expected::Retry(part)) | (Read::Refused(why), Expected::Refused(part)) => {
                why.contains(part)
            }
            (Read::Gone, Expected::Gone) | (Read::Absent, Expected::Absent) => true,
            _ => false,
        };
        (!as_said).then(|| format!("{read:?}"))
    }

    fn reads_token(&self, context: &Value, answer: &Answer, expected: &Expected) -> Option<String> {
        let secrets = self.sample.secrets();
        let Some(rules) = self.definition.token_rules(context, &secrets) else {
            return Some("nothing: no token is needed".to_owned());
        };
        match (self.definition.read_token(rules, context, &secrets, answer), expected) {
            (Ok(found), Expected::Token { token, seconds })
                if *found.text == **token && found.lives.as_secs() == *seconds =>
            {
                None
            }
            (Ok(found), _) => Some(format!("a token, used for {} seconds", found.lives.as_secs())),
            (Err(error), Expected::Retry(part)) if error.to_string().contains(part) => None,
            (Err(error), _) => Some(error.to_string()),
        }
    }

    pub(super) fn callbacks(&mut self) {
        let mut held = 0;
        for (name, text) in self.definition.samples.clone() {
            if !is_callback(&name) {
                continue;
            }
            let Some(sample) = self.json::<SampleCallback>(&name, &text) else { continue };
            self.checked.callbacks += 1;
            held += usize::from(sample.read.contains_key("error"));
            let (headers, body) = (headers(&sample.headers), bytes(&sample.body));
            let query: Vec<_> = sample.query.clone().into_iter().collect();
            if let Some(fault) = self.believed(&headers, &query, &body) {
                self.fault(&name, fault);
            }
            let mut read = self.definition.read_callback(&self.sample.settings, &headers, &query, &body);
            if let (Ok(callback), Some(look)) = (&read, &sample.look) {
                let answer = Answer { status: 200, headers: HeaderMap::new(), body: bytes(look), truncated: false };
                read = self.definition.read_look(&self.sample.settings, callback, &answer);
            }
            let read = match read {
                Ok(callback) => written(&callback),
                Err(error) => json!({ "error": error.to_string() }),
            };
            if !as_expected(&sample.read, &read) {
                self.fault(&name, format!("is read as {read}"));
            }
        }
        if self.definition.two_way() && (self.checked.callbacks < 2 || held == 0) {
            self.fault("callback_WHAT.json", "two samples are needed at least, one of them held (`error`)");
        }
    }

    /// With the right credential it has to be believed; without, and with the body changed, not (where the body is signed).
    fn believed(&self, headers: &HeaderMap, query: &[(String, String)], body: &[u8]) -> Option<String> {
        let (secrets, settings) = (self.sample.secrets(), &self.sample.settings);
        let ask = |headers: &HeaderMap, query: &[(String, String)]| {
            self.definition.authenticate(settings, &secrets, Received { headers, query, body }, self.now)
        };
        if ask(headers, query).is_ok() {
            return Some("is believed without a credential".to_owned());
        }
        let credential = self.definition.credential(settings, &secrets, Received { headers, query, body }, self.now);
        for (wrong, believed) in [("", true), ("x", false)] {
            let (mut headers, mut query) = (headers.clone(), query.to_vec());
            for part in &credential {
                let value = format!("{}{wrong}", part.value);
                if part.in_query {
                    query.push((part.name.clone(), value));
                } else if let (Ok(name), Ok(value)) = (part.name.parse::<axum::http::HeaderName>(), value.parse()) {
                    headers.insert(name, value);
                }
            }
            match (ask(&headers, &query), believed) {
                (Ok(()), false) => return Some("is believed with a wrong credential".to_owned()),
                (Err(error), true) => return Some(format!("is not believed with the right credential: {error}")),
                _ => {}
            }
        }
        None
    }
}

/// A callback in the words of a sample file.
fn written(callback: &Callback) -> Value {
    let Callback { event_id, event, case, remote_id, change } = callback;
    let Some(Change { number, url, status, conclusion, findings, closed, .. }) = change else {
        return json!({ "ignored": event });
    };
    json!({
        "event_id": event_id, "event": event, "case": case, "remote_id": remote_id, "number": number, "url": url,
        "status": status, "conclusion": conclusion, "findings": findings, "closed": closed,
    })
}

/// Keys that the sample leaves out have to be empty (or false); `event_id` may be left out.
fn as_expected(expected: &Map<String, Value>, read: &Value) -> bool {
    if let (Some(part), Some(error)) = (expected.get("error").and_then(Value::as_str), read["error"].as_str()) {
        return error.contains(part);
    }
    let Some(read) = read.as_object() else { return false };
    let known = expected.keys().all(|key| read.contains_key(key));
    known
        && read.iter().all(|(key, found)| match expected.get(key) {
            Some(expected) => expected == found,
            None => key == "event_id" || key == "event" || found.is_null() || *found == json!(false),
        })
}
