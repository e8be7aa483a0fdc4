//! `GET /connectors/{name}`: one endpoint, how it does, what it was given, and what can be done about it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::health::{Health, Healths, LATELY_OF_ONE};
use super::list::Whose;
use super::{label, named, operated};
use crate::access::Permission;
use crate::connectors::{Definition, Kind};
use crate::deliver::Trial;
use crate::notify::endpoint::{Endpoint, EndpointState, MAIL_SYSTEM};
use crate::store::DeliveryFilter;
use crate::web::Web;
use crate::web::api::deliveries::{DeliveryShown, shown as delivery_shown};
use crate::web::api::endpoints::{EndpointShown, EndpointWhole, whole};
use crate::web::pages::filled::Filled;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

/// So many of its newest deliveries are shown.
const NEWEST: u32 = 10;
/// So much of an answer is shown, in characters.
const ANSWER: usize = 2_000;

/// What a form of the page brought, to be shown on it once.
#[derive(Default)]
pub(super) struct Brought {
    /// A test, and where it went where that was asked for.
    pub(super) trial: Option<Trial>,
    /// A secret that was just made: its name and itself.
    pub(super) secret: Option<(String, String)>,
    /// What was just done, where it is not carried here by another page.
    pub(super) done: Option<String>,
    /// What is wrong with a form: the field and a sentence.
    pub(super) wrong: Vec<(String, String)>,
    /// What was typed into the form.
    pub(super) typed: Filled,
}

impl Brought {
    /// What is wrong with a field.
    fn fault(&self, field: &str) -> Option<&str> {
        self.wrong.iter().find(|(known, _)| known == field).map(|(_, why)| why.as_str())
    }
}

#[derive(Template)]
#[template(path = "connectors/one.html")]
struct Page {
    frame: Frame,
    one: EndpointShown,
    last_delivered_at: Option<jiff::Timestamp>,
    connector: String,
    whose: Whose,
    health: Health,
    settings: Vec<Given>,
    secrets: Vec<(String, String)>,
    /// The names of secrets that can be replaced, the one that signs first.
    rotated: Vec<String>,
    /// The one that signs, which can be made here.
    signing: Option<String>,
    newest: Vec<DeliveryShown>,
    lately: u32,
    brought: Brought,
    calls: Vec<Call>,
    /// It writes to whoever is told: a test has to be given an address.
    asks_to: bool,
    mail_system: bool,
    removed: bool,
    enabled: bool,
    runs: bool,
    replays_many: bool,
    sees_audit: bool,
    base: String,
}

/// A setting with its value.
struct Given {
    label: String,
    value: String,
    /// Whether it is the connector's own default.
    default: bool,
}

/// A call of a test.
struct Call {
    title: String,
    status: Option<u16>,
    request: String,
    answer: String,
    cut: bool,
}

pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeDeliveries)?;
    let endpoint = named(&web, &name).await?;
    with(&web, &visitor, endpoint, StatusCode::OK, Brought::default()).await
}

