//! The templates of one connector. What a request is made of is strict: an unknown name is an error. What reads answers and
//! callbacks is lenient: what is missing gives nothing. Both are cut off when they run for long.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::decoders::html::html_to_text;
use minijinja::value::{Serde, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};
use sha2::{Digest as _, Sha256};

use crate::hash::hex;

/// Steps that one rendering may take; a long card takes a few hundred.
const FUEL: u64 = 50_000;
/// Templates whose name ends so write addresses.
pub(super) const URL: &str = ".url";

/// The templates of one connector, by name.
#[derive(Debug)]
pub(super) struct Templates {
    strict: Environment<'static>,
    lenient: Environment<'static>,
    count: usize,
}

impl Templates {
    pub(super) fn new() -> Self {
        Self {
            strict: environment(UndefinedBehavior::Strict),
            lenient: environment(UndefinedBehavior::Chainable),
            count: 0,
        }
    }

    /// Adds a template file under its own name.
    pub(super) fn add_file(&mut self, name: &str, source: String) -> Result<(), Error> {
        self.strict.add_template_owned(name.to_owned(), source)
    }

    /// Adds a strict template that stands in `connector.toml`, and gives it a name that ends in `suffix`.
    pub(super) fn add(&mut self, source: &str, suffix: &str) -> Result<String, Error> {
        let name = self.next(suffix);
        self.strict.add_template_owned(name.clone(), source.to_owned()).map(|()| name)
    }

    /// Adds a lenient one.
    pub(super) fn add_lenient(&mut self, source: &str) -> Result<String, Error> {
        let name = self.next("");
        self.lenient.add_template_owned(name.clone(), source.to_owned()).map(|()| name)
    }

    fn next(&mut self, suffix: &str) -> String {
        self.count += 1;
        format!("#{}{suffix}", self.count)
    }

    /// Renders a strict template.
    pub(super) fn strict(&self, name: &str, context: &Value) -> Result<String, Error> {
        self.strict.get_template(name)?.render(context)
    }

    /// Renders a lenient template.
    pub(super) fn lenient(&self, name: &str, values: &serde_json::Value) -> Result<String, Error> {
        self.lenient.get_template(name)?.render(Value::from(Serde(values)))
    }

    /// The names that a strict template looks up: `settings.table`, `esr`.
    pub(super) fn names(&self, name: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .strict
            .get_template(name)
            .map(|found| found.undeclared_variables(true).into_iter().collect())
            .unwrap_or_default();
        names.sort_unstable();
        names
    }
}

fn environment(undefined: UndefinedBehavior) -> Environment<'static> {
    let mut env = Environment::new();
    env.set_undefined_behavior(undefined);
    env.set_fuel(Some(FUEL));
    env.set_auto_escape_callback(|name| {
        if name.ends_with(".json") {
            AutoEscape::Json
        } else if name.ends_with(URL) {
            AutoEscape::Custom("url".into())
        } else {
            AutoEscape::None
        }
    });
    env.set_formatter(format);
    // With it a template could write text from outside unescaped.
    env.remove_filter("safe");
    env.remove_filter("e");
    env.remove_filter("escape");
    env.add_filter("b64", |text: &str| STANDARD.encode(text));
    env.add_filter("html", as_html);
    env.add_filter("striptags", from_html);
    env.add_filter("sha256", |text: &str| hex(&Sha256::digest(text.as_bytes())));
    env
}

/// Plain text as HTML.
fn as_html(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            '\n' => html.push_str("<br>"),
            '\r' => {}
            letter => html.push(letter),
        }
    }
    html
}

/// The text of what may be HTML, line by line; what has no tags in it stays as it is.
fn from_html(text: &str) -> String {
    let tag =
        |at: usize| text[at + 1..].starts_with(|next: char| next.is_ascii_alphabetic() || next == '/' || next == '!');
    if text.match_indices('<').any(|(at, _)| tag(at)) { html_to_text(text).trim().to_owned() } else { text.to_owned() }
}

/// Writes one value: in JSON as JSON, elsewhere as the text that it is. In an address everything is percent-encoded but what
/// was checked to be an address itself.
fn format(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match state.auto_escape() {
        AutoEscape::Custom(_) if !value.is_safe() => encoded(out, value),
        AutoEscape::Json => minijinja::escape_formatter(out, state, value),
        _ => out.write_str(&plain(value)).map_err(Error::from),
    }
}

