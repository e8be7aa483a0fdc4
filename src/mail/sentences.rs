//! A decision's own sentences, for a reader of either language: those of the built-in rules are known again and said in the
//! words of `words/*.ftl`, dates written out; an operator's own stay as they are.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil::Date;

use super::Words;
use super::case::Case;
use super::clean;
use super::pattern::{self, Filled, Piece};
use crate::triage::facts::Fact;
use crate::triage::outcome::{Outcome, Side};
use crate::triage::rules::Rules;
use crate::triage::template::Word;

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
    let says = |fact: &str, scope: bool| BUILT_IN.says.get(&(scope, case.fact(fact).to_owned()));
    let (coverage, scope) = (says("coverage", false), says("scope", true));
    for outcome in outcomes(case) {
        for (with_coverage, with_scope) in [(true, true), (true, false), (false, true), (false, false)] {
            let coverage = coverage.filter(|_| with_coverage);
            let scope = scope.filter(|_| with_scope);
            // Without a sentence to leave out, the shorter text was looked for already.
            if (with_coverage && coverage.is_none()) || (with_scope && scope.is_none()) {
                continue;
            }
            let Some(filled) = pattern::read(&[coverage, scope, Some(&outcome.because)], &text) else { continue };
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

/// What a side does now, in the words of that step of the rules; a page, which has forms, has some words of its own.
pub(super) fn step(words: &Words, case: &Case<'_>, who: &str, text: &str, page: bool) -> String {
    for outcome in outcomes(case).filter(|_| text.len() <= LONGEST) {
        for (_, pieces) in outcome.steps.iter().filter(|(side, _)| *side == who) {
            let Some(filled) = pattern::read(&[Some(pieces)], text) else { continue };
            let id = format!("do-{}-{who}", outcome.id);
            let own = page.then(|| say(words, &format!("page-{id}"), &filled)).flatten();
            if let Some(said) = own.or_else(|| say(words, &id, &filled)) {
                return said;
            }
        }
    }
    clean::line(text, SHOWN)
}

/// The sentences of the built-in rules, ready to be known again.
struct BuiltIn {
    /// The sentence on a value of coverage (`false`) or scope (`true`).
    says: HashMap<(bool, String), Vec<Piece>>,
    outcomes: Vec<Known>,
    /// The outcome of each rule.
    of_rule: HashMap<String, usize>,
}

/// The sentences of one outcome.
struct Known {
    id: String,
    because: Vec<Piece>,
    steps: Vec<(&'static str, Vec<Piece>)>,
}

static BUILT_IN: LazyLock<BuiltIn> = LazyLock::new(|| {
    let rules = Rules::embedded();
    let mut says = HashMap::new();
    for (scope, fact) in [(false, Fact::COVERAGE), (true, Fact::SCOPE)] {
        for (value, word) in fact.words().iter().enumerate() {
            let sentence = rules.words().value(fact, value as u8).says.as_ref();
            says.extend(sentence.map(|sentence| ((scope, (*word).to_owned()), pattern::pieces(sentence))));
        }
    }
    let known = |outcome: &Outcome| Known {
        id: outcome.id.clone(),
        because: pattern::pieces(&outcome.because),
        steps: outcome.next_steps.iter().map(|step| (step.who.as_str(), pattern::pieces(&step.what))).collect(),
    };
    let outcomes: Vec<Known> = rules.outcomes().iter().map(known).collect();
    let place = |id: &str| outcomes.iter().position(|known| known.id == id);
    let of_rule =
        rules.rules().iter().filter_map(|rule| Some((rule.id.clone(), place(&rules.outcome(rule).id)?))).collect();
    BuiltIn { says, of_rule, outcomes }
});

/// The outcome of the rule that decided, then all others: an operator may have renamed a rule.
fn outcomes(case: &Case<'_>) -> impl Iterator<Item = &'static Known> {
    let own = BUILT_IN.of_rule.get(case.rule()).copied();
    let others = (0..BUILT_IN.outcomes.len()).filter(move |other| Some(*other) != own);
    own.into_iter().chain(others).map(|at| &BUILT_IN.outcomes[at])
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
        let filled = pattern::read(&[Some(pieces)], text)?;
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
