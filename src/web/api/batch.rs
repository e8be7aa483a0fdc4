//! `POST /v1/esrs/batch`: many eSRs in one body, an answer for each; one bad one never spoils the others.

use std::borrow::Cow;
use std::collections::HashSet;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use serde_json::value::RawValue;

use super::esrs::{FILERS, file_one};
use super::{Caller, Web, json_text};
use crate::intake::batch::{self, Item};
use crate::intake::esr::Esr;
use crate::web::problem::{Kind, Problem, ProblemDetails};
use crate::web::{auth, body};

/// How many eSRs of one batch are worked on at once.
const AT_ONCE: usize = 16;

/// What one eSR of a batch is answered.
#[derive(serde::Serialize, utoipa::ToSchema)]
struct ItemAnswer {
    /// The status that it would have been answered with alone.
    status: u16,
    /// The answer that it would have got alone: a receipt, or a problem.
    #[schema(value_type = Object)]
    body: Box<RawValue>,
}

/// File many eSRs
///
/// A JSON array, or with `content-type: application/x-ndjson` one eSR a line. The answer has the same form: for each
/// eSR, in order, the status and body that it would have been answered with alone.
#[utoipa::path(post, path = "/v1/esrs/batch", tag = "eSRs",
    request_body(content((Vec<Esr> = "application/json"), (String = "application/x-ndjson"))),
    responses(
        (status = 200, description = "An answer for each, in order", body = Vec<ItemAnswer>),
        (status = 400, description = "The body is neither an array nor lines", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 401, description = "No valid credential", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "Too large, or too many eSRs", body = ProblemDetails, content_type = "application/problem+json"),
    ))]
pub(super) async fn file_many(State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let lines = match body::content_type(request.headers()).as_deref() {
        Some("application/x-ndjson" | "application/ndjson" | "application/jsonl") => true,
        _ => body::expect_json(request.headers()).map(|()| false)?,
    };
    let limits = &web.app.config.limits;
    let (caller, bytes) = auth::call(&web, request, limits.bulk_bytes).await?;
    caller.must_be(FILERS)?;
    let most = limits.batch_count;
    let items = if lines { batch::split_lines(&bytes, most) } else { batch::split(&bytes, most) };
    let items = items.map_err(|error| body::not_json(&error))?;
    if items.left_out() > 0 {
        let count = most + items.left_out();
        let detail = format!("The batch holds {count} eSRs; at most {most} are taken at once. Send it in parts.");
        return Err(Problem::new(Kind::TooLarge, detail));
    }
    let items: Vec<Item<'_>> = items.collect();
    web.rates.count_many(&caller.key_id, items.len().saturating_sub(1) as u32, limits.burst)?;
    caller.use_up(&web).await?;
    let answers = answers(&web, &caller, items).await;
    if lines {
        let text: String = answers.iter().map(|answer| format!("{}\n", text(answer))).collect();
        return Ok((StatusCode::OK, [(header::CONTENT_TYPE, "application/x-ndjson")], text).into_response());
    }
    Ok(json_text(StatusCode::OK, text(&answers)))
}

/// What is looked at before an eSR's turn comes.
#[derive(serde::Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    reference: Cow<'a, str>,
}

/// The answers in the batch's order, each eSR read when its turn comes. A reference that comes again waits for the others,
/// so that the first one is the new one.
async fn answers(web: &Web, caller: &Caller, items: Vec<Item<'_>>) -> Vec<ItemAnswer> {
    let mut references = HashSet::new();
    let (first, again): (Vec<_>, Vec<_>) = items.into_iter().enumerate().partition(|(_, item)| {
        let named = serde_json::from_str::<Named<'_>>(item.text);
        named.map_or(true, |named| references.insert(named.reference))
    });
    let turns: Vec<_> = first.into_iter().map(|(place, item)| numbered(web, caller, place, item)).collect();
    let mut answers: Vec<_> = stream::iter(turns).buffer_unordered(AT_ONCE).collect().await;
    for (place, item) in again {
        answers.push(numbered(web, caller, place, item).await);
    }
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

async fn numbered(web: &Web, caller: &Caller, place: usize, item: Item<'_>) -> (usize, ItemAnswer) {
    (place, answer(web, caller, item).await)
}

async fn answer(web: &Web, caller: &Caller, item: Item<'_>) -> ItemAnswer {
    let limits = &web.app.config.limits;
    let filed = async {
        if item.text.len() > limits.body_bytes {
            return Err(body::too_large(limits.body_bytes as u64));
        }
        let value = item.value().map_err(|error| body::not_json(&error))?;
        let value = body::shallow(value, limits.json_depth)?;
        file_one(web, caller, value, None).await
    };
    let (status, text) = match filed.await {
        Ok((status, text)) => (status, text),
        Err(problem) => (problem.status(), text(&problem.details())),
    };
    ItemAnswer { status: status.as_u16(), body: RawValue::from_string(text).unwrap_or_default() }
}

/// The value as JSON text.
fn text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
