//! The account here of somebody whom the provider knows: made at the first sign-in, and at each one what the provider says.

use jiff::Timestamp;
use serde_json::json;

use crate::access::{About, Act, Person, PersonState, Thing, Who};
use crate::hash::hex;
use crate::oidc::{NoRole, Told};
use crate::store::{Account, ChangePerson, Identity, NewAccount, StoreError, bearer_sha256};
use crate::web::Web;
use crate::web::pages::audit::record::{self, described};
use crate::web::pages::visitor::Guest;

/// Why somebody whom the provider knows does not come in.
pub(super) enum Refused {
    /// Somebody here disabled the account.
    Disabled,
    /// Nothing that the provider says gives a role.
    NoRole(String),
}

impl Refused {
    /// For the audit log.
    pub(super) fn why(&self) -> &str {
        match self {
            Self::Disabled => "The account is disabled",
            Self::NoRole(why) => why,
        }
    }
}

/// The account, as the provider has it now.
///
/// # Errors
/// When the database does not answer; inside, why somebody may not come in.
pub(super) async fn settle(web: &Web, guest: &Guest, told: &Told) -> Result<Result<Account, Refused>, StoreError> {
    let (store, now) = (&web.app.store, web.app.clock.now());
    let identity = Identity { issuer: told.issuer.clone(), subject: told.subject.clone() };
    let Some(known) = store.account_by_identity(&identity).await? else {
        return added(web, guest, told, identity, now).await;
    };
    let before = &known.person;
    if before.state == PersonState::Disabled {
        return Ok(Err(Refused::Disabled));
    }
    let (person, refused) = match told.person(before.id.clone(), before.login.clone(), PersonState::Active) {
        Ok(person) => (person, None),
        // What the provider took away is taken away here too, also from those who are signed in elsewhere.
        Err(NoRole(why)) => {
            (Person { roles: Vec::new(), company: None, participant: None, ..before.clone() }, Some(why))
        }
    };
    if person != *before {
        let details = json!({"by": told.issuer, "before": described(before), "after": described(&person)});
        let change = ChangePerson { person: person.clone(), now };
        let changing = async { store.change_person(change).await };
        record::act(web, by(&person, guest), Act::PersonChanged, &about(&person), details, changing).await?;
    }
    if let Some(why) = refused {
        store.end_sessions(person.id, None, now).await?;
        return Ok(Err(Refused::NoRole(why)));
    }
    Ok(Ok(Account { person, ..known }))
}

/// The first time.
async fn added(
    web: &Web,
    guest: &Guest,
    told: &Told,
    identity: Identity,
    now: Timestamp,
) -> Result<Result<Account, Refused>, StoreError> {
    let store = &web.app.store;
    // Somebody here may have that login already, with a password or at another provider: that is another person.
    let host = url::Url::parse(&told.issuer).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    let mark: String = hex(&bearer_sha256(&told.subject)).chars().take(8).collect();
    let logins = [told.login.clone(), format!("{}@{host}", told.login), format!("{}.{mark}", told.login)];
    for login in logins {
        let person = match told.person(web.app.clock.id("per"), login, PersonState::Active) {
            Ok(person) => person,
            Err(NoRole(why)) => return Ok(Err(Refused::NoRole(why))),
        };
        let details = json!({"by": told.issuer, "after": described(&person)});
        let identity = Some(identity.clone());
        let new = NewAccount { person: person.clone(), password: None, identity: identity.clone(), created_at: now };
        if store.account_by_login(&person.login).await?.is_some() {
            continue;
        }
        let adding = async { store.add_person(new).await };
        if record::act(web, by(&person, guest), Act::PersonAdded, &about(&person), details, adding).await? {
            return Ok(Ok(Account { person, has_password: false, identity, created_at: now, signed_in_at: None }));
        }
        // Another page of the same person may have been faster.
        if let Some(known) =
            store.account_by_identity(&Identity { issuer: told.issuer.clone(), subject: told.subject.clone() }).await?
        {
            return Ok(Ok(known));
        }
    }
    Err(StoreError::Busy)
}

fn by(person: &Person, guest: &Guest) -> (Who, crate::access::Origin) {
    let who = Who { person_id: Some(person.id.clone()), key_id: None, name: person.login.clone() };
    (who, guest.origin.clone())
}

fn about(person: &Person) -> About {
    About::new(Thing::Person, &person.id)
}
