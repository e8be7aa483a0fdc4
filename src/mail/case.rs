//! What a message says about a case (`data` of its payload), as letters need it: every text of bounded length, and nothing
//! missing that would stop a letter.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::clean;
use crate::triage::outcome::Side;

/// The longest name or number, in characters.
const NAME: usize = 120;

/// One case, read where a letter needs it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Case<'a>(&'a Value);

impl<'a> Case<'a> {
    /// The case in a payload's `data`.
    pub(super) fn new(data: &'a Value) -> Self {
        Self(data)
    }

    /// A text in one line; "" where there is none.
    pub(super) fn text(&self, pointer: &str, most: usize) -> String {
        match self.0.pointer(pointer) {
            Some(Value::String(text)) => clean::line(text, most),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    }

    /// A name or number.
    pub(super) fn name(&self, pointer: &str) -> String {
        self.text(pointer, NAME)
    }

    fn word(&self, pointer: &str) -> &'a str {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn list(&self, pointer: &str) -> &'a [Value] {
        self.0.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub(super) fn id(&self) -> &'a str {
        self.word("/id")
    }

    pub(super) fn reference(&self) -> String {
        self.name("/reference")
    }

    pub(super) fn status(&self) -> &'a str {
        self.word("/status")
    }

    pub(super) fn route(&self) -> &'a str {
        self.word("/decision/route")
    }

    pub(super) fn stage(&self) -> &'a str {
        self.word("/decision/stage")
    }

    pub(super) fn rule(&self) -> &'a str {
        self.word("/decision/rule")
    }

    pub(super) fn fact(&self, fact: &str) -> &'a str {
        self.0.pointer("/decision/facts").and_then(|facts| facts.get(fact)).and_then(Value::as_str).unwrap_or_default()
    }

    pub(super) fn because(&self) -> String {
        // Not cut to a letter's length yet: a sentence that is known again is shorter by itself.
        self.text("/decision/because", 6_000)
    }

    /// The company of the third-party product, as the filer wrote it, else as the registry does.
    pub(super) fn company(&self) -> String {
        let named = self.name("/esr/third_party/company");
        let hotline =
            matches!(self.route(), "participant_hotline" | "joint_investigation") && self.stage() != "ale_engaged";
        if named.is_empty() && hotline { self.name("/decision/contact/name") } else { named }
    }

    pub(super) fn clauses(&self) -> Vec<String> {
        let clauses = self.list("/decision/clauses").iter().filter_map(Value::as_str);
        clauses.take(8).map(|clause| clean::line(clause, 60)).collect()
    }

    pub(super) fn missing(&self) -> impl Iterator<Item = &'a str> {
        self.list("/decision/missing").iter().filter_map(Value::as_str).take(10)
    }

    /// Names that were near, best first.
    pub(super) fn candidates(&self) -> Vec<String> {
        let name =
            |candidate: &Value| candidate.get("name").and_then(Value::as_str).map(|name| clean::line(name, NAME));
        self.list("/decision/candidates").iter().filter_map(name).take(4).collect()
    }

    /// Who does what now.
    pub(super) fn steps(&self) -> impl Iterator<Item = (&'a str, String)> {
        self.list("/decision/next_steps").iter().take(10).filter_map(|step| {
            let what = step.get("do").and_then(Value::as_str)?;
            Some((step.get("who").and_then(Value::as_str)?, clean::line(what, 1_000)))
        })
    }

    pub(super) fn date(&self, pointer: &str) -> Option<Date> {
        self.word(pointer).parse().ok()
    }

    pub(super) fn time(&self, pointer: &str) -> Option<Timestamp> {
        self.word(pointer).parse().ok()
    }

    /// Several lines of text.
    pub(super) fn lines(&self, pointer: &str, most: usize, lines: usize) -> String {
        clean::lines(self.word(pointer), most, lines)
    }

    /// Both sides' numbers of the case: whose, and the number. The participant's own, as an update gave it, stands among them.
    pub(super) fn numbers(&self) -> Vec<(Option<Side>, String, String)> {
        let mut all: Vec<(Option<Side>, String, String)> = Vec::new();
        for number in self.list("/numbers").iter().take(10) {
            let text = |key: &str| clean::line(number.get(key).and_then(Value::as_str).unwrap_or_default(), NAME);
            if !text("number").is_empty() {
                all.push((Side::parse(&text("side")), text("name"), text("number")));
            }
        }
        let own = self.name("/esr/participant_case/number");
        if !own.is_empty() && !all.iter().any(|(side, _, number)| *side == Some(Side::Participant) && *number == own) {
            all.push((Some(Side::Participant), self.company(), own));
        }
        all
    }
}
