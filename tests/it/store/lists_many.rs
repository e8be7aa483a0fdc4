//! Lists of more eSRs than one page reads: whatever is asked for, in whatever order, the pages together are what fits.

use std::collections::BTreeSet;

use pointsman::cases::Status;
use pointsman::store::{Filter, Order, Part, SeenBy, Store};
use pointsman::triage::facts::Phase;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use super::sample::at;
use crate::support::{Database, on_both_databases};

on_both_databases! {
    whatever_is_asked_for_the_pages_together_are_what_fits,
}

/// More than one page walks by, along an index or by the eSRs themselves.
const MANY: u64 = 33_000;
/// So many filters are tried.
const TRIED: usize = 120;
/// So many pages of each.
const PAGES: usize = 14;

/// An eSR, as far as a list is concerned.
struct One {
    id: String,
    filer: String,
    reference: String,
    status: Status,
    route: &'static str,
    stage: &'static str,
    priority: u8,
    phase: Phase,
    severity: u8,
    words: Vec<String>,
    /// In seconds; not in the order of storing, and not always another.
    at: i64,
    reached: BTreeSet<String>,
}

/// Numbers without a pattern, the same on each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    fn pick<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }
}

const ROUTES: [(&str, &str); 4] = [
    ("joint_investigation", "participant_first"),
    ("joint_investigation", "ale_engaged"),
    ("returned", "known_limitation"),
    ("ale_support", "open"),
];

fn esr(n: u64, numbers: &mut Numbers) -> One {
    let (route, stage) = if n < 500 { ("agent_review", "scope") } else { numbers.pick(&ROUTES) };
    let mut words = vec!["every".to_owned(), format!("bp{n}"), format!("seldom{}x", n % 991)];
    words.extend(n.is_multiple_of(2).then(|| "even".to_owned()));
    words.extend((n % 2 == 1).then(|| "odd".to_owned()));
    words.extend(numbers.one_in(10).then(|| "tenth".to_owned()));
    words.extend(numbers.one_in(150).then(|| "evening".to_owned()));
    words.extend((n < 700).then(|| "ancient".to_owned()));
    // Two that many have, and none both.
    words.extend(n.is_multiple_of(10).then(|| "alpha".to_owned()));
    words.extend((n % 10 == 5).then(|| "beta".to_owned()));
    let status = if numbers.one_in(4) { numbers.pick(Status::ALL) } else { Status::Closed };
    let reached = (0..3).filter(|p| numbers.one_in(20 * (p * p * 30 + 1))).map(|p| format!("company-{p}"));
    One {
        reached: reached.collect(),
        id: format!("esr_{:08x}{n:08x}", numbers.below(u64::from(u32::MAX))),
        filer: if numbers.one_in(400) { "few".to_owned() } else { format!("filer-{}", numbers.below(3)) },
        reference: format!("BP-{}", n / 2),
        status,
        route,
        stage,
        priority: numbers.below(5) as u8 + 1,
        phase: if numbers.one_in(9) { Phase::Development } else { Phase::Production },
        severity: if numbers.one_in(30) { 1 } else { numbers.below(3) as u8 + 2 },
        words,
        at: (n / 2 + numbers.below(30)) as i64,
    }
}

