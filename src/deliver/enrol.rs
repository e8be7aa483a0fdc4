//! What an endpoint may be: reads what somebody says of one, and names everything that is wrong with it. Pure but for new
//! secrets.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::clock::Clock;
use crate::closed::closed;
use crate::connectors::{self, Definition, Definitions, SettingType};
use crate::intake::fields::FieldError;
use crate::intake::limits::NAME;
use crate::intake::signature::Secret;
use crate::nearest::nearest;
use crate::notify::EventType;
use crate::notify::endpoint::{Endpoint, EndpointState, Language, Payload, Secrets};
use crate::notify::policy::TOLD;
use crate::triage::outcome::Side;

/// The longest name of an endpoint, in characters.
const ENDPOINT_NAME: usize = 64;
/// The longest secret, in bytes.
const SECRET: usize = 8_192;
/// How many of an endpoint's deliveries may be under way at once, at most, and when not said.
const MOST_AT_ONCE: u32 = 64;
const AT_ONCE: u32 = 16;
/// How many live secrets of one name there may be; the oldest goes first.
const LIVE_SECRETS: usize = 4;

closed! {
    /// What can be said of an endpoint.
    Key {
        /// What people and URLs call it.
        Name = "name",
        /// Whose side.
        Side = "side",
        /// Whose.
        Owner = "owner",
        /// How it is spoken to.
        Connector = "connector",
        /// What the connector wants to know.
        Settings = "settings",
        /// What it needs to be let in.
        Secrets = "secrets",
        /// The events that it takes.
        Events = "events",
        /// How much it gets.
        Payload = "payload",
        /// The language of its sentences.
        Language = "language",
        /// Deliveries at once.
        Concurrency = "concurrency",
        /// Deliveries a second.
        PerSecond = "per_second",
        /// Who is told when it is disabled.
        Contact = "contact",
    }
}

/// What stays as it is once an endpoint is there.
const FIXED: [Key; 4] = [Key::Name, Key::Side, Key::Owner, Key::Connector];

/// What is needed to judge an endpoint.
pub struct With<'a> {
    /// The connectors there are.
    pub connectors: &'a Definitions,
    /// Time, ids and new secrets.
    pub clock: &'a Clock,
    /// The language of those who choose none.
    pub language: Language,
    /// What speaks against calling an address, as far as it says so itself.
    pub against: &'a dyn Fn(&str) -> Option<String>,
}

/// A new endpoint, and the secret that was made for it: its name and itself, to be shown this one time.
pub struct New {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// The secret.
    pub made: Option<(String, String)>,
}

/// Reads a new endpoint. `whose` is its side and owner where they are not to be chosen.
///
/// # Errors
/// Everything that is wrong with it.
pub fn create(said: &Value, whose: Option<(Side, String)>, with: &With<'_>) -> Result<New, Vec<FieldError>> {
    let mut said = Said::new(said)?;
    let name = said.required(Key::Name).and_then(|value| said.name(value));
    let (side, owner) = match whose {
        Some((side, owner)) => {
            for key in [Key::Side, Key::Owner] {
                if said.given(key).is_some() {
                    said.refuse(key.as_str(), "comes from the credential; leave it out");
                }
            }
            (Some(side), Some(owner))
        }
        None => said.whose(),
    };
    let definition = said.required(Key::Connector).and_then(|value| said.connector(value, with.connectors));
    let now = with.clock.now();
    let mut endpoint = Endpoint {
        id: with.clock.id("end"),
        name: name.unwrap_or_default(),
        side: side.unwrap_or(Side::Ale),
        owner,
        connector: definition.map(|definition| definition.name.clone()).unwrap_or_default(),
        settings: Map::new(),
        secrets: Secrets::default(),
        events: Vec::new(),
        payload: Payload::Full,
        language: with.language,
        concurrency: AT_ONCE,
        per_second: 0,
        contact: None,
        state: EndpointState::Enabled,
        reason: None,
        failing_since: None,
        created_at: now,
        updated_at: now,
    };
    said.put_into(&mut endpoint);
    let mut made = None;
    if let Some(definition) = definition {
        let signing = definition.signing_secret().filter(|name| !endpoint.secrets.0.contains_key(*name));
        made = signing.and_then(|name| Some((name.to_owned(), new_secret(with.clock)?)));
        if let Some((name, secret)) = &made {
            endpoint.secrets.0.insert(name.clone(), Value::from(secret.as_str()));
        }
        said.judge(&endpoint, definition, with);
    }
    said.finish(New { endpoint, made })
}

