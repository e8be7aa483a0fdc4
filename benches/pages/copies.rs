//! Fills a database: some hundred eSRs are really filed, of every kind; the others are copies of theirs, with all that was
//! stored with them, under other references, filers, customers, texts and times.
//!
//! Where disk can be saved without a page noticing, it is: a copy's messages have no payload, which no page reads, and were all
//! delivered at the first try; decisions and timelines, which are only read for the one eSR that is opened, are there for each
//! fourth copy.

use jiff::{SignedDuration, Timestamp};
use pointsman::app::App;
use pointsman::cases::{Actor, Role as Side};
use pointsman::flow::{self, Answer, Filing};
use pointsman::intake::esr::{FiledBy, Filer, OwnCompany};
use pointsman::registry::model::Document;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::measure::Numbers;
use crate::registry;
use crate::support::Database;

/// So many are really filed.
const FILED: usize = 240;
/// So many copies go into one statement.
const AT_ONCE: u64 = 2_000;
/// So many revisions one eSR has that people disputed for long.
pub(super) const REVISIONS: u32 = 500;
const SYLLABLES: [&str; 24] = [
    "ba", "bor", "cel", "dan", "del", "fa", "fen", "gor", "hal", "jo", "kel", "lin", "mar", "mir", "nor", "per", "qua",
    "ri", "sol", "tel", "u", "va", "wes", "zen",
];
const HOUSES: [&str; 8] = ["Hotel", "Clinic", "Casa", "School", "Residence", "Bank", "Port", "Spital"];
const COMMON: [&str; 20] = [
    "calls", "placed", "upgrade", "audio", "trunk", "phone", "display", "restart", "link", "lost", "message", "night",
    "room", "status", "alarm", "handset", "transfer", "silence", "delay", "reboot",
];

/// What copies are made of.
pub(super) struct Copies {
    /// The id of each that was filed, with what it said.
    filed: Vec<(String, Value)>,
    filers: Vec<String>,
    words: Vec<String>,
    customers: Vec<String>,
    sites: Vec<String>,
    /// The participant that the most eSRs reach.
    pub(super) participant: String,
    size: u64,
    now: Timestamp,
}

/// One copy.
pub(super) struct Copy {
    of: usize,
    pub(super) id: String,
    filer: String,
    pub(super) reference: String,
    customer: String,
    pub(super) site: String,
    text: String,
    closed: bool,
    received_at: Timestamp,
    updated_at: Timestamp,
}

/// One of a list, the first ones much more often than the last ones.
fn often<'a>(numbers: &mut Numbers, all: &'a [String]) -> &'a str {
    let part = numbers.below(1 << 20) as f64 / f64::from(1 << 20);
    let place = (all.len() as f64).powf(part) as usize - 1;
    &all[place.min(all.len() - 1)]
}

fn names(count: usize, syllables: usize, numbers: &mut Numbers) -> Vec<String> {
    let name = |numbers: &mut Numbers| (0..syllables).map(|_| *numbers.pick(&SYLLABLES)).collect::<String>();
    let capital = |name: String| name[..1].to_uppercase() + &name[1..];
    let mut seen = std::collections::HashSet::new();
    std::iter::repeat_with(|| capital(name(numbers))).filter(|name| seen.insert(name.clone())).take(count).collect()
}

impl Copies {
    /// Files the eSRs that are copied.
    pub(super) async fn of(app: &App, document: &Document, size: u64) -> Self {
        let mut numbers = Numbers(11);
        let mut filed = Vec::new();
        for (number, esr) in registry::esrs(document, FILED, str::to_owned).into_iter().enumerate() {
            let mut body = serde_json::to_value(&esr).expect("an eSR is JSON");
            vary(&mut body, number);
            let id = file(app, &format!("Template {number}"), body.clone()).await;
            filed.push((id, body));
        }
        let filer = |name: &String| format!("{name} Partners");
        let mut house = |name: &String| format!("{} {name}", numbers.pick(&HOUSES));
        let customers = names(9_000, 3, &mut Numbers(3)).iter().map(&mut house).collect();
        Self {
            filed,
            filers: names(400, 3, &mut Numbers(1)).iter().map(filer).collect(),
            words: names(6_000, 4, &mut Numbers(2)).iter().map(|name| name.to_lowercase()).collect(),
            customers,
            sites: names(500, 2, &mut Numbers(5)).iter().map(|name| format!("{name}ville")).collect(),
            participant: String::new(),
            size,
            now: app.clock.now(),
        }
    }

