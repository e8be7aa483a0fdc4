//! The report that a decision rests on, and the editions and neighbours of it on a time line.

use askama::filters::Safe;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::registry::index::Registry;
use crate::registry::model::{Accreditation, Report};
use crate::store::EntryKind;
use crate::triage::decide::day_of;
use crate::triage::decision::Decision;
use crate::web::pages::links;
use crate::web::pages::pictures::validity::{Span, Standing as Bar, Validity};
use crate::web::pages::registry::{span, standing};

/// The most reports that are drawn, the newest ones.
const MOST: usize = 12;

/// What the decision rests on.
pub(super) struct Shown {
    /// The report, as the registry has it now.
    pub(super) report: Option<Found>,
    /// The company's accreditations, where there is no report.
    pub(super) accreditations: Vec<Accreditation>,
    /// All reports of the product, or the accreditations, over time; nothing where there are none.
    pub(super) validity: Option<Safe<String>>,
    /// Where there is none: the closest miss.
    pub(super) closest: Option<String>,
    /// Links to the entries that the names led to: what, name, address.
    pub(super) entries: Vec<(&'static str, String, String)>,
}

/// A report.
pub(super) struct Found {
    pub(super) report: Report,
    pub(super) href: String,
    /// The scope entry that the feature met.
    pub(super) met: Option<String>,
}

impl Found {
    /// Whether the feature met this entry.
    pub(super) fn is_met(&self, id: &str) -> bool {
        self.met.as_deref() == Some(id)
    }
}

/// What stands beside the decision.
pub(super) fn shown(decision: &Decision, registry: &Registry, now: Timestamp, received: Timestamp) -> Shown {
    let document = registry.document();
    let evidence = &decision.evidence;
    let today = day_of(now);
    let chosen =
        |report: &Report| evidence.report.as_deref() == Some(&report.id) && evidence.edition == Some(report.edition);
    let company = evidence.participant.as_deref().and_then(|id| registry.participant_by_id(id));
    let of_product = document
        .reports
        .iter()
        .enumerate()
        .filter(|(_, report)| Some(report.solution.as_str()) == evidence.solution.as_deref() || chosen(report));
    let mut reports: Vec<(usize, &Report)> = of_product.collect();
    reports.sort_by_key(|(_, report)| (!chosen(report), std::cmp::Reverse(report.published_on)));
    reports.truncate(MOST);
    let spans: Vec<Span> = reports
        .iter()
        .map(|(number, report)| {
            let indexed = registry.report(*number as u32).1;
            let standing = standing(report, indexed, company, today);
            let label = format!("{} edition {}", report.id, report.edition);
            span(report, indexed.expires_on, standing, label, chosen(report))
        })
        .collect();
    let report = reports.iter().find(|(_, report)| chosen(report)).map(|(_, report)| Found {
        href: links::entry(EntryKind::Report, &format!("{}/{}", report.id, report.edition)),
        met: evidence.scope_entry.clone().or_else(|| evidence.limitation.clone()),
        report: (*report).clone(),
    });
    let accreditations = match (&report, &evidence.accreditation) {
        (None, Some(_)) => company.map(|company| company.accreditations.clone()).unwrap_or_default(),
        _ => Vec::new(),
    };
    let spans = if report.is_none() && !accreditations.is_empty() {
        accreditations.iter().map(|one| accredited(one, evidence.accreditation.as_deref(), today)).collect()
    } else {
        spans
    };
    let received = Some(day_of(received));
    let validity = (!spans.is_empty()).then(|| Validity { spans, today, received }.html());
    let mut entries = Vec::new();
    if let Some(company) = company {
        entries.push(("Company", company.name.clone(), links::entry(EntryKind::Participant, &company.id)));
    }
    let solution = document.solutions.iter().find(|one| Some(&one.id) == evidence.solution.as_ref());
    if let Some(solution) = solution {
        entries.push(("Product", solution.name.clone(), links::entry(EntryKind::Solution, &solution.id)));
    }
    let platform = document.platforms.iter().find(|one| Some(&one.id) == evidence.platform.as_ref());
    if let Some(platform) = platform {
        entries.push(("Platform", platform.name.clone(), links::entry(EntryKind::Platform, &platform.id)));
    }
    Shown { report, accreditations, validity, closest: evidence.closest.clone(), entries }
}

fn accredited(one: &Accreditation, chosen: Option<&str>, today: Date) -> Span {
    let over = one.expires_on.is_some_and(|end| end <= today);
    let ahead = one.granted_on.is_some_and(|begin| today < begin);
    let (standing, state) = match (over, ahead) {
        (true, _) => (Bar::Expired, "expired"),
        (false, true) => (Bar::Ahead, "not yet granted"),
        (false, false) => (Bar::Valid, "valid"),
    };
    Span {
        label: format!("Accreditation: {}", one.name.as_deref().unwrap_or(&one.api)),
        href: None,
        from: one.granted_on,
        until: one.expires_on,
        marks: Vec::new(),
        standing,
        state: state.to_owned(),
        chosen: chosen == Some(&one.api),
    }
}
