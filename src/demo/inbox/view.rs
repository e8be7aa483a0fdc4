//! What the templates are given: mails and calls as they are shown.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::Inbox;
use crate::demo::book::title_of;
use crate::demo::letter::{Attached, Letter};
use crate::demo::sink::{Call, Check, Mood};
use crate::demo::smtp::Caught;
use crate::triage::outcome::Side;

/// Whoever stands in nobody's book.
const UNKNOWN: &str = "other";
/// How much of a text stands in a line of the list.
const EXCERPT: usize = 140;

#[derive(Serialize)]
pub(super) struct MailView {
    number: u64,
    time: String,
    side: &'static str,
    side_title: &'static str,
    who: String,
    subject: String,
    excerpt: String,
    from: String,
    to: String,
    reply_to: Option<String>,
    language: Option<String>,
    text: String,
    has_html: bool,
    attached: Vec<Attached>,
    /// What the answer's field begins with; none where no answer can be sent.
    proposal: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct CallView {
    number: u64,
    time: String,
    side: &'static str,
    side_title: &'static str,
    who: String,
    what: String,
    case: Option<String>,
    request: String,
    headers: Vec<(String, String)>,
    body: String,
    check: String,
    believed: bool,
    status: Option<u16>,
    taken: bool,
    repeat_of: Option<u64>,
    place: Option<String>,
}

#[derive(Serialize)]
pub(super) struct SystemView {
    name: String,
    title: String,
    side: &'static str,
    well: bool,
    mood: &'static str,
    seconds: i64,
    moods: Vec<(&'static str, &'static str, &'static str)>,
}

#[derive(Serialize)]
pub(super) struct SideView {
    word: &'static str,
    title: &'static str,
    chosen: bool,
    mails: usize,
    calls: usize,
}

/// The newest mails, of one side or of all.
pub(super) fn mails(inbox: &Inbox, side: Option<Side>, most: usize) -> Vec<MailView> {
    let all = inbox.mails.after(0);
    let wanted = all.iter().rev().filter(|caught| side.is_none() || side_of(inbox, caught) == side);
    wanted.take(most).map(|caught| mail(inbox, caught)).collect()
}

/// The newest calls, of one side or of all.
pub(super) fn calls(inbox: &Inbox, side: Option<Side>, most: usize) -> Vec<CallView> {
    let all = inbox.sink.calls().after(0);
    let wanted = all.iter().rev().filter(|call| side.is_none_or(|side| call.side == side));
    wanted.take(most).map(|entry| call(entry)).collect()
}

/// Every side, with how much came for it.
pub(super) fn sides(inbox: &Inbox, chosen: Option<Side>) -> Vec<SideView> {
    let (mails, calls) = (inbox.mails.after(0), inbox.sink.calls().after(0));
    let sides = Side::ALL.iter().filter(|side| **side != Side::Filer);
    let view = |side: &Side| SideView {
        word: side.as_str(),
        title: title_of(*side),
        chosen: chosen == Some(*side),
        mails: mails.iter().filter(|caught| side_of(inbox, caught) == Some(*side)).count(),
        calls: calls.iter().filter(|call| call.side == *side).count(),
    };
    sides.map(view).collect()
}

/// The systems and their moods.
pub(super) fn systems(inbox: &Inbox) -> Vec<SystemView> {
    let view = |receiver: &crate::demo::sink::Receiver| {
        let (mood, left) = inbox.sink.mood(&receiver.name);
        SystemView {
            name: receiver.name.clone(),
            title: receiver.title.clone(),
            side: receiver.side.as_str(),
            well: mood == Mood::Well,
            mood: mood.title(),
            seconds: left.as_secs(),
            moods: Mood::ALL.iter().map(|mood| (mood.as_str(), mood.title(), mood.consequence())).collect(),
        }
    };
    inbox.sink.receivers().iter().map(view).collect()
}

/// One mail.
pub(super) fn mail(inbox: &Inbox, caught: &Arc<Caught>) -> MailView {
    let letter = Letter::read(caught);
    let address = caught.to.first().map_or("", String::as_str);
    let reader = inbox.book.reader(address);
    let side = reader.map(|reader| reader.side);
    let french = letter.language.as_deref().is_some_and(|language| language.starts_with("fr"));
    let answerable = inbox.inbound.is_some() && letter.reply_to.is_some();
    MailView {
        number: caught.number,
        time: time(caught.at),
        side: side.map_or(UNKNOWN, Side::as_str),
        side_title: side.map_or("Other", title_of),
        who: reader.map_or_else(|| address.to_owned(), |reader| reader.title.clone()),
        excerpt: excerpt(&letter.text),
        subject: letter.subject,
        from: letter.from,
        to: letter.to,
        reply_to: letter.reply_to,
        language: letter.language,
        text: letter.text,
        has_html: letter.html.is_some(),
        attached: letter.attached,
        proposal: answerable.then(|| proposal(side, french)),
    }
}

/// One call.
pub(super) fn call(call: &Call) -> CallView {
    CallView {
        number: call.number,
        time: time(call.at),
        side: call.side.as_str(),
        side_title: title_of(call.side),
        who: call.title.clone(),
        what: call.what(),
        case: call.case(),
        request: call.request.clone(),
        headers: call.headers.clone(),
        body: call.body_text(),
        check: call.check.sentence(),
        believed: !matches!(call.check, Check::Refused(_)),
        status: call.status,
        taken: call.status.is_some_and(|status| status < 300),
        repeat_of: call.repeat_of,
        place: call.place.clone(),
    }
}

fn side_of(inbox: &Inbox, caught: &Caught) -> Option<Side> {
    caught.to.first().and_then(|address| inbox.book.reader(address)).map(|reader| reader.side)
}

/// What a reader of that side might answer.
fn proposal(side: Option<Side>, french: bool) -> &'static str {
    match (side, french) {
        (Some(Side::Participant), false) => {
            "Case: HT-9912\nConclusion: fault on ALE's side\n\nThe PBX drops the wake-up order, as the trace shows."
        }
        (Some(Side::Participant), true) => {
            "Dossier : NH-4471\nConclusion : défaut côté ALE\n\nLe PBX perd l'ordre de réveil, la trace le montre."
        }
        (Some(Side::BusinessPartner), false) => "Case: HT-9912\n\nThe hotline has given us this number.",
        (Some(Side::BusinessPartner), true) => "Dossier : HT-9912\n\nLa hotline nous a donné ce numéro.",
        (_, false) => "Thank you, we look into it.",
        (_, true) => "Merci, nous regardons.",
    }
}

/// The time of day here: the page is read on this machine.
fn time(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string()
}

fn excerpt(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}