    pub(super) fn large_filer(&self) -> &str {
        &self.filers[0]
    }

    /// Who files one eSR among a hundred thousand.
    pub(super) fn small_filer(&self) -> &'static str {
        "Few Partners"
    }

    /// A word of few eSRs, and one of more.
    pub(super) fn word(&self, place: usize) -> &str {
        &self.words[place]
    }

    /// The copy of that number, of so many: the later ones are more recent, and more of them are open.
    fn copy(&self, number: u64) -> Copy {
        let (size, now) = (self.size, self.now);
        let mut numbers = Numbers(number.wrapping_mul(0x9E37_79B9) ^ 77);
        let age = (size - number) as f64 / size as f64;
        // Three years, more of them lately.
        let minutes = age.powf(1.3) * 1_576_800.0;
        let received_at = now - SignedDuration::from_millis((minutes * 60_000.0) as i64 + 60_000);
        let open = if minutes < 43_200.0 { 60 } else { 2 };
        let text: Vec<String> =
            (0..18)
                .map(|n| {
                    if n < 5 {
                        (*numbers.pick(&COMMON)).to_owned()
                    } else {
                        often(&mut numbers, &self.words).to_owned()
                    }
                })
                .collect();
        let filer = if number % 100_000 == 77 { self.small_filer() } else { often(&mut numbers, &self.filers) };
        let time = received_at.as_millisecond().unsigned_abs() & 0xffff_ffff_ffff;
        Copy {
            of: numbers.below(self.filed.len()),
            id: format!("esr_{time:012x}7{number:019x}"),
            filer: filer.to_owned(),
            reference: format!("BP-{}-{number:06}", received_at.strftime("%Y")),
            customer: often(&mut numbers, &self.customers).to_owned(),
            site: often(&mut numbers, &self.sites).to_owned(),
            text: text.join(" "),
            closed: numbers.below(100) >= open,
            updated_at: received_at + SignedDuration::from_secs(numbers.below(50) as i64),
            received_at,
        }
    }

    /// The one that was received last.
    pub(super) fn newest(&self) -> Copy {
        self.copy((self.size - 1) / 4 * 4)
    }

    /// In the middle, and with many revisions.
    pub(super) fn middle(&self) -> Copy {
        self.copy(self.size / 8 * 4)
    }

    pub(super) fn old(&self) -> Copy {
        self.copy(self.size / 40 * 4)
    }

    /// The day of the one in the middle.
    pub(super) fn middle_day(&self) -> String {
        self.middle().received_at.strftime("%Y-%m-%d").to_string()
    }

    /// Stores the copies.
    pub(super) async fn fill(&mut self, database: &Database) {
        let mut statements = Statements::on(database).await;
        statements.run(TEMPLATES).await;
        for first in (0..self.size).step_by(AT_ONCE as usize) {
            let rows: Vec<String> = (first..(first + AT_ONCE).min(self.size)).map(|number| self.row(number)).collect();
            statements.run(&format!("INSERT INTO bench_copies VALUES {}", rows.join(", "))).await;
            statements.run(COPYING).await;
        }
        let disputed = DISPUTED.replace("{id}", &self.middle().id);
        statements.run(&disputed.replace("{revisions}", &REVISIONS.to_string())).await;
        statements.run("DROP TABLE bench_copies; DROP TABLE bench_esrs; DROP TABLE bench_decisions; DROP TABLE bench_events; DROP TABLE bench_outbox; DROP TABLE bench_deliveries; DROP TABLE bench_reached").await;
        statements.run(if database.is_postgres() { "VACUUM ANALYZE" } else { "ANALYZE" }).await;
        let most = "SELECT participant FROM reached GROUP BY participant ORDER BY COUNT(*) DESC, participant LIMIT 1";
        self.participant = statements.texts(most, 1).await.expect("a participant").remove(0);
    }

    fn row(&self, number: u64) -> String {
        let copy = self.copy(number);
        let words = |text: &str| text.to_lowercase().replace('-', " ");
        format!(
            "({number}, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', {}, {}, {})",
            self.filed[copy.of].0,
            copy.id,
            copy.filer,
            copy.reference,
            copy.customer,
            copy.site,
            copy.text,
            words(&copy.reference),
            words(&copy.customer),
            words(&copy.site),
            words(&copy.text),
            i32::from(copy.closed),
            copy.received_at.as_microsecond(),
            copy.updated_at.as_microsecond(),
        )
    }

    /// That copies are what the program would have stored: the same is really filed, and looked for in the same ways.
    pub(super) async fn verify(&self, app: &App, database: &Database) {
        let mut statements = Statements::on(database).await;
        for (number, (_, body)) in self.filed.iter().enumerate().take(12) {
            let sql = "SELECT id, reference, filer FROM esrs WHERE content_hash =
                (SELECT content_hash FROM esrs WHERE filer = '{filer}') AND filer <> '{filer}'
                AND EXISTS (SELECT 1 FROM decisions d WHERE d.esr_id = esrs.id) LIMIT 1";
            let Some(copied) = statements.texts(&sql.replace("{filer}", &format!("Template {number}")), 3).await else {
                continue;
            };
            let stored = app.store.esr(&copied[0]).await.expect("an answer").expect("the copy");
            let said = stored.body.clone();
            assert_eq!(said["phase"], body["phase"]);
            let filed = file(app, &format!("Again {number}"), said).await;
            let again = app.store.esr(&filed).await.expect("an answer").expect("what was filed");
            let (mut one, mut other) = (stored.decision.clone(), again.decision.clone());
            one.decided_at = other.decided_at;
            other.registry_source = one.registry_source.clone();
            assert_eq!(one, other, "the copy is decided as the program decides");
            let rows = |id: &str| {
                format!(
                    "SELECT (SELECT COUNT(*) FROM events WHERE esr_id = '{id}') || ' ' ||
                    (SELECT COUNT(*) FROM deliveries WHERE esr_id = '{id}') || ' ' || (SELECT COUNT(*) FROM reached WHERE esr_id = '{id}')
                    || ' ' || (SELECT COUNT(*) FROM outbox WHERE esr_id = '{id}')"
                )
            };
            let counts = (statements.texts(&rows(&copied[0]), 1).await, statements.texts(&rows(&filed), 1).await);
            assert_eq!(counts.0, counts.1, "events, deliveries, participants, messages");
            let words = |id: &str| format!("SELECT words FROM esrs WHERE id = '{id}'");
            let sorted = |text: Option<Vec<String>>| {
                let text = text.expect("words").remove(0);
                let mut all: Vec<String> = text.split(' ').map(str::to_owned).collect();
                all.sort();
                all.dedup();
                all
            };
            let (one, other) =
                (statements.texts(&words(&copied[0]), 1).await, statements.texts(&words(&filed), 1).await);
            assert_eq!(sorted(one), sorted(other), "the words");
            statements.run(&format!("DELETE FROM reached WHERE esr_id = '{filed}'")).await;
        }
    }
}

