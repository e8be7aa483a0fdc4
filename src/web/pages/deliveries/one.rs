//! `GET /deliveries/{id}`: one message for one receiver, each try, and what else of the case went there.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;

use super::words;
use crate::access::{About, Act, Permission, Thing};
use crate::store::{DeliveryFilter, Inbound};
use crate::web::Web;
use crate::web::api::deliveries::{DeliveryShown, DeliveryWhole, replay, shown, whole};
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

/// So many deliveries of the case are looked through for those to the same receiver.
const OF_CASE: u32 = 200;

#[derive(Template)]
#[template(path = "deliveries/one.html")]
struct Page {
    frame: Frame,
    /// The delivery; a list, because a piece of a template takes what a loop gives.
    only: [DeliveryShown; 1],
    tries: Vec<crate::web::api::deliveries::TryShown>,
    /// The message, laid out to be read.
    payload: Option<String>,
    /// What of this case went or goes to the same receiver, the first one first.
    order: Vec<DeliveryShown>,
    /// Whether an earlier one still waits: this one is not sent before.
    behind: bool,
    /// The mails that say that this letter came back.
    returned: Vec<Inbound>,
    replays: bool,
}

pub(super) async fn show(State(web): State<Web>, visitor: Visitor, Path(id): Path<String>) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeDeliveries)?;
    let DeliveryWhole { delivery, tries, payload } = whole(&web, &id).await?;
    let filter = DeliveryFilter { esr_id: Some(delivery.esr.clone()), ..DeliveryFilter::default() };
    let beside = web.app.store.deliveries(&filter, None, OF_CASE).await?.items;
    let mut order: Vec<_> = beside.into_iter().map(|one| shown(&web, one)).collect();
    order.retain(|one| {
        (&one.endpoint, &one.address, &one.party) == (&delivery.endpoint, &delivery.address, &delivery.party)
    });
    order.reverse();
    let before = order.iter().take_while(|one| one.id != delivery.id);
    let pending = |one: &DeliveryShown| one.state == crate::notify::delivery::DeliveryState::Pending;
    let behind = pending(&delivery) && before.into_iter().any(pending);
    let returned = web.app.store.returned_letters(&[&delivery.id]).await?;
    let title =
        format!("{} to {}", words::event(delivery.event), delivery.party_name.as_ref().unwrap_or(&delivery.party));
    let page = Page {
        frame: visitor.frame(&web, title, Section::Deliveries),
        payload: payload.and_then(|payload| serde_json::to_string_pretty(&payload).ok()),
        only: [delivery],
        tries,
        order,
        behind,
        returned,
        replays: visitor.can(Permission::Replay),
    };
    Ok(respond::page(&visitor, &page))
}

pub(super) async fn replay(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Sorry> {
    visitor.may(Permission::Replay)?;
    let doing = async { replay::again(&web, &id).await.map_err(Sorry::from) };
    visitor.act(&web, Act::Replayed, &About::new(Thing::Delivery, &id), json!({}), doing).await?;
    Ok(respond::see_other(&format!("/deliveries/{id}"), "It will be sent again now."))
}
