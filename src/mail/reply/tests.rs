//! Whole mails, as mail programs write them: `fixtures/mails/`.

use proptest::prelude::*;

use super::understood::{Known, Sure, Understood};
use super::*;
use crate::intake::esr::Conclusion;
use crate::mail::Words;
use crate::notify::endpoint::Language;

macro_rules! fixture {
    ($name:literal) => {
        super::read(include_bytes!(concat!("../../../fixtures/mails/", $name, ".eml"))).unwrap()
    };
}

fn understood(reply: &Reply) -> Understood {
    let known = Known { ours: &["BP-2026-00417"], asked: (false, false) };
    understood::read(&reply.subject, &reply.cut.said, &known)
}

fn labelled(number: &str) -> Option<(String, Sure)> {
    Some((number.to_owned(), Sure::Labelled))
}

#[test]
fn gmail() {
    let reply = fixture!("gmail_case_number");
    assert_eq!(
        reply.cut.said,
        "Hello,\n\nCase: HT-9912\n\nWe’ll look at it this afternoon.\n\nMarie Dupont\nHotelia Systems"
    );
    assert_eq!(reply.from.as_ref().unwrap().address, "support@hotelia.example");
    assert_eq!(reply.recipients, ["reply+TOKEN@cases.example", "reply+TOKEN@cases.example"]);
    assert_eq!(reply.answers[0], "msg_1.end_email@cases.example");
    assert_eq!(reply.message_id.as_deref(), Some("CAF=Pq8bXyZ0dK@mail.gmail.example"));
    let found = understood(&reply);
    assert_eq!((found.number, found.conclusion, found.unclear.len()), (labelled("HT-9912"), None, 0));
    assert!(reply.files.is_empty() && reply.automatic.is_none() && reply.bounce.is_none());
}

#[test]
fn outlook_with_a_trace_and_a_logo() {
    let reply = fixture!("outlook_fault_on_ales_side_with_trace");
    let found = understood(&reply);
    assert_eq!((found.number, found.conclusion), (labelled("HT-9912"), Some(Conclusion::AleFaultShown)));
    let findings =
        "The INVITE of the call server has no SDP when the wake-up service calls; see frame 12 of the trace.";
    assert_eq!(found.findings.as_deref(), Some(findings));
    let [file] = reply.files.as_slice() else { panic!("the logo is none: {:?}", reply.files) };
    assert_eq!((file.name.as_str(), file.media_type.as_str()), ("wake-up.pcap", "application/vnd.tcpdump.pcap"));
    assert!(file.bytes.ends_with(b"SIP/2.0\r\n"));
}

#[test]
fn french_outlook() {
    let reply = fixture!("outlook_french_fault_on_our_side");
    let found = understood(&reply);
    assert_eq!((found.number, found.conclusion), (labelled("HT-9912"), Some(Conclusion::ParticipantFaultFound)));
    assert_eq!(
        found.findings.as_deref(),
        Some("Le réveil était programmé dans un fuseau erroné, un correctif est livré.")
    );
    assert_eq!(reply.from.unwrap().name.as_deref(), Some("Hélène Lefèvre"));
    assert_eq!(reply.subject, "RE : [BP-2026-00417] Votre analyse est attendue");
}

#[test]
fn french_apple_mail() {
    let found = understood(&fixture!("apple_mail_french_needs_ales_help"));
    assert_eq!((found.number, found.conclusion), (labelled("HT-9912"), Some(Conclusion::AleHelpRequested)));
    assert!(found.findings.unwrap().starts_with("Le flux s’arrête"));
}

#[test]
fn thunderbird_between_the_lines() {
    let reply = fixture!("thunderbird_answers_between_the_lines");
    assert!(!reply.cut.said.contains("24x7") && !reply.cut.said.contains('>'), "{}", reply.cut.said);
    let found = understood(&reply);
    assert_eq!((found.number, found.conclusion), (labelled("HT-9912"), Some(Conclusion::Inconclusive)));
}

#[test]
fn telephones() {
    let reply = fixture!("iphone_number_in_a_sentence");
    assert_eq!(reply.cut.said, "We have it as ticket HT-9912");
    assert_eq!(understood(&reply).number, Some(("HT-9912".to_owned(), Sure::InSentence)));
}

#[test]
fn html_alone() {
    let reply = fixture!("html_only_with_a_table");
    assert_eq!(reply.cut.said, "Hello,\n\nConclusion: fault on our side\nRelease 8.2.2 mends it – déjà disponible.");
    let found = understood(&reply);
    assert_eq!(found.number, Some(("2026112310000017".to_owned(), Sure::InSubject)));
    assert_eq!(found.conclusion, Some(Conclusion::ParticipantFaultFound));
}

#[test]
fn german_outlook() {
    assert_eq!(understood(&fixture!("outlook_german_case_number")).number, labelled("HT-9912"));
}

#[test]
fn a_partner() {
    let found = understood(&fixture!("partner_gives_access_and_case_number"));
    assert_eq!((found.number, found.system_access), (labelled("HT-9912"), Some(true)));
}

#[test]
fn what_no_person_wrote_says_so() {
    assert!(fixture!("out_of_office_exchange").automatic.is_some());
    assert!(fixture!("vacation_without_any_header_but_its_subject").automatic.is_some());
    let acknowledged = fixture!("ticket_system_acknowledges_with_its_number");
    assert!(acknowledged.automatic.is_some());
    assert_eq!(understood(&acknowledged).number, Some(("HT-9912".to_owned(), Sure::InSentence)));
}

