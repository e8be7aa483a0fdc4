//! The overview's figures and its page.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _};
use pointsman::cases::Status;
use pointsman::notify::delivery::DeliveryState;
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::server::{NOW, esr};
use crate::site::Site;
use crate::support::{Database, on_both_databases};

on_both_databases!(
    figures_count_what_was_filed,
    what_an_update_changes_moves_in_the_figures_and_a_missed_name_stays_counted,
    the_migration_fills_the_columns_from_stored_decisions,
    the_overview_shows_where_esrs_go_and_what_lapses_next_month,
    hostile_names_are_shown_as_text_on_the_overview,
);

fn with_company(reference: &str, company: &str) -> Value {
    let mut body = esr(reference);
    body["third_party"]["company"] = json!(company);
    body
}

/// Files one of each kind.
async fn file_some(server: &Site) -> Vec<String> {
    let acme = server.partner("acme").await;
    let mut alone = esr("BP-4");
    alone.as_object_mut().unwrap().remove("third_party");
    // Unknown keys are kept as they are, and JSON may hold what no text of a database does.
    let mut odd = with_company("BP-5", "Quite Unknown");
    odd["x_extra"] = json!("a \u{0} and a \\u0000");
    let bodies = [
        esr("BP-1"),
        esr("BP-2"),
        with_company("BP-3", "Hotelai Systems"),
        alone,
        odd,
        with_company("BP-6", "Hotelai Systems"),
    ];
    let mut ids = Vec::new();
    for body in bodies {
        let answer = server.post(&acme, "/v1/esrs", &body).await;
        assert_eq!(answer.status, 201, "{:#}", answer.body);
        ids.push(answer.body["id"].as_str().unwrap().to_owned());
    }
    ids
}

fn since() -> Timestamp {
    NOW.parse::<Timestamp>().unwrap() - 24.hours()
}

async fn figures_count_what_was_filed(db: &Database) {
    let server = Site::start(db).await;
    file_some(&server).await;
    let store = &server.store;
    let pairs = store.pair_counts(since(), 100).await.unwrap();
    let found: Vec<_> = pairs.iter().map(|one| (one.solution.as_deref(), one.without.as_deref(), one.count)).collect();
    assert_eq!(pairs.iter().map(|one| one.count).sum::<i64>(), 6);
    assert!(found.contains(&(Some("hotelia-pms"), None, 2)), "{found:?}");
    assert!(found.contains(&(None, Some("not_involved"), 1)) && found.contains(&(None, Some("unresolved"), 3)));
    let known = pairs.iter().find(|one| one.solution.is_some()).unwrap();
    assert_eq!((known.platform.as_deref(), known.participant.as_deref()), (Some("oxe"), Some("hotelia")));
    assert_eq!(store.pair_counts(since(), 1).await.unwrap().len(), 1);

    let volume = store.volume_counts(since(), 86_400_000_000).await.unwrap();
    assert_eq!(volume.iter().map(|one| one.count).sum::<i64>(), 6);
    assert!(volume.iter().all(|one| one.piece == 1), "{volume:?}");
    assert_eq!(store.volume_counts(since() + 48.hours(), 1_000).await.unwrap(), []);

    let missed = store.missed_names(since(), 10).await.unwrap();
    let missed: Vec<_> = missed.iter().map(|one| (one.name.as_str(), one.count)).collect();
    assert_eq!(missed, [("Hotelai Systems", 2), ("Quite Unknown", 1)]);

    let waiting = store.waiting_counts(NOW.parse().unwrap()).await.unwrap();
    let agents = waiting.iter().find(|one| one.status == Status::WaitingAgent).unwrap();
    assert_eq!((agents.all(), agents.since), (3, [3, 0, 0, 0]));
    let later = store.waiting_counts(NOW.parse::<Timestamp>().unwrap() + 100.hours()).await.unwrap();
    assert_eq!(later.iter().map(|one| one.since[2]).sum::<i64>(), later.iter().map(|one| one.all()).sum::<i64>());

    let keys = ["IWR-0412/1".to_owned(), "none/1".to_owned(), "a\0b".to_owned()];
    let resting = store.resting_on(&keys).await.unwrap();
    assert_eq!(resting.iter().map(|one| (one.all, one.open)).collect::<Vec<_>>(), [(2, 2), (0, 0), (0, 0)]);
    assert_eq!(store.latest_on("IWR-0412/1", 1).await.unwrap().len(), 1);
    assert_eq!(store.newest_open(4).await.unwrap().len(), 4);
    let trouble = store.trouble_counts().await.unwrap();
    assert_eq!(trouble.len(), 1, "nobody has a channel here: {trouble:?}");
    assert_eq!((trouble[0].state, trouble[0].endpoint_id.as_deref()), (DeliveryState::Unaddressed, None));
    server.server.stop().await;
}

