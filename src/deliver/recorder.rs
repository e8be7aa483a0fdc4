//! Records what became of deliveries: while one commit is under way the next ones gather, and go into the next commit
//! together.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::store::Handled;

/// So many may wait to be recorded; then workers wait.
const QUEUE: usize = 4096;
/// So many go into one commit.
const AT_ONCE: usize = 256;
/// How often a commit is tried while the database is away, with a second between; then the leases end anyhow, and what
/// was sent is sent again.
const TRIES: u32 = 60;

/// Takes what is to be recorded.
#[derive(Clone)]
pub(super) struct Recorder {
    sender: mpsc::Sender<Handled>,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Recorder {
    pub(super) fn start(app: Arc<App>) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let task = Arc::new(Mutex::new(Some(tokio::spawn(record(app, receiver)))));
        Self { sender, task }
    }

    /// Records it soon.
    pub(super) async fn record(&self, handled: Handled) {
        // The task ends only after the last sender.
        let _ = self.sender.send(handled).await;
    }

    /// Waits until everything is recorded.
    pub(super) async fn finish(self) {
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(self.sender);
        if let Some(Err(error)) = async { Some(task?.await) }.await {
            tracing::error!(%error, "what was sent last is not recorded; it will be sent again");
        }
    }
}

async fn record(app: Arc<App>, mut receiver: mpsc::Receiver<Handled>) {
    let mut batch = Vec::with_capacity(AT_ONCE);
    while receiver.recv_many(&mut batch, AT_ONCE).await > 0 {
        let mut tries = 0;
        loop {
            match app.store.settle(batch.clone()).await {
                Ok(behind) => {
                    if behind {
                        app.dispatch.wake();
                    }
                    break;
                }
                Err(error) if tries < TRIES => {
                    tries += 1;
                    tracing::warn!(%error, count = batch.len(), "what was sent is not recorded yet");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
                Err(error) => {
                    tracing::error!(%error, count = batch.len(), "what was sent is not recorded; it will be sent again");
                    break;
                }
            }
        }
        batch.clear();
    }
}
