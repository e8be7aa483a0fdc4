//! A mail that came in, read: who wrote, to which of our addresses, what it says itself, and what it carries. Pure.

pub mod authentication;
mod automatic;
pub mod bounce;
mod html;
mod numbers;
mod phrases;
pub mod quote;
mod shape;
pub mod understood;

use mail_parser::{Address, Message, MessageParser, MimeHeaders as _, PartType};

use self::bounce::Bounce;
use self::quote::Cut;
pub use self::shape::Unreadable;

/// The most text that is looked at, in bytes.
const TEXT: usize = 1 << 20;
/// The most addresses, and the most ids of other mails, that are looked at.
const MANY: usize = 200;
/// Pictures in a text that are smaller than this, in bytes, belong to a signature.
const LOGO: usize = 24 << 10;

/// A mail that came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Its Message-ID, without the angle brackets.
    pub message_id: Option<String>,
    /// Who wrote it, as it says: the one address in its one `From`. `None` where there is none, or several.
    pub from: Option<From>,
    /// Every address that it went to: To, Cc, and what mail servers noted.
    pub recipients: Vec<String>,
    /// The Message-IDs that it answers, without their angle brackets, the nearest first.
    pub answers: Vec<String>,
    /// Its subject; "" when it has none.
    pub subject: String,
    /// Its whole text.
    pub text: String,
    /// What it says itself.
    pub cut: Cut,
    /// What is attached, in order.
    pub files: Vec<File>,
    /// Why no person wrote it, as the end of a sentence.
    pub automatic: Option<String>,
    /// The report on a letter of ours that it is.
    pub bounce: Option<Bounce>,
    /// Its headers, from the top, each with its value as it stands.
    headers: Vec<(String, String)>,
}

/// Who wrote a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct From {
    /// The address, in lower case.
    pub address: String,
    /// The name beside it.
    pub name: Option<String>,
}

impl From {
    /// The address's domain.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// An attached file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, sound as a name of a file.
    pub name: String,
    /// Its media type, as sent.
    pub media_type: String,
    /// Its bytes, decoded.
    pub bytes: Vec<u8>,
}

impl Reply {
    /// Cuts what it quotes once more, knowing the headlines of our letters on its case.
    pub fn cut_below(&mut self, own: &[String]) {
        self.cut = quote::cut(&self.text, own);
    }

    /// Whether the operator's mail server of that id found that the sender is who it says.
    #[must_use]
    pub fn is_authenticated(&self, authserv_id: &str) -> bool {
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.from.as_ref().is_some_and(|from| authentication::passes(headers, authserv_id, from.domain()))
    }
}

/// What is seen of a mail at a glance, however it is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// What tells it from all others.
    pub key: String,
    /// Its `From`, as it says.
    pub from: String,
    /// Its subject.
    pub subject: String,
}

/// How much of a mail is looked at at a glance, in bytes.
const GLANCE: usize = 64 << 10;

/// Looks at a mail's first headers.
#[must_use]
pub fn glance(raw: &[u8]) -> Glance {
    let head = &raw[..raw.len().min(GLANCE)];
    let end = head.windows(2).position(|two| two == b"\n\n").map(|at| at + 2);
    let end = end.into_iter().chain(head.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)).min();
    let (head, body) = raw.split_at(end.unwrap_or(head.len()));
    let mail = MessageParser::default().parse_headers(head);
    let header = |name: &str| mail.as_ref().and_then(|mail| mail.header_raw(name)).map(plain).unwrap_or_default();
    let said = |text: Option<&str>| text.map(plain).unwrap_or_default();
    let message_id = said(mail.as_ref().and_then(Message::message_id));
    let writer = mail.as_ref().and_then(from);
    let (from, date, subject) = (header("From"), header("Date"), header("Subject"));
    Glance {
        key: super::inbound::key_of(&message_id, &[from.as_bytes(), date.as_bytes(), subject.as_bytes(), body]),
        from: writer.map_or(from, |writer| writer.address).chars().take(300).collect(),
        subject: said(mail.as_ref().and_then(Message::subject)),
    }
}

/// Reads a mail.
///
/// # Errors
/// When it is none, or is built so that reading it would take too much.
pub fn read(raw: &[u8]) -> Result<Reply, Unreadable> {
    shape::check(raw)?;
    let mail =
        MessageParser::default().parse(raw).filter(|mail| !mail.headers().is_empty()).ok_or(Unreadable::NoMail)?;
    let bounce = bounce::read(&mail);
    let text = text_of(&mail);
    Ok(Reply {
        message_id: mail.message_id().map(plain),
        from: from(&mail),
        recipients: recipients(&mail),
        answers: answers(&mail),
        subject: plain(mail.subject().unwrap_or_default()),
        cut: quote::cut(&text, &[]),
        text,
        files: if bounce.is_some() { Vec::new() } else { files(&mail) },
        automatic: automatic::why(&mail),
        bounce,
        headers: mail.headers_raw().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    })
}