/// Files as the program does; its id.
pub(super) async fn file(app: &App, filer: &str, body: Value) -> String {
    let filing = Filing {
        actor: Actor { role: Some(Side::BusinessPartner), name: filer.to_owned(), on_behalf_of: None },
        filer: filer.to_owned(),
        filed_by: FiledBy { filer: Filer::BusinessPartner, own_company: OwnCompany::None },
        webhook: None,
    };
    match flow::file(app, filing, body).await {
        Ok(Answer::New(receipt)) => {
            let receipt: Value = serde_json::from_str(&receipt).expect("a receipt");
            receipt["id"].as_str().expect("an id").to_owned()
        }
        Ok(Answer::Again(_)) => panic!("an eSR that was filed before"),
        Err(error) => panic!("an eSR is filed: {error}"),
    }
}

/// Each kind of eSR in turn, and the places where a copy says something else.
fn vary(body: &mut Value, number: usize) {
    body["reference"] = json!("Qreferenceq");
    body["summary"] =
        json!(format!("{} since the upgrade", ["Calls are lost", "No audio one way", "Alarms come late"][number % 3]));
    body["description"] = json!("Qtextq");
    body["customer"] = json!({ "name": "Qcustomerq", "site": "Qsiteq", "country": "FR" });
    body["severity"] = json!([1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 4, 4, 4][number % 14]);
    let case = |conclusion: Option<&str>| json!({ "number": "HT-9912", "conclusion": conclusion, "findings": "seen in the trace" });
    match number % 17 {
        0 | 1 => body["third_party"] = Value::Null,
        2 => body["third_party"]["company"] = json!("Nobody Knows Telecom"),
        3 => {
            body["third_party"]["company"] =
                json!(format!("{}x", body["third_party"]["company"].as_str().unwrap_or_default()))
        }
        4 => body["feature"] = Value::Null,
        5 => body["third_party"]["release"] = Value::Null,
        6 => body["responsibility"] = json!("participant"),
        7 => body["participant_case"] = case(None),
        8 => body["participant_case"] = case(Some("ale_fault_shown")),
        9 => body["participant_case"] = case(Some("inconclusive")),
        10 => body["phase"] = json!("development"),
        11 => body["system_access"] = json!(false),
        12 => body["third_party"]["release"] = json!("99.9"),
        _ => {}
    }
}