/// Stores them as they are; what a list does not show is left out.
async fn store_all(db: &Database, all: &[One]) {
    let micros = |one: &One| at(one.at).as_microsecond();
    let mut statements = Vec::new();
    for some in all.chunks(500) {
        let rows = some.iter().map(|one| {
            let (phase, severity, words, at) = (one.phase, one.severity, one.words.join(" "), micros(one));
            // Two filers may use the same reference; here one filer uses it twice, which the database refuses.
            let filed_as = "business_partner";
            format!(
                "('{}', '{}', '{filed_as}', '{}', '', '{{}}', '', '{}', '{}', '{}', 'rule', {}, '{phase}', {severity}, '', '{words}', \
                 {at}, {at}, 1)",
                one.id, one.filer, one.reference, one.status, one.route, one.stage, one.priority
            )
        });
        statements.push(format!(
            "INSERT INTO esrs (id, filer, filed_as, reference, content_hash, body, first_answer, status, route, stage, rule, priority,
             phase, severity, summary, words, received_at, updated_at, revision) VALUES {}",
            rows.collect::<Vec<_>>().join(", ")
        ));
    }
    let reached = all.iter().flat_map(|one| one.reached.iter().map(move |id| (id, one)));
    let reached: Vec<_> = reached.map(|(id, one)| format!("('{id}', '{}', {})", one.id, micros(one))).collect();
    for some in reached.chunks(500) {
        statements.push(format!("INSERT INTO reached (participant, esr_id, received_at) VALUES {}", some.join(", ")));
    }
    statements.push("ANALYZE".to_owned());
    let whole = AssertSqlSafe(format!("BEGIN; {}; COMMIT", statements.join("; ")));
    if db.is_postgres() {
        sqlx::PgConnection::connect(&db.url).await.unwrap().execute(whole).await.unwrap();
    } else {
        sqlx::SqliteConnection::connect(&db.url).await.unwrap().execute(whole).await.unwrap();
    }
}

fn filter(numbers: &mut Numbers) -> Filter {
    let mut filter = Filter::default();
    if numbers.one_in(7) {
        let (id, owner) =
            (format!("company-{}", numbers.below(4)), numbers.pick(&["few", "filer-1", "nobody"]).to_owned());
        filter.seen_by = if numbers.one_in(2) { SeenBy::Filer(owner) } else { SeenBy::Participant { id, owner } };
    }
    filter.filer = numbers.one_in(9).then(|| numbers.pick(&["few", "filer-0", "filer-2", "nobody"]).to_owned());
    filter.participant = numbers.one_in(9).then(|| format!("company-{}", numbers.below(4)));
    filter.status = numbers.one_in(5).then(|| numbers.pick(Status::ALL));
    filter.open = numbers.one_in(8);
    filter.route = numbers.one_in(7).then(|| numbers.pick(&["returned", "agent_review", "nowhere"]).to_owned());
    filter.stage = numbers.one_in(10).then(|| numbers.pick(&["open", "scope"]).to_owned());
    filter.reference = numbers.one_in(30).then(|| format!("BP-{}", numbers.below(MANY / 2)));
    filter.phase = numbers.one_in(9).then_some(Phase::Development);
    filter.severity = numbers.one_in(8).then(|| numbers.below(4) as u8 + 1);
    filter.since = numbers.one_in(9).then(|| at(numbers.below(MANY / 2) as i64));
    filter.before = numbers.one_in(9).then(|| at(numbers.below(MANY / 2) as i64));
    let texts = [
        "every",
        "even odd",
        "odd",
        "tenth",
        "TENTH even",
        "eveni",
        "ancient",
        "ancient odd",
        "seldom7x",
        "nowhere",
        "e",
        "alpha beta",
        "beta alph",
    ];
    filter.text = match numbers.below(5) {
        0 | 1 => Some(numbers.pick(&texts).to_owned()),
        2 => Some(format!("bp{} every", numbers.below(MANY))),
        _ => None,
    };
    filter
}

/// What few eSRs fit, though many fit a part of it: no page reads all that it would take.
fn seldom_met() -> Vec<Filter> {
    let text = |text: &str| Filter { text: Some(text.to_owned()), ..Filter::default() };
    vec![
        text("alpha beta"),
        Filter { stage: Some("scope".to_owned()), ..text("every") },
        Filter { filer: Some("few".to_owned()), ..text("odd") },
        Filter { severity: Some(1), phase: Some(Phase::Development), ..text("even") },
        Filter { participant: Some("company-0".to_owned()), ..text("odd every") },
        Filter { stage: Some("scope".to_owned()), open: true, ..text("every odd") },
    ]
}

