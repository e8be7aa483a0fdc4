//! `[callback]`: how what the other side sends is believed and read.

use super::{Place, Reader};
use crate::connectors::definition::{CallbackAuth, CallbackFields, CallbackRules, EventRules, Signed, TicketStatus};
use crate::intake::esr::Conclusion;
use crate::triage::fault::unknown;
use crate::triage::toml_file::{Section, TomlFile};

const FIELDS: [&str; 8] = ["case", "remote_id", "number", "url", "status", "conclusion", "findings", "ignore_when"];
const OWN: [&str; 9] =
    ["auth", "event_id", "event", "body", "look", "status_words", "conclusion_words", "closes", "events"];
/// What a callback is called whose connector names no types.
pub(in crate::connectors) const ONLY_EVENT: &str = "update";

const KINDS: [&str; 4] = ["standard_webhooks", "hmac_sha256", "token", "basic"];

impl Reader<'_, '_> {
    pub(super) fn callback(&mut self, root: &Section<'_, '_>) -> Option<CallbackRules> {
        let section = self.file.section("`callback`".to_owned(), root.get("callback")?)?;
        self.file.only(&section, &[&OWN[..], &FIELDS[..]].concat());
        let entries = self.one_or_several(&section, "auth");
        let auth: Vec<CallbackAuth> = entries.iter().filter_map(|entry| self.callback_auth(entry)).collect();
        if entries.is_empty() {
            self.file.fault(TomlFile::place(&section), "`callback` has no `auth`: nothing unauthenticated is believed");
        }
        let form = match self.file.optional(&section, "body") {
            Some(("form", _)) => true,
            Some(("json", _)) | None => false,
            Some((word, place)) => {
                self.file.fault(place, unknown("kind of body", word, ["json", "form"]));
                false
            }
        };
        let look = self.flag(&section, "look");
        let event_id = self.sources(&section, "event_id");
        let event = self.sources(&section, "event");
        let fields = self.fields(&section);
        let events = self.events(&section, event.is_empty());
        let named = |of: &CallbackFields| of.case.is_some() || of.remote_id.is_some();
        if !named(&fields) && !events.iter().all(|(_, rules)| rules.ignore || named(&rules.fields)) {
            self.file.fault(TomlFile::place(&section), "`callback` says neither `case` nor `remote_id`");
        }
        let status_words =
            self.words_table(&section, "status_words", TicketStatus::parse, &TicketStatus::words().collect::<Vec<_>>());
        let conclusion_words =
            self.words_table(&section, "conclusion_words", Conclusion::parse, &Conclusion::words().collect::<Vec<_>>());
        let closes = self.closes(&section);
        Some(CallbackRules {
            auth,
            form,
            look,
            event_id,
            event,
            fields,
            status_words,
            conclusion_words,
            closes,
            events,
        })
    }

    fn fields(&mut self, section: &Section<'_, '_>) -> CallbackFields {
        let mut some = |key: &str| section.get(key).is_some().then(|| self.sources(section, key));
        CallbackFields {
            case: some("case"),
            remote_id: some("remote_id"),
            number: some("number"),
            url: some("url"),
            status: some("status"),
            conclusion: some("conclusion"),
            findings: some("findings"),
            ignore_when: some("ignore_when"),
        }
    }

    fn events(&mut self, section: &Section<'_, '_>, only_one: bool) -> Vec<(String, EventRules)> {
        if only_one {
            if section.get("events").is_some() {
                self.file
                    .fault(TomlFile::place(section), "`callback` has `events`, and no `event` that tells them apart");
            }
            return vec![(ONLY_EVENT.to_owned(), EventRules { ignore: false, fields: CallbackFields::default() })];
        }
        let Some(events) = self.file.subsection(section, "events") else { return Vec::new() };
        let mut known = Vec::new();
        for (name, _, value) in &events.entries {
            let Some(entry) = self.file.section(format!("event `{name}`"), value) else { continue };
            self.file.only(&entry, &[&["ignore"][..], &FIELDS[..]].concat());
            let rules = EventRules { ignore: self.flag(&entry, "ignore"), fields: self.fields(&entry) };
            known.push(((*name).to_owned(), rules));
        }
        known
    }

