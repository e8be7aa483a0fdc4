//! Query parameters, read so that every wrong one can be named: unknown, repeated, and what each call finds wrong itself.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::IntoParams;

use super::Web;
use crate::nearest::nearest;
use crate::web::problem::{FieldProblem, Kind, Problem, sentence};

/// How many wrong parameters one answer names; more than that nobody wrote by hand.
const NAMED: usize = 50;

/// Query parameters: those that the call knows, all of them texts, and what is wrong with the others.
pub(super) struct Params<T> {
    /// The known ones.
    pub(super) given: T,
    /// The unknown and repeated ones.
    pub(super) wrong: Vec<FieldProblem>,
}

impl<T> Params<T> {
    /// The parameters, where none is unknown or repeated.
    ///
    /// # Errors
    /// Names each that is.
    pub(super) fn sound(self) -> Result<T, Problem> {
        if self.wrong.is_empty() { Ok(self.given) } else { Err(wrong(self.wrong)) }
    }
}

impl<T: DeserializeOwned + IntoParams> FromRequestParts<Web> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        let unreadable =
            || Problem::new(Kind::BadRequest, "The query parameters cannot be read; write them as name=value.");
        let Query(pairs): Query<Vec<(String, String)>> = Query::try_from_uri(&parts.uri).map_err(|_| unreadable())?;
        let known: Vec<String> = T::into_params(|| None).into_iter().map(|parameter| parameter.name).collect();
        let (mut given, mut wrong) = (Map::new(), Vec::<FieldProblem>::new());
        for (name, value) in pairs {
            let message = if !known.contains(&name) {
                unknown(&name, &known)
            } else if given.insert(name.clone(), Value::String(value)).is_some() {
                "is given more than once; give it once.".to_owned()
            } else {
                continue;
            };
            let path = shortened(&name);
            if wrong.len() < NAMED && wrong.iter().all(|known| known.path != path) {
                wrong.push(FieldProblem { path, message });
            }
        }
        let given = serde_json::from_value(Value::Object(given)).map_err(|_| unreadable())?;
        Ok(Self { given, wrong })
    }
}

/// What wrong query parameters are answered with.
pub(in crate::web) fn wrong(errors: Vec<FieldProblem>) -> Problem {
    let detail = match errors.as_slice() {
        [one] => sentence(&format!("the query parameter `{}` {}", one.path, one.message)),
        _ => "Query parameters are wrong; `errors` names each.".to_owned(),
    };
    Problem::new(Kind::BadRequest, detail).with_errors(errors)
}

fn unknown(name: &str, known: &[String]) -> String {
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => format!("is no parameter of this call; did you mean `{near}`?"),
        None => format!("is no parameter of this call; there are {}.", known.join(", ")),
    }
}

/// As much of a text that a client sent as a message repeats.
pub(super) fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
