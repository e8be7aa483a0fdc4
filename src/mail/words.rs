//! The sentences of letters and pages, in each language: `words/en.ftl` and `words/fr.ftl`.

use std::borrow::Cow;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use unic_langid::LanguageIdentifier;

use crate::intake::esr::Conclusion;
use crate::notify::endpoint::Language;

/// Names and values of a message's variables.
pub(crate) type Args<'a> = [(&'a str, Cow<'a, str>)];

/// All sentences in one language.
pub struct Words {
    bundle: FluentBundle<FluentResource>,
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Words({})", self.code())
    }
}

impl Words {
    /// The sentences in that language.
    #[must_use]
    pub fn of(language: Language) -> &'static Self {
        static EN: LazyLock<Words> = LazyLock::new(|| Words::read("en", include_str!("words/en.ftl").to_owned()));
        static FR: LazyLock<Words> = LazyLock::new(|| Words::read("fr", unbroken(include_str!("words/fr.ftl"))));
        match language {
            Language::En => &EN,
            Language::Fr => &FR,
        }
    }

    fn read(language: &str, text: String) -> Self {
        let language: LanguageIdentifier = language.parse().unwrap_or_default();
        // What is wrong in a file is left out here; a test sees to it that nothing is.
        let resource = FluentResource::try_new(text).unwrap_or_else(|(resource, _)| resource);
        let mut bundle = FluentBundle::new_concurrent(vec![language]);
        // The marks would stand in plain text mails as boxes.
        bundle.set_use_isolating(false);
        bundle.add_resource_overriding(resource);
        Self { bundle }
    }

    /// The language's code, for HTML's `lang`.
    #[must_use]
    pub fn code(&self) -> &str {
        self.bundle.locales.first().map_or("en", |language| language.language.as_str())
    }

    /// A message; `None` when there is none of that id. For each variable `x` the message also gets `has_x`, "yes" or "no".
    pub(super) fn find(&self, id: &str, args: &Args<'_>) -> Option<String> {
        let pattern = self.bundle.get_message(id)?.value()?;
        let mut given = FluentArgs::with_capacity(args.len() * 2);
        for (name, value) in args {
            given.set(format!("has_{name}"), if value.is_empty() { "no" } else { "yes" });
            given.set(*name, FluentValue::from(value.as_ref()));
        }
        Some(self.bundle.format_pattern(pattern, Some(&given), &mut Vec::new()).into_owned())
    }

    /// A message; its id where there is none, which a test rules out.
    #[must_use]
    pub(crate) fn say(&self, id: &str, args: &Args<'_>) -> String {
        self.find(id, args).unwrap_or_else(|| id.to_owned())
    }

    /// A message without variables.
    #[must_use]
    pub(crate) fn word(&self, id: &str) -> String {
        self.say(id, &[])
    }

    /// A day, with its month in words.
    #[must_use]
    pub fn date(&self, day: Date) -> String {
        let month = self.word(&format!("month-{}", day.month()));
        let number = if day.day() == 1 { self.word("day-first") } else { day.day().to_string() };
        self.say("date", &[("day", number.into()), ("month", month.into()), ("year", day.year().to_string().into())])
    }

    /// A time's day, in UTC.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> String {
        self.date(at.to_zoned(TimeZone::UTC).date())
    }

    /// A time to the minute, in UTC.
    #[must_use]
    pub fn time(&self, at: Timestamp) -> String {
        let at = at.to_zoned(TimeZone::UTC);
        let time = format!("{:02}:{:02}", at.hour(), at.minute());
        self.say("date-time", &[("date", self.date(at.date()).into()), ("time", time.into())])
    }

    /// What a conclusion is called, as letters ask for it and replies give it.
    #[must_use]
    pub fn conclusion(&self, conclusion: Conclusion) -> String {
        self.word(&format!("conclusion-{conclusion}"))
    }

    /// What the lines at the top of a reply begin with: the case number's, then the conclusion's.
    #[must_use]
    pub fn reply_lines(&self) -> (String, String) {
        (self.word("answer-case-word"), self.word("answer-conclusion-word"))
    }
}

