//! Earlier decisions, each compared with the one that came after it.

use jiff::Timestamp;

use crate::cases::Cause;
use crate::store::StoredDecision;
use crate::triage::decision::Decision;
use crate::triage::facts::Fact;
use crate::triage::rules::Rules;

/// The most that are compared, the newest ones.
const MOST: usize = 50;

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

/// All but the last, the newest first.
pub(super) fn compared(decisions: Vec<StoredDecision>, rules: &Rules) -> Vec<Earlier> {
    let pairs = decisions.windows(2).rev().take(MOST).map(|pair| {
        let (before, after) = (&pair[0], &pair[1]);
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
