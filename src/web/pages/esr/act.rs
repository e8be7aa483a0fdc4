//! What an agent does to an eSR. Each form carries the revision that its reader saw: what was decided meanwhile is shown
//! before anything is done on top of it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};

use super::show::{again, open};
use super::view::{Typed, headline, text_at};
use crate::access::{About, Act, Permission, Thing};
use crate::cases::EventKind;
use crate::flow::{self, Change, Refused};
use crate::store::{Replay, StoredEsr};
use crate::triage::outcome::STAGES;
use crate::web::pages::filled::Filled;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::problem::{Problem, sentence};
use crate::web::{Web, files};

/// The longest reason and the longest note, in characters.
const LONGEST: usize = 4_000;

/// Why nothing is done on a form that was filled in on an older revision.
pub(super) fn moved_on(esr: &StoredEsr, filled: &Filled) -> Option<String> {
    let seen: Option<i64> = filled.given("revision").and_then(|text| text.parse().ok());
    if seen.is_none_or(|seen| seen == esr.revision) {
        return None;
    }
    Some(
        "This eSR changed since you opened it. What you typed is kept below; look at what is new, then send it again."
            .to_owned(),
    )
}

/// A text that somebody has to write.
fn text(filled: &Filled, name: &str, empty: &str) -> Result<String, Vec<(String, String)>> {
    let text = filled.text(name).replace("\r\n", "\n");
    let unprintable = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    let wrong = if text.is_empty() {
        empty.to_owned()
    } else if text.chars().count() > LONGEST {
        format!("At most {LONGEST} characters.")
    } else if text.contains(unprintable) {
        "No control characters.".to_owned()
    } else {
        return Ok(text);
    };
    Err(vec![(name.to_owned(), wrong)])
}

/// Somebody reloaded the answer to a form, or went back to it.
pub(super) async fn back(Path(id): Path<String>) -> Response {
    respond::see_other(&format!("/esrs/{}", crate::web::pages::links::part(&id)), "")
}

