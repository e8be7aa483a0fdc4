//! Who holds links to a case, for the eSR's page: taking them back, and sending new ones.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use jiff::Timestamp;
use serde_json::json;

use crate::access::{About, Act, Permission};
use crate::notify::delivery::DeliveryState;
use crate::store::{DeliveryFilter, LinkParty, Replay, RevokeLinks, StoreError};
use crate::triage::outcome::Side;
use crate::web::Web;
use crate::web::pages::filled::Filled;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

/// How many of a case's deliveries are looked through, the newest ones.
const MOST: u32 = 500;

/// Everybody who was sent a link to a case: `templates/case/holders.html` shows it, as `holders`.
pub(in crate::web::pages) struct Holders {
    pub(in crate::web::pages) esr_id: String,
    pub(in crate::web::pages) all: Vec<Holder>,
}

/// Somebody who was sent links to a case.
pub(in crate::web::pages) struct Holder {
    pub(in crate::web::pages) side: Side,
    pub(in crate::web::pages) party: String,
    /// The mail address, or the endpoint, that the newest one went to.
    pub(in crate::web::pages) sent_to: String,
    /// When the newest one was sent.
    pub(in crate::web::pages) sent_at: Timestamp,
    /// Until when it works.
    pub(in crate::web::pages) until: Timestamp,
    /// When all of them were last taken back, and by whom.
    pub(in crate::web::pages) revoked: Option<(Timestamp, String)>,
    /// Whether one works now.
    pub(in crate::web::pages) live: bool,
    /// The delivery that brought the newest one.
    delivery_id: String,
}

impl Holder {
    /// As the form names it.
    pub(in crate::web::pages) fn whose(&self) -> String {
        format!("{}:{}", self.side, self.party)
    }
}

impl Holders {
    /// Who holds links to this case.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(in crate::web::pages) async fn of(web: &Web, esr_id: &str) -> Result<Self, StoreError> {
        let none = Self { esr_id: esr_id.to_owned(), all: Vec::new() };
        let Some(letters) = &web.app.letters else { return Ok(none) };
        let filter = DeliveryFilter {
            esr_id: Some(esr_id.to_owned()),
            state: Some(DeliveryState::Delivered),
            ..DeliveryFilter::default()
        };
        let store = &web.app.store;
        let (sent, revoked) = tokio::try_join!(store.deliveries(&filter, None, MOST), store.revoked_links(esr_id))?;
        let directory = web.app.directory();
        // Messages as they are bear no link.
        let bears = |id: &str| directory.all().any(|one| one.endpoint.id == id && (one.mail || !one.every_message));
        let now = web.app.clock.now();
        let mut all: Vec<Holder> = Vec::new();
        for delivery in sent.items {
            if !delivery.endpoint_id.as_deref().is_some_and(bears) {
                continue;
            }
            let sent_at = delivery.settled_at.unwrap_or(delivery.created_at);
            let known = all.iter_mut().find(|one| (one.side, &one.party) == (delivery.side, &delivery.party));
            if known.as_ref().is_some_and(|known| known.sent_at >= sent_at) {
                continue;
            }
            let taken =
                revoked.iter().find(|one| (one.whose.side, &one.whose.party) == (delivery.side, &delivery.party));
            let until = sent_at.checked_add(letters.link_life).unwrap_or(Timestamp::MAX);
            let endpoint = delivery.endpoint.unwrap_or_default();
            let holder = Holder {
                side: delivery.side,
                sent_to: if delivery.address.is_empty() { endpoint } else { delivery.address },
                sent_at,
                until,
                live: until > now && taken.is_none_or(|taken| taken.at < sent_at),
                revoked: taken.map(|taken| (taken.at, taken.by.clone())),
                delivery_id: delivery.id,
                party: delivery.party,
            };
            match known {
                Some(known) => *known = holder,
                None => all.push(holder),
            }
        }
        all.sort_by(|a, b| (a.side, &a.party).cmp(&(b.side, &b.party)));
        Ok(Self { all, ..none })
    }

    /// Whether anybody's link works.
    pub(in crate::web::pages) fn any_live(&self) -> bool {
        self.all.iter().any(|one| one.live)
    }
}

