//! Where a value stands in what came in: a place in a JSON body, a header, a query parameter, or a template over them.

use serde_json::Value;

use super::templates::Templates;

/// One place to look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// RFC 6901.
    Pointer(String),
    /// A header, in lower case.
    Header(String),
    /// A query parameter.
    Query(String),
    /// Name of a lenient template.
    Template(String),
}

/// What came in, as templates see it: `body`, `headers`, `query`, `settings`, and more in answers.
pub(super) struct Incoming<'a> {
    pub(super) values: &'a Value,
    pub(super) templates: &'a Templates,
}

impl Incoming<'_> {
    /// The first source that gives something, as text.
    pub(super) fn first(&self, sources: &[Source]) -> Option<String> {
        sources.iter().find_map(|source| self.read(source))
    }

    fn read(&self, source: &Source) -> Option<String> {
        let part = |of: &str, name: &str| self.values.get(of).and_then(|all| all.get(name)).and_then(text);
        match source {
            Source::Pointer(pointer) => self.values.get("body").and_then(|body| body.pointer(pointer)).and_then(text),
            Source::Header(name) => part("headers", name),
            Source::Query(name) => part("query", name),
            // A template that fails on what came in gives as little as one that finds nothing there.
            Source::Template(name) => {
                // What is left of one whose places are all empty is punctuation at most.
                let text = self.templates.lenient(name, self.values).ok()?;
                Some(text.trim().to_owned()).filter(|text| text.chars().any(char::is_alphanumeric))
            }
        }
    }
}

/// A value as text: numbers and booleans become text; what is blank, null or made of parts gives nothing.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
