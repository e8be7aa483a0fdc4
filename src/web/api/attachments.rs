//! `POST /v1/esrs/{id}/attachments`: a trace or document, streamed to disk and named by its SHA-256; and its way back.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::params::Params;
use super::{Caller, Web, case_of};
use crate::access::{About, Act, Thing};
use crate::attachments::{self, NAME, sound_name};
use crate::intake::parse;
use crate::store::{Attachment, StoredEsr};
use crate::traces::Finding;
use crate::web::auth::{self, Claim};
use crate::web::body;
use crate::web::files::{self, Added, Incoming, Room};
use crate::web::problem::{Kind, Problem, ProblemDetails};

/// Query parameters of an upload.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    /// The file's name; `Content-Disposition` may give it instead.
    name: Option<String>,
}

/// A file that belongs to a case.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct AttachmentShown {
    /// Its id.
    id: String,
    /// The name that it was sent under.
    name: String,
    /// Media type, as sent.
    media_type: String,
    /// Bytes.
    size: i64,
    /// SHA-256 of the bytes, in hexadecimal.
    sha256: String,
    /// Who sent it.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The platform that the file names, beside the one that the eSR declares now; null when it names none.
    banner: Option<Finding>,
}

/// A file's bytes.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "it only describes a body, which is streamed")]
pub(super) struct FileBytes(Vec<u8>);

impl From<Attachment> for AttachmentShown {
    fn from(file: Attachment) -> Self {
        Self {
            id: file.id,
            name: file.name,
            media_type: file.media_type,
            size: file.size,
            sha256: file.sha256,
            by: file.by,
            at: file.at,
            banner: file.banner,
        }
    }
}

/// Add a trace or document
///
/// The body is the file itself, with its own content type. A signed upload may be as large as a batch, one with a bearer
/// key larger. The same file under the same name again is answered 200 with
/// what was stored first. What a participant adds to a case that reached it counts as a trace of its analysis. A file whose first 16 MiB name a release of the platform says in `banner` whether it is the declared
/// one.
#[utoipa::path(post, path = "/v1/esrs/{id}/attachments", tag = "eSRs",
    params(("id" = String, Path, description = "The case's id"), Query),
    request_body(content = FileBytes, content_type = "application/octet-stream"),
    responses(
        (status = 201, description = "Stored", body = AttachmentShown),
        (status = 200, description = "Stored before", body = AttachmentShown),
        (status = 400, description = "No name, or an unusable one", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 404, description = "There is no case that this credential may see", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 409, description = "The case has as many as it may have", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 415, description = "A kind of file that is not taken, or a form where the file itself should be", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 413, description = "The file is too large", body = ProblemDetails, content_type = "application/problem+json"),
        (status = 507, description = "No room to store it", body = ProblemDetails, content_type = "application/problem+json"),
    ))]
pub(super) async fn attach(
    State(web): State<Web>,
    Path(id): Path<String>,
    params: Params<Query>,
    request: Request,
) -> Result<(StatusCode, Json<AttachmentShown>), Problem> {
    let query = params.sound()?;
    let (parts, body) = request.into_parts();
    let mut claim = auth::claim(&web, &parts).await?;
    let room = match room(&web, claim.claimed(), &id, &parts.headers, query.name).await {
        Ok(room) => room,
        Err(problem) => return Err(refused(&web, claim, body, problem).await),
    };
    let (esr, room) = room;
    let limits = &web.app.config.limits;
    // A signature is believed only at the end: until then a smaller file has to do.
    let most = if claim.is_signed() { limits.bulk_bytes as u64 } else { limits.attachment_bytes };
    let mut incoming = Incoming::new(&web, most).await?;
    incoming.read(body, |data| claim.update(data)).await?;
    let caller = claim.settle(&web)?;
    caller.use_up(&web).await?;
    let actor = caller.actor();
    let adding = async { incoming.add(&web, &esr, room, &actor, false).await.map_err(Problem::from) };
    match caller.act(&web, Act::AttachmentAdded, &About::esr(&esr.id), json!({}), adding).await? {
        Added::New(file) => Ok((StatusCode::CREATED, Json(file.into()))),
        Added::Before(file) => Ok((StatusCode::OK, Json(file.into()))),
    }
}

/// The files of a case, each with its banner beside what the eSR declares now.
pub(super) async fn shown(web: &Web, esr: &StoredEsr, mut files: Vec<Attachment>) -> Vec<AttachmentShown> {
    if files.iter().any(|file| file.banner.is_some())
        && let Some(registry) = attachments::registry_for(&web.app, esr).await
        && let Ok(read) = parse::esr(&esr.body)
    {
        for banner in files.iter_mut().map(|file| &mut file.banner) {
            *banner = banner.take().map(|found| found.again(&registry, read.platform.as_ref()));
        }
    }
    files.into_iter().map(AttachmentShown::from).collect()
}

