//! Browsers that are signed in, attempts to sign in, and sign-ins under way at an identity provider.
//!
//! Every request looks its session up here, so that one that was ended is worth nothing on any node from then on.

use jiff::{SignedDuration, Timestamp};

use super::command::Command;
use super::dialect::{Conn, on};
use super::people::{self, Account, account_columns};
use super::{Result, Store, StoreError, micros, timestamp, word};
use crate::access::throttle::{FORGOTTEN, Patience};
use crate::access::{Origin, SignedInBy};
use crate::hash::hex;

/// A browser that signs in.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Its id.
    pub id: String,
    /// The hash of what the browser shows.
    pub sha256: [u8; 32],
    /// Whose.
    pub person_id: String,
    /// How the person proved itself.
    pub how: SignedInBy,
    /// From where.
    pub origin: Origin,
    /// What the identity provider wants to see when the person signs out there.
    pub id_token: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// When it ends whatever happens.
    pub ends_at: Timestamp,
    /// The id of the session that it takes the place of, if there is one: that one ends when this one begins.
    pub replaces: Option<String>,
}

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// How the person proved itself.
    pub how: SignedInBy,
    /// From where it was last seen.
    pub origin: Origin,
    /// What the identity provider wants to see when the person signs out there.
    pub id_token: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last seen, to a few minutes.
    pub seen_at: Timestamp,
    /// When it ends whatever happens.
    pub ends_at: Timestamp,
}

/// An attempt to sign in, before it is known whether it succeeds: it counts as failed until [`Store::forgive`].
#[derive(Debug, Clone)]
pub struct SignInTry {
    /// What it is counted by, and how patiently; in the order in which they are looked at.
    pub by: Vec<(String, Patience)>,
    /// When.
    pub now: Timestamp,
}

/// A sign-in that is under way at the identity provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignIn {
    /// The hash of what the provider gives back.
    pub state: String,
    /// The hash of what the browser shows when it comes back.
    pub browser: String,
    /// What the provider's token has to say.
    pub nonce: String,
    /// What proves to the provider that the one who comes back is the one who left (PKCE).
    pub verifier: String,
    /// Where the person wanted to go.
    pub goes_to: String,
    /// From when on it is worth nothing.
    pub ends_at: Timestamp,
}

macro_rules! select_session {
    ($more:expr, $tail:literal) => {
        concat!(
            "SELECT s.id, s.how, s.address, s.agent, s.id_token, s.created_at, s.seen_at, s.ends_at",
            $more,
            " FROM sessions s ",
            $tail
        )
    };
}

impl Store {
    /// Begins a session. `false` when the person may not sign in.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn start_session(&self, new: NewSession) -> Result<bool> {
        self.writers.ask(|reply| Command::StartSession(Box::new(new), reply)).await
    }

    /// The session whose browser shows that, and whose it is; none when it was ended, is over, was not seen for `idle`, or
    /// the person may not sign in any more.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn session(
        &self,
        sha256: &[u8; 32],
        now: Timestamp,
        idle: SignedDuration,
    ) -> Result<Option<(Session, Account)>> {
        let sql = select_session!(
            concat!(", ", account_columns!()),
            "JOIN people p ON p.id = s.person_id
            WHERE s.sha256 = $1 AND s.ended_at IS NULL AND s.ends_at > $2 AND s.seen_at > $3 AND p.state = 'active'"
        );
        let (hash, since) = (hex(sha256), micros(now - idle));
        let row: Option<Both> = on!(&self.pool, db => sqlx::query_as(sql).bind(&hash).bind(micros(now)).bind(since)
            .fetch_optional(db).await)?;
        let Some(Both { session, account }) = row else { return Ok(None) };
        Ok(Some((session.try_into()?, account.try_into()?)))
    }

    /// The sessions of a person that have not ended, the one seen last first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn sessions(&self, person_id: &str, now: Timestamp, idle: SignedDuration) -> Result<Vec<Session>> {
        let sql = select_session!(
            "",
            "WHERE s.person_id = $1 AND s.ended_at IS NULL AND s.ends_at > $2 AND s.seen_at > $3
            ORDER BY s.seen_at DESC, s.id DESC LIMIT 100"
        );
        let since = micros(now - idle);
        let rows: Vec<Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(person_id).bind(micros(now)).bind(since)
            .fetch_all(db).await)?;
        rows.into_iter().map(Session::try_from).collect()
    }

    /// Notes that a session was seen.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn session_seen(&self, id: String, origin: Origin, now: Timestamp) -> Result<()> {
        self.writers.ask(|reply| Command::SessionSeen(Box::new((id, origin, now)), reply)).await
    }

    /// Ends a session of that person; `false` when it has none of that id which goes on.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn end_session(&self, person_id: String, id: String, now: Timestamp) -> Result<bool> {
        self.writers.ask(|reply| Command::EndSession(Box::new((person_id, id, now)), reply)).await
    }

    /// Ends all sessions of a person, but for `keep`; how many it were.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn end_sessions(&self, person_id: String, keep: Option<String>, now: Timestamp) -> Result<u64> {
        self.writers.ask(|reply| Command::EndSessions(Box::new((person_id, keep, now)), reply)).await
    }

    /// The addresses from which that person was signed in, as far as is remembered.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn addresses_of(&self, person_id: &str) -> Result<Vec<String>> {
        let sql = "SELECT DISTINCT address FROM sessions WHERE person_id = $1 LIMIT 500";
        Ok(on!(&self.pool, db => sqlx::query_scalar(sql).bind(person_id).fetch_all(db).await)?)
    }

    /// Counts an attempt to sign in, or says until when it has to wait; what has to wait is not counted further.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn try_sign_in(&self, attempt: SignInTry) -> Result<Option<Timestamp>> {
        self.writers.ask(|reply| Command::TrySignIn(Box::new(attempt), reply)).await
    }

    /// Takes back what was counted, after a success.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn forgive(&self, whom: Vec<(String, Forgiven)>) -> Result<()> {
        self.writers.ask(|reply| Command::Forgive(Box::new(whom), reply)).await
    }

    /// Remembers a sign-in that goes on at the identity provider.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn begin_sign_in(&self, sign_in: SignIn) -> Result<()> {
        self.writers.ask(|reply| Command::BeginSignIn(Box::new(sign_in), reply)).await
    }

    /// The sign-in that comes back, this one time.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn take_sign_in(&self, state: String, now: Timestamp) -> Result<Option<SignIn>> {
        self.writers.ask(|reply| Command::TakeSignIn(Box::new((state, now)), reply)).await
    }

    /// Forgets what has ended: sessions that ended before `before`; attempts, links and sign-ins that count no more at `now`.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn forget_sign_ins(&self, before: Timestamp, now: Timestamp) -> Result<()> {
        self.writers.ask(|reply| Command::ForgetSignIns(Box::new((before, now)), reply)).await
    }
}

