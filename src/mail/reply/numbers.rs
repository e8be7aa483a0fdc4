//! The case numbers of other companies' systems, in subjects and sentences.

use super::quote::folded;

/// What a number's label is made of: a kind of case, around it words that say no more.
pub(super) const KINDS: &[&str] = &[
    "case",
    "cases",
    "ticket",
    "incident",
    "sr",
    "request",
    "dossier",
    "cas",
    "demande",
    "fall",
    "fallnummer",
    "ticketnummer",
    "vorgang",
    "vorgangsnummer",
    "aktenzeichen",
    "reference",
    "referenz",
    "ref",
];

/// The number that is all that is said: "HT-9912".
pub(super) fn alone(findings: Option<&str>) -> Option<&str> {
    let mut words = findings?.split_whitespace();
    let number = bare(words.next()?);
    (words.next().is_none() && is_number(number)).then_some(number)
}

/// The case numbers that a subject has as tags: `[HT-9912]`, `[Ticket#2026]`, `Ticket#2026`.
pub(super) fn tags(subject: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |number: &str| {
        let number = number.trim();
        let digits = number.bytes().any(|byte| byte.is_ascii_digit());
        if digits
            && !number.contains('@')
            && (2..=40).contains(&number.chars().count())
            && !found.iter().any(|f| f == number)
        {
            found.push(number.to_owned());
        }
    };
    let mut rest = subject;
    while let Some((_, behind)) = rest.split_once('[') {
        let Some((tag, behind)) = behind.split_once(']') else { break };
        rest = behind;
        let number = without_kind(tag);
        // A tag of several words is no number.
        if number.split_whitespace().count() == 1 {
            add(number);
        }
    }
    for word in subject.split_whitespace().filter(|word| !word.starts_with('[')) {
        if let Some((kind, number)) = word.split_once('#')
            && KINDS.contains(&folded(kind).as_str())
        {
            add(bare(number));
        }
    }
    found
}

/// `Ticket#2026`, `Case: 2026`, `#2026` without what stands before the number.
fn without_kind(tag: &str) -> &str {
    let end = tag.find(|c: char| !c.is_alphabetic()).unwrap_or(tag.len());
    let (kind, rest) = tag.split_at(end);
    let number = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '#' | ':' | '='));
    let announced = kind.is_empty() || KINDS.contains(&folded(kind).as_str());
    if announced && number.len() < rest.len() { number } else { tag }
}

/// The case numbers that stand in sentences behind "case", "ticket" and the like.
pub(super) fn numbers_in_sentences(said: &str) -> Vec<String> {
    const BETWEEN: &[&str] = &[
        "number",
        "no",
        "nr",
        "n",
        "id",
        "is",
        "the",
        "est",
        "le",
        "numero",
        "de",
        "ref",
        "reference",
        "ist",
        "lautet",
        "",
    ];
    let mut found: Vec<String> = Vec::new();
    let words: Vec<&str> = said.split_whitespace().take(20_000).collect();
    for (at, word) in words.iter().enumerate() {
        let (kind, glued) = word.split_once('#').unwrap_or((word, ""));
        if !KINDS.contains(&folded(kind).as_str()) {
            continue;
        }
        let following = words[at + 1..].iter().take(4).copied();
        let number = Some(glued).into_iter().filter(|glued| !glued.is_empty()).chain(following);
        let number = number.map(bare).find(|word| !BETWEEN.contains(&folded(word).as_str()));
        if let Some(number) = number.filter(|number| is_number(number))
            && !found.iter().any(|known| known == number)
        {
            found.push(number.to_owned());
        }
    }
    found
}

/// Whether a word can only be a number of a system: letters and digits, or many digits.
fn is_number(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.'));
    plain && word.len() <= 40 && (digits >= 5 || (digits >= 2 && (1..=12).contains(&letters)))
}

/// A word without the signs around it.
pub(super) fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}
