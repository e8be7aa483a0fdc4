//! What a letter says, before it is laid out: the same for text, HTML, the web page and connectors' texts. Pure.

use jiff::Timestamp;
use serde::Serialize;

use super::Words;
use super::case::Case;
use super::letter::Letter;
use super::sentences::{self, is_mine};
use crate::cases::{reaches_ale, reaches_participant};
use crate::intake::esr::Conclusion;
use crate::notify::Notice;
use crate::triage::outcome::Side;

/// The longest summary, in characters.
const SUMMARY: usize = 160;
/// How much of a description or of findings is quoted, in characters and lines.
const QUOTED: (usize, usize) = (1_200, 16);

/// A label and what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Row {
    pub label: String,
    pub value: String,
    /// Where it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
}

/// The participant's analysis so far.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Findings {
    pub title: String,
    pub conclusion: String,
    pub text: String,
    pub lines: Vec<String>,
}

/// Whom to turn to.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Contact {
    pub title: String,
    pub name: String,
    pub rows: Vec<Row>,
    pub process: String,
}

/// How to answer by mail.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Answer {
    pub title: String,
    pub intro: String,
    /// The lines at the top of a reply; empty where any text will do.
    pub example: Vec<String>,
    pub then: String,
    pub meanings_intro: String,
    pub meanings: Vec<Row>,
}

/// The one button.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Button {
    pub label: String,
    pub url: String,
}

/// Everything that a letter says.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Content {
    pub lang: String,
    pub colon: String,
    pub subject: String,
    pub preheader: String,
    pub tag: String,
    pub headline: String,
    pub test: Option<String>,
    pub due: Option<String>,
    pub happened: Vec<String>,
    pub summary: String,
    pub description: String,
    pub description_lines: Vec<String>,
    pub details: Vec<Row>,
    pub findings: Option<Findings>,
    pub ask_title: String,
    pub ask: Vec<String>,
    pub ask_details: Vec<Row>,
    pub button: Option<Button>,
    pub answer: Option<Answer>,
    pub why_title: String,
    pub why: Vec<String>,
    pub proofs: Vec<Row>,
    pub numbers_title: String,
    pub numbers: Vec<Row>,
    pub contact: Option<Contact>,
    pub footer: Vec<String>,
}

/// One reader of one message.
pub(super) struct Reader<'a> {
    pub words: &'static Words,
    pub case: Case<'a>,
    pub notice: Notice,
    pub side: Side,
    /// A page shows all of it; a letter leaves out what an earlier one said.
    pub whole: bool,
    at: Timestamp,
    company: String,
    filer: String,
}

impl<'a> Reader<'a> {
    pub(super) fn new(letter: &Letter<'a>) -> Self {
        let words = Words::of(letter.language);
        let case = Case::new(letter.data);
        let or = |name: String, id: &str| if name.is_empty() { words.word(id) } else { name };
        Self {
            words,
            case,
            notice: letter.notice,
            side: letter.side,
            whole: false,
            at: letter.at,
            company: or(case.company(), "someone-participant"),
            filer: or(case.name("/filer"), "someone-filer"),
        }
    }

    fn say(&self, id: &str) -> String {
        self.find(id).unwrap_or_else(|| id.to_owned())
    }

    fn find(&self, id: &str) -> Option<String> {
        let day = self.words.day(self.at);
        let args = [
            ("company", self.company.as_str().into()),
            ("filer", self.filer.as_str().into()),
            ("day", day.into()),
            ("reference", self.case.reference().into()),
        ];
        self.words.find(id, &args)
    }

    /// Whether this reader filed the eSR.
    pub(super) fn filed(&self) -> bool {
        match self.side {
            Side::BusinessPartner | Side::Filer => true,
            Side::Participant => self.case.fact("filer") == "participant",
            _ => false,
        }
    }

    /// Whether the participant's answer is what moves the case on.
    pub(super) fn may_answer(&self) -> bool {
        self.side == Side::Participant && reaches_participant(self.case.route()) && self.case.status() != "closed"
    }