fn fits(filter: &Filter, order: Order, one: &One) -> bool {
    let is = |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
    let seen = match &filter.seen_by {
        SeenBy::Everyone => true,
        SeenBy::Filer(owner) => one.filer == *owner,
        SeenBy::Participant { id, owner } => one.filer == *owner || one.reached.contains(id),
    };
    let begins = |word: &str| one.words.iter().any(|own| own.starts_with(&word.to_lowercase()));
    seen && is(&filter.filer, &one.filer)
        && filter.participant.as_ref().is_none_or(|id| one.reached.contains(id))
        && filter.status.is_none_or(|status| status == one.status)
        && !((filter.open || order == Order::Urgent) && one.status == Status::Closed)
        && is(&filter.route, one.route)
        && is(&filter.stage, one.stage)
        && is(&filter.reference, &one.reference)
        && filter.phase.is_none_or(|phase| phase == one.phase)
        && filter.severity.is_none_or(|severity| severity == one.severity)
        && filter.since.is_none_or(|since| at(one.at) >= since)
        && filter.before.is_none_or(|before| at(one.at) < before)
        && filter.text.as_ref().is_none_or(|text| text.split(' ').all(begins))
}

fn expected(filter: &Filter, order: Order, all: &[One]) -> Vec<String> {
    let mut found: Vec<_> = all.iter().filter(|one| fits(filter, order, one)).collect();
    found.sort_by(|one, other| match order {
        Order::Newest => (other.at, &other.id).cmp(&(one.at, &one.id)),
        Order::Urgent => (one.priority, one.at, &one.id).cmp(&(other.priority, other.at, &other.id)),
    });
    found.into_iter().map(|one| one.id.clone()).collect()
}

async fn page(store: &Store, filter: &Filter, order: Order, cursor: Option<&str>, limit: u32) -> Part<String> {
    let page = store.queue(filter, order, cursor, limit).await.unwrap();
    let items: Vec<_> = page.items.into_iter().map(|item| item.esr.id).collect();
    assert!(items.len() == limit as usize || page.next.is_none() || page.read_until.is_some(), "{filter:?}");
    Part { items, next: page.next, read_until: page.read_until }
}

async fn whatever_is_asked_for_the_pages_together_are_what_fits(db: &Database) {
    let store = db.store().await;
    let mut numbers = Numbers(4);
    let mut all: Vec<One> = (0..MANY).map(|n| esr(n, &mut numbers)).collect();
    let mut references = BTreeSet::new();
    all.retain(|one| references.insert((one.filer.clone(), one.reference.clone())));
    store_all(db, &all).await;
    let (mut cut, mut empty) = (0, 0);
    for tried in 0..TRIED {
        let filter = seldom_met().into_iter().nth(tried).unwrap_or_else(|| filter(&mut numbers));
        let order = if tried % 3 == 0 { Order::Urgent } else { Order::Newest };
        let expected = expected(&filter, order, &all);
        empty += usize::from(expected.is_empty());
        let limit = 5 + numbers.below(60) as u32;
        let (mut seen, mut cursor, mut last) = (Vec::new(), None, false);
        for _ in 0..PAGES {
            let page = page(&store, &filter, order, cursor.as_deref(), limit).await;
            seen.extend(page.items);
            cut += usize::from(page.read_until.is_some());
            cursor = page.next;
            last = cursor.is_none();
            if last {
                break;
            }
        }
        assert!(expected.starts_with(&seen), "{filter:?} {order:?}: {} of {}", seen.len(), expected.len());
        assert!(!last || seen.len() == expected.len(), "{filter:?} {order:?}: {} of {}", seen.len(), expected.len());
        if order == Order::Newest {
            let whole = store.list(&filter, None, limit).await.unwrap();
            let ids: Vec<_> = whole.items.into_iter().map(|item| item.id).collect();
            assert_eq!(ids, expected[..expected.len().min(limit as usize)], "{filter:?}");
            assert_eq!(whole.next.is_some(), expected.len() > limit as usize, "{filter:?}");
        }
    }
    assert!(cut > 5 && empty < TRIED * 2 / 3, "the filters are of all kinds: {cut} pages cut, {empty} find nothing");
    store.close().await;
}
