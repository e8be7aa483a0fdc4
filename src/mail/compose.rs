//! Letters as they are sent: text and HTML, one thread per case and side, answerable, never answered by a machine. Pure.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::address::Envelope;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Body, Mailbox, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, Message};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::address::Correspondent;
use super::content::{Button, Content, Reader};
use super::disabled::Disabled;
use super::letter::Letter;
use super::link::Link;
use super::settings::{MailSettings, ascii_address};
use super::{MailKey, clean};
use crate::notify::Notice;
use crate::triage::outcome::Side;

/// Why a letter cannot be written; trying again gives the same.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLetter {
    /// The address is none.
    #[error("{0:?} is no mail address")]
    Address(String),
    /// The case's id is none of ours.
    #[error("{0:?} is no case")]
    Case(String),
    /// It could not be laid out; a mistake of ours.
    #[error("the letter could not be laid out: {0}")]
    Layout(String),
}

/// The sentences of a message for people who read them elsewhere: a ticket, a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// One line.
    pub title: String,
    /// What happened, why, what is asked: a line each.
    pub lines: Vec<String>,
    /// All of it as one text of several lines.
    pub body: String,
}

/// The templates. Texts of others are escaped in HTML, and stand as they are in plain text.
static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        pages.set_syntax(syntax);
    }
    pages.set_auto_escape_callback(|name| if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None });
    for (name, source) in
        [("letter.html", include_str!("templates/letter.html")), ("letter.txt", include_str!("templates/letter.txt"))]
    {
        // Every template is rendered by a test; one that cannot be read is missing there.
        drop(pages.add_template(name, source));
    }
    pages
});

/// The letter, signed where the operator has a key. The same message for the same reader is the same letter, Message-ID included.
///
/// # Errors
/// [`BadLetter`]: the address or the case is none.
pub fn compose(letter: &Letter<'_>, settings: &MailSettings) -> Result<Message, BadLetter> {
    let reader = Reader::new(letter);
    let mut content = reader.content(letter);
    let correspondent = Correspondent::new(reader.case.id(), letter.side, letter.party)
        .ok_or_else(|| BadLetter::Case(clean::line(reader.case.id(), 60)))?;
    let (link, until) = link(letter, &correspondent, settings);
    let label = if reader.may_answer() { "button-answer" } else { "button" };
    content.button = Some(Button { label: reader.words.word(label), url: link });
    let until = reader.words.day(until);
    content.footer.insert(2, reader.words.say("footer-link", &[("day", until.into())]));

    let thread = format!("<{}.{}@{}>", correspondent.esr_id, letter.side, settings.domain);
    let replies = address(&correspondent.reply_address(&settings.key, &settings.domain))?;
    let cover = Cover {
        to: mailbox(letter)?,
        bounces: address(&correspondent.bounce_address(&settings.key, &settings.domain))?,
        replies: Some(Mailbox::new(settings.from.name.clone(), replies)),
        message_id: message_id(letter, settings),
        thread: Some(thread),
        at: letter.at,
        marks: marks(letter, &correspondent),
    };
    sealed(&content, cover, settings)
}

/// The letter to the owner of an endpoint that was switched off.
///
/// # Errors
/// [`BadLetter::Address`] when the owner's address is none.
pub fn compose_disabled(letter: &Disabled<'_>, settings: &MailSettings) -> Result<Message, BadLetter> {
    let id: String = letter.id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(80).collect();
    let cover = Cover {
        to: Mailbox::new(None, address(letter.address)?),
        bounces: settings.from.email.clone(),
        replies: None,
        message_id: format!("<{id}.{}@{}>", letter.at.as_second(), settings.domain),
        thread: None,
        at: letter.at,
        marks: Vec::new(),
    };
    sealed(&letter.content(), cover, settings)
}

/// What stands around a letter.
struct Cover {
    to: Mailbox,
    bounces: Address,
    replies: Option<Mailbox>,
    message_id: String,
    /// The id that all letters of a thread refer to.
    thread: Option<String>,
    at: Timestamp,
    marks: Vec<(&'static str, String)>,
}

fn sealed(content: &Content, cover: Cover, settings: &MailSettings) -> Result<Message, BadLetter> {
    let layout = |error: lettre::error::Error| BadLetter::Layout(error.to_string());
    let envelope = Envelope::new(Some(cover.bounces), vec![cover.to.email.clone()]).map_err(layout)?;
    let (kind, parts) = body(content, &cover.message_id)?;
    let seconds = u64::try_from(cover.at.as_second()).unwrap_or(0);
    let mut message = Message::builder()
        .envelope(envelope)
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
        .from(settings.from.clone())
        .to(cover.to)
        .subject(content.subject.clone())
        .message_id(Some(cover.message_id));
    if let Some(replies) = cover.replies {
        message = message.reply_to(replies);
    }
    if let Some(thread) = cover.thread {
        message = message.in_reply_to(thread.clone()).references(thread);
    }
    let mut message = message.header(MIME_VERSION_1_0).header(kind).body(parts).map_err(layout)?;
    let machine = [
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "All".to_owned()),
        ("Content-Language", content.lang.clone()),
        ("List-Id", format!("eSR <esr.{}>", settings.domain)),
    ];
    for (name, value) in machine.into_iter().chain(cover.marks) {
        message.headers_mut().insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
    }
    if let Some(dkim) = &settings.dkim {
        dkim.sign(&mut message);
    }
    Ok(message)
}

