//! What an operator does to an endpoint: the same as the API does, and in the audit log.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::one::{self, Brought};
use super::{address, named, operated};
use crate::access::{About, Act, Thing};
use crate::connectors::Kind;
use crate::deliver::trial;
use crate::notify::endpoint::Endpoint;
use crate::web::Web;
use crate::web::api::endpoints::manage;
use crate::web::pages::filled::Filled;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::problem::{Problem, sentence};

/// Somebody reloaded the answer to a form.
pub(super) async fn back(Path(name): Path<String>) -> Response {
    respond::see_other(&address(&name), "")
}

pub(super) fn about(endpoint: &Endpoint) -> About {
    About::new(Thing::Endpoint, &endpoint.name)
}

/// `POST /connectors/{name}/enable`
pub(super) async fn enable(
    State(web): State<Web>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Sorry> {
    let endpoint = operated(&web, &visitor, &name).await?;
    let (about, was) = (about(&endpoint), json!({ "enabled": true, "was_disabled_because": endpoint.reason }));
    visitor.act(&web, Act::EndpointChanged, &about, was, manage::enabled(&web, endpoint)).await?;
    let said = "Enabled. What did not arrive is not sent again by itself: send it again here.";
    Ok(respond::see_other(&address(&name), said))
}

/// `POST /connectors/{name}/disable`
pub(super) async fn disable(
    State(web): State<Web>,
    visitor: Visitor,
    Path(name): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    let endpoint = operated(&web, &visitor, &name).await?;
    let reason = if filled.given("reason").is_none() {
        Err(vec![("reason".to_owned(), "Say why: its owner and the next operator read it.".to_owned())])
    } else {
        manage::why(manage::BY_THE_DESK, filled.text("reason")).map_err(faults)
    };
    match reason {
        Ok(reason) => {
            let (about, details) = (about(&endpoint), json!({ "enabled": false, "reason": reason }));
            visitor.act(&web, Act::EndpointChanged, &about, details, manage::disabled(&web, endpoint, reason)).await?;
            Ok(respond::see_other(&address(&name), "Disabled. What comes meanwhile is kept, to be sent later."))
        }
        Err(wrong) => again(&web, &visitor, endpoint, filled, wrong).await,
    }
}

/// `POST /connectors/{name}/remove`
pub(super) async fn remove(
    State(web): State<Web>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Sorry> {
    let endpoint = operated(&web, &visitor, &name).await?;
    let (about, details) = (about(&endpoint), json!({ "removed": true }));
    visitor.act(&web, Act::EndpointChanged, &about, details, manage::removed(&web, endpoint)).await?;
    Ok(respond::see_other(&address(&name), "Removed. Its deliveries are kept; enabling it brings it back."))
}

/// `POST /connectors/{name}/rotate`: a secret that is made here is shown on the answer, this one time.
pub(super) async fn rotate(
    State(web): State<Web>,
    visitor: Visitor,
    Path(name): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    let endpoint = operated(&web, &visitor, &name).await?;
    let rotation = match manage::judged_rotation(&web, &endpoint, filled.given("secret"), filled.given("value")) {
        Ok(rotation) => rotation,
        Err(problem) => {
            let of_field = |(path, why): (String, String)| {
                let field = if path == "name" { "secret" } else { "value" };
                (field.to_owned(), why)
            };
            let wrong = faults(problem).into_iter().map(of_field).collect();
            // What was typed is a secret: it is not shown again.
            let kept = Filled::of(vec![("secret".to_owned(), filled.text("secret").to_owned())]);
            return again(&web, &visitor, endpoint, kept, wrong).await;
        }
    };
    let (about, details) = (about(&endpoint), json!({ "secret": filled.given("secret") }));
    let rotated =
        visitor.act(&web, Act::EndpointRotated, &about, details, manage::rotated(&web, &endpoint, rotation)).await?;
    let made = rotated.endpoint.new_secrets.into_iter().next();
    let secret = made.and_then(|(name, value)| Some((name, value.as_str()?.to_owned())));
    let until = rotated.old_secrets_until.strftime("%-d %b %Y, %H:%M UTC");
    let done = format!("The secret was replaced. Until {until} the one before signs and is believed too.");
    if secret.is_none() {
        return Ok(respond::see_other(&address(&name), &done));
    }
    // Not through another page: it would have to be carried there.
    let brought = Brought { secret, done: Some(done), ..Brought::default() };
    one::with(&web, &visitor, named(&web, &name).await?, StatusCode::OK, brought).await
}

/// `POST /connectors/{name}/test`: a marked test, and on the answer what came of it.
pub(super) async fn test(
    State(web): State<Web>,
    visitor: Visitor,
    Path(name): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    let endpoint = operated(&web, &visitor, &name).await?;
    let mail = web.app.connectors.get(&endpoint.connector).is_some_and(|known| known.kind == Kind::Mail);
    let to = filled.given("to").filter(|_| mail);
    if mail && to.is_none() && !endpoint.settings.contains_key("to") {
        let wrong = "This endpoint writes to many addresses: say where the test goes.";
        return again(&web, &visitor, endpoint, filled, vec![("to".to_owned(), wrong.to_owned())]).await;
    }
    if to.is_some_and(|to| to.parse::<lettre::Address>().is_err()) {
        let wrong = "This is no mail address.".to_owned();
        return again(&web, &visitor, endpoint, filled, vec![("to".to_owned(), wrong)]).await;
    }
    let testing = async { Ok::<_, Sorry>(trial(&web.app, &endpoint, to).await) };
    let details = json!({ "connector": endpoint.connector, "to": to });
    let trial = visitor.act(&web, Act::ConnectorTested, &about(&endpoint), details, testing).await?;
    let brought = Brought { trial: Some(trial), ..Brought::default() };
    one::with(&web, &visitor, endpoint, StatusCode::OK, brought).await
}

/// The page with its form as it was filled in, and what is wrong with it.
async fn again(
    web: &Web,
    visitor: &Visitor,
    endpoint: Endpoint,
    typed: Filled,
    wrong: Vec<(String, String)>,
) -> Result<Response, Sorry> {
    let brought = Brought { wrong, typed, ..Brought::default() };
    one::with(web, visitor, endpoint, StatusCode::UNPROCESSABLE_ENTITY, brought).await
}

/// The fields that a problem names; the whole form where it names none.
pub(super) fn faults(problem: Problem) -> Vec<(String, String)> {
    let details = problem.details();
    if details.errors.is_empty() {
        return vec![(String::new(), details.detail)];
    }
    details.errors.into_iter().map(|field| (field.path, sentence(&field.message))).collect()
}
