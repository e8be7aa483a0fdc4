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
//! | `login/` | signing in and out |
//! | `audit/` | who did what |
//! | `links.rs` | addresses of our own pages |
//! | `overview/` | where eSRs go, what lapses, what is stuck |
//! | `registry/` | the certification reports: lists, entries, editing, history, look-up, import |
//! | `pictures/` | pictures that several pages show |
//! | `queue/` | what waits for whom |
//! | `live.rs` | what happens, told to open pages |
//! | `deliveries/` | what was sent to whom, and sending again |
//! | `my/` | the pages of partners and participants: their own eSRs, filing one |

mod assets;
mod audit;
mod case;
mod deliveries;
mod esr;
mod filled;
mod frame;
mod kept;
mod links;
mod live;
mod login;
mod my;
mod overview;
mod pictures;
mod queue;
mod registry;
mod respond;
mod sorry;
mod visitor;
mod words;

use axum::Router;
use axum::routing::get;
use tower_http::csrf::CsrfLayer;

pub(super) use self::kept::Kept;
use super::Web;

/// Every page.
pub(super) fn pages() -> Router<Web> {
    Router::new()
        .merge(login::pages())
        .merge(my::pages())
        .merge(queue::pages())
        .merge(live::pages())
        .merge(esr::pages())
        .merge(deliveries::pages())
        .merge(overview::pages())
        .merge(registry::pages())
        .merge(case::staff_acts())
        .layer(CsrfLayer::new())
        // The link is the credential there, and no cookie is: another site cannot make a form that has it.
        .merge(case::pages())
        .route("/assets/{version}/{name}", get(assets::serve))
}

/// Pages that take files, which may take long.
pub(super) fn uploads() -> Router<Web> {
    my::uploads().layer(CsrfLayer::new()).merge(case::uploads())
}
