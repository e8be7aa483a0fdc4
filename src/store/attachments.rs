//! What is known about attached files; their bytes lie outside the database.

use jiff::Timestamp;

use super::command::Command;
use super::dialect::{Conn, on};
use super::{NewEvent, Result, Store, StoreError, esrs_write, events, from_json, json, micros, no_nul, timestamp};
use crate::traces::Finding;

/// An attached file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id (`att_...`).
    pub id: String,
    /// The eSR that it belongs to.
    pub esr_id: String,
    /// The name that it was sent under.
    pub name: String,
    /// Media type, as sent.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// Who sent it: the credential's owner.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The version banner that stands in it, as it was judged when the file came.
    pub banner: Option<Finding>,
}

impl Store {
    /// Adds an attachment and its timeline entries. `false` when there is no such eSR.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn add_attachment(&self, attachment: Attachment, events: Vec<NewEvent>) -> Result<bool> {
        no_nul(&[("the file's name", &attachment.name), ("the media type", &attachment.media_type)])?;
        self.tell_followers(
            self.writers.ask(|reply| Command::AddAttachment(Box::new((attachment, events)), reply)).await,
        )
    }

    /// The attachments of one eSR, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn attachments(&self, esr_id: &str) -> Result<Vec<Attachment>> {
        let sql = "SELECT id, esr_id, name, media_type, size, sha256, added_by, added_at, banner
            FROM attachments WHERE esr_id = $1 ORDER BY added_at, id";
        let rows: Vec<Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(esr_id).fetch_all(db).await)?;
        rows.into_iter().map(Attachment::try_from).collect()
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    esr_id: String,
    name: String,
    media_type: String,
    size: i64,
    sha256: String,
    added_by: String,
    added_at: i64,
    banner: Option<String>,
}

impl TryFrom<Row> for Attachment {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let Row { id, esr_id, name, media_type, size, sha256, added_by, added_at, banner } = row;
        let banner = banner.map(|banner| from_json("a banner", &banner)).transpose()?;
        Ok(Self { id, esr_id, name, media_type, size, sha256, by: added_by, at: timestamp(added_at)?, banner })
    }
}

pub(super) async fn add(conn: &mut Conn, (new, timeline): (Attachment, Vec<NewEvent>)) -> Result<bool> {
    if !esrs_write::exists(conn, &new.esr_id).await? {
        return Ok(false);
    }
    let sql = "INSERT INTO attachments (id, esr_id, name, media_type, size, sha256, added_by, added_at, banner)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let banner = new.banner.as_ref().map(json).transpose()?;
    on!(conn, db => sqlx::query(sql).bind(&new.id).bind(&new.esr_id).bind(&new.name).bind(&new.media_type).bind(new.size)
        .bind(&new.sha256).bind(&new.by).bind(micros(new.at)).bind(&banner).execute(&mut *db).await.map(drop))?;
    for event in &timeline {
        events::insert(conn, &new.esr_id, event).await?;
    }
    Ok(true)
}