/// Statements on a connection of their own.
pub(super) enum Statements {
    Sqlite(sqlx::SqliteConnection),
    Postgres(sqlx::PgConnection),
}

impl Statements {
    pub(super) async fn on(database: &Database) -> Self {
        if database.is_postgres() {
            return Self::Postgres(sqlx::PgConnection::connect(&database.url).await.expect("a connection"));
        }
        let mut connection = sqlx::SqliteConnection::connect(&database.url).await.expect("a file");
        connection.execute("PRAGMA synchronous = off; PRAGMA cache_size = -400000").await.expect("settings");
        Self::Sqlite(connection)
    }

    pub(super) async fn run(&mut self, sql: &str) {
        let statement = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(connection) => connection.execute(statement).await.map(drop),
            Self::Postgres(connection) => connection.execute(statement).await.map(drop),
        }
        .unwrap_or_else(|error| panic!("{error}: {}", &sql[..sql.len().min(300)]));
    }

    /// The first row, of texts.
    pub(super) async fn texts(&mut self, sql: &str, columns: usize) -> Option<Vec<String>> {
        use sqlx::Row as _;
        let statement = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(connection) => {
                let row = sqlx::query(statement).fetch_optional(connection).await.expect("a row");
                row.map(|row| (0..columns).map(|column| row.get(column)).collect())
            }
            Self::Postgres(connection) => {
                let row = sqlx::query(statement).fetch_optional(connection).await.expect("a row");
                row.map(|row| (0..columns).map(|column| row.get(column)).collect())
            }
        }
    }
}

/// What was filed, beside what is copied: a statement that reads the table that it fills would gather all of it first.
const TEMPLATES: &str = "
CREATE TABLE bench_esrs AS SELECT * FROM esrs;
CREATE TABLE bench_decisions AS SELECT * FROM decisions;
CREATE TABLE bench_events AS SELECT * FROM events;
CREATE TABLE bench_outbox AS SELECT * FROM outbox;
CREATE TABLE bench_deliveries AS SELECT * FROM deliveries;
CREATE TABLE bench_reached AS SELECT * FROM reached;
CREATE INDEX bench_esrs_id ON bench_esrs (id);
CREATE INDEX bench_decisions_id ON bench_decisions (esr_id);
CREATE INDEX bench_events_id ON bench_events (esr_id);
CREATE INDEX bench_outbox_id ON bench_outbox (esr_id);
CREATE INDEX bench_deliveries_id ON bench_deliveries (esr_id);
CREATE INDEX bench_reached_id ON bench_reached (esr_id);
CREATE TABLE bench_copies (number BIGINT, of_id TEXT, id TEXT, filer TEXT, reference TEXT, customer TEXT, site TEXT, said TEXT,
    reference_words TEXT, customer_words TEXT, site_words TEXT, said_words TEXT, closed BIGINT, received_at BIGINT, updated_at BIGINT)
";

const COPYING: &str = "
BEGIN;
INSERT INTO esrs (id, filer, filed_as, own_company, reference, content_hash, body, first_answer, status, route, stage, rule, priority,
    phase, severity, summary, participant, words, received_at, updated_at, revision, platform, solution, report, coverage, missed)
