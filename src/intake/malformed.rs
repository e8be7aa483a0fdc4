//! Bytes to JSON, with an error that a person can act on: where it broke off, and why, in plain words.

use serde_json::Value;
use serde_json::error::Category;

/// The body is not JSON, so that no field can be looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Nothing but white space.
    #[error("there is nothing in it: a JSON document is expected")]
    Empty,
    /// The bytes are not UTF-8.
    #[error("byte {offset} is not UTF-8: save or send the document as UTF-8")]
    NotUtf8 {
        /// How many good bytes stand before it.
        offset: usize,
    },
    /// It ends before it is complete.
    #[error("it breaks off at line {line}, column {column}, before the JSON is complete")]
    Truncated {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// Arrays or objects stand in each other beyond what is read (128).
    #[error("arrays or objects are nested too deeply at line {line}, column {column}: at most 127 levels are read")]
    TooDeep {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// It breaks JSON's own rules.
    #[error("it is not valid JSON at line {line}, column {column}: {problem}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
        /// What is wrong there.
        problem: &'static str,
    },
}

/// Reads one JSON value. A byte order mark in front is passed over.
///
/// # Errors
/// [`Malformed`] when the bytes are not exactly one JSON value.
pub fn json(bytes: &[u8]) -> Result<Value, Malformed> {
    let text = text(bytes)?;
    serde_json::from_str(text).map_err(|error| Malformed::from_json(&error))
}

/// The bytes as text without a byte order mark; blank is an error.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Malformed> {
    let text = str::from_utf8(bytes).map_err(|error| Malformed::NotUtf8 { offset: error.valid_up_to() })?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    if text.trim().is_empty() { Err(Malformed::Empty) } else { Ok(text) }
}

impl Malformed {
    pub(super) fn from_json(error: &serde_json::Error) -> Self {
        // Right after a line break the parser counts column 0.
        let (line, column) = (error.line(), error.column().max(1));
        if error.classify() == Category::Eof {
            return Self::Truncated { line, column };
        }
        let said = error.to_string();
        if said.starts_with("recursion limit exceeded") {
            return Self::TooDeep { line, column };
        }
        // The parser's reasons are not public as values, only as the start of its message.
        let problem = PROBLEMS.iter().find(|(start, _)| said.starts_with(start)).map_or(OTHERWISE, |(_, plain)| plain);
        Self::Syntax { line, column, problem }
    }

    /// The same fault in a document of which the text read was only a part that starts at `line` and `column`.
    pub(super) fn moved_to(mut self, start_line: usize, start_column: usize) -> Self {
        if let Self::Truncated { line, column } | Self::TooDeep { line, column } | Self::Syntax { line, column, .. } =
            &mut self
        {
            if *line <= 1 {
                *column += start_column - 1;
            }
            *line += start_line - 1;
        }
        self
    }
}

const OTHERWISE: &str = "this cannot be read";
const PROBLEMS: &[(&str, &str)] = &[
    ("lone leading surrogate", "a \\u escape is half of a surrogate pair; the other half is missing"),
    ("unexpected end of hex escape", "a \\u escape is half of a surrogate pair; the other half is missing"),
    ("control character", "a raw control character stands inside a text; write it as an escape such as \\n"),
    ("trailing characters", "something follows after the end of the JSON value"),
    ("trailing comma", "a comma stands before the closing bracket"),
    ("expected `:`", "a colon is missing after a key"),
    ("expected `,` or `]`", "a comma or the closing \"]\" of an array is missing"),
    ("expected `,` or `}`", "a comma or the closing \"}\" of an object is missing"),
    ("expected value", "a value is missing or not written as JSON"),
    ("expected ident", "a word other than true, false or null stands without quotes"),
    ("key must be a string", "a key must stand in double quotes"),
    ("number out of range", "a number is too large"),
    ("invalid number", "a number is not written as JSON writes numbers"),
    ("invalid escape", "a backslash is followed by a character that makes no escape"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn said(body: &str) -> String {
        json(body.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn each_way_to_break_json_is_told_in_plain_words_with_its_place() {
        assert!(said("{\"a\": \"\\ud800\"}").contains("surrogate"), "{}", said("{\"a\": \"\\ud800\"}"));
        assert!(said("{\"a\": \"\\udc00 x\"}").contains("surrogate"));
        assert!(said("{\"a\": \"\\ud800\\u0041\"}").contains("surrogate"));
        assert_eq!(
            said("{\n \"a\": 1,\n}"),
            "it is not valid JSON at line 3, column 1: a comma stands before the closing bracket"
        );
        assert!(said("{\"a\" 1}").contains("a colon is missing"));
        assert!(said("{'a': 1}").contains("double quotes"));
        assert!(said("{\"a\": 1} x").contains("something follows"));
        assert!(said("{\"a\": 1e999}").contains("too large"));
        assert!(said("{\"a\": tru}").contains("true, false or null"));
        assert!(said("{\"a\": \"x\ny\"}").contains("raw control character"));
        assert!(said("{\"a\": ?}").contains("missing or not written as JSON"));
    }

    #[test]
    fn a_truncated_body_says_where_it_breaks_off() {
        assert_eq!(json(b"{\"a\": \"x"), Err(Malformed::Truncated { line: 1, column: 8 }));
        assert_eq!(json(b"{\"a\":\n 1,"), Err(Malformed::Truncated { line: 2, column: 3 }));
    }

    #[test]
    fn ten_thousand_nested_arrays_are_refused_without_a_stack_overflow() {
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(10_000), "]".repeat(10_000));
        assert!(matches!(json(deep.as_bytes()), Err(Malformed::TooDeep { .. })));
        assert!(said(&deep).contains("nested too deeply"));
    }

    #[test]
    fn bytes_that_are_no_text_and_empty_bodies_are_told_apart() {
        assert_eq!(json(b"{\"a\": \"caf\xe9\"}"), Err(Malformed::NotUtf8 { offset: 10 }));
        assert_eq!(json(b""), Err(Malformed::Empty));
        assert_eq!(json(b" \r\n\t"), Err(Malformed::Empty));
    }

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        assert_eq!(json("\u{FEFF}[]".as_bytes()), Ok(Value::Array(Vec::new())));
    }
}
