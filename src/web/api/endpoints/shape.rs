//! What is said to and by the calls on endpoints.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::deliver::lane::Seen;
use crate::notify::EventType;
use crate::notify::endpoint::{Endpoint, EndpointState, Language, Payload};
use crate::triage::outcome::Side;
use crate::web::Web;
use crate::web::problem::Problem;

/// The last arrival is looked for among what was stored in this time.
const LATELY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Which endpoints to list; all that the caller manages when nothing is given.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Query {
    /// How many a page holds, 1 to 1000; 100 when not given.
    #[param(value_type = Option<u32>)]
    pub(super) limit: Option<String>,
    /// The `next` of the page before.
    pub(super) after: Option<String>,
    /// `enabled` or `disabled`.
    pub(super) state: Option<String>,
    /// `business_partner`, `participant`, `ale`, `agent` or `finance`.
    pub(super) side: Option<String>,
    /// Of this partner (owner of keys) or participant (id).
    pub(super) owner: Option<String>,
}

/// One page of endpoints, by name.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::web) struct EndpointPage {
    /// The endpoints.
    pub(super) items: Vec<EndpointShown>,
    /// What to give as `after` for the next page; null on the last one.
    pub(super) next: Option<String>,
}

/// On which channel a side is told.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::web) struct EndpointShown {
    /// Its id.
    pub(in crate::web) id: String,
    /// What people and URLs call it.
    pub(in crate::web) name: String,
    /// The side that it belongs to.
    pub(in crate::web) side: Side,
    /// The partner (owner of keys) or the participant (id); null for the operator's desks.
    pub(in crate::web) owner: Option<String>,
    /// How it is spoken to.
    pub(in crate::web) connector: String,
    /// What the connector wants to know.
    #[schema(value_type = Object)]
    pub(in crate::web) settings: Map<String, Value>,
    /// The names of the secrets that it has; the secrets themselves are never shown.
    pub(in crate::web) secrets: Vec<String>,
    /// The events that it takes; empty for all.
    pub(in crate::web) events: Vec<EventType>,
    /// How much of a message it gets.
    pub(in crate::web) payload: Payload,
    /// The language of its sentences.
    pub(in crate::web) language: Language,
    /// How many deliveries may be under way at once, on each node.
    pub(in crate::web) concurrency: u32,
    /// How many deliveries may begin in a second, on each node; 0 for no limit.
    pub(in crate::web) per_second: u32,
    /// The mail address that is told when it is disabled.
    pub(in crate::web) contact: Option<String>,
    /// Whether it is sent to.
    pub(in crate::web) state: EndpointState,
    /// Why it is disabled.
    pub(in crate::web) reason: Option<String>,
    /// Since when nothing succeeded there; null while all is well.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(in crate::web) failing_since: Option<Timestamp>,
    /// Where its system sends what it has to say; null where the connector takes nothing back.
    pub(in crate::web) hook: Option<String>,
    /// What the node that answers sees of it: deliveries on their way, its circuit, a pause that it asked for; null before the
    /// first delivery.
    pub(in crate::web) lane: Option<Seen>,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub(in crate::web) created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub(in crate::web) updated_at: Timestamp,
}

/// One endpoint.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::web) struct EndpointWhole {
    #[serde(flatten)]
    pub(in crate::web) endpoint: EndpointShown,
    /// When something last arrived there, of what was stored in the last 30 days.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(in crate::web) last_delivered_at: Option<Timestamp>,
    /// A secret that was made here, by its name: shown this one time.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub(in crate::web) new_secrets: Map<String, Value>,
}

/// What an endpoint is to be.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body; its fields are read one by one, so that every bad one is named")]
pub(in crate::web) struct EndpointSaid {
    /// 1 to 64 small letters, digits and hyphens.
    name: String,
    /// The side; left out by partners and participants, who speak for themselves.
    side: Option<Side>,
    /// The partner or participant; likewise.
    owner: Option<String>,
    /// How it is spoken to: `webhook`, `email`, or another connector.
    connector: String,
    /// What the connector wants to know.
    #[schema(value_type = Object)]
    settings: Option<Value>,
    /// What it needs to be let in, by name. A secret that messages are signed with is made here when none is given.
    #[schema(value_type = Object)]
    secrets: Option<Value>,
    /// The events that it takes; all when left out.
    events: Option<Vec<EventType>>,
    /// `full` when left out.
    payload: Option<Payload>,
    /// The language of its sentences.
    language: Option<Language>,
    /// How many deliveries may be under way at once, 1 to 64; 16 when left out.
    concurrency: Option<u32>,
    /// How many deliveries may begin in a second; no limit when left out.
    per_second: Option<u32>,
    /// The mail address that is told when it is disabled.
    contact: Option<String>,
}

/// What is to be another: only what stands here changes.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the body; its fields are read one by one, so that every bad one is named")]
pub(in crate::web) struct EndpointChanges {
    /// Settings that change; null takes one away.
    #[schema(value_type = Option<Object>)]
    settings: Option<Value>,
    /// Secrets that change; null takes one away.
    #[schema(value_type = Option<Object>)]
    secrets: Option<Value>,
    /// The events that it takes; an empty list for all.
    events: Option<Vec<EventType>>,
    /// How much of a message it gets.
    payload: Option<Payload>,
    /// The language of its sentences.
    language: Option<Language>,
    /// How many deliveries may be under way at once, 1 to 64.
    concurrency: Option<u32>,
    /// How many deliveries may begin in a second; 0 for no limit.
    per_second: Option<u32>,
    /// The mail address that is told when it is disabled.
    contact: Option<String>,
}

/// The endpoint, and how it does.
///
/// # Errors
/// When the database does not answer.
pub(in crate::web) async fn whole(web: &Web, endpoint: Endpoint) -> Result<EndpointWhole, Problem> {
    let since = web.app.clock.now() - LATELY;
    let last_delivered_at = web.app.store.last_delivered(&endpoint.id, since).await?;
    Ok(EndpointWhole { endpoint: shown(web, endpoint), last_delivered_at, new_secrets: Map::new() })
}

/// The endpoint without its secrets.
pub(in crate::web) fn shown(web: &Web, endpoint: Endpoint) -> EndpointShown {
    let definition = web.app.connectors.get(&endpoint.connector);
    let two_way = definition.is_some_and(|definition| definition.two_way());
    EndpointShown {
        hook: two_way.then(|| format!("/v1/hooks/{}", endpoint.name)),
        lane: web.app.lanes.seen(&endpoint.id, web.app.clock.now()),
        secrets: endpoint.secrets.0.keys().cloned().collect(),
        id: endpoint.id,
        name: endpoint.name,
        side: endpoint.side,
        owner: endpoint.owner,
        connector: endpoint.connector,
        settings: endpoint.settings,
        events: endpoint.events,
        payload: endpoint.payload,
        language: endpoint.language,
        concurrency: endpoint.concurrency,
        per_second: endpoint.per_second,
        contact: endpoint.contact,
        state: endpoint.state,
        reason: endpoint.reason,
        failing_since: endpoint.failing_since,
        created_at: endpoint.created_at,
        updated_at: endpoint.updated_at,
    }
}