SELECT c.id, c.filer, t.filed_as, t.own_company, c.reference, t.content_hash,
    replace(replace(replace(replace(t.body, 'Qreferenceq', c.reference), 'Qcustomerq', c.customer), 'Qsiteq', c.site), 'Qtextq', c.said),
    replace(replace(t.first_answer, 'Qreferenceq', c.reference), t.id, c.id),
    CASE WHEN c.closed = 1 THEN 'closed' ELSE t.status END, t.route, t.stage, t.rule, t.priority, t.phase, t.severity, t.summary,
    t.participant, replace(replace(replace(replace(t.words, 'qreferenceq', c.reference_words), 'qcustomerq', c.customer_words), 'qsiteq',
    c.site_words), 'qtextq', c.said_words), c.received_at, c.updated_at, t.revision, t.platform, t.solution, t.report, t.coverage, t.missed
FROM bench_copies c JOIN bench_esrs t ON t.id = c.of_id ORDER BY c.number;
INSERT INTO decisions (esr_id, seq, decision, cause, actor, recorded_at)
SELECT c.id, t.seq, replace(t.decision, 'Qreferenceq', c.reference), t.cause, t.actor, c.received_at
FROM bench_copies c JOIN bench_decisions t ON t.esr_id = c.of_id WHERE c.number % 4 = 0 ORDER BY c.number;
INSERT INTO events (id, esr_id, happened_at, kind, actor, data)
SELECT t.id || '_' || c.number, c.id, c.received_at, t.kind, t.actor, t.data
FROM bench_copies c JOIN bench_events t ON t.esr_id = c.of_id WHERE c.number % 4 = 0 ORDER BY c.number, t.id;
INSERT INTO outbox (id, esr_id, event_type, payload, created_at)
SELECT t.id || '_' || c.number, c.id, t.event_type, '{}', c.received_at
FROM bench_copies c JOIN bench_outbox t ON t.esr_id = c.of_id ORDER BY c.number;
INSERT INTO deliveries (id, message_id, esr_id, seq, side, party, notice, endpoint_id, address, language, answer_by, state, reason, attempts,
    tries, created_at, tried_from, due_at, lease, settled_at)
SELECT t.id || '_' || c.number, t.message_id || '_' || c.number, c.id, t.seq, t.side, t.party, t.notice, 'end_email',
    'support@' || c.number || '.example', t.language, c.received_at + 86400000000, 'delivered', NULL, 1, 1, c.received_at, c.received_at, c.received_at, NULL, c.received_at
FROM bench_copies c JOIN bench_deliveries t ON t.esr_id = c.of_id ORDER BY c.number;
INSERT INTO attempts (delivery_id, number, at, took_us, outcome, status, answer)
SELECT t.id || '_' || c.number, 1, c.received_at, 4000, 'delivered', 250, 'queued'
FROM bench_copies c JOIN bench_deliveries t ON t.esr_id = c.of_id;
INSERT INTO reached (participant, esr_id, received_at) SELECT t.participant, c.id, c.received_at
FROM bench_copies c JOIN bench_reached t ON t.esr_id = c.of_id;
DELETE FROM bench_copies;
COMMIT
";

/// One eSR with many decisions, events and messages.
const DISPUTED: &str = "
INSERT INTO decisions (esr_id, seq, decision, cause, actor, recorded_at)
SELECT t.esr_id, n.n, t.decision, 'updated', t.actor, t.recorded_at + n.n
FROM decisions t CROSS JOIN (WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < {revisions}) SELECT n FROM n) n
WHERE t.esr_id = '{id}' AND t.seq = 1;
INSERT INTO events (id, esr_id, happened_at, kind, actor, data)
SELECT t.id || '_' || n.n, t.esr_id, t.happened_at + n.n, 'noted', t.actor, '{\"text\": \"Heard nothing new from the site.\"}'
FROM events t CROSS JOIN (WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < {revisions}) SELECT n FROM n) n
WHERE t.esr_id = '{id}';
INSERT INTO deliveries (id, message_id, esr_id, seq, side, party, notice, endpoint_id, address, language, answer_by, state, reason, attempts,
    tries, created_at, tried_from, due_at, lease, settled_at)
SELECT t.id || '_' || n.n, t.message_id, t.esr_id, t.seq + n.n * 10, t.side, t.party, t.notice, t.endpoint_id, t.address, t.language, t.answer_by,
    t.state, t.reason, t.attempts, t.tries, t.created_at + n.n, t.tried_from, t.due_at, t.lease, t.settled_at
FROM deliveries t CROSS JOIN (WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < {revisions}) SELECT n FROM n) n
WHERE t.esr_id = '{id}';
UPDATE esrs SET revision = {revisions} WHERE id = '{id}'
";
