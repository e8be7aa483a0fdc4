//! The letter to an endpoint's owner: deliveries there were switched off.

use jiff::Timestamp;

use super::Words;
use super::clean;
use super::content::Content;
use crate::notify::endpoint::Language;

/// An endpoint that was switched off, and who is told.
#[derive(Debug, Clone, Copy)]
pub struct Disabled<'a> {
    /// Its id (`end_...`).
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Since when nothing arrived there; none when it said itself that it is gone.
    pub failing_since: Option<Timestamp>,
    /// What it last answered, or how the call failed.
    pub answer: &'a str,
    /// When it was switched off.
    pub at: Timestamp,
    /// The owner's mail address.
    pub address: &'a str,
    /// The owner's language.
    pub language: Language,
}

impl Disabled<'_> {
    pub(super) fn content(&self) -> Content {
        let words = Words::of(self.language);
        let name = [("endpoint", clean::line(self.name, 80).into())];
        let happened = match self.failing_since {
            Some(since) => {
                let args = [("endpoint", clean::line(self.name, 80).into()), ("since", words.time(since).into())];
                words.say("disabled-happened", &args)
            }
            None => words.say("disabled-happened-gone", &name),
        };
        let answer = clean::line(self.answer, 300);
        let reason = (!answer.is_empty()).then(|| words.say("disabled-reason", &[("reason", answer.into())]));
        Content {
            lang: words.code().to_owned(),
            colon: words.word("colon"),
            subject: words.say("disabled-subject", &name),
            preheader: happened.clone(),
            headline: words.say("disabled-headline", &name),
            happened: [Some(happened), reason].into_iter().flatten().collect(),
            ask_title: words.word("title-ask"),
            ask: vec![words.word("disabled-ask")],
            footer: vec![words.word("disabled-footer")],
            ..Content::default()
        }
    }
}
