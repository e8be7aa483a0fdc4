//! Finds the line of a place in the file. Only a faulty file is asked, so reading itself pays nothing for it.

use std::collections::HashMap;

use serde_json::value::RawValue;

/// The file cut into its sections and their entries.
pub(super) struct Lines<'a> {
    text: &'a str,
    /// Where each line starts.
    starts: Vec<usize>,
    sections: HashMap<String, Vec<&'a RawValue>>,
}

/// One step down into a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::registry) enum Step<'p> {
    Key(&'p str),
    Item(usize),
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let sections = members(text)
            .into_iter()
            .filter_map(|(key, value)| Some((key, serde_json::from_str(value.get()).ok()?)))
            .collect();
        Self { text, starts, sections }
    }

    /// The line, from 1, of the deepest part of `path` that is in the file.
    pub(super) fn line_of(&self, path: &str) -> usize {
        let mut steps = steps(path);
        let Some(Step::Key(section)) = steps.next() else { return 1 };
        let entry = match (self.sections.get(section), steps.next()) {
            (Some(entries), Some(Step::Item(at))) => entries.get(at).copied(),
            _ => members(self.text).into_iter().find(|(key, _)| key == section).map(|(_, value)| value),
        };
        let Some(mut value) = entry else { return 1 };
        for step in steps {
            let inner = match step {
                Step::Key(key) => members(value.get()).into_iter().rev().find(|(name, _)| name == key).map(|(_, v)| v),
                Step::Item(at) => {
                    serde_json::from_str::<Vec<&RawValue>>(value.get()).ok().and_then(|v| v.get(at).copied())
                }
            };
            match inner {
                Some(inner) => value = inner,
                None => break,
            }
        }
        let offset = value.get().as_ptr() as usize - self.text.as_ptr() as usize;
        self.starts.partition_point(|start| *start <= offset)
    }
}

/// The keys and values of an object, repeated keys too; nothing for any other value.
fn members(object: &str) -> Vec<(String, &RawValue)> {
    struct Members;
    impl<'de> serde::de::Visitor<'de> for Members {
        type Value = Vec<(String, &'de RawValue)>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some(member) = map.next_entry()? {
                members.push(member);
            }
            Ok(members)
        }
    }
    use serde::Deserializer as _;
    serde_json::Deserializer::from_str(object).deserialize_map(Members).unwrap_or_default()
}

/// `reports[3].scope[0].id` step by step.
pub(in crate::registry) fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    path.split(['.', '[']).filter(|part| !part.is_empty()).map(|part| {
        match part.strip_suffix(']').and_then(|index| index.parse().ok()) {
            Some(index) => Step::Item(index),
            None => Step::Key(part),
        }
    })
}
