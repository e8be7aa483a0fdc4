//! Whether somebody is who it says: a password, with patience for those who mistype and none for those who guess.

use jiff::Timestamp;
use tokio::sync::Semaphore;

use crate::access::password::{self, Verdict};
use crate::access::{Origin, PersonState, throttle};
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
    /// It is not, or nobody has that login, or may not sign in: which of them is not said.
    Wrong,
    /// Too many failed; the next attempt counts from then on.
    Wait(Timestamp),
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
    // A stranger who guesses does not lock out a person who sits where it always sits.
    let id = account.as_ref().map_or("", |account| account.person.id.as_str());
    let by_login = match store.signed_in_from(id, &origin.address).await? {
        true => format!("login:{login} at {}", origin.address),
        false => format!("login:{login}"),
    };
    let by_address = format!("address:{}", origin.address);
    let by = vec![(by_login.clone(), throttle::LOGIN), (by_address.clone(), throttle::ADDRESS)];
    if let Some(until) = store.try_sign_in(SignInTry { by, now }).await? {
        return Ok(Proof::Wait(until));
    }
    let stored = stored.flatten();
    let verdict = verify(typed.to_owned(), stored.clone()).await?;
    let Some(account) = account.filter(|account| account.person.state == PersonState::Active) else {
        return Ok(Proof::Wrong);
    };
    if verdict == Verdict::Wrong {
        return Ok(Proof::Wrong);
    }
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
