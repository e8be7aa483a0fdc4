//! Takes an entry apart field by field. Every fault is noted and a placeholder put in its place, so that reading
//! goes on and the next fault is found too.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;

use super::node::{Node, shortened};
use crate::registry::faults::{Faults, suggestion};

/// A place in the document, written out only when a fault needs it.
#[derive(Clone, Copy)]
pub(super) enum Place<'p> {
    Root,
    Key(&'p Place<'p>, &'p str),
    Item(&'p Place<'p>, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Key(Self::Root, key) => f.write_str(key),
            Self::Key(parent, key) => write!(f, "{parent}.{key}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// The fields of one object that were not asked for yet.
pub(super) struct Fields<'n, 'p> {
    left: Vec<(Cow<'n, str>, Node<'n>)>,
    asked: Vec<&'static str>,
    place: &'p Place<'p>,
    faults: &'p mut Faults,
}

/// Reads one object; keys that `read` did not ask for are faults.
pub(super) fn object<T>(
    node: Node<'_>,
    place: &Place<'_>,
    faults: &mut Faults,
    read: fn(&mut Fields<'_, '_>) -> T,
) -> T {
    let left = match node {
        Node::Map(entries) => entries,
        other => {
            faults.add(place, format!("must be an object, not {}.", other.describe()));
            let nothing = |faults: &mut Faults| object(Node::Map(Vec::new()), place, faults, read);
            return faults.muted(nothing);
        }
    };
    let mut fields = Fields { left, asked: Vec::with_capacity(16), place, faults };
    let value = read(&mut fields);
    fields.finish();
    value
}

impl<'n> Fields<'n, '_> {
    fn take(&mut self, key: &'static str) -> Option<Node<'n>> {
        self.asked.push(key);
        let at = self.left.iter().position(|(name, _)| name == key)?;
        Some(self.left.remove(at).1).filter(|node| *node != Node::Null)
    }

    fn take_required(&mut self, key: &'static str) -> Option<Node<'n>> {
        let node = self.take(key);
        if node.is_none() {
            self.fault(key, "is missing.");
        }
        node
    }

    fn fault(&mut self, key: &str, message: impl Into<String>) {
        self.faults.add(Place::Key(self.place, key), message);
    }

    fn finish(self) {
        for (key, _) in &self.left {
            let place = Place::Key(self.place, key);
            if self.asked.contains(&key.as_ref()) {
                self.faults.add(place, "is given twice in the same object; keep one.");
            } else {
                let known = suggestion(key, &self.asked);
                self.faults.add(place, format!("unknown key; {known}"));
            }
        }
    }

    fn as_text(&mut self, key: &'static str, node: Node<'n>) -> Option<String> {
        match node {
            Node::Text(text) => Some(text.into_owned()),
            other => {
                self.fault(key, format!("must be a text, not {}.", other.describe()));
                None
            }
        }
    }

    pub(super) fn text(&mut self, key: &'static str) -> String {
        self.take_required(key).and_then(|node| self.as_text(key, node)).unwrap_or_default()
    }

    /// A blank text counts as not given.
    pub(super) fn optional_text(&mut self, key: &'static str) -> Option<String> {
        let node = self.take(key)?;
        self.as_text(key, node).filter(|text| !text.trim().is_empty())
    }

    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        self.items(key, |item, place, faults| match item {
            Node::Text(text) => text.into_owned(),
            other => {
                faults.add(place, format!("must be a text, not {}.", other.describe()));
                String::new()
            }
        })
    }

    /// As [`Self::texts`], but the key must be there.
    pub(super) fn required_texts(&mut self, key: &'static str) -> Vec<String> {
        if !self.left.iter().any(|(name, node)| name == key && *node != Node::Null) {
            self.fault(key, "is missing.");
        }
        self.texts(key)
    }

    pub(super) fn list<T>(&mut self, key: &'static str, read: fn(&mut Fields<'_, '_>) -> T) -> Vec<T> {
        self.items(key, |item, place, faults| object(item, place, faults, read))
    }

    fn items<T>(&mut self, key: &'static str, mut read: impl FnMut(Node<'n>, &Place<'_>, &mut Faults) -> T) -> Vec<T> {
        match self.take(key) {
            None => Vec::new(),
            Some(Node::List(items)) => {
                let list = Place::Key(self.place, key);
                let faults = &mut *self.faults;
                items.into_iter().enumerate().map(|(at, item)| read(item, &Place::Item(&list, at), faults)).collect()
            }
            Some(other) => {
                self.fault(key, format!("must be a list, not {}.", other.describe()));
                Vec::new()
            }
        }
    }

    pub(super) fn optional_object<T: Default>(&mut self, key: &'static str, read: fn(&mut Fields<'_, '_>) -> T) -> T {
        match self.take(key) {
            Some(node) => object(node, &Place::Key(self.place, key), self.faults, read),
            None => T::default(),
        }
    }

    /// The placeholder for a faulty date is the first day of all, before which nothing can be.
    pub(super) fn date(&mut self, key: &'static str) -> Date {
        self.take_required(key).and_then(|node| self.as_date(key, node)).unwrap_or(Date::MIN)
    }

    pub(super) fn optional_date(&mut self, key: &'static str) -> Option<Date> {
        let node = self.take(key)?;
        if matches!(&node, Node::Text(text) if text.trim().is_empty()) {
            return None;
        }
        self.as_date(key, node)
    }

    fn as_date(&mut self, key: &'static str, node: Node<'n>) -> Option<Date> {
        let text = self.as_text(key, node)?;
        match date_of(&text) {
            Ok(date) => Some(date),
            Err(message) => {
                self.fault(key, message);
                None
            }
        }
    }

    pub(super) fn whole_or_zero(&mut self, key: &'static str) -> i64 {
        match self.take(key) {
            Some(node) => self.as_whole(key, node).unwrap_or_default(),
            None => 0,
        }
    }

    /// The placeholder for a faulty number is 1.
    pub(super) fn counting(&mut self, key: &'static str) -> u32 {
        let Some(whole) = self.take_required(key).and_then(|node| self.as_whole(key, node)) else { return 1 };
        u32::try_from(whole).unwrap_or_else(|_| {
            self.fault(key, format!("must be a number from 1 on, not {whole}."));
            1
        })
    }

    fn as_whole(&mut self, key: &'static str, node: Node<'n>) -> Option<i64> {
        match node {
            Node::Whole(value) => Some(value),
            other => {
                self.fault(key, format!("must be a whole number, not {}.", other.describe()));
                None
            }
        }
    }

    /// One word of a closed set; the placeholder is the first.
    pub(super) fn word<T: Copy>(&mut self, key: &'static str, values: &[T], word_of: fn(T) -> &'static str) -> T {
        let Some(text) = self.take_required(key).and_then(|node| self.as_text(key, node)) else { return values[0] };
        values.iter().copied().find(|value| word_of(*value) == text).unwrap_or_else(|| {
            let words: Vec<&str> = values.iter().map(|value| word_of(*value)).collect();
            self.fault(key, format!("unknown word \"{}\"; {}", shortened(&text), suggestion(&text, &words)));
            values[0]
        })
    }
}

/// The day that `YYYY-MM-DD` names, or why it names none.
fn date_of(text: &str) -> Result<Date, String> {
    let shape = || format!("\"{}\" is no date; write it as year-month-day, like 2026-03-14.", shortened(text));
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return Err(shape());
    }
    let number = |range: std::ops::Range<usize>| -> Option<i16> {
        let digits = text.get(range)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let (Some(year), Some(month), Some(day)) = (number(0..4), number(5..7), number(8..10)) else { return Err(shape()) };
    if !(1..=12).contains(&month) {
        return Err(format!("{text} does not exist: there is no month {month}."));
    }
    Date::new(year, month as i8, day as i8).map_err(|_| {
        let days = Date::new(year, month as i8, 1).map_or(31, Date::days_in_month);
        format!("{text} does not exist: that month has {days} days.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_written_year_month_day_are_dates() {
        assert_eq!(date_of("2024-02-29"), Ok(jiff::civil::date(2024, 2, 29)));
        assert_eq!(date_of("2026-02-30"), Err("2026-02-30 does not exist: that month has 28 days.".into()));
        assert_eq!(date_of("2026-13-01"), Err("2026-13-01 does not exist: there is no month 13.".into()));
        for odd in
            ["", "2026-2-3", "20260203", "2026-02-03T00:00:00Z", "+026-02-03", "14/03/2026", "２０２６-1", "2026-02-00"]
        {
            assert!(date_of(odd).is_err(), "{odd}");
        }
    }
}
