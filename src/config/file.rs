//! A configuration file measured by the defaults: every key and value that cannot be, with its line and what is allowed.

use toml::de::{DeTable, DeValue};

use super::LogFormat;
use crate::mail::Tls;
use crate::notify::endpoint::Language;
use crate::registry::upstream::Mode;

/// A configuration file being checked, with the defaults that it is measured by.
pub(super) struct File<'f> {
    pub(super) name: &'f str,
    pub(super) text: &'f str,
    pub(super) said: &'f DeTable<'f>,
    pub(super) known: &'f toml::Table,
}

impl File<'_> {
    /// Names every key that the defaults do not have, and every value that they could not have.
    pub(super) fn check(&self, within: &str, said: &DeTable<'_>, known: &toml::Table, faults: &mut Vec<String>) {
        for (key, value) in said {
            let word = key.get_ref().as_ref();
            let path = joined(within, word);
            let place = format!("{}, line {}", self.name, line_of(self.text, key.span().start));
            let Some(default) = known.get(word) else {
                let hint = self.hint(within, word, known);
                faults.push(format!("{place}: there is no setting `{path}`{hint}."));
                continue;
            };
            match (value.get_ref(), default) {
                (DeValue::Table(said), toml::Value::Table(known)) => self.check(&path, said, known, faults),
                (DeValue::String(word), toml::Value::String(_)) => {
                    let allowed = allowed(&path);
                    if !allowed.is_empty() && !allowed.contains(&word.as_ref()) {
                        let allowed: Vec<_> = allowed.iter().map(|word| format!("\"{word}\"")).collect();
                        faults.push(format!("{place}: `{path}` must be {}, not {word:?}.", allowed.join(" or ")));
                    }
                }
                (DeValue::Boolean(_), toml::Value::Boolean(_)) | (DeValue::Float(_), toml::Value::Float(_)) => {}
                (DeValue::Integer(number), toml::Value::Integer(_) | toml::Value::Float(_)) => {
                    if !number.to_string().bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
                        faults.push(format!("{place}: `{path}` must be a whole number, 0 or more."));
                    }
                }
                (DeValue::Array(items), toml::Value::Array(_)) => {
                    if items.iter().any(|item| !item.get_ref().is_str()) {
                        faults.push(format!("{place}: `{path}` must be an array of texts."));
                    }
                }
                (_, expected) => {
                    let wanted = expected.type_str();
                    let article = if wanted.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
                    faults.push(format!("{place}: `{path}` must be {article} {wanted}."));
                }
            }
        }
    }

    /// "; the nearest is `server.listen`": the same key in another section, else the nearest in this one.
    fn hint(&self, within: &str, word: &str, known: &toml::Table) -> String {
        let elsewhere = self.known.iter().find(|(_, section)| section.get(word).is_some());
        if let Some((section, _)) = elsewhere {
            return format!("; `{section}.{word}` is one, so write it under [{section}]");
        }
        match crate::nearest::most_alike(word, known.keys().map(String::as_str)) {
            Some(key) => format!("; the nearest is `{}`", joined(within, key)),
            None => String::new(),
        }
    }

    /// How a message about a setting begins: the file, the line where the file has it, and its name.
    pub(super) fn setting(&self, path: &str) -> String {
        let (mut table, mut line) = (Some(self.said), String::new());
        for word in path.split('.') {
            let Some((key, value)) = table.and_then(|table| table.iter().find(|(key, _)| key.get_ref() == word)) else {
                break;
            };
            line = format!(", line {}", line_of(self.text, key.span().start));
            table = value.get_ref().as_table();
        }
        format!("{}{line}: `{path}`", self.name)
    }
}

fn joined(within: &str, word: &str) -> String {
    if within.is_empty() { word.to_owned() } else { format!("{within}.{word}") }
}

/// The words that a setting may be, where not any text will do.
fn allowed(path: &str) -> Vec<&'static str> {
    match path {
        "log.format" => LogFormat::words().collect(),
        "registry.upstream.mode" => Mode::words().collect(),
        "mail.tls" | "inbound.imap.tls" => Tls::words().collect(),
        "delivery.language" => Language::words().collect(),
        _ => Vec::new(),
    }
}

/// The 1-based line that the byte stands on.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
