//! What ALE's ticket system sends of its own: a call to the server's `/v1/hooks`, as ServiceNow's business rule makes it.

use std::time::Duration;

use serde_json::Value;

use super::inbox::Callback;
use super::sink::TICKETS;
use crate::client;

/// How long a call may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// Calls the server (`http://HOST:PORT`) with the word that the endpoint was given.
///
/// # Errors
/// When no client can be made.
pub(super) fn caller(server: &str, token: &str) -> Result<Callback, reqwest::Error> {
    let client = client::builder().timeout(DEADLINE).build()?;
    let (url, token) = (format!("{server}/v1/hooks/{TICKETS}"), token.to_owned());
    Ok(std::sync::Arc::new(move |news| {
        let request = client.post(&url).header("x-pointsman-token", &token).json(&news);
        Box::pin(async move {
            let answer = request.send().await.map_err(|error| client::in_words(&error))?;
            let (status, said) = (answer.status(), answer.json::<Value>().await.unwrap_or_default());
            let words = |key: &str| said[key].as_str().map(|text| format!(" {text}")).unwrap_or_default();
            match (status.is_success(), said["state"].as_str()) {
                (true, Some("applied")) => {
                    Ok("The ticket is changed, and pointsman was told and applied it.".to_owned())
                }
                (true, Some(state)) => {
                    Err(format!("The ticket is changed, and pointsman was told: {state}.{}", words("reason")))
                }
                _ => Err(format!("The ticket is changed, and pointsman answered {status}.{}", words("detail"))),
            }
        })
    }))
}
