//! Sending several again: a page that says how many, and the act.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;
use serde_json::json;

use super::chosen::{Chosen, Which};
use super::{counted, words};
use crate::access::{About, Act, Permission, Thing};
use crate::notify::delivery::DeliveryState;
use crate::notify::endpoint::EndpointState;
use crate::store::Delivery;
use crate::web::Web;
use crate::web::api::deliveries::replay::Again;
use crate::web::api::deliveries::{DeliveryShown, shown};
use crate::web::pages::filled::{Filled, InQuery};
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::problem::Problem;

/// Counted up to so many of each state.
const COUNTED: u32 = 100_001;
/// So many are made to wait in one transaction.
const BATCH: u32 = 500;
/// So many can be chosen one by one.
const CHOSEN: usize = 200;

#[derive(Template)]
#[template(path = "deliveries/replay.html")]
struct Page {
    frame: Frame,
    /// How many will be sent.
    count: String,
    none: bool,
    /// Each of those that were chosen one by one; empty for all that the filter fits.
    ids: Vec<String>,
    /// The first few.
    first: Vec<DeliveryShown>,
    chosen: Chosen,
    /// What is stored from then on is not meant.
    before: Timestamp,
    /// Delivered ones among them: they are told twice.
    delivered: bool,
    /// The endpoint, where it is disabled.
    disabled: Option<String>,
    /// All of them go there, so that nothing can be sent.
    stuck: bool,
    /// Whether the visitor may enable it.
    runs: bool,
    back: String,
}

/// `GET /deliveries/replay`: how many will be sent again.
pub(super) async fn confirm(
    State(web): State<Web>,
    visitor: Visitor,
    InQuery(asked): InQuery,
) -> Result<Response, Sorry> {
    visitor.may(Permission::Replay)?;
    let mut chosen = Chosen::read(&web, &asked);
    let back = chosen.address(None);
    let before = web.app.clock.now();
    let ids = ids(&asked);
    let (count, first);
    if asked.given("all").is_some() {
        visitor.may(Permission::ReplayMany)?;
        chosen.filter.before = Some(chosen.filter.before.map_or(before, |until| until.min(before)));
        let all = chosen.count(&web, chosen.which, COUNTED).await?;
        count = (all, counted(all, COUNTED));
        first = chosen.page(&web, None, 5).await?.items;
    } else {
        if ids.is_empty() {
            return Ok(respond::refused_at(&back, "Nothing was chosen: tick the messages to send again first."));
        }
        if ids.len() > 1 {
            visitor.may(Permission::ReplayMany)?;
        }
        first = found(&web, &ids).await?;
        count = (first.len() as u64, first.len().to_string());
    }
    let directory = web.app.directory();
    let off = |id: &String| {
        let known = directory.get(id).filter(|known| known.endpoint.state == EndpointState::Disabled);
        known.map(|known| known.endpoint.name.clone())
    };
    // Of all that a filter fits only the first are looked at: they speak for the others where it is one endpoint's.
    let one_by_one = asked.given("all").is_none();
    let all_off = first.iter().all(|one| one.endpoint_id.as_ref().is_some_and(|id| off(id).is_some()));
    let stuck = all_off && (one_by_one || chosen.filter.endpoint_id.is_some());
    let disabled = first.iter().filter_map(|one| one.endpoint_id.as_ref()).find_map(off);
    let page = Page {
        frame: visitor.frame(&web, "Send again", Section::Deliveries),
        none: count.0 == 0,
        count: count.1,
        ids: if one_by_one { ids } else { Vec::new() },
        delivered: first.iter().any(|one| one.state == DeliveryState::Delivered),
        first: first.into_iter().map(|one| shown(&web, one)).collect(),
        chosen,
        before,
        disabled,
        stuck,
        runs: visitor.can(Permission::RunConnectors),
        back,
    };
    Ok(respond::page(&visitor, &page))
}

/// `POST /deliveries/replay`.
pub(super) async fn send(State(web): State<Web>, visitor: Visitor, form: Filled) -> Result<Response, Sorry> {
    visitor.may(Permission::Replay)?;
    let ids = ids(&form);
    let chosen = Chosen::read(&web, &form);
    let (back, mut there) = (chosen.address(None), chosen.clone());
    let again = if form.given("all").is_some() {
        visitor.may(Permission::ReplayMany)?;
        let before = form.given("before").and_then(|time| time.parse().ok()).unwrap_or_else(|| web.app.clock.now());
        // It goes on though the browser may go away.
        let details = json!({ "which": chosen.query(chosen.which, None), "stored_before": before });
        let doing = async {
            let work = tokio::spawn(all(web.clone(), chosen, before));
            work.await.map_err(|_| Sorry::from(Problem::internal()))?
        };
        visitor.act(&web, Act::ReplayedMany, &About::new(Thing::Service, ""), details, doing).await?
    } else {
        if ids.len() > 1 {
            visitor.may(Permission::ReplayMany)?;
        }
        let doing = async {
            let mut again = Again::default();
            again.send(&web, found(&web, &ids).await?).await?;
            Ok::<_, Sorry>(again)
        };
        let (act, about) = match ids.as_slice() {
            [one] => (Act::Replayed, About::new(Thing::Delivery, one)),
            _ => (Act::ReplayedMany, About::new(Thing::Service, "")),
        };
        visitor.act(&web, act, &about, json!({ "deliveries": ids }), doing).await?
    };
    web.kept.stuck.forget();
    if again.sent == 0 {
        return Ok(respond::refused_at(&back, &sent_again(again)));
    }
    // Among those in trouble they do not stand any more.
    there.which = Which::All;
    Ok(respond::see_other(&there.address(None), &sent_again(again)))
}

/// Everything that a filter fits and that was stored before that time.
async fn all(web: Web, mut chosen: Chosen, before: Timestamp) -> Result<Again, Sorry> {
    chosen.filter.before = Some(chosen.filter.before.map_or(before, |until| until.min(before)));
    let (mut again, mut after) = (Again::default(), None);
    loop {
        let page = chosen.page(&web, after.as_deref(), BATCH).await?;
        again.send(&web, page.items).await?;
        after = page.next;
        if after.is_none() {
            return Ok(again);
        }
    }
}

fn ids(said: &Filled) -> Vec<String> {
    said.all("id").take(CHOSEN).map(str::to_owned).collect()
}

async fn found(web: &Web, ids: &[String]) -> Result<Vec<Delivery>, Sorry> {
    let mut found = Vec::new();
    for id in ids {
        found.extend(web.app.store.delivery(id).await?.map(|(delivery, _)| delivery));
    }
    Ok(found)
}

/// What sending again came to, in words.
pub(in crate::web::pages) fn sent_again(again: Again) -> String {
    let mut said = match again.sent {
        0 => "Nothing is sent again.".to_owned(),
        sent => format!("{} again now.", words::count(sent, "message is sent", "messages are sent")),
    };
    for (number, why) in [
        (again.disabled, "left alone: the endpoint is disabled; enable it first."),
        (
            again.no_channel,
            "left alone: no channel is known still; add an endpoint for that side, or its address to the registry.",
        ),
        (again.under_way, "left alone: being sent just now."),
    ] {
        if number > 0 {
            said.push_str(&format!(" {number} {why}"));
        }
    }
    said
}
