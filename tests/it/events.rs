//! Following the events of all cases, live, and after an interruption.

use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use futures_util::future::join_all;
use futures_util::stream::BoxStream;
use pointsman::cases::{Actor, EventKind};
use pointsman::clock::Clock;
use pointsman::store::{Attachment, NewEvent, Store};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _, PgConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::server::{Answer, Key, NOW, Server};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    an_agent_sees_what_happens_to_every_case_as_it_happens,
    what_another_node_stored_is_passed_on_too,
    a_client_that_was_cut_off_goes_on_by_its_last_events_id,
    nothing_is_lost_or_repeated_under_load_on_two_nodes_however_often_the_client_comes_again,
    a_client_that_does_not_keep_up_is_cut_off_and_goes_on,
    an_open_stream_does_not_delay_a_stop,
    only_so_many_may_follow_and_a_place_is_given_back,
    only_agents_follow_and_only_from_an_event_that_is_there,
    what_is_too_large_is_left_to_the_timeline,
);

/// Long enough for anything on a busy machine; what should be quick is measured.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client that follows.
struct Follower {
    status: StatusCode,
    bytes: BoxStream<'static, reqwest::Result<axum::body::Bytes>>,
    text: String,
}

/// An event as it came.
#[derive(Debug, Clone)]
struct Came {
    id: String,
    data: Value,
}

impl Follower {
    async fn start(server: &Server, key: &Key, after: Option<&str>) -> Self {
        let request = server.request(Method::GET, "/v1/events").bearer_auth(&key.bearer);
        let request = after.into_iter().fold(request, |request, id| request.header("last-event-id", id));
        let response = request.send().await.unwrap();
        let status = response.status();
        if status == 200 {
            assert_eq!(response.headers()["content-type"], "text/event-stream");
        }
        let mut follower = Self { status, bytes: response.bytes_stream().boxed(), text: String::new() };
        if status == 200 {
            let greeting = follower.block().await.unwrap();
            assert!(greeting.starts_with("retry: "), "{greeting}");
        }
        follower
    }

    /// The next block of lines; `None` at the stream's end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let more = tokio::time::timeout(PATIENCE, self.bytes.next()).await.expect("nothing came");
            self.text.push_str(std::str::from_utf8(&more?.ok()?).unwrap());
        }
    }

    /// The next event; `None` at the stream's end.
    async fn next(&mut self) -> Option<Came> {
        loop {
            let block = self.block().await?;
            let line = |name: &str| block.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
            if let Some(id) = line("id: ") {
                return Some(Came { id, data: serde_json::from_str(&line("data: ").unwrap()).unwrap() });
            }
        }
    }

    async fn take(&mut self, count: usize) -> Vec<Came> {
        let mut all = Vec::new();
        while all.len() < count {
            all.push(self.next().await.expect("the stream ended"));
        }
        all
    }
}

fn ids(came: &[Came]) -> Vec<&str> {
    came.iter().map(|event| event.id.as_str()).collect()
}

/// A node with ids that no other gives.
async fn node(db: &Database) -> Server {
    Server::start_at(db.store().await, "", Clock::running_from(NOW.parse().unwrap())).await
}

async fn timeline(store: &Store, esr_id: &str) -> Vec<String> {
    store.timeline(esr_id).await.unwrap().into_iter().map(|event| event.id).collect()
}

