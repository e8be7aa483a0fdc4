//! Letters arrive at a real mail server, and what it refuses is understood.

use mail_parser::{HeaderValue, MessageParser};
use pointsman::config::Config;
use pointsman::mail::{Letter, MailError, MailSettings, Post, compose};
use pointsman::notify::Notice;
use pointsman::notify::endpoint::Language;
use pointsman::triage::outcome::Side;
use serde_json::{Value, json};

use super::dkim::{dkim_settings, new_key, verified};
use super::postfix::Postfix;
use super::{Desk, esr, letter};

struct Office {
    post: Post,
    settings: MailSettings,
}

fn office(text: &str) -> Office {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let config = Config::parse(
        "p.toml",
        &format!(
            "[server]\npublic_url = \"https://esr.ale.example\"\n[mail]\nfrom_address = \"esr@ale.example\"\nhost = \"127.0.0.1\"\n\
             secret = \"0123456789abcdef0123456789abcdef\"\n{text}"
        ),
    )
    .unwrap();
    let post = Post::new(config.mail.server().unwrap().unwrap()).unwrap();
    Office { post, settings: MailSettings::of(&config).unwrap().unwrap() }
}

impl Office {
    async fn send(&self, letter: &Letter<'_>) -> Result<u16, MailError> {
        let message = compose(letter, &self.settings).unwrap();
        self.post.send(&message).await.map(|answer| answer.code)
    }
}

fn data() -> Value {
    Desk::open().data(&esr(json!({ "summary": "Été : les réveils ne partent plus 🕖" })))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn letters_arrive_as_they_were_written_and_their_signature_holds() {
    let server = Postfix::start();
    let keys = tempfile::tempdir().unwrap();
    new_key(keys.path(), &[]);
    let dkim = dkim_settings(keys.path());
    let data = data();
    let ca = server.certificate();
    let plain = office(&format!("tls = \"none\"\nport = {}\n{dkim}", server.port));
    let starttls = office(&format!("port = {}\nca_file = {ca:?}\n{dkim}", server.port));
    let tls = office(&format!("tls = \"tls\"\nport = {}\nca_file = {ca:?}\n{dkim}", server.tls_port));
    for (office, language) in [(&plain, Language::En), (&starttls, Language::Fr), (&tls, Language::Fr)] {
        let mut letter = letter(&data, Notice::Escalated, Side::Participant, language);
        assert_eq!(office.send(&letter).await.unwrap(), 250);
        // Over the connection that was kept, to a domain in letters of another script.
        letter.address = "support@hôtel.example";
        assert_eq!(office.send(&letter).await.unwrap(), 250);
        office.post.close().await;
    }
    let mails = server.stored(6);
    for bytes in &mails {
        verified(bytes, keys.path()).unwrap();
        let mail = MessageParser::default().parse(bytes).unwrap();
        assert_eq!(mail.subject(), Some("[BP-2026-00417] Été : les réveils ne partent plus 🕖"));
        assert_eq!(
            mail.message_id().unwrap().split('.').next(),
            Some("msg_0193f4c2a1b07c3d8e9f001122334455_1_esr_escalated")
        );
        let back = mail.header("Return-Path").and_then(HeaderValue::as_text).unwrap_or_default();
        assert!(back.starts_with("bounce+") && back.ends_with("@ale.example"), "{back}");
        assert!(mail.body_html(0).unwrap().contains("Été : les réveils ne partent plus 🕖"));
        assert!(mail.body_text(0).unwrap().contains("https://esr.ale.example/c/"));
    }
    let log = server.log();
    assert_eq!(
        log.matches("connect from localhost").count() - log.matches("disconnect from").count(),
        3 + 1,
        "one connection for two letters, and the test's own: {log}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_server_refuses_is_tried_again_or_not_as_it_says() {
    let server = Postfix::start();
    let office = office(&format!("tls = \"none\"\nport = {}\n", server.port));
    let data = data();
    let mut letter = letter(&data, Notice::Escalated, Side::Participant, Language::En);
    for (address, transient, code, words) in [
        ("later@hotelia.example", true, 450, "Come back later"),
        ("full@hotelia.example", false, 552, "The mailbox is full"),
        ("nobody@hotelia.example", false, 550, "User unknown"),
        ("somebody@elsewhere.example", false, 554, ""),
    ] {
        letter.address = address;
        let result = office.send(&letter).await;
        if address.ends_with("elsewhere.example") {
            // This server takes mail for anywhere from this machine.
            assert!(result.is_ok());
            continue;
        }
        let error = result.unwrap_err();
        assert_eq!((error.is_transient(), error.code()), (transient, Some(code)), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    // After refusals the way is still open.
    letter.address = "support@hotelia.example";
    assert_eq!(office.send(&letter).await.unwrap(), 250);
    server.stored(1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_server_an_untrusted_one_or_one_without_tls_may_be_tried_again() {
    let server = Postfix::start();
    let data = data();
    let letter = letter(&data, Notice::Escalated, Side::Participant, Language::En);
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for settings in [
        format!("tls = \"none\"\nport = {free}\n"),
        // Its certificate is nobody's that we trust.
        format!("port = {}\n", server.port),
        format!("tls = \"tls\"\nport = {}\n", server.tls_port),
        // It offers no login.
        format!("tls = \"none\"\nport = {}\nuser = \"u\"\npassword = \"p\"\n", server.port),
    ] {
        let error = office(&settings).send(&letter).await.unwrap_err();
        assert!(error.is_transient(), "{settings}: {error}");
    }
    assert!(server.log().contains("connect from"), "it was tried");
}
