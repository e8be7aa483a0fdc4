//! Delivery: from the answered POST to the receiver, past one that stalls, and how fast a backlog goes out.

mod node;
mod sink;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use futures_util::future::join_all;

use self::node::World;
use self::sink::Sink;
use crate::http::raw_commits;
use crate::load::{self, load, open_loop};
use crate::measure::{heading, human, within};
use crate::support::Database;

/// eSRs a second in the measurements of time, and how long they last.
const PER_SECOND: u32 = 200;
const LASTING: Duration = Duration::from_secs(10);
/// eSRs in the backlog to one receiver, and deliveries to it at once.
const BACKLOG: usize = 5_000;
const AT_ONCE: usize = 16;
/// eSRs in the backlog to a hundred receivers, and how often each of the two runs is done.
const EACH: usize = 100;
const RUNS: usize = 3;

pub(crate) fn run() {
    // The client of pointsman brings its own; plain reqwest needs one too.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        measure("SQLite", Database::sqlite().await).await;
        if std::env::var("POINTSMAN_TEST_POSTGRES").is_ok() {
            measure("PostgreSQL", Database::postgres().await).await;
        } else {
            println!("\n  PostgreSQL not measured: POINTSMAN_TEST_POSTGRES names no server (tests/run starts one)");
        }
    });
}

async fn measure(name: &str, database: Database) {
    heading(&format!("Delivery on {name} (server, clients and receivers on one machine)"));
    println!("  {:<58} {:>8.0} /s", format!("{name} alone, commit after commit"), raw_commits(&database).await);
    let world = World::new(&database).await;
    in_time(&world, None).await;
    in_time(&world, Some(Duration::from_secs(5))).await;
    throughput(&world).await;
    one_dead_of_a_hundred(&world).await;
    accept_and_deliver(&world).await;
    database.remove().await;
}

/// From the answered POST to the receipt, while eSRs come at their pace; beside a second receiver that stalls, if so.
async fn in_time(world: &World<'_>, stalls: Option<Duration>) {
    let sink = Sink::start(Duration::ZERO).await;
    let stalling = Sink::start(stalls.unwrap_or_default()).await;
    let urls = [sink.url.as_str(), stalling.url.as_str()];
    world.receivers(&urls[..1 + usize::from(stalls.is_some())], AT_ONCE as u32).await;
    let node = world.node().await;
    let name = if stalls.is_some() { "stalled" } else { "alone" };
    let request =
        |name: &'static str| move |number: u64| load::post("/v1/esrs", &world.bearer, &text(world, name, number));
    // Connections are made and code is paged in before it counts.
    let before = open_loop(
        node.address,
        PER_SECOND,
        Duration::from_secs(1),
        request(if stalls.is_some() { "w2" } else { "w1" }),
    )
    .await;
    let answered = open_loop(node.address, PER_SECOND, LASTING, request(name)).await;
    sink.until(before.len() + answered.len()).await;
    let (mut after_answer, mut after_due, mut answering) = (Vec::new(), Vec::new(), Vec::new());
    for one in &answered {
        let id = one.body.split("\"id\":\"esr_").nth(1).and_then(|rest| rest.split('"').next()).expect("an id");
        let came = sink.at(&format!("msg_{id}_1_esr_decided")).expect("it came");
        after_answer.push(came.saturating_duration_since(one.answered));
        after_due.push(came.saturating_duration_since(one.due));
        answering.push(one.answered.saturating_duration_since(one.due));
    }
    let (what, targets) = match stalls {
        None => ("answered POST to receipt", Some((Duration::from_millis(3), Duration::from_millis(8)))),
        Some(_) => ("the same beside a receiver that stalls 5 s", None),
    };
    let (median, p99) = percentiles(&mut after_answer);
    if let Some((median_target, p99_target)) = targets {
        within(&format!("{what}, {PER_SECOND}/s: median"), median, median_target);
        within(&format!("{what}, {PER_SECOND}/s: 99 %"), p99, p99_target);
    } else {
        println!("  {:<58} {:>10}", format!("{what}: median"), human(median.as_secs_f64()));
        within(&format!("{what}: 99 %"), p99, Duration::from_millis(20));
        println!("  {:<58} {:>10}", "messages that the stalling one got meanwhile", stalling.count());
    }
    for (what, mut took) in [("POST to answer", answering), ("POST to receipt", after_due)] {
        let (median, p99) = percentiles(&mut took);
        let (median, p99) = (human(median.as_secs_f64()), human(p99.as_secs_f64()));
        println!("  {:<58} {median:>10}   99 % {p99:>9}", format!("{what}: median"));
    }
    node.stop().await;
}

fn text(world: &World<'_>, name: &str, number: u64) -> String {
    serde_json::to_string(&world.esr(name, number)).expect("an eSR is JSON")
}

