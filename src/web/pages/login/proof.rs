//! Whether somebody is who it says: a password, with patience for those who mistype and none for those who guess.

use std::sync::OnceLock;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use crate::access::password::{self, Verdict};
use crate::access::{Origin, Person, PersonState, throttle};
use crate::hash::hex;
use crate::store::{Account, Forgiven, SignInTry};
use crate::web::Web;
use crate::web::pages::sorry::Sorry;
use crate::web::problem::Problem;

/// So many passwords are hashed at once on this node: each takes 19 MiB and a core.
static ROOM: Semaphore = Semaphore::const_new(4);

/// What came of it.
pub(in crate::web::pages) enum Proof {
    /// It is this one.
    Right(Box<Account>),
    /// It is not, or nobody has that login, or may not sign in: which of them is not said. Whose login it is, if anybody's, is for
    /// the audit log.
    Wrong(Option<Box<Person>>),
    /// Too many failed; the next attempt counts from then on.
    Wait(Timestamp),
}

/// Logins that nobody has: what stands there may be a password, typed one field too early. Attempts with one are counted by
/// its hash under a key that this process alone knows and forgets, so that nothing that is stored tells what was typed.
#[derive(Default)]
pub(in crate::web::pages) struct Nobody(OnceLock<[u8; 32]>);

impl Nobody {
    fn hidden(&self, web: &Web, login: &str) -> Result<String, Sorry> {
        let key = match self.0.get() {
            Some(key) => key,
            None => {
                let fresh = web.app.clock.secret().map_err(|_| Sorry::from(Problem::internal()))?;
                self.0.get_or_init(|| fresh)
            }
        };
        let hash: [u8; 32] = Sha256::new().chain_update(key).chain_update(login).finalize().into();
        Ok(hex(&hash))
    }
}

/// Whether the password is the login's. Takes as long whether somebody has that login or not.
///
/// # Errors
/// When the database does not answer.
pub(in crate::web::pages) async fn password(
    web: &Web,
    origin: &Origin,
    login: &str,
    typed: &str,
) -> Result<Proof, Sorry> {
    let (store, now) = (&web.app.store, web.app.clock.now());
    let possible = login.len() <= 300 && !login.chars().any(char::is_control) && typed.len() <= password::LONGEST;
    let (login, typed) = if possible { (login, typed) } else { ("", "") };
    let (account, stored) = store.account_by_login(login).await?.unzip();
    let place = throttle::place(&origin.address);
    let by_login = match &account {
        Some(Account { person, .. }) => {
            // A stranger who guesses does not lock out a person who sits where it always sits.
            let known = store.addresses_of(&person.id).await?.iter().any(|known| throttle::place(known) == place);
            if known { format!("person:{} at {place}", person.id) } else { format!("person:{}", person.id) }
        }
        None => format!("nobody:{}", web.kept.nobody.hidden(web, login)?),
    };
    // The address first: whoever guesses many logins is stopped before any of them has to wait.
    let by_address = format!("address:{place}");
    let by = vec![(by_address.clone(), throttle::ADDRESS), (by_login.clone(), throttle::LOGIN)];
    if let Some(until) = store.try_sign_in(SignInTry { by, now }).await? {
        return Ok(Proof::Wait(until));
    }
    let stored = stored.flatten();
    let verdict = verify(typed.to_owned(), stored.clone()).await?;
    let account = match account {
        Some(account) if account.person.state == PersonState::Active && verdict != Verdict::Wrong => account,
        other => return Ok(Proof::Wrong(other.map(|account| Box::new(account.person)))),
    };
    store.forgive(vec![(by_login, Forgiven::All), (by_address, Forgiven::One)]).await?;
    if let (Verdict::RightButOld, Some(old)) = (verdict, stored) {
        let new = hash(web, typed.to_owned()).await?;
        store.rehash_password(account.person.id.clone(), old, new).await?;
    }
    Ok(Proof::Right(Box::new(account)))
}

/// Whether it is the password that was stored; without one it is wrong, as slowly.
pub(in crate::web::pages) async fn verify(typed: String, stored: Option<String>) -> Result<Verdict, Sorry> {
    apart(move || match stored {
        Some(stored) => password::verify(&typed, &stored),
        None => {
            password::verify_nothing(&typed);
            Verdict::Wrong
        }
    })
    .await
}

/// The password as it is stored.
///
/// # Errors
/// When there is no room for it.
pub(in crate::web::pages) async fn hash(web: &Web, typed: String) -> Result<String, Sorry> {
    let salt = web.app.clock.secret().map_err(|_| Sorry::from(Problem::internal()))?;
    apart(move || password::hash(&typed, &salt)).await?.map_err(|_| Problem::internal().into())
}

/// Off the threads that serve requests, and not too many at once.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Sorry> {
    let room = ROOM.acquire().await.map_err(|_| Sorry::from(Problem::internal()))?;
    let done = tokio::task::spawn_blocking(move || {
        let _room = room;
        work()
    });
    done.await.map_err(|_| Problem::internal().into())
}