    pub(super) fn content(&self, letter: &Letter<'_>) -> Content {
        let words = self.words;
        let summary = self.case.text("/esr/summary", SUMMARY);
        let reference = self.case.reference();
        let headline = self.headline();
        let description = self.description();
        let (ask_title, ask) = self.ask();
        let due = letter.answer_by.map(|due| words.say("due", &[("due", words.time(due).into())]));
        let preheader = [due.as_deref(), ask.first().map(String::as_str), Some(&summary)];
        Content {
            lang: words.code().to_owned(),
            colon: words.word("colon"),
            subject: subject(&reference, &summary, &headline),
            preheader: format!(
                "{headline}{} {}",
                if headline.ends_with('?') { "" } else { "." },
                preheader.into_iter().flatten().next().unwrap_or_default()
            ),
            tag: self.tag(&reference),
            headline,
            test: letter.test.then(|| words.word("test-mark")),
            due,
            happened: vec![self.happened()],
            summary,
            description_lines: description.lines().map(str::to_owned).collect(),
            description,
            details: self.details(),
            findings: self.findings(),
            ask_title,
            ask,
            ask_details: self.ask_details(),
            button: None,
            answer: Some(self.answer()),
            why_title: self.say(if self.filed() { "title-why-filer" } else { "title-why" }),
            why: sentences::because(words, &self.case),
            proofs: self.proofs(),
            numbers_title: words.word("title-numbers"),
            numbers: self.numbers(),
            contact: self.contact(),
            footer: self.footer(),
        }
    }

    fn tag(&self, reference: &str) -> String {
        let mut parts = vec![format!("{} {reference}", self.words.word("label-esr"))];
        let severity = self.words.find(&format!("severity-{}", self.case.name("/esr/severity")), &[]);
        if let Some(severity) = severity.filter(|_| self.case.fact("phase") != "development") {
            parts.push(format!("{} {severity}", self.words.word("label-severity").to_lowercase()));
        }
        parts.join(" · ")
    }

    /// What this letter is about, in a few words.
    fn headline(&self) -> String {
        let (route, stage) = (self.case.route(), self.case.stage());
        let (notice, side) = (self.notice, if self.side == Side::Filer { Side::BusinessPartner } else { self.side });
        let ids = [
            format!("headline-{notice}-{side}-{route}-{stage}"),
            format!("headline-{notice}-{side}-{route}"),
            format!("headline-{notice}-{side}"),
            format!("place-{route}-{stage}"),
            "headline-other".to_owned(),
        ];
        ids.iter().find_map(|id| self.find(id)).unwrap_or_default()
    }

    fn happened(&self) -> String {
        let first = self.case.name("/revision") == "1";
        self.say(match (self.notice, self.filed()) {
            (Notice::Decided, true) => "happened-filed-you",
            (Notice::Offer, true) => "happened-offered-you",
            (Notice::Offer, false) => "happened-offered",
            (Notice::Escalated, _) => "happened-escalated",
            (Notice::Closed, _) => "happened-closed",
            (_, false) if first => "happened-filed",
            (_, true) if first => "happened-filed-you",
            (Notice::YourTurn | Notice::ForInformation, _) => "happened-updated",
            _ => "happened-news",
        })
    }

    /// The filer knows what it wrote; the others need it once.
    fn description(&self) -> String {
        let new = self.whole
            || matches!(self.notice, Notice::Escalated | Notice::Offer)
            || (self.notice == Notice::YourTurn && self.side == Side::Agent);
        if self.filed() || !new { String::new() } else { self.case.lines("/esr/description", QUOTED.0, QUOTED.1) }
    }

    fn details(&self) -> Vec<Row> {
        let case = &self.case;
        let joined = |pointers: &[&str], by: &str| {
            let texts = pointers.iter().map(|pointer| case.name(pointer)).filter(|text| !text.is_empty());
            texts.collect::<Vec<_>>().join(by)
        };
        let patch = case.name("/esr/platform/patch");
        let mut platform = joined(&["/esr/platform/product", "/esr/platform/release"], " ");
        if !patch.is_empty() {
            platform = if platform.is_empty() { patch } else { format!("{platform} ({patch})") };
        }
        let mut product = joined(&["/esr/third_party/solution", "/esr/third_party/release"], " ");
        let company = case.name("/esr/third_party/company");
        if self.side != Side::Participant && !company.is_empty() && !product.contains(&company) {
            product = if product.is_empty() { company } else { format!("{product}, {company}") };
        }
        let mut rows = vec![
            ("label-customer", joined(&["/esr/customer/name", "/esr/customer/site", "/esr/customer/country"], ", ")),
            ("label-product", product),
            ("label-platform", platform),
        ];
        if !self.filed() {
            let since = case.time("/esr/occurred_at").map(|at| self.words.time(at)).unwrap_or_default();
            rows.extend([("label-feature", case.name("/esr/feature")), ("label-since", since)]);
        }
        self.rows(rows)
    }

