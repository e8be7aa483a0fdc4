//! What is done with several eSRs at once: sending their messages again, taking them along as a table.

use std::collections::HashSet;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde_json::json;

use super::asked::Asked;
use super::row::Row;
use crate::access::{About, Act, Permission, Thing};
use crate::notify::delivery::DeliveryState;
use crate::store::DeliveryFilter;
use crate::web::Web;
use crate::web::api::deliveries::replay::Again;
use crate::web::pages::deliveries::sent_again;
use crate::web::pages::filled::{Filled, InQuery};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::words;

/// So many eSRs are taken at once: as many as a page shows.
const MOST: usize = 50;
/// So many eSRs are exported at once.
const EXPORTED: u32 = 1_000;
/// A page may end before it is full: so often it is gone on with.
const ROUNDS: usize = 100;
/// So many messages of one eSR are sent again at once.
const MESSAGES: u32 = 200;

fn chosen(form: &Filled) -> Vec<String> {
    let mut seen = HashSet::new();
    let all = form.all("esr").filter(|id| id.len() <= 100 && !id.contains('\0') && seen.insert(*id));
    all.take(MOST).map(str::to_owned).collect()
}

/// `POST /queue/resend`: the messages of the chosen eSRs that were given up go out again, to where they were meant to go.
pub(super) async fn resend(State(web): State<Web>, visitor: Visitor, form: Filled) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeCases)?;
    visitor.may(Permission::Replay)?;
    let back = Asked::read(&Filled::parse(form.text("back").as_bytes())).here();
    let esrs = chosen(&form);
    if esrs.is_empty() {
        return Ok(respond::refused_at(
            &back,
            "Nothing was chosen: tick the eSRs whose messages are to be sent again.",
        ));
    }
    if esrs.len() > 1 {
        visitor.may(Permission::ReplayMany)?;
    }
    let about = match esrs.as_slice() {
        [one] => About::new(Thing::Esr, one.clone()),
        _ => About::new(Thing::Service, ""),
    };
    let details = json!({ "esrs": esrs });
    let again = visitor.act::<_, Sorry>(&web, Act::ReplayedMany, &about, details, send_again(&web, esrs)).await?;
    let said = match again {
        again if again == Again::default() => "No message of theirs was given up; nothing was sent.".to_owned(),
        again => sent_again(again),
    };
    Ok(respond::see_other(&back, &said))
}

/// Sends again what was given up of these eSRs, and what had no channel.
async fn send_again(web: &Web, esrs: Vec<String>) -> Result<Again, Sorry> {
    let mut again = Again::default();
    for esr_id in esrs {
        for state in [DeliveryState::Dead, DeliveryState::Unaddressed] {
            let filter =
                DeliveryFilter { esr_id: Some(esr_id.clone()), state: Some(state), ..DeliveryFilter::default() };
            let stuck = web.app.store.deliveries(&filter, None, MESSAGES).await?.items;
            again.send(web, stuck).await?;
        }
    }
    Ok(again)
}

/// `GET /queue/export.csv`: the chosen eSRs, or all that the filters leave, at most a thousand.
pub(super) async fn export(
    State(web): State<Web>,
    visitor: Visitor,
    InQuery(query): InQuery,
) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeCases)?;
    let asked = Asked::read(&query).knowing(&web.app.evaluator().registry);
    let chosen = chosen(&query);
    let limit = if chosen.is_empty() { EXPORTED } else { super::PAGE };
    let (mut found, mut after) = (Vec::new(), asked.after.clone());
    for _ in 0..ROUNDS {
        let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
        let page = web.app.store.queue(&asked.filter(), asked.order(), after.as_deref(), left).await?;
        found.extend(page.items);
        after = page.next.filter(|_| page.read_until.is_some());
        if after.is_none() {
            break;
        }
    }
    let now = web.app.clock.now();
    let mut table = vec![line(&HEAD.map(str::to_owned))];
    for queued in found {
        if chosen.is_empty() || chosen.contains(&queued.esr.id) {
            let (rule, priority) = (queued.esr.rule.clone(), queued.esr.priority);
            table.push(line(&cells(Row::of(queued, now), &rule, priority)));
        }
    }
    let mut response = Response::new(Body::from(format!("\u{feff}{}", table.concat())));
    for (name, value) in [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"esrs.csv\""),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}

const HEAD: [&str; 16] = [
    "id",
    "reference",
    "severity",
    "priority",
    "phase",
    "summary",
    "customer",
    "third_party",
    "platform",
    "route",
    "stage",
    "status",
    "rule",
    "filer",
    "received_at",
    "updated_at",
];

fn cells(row: Row, rule: &str, priority: u8) -> [String; 16] {
    [
        row.id,
        row.reference,
        row.severity.to_string(),
        priority.to_string(),
        if row.development { "development" } else { "production" }.to_owned(),
        row.summary,
        row.site.unwrap_or_default(),
        row.third_party.unwrap_or_default(),
        row.platform.unwrap_or_default(),
        words::route(&row.route).to_owned(),
        words::stage(&row.stage).to_owned(),
        words::status(row.status).to_owned(),
        rule.to_owned(),
        row.filer,
        row.received_at.to_string(),
        row.updated_at.to_string(),
    ]
}

/// A line of the table. A program that calculates takes text that begins like a formula for one: it gets a quote before it.
fn line(cells: &[String]) -> String {
    let cell = |text: &String| {
        let formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r']);
        format!("\"{}{}\"", if formula { "'" } else { "" }, text.replace('"', "\"\"").replace('\0', ""))
    };
    cells.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_becomes_a_formula_or_leaves_its_cell() {
        let cells = ["=1+1", " @x", "a \"b\", c", "plain"].map(str::to_owned);
        assert_eq!(line(&cells), "\"'=1+1\",\"' @x\",\"a \"\"b\"\", c\",\"plain\"\r\n");
    }
}
