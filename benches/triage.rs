//! The whole triage of a parsed eSR, explanation included, and what it costs as the registry grows.

use std::time::Duration;

use jiff::Timestamp;
use pointsman::intake::esr::{Esr, FiledBy, OwnCompany};
use pointsman::registry::index::Registry;
use pointsman::registry::name_index::NameIndex;
use pointsman::registry::names::Name;
use pointsman::triage;
use pointsman::triage::facts::{Coverage, Filer};
use pointsman::triage::rules::Rules;

use crate::measure::{Numbers, contestant, race, within};
use crate::registry;

/// Different eSRs that are decided in turn.
const SAMPLE: usize = 512;

pub(crate) fn run() {
    for (reports, names, exact_target, misspelt_target) in [
        (50_000, 20_000, Some(Duration::from_micros(20)), Some(Duration::from_millis(2))),
        (500_000, 200_000, None, None),
    ] {
        let registry = Registry::new(registry::document(reports, names));
        let title = format!("Whole triage of a parsed eSR: {reports} reports, {names} names");
        let took = whole(&title, &registry);
        for (name, took, target) in
            [("exact names", took[0], exact_target), ("a misspelt company", took[1], misspelt_target)]
        {
            if let Some(target) = target {
                within(name, Duration::from_secs_f64(took), target);
            }
        }
    }
    names(100_000);
}

fn whole(title: &str, registry: &Registry) -> Vec<f64> {
    let rules = Rules::embedded();
    let exact = registry::esrs(registry.document(), SAMPLE, str::to_owned);
    let misspelt = registry::esrs(registry.document(), SAMPLE, misspell);
    let by = FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::None };
    let at: Timestamp = "2025-06-15T09:00:00Z".parse().expect("a time");
    let decide = |esr: &Esr| triage::decide(esr, &by, registry, &rules, at);
    assert!(exact.iter().all(|esr| !matches!(decide(esr).facts.coverage, Coverage::Unresolved | Coverage::Incomplete)));
    assert!(misspelt.iter().all(|esr| decide(esr).facts.coverage == Coverage::Unresolved));
    let (mut first, mut second) = (exact.iter().cycle(), misspelt.iter().cycle());
    race(
        title,
        vec![
            contestant("exact names", || first.next().map(&decide)),
            contestant("a misspelt company", || second.next().map(&decide)),
        ],
    )
}

/// The name index by itself.
fn names(count: usize) {
    let mut numbers = Numbers(count as u64);
    let names = registry::company_names(count, &mut numbers);
    let mut index = NameIndex::default();
    for (owner, name) in (0..).zip(&names) {
        index.add(owner, Name::company(name).expect("a name"));
    }
    let exact: Vec<_> = (0..SAMPLE).map(|_| numbers.pick(&names).clone()).collect();
    let misspelt: Vec<_> = exact.iter().map(|name| misspell(name)).collect();
    let find = |text: &String| index.find(&Name::company(text).expect("a name"));
    let (mut first, mut second) = (exact.iter().cycle(), misspelt.iter().cycle());
    race(
        &format!("The name index: {count} names, the text folded each time"),
        vec![
            contestant("an exact name", || first.next().map(find)),
            contestant("a misspelt name", || second.next().map(find)),
        ],
    );
}

/// One edit that gives a name of no company: no generated name has an x.
fn misspell(name: &str) -> String {
    name.chars().enumerate().map(|(at, letter)| if at == 2 { 'x' } else { letter }).collect()
}
