//! A registry of any size, the same on every run: invented companies, products and reports.

use std::collections::HashSet;

use jiff::civil::{Date, date};
use pointsman::intake::esr::Esr;
use pointsman::registry::model::{
    Document, Hotline, Limitation, Participant, Platform, PlatformRelease, Report, ScopeEntry, ScopeResult, Solution,
    SolutionRelease, Verdict,
};
use serde_json::json;

use crate::measure::Numbers;

/// Companies among a hundred names; the others are solutions.
const COMPANIES_IN_100: usize = 20;
const SYLLABLES: [&str; 40] = [
    "ba", "be", "bor", "ca", "cel", "dan", "del", "do", "el", "fa", "fen", "ga", "gor", "hal", "ho", "in", "jo", "ka",
    "kel", "la", "lin", "lu", "ma", "mir", "mo", "na", "nor", "o", "pa", "per", "qua", "ra", "ri", "sa", "sol", "ta",
    "tel", "u", "va", "zen",
];
const TRADES: [&str; 12] = [
    "Systems",
    "Telecom",
    "Software",
    "Networks",
    "Voice",
    "Hospitality",
    "Alarms",
    "Labs",
    "Communications",
    "Audio",
    "Technologies",
    "Solutions",
];
const KINDS: [&str; 13] = [
    "Analog Terminal",
    "SIP Terminal",
    "DECT",
    "PMS",
    "Voice Mail",
    "Alarm Server",
    "Voice Recorder",
    "Contact Centre",
    "Attendant Console",
    "SBC",
    "Gateway",
    "Trading Turret",
    "Conference Phone",
];
const FEATURES: [&str; 14] = [
    "Basic calls",
    "Call transfer",
    "Call forwarding",
    "Conference",
    "Wake-up call",
    "Message waiting",
    "Caller id",
    "Voice mail deposit",
    "Encryption",
    "Failover",
    "Busy lamp field",
    "Recording on demand",
    "Room status",
    "Emergency call",
];
const PLATFORMS: [(&str, &str); 8] = [
    ("oxe", "OmniPCX Enterprise"),
    ("oxo", "OXO Connect"),
    ("ot", "OpenTouch"),
    ("ov8770", "OmniVista 8770"),
    ("ov2500", "OmniVista 2500"),
    ("aos", "OmniSwitch AOS"),
    ("rainbow", "Rainbow"),
    ("stellar", "Stellar Wireless"),
];
const PLATFORM_RELEASES: usize = 12;

/// So many reports, and so many names of companies and solutions together.
pub(crate) fn document(reports: usize, names: usize) -> Document {
    let mut numbers = Numbers(reports as u64 ^ (names as u64) << 32);
    let companies = company_names(names * COMPANIES_IN_100 / 100, &mut numbers);
    let participants: Vec<_> = companies.iter().enumerate().map(|(n, name)| participant(n, name)).collect();
    let solutions: Vec<_> = (0..names - companies.len())
        .map(|n| solution(n, &participants[n % participants.len()], n / participants.len()))
        .collect();
    let reports = (0..reports).map(|n| report(n, &solutions[n % solutions.len()], &mut numbers)).collect();
    Document { platforms: PLATFORMS.iter().map(platform).collect(), participants, solutions, reports }
}

/// eSRs that reports of the registry cover, the company's name spelt some way.
pub(crate) fn esrs(document: &Document, count: usize, spell: impl Fn(&str) -> String) -> Vec<Esr> {
    let mut numbers = Numbers(7);
    (0..count).map(|_| esr(document, numbers.pick(&document.reports), &spell)).collect()
}

fn esr(document: &Document, report: &Report, spell: impl Fn(&str) -> String) -> Esr {
    let solution = &document.solutions[number(&report.solution)];
    let company = &document.participants[number(&solution.participant)];
    serde_json::from_value(json!({
        "reference": "BP-2025-00417", "phase": "production", "severity": 2,
        "summary": "Calls are not placed since the upgrade",
        "platform": {"product": report.platform, "release": report.platform_releases[0], "patch": null},
        "third_party": {"company": spell(&company.name), "solution": solution.name,
                        "release": format!("{}.3", report.solution_releases[0])},
        "feature": report.scope[0].name, "system_access": true,
    }))
    .expect("an eSR")
}

