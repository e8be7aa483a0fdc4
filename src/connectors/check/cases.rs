//! The cases that a connector is tried with: the sample as it is, an eSR that says next to nothing, and hostile text, for every
//! kind and type of notice.

use serde_json::{Value, json};

use super::samples::Sample;
use crate::connectors::files::sample_context;
use crate::connectors::render::Step;
use crate::notify::{EventType, Notice};

/// Everything that means something somewhere: JSON, HTML, templates, headers, paths, Slack, terminals.
const HOSTILE: &str = "\"}],\\ \u{0}\r\nX-Injected: yes\r\n\r\n<script>alert(1)</script> & {{ 7 * 7 }} {% raw %} ../../.. ?a=b&c#d \
                       %0d%0a <!channel> \u{202e}\u{1f98a} ${jndi:ldap://x} 'x' -- ";

/// One case to try.
pub(super) struct Case {
    /// In words, for messages.
    pub(super) what: String,
    pub(super) context: Value,
}

/// The cases of a request; the first is the one that its golden is made from.
pub(super) fn of(sample: &Sample, step: Step) -> Vec<Case> {
    let Some(base) = base(sample, step) else { return vec![] };
    let mut cases = vec![Case { what: "the sample".to_owned(), context: base.clone() }];
    for (what, context) in
        [("the sample", base.clone()), ("an eSR that says little", sparse(&base)), ("hostile text", hostile(&base))]
    {
        let events = EventType::ALL.iter().cycle();
        for (at, (kind, event)) in Notice::ALL.iter().zip(events).enumerate() {
            let mut context = context.clone();
            context["notice"]["kind"] = json!(kind);
            context["notice"]["type"] = json!(event);
            context["notice"]["test"] = json!(at == 0);
            context["endpoint"]["language"] = json!(if at % 2 == 0 { "fr" } else { "en" });
            cases.push(Case { what: format!("{what}, notice `{kind}` of {event}"), context });
        }
    }
    if step == Step::Create {
        // A connector without `update` creates although the ticket is known.
        let mut context = base;
        context["remote"] = sample.remote.clone();
        cases.push(Case { what: "the ticket is known".to_owned(), context });
    }
    cases
}

fn base(sample: &Sample, step: Step) -> Option<Value> {
    let mut context: Value = serde_json::from_str(sample_context()).ok()?;
    context["endpoint"] = json!({"name": "sample", "language": "en", "settings": sample.settings});
    let known = matches!(step, Step::Update | Step::Close | Step::Look);
    context["remote"] = if known { sample.remote.clone() } else { Value::Null };
    if step == Step::Close {
        context["notice"]["kind"] = json!("closed");
        context["notice"]["type"] = json!("case.closed");
    }
    Some(context)
}

/// The least that an eSR and its decision can say.
fn sparse(base: &Value) -> Value {
    let mut context = base.clone();
    let esr = &base["esr"];
    context["esr"] = json!({"reference": esr["reference"], "phase": esr["phase"], "severity": esr["severity"], "summary": esr["summary"]});
    let decision = &base["decision"];
    context["decision"] = json!({
        "reference": decision["reference"], "route": decision["route"], "stage": decision["stage"], "priority": 5,
        "rule": decision["rule"], "clauses": decision["clauses"], "because": "", "facts": decision["facts"],
        "evidence": {}, "candidates": [], "missing": [], "contact": null, "would_change": [], "next_steps": [],
    });
    context["numbers"] = json!([]);
    context["link"] = Value::Null;
    context["text"] = json!({"title": "", "lines": [], "body": ""});
    context
}

/// The same with hostile text wherever somebody outside writes; what the other side calls its ticket is one of these.
fn hostile(base: &Value) -> Value {
    let mut context = base.clone();
    for place in
        ["/esr", "/text", "/numbers", "/remote", "/decision/because", "/decision/contact", "/decision/next_steps"]
    {
        if let Some(value) = context.pointer_mut(place) {
            poison(value);
        }
    }
    for place in ["/data/reference", "/esr/reference", "/decision/reference", "/message/data/reference"] {
        if let Some(value) = context.pointer_mut(place) {
            *value = json!(HOSTILE);
        }
    }
    for (place, word) in [("/esr/phase", "production"), ("/esr/responsibility", "undetermined")] {
        if let Some(value) = context.pointer_mut(place) {
            *value = json!(word);
        }
    }
    context
}

fn poison(value: &mut Value) {
    match value {
        Value::String(text) => *text = format!("{text}{HOSTILE}").repeat(40),
        Value::Array(items) => items.iter_mut().for_each(poison),
        Value::Object(fields) => fields.values_mut().for_each(poison),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