/// How much is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgiven {
    /// Everything.
    All,
    /// The one attempt that turned out well.
    One,
}

#[derive(sqlx::FromRow)]
struct Both {
    #[sqlx(flatten)]
    session: Row,
    #[sqlx(flatten)]
    account: people::Row,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    how: String,
    address: String,
    agent: String,
    id_token: Option<String>,
    created_at: i64,
    seen_at: i64,
    ends_at: i64,
}

impl TryFrom<Row> for Session {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            how: word("how somebody signed in", &row.how, SignedInBy::parse)?,
            origin: Origin { address: row.address, agent: row.agent },
            id_token: row.id_token,
            created_at: timestamp(row.created_at)?,
            seen_at: timestamp(row.seen_at)?,
            ends_at: timestamp(row.ends_at)?,
        })
    }
}

pub(super) async fn start(conn: &mut Conn, new: NewSession) -> Result<bool> {
    let sql = "UPDATE people SET signed_in_at = $2 WHERE id = $1 AND state = 'active'";
    let at = micros(new.created_at);
    let may = on!(conn, db => sqlx::query(sql).bind(&new.person_id).bind(at).execute(&mut *db).await
        .map(|done| done.rows_affected()))?;
    if may == 0 {
        return Ok(false);
    }
    let sql =
        "INSERT INTO sessions (id, sha256, person_id, how, address, agent, id_token, created_at, seen_at, ends_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)";
    let (hash, ends) = (hex(&new.sha256), micros(new.ends_at));
    on!(conn, db => sqlx::query(sql).bind(&new.id).bind(&hash).bind(&new.person_id).bind(new.how.as_str())
        .bind(&new.origin.address).bind(&new.origin.agent).bind(&new.id_token).bind(at).bind(ends)
        .execute(&mut *db).await.map(drop))?;
    if let Some(before) = new.replaces {
        let sql = "UPDATE sessions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL";
        on!(conn, db => sqlx::query(sql).bind(&before).bind(at).execute(&mut *db).await.map(drop))?;
    }
    Ok(true)
}

pub(super) async fn seen(conn: &mut Conn, (id, origin, now): (String, Origin, Timestamp)) -> Result<()> {
    let sql = "UPDATE sessions SET seen_at = $2, address = $3, agent = $4 WHERE id = $1 AND ended_at IS NULL AND seen_at < $2";
    on!(conn, db => sqlx::query(sql).bind(&id).bind(micros(now)).bind(&origin.address).bind(&origin.agent)
        .execute(&mut *db).await.map(drop))?;
    Ok(())
}

pub(super) async fn end(conn: &mut Conn, (person_id, id, now): (String, String, Timestamp)) -> Result<bool> {
    let sql = "UPDATE sessions SET ended_at = $3 WHERE id = $1 AND person_id = $2 AND ended_at IS NULL";
    let ended = on!(conn, db => sqlx::query(sql).bind(&id).bind(&person_id).bind(micros(now)).execute(&mut *db).await
        .map(|done| done.rows_affected()))?;
    Ok(ended == 1)
}

