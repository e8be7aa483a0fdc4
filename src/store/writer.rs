//! The writer tasks: each owns a connection and runs what comes out of one bounded queue, a transaction for each command.
//!
//! A request's future may be dropped at any await; a transaction that it had opened would be left open, holding locks.
//! So only these tasks open transactions, and a command that was accepted is finished whoever still waits for it.

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::command::{Applied, Command, Reply};
use super::dialect::{self, Conn, Target, on};
use super::{Result, StoreError};

type Commands = Arc<tokio::sync::Mutex<mpsc::Receiver<Command>>>;

/// The queue in front of the writer tasks.
#[derive(Debug)]
pub(super) struct Writers {
    sender: RwLock<Option<mpsc::Sender<Command>>>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    busy_after: Duration,
}

impl Writers {
    /// Starts one task for each connection. `limit` is the longest that one command may take.
    pub(super) fn start(
        conns: Vec<Conn>,
        target: &Target,
        queue: usize,
        busy_after: Duration,
        limit: Duration,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(queue.max(1));
        let commands: Commands = Arc::new(tokio::sync::Mutex::new(receiver));
        let tasks = conns
            .into_iter()
            .map(|conn| {
                let writer = Writer { target: target.clone(), conn: Some(conn), limit };
                tokio::spawn(writer.run(Arc::clone(&commands)))
            })
            .collect();
        Self { sender: RwLock::new(Some(sender)), tasks: Mutex::new(tasks), busy_after }
    }

    /// Hands a command to the writers and waits for its answer. Dropping this future after the command was accepted does not
    /// take the command back.
    pub(super) async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T> {
        let sender = self.sender.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(StoreError::Closed)?;
        let place = match tokio::time::timeout(self.busy_after, sender.reserve_owned()).await {
            Ok(place) => place.map_err(|_| StoreError::Closed)?,
            Err(_) => return Err(StoreError::Busy),
        };
        let (reply, answer) = oneshot::channel();
        // The sender that this gives back is dropped at once: the queue ends when the last one goes.
        drop(place.send(command(reply)));
        answer
            .await
            .unwrap_or_else(|_| Err(StoreError::Unavailable("the write took too long and was given up".to_owned())))
    }

    /// Takes no more commands, finishes those that were accepted and closes the connections.
    pub(super) async fn close(&self) {
        drop(self.sender.write().unwrap_or_else(PoisonError::into_inner).take());
        let tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a writer task ended badly");
            }
        }
    }
}

struct Writer {
    target: Target,
    /// Missing after a failure that the connection may not have survived; the next command connects again.
    conn: Option<Conn>,
    limit: Duration,
}

impl Writer {
    async fn run(mut self, commands: Commands) {
        loop {
            // Group commit goes here: take what else is queued, and let one transaction carry them all.
            let Some(command) = commands.lock().await.recv().await else { break };
            let limit = self.limit;
            let performed = std::panic::AssertUnwindSafe(tokio::time::timeout(limit, self.perform(command)));
            match performed.catch_unwind().await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => tracing::error!(?limit, "a write took too long and was given up; connecting again"),
                Err(_) => tracing::error!("a write panicked and was given up; connecting again"),
            }
        }
        if let Some(mut conn) = self.conn.take() {
            if let Some(checkpoint) = dialect::checkpoint(&conn)
                && let Err(error) = execute(&mut conn, checkpoint).await
            {
                tracing::warn!(%error, "the write-ahead log could not be moved into the database file; it will be on the next start");
            }
            dialect::disconnect(conn).await;
        }
    }

    /// Runs one command in one transaction. The connection is put back only when it is known to be sound.
    async fn perform(&mut self, command: Command) {
        let mut conn = match self.begin().await {
            Ok(conn) => conn,
            Err(error) => return command.refuse(error),
        };
        let Applied { failed, answer } = command.apply(&mut conn).await;
        if failed {
            let rolled_back = execute(&mut conn, "ROLLBACK").await;
            answer(Ok(()));
            if rolled_back.is_ok() {
                self.conn = Some(conn);
            }
            return;
        }
        let committed = execute(&mut conn, "COMMIT").await;
        let sound = committed.is_ok() || execute(&mut conn, "ROLLBACK").await.is_ok();
        if sound {
            self.conn = Some(conn);
        }
        answer(committed);
    }

    /// A connection with a transaction begun; a connection that was lost while idle is replaced once.
    async fn begin(&mut self) -> Result<Conn> {
        if let Some(mut conn) = self.conn.take() {
            let begin = dialect::begin(&conn);
            match execute(&mut conn, begin).await {
                Ok(()) => return Ok(conn),
                Err(error) => tracing::warn!(%error, "a write could not begin; connecting again"),
            }
        }
        let mut conn = dialect::connect(&self.target).await?;
        let begin = dialect::begin(&conn);
        execute(&mut conn, begin).await?;
        Ok(conn)
    }
}

async fn execute(conn: &mut Conn, sql: &'static str) -> Result<()> {
    on!(conn, db => sqlx::raw_sql(sql).execute(&mut *db).await.map(drop)).map_err(StoreError::from)
}
