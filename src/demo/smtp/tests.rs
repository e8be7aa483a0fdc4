use std::sync::atomic::{AtomicU32, Ordering};

use lettre::transport::smtp::client::Tls;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

/// What the server says to what a client sends, in one go, until the server or the client hangs up.
async fn said(catcher: &Catcher, sent: &[&[u8]]) -> String {
    let mut stream = TcpStream::connect(catcher.address()).await.unwrap();
    let (mut answers, mut buffer) = (String::new(), [0; 4096]);
    for part in sent {
        // Each part waits for an answer to the one before.
        let read = stream.read(&mut buffer).await.unwrap();
        answers += std::str::from_utf8(&buffer[..read]).unwrap();
        // The server may have hung up.
        let _ = stream.write_all(part).await;
    }
    let _ = stream.shutdown().await;
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    answers + std::str::from_utf8(&rest).unwrap()
}

fn codes(answers: &str) -> Vec<u16> {
    let last_lines = answers.lines().filter(|line| line.as_bytes().get(3) == Some(&b' '));
    last_lines.map(|line| line[..3].parse().unwrap()).collect()
}

async fn with(script: Script, bounds: Bounds) -> Catcher {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Catcher::start(listener, script, bounds, Clock::fixed(Timestamp::UNIX_EPOCH)).unwrap()
}

async fn sound() -> Catcher {
    // Short, so that a test which waits for what never comes fails soon.
    with(Script::sound(), Bounds { patience: Duration::from_secs(5), ..Bounds::default() }).await
}

fn client(catcher: &Catcher) -> AsyncSmtpTransport<Tokio1Executor> {
    AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(catcher.address().port())
        .tls(Tls::None)
        .timeout(Some(Duration::from_secs(5)))
        .build()
}

fn letter(to: &str, body: &str) -> Message {
    let message = Message::builder().from("a@here.example".parse().unwrap()).to(to.parse().unwrap());
    message.subject("Réveil").body(body.to_owned()).unwrap()
}

#[tokio::test]
async fn a_real_client_hands_mails_over_and_they_are_kept_byte_by_byte() {
    let catcher = sound().await;
    let sender = self::client(&catcher);
    let message = letter("b@there.example", "one\n.\n..two\n.three\nfour");
    sender.send(message.clone()).await.unwrap();
    sender.send(letter("c@there.example", "Grüße")).await.unwrap();
    let mails = catcher.mails().after(0);
    assert_eq!(mails.len(), 2);
    assert_eq!(
        (mails[0].number, mails[0].from.as_str(), &*mails[0].to),
        (1, "a@here.example", &["b@there.example".to_owned()][..])
    );
    let mut formatted = message.formatted();
    if !formatted.ends_with(b"\r\n") {
        formatted.extend_from_slice(b"\r\n");
    }
    assert_eq!(String::from_utf8_lossy(&mails[0].source), String::from_utf8_lossy(&formatted));
    assert_eq!(mails[0].at, Timestamp::UNIX_EPOCH);
}

#[tokio::test]
async fn commands_sent_at_once_are_answered_at_once_and_in_order() {
    let catcher = sound().await;
    let batch: &[u8] = b"MAIL FROM:<a@b> SIZE=5\r\nRCPT TO:<c@d>\r\nRCPT TO:<bad>\r\nRCPT TO:<e@f>\r\nDATA\r\n";
    let answers =
        said(&catcher, &[b"EHLO x\r\n", batch, b"Hi\r\n..\r\n.\r\n", b"RSET\r\nNOOP\r\nHELP\r\nQUIT\r\n"]).await;
    assert_eq!(codes(&answers), [220, 250, 250, 250, 553, 250, 354, 250, 250, 250, 214, 221], "{answers}");
    assert!(answers.contains("250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n"), "{answers}");
    let mail = catcher.mails().get(1).unwrap();
    assert_eq!((mail.to.join(" ").as_str(), mail.source.as_slice()), ("c@d e@f", b"Hi\r\n.\r\n".as_slice()));
}

#[tokio::test]
async fn what_is_said_out_of_turn_is_refused() {
    let catcher = sound().await;
    let early: &[u8] = b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nEHLO x\r\nRCPT TO:<c@d>\r\nMAIL FROM:<a@b>\r\nMAIL FROM:<a@b>\r\nDATA\r\n";
    let answers = said(&catcher, &[early, b"RSET\r\nRCPT TO:<c@d>\r\nSTARTTLS\r\nwhat\r\nNOOP\n"]).await;
    assert_eq!(codes(&answers), [220, 503, 503, 503, 250, 503, 250, 503, 503, 250, 503, 502, 500, 500], "{answers}");
    assert_eq!(catcher.mails().count(), 0);
}

#[tokio::test]
async fn only_a_full_stop_between_two_proper_line_ends_ends_a_mail() {
    let envelope: &[u8] = b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n";
    for smuggled in
        [&b"one\n.\r\nMAIL FROM:<x@y>\r\n.\r\n"[..], b"one\r\n.\nMAIL FROM:<x@y>\r\n.\r\n", b"one\rtwo\r\n.\r\n"]
    {
        let catcher = sound().await;
        let answers = said(&catcher, &[b"EHLO x\r\n", envelope, smuggled, b"NOOP\r\n"]).await;
        assert_eq!(codes(&answers), [220, 250, 250, 250, 354, 550, 250], "{answers}");
        assert_eq!(catcher.mails().count(), 0);
    }
    let catcher = sound().await;
    let early = [envelope, b"one\r\n.\r\n"].concat();
    assert_eq!(codes(&said(&catcher, &[b"EHLO x\r\n", &early]).await), [220, 250, 250, 250, 421]);
}

