//! Acts leave an entry: written down before, completed after.

use serde_json::Value;

use crate::access::{About, Act, ActOutcome, Origin, Who};
use crate::flow::Refused;
use crate::store::{Ended, NewEntry, StoreError};
use crate::web::Web;
use crate::web::pages::sorry::Sorry;
use crate::web::problem::Problem;

/// What may go wrong with an act, in a sentence for the log.
pub(in crate::web::pages) trait Fails {
    /// Why; nothing that is secret.
    fn why(&self) -> String;
}

impl Fails for Sorry {
    fn why(&self) -> String {
        self.sentence()
    }
}

impl Fails for Problem {
    fn why(&self) -> String {
        self.details().detail
    }
}

impl Fails for Refused {
    fn why(&self) -> String {
        self.to_string()
    }
}

impl Fails for StoreError {
    fn why(&self) -> String {
        self.to_string()
    }
}

/// Does something on behalf of `who`, from `origin`, and writes it down.
///
/// An act whose reader went away in the middle stays as begun: whether it was done stands with the thing itself.
///
/// # Errors
/// Those of what is done; and nothing is done when it cannot be written down.
pub(in crate::web::pages) async fn act<T, E: From<StoreError> + Fails>(
    web: &Web,
    (who, origin): (Who, Origin),
    act: Act,
    about: &About,
    details: Value,
    doing: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let (store, clock) = (&web.app.store, &web.app.clock);
    let id = clock.id("act");
    let entry = NewEntry { id: id.clone(), at: clock.now(), who, origin, act, about: about.clone(), details };
    store.act_begins(entry).await?;
    let done = doing.await;
    let (outcome, why) = match &done {
        Ok(_) => (ActOutcome::Done, None),
        Err(error) => (ActOutcome::Failed, Some(error.why())),
    };
    // It is done, whatever becomes of this: the entry stays as begun then.
    if let Err(error) = store.act_ended(Ended { id, outcome, why, at: clock.now() }).await {
        tracing::error!(%error, "what came of an act could not be written down");
    }
    done
}