#[test]
fn a_letter_that_came_back_says_whom_it_did_not_reach_and_why() {
    let bounce = fixture!("bounce_user_unknown").bounce.unwrap();
    assert_eq!(bounce.letter.as_deref(), Some("msg_1.end_email@cases.example"));
    let failed = bounce.failed().unwrap();
    assert_eq!((failed.address.as_str(), failed.status.as_str()), ("support@hotelia.example", "5.1.1"));
    assert!(failed.diagnostic.as_deref().unwrap().ends_with("User unknown"), "{failed:?}");
    let delayed = fixture!("bounce_delayed").bounce.unwrap();
    assert_eq!((delayed.failed(), delayed.recipients[0].status.as_str()), (None, "4.4.1"));
}

#[test]
fn an_answer_that_says_nothing_is_told_from_one_that_does() {
    assert!(fixture!("nothing_but_the_letter").cut.nothing_new);
}

#[test]
fn a_sender_who_names_two_is_nobody() {
    for headers in
        ["From: a@x.example, b@y.example", "From: a@x.example\nFrom: b@y.example", "From: nobody", "To: x@y.example"]
    {
        assert_eq!(super::read(format!("{headers}\n\nText").as_bytes()).unwrap().from, None, "{headers}");
    }
}

#[test]
fn what_is_no_mail_is_not_read() {
    assert_eq!(super::read(b""), Err(Unreadable::NoMail));
}

#[test]
fn a_mail_within_is_a_file() {
    let mail = "From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nSee below\n--b\nContent-Type: message/rfc822\n\n\
                Subject: inner\n\nInner text\n--b--\n";
    let reply = super::read(mail.as_bytes()).unwrap();
    assert_eq!(reply.cut.said, "See below");
    assert_eq!(reply.files.len(), 1);
    assert_eq!(String::from_utf8_lossy(&reply.files[0].bytes).trim_end(), "Subject: inner\n\nInner text");
}

#[test]
fn names_of_files_lose_their_folders_and_missing_ones_are_made_up() {
    let mail = "From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/pdf\n\
                Content-Disposition: attachment; filename=\"../../x/\u{e9}t\u{e9}.pdf\"\n\nPDF\n--b\nContent-Type: a/b\n\nX\n--b\n\
                Content-Type: application/x; name*=utf-8''%C3%A9.bin\n\nY\n--b--\n";
    let reply = super::read(mail.as_bytes()).unwrap();
    let names: Vec<_> = reply.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["été.pdf", "attachment-2", "é.bin"]);
}

#[test]
fn what_our_letters_ask_for_is_understood_in_each_of_their_languages() {
    for language in [Language::En, Language::Fr] {
        let words = Words::of(language);
        let (case, conclusion) = words.reply_lines();
        for known in Conclusion::ALL {
            for colon in [":", " :", "\u{a0}:"] {
                let said = format!("{case}{colon} HT-4711\n{conclusion}{colon} {}", words.conclusion(*known));
                let found = understood::read("", &said, &Known::default());
                assert_eq!((found.number, found.conclusion), (labelled("HT-4711"), Some(*known)), "{said}");
            }
        }
    }
}

#[test]
#[ignore = "prints how long the worst mails take that are still read: cargo test --lib worst -- --ignored --nocapture"]
fn worst() {
    let mut nested = String::from("From: a@b.example\r\n");
    for n in 0..45 {
        nested += &format!("Content-Type: multipart/mixed; boundary=\"---------{n}\"\r\n\r\n-----------{n}\r\n");
    }
    let parts = "-----------44\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n".repeat(9);
    for (name, filler) in [("dashes", "-".repeat(4 << 20)), ("text", "a line of text\r\n".repeat(250_000))] {
        let mail = format!("{nested}{parts}{filler}");
        let begun = std::time::Instant::now();
        let read = super::read(mail.as_bytes()).map(|reply| reply.text.len());
        println!("{name}: {} bytes, {read:?} after {:?}", mail.len(), begun.elapsed());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn any_bytes_at_all_are_read_without_harm(
        pieces in prop::collection::vec(
            "(From: a@b.example|Content-Type: multipart/mixed; boundary=b|--b|--b--|Content-Type: message/rfc822|\
             Content-Type: message/delivery-status|Content-Transfer-Encoding: base64|Content-Type: text/html|Action: failed|\
             Content-Transfer-Encoding: quoted-printable|Final-Recipient: rfc822; x@y.example|charset=utf-16|=C3|<div>|On 1/2/26 x wrote:|> |\
             Auto-Submitted: yes|Received: x|\\PC{0,30}||)\r?\n", 0..40)
    ) {
        let raw = pieces.concat();
        if let Ok(reply) = super::read(raw.as_bytes()) {
            prop_assert!(reply.cut.said.len() <= reply.text.len());
            let known = Known { ours: &[], asked: (true, true) };
            let _ = understood::read(&reply.subject, &reply.cut.said, &known);
            let _ = reply.is_authenticated("mx.example");
        }
    }

    #[test]
    fn noise_is_read_without_harm(raw in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = super::read(&raw);
    }
}
