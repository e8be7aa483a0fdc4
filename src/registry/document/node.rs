//! A JSON value that keeps what `serde_json::Value` loses: the order of keys, and a key that is given twice.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A value of the file, its texts borrowed where they hold no escapes.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::registry) enum Node<'a> {
    Null,
    Bool(bool),
    Whole(i64),
    Fraction(f64),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    Map(Vec<(Cow<'a, str>, Node<'a>)>),
}

impl Node<'_> {
    /// The value as a person would name it in a sentence.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Null => "null".into(),
            Self::Bool(value) => format!("{value}"),
            Self::Whole(value) => format!("the number {value}"),
            Self::Fraction(value) => format!("the number {value}"),
            Self::Text(text) if text.trim().is_empty() => "a blank text".into(),
            Self::Text(text) => format!("the text \"{}\"", shortened(text)),
            Self::List(_) => "a list".into(),
            Self::Map(_) => "an object".into(),
        }
    }
}

/// At most some forty characters of a text, so that a fault stays one readable line.
pub(in crate::registry) fn shortened(text: &str) -> Cow<'_, str> {
    let plain = |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    match text.char_indices().nth(40) {
        Some((end, _)) => Cow::Owned(format!("{}...", plain(&text[..end]))),
        None if text.chars().any(char::is_control) => Cow::Owned(plain(text)),
        None => Cow::Borrowed(text),
    }
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Node::Whole(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(value).map_or(Node::Fraction(value as f64), Node::Whole))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Node::Fraction(value))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Borrowed(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Node::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = Vec::new();
        while let Some((key, value)) = entries.next_entry::<Node<'de>, Node<'de>>()? {
            if let Node::Text(key) = key {
                map.push((key, value));
            }
        }
        Ok(Node::Map(map))
    }
}
