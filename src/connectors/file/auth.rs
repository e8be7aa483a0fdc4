//! `[[auth]]`: how requests are authenticated.

use std::time::Duration;

use super::requests::is_plain;
use super::{Place, Reader, integer};
use crate::connectors::definition::{AnswerRules, Auth, AuthKind, Body, Request, TokenRules};
use crate::connectors::source::Source;
use crate::triage::fault::unknown;
use crate::triage::toml_file::{Section, TomlFile};

const KINDS: [&str; 8] =
    ["none", "basic", "bearer", "header", "query", "oauth2_client_credentials", "session", "standard_webhooks"];
const TOKEN_KEYS: [&str; 6] = ["token", "expires_in", "lifetime_seconds", "header", "prefix", "expired"];
/// How long a token is used whose answer does not say how long it lives, in seconds.
const LIFETIME: u64 = 1800;

impl Reader<'_, '_> {
    pub(super) fn auth(&mut self, root: &Section<'_, '_>) -> Vec<Auth> {
        self.one_or_several(root, "auth").iter().filter_map(|entry| self.one_auth(entry)).collect()
    }

    /// `[auth]` or `[[auth]]`.
    pub(super) fn one_or_several<'v, 's>(&mut self, section: &Section<'v, 's>, key: &str) -> Vec<Section<'v, 's>> {
        match section.get(key) {
            Some(value) if value.get_ref().is_table() => {
                self.file.section(format!("`{key}`"), value).into_iter().collect()
            }
            _ => self.file.tables(section, key),
        }
    }

    fn one_auth(&mut self, entry: &Section<'_, '_>) -> Option<Auth> {
        let kind = self.word(entry, "kind", |word| KINDS.iter().find(|kind| **kind == word), &KINDS)?;
        let own: &[&str] = match *kind {
            "basic" => &["kind", "user", "password"],
            "bearer" => &["kind", "token"],
            "header" | "query" => &["kind", "name", "value"],
            "oauth2_client_credentials" => {
                &["kind", "token_url", "client_id", "client_secret", "scope", "parameters", "client_auth"]
            }
            "session" => &["kind", "method", "url", "headers", "body", "encode", "content_type"],
            "standard_webhooks" => &["kind", "secret"],
            _ => &["kind"],
        };
        let with_token = matches!(*kind, "oauth2_client_credentials" | "session");
        let extra: &[&str] = if with_token { &TOKEN_KEYS } else { &[] };
        self.file.only(entry, &[own, extra].concat());
        let how = match *kind {
            "basic" => AuthKind::Basic {
                user: self.required_template(entry, "user", Place::Header)?,
                password: self.required_template(entry, "password", Place::Header)?,
            },
            "bearer" => AuthKind::Bearer { token: self.required_template(entry, "token", Place::Header)? },
            "header" => {
                let (name, place) = self.file.required(entry, "name")?;
                self.header_name(name, place);
                let value = self.required_template(entry, "value", Place::Header)?;
                AuthKind::Header { name: name.to_ascii_lowercase(), value }
            }
            "query" => {
                let (name, _) = self.file.required(entry, "name")?;
                AuthKind::Query { name: name.to_owned(), value: self.required_template(entry, "value", Place::Header)? }
            }
            "oauth2_client_credentials" => AuthKind::Token(Box::new(self.oauth2(entry)?)),
            "session" => {
                let request = self.described(entry, "POST", AnswerRules::default(), true)?;
                AuthKind::Token(Box::new(self.token_rules(entry, request)))
            }
            "standard_webhooks" => AuthKind::StandardWebhooks { secret: self.secret_name(entry)? },
            _ => AuthKind::None,
        };
        let needs = self.needs(&how);
        if let Some(name) = needs.iter().find(|name| !is_plain(name)) {
            let message = format!("`{name}` is nothing that a credential can be made of: settings and secrets are");
            self.file.fault(TomlFile::place(entry), message);
        }
        Some(Auth { needs, how })
    }

    /// `secret = "name"`, the name of one of the secrets.
    pub(super) fn secret_name(&mut self, entry: &Section<'_, '_>) -> Option<String> {
        let (name, place) = self.file.required(entry, "secret")?;
        if !self.secrets.iter().any(|known| known == name) {
            self.file.fault(place, unknown("secret", name, self.secrets.iter().map(String::as_str)));
        }
        Some(name.to_owned())
    }

