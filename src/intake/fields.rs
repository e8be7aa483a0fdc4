//! Reads the fields of one JSON object one by one and collects everything that is wrong with them.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::nearest::nearest;

/// One bad field: where it stands, what was found and what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// The field as a path (`third_party.release`, `participant_case.traces[2]`); empty for the whole body.
    pub path: String,
    /// What is wrong with it and what is allowed; reads on from the path.
    pub message: String,
}

impl std::fmt::Display for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "{path} {}", self.message),
        }
    }
}

/// The fields of one object, read by key; what is wrong goes into `errors` and the field reads as missing.
pub(super) struct Fields<'a> {
    prefix: String,
    map: &'a Map<String, Value>,
    errors: &'a mut Vec<FieldError>,
}

impl<'a> Fields<'a> {
    /// The top level of a body.
    pub(super) fn new(map: &'a Map<String, Value>, errors: &'a mut Vec<FieldError>) -> Self {
        Self { prefix: String::new(), map, errors }
    }

    /// The value of a key; null and blank text count as missing.
    pub(super) fn given(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !is_missing(value))
    }

    /// Notes what is wrong with a field.
    pub(super) fn refuse(&mut self, key: &str, message: impl Into<String>) {
        self.errors.push(FieldError { path: format!("{}{key}", self.prefix), message: message.into() });
    }

    /// Passes the value on, or notes that a field that must be there is missing.
    pub(super) fn required<T>(&mut self, key: &str, value: Option<T>) -> Option<T> {
        if self.given(key).is_none() {
            self.refuse(key, "is required, but is missing or blank");
        }
        value
    }

    /// A text of at most `limit` characters.
    pub(super) fn text(&mut self, key: &str, limit: usize) -> Option<String> {
        let value = self.given(key)?;
        self.checked_text(key, value, limit)
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, key: &str, allowed: &[T], name: fn(T) -> &'static str) -> Option<T> {
        let value = self.given(key)?;
        let found = value.as_str().and_then(|word| allowed.iter().copied().find(|&known| name(known) == word));
        if found.is_none() {
            let words: Vec<&str> = allowed.iter().map(|&known| name(known)).collect();
            let near = value.as_str().and_then(|word| nearest(word, words.iter().copied()));
            let hint = near.map(|word| format!(" (did you mean \"{word}\"?)")).unwrap_or_default();
            self.refuse(key, format!("must be {}, but {} was found{hint}", alternatives(&words), describe(value)));
        }
        found
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, key: &str) -> Option<bool> {
        let value = self.given(key)?;
        if !value.is_boolean() {
            self.refuse(key, format!("must be true or false without quotes, but {} was found", describe(value)));
        }
        value.as_bool()
    }

    /// A list of texts; blank entries are dropped.
    pub(super) fn texts(&mut self, key: &str, most: usize, limit: usize) -> Vec<String> {
        let Some(value) = self.given(key) else { return Vec::new() };
        let Some(list) = value.as_array() else {
            self.refuse(key, format!("must be an array of texts, but {} was found", describe(value)));
            return Vec::new();
        };
        if list.len() > most {
            self.refuse(key, format!("has {} entries; at most {most} are allowed", list.len()));
            return Vec::new();
        }
        let entries = list.iter().enumerate().filter(|(_, entry)| !is_missing(entry));
        entries.filter_map(|(index, entry)| self.checked_text(&format!("{key}[{index}]"), entry, limit)).collect()
    }

    /// An object within this one, read by `read`.
    pub(super) fn object<T>(&mut self, key: &str, read: impl FnOnce(&mut Fields<'_>) -> T) -> Option<T> {
        let value = self.given(key)?;
        let Some(map) = value.as_object() else {
            self.refuse(key, format!("must be an object, but {} was found", describe(value)));
            return None;
        };
        let prefix = format!("{}{key}.", self.prefix);
        Some(read(&mut Fields { prefix, map, errors: self.errors }))
    }

    fn checked_text(&mut self, key: &str, value: &Value, limit: usize) -> Option<String> {
        let Some(text) = value.as_str() else {
            self.refuse(key, format!("must be text, but {} was found", describe(value)));
            return None;
        };
        let length = text.chars().count();
        if length > limit {
            self.refuse(key, format!("is {length} characters long; at most {limit} are allowed"));
            return None;
        }
        // PostgreSQL cannot store NUL, and an escape sequence would reach somebody's terminal.
        if let Some((at, bad)) = text.chars().enumerate().find(|(_, c)| is_refused_control(*c)) {
            let code = u32::from(bad);
            self.refuse(key, format!("holds the control character U+{code:04X} at character {}; remove it", at + 1));
            return None;
        }
        Some(text.to_owned())
    }
}

fn is_missing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => is_blank(text),
        _ => false,
    }
}

/// Whether a text shows nothing: only white space, visible to Unicode or of zero width.
pub(super) fn is_blank(text: &str) -> bool {
    text.chars().all(is_space)
}

/// White space of any kind, the characters of zero width included.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

fn is_refused_control(c: char) -> bool {
    c.is_ascii_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// A value as an error message shows it, shortened.
pub(super) fn describe(value: &Value) -> String {
    const SHOWN: usize = 40;
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) if text.chars().count() > SHOWN => {
            let start: String = text.chars().take(SHOWN).collect();
            format!("the text \"{}...\"", start.escape_debug())
        }
        Value::String(text) => format!("the text \"{}\"", text.escape_debug()),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// `"a", "b" or "c"`.
fn alternatives(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("\"{only}\""),
        [first @ .., last] => format!("\"{}\" or \"{last}\"", first.join("\", \"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_value_is_short_and_has_no_control_characters() {
        let shown = describe(&Value::String("\u{1b}[31m".to_owned() + &"x".repeat(1000)));
        assert!(shown.len() < 80 && !shown.contains('\u{1b}'), "{shown}");
    }

    #[test]
    fn zero_width_and_wide_spaces_are_blank() {
        assert!(is_blank(" \t\u{a0}\u{3000}\u{200b}\u{feff}"));
        assert!(!is_blank(" . "));
    }
}