/// The generator numbers its ids.
fn number(id: &str) -> usize {
    id.rsplit('-').next().and_then(|digits| digits.parse().ok()).expect("a numbered id")
}

/// So many different names of companies.
pub(crate) fn company_names(count: usize, numbers: &mut Numbers) -> Vec<String> {
    let mut seen = HashSet::new();
    let word = |numbers: &mut Numbers| {
        let syllables: String = (0..3 + numbers.below(2)).map(|_| *numbers.pick(&SYLLABLES)).collect();
        let (first, rest) = syllables.split_at(1);
        first.to_uppercase() + rest
    };
    std::iter::repeat_with(|| format!("{} {}", word(numbers), numbers.pick(&TRADES)))
        .filter(|name| seen.insert(name.to_lowercase()))
        .take(count)
        .collect()
}

fn participant(number: usize, name: &str) -> Participant {
    Participant {
        id: format!("company-{number}"),
        name: name.to_owned(),
        aliases: vec![],
        membership: Some("qualified".into()),
        profiles: vec!["solution_vendor".into()],
        region: Some("europe".into()),
        joined_on: Some(date(2015, 1, 1)),
        left_on: None,
        qualified_until: None,
        hotline: Hotline { email: Some(format!("support@company-{number}.example")), ..Hotline::default() },
        assistance_tickets: 5,
        accreditations: vec![],
    }
}

/// A company's `own`th product, called after the company.
fn solution(number: usize, company: &Participant, own: usize) -> Solution {
    let brand = company.name.split(' ').next().unwrap_or_default();
    let series = if own < KINDS.len() { String::new() } else { format!(" {}", own / KINDS.len() + 1) };
    let release = |n: usize| SolutionRelease { release: n.to_string(), end_of_life_on: None };
    Solution {
        id: format!("solution-{number}"),
        participant: company.id.clone(),
        name: format!("{brand} {}{series}", KINDS[own % KINDS.len()]),
        aliases: vec![],
        kind: Some(KINDS[own % KINDS.len()].to_lowercase()),
        releases: (1..=4).map(release).collect(),
    }
}

fn platform(&(id, name): &(&str, &str)) -> Platform {
    let release = |n: usize| PlatformRelease {
        release: format!("R{}", 90 + n),
        codes: vec![format!("N{n}")],
        end_of_life_on: None,
    };
    Platform {
        id: id.into(),
        name: name.into(),
        aliases: vec![],
        activity: Some("communication".into()),
        releases: (0..PLATFORM_RELEASES).map(release).collect(),
    }
}

fn report(number: usize, solution: &Solution, numbers: &mut Numbers) -> Report {
    let major = 1 + numbers.below(4);
    let release = numbers.below(PLATFORM_RELEASES - 1);
    let first = numbers.below(FEATURES.len());
    Report {
        id: format!("IWR-{number:06}"),
        edition: 1,
        solution: solution.id.clone(),
        solution_releases: vec![format!("{major}.{}", numbers.below(10))],
        platform: numbers.pick(&PLATFORMS).0.into(),
        platform_releases: vec![format!("R{}", 90 + release), format!("R{}", 91 + release)],
        verdict: Verdict::Passed,
        published_on: published(numbers),
        expires_on: None,
        withdrawn_on: None,
        scope: (0..6).map(|n| scope_entry(FEATURES[(first + n) % FEATURES.len()], n)).collect(),
        limitations: vec![Limitation {
            id: "L1".into(),
            feature: None,
            text: "Diversion information is lost on the second transfer.".into(),
        }],
        escalation: Some("Open a ticket at the hotline with the site's contract number.".into()),
    }
}

fn published(numbers: &mut Numbers) -> Date {
    date(2023 + numbers.below(3) as i16, 1 + numbers.below(12) as i8, 1 + numbers.below(28) as i8)
}

fn scope_entry(name: &str, number: usize) -> ScopeEntry {
    ScopeEntry {
        id: name.to_lowercase().replace(' ', "-"),
        name: name.to_owned(),
        aliases: vec![],
        result: if number == 5 { ScopeResult::NotTested } else { ScopeResult::Ok },
    }
}
