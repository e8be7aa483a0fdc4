//! Splits a body with many eSRs (a JSON array, or NDJSON: one value a line) so that one bad item never spoils the others.

use serde_json::Value;
use serde_json::value::RawValue;

use super::malformed::{self, Malformed};

/// Where an item stands in its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The body is this one value.
    Whole,
    /// Position in the array, from 0.
    Index(usize),
    /// Line of the NDJSON, from 1.
    Line(usize),
}

/// What follows the body's name: nothing, `[3]` or `, line 4`.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Line(line) => write!(f, ", line {line}"),
        }
    }
}

/// One item of a body.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Where it stands.
    pub place: Place,
    /// Its value, or why it is no JSON; lines and columns count from the start of the whole body.
    pub value: Result<Value, Malformed>,
}

/// The items of a body, each read when its turn comes.
#[derive(Debug)]
pub struct Items<'a> {
    body: &'a str,
    parts: std::vec::IntoIter<(Place, &'a str)>,
    /// Up to where lines were counted.
    counted: Position,
}

#[derive(Debug, Clone, Copy)]
struct Position {
    offset: usize,
    line: usize,
    line_start: usize,
}

/// Splits a body: an array into its entries, NDJSON into its lines (blank ones left out), any other value into itself.
///
/// # Errors
/// The body as a whole cannot be split: it is empty, not UTF-8, or breaks JSON's rules between the items.
pub fn split(bytes: &[u8]) -> Result<Items<'_>, Malformed> {
    let body = malformed::text(bytes)?;
    let parts = if body.trim_start().starts_with('[') { entries(body) } else { whole(body) };
    match parts {
        Ok(parts) => Ok(Items::new(body, parts)),
        Err(_) if is_ndjson(body) => Ok(Items::new(body, lines(body))),
        Err(error) => Err(Malformed::from_json(&error)),
    }
}

/// Splits NDJSON into its lines, blank ones left out, whatever they hold.
///
/// # Errors
/// The body is empty or not UTF-8.
pub fn split_lines(bytes: &[u8]) -> Result<Items<'_>, Malformed> {
    let body = malformed::text(bytes)?;
    Ok(Items::new(body, lines(body)))
}

// A raw value is scanned for its end only: escapes, depth and size of numbers are looked at item by item.
fn entries(body: &str) -> serde_json::Result<Vec<(Place, &str)>> {
    let entries: Vec<&RawValue> = serde_json::from_str(body)?;
    Ok(entries.into_iter().enumerate().map(|(index, entry)| (Place::Index(index), entry.get())).collect())
}

fn whole(body: &str) -> serde_json::Result<Vec<(Place, &str)>> {
    let value: &RawValue = serde_json::from_str(body)?;
    Ok(vec![(Place::Whole, value.get())])
}

fn lines(body: &str) -> Vec<(Place, &str)> {
    let lines = body.split('\n').enumerate().map(|(index, line)| (Place::Line(index + 1), line.trim()));
    lines.filter(|(_, line)| !line.is_empty()).collect()
}

/// Whether a body that is not one value was meant as lines: some line is a whole object by itself, which does not
/// happen in one object that is written over several lines and breaks JSON's rules somewhere.
fn is_ndjson(body: &str) -> bool {
    let starts_as_object = body.trim_start().starts_with('{');
    let is_object = |line: &str| line.starts_with('{') && serde_json::from_str::<&RawValue>(line).is_ok();
    starts_as_object && body.split('\n').map(str::trim).any(is_object)
}

impl<'a> Items<'a> {
    fn new(body: &'a str, parts: Vec<(Place, &'a str)>) -> Self {
        Self { body, parts: parts.into_iter(), counted: Position { offset: 0, line: 1, line_start: 0 } }
    }

    /// How many items are left.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Whether none is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Line and column, from 1, where a part of the body starts. Parts come in order, so no line is counted twice.
    fn locate(&mut self, part: &str) -> (usize, usize) {
        let offset = part.as_ptr().addr() - self.body.as_ptr().addr();
        let passed = self.body.bytes().enumerate().take(offset).skip(self.counted.offset);
        for (at, _) in passed.filter(|(_, byte)| *byte == b'\n') {
            self.counted.line += 1;
            self.counted.line_start = at + 1;
        }
        self.counted.offset = offset;
        (self.counted.line, offset - self.counted.line_start + 1)
    }
}

