//! Writing eSRs: the whole of a filing or a revision, inside one transaction.

use super::dialect::{Conn, on};
use super::esrs::own_company_text;
use super::{
    Filed, Lease, NewDecision, NewEsr, NewEvent, Result, Revised, Revision, counterparts, decisions, deliveries_write,
    events, inbound, json, micros, outbox, webhook_ids, words,
};
use crate::cases::{Role, reaches_participant};
use crate::intake::esr::Esr;
use crate::notify::{NewDelivery, OutboxRow};
use crate::triage::decision::Decision;
use crate::triage::facts::Coverage;

/// Whether there is an eSR of that id.
pub(super) async fn exists(conn: &mut Conn, id: &str) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM esrs WHERE id = $1";
    let count: i64 = on!(conn, db => sqlx::query_scalar(sql).bind(id).fetch_one(&mut *db).await)?;
    Ok(count > 0)
}

/// Stores an eSR. Of two simultaneous ones with the same reference the unique constraint lets one through; the other waits for it
/// and then finds it.
pub(super) async fn file(conn: &mut Conn, new: NewEsr) -> Result<Filed> {
    let fresh = match &new.webhook {
        Some(webhook) => webhook_ids::remember(conn, webhook, new.received_at).await?,
        None => true,
    };
    if fresh && insert(conn, &new).await? {
        let messages = Messages { rows: &new.outbox, deliveries: &new.deliveries, lease: new.lease.as_ref() };
        attach(conn, &new.id, 1, &new.decision, &new.events, messages).await?;
        return Ok(Filed::Stored);
    }
    let sql = "SELECT id, content_hash, first_answer FROM esrs WHERE filer = $1 AND reference = $2";
    let there: Option<(String, String, String)> = on!(conn, db =>
        sqlx::query_as(sql).bind(&new.filer).bind(&new.esr.reference).fetch_optional(&mut *db).await)?;
    Ok(match there {
        Some((id, hash, first_answer)) if fresh && hash == new.content_hash => Filed::Again { id, first_answer },
        Some((id, ..)) if fresh => Filed::Conflict { id },
        _ => Filed::MessageSeenBefore,
    })
}

/// `false` when the filer has an eSR of that reference.
async fn insert(conn: &mut Conn, new: &NewEsr) -> Result<bool> {
    let sql = "INSERT INTO esrs (id, filer, filed_as, own_company, reference, content_hash, body, first_answer, status, route, stage,
            rule, priority, phase, severity, summary, participant, words, received_at, updated_at, revision, platform, solution, report, coverage,
            missed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19, 1, $20, $21, $22, $23, $24)
        ON CONFLICT (filer, reference) DO NOTHING";
    let (esr, decision) = (&new.esr, &new.decision.decision);
    let (body, words, own) = (json(&new.body)?, words::of_esr(esr), own_company_text(&new.filed_by.own_company));
    let products = Products::of(esr, decision);
    let stored = on!(conn, db => sqlx::query(sql).bind(&new.id).bind(&new.filer).bind(new.filed_by.filer.as_str()).bind(&own)
        .bind(&esr.reference).bind(&new.content_hash).bind(&body).bind(&new.first_answer).bind(new.status.as_str())
        .bind(&decision.route).bind(&decision.stage).bind(&decision.rule).bind(i64::from(decision.priority))
        .bind(esr.phase.as_str()).bind(i64::from(esr.severity)).bind(&esr.summary).bind(&decision.evidence.participant)
        .bind(&words).bind(micros(new.received_at)).bind(products.platform).bind(products.solution).bind(&products.report)
        .bind(products.coverage).bind(&products.missed).execute(&mut *db).await.map(|done| done.rows_affected()))?;
    Ok(stored == 1)
}

/// What figures are drawn from: the entries that the eSR's products were resolved to.
struct Products<'a> {
    platform: Option<&'a str>,
    solution: Option<&'a str>,
    /// Id and edition.
    report: Option<String>,
    coverage: &'static str,
    /// A company's name that names no participant, as written.
    missed: Option<String>,
}

/// So much of a name or id is kept to count by.
const LONGEST_NAME: usize = 200;

impl<'a> Products<'a> {
    fn of(esr: &Esr, decision: &'a Decision) -> Self {
        let Decision { facts, evidence, .. } = decision;
        let nobody = evidence.participant.is_none()
            && matches!(facts.coverage, Coverage::Unresolved | Coverage::NotAParticipant);
        let company = esr.third_party.as_ref().and_then(|third| third.company.as_deref()).filter(|_| nobody);
        let missed = company.map(|name| name.chars().filter(|c| *c != '\0').take(LONGEST_NAME).collect::<String>());
        // Indexes take rows of some 2,700 bytes: an id this long is counted with none rather than refused.
        let short = |id: &&str| id.len() <= LONGEST_NAME;
        let report = evidence.report.as_ref().zip(evidence.edition).map(|(id, edition)| format!("{id}/{edition}"));
        Self {
            platform: evidence.platform.as_deref().filter(short),
            solution: evidence.solution.as_deref().filter(short),
            report: report.filter(|key| short(&key.as_str())),
            coverage: facts.coverage.as_str(),
            missed: missed.filter(|name| !name.trim().is_empty()),
        }
    }
}

