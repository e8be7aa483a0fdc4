//! Saved views: what somebody often asks the queue for, under a name.

use jiff::Timestamp;

use super::command::Command;
use super::dialect::{Conn, on};
use super::{Result, Store, micros, no_nul};

/// So many views one person keeps.
const MOST: i64 = 100;

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct View {
    /// Its id.
    pub id: String,
    /// Id of the person whose it is.
    pub owner: String,
    /// What its owner calls it; no two of an owner's have one name.
    pub name: String,
    /// The query of the address that it stands for.
    pub query: String,
    /// Everybody who sees the queue sees it.
    pub shared: bool,
}

/// A change to somebody's views.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeViews {
    /// Keeps a view; replaces the one that its owner has under that name.
    Keep(View, Timestamp),
    /// Forgets a view of its owner's.
    Forget {
        /// The view.
        id: String,
        /// Whose.
        owner: String,
    },
}

impl Store {
    /// A person's own views, and those that are shared, by name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn views(&self, owner: &str) -> Result<Vec<View>> {
        let sql = "SELECT id, owner, name, query, shared = 1 AS shared FROM views WHERE owner = $1 OR shared = 1
            ORDER BY name, id LIMIT 500";
        Ok(on!(&self.pool, db => sqlx::query_as(sql).bind(owner).fetch_all(db).await)?)
    }

    /// Keeps or forgets a view. `false` when its owner has no such view, or has too many.
    ///
    /// # Errors
    /// When it cannot be stored.
    pub async fn change_views(&self, change: ChangeViews) -> Result<bool> {
        if let ChangeViews::Keep(view, _) = &change {
            no_nul(&[("the view's name", &view.name), ("the view's query", &view.query)])?;
        }
        self.writers.ask(|reply| Command::ChangeViews(Box::new(change), reply)).await
    }
}

/// Runs inside the writer's transaction.
pub(super) async fn change(conn: &mut Conn, change: ChangeViews) -> Result<bool> {
    let (view, at) = match change {
        ChangeViews::Keep(view, at) => (view, at),
        ChangeViews::Forget { id, owner } => {
            let sql = "DELETE FROM views WHERE id = $1 AND owner = $2";
            let gone = on!(conn, db => sqlx::query(sql).bind(id).bind(owner).execute(&mut *db).await?.rows_affected());
            return Ok(gone > 0);
        }
    };
    let sql = "SELECT COUNT(*) FROM views WHERE owner = $1 AND name <> $2";
    let others: i64 =
        on!(conn, db => sqlx::query_scalar(sql).bind(&view.owner).bind(&view.name).fetch_one(&mut *db).await)?;
    if others >= MOST {
        return Ok(false);
    }
    let sql = "INSERT INTO views (id, owner, name, query, shared, created_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (owner, name) DO UPDATE SET query = EXCLUDED.query, shared = EXCLUDED.shared";
    on!(conn, db => sqlx::query(sql).bind(view.id).bind(view.owner).bind(view.name).bind(view.query)
        .bind(i64::from(view.shared)).bind(micros(at)).execute(&mut *db).await?.rows_affected());
    Ok(true)
}