/// The endpoint as it is after what is said: settings and secrets key by key, null takes away, the rest is replaced.
///
/// # Errors
/// Everything that is wrong with it.
pub fn change(endpoint: &Endpoint, said: &Value, with: &With<'_>) -> Result<Endpoint, Vec<FieldError>> {
    let mut said = Said::new(said)?;
    for key in FIXED {
        if said.given(key).is_some() {
            said.refuse(key.as_str(), "cannot be changed; add another endpoint and disable this one");
        }
    }
    let mut after = Endpoint { updated_at: with.clock.now(), ..endpoint.clone() };
    said.put_into(&mut after);
    match with.connectors.get(&after.connector) {
        Some(definition) => said.judge(&after, definition, with),
        None => said.refuse(Key::Connector.as_str(), format!("`{}` is not there any more", after.connector)),
    }
    said.finish(after)
}

/// The endpoint with another secret in front of the one of that name, which stays live behind it. `name` is the one that
/// messages are signed with, and `value` a new one, when they are not given.
///
/// # Errors
/// Says which secrets there are.
pub fn rotate(
    endpoint: &Endpoint,
    name: Option<&str>,
    value: Option<&str>,
    with: &With<'_>,
) -> Result<(Endpoint, String, Option<String>), Vec<FieldError>> {
    let fault = |path: &str, message: String| vec![FieldError { path: path.to_owned(), message }];
    let definition = with.connectors.get(&endpoint.connector);
    let signing = definition.and_then(Definition::signing_secret);
    let names: Vec<&str> =
        definition.into_iter().flat_map(|known| &known.secrets).map(|known| known.name.as_str()).collect();
    let Some(name) = name.or(signing) else {
        return Err(fault("name", format!("must say which secret: one of {}", names.join(", "))));
    };
    if !names.contains(&name) {
        let hint = nearest(name, names.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
        return Err(fault("name", format!("is no secret of this connector{}", hint.unwrap_or_default())));
    }
    let made = match value {
        Some(_) => None,
        None if signing == Some(name) => new_secret(with.clock),
        None => None,
    };
    let Some(value) = value.or(made.as_deref()) else {
        return Err(fault(
            "value",
            "must be the new secret: only a secret that signs our messages can be made here".to_owned(),
        ));
    };
    let mut live = vec![Value::from(value)];
    live.extend(match endpoint.secrets.0.get(name) {
        Some(Value::Array(before)) => before.clone(),
        Some(before) => vec![before.clone()],
        None => vec![],
    });
    live.truncate(LIVE_SECRETS);
    let mut after = Endpoint { updated_at: with.clock.now(), ..endpoint.clone() };
    after.secrets.0.insert(name.to_owned(), Value::Array(live));
    let mut said = Said { map: &Map::new(), errors: Vec::new() };
    if let Some(definition) = definition {
        said.judge(&after, definition, with);
    }
    said.finish((after, name.to_owned(), made))
}

/// A new signing secret; none where the operating system gives no randomness.
fn new_secret(clock: &Clock) -> Option<String> {
    clock.secret().ok().map(|bytes| Secret::written(&bytes))
}

/// When secrets that are replaced now are forgotten.
#[must_use]
pub fn old_until(now: Timestamp) -> Timestamp {
    now.checked_add(jiff::SignedDuration::from_hours(24)).unwrap_or(Timestamp::MAX)
}

/// What is said, and what is wrong with it.
struct Said<'a> {
    map: &'a Map<String, Value>,
    errors: Vec<FieldError>,
}

impl<'a> Said<'a> {
    fn new(said: &'a Value) -> Result<Self, Vec<FieldError>> {
        let Some(map) = said.as_object() else {
            let message = "the body must be a JSON object that describes the endpoint".to_owned();
            return Err(vec![FieldError { path: String::new(), message }]);
        };
        let mut said = Self { map, errors: Vec::new() };
        for key in map.keys().filter(|key| Key::parse(key).is_none()) {
            let hint = nearest(key, Key::words()).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            said.refuse(key, format!("is nothing that an endpoint has{hint}"));
        }
        Ok(said)
    }

    fn finish<T>(self, value: T) -> Result<T, Vec<FieldError>> {
        if self.errors.is_empty() { Ok(value) } else { Err(self.errors) }
    }

