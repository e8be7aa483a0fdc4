//! A decision as a person reads it in a terminal.

use std::collections::HashSet;
use std::io::{self, Write};

use crate::cli::style::{FAINT, GOOD, Page, STRONG, WARNING, paint, spoken};
use crate::triage::decision::{Candidate, CandidateKind, Contact, Decision, Evidence, Provenance, WouldChange};
use crate::triage::facts::Fact;
use crate::triage::rules::Rules;

/// Where the rows' values start.
const COLUMN: usize = 16;
/// How far everything below the headline is set in.
const INDENT: usize = 2;

/// Writes a decision; `why` adds all facts and where each came from.
pub(super) fn decision<W: Write>(page: &mut Page<W>, decision: &Decision, rules: &Rules, why: bool) -> io::Result<()> {
    headline(page, decision)?;
    page.gap()?;
    page.paragraph(INDENT, &decision.because)?;
    page.gap()?;
    basis(page, decision)?;
    if !decision.next_steps.is_empty() {
        page.gap()?;
        page.heading(INDENT, "Next steps")?;
        for step in &decision.next_steps {
            page.row(INDENT + 2, COLUMN + 8, &spoken(&step.who), &step.what)?;
        }
    }
    would_change(page, decision, rules, why)?;
    if why {
        facts(page, decision, rules)?;
    }
    page.gap()?;
    page.line(&paint(FAINT, &format!("{:INDENT$}{}", "", versions(decision))))?;
    page.gap()
}

fn headline<W: Write>(page: &mut Page<W>, decision: &Decision) -> io::Result<()> {
    let style = match decision.route.as_str() {
        "returned" | "agent_review" => WARNING,
        _ => GOOD,
    };
    page.line(&format!(
        "{}  {}  {}",
        paint(STRONG, &decision.reference),
        paint(style, &way(&decision.route, &decision.stage)),
        paint(FAINT, &format!("priority {}", decision.priority)),
    ))
}

/// A route and its stage in words; `open` says nothing that the route does not.
fn way(route: &str, stage: &str) -> String {
    let stage_words = spoken(stage);
    let stage_words = if stage_words.starts_with("ALE") { stage_words } else { stage_words.to_lowercase() };
    if stage == "open" { spoken(route) } else { format!("{}: {stage_words}", spoken(route)) }
}

/// What the decision rests on, and what it lacked.
fn basis<W: Write>(page: &mut Page<W>, decision: &Decision) -> io::Result<()> {
    let clauses = if decision.clauses.len() == 1 { "Clause" } else { "Clauses" };
    let rule = format!("{} (rule {})", decision.clauses.join(", "), decision.rule);
    page.row(INDENT, COLUMN, clauses, &rule)?;
    for (key, value) in evidence(&decision.evidence) {
        page.row(INDENT, COLUMN, key, &value)?;
    }
    if let Some(contact) = &decision.contact {
        page.row(INDENT, COLUMN, "Contact", &contact_text(contact))?;
    }
    for (index, candidate) in decision.candidates.iter().enumerate() {
        page.row(INDENT, COLUMN, if index == 0 { "Did you mean" } else { "" }, &candidate_text(candidate))?;
    }
    if !decision.missing.is_empty() {
        page.row(INDENT, COLUMN, "Missing", &decision.missing.join(", "))?;
    }
    if let Some(source) = decision.registry_source.as_ref().filter(|source| source.stale) {
        let text = format!("not reachable; this is its last answer, of {}", source.fetched_at);
        page.row(INDENT, COLUMN, "Registry", &text)?;
    }
    Ok(())
}

fn evidence(evidence: &Evidence) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    // The first day without validity is for programs; people ask for the last day with it.
    let last_day = evidence.expires_on.and_then(|day| day.yesterday().ok());
    let valid = last_day.map(|day| format!("valid until {day}"));
    if let Some(report) = &evidence.report {
        let edition = evidence.edition.map(|edition| format!(" edition {edition}")).unwrap_or_default();
        let published = evidence.published_on.map(|day| format!("published on {day}"));
        rows.push(("Report", join(&[Some(format!("{report}{edition}")), published, valid.clone()])));
        let solution = evidence.solution_release.as_ref().map(|release| format!("solution release {release}"));
        let platform = evidence.platform_release.as_ref().map(|release| format!("platform release {release}"));
        rows.push(("Covers", join(&[solution, platform])));
    }
    if let Some(accreditation) = &evidence.accreditation {
        let valid = if evidence.report.is_none() { valid } else { None };
        rows.push(("Accreditation", join(&[Some(accreditation.clone()), valid])));
    }
    if let Some(closest) = &evidence.closest {
        rows.push(("Closest report", closest.clone()));
    }
    let entry = evidence.scope_entry.as_ref().map(|entry| format!("entry {entry}"));
    let limitation = evidence.limitation.as_ref().map(|limitation| format!("limitation {limitation}"));
    rows.push(("Scope", join(&[entry, limitation])));
    rows.retain(|(_, text)| !text.is_empty());
    rows
}