impl Iterator for Items<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let (place, part) = self.parts.next()?;
        let value = serde_json::from_str(part).map_err(|error| {
            let (line, column) = self.locate(part);
            Malformed::from_json(&error).moved_to(line, column)
        });
        Some(Item { place, value })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.parts.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn values(body: &str) -> Vec<(Place, Result<Value, Malformed>)> {
        split(body.as_bytes()).unwrap().map(|item| (item.place, item.value)).collect()
    }

    #[test]
    fn an_array_gives_its_entries_in_order() {
        let expected = vec![(Place::Index(0), Ok(json!({"a": 1}))), (Place::Index(1), Ok(json!([2])))];
        assert_eq!(values(" [ {\"a\": 1},\n[2] ] "), expected);
        assert_eq!(values("[]"), vec![]);
    }

    #[test]
    fn lines_are_split_whatever_ends_them_and_blank_ones_are_left_out() {
        let expected = vec![(Place::Line(1), Ok(json!({"a": 1}))), (Place::Line(4), Ok(json!({"a": 2})))];
        assert_eq!(values("{\"a\":1}\r\n\r\n \t\r\n{\"a\":2}"), expected);
        assert_eq!(values("{\"a\":1}\n\n\n{\"a\":2}\n\n"), expected);
    }

    #[test]
    fn one_value_over_several_lines_is_one_item() {
        assert_eq!(values("{\n\"a\":\n1}\n"), vec![(Place::Whole, Ok(json!({"a": 1})))]);
    }

    #[test]
    fn a_bad_line_does_not_spoil_the_others() {
        let items = values("{\"a\":\n{\"a\": 1}\n  {\"a\" 2}\n{\"a\": 3}");
        assert_eq!(items.len(), 4);
        assert_eq!(items[0].1, Err(Malformed::Truncated { line: 1, column: 5 }));
        assert_eq!(items[1].1, Ok(json!({"a": 1})));
        assert!(matches!(items[2].1, Err(Malformed::Syntax { line: 3, column: 8, .. })), "{:?}", items[2]);
        assert_eq!(items[3].1, Ok(json!({"a": 3})));
    }

    #[test]
    fn a_bad_entry_does_not_spoil_the_others() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let items = values(&format!("[1,\n {{\"a\": \"\\ud800\"}}, {deep},\n 1e999, 2]"));
        assert_eq!(items[0].1, Ok(json!(1)));
        assert!(matches!(items[1].1, Err(Malformed::Syntax { line: 2, column: 15, .. })), "{:?}", items[1]);
        assert!(matches!(items[2].1, Err(Malformed::TooDeep { line: 2, .. })), "{:?}", items[2]);
        assert!(matches!(items[3].1, Err(Malformed::Syntax { line: 3, .. })), "{:?}", items[3]);
        assert_eq!(items[4], (Place::Index(4), Ok(json!(2))));
    }

    #[test]
    fn what_cannot_be_split_is_one_fault() {
        assert!(matches!(split(b"[{\"a\": 1}, {\"a\""), Err(Malformed::Truncated { .. })));
        assert!(matches!(split(b"{\n\"a\": 1,\n}"), Err(Malformed::Syntax { line: 3, .. })));
        assert_eq!(split(b" \n").err(), Some(Malformed::Empty));
        assert_eq!(split(b"[\"\xff\"]").err(), Some(Malformed::NotUtf8 { offset: 2 }));
    }

    proptest! {
        #[test]
        fn any_bytes_split_or_fail_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(items) = split(&bytes) {
                items.for_each(drop);
            }
            if let Ok(items) = split_lines(&bytes) {
                items.for_each(drop);
            }
        }

        #[test]
        fn json_like_text_splits_or_fails_and_never_panics(text in "[\\[\\]{}\",:0-9a\\\\u\n é-]{0,80}") {
            if let Ok(items) = split(text.as_bytes()) {
                items.for_each(drop);
            }
        }

        #[test]
        fn an_array_and_its_lines_hold_the_same_items(numbers in proptest::collection::vec(any::<i32>(), 1..20)) {
            let objects: Vec<Value> = numbers.iter().map(|n| json!({"n": n, "s": "a\nb"})).collect();
            let array = serde_json::to_string(&objects).unwrap();
            let lines: String = objects.iter().map(|object| format!("{object}\n")).collect();
            let of = |body: &str| values(body).into_iter().map(|(_, value)| value.unwrap()).collect::<Vec<_>>();
            prop_assert_eq!(&of(&array), &objects);
            prop_assert_eq!(&of(&lines), &objects);
        }
    }
}
