//! `POST /v1/esrs/{id}/updates`: a party says something new, and the case is decided again.

use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::esrs::{Case, changed};
use super::{Side, Web, case_of};
use crate::access::{About, Act};
use crate::cases::Actor;
use crate::flow::Change;
use crate::intake::content::KEYS;
use crate::intake::esr::Esr;
use crate::nearest::nearest;
use crate::web::auth::JsonCall;
use crate::web::problem::{FieldProblem, Kind, Problem, ProblemDetails};

/// Say something new about an eSR
///
/// The eSR's own keys; each replaces what was said, objects key by key, and null takes back. The rules decide again, for
/// the day of receipt; every decision is kept. `participant_case` is for the participant or the filer; `system_access`,
/// `platform`, `third_party` and `feature` for the filer; an agent may say everything but the reference.
#[utoipa::path(post, path = "/v1/esrs/{id}/updates", tag = "eSRs", request_body = inline(Esr),
    params(("id" = String, Path, description = "The case's id")), responses(
    (status = 200, description = "The case as it is now", body = Case),
    (status = 403, description = "A key is not for this caller to change; each is named", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 404, description = "There is none that this credential may see", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 422, description = "Fields are wrong; each is named", body = ProblemDetails, content_type = "application/problem+json"),
    (status = 503, description = "Busy; send it again", body = ProblemDetails, content_type = "application/problem+json"),
))]
pub(super) async fn update(
    State(web): State<Web>,
    Path(id): Path<String>,
    call: JsonCall,
) -> Result<Json<Case>, Problem> {
    let caller = &call.caller;
    let (_, side) = case_of(&web, caller, &id).await?;
    let mut said = call.body()?;
    let on_behalf_of = match side {
        Side::Agent => take_text(&mut said, "on_behalf_of"),
        _ => None,
    };
    may_say(side, &said)?;
    let actor = Actor { on_behalf_of, ..caller.actor() };
    let fields: Vec<&String> = said.as_object().map(|map| map.keys().collect()).unwrap_or_default();
    let doing = changed(&web, caller, &actor, &id, Change::Said(&said));
    caller.act(&web, Act::Updated, &About::esr(&id), json!({ "fields": fields }), doing).await
}

fn take_text(value: &mut Value, key: &str) -> Option<String> {
    let taken = value.as_object_mut()?.remove(key)?;
    taken.as_str().map(|text| text.chars().filter(|c| !c.is_control()).take(200).collect())
}

/// The keys that a side may change.
fn keys_of(side: Side) -> Vec<&'static str> {
    match side {
        Side::Participant => vec!["participant_case"],
        Side::Filer => vec!["participant_case", "system_access", "platform", "third_party", "feature"],
        Side::Agent => KEYS.iter().map(|(key, _)| *key).filter(|key| *key != "reference").collect(),
    }
}

/// Refuses keys that an eSR does not have, and keys that this side may not change; all of them at once.
pub(super) fn may_say(side: Side, said: &Value) -> Result<(), Problem> {
    let Some(map) = said.as_object() else {
        return Err(Problem::field("", "an update must be a JSON object with the eSR's keys that change."));
    };
    if map.is_empty() {
        return Err(Problem::field("", "the update says nothing: give at least one of the eSR's keys."));
    }
    let allowed = keys_of(side);
    let mut errors = Vec::new();
    let mut forbidden = false;
    for (key, value) in map {
        let Some((_, within)) = KEYS.iter().find(|(known, _)| known == key) else {
            errors.push(unknown(key, key, KEYS.iter().map(|(known, _)| *known)));
            continue;
        };
        if !allowed.contains(&key.as_str()) {
            forbidden = true;
            let message = format!("is not for this credential to change; it may change {}.", allowed.join(", "));
            errors.push(FieldProblem { path: key.clone(), message });
        }
        let inner = value.as_object().filter(|_| !within.is_empty()).into_iter().flat_map(|map| map.keys());
        for inner in inner.filter(|inner| !within.contains(&inner.as_str())) {
            errors.push(unknown(&format!("{key}.{inner}"), inner, within.iter().copied()));
        }
    }
    match (errors.is_empty(), forbidden) {
        (true, _) => Ok(()),
        (false, false) => Err(Problem::fields(errors)),
        (false, true) => {
            let detail = "Some of these keys are not for this credential to change; `errors` names each.";
            Err(Problem::new(Kind::Forbidden, detail).with_errors(errors))
        }
    }
}

fn unknown(path: &str, key: &str, known: impl IntoIterator<Item = &'static str>) -> FieldProblem {
    let hint = nearest(key, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or(".".to_owned());
    FieldProblem { path: path.to_owned(), message: format!("is no key of an eSR{hint}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(side: Side, said: Value) -> (u16, Vec<String>) {
        let details = may_say(side, &said).unwrap_err().details();
        (details.status, details.errors.into_iter().map(|error| error.path).collect())
    }

    #[test]
    fn each_side_changes_what_is_its_own_and_every_other_key_is_named() {
        assert!(may_say(Side::Participant, &json!({"participant_case": {"number": "1"}})).is_ok());
        assert!(may_say(Side::Filer, &json!({"system_access": true, "feature": null})).is_ok());
        assert!(may_say(Side::Agent, &json!({"severity": 1, "phase": "production"})).is_ok());
        assert_eq!(
            refused(Side::Participant, json!({"system_access": true, "feature": "x"})),
            (403, vec!["feature".to_owned(), "system_access".to_owned()])
        );
        assert_eq!(refused(Side::Filer, json!({"severity": 1})), (403, vec!["severity".to_owned()]));
        assert_eq!(refused(Side::Agent, json!({"reference": "x"})), (403, vec!["reference".to_owned()]));
    }

    #[test]
    fn unknown_keys_are_named_also_within_objects() {
        assert_eq!(
            refused(Side::Agent, json!({"sevrity": 1, "platform": {"relase": "1"}})),
            (422, vec!["platform.relase".to_owned(), "sevrity".to_owned()])
        );
        assert_eq!(refused(Side::Agent, json!([])), (422, vec![String::new()]));
        assert_eq!(refused(Side::Agent, json!({})).0, 422);
    }
}
