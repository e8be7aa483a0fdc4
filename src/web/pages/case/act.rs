//! What somebody outside does to a case: the same for a link and for somebody signed in.

use axum::Json;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::answer::{self, Said};
use super::sent::Why;
use super::update::Update;
use super::{Open, Sent, Typed};
use crate::closed::closed;
use crate::flow::{self, Change, Refused};
use crate::web::problem::Problem;
use crate::web::{Web, files};

/// The longest reason of a contest, in characters.
pub(super) const REASON: usize = 4_000;

closed! {
    /// What was done.
    Did {
        /// The participant answered.
        Answer = "answer",
        /// Files were added.
        Files = "files",
        /// The route was contested.
        Contest = "contest",
        /// Something was added or corrected.
        Update = "update",
        /// Nothing: the case says it already.
        Same = "same",
    }
}

/// What an act came to.
pub(in crate::web::pages) enum Acted {
    /// It is done.
    Done(Did),
    /// The form again, as it was filled in, with what is wrong.
    Again(StatusCode, Box<Typed>),
}

fn again(status: StatusCode, typed: Typed) -> Acted {
    Acted::Again(status, Box::new(typed))
}

/// The case has moved on: the page as it is now.
fn not_now(open: &Open, sent: Sent) -> Acted {
    let typed = Typed { wrong: Some(open.seat.words().word("page-not-now")), ..Typed::of(sent) };
    again(StatusCode::CONFLICT, typed)
}

/// As many uploads as one party may have at once are under way.
fn many(open: &Open) -> Acted {
    let typed = Typed { wrong: Some(open.seat.words().word("page-many")), ..Typed::default() };
    again(StatusCode::TOO_MANY_REQUESTS, typed)
}

fn too_much(sent: Sent) -> Acted {
    let typed = Typed::of(sent);
    again(StatusCode::PAYLOAD_TOO_LARGE, typed)
}

/// The participant's answer, with files or without.
pub(in crate::web::pages) async fn answer(web: &Web, open: &Open, request: Request) -> Acted {
    if !open.may_answer() {
        return not_now(open, Sent::default());
    }
    let Some(_place) = web.links.enter(&open.esr.id, &open.seat.party) else { return many(open) };
    let sent = Box::pin(Sent::read(web, open, request)).await;
    let said = Said::read(&sent.filled);
    if sent.broken {
        let typed = Typed { answer: Some(said), ..Typed::of(sent) };
        return again(StatusCode::PAYLOAD_TOO_LARGE, typed);
    }
    let words = open.seat.words();
    let known = open.esr.body.get("participant_case").cloned().unwrap_or(Value::Null);
    let has_traces = !sent.added.is_empty();
    let update = match said.checked(words, &known, has_traces) {
        Ok(update) => update,
        Err(faults) => {
            let typed = Typed { answer: Some(said), faults, ..Typed::of(sent) };
            return again(StatusCode::UNPROCESSABLE_ENTITY, typed);
        }
    };
    let files = (sent.added.is_empty(), sent.wrong.is_empty());
    // Pressed twice, or nothing new: once is enough.
    if answer::is_news(&update, &known) {
        let said_now = json!({ "participant_case": update });
        if let Err(refused) = change(web, open, Change::Said(&said_now)).await {
            let (status, wrong) = why(open, refused);
            return again(status, Typed { answer: Some(said), wrong: Some(wrong), ..Typed::of(sent) });
        }
    } else if files == (true, true) {
        return Acted::Done(Did::Same);
    }
    match files {
        // The answer is taken, and a file of it is not: that has to be read.
        (_, false) => again(StatusCode::UNPROCESSABLE_ENTITY, Typed { done: Some(Did::Answer), ..Typed::of(sent) }),
        _ => Acted::Done(Did::Answer),
    }
}

/// A reason why the case should not be where it is.
pub(in crate::web::pages) async fn contest(web: &Web, open: &Open, request: Request) -> Acted {
    let sent = Box::pin(Sent::read(web, open, request)).await;
    if !open.may_contest() {
        return not_now(open, sent);
    }
    let reason = sent.filled.text("reason").replace("\r\n", "\n");
    let unprintable = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let wrong = if sent.broken || reason.is_empty() || reason.chars().count() > REASON || reason.contains(unprintable) {
        Some(open.seat.words().say("page-wrong-reason", &[("most", REASON.to_string().into())]))
    } else {
        match change(web, open, Change::Contest { reason: &reason }).await {
            Ok(()) => return Acted::Done(Did::Contest),
            Err(refused) => Some(why(open, refused).1),
        }
    };
    let typed = Typed { contest: Some(reason), contest_wrong: wrong, ..Typed::of(sent) };
    again(StatusCode::UNPROCESSABLE_ENTITY, typed)
}

