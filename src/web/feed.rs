//! Events of all cases, passed on to those who follow them as soon as they are stored.
//!
//! One task of each node reads what is new: at once when this node stored it, by looking now and then for what other nodes
//! stored. It passes each event on to every stream, in the order of their numbers, when no smaller number can appear any
//! more ([`order`]). So a reader that saw an event saw all before it, and goes on from there with that event's id.

mod order;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::{Notify, Semaphore, broadcast, watch};
use tokio_util::sync::CancellationToken;

use self::order::Order;
use crate::cases::{EventKind, Status};
use crate::store::{FeedEvent, Store, StoreError};

/// How many events a stream may fall behind those that are stored before it is cut off; it goes on where it was.
const BEHIND: usize = 512;
/// How many events are read at once.
pub(super) const PAGE: usize = 100;
/// How long new events may gather before they are read.
const GATHERED: Duration = Duration::from_millis(20);

/// An event as it goes to a stream.
#[derive(Debug, Clone)]
pub(super) struct Passed {
    /// Its number.
    pub(super) number: i64,
    /// As server-sent text.
    pub(super) text: Bytes,
    /// What pages are told of it.
    pub(super) about: Arc<About>,
}

/// What happened to which case, as far as pages are told: they ask for the rest.
#[derive(Debug, Serialize)]
pub(super) struct About {
    /// Id of the case.
    pub(super) id: String,
    /// The filer's own number of it.
    pub(super) reference: String,
    /// What.
    pub(super) kind: EventKind,
    /// Whom the case waits for by now.
    pub(super) status: Status,
    /// Where it goes by now.
    pub(super) route: String,
    /// Who filed it; not told.
    #[serde(skip)]
    pub(super) filer: String,
}

/// What streams follow.
pub(super) struct Feed {
    /// Room for streams.
    pub(super) room: Arc<Semaphore>,
    /// Cancelled when the server stops: streams end.
    pub(super) stop: CancellationToken,
    passed: broadcast::Sender<Passed>,
    /// The last number that was passed on. Held while an event is, and while a stream begins: it gets each event once.
    last: Mutex<i64>,
    /// How many looks were begun, and which of them is complete.
    begun: AtomicU64,
    complete: watch::Sender<u64>,
    /// Somebody wants a look now.
    wanted: Notify,
}

impl Feed {
    pub(super) fn new(streams: usize) -> Self {
        Self {
            room: Arc::new(Semaphore::new(streams)),
            stop: CancellationToken::new(),
            passed: broadcast::Sender::new(BEHIND),
            last: Mutex::new(0),
            begun: AtomicU64::new(0),
            complete: watch::Sender::new(0),
            wanted: Notify::new(),
        }
    }

    /// What is passed on from now on, and the last number that was passed on before: at least the last one that is
    /// stored now.
    pub(super) async fn follow(&self) -> (broadcast::Receiver<Passed>, i64) {
        // A look that is under way may have begun before something was stored.
        let before = self.begun.load(Ordering::SeqCst);
        self.wanted.notify_one();
        // The sender lives as long as this does.
        let _ = self.complete.subscribe().wait_for(|complete| *complete > before).await;
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        (self.passed.subscribe(), *last)
    }

