//! Acts leave an entry in the audit log: written down before, completed after. The pages, the API and the command line do
//! theirs through here.

use serde_json::Value;

use crate::access::{About, Act, ActOutcome, Origin, Who};
use crate::clock::Clock;
use crate::store::{Ended, NewEntry, Store, StoreError};

/// What may go wrong with an act, in a sentence for the log.
pub(crate) trait Fails {
    /// Why; nothing that is secret.
    fn why(&self) -> String;
}

impl Fails for StoreError {
    fn why(&self) -> String {
        self.to_string()
    }
}

impl Fails for crate::flow::Refused {
    fn why(&self) -> String {
        self.to_string()
    }
}

impl Fails for anyhow::Error {
    fn why(&self) -> String {
        format!("{self:#}")
    }
}

/// Does something on behalf of `who`, from `origin`, and writes it down.
///
/// An act whose caller went away in the middle stays as begun: whether it was done stands with the thing itself.
///
/// # Errors
/// Those of what is done; and nothing is done when it cannot be written down.
pub(crate) async fn act<T, E: From<StoreError> + Fails>(
    (store, clock): (&Store, &Clock),
    (who, origin): (Who, Origin),
    act: Act,
    about: &About,
    details: Value,
    doing: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
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
