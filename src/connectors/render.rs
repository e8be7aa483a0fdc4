//! Makes requests out of a connector's templates. Pure: the time and the token are parameters.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::context::Contexts;
use super::definition::{Auth, AuthKind, Body, Definition, Request, TokenRules};
use super::secrets::{HIDDEN, Secrets};
use super::templates::reason;
use crate::closed::closed;
use crate::deliver::http::Outgoing;
use crate::intake::signature::{self, Secret};

closed! {
    /// Which of a connector's requests.
    Step {
        /// Makes the other side's ticket.
        Create = "create",
        /// Says something new about it.
        Update = "update",
        /// Says that the case is over.
        Close = "close",
        /// Looks for a ticket that an earlier attempt may have made.
        Find = "find",
        /// Asks how its ticket stands, where its callbacks do not say.
        Look = "look",
    }
}

/// Why there is no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// The connector has no such request.
    #[error("the connector {connector} has no request to {step}")]
    NoRequest {
        /// The connector.
        connector: String,
        /// The request.
        step: Step,
    },
    /// A template failed, or gave what cannot be sent.
    #[error("{connector}: {part} of {step} cannot be written: {why}")]
    Template {
        /// The connector.
        connector: String,
        /// The request.
        step: String,
        /// Which part of it.
        part: String,
        /// What is wrong.
        why: String,
    },
    /// Nothing authenticates the call.
    #[error("{connector}: the endpoint lacks what authenticates its calls: {why}")]
    NoCredential {
        /// The connector.
        connector: String,
        /// What is missing or wrong.
        why: String,
    },
}

/// A request as people see it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Shown {
    /// The method.
    pub method: String,
    /// The address.
    pub url: String,
    /// The headers, in lower case.
    pub headers: serde_json::Map<String, Value>,
    /// The body: as JSON when it is, else as text; null when there is none.
    pub body: Value,
}

impl Definition {
    /// Which request a notice makes: `create` until the other side's ticket is known.
    #[must_use]
    pub fn step(&self, context: &Value) -> Step {
        let known = context.get("remote").is_some_and(|remote| !remote.is_null());
        let over = ["/notice/kind", "/notice/type"]
            .iter()
            .any(|place| matches!(context.pointer(place).and_then(Value::as_str), Some("closed" | "case.closed")));
        match (known, over && self.close.is_some(), self.update.is_some()) {
            (true, true, _) => Step::Close,
            (true, false, true) => Step::Update,
            _ => Step::Create,
        }
    }

    /// Whether a ticket can be looked for before it is created once more.
    #[must_use]
    pub fn finds(&self) -> bool {
        self.find.is_some()
    }

