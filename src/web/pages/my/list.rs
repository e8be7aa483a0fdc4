//! `GET /my`: what waits for the visitor first, then the rest.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;

use super::own::Own;
use crate::cases::Status;
use crate::store::{EsrSummary, Filter};
use crate::web::Web;
use crate::web::pages::filled::InQuery;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::{respond, words};

/// How many eSRs a page holds, and how many of those that wait are shown before the others.
const PAGE: u32 = 50;
const WAITING: u32 = 20;

#[derive(Template)]
#[template(path = "my/list.html")]
struct Page {
    frame: Frame,
    own: Own,
    text: String,
    status: Option<Status>,
    /// What waits; only on the first page, and when nothing is searched for.
    waiting: Vec<EsrSummary>,
    /// More waits than is shown.
    more_waiting: bool,
    rest: Vec<EsrSummary>,
    next: Option<String>,
    first: bool,
    /// More may fit: only those received since then were looked at.
    read_until: Option<Timestamp>,
}

impl Page {
    fn filtered(&self) -> bool {
        !self.text.is_empty() || self.status.is_some()
    }

    fn is_status(&self, status: &Status) -> bool {
        self.status.as_ref() == Some(status)
    }

    /// What a status is called to somebody whom cases wait for.
    fn status_word(&self, status: &Status) -> &'static str {
        if self.own.waits().contains(status) && *status != Status::WaitingPayment {
            "Waits for you"
        } else {
            words::status(*status)
        }
    }

    /// This list under other filters.
    fn query(&self, after: Option<&str>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.text.is_empty() {
            query.append_pair("q", &self.text);
        }
        if let Some(status) = self.status {
            query.append_pair("status", status.as_str());
        }
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        query.finish()
    }
}

pub(super) async fn show(State(web): State<Web>, visitor: Visitor, InQuery(asked): InQuery) -> Result<Response, Sorry> {
    let own = Own::of(&visitor)?;
    let text: String = asked.text("q").chars().filter(|c| !c.is_control()).take(200).collect();
    let status = Status::parse(asked.text("status"));
    let after = asked.given("after");
    let store = &web.app.store;
    let filter = Filter {
        seen_by: own.sees(),
        status,
        text: Some(text.clone()).filter(|text| !text.is_empty()),
        ..Filter::default()
    };
    let plain = text.is_empty() && status.is_none() && after.is_none();
    let mut waiting = Vec::new();
    let mut more_waiting = false;
    for status in own.waits().iter().filter(|_| plain) {
        let page = store.glance(&Filter { status: Some(*status), ..filter.clone() }, None, WAITING).await?;
        more_waiting |= page.next.is_some();
        waiting.extend(page.items);
    }
    waiting.sort_by_key(|esr| (esr.severity, esr.received_at));
    let page = store.glance(&filter, after, PAGE).await?;
    let mut rest = page.items;
    rest.retain(|esr| waiting.iter().all(|shown| shown.id != esr.id));
    let frame = visitor.frame(&web, "eSRs", Section::My);
    let first = after.is_none();
    let page = Page {
        frame,
        own,
        text,
        status,
        waiting,
        more_waiting,
        rest,
        next: page.next,
        first,
        read_until: page.read_until,
    };
    Ok(respond::page(&visitor, &page))
}
