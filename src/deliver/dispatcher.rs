//! The loop that sends: takes what was handed over, claims what is due, and lets each endpoint's lane decide what starts.
//!
//! One loop a node, no lock held while something is awaited, and no wait for the database. A lane that is full, slow or
//! broken keeps its own jobs waiting and nobody else's.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::lane::{Lanes, Limits};
use super::look::{Found, Looks};
use super::recorder::Recorder;
use super::worker;
use crate::app::App;
use crate::store::{Claimed, Handled, Health, Lease, Then};

/// So many jobs of one endpoint wait in memory; more wait in the database.
const LANE_WAITS: usize = 256;

/// Deliveries of one case to one receiver, to be sent one after another.
pub(super) type Job = VecDeque<Claimed>;

/// What a worker tells when it is done.
pub(super) struct Done {
    /// The endpoint whose lane has room again.
    pub(super) endpoint_id: String,
    /// What comes next for the same case and receiver.
    pub(super) rest: Job,
}

/// The loop's state.
pub(super) struct Dispatcher {
    app: Arc<App>,
    lanes: Lanes,
    recorder: Recorder,
    looks: Looks,
    /// Jobs held by this node that wait for their lane.
    waiting: HashMap<String, VecDeque<Job>>,
    held: usize,
    /// Some lane waits for the number of all that are under way.
    crowded: bool,
    workers: TaskTracker,
    done: mpsc::UnboundedSender<Done>,
}

/// Sends until `stop`, then lets what is under way end and gives the rest back.
pub(super) async fn run(app: Arc<App>, lanes: Lanes, stop: CancellationToken) {
    let Some(mut handed) = app.dispatch.open() else { return };
    if app.store.kind() == "sqlite"
        && let Err(error) = app.store.release_leases(app.clock.now()).await
    {
        tracing::warn!(%error, "what an earlier process held is sent when its leases end");
    }
    let (done, mut finished) = mpsc::unbounded_channel();
    let mut dispatcher = Dispatcher {
        lanes,
        recorder: Recorder::start(Arc::clone(&app)),
        looks: Looks::new(Arc::clone(&app)),
        waiting: HashMap::new(),
        held: 0,
        crowded: false,
        workers: TaskTracker::new(),
        done,
        app: Arc::clone(&app),
    };
    let mut poll = tokio::time::interval(Duration::from_millis(app.config.delivery.poll_milliseconds));
    poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        dispatcher.looks.begin();
        // What happens seldom comes first: however many deliveries come and go, what is due is looked for in time.
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            _ = poll.tick() => {
                dispatcher.looks.want();
                dispatcher.start_all();
            }
            () = app.dispatch.woken() => dispatcher.looks.want(),
            Some(found) = dispatcher.looks.found() => dispatcher.found(found),
            Some(done) = finished.recv() => {
                dispatcher.finished(done);
                while let Ok(done) = finished.try_recv() {
                    dispatcher.finished(done);
                }
            }
            Some(claimed) = handed.recv() => {
                dispatcher.take(claimed).await;
                while let Ok(claimed) = handed.try_recv() {
                    dispatcher.take(claimed).await;
                }
            }
        }
    }
    app.dispatch.close();
    handed.close();
    while let Some(claimed) = handed.recv().await {
        dispatcher.wait(Job::from(claimed), false);
    }
    dispatcher.stop(finished).await;
}

impl Dispatcher {
    /// Takes deliveries that this node holds: those of one case to one receiver make one job, in their order. What a lane
    /// cannot begin soon is given back, to be claimed when it can.
    async fn take(&mut self, claimed: Vec<Claimed>) {
        let mut jobs: Vec<Job> = Vec::new();
        for delivery in claimed {
            let same = |other: &Claimed| {
                (&other.esr_id, &other.endpoint_id, &other.address)
                    == (&delivery.esr_id, &delivery.endpoint_id, &delivery.address)
            };
            match jobs.iter_mut().find(|job| job.front().is_some_and(same)) {
                Some(job) => job.push_back(delivery),
                None => jobs.push(Job::from([delivery])),
            }
        }
        let (now, mut endpoints) = (self.app.clock.now(), HashSet::new());
        for job in jobs {
            let Some(endpoint) = job.front().map(|first| first.endpoint_id.clone()) else { continue };
            let lane = self.waiting.get(&endpoint).map_or(0, VecDeque::len);
            if lane < LANE_WAITS && self.held < self.app.config.delivery.handed {
                endpoints.insert(endpoint);
                self.wait(job, false);
                continue;
            }
            self.looks.gave_back(endpoint);
            for delivery in job {
                self.recorder.record(untried(&delivery, now)).await;
            }
        }
        for endpoint in endpoints {
            self.start(&endpoint);
        }
    }

    /// Lets a job wait for its lane.
    fn wait(&mut self, job: Job, first: bool) {
        let Some(endpoint_id) = job.front().map(|delivery| delivery.endpoint_id.clone()) else { return };
        self.held += job.len();
        let lane = self.waiting.entry(endpoint_id).or_default();
        if first { lane.push_front(job) } else { lane.push_back(job) }
    }

