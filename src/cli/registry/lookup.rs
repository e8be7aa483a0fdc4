//! `pointsman registry lookup`: what the registry knows about two products on a day, by the evaluator that decides eSRs.

use std::cmp::Reverse;
use std::io::{self, Write};
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::{files, stored};
use crate::cli::Outcome;
use crate::cli::database::Database;
use crate::cli::style::{self, FAINT, GOOD, Page, STRONG, WARNING, paint, spoken};
use crate::cli::triage::read_at;
use crate::clock::Clock;
use crate::intake::esr::{Esr, FiledBy, OwnCompany, PlatformNamed, ThirdParty};
use crate::registry::index::{Registry, default_expiry};
use crate::registry::model::Report;
use crate::triage::decide::{day_of, decide};
use crate::triage::decision::{Candidate, Decision, Evidence};
use crate::triage::facts::{Coverage, Fact, Filer, Phase, Responsibility, Scope};
use crate::triage::rules::Rules;

/// Where the rows' values start.
const COLUMN: usize = 16;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Look in this registry file rather than in the database
    #[arg(long, value_name = "FILE")]
    registry: Option<PathBuf>,
    #[command(flatten)]
    database: Database,
    /// The third party's company, as a partner would write it
    #[arg(long, required_unless_present = "solution")]
    company: Option<String>,
    /// Its product
    #[arg(long)]
    solution: Option<String>,
    /// The release of that product
    #[arg(long)]
    release: Option<String>,
    /// ALE's platform
    #[arg(long)]
    platform: Option<String>,
    /// The release of the platform
    #[arg(long)]
    platform_release: Option<String>,
    /// The platform's patch or build, such as N4.521.3
    #[arg(long)]
    patch: Option<String>,
    /// What does not work, as the report's scope names it
    #[arg(long)]
    feature: Option<String>,
    /// On the UTC day of this date or RFC 3339 time (default: today)
    #[arg(long, value_name = "TIME", value_parser = read_at)]
    at: Option<Timestamp>,
    /// As the registry was known at this time (database only)
    #[arg(long, value_name = "TIME", value_parser = read_at, conflicts_with = "registry")]
    known_at: Option<Timestamp>,
    /// Print one line of JSON, for programs
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Answer<'d> {
    coverage: Coverage,
    scope: Scope,
    because: &'d str,
    evidence: &'d Evidence,
    candidates: &'d [Candidate],
    missing: &'d [String],
    day: Date,
    registry_version: &'d str,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let at = args.at.unwrap_or_else(|| Clock::system().now());
    let registry = match &args.registry {
        Some(file) => match files::read(file, None)? {
            Ok(document) => Registry::new(document),
            Err(faults) => {
                files::name(&faults);
                return Ok(Outcome::BadInput);
            }
        },
        None => Registry::new(stored(&args.database, args.known_at, at)?),
    };
    let rules = Rules::embedded();
    let filed_by = FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::AsNamed };
    let decision = decide(&esr(args), &filed_by, &registry, &rules, at);
    if args.json {
        print_json(&decision, day_of(at))?;
        return Ok(Outcome::Done);
    }
    let mut page = style::page();
    show(&mut page, &decision, &registry, &rules, day_of(at))?;
    page.flush()?;
    Ok(Outcome::Done)
}

/// A production eSR about these products of which nothing else is known.
fn esr(args: &Args) -> Esr {
    let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    Esr {
        reference: "lookup".into(),
        phase: Phase::Production,
        severity: 4,
        summary: "lookup".into(),
        description: None,
        occurred_at: None,
        customer: None,
        platform: Some(PlatformNamed {
            product: given(&args.platform),
            release: given(&args.platform_release),
            patch: given(&args.patch),
        }),
        third_party: Some(ThirdParty {
            company: given(&args.company),
            solution: given(&args.solution),
            release: given(&args.release),
        }),
        feature: given(&args.feature),
        responsibility: Some(Responsibility::Undetermined),
        system_access: None,
        participant_case: None,
        assistance_topic: None,
    }
}

fn print_json(decision: &Decision, day: Date) -> anyhow::Result<()> {
    let answer = Answer {
        coverage: decision.facts.coverage,
        scope: decision.facts.scope,
        because: &decision.because,
        evidence: &decision.evidence,
        candidates: &decision.candidates,
        missing: &decision.missing,
        day,
        registry_version: &decision.registry_version,
    };
    let mut out = style::raw();
    serde_json::to_writer(&mut out, &answer)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}

