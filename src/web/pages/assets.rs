//! Style sheets, scripts and pictures of the pages: built in, addressed by their content, kept by browsers for good.

use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

/// The style sheet: the parts in order, the later ones for single pages.
const STYLE: &str = concat!(
    include_str!("assets/css/base.css"),
    include_str!("assets/css/parts.css"),
    include_str!("assets/css/queue.css"),
    include_str!("assets/css/esr.css"),
    include_str!("assets/css/overview.css"),
    include_str!("assets/css/registry.css"),
    include_str!("assets/css/rules.css"),
    include_str!("assets/css/deliveries.css"),
    include_str!("assets/css/connectors.css"),
    include_str!("assets/css/inbound.css"),
    include_str!("assets/css/outside.css"),
    include_str!("assets/css/access.css"),
);

struct Asset {
    name: &'static str,
    kind: &'static str,
    text: &'static str,
    version: String,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

static ALL: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let files = [
        ("app.css", "text/css; charset=utf-8", STYLE),
        ("app.js", SCRIPT, include_str!("assets/app.js")),
        ("queue.js", SCRIPT, include_str!("assets/queue.js")),
        ("esr.js", SCRIPT, include_str!("assets/esr.js")),
        ("file.js", SCRIPT, include_str!("assets/file.js")),
        ("upload.js", SCRIPT, include_str!("assets/upload.js")),
        ("icon.svg", "image/svg+xml", include_str!("assets/icon.svg")),
    ];
    let versioned = |(name, kind, text): (_, _, &'static str)| {
        let version = Sha256::digest(text).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Asset { name, kind, text, version }
    };
    files.map(versioned).into()
});

/// Where an asset is; its address changes with its content.
pub(super) fn address(name: &str) -> String {
    match ALL.iter().find(|asset| asset.name == name) {
        Some(asset) => format!("/assets/{}/{name}", asset.version),
        None => format!("/assets/none/{name}"),
    }
}

/// `GET /assets/{version}/{name}`. Another version than ours is answered too, and not kept: during an update two nodes
/// may have two.
pub(super) async fn serve(Path((version, name)): Path<(String, String)>) -> Response {
    let Some(asset) = ALL.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kept = if asset.version == version { "public, max-age=31536000, immutable" } else { "no-store" };
    let headers = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, kept),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, Body::from(asset.text)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        for asset in ALL.iter() {
            let text = asset.text.replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("http://") && !text.contains("https://"), "{}", asset.name);
        }
    }

    #[test]
    fn an_address_changes_with_the_content() {
        assert_ne!(address("app.css").split('/').nth(2), address("app.js").split('/').nth(2));
    }
}
