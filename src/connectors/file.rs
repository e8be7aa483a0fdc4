//! Reads a `connector.toml` and names everything that is wrong with it.

mod auth;
mod callback;
mod requests;
mod settings;

use std::ops::Range;

pub(super) use callback::ONLY_EVENT;

use super::definition::{Definition, Kind};
use super::files::Directory;
use super::source::Source;
use super::templates::{Templates, reason};
use crate::triage::fault::{Fault, unknown};
use crate::triage::toml_file::{Section, TomlFile, Value};

/// The file that makes a directory a connector.
pub(super) const FILE: &str = "connector.toml";

const KEYS: &[&str] = &[
    "title",
    "kind",
    "proved",
    "notes",
    "reference",
    "settings",
    "secrets",
    "auth",
    "create",
    "update",
    "close",
    "find",
    "look",
    "answer",
    "callback",
];
const MAIL_KEYS: &[&str] = &["title", "kind", "proved", "notes", "reference", "settings"];

/// Where a template stands: what it may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Url,
    Header,
    Body,
}

impl Place {
    fn word(self) -> &'static str {
        match self {
            Self::Url => "an address",
            Self::Header => "a header",
            Self::Body => "a body",
        }
    }
}

/// A connector being read.
struct Reader<'t, 'd> {
    file: TomlFile<'t>,
    dir: &'d Directory,
    templates: Templates,
    /// Names of settings and secrets.
    settings: Vec<String>,
    secrets: Vec<String>,
    in_url: Vec<String>,
    in_body: Vec<String>,
}

/// The definition that the directory holds.
pub(super) fn read(dir: &Directory) -> Result<Definition, Vec<Fault>> {
    let place = dir.path(FILE);
    let Some(text) = dir.text(FILE) else {
        return Err(vec![Fault::text(&place, 1, "there is no such file, or it is not UTF-8")]);
    };
    let (file, table) = TomlFile::parse(&place, text);
    let mut reader = Reader {
        file,
        dir,
        templates: Templates::new(),
        settings: vec![],
        secrets: vec![],
        in_url: vec![],
        in_body: vec![],
    };
    let definition = table.as_ref().and_then(|table| reader.definition(&TomlFile::root(table)));
    let Reader { file, templates, .. } = reader;
    match definition {
        Some(definition) if file.faults.is_empty() => Ok(Definition { templates, ..definition }),
        _ => Err(file.faults),
    }
}

impl Reader<'_, '_> {
    fn definition(&mut self, root: &Section<'_, '_>) -> Option<Definition> {
        let kind = self.word(root, "kind", Kind::parse, &Kind::words().collect::<Vec<_>>());
        self.file.only(root, if kind == Some(Kind::Mail) { MAIL_KEYS } else { KEYS });
        let title = self.file.required(root, "title").map(|(title, _)| title.to_owned());
        let proved = self.flag(root, "proved");
        let notes = self.file.optional(root, "notes").map(|(notes, _)| notes.to_owned());
        let reference = self.texts(root, "reference");
        if root.get("proved").is_none() {
            self.file.fault(0..0, "this file has no `proved`: say whether it follows the vendor's public reference");
        } else if !proved && notes.is_none() {
            self.file.fault(0..0, "a connector with `proved = false` says in `notes` what could not be found");
        } else if proved && reference.is_empty() && kind == Some(Kind::Http) {
            self.file.fault(0..0, "a connector with `proved = true` says in `reference` where the vendor describes it");
        }
        let settings = self.settings(root);
        let secrets = self.secrets(root);
        self.included();
        let auth = self.auth(root);
        let common = self.answer(root, "answer", None);
        let create = self.request(root, "create", common.as_ref());
        let update = self.request(root, "update", common.as_ref());
        let close = self.request(root, "close", common.as_ref());
        let find = self.request(root, "find", common.as_ref());
        let look = self.request(root, "look", common.as_ref());
        if kind == Some(Kind::Http) {
            match &create {
                None if root.get("create").is_none() => self.file.fault(0..0, "this file has no `create`"),
                Some(create) if create.repeatable == find.is_some() => {
                    let place = root.get("create").map_or(0..0, |value| value.span());
                    let message = "say `repeatable = true` in `create` where creating twice does no harm, or how a \
                                   ticket is found again in `find`: one of the two";
                    self.file.fault(place, message);
                }
                _ => {}
            }
        }
        let callback = self.callback(root);
        if callback.as_ref().is_some_and(|callback| callback.look) != look.is_some() {
            let place = root.get("look").or(root.get("callback")).map_or(0..0, |value| value.span());
            self.file.fault(
                place,
                "`look` and `look = true` in `callback` belong together: the one asks, the other says when",
            );
        }
        Some(Definition {
            name: self.dir.name.clone(),
            title: title?,
            kind: kind?,
            proved,
            notes,
            reference,
            settings,
            secrets,
            auth,
            create,
            update,
            close,
            find,
            look,
            callback,
            templates: Templates::new(),
            samples: self.dir.samples(),
        })
    }

    /// The templates that bodies include.
    fn included(&mut self) {
        for (name, text) in self.dir.included() {
            if let Err(error) = self.templates.add_file(&name, text) {
                self.file.fault(0..0, format!("{name} is no template: {}", reason(&error)));
            }
        }
    }

