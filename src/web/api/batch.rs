//! `POST /v1/esrs/batch`: many eSRs in one body, an answer for each; one bad one never spoils the others.

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
    let items = if lines { batch::split_lines(&bytes) } else { batch::split(&bytes) };
    let items: Vec<Item> = items.map_err(|error| body::not_json(&error))?.collect();
    if items.len() > limits.batch_count {
        return Err(Problem::new(
            Kind::TooLarge,
            format!(
                "The batch holds {} eSRs; at most {} are taken at once. Send it in parts.",
                items.len(),
                limits.batch_count
            ),
        ));
    }
    web.rates.count_many(&caller.key_id, items.len().saturating_sub(1) as u32, limits.burst)?;
    caller.use_up(&web).await?;
    let answers = answers(&web, &caller, items).await;
    if lines {
        let text: String = answers.iter().map(|answer| format!("{}\n", text(answer))).collect();
        return Ok((StatusCode::OK, [(header::CONTENT_TYPE, "application/x-ndjson")], text).into_response());
    }
    Ok(json_text(StatusCode::OK, text(&answers)))
}

/// The answers in the batch's order. A reference that comes again waits for the others, so that the first one is the new one.
async fn answers(web: &Web, caller: &Caller, items: Vec<Item>) -> Vec<ItemAnswer> {
    let mut references = HashSet::new();
    let (first, again): (Vec<_>, Vec<_>) = items.into_iter().enumerate().partition(|(_, item)| {
        let reference = item.value.as_ref().ok().and_then(|value| value.get("reference")?.as_str());
        reference.is_none_or(|reference| references.insert(reference.to_owned()))
    });
    let numbered = async |(place, item)| (place, answer(web, caller, item).await);
    let mut answers: Vec<_> = stream::iter(first).map(numbered).buffer_unordered(AT_ONCE).collect().await;
    answers.extend(stream::iter(again).then(numbered).collect::<Vec<_>>().await);
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

async fn answer(web: &Web, caller: &Caller, item: Item) -> ItemAnswer {
    let filed = async {
        let value = item.value.map_err(|error| body::not_json(&error))?;
        let value = body::shallow(value, web.app.config.limits.json_depth)?;
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