/// French puts a space before some signs, which must not end a line.
fn unbroken(text: &str) -> String {
    let mut text = text.to_owned();
    for sign in [":", ";", "?", "!", "»"] {
        text = text.replace(&format!(" {sign}"), &format!("\u{a0}{sign}"));
    }
    text.replace("« ", "«\u{a0}")
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// The messages of a file and the variables in each.
    pub(in crate::mail) fn messages(text: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut last = String::new();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
            if let Some((id, _)) = line.split_once(" = ").filter(|_| !line.starts_with(' ')) {
                last = id.to_owned();
                assert!(all.insert(last.clone(), BTreeSet::new()).is_none(), "{last} stands there twice");
            }
            for part in line.split("{ $").skip(1) {
                let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                all.get_mut(&last).unwrap().insert(name);
            }
        }
        all
    }

    #[test]
    fn both_languages_have_the_same_messages_with_the_same_variables() {
        let (en, fr) = (messages(include_str!("words/en.ftl")), messages(include_str!("words/fr.ftl")));
        let ids = |all: &BTreeMap<String, BTreeSet<String>>| all.keys().cloned().collect::<Vec<_>>();
        assert_eq!(ids(&en), ids(&fr));
        for (id, variables) in &en {
            // Whether something is known may matter to one language only.
            let named =
                |all: &BTreeSet<String>| all.iter().filter(|v| !v.starts_with("has_")).cloned().collect::<Vec<_>>();
            assert_eq!(named(variables), named(&fr[id]), "{id}");
            for known in variables.iter().chain(&fr[id]).filter_map(|v| v.strip_prefix("has_")) {
                assert!(variables.contains(known), "{id}: has_{known} without {known}");
            }
        }
    }

    #[test]
    fn both_files_are_read_without_a_fault_and_every_message_is_rendered() {
        for (language, text) in
            [(Language::En, include_str!("words/en.ftl")), (Language::Fr, include_str!("words/fr.ftl"))]
        {
            let faults = FluentResource::try_new(text.to_owned()).err().map(|(_, faults)| faults);
            assert!(faults.is_none(), "{language}: {faults:?}");
            let words = Words::of(language);
            for (id, variables) in messages(text) {
                for value in ["", "<b>X</b>"] {
                    let args: Vec<_> = variables.iter().map(|name| (name.as_str(), Cow::from(value))).collect();
                    let mut faults = Vec::new();
                    let mut given = FluentArgs::new();
                    for (name, value) in &args {
                        given.set(format!("has_{name}"), if value.is_empty() { "no" } else { "yes" });
                        given.set(*name, FluentValue::from(value.as_ref()));
                    }
                    let pattern = words.bundle.get_message(&id).unwrap().value().unwrap();
                    words.bundle.format_pattern(pattern, Some(&given), &mut faults);
                    assert!(faults.is_empty(), "{language} {id}: {faults:?}");
                    let said = words.find(&id, &args).unwrap();
                    assert!(!said.contains('{') && !said.contains('\u{2068}'), "{id}: {said}");
                }
            }
        }
    }

    #[test]
    fn days_and_times_are_written_as_people_write_them() {
        let at: Timestamp = "2026-11-01T09:05:59Z".parse().unwrap();
        assert_eq!(Words::of(Language::En).time(at), "1 November 2026, 09:05 UTC");
        assert_eq!(Words::of(Language::Fr).time(at), "1er novembre 2026 à 09:05 UTC");
        assert_eq!(Words::of(Language::Fr).day("2026-08-31T23:59:59Z".parse().unwrap()), "31 août 2026");
    }

    #[test]
    fn conclusions_are_told_apart_in_both_languages() {
        for language in Language::ALL {
            let words = Words::of(*language);
            let all: BTreeSet<String> =
                Conclusion::ALL.iter().map(|conclusion| words.conclusion(*conclusion)).collect();
            assert_eq!(all.len(), Conclusion::ALL.len());
        }
        assert_eq!(Words::of(Language::Fr).reply_lines().0, "Dossier");
    }
}