fn show<W: Write>(
    page: &mut Page<W>,
    decision: &Decision,
    registry: &Registry,
    rules: &Rules,
    day: Date,
) -> io::Result<()> {
    let label = |fact: Fact, value: usize| rules.words().value(fact, value as u8).label.clone();
    let (coverage, scope) = (decision.facts.coverage, decision.facts.scope);
    let style = if matches!(coverage, Coverage::Valid | Coverage::Accredited) { GOOD } else { WARNING };
    let coverage_label = label(Fact::COVERAGE, coverage.index());
    page.line(&format!("{}  {}", paint(style, &capital(&coverage_label)), paint(FAINT, &format!("on {day}"))))?;
    page.gap()?;
    page.paragraph(2, &decision.because)?;
    page.gap()?;
    for (key, value) in found(decision, registry) {
        page.row(2, COLUMN, key, &value)?;
    }
    page.row(2, COLUMN, "Scope", &scope_text(&label(Fact::SCOPE, scope.index()), &decision.evidence))?;
    for (index, candidate) in decision.candidates.iter().enumerate() {
        let text = format!("{} ({}), {:.0} % alike", candidate.name, candidate.id, candidate.score * 100.0);
        page.row(2, COLUMN, if index == 0 { "Did you mean" } else { "" }, &text)?;
    }
    if !decision.missing.is_empty() {
        let options: Vec<&str> = decision.missing.iter().map(|field| option(field)).collect();
        page.row(2, COLUMN, "Missing", &options.join(", "))?;
    }
    editions(page, decision, registry, day)?;
    page.gap()?;
    let way = format!("{} ({})", spoken(&decision.route), spoken(&decision.stage).to_lowercase());
    let clauses = decision.clauses.join(", ");
    page.paragraph(2, &format!("A production issue of which no more is known would go to: {way}, clause {clauses}."))
}

/// The entries that were found, by name.
fn found(decision: &Decision, registry: &Registry) -> Vec<(&'static str, String)> {
    let evidence = &decision.evidence;
    let document = registry.document();
    let mut rows = Vec::new();
    if let Some(entry) = evidence.participant.as_ref().and_then(|id| registry.participant_by_id(id)) {
        let membership = entry.membership.as_ref().map(|word| format!(", {word}")).unwrap_or_default();
        rows.push(("Company", format!("{} ({}){membership}", entry.name, entry.id)));
    }
    if let Some(entry) = document.solutions.iter().find(|entry| Some(&entry.id) == evidence.solution.as_ref()) {
        let release = evidence.solution_release.as_ref().map(|release| format!(", release {release}"));
        rows.push(("Solution", format!("{} ({}){}", entry.name, entry.id, release.unwrap_or_default())));
    }
    if let Some(entry) = document.platforms.iter().find(|entry| Some(&entry.id) == evidence.platform.as_ref()) {
        let release = evidence.platform_release.as_ref().map(|release| format!(", release {release}"));
        rows.push(("Platform", format!("{} ({}){}", entry.name, entry.id, release.unwrap_or_default())));
    }
    if let Some(api) = &evidence.accreditation {
        rows.push(("Accreditation", api.clone()));
    }
    rows
}

fn scope_text(label: &str, evidence: &Evidence) -> String {
    let entry = evidence.scope_entry.as_ref().map(|entry| format!(", entry {entry}")).unwrap_or_default();
    let limitation = evidence.limitation.as_ref().map(|id| format!(", limitation {id}")).unwrap_or_default();
    format!("{label}{entry}{limitation}")
}

/// The option that gives a field of the eSR.
fn option(field: &str) -> &str {
    match field {
        "third_party.company" => "--company",
        "third_party.solution" => "--solution",
        "third_party.release" => "--release",
        "platform.product" => "--platform",
        "platform.release" => "--platform-release",
        "feature" => "--feature",
        other => other,
    }
}

/// Every report of the solution, the newest first, the one that was found marked.
fn editions<W: Write>(page: &mut Page<W>, decision: &Decision, registry: &Registry, day: Date) -> io::Result<()> {
    let Some(solution) = &decision.evidence.solution else { return Ok(()) };
    let mut reports: Vec<&Report> = registry.document().reports.iter().filter(|r| r.solution == *solution).collect();
    if reports.is_empty() {
        return Ok(());
    }
    reports.sort_by_key(|report| Reverse((report.published_on, report.edition)));
    page.gap()?;
    page.heading(2, "Reports of this solution")?;
    for report in reports {
        let found =
            decision.evidence.report.as_ref() == Some(&report.id) && decision.evidence.edition == Some(report.edition);
        let mark = if found { paint(STRONG, "->") } else { "  ".into() };
        page.line(&format!(
            "  {mark} {} edition {}: {}",
            paint(STRONG, &report.id),
            report.edition,
            standing(report, day)
        ))?;
        let (ours, theirs) = (report.platform_releases.join(", "), report.solution_releases.join(", "));
        page.paragraph(5, &format!("{theirs} on {} {ours}", report.platform))?;
    }
    Ok(())
}

/// A report's dates as they stand on a day.
fn standing(report: &Report, day: Date) -> String {
    let expires = report.expires_on.unwrap_or_else(|| default_expiry(report.published_on));
    let word = report.verdict.as_str().replace('_', " ");
    if report.published_on > day {
        format!("{word}, published only on {}", report.published_on)
    } else if !report.verdict.certifies() {
        format!("{word} on {}", report.published_on)
    } else if let Some(withdrawn) = report.withdrawn_on.filter(|withdrawn| *withdrawn <= day) {
        format!("{word}, withdrawn on {withdrawn}")
    } else if expires <= day {
        format!("{word}, expired on {expires}")
    } else {
        format!("{word}, {} to {}", report.published_on, expires.yesterday().unwrap_or(expires))
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
