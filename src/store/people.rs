//! Who may sign in: accounts, their passwords, and the links with which passwords are set.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

use super::command::Command;
use super::dialect::{Conn, on};
use super::list::{Page, Place, page};
use super::{Result, Store, StoreError, bearer_sha256, from_json, json, micros, no_nul, sessions, timestamp, word};
use crate::access::{Person, PersonState, Role};
use crate::clock::Clock;

/// Somebody who may sign in, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub person: Person,
    /// Whether there is a password.
    pub has_password: bool,
    /// Who it is at the identity provider.
    pub identity: Option<Identity>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub signed_in_at: Option<Timestamp>,
}

/// Who somebody is at an identity provider: unlike addresses, never given to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's issuer.
    pub issuer: String,
    /// The subject there.
    pub subject: String,
}

/// A person to add.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Who.
    pub person: Person,
    /// The password, hashed (a PHC string).
    pub password: Option<String>,
    /// Who it is at the identity provider.
    pub identity: Option<Identity>,
    /// When.
    pub created_at: Timestamp,
}

/// What becomes of a person; login, password and identity stay. One that is disabled has its sessions and links ended.
#[derive(Debug, Clone)]
pub struct ChangePerson {
    /// The person as it is from now on.
    pub person: Person,
    /// When.
    pub now: Timestamp,
}

/// A new password.
#[derive(Debug, Clone)]
pub struct SetPassword {
    /// Whose.
    pub person_id: String,
    /// The password, hashed.
    pub password: String,
    /// The link that it is set with; used up. Without one, the person's links end all the same.
    pub link: Option<[u8; 32]>,
    /// The session that stays; all others end.
    pub keep_session: Option<String>,
    /// When.
    pub now: Timestamp,
}

/// A link with which a person sets a password.
#[derive(Debug, Clone)]
pub struct PasswordLink {
    /// The hash of what stands in its address.
    pub sha256: [u8; 32],
    /// Whose.
    pub person_id: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it is worth nothing.
    pub ends_at: Timestamp,
}

impl PasswordLink {
    /// How long one can be used.
    const LASTS: SignedDuration = SignedDuration::from_hours(24);

    /// A new link for a person, and what stands in its address after `/password/`: shown once, and not kept.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn make(clock: &Clock, person_id: &str) -> Result<(String, Self)> {
        let secret = clock.secret().map_err(|error| StoreError::Unavailable(format!("no randomness: {error}")))?;
        let (token, created_at) = (URL_SAFE_NO_PAD.encode(secret), clock.now());
        let sha256 = bearer_sha256(&token);
        Ok((token, Self { sha256, person_id: person_id.to_owned(), created_at, ends_at: created_at + Self::LASTS }))
    }
}

macro_rules! account_columns {
    () => {
        "p.id AS person_id, p.login, p.name, p.email, p.roles, p.company, p.participant, p.state,
        CASE WHEN p.password IS NULL THEN 0 ELSE 1 END AS has_password, p.issuer, p.subject, p.created_at AS added_at, p.signed_in_at"
    };
}
pub(super) use account_columns;

macro_rules! select_account {
    ($tail:literal) => {
        concat!("SELECT ", account_columns!(), " FROM people p ", $tail)
    };
}