/// The page with what a form brought.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn with(
    web: &Web,
    visitor: &Visitor,
    endpoint: Endpoint,
    status: StatusCode,
    brought: Brought,
) -> Result<Response, Sorry> {
    let definition = web.app.connectors.get(&endpoint.connector);
    let health = Healths::read(web, Some(&endpoint)).await?.of(web, &endpoint);
    let filter = DeliveryFilter { endpoint_id: Some(endpoint.id.clone()), ..DeliveryFilter::default() };
    let newest = web.app.store.deliveries(&filter, None, NEWEST).await?.items;
    let secrets = secrets(&endpoint, definition);
    let signing = definition.and_then(Definition::signing_secret).map(str::to_owned);
    let mut rotated: Vec<_> =
        definition.iter().flat_map(|known| &known.secrets).map(|known| known.name.clone()).collect();
    rotated.sort_by_key(|name| Some(name) != signing.as_ref());
    let mail = definition.is_some_and(|known| known.kind == Kind::Mail);
    let calls = brought.trial.iter().flat_map(|trial| &trial.calls).map(call).collect();
    let mut frame = visitor.frame(web, endpoint.name.clone(), Section::Connectors);
    if brought.done.is_some() {
        frame.said = brought.done.clone();
    }
    let (whose, settings) = (Whose::of(web, &endpoint), settings(&endpoint, definition));
    let asks_to = mail && !endpoint.settings.contains_key("to");
    let (mail_system, removed) = (endpoint.id == MAIL_SYSTEM, endpoint.is_removed());
    let EndpointWhole { endpoint: one, last_delivered_at, .. } = whole(web, endpoint).await?;
    let page = Page {
        frame,
        base: super::address(&one.name),
        connector: definition.map_or_else(|| one.connector.clone(), |known| known.title.clone()),
        enabled: one.state == EndpointState::Enabled,
        whose,
        health,
        settings,
        secrets,
        rotated,
        signing,
        newest: newest.into_iter().map(|delivery| delivery_shown(web, delivery)).collect(),
        lately: LATELY_OF_ONE,
        calls,
        asks_to,
        mail_system,
        removed,
        runs: visitor.can(Permission::RunConnectors),
        replays_many: visitor.can(Permission::ReplayMany),
        sees_audit: visitor.can(Permission::SeeAudit),
        brought,
        last_delivered_at,
        one,
    };
    Ok(respond::with_status(visitor, status, &page))
}

#[derive(Template)]
#[template(path = "connectors/remove.html")]
struct Removal {
    frame: Frame,
    name: String,
    base: String,
    waiting: String,
}

/// `GET /connectors/{name}/remove`: what removing means, before it is done.
pub(super) async fn removal(
    State(web): State<Web>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Sorry> {
    let endpoint = operated(&web, &visitor, &name).await?;
    let health = Healths::read(&web, Some(&endpoint)).await?.of(&web, &endpoint);
    let page = Removal {
        frame: visitor.frame(&web, "Remove an endpoint", Section::Connectors),
        base: super::address(&name),
        name,
        waiting: health.waiting_shown(),
    };
    Ok(respond::page(&visitor, &page))
}

/// What it was given, in the connector's order; what is not given and has no default is left out.
fn settings(endpoint: &Endpoint, definition: Option<&Definition>) -> Vec<Given> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let known = definition.iter().flat_map(|known| &known.settings).filter_map(|setting| {
        let given = endpoint.settings.get(&setting.name);
        let value = given.or(setting.default.as_ref())?;
        Some(Given { label: label(&setting.name), value: text(value), default: given.is_none() })
    });
    let is_known = |name: &str| definition.is_some_and(|known| known.settings.iter().any(|one| one.name == name));
    let others = endpoint.settings.iter().filter(|(name, _)| !is_known(name)).map(|(name, value)| Given {
        label: label(name),
        value: text(value),
        default: false,
    });
    known.chain(others).collect()
}

/// Which secrets there are, and how many of each live: never a secret itself.
fn secrets(endpoint: &Endpoint, definition: Option<&Definition>) -> Vec<(String, String)> {
    let known = definition.iter().flat_map(|known| &known.secrets);
    let said = known.map(|secret| {
        let said = match endpoint.secrets.0.get(&secret.name) {
            None if secret.required => "not set, and needed".to_owned(),
            None => "not set".to_owned(),
            Some(Value::Array(live)) if live.len() > 1 => {
                format!("set; the one before is believed too, for a day ({} live)", live.len())
            }
            Some(_) => "set".to_owned(),
        };
        (label(&secret.name), said)
    });
    said.collect()
}

fn call(call: &crate::connectors::ShownCall) -> Call {
    let request = &call.request;
    let mut text = format!("{} {}\n", request.method, request.url);
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {}\n", value.as_str().unwrap_or_default()));
    }
    if !request.body.is_null() {
        let body = match request.body.as_str() {
            Some(text) => text.to_owned(),
            None => serde_json::to_string_pretty(&request.body).unwrap_or_default(),
        };
        text.push_str(&format!("\n{body}"));
    }
    let answer: String = call.answer.chars().take(ANSWER).collect();
    Call {
        title: format!("{} {}", request.method, request.url.split('?').next().unwrap_or_default()),
        status: call.status,
        request: text,
        cut: answer.len() < call.answer.len(),
        answer,
    }
}
