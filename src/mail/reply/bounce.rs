//! Letters that came back: what a mail server says about one that it could not deliver (RFC 3464).

use mail_parser::{Message, MimeHeaders as _, PartType};

use crate::closed::closed;

closed! {
    /// What became of the letter at one address.
    Action {
        /// It was given up.
        Failed = "failed",
        /// It is still tried.
        Delayed = "delayed",
        /// It arrived.
        Delivered = "delivered",
        /// It went on to a server that tells nothing back.
        Relayed = "relayed",
        /// It arrived and went on to several.
        Expanded = "expanded",
    }
}

/// What is read of a report: the letter's longest texts, in characters.
const TEXT: usize = 500;
/// How many addresses of one report are read.
const RECIPIENTS: usize = 20;

/// A report on a letter of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// What became of it, for each address.
    pub recipients: Vec<Recipient>,
    /// The Message-ID of the letter, without its angle brackets, where the report encloses it.
    pub letter: Option<String>,
}

/// What became of a letter at one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The address.
    pub address: String,
    /// What became of it.
    pub action: Action,
    /// The enhanced status code: `5.1.1`.
    pub status: String,
    /// What the server said.
    pub diagnostic: Option<String>,
}

impl Bounce {
    /// The first address that was given up.
    #[must_use]
    pub fn failed(&self) -> Option<&Recipient> {
        self.recipients.iter().find(|recipient| recipient.action == Action::Failed)
    }
}

/// The report that the mail is; `None` when it is none.
pub(super) fn read(mail: &Message<'_>) -> Option<Bounce> {
    let status = mail.parts.iter().find(|part| part.is_content_type("message", "delivery-status"))?;
    let text = match &status.body {
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        PartType::Text(text) | PartType::Html(text) => text.to_string(),
        PartType::Message(_) | PartType::Multipart(_) => {
            String::from_utf8_lossy(status_bytes(mail, status)).into_owned()
        }
    };
    let recipients = groups(&text).filter_map(|group| recipient(&group)).take(RECIPIENTS).collect();
    Some(Bounce { recipients, letter: letter(mail) })
}

fn status_bytes<'m>(mail: &'m Message<'_>, part: &mail_parser::MessagePart<'_>) -> &'m [u8] {
    mail.raw_message.get(part.offset_body as usize..part.offset_end as usize).unwrap_or_default()
}

/// The groups of fields, each unfolded and without its empty lines.
fn groups(text: &str) -> impl Iterator<Item = Vec<(String, String)>> {
    let mut groups = vec![Vec::new()];
    for line in text.lines() {
        let last = groups.last_mut();
        if line.trim().is_empty() {
            groups.push(Vec::<(String, String)>::new());
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = last.and_then(|group| group.last_mut()) {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let (Some((name, value)), Some(group)) = (line.split_once(':'), last) {
            group.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups.into_iter()
}

fn recipient(group: &[(String, String)]) -> Option<Recipient> {
    let field = |name: &str| group.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    // `rfc822; someone@host.example`
    let behind_type = |value: &str| value.split_once(';').map_or(value, |(_, rest)| rest).trim().to_owned();
    let address = field("original-recipient").or(field("final-recipient")).map(behind_type)?;
    let address = match field("final-recipient") {
        Some(last) if address.is_empty() => behind_type(last),
        _ => address,
    };
    let status = field("status").unwrap_or_default();
    let status: String = status.chars().take_while(|c| c.is_ascii_digit() || *c == '.').take(12).collect();
    let said = field("action").unwrap_or_default().to_ascii_lowercase();
    let action = Action::parse(&said).or(match status.as_bytes().first() {
        Some(b'5') => Some(Action::Failed),
        Some(b'4') => Some(Action::Delayed),
        Some(b'2') => Some(Action::Delivered),
        _ => None,
    })?;
    let diagnostic = field("diagnostic-code").map(behind_type).filter(|said| !said.is_empty());
    Some(Recipient { address: plain(&address), action, status, diagnostic: diagnostic.map(|said| plain(&said)) })
}

/// The Message-ID in the letter, or in its headers, that the report encloses.
fn letter(mail: &Message<'_>) -> Option<String> {
    mail.parts.iter().find_map(|part| match &part.body {
        PartType::Message(letter) => letter.message_id().map(str::to_owned),
        PartType::Text(headers) if part.is_content_type("text", "rfc822-headers") => {
            let headers = mail_parser::MessageParser::default().parse_headers(headers.as_bytes())?;
            headers.message_id().map(str::to_owned)
        }
        PartType::Binary(bytes) if part.is_content_type("message", "rfc822-headers") => {
            let headers = mail_parser::MessageParser::default().parse_headers(bytes)?;
            headers.message_id().map(str::to_owned)
        }
        _ => None,
    })
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(TEXT).collect()
}