fn join(parts: &[Option<String>]) -> String {
    parts.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Line by line: who and when, the ways to reach it, how.
fn contact_text(contact: &Contact) -> String {
    let hours = contact.hours.as_ref().map(|hours| format!(" ({hours})")).unwrap_or_default();
    let reach = join(&[contact.email.clone(), contact.phone.clone()]);
    let lines = [Some(format!("{}{hours}", contact.name)), Some(reach), contact.url.clone(), contact.process.clone()];
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn candidate_text(candidate: &Candidate) -> String {
    let kind = match candidate.kind {
        CandidateKind::Company => "company",
        CandidateKind::Solution => "solution",
        CandidateKind::Platform => "platform",
        CandidateKind::Feature => "feature",
    };
    format!("{} ({kind} {}, {:.0} % alike)", candidate.name, candidate.id, candidate.score * 100.0)
}

/// The changes, gathered by fact: what is asked, then the answers that would lead elsewhere, and where. Facts that
/// nobody can change any more are only shown with `all`.
fn would_change<W: Write>(page: &mut Page<W>, decision: &Decision, rules: &Rules, all: bool) -> io::Result<()> {
    let within_reach = |fact: &str| Fact::named(fact).is_none_or(|fact| rules.words().fact(fact).by.is_some());
    let changes: Vec<&WouldChange> =
        decision.would_change.iter().filter(|change| all || within_reach(&change.fact)).collect();
    if changes.is_empty() {
        return Ok(());
    }
    page.gap()?;
    page.heading(INDENT, "What would change it")?;
    let mut facts: Vec<&str> = changes.iter().map(|change| &*change.fact).collect();
    let mut asked_before = HashSet::new();
    facts.retain(|fact| asked_before.insert(*fact));
    for fact in facts {
        let changes: Vec<&WouldChange> = changes.iter().copied().filter(|change| change.fact == fact).collect();
        let asked = Fact::named(fact).map_or_else(|| spoken(fact), |fact| rules.words().fact(fact).ask.clone());
        page.paragraph(INDENT + 2, &asked)?;
        for (way, answers) in by_way(&changes) {
            let answers: Vec<String> = answers.iter().map(|answer| label(rules, fact, answer)).collect();
            let answers = answers.join("; ");
            let together = format!("{answers} -> {way}");
            if page.fits(INDENT + 4, &together) {
                page.paragraph(INDENT + 4, &together)?;
            } else {
                page.paragraph(INDENT + 4, &answers)?;
                page.row(INDENT + 6, INDENT + 9, "->", &way)?;
            }
        }
    }
    Ok(())
}

/// The answers that lead each way, in the order of the first of them.
fn by_way<'c>(changes: &[&'c WouldChange]) -> Vec<(String, Vec<&'c str>)> {
    let mut ways: Vec<(String, Vec<&str>)> = Vec::new();
    for change in changes {
        let way = way(&change.route, &change.stage);
        match ways.iter_mut().find(|(known, _)| *known == way) {
            Some((_, answers)) => answers.push(&change.to),
            None => ways.push((way, vec![&change.to])),
        }
    }
    ways
}

/// What a fact's value is called, for people.
fn label(rules: &Rules, fact: &str, word: &str) -> String {
    let found =
        Fact::named(fact).and_then(|fact| Some(rules.words().value(fact, fact.value_named(word)?).label.clone()));
    found.unwrap_or_else(|| word.to_owned())
}

/// The nine facts, and from which field and entry each was found.
fn facts<W: Write>(page: &mut Page<W>, decision: &Decision, rules: &Rules) -> io::Result<()> {
    page.gap()?;
    page.heading(INDENT, "Where the facts come from")?;
    for lines in decision.provenance.chunk_by(|a, b| a.fact == b.fact) {
        let fact = &lines[0];
        page.row(INDENT + 2, 28, &spoken(&fact.fact), &label(rules, &fact.fact, &fact.value))?;
        for line in lines {
            let text = source(line);
            if !text.is_empty() {
                page.paragraph(INDENT + 4, &text)?;
            }
        }
    }
    Ok(())
}

fn source(line: &Provenance) -> String {
    let said = match &line.said {
        Some(said) => format!(" \"{said}\""),
        None if line.entry.is_none() => " not said".to_owned(),
        None => String::new(),
    };
    let from = line.from.as_ref().map(|from| match &**from {
        "credential" => "filed_by (on the server, the credential)".to_owned(),
        _ => format!("{from}{said}"),
    });
    let score = match line.score {
        Some(score) if score < 1.0 => format!(", {:.0} % alike", score * 100.0),
        _ => String::new(),
    };
    let entry = line.entry.as_ref().map(|entry| format!("-> {entry}{score}"));
    let note = line.note.as_ref().map(|note| format!("({note})"));
    [from, entry, note].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// What one needs to decide the same again.
fn versions(decision: &Decision) -> String {
    let short = |version: &str| {
        let digits = version.strip_prefix("sha256:").unwrap_or(version);
        digits.chars().take(8).collect::<String>()
    };
    let (rules, registry) = (short(&decision.rules_version), short(&decision.registry_version));
    format!("decided as of {}, rules {rules}, registry {registry}", decision.decided_at)
}
