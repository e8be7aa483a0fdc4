//! Pictures that several pages show: drawn from data, without knowing where it came from.

pub(super) mod path;
pub(super) mod validity;

use askama::Template;
use askama::filters::Safe;

/// A picture's markup, for a page's template to put in.
fn drawn(picture: &impl Template) -> Safe<String> {
    Safe(picture.render().unwrap_or_else(|error| {
        tracing::error!(%error, "a picture could not be drawn");
        String::new()
    }))
}
