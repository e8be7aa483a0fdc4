//! Imports of the registry that somebody looks at before they are made; every node can make them.

use jiff::Timestamp;

use super::command::Command;
use super::dialect::{Conn, on};
use super::{Result, Store, StoreError, json, micros, no_nul};

/// So many of a person's previews are kept, the newest ones.
const MOST: i64 = 4;

/// What was sent, and what it was compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Its id (`imp_...`).
    pub id: String,
    /// Whose it is: nobody else's to make.
    pub person_id: String,
    /// The registry's revision that it was compared with.
    pub revision: i64,
    /// The files, each a name and its text.
    pub files: Vec<(String, String)>,
}

impl Store {
    /// Keeps a preview, and forgets the person's oldest ones.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn keep_preview(&self, preview: Preview, at: Timestamp) -> Result<()> {
        for (name, text) in &preview.files {
            no_nul(&[("the file's name", name), ("the file", text)])?;
        }
        self.writers.ask(|reply| Command::KeepPreview(Box::new((preview, at)), reply)).await
    }

    /// A person's preview, if it was kept at that time or later.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn preview(&self, id: &str, person_id: &str, since: Timestamp) -> Result<Option<Preview>> {
        let sql = "SELECT revision, files FROM previews WHERE person_id = $1 AND id = $2 AND kept_at >= $3";
        let found: Option<(i64, String)> = on!(&self.pool, db => sqlx::query_as(sql).bind(person_id).bind(id)
            .bind(micros(since)).fetch_optional(db).await)?;
        let read = |(revision, files): (i64, String)| {
            let files =
                serde_json::from_str(&files).map_err(|error| StoreError::Corrupt(format!("a preview: {error}")))?;
            Ok(Preview { id: id.to_owned(), person_id: person_id.to_owned(), revision, files })
        };
        found.map(read).transpose()
    }

    /// Forgets a preview: it was made.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn forget_preview(&self, id: &str) -> Result<()> {
        let id = id.to_owned();
        self.writers.ask(|reply| Command::ForgetPreview(Box::new(id), reply)).await
    }
}

/// Runs inside the writer's transaction.
pub(super) async fn keep(conn: &mut Conn, (preview, at): (Preview, Timestamp)) -> Result<()> {
    let files = json(&preview.files)?;
    let sql = "INSERT INTO previews (person_id, id, revision, kept_at, files) VALUES ($1, $2, $3, $4, $5)";
    on!(conn, db => sqlx::query(sql).bind(&preview.person_id).bind(preview.id).bind(preview.revision).bind(micros(at))
        .bind(files).execute(&mut *db).await?.rows_affected());
    let sql = "DELETE FROM previews WHERE person_id = $1 AND id NOT IN
        (SELECT id FROM previews WHERE person_id = $1 ORDER BY kept_at DESC, id DESC LIMIT $2)";
    on!(conn, db => sqlx::query(sql).bind(preview.person_id).bind(MOST).execute(&mut *db).await?.rows_affected());
    Ok(())
}

/// Runs inside the writer's transaction.
pub(super) async fn forget(conn: &mut Conn, id: String) -> Result<()> {
    let sql = "DELETE FROM previews WHERE id = $1";
    on!(conn, db => sqlx::query(sql).bind(id).execute(&mut *db).await?.rows_affected());
    Ok(())
}
