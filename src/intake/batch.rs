//! Splits a body with many eSRs (a JSON array, or NDJSON: one value a line) so that one bad item never spoils the others.

use serde::Deserializer as _;
use serde::de::{SeqAccess, Visitor};
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

/// One item of a body, not read yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    /// Where it stands.
    pub place: Place,
    /// Its text.
    pub text: &'a str,
    line: usize,
    column: usize,
}

impl Item<'_> {
    /// Its value.
    ///
    /// # Errors
    /// Why it is no JSON; lines and columns count from the start of the whole body.
    pub fn value(&self) -> Result<Value, Malformed> {
        serde_json::from_str(self.text).map_err(|error| Malformed::from_json(&error).moved_to(self.line, self.column))
    }
}

/// The items of a body, in order.
#[derive(Debug)]
pub struct Items<'a> {
    body: &'a str,
    parts: std::vec::IntoIter<(Place, &'a str)>,
    left_out: usize,
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
/// Items beyond `most` are counted only, so that a body of nothing but commas takes no memory.
///
/// # Errors
/// The body as a whole cannot be split: it is empty, not UTF-8, or breaks JSON's rules between the items.
pub fn split(bytes: &[u8], most: usize) -> Result<Items<'_>, Malformed> {
    let body = malformed::text(bytes)?;
    let parts = if body.trim_start().starts_with('[') { entries(body, most) } else { whole(body) };
    match parts {
        Ok((parts, left_out)) => Ok(Items::new(body, parts, left_out)),
        Err(_) if is_ndjson(body) => Ok(lines(body, most)),
        Err(error) => Err(Malformed::from_json(&error)),
    }
}

/// Splits NDJSON into its lines, blank ones left out, whatever they hold; those beyond `most` are counted only.
///
/// # Errors
/// The body is empty or not UTF-8.
pub fn split_lines(bytes: &[u8], most: usize) -> Result<Items<'_>, Malformed> {
    Ok(lines(malformed::text(bytes)?, most))
}

/// Parts of a body, and how many more there are.
type Parts<'a> = (Vec<(Place, &'a str)>, usize);

// A raw value is scanned for its end only: escapes, depth and size of numbers are looked at item by item.
fn entries(body: &str, most: usize) -> serde_json::Result<Parts<'_>> {
    let mut parser = serde_json::Deserializer::from_str(body);
    let parts = parser.deserialize_seq(Entries { most })?;
    parser.end().map(|()| parts)
}

struct Entries {
    most: usize,
}

impl<'de> Visitor<'de> for Entries {
    type Value = Parts<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Parts<'de>, A::Error> {
        let (mut parts, mut left_out) = (Vec::new(), 0);
        while let Some(entry) = entries.next_element::<&RawValue>()? {
            if parts.len() < self.most {
                parts.push((Place::Index(parts.len()), entry.get()));
            } else {
                left_out += 1;
            }
        }
        Ok((parts, left_out))
    }
}

fn whole(body: &str) -> serde_json::Result<Parts<'_>> {
    let value: &RawValue = serde_json::from_str(body)?;
    Ok((vec![(Place::Whole, value.get())], 0))
}

fn lines(body: &str, most: usize) -> Items<'_> {
    let lines = body.split('\n').enumerate().map(|(index, line)| (Place::Line(index + 1), line.trim()));
    let mut lines = lines.filter(|(_, line)| !line.is_empty());
    let parts = lines.by_ref().take(most).collect();
    Items::new(body, parts, lines.count())
}

/// Whether a body that is not one value was meant as lines: some line is a whole object by itself, which does not
/// happen in one object that is written over several lines and breaks JSON's rules somewhere.
fn is_ndjson(body: &str) -> bool {
    let starts_as_object = body.trim_start().starts_with('{');
    let is_object = |line: &str| line.starts_with('{') && serde_json::from_str::<&RawValue>(line).is_ok();
    starts_as_object && body.split('\n').map(str::trim).any(is_object)
}

impl<'a> Items<'a> {
    fn new(body: &'a str, parts: Vec<(Place, &'a str)>, left_out: usize) -> Self {
        let counted = Position { offset: 0, line: 1, line_start: 0 };
        Self { body, parts: parts.into_iter(), left_out, counted }
    }

    /// How many items the body has beyond those that are given.
    #[must_use]
    pub fn left_out(&self) -> usize {
        self.left_out
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

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let (place, text) = self.parts.next()?;
        let (line, column) = self.locate(text);
        Some(Item { place, text, line, column })
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
        split(body.as_bytes(), usize::MAX).unwrap().map(|item| (item.place, item.value())).collect()
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
    fn items_beyond_the_most_are_counted_and_not_kept() {
        for body in ["[1,2,3,4,5]", "1\n2\n\n3\n4\n5\n"] {
            let split = if body.starts_with('[') { split } else { split_lines };
            let items = split(body.as_bytes(), 2).unwrap();
            assert_eq!((items.left_out(), items.count()), (3, 2), "{body}");
        }
        assert!(matches!(split(b"[1,2,3", 1), Err(Malformed::Truncated { .. })));
    }

    #[test]
    fn what_cannot_be_split_is_one_fault() {
        assert!(matches!(split(b"[{\"a\": 1}, {\"a\"", 9), Err(Malformed::Truncated { .. })));
        assert!(matches!(split(b"{\n\"a\": 1,\n}", 9), Err(Malformed::Syntax { line: 3, .. })));
        assert_eq!(split(b" \n", 9).err(), Some(Malformed::Empty));
        assert_eq!(split(b"[\"\xff\"]", 9).err(), Some(Malformed::NotUtf8 { offset: 2 }));
    }

    proptest! {
        #[test]
        fn any_bytes_split_or_fail_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(items) = split(&bytes, 9) {
                items.for_each(drop);
            }
            if let Ok(items) = split_lines(&bytes, 9) {
                items.for_each(drop);
            }
        }

        #[test]
        fn json_like_text_splits_or_fails_and_never_panics(text in "[\\[\\]{}\",:0-9a\\\\u\n é-]{0,80}") {
            if let Ok(items) = split(text.as_bytes(), 9) {
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
