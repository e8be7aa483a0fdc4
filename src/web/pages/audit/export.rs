//! The audit log as a file: CSV for spreadsheets, or one JSON object a line. That somebody took it stands in it too.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::stream;
use serde_json::{Value, json};

use super::Asked;
use crate::access::{About, Act, Permission, Thing};
use crate::store::{AuditEntry, AuditFilter, StoreError};
use crate::web::Web;
use crate::web::pages::filled::Filled;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

/// So many entries are read at once.
const CHUNK: u32 = 500;

/// The first line of the CSV.
const HEAD: &str = "id,at,who,act,about_kind,about_id,outcome,why,ended_at,address,agent,person_id,key_id,details\r\n";

/// `POST /audit/export`: what the filter leaves, the newest first, as it is read.
pub(super) async fn export(State(web): State<Web>, visitor: Visitor, filled: Filled) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeAudit)?;
    let asked = Asked::of(&filled);
    let lines = filled.text("format") == "ndjson";
    let said: serde_json::Map<String, Value> =
        asked.fields().into_iter().map(|(name, value)| (name.to_owned(), Value::String(value))).collect();
    let details = json!({"format": if lines { "ndjson" } else { "csv" }, "filter": said});
    let about = About::new(Thing::Audit, "");
    // The first page is read before anything is answered: what does not work at all is said on a page.
    let first = async { web.app.store.audit(&asked.filter, None, CHUNK).await };
    let first = visitor.act::<_, StoreError>(&web, Act::AuditExported, &about, details, first).await?;
    let head = if lines { String::new() } else { HEAD.to_owned() };
    let text = head + &written(&first.items, lines);
    let rest = Rest { web: web.clone(), filter: asked.filter, after: first.next, lines };
    let chunks = stream::unfold((Some(text), rest), |(ready, mut rest)| async move {
        if let Some(text) = ready {
            return Some((Ok(Bytes::from(text)), (None, rest)));
        }
        let chunk = rest.more().await?;
        Some((chunk.map(Bytes::from), (None, rest)))
    });
    let mut response = Response::new(Body::from_stream(chunks));
    let (kind, name) = match lines {
        true => ("application/x-ndjson", "attachment; filename=\"audit.ndjson\""),
        false => ("text/csv; charset=utf-8", "attachment; filename=\"audit.csv\""),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(name));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

struct Rest {
    web: Web,
    filter: AuditFilter,
    after: Option<String>,
    lines: bool,
}

impl Rest {
    /// The next entries; an error cuts the file off, so that nobody takes it for whole.
    async fn more(&mut self) -> Option<Result<String, StoreError>> {
        let after = self.after.take()?;
        Some(match self.web.app.store.audit(&self.filter, Some(&after), CHUNK).await {
            Ok(page) => {
                self.after = page.next;
                Ok(written(&page.items, self.lines))
            }
            Err(error) => Err(error),
        })
    }
}

fn written(entries: &[AuditEntry], lines: bool) -> String {
    entries.iter().map(|entry| if lines { line(entry) } else { row(entry) }).collect()
}

fn line(AuditEntry { entry, outcome, why, ended_at }: &AuditEntry) -> String {
    let said = json!({
        "id": entry.id, "at": entry.at, "who": entry.who.name, "act": entry.act, "about_kind": entry.about.kind,
        "about_id": entry.about.id, "outcome": outcome, "why": why, "ended_at": ended_at, "address": entry.origin.address,
        "agent": entry.origin.agent, "person_id": entry.who.person_id, "key_id": entry.who.key_id, "details": entry.details,
    });
    format!("{said}\n")
}

fn row(AuditEntry { entry, outcome, why, ended_at }: &AuditEntry) -> String {
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = [
        entry.id.clone(),
        entry.at.to_string(),
        entry.who.name.clone(),
        entry.act.to_string(),
        entry.about.kind.to_string(),
        entry.about.id.clone(),
        outcome.to_string(),
        or_empty(why),
        ended_at.map(|at| at.to_string()).unwrap_or_default(),
        entry.origin.address.clone(),
        entry.origin.agent.clone(),
        or_empty(&entry.who.person_id),
        or_empty(&entry.who.key_id),
        entry.details.to_string(),
    ];
    cells.map(|text| cell(&text)).join(",") + "\r\n"
}

/// A cell in quotation marks. What a spreadsheet would take for a formula has an apostrophe before it: somebody may have typed
/// it as a login.
fn cell(text: &str) -> String {
    let formula = text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']);
    let mark = if formula { "'" } else { "" };
    format!("\"{mark}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_each_is_one_cell() {
        assert_eq!(cell("=HYPERLINK(\"x\")"), "\"'=HYPERLINK(\"\"x\"\")\"");
        for text in ["+1", "-1", "@a", " =1", "\tx", "\n=1"] {
            assert!(cell(text).starts_with("\"'"), "{text:?}");
        }
        assert_eq!(cell("a, b"), "\"a, b\"");
    }
}