#[tokio::test]
async fn a_mail_a_line_and_a_list_of_recipients_have_their_bounds() {
    let bounds = Bounds { size: 4000, recipients: 1, patience: Duration::from_secs(5), ..Bounds::default() };
    let catcher = with(Script::sound(), bounds).await;
    let envelope: &[u8] = b"MAIL FROM:<a@b> SIZE=4001\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\nDATA\r\n";
    let large = [b"x".repeat(900), b"\r\n".to_vec()].concat().repeat(5);
    let answers = said(&catcher, &[b"EHLO x\r\n", envelope, &[&large, &b".\r\n"[..]].concat()]).await;
    assert_eq!(codes(&answers), [220, 250, 552, 250, 250, 452, 354, 552], "{answers}");
    let long = [&b"x".repeat(999)[..], b"\r\n.\r\n"].concat();
    let long_command = [&b"y".repeat(3000)[..], b"\r\n"].concat();
    let envelope: &[u8] = b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n";
    let answers = said(&catcher, &[b"EHLO x\r\n", envelope, &long, &long_command]).await;
    assert_eq!(codes(&answers)[5..], [550, 500], "{answers}");
    let fits = [&b"."[..], &b"x".repeat(998)[..], b"\r\n.\r\n"].concat();
    assert_eq!(codes(&said(&catcher, &[b"EHLO x\r\n", envelope, &fits]).await).last(), Some(&250));
    assert_eq!(catcher.mails().get(1).unwrap().source.len(), 1000);
    // It hangs up long before the end; what it said may be lost with the connection then.
    let endless = [b"x".repeat(900), b"\r\n".to_vec()].concat().repeat(2000);
    said(&catcher, &[b"EHLO x\r\n", envelope, &endless]).await;
    assert_eq!(catcher.mails().count(), 1);
}

#[tokio::test]
async fn an_address_beyond_ascii_needs_smtputf8() {
    let catcher = sound().await;
    let lines =
        "MAIL FROM:<ü@b>\r\nMAIL FROM:<a@b>\r\nRCPT TO:<ü@b>\r\nRSET\r\nMAIL FROM:<ü@b> SMTPUTF8\r\nRCPT TO:<ö@b>\r\n";
    let answers = said(&catcher, &[b"EHLO x\r\n", lines.as_bytes()]).await;
    assert_eq!(codes(&answers), [220, 250, 553, 250, 553, 250, 250, 250]);
}

#[tokio::test]
async fn too_many_connections_too_many_mistakes_and_too_much_time_end_a_session() {
    let bounds = Bounds { connections: 1, patience: Duration::from_millis(200), ..Bounds::default() };
    let catcher = with(Script::sound(), bounds).await;
    let mut first = TcpStream::connect(catcher.address()).await.unwrap();
    let mut text = [0; 3];
    first.read_exact(&mut text).await.unwrap();
    assert_eq!(codes(&said(&catcher, &[]).await), [421]);
    let mut rest = String::new();
    first.read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains("421 4.4.2"), "{rest}");
    let answers = codes(&said(&catcher, &[&b"x\r\n".repeat(30)]).await);
    assert_eq!((answers.len(), answers.last()), (22, Some(&421)));
}

#[tokio::test]
async fn a_script_decides_what_goes_wrong_and_when() {
    let asked = AtomicU32::new(0);
    let script = Script::new(move |step| match step {
        Step::Recipient("busy@x") => Act::Answer(451, "4.7.1 Come back".to_owned()),
        Step::Recipient("gone@x") => Act::Answer(550, "5.1.1 Nobody".to_owned()),
        Step::Message(mail) if mail.to == ["lost@x"] && asked.fetch_add(1, Ordering::Relaxed) == 0 => Act::LoseAnswer,
        Step::Message(mail) if mail.to == ["full@x"] => Act::Answer(452, "4.3.1 No room".to_owned()),
        Step::Message(mail) if mail.to == ["drop@x"] => Act::Drop,
        Step::Message(mail) if mail.to == ["slow@x"] => Act::Stall(Duration::from_millis(50)),
        Step::Message(mail) if mail.to == ["odd@x"] => Act::Garble(b"25".to_vec()),
        _ => Act::Proceed,
    });
    let catcher = with(script, Bounds::default()).await;
    let client = client(&catcher);
    for (to, transient) in [("busy@x", true), ("full@x", true), ("gone@x", false)] {
        let error = client.send(letter(to, "x")).await.unwrap_err();
        assert_eq!((error.is_transient(), error.is_permanent()), (transient, !transient), "{to}: {error}");
    }
    for to in ["drop@x", "odd@x"] {
        assert!(client.send(letter(to, "x")).await.is_err(), "{to}");
    }
    assert_eq!(catcher.mails().count(), 0, "none of them was taken");
    client.send(letter("slow@x", "x")).await.unwrap();
    assert!(client.send(letter("lost@x", "x")).await.is_err(), "taken, and the answer lost");
    client.send(letter("lost@x", "x")).await.unwrap();
    assert_eq!(catcher.mails().count(), 3);
}

#[tokio::test]
async fn it_stops_when_it_is_dropped() {
    let catcher = sound().await;
    let address = catcher.address();
    let mut open = TcpStream::connect(address).await.unwrap();
    open.read_u8().await.unwrap();
    drop(catcher);
    let mut rest = Vec::new();
    let _ = open.read_to_end(&mut rest).await;
    tokio::time::timeout(Duration::from_secs(5), async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
}