/// Takes links to a case back.
///
/// # Errors
/// When it cannot be stored.
pub(in crate::web::pages) async fn revoke(
    web: &Web,
    esr_id: &str,
    parties: Vec<LinkParty>,
    by: &str,
) -> Result<bool, StoreError> {
    let revoke = RevokeLinks { esr_id: esr_id.to_owned(), parties, by: by.to_owned(), at: web.app.clock.now() };
    web.app.store.revoke_links(revoke).await
}

/// The forms of `templates/case/holders.html`.
pub(in crate::web::pages) fn acts() -> Router<Web> {
    Router::new().route("/esrs/{id}/links", post(take))
}

/// `POST /esrs/{id}/links`: `do` is `revoke` or `send`; `whose` is a holder, or `all`.
async fn take(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    visitor.may(Permission::WorkCases)?;
    if web.app.store.esr(&id).await?.is_none() {
        return Err(Sorry::not_found("eSR"));
    }
    let holders = Holders::of(&web, &id).await?;
    let whose = filled.text("whose");
    let chosen: Vec<&Holder> = holders.all.iter().filter(|one| whose == "all" || one.whose() == whose).collect();
    let to = format!("/esrs/{id}");
    let about = About::esr(&id);
    if chosen.is_empty() {
        return Err(Sorry::not_found("holder of a link"));
    }
    if filled.text("do") == "send" {
        let at = web.app.clock.now();
        let sending = async {
            for holder in &chosen {
                web.app.store.replay(Replay::One { id: holder.delivery_id.clone(), to: None, at }).await?;
            }
            Ok::<_, StoreError>(())
        };
        visitor.act(&web, Act::Replayed, &about, json!({ "links": whose }), sending).await?;
        web.app.dispatch.wake();
        return Ok(respond::see_other(&to, "The last letter is sent again, with a new link."));
    }
    if filled.text("do") != "revoke" {
        return Err(Sorry::new(
            StatusCode::BAD_REQUEST,
            "Nothing was done",
            "The form says neither to take links back nor to send one.",
        ));
    }
    let parties = chosen.iter().map(|one| LinkParty { side: one.side, party: one.party.clone() }).collect();
    let revoking = revoke(&web, &id, parties, &visitor.person.name);
    visitor.act(&web, Act::LinkRevoked, &about, json!({ "links": whose }), revoking).await?;
    Ok(respond::see_other(&to, "The links were taken back: they open nothing any longer."))
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::*;
    use crate::web::pages::frame::since;

    /// As much of a page's frame as the part needs.
    struct Frame;

    impl Frame {
        #[expect(clippy::unused_self, reason = "a frame knows the time")]
        fn ago(&self, at: &Timestamp) -> String {
            let now: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
            since(now.duration_since(*at))
        }
    }

    #[derive(Template)]
    #[template(ext = "html", source = "{% include \"case/holders.html\" %}")]
    struct Part {
        frame: Frame,
        holders: Holders,
    }

    fn part(all: Vec<Holder>) -> String {
        Part { frame: Frame, holders: Holders { esr_id: "esr_1".into(), all } }.render().unwrap()
    }

    #[test]
    fn each_holder_stands_there_with_what_can_be_done() {
        let holder = |party: &str, live: bool| Holder {
            side: Side::Participant,
            party: party.to_owned(),
            sent_to: "a@b.example".into(),
            sent_at: "2026-11-22T08:00:00Z".parse().unwrap(),
            until: "2026-12-22T08:00:00Z".parse().unwrap(),
            revoked: (!live).then(|| ("2026-11-22T08:30:00Z".parse().unwrap(), "Ada".to_owned())),
            live,
            delivery_id: "dlv_1".into(),
        };
        let shown = part(vec![holder("<b>hotelia", true)]);
        assert!(
            shown.contains("&#60;b&#62;hotelia") && shown.contains("value=\"participant:&#60;b&#62;hotelia\""),
            "{shown}"
        );
        assert!(shown.contains("open until") && shown.contains("value=\"revoke\">Take back<"), "{shown}");
        let shown = part(vec![holder("hotelia", false)]);
        assert!(shown.contains("taken back by") && !shown.contains("value=\"revoke\""), "{shown}");
        assert!(part(Vec::new()).contains("Nobody was sent a link"));
    }
}
