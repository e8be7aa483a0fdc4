//! What a `connector.toml` says, once it was read and checked. The words mean what `integrations/README.md` says.

use std::time::Duration;

use super::source::Source;
use super::templates::Templates;
use crate::closed::closed;
use crate::deliver::http::Method;
use crate::intake::esr::Conclusion;

closed! {
    /// How a connector reaches the other side.
    Kind {
        /// Calls over HTTP.
        Http = "http",
        /// Letters; there is no request to describe.
        Mail = "mail",
    }
}

closed! {
    /// What a setting's value has to be.
    SettingType {
        /// Any text that is not blank.
        Text = "text",
        /// An address that others are built on: no user, query or fragment.
        Url = "url",
        /// A whole address, with its query.
        FullUrl = "full_url",
        /// An email address.
        Email = "email",
        /// A whole number.
        Number = "number",
        /// `true` or `false`.
        Flag = "flag",
        /// Anything at all, which a template writes as it is.
        Json = "json",
    }
}

closed! {
    /// The state of the other side's ticket, in our words.
    TicketStatus {
        /// Nobody works on it yet.
        Open = "open",
        /// The other side took it.
        Accepted = "accepted",
        /// Somebody works on it.
        InProgress = "in_progress",
        /// It waits for somebody else.
        Waiting = "waiting",
        /// Solved, and not yet closed.
        Resolved = "resolved",
        /// Over.
        Closed = "closed",
        /// The other side does not take it.
        Rejected = "rejected",
    }
}

/// A connector: everything there is to know about speaking to one kind of system.
#[derive(Debug)]
pub struct Definition {
    /// Name of its directory; endpoints name it.
    pub name: String,
    /// For people.
    pub title: String,
    /// How the other side is reached.
    pub kind: Kind,
    /// Whether it was written from the vendor's public reference.
    pub proved: bool,
    /// What an operator has to know, or what is doubtful.
    pub notes: Option<String>,
    /// Where the vendor describes what is used.
    pub reference: Vec<String>,
    /// What an endpoint has to be given, in the order of the file.
    pub settings: Vec<Setting>,
    /// The same for what is never shown.
    pub secrets: Vec<SecretSetting>,
    /// The first whose settings and secrets are given counts; empty: no credential.
    pub(super) auth: Vec<Auth>,
    pub(super) create: Option<Request>,
    pub(super) update: Option<Request>,
    pub(super) close: Option<Request>,
    pub(super) find: Option<Request>,
    pub(super) look: Option<Request>,
    pub(super) callback: Option<CallbackRules>,
    pub(super) templates: Templates,
    /// The files of `sample/`: name and content.
    pub(super) samples: Vec<(String, String)>,
}

/// A setting that an endpoint is given.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its key.
    pub name: String,
    /// What it is and where to find it.
    pub about: String,
    /// Whether it must be given.
    pub required: bool,
    /// Its value when it is not given.
    pub default: Option<serde_json::Value>,
    /// What it has to be.
    pub kind: SettingType,
    /// The words it may be; empty: any.
    pub one_of: Vec<String>,
}

/// A secret that an endpoint is given.
#[derive(Debug, Clone)]
pub struct SecretSetting {
    /// Its key.
    pub name: String,
    /// What it is and where to find it.
    pub about: String,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it is a whole address.
    pub full_url: bool,
    /// Whether addresses may contain it.
    pub in_url: bool,
    /// Whether bodies may contain it.
    pub in_body: bool,
}

/// One way of showing who we are. Names are of templates in [`Definition::templates`].
#[derive(Debug)]
pub(super) struct Auth {
    /// The settings and secrets that it cannot do without: `settings.user`, `secrets.password`.
    pub(super) needs: Vec<String>,
    pub(super) how: AuthKind,
}

#[derive(Debug)]
pub(super) enum AuthKind {
    None,
    Basic { user: String, password: String },
    Bearer { token: String },
    Header { name: String, value: String },
    Query { name: String, value: String },
    Token(Box<TokenRules>),
    StandardWebhooks { secret: String },
}

impl AuthKind {
    /// The word in the file.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Basic { .. } => "basic",
            Self::Bearer { .. } => "bearer",
            Self::Header { .. } => "header",
            Self::Query { .. } => "query",
            Self::Token(rules) if rules.form.is_some() => "oauth2_client_credentials",
            Self::Token(_) => "session",
            Self::StandardWebhooks { .. } => "standard_webhooks",
        }
    }
}

/// How a token is got and shown.
#[derive(Debug)]
pub(super) struct TokenRules {
    pub(super) request: Request,
    /// OAuth2: the form's fields, name and template; the request has no body file then.
    pub(super) form: Option<Vec<(String, String)>>,
    /// OAuth2 with `client_auth = "basic"`: templates of the client's id and secret.
    pub(super) basic: Option<(String, String)>,
    pub(super) token: Vec<Source>,
    pub(super) expires_in: Vec<Source>,
    pub(super) lifetime: Duration,
    pub(super) header: String,
    pub(super) prefix: String,
    pub(super) expired: Vec<u16>,
}

