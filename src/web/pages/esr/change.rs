//! What an agent changes: another route, a dispute, a correction. Each form carries the revision that its reader saw: what
//! happened meanwhile is shown before anything is done on top of it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::show::{again, open};
use super::view::{Typed, headline, text_at};
use crate::access::{About, Act, Permission};
use crate::flow::{self, Change, Refused};
use crate::store::StoredEsr;
use crate::triage::outcome::{Route, STAGES, Stage};
use crate::web::Web;
use crate::web::pages::filled::Filled;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::problem::sentence;

/// The longest reason and the longest note, in characters.
const LONGEST: usize = 4_000;

/// What a form asks for.
enum Asked {
    Elsewhere { route: Route, stage: Stage, reason: String },
    Contest { reason: String },
    Said(Value),
}

impl Asked {
    /// Reads a form by its name; what is wrong with it otherwise.
    fn read(form: &'static str, filled: &Filled, body: &Value) -> Result<Self, Typed> {
        let faulty = |faults| Typed { faults, ..Typed::default() };
        match form {
            "override" => {
                let reason = text(filled, "reason", "Say why: everybody who is told reads it.");
                let place = place(filled.text("place"));
                let nowhere = place.is_none().then(|| ("place".to_owned(), "Choose where it should go.".to_owned()));
                match (place, reason) {
                    (Some((route, stage)), Ok(reason)) => Ok(Self::Elsewhere { route, stage, reason }),
                    (_, reason) => Err(faulty(nowhere.into_iter().chain(reason.err().unwrap_or_default()).collect())),
                }
            }
            "contest" => {
                let reason = text(filled, "reason", "Say what is wrong with the decision.").map_err(faulty)?;
                Ok(Self::Contest { reason })
            }
            _ => {
                let said = said(filled, body);
                if said.as_object().is_none_or(Map::is_empty) {
                    let wrong = Some("Nothing differs from what the eSR says already.".to_owned());
                    return Err(Typed { wrong, ..Typed::default() });
                }
                Ok(Self::Said(said))
            }
        }
    }

    fn change(&self) -> Change<'_> {
        match self {
            Self::Elsewhere { route, stage, reason } => {
                Change::Override { route: route.as_str(), stage: stage.as_str(), reason }
            }
            Self::Contest { reason } => Change::Contest { reason },
            Self::Said(said) => Change::Said(said),
        }
    }

    /// As the audit log has it; what was said stands in the timeline, the log names the fields.
    fn logged(&self) -> (Act, Value) {
        match self {
            Self::Elsewhere { route, stage, .. } => (Act::Override, json!({ "route": route, "stage": stage })),
            Self::Contest { .. } => (Act::Contest, json!({})),
            Self::Said(said) => {
                let fields: Vec<&String> = said.as_object().map(|map| map.keys().collect()).unwrap_or_default();
                (Act::Updated, json!({ "fields": fields }))
            }
        }
    }

    fn done(&self) -> &'static str {
        match self {
            Self::Elsewhere { .. } => "Sent elsewhere.",
            Self::Contest { .. } => "Disputed; it waits for an agent.",
            Self::Said(_) => "Decided again.",
        }
    }
}

/// `POST /esrs/{id}/override`: another route.
pub(super) async fn choose(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    change(&web, &visitor, &id, "override", filled).await
}

/// `POST /esrs/{id}/contest`: a dispute, which makes the eSR wait for an agent.
pub(super) async fn contest(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    change(&web, &visitor, &id, "contest", filled).await
}

/// `POST /esrs/{id}/update`: facts that are corrected or added.
pub(super) async fn update(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    change(&web, &visitor, &id, "update", filled).await
}

async fn change(web: &Web, visitor: &Visitor, id: &str, form: &'static str, filled: Filled) -> Result<Response, Sorry> {
    visitor.may(Permission::WorkCases)?;
    let esr = open(web, visitor, id).await?;
    if moved_on(&esr, &filled) {
        return stale(web, visitor, esr, form, filled).await;
    }
    let asked = match Asked::read(form, &filled, &esr.body) {
        Ok(asked) => asked,
        Err(wrong) => return refused(web, visitor, esr, Typed { form, filled, ..wrong }).await,
    };
    let (act, details) = asked.logged();
    let actor = visitor.actor();
    let doing = flow::change(&web.app, id, &actor, asked.change(), None);
    match visitor.act(web, act, &About::esr(id), details, doing).await {
        Ok(now) => {
            let goes = headline(&now.decision, &text_at(&now.body, "third_party.company"));
            Ok(respond::see_other(&format!("/esrs/{id}"), &format!("{} {goes}.", asked.done())))
        }
        Err(Refused::Fields(errors)) => {
            let faults = errors.into_iter().map(|error| (error.path, sentence(&error.message))).collect();
            refused(web, visitor, esr, Typed { form, filled, faults, ..Typed::default() }).await
        }
        Err(refused) => Err(refused.into()),
    }
}

/// The form again, with what is wrong with it.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn refused(web: &Web, visitor: &Visitor, esr: StoredEsr, typed: Typed) -> Result<Response, Sorry> {
    again(web, visitor, esr, StatusCode::UNPROCESSABLE_ENTITY, typed).await
}

/// Whether a form was filled in on an older revision.
pub(super) fn moved_on(esr: &StoredEsr, filled: &Filled) -> bool {
    let seen: Option<i64> = filled.given("revision").and_then(|text| text.parse().ok());
    seen.is_some_and(|seen| seen != esr.revision)
}

/// The form again, above it what happened since its reader opened the page.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn stale(
    web: &Web,
    visitor: &Visitor,
    esr: StoredEsr,
    form: &'static str,
    filled: Filled,
) -> Result<Response, Sorry> {
    let seen = filled.given("seen").and_then(|text| text.parse().ok());
    let wrong =
        "This eSR changed since you opened it. What you typed is kept below; look at what is new, then send it again.";
    let typed = Typed { form, filled, wrong: Some(wrong.to_owned()), seen, ..Typed::default() };
    again(web, visitor, esr, StatusCode::CONFLICT, typed).await
}

fn place(said: &str) -> Option<(Route, Stage)> {
    let (route, stage) = said.split_once('/')?;
    let (route, stages) = STAGES.iter().find(|(known, _)| known.as_str() == route)?;
    let stage = stages.iter().find(|one| one.as_str() == stage)?;
    Some((*route, *stage))
}

/// A text that somebody has to write.
pub(super) fn text(filled: &Filled, name: &str, empty: &str) -> Result<String, Vec<(String, String)>> {
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
