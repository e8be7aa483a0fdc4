//! One delivery: prepare, call, handle.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::attempt::{self, Tried};
use super::dispatcher::{Job, untried};
use super::lane::{Lanes, Permit};
use super::recorder::Recorder;
use crate::app::App;
use crate::notify::endpoint::{Endpoint, EndpointState, MAIL_SYSTEM};
use crate::notify::retry::{self, Outcome, Policy, Reason, Verdict};
use crate::notify::{NewDelivery, Notice};
use crate::store::{Claimed, EndpointSwitch, Handled, Health, Lease, NewAttempt, Then};

/// Sends the first of the job and records what came of it. Returns what may come next; nothing when the first has to be
/// tried again, because the order of a case is kept.
pub(super) async fn work(app: &App, lanes: &Lanes, recorder: &Recorder, permit: Permit, mut job: Job) -> Job {
    let Some(delivery) = job.pop_front() else { return job };
    let began = app.clock.now();
    // Several calls may make one attempt, each with a deadline of its own; when the lease ends somebody else begins.
    let left = lease_left(&delivery.lease, began);
    let tried = tokio::time::timeout(left, attempt::make(app, &delivery)).await.unwrap_or_else(|_| Tried::too_long());
    let now = app.clock.now();
    lanes.finish(permit, &tried.outcome, now);
    let handled = handle(app, &delivery, &tried, began, now).await;
    let goes_on = !matches!(handled.then, Then::Retry { .. });
    metrics::counter!("pointsman_deliveries_total", "outcome" => handled.attempt.as_ref().map(|attempt| attempt.outcome.clone()).unwrap_or_default()).increment(1);
    recorder.record(handled).await;
    if goes_on {
        return job;
    }
    for delivery in job {
        recorder.record(untried(&delivery, now)).await;
    }
    Job::new()
}

/// Before the lease's end an attempt is given up, with time left to record it.
const MARGIN: SignedDuration = SignedDuration::from_millis(250);

/// How long an attempt that begins now may take.
fn lease_left(lease: &Lease, now: Timestamp) -> Duration {
    let left = lease.until.duration_since(now).saturating_sub(MARGIN);
    Duration::try_from(left).unwrap_or_default()
}

/// What follows from an attempt.
async fn handle(app: &App, delivery: &Claimed, tried: &Tried, began: Timestamp, now: Timestamp) -> Handled {
    let verdict =
        retry::verdict(&policy(app), delivery.tries + 1, delivery.tried_from, now, &tried.outcome, app.clock.jitter());
    let directory = app.directory();
    let endpoint = directory.get(&delivery.endpoint_id).map(|receiver| receiver.endpoint.as_ref());
    let word = |reason: Reason| reason.as_str().to_owned();
    let then = match verdict {
        Verdict::Delivered => Then::Delivered,
        Verdict::Retry { at } => {
            let reason = tried.outcome.reason().map(word).unwrap_or_default();
            Then::Retry { at, reason }
        }
        Verdict::Dead { reason } => Then::Dead { reason: word(reason) },
        Verdict::Gone => {
            disable(app, delivery, &because(attempt::GONE.to_owned(), tried), now).await;
            Then::Dead { reason: word(Reason::Gone) }
        }
    };
    let failed = tried.outcome.reason().is_some_and(|reason| reason != Reason::EndpointDisabled);
    if let (true, Some(endpoint)) = (failed, endpoint)
        && failed_for_days(app, endpoint, now)
    {
        let days = app.config.delivery.disable_after_days;
        disable(app, delivery, &because(format!("Nothing arrived there for {days} days"), tried), now).await;
    }
    let failing = endpoint.is_some_and(|endpoint| endpoint.failing_since.is_some());
    let health = match (&tried.outcome, failing) {
        (Outcome::Taken, true) => Health::Working,
        (Outcome::Later { .. } | Outcome::Gone, false) => Health::Failing,
        _ => Health::Same,
    };
    let outcome = tried.outcome.reason().map_or("delivered", Reason::as_str).to_owned();
    let took_us = now.duration_since(began).as_micros().try_into().unwrap_or(i64::MAX);
    let attempt = NewAttempt { at: began, took_us, outcome, status: tried.status, answer: tried.answer.clone() };
    let (id, lease) = (delivery.id.clone(), delivery.lease.token.clone());
    Handled { id, lease, attempt: Some(attempt), then, at: now, health }
}

/// Why an endpoint is disabled, with what it answered last.
fn because(why: String, tried: &Tried) -> String {
    let said: String = tried.answer.chars().take(200).collect();
    if said.trim().is_empty() { format!("{why}.") } else { format!("{why}. It said: {}", said.trim()) }
}

fn policy(app: &App) -> Policy {
    let delivery = &app.config.delivery;
    let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
    Policy {
        first: seconds(delivery.first_wait_seconds),
        factor: delivery.factor,
        cap: seconds(delivery.cap_seconds),
        horizon: Duration::from_secs(delivery.horizon_hours.saturating_mul(3600)),
    }
}

fn failed_for_days(app: &App, endpoint: &Endpoint, now: Timestamp) -> bool {
    let days = SignedDuration::from_hours(i64::from(app.config.delivery.disable_after_days) * 24);
    endpoint.state == EndpointState::Enabled
        && endpoint.failing_since.is_some_and(|since| now.duration_since(since) >= days)
}

/// Disables the delivery's endpoint and tells its contact, in one commit.
async fn disable(app: &App, delivery: &Claimed, why: &str, now: Timestamp) {
    let directory = app.directory();
    let Some(receiver) = directory.get(&delivery.endpoint_id).filter(|receiver| receiver.endpoint.id != MAIL_SYSTEM)
    else {
        return;
    };
    let endpoint = &receiver.endpoint;
    let contact = endpoint.contact.clone().filter(|_| app.post.is_some());
    let tell = contact.map(|address| NewDelivery {
        id: app.clock.id("dlv"),
        message_id: delivery.message_id.clone(),
        seq: delivery.seq,
        side: endpoint.side,
        party: endpoint.name.clone(),
        notice: Notice::EndpointDisabled,
        endpoint_id: Some(MAIL_SYSTEM.to_owned()),
        address,
        language: endpoint.language,
        answer_by: None,
        disabled: false,
    });
    let tell = tell.map(|tell| (delivery.esr_id.clone(), tell));
    let (id, reason) = (endpoint.id.clone(), Some(why.to_owned()));
    match app.store.switch_endpoint(EndpointSwitch { id, state: EndpointState::Disabled, reason, at: now, tell }).await
    {
        Ok(true) => tracing::warn!(endpoint = endpoint.name, why, "an endpoint was disabled"),
        Ok(false) => {}
        // The next failure disables it.
        Err(error) => tracing::error!(%error, endpoint = endpoint.name, "an endpoint could not be disabled"),
    }
    if let Err(error) = app.refresh_directory().await {
        tracing::warn!(%error, "the endpoints could not be looked at again");
    }
    app.dispatch.wake();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_ends_before_its_lease_does() {
        let now: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
        let left = |seconds| {
            let until = now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
            lease_left(&Lease { token: String::new(), until }, now)
        };
        assert_eq!(left(60), Duration::from_millis(59_750));
        assert_eq!(left(0), Duration::ZERO);
        assert_eq!(left(-5), Duration::ZERO, "a lease that is over leaves nothing");
    }
}
