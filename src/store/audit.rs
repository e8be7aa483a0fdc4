//! Who did what. An entry is written before the act and completed after it; nothing is ever changed otherwise.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::QueryBuilder;

use super::command::Command;
use super::dialect::{Conn, on};
use super::list::{Page, Place, page};
use super::{Result, Store, StoreError, from_json, json, micros, timestamp, word};
use crate::access::{About, Act, ActOutcome, Origin, Thing, Who};

/// An act that begins.
#[derive(Debug, Clone, PartialEq)]
pub struct NewEntry {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: Who,
    /// From where.
    pub origin: Origin,
    /// Did what.
    pub act: Act,
    /// To what.
    pub about: About,
    /// What else there is to say; never a secret.
    pub details: Value,
}

/// An act, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// The act.
    pub entry: NewEntry,
    /// What came of it.
    pub outcome: ActOutcome,
    /// Why it failed.
    pub why: Option<String>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// How an act ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its id.
    pub id: String,
    /// What came of it.
    pub outcome: ActOutcome,
    /// Why it failed.
    pub why: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Which acts to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// By whom: the name as it was written down, or in lower case, as logins are.
    pub who: Option<String>,
    /// Which act.
    pub act: Option<Act>,
    /// About the thing of this id.
    pub about: Option<String>,
    /// At this time or later.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub before: Option<Timestamp>,
}

impl Store {
    /// Writes down that an act begins.
    ///
    /// # Errors
    /// When it cannot be stored: then the act must not be done.
    pub async fn act_begins(&self, entry: NewEntry) -> Result<()> {
        self.writers.ask(|reply| Command::ActBegins(Box::new(entry), reply)).await
    }

    /// Writes down what came of an act.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn act_ended(&self, ended: Ended) -> Result<()> {
        self.writers.ask(|reply| Command::ActEnded(Box::new(ended), reply)).await
    }

    /// A page of the audit log, the newest first; `cursor` is the `next` of the page before.
    ///
    /// # Errors
    /// [`StoreError::Cursor`] for a cursor that no page gave; otherwise when the database does not answer.
    pub async fn audit(&self, filter: &AuditFilter, cursor: Option<&str>, limit: u32) -> Result<Page<AuditEntry>> {
        let place = cursor.map(Place::parse).transpose()?;
        let texts = [
            (" AND act = ", filter.act.map(|act| act.as_str().to_owned())),
            (" AND about_id = ", filter.about.clone()),
        ];
        if texts.iter().map(|(_, text)| text).chain([&filter.who]).flatten().any(|text| text.contains('\0')) {
            return Ok(Page { items: Vec::new(), next: None });
        }
        let times = [(" AND at >= ", filter.since.map(micros)), (" AND at < ", filter.before.map(micros))];
        let rows: Vec<Row> = on!(&self.pool, db => {
            let mut query = QueryBuilder::new(
                "SELECT id, at, act, person_id, key_id, who, about_kind, about_id, details, address, agent, outcome, why, ended_at
                FROM audit WHERE 1 = 1",
            );
            for (condition, text) in texts {
                if let Some(text) = text {
                    query.push(condition).push_bind(text);
                }
            }
            if let Some(who) = &filter.who {
                query.push(" AND who IN (").push_bind(who.clone()).push(", ").push_bind(who.to_lowercase()).push(")");
            }
            for (condition, time) in times {
                if let Some(time) = time {
                    query.push(condition).push_bind(time);
                }
            }
            if let Some(place) = place {
                query.push(" AND (at, id) < (").push_bind(place.at).push(", ").push_bind(place.id).push(")");
            }
            query.push(" ORDER BY at DESC, id DESC LIMIT ").push_bind(i64::from(limit) + 1);
            query.build_query_as().fetch_all(db).await
        })?;
        let items = rows.into_iter().map(AuditEntry::try_from).collect::<Result<Vec<_>>>()?;
        Ok(page(items, limit, |last| Place { at: micros(last.entry.at), id: last.entry.id.clone() }))
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    at: i64,
    act: String,
    person_id: Option<String>,
    key_id: Option<String>,
    who: String,
    about_kind: String,
    about_id: String,
    details: String,
    address: String,
    agent: String,
    outcome: String,
    why: Option<String>,
    ended_at: Option<i64>,
}

impl TryFrom<Row> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let kind = word("what an act was about", &row.about_kind, Thing::parse)?;
        Ok(Self {
            entry: NewEntry {
                id: row.id,
                at: timestamp(row.at)?,
                who: Who { person_id: row.person_id, key_id: row.key_id, name: row.who },
                origin: Origin { address: row.address, agent: row.agent },
                act: word("the act", &row.act, Act::parse)?,
                about: About { kind, id: row.about_id },
                details: from_json("an act's details", &row.details)?,
            },
            outcome: word("the outcome", &row.outcome, ActOutcome::parse)?,
            why: row.why,
            ended_at: row.ended_at.map(timestamp).transpose()?,
        })
    }
}

pub(super) async fn begins(conn: &mut Conn, entry: NewEntry) -> Result<()> {
    let sql = "INSERT INTO audit (id, at, act, person_id, key_id, who, about_kind, about_id, details, address, agent, outcome)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let (at, details) = (micros(entry.at), json(&entry.details)?);
    let (who, about) = (storable(&entry.who.name), storable(&entry.about.id));
    on!(conn, db => sqlx::query(sql).bind(&entry.id).bind(at).bind(entry.act.as_str()).bind(&entry.who.person_id)
        .bind(&entry.who.key_id).bind(&who).bind(entry.about.kind.as_str()).bind(&about).bind(&details)
        .bind(&entry.origin.address).bind(&entry.origin.agent).bind(ActOutcome::Begun.as_str())
        .execute(&mut *db).await.map(drop))?;
    Ok(())
}

pub(super) async fn ended(conn: &mut Conn, Ended { id, outcome, why, at }: Ended) -> Result<()> {
    let sql = "UPDATE audit SET outcome = $2, why = $3, ended_at = $4 WHERE id = $1 AND outcome = 'begun'";
    let why = why.map(|why| storable(&why));
    on!(conn, db => sqlx::query(sql).bind(&id).bind(outcome.as_str()).bind(&why).bind(micros(at)).execute(&mut *db).await.map(drop))?;
    Ok(())
}

/// What was typed may be anything; it is kept as far as an index takes it.
fn storable(text: &str) -> String {
    text.chars().map(|c| if c == '\0' { '\u{fffd}' } else { c }).take(300).collect()
}
