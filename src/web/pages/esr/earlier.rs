//! Earlier decisions, each compared with the one that came after it; the last ones beside the eSR, all on pages of their own.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::Timestamp;

use super::show::open;
use crate::cases::Cause;
use crate::store::{Store, StoreError, StoredDecision};
use crate::triage::decision::Decision;
use crate::triage::facts::Fact;
use crate::triage::rules::Rules;
use crate::web::Web;
use crate::web::pages::filled::InQuery;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

/// So many are shown beside the eSR.
pub(super) const BESIDE: u32 = 5;
/// So many are on a page of their own.
const PAGE: u32 = 25;

/// A decision that another one followed.
pub(super) struct Earlier {
    pub(super) seq: i64,
    pub(super) at: Timestamp,
    pub(super) decision: Decision,
    /// What the next one found otherwise: what, as it was, as it is then.
    pub(super) changed: Vec<(String, String, String)>,
    /// Why the next one was taken, and who caused that.
    pub(super) then: &'static str,
    pub(super) by: String,
}

/// The decisions that came before the last one, or before that of a number: at most so many, the newest first; and the
/// number that the next ones come before.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn before(
    store: &Store,
    rules: &Rules,
    esr_id: &str,
    seq: Option<i64>,
    most: u32,
) -> Result<(Vec<Earlier>, Option<i64>), StoreError> {
    // One more to compare with, and one to know whether there are more.
    let decisions = store.decisions_before(esr_id, seq.map(|seq| seq.saturating_add(1)), most + 2).await?;
    let mut all = compared(&decisions, rules);
    let more = all.len() > most as usize;
    all.truncate(most as usize);
    let next = all.last().map(|last| last.seq).filter(|_| more);
    Ok((all, next))
}

#[derive(Template)]
#[template(path = "esr/earlier.html")]
struct Page {
    frame: Frame,
    id: String,
    reference: String,
    earlier: Vec<Earlier>,
    next: Option<i64>,
    first: bool,
}

/// `GET /esrs/{id}/earlier`: `before` is the number of a decision.
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
    InQuery(asked): InQuery,
) -> Result<Response, Sorry> {
    let esr = open(&web, &visitor, &id).await?;
    let seq: Option<i64> = asked.given("before").and_then(|seq| seq.parse().ok());
    let rules = web.app.evaluator().rules;
    let (earlier, next) = before(&web.app.store, &rules, &id, seq, PAGE).await?;
    let frame = visitor.frame(&web, format!("{}: earlier decisions", esr.reference), Section::Queue);
    Ok(respond::page(&visitor, &Page { frame, id, reference: esr.reference, earlier, next, first: seq.is_none() }))
}

/// All but the first of these, each compared with the one before it; the newest first.
fn compared(decisions: &[StoredDecision], rules: &Rules) -> Vec<Earlier> {
    let pairs = decisions.windows(2).map(|pair| {
        let (after, before) = (&pair[0], &pair[1]);
        Earlier {
            seq: before.seq,
            at: before.at,
            changed: changed(&before.decision, &after.decision, rules),
            then: match after.cause {
                Cause::Filed => "the eSR was filed",
                Cause::Updated => "something new was said",
                Cause::Overridden => "an agent decided",
                Cause::Contested => "a side disputed it",
            },
            by: after.actor.name.clone(),
            decision: before.decision.clone(),
        }
    });
    pairs.collect()
}

fn changed(before: &Decision, after: &Decision, rules: &Rules) -> Vec<(String, String, String)> {
    let (old, new) = (before.facts.indices(), after.facts.indices());
    let facts = Fact::all().filter(|fact| old[fact.position()] != new[fact.position()]).map(|fact| {
        let label = |value: u8| rules.words().value(fact, value).label.clone();
        (rules.words().fact(fact).ask.clone(), label(old[fact.position()]), label(new[fact.position()]))
    });
    let report = |decision: &Decision| match (&decision.evidence.report, decision.evidence.edition) {
        (Some(id), Some(edition)) => format!("{id} edition {edition}"),
        _ => "none".to_owned(),
    };
    let mut all: Vec<_> = facts.collect();
    let mut other = |what: &str, before: String, after: String| {
        if before != after {
            all.push((what.to_owned(), before, after));
        }
    };
    other("Rule", before.rule.clone(), after.rule.clone());
    other("Report", report(before), report(after));
    other("Priority", before.priority.to_string(), after.priority.to_string());
    let short = |version: &str| version.trim_start_matches("sha256:").chars().take(8).collect::<String>();
    other("Rules' version", short(&before.rules_version), short(&after.rules_version));
    other("Registry's version", short(&before.registry_version), short(&after.registry_version));
    all
}