impl Store {
    /// Adds a person. `false`, and nothing is stored, when somebody has that login or identity.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn add_person(&self, new: NewAccount) -> Result<bool> {
        checked(&new.person)?;
        self.writers.ask(|reply| Command::AddPerson(Box::new(new), reply)).await
    }

    /// Changes a person; `false` when there is none.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn change_person(&self, change: ChangePerson) -> Result<bool> {
        checked(&change.person)?;
        self.writers.ask(|reply| Command::ChangePerson(Box::new(change), reply)).await
    }

    /// Sets a password; ends the person's other sessions and links. `false` when there is no such person, or the link was
    /// used or has ended.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn set_password(&self, set: SetPassword) -> Result<bool> {
        self.writers.ask(|reply| Command::SetPassword(Box::new(set), reply)).await
    }

    /// Replaces a hash by another one of the same password; nothing where it was changed meanwhile.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn rehash_password(&self, person_id: String, old: String, new: String) -> Result<bool> {
        self.writers.ask(|reply| Command::RehashPassword(Box::new((person_id, old, new)), reply)).await
    }

    /// Adds a link; those before it end.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn add_password_link(&self, link: PasswordLink) -> Result<()> {
        self.writers.ask(|reply| Command::AddPasswordLink(Box::new(link), reply)).await
    }

    /// Whose a link is that has not ended.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn password_link(&self, sha256: &[u8; 32], now: Timestamp) -> Result<Option<Account>> {
        let sql = select_account!(
            "JOIN password_links l ON l.person_id = p.id WHERE l.sha256 = $1 AND l.ends_at > $2 AND p.state = 'active'"
        );
        let (hash, now) = (crate::hash::hex(sha256), micros(now));
        let row: Option<Row> =
            on!(&self.pool, db => sqlx::query_as(sql).bind(&hash).bind(now).fetch_optional(db).await)?;
        row.map(Account::try_from).transpose()
    }

    /// The person of that id.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn account(&self, id: &str) -> Result<Option<Account>> {
        if id.contains('\0') {
            return Ok(None);
        }
        let sql = select_account!("WHERE p.id = $1");
        let row: Option<Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(id).fetch_optional(db).await)?;
        row.map(Account::try_from).transpose()
    }

    /// The person with that login, and the hash of its password.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn account_by_login(&self, login: &str) -> Result<Option<(Account, Option<String>)>> {
        if login.contains('\0') {
            return Ok(None);
        }
        let sql = select_account!("WHERE p.login = $1");
        let row: Option<Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(login).fetch_optional(db).await)?;
        let Some(row) = row else { return Ok(None) };
        let account = Account::try_from(row)?;
        let sql = "SELECT password FROM people WHERE id = $1";
        let id = &account.person.id;
        let password: Option<Option<String>> =
            on!(&self.pool, db => sqlx::query_scalar(sql).bind(id).fetch_optional(db).await)?;
        Ok(Some((account, password.flatten())))
    }

    /// The person that the provider knows by that subject.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn account_by_identity(&self, identity: &Identity) -> Result<Option<Account>> {
        if identity.issuer.contains('\0') || identity.subject.contains('\0') {
            return Ok(None);
        }
        let sql = select_account!("WHERE p.issuer = $1 AND p.subject = $2");
        let row: Option<Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(&identity.issuer).bind(&identity.subject)
            .fetch_optional(db).await)?;
        row.map(Account::try_from).transpose()
    }

    /// A page of people by login; `cursor` is the `next` of the page before. `text` begins, or stands in, login or name.
    ///
    /// # Errors
    /// [`StoreError::Cursor`] for a cursor that no page gave; otherwise when the database does not answer.
    pub async fn accounts(&self, text: Option<&str>, cursor: Option<&str>, limit: u32) -> Result<Page<Account>> {
        let after = cursor.map_or(Ok(Place { at: 0, id: String::new() }), Place::parse)?.id;
        let text = text.unwrap_or_default().to_lowercase();
        if text.contains('\0') {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let like = format!("%{}%", text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
        let sql = select_account!(
            "WHERE p.login > $1 AND (p.login LIKE $2 ESCAPE '\\' OR LOWER(p.name) LIKE $2 ESCAPE '\\' OR LOWER(p.company) LIKE $2 ESCAPE '\\')
            ORDER BY p.login LIMIT $3"
        );
        let rows: Vec<Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(&after).bind(&like).bind(i64::from(limit) + 1)
            .fetch_all(db).await)?;
        let items = rows.into_iter().map(Account::try_from).collect::<Result<Vec<_>>>()?;
        Ok(page(items, limit, |last: &Account| Place { at: 0, id: last.person.login.clone() }))
    }
}

/// The most bytes of a login, name, company or address: what an index takes.
const MOST: usize = 1_000;

fn checked(person: &Person) -> Result<()> {
    let or_empty = |text: &'static str, value: &Option<String>| (text, value.clone().unwrap_or_default());
    let texts = [
        ("the login", person.login.clone()),
        ("the name", person.name.clone()),
        or_empty("the email", &person.email),
        or_empty("the company", &person.company),
        or_empty("the participant", &person.participant),
    ];
    for (what, text) in &texts {
        no_nul(&[(what, text)])?;
        if text.len() > MOST {
            return Err(StoreError::TooLong { what, most: MOST });
        }
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    person_id: String,
    login: String,
    name: String,
    email: Option<String>,
    roles: String,
    company: Option<String>,
    participant: Option<String>,
    state: String,
    has_password: i32,
    issuer: Option<String>,
    subject: Option<String>,
    added_at: i64,
    signed_in_at: Option<i64>,
}

impl TryFrom<Row> for Account {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let words: Vec<String> = from_json("a person's roles", &row.roles)?;
        let roles = words.iter().map(|role| word("the role", role, Role::parse)).collect::<Result<_>>()?;
        let identity = row.issuer.zip(row.subject).map(|(issuer, subject)| Identity { issuer, subject });
        Ok(Self {
            person: Person {
                id: row.person_id,
                login: row.login,
                name: row.name,
                email: row.email,
                roles,
                company: row.company,
                participant: row.participant,
                state: word("the state", &row.state, PersonState::parse)?,
            },
            has_password: row.has_password != 0,
            identity,
            created_at: timestamp(row.added_at)?,
            signed_in_at: row.signed_in_at.map(timestamp).transpose()?,
        })
    }
}