/// What the filer adds or corrects.
pub(in crate::web::pages) async fn update(web: &Web, open: &Open, request: Request) -> Acted {
    let sent = Box::pin(Sent::read(web, open, request)).await;
    if !open.may_update() {
        return not_now(open, sent);
    }
    if sent.broken {
        return too_much(sent);
    }
    let update = Update::read(&sent.filled, &open.esr.body);
    let words = open.seat.words();
    if update.is_empty() {
        let typed = Typed { update_wrong: Some(words.word("page-update-nothing")), ..Typed::of(sent) };
        return again(StatusCode::UNPROCESSABLE_ENTITY, typed);
    }
    match change(web, open, Change::Said(&update.said())).await {
        Ok(()) => Acted::Done(Did::Update),
        Err(Refused::Fields(errors)) => {
            let faults = errors.into_iter().map(|error| (error.path, crate::web::problem::sentence(&error.message)));
            let typed = Typed { faults: faults.collect(), ..Typed::of(sent) };
            again(StatusCode::UNPROCESSABLE_ENTITY, typed)
        }
        Err(refused) => {
            let (status, wrong) = why(open, refused);
            again(status, Typed { update_wrong: Some(wrong), ..Typed::of(sent) })
        }
    }
}

/// Files alone.
pub(in crate::web::pages) async fn files(web: &Web, open: &Open, request: Request) -> Acted {
    if !open.may_attach() {
        return not_now(open, Sent::default());
    }
    let Some(_place) = web.links.enter(&open.esr.id, &open.seat.party) else { return many(open) };
    let sent = Box::pin(Sent::read(web, open, request)).await;
    match (sent.broken, sent.wrong.is_empty()) {
        (true, _) => too_much(sent),
        (false, false) => again(StatusCode::UNPROCESSABLE_ENTITY, Typed::of(sent)),
        (false, true) if sent.added.is_empty() => Acted::Done(Did::Same),
        (false, true) => Acted::Done(Did::Files),
    }
}

/// One file, sent by a script that shows how far it is.
pub(in crate::web::pages) async fn take_file(web: &Web, open: &Open, name: Option<&str>, request: Request) -> Response {
    let words = open.seat.words();
    let answer = |status: StatusCode, said: String| (status, Json(json!({ "said": said }))).into_response();
    if !open.may_attach() {
        return answer(StatusCode::CONFLICT, words.word("page-not-now"));
    }
    let Some(_place) = web.links.enter(&open.esr.id, &open.seat.party) else {
        return answer(StatusCode::TOO_MANY_REQUESTS, words.word("page-many"));
    };
    let (parts, body) = request.into_parts();
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    match Box::pin(Sent::file(web, open, name, kind, body)).await {
        Ok(name) => answer(StatusCode::CREATED, name),
        Err(why) => {
            let (status, said): (_, String) = (Why::status(&why), why.said(open.seat.language));
            answer(status, said)
        }
    }
}

/// One of the case's files.
pub(in crate::web::pages) async fn send_file(web: &Web, open: &Open, id: &str) -> Response {
    let files = match web.app.store.attachments(&open.esr.id).await {
        Ok(files) => files,
        Err(error) => return Problem::from(error).into_response(),
    };
    match files.into_iter().find(|file| file.id == id) {
        Some(file) => match files::sent(web, file).await {
            Ok(response) => response,
            Err(why) => Problem::from(why).into_response(),
        },
        None => Problem::not_found("attachment").into_response(),
    }
}

async fn change(web: &Web, open: &Open, change: Change<'_>) -> Result<(), Refused> {
    let (app, id, actor) = (&web.app, &open.esr.id, &open.seat.actor);
    match open.seat.by_link {
        true => flow::change_by_link(app, id, actor, change).await,
        false => flow::change(app, id, actor, change, None).await,
    }
    .map(drop)
}

/// Why something could not be stored, as a status and a sentence.
fn why(open: &Open, refused: Refused) -> (StatusCode, String) {
    let words = open.seat.words();
    match refused {
        Refused::Fields(_) => (StatusCode::UNPROCESSABLE_ENTITY, words.word("page-wrong-number")),
        error => {
            tracing::warn!(%error, "what came from a page could not be stored");
            (StatusCode::SERVICE_UNAVAILABLE, words.word("page-busy"))
        }
    }
}