/// A request; texts are names of templates.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Body,
    pub(super) form: bool,
    pub(super) content_type: Option<String>,
    pub(super) idempotency_key: Option<String>,
    pub(super) repeatable: bool,
    /// Whether its templates look at nothing but settings and secrets: then the rest is not even laid out for them.
    pub(super) plain: bool,
    pub(super) answer: AnswerRules,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    None,
    /// The message as the endpoint wants it.
    Message,
    /// A template file.
    File(String),
}

/// How an answer is read.
#[derive(Debug, Clone, Default)]
pub(super) struct AnswerRules {
    pub(super) success: Vec<Statuses>,
    pub(super) ok: Vec<Condition>,
    pub(super) id: Vec<Source>,
    pub(super) number: Vec<Source>,
    pub(super) url: Vec<Source>,
    pub(super) optional: Vec<String>,
    pub(super) error: Vec<Source>,
    pub(super) retry: Vec<Statuses>,
    pub(super) retry_errors: Vec<String>,
}

/// One status, or a hundred of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statuses {
    One(u16),
    Hundred(u16),
}

impl Statuses {
    pub(super) fn contain(self, status: u16) -> bool {
        match self {
            Self::One(one) => one == status,
            Self::Hundred(first) => status / 100 == first,
        }
    }
}

/// A value that a success has to show.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) at: Vec<Source>,
    pub(super) is: Vec<String>,
}

/// How callbacks are believed and read.
#[derive(Debug)]
pub(super) struct CallbackRules {
    pub(super) auth: Vec<CallbackAuth>,
    pub(super) form: bool,
    /// What comes in says only that something is new: what is new is asked by `look`.
    pub(super) look: bool,
    pub(super) event_id: Vec<Source>,
    pub(super) event: Vec<Source>,
    pub(super) fields: CallbackFields,
    pub(super) status_words: Vec<(String, TicketStatus)>,
    pub(super) conclusion_words: Vec<(String, Conclusion)>,
    pub(super) closes: Vec<TicketStatus>,
    /// The types that are known.
    pub(super) events: Vec<(String, EventRules)>,
}

#[derive(Debug)]
pub(super) struct EventRules {
    pub(super) ignore: bool,
    /// What goes before the common fields, where it is given.
    pub(super) fields: CallbackFields,
}

/// Where the parts of an update stand.
#[derive(Debug, Clone, Default)]
pub(super) struct CallbackFields {
    pub(super) case: Option<Vec<Source>>,
    pub(super) remote_id: Option<Vec<Source>>,
    pub(super) number: Option<Vec<Source>>,
    pub(super) url: Option<Vec<Source>>,
    pub(super) status: Option<Vec<Source>>,
    pub(super) conclusion: Option<Vec<Source>>,
    pub(super) findings: Option<Vec<Source>>,
    pub(super) ignore_when: Option<Vec<Source>>,
}

/// One way in which a callback shows who sent it. `secret` is a secret's name.
#[derive(Debug)]
pub(super) enum CallbackAuth {
    StandardWebhooks { secret: String },
    Hmac { secret: String, header: String, prefix: String, base64: bool, over: Vec<Signed>, timestamp: Option<String> },
    Token { secret: String, header: Option<String>, query: Option<String>, prefix: String },
    Basic { user: String, secret: String },
}

impl CallbackAuth {
    /// The name of the secret that it rests on.
    pub(super) fn secret(&self) -> &str {
        match self {
            Self::StandardWebhooks { secret }
            | Self::Hmac { secret, .. }
            | Self::Token { secret, .. }
            | Self::Basic { secret, .. } => secret,
        }
    }
}

/// A part of what an HMAC is computed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Signed {
    Body,
    Header(String),
    Text(String),
}

impl Definition {
    /// Whether it takes messages as they are, one after another; other systems are told the weightiest of a decision.
    #[must_use]
    pub fn takes_messages(&self) -> bool {
        self.create.as_ref().is_some_and(|create| create.body == Body::Message)
    }

    /// Whether what is known of the other side's ticket makes a difference to what is sent.
    #[must_use]
    pub fn follows_up(&self) -> bool {
        self.update.is_some() || self.close.is_some()
    }

    /// Whether the other side can send something back.
    #[must_use]
    pub fn two_way(&self) -> bool {
        self.callback.is_some()
    }

    /// The ways of authentication that it offers, as the file calls them.
    pub fn auth_words(&self) -> impl Iterator<Item = &'static str> {
        self.auth.iter().map(|auth| auth.how.word())
    }

    /// The secret that our messages are signed with as Standard Webhooks says, where they are: one that we can make ourselves.
    #[must_use]
    pub fn signing_secret(&self) -> Option<&str> {
        self.auth.iter().find_map(|auth| match &auth.how {
            AuthKind::StandardWebhooks { secret } => Some(secret.as_str()),
            _ => None,
        })
    }

    /// The types of callbacks that are known.
    pub fn callback_events(&self) -> impl Iterator<Item = &str> {
        self.callback.iter().flat_map(|rules| &rules.events).map(|(known, _)| known.as_str())
    }

    /// Whether a repeated `create` makes no second ticket: either it is harmless, or a ticket is looked for first.
    #[must_use]
    pub fn repeatable(&self) -> bool {
        self.create.as_ref().is_none_or(|create| create.repeatable)
    }
}