    /// The request that tells the other side; `token` is one that [`Tokens`](super::Tokens) gave, where the
    /// authentication has one, and `now` goes into signatures.
    ///
    /// # Errors
    /// [`RenderError`]: trying again makes no difference until somebody changes the endpoint or the connector.
    pub fn render(
        &self,
        context: &Value,
        secrets: &Secrets,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<Outgoing, RenderError> {
        self.render_step(self.step(context), context, secrets, token, now)
    }

    /// As [`Self::render`], for one of its requests.
    ///
    /// # Errors
    /// As [`Self::render`].
    pub fn render_step(
        &self,
        step: Step,
        context: &Value,
        secrets: &Secrets,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<Outgoing, RenderError> {
        let request = self.request(step).ok_or(RenderError::NoRequest { connector: self.name.clone(), step })?;
        let contexts = self.contexts(context, secrets, request.plain);
        let mut outgoing = self.outgoing(step.as_str(), request, &contexts, context)?;
        if let (Some(name), Some(id)) =
            (&request.idempotency_key, context.pointer("/notice/id").and_then(Value::as_str))
        {
            outgoing.headers.push((name.clone(), id.to_owned()));
        }
        self.authorize(step, &mut outgoing, context, &contexts, secrets, token, now)?;
        self.sound(step.as_str(), &outgoing)?;
        Ok(outgoing)
    }

    /// The request that gets a token, where the authentication has one.
    pub(super) fn render_token(
        &self,
        rules: &TokenRules,
        context: &Value,
        secrets: &Secrets,
    ) -> Result<Outgoing, RenderError> {
        let contexts = self.contexts(context, secrets, rules.request.plain);
        let mut outgoing = self.outgoing("token", &rules.request, &contexts, context)?;
        if let Some(form) = &rules.form {
            let mut body = url::form_urlencoded::Serializer::new(String::new());
            for (name, value) in form {
                body.append_pair(name, &self.text("token", name, value, &contexts.header)?);
            }
            outgoing.body = body.finish().into_bytes();
            outgoing.headers.push(("content-type".to_owned(), FORM.to_owned()));
        }
        if let Some((id, secret)) = &rules.basic {
            let id = self.text("token", "client_id", id, &contexts.header)?;
            let secret = self.text("token", "client_secret", secret, &contexts.header)?;
            // RFC 6749, 2.3.1: both are form-encoded before they are put together.
            let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
            outgoing.headers.push(("authorization".to_owned(), basic(&encoded(&id), &encoded(&secret))));
        }
        self.sound("token", &outgoing)?;
        Ok(outgoing)
    }

    /// The request of a step.
    pub(super) fn request(&self, step: Step) -> Option<&Request> {
        match step {
            Step::Create => self.create.as_ref(),
            Step::Update => self.update.as_ref(),
            Step::Close => self.close.as_ref(),
            Step::Find => self.find.as_ref(),
            Step::Look => self.look.as_ref(),
        }
    }

    /// The first way of authentication whose settings and secrets are given.
    pub(super) fn usable_auth(&self, settings: &serde_json::Map<String, Value>, secrets: &Secrets) -> Option<&Auth> {
        let given = |need: &String| match need.split_once('.') {
            Some(("settings", name)) => settings.get(name).is_some_and(|value| !value.is_null()),
            Some(("secrets", name)) => secrets.get(name).is_some(),
            _ => true,
        };
        self.auth.iter().find(|auth| auth.needs.iter().all(given))
    }

    /// The token rules that an endpoint's calls go by, if they need a token.
    pub(super) fn token_rules(&self, context: &Value, secrets: &Secrets) -> Option<&TokenRules> {
        let settings = self.filled(context.pointer("/endpoint/settings").unwrap_or(&Value::Null));
        match &self.usable_auth(&settings, secrets)?.how {
            AuthKind::Token(rules) => Some(rules),
            _ => None,
        }
    }

    fn outgoing(
        &self,
        step: &str,
        request: &Request,
        contexts: &Contexts,
        context: &Value,
    ) -> Result<Outgoing, RenderError> {
        let url = self.text(step, "the address", &request.url, &contexts.url)?;
        let url = Url::parse(&url).map_err(|error| self.fault(step, "the address", &error.to_string()))?;
        let mut headers = Vec::new();
        for (name, template) in &request.headers {
            headers.push((name.clone(), self.text(step, &format!("the header {name}"), template, &contexts.header)?));
        }
        let (body, usual) = self.body(step, request, contexts, context)?;
        if let Some(usual) = usual {
            headers.push(("content-type".to_owned(), request.content_type.clone().unwrap_or_else(|| usual.to_owned())));
        }
        Ok(Outgoing { method: request.method.clone(), url: url.into(), headers, body })
    }

    /// The body and its usual content type; none when there is no body.
    fn body(
        &self,
        step: &str,
        request: &Request,
        contexts: &Contexts,
        context: &Value,
    ) -> Result<(Vec<u8>, Option<&'static str>), RenderError> {
        let value = match &request.body {
            Body::None => return Ok((Vec::new(), None)),
            Body::Message => context.get("message").cloned().unwrap_or_default(),
            Body::File(name) => {
                let text = self.text(step, name, name, &contexts.body)?;
                serde_json::from_str(&text)
                    .map_err(|error| self.fault(step, name, &format!("what it gives is no JSON: {error}")))?
            }
        };
        if !request.form {
            return Ok((value.to_string().into_bytes(), Some(JSON)));
        }
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let fields = value.as_object().ok_or_else(|| self.fault(step, "the form", "it is no JSON object"))?;
        for (name, value) in fields {
            match value {
                Value::Null => {}
                Value::String(text) => drop(form.append_pair(name, text)),
                Value::Number(_) | Value::Bool(_) => drop(form.append_pair(name, &value.to_string())),
                _ => return Err(self.fault(step, name, "a form has texts only")),
            }
        }
        Ok((form.finish().into_bytes(), Some(FORM)))
    }

    #[expect(clippy::too_many_arguments, reason = "private; all that a credential can depend on")]
    fn authorize(
        &self,
        step: Step,
        outgoing: &mut Outgoing,
        context: &Value,
        contexts: &Contexts,
        secrets: &Secrets,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<(), RenderError> {
        if self.auth.is_empty() {
            return Ok(());
        }
        let settings = self.filled(context.pointer("/endpoint/settings").unwrap_or(&Value::Null));
        let lacking = |why: &str| RenderError::NoCredential { connector: self.name.clone(), why: why.to_owned() };
        let auth = self.usable_auth(&settings, secrets).ok_or_else(|| {
            let ways: Vec<String> = self.auth.iter().map(|auth| auth.needs.join(" and ")).collect();
            lacking(&format!("{} is needed", ways.join(", or ")))
        })?;
        let text = |what: &str, template: &str| self.text(step.as_str(), what, template, &contexts.header);
        match &auth.how {
            AuthKind::None => {}
            AuthKind::Basic { user, password } => {
                let value = basic(&text("the user", user)?, &text("the password", password)?);
                outgoing.headers.push(("authorization".to_owned(), value));
            }
            AuthKind::Bearer { token } => {
                outgoing.headers.push(("authorization".to_owned(), format!("Bearer {}", text("the token", token)?)));
            }
            AuthKind::Header { name, value } => {
                outgoing.headers.push((name.clone(), text("the key", value)?));
            }
            AuthKind::Query { name, value } => {
                let mut url = Url::parse(&outgoing.url).map_err(|_| lacking("the address is none"))?;
                url.query_pairs_mut().append_pair(name, &text("the key", value)?);
                outgoing.url = url.into();
            }
            AuthKind::Token(rules) => {
                let token = token.ok_or_else(|| lacking("there is no token"))?;
                outgoing.headers.push((rules.header.clone(), format!("{}{token}", rules.prefix)));
            }
            AuthKind::StandardWebhooks { secret } => {
                let id = context.pointer("/notice/id").and_then(Value::as_str).unwrap_or_default();
                let mut signatures = Vec::new();
                for text in secrets.all(secret) {
                    let key = Secret::parse(text).map_err(|error| lacking(&error.to_string()))?;
                    let signed = signature::sign(&key, id, now, &outgoing.body);
                    signatures.push(signed.map_err(|error| lacking(&error.to_string()))?);
                }
                outgoing.headers.extend([
                    ("webhook-id".to_owned(), id.to_owned()),
                    ("webhook-timestamp".to_owned(), now.as_second().to_string()),
                    ("webhook-signature".to_owned(), signatures.join(" ")),
                ]);
            }
        }
        Ok(())
    }

    fn text(&self, step: &str, part: &str, template: &str, context: &minijinja::Value) -> Result<String, RenderError> {
        self.templates.strict(template, context).map_err(|error| self.fault(step, part, &reason(&error)))
    }

    fn fault(&self, step: &str, part: &str, why: &str) -> RenderError {
        RenderError::Template {
            connector: self.name.clone(),
            step: step.to_owned(),
            part: part.to_owned(),
            why: why.to_owned(),
        }
    }

    /// Whether it can be sent as it is: a header with a line break in it would be two.
    fn sound(&self, step: &str, outgoing: &Outgoing) -> Result<(), RenderError> {
        let url = Url::parse(&outgoing.url).map_err(|error| self.fault(step, "the address", &error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some() {
            return Err(self.fault(step, "the address", "it is no plain https address"));
        }
        for (name, value) in &outgoing.headers {
            if value.chars().any(char::is_control) {
                return Err(self.fault(step, &format!("the header {name}"), "it has a line break or the like in it"));
            }
        }
        Ok(())
    }

    /// A request as people may see it: secrets, tokens and credentials hidden.
    #[must_use]
    pub fn shown(&self, outgoing: &Outgoing, secrets: &Secrets, token: Option<&str>) -> Shown {
        let secrets = token.map_or_else(|| secrets.clone(), |token| secrets.with("a token", token));
        let hide = |name: &str, value: &str| {
            // Also what was made of a secret: a hash of it opens the door as well.
            let credential = ["auth", "token", "cookie", "signature", "secret"].iter().any(|word| name.contains(word));
            if credential { HIDDEN.to_owned() } else { secrets.redact(value) }
        };
        let headers =
            outgoing.headers.iter().map(|(name, value)| (name.clone(), Value::from(hide(name, value)))).collect();
        let text = secrets.redact(&String::from_utf8_lossy(&outgoing.body));
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::from(text)) };
        Shown { method: outgoing.method.to_string(), url: secrets.redact(&outgoing.url), headers, body }
    }
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}