async fn what_an_update_changes_moves_in_the_figures_and_a_missed_name_stays_counted(db: &Database) {
    let server = Site::start(db).await;
    let ids = file_some(&server).await;
    let agent = server.agent().await;
    let update = json!({"third_party": {"company": "Hotelia Systems", "solution": "Hotelia PMS", "release": "8.2.1"}});
    let answer = server.post(&agent, &format!("/v1/esrs/{}/updates", ids[2]), &update).await;
    assert_eq!(answer.status, 200, "{:#}", answer.body);
    let pairs = server.store.pair_counts(since(), 100).await.unwrap();
    let known: i64 = pairs.iter().filter(|one| one.solution.is_some()).map(|one| one.count).sum();
    assert_eq!(known, 3);
    let missed = server.store.missed_names(since(), 10).await.unwrap();
    assert_eq!((missed[0].name.as_str(), missed[0].count), ("Hotelai Systems", 2), "agents had to look twice");
    server.server.stop().await;
}

async fn the_migration_fills_the_columns_from_stored_decisions(db: &Database) {
    let server = Site::start(db).await;
    file_some(&server).await;
    let read = async || {
        let pairs = server.store.pair_counts(since(), 100).await.unwrap();
        let missed = server.store.missed_names(since(), 10).await.unwrap();
        let resting = server.store.resting_on(&["IWR-0412/1".to_owned()]).await.unwrap();
        let missed: BTreeMap<_, _> = missed.into_iter().map(|one| (one.name, one.count)).collect();
        (pairs, missed, resting)
    };
    let before = read().await;
    let clear = "UPDATE esrs SET platform = NULL, solution = NULL, report = NULL, coverage = NULL, missed = NULL";
    let texts = match db.is_postgres() {
        true => include_str!("../../migrations/0011_products.postgres.sql"),
        false => include_str!("../../migrations/0011_products.sqlite.sql"),
    };
    let lines: String = texts.lines().filter(|line| !line.starts_with("--")).map(|line| format!("{line}\n")).collect();
    let fills: Vec<&str> = lines.split(';').map(str::trim).filter(|text| text.starts_with("UPDATE")).collect();
    assert!(fills.len() >= 3);
    let all = || [clear].into_iter().chain(fills.iter().copied()).map(|text| AssertSqlSafe(text.to_owned()));
    if db.is_postgres() {
        let mut conn = sqlx::PgConnection::connect(&db.url).await.unwrap();
        for text in all() {
            conn.execute(text).await.unwrap();
        }
    } else {
        let mut conn = sqlx::SqliteConnection::connect(&db.url).await.unwrap();
        for text in all() {
            conn.execute(text).await.unwrap();
        }
    }
    assert_eq!(read().await, before);
    server.server.stop().await;
}

async fn page(server: &Site, path: &str) -> String {
    let (status, text) = server.send(server.request(Method::GET, path)).await;
    assert_eq!(status, 200, "{path}: {text}");
    text
}

async fn the_overview_shows_where_esrs_go_and_what_lapses_next_month(db: &Database) {
    let server = Site::start(db).await;
    file_some(&server).await;
    let html = page(&server, "/overview").await;
    for shown in [
        "Hotelia PMS",
        "Names that are unclear",
        "No third party",
        "Hotelai Systems",
        "role=\"img\"",
        "Next month, December 2026",
    ] {
        assert!(html.contains(shown), "{shown}");
    }
    assert!(
        html.contains("/registry/participants/hotelia/edit?alias=Hotelai%20Systems"),
        "one step to remember the name"
    );
    assert!(!html.contains("style=") && !html.contains("onclick") && html.len() < 100_000);
    let december = page(&server, "/overview?lapse=2026-12").await;
    assert!(december.contains("in December 2026") && december.contains("IWR-0302 edition 1"));
    assert!(!december.contains("IWR-0303 edition 1"), "that one lapses in November");
    assert!(december.contains("IWR-0357 edition 1"), "the last of December is its last day");
    for days in ["7", "90", "365", "nonsense"] {
        page(&server, &format!("/overview?days={days}&lapse=2026-13")).await;
    }
    server.server.stop().await;
}

async fn hostile_names_are_shown_as_text_on_the_overview(db: &Database) {
    let server = Site::start(db).await;
    let acme = server.partner("acme").await;
    for (at, name) in ["<script>alert(1)</script>", "\u{202e}gnp.exe", &"x".repeat(290), "a\" onload=\"b", "😀 & Co"]
        .iter()
        .enumerate()
    {
        let answer = server.post(&acme, "/v1/esrs", &with_company(&format!("BP-{at}"), name)).await;
        assert_eq!(answer.status, 201, "{:#}", answer.body);
    }
    let html = page(&server, "/overview").await;
    assert!(!html.contains("<script>alert") && !html.contains("a\" onload") && html.contains("&#60;script&#62;"));
    server.server.stop().await;
}