async fn room(
    web: &Web,
    caller: &Caller,
    id: &str,
    headers: &HeaderMap,
    name_given: Option<String>,
) -> Result<(StoredEsr, Room), Problem> {
    let (esr, _) = case_of(web, caller, id).await?;
    let name = name(headers, name_given)?;
    let media_type = media_type(headers)?;
    let room = Room::for_file(web, &esr, name, media_type).await?;
    Ok((esr, room))
}

/// The problem, for a caller who is who it claims to be: others are told that they are not, and learn nothing of the case.
async fn refused(web: &Web, mut claim: Claim, mut body: Body, problem: Problem) -> Problem {
    let mut left = web.app.config.limits.bulk_bytes;
    while claim.is_signed()
        && let Some(Ok(frame)) = body.frame().await
    {
        let data = frame.into_data().unwrap_or_default();
        left = left.saturating_sub(data.len());
        if left == 0 {
            break;
        }
        claim.update(&data);
    }
    claim.settle(web).err().unwrap_or(problem)
}

/// One attachment, as it was sent
#[utoipa::path(get, path = "/v1/esrs/{id}/attachments/{attachment}", tag = "eSRs",
    params(("id" = String, Path, description = "The case's id"), ("attachment" = String, Path, description = "The attachment's id")),
    responses(
        (status = 200, description = "The file", body = FileBytes, content_type = "application/octet-stream"),
        (status = 404, description = "There is none that this credential may see", body = ProblemDetails, content_type = "application/problem+json"),
    ))]
pub(super) async fn fetch(
    State(web): State<Web>,
    caller: Caller,
    Path((id, attachment)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let (esr, _) = case_of(&web, &caller, &id).await?;
    let files = web.app.store.attachments(&esr.id).await?;
    let file = files.into_iter().find(|file| file.id == attachment);
    let file = file.ok_or_else(|| Problem::not_found("attachment"))?;
    let about = About::new(Thing::Attachment, &file.id);
    let sending = async { files::sent(&web, file).await.map_err(Problem::from) };
    caller.act(&web, Act::AttachmentRead, &about, json!({ "esr": esr.id }), sending).await
}

/// The file's name, without any folder in front.
fn name(headers: &HeaderMap, given: Option<String>) -> Result<String, Problem> {
    let disposition = headers.get(header::CONTENT_DISPOSITION).and_then(|value| value.to_str().ok());
    let named = disposition.and_then(|text| text.split(';').find_map(|part| part.trim().strip_prefix("filename=")));
    let name = given.or_else(|| named.map(|name| name.trim_matches('"').to_owned())).unwrap_or_default();
    if let Some(name) = sound_name(&name) {
        return Ok(name.to_owned());
    }
    let detail = format!("Name the file: `?name=trace.pcap`, at most {NAME} characters, without control characters.");
    Err(Problem::new(Kind::BadRequest, detail))
}

/// The file's media type as sent. A form is refused, since its wrapping would be stored with the file.
fn media_type(headers: &HeaderMap) -> Result<String, Problem> {
    let said = body::content_type(headers).filter(|said| !said.is_empty());
    match said.as_deref() {
        Some("multipart/form-data") => Err(Problem::new(
            Kind::UnsupportedMediaType,
            "The body is a form; send the file itself as the body, for example with `curl --data-binary @trace.pcap`, \
             and its name as `?name=trace.pcap`.",
        )),
        // What clients say that were not told what they send.
        None | Some("application/x-www-form-urlencoded") => Ok("application/octet-stream".to_owned()),
        Some(said) => Ok(said.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn named(disposition: Option<&'static str>, query: Option<&str>) -> Option<String> {
        let mut headers = HeaderMap::new();
        if let Some(value) = disposition {
            headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static(value));
        }
        name(&headers, query.map(str::to_owned)).ok()
    }

    #[test]
    fn a_file_is_named_without_its_folders() {
        assert_eq!(named(None, Some("../../etc/passwd")).as_deref(), Some("passwd"));
        assert_eq!(named(Some("attachment; filename=\"C:\\\\t\\\\a b.pcap\""), None).as_deref(), Some("a b.pcap"));
        for bad in ["", "..", "a\u{0}b", "x/", &"x".repeat(256)] {
            assert_eq!(named(None, Some(bad)), None, "{bad:?}");
        }
    }
}