async fn an_agent_sees_what_happens_to_every_case_as_it_happens(db: &Database) {
    let server = Server::start(db).await;
    let (acme, other, agent) = (server.partner("acme").await, server.partner("other").await, server.agent().await);
    server.file(&acme, "BP-0").await;
    let mut follower = Follower::start(&server, &agent, None).await;
    for (key, reference) in [(&acme, "BP-1"), (&other, "OT-1")] {
        let filed = Instant::now();
        let id = server.file(key, reference).await;
        let came = follower.take(2).await;
        assert!(filed.elapsed() < Duration::from_millis(900), "{:?}", filed.elapsed());
        assert_eq!(ids(&came), timeline(&server.store, &id).await);
        let kinds: Vec<_> = came.iter().map(|event| event.data["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["filed", "decided"]);
        let first = &came[0].data;
        assert_eq!((&first["esr_id"], &first["reference"]), (&json!(id), &json!(reference)));
        assert_eq!((&first["id"], &first["by"]["role"]), (&json!(came[0].id), &json!("business_partner")));
        assert_eq!(came[1].data["data"]["to"]["route"], "joint_investigation");
    }
    server.stop().await;
}

async fn what_another_node_stored_is_passed_on_too(db: &Database) {
    let (here, there) = (node(db).await, node(db).await);
    let agent = here.agent().await;
    let acme = there.partner("acme").await;
    let mut follower = Follower::start(&here, &agent, None).await;
    let filed = Instant::now();
    let id = there.file(&acme, "BP-1").await;
    assert_eq!(ids(&follower.take(2).await), timeline(&there.store, &id).await);
    assert!(filed.elapsed() < Duration::from_secs(4), "{:?}", filed.elapsed());
    there.stop().await;
    here.stop().await;
}

async fn a_client_that_was_cut_off_goes_on_by_its_last_events_id(db: &Database) {
    let server = Server::start(db).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    let mut follower = Follower::start(&server, &agent, None).await;
    let mut right = timeline(&server.store, &server.file(&acme, "BP-1").await).await;
    let last = follower.take(1).await.remove(0).id;
    assert_eq!(last, right.remove(0));
    drop(follower);
    for n in 2..150 {
        right.extend(timeline(&server.store, &server.file(&acme, &format!("BP-{n}")).await).await);
    }
    let mut follower = Follower::start(&server, &agent, Some(&last)).await;
    assert_eq!(ids(&follower.take(right.len()).await), right);
    let id = server.file(&acme, "BP-150").await;
    assert_eq!(ids(&follower.take(2).await), timeline(&server.store, &id).await, "what is new follows what was missed");
    server.stop().await;
}

async fn nothing_is_lost_or_repeated_under_load_on_two_nodes_however_often_the_client_comes_again(db: &Database) {
    let nodes = [node(db).await, node(db).await];
    let (acme, agent) = (nodes[0].partner("acme").await, nodes[0].agent().await);
    let first = nodes[0].file(&acme, "BP-0").await;
    let mut last = timeline(&nodes[0].store, &first).await.pop().unwrap();
    const EACH: usize = 25;
    let filing = join_all((0..8).map(|worker| {
        let (node, acme) = (&nodes[worker % 2], &acme);
        async move {
            let mut events = Vec::new();
            for n in 0..EACH {
                let id = node.file(acme, &format!("BP-{worker}-{n}")).await;
                events.extend(timeline(&node.store, &id).await);
            }
            events
        }
    }));
    let following = async {
        let mut came = Vec::new();
        // A few from each node in turn: one that comes again may meet another node.
        for turn in 0.. {
            let mut follower = Follower::start(&nodes[turn % 2], &agent, Some(&last)).await;
            let most = (turn % 7 * 9 + 1).min(8 * EACH * 2 - came.len());
            came.extend(follower.take(most).await);
            last = came.last().unwrap().id.clone();
            if came.len() == 8 * EACH * 2 {
                break;
            }
        }
        came
    };
    let (filed, came) = futures_util::future::join(filing, following).await;
    let mut right: Vec<String> = filed.into_iter().flatten().collect();
    let mut got: Vec<&str> = ids(&came);
    right.sort_unstable();
    got.sort_unstable();
    assert_eq!(got, right);
    for node in nodes {
        node.stop().await;
    }
}

/// Adds an entry to a timeline, its data so many characters long.
async fn happen(store: &Store, clock: &Clock, esr_id: &str, size: usize) -> String {
    let (id, data) = (clock.id("evt"), json!({ "note": "x".repeat(size) }));
    let event = NewEvent { id: id.clone(), at: clock.now(), kind: EventKind::Heard, actor: Actor::service(), data };
    assert!(store.add_event(esr_id, event).await.unwrap());
    id
}

/// Adds many large entries to a timeline in one transaction.
async fn happen_at_once(store: &Store, clock: &Clock, esr_id: &str, count: usize) -> Vec<String> {
    let (at, data) = (clock.now(), json!({ "note": "x".repeat(40_000) }));
    let event = |_| {
        let (kind, actor, data) = (EventKind::Heard, Actor::service(), data.clone());
        NewEvent { id: clock.id("evt"), at, kind, actor, data }
    };
    let events: Vec<NewEvent> = (0..count).map(event).collect();
    let ids = events.iter().map(|event| event.id.clone()).collect();
    let file = Attachment {
        id: clock.id("att"),
        esr_id: esr_id.to_owned(),
        name: "t.log".to_owned(),
        media_type: "text/plain".to_owned(),
        size: 0,
        sha256: String::new(),
        by: "tests".to_owned(),
        at,
        banner: None,
    };
    assert!(store.add_attachment(file, events).await.unwrap());
    ids
}

/// A client that asks for the events and takes little of the answer: its connection.
async fn dawdler(server: &Server, key: &Key) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let address = server.base.strip_prefix("http://").unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let request = format!("GET /v1/events HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\r\n", key.bearer);
    stream.write_all(request.as_bytes()).await.unwrap();
    let (mut head, mut byte) = (String::new(), [0]);
    while !head.contains("events follow") {
        stream.read_exact(&mut byte).await.unwrap();
        head.push(byte[0].into());
    }
    stream
}

async fn a_client_that_does_not_keep_up_is_cut_off_and_goes_on(db: &Database) {
    let server = Server::start(db).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    let (id, clock) = (server.file(&acme, "BP-1").await, Clock::system());
    let mut slow = dawdler(&server, &agent).await;
    // It follows once an event of its own time came.
    let mut right = vec![happen(&server.store, &clock, &id, 10).await];
    let mut text = String::new();
    while !text.contains(&right[0]) {
        text.push(slow.read_u8().await.unwrap().into());
    }
    // The system's buffers take some of it.
    for _ in 0..8 {
        right.extend(happen_at_once(&server.store, &clock, &id, 100).await);
    }
    let mut rest = Vec::new();
    let ended = tokio::time::timeout(PATIENCE, slow.read_to_end(&mut rest)).await;
    ended.expect("it was not cut off").unwrap();
    text.push_str(&String::from_utf8(rest).unwrap());
    let whole = text.rfind("\n\n").unwrap();
    let came: Vec<&str> = text[..whole].lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    assert!(came.len() < right.len(), "it got all {} though it did not read", came.len());
    assert_eq!(came, right[..came.len()], "nothing is missing in what it got");
    let mut again = Follower::start(&server, &agent, came.last().copied()).await;
    assert_eq!(ids(&again.take(right.len() - came.len()).await), right[came.len()..]);
    server.stop().await;
}

async fn an_open_stream_does_not_delay_a_stop(db: &Database) {
    let server = Server::start_with(db, "[events]\nkeep_alive_seconds = 1\n").await;
    let agent = server.agent().await;
    let (mut one, mut idle) =
        (Follower::start(&server, &agent, None).await, Follower::start(&server, &agent, None).await);
    assert_eq!(one.block().await.as_deref(), Some(": still here"), "a quiet stream says that it works");
    let stopped = Instant::now();
    assert!(server.stop().await);
    assert!(stopped.elapsed() < Duration::from_secs(3), "{:?}", stopped.elapsed());
    assert!(one.next().await.is_none());
    assert!(idle.next().await.is_none());
}

async fn only_so_many_may_follow_and_a_place_is_given_back(db: &Database) {
    let server = Server::start_with(db, "[events]\nstreams = 2\nkeep_alive_seconds = 1\n").await;
    let agent = server.agent().await;
    let (one, _two) = (Follower::start(&server, &agent, None).await, Follower::start(&server, &agent, None).await);
    let refused = server.get(&agent, "/v1/events").await;
    refused.is_problem(503);
    assert!(!refused.header("retry-after").is_empty());
    drop(one);
    let deadline = Instant::now() + PATIENCE;
    while Follower::start(&server, &agent, None).await.status != 200 {
        assert!(Instant::now() < deadline, "the place was not given back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.stop().await;
}

async fn only_agents_follow_and_only_from_an_event_that_is_there(db: &Database) {
    let server = Server::start(db).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    server.get(&acme, "/v1/events").await.is_problem(403);
    Answer::to(server.request(Method::GET, "/v1/events")).await.is_problem(401);
    for id in ["evt_nope", "x y", "é"] {
        let request = server.request(Method::GET, "/v1/events").bearer_auth(&agent.bearer).header("last-event-id", id);
        Answer::to(request).await.is_problem(400);
    }
    server.stop().await;
}

async fn what_is_too_large_is_left_to_the_timeline(db: &Database) {
    let server = Server::start(db).await;
    let (acme, agent) = (server.partner("acme").await, server.agent().await);
    let id = server.file(&acme, "BP-1").await;
    let mut follower = Follower::start(&server, &agent, None).await;
    let large = happen(&server.store, &Clock::system(), &id, 70_000).await;
    let came = follower.take(1).await.remove(0);
    assert_eq!((came.id, &came.data["data"], &came.data["kind"]), (large, &Value::Null, &json!("heard")));
    server.stop().await;
}

/// Another transaction that adds an event to the case, still open.
async fn open_transaction(db: &Database, esr_id: &str, event_id: &str) -> PgConnection {
    let mut conn = PgConnection::connect(&db.url).await.unwrap();
    conn.execute("BEGIN").await.unwrap();
    let sql = "INSERT INTO events (id, esr_id, happened_at, kind, actor, data)
        VALUES ($1, $2, 0, 'heard', '{\"role\":null,\"name\":\"slow\"}', 'null')";
    sqlx::query(sql).bind(event_id).bind(esr_id).execute(&mut conn).await.unwrap();
    conn
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_becomes_visible_late_still_comes_and_in_its_place() {
    let db = Database::postgres().await;
    let server = Server::start(&db).await;
    let (acme, agent, clock) = (server.partner("acme").await, server.agent().await, Clock::system());
    let id = server.file(&acme, "BP-1").await;
    let mut follower = Follower::start(&server, &agent, None).await;
    let before = happen(&server.store, &clock, &id, 1).await;
    let mut slow = open_transaction(&db, &id, "evt_slow").await;
    let mut gone = open_transaction(&db, &id, "evt_gone").await;
    let after = happen(&server.store, &clock, &id, 1).await;
    assert_eq!(follower.next().await.unwrap().id, before);
    let early = tokio::time::timeout(Duration::from_millis(600), follower.next()).await;
    assert!(early.is_err(), "{early:?} overtook an event that was to come before it");
    gone.execute("ROLLBACK").await.unwrap();
    slow.execute("COMMIT").await.unwrap();
    assert_eq!(ids(&follower.take(2).await), ["evt_slow", &after]);
    // A client that had seen the first of them goes on with the others, on a node that began just now, too.
    let fresh = Server::start_on(db.store().await, "").await;
    let mut again = Follower::start(&fresh, &agent, Some(&before)).await;
    assert_eq!(ids(&again.take(2).await), ["evt_slow", &after]);
    fresh.stop().await;
    server.stop().await;
    drop((slow, gone));
    db.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_of_another_database_holds_nothing_up() {
    let (db, other) = (Database::postgres().await, Database::postgres().await);
    let mut foreign = PgConnection::connect(&other.url).await.unwrap();
    foreign.execute("BEGIN; SELECT txid_current()").await.unwrap();
    let server = Server::start(&db).await;
    let (acme, agent, clock) = (server.partner("acme").await, server.agent().await, Clock::system());
    let id = server.file(&acme, "BP-1").await;
    let began = Instant::now();
    let mut follower = Follower::start(&server, &agent, None).await;
    open_transaction(&db, &id, "evt_gone").await.execute("ROLLBACK").await.unwrap();
    let after = happen(&server.store, &clock, &id, 1).await;
    assert_eq!(follower.next().await.unwrap().id, after, "a number that was rolled back is given up");
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    foreign.execute("ROLLBACK").await.unwrap();
    server.stop().await;
    other.remove().await;
    db.remove().await;
}
