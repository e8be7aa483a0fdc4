//! `GET /deliveries`: what did not arrive first, and everything else by filters.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::chosen::{Chosen, Which, endpoints};
use super::trouble::{self, Group};
use super::{COUNTED, Tab, counted, words};
use crate::access::Permission;
use crate::notify::policy::TOLD;
use crate::web::Web;
use crate::web::api::deliveries::{DeliveryShown, shown};
use crate::web::pages::filled::{Filled, InQuery};
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::words as names;

/// How many a page holds.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "deliveries/list.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    chosen: Chosen,
    endpoints: Vec<String>,
    /// The sides that can be told: the word, and what it is called.
    sides: [(&'static str, &'static str); 5],
    /// What stands still, by endpoint; on the first page of what is in trouble alone.
    groups: Vec<Group>,
    rows: Vec<DeliveryShown>,
    /// The letters of this page that came back: the delivery, and the mail that says so.
    returned: HashMap<String, String>,
    next: Option<String>,
    /// Whether this is not the first page.
    further: bool,
    replays: bool,
    replays_many: bool,
    runs: bool,
}

pub(super) async fn show(State(web): State<Web>, visitor: Visitor, InQuery(asked): InQuery) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeDeliveries)?;
    let chosen = Chosen::read(&web, &asked);
    let after = asked.given("after");
    let page = chosen.page(&web, after, PAGE).await?;
    let ids: Vec<_> = page.items.iter().map(|delivery| delivery.id.as_str()).collect();
    let returned = web.app.store.returned_letters(&ids).await?;
    let first = after.is_none() && !chosen.narrowed() && chosen.which == Which::Trouble;
    let groups = if first { trouble::groups(&web).await? } else { Vec::new() };
    let page = Page {
        frame: visitor.frame(&web, "Deliveries", Section::Deliveries),
        tabs: tabs(&web, Some(&chosen)).await?,
        endpoints: endpoints(&web),
        sides: TOLD.map(|side| (side.as_str(), names::side(side))),
        groups,
        returned: returned.into_iter().filter_map(|mail| Some((mail.delivery_id?, mail.id))).collect(),
        rows: page.items.into_iter().map(|delivery| shown(&web, delivery)).collect(),
        next: page.next.map(|next| chosen.address(Some(&next))),
        further: after.is_some(),
        chosen,
        replays: visitor.can(Permission::Replay),
        replays_many: visitor.can(Permission::ReplayMany),
        runs: visitor.can(Permission::RunConnectors),
    };
    Ok(respond::page(&visitor, &page))
}

/// The tabs of this part: the lists, narrowed as this one is.
pub(in crate::web::pages) async fn tabs(web: &Web, chosen: Option<&Chosen>) -> Result<Vec<Tab>, Sorry> {
    let all = Chosen::read(web, &Filled::default());
    let of = chosen.unwrap_or(&all);
    let mut tabs = Vec::new();
    for which in [Which::Trouble, Which::Pending, Which::Delivered, Which::All] {
        let count = match which {
            Which::Trouble | Which::Pending => Some(counted(of.count(web, which, COUNTED).await?, COUNTED)),
            _ => None,
        };
        let here = chosen.is_some_and(|chosen| {
            chosen.which == which
                || (which == Which::Trouble && matches!(chosen.which, Which::Dead | Which::Unaddressed))
        });
        tabs.push(Tab { to: of.address_of(which, None), title: which.title(), count, here });
    }
    Ok(tabs)
}