pub(super) async fn end_all(
    conn: &mut Conn,
    (person_id, keep, now): (String, Option<String>, Timestamp),
) -> Result<u64> {
    let sql = "UPDATE sessions SET ended_at = $3 WHERE person_id = $1 AND id <> $2 AND ended_at IS NULL";
    let keep = keep.unwrap_or_default();
    Ok(on!(conn, db => sqlx::query(sql).bind(&person_id).bind(&keep).bind(micros(now)).execute(&mut *db).await
        .map(|done| done.rows_affected()))?)
}

pub(super) async fn try_sign_in(conn: &mut Conn, SignInTry { by, now }: SignInTry) -> Result<Option<Timestamp>> {
    let (at, forgotten) = (micros(now), micros(now - FORGOTTEN));
    // What has to wait for one reason is not counted for the other: whoever sits on a login that waits would otherwise
    // make its whole office wait, and the other way round.
    for (whom, _) in &by {
        let sql = "SELECT wait_until FROM sign_in_tries WHERE whom = $1 AND wait_until > $2";
        let until: Option<i64> =
            on!(conn, db => sqlx::query_scalar(sql).bind(whom).bind(at).fetch_optional(&mut *db).await)?;
        if let Some(until) = until {
            return timestamp(until).map(Some);
        }
    }
    for (whom, patience) in by {
        // A row that waits is not updated, and nothing comes back. Simultaneous attempts stand in line at the row's lock.
        let sql = "INSERT INTO sign_in_tries (whom, failures, last_at, wait_until) VALUES ($1, 1, $2, 0)
            ON CONFLICT (whom) DO UPDATE SET
                failures = CASE WHEN sign_in_tries.last_at < $3 THEN 1 ELSE sign_in_tries.failures + 1 END, last_at = $2
            WHERE sign_in_tries.wait_until <= $2 RETURNING failures";
        let failures: Option<i64> = on!(conn, db => sqlx::query_scalar(sql).bind(&whom).bind(at).bind(forgotten)
            .fetch_optional(&mut *db).await)?;
        let Some(failures) = failures else {
            let sql = "SELECT wait_until FROM sign_in_tries WHERE whom = $1";
            let until: i64 = on!(conn, db => sqlx::query_scalar(sql).bind(&whom).fetch_one(&mut *db).await)?;
            return timestamp(until).map(Some);
        };
        let sql = "UPDATE sign_in_tries SET wait_until = $2 WHERE whom = $1";
        let until = micros(now + patience.wait(failures));
        on!(conn, db => sqlx::query(sql).bind(&whom).bind(until).execute(&mut *db).await.map(drop))?;
    }
    Ok(None)
}

pub(super) async fn forgive(conn: &mut Conn, whom: Vec<(String, Forgiven)>) -> Result<()> {
    for (whom, how) in whom {
        let sql = match how {
            Forgiven::All => "DELETE FROM sign_in_tries WHERE whom = $1",
            Forgiven::One => {
                "UPDATE sign_in_tries SET failures = CASE WHEN failures > 0 THEN failures - 1 ELSE 0 END, wait_until = 0 WHERE whom = $1"
            }
        };
        on!(conn, db => sqlx::query(sql).bind(&whom).execute(&mut *db).await.map(drop))?;
    }
    Ok(())
}

pub(super) async fn begin_sign_in(conn: &mut Conn, new: SignIn) -> Result<()> {
    let sql =
        "INSERT INTO sign_ins (state, browser, nonce, verifier, goes_to, ends_at) VALUES ($1, $2, $3, $4, $5, $6)";
    on!(conn, db => sqlx::query(sql).bind(&new.state).bind(&new.browser).bind(&new.nonce).bind(&new.verifier)
        .bind(&new.goes_to).bind(micros(new.ends_at)).execute(&mut *db).await.map(drop))?;
    Ok(())
}

pub(super) async fn take_sign_in(conn: &mut Conn, (state, now): (String, Timestamp)) -> Result<Option<SignIn>> {
    let sql =
        "DELETE FROM sign_ins WHERE state = $1 AND ends_at > $2 RETURNING browser, nonce, verifier, goes_to, ends_at";
    let row: Option<(String, String, String, String, i64)> =
        on!(conn, db => sqlx::query_as(sql).bind(&state).bind(micros(now)).fetch_optional(&mut *db).await)?;
    let Some((browser, nonce, verifier, goes_to, ends_at)) = row else { return Ok(None) };
    Ok(Some(SignIn { state, browser, nonce, verifier, goes_to, ends_at: timestamp(ends_at)? }))
}

pub(super) async fn forget(conn: &mut Conn, (before, now): (Timestamp, Timestamp)) -> Result<()> {
    for (sql, at) in [
        ("DELETE FROM sessions WHERE ends_at < $1", before),
        ("DELETE FROM sign_in_tries WHERE last_at < $1", now - FORGOTTEN),
        ("DELETE FROM sign_ins WHERE ends_at < $1", now),
        ("DELETE FROM password_links WHERE ends_at < $1", now),
    ] {
        on!(conn, db => sqlx::query(sql).bind(micros(at)).execute(&mut *db).await.map(drop))?;
    }
    Ok(())
}
