//! What somebody signed in does to a case, left in the audit log.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::{Acted, Typed};
use crate::access::{About, Act};
use crate::store::StoreError;
use crate::web::Web;
use crate::web::pages::audit::record::Fails;
use crate::web::pages::visitor::Visitor;

/// Why an act was not done: it could not even be written down, or it was refused.
enum NotDone<T> {
    Store(StoreError),
    Refused(StatusCode, T),
}

impl<T> From<StoreError> for NotDone<T> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<T> Fails for NotDone<T> {
    fn why(&self) -> String {
        match self {
            Self::Store(error) => error.to_string(),
            Self::Refused(status, _) => format!("It was not taken: {status}"),
        }
    }
}

/// Does it, and leaves it in the audit log; a form that comes back was not done.
///
/// # Errors
/// When it could not be written down; nothing is done then.
pub(in crate::web::pages) async fn acted(
    web: &Web,
    visitor: &Visitor,
    esr_id: &str,
    act: Act,
    doing: impl Future<Output = Acted>,
) -> Result<Acted, StoreError> {
    let doing = async {
        match doing.await {
            Acted::Done(did) => Ok(did),
            Acted::Again(status, typed) => Err(NotDone::<Box<Typed>>::Refused(status, typed)),
        }
    };
    match visitor.act(web, act, &About::esr(esr_id), json!({}), doing).await {
        Ok(did) => Ok(Acted::Done(did)),
        Err(NotDone::Refused(status, typed)) => Ok(Acted::Again(status, typed)),
        Err(NotDone::Store(error)) => Err(error),
    }
}

/// The same for what is answered otherwise than with a page: done is what succeeds.
///
/// # Errors
/// When it could not be written down; nothing is done then.
pub(in crate::web::pages) async fn answered(
    web: &Web,
    visitor: &Visitor,
    esr_id: &str,
    (act, details): (Act, Value),
    doing: impl Future<Output = Response>,
) -> Result<Response, StoreError> {
    let doing = async {
        let answer = doing.await;
        if answer.status().is_success() { Ok(answer) } else { Err(NotDone::Refused(answer.status(), answer)) }
    };
    match visitor.act(web, act, &About::esr(esr_id), details, doing).await {
        Ok(answer) | Err(NotDone::Refused(_, answer)) => Ok(answer),
        Err(NotDone::Store(error)) => Err(error),
    }
}
