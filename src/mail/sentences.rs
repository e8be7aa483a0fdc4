//! A decision's own sentences, for a reader of either language: those of the built-in rules are known again and said in the
//! words of `words/*.ftl`, dates written out; an operator's own stay as they are.

use std::borrow::Cow;
use std::sync::LazyLock;

use jiff::civil::Date;

use super::Words;
use super::case::Case;
use super::clean;
use super::pattern::{self, Filled, Piece};
use crate::triage::facts::Fact;
use crate::triage::outcome::{Outcome, Side};
use crate::triage::rules::Rules;
use crate::triage::template::{Template, Word};

/// Longer texts are not looked at: no rule writes them.
const LONGEST: usize = 6_000;
/// How much is shown of an operator's own sentences, in characters.
const SHOWN: usize = 1_200;

/// The parts of sentences that the program makes, by message: the surest first.
static PARTS: LazyLock<Vec<(String, Vec<Piece>)>> = LazyLock::new(|| {
    let lines = include_str!("words/en.ftl").lines().filter(|line| line.starts_with("part-"));
    let part = |line: &str| line.split_once(" = ").map(|(id, text)| (id.to_owned(), pattern::of_message(text)));
    let mut parts: Vec<_> = lines.filter_map(part).collect();
    parts.sort_by_key(|(_, pieces)| std::cmp::Reverse(pattern::certainty(pieces)));
    parts
});

/// Why it was decided so, a paragraph each: what the look-ups found, then what follows.
pub(super) fn because(words: &Words, case: &Case<'_>) -> Vec<String> {
    let text = case.because();
    if text.is_empty() {
        return Vec::new();
    }
    let as_it_is = || vec![clean::line(&text, SHOWN)];
    if text.len() > LONGEST {
        return as_it_is();
    }
    if let Some(said) = part(words, &text, &["part-override"]) {
        return vec![clean::line(&said, SHOWN)];
    }
    let rules = Rules::embedded();
    let says = |fact: Fact, word: &str| {
        let value = fact.words().iter().position(|known| *known == word)?;
        rules.words().value(fact, value as u8).says.as_ref()
    };
    let coverage = says(Fact::COVERAGE, case.fact("coverage"));
    let scope = says(Fact::SCOPE, case.fact("scope"));
    for outcome in outcomes(&rules, case) {
        for (with_coverage, with_scope) in [(true, true), (true, false), (false, true), (false, false)] {
            let coverage = coverage.filter(|_| with_coverage);
            let scope = scope.filter(|_| with_scope);
            let templates: Vec<&Template> = [coverage, scope, Some(&outcome.because)].into_iter().flatten().collect();
            let Some(filled) = pattern::read(&joined(&templates), &text) else { continue };
            let ids = [
                coverage.map(|_| format!("says-coverage-{}", case.fact("coverage"))),
                scope.map(|_| format!("says-scope-{}", case.fact("scope"))),
                Some(format!("because-{}", outcome.id)),
            ];
            let said = ids.into_iter().flatten().map(|id| say(words, &id, &filled));
            if let Some(said) = said.collect::<Option<Vec<_>>>() {
                return said;
            }
        }
    }
    as_it_is()
}

/// What a side does now, in the words of that step of the rules.
pub(super) fn step(words: &Words, case: &Case<'_>, who: &str, text: &str) -> String {
    let rules = Rules::embedded();
    for outcome in outcomes(&rules, case).filter(|_| text.len() <= LONGEST) {
        for step in outcome.next_steps.iter().filter(|step| step.who.as_str() == who) {
            let Some(filled) = pattern::read(&pattern::pieces(&step.what), text) else { continue };
            if let Some(said) = say(words, &format!("do-{}-{}", outcome.id, step.who), &filled) {
                return said;
            }
        }
    }
    clean::line(text, SHOWN)
}

