//! A mail as its reader sees it, and the answer that the reader may send.

use lettre::message::header::{ContentType, InReplyTo, References};
use lettre::message::{Mailbox, SinglePart};
use mail_parser::{Address, HeaderValue, Message, MessageParser, MimeHeaders as _};

use super::smtp::Caught;

/// What is shown of a part of a mail that is not its text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Attached {
    /// Its name, where it has one.
    pub name: String,
    /// Its type.
    pub kind: String,
    /// Its size in bytes.
    pub bytes: usize,
}

/// A mail, read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Letter {
    /// `Subject`.
    pub subject: String,
    /// `From`, for people.
    pub from: String,
    /// `To`, for people.
    pub to: String,
    /// The address that answers go to, where there is one.
    pub reply_to: Option<String>,
    /// `Message-ID` without its brackets.
    pub message_id: Option<String>,
    /// `References` without the brackets.
    pub references: Vec<String>,
    /// The language that it says it is in: `Content-Language`, or its HTML's own.
    pub language: Option<String>,
    /// The text alternative.
    pub text: String,
    /// The HTML alternative.
    pub html: Option<String>,
    /// Everything else.
    pub attached: Vec<Attached>,
}

impl Letter {
    /// Reads a mail; what is not there is empty.
    #[must_use]
    pub fn read(caught: &Caught) -> Self {
        let Some(message) = MessageParser::default().parse(&caught.source) else { return Self::default() };
        // The parser makes HTML of text and text of HTML; only what the mail itself has counts here.
        let has_html = message.html_bodies().any(mail_parser::MessagePart::is_text_html);
        Self {
            subject: message.subject().unwrap_or_default().to_owned(),
            from: people(message.from()),
            to: people(message.to()),
            reply_to: message.reply_to().and_then(first_address),
            message_id: message.message_id().map(str::to_owned),
            references: ids(message.references()),
            language: language(&message),
            text: message.body_text(0).unwrap_or_default().into_owned(),
            html: has_html.then(|| message.body_html(0)).flatten().map(std::borrow::Cow::into_owned),
            attached: message.attachments().map(attached).collect(),
        }
    }

    /// The mail that its reader sends back: what was written, over the letter quoted. `None` when it takes no answers.
    #[must_use]
    pub fn answered(&self, caught: &Caught, reader: &str, said: &str, message_id: &str) -> Option<Vec<u8>> {
        let from: Mailbox = caught.to.first()?.parse().ok()?;
        let to: Mailbox = self.reply_to.as_deref()?.parse().ok()?;
        let quoted: String = self.text.lines().map(|line| format!("> {line}\r\n")).collect();
        let text =
            format!("{}\r\n\r\nOn {}, {} wrote:\r\n{quoted}", said.trim_end(), caught.at.strftime("%F %R"), self.from);
        let earlier = self.references.iter().chain(&self.message_id).map(|id| format!("<{id}>"));
        let message = lettre::Message::builder()
            .from(Mailbox::new(Some(reader.to_owned()), from.email))
            .to(to)
            .subject(format!("Re: {}", self.subject))
            .message_id(Some(message_id.to_owned()))
            .header(InReplyTo::from(self.message_id.as_ref().map(|id| format!("<{id}>")).unwrap_or_default()))
            .header(References::from(earlier.collect::<Vec<_>>().join(" ")))
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text));
        message.ok().map(|message| message.formatted())
    }
}

fn people(addresses: Option<&Address<'_>>) -> String {
    let one = |address: &mail_parser::Addr<'_>| match (address.name(), address.address()) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (None, Some(address)) => address.to_owned(),
        (name, None) => name.unwrap_or_default().to_owned(),
    };
    addresses.map(|all| all.iter().map(one).collect::<Vec<_>>().join(", ")).unwrap_or_default()
}

fn first_address(addresses: &Address<'_>) -> Option<String> {
    addresses.first()?.address().map(str::to_owned)
}

fn ids(value: &HeaderValue<'_>) -> Vec<String> {
    value.as_text_list().map(|ids| ids.iter().map(|id| id.clone().into_owned()).collect()).unwrap_or_default()
}

fn language(message: &Message<'_>) -> Option<String> {
    let said = message.header_raw("Content-Language").map(|value| value.trim().to_owned());
    said.filter(|value| !value.is_empty()).or_else(|| {
        let html = message.body_html(0)?;
        let (_, rest) = html.split_once("<html")?.1.split_once('>')?.0.split_once("lang=\"")?;
        rest.split('"').next().map(str::to_owned)
    })
}

fn attached(part: &mail_parser::MessagePart<'_>) -> Attached {
    let kind = part.content_type().map(|kind| match kind.subtype() {
        Some(subtype) => format!("{}/{subtype}", kind.ctype()),
        None => kind.ctype().to_owned(),
    });
    Attached {
        name: part.attachment_name().unwrap_or_default().to_owned(),
        kind: kind.unwrap_or_default(),
        bytes: part.len(),
    }
}