    fn words_table<T>(
        &mut self,
        section: &Section<'_, '_>,
        key: &str,
        parse: impl Fn(&str) -> Option<T>,
        known: &[&str],
    ) -> Vec<(String, T)> {
        let mut words = Vec::new();
        for (theirs, ours, place) in self.table_of_texts(section, key) {
            match parse(&ours) {
                Some(ours) => words.push((theirs, ours)),
                None => self.file.fault(place, unknown("word", &ours, known.iter().copied())),
            }
        }
        words
    }

    fn closes(&mut self, section: &Section<'_, '_>) -> Vec<TicketStatus> {
        if section.get("closes").is_none() {
            return vec![TicketStatus::Closed];
        }
        let mut closes = Vec::new();
        for (word, place) in self.file.words(section, "closes") {
            match TicketStatus::parse(word) {
                Some(status) => closes.push(status),
                None => self.file.fault(place, unknown("status", word, TicketStatus::words())),
            }
        }
        closes
    }

    fn callback_auth(&mut self, entry: &Section<'_, '_>) -> Option<CallbackAuth> {
        let kind = self.word(entry, "kind", |word| KINDS.iter().find(|kind| **kind == word), &KINDS)?;
        let own: &[&str] = match *kind {
            "hmac_sha256" => &["header", "prefix", "encoding", "over", "timestamp"],
            "token" => &["header", "query", "prefix"],
            "basic" => &["user"],
            _ => &[],
        };
        self.file.only(entry, &[&["kind", "secret"], own].concat());
        let secret = self.secret_name(entry)?;
        let header = |reader: &mut Self, key: &str| {
            let (name, place) = reader.file.optional(entry, key)?;
            reader.header_name(name, place);
            Some(name.to_ascii_lowercase())
        };
        let prefix = entry.get("prefix").and_then(|value| value.get_ref().as_str()).unwrap_or_default().to_owned();
        Some(match *kind {
            "hmac_sha256" => {
                self.file.required(entry, "header")?;
                let base64 = match self.file.optional(entry, "encoding") {
                    Some(("base64", _)) => true,
                    Some(("hex", _)) | None => false,
                    Some((word, place)) => {
                        self.file.fault(place, unknown("encoding", word, ["hex", "base64"]));
                        false
                    }
                };
                let header_name = header(self, "header")?;
                let timestamp = header(self, "timestamp");
                CallbackAuth::Hmac { secret, header: header_name, prefix, base64, over: self.over(entry), timestamp }
            }
            "token" => {
                let header = header(self, "header");
                let query = self.file.optional(entry, "query").map(|(name, _)| name.to_owned());
                if header.is_some() == query.is_some() {
                    self.file
                        .fault(TomlFile::place(entry), "a token stands in a `header` or in the `query`: say which");
                }
                CallbackAuth::Token { secret, header, query, prefix }
            }
            "basic" => CallbackAuth::Basic { user: self.required_template(entry, "user", Place::Header)?, secret },
            _ => CallbackAuth::StandardWebhooks { secret },
        })
    }

    fn over(&mut self, entry: &Section<'_, '_>) -> Vec<Signed> {
        let mut parts = Vec::new();
        for (word, place) in self.file.words(entry, "over") {
            if word == "body" {
                parts.push(Signed::Body);
            } else if let Some(name) = word.strip_prefix("header:") {
                parts.push(Signed::Header(name.to_ascii_lowercase()));
            } else if let Some(text) = word.strip_prefix("text:") {
                parts.push(Signed::Text(text.to_owned()));
            } else {
                self.file.fault(place, unknown("part", word, ["body", "header:NAME", "text:..."]));
            }
        }
        if parts.is_empty() {
            parts.push(Signed::Body);
        }
        if !parts.contains(&Signed::Body) {
            self.file.fault(TomlFile::place(entry), "`over` leaves the body out: then anybody could change it");
        }
        parts
    }
}