    /// Passes on what is stored until `stop`, looking every so often for what other nodes stored; then every stream ends.
    pub(super) async fn run(&self, store: &Store, every: Duration, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.read(store, every) => {}
        }
        self.stop.cancel();
    }

    async fn read(&self, store: &Store, every: Duration) {
        let mut happened = store.happened();
        let began = Instant::now();
        let mut order = self.begin(store, every, began).await;
        let mut look = tokio::time::interval(every);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut well = true;
        loop {
            tokio::select! {
                _ = look.tick() => {}
                () = self.wanted.notified() => {}
                // The store outlives this.
                _ = happened.changed() => match self.passed.receiver_count() {
                    0 => continue,
                    _ => tokio::time::sleep(GATHERED).await,
                },
            }
            happened.mark_unchanged();
            let number = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
            let looked = self.pass_on(store, &mut order, began).await;
            if looked.is_ok() {
                self.complete.send_replace(number);
            }
            match looked {
                Ok(()) => well = true,
                Err(error) if well => {
                    tracing::warn!(%error, "events could not be read; those who follow them wait");
                    well = false;
                }
                Err(_) => {}
            }
        }
    }

    /// Where to begin: at the last event that is there.
    async fn begin(&self, store: &Store, every: Duration, began: Instant) -> Order {
        let mut order = loop {
            match store.feed_head().await {
                Ok((head, running)) => break Order::from(head, running, began.elapsed()),
                Err(_) => tokio::time::sleep(every).await,
            }
        };
        loop {
            if let Ok(oldest) = store.feed_oldest().await
                && let Ok((_, running)) = store.feed_head().await
                && order.begin(running.or(oldest), began.elapsed())
            {
                *self.last.lock().unwrap_or_else(PoisonError::into_inner) = order.last();
                return order;
            }
            tokio::time::sleep(GATHERED).await;
        }
    }

    /// Passes on everything that can be.
    async fn pass_on(&self, store: &Store, order: &mut Order, began: Instant) -> Result<(), StoreError> {
        loop {
            // Asked before the events are read, and only when it matters.
            let oldest = if order.waits() { store.feed_oldest().await? } else { 0 };
            let page = store.feed_after(order.last(), PAGE).await?;
            let Some(running) = page.running.map(|running| running.or(oldest)) else { return Ok(()) };
            let numbers = page.events.iter().map(|event| event.number);
            let ready = order.ready(numbers, running, began.elapsed());
            for event in &page.events[..ready] {
                let passed = Passed { number: event.number, text: text(event)?, about: Arc::new(About::of(event)) };
                let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
                // Nobody may be following.
                let _ = self.passed.send(passed);
                *last = event.number;
            }
            if ready < page.events.len() {
                // A number is missing: it comes in a moment, or never.
                tokio::time::sleep(GATHERED).await;
            } else if page.events.len() < PAGE {
                return Ok(());
            }
        }
    }
}

impl About {
    fn of(event: &FeedEvent) -> Self {
        Self {
            id: event.esr_id.clone(),
            reference: event.reference.clone(),
            kind: event.kind,
            status: event.status,
            route: event.route.clone(),
            filer: event.filer.clone(),
        }
    }
}

/// An event of a case, as it is sent to those who follow all cases.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct EventSent<'a> {
    /// Its id, which is also the server-sent event's: send it as `Last-Event-ID` to go on after it.
    id: &'a str,
    /// Id of the case.
    esr_id: &'a str,
    /// The filer's own number of it.
    reference: &'a str,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: jiff::Timestamp,
    /// What.
    kind: EventKind,
    /// Who.
    #[schema(value_type = crate::cases::Actor)]
    by: &'a RawValue,
    /// The rest, by kind; null when it is larger than 64 KiB, the case's timeline has it.
    #[schema(value_type = Option<Object>)]
    data: Option<&'a RawValue>,
}

/// The event as server-sent text. JSON text has no line breaks in it.
///
/// # Errors
/// When what is stored is no JSON.
pub(super) fn text(event: &FeedEvent) -> Result<Bytes, StoreError> {
    let corrupt = |error: serde_json::Error| StoreError::Corrupt(format!("an event: {error}"));
    let sent = EventSent {
        id: &event.id,
        esr_id: &event.esr_id,
        reference: &event.reference,
        at: event.at,
        kind: event.kind,
        by: serde_json::from_str(&event.by).map_err(corrupt)?,
        data: event.data.as_deref().map(serde_json::from_str).transpose().map_err(corrupt)?,
    };
    let json = serde_json::to_string(&sent).map_err(corrupt)?;
    Ok(Bytes::from(format!("id: {}\ndata: {json}\n\n", event.id)))
}
