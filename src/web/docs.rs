//! The API's description: `/openapi.json`, and `/docs` that shows it without any request to elsewhere.

use serde_json::json;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder, Schema};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::problem::ProblemDetails;

/// The description's frame; the calls add themselves where they are routed.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "pointsman",
        description = "Decides which company a support case belongs to, and explains why.\n\n\
            Every error is an RFC 9457 problem (`application/problem+json`) that names each wrong field at once. \
            Every answer carries `x-request-id`.\n\n\
            **Credentials**: `Authorization: Bearer <key>`, or a [Standard Webhooks](https://www.standardwebhooks.com) \
            signature: the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` (HMAC-SHA256 over \
            `id.timestamp.body` with the key's signing secret) and the key's id in `pointsman-key`. A timestamp may be \
            five minutes off, and each id is accepted once: sign again with a fresh id to send again. Filing the same \
            reference again is always safe.\n\n\
            **Messages**: what a side's own system is sent is signed in the same way, so that any Standard Webhooks library \
            verifies it; `webhook-id` stays the same when a message is sent again. The JSON Schema of each type of message \
            stands at [`/schemas/`](/schemas/).\n\n\
            **At any call**: 401 without a valid credential, 403 when its role may not, 413 for a body over the limit, \
            429 with `Retry-After` over the rate, 503 with `Retry-After` while busy or without a database.",
    ),
    components(schemas(ProblemDetails)),
    modifiers(&Credentials),
    tags(
        (name = "eSRs", description = "Filing, following and changing eService Requests"),
        (name = "Triage", description = "Deciding without storing"),
        (name = "Delivery", description = "Who was told what, when, and did it arrive; on which channel each side is told"),
        (name = "Registry", description = "Platforms, participants, solutions and certification reports"),
        (name = "Messages", description = "What is sent to the sides' own systems"),
        (name = "Operation", description = "Health and figures"),
    )
)]
pub(super) struct Description;

struct Credentials;

impl utoipa::Modify for Credentials {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("key", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        let headers = [
            ("signature_key", "pointsman-key"),
            ("signature_id", "webhook-id"),
            ("signature_timestamp", "webhook-timestamp"),
            ("signature", "webhook-signature"),
        ];
        for (name, header) in headers {
            let scheme = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new(header)));
            components.add_security_scheme(name, scheme);
        }
    }
}

/// What any call under `/v1` may be answered with: status, and why.
const ANYWHERE: &[(&str, &str)] = &[
    ("400", "A path, parameter or header is wrong; each is named"),
    ("401", "No valid credential"),
    ("403", "The credential's role may not do this"),
    ("408", "The request took too long"),
    ("429", "Too many requests; `Retry-After` says when to come back"),
    ("500", "The server failed"),
    ("503", "Busy or without a database; send it again"),
];

/// What any call with a JSON body may be answered with.
const WITH_BODY: &[(&str, &str)] = &[
    ("400", "The body is no JSON; line and column are named"),
    ("413", "The body is too large"),
    ("415", "The body is not what the call takes"),
    ("507", "No room to store it"),
];

/// Adds the credentials and answers that all calls have in common, so that none of them has to repeat them.
pub(super) fn complete(openapi: &mut utoipa::openapi::OpenApi) {
    for (path, item) in &mut openapi.paths.paths {
        if !path.starts_with("/v1/") {
            continue;
        }
        let with_body = [&mut item.post, &mut item.put, &mut item.patch].into_iter().flatten().map(|call| (call, true));
        let without = [&mut item.get, &mut item.delete].into_iter().flatten().map(|call| (call, false));
        for (call, with_body) in without.chain(with_body) {
            let common = WITH_BODY.iter().filter(|_| with_body).chain(ANYWHERE);
            for (status, why) in common {
                let answers = &mut call.responses.responses;
                answers.entry((*status).to_owned()).or_insert_with(|| problem(why).into());
            }
            // Other companies' systems show what their connector asks for.
            let own_ways = path.starts_with("/v1/hooks/");
            call.security = if own_ways { Some(Vec::new()) } else { Some(credentials()) };
        }
    }
    update_requires_nothing(openapi);
}

/// An update holds any of an eSR's keys: its schema is that of the eSR without what filing requires.
fn update_requires_nothing(openapi: &mut utoipa::openapi::OpenApi) {
    let call = openapi.paths.paths.get_mut("/v1/esrs/{id}/updates").and_then(|item| item.post.as_mut());
    let Some(RefOr::T(body)) = call.and_then(|call| call.request_body.as_mut()) else { return };
    let Some(RefOr::T(content)) = body.content.get_mut("application/json") else { return };
    if let Some(RefOr::T(Schema::Object(said))) = &mut content.schema {
        said.required.clear();
        said.description = Some("What is new, by the eSR's own keys; the others keep what was said.".to_owned());
        said.example = Some(json!({"participant_case": {"number": "HT-9912"}}));
    }
}

fn problem(why: &str) -> Response {
    let details = Content::new(Some(Ref::from_schema_name("Problem")));
    ResponseBuilder::new().description(why).content("application/problem+json", details).build()
}

/// A bearer key, or all four headers of a signature.
fn credentials() -> Vec<SecurityRequirement> {
    let key = SecurityRequirement::new("key", Vec::<String>::new());
    let signature = ["signature_id", "signature_timestamp", "signature"];
    let signature =
        signature.into_iter().fold(SecurityRequirement::new("signature_key", Vec::<String>::new()), |all, header| {
            all.add(header, Vec::<String>::new())
        });
    vec![key, signature]
}

/// The page at `/docs`, from files within the binary.
pub(super) fn page(openapi: utoipa::openapi::OpenApi) -> SwaggerUi {
    // Swagger's own validator would be asked over the network.
    let config = Config::default().validator_url("none").display_request_duration(true).persist_authorization(true);
    SwaggerUi::new("/docs").url("/openapi.json", openapi).config(config)
}