    fn finished(&mut self, done: Done) {
        let Done { endpoint_id, rest } = done;
        self.wait(rest, true);
        if std::mem::take(&mut self.crowded) {
            self.start_all();
        }
        self.start(&endpoint_id);
        self.looks.left(&endpoint_id, self.waiting.get(&endpoint_id).map_or(0, VecDeque::len));
    }

    fn start_all(&mut self) {
        let endpoints: Vec<String> = self.waiting.keys().cloned().collect();
        for endpoint in endpoints {
            self.start(&endpoint);
        }
    }

    /// Starts what the lane allows.
    fn start(&mut self, endpoint_id: &str) {
        let limits = self.limits(endpoint_id);
        loop {
            let Some(jobs) = self.waiting.get_mut(endpoint_id) else { return };
            let now = self.app.clock.now();
            // A lease that ends before the attempt would is not worth beginning: somebody else takes over then.
            while let Some(job) =
                jobs.pop_front_if(|job| job.front().is_none_or(|first| self.app.lease_ends(&first.lease, now)))
            {
                self.held -= job.len();
            }
            if jobs.is_empty() {
                self.waiting.remove(endpoint_id);
                return;
            }
            if self.workers.len() >= self.app.config.delivery.under_way {
                self.crowded = true;
                return;
            }
            let Some(permit) = self.lanes.begin(endpoint_id, &limits, now) else { return };
            let Some(job) = jobs.pop_front() else { return };
            self.held -= job.len();
            let (app, lanes) = (Arc::clone(&self.app), self.lanes.clone());
            let (recorder, done) = (self.recorder.clone(), self.done.clone());
            self.workers.spawn(async move {
                let endpoint_id = job.front().map(|first| first.endpoint_id.clone()).unwrap_or_default();
                let rest = worker::work(&app, &lanes, &recorder, permit, job).await;
                // The loop may have ended.
                let _ = done.send(Done { endpoint_id, rest });
            });
        }
    }

    fn limits(&self, endpoint_id: &str) -> Limits {
        let directory = self.app.directory();
        let Some(receiver) = directory.get(endpoint_id) else { return Limits::default() };
        let endpoint = &receiver.endpoint;
        let per_second = (endpoint.per_second > 0).then(|| f64::from(endpoint.per_second));
        Limits { concurrency: endpoint.concurrency, per_second }
    }

    /// Goes on with what a look found: claims for each endpoint as much as its lane has room for, and sends what was claimed.
    fn found(&mut self, found: Found) {
        match found {
            Found::Due(due) => {
                self.looks.due(&due);
                let mut room = self.app.config.delivery.handed.saturating_sub(self.held);
                let mut wanted = Vec::new();
                for endpoint in due {
                    let waits = self.waiting.get(&endpoint).map_or(0, VecDeque::len);
                    let takes = self.lanes.takes(&endpoint, &self.limits(&endpoint), self.app.clock.now());
                    let enough = self.looks.enough(&endpoint, takes);
                    let more = enough.saturating_sub(waits).min(room);
                    // Few at a time would be many commits.
                    if waits * 2 <= enough && more > 0 {
                        room -= more;
                        wanted.push((endpoint, u32::try_from(more).unwrap_or(u32::MAX)));
                    }
                }
                if !wanted.is_empty() {
                    self.looks.claim(wanted);
                }
            }
            // Of one case and receiver only one is ever claimed.
            Found::Claimed(asked, claimed) => {
                for delivery in claimed {
                    self.wait(Job::from([delivery]), false);
                }
                for (endpoint, _) in asked {
                    self.start(&endpoint);
                }
            }
            Found::Nothing => {}
        }
    }

    /// Lets what is under way end, and gives back what was not begun.
    async fn stop(mut self, mut finished: mpsc::UnboundedReceiver<Done>) {
        while let Some(found) = self.looks.found().await {
            if let Found::Claimed(_, claimed) = found {
                claimed.into_iter().for_each(|delivery| self.wait(Job::from([delivery]), false));
            }
        }
        self.workers.close();
        self.workers.wait().await;
        drop(self.done);
        while let Some(done) = finished.recv().await {
            self.waiting.entry(done.endpoint_id).or_default().push_front(done.rest);
        }
        let now = self.app.clock.now();
        for delivery in self.waiting.into_values().flatten().flatten() {
            self.recorder.record(untried(&delivery, now)).await;
        }
        self.recorder.finish().await;
    }
}

/// Gives a delivery back that was not tried.
pub(super) fn untried(delivery: &Claimed, now: Timestamp) -> Handled {
    let then = Then::Retry { at: now, reason: String::new() };
    let (id, lease) = (delivery.id.clone(), delivery.lease.token.clone());
    Handled { id, lease, attempt: None, then, at: now, health: Health::Same }
}

impl App {
    /// Until when a lease that begins now lasts.
    pub(super) fn lease_until(&self, now: Timestamp) -> Timestamp {
        let seconds = i64::try_from(self.config.delivery.lease_seconds).unwrap_or(i64::MAX);
        now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    }

    /// Whether a lease ends before an attempt that begins now would.
    fn lease_ends(&self, lease: &Lease, now: Timestamp) -> bool {
        let deadline =
            SignedDuration::try_from_secs_f64(self.config.delivery.deadline_seconds).unwrap_or(SignedDuration::ZERO);
        now.checked_add(deadline).is_ok_and(|end| end >= lease.until)
    }
}