    fn rows(&self, rows: impl IntoIterator<Item = (&'static str, String)>) -> Vec<Row> {
        let known = rows.into_iter().filter(|(_, value)| !value.is_empty());
        known.map(|(label, value)| Row { label: self.words.word(label), value, href: None }).collect()
    }

    /// What the participant found: for everybody but the participant itself.
    fn findings(&self) -> Option<Findings> {
        let conclusion = Conclusion::parse(&self.case.name("/esr/participant_case/conclusion"))?;
        let text = self.case.lines("/esr/participant_case/findings", QUOTED.0, QUOTED.1);
        (self.side != Side::Participant && self.side != Side::Finance).then(|| Findings {
            title: self.say("label-analysis"),
            conclusion: self.words.word(&format!("analysis-{conclusion}")),
            lines: text.lines().map(str::to_owned).collect(),
            text,
        })
    }

    /// What this side does now; else whom the case waits for.
    fn ask(&self) -> (String, Vec<String>) {
        let mine = self.case.steps().filter(|(who, _)| is_mine(who, self.side, self.filed()));
        let mut ask: Vec<String> =
            mine.map(|(who, what)| sentences::step(self.words, &self.case, who, &what, self.whole)).collect();
        if self.notice == Notice::Closed {
            let id = match (self.filed(), self.whole) {
                (true, true) => "page-ask-reopen",
                (true, false) => "ask-reopen",
                (false, _) => "waits-closed",
            };
            ask = vec![self.say(id)];
            return (self.say("title-ask-none"), ask);
        }
        if ask.is_empty() && self.notice == Notice::YourTurn {
            ask.push(self.say("ask-look"));
        }
        if !ask.is_empty() {
            return (self.say("title-ask"), ask);
        }
        (self.say("title-ask-none"), self.find(&format!("waits-{}", self.case.status())).into_iter().collect())
    }

    /// What is missing, and what was near: for those who settle it.
    fn ask_details(&self) -> Vec<Row> {
        if !self.filed() && self.side != Side::Agent {
            return Vec::new();
        }
        let word = |path: &str| {
            self.words.find(&format!("missing-{}", path.replace('.', "-")), &[]).unwrap_or(path.to_owned())
        };
        let missing: Vec<String> = self.case.missing().map(word).collect();
        self.rows([("label-missing", missing.join(", ")), ("label-candidates", self.case.candidates().join(", "))])
    }

    fn proofs(&self) -> Vec<Row> {
        let clauses = self.case.clauses();
        let label = if clauses.len() == 1 { "label-clause" } else { "label-clauses" };
        let report = self.case.name("/decision/evidence/report");
        // The sentences above name it in most letters.
        let report = if report.is_empty() || self.case.because().contains(&report) {
            String::new()
        } else {
            self.report(report)
        };
        self.rows([(label, clauses.join(" · ")), ("label-report", report)])
    }

    fn report(&self, report: String) -> String {
        let day = |pointer: &str| self.case.date(pointer).map(|day| self.words.date(day)).unwrap_or_default();
        let expires_on = day("/decision/evidence/expires_on");
        let id = if expires_on.is_empty() { "report-line-undated" } else { "report-line" };
        let args = [
            ("report", report.into()),
            ("edition", self.case.name("/decision/evidence/edition").into()),
            ("published_on", day("/decision/evidence/published_on").into()),
            ("expires_on", expires_on.into()),
        ];
        self.words.say(id, &args)
    }

    fn numbers(&self) -> Vec<Row> {
        let mut known = self.case.numbers();
        if !known.iter().any(|(side, ..)| *side == Some(Side::BusinessPartner)) {
            known.insert(0, (Some(Side::BusinessPartner), self.filer.clone(), self.case.reference()));
        }
        if reaches_participant(self.case.route()) && !known.iter().any(|(side, ..)| *side == Some(Side::Participant)) {
            known.push((Some(Side::Participant), self.company.clone(), self.words.word("label-none")));
        }
        let row = |(side, name, number): (Option<Side>, String, String)| {
            let side = side.unwrap_or(Side::Filer);
            // A participant is known here by its company; its system may go by another name.
            let name = if side == Side::Participant { self.company.clone() } else { name };
            let label = self.words.say(&format!("side-{side}"), &[("name", name.into())]);
            Row { label, value: number, href: None }
        };
        known.into_iter().filter(|(.., number)| !number.is_empty()).map(row).collect()
    }

    /// Where the route says to turn, unless that is the reader itself.
    fn contact(&self) -> Option<Contact> {
        let (route, stage) = (self.case.route(), self.case.stage());
        let itself = match self.side {
            Side::Participant => reaches_participant(route) && !reaches_ale(route, stage),
            Side::Ale => reaches_ale(route, stage),
            Side::Agent => route == "agent_review",
            Side::Finance => route == "on_demand_diagnostic",
            Side::BusinessPartner | Side::Filer => false,
        };
        let at = |key: &str, most: usize| self.case.text(&format!("/decision/contact/{key}"), most);
        let name = at("name", 120);
        if itself || name.is_empty() {
            return None;
        }
        let desk = sentences::desk(self.words, &self.case);
        let or = |own: Option<String>, said: String| own.unwrap_or(said);
        let row = |label: &str, value: String, href: Option<String>| {
            (!value.is_empty()).then(|| Row { label: self.words.word(label), value, href })
        };
        let (email, phone, url) = (at("email", 200), at("phone", 60), at("url", 300));
        let rows = [
            row("label-email", email.clone(), mailto(&email)),
            row("label-phone", phone.clone(), tel(&phone)),
            row("label-portal", url.clone(), web(&url)),
            row("label-hours", or(desk.hours, at("hours", 120)), None),
        ];
        let (name, process) = (or(desk.name, name), or(desk.process, at("process", 600)));
        Some(Contact {
            title: self.words.word("title-contact"),
            name,
            rows: rows.into_iter().flatten().collect(),
            process,
        })
    }

    fn answer(&self) -> Answer {
        let words = self.words;
        let title = words.word("title-answer");
        if !self.may_answer() {
            let none = String::new;
            return Answer {
                title,
                intro: words.word("answer-plain"),
                example: Vec::new(),
                then: none(),
                meanings_intro: none(),
                meanings: Vec::new(),
            };
        }
        let own = self.case.name("/esr/participant_case/number");
        let said = self.case.name("/esr/participant_case/conclusion");
        let said = Conclusion::parse(&said).unwrap_or(Conclusion::Inconclusive);
        // What is sent back as it stands says nothing that is not so, and names nobody's case.
        let number = if own.is_empty() { "EXAMPLE-1".to_owned() } else { own };
        let colon = words.word("colon");
        let (case, conclusion) = words.reply_lines();
        let example = [format!("{case}{colon} {number}"), format!("{conclusion}{colon} {}", words.conclusion(said))];
        let meaning = |conclusion: &Conclusion| Row {
            label: words.conclusion(*conclusion),
            value: words.word(&format!("conclusion-{conclusion}-means")),
            href: None,
        };
        Answer {
            title,
            intro: words.word("answer-participant"),
            example: example.to_vec(),
            then: words.word("answer-participant-then"),
            meanings_intro: words.word("answer-participant-meanings"),
            meanings: Conclusion::ALL.iter().map(meaning).collect(),
        }
    }

    fn footer(&self) -> Vec<String> {
        let side = if self.filed() { Side::BusinessPartner } else { self.side };
        let you = self.say(&format!("footer-you-{side}"));
        let id = format!("{}{} {}", self.words.word("footer-id"), self.words.word("colon"), self.case.id());
        vec![self.words.say("footer-why", &[("you", you.into())]), self.words.word("footer-automatic"), id]
    }
}

/// The same for every letter of a case: mail programs keep a thread together by it too.
fn subject(reference: &str, summary: &str, headline: &str) -> String {
    let about = if summary.is_empty() { headline } else { summary };
    if reference.is_empty() { about.to_owned() } else { format!("[{reference}] {about}") }
}

fn mailto(email: &str) -> Option<String> {
    email.parse::<lettre::Address>().ok().map(|address| format!("mailto:{address}"))
}

fn tel(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    (digits.len() >= 4).then(|| format!("tel:{digits}"))
}

/// A portal is linked to only over the web; other schemes act.
fn web(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}