pub(super) async fn add(conn: &mut Conn, new: NewAccount) -> Result<bool> {
    let sql = "INSERT INTO people (id, login, name, email, roles, company, participant, state, password, issuer, subject, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) ON CONFLICT DO NOTHING";
    let NewAccount { person, password, identity, created_at } = new;
    let (issuer, subject) = identity.map(|id| (id.issuer, id.subject)).unzip();
    let (roles, at) = (json(&person.roles)?, micros(created_at));
    let added = on!(conn, db => sqlx::query(sql).bind(&person.id).bind(&person.login).bind(&person.name).bind(&person.email)
        .bind(&roles).bind(&person.company).bind(&person.participant).bind(person.state.as_str()).bind(&password)
        .bind(&issuer).bind(&subject).bind(at).execute(&mut *db).await.map(|done| done.rows_affected()))?;
    Ok(added == 1)
}

pub(super) async fn change(conn: &mut Conn, ChangePerson { person, now }: ChangePerson) -> Result<bool> {
    let sql = "UPDATE people SET name = $2, email = $3, roles = $4, company = $5, participant = $6, state = $7, updated_at = $8
        WHERE id = $1";
    let (roles, at) = (json(&person.roles)?, micros(now));
    let changed = on!(conn, db => sqlx::query(sql).bind(&person.id).bind(&person.name).bind(&person.email).bind(&roles)
        .bind(&person.company).bind(&person.participant).bind(person.state.as_str()).bind(at).execute(&mut *db).await
        .map(|done| done.rows_affected()))?;
    if person.state == PersonState::Disabled {
        sessions::end_all(conn, (person.id.clone(), None, now)).await?;
        forget_links(conn, &person.id).await?;
    }
    Ok(changed == 1)
}

pub(super) async fn set_password(conn: &mut Conn, set: SetPassword) -> Result<bool> {
    if let Some(link) = &set.link {
        let sql = "DELETE FROM password_links WHERE sha256 = $1 AND person_id = $2 AND ends_at > $3";
        let (hash, now) = (crate::hash::hex(link), micros(set.now));
        let used = on!(conn, db => sqlx::query(sql).bind(&hash).bind(&set.person_id).bind(now).execute(&mut *db).await
            .map(|done| done.rows_affected()))?;
        if used == 0 {
            return Ok(false);
        }
    }
    let sql = "UPDATE people SET password = $2, updated_at = $3 WHERE id = $1 AND state = 'active'";
    let at = micros(set.now);
    let changed = on!(conn, db => sqlx::query(sql).bind(&set.person_id).bind(&set.password).bind(at).execute(&mut *db).await
        .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Ok(false);
    }
    forget_links(conn, &set.person_id).await?;
    sessions::end_all(conn, (set.person_id, set.keep_session, set.now)).await?;
    Ok(true)
}

pub(super) async fn rehash(conn: &mut Conn, (id, old, new): (String, String, String)) -> Result<bool> {
    let sql = "UPDATE people SET password = $3 WHERE id = $1 AND password = $2";
    let changed = on!(conn, db => sqlx::query(sql).bind(&id).bind(&old).bind(&new).execute(&mut *db).await
        .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

pub(super) async fn add_link(conn: &mut Conn, link: PasswordLink) -> Result<()> {
    forget_links(conn, &link.person_id).await?;
    let sql = "INSERT INTO password_links (sha256, person_id, created_at, ends_at) VALUES ($1, $2, $3, $4)";
    let (hash, from, to) = (crate::hash::hex(&link.sha256), micros(link.created_at), micros(link.ends_at));
    on!(conn, db => sqlx::query(sql).bind(&hash).bind(&link.person_id).bind(from).bind(to).execute(&mut *db).await.map(drop))?;
    Ok(())
}

async fn forget_links(conn: &mut Conn, person_id: &str) -> Result<()> {
    let sql = "DELETE FROM password_links WHERE person_id = $1";
    on!(conn, db => sqlx::query(sql).bind(person_id).execute(&mut *db).await.map(drop))?;
    Ok(())
}
