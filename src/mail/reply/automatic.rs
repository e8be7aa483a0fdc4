//! Mails that no person wrote: they are kept, and never answered.

use mail_parser::{HeaderValue, Message};

/// How the subject of an absence notice begins in English, French and German; folded, see `quote::folded`.
const ABSENT: &[&str] = &[
    "automatic reply",
    "auto reply",
    "autoreply",
    "auto response",
    "autoresponse",
    "out of office",
    "out of the office",
    "away from my mail",
    "vacation reply",
    "on vacation",
    "on holiday",
    "reponse automatique",
    "absence du bureau",
    "message d absence",
    "absent du bureau",
    "je suis absent",
    "automatische antwort",
    "abwesenheitsnotiz",
    "abwesenheit",
    "abwesend",
];

/// Why no person wrote it, as the end of a sentence; `None` for what a person may have written.
pub(super) fn why(mail: &Message<'_>) -> Option<String> {
    let header = |name: &str| mail.header_raw(name).map(|value| value.trim().to_lowercase());
    if let Some(said) = header("Auto-Submitted").filter(|said| word(said) != "no") {
        return Some(format!("it says so itself (Auto-Submitted: {})", shortened(&said)));
    }
    for name in ["X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Auto-Response-From", "X-Vacation"] {
        if header(name).is_some_and(|said| word(&said) != "no") {
            return Some(format!("it says so itself ({name})"));
        }
    }
    if let Some(said) =
        header("Precedence").filter(|said| matches!(word(said), "bulk" | "auto_reply" | "auto-reply" | "junk"))
    {
        return Some(format!("it says so itself (Precedence: {})", shortened(&said)));
    }
    let empty = |value: &HeaderValue<'_>| matches!(value, HeaderValue::Empty);
    let returned = header("Return-Path").is_some_and(|path| matches!(path.as_str(), "<>" | ""));
    if returned || mail.header("Return-Path").is_some_and(empty) {
        return Some("no answer to it can be returned (its return path is empty)".to_owned());
    }
    let subject = super::quote::folded(mail.subject().unwrap_or_default());
    let subject =
        ["re ", "aw ", "fw ", "fwd ", "tr "].iter().find_map(|prefix| subject.strip_prefix(prefix)).unwrap_or(&subject);
    if let Some(absent) = ABSENT.iter().find(|absent| subject.starts_with(**absent)) {
        return Some(format!("its subject begins with \u{201c}{absent}\u{201d}"));
    }
    None
}

/// The value before its parameters and comments.
fn word(value: &str) -> &str {
    value.split([';', '(', ' ', '\t', '\r', '\n']).next().unwrap_or_default()
}

fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn automatic(headers: &str) -> bool {
        let text = format!("From: a@b.example\r\n{headers}\r\n\r\nText\r\n");
        let mail = mail_parser::MessageParser::default().parse(&text).unwrap();
        why(&mail).is_some()
    }

    #[test]
    fn what_machines_send_is_told_from_what_people_write() {
        for headers in [
            "Auto-Submitted: auto-replied",
            "auto-submitted: Auto-Generated; type=x",
            "X-Autoreply: yes",
            "Precedence: bulk",
            "Precedence: auto_reply",
            "Return-Path: <>",
            "Subject: Automatic reply: [BP-1] your turn",
            "Subject: Réponse automatique : dossier",
            "Subject: =?utf-8?q?R=C3=A9ponse_automatique?=",
            "Subject: Re: Out of Office",
            "Subject: Abwesenheitsnotiz: x",
        ] {
            assert!(automatic(headers), "{headers}");
        }
        for headers in [
            "Auto-Submitted: no",
            "Precedence: list",
            "Return-Path: <a@b.example>",
            "Subject: Re: your automatic reply",
            "Subject: Re: Absence of dial tone",
            "X-Auto-Response-Suppress: All",
        ] {
            assert!(!automatic(headers), "{headers}");
        }
    }
}
