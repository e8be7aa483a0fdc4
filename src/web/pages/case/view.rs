//! What stands on the page of a case.

use std::fmt::Display;

use super::answer::{self, Said};
use super::happened::{self, Happened};
use super::picker::Picker;
use super::sent::size;
use super::update;
use super::{Did, Open, Sent};
use crate::mail::{Content, Words};
use crate::notify::endpoint::Language;
use crate::store::StoreError;
use crate::triage::outcome::Side;
use crate::web::Web;
use crate::web::pages::filled::Filled;

/// Fields that are wrong, each with a sentence.
pub(in crate::web::pages) type Faults = Vec<(String, String)>;

/// What somebody filled in, and what is wrong with it.
#[derive(Debug, Default)]
pub(in crate::web::pages) struct Typed {
    /// What was done just now.
    pub(in crate::web::pages) done: Option<Did>,
    /// What is wrong with all of it.
    pub(in crate::web::pages) wrong: Option<String>,
    pub(in crate::web::pages) faults: Faults,
    pub(in crate::web::pages) answer: Option<Said>,
    pub(in crate::web::pages) contest: Option<String>,
    pub(in crate::web::pages) contest_wrong: Option<String>,
    pub(in crate::web::pages) update_wrong: Option<String>,
    pub(in crate::web::pages) filled: Option<Filled>,
    pub(in crate::web::pages) added: Vec<String>,
    pub(in crate::web::pages) files_wrong: Vec<String>,
}

impl Typed {
    pub(in crate::web::pages) fn of(sent: Sent) -> Self {
        Self { filled: Some(sent.filled), added: sent.added, files_wrong: sent.wrong, ..Self::default() }
    }
}

/// A file of the case.
pub(in crate::web::pages) struct FileShown {
    pub(in crate::web::pages) name: String,
    pub(in crate::web::pages) size: String,
    pub(in crate::web::pages) by: String,
    pub(in crate::web::pages) href: String,
}

/// The form that contests.
pub(in crate::web::pages) struct Contest {
    pub(in crate::web::pages) title: String,
    pub(in crate::web::pages) reason: String,
    pub(in crate::web::pages) wrong: Option<String>,
}

/// Everything that stands on the page.
pub(in crate::web::pages) struct View {
    pub(in crate::web::pages) words: &'static Words,
    /// The language that the page is not in, and its name.
    pub(in crate::web::pages) other: (Language, &'static str),
    pub(in crate::web::pages) open: Seating,
    pub(in crate::web::pages) c: Content,
    pub(in crate::web::pages) done: Option<String>,
    pub(in crate::web::pages) wrong: Option<String>,
    pub(in crate::web::pages) faults: Faults,
    pub(in crate::web::pages) answer: Option<answer::Form>,
    /// What the participant said, where it cannot say it again.
    pub(in crate::web::pages) answered: Vec<(String, String)>,
    pub(in crate::web::pages) update: Option<update::Form>,
    /// A paid diagnostic is offered to whoever reads.
    pub(in crate::web::pages) diagnostic: bool,
    pub(in crate::web::pages) contest: Option<Contest>,
    /// Somebody contested, and nobody has looked yet.
    pub(in crate::web::pages) contested: bool,
    pub(in crate::web::pages) files: Vec<FileShown>,
    pub(in crate::web::pages) may_attach: bool,
    pub(in crate::web::pages) picker: Picker,
    pub(in crate::web::pages) added: String,
    pub(in crate::web::pages) files_wrong: Vec<String>,
    pub(in crate::web::pages) happened: Vec<Happened>,
}

/// Where the page's acts go.
pub(in crate::web::pages) struct Seating {
    pub(in crate::web::pages) base: String,
    /// The case.
    pub(in crate::web::pages) id: String,
    pub(in crate::web::pages) query: String,
    pub(in crate::web::pages) by_link: bool,
    pub(in crate::web::pages) waits: bool,
}

impl View {
    /// The page of this case.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::web::pages) async fn new(web: &Web, open: &Open, typed: Typed) -> Result<Self, StoreError> {
        let seat = &open.seat;
        let words = seat.words();
        let (files, timeline) =
            tokio::try_join!(web.app.store.attachments(&open.esr.id), web.app.store.timeline(&open.esr.id))?;
        let known = open.esr.body.get("participant_case").cloned().unwrap_or_default();
        let said = Said::known(&known);
        let answered = match open.seat.side {
            Side::Participant if !open.may_answer() => said.rows(words),
            _ => Vec::new(),
        };
        let answer = open.may_answer().then(|| {
            let before = said != Said::default();
            typed.answer.unwrap_or(said).form(words, before)
        });
        let update_wrong = typed.update_wrong;
        let update =
            open.may_update().then(|| update::Form::new(open, typed.filled.as_ref(), &typed.faults, update_wrong));
        let contested = happened::is_contested(open, &timeline);
        let contest = (open.may_contest() && !contested).then(|| Contest {
            title: words.word(if open.filed() { "page-contest-filer" } else { "page-contest" }),
            reason: typed.contest.unwrap_or_default(),
            wrong: typed.contest_wrong,
        });
        let names = happened::Names::new(open);
        let shown = files.into_iter().map(|file| FileShown {
            href: seat.to(&format!("/files/{}", file.id)),
            size: size(file.size.unsigned_abs(), seat.language),
            by: {
                let who = names.of_sender(&file.by);
                words.say("page-file-by", &[("who", who.into()), ("day", words.day(file.at).into())])
            },
            name: file.name,
        });
        let added = typed.added.join(", ");
        Ok(Self {
            words,
            other: match seat.language {
                Language::En => (Language::Fr, "Français"),
                Language::Fr => (Language::En, "English"),
            },
            c: open.content(),
            done: typed.done.map(|did| words.word(&format!("page-thanks-{did}"))),
            wrong: typed.wrong,
            faults: typed.faults,
            answer,
            answered,
            diagnostic: open.filed() && open.esr.decision.route == "on_demand_diagnostic",
            update,
            contest,
            contested,
            files: shown.collect(),
            may_attach: open.may_attach(),
            picker: Picker::new(web, seat.language, seat.to("/files")),
            added: if added.is_empty() { added } else { words.say("page-files-added", &[("names", added.into())]) },
            files_wrong: typed.files_wrong,
            happened: happened::lines(open, &names, &timeline),
            open: Seating {
                base: seat.base.clone(),
                id: open.esr.id.clone(),
                query: if seat.by_link { format!("?lang={}", seat.language) } else { String::new() },
                by_link: seat.by_link,
                waits: open.waits(),
            },
        })
    }

    /// A word in the reader's language.
    pub(in crate::web::pages) fn w(&self, id: &str) -> String {
        self.words.word(id)
    }

    /// Where one of the page's acts goes.
    pub(in crate::web::pages) fn to(&self, act: &str) -> String {
        format!("{}{act}{}", self.open.base, self.open.query)
    }

    /// What is wrong with a field.
    pub(in crate::web::pages) fn fault(&self, field: impl Display) -> Option<&str> {
        let field = field.to_string();
        self.faults.iter().find(|(name, _)| *name == field).map(|(_, why)| why.as_str())
    }

    /// Whether anything on the page is wrong.
    pub(in crate::web::pages) fn is_wrong(&self) -> bool {
        let in_forms = self.contest.as_ref().is_some_and(|contest| contest.wrong.is_some())
            || self.update.as_ref().is_some_and(|update| update.wrong.is_some());
        self.wrong.is_some() || !self.faults.is_empty() || !self.files_wrong.is_empty() || in_forms
    }
}
