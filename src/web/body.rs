//! Reading a request's body: bounded in size, then JSON bounded in depth.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use serde_json::Value;

use super::problem::{FieldProblem, Kind, Problem, sentence};
use crate::intake::malformed::{self, Malformed};

/// The whole body.
///
/// # Errors
/// When it is larger than `limit` bytes, or the client stopped in the middle.
pub(super) async fn read(headers: &HeaderMap, mut body: Body, limit: usize) -> Result<Bytes, Problem> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(too_large(limit as u64));
    }
    let mut kept = Vec::with_capacity(declared.unwrap_or(0));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            Problem::new(Kind::MalformedBody, "The body ended before it was complete; send the request again.")
        })?;
        let Some(data) = frame.data_ref() else { continue };
        if kept.len() + data.len() > limit {
            return Err(too_large(limit as u64));
        }
        kept.extend_from_slice(data);
    }
    Ok(kept.into())
}

/// What a body over the limit is answered with.
pub(super) fn too_large(limit: u64) -> Problem {
    Problem::new(Kind::TooLarge, format!("The body is larger than {limit} bytes, the most that is taken here."))
}

/// What the client says its body is, without parameters, in lower case.
pub(super) fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Refuses a body that says it is something else than JSON.
///
/// # Errors
/// Names the content type that came and the one to send.
pub(super) fn expect_json(headers: &HeaderMap) -> Result<(), Problem> {
    if let Some(coding) = headers.get(header::CONTENT_ENCODING).filter(|coding| *coding != "identity") {
        let coding = String::from_utf8_lossy(coding.as_bytes()).into_owned();
        return Err(Problem::new(
            Kind::UnsupportedMediaType,
            format!("The body is compressed (`content-encoding: {coding}`); send it as it is."),
        ));
    }
    match content_type(headers).as_deref() {
        None | Some("" | "application/json") => Ok(()),
        Some(other) if other.starts_with("application/") && other.ends_with("+json") => Ok(()),
        Some(other) => Err(Problem::new(
            Kind::UnsupportedMediaType,
            format!("The body is `{other}`; send JSON, with the header `content-type: application/json`."),
        )),
    }
}

/// The JSON value in these bytes.
///
/// # Errors
/// With the line and column where it stops being JSON, or when it nests deeper than `depth`.
pub(super) fn json(bytes: &[u8], depth: usize) -> Result<Value, Problem> {
    let value = malformed::json(bytes).map_err(|error| not_json(&error))?;
    shallow(value, depth)
}

/// What a body that is no JSON is answered with.
pub(super) fn not_json(error: &Malformed) -> Problem {
    let message = sentence(&error.to_string());
    Problem::new(Kind::MalformedBody, format!("The body cannot be read: {message}"))
        .with_errors(vec![FieldProblem { path: String::new(), message }])
}

/// The value, unless it nests deeper than `depth`.
///
/// # Errors
/// Says how deep it may nest.
pub(super) fn shallow(value: Value, depth: usize) -> Result<Value, Problem> {
    if nests(&value) <= depth {
        return Ok(value);
    }
    let message = format!("Arrays and objects are nested too deeply: at most {depth} levels are taken.");
    Err(Problem::new(Kind::MalformedBody, message.clone())
        .with_errors(vec![FieldProblem { path: String::new(), message }]))
}

/// How deep arrays and objects nest. The parser went no deeper than 127, so that this needs little stack.
fn nests(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(nests).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(nests).max().unwrap_or(0),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(bytes: &[u8]) -> String {
        json(bytes, 4).unwrap_err().details().detail
    }

    #[test]
    fn broken_json_is_placed_by_line_and_column() {
        assert!(detail(b"{\n \"a\": ,\n}").contains("line 2, column 7"), "{}", detail(b"{\n \"a\": ,\n}"));
        assert!(detail(br#"{"a": "\ud800"}"#).contains("surrogate"));
    }

    #[test]
    fn nesting_is_bounded_however_it_is_made() {
        assert!(json(b"[[[[1]]]]", 4).is_ok());
        assert!(detail(br#"{"a":[{"b":[[]]}]}"#).contains("at most 4 levels"));
        assert!(detail(&b"[".repeat(10_000)).contains("nested too deeply"));
    }
}
