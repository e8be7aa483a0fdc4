//! Query parameters, read so that every wrong one can be named: unknown, repeated, and what each call finds wrong itself.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::IntoParams;

use super::Web;
use crate::intake::time::rfc3339;
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

/// Reads parameters one by one and gathers what is wrong with them.
pub(super) struct Reading(pub(super) Vec<FieldProblem>);

impl Reading {
    /// Notes that a parameter is wrong; the message reads on from its name.
    pub(super) fn refuse(&mut self, path: &str, message: String) {
        self.0.push(FieldProblem { path: path.to_owned(), message });
    }

    /// A word of a closed list.
    pub(super) fn word<T>(
        &mut self,
        path: &str,
        given: Option<&String>,
        parse: impl Fn(&str) -> Option<T>,
        words: impl Iterator<Item = &'static str>,
    ) -> Option<T> {
        let given = given?;
        let found = parse(given);
        if found.is_none() {
            let all: Vec<_> = words.collect();
            self.refuse(path, format!("must be one of {}, not `{}`.", all.join(", "), shortened(given)));
        }
        found
    }

    /// The size of a page, 1 to `largest`; `usual` when it is not given.
    pub(super) fn limit(&mut self, given: Option<&String>, usual: u32, largest: u32) -> u32 {
        let Some(given) = given else { return usual };
        let number = given.parse().ok().filter(|number| (1..=largest).contains(number));
        number.unwrap_or_else(|| {
            self.refuse("limit", format!("must be a number from 1 to {largest}, not `{}`.", shortened(given)));
            usual
        })
    }

    /// A time.
    pub(super) fn time(&mut self, path: &str, given: Option<&String>) -> Option<Timestamp> {
        match rfc3339(given?) {
            Ok(time) => Some(time),
            Err(bad) => {
                self.refuse(path, format!("{bad}."));
                None
            }
        }
    }

    /// Texts hold no control characters.
    pub(super) fn texts<const N: usize>(&mut self, given: [(&str, Option<&String>); N]) {
        for (path, text) in given {
            if text.is_some_and(|text| text.contains(char::is_control)) {
                self.refuse(path, "must not hold control characters.".to_owned());
            }
        }
    }

    /// Whether all was well.
    ///
    /// # Errors
    /// Names everything that was not.
    pub(super) fn finish(self) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(wrong(self.0)) }
    }
}