/// The same sentences for connectors' templates; no link, no way to answer.
#[must_use]
pub fn compose_text(letter: &Letter<'_>) -> Text {
    let reader = Reader::new(letter);
    let content = reader.content(letter);
    let mut lines = content.happened.clone();
    lines.extend([content.due.clone()].into_iter().flatten());
    lines.extend(content.ask.iter().cloned());
    lines.extend(content.why.iter().cloned());
    let row = |row: &super::content::Row| format!("{}{} {}", row.label, content.colon, row.value);
    lines.extend(content.ask_details.iter().chain(&content.proofs).chain(&content.numbers).map(row));
    let title = format!("[{}] {}", reader.case.reference(), content.headline);
    let bare = Content { button: None, answer: None, footer: Vec::new(), ..content };
    let body = laid_out("letter.txt", &bare).unwrap_or_else(|_| lines.join("\n"));
    let body = body.trim_end().trim_end_matches("--").trim_end().to_owned();
    Text { title, lines, body }
}

/// What the page says that a link of this reader's leads to, and whether the reader's answer moves the case on.
#[must_use]
pub(crate) fn page(letter: &Letter<'_>) -> (Content, bool) {
    let mut reader = Reader::new(letter);
    reader.whole = true;
    (reader.content(letter), reader.may_answer())
}

/// The signed link that leads this reader to the case, and until when; none for an id that is none of ours.
#[must_use]
pub fn link_for(letter: &Letter<'_>, key: &MailKey, public_url: &str, life: jiff::SignedDuration) -> Option<String> {
    let case = super::case::Case::new(letter.data);
    let correspondent = Correspondent::new(case.id(), letter.side, letter.party)?;
    Some(signed(letter, &correspondent, key, public_url, life).0)
}

fn link(letter: &Letter<'_>, correspondent: &Correspondent, settings: &MailSettings) -> (String, Timestamp) {
    signed(letter, correspondent, &settings.key, &settings.public_url, settings.link_life)
}

fn signed(
    letter: &Letter<'_>,
    correspondent: &Correspondent,
    key: &MailKey,
    public_url: &str,
    life: jiff::SignedDuration,
) -> (String, Timestamp) {
    let until = letter.linked_at.checked_add(life).unwrap_or(Timestamp::MAX);
    let link = Link { correspondent: correspondent.clone(), counter: letter.counter, until };
    (format!("{public_url}/c/{}?lang={}", link.token(key), letter.language), until)
}

/// Both parts as one body, and its content type: a header of the letter itself, so that it is signed.
fn body(content: &Content, message_id: &str) -> Result<(ContentType, Body), BadLetter> {
    let lay_out = |name| laid_out(name, content).map_err(|error| BadLetter::Layout(error.to_string()));
    let (text, html) = (lay_out("letter.txt")?, lay_out("letter.html")?);
    let part = |kind: ContentType, text: String| {
        // Quoted-printable never holds "=_", so that no text can end its part.
        SinglePart::builder().header(kind).header(ContentTransferEncoding::QuotedPrintable).body(text)
    };
    let both = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(format!("=_{}", short_hash(message_id)))
        .singlepart(part(ContentType::TEXT_PLAIN, text))
        .singlepart(part(ContentType::TEXT_HTML, html));
    let broken = || BadLetter::Layout("no content type".to_owned());
    let kind = both.headers().get::<ContentType>().ok_or_else(broken)?;
    let bytes = both.formatted();
    let begin = bytes.windows(4).position(|end| end == b"\r\n\r\n").ok_or_else(broken)?;
    let body = Body::dangerous_pre_encoded(bytes[begin + 4..].to_vec(), ContentTransferEncoding::SevenBit);
    Ok((kind, body))
}

fn laid_out(name: &str, content: &Content) -> Result<String, minijinja::Error> {
    let text = PAGES.get_template(name)?.render(Serde(content))?;
    // Where an optional part is left out, empty lines meet.
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    Ok(lines.join("\r\n") + "\r\n")
}

fn message_id(letter: &Letter<'_>, settings: &MailSettings) -> String {
    let id: String = letter.message_id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(120).collect();
    // A letter on an endpoint may come of the same message, to the same reader.
    let endpoint = super::case::Case::new(letter.data).name("/endpoint/name");
    let reader =
        short_hash(&[letter.side.as_str(), letter.party, letter.address, letter.notice.as_str(), &endpoint].join("\n"));
    // Sent anew it has another link: mail programs would drop it as one that they have.
    let anew = letter.linked_at.as_second() - letter.at.as_second();
    let anew = if anew > 60 { format!(".{anew}") } else { String::new() };
    format!("<{id}.{reader}{anew}@{}>", settings.domain)
}

/// What mail programs and people sort by.
fn marks(letter: &Letter<'_>, correspondent: &Correspondent) -> Vec<(&'static str, String)> {
    let mut marks =
        vec![("X-Pointsman-Case", correspondent.esr_id.clone()), ("X-Pointsman-Notice", letter.notice.to_string())];
    let urgent = matches!(letter.notice, Notice::YourTurn | Notice::Escalated)
        && super::case::Case::new(letter.data).name("/esr/severity") == "1";
    if urgent {
        marks.push(("X-Priority", "1".to_owned()));
    }
    marks
}

fn mailbox(letter: &Letter<'_>) -> Result<Mailbox, BadLetter> {
    let name = match letter.side {
        Side::Participant => super::case::Case::new(letter.data).company(),
        _ => String::new(),
    };
    Ok(Mailbox::new(Some(name).filter(|name| !name.is_empty()), address(letter.address)?))
}

fn address(text: &str) -> Result<Address, BadLetter> {
    ascii_address(text).ok_or_else(|| BadLetter::Address(clean::line(text, 100)))
}

fn short_hash(text: &str) -> String {
    super::base32::encode(&Sha256::digest(text.as_bytes())[..10])
}
