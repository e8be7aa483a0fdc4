//! Replies from a mailbox, over IMAP from Debian's Dovecot.

use std::time::{Duration, Instant};

use pointsman::store::{Inbound, InboundFilter, InboundState};

use super::case::Case;
use super::dovecot::Dovecot;
use crate::support::Database;

async fn kept(case: &Case) -> Vec<Inbound> {
    case.server.store.list_inbound(&InboundFilter::default(), None, 100).await.unwrap().items
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_in_the_mailbox_moves_the_case_on_and_is_marked_as_seen() {
    let db = Database::sqlite().await;
    let mut dovecot = Dovecot::start();
    let case = Case::filed_with(&db, &dovecot.settings("tls")).await;
    dovecot.deliver(&case.mail("gmail_case_number"));
    dovecot.until("INBOX", (0, 1)).await;
    assert_eq!(case.shown().await["decision"]["stage"], "participant_analysis");
    // The next one is taken as well, and one that is there twice counts once.
    dovecot.deliver(&case.mail("outlook_fault_on_ales_side_with_trace"));
    dovecot.deliver(&case.mail("gmail_case_number"));
    dovecot.until("INBOX", (0, 3)).await;
    let shown = case.shown().await;
    assert_eq!((shown["decision"]["stage"].as_str(), &shown["revision"]), (Some("ale_engaged"), &3.into()));
    assert_eq!(kept(&case).await.len(), 2);
    let stopping = Instant::now();
    case.end().await;
    assert!(stopping.elapsed() < Duration::from_secs(5), "it stops with the service");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_are_moved_to_a_folder_where_one_is_named() {
    let db = Database::postgres().await;
    let mut dovecot = Dovecot::start();
    let settings = format!("{}move_to = \"Taken by pointsman\"\n", dovecot.settings("starttls"));
    let case = Case::filed_with(&db, &settings).await;
    dovecot.deliver(&case.mail("gmail_case_number"));
    dovecot.deliver(&case.mail("forged_by_a_stranger"));
    let deadline = Instant::now() + Duration::from_secs(20);
    while dovecot.count("Taken by pointsman").is_none_or(|(unseen, seen)| unseen + seen < 2) {
        assert!(Instant::now() < deadline, "{}", dovecot.log());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(dovecot.count("INBOX"), Some((0, 0)));
    let states: Vec<_> = kept(&case).await.into_iter().map(|kept| kept.state).collect();
    assert!(states.contains(&InboundState::Applied) && states.contains(&InboundState::Held), "{states:?}");
    case.end().await;
    db.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mailbox_that_is_away_is_looked_into_once_it_is_back() {
    let db = Database::sqlite().await;
    let mut dovecot = Dovecot::ready();
    let case = Case::filed_with(&db, &dovecot.settings("none")).await;
    dovecot.deliver(&case.mail("gmail_case_number"));
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(kept(&case).await.is_empty());
    dovecot.run();
    dovecot.until("INBOX", (0, 1)).await;
    dovecot.stop();
    dovecot.deliver(&case.mail("outlook_fault_on_ales_side_with_trace"));
    tokio::time::sleep(Duration::from_millis(500)).await;
    dovecot.run();
    dovecot.until("INBOX", (0, 2)).await;
    assert_eq!(case.shown().await["decision"]["stage"], "ale_engaged");
    case.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_not_trusted_or_a_wrong_password_takes_nothing() {
    let mut dovecot = Dovecot::start();
    let settings = dovecot.settings("tls");
    let untrusted = settings.lines().filter(|line| !line.starts_with("ca_file")).collect::<Vec<_>>().join("\n");
    for wrong in [format!("{untrusted}\n"), settings.replace("open sesame", "open barley")] {
        let db = Database::sqlite().await;
        let case = Case::filed_with(&db, &wrong).await;
        dovecot.deliver(&case.mail("gmail_case_number"));
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert!(kept(&case).await.is_empty());
        case.end().await;
    }
    assert_eq!(dovecot.count("INBOX"), Some((2, 0)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_cannot_be_read_is_held_and_stands_in_nobodys_way() {
    let db = Database::sqlite().await;
    let mut dovecot = Dovecot::start();
    let settings = format!("[inbound]\nmail_bytes = 20000\n{}", dovecot.settings("none"));
    let case = Case::filed_with(&db, &settings).await;
    let bomb =
        format!("From: a@b.example\r\nSubject: bomb\r\n{}\r\n", "Content-Type: message/rfc822\r\n\r\n".repeat(100));
    dovecot.deliver(bomb.as_bytes());
    let large = "a line of a large mail\r\n".repeat(1_000);
    dovecot.deliver(format!("From: a@b.example\r\nSubject: large\r\n\r\n{large}").as_bytes());
    dovecot.deliver(b"\0\xff no mail at all");
    dovecot.deliver(&case.mail("gmail_case_number"));
    dovecot.until("INBOX", (0, 4)).await;
    assert_eq!(case.shown().await["decision"]["stage"], "participant_analysis");
    let held = |subject: &str, kept: &[Inbound]| {
        let found = kept.iter().find(|kept| kept.summary == subject).unwrap();
        assert_eq!(found.state, InboundState::Held);
        found.reason.clone().unwrap()
    };
    let kept = kept(&case).await;
    assert!(held("bomb", &kept).contains("other mails"));
    assert!(held("large", &kept).contains("the whole of it is in the mailbox INBOX"));
    assert_eq!(kept.len(), 4);
    case.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_kept_stays_in_the_mailbox() {
    let db = Database::sqlite().await;
    let mut dovecot = Dovecot::start();
    let case = Case::filed_with(&db, &dovecot.settings("none")).await;
    let dir = case.server.app.config.attachments.dir.clone();
    // The disk takes nothing: its place is a file.
    std::fs::remove_dir_all(&dir).unwrap();
    std::fs::write(&dir, "in the way").unwrap();
    dovecot.deliver(&case.mail("gmail_case_number"));
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert_eq!(dovecot.count("INBOX"), Some((1, 0)), "it is not marked before it is kept");
    std::fs::remove_file(&dir).unwrap();
    dovecot.until("INBOX", (0, 1)).await;
    assert_eq!(case.shown().await["revision"], 2);
    case.end().await;
}