/// One line without control characters.
fn plain(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(1_000).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The writer. Two `From` headers, or two addresses in one, are how somebody is made to look like somebody else.
fn from(mail: &Message<'_>) -> Option<From> {
    if mail.headers_raw().filter(|(name, _)| name.eq_ignore_ascii_case("From")).count() != 1 {
        return None;
    }
    let mut all = addresses(mail.from()?);
    let (address, name) = all.next()?;
    let only = all.next().is_none() && address.contains('@') && !address.contains(char::is_whitespace);
    let name = name.map(|name| plain(&name).chars().take(200).collect::<String>()).filter(|name| !name.is_empty());
    only.then(|| From { address: address.to_lowercase(), name })
}

fn addresses<'a>(field: &'a Address<'_>) -> impl Iterator<Item = (String, Option<String>)> + 'a {
    field.iter().filter_map(|one| Some((one.address()?.trim().to_owned(), one.name().map(str::to_owned))))
}

fn recipients(mail: &Message<'_>) -> Vec<String> {
    const NOTED: &[&str] = &["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To"];
    let mut all: Vec<String> = Vec::new();
    for (name, value) in mail.headers_raw() {
        if NOTED.iter().any(|noted| name.eq_ignore_ascii_case(noted)) {
            let listed = value.split(',').map(|address| address.trim().trim_matches(['<', '>']).to_owned());
            all.extend(listed.take(MANY));
        }
    }
    let addressed = mail.all_to().chain(mail.all_cc());
    all.extend(addressed.flat_map(|field| addresses(field).map(|(address, _)| address)).take(MANY));
    all.retain(|address| address.contains('@') && !address.contains(char::is_control));
    all.truncate(MANY);
    all
}

/// What it answers: In-Reply-To, then the references from the last to the first.
fn answers(mail: &Message<'_>) -> Vec<String> {
    let ids = |value: &mail_parser::HeaderValue<'_>| match value {
        mail_parser::HeaderValue::Text(id) => vec![plain(id)],
        mail_parser::HeaderValue::TextList(ids) => ids.iter().map(|id| plain(id)).collect(),
        _ => Vec::new(),
    };
    let mut all = ids(mail.in_reply_to());
    all.extend(ids(mail.references()).into_iter().rev());
    all.truncate(MANY);
    all
}

/// The text: of its text part, else of its HTML.
fn text_of(mail: &Message<'_>) -> String {
    let mut text = String::new();
    let written = |part: &mail_parser::MessagePart<'_>| match &part.body {
        PartType::Text(text) => text.to_string(),
        PartType::Html(html) => html::text(html),
        _ => String::new(),
    };
    let plain = mail.text_bodies().map(written).collect::<Vec<_>>().join("\n");
    text.push_str(&plain);
    if text.trim().is_empty() {
        text = mail.html_bodies().map(written).collect::<Vec<_>>().join("\n");
    }
    let mut end = text.len().min(TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.retain(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    text.replace(['\u{a0}', '\u{202f}'], " ")
}

/// What is attached: files, and pictures that the text shows.
fn files(mail: &Message<'_>) -> Vec<File> {
    let mut files = Vec::new();
    for (number, part) in mail.attachments().enumerate() {
        let bytes = match &part.body {
            // A mail within: as it stands, its own headers and all.
            PartType::Message(_) => {
                let place = part.offset_body as usize..part.offset_end as usize;
                mail.raw_message.get(place).unwrap_or_default().to_vec()
            }
            PartType::Multipart(_) => continue,
            _ => part.contents().to_vec(),
        };
        if bytes.is_empty() || is_logo(part, bytes.len()) {
            continue;
        }
        let kind = part.content_type().map(|kind| match kind.subtype() {
            Some(subtype) => format!("{}/{subtype}", kind.ctype()),
            None => kind.ctype().to_owned(),
        });
        let media_type = kind
            .map(|kind| plain(&kind).to_lowercase())
            .filter(|kind| kind.is_ascii() && kind.contains('/') && kind.len() <= 120);
        let media_type = media_type.unwrap_or_else(|| "application/octet-stream".to_owned());
        // A mail that offers the same text twice, or signs itself, attaches nothing.
        if matches!(
            media_type.as_str(),
            "application/pkcs7-signature" | "application/x-pkcs7-signature" | "application/pgp-signature"
        ) {
            continue;
        }
        let given = part.attachment_name().map(plain);
        let name = given.as_deref().and_then(crate::attachments::sound_name).map(str::to_owned);
        let name = name.unwrap_or_else(|| match media_type.as_str() {
            "message/rfc822" => format!("attachment-{}.eml", number + 1),
            _ => format!("attachment-{}", number + 1),
        });
        files.push(File { name, media_type, bytes });
    }
    files
}

/// A small picture that the text shows: a signature's. A picture of a screen is larger, and kept.
fn is_logo(part: &mail_parser::MessagePart<'_>, size: usize) -> bool {
    let picture = part.content_type().is_some_and(|kind| kind.ctype().eq_ignore_ascii_case("image"));
    let attached = part.content_disposition().is_some_and(mail_parser::ContentType::is_attachment);
    picture && !attached && part.content_id().is_some() && size < LOGO
}

#[cfg(test)]
mod tests;