/// What a change came to: the page with what was done, or the form again.
async fn after(
    web: &Web,
    visitor: &Visitor,
    esr: StoredEsr,
    form: (&'static str, Filled),
    changed: Result<StoredEsr, Refused>,
    done: &str,
) -> Result<Response, Sorry> {
    match changed {
        Ok(now) => {
            let goes = headline(&now.decision, &text_at(&now.body, "third_party.company"));
            Ok(respond::see_other(&format!("/esrs/{}", now.id), &format!("{done} {goes}.")))
        }
        Err(Refused::Fields(errors)) => {
            let faults = errors.into_iter().map(|error| (error.path, sentence(&error.message))).collect();
            refused(web, visitor, esr, form, faults).await
        }
        Err(refused) => Err(refused.into()),
    }
}

async fn refused(
    web: &Web,
    visitor: &Visitor,
    esr: StoredEsr,
    (form, filled): (&'static str, Filled),
    faults: Vec<(String, String)>,
) -> Result<Response, Sorry> {
    let typed = Typed { form, filled, faults, ..Typed::default() };
    again(web, visitor, esr, StatusCode::UNPROCESSABLE_ENTITY, typed).await
}

async fn stale(
    web: &Web,
    visitor: &Visitor,
    esr: StoredEsr,
    (form, filled): (&'static str, Filled),
    wrong: String,
) -> Result<Response, Sorry> {
    let typed = Typed { form, filled, wrong: Some(wrong), ..Typed::default() };
    again(web, visitor, esr, StatusCode::CONFLICT, typed).await
}

/// Another route.
pub(super) async fn choose(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    visitor.may(Permission::WorkCases)?;
    let esr = open(&web, &visitor, &id).await?;
    let form = ("override", filled);
    if let Some(wrong) = moved_on(&esr, &form.1) {
        return stale(&web, &visitor, esr, form, wrong).await;
    }
    let (route, stage) = form.1.text("place").split_once('/').unwrap_or_default();
    let known = STAGES.iter().find(|(known, _)| known.as_str() == route);
    let place = known.and_then(|(route, stages)| Some((route, stages.iter().find(|one| one.as_str() == stage)?)));
    let reason = text(&form.1, "reason", "Say why: everybody who is told reads it.");
    let mut faults = Vec::new();
    if place.is_none() {
        faults.push(("place".to_owned(), "Choose where it should go.".to_owned()));
    }
    match (place, reason) {
        (Some((route, stage)), Ok(reason)) => {
            let change = Change::Override { route: route.as_str(), stage: stage.as_str(), reason: &reason };
            let actor = visitor.actor();
            let doing = flow::change(&web.app, &id, &actor, change, None);
            let details = json!({ "route": route, "stage": stage });
            let changed = visitor.act(&web, Act::Override, &About::esr(&id), details, doing).await;
            after(&web, &visitor, esr, form, changed, "Sent elsewhere.").await
        }
        (_, reason) => {
            faults.extend(reason.err().unwrap_or_default());
            refused(&web, &visitor, esr, form, faults).await
        }
    }
}

/// A dispute, which makes the eSR wait for an agent.
pub(super) async fn contest(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    visitor.may(Permission::WorkCases)?;
    let esr = open(&web, &visitor, &id).await?;
    let form = ("contest", filled);
    if let Some(wrong) = moved_on(&esr, &form.1) {
        return stale(&web, &visitor, esr, form, wrong).await;
    }
    match text(&form.1, "reason", "Say what is wrong with the decision.") {
        Ok(reason) => {
            let actor = visitor.actor();
            let doing = flow::change(&web.app, &id, &actor, Change::Contest { reason: &reason }, None);
            let changed = visitor.act(&web, Act::Contest, &About::esr(&id), json!({}), doing).await;
            after(&web, &visitor, esr, form, changed, "Disputed; it waits for an agent.").await
        }
        Err(faults) => refused(&web, &visitor, esr, form, faults).await,
    }
}

/// Facts that are corrected or added.
pub(super) async fn update(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    visitor.may(Permission::WorkCases)?;
    let esr = open(&web, &visitor, &id).await?;
    let form = ("update", filled);
    if let Some(wrong) = moved_on(&esr, &form.1) {
        return stale(&web, &visitor, esr, form, wrong).await;
    }
    let said = said(&form.1, &esr.body);
    if said.as_object().is_none_or(Map::is_empty) {
        let wrong = "Nothing differs from what the eSR says already.".to_owned();
        let typed = Typed { form: form.0, filled: form.1, wrong: Some(wrong), ..Typed::default() };
        return again(&web, &visitor, esr, StatusCode::UNPROCESSABLE_ENTITY, typed).await;
    }
    let actor = visitor.actor();
    let doing = flow::change(&web.app, &id, &actor, Change::Said(&said), None);
    // What was said stands in the timeline; the log names the fields.
    let fields: Vec<&String> = said.as_object().map(|map| map.keys().collect()).unwrap_or_default();
    let changed = visitor.act(&web, Act::Updated, &About::esr(&id), json!({ "fields": fields }), doing).await;
    after(&web, &visitor, esr, form, changed, "Decided again.").await
}

/// What a form says otherwise than the eSR: text as text, yes and no as such, numbers as numbers; what was emptied is
/// taken back.
fn said(filled: &Filled, body: &Value) -> Value {
    let mut said = Map::new();
    for (path, typed) in filled.pairs() {
        let typed = typed.trim().replace("\r\n", "\n");
        if path == "revision" || typed == text_at(body, path) {
            continue;
        }
        let value = match (path, typed.as_str()) {
            (_, "") => Value::Null,
            ("system_access", word) => json!(word == "yes"),
            ("severity", word) => word.parse::<u64>().map_or_else(|_| json!(word), |number| json!(number)),
            _ => json!(typed),
        };
        match path.split_once('.') {
            None => {
                said.insert(path.to_owned(), value);
            }
            Some((outer, inner)) => {
                let within = said.entry(outer).or_insert_with(|| json!({}));
                within[inner] = value;
            }
        }
    }
    Value::Object(said)
}

/// A note among the service's own people.
pub(super) async fn note(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    visitor.may(Permission::WorkCases)?;
    let esr = open(&web, &visitor, &id).await?;
    match text(&filled, "text", "Write something.") {
        Ok(text) => {
            let at = web.app.clock.now();
            let event = flow::event(&web.app, at, EventKind::Noted, &visitor.actor(), json!({ "text": text }));
            let doing = web.app.store.add_event(&id, event);
            if !visitor.act(&web, Act::Note, &About::esr(&id), json!({}), doing).await? {
                return Err(Sorry::not_found("eSR"));
            }
            Ok(respond::see_other(&format!("/esrs/{id}#happened"), "Noted. Only people who work here see it."))
        }
        Err(faults) => refused(&web, &visitor, esr, ("note", filled), faults).await,
    }
}

/// One message again.
pub(super) async fn replay(
    State(web): State<Web>,
    visitor: Visitor,
    Path((id, delivery)): Path<(String, String)>,
) -> Result<Response, Sorry> {
    visitor.may(Permission::Replay)?;
    let (known, _) = web.app.store.delivery(&delivery).await?.ok_or_else(|| Sorry::not_found("delivery"))?;
    if known.esr_id != id {
        return Err(Sorry::not_found("delivery"));
    }
    let to = format!("/esrs/{id}#told");
    if known.endpoint_id.is_none() {
        let why = "No channel is known for this side: add an endpoint for it, or its address to the registry.";
        return Ok(respond::see_other(&to, why));
    }
    let at = web.app.clock.now();
    let about = About::new(Thing::Delivery, &delivery);
    let doing = web.app.store.replay(Replay::One { id: delivery, to: None, at });
    let count = visitor.act(&web, Act::Replayed, &about, json!({ "esr": id }), doing).await?;
    web.app.dispatch.wake();
    let said = if count == 0 { "It is being sent just now." } else { "It is being sent again." };
    Ok(respond::see_other(&to, said))
}

/// One of its files, to be saved.
pub(super) async fn file(
    State(web): State<Web>,
    visitor: Visitor,
    Path((id, file)): Path<(String, String)>,
) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeCases)?;
    let all = web.app.store.attachments(&id).await?;
    let found = all.into_iter().find(|one| one.id == file).ok_or_else(|| Sorry::not_found("file"))?;
    let about = About::new(Thing::Attachment, &found.id);
    let doing = async { files::sent(&web, found).await.map_err(Problem::from) };
    let sent = visitor.act(&web, Act::AttachmentRead, &about, json!({ "esr": id }), doing).await?;
    Ok(sent.into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_said_and_what_was_emptied_is_taken_back() {
        let body = json!({"severity": 2, "feature": "wake-up", "system_access": true,
            "platform": {"product": "OXE", "release": "R101"}});
        let form = "revision=3&severity=1&feature=&system_access=no&platform.product=OXE&platform.release=R100&third_party.company=";
        let said = said(&Filled::parse(form.as_bytes()), &body);
        let expected = json!({"severity": 1, "feature": null, "system_access": false, "platform": {"release": "R100"}});
        assert_eq!(said, expected);
    }

    #[test]
    fn a_reason_is_asked_for_in_words_that_can_be_read() {
        let wrong = |form: &str| text(&Filled::parse(form.as_bytes()), "reason", "Say why.").is_err();
        assert!(wrong("reason=+") && wrong("x=1") && wrong("reason=a%00b"));
        assert!(wrong(&format!("reason={}", "x".repeat(LONGEST + 1))));
        assert_eq!(text(&Filled::parse(b"reason=a%0D%0Ab"), "reason", "").unwrap(), "a\nb");
    }
}
