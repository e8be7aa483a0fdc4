//! `[create]`, `[update]`, `[close]`, `[find]`, and how their answers are read.

use std::ops::Range;

use super::{Place, Reader, integer};
use crate::connectors::definition::{AnswerRules, Body, Condition, Request, Statuses};
use crate::connectors::templates::reason;
use crate::deliver::http::Method;
use crate::triage::fault::unknown;
use crate::triage::toml_file::{Section, TomlFile};

const REQUEST_KEYS: &[&str] =
    &["method", "url", "headers", "body", "encode", "content_type", "idempotency_key", "repeatable", "answer"];
const ANSWER_KEYS: &[&str] = &["success", "ok", "id", "number", "url", "optional", "error", "retry", "retry_errors"];
const RECEIPT: [&str; 3] = ["id", "number", "url"];
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "PATCH"];
/// The body that is the message itself.
const MESSAGE: &str = "message";

/// Whether a name is one of a setting or secret.
pub(super) fn is_plain(name: &str) -> bool {
    ["settings.", "secrets.", "endpoint."].iter().any(|part| name.starts_with(part))
}

impl Reader<'_, '_> {
    /// A request of the file; `common` is `[answer]`.
    pub(super) fn request(
        &mut self,
        root: &Section<'_, '_>,
        key: &str,
        common: Option<&AnswerRules>,
    ) -> Option<Request> {
        let section = self.file.section(format!("`{key}`"), root.get(key)?)?;
        self.file.only(&section, REQUEST_KEYS);
        if key != "create" && section.get("repeatable").is_some() {
            self.file.fault(TomlFile::place(&section), "only `create` can be `repeatable`");
        }
        let repeatable = self.flag(&section, "repeatable");
        let answer = self.answer(&section, "answer", common);
        self.described(&section, "POST", answer.or_else(|| common.cloned()).unwrap_or_default(), repeatable)
    }