fn percentiles(took: &mut [Duration]) -> (Duration, Duration) {
    took.sort_unstable();
    (took[took.len() / 2], took[took.len() * 99 / 100])
}

/// A backlog to one fast receiver, beside plain reqwest that posts the same bodies.
async fn throughput(world: &World<'_>) {
    let sink = Sink::start(Duration::ZERO).await;
    world.receivers(&[&sink.url], AT_ONCE as u32).await;
    world.backlog("backlog", BACKLOG).await;
    let sender = world.sender("").await;
    let start = Instant::now();
    let running = sender.run();
    let took = sink.until(BACKLOG).await - start;
    sender.stop(running).await;
    let ours = BACKLOG as f64 / took.as_secs_f64();
    let bodies = sink.take();
    let plain = plain(&sink.url, bodies).await;
    rate(&format!("plain reqwest, {AT_ONCE} at once"), plain, "");
    rate(
        &format!("a backlog of {BACKLOG}, {AT_ONCE} at once, each recorded"),
        ours,
        &format!("{:.2} x plain reqwest", ours / plain),
    );
}

/// How many of these bodies plain reqwest posts a second.
async fn plain(url: &str, bodies: Vec<Bytes>) -> f64 {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let (count, bodies) = (bodies.len(), Arc::new(bodies));
    let start = Instant::now();
    let tasks = (0..AT_ONCE).map(|first| {
        let (client, url, bodies) = (client.clone(), url.to_owned(), Arc::clone(&bodies));
        tokio::spawn(async move {
            for number in (first..bodies.len()).step_by(AT_ONCE) {
                let request = client.post(&url).header("webhook-id", number.to_string());
                let request = request.header("content-type", "application/json").body(bodies[number].clone());
                let answer = request.send().await.expect("an answer");
                assert!(answer.status().is_success());
                answer.bytes().await.expect("its body");
            }
        })
    });
    for task in join_all(tasks).await {
        task.expect("all sent");
    }
    count as f64 / start.elapsed().as_secs_f64()
}

/// What one receiver that never answers costs 99 others.
async fn one_dead_of_a_hundred(world: &World<'_>) {
    let mut fastest = [f64::INFINITY; 2];
    for run in 0..RUNS {
        for (dead, fastest) in [false, true].into_iter().zip(&mut fastest) {
            let sinks = join_all((0..99).map(|_| Sink::start(Duration::ZERO))).await;
            let last = Sink::start(if dead { Duration::from_secs(3600) } else { Duration::ZERO }).await;
            let urls: Vec<&str> = sinks.iter().chain([&last]).map(|sink| sink.url.as_str()).collect();
            world.receivers(&urls, AT_ONCE as u32).await;
            world.backlog(&format!("hundred-{run}-{dead}"), EACH).await;
            let sender = world.sender("deadline_seconds = 2.0").await;
            let start = Instant::now();
            let running = sender.run();
            let ends = join_all(sinks.iter().map(|sink| sink.until(EACH))).await;
            let took = ends.into_iter().max().expect("99") - start;
            sender.stop(running).await;
            *fastest = fastest.min(took.as_secs_f64());
        }
    }
    let rates = fastest.map(|seconds| (99 * EACH) as f64 / seconds);
    rate("to 99 of 100 receivers that are well", rates[0], "");
    let cost = (fastest[1] / fastest[0] - 1.0) * 100.0;
    let verdict = if cost < 5.0 { "met" } else { "MISSED" };
    rate("to the same 99 while the last never answers", rates[1], &format!("costs {cost:.1} %, target 5 %: {verdict}"));
}

/// eSRs as fast as they are answered, and all of them delivered.
async fn accept_and_deliver(world: &World<'_>) {
    let sink = Sink::start(Duration::ZERO).await;
    world.receivers(&[&sink.url], 64).await;
    let node = world.node().await;
    let (bearer, esrs) = (world.bearer.clone(), Arc::clone(&world.esrs));
    let request = move |number: u64| {
        let mut esr = esrs[number as usize % esrs.len()].clone();
        esr.reference = format!("full-{number}");
        load::post("/v1/esrs", &bearer, &serde_json::to_string(&esr).expect("an eSR is JSON"))
    };
    let start = Instant::now();
    let accepted = load(node.address, 64, Duration::from_secs(6), request).await;
    let count = (accepted.per_second * accepted.lasted.as_secs_f64()).round() as usize;
    let took = sink.until(count).await - start;
    rate("accepted, 64 connections", accepted.per_second, "");
    rate("accepted and delivered", count as f64 / took.as_secs_f64(), "(Svix on such a machine, PostgreSQL: 1,180 /s)");
    node.stop().await;
}

fn rate(name: &str, per_second: f64, beside: &str) {
    println!("  {name:<58} {per_second:>8.0} /s   {beside}");
}
