//! Who signs in to the demo: one person for each role, all with the same password.

use anyhow::Context as _;

use super::{PARTICIPANT, PARTNERS};
use crate::access::{Person, PersonState, Role, password};
use crate::clock::Clock;
use crate::hash::hex;
use crate::store::{NewAccount, SetPassword, Store};

/// Login, name, role.
const ALL: [(&str, &str, Role); 7] = [
    ("agent", "Noor Haddad", Role::Agent),
    ("lead", "Marek Dvorak", Role::Lead),
    ("editor", "Ines Moreau", Role::RegistryEditor),
    ("operator", "Jonas Weber", Role::Operator),
    ("auditor", "Ruth Okafor", Role::Auditor),
    ("partner", "Bea Lindqvist", Role::BusinessPartner),
    ("participant", "Hugo Martel", Role::Participant),
];

/// The logins, and the password of all of them: new on each start.
pub(super) struct People {
    pub(super) password: String,
}

impl People {
    /// Adds them, or gives those who are there the new password.
    pub(super) async fn new(store: &Store, clock: &Clock) -> anyhow::Result<Self> {
        let password: String = hex(&clock.secret()?).chars().take(16).collect();
        let (typed, salt) = (password.clone(), clock.secret()?);
        let hashed = tokio::task::spawn_blocking(move || password::hash(&typed, &salt)).await?;
        let hashed = hashed.map_err(|error| anyhow::anyhow!("the demo's password cannot be hashed: {error}"))?;
        for (login, name, role) in ALL {
            let (company, participant) = match role {
                Role::BusinessPartner => (Some(PARTNERS[0].name), None),
                Role::Participant => (Some(PARTICIPANT.name), PARTICIPANT.participant),
                _ => (None, None),
            };
            let person = Person {
                id: clock.id("per"),
                login: login.to_owned(),
                name: name.to_owned(),
                email: None,
                roles: vec![role],
                company: company.map(str::to_owned),
                participant: participant.map(str::to_owned),
                state: PersonState::Active,
            };
            let new = NewAccount { person, password: Some(hashed.clone()), identity: None, created_at: clock.now() };
            if !store.add_person(new).await? {
                let (known, _) = store.account_by_login(login).await?.context("somebody has that login")?;
                let (person_id, password) = (known.person.id, hashed.clone());
                let set = SetPassword { person_id, password, link: None, keep_session: None, now: clock.now() };
                store.set_password(set).await?;
            }
        }
        Ok(Self { password })
    }

    /// The logins.
    pub(super) fn logins() -> impl Iterator<Item = &'static str> {
        ALL.iter().map(|(login, ..)| *login)
    }
}