    fn oauth2(&mut self, entry: &Section<'_, '_>) -> Option<TokenRules> {
        let (url, place) = self.file.required(entry, "token_url")?;
        let url = self.template(url, place, Place::Url);
        let id = self.required_template(entry, "client_id", Place::Header)?;
        let secret = self.required_template(entry, "client_secret", Place::Header)?;
        let mut form = vec![("grant_type".to_owned(), self.template("client_credentials", 0..0, Place::Header))];
        if let Some((scope, place)) = self.file.optional(entry, "scope") {
            form.push(("scope".to_owned(), self.template(scope, place, Place::Header)));
        }
        for (name, value, place) in self.table_of_texts(entry, "parameters") {
            form.push((name, self.template(&value, place, Place::Header)));
        }
        let basic = match self.file.optional(entry, "client_auth") {
            Some(("basic", _)) => Some((id, secret)),
            Some(("body", _)) | None => {
                form.push(("client_id".to_owned(), id));
                form.push(("client_secret".to_owned(), secret));
                None
            }
            Some((word, place)) => {
                self.file.fault(place, unknown("way to show the client", word, ["body", "basic"]));
                None
            }
        };
        let request = Request {
            method: crate::deliver::http::Method::POST,
            url,
            headers: vec![("accept".to_owned(), self.template("application/json", 0..0, Place::Header))],
            body: Body::None,
            form: true,
            content_type: None,
            idempotency_key: None,
            repeatable: true,
            plain: true,
            answer: AnswerRules::default(),
        };
        let rules = self.token_rules(entry, request);
        Some(TokenRules { form: Some(form), basic, ..rules })
    }

    fn token_rules(&mut self, entry: &Section<'_, '_>, request: Request) -> TokenRules {
        let or = |sources: Vec<Source>, usual: &str| {
            if sources.is_empty() { vec![Source::Pointer(usual.to_owned())] } else { sources }
        };
        let token = or(self.sources(entry, "token"), "/access_token");
        let expires_in = or(self.sources(entry, "expires_in"), "/expires_in");
        let lifetime = Duration::from_secs(self.whole(entry, "lifetime_seconds").unwrap_or(LIFETIME));
        let header = self.file.optional(entry, "header").map_or_else(
            || "authorization".to_owned(),
            |(name, place)| {
                self.header_name(name, place);
                name.to_ascii_lowercase()
            },
        );
        // An empty prefix is one that is meant: `Session-Token: TOKEN`.
        let prefix = entry.get("prefix").and_then(|value| value.get_ref().as_str()).unwrap_or("Bearer ").to_owned();
        let expired = match entry.get("expired").and_then(|value| value.get_ref().as_array()) {
            Some(items) => items.iter().filter_map(|item| integer(item).and_then(|n| u16::try_from(n).ok())).collect(),
            None => vec![401],
        };
        if expired.is_empty() {
            self.file.fault(TomlFile::place(entry), "`expired` has to be a list of statuses");
        }
        TokenRules { request, form: None, basic: None, token, expires_in, lifetime, header, prefix, expired }
    }

    /// What the templates of an authentication cannot do without.
    fn needs(&self, how: &AuthKind) -> Vec<String> {
        let names: Vec<&str> = match how {
            AuthKind::None => vec![],
            AuthKind::StandardWebhooks { secret } => return vec![format!("secrets.{secret}")],
            AuthKind::Basic { user, password } => vec![user, password],
            AuthKind::Bearer { token } => vec![token],
            AuthKind::Header { value, .. } | AuthKind::Query { value, .. } => vec![value],
            AuthKind::Token(rules) => {
                let mut names: Vec<&str> = vec![&rules.request.url];
                names.extend(rules.request.headers.iter().map(|(_, value)| value.as_str()));
                names.extend(rules.form.iter().flatten().map(|(_, value)| value.as_str()));
                names.extend(rules.basic.iter().flat_map(|(id, secret)| [id.as_str(), secret.as_str()]));
                if let Body::File(name) = &rules.request.body {
                    names.push(name);
                }
                names
            }
        };
        let mut needs: Vec<String> = names.into_iter().flat_map(|name| self.templates.names(name)).collect();
        needs.sort_unstable();
        needs.dedup();
        needs
    }
}
