//! `GET /v1/deliveries/summary`: what waits, failed or arrived, by endpoint, and who is held up.

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::cases::Role;
use crate::deliver::lane::Seen;
use crate::store::EndpointCounts;
use crate::web::api::params::{Params, Reading};
use crate::web::api::{Caller, Web};
use crate::web::problem::{Problem, ProblemDetails};

/// What arrived is counted over this time when not said.
const LATELY: SignedDuration = SignedDuration::from_hours(24);

/// From when on to count what arrived.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(in crate::web::api) struct Query {
    /// Count what arrived of what was stored at this time or later; the last 24 hours when not given. What did not arrive is
    /// counted however old it is.
    since: Option<String>,
}

/// How delivery does.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::web::api) struct DeliverySummary {
    /// What arrived is counted from then on.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// All of it.
    total: DeliveryTotals,
    /// By endpoint, those with the most trouble first.
    endpoints: Vec<EndpointTotals>,
    /// The endpoints that are left alone just now by the node that answers: their circuit is open, or they asked for a pause.
    held_up: Vec<HeldUp>,
}

/// How many deliveries there are in each state.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub(super) struct DeliveryTotals {
    /// Waiting to be sent, or to be sent again.
    pending: i64,
    /// Given up.
    dead: i64,
    /// Without a channel.
    unaddressed: i64,
    /// Arrived.
    delivered: i64,
    /// When the oldest that waits was stored.
    #[schema(value_type = Option<String>, format = DateTime)]
    oldest_pending: Option<Timestamp>,
}

/// The deliveries to one endpoint.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct EndpointTotals {
    /// Its name; null for what has no channel.
    endpoint: Option<String>,
    #[serde(flatten)]
    totals: DeliveryTotals,
}

/// An endpoint that is left alone just now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct HeldUp {
    /// Its name.
    endpoint: String,
    #[serde(flatten)]
    lane: Seen,
}

/// What waits, failed or arrived, by endpoint, and who is held up
#[utoipa::path(get, path = "/v1/deliveries/summary", tag = "Delivery", params(Query), responses(
    (status = 200, description = "The counts", body = DeliverySummary),
    (status = 400, description = "A parameter is wrong; each is named", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 403, description = "The caller is neither agent nor operator", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(in crate::web::api) async fn summary(
    State(web): State<Web>,
    caller: Caller,
    Params { given: query, wrong }: Params<Query>,
) -> Result<Json<DeliverySummary>, Problem> {
    caller.must_be(&[Role::Agent, Role::Operator])?;
    let now = web.app.clock.now();
    let mut read = Reading(wrong);
    let since = read.time("since", query.since.as_ref()).unwrap_or(now - LATELY);
    read.finish()?;
    let counts = web.app.store.counts_by_endpoint(since).await?;
    let directory = web.app.directory();
    let name = |id: &str| directory.get(id).map_or_else(|| id.to_owned(), |known| known.endpoint.name.clone());
    let mut total = DeliveryTotals::default();
    for counts in &counts {
        total.add(counts);
    }
    let mut endpoints: Vec<_> = counts
        .iter()
        .map(|counts| {
            let mut totals = DeliveryTotals::default();
            totals.add(counts);
            EndpointTotals { endpoint: counts.endpoint_id.as_deref().map(name), totals }
        })
        .collect();
    endpoints.sort_by_key(|row| {
        let totals = &row.totals;
        (-totals.dead - totals.unaddressed, -totals.pending, row.endpoint.clone())
    });
    let held_up = web.app.lanes.held_up(now);
    let held_up = held_up.into_iter().map(|(id, lane)| HeldUp { endpoint: name(&id), lane }).collect();
    Ok(Json(DeliverySummary { since, total, endpoints, held_up }))
}

impl DeliveryTotals {
    fn add(&mut self, counts: &EndpointCounts) {
        self.pending += counts.pending;
        self.dead += counts.dead;
        self.unaddressed += counts.unaddressed;
        self.delivered += counts.delivered;
        self.oldest_pending = [self.oldest_pending, counts.oldest_pending].into_iter().flatten().min();
    }
}