    /// A required word of a closed list.
    fn word<T>(
        &mut self,
        section: &Section<'_, '_>,
        key: &str,
        parse: impl Fn(&str) -> Option<T>,
        known: &[&str],
    ) -> Option<T> {
        let (word, place) = self.file.required(section, key)?;
        let found = parse(word);
        if found.is_none() {
            self.file.fault(place, unknown(key, word, known.iter().copied()));
        }
        found
    }

    /// A flag; false when it is missing.
    fn flag(&mut self, section: &Section<'_, '_>, key: &str) -> bool {
        let Some(value) = section.get(key) else { return false };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.file.fault(value.span(), format!("`{key}` has to be true or false"));
            false
        })
    }

    /// A whole number.
    fn whole(&mut self, section: &Section<'_, '_>, key: &str) -> Option<u64> {
        let value = section.get(key)?;
        let number = integer(value);
        if number.is_none() {
            self.file.fault(value.span(), format!("`{key}` has to be a whole number, 0 or more"));
        }
        number
    }

    fn texts(&mut self, section: &Section<'_, '_>, key: &str) -> Vec<String> {
        self.file.words(section, key).into_iter().map(|(word, _)| word.to_owned()).collect()
    }

    /// The entries of a table of texts, in the order of the file.
    fn table_of_texts(&mut self, section: &Section<'_, '_>, key: &str) -> Vec<(String, String, Range<usize>)> {
        let Some(value) = section.get(key) else { return Vec::new() };
        let Some(table) = self.file.section(format!("`{key}`"), value) else { return Vec::new() };
        let mut entries = Vec::new();
        for (name, _, value) in &table.entries {
            match value.get_ref().as_str() {
                Some(text) => entries.push(((*name).to_owned(), text.to_owned(), value.span())),
                None => self.file.fault(value.span(), format!("`{name}` of `{key}` has to be a text")),
            }
        }
        entries
    }

    /// A strict template that stands in the file; the name that it is known by.
    fn template(&mut self, source: &str, place: Range<usize>, whither: Place) -> String {
        let suffix = if whither == Place::Url { super::templates::URL } else { "" };
        match self.templates.add(source, suffix) {
            Ok(name) => {
                self.check_names(&name, place, whither);
                name
            }
            Err(error) => {
                self.file.fault(place, format!("this is no template: {}", reason(&error)));
                String::new()
            }
        }
    }

    fn required_template(&mut self, section: &Section<'_, '_>, key: &str, whither: Place) -> Option<String> {
        let (source, place) = self.file.required(section, key)?;
        Some(self.template(source, place, whither))
    }

    /// The settings that a template names have to be known ones, and its secrets allowed there.
    fn check_names(&mut self, template: &str, place: Range<usize>, whither: Place) {
        for name in self.templates.names(template) {
            if let Some(setting) = name.strip_prefix("settings.").map(first) {
                if !self.settings.iter().any(|known| known == setting) {
                    let message = unknown("setting", setting, self.settings.iter().map(String::as_str));
                    self.file.fault(place.clone(), message);
                }
            } else if let Some(secret) = name.strip_prefix("secrets.").map(first) {
                let allowed = match whither {
                    Place::Url => &self.in_url,
                    Place::Header => &self.secrets,
                    Place::Body => &self.in_body,
                };
                if !self.secrets.iter().any(|known| known == secret) {
                    let message = unknown("secret", secret, self.secrets.iter().map(String::as_str));
                    self.file.fault(place.clone(), message);
                } else if !allowed.iter().any(|known| known == secret) {
                    let message = format!(
                        "the secret `{secret}` may not stand in {}; its `used_in` would say so",
                        whither.word()
                    );
                    self.file.fault(place.clone(), message);
                }
            }
        }
    }

    /// Sources; an empty list when the key is missing.
    fn sources(&mut self, section: &Section<'_, '_>, key: &str) -> Vec<Source> {
        let words = self.file.words(section, key);
        words.into_iter().filter_map(|(word, place)| self.source(word, place)).collect()
    }

    fn source(&mut self, text: &str, place: Range<usize>) -> Option<Source> {
        if text.contains("{{") || text.contains("{%") {
            return match self.templates.add_lenient(text) {
                Ok(name) => Some(Source::Template(name)),
                Err(error) => {
                    self.file.fault(place, format!("this is no template: {}", reason(&error)));
                    None
                }
            };
        }
        if let Some(name) = text.strip_prefix("header:") {
            return Some(Source::Header(name.to_ascii_lowercase()));
        }
        if let Some(name) = text.strip_prefix("query:") {
            return Some(Source::Query(name.to_owned()));
        }
        if text.starts_with('/') {
            return Some(Source::Pointer(text.to_owned()));
        }
        let message = format!(
            "`{text}` says no place: a place in the body begins with \"/\", a header with \"header:\", a query parameter \
             with \"query:\", a template has {{{{ ... }}}}"
        );
        self.file.fault(place, message);
        None
    }
}

/// What stands before the next full stop.
fn first(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

fn integer(value: &Value<'_>) -> Option<u64> {
    value.get_ref().as_integer().and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok())
}
