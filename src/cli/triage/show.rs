//! A decision as a person reads it in a terminal.

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
    would_change(page, decision, rules)?;
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
    let expires = evidence.expires_on.map(|day| format!("ends on {day}"));
    if let Some(report) = &evidence.report {
        let edition = evidence.edition.map(|edition| format!(" edition {edition}")).unwrap_or_default();
        let published = evidence.published_on.map(|day| format!("published on {day}"));
        rows.push(("Report", join(&[Some(format!("{report}{edition}")), published, expires.clone()])));
        let solution = evidence.solution_release.as_ref().map(|release| format!("solution release {release}"));
        let platform = evidence.platform_release.as_ref().map(|release| format!("platform release {release}"));
        rows.push(("Covers", join(&[solution, platform])));
    }
    if let Some(accreditation) = &evidence.accreditation {
        let ends = if evidence.report.is_none() { expires } else { None };
        rows.push(("Accreditation", join(&[Some(accreditation.clone()), ends])));
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

fn contact_text(contact: &Contact) -> String {
    let hours = contact.hours.as_ref().map(|hours| format!("({hours})"));
    let ways = [Some(&contact.name), contact.email.as_ref(), contact.phone.as_ref(), contact.url.as_ref()];
    let mut text = ways.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ");
    for more in
        hours.iter().map(|hours| format!(" {hours}")).chain(contact.process.iter().map(|text| format!("\n{text}")))
    {
        text.push_str(&more);
    }
    text
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

/// The changes, gathered by fact: what is asked, then each answer that would lead elsewhere.
fn would_change<W: Write>(page: &mut Page<W>, decision: &Decision, rules: &Rules) -> io::Result<()> {
    if decision.would_change.is_empty() {
        return Ok(());
    }
    page.gap()?;
    page.heading(INDENT, "What would change it")?;
    for changes in decision.would_change.chunk_by(|a, b| a.fact == b.fact) {
        let fact = Fact::named(&changes[0].fact);
        let asked = fact.map_or_else(|| spoken(&changes[0].fact), |fact| rules.words().fact(fact).ask.clone());
        page.paragraph(INDENT + 2, &asked)?;
        for change in changes {
            page.row(INDENT + 4, 42, &label(rules, &change.fact, &change.to), &led_to(change, decision))?;
        }
    }
    Ok(())
}

/// Where a change leads; the route is said only when it is another one.
fn led_to(change: &WouldChange, decision: &Decision) -> String {
    if change.route == decision.route {
        format!("then {}", way(&change.route, &change.stage))
    } else {
        way(&change.route, &change.stage)
    }
}

/// What a fact's value is called, for people.
fn label(rules: &Rules, fact: &str, word: &str) -> String {
    let found = Fact::named(fact).and_then(|fact| {
        let value = fact.words().iter().position(|known| *known == word)?;
        Some(rules.words().value(fact, u8::try_from(value).ok()?).label.clone())
    });
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
    let from = line.from.as_ref().map(|from| if from == "credential" { from.clone() } else { format!("{from}{said}") });
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
