//! Recording what became of deliveries. They come in bursts and each statement is a turn to the database, so that many
//! are recorded with a few.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;
use sqlx::QueryBuilder;

use super::claims::{Handled, Health, NewAttempt, Then};
use super::dialect::{Conn, on};
use super::{Result, endpoints, micros};

/// So many at once: few sizes, so that the database keeps each of the statements prepared.
const PORTIONS: [usize; 4] = [64, 16, 4, 1];

/// What changed for an endpoint, in order.
type Changes = BTreeMap<String, Vec<(Health, Timestamp)>>;

/// Records all of them. True when others of a case wait behind one that ended.
pub(super) async fn settle(conn: &mut Conn, all: Vec<Handled>) -> Result<bool> {
    let (mut rest, mut behind, mut changes) = (&all[..], false, Changes::new());
    while !rest.is_empty() {
        // A delivery that ended twice, once for each of two leases, ends one after the other.
        let mut seen = HashSet::new();
        let different = rest.iter().take_while(|one| seen.insert(&one.id)).count();
        let (now, later) = rest.split_at(portion(different));
        behind |= settle_portion(conn, now, &mut changes).await?;
        rest = later;
    }
    for (endpoint, changes) in changes {
        for (health, at) in changes {
            endpoints::health(conn, &endpoint, (health == Health::Failing).then_some(at)).await?;
        }
    }
    Ok(behind)
}

/// How many of so many are next.
fn portion(many: usize) -> usize {
    PORTIONS.into_iter().find(|size| *size <= many).unwrap_or(1)
}

/// Cuts a list into portions.
fn portions<T>(all: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = all;
    std::iter::from_fn(move || {
        let (now, later) = rest.split_at_checked(portion(rest.len()))?;
        rest = later;
        Some(now)
    })
}

async fn settle_portion(conn: &mut Conn, all: &[Handled], changes: &mut Changes) -> Result<bool> {
    let rows: Vec<(String, String, String, i64)> = on!(conn, db => {
        let mut query = QueryBuilder::new("WITH v (id, state, reason, due_at, settled_at, tried, token) AS (");
        query.push_values(all, |mut row, one| {
            let (state, reason, due, ended) = match &one.then {
                Then::Delivered => ("delivered", None, one.at, true),
                Then::Retry { at, reason } => ("pending", Some(reason.as_str()), *at, false),
                Then::Dead { reason } => ("dead", Some(reason.as_str()), one.at, true),
            };
            row.push_bind(&one.id).push_bind(state).push_bind(reason).push_bind(micros(due))
                .push_bind(ended.then_some(micros(one.at))).push_bind(i64::from(one.attempt.is_some())).push_bind(&one.lease);
        });
        // Delivered is delivered, whoever holds it now: sending it once more would be a repeat that can be avoided.
        query.push(
            ") UPDATE deliveries SET state = v.state, reason = v.reason, due_at = v.due_at, settled_at = v.settled_at, lease = NULL,
                attempts = deliveries.attempts + v.tried, tries = deliveries.tries + v.tried
            FROM v WHERE deliveries.id = v.id AND deliveries.state = 'pending' AND (deliveries.lease = v.token OR v.state = 'delivered')
            RETURNING deliveries.id, deliveries.esr_id, deliveries.endpoint_id, deliveries.attempts",
        );
        query.build_query_as().fetch_all(&mut *db).await
    })?;
    let found: HashMap<&str, _> =
        rows.iter().map(|(id, esr, endpoint, number)| (id.as_str(), (esr, endpoint, *number))).collect();
    let (mut tries, mut ended) = (Vec::new(), Vec::new());
    for one in all {
        let Some((esr, endpoint, number)) = found.get(one.id.as_str()) else { continue };
        tries.extend(one.attempt.as_ref().map(|attempt| (one.id.as_str(), *number, attempt)));
        if one.health != Health::Same {
            let changes = changes.entry((*endpoint).clone()).or_default();
            if changes.last().is_none_or(|(last, _)| *last != one.health) {
                changes.push((one.health, one.at));
            }
        }
        if !matches!(one.then, Then::Retry { .. }) {
            ended.push((esr.as_str(), endpoint.as_str()));
        }
    }
    for tries in portions(&tries) {
        log(conn, tries).await?;
    }
    let mut behind = false;
    for ended in portions(&ended) {
        behind = behind || any_behind(conn, ended).await?;
    }
    Ok(behind)
}

async fn log(conn: &mut Conn, tries: &[(&str, i64, &NewAttempt)]) -> Result<()> {
    on!(conn, db => {
        let mut query = QueryBuilder::new("INSERT INTO attempts (delivery_id, number, at, took_us, outcome, status, answer) ");
        query.push_values(tries, |mut row, (id, number, attempt)| {
            row.push_bind(*id).push_bind(*number).push_bind(micros(attempt.at)).push_bind(attempt.took_us)
                .push_bind(&attempt.outcome).push_bind(attempt.status.map(i64::from))
                // Another company's answer may hold anything.
                .push_bind(attempt.answer.replace('\0', "\u{fffd}"));
        });
        query.push(" ON CONFLICT (delivery_id, number) DO NOTHING");
        query.build().execute(&mut *db).await.map(drop)
    })?;
    Ok(())
}

/// Whether anything of these cases waits for these endpoints and may be claimed now.
async fn any_behind(conn: &mut Conn, ended: &[(&str, &str)]) -> Result<bool> {
    let most: Option<i64> = on!(conn, db => {
        let mut query = QueryBuilder::new("WITH v (esr_id, endpoint_id) AS (");
        query.push_values(ended, |mut row, (esr, endpoint)| {
            row.push_bind(*esr).push_bind(*endpoint);
        });
        query.push(
            ") SELECT MAX((SELECT COUNT(*) FROM deliveries d WHERE d.esr_id = v.esr_id AND d.endpoint_id = v.endpoint_id
                AND d.state = 'pending' AND d.lease IS NULL)) FROM v",
        );
        query.build_query_scalar().fetch_one(&mut *db).await
    })?;
    Ok(most.unwrap_or(0) > 0)
}