    /// What a request and the one for a token have in common.
    pub(super) fn described(
        &mut self,
        section: &Section<'_, '_>,
        method: &str,
        answer: AnswerRules,
        repeatable: bool,
    ) -> Option<Request> {
        let method = match self.file.optional(section, "method") {
            Some((word, place)) => {
                if !METHODS.contains(&word) {
                    self.file.fault(place, unknown("method", word, METHODS));
                }
                word
            }
            None => method,
        };
        let url = self.required_template(section, "url", Place::Url);
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, value, place) in self.table_of_texts(section, "headers") {
            let name = name.to_ascii_lowercase();
            self.header_name(&name, place.clone());
            if headers.iter().any(|(known, _)| *known == name) {
                self.file.fault(place.clone(), format!("the header `{name}` stands here twice"));
            }
            headers.push((name, self.template(&value, place, Place::Header)));
        }
        let idempotency_key = self.file.optional(section, "idempotency_key").map(|(name, place)| {
            self.header_name(name, place);
            name.to_ascii_lowercase()
        });
        let body = self.body(section);
        let form = match self.file.optional(section, "encode") {
            Some(("form", _)) => true,
            Some(("json", _)) | None => false,
            Some((word, place)) => {
                self.file.fault(place, unknown("encoding", word, ["json", "form"]));
                false
            }
        };
        let content_type = self.file.optional(section, "content_type").map(|(text, _)| text.to_owned());
        let method = Method::from_bytes(method.as_bytes()).ok()?;
        let url = url?;
        let plain_text = |template: &String| self.templates.names(template).iter().all(|name| is_plain(name));
        let plain =
            !matches!(body, Body::File(_)) && plain_text(&url) && headers.iter().all(|(_, value)| plain_text(value));
        Some(Request { plain, method, url, headers, body, form, content_type, idempotency_key, repeatable, answer })
    }

    pub(super) fn header_name(&mut self, name: &str, place: Range<usize>) {
        let sound =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if !sound {
            self.file.fault(place, format!("`{name}` is no name of a header"));
        }
    }

    fn body(&mut self, section: &Section<'_, '_>) -> Body {
        let Some((name, place)) = self.file.optional(section, "body") else { return Body::None };
        if name == MESSAGE {
            return Body::Message;
        }
        if !name.ends_with(".json") {
            self.file.fault(place, format!("a body is a file that ends in .json, or \"{MESSAGE}\""));
            return Body::None;
        }
        let Some(text) = self.dir.text(name) else {
            self.file.fault(place, unknown("file", name, self.dir.names().filter(|name| name.ends_with(".json"))));
            return Body::None;
        };
        match self.templates.add_file(name, text.to_owned()) {
            Ok(()) => self.check_names(name, place, Place::Body),
            Err(error) => self.file.fault(place, format!("{name} is no template: {}", reason(&error))),
        }
        Body::File(name.to_owned())
    }

    /// How an answer is read: what is said here, and what `common` says where nothing is said here.
    pub(super) fn answer(
        &mut self,
        within: &Section<'_, '_>,
        key: &str,
        common: Option<&AnswerRules>,
    ) -> Option<AnswerRules> {
        let section = self.file.section(format!("`{key}` of {}", within.what), within.get(key)?)?;
        self.file.only(&section, ANSWER_KEYS);
        let said = |key: &str| section.get(key).is_some();
        let mut rules = common.cloned().unwrap_or_default();
        if said("success") {
            rules.success = self.statuses(&section, "success");
        }
        if said("ok") {
            rules.ok = self.conditions(&section);
        }
        for (key, sources) in
            [("id", &mut rules.id), ("number", &mut rules.number), ("url", &mut rules.url), ("error", &mut rules.error)]
        {
            if said(key) {
                *sources = self.sources(&section, key);
            }
        }
        if said("optional") {
            rules.optional = self.texts(&section, "optional");
            for word in rules.optional.clone() {
                if !RECEIPT.contains(&word.as_str()) {
                    self.file.fault(TomlFile::place(&section), unknown("part of an answer", &word, RECEIPT));
                }
            }
        }
        if said("retry") {
            rules.retry = self.statuses(&section, "retry");
        }
        if said("retry_errors") {
            rules.retry_errors = self.texts(&section, "retry_errors");
        }
        Some(rules)
    }

    /// Statuses: `[201, "2xx"]`.
    pub(super) fn statuses(&mut self, section: &Section<'_, '_>, key: &str) -> Vec<Statuses> {
        let Some(value) = section.get(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.file.fault(value.span(), format!("`{key}` has to be a list of statuses"));
            return Vec::new();
        };
        let mut statuses = Vec::new();
        for item in items.iter() {
            let number = integer(item).and_then(|number| u16::try_from(number).ok()).filter(|n| (100..600).contains(n));
            let hundred = item.get_ref().as_str().and_then(|word| word.strip_suffix("xx")?.parse().ok());
            match (number, hundred.filter(|first| (2..6).contains(first))) {
                (Some(number), _) => statuses.push(Statuses::One(number)),
                (None, Some(first)) => statuses.push(Statuses::Hundred(first)),
                (None, None) => self.file.fault(item.span(), "a status is a number like 201, or a word like \"2xx\""),
            }
        }
        statuses
    }

    fn conditions(&mut self, section: &Section<'_, '_>) -> Vec<Condition> {
        let mut conditions = Vec::new();
        for entry in self.file.tables(section, "ok") {
            self.file.only(&entry, &["at", "is"]);
            let at = self.sources(&entry, "at");
            let Some(is) = entry.get("is") else {
                self.file.fault(TomlFile::place(&entry), "a condition says `at` and `is`");
                continue;
            };
            let items: Vec<_> = is.get_ref().as_array().map_or_else(|| vec![is], |items| items.iter().collect());
            let word = |item: &&crate::triage::toml_file::Value<'_>| {
                let inner = item.get_ref();
                let text = inner.as_str().map(str::to_owned);
                text.or_else(|| inner.as_bool().map(|flag| flag.to_string()))
                    .or_else(|| integer(item).map(|n| n.to_string()))
            };
            let words: Vec<String> = items.iter().filter_map(word).collect();
            if words.len() != items.len() || at.is_empty() {
                self.file.fault(is.span(), "a condition compares a source with texts, whole numbers, true or false");
            }
            conditions.push(Condition { at, is: words });
        }
        conditions
    }
}