/// The outcome of the rule that decided, then all others: an operator may have renamed a rule.
fn outcomes<'r>(rules: &'r Rules, case: &Case<'_>) -> impl Iterator<Item = &'r Outcome> {
    let rule = case.rule();
    let own = rules.rules().iter().find(|known| known.id == rule).map(|rule| rules.outcome(rule));
    let others = rules.outcomes().iter().filter(move |other| own.is_none_or(|own| own.id != other.id));
    own.into_iter().chain(others)
}

fn joined(templates: &[&Template]) -> Vec<Piece> {
    let mut all = Vec::new();
    for template in templates {
        if !all.is_empty() {
            all.push(Piece::Text(" ".to_owned()));
        }
        all.extend(pattern::pieces(template));
    }
    all
}

/// The message with these words in it; words that the sentence did not have are unknown. `None` when a word cannot be what
/// stands there, so that the sentence was another one.
fn say(words: &Words, id: &str, filled: &Filled) -> Option<String> {
    let mut args = args(words, filled)?;
    for gap in Word::words() {
        if !filled.iter().any(|(known, _)| known == gap) {
            args.push((gap, Cow::from("")));
        }
    }
    words.find(id, &args)
}

fn args<'f>(words: &Words, filled: &'f Filled) -> Option<Vec<(&'f str, Cow<'f, str>)>> {
    filled.iter().map(|(gap, value)| Some((gap.as_str(), value_of(words, gap, value)?))).collect()
}

/// What stood in a gap, for this reader: days written out, the program's own parts of sentences in the reader's language.
fn value_of<'v>(words: &Words, gap: &str, value: &'v str) -> Option<Cow<'v, str>> {
    if value == "(unknown)" {
        return Some(words.word("part-unknown").into());
    }
    if gap.ends_with("_on") || matches!(gap, "day" | "last_day") {
        return value.parse::<Date>().ok().map(|day| words.date(day).into());
    }
    let parts = match gap {
        "withdrawal" => &["part-left", "part-qualification", "part-report"][..],
        "closest" => &["part-closest"],
        "not_in_program" => &["part-joins"],
        "unresolved" => &["part-company", "part-solution", "part-platform", "part-release"],
        "incomplete" => &["part-no-", "part-releases"],
        "scope_unclear" => &["part-scope"],
        "scope_result" => &["part-result"],
        "meant" => return Some(part(words, value, &["part-meant"]).map_or(value.into(), Cow::from)),
        _ => return Some(value.into()),
    };
    part(words, value, parts).map(Cow::from)
}

/// The part of a sentence that this text is, among those whose names begin so.
fn part(words: &Words, text: &str, among: &[&str]) -> Option<String> {
    let known = |id: &str| among.iter().any(|prefix| id.starts_with(prefix));
    PARTS.iter().filter(|(id, _)| known(id)).find_map(|(id, pieces)| {
        let filled = pattern::read(pieces, text)?;
        words.find(id, &args(words, &filled)?)
    })
}

/// What a desk of the built-in rules says of itself, in the reader's language.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub name: Option<String>,
    pub hours: Option<String>,
    pub process: Option<String>,
}

/// The contact, where it is a built-in desk; each of its texts only as long as the operator has not changed it.
pub(super) fn desk(words: &Words, case: &Case<'_>) -> Desk {
    let rules = Rules::embedded();
    let at = |key: &str| case.text(&format!("/decision/contact/{key}"), 1_000);
    let Some((id, known)) = rules.contacts().iter().find(|(_, known)| known.name == at("name")) else {
        return Desk::default();
    };
    let same = |key: &str, known: Option<&str>| {
        known.filter(|known| at(key) == *known).and_then(|_| words.find(&format!("desk-{id}-{key}"), &[]))
    };
    Desk {
        name: same("name", Some(&known.name)),
        hours: same("hours", known.hours.as_deref()),
        process: same("process", known.process.as_deref()),
    }
}

/// Whose step it is, when `side` reads: its own, and the filer's where it filed.
pub(super) fn is_mine(who: &str, side: Side, filed: bool) -> bool {
    who == side.as_str() || (filed && matches!(who, "filer" | "business_partner"))
}
