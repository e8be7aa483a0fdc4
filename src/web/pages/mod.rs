//! The pages: HTML from the server, whole without a script.
//!
//! | file | what it is |
//! |---|---|
//! | `frame.rs` | what surrounds every page; `templates/frame.html` |
//! | `visitor.rs` | who reads, and what the reader may do |
//! | `respond.rs` | how pages are answered, and the headers that keep them safe |
//! | `sorry.rs` | a page that says why there is no other |
//! | `filled.rs` | what somebody filled into a form |
//! | `words.rs` | what words of the API are called on pages |
//! | `assets.rs` | style sheets, scripts, pictures; `assets/` |
//! | `case/` | one case for somebody outside, by a letter's link (`/c/…`) or signed in |
//! | `esr/` | one eSR for the service's own people: where it goes, why, and acting on it |
//! | `kept.rs` | what the pages keep between requests, on this node |
//! | `stuck.rs` | what stands still: the numbers beside the ways |
//! | `login/` | signing in and out |
//! | `audit/` | who did what |
//! | `account/` | one's own password and sessions |
//! | `people/` | who may sign in |
//! | `links.rs` | addresses of our own pages |
//! | `overview/` | where eSRs go, what lapses, what is stuck |
//! | `registry/` | the certification reports: lists, entries, editing, history, look-up, import |
//! | `pictures/` | pictures that several pages show |
//! | `queue/` | what waits for whom |
//! | `live.rs` | what happens, told to open pages |
//! | `rules/` | the routing table, and a simulator |
//! | `connectors/` | the endpoints: health, a test, adding and changing |
//! | `deliveries/` | what was sent to whom, and sending again |
//! | `inbound/` | mails and callbacks that came in, and settling those that wait |
//! | `my/` | the pages of partners and participants: their own eSRs, filing one |

mod account;
mod assets;
mod audit;
mod case;
mod connectors;
mod deliveries;
mod esr;
mod filled;
mod frame;
mod inbound;
mod kept;
mod links;
mod live;
mod login;
mod my;
mod overview;
mod people;
mod pictures;
mod queue;
mod registry;
mod respond;
mod rules;
mod sorry;
mod stuck;
mod visitor;
mod words;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use tower_http::csrf::CsrfLayer;

pub(super) use self::kept::Kept;
use super::Web;

/// Every page.
pub(super) fn pages() -> Router<Web> {
    Router::new()
        .merge(login::pages())
        .merge(account::pages())
        .merge(people::pages())
        .merge(audit::pages())
        .merge(my::pages())
        .merge(queue::pages())
        .merge(live::pages())
        .merge(esr::pages())
        .merge(deliveries::pages())
        .merge(connectors::pages())
        .merge(inbound::pages())
        .merge(rules::pages())
        .merge(overview::pages())
        .merge(registry::pages())
        .merge(case::staff_acts())
        .layer(CsrfLayer::new())
        .layer(map_response(from_elsewhere))
        // The link is the credential there, and no cookie is: another site cannot make a form that has it.
        .merge(case::pages())
        .route("/assets/{version}/{name}", get(assets::serve))
}

/// Pages that take files, which may take long.
pub(super) fn uploads() -> Router<Web> {
    my::uploads()
        .merge(esr::uploads())
        .layer(CsrfLayer::new())
        .layer(map_response(from_elsewhere))
        .merge(case::uploads())
}

/// There is no page at an address.
pub(super) fn nothing_here() -> Response {
    sorry::Sorry::not_found("page").into_response()
}

/// A form that another site sent is refused with a page.
async fn from_elsewhere(response: Response) -> Response {
    let page = response.headers().get(axum::http::header::CONTENT_TYPE);
    if response.status() != StatusCode::FORBIDDEN
        || page.is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"))
    {
        return response;
    }
    let why = "This form was sent from another site, so nothing was done. Open the page here, and send it from there.";
    sorry::Sorry::new(StatusCode::FORBIDDEN, "Not from here", why).into_response()
}
