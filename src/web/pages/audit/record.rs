//! Acts of people leave an entry.

use serde_json::{Value, json};

use crate::access::{About, Act, Origin, Person, Who};
use crate::record;
pub(in crate::web::pages) use crate::record::Fails;
use crate::store::StoreError;
use crate::web::Web;
use crate::web::pages::sorry::Sorry;

impl Fails for Sorry {
    fn why(&self) -> String {
        self.sentence()
    }
}

/// Does something on behalf of somebody, from somewhere, and writes it down.
///
/// # Errors
/// Those of what is done; and nothing is done when it cannot be written down.
pub(in crate::web::pages) async fn act<T, E: From<StoreError> + Fails>(
    web: &Web,
    by: (Who, Origin),
    act: Act,
    about: &About,
    details: Value,
    doing: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    record::act((&web.app.store, &web.app.clock), by, act, about, details, doing).await
}

/// What is kept of a person that is added or changed.
pub(in crate::web::pages) fn described(person: &Person) -> Value {
    json!({
        "login": person.login, "name": person.name, "roles": person.roles, "company": person.company,
        "participant": person.participant, "state": person.state,
    })
}
