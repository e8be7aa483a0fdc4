//! `GET /inbound`: what waits for an agent first; the rest by tabs, or all of one case.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use url::form_urlencoded::Serializer;

use crate::access::Permission;
use crate::store::{Inbound, InboundFilter, InboundState};
use crate::web::Web;
use crate::web::pages::deliveries::{COUNTED, Tab, counted};
use crate::web::pages::filled::InQuery;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

/// How many a page holds.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "inbound/list.html")]
struct Page {
    frame: Frame,
    tabs: Vec<Tab>,
    rows: Vec<Inbound>,
    /// The case whose messages are listed: its id and reference.
    of: Option<(String, String)>,
    held: bool,
    first: Option<String>,
    next: Option<String>,
}

/// The lists: the word in the address, the state, and what it is called.
const LISTS: [(&str, Option<InboundState>, &str); 4] = [
    ("held", Some(InboundState::Held), "Waiting for an agent"),
    ("applied", Some(InboundState::Applied), "Applied"),
    ("ignored", Some(InboundState::Ignored), "Put aside"),
    ("all", None, "All"),
];

pub(super) async fn show(State(web): State<Web>, visitor: Visitor, InQuery(asked): InQuery) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeDeliveries)?;
    let of = match asked.given("esr") {
        Some(id) => {
            let esr = web.app.store.esr(id).await?.ok_or_else(|| Sorry::not_found("eSR"))?;
            Some((esr.id, esr.reference))
        }
        None => None,
    };
    // Of one case all of it is worth a look; of everything, what waits.
    let usual = if of.is_some() { "all" } else { "held" };
    let word = asked.given("state").unwrap_or(usual);
    let (word, wanted, _) = LISTS.iter().find(|(known, ..)| *known == word).unwrap_or(&LISTS[3]);
    let esr_id = of.as_ref().map(|(id, _)| id.clone());
    let filter = InboundFilter { state: *wanted, esr_id: esr_id.clone(), ..InboundFilter::default() };
    let page = web.app.store.list_inbound(&filter, asked.given("after"), PAGE).await?;
    let to = |word: &str, after: Option<&str>| {
        let mut query = Serializer::new(String::new());
        query.append_pair("state", word);
        query.extend_pairs(esr_id.as_deref().map(|id| ("esr", id)));
        query.extend_pairs(after.map(|after| ("after", after)));
        format!("/inbound?{}", query.finish())
    };
    let waiting = InboundFilter { state: Some(InboundState::Held), ..filter.clone() };
    let waiting = counted(web.app.store.count_inbound(&waiting, COUNTED).await?, COUNTED);
    let tab = |(known, _, title): &(&str, Option<InboundState>, &'static str)| Tab {
        to: to(known, None),
        title,
        count: (*known == "held").then(|| waiting.clone()),
        here: known == word,
    };
    let page = Page {
        frame: visitor.frame(&web, "Inbound", Section::Inbound),
        tabs: LISTS.iter().map(tab).collect(),
        rows: page.items,
        of,
        held: *word == "held",
        first: asked.given("after").map(|_| to(word, None)),
        next: page.next.map(|next| to(word, Some(&next))),
    };
    Ok(respond::page(&visitor, &page))
}
