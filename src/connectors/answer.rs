//! Reads what the other side answered. Pure.

use serde_json::{Map, Value, json};

use super::cut;
use super::definition::{AnswerRules, Definition, Statuses};
use super::render::Step;
use super::source::Incoming;
use crate::deliver::http::{Answer, HeaderMap};

/// Statuses that are worth another try whatever the connector says: 401 and 403 because an operator can put right what is
/// wrong while the delivery still waits.
const RETRIED: [Statuses; 6] = [
    Statuses::One(401),
    Statuses::One(403),
    Statuses::One(408),
    Statuses::One(425),
    Statuses::One(429),
    Statuses::Hundred(5),
];
const GONE: u16 = 410;
/// How much of an answer's own words a reason holds, in characters.
const EXCERPT: usize = 200;

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// The other side has it.
    Done(Receipt),
    /// `find` found no ticket.
    Absent,
    /// Worth another try.
    Retry(String),
    /// The token is no longer good; worth another try with a new one.
    Expired,
    /// The endpoint is gone for good.
    Gone,
    /// Trying again would make no difference.
    Refused(String),
}

/// What the other side calls its ticket. All of it may be unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The other side's key for it, for later requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its number, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Where people look at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Definition {
    /// What the answer to the request of [`Self::step`] means; `context` is the one that the request was made from.
    #[must_use]
    pub fn read_answer(&self, context: &Value, answer: &Answer) -> Read {
        self.read_step(self.step(context), context, answer)
    }

    /// What the answer to one of its requests means.
    #[must_use]
    pub fn read_step(&self, step: Step, context: &Value, answer: &Answer) -> Read {
        let Some(request) = self.request(step) else {
            return Read::Refused(format!("the connector has no request to {step}"));
        };
        let rules = &request.answer;
        let body = serde_json::from_slice::<Value>(&answer.body);
        // Systems that repeat what they were told give the ticket's number before that.
        let body = body.or_else(|fault| answer.truncated.then(|| cut::beginning(&answer.body)).flatten().ok_or(fault));
        let mut values = json!({
            "headers": headers(&answer.headers),
            "settings": self.filled(context.pointer("/endpoint/settings").unwrap_or(&Value::Null)),
            "remote": context.get("remote"),
            "body": body.as_ref().ok(),
        });
        let error = self.first(rules, |rules| &rules.error, &values).unwrap_or_else(|| excerpt(&answer.body));
        let says = |reason: &str| format!("{}: {reason}", answer.status);
        let reason = if error.is_empty() { format!("answered {}", answer.status) } else { says(&error) };
        let taken = if rules.success.is_empty() {
            Statuses::Hundred(2).contain(answer.status)
        } else {
            rules.success.iter().any(|statuses| statuses.contain(answer.status))
        };
        if !taken {
            return self.not_taken(rules, step, answer.status, &error, reason);
        }
        let reads = !(rules.ok.is_empty() && rules.id.is_empty() && rules.number.is_empty() && rules.url.is_empty());
        if !reads {
            return Read::Done(Receipt::default());
        }
        if let Err(fault) = &body {
            let cut = if answer.truncated { "; it was longer than what is read" } else { "" };
            return Read::Retry(says(&format!("the answer is no JSON ({fault}{cut}): {}", excerpt(&answer.body))));
        }
        for condition in &rules.ok {
            let incoming = Incoming { values: &values, templates: &self.templates };
            let found = incoming.first(&condition.at);
            if !found.as_ref().is_some_and(|found| condition.is.contains(found)) {
                return self.not_taken(rules, step, answer.status, &error, reason);
            }
        }
        self.receipt(rules, step, &mut values, &says)
    }

    fn not_taken(&self, rules: &AnswerRules, step: Step, status: u16, error: &str, reason: String) -> Read {
        let worth = |statuses: &Statuses| statuses.contain(status);
        let said = rules.retry_errors.iter().any(|known| error == known || error.contains(known.as_str()));
        if status == GONE {
            return Read::Gone;
        }
        if step == Step::Find && status == 404 {
            return Read::Absent;
        }
        // A success that is none of the expected ones is a page in the way: a proxy's login, an instance that sleeps.
        let strange = rules.ok.is_empty() && Statuses::Hundred(2).contain(status);
        if said || strange || rules.retry.iter().any(worth) || RETRIED.iter().any(worth) {
            return Read::Retry(reason);
        }
        Read::Refused(reason)
    }

    fn receipt(&self, rules: &AnswerRules, step: Step, values: &mut Value, says: &dyn Fn(&str) -> String) -> Read {
        let id = self.first(rules, |rules| &rules.id, values);
        let number = self.first(rules, |rules| &rules.number, values);
        if step == Step::Find && id.is_none() {
            return Read::Absent;
        }
        let known = |key: &str| values.pointer(&format!("/remote/{key}")).and_then(Value::as_str).map(str::to_owned);
        let (known_id, known_number) = (known("id"), known("number"));
        if let Some(values) = values.as_object_mut() {
            values.insert("id".to_owned(), json!(id.clone().or(known_id)));
            values.insert("number".to_owned(), json!(number.clone().or(known_number)));
        }
        let url = self.first(rules, |rules| &rules.url, values);
        for (what, sources, found) in
            [("id", &rules.id, &id), ("number", &rules.number, &number), ("url", &rules.url, &url)]
        {
            let wanted = !sources.is_empty() && !rules.optional.iter().any(|optional| optional == what);
            if wanted && found.is_none() {
                return Read::Retry(says(&format!("the answer lacks the ticket's {what}")));
            }
        }
        Read::Done(Receipt { id, number, url })
    }

    fn first<'r>(
        &self,
        rules: &'r AnswerRules,
        of: impl Fn(&'r AnswerRules) -> &'r Vec<super::source::Source>,
        values: &Value,
    ) -> Option<String> {
        Incoming { values, templates: &self.templates }.first(of(rules))
    }
}

/// Headers as templates see them: lower case, the first of several.
pub(super) fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(Value::from);
    headers.keys().filter_map(|name| Some((name.as_str().to_owned(), text(name.as_str())?))).collect()
}

/// The beginning of a text from outside, in one line.
pub(super) fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(EXCERPT).collect()
}