/// As JSON writes it, without quotation marks; null is nothing.
fn plain(value: &Value) -> String {
    match value.kind() {
        ValueKind::Bool => value.is_true().to_string(),
        ValueKind::None => String::new(),
        _ => value.to_string(),
    }
}

fn encoded(out: &mut Output<'_>, value: &Value) -> Result<(), Error> {
    let refuse = |why: &str| Err(Error::new(ErrorKind::InvalidOperation, format!("an address cannot contain {why}")));
    let text = match value.kind() {
        ValueKind::String | ValueKind::Number | ValueKind::Bool => plain(value),
        ValueKind::Undefined | ValueKind::None => return refuse("a value that is missing"),
        _ => return refuse("a list or an object"),
    };
    match text.trim() {
        "" => return refuse("a value that is blank"),
        "." | ".." => return refuse("a value that is a dot or two"),
        _ => {}
    }
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte) {
            out.write_char(char::from(byte))?;
        } else {
            write!(out, "%{byte:02X}")?;
        }
    }
    Ok(())
}

/// What went wrong in a template, in one line.
pub(super) fn reason(error: &Error) -> String {
    let line = error.line().map(|line| format!(", line {line}")).unwrap_or_default();
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    format!("{}{detail}{line}", error.kind())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn render(suffix: &str, source: &str, context: serde_json::Value) -> Result<String, String> {
        let mut templates = Templates::new();
        let name = templates.add(source, suffix).map_err(|error| reason(&error))?;
        templates.strict(&name, &Value::from(Serde(context))).map_err(|error| reason(&error))
    }

    #[test]
    fn a_json_template_writes_whole_values() {
        let context = json!({"x": "a \"b\"\n", "n": 7, "none": null, "list": [1, "</script>"]});
        let text = render(".json", "[{{ x }}, {{ n }}, {{ none }}, {{ list }}, {{ 'a' ~ n }}]", context).unwrap();
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, json!(["a \"b\"\n", 7, null, [1, "</script>"], "a7"]));
    }

    #[test]
    fn elsewhere_values_are_plain_text_and_null_is_nothing() {
        let context = json!({"x": "a\"b", "flag": true, "none": null});
        assert_eq!(render("", "{{ x }}|{{ flag }}|{{ none }}", context).unwrap(), "a\"b|true|");
    }

    #[test]
    fn text_becomes_html_and_html_text() {
        let written = |source: &str, text: &str| render("", source, json!({ "x": text })).unwrap();
        assert_eq!(written("{{ x|html }}", "a <b> & \"c\"\r\nd"), "a &lt;b&gt; &amp; &quot;c&quot;<br>d");
        assert_eq!(written("{{ x|striptags }}", "<p>a &lt;b&gt;<br/>c</p><script>alert(1)</script>"), "a <b>\nc");
        for plain in ["a < b, 1<2\nc", "no tag"] {
            assert_eq!(written("{{ x|striptags }}", plain), plain);
        }
    }

    #[test]
    fn an_unknown_name_is_an_error_and_so_is_a_loop_without_end() {
        for suffix in [".json", "", URL] {
            assert!(render(suffix, "{{ nobody }}", json!({})).unwrap_err().starts_with("undefined value"), "{suffix}");
        }
        let endless = "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}";
        assert!(render("", endless, json!({})).unwrap_err().contains("fuel"));
    }

    #[test]
    fn a_value_in_an_address_stays_within_its_place() {
        let address = |value| render(URL, "https://a.example/t/{{ v }}/x", json!({ "v": value }));
        assert_eq!(address(json!("a/../b?c#d e\r\n")).unwrap(), "https://a.example/t/a%2F..%2Fb%3Fc%23d%20e%0D%0A/x");
        for refused in [json!(".."), json!("."), json!(" "), json!(null), json!([]), json!({})] {
            assert!(address(refused.clone()).unwrap_err().contains("an address cannot contain"), "{refused}");
        }
    }

    #[test]
    fn text_from_outside_cannot_be_marked_as_safe() {
        assert!(render(".json", "{{ x|safe }}", json!({"x": "\""})).is_err());
    }

    #[test]
    fn reading_finds_nothing_where_nothing_is() {
        let mut templates = Templates::new();
        let name = templates.add_lenient("{{ body.a.b.c }}").unwrap();
        assert_eq!(templates.lenient(&name, &json!({"body": {}})).unwrap(), "");
    }
}