    fn refuse(&mut self, path: &str, message: impl Into<String>) {
        self.errors.push(FieldError { path: path.to_owned(), message: message.into() });
    }

    fn given(&self, key: Key) -> Option<&'a Value> {
        self.map.get(key.as_str()).filter(|value| !value.is_null())
    }

    fn required(&mut self, key: Key) -> Option<&'a Value> {
        let given = self.given(key);
        if given.is_none() {
            self.refuse(key.as_str(), "is required");
        }
        given
    }

    fn name(&mut self, value: &Value) -> Option<String> {
        let name = value.as_str().unwrap_or_default();
        let sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=ENDPOINT_NAME).contains(&name.len()) && name.bytes().all(sound) {
            return Some(name.to_owned());
        }
        let message = format!("must be 1 to {ENDPOINT_NAME} small letters, digits and hyphens");
        self.refuse(Key::Name.as_str(), message);
        None
    }

    /// A text without control characters.
    fn text(&mut self, key: Key, limit: usize) -> Option<String> {
        let text = self.given(key)?.as_str().map(str::trim).unwrap_or_default();
        if text.is_empty() || text.chars().count() > limit || text.contains(char::is_control) {
            self.refuse(
                key.as_str(),
                format!("must be a text of at most {limit} characters, without control characters"),
            );
            return None;
        }
        Some(text.to_owned())
    }

    fn word<T>(&mut self, key: Key, parse: impl Fn(&str) -> Option<T>, words: &[&str]) -> Option<T> {
        let value = self.given(key)?;
        let found = value.as_str().and_then(parse);
        if found.is_none() {
            self.refuse(key.as_str(), format!("must be one of {}", words.join(", ")));
        }
        found
    }

    /// The side and whose endpoint it is: desks have no owner, companies do.
    fn whose(&mut self) -> (Option<Side>, Option<String>) {
        let words: Vec<_> = TOLD.iter().map(|side| side.as_str()).collect();
        self.required(Key::Side);
        let side = self.word(Key::Side, |word| Side::parse(word).filter(|side| TOLD.contains(side)), &words);
        let owner = self.text(Key::Owner, NAME);
        match (side, &owner) {
            (Some(Side::BusinessPartner), None) if self.given(Key::Owner).is_none() => {
                self.refuse(Key::Owner.as_str(), "must name the partner, as its keys do");
            }
            (Some(Side::Participant), None) if self.given(Key::Owner).is_none() => {
                self.refuse(Key::Owner.as_str(), "must be the participant's id in the registry");
            }
            (Some(Side::Ale | Side::Agent | Side::Finance), Some(_)) => {
                self.refuse(Key::Owner.as_str(), "is for partners and participants; the operator's desks have none");
            }
            _ => {}
        }
        (side, owner)
    }

    fn connector<'d>(&mut self, value: &Value, known: &'d Definitions) -> Option<&'d Definition> {
        let name = value.as_str().unwrap_or_default();
        let found = known.get(name);
        if found.is_none() {
            let names = || known.iter().map(|definition| definition.name.as_str());
            let message = match nearest(name, names()) {
                Some(near) => format!("is no connector; did you mean `{near}`?"),
                None => format!("must be one of {}", names().collect::<Vec<_>>().join(", ")),
            };
            self.refuse(Key::Connector.as_str(), message);
        }
        found
    }

    /// Puts what may change into the endpoint.
    fn put_into(&mut self, endpoint: &mut Endpoint) {
        self.merge(Key::Settings, &mut endpoint.settings);
        self.merge(Key::Secrets, &mut endpoint.secrets.0);
        self.secrets(&endpoint.secrets);
        if let Some(value) = self.given(Key::Events) {
            endpoint.events = self.events(value);
        } else if self.map.get(Key::Events.as_str()).is_some_and(Value::is_null) {
            endpoint.events.clear();
        }
        let payload = self.word(Key::Payload, Payload::parse, &Payload::words().collect::<Vec<_>>());
        endpoint.payload = payload.unwrap_or(endpoint.payload);
        let language = self.word(Key::Language, Language::parse, &Language::words().collect::<Vec<_>>());
        endpoint.language = language.unwrap_or(endpoint.language);
        endpoint.concurrency = self.number(Key::Concurrency, 1, MOST_AT_ONCE).unwrap_or(endpoint.concurrency);
        endpoint.per_second = self.number(Key::PerSecond, 0, 10_000).unwrap_or(endpoint.per_second);
        if let Some(contact) = self.text(Key::Contact, NAME) {
            if contact.parse::<lettre::Address>().is_err() {
                self.refuse(Key::Contact.as_str(), "must be a mail address");
            }
            endpoint.contact = Some(contact);
        } else if self.map.get(Key::Contact.as_str()).is_some_and(Value::is_null) {
            endpoint.contact = None;
        }
    }

    fn merge(&mut self, key: Key, into: &mut Map<String, Value>) {
        match self.given(key) {
            Some(Value::Object(said)) => {
                for (name, value) in said {
                    if value.is_null() {
                        into.remove(name);
                    } else {
                        into.insert(name.clone(), value.clone());
                    }
                }
            }
            Some(_) => self.refuse(key.as_str(), "must be a JSON object"),
            None => {}
        }
    }

    /// A secret is a text, or a list of texts while one is being replaced.
    fn secrets(&mut self, secrets: &Secrets) {
        for (name, value) in &secrets.0 {
            let text = |value: &Value| value.as_str().is_some_and(|text| (1..=SECRET).contains(&text.trim().len()));
            let sound = match value {
                Value::Array(live) => (1..=LIVE_SECRETS).contains(&live.len()) && live.iter().all(text),
                value => text(value),
            };
            if !sound {
                self.refuse(
                    &format!("secrets.{name}"),
                    "must be a text, or a list of at most four while one is being replaced",
                );
            }
        }
    }

    fn events(&mut self, value: &Value) -> Vec<EventType> {
        let mut events = Vec::new();
        for word in value.as_array().into_iter().flatten() {
            match word.as_str().and_then(EventType::parse) {
                Some(event) if !events.contains(&event) => events.push(event),
                Some(_) => {}
                None => {
                    let words: Vec<_> = EventType::words().collect();
                    self.refuse(Key::Events.as_str(), format!("must be words out of {}", words.join(", ")));
                    return events;
                }
            }
        }
        if !value.is_array() {
            self.refuse(Key::Events.as_str(), "must be a list of event types; an empty one takes all");
        }
        events
    }

    fn number(&mut self, key: Key, least: u32, most: u32) -> Option<u32> {
        let value = self.given(key)?;
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.refuse(key.as_str(), format!("must be a whole number from {least} to {most}"));
        }
        number
    }

    /// Whether the connector is given what it wants, and its addresses may be called.
    fn judge(&mut self, endpoint: &Endpoint, definition: &Definition, with: &With<'_>) {
        let named = |key: Key| self.errors.iter().any(|error| error.path.split('.').next() == Some(key.as_str()));
        if named(Key::Settings) || named(Key::Secrets) {
            return;
        }
        let settings = Value::Object(endpoint.settings.clone());
        let secrets = connectors::Secrets::from(&endpoint.secrets);
        for fault in definition.faults(&settings, &secrets) {
            self.refuse(&fault.path, format!("cannot be used: {}", fault.message));
        }
        if let Some(name) = definition.signing_secret() {
            let live: Vec<&str> = match endpoint.secrets.0.get(name) {
                Some(Value::Array(live)) => live.iter().filter_map(Value::as_str).collect(),
                one => one.and_then(Value::as_str).into_iter().collect(),
            };
            for error in live.iter().flat_map(|text| text.split_whitespace()).filter_map(|one| Secret::parse(one).err())
            {
                self.refuse(&format!("secrets.{name}"), format!("cannot be used: {error}"));
            }
        }
        let addresses = definition.settings.iter().filter_map(|setting| {
            let address = matches!(setting.kind, SettingType::Url | SettingType::FullUrl);
            let text = endpoint.settings.get(&setting.name)?.as_str()?;
            address.then(|| (format!("settings.{}", setting.name), text))
        });
        let secret = definition.secrets.iter().filter_map(|secret| {
            let text = endpoint.secrets.0.get(&secret.name)?.as_str()?;
            secret.full_url.then(|| (format!("secrets.{}", secret.name), text))
        });
        let refused: Vec<_> =
            addresses.chain(secret).filter_map(|(path, text)| Some((path, (with.against)(text.trim())?))).collect();
        for (path, why) in refused {
            self.refuse(&path, why);
        }
    }
}
