//! The API's description: `/openapi.json`, and `/docs` that shows it without any request to elsewhere.

use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
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
            **At any call**: 401 without a valid credential, 403 when its role may not, 413 for a body over the limit, \
            429 with `Retry-After` over the rate, 503 with `Retry-After` while busy or without a database.",
    ),
    components(schemas(ProblemDetails)),
    modifiers(&Credentials),
    tags(
        (name = "eSRs", description = "Filing, following and changing eService Requests"),
        (name = "Triage", description = "Deciding without storing"),
        (name = "Registry", description = "Platforms, participants, solutions and certification reports"),
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

/// The page at `/docs`, from files within the binary.
pub(super) fn page(openapi: utoipa::openapi::OpenApi) -> SwaggerUi {
    // Swagger's own validator would be asked over the network.
    let config = Config::default().validator_url("none").display_request_duration(true).persist_authorization(true);
    SwaggerUi::new("/docs").url("/openapi.json", openapi).config(config)
}
