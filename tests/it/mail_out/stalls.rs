//! A mail server that stalls, drops or answers nonsense, and what becomes of the next letter.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pointsman::config::Config;
use pointsman::demo::smtp::{Act, Catcher, Script, Step};
use pointsman::mail::{Post, compose};
use pointsman::notify::Notice;
use pointsman::notify::endpoint::Language;
use pointsman::triage::outcome::Side;
use serde_json::json;

use super::{Desk, esr, letter, settings};

fn post(catcher: &Catcher) -> Post {
    let text = format!(
        "[mail]\nhost = \"127.0.0.1\"\ntls = \"none\"\ntimeout_seconds = 1\nport = {}\n",
        catcher.address().port()
    );
    Post::new(Config::parse("p.toml", &text).unwrap().mail.server().unwrap().unwrap()).unwrap()
}

fn message() -> lettre::Message {
    let data = Desk::open().data(&esr(json!({})));
    compose(&letter(&data, Notice::Escalated, Side::Participant, Language::En), &settings("")).unwrap()
}

/// A server that does so at the first letter's message, and what it should afterwards.
async fn once(act: Act) -> Catcher {
    let seen = Arc::new(AtomicUsize::new(0));
    let script = Script::new(move |step| match step {
        Step::Message(_) if seen.fetch_add(1, Ordering::SeqCst) == 0 => act.clone(),
        _ => Act::Proceed,
    });
    Catcher::on_a_free_port(script).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_comes_too_late_is_not_taken_for_the_next_letters() {
    for act in [Act::Stall(Duration::from_millis(1_500)), Act::Drop, Act::LoseAnswer, Act::Garble(b"2".to_vec())] {
        let catcher = once(act.clone()).await;
        let post = post(&catcher);
        let started = Instant::now();
        let error = post.send(&message()).await.unwrap_err();
        assert!(error.is_transient() && error.code().is_none(), "{act:?}: {error}");
        assert!(started.elapsed() < Duration::from_secs(3), "{act:?}");
        // The second one waits for its own answer, over a connection of its own.
        assert_eq!(post.send(&message()).await.unwrap().code, 250, "{act:?}");
        assert_eq!(post.send(&message()).await.unwrap().code, 250, "{act:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_says_nothing_at_all_is_given_up_in_time() {
    let catcher = Catcher::on_a_free_port(Script::new(|_| Act::Stall(Duration::from_secs(60)))).await.unwrap();
    let started = Instant::now();
    let error = post(&catcher).send(&message()).await.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("within 1 s"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_letter_is_given_up_and_a_refused_hello_is_not() {
    for (at, act, transient, code) in [
        ("message", Act::Answer(554, "5.7.1 This looks like spam".to_owned()), false, 554),
        ("message", Act::Answer(451, "4.3.0 Try again later".to_owned()), true, 451),
        ("sender", Act::Answer(530, "5.7.0 Log in first".to_owned()), true, 530),
        ("hello", Act::Answer(550, "5.7.1 Not from there".to_owned()), true, 550),
        ("connected", Act::Answer(554, "5.3.2 Closed for today".to_owned()), true, 554),
    ] {
        let told = act.clone();
        let script = Script::new(move |step| match (at, step) {
            ("message", Step::Message(_))
            | ("sender", Step::Sender(_))
            | ("hello", Step::Hello(_))
            | ("connected", Step::Connected) => told.clone(),
            _ => Act::Proceed,
        });
        let catcher = Catcher::on_a_free_port(script).await.unwrap();
        let error = post(&catcher).send(&message()).await.unwrap_err();
        assert_eq!((error.is_transient(), error.code()), (transient, Some(code)), "{at} {act:?}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_letters_at_once_all_arrive_each_once() {
    let catcher = Catcher::on_a_free_port(Script::sound()).await.unwrap();
    let post = post(&catcher);
    let message = message();
    let sent = futures_util::future::join_all((0..40).map(|_| post.send(&message))).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    post.close().await;
    assert_eq!(catcher.mails().count(), 40);
}
