//! From those who store messages to those who send them, without a turn through the database.
//!
//! What a node stores it holds by lease from the beginning, and sends at once. Should it go away before that, the lease
//! ends and any node takes over: the database is the truth, this is the short way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, mpsc};

use crate::app::App;
use crate::notify::{NewDelivery, OutboxRow};
use crate::store::{Claimed, Lease};

/// The bounded way from those who store to those who send.
#[derive(Debug)]
pub struct Dispatch {
    sender: mpsc::Sender<Vec<Claimed>>,
    receiver: Mutex<Option<mpsc::Receiver<Vec<Claimed>>>>,
    /// Somebody is there to send.
    sending: AtomicBool,
    wake: Notify,
}

impl Dispatch {
    /// A way that holds so many eSRs' deliveries.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let (sender, receiver) = mpsc::channel(capacity.max(1));
        let receiver = Mutex::new(Some(receiver));
        Self { sender, receiver, sending: AtomicBool::new(false), wake: Notify::new() }
    }

    /// Takes the other end; once.
    pub fn open(&self) -> Option<mpsc::Receiver<Vec<Claimed>>> {
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.sending.store(receiver.is_some(), Ordering::Release);
        receiver
    }

    /// From now on nothing is taken on the short way.
    pub fn close(&self) {
        self.sending.store(false, Ordering::Release);
    }

    /// Says that something may be due.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits until somebody says that something may be due.
    pub async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Whether there is somebody to send, and room.
    fn takes(&self) -> bool {
        self.sending.load(Ordering::Acquire) && self.sender.capacity() > 0
    }
}

/// The deliveries of one change, on the short way once they are stored.
pub(crate) struct Sending(Option<(Lease, Vec<Claimed>)>);

impl Sending {
    /// What this node will send itself as soon as it is stored; nothing where it cannot.
    pub(crate) fn of(
        app: &App,
        esr_id: &str,
        at: Timestamp,
        messages: &[OutboxRow],
        deliveries: &[NewDelivery],
    ) -> Self {
        let seconds = i64::try_from(app.config.delivery.lease_seconds).unwrap_or(i64::MAX);
        let Ok(until) = at.checked_add(SignedDuration::from_secs(seconds)) else { return Self(None) };
        if deliveries.is_empty() || !app.dispatch.takes() {
            return Self(None);
        }
        let lease = Lease { token: app.clock.id("lease"), until };
        let texts: Vec<Arc<str>> = messages.iter().map(|message| message.payload.to_string().into()).collect();
        let claimed = |new: &NewDelivery| {
            let at_message = messages.iter().position(|message| message.id == new.message_id)?;
            let endpoint_id = new.endpoint_id.clone().filter(|_| !new.disabled)?;
            Some(Claimed {
                id: new.id.clone(),
                message_id: new.message_id.clone(),
                esr_id: esr_id.to_owned(),
                seq: new.seq,
                side: new.side,
                party: new.party.clone(),
                notice: new.notice,
                endpoint_id,
                address: new.address.clone(),
                language: new.language,
                answer_by: new.answer_by,
                attempts: 0,
                tries: 0,
                tried_from: at,
                lease: lease.clone(),
                event_type: messages[at_message].event_type,
                payload: Arc::clone(&texts[at_message]),
            })
        };
        let claimed: Vec<_> = deliveries.iter().filter_map(claimed).collect();
        Self((!claimed.is_empty()).then_some((lease, claimed)))
    }

    /// The lease that the deliveries are stored with.
    pub(crate) fn lease(&self) -> Option<Lease> {
        self.0.as_ref().map(|(lease, _)| lease.clone())
    }

    /// Sends them, now that they are stored: `held` says whether by the lease. Where the way is full meanwhile they are
    /// found again when the lease ends.
    pub(crate) fn begin(self, app: &App, held: bool) {
        match self.0 {
            Some((_, claimed)) if held => drop(app.dispatch.sender.try_send(claimed)),
            _ => app.dispatch.wake(),
        }
    }
}