/// What has to be sent, to whom, and who holds it from its birth on.
struct Messages<'a> {
    rows: &'a [OutboxRow],
    deliveries: &'a [NewDelivery],
    lease: Option<&'a Lease>,
}

/// What commits with an eSR: its decision, its timeline, its messages, and who sees it from now on.
async fn attach(
    conn: &mut Conn,
    id: &str,
    revision: i64,
    decision: &NewDecision,
    timeline: &[NewEvent],
    messages: Messages<'_>,
) -> Result<()> {
    decisions::add(conn, id, revision, decision).await?;
    for event in timeline {
        events::insert(conn, id, event).await?;
    }
    for message in messages.rows {
        outbox::add(conn, id, message, decision.at).await?;
    }
    for delivery in messages.deliveries {
        deliveries_write::add(conn, id, delivery, decision.at, messages.lease).await?;
    }
    let decision = &decision.decision;
    if let Some(participant) = decision.evidence.participant.as_ref().filter(|_| reaches_participant(&decision.route)) {
        let sql = "INSERT INTO reached (participant, esr_id, received_at) SELECT $1, e.id, e.received_at FROM esrs e WHERE e.id = $2
            ON CONFLICT (participant, esr_id) DO NOTHING";
        on!(conn, db => sqlx::query(sql).bind(participant).bind(id).execute(&mut *db).await.map(drop))?;
    }
    Ok(())
}

/// Stores a new decision, if the eSR is still at the revision that the caller decided on.
pub(super) async fn revise(conn: &mut Conn, new: Revision) -> Result<Revised> {
    let sql = "UPDATE esrs SET body = $3, status = $4, route = $5, stage = $6, rule = $7, priority = $8, phase = $9, severity = $10,
            summary = $11, participant = $12, words = $13, updated_at = $14, revision = revision + 1, platform = $15, solution = $16,
            report = $17, coverage = $18, missed = COALESCE(missed, $19)
        WHERE id = $1 AND revision = $2";
    let (esr, decision) = (&new.esr, &new.decision.decision);
    let (body, words) = (json(&new.body)?, words::of_esr(esr));
    let products = Products::of(esr, decision);
    // Remembered only with what it brought: a caller that gets `Moved` sends the same message again.
    if let Some(webhook) = &new.webhook
        && webhook_ids::seen(conn, webhook).await?
    {
        return Ok(Revised::MessageSeenBefore);
    }
    let stored = on!(conn, db => sqlx::query(sql).bind(&new.esr_id).bind(new.expected_revision).bind(&body).bind(new.status.as_str())
        .bind(&decision.route).bind(&decision.stage).bind(&decision.rule).bind(i64::from(decision.priority))
        .bind(esr.phase.as_str()).bind(i64::from(esr.severity)).bind(&esr.summary).bind(&decision.evidence.participant)
        .bind(&words).bind(micros(new.decision.at)).bind(products.platform).bind(products.solution).bind(&products.report)
        .bind(products.coverage).bind(&products.missed).execute(&mut *db).await.map(|done| done.rows_affected()))?;
    if stored == 1 {
        let revision = new.expected_revision + 1;
        match new.webhook.as_ref().map(|webhook| (webhook, webhook.inbound())) {
            Some((_, Some(id))) => {
                let actor = &new.decision.actor;
                let agent = (actor.role == Some(Role::Agent)).then_some(actor.name.as_str());
                inbound::applied(conn, id, &new.esr_id, agent, new.decision.at).await?;
            }
            Some((webhook, None)) => drop(webhook_ids::remember(conn, webhook, new.decision.at).await?),
            None => {}
        }
        if let Some(counterpart) = &new.counterpart {
            counterparts::put(conn, counterpart).await?;
        }
        let held = !new.deliveries.is_empty() && !deliveries_write::any_waits(conn, &new.esr_id).await?;
        let lease = new.lease.as_ref().filter(|_| held);
        let messages = Messages { rows: &new.outbox, deliveries: &new.deliveries, lease };
        attach(conn, &new.esr_id, revision, &new.decision, &new.events, messages).await?;
        return Ok(Revised::Done { revision, held: lease.is_some() });
    }
    Ok(if exists(conn, &new.esr_id).await? { Revised::Moved } else { Revised::NotFound })
}
