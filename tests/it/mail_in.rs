//! Replies by mail: the participant answers from its own mailbox, and what cannot be believed waits for an agent.

pub(crate) mod case;
mod dovecot;
mod mailbox;
mod pipe;

use pointsman::cases::{Actor, Role, Status};
use pointsman::flow::{self, Change, Heard};
use pointsman::mail::inbound::{self, Outcome};
use pointsman::notify::endpoint::Language;
use pointsman::store::{Channel, InboundState, NewInbound, Raw};
use pointsman::triage::outcome::Side;
use serde_json::json;

use self::case::Case;
use crate::support::{Database, on_both_databases};

on_both_databases!(
    a_participants_reply_moves_its_case_on_and_counts_once,
    a_fault_shown_by_a_trace_in_a_mail_engages_ale,
    a_french_reply_sends_the_case_back,
    a_reply_that_lost_its_address_is_matched_by_what_it_answers,
    a_stranger_is_not_believed_and_nothing_is_dropped,
    an_address_that_was_made_up_is_not_believed,
    a_server_that_authenticates_senders_has_the_last_word,
    what_no_person_wrote_changes_nothing,
    a_letter_that_came_back_is_told_with_its_reason,
    a_partner_gives_what_it_was_asked_for,
    a_note_waits_for_an_agent_and_its_files_do_not,
    what_was_left_by_a_killed_server_is_applied_once,
    two_servers_with_the_same_mail_apply_it_once,
    an_agent_settles_what_is_held,
    files_that_may_not_be_attached_stay_in_the_mail,
    a_bomb_is_held_and_harms_nobody,
    our_own_words_are_never_taken_for_theirs,
    what_is_written_on_a_closed_case_is_for_an_agent,
);

fn held(outcome: &Outcome, why: &str) {
    assert_eq!(outcome.state, InboundState::Held, "{outcome:?}");
    assert!(outcome.reason.as_deref().is_some_and(|reason| reason.contains(why)), "{outcome:?}");
}

async fn a_participants_reply_moves_its_case_on_and_counts_once(db: &Database) {
    let case = Case::filed(db).await;
    let outcome = case.receive("gmail_case_number").await;
    assert_eq!((outcome.state, outcome.esr_id.as_deref()), (InboundState::Applied, Some(case.id.as_str())));
    let shown = case.shown().await;
    assert_eq!(shown["esr"]["participant_case"]["number"], "HT-9912");
    assert_eq!(shown["decision"]["stage"], "participant_analysis");
    assert_eq!(shown["revision"], 2);
    let heard = shown["timeline"].as_array().unwrap().iter().find(|entry| entry["kind"] == "heard").unwrap();
    assert_eq!(heard["by"], json!({"role": "participant", "name": "Hotelia Systems"}));
    assert_eq!(heard["data"]["note"]["inbound"], outcome.id.as_str());

    let again = case.receive("gmail_case_number").await;
    assert_eq!((again.id, again.state), (outcome.id, InboundState::Applied));
    // Another way through other servers changes their headers, and nothing else.
    let raw = [b"Received: from elsewhere\r\n", case.mail("gmail_case_number").as_slice()].concat();
    inbound::receive(&case.server.app, &raw).await.unwrap();
    assert_eq!(case.shown().await["revision"], 2, "one mail counts once");
    case.end().await;
}

async fn a_fault_shown_by_a_trace_in_a_mail_engages_ale(db: &Database) {
    let case = Case::filed(db).await;
    let outcome = case.receive("outlook_fault_on_ales_side_with_trace").await;
    assert_eq!(outcome.state, InboundState::Applied, "{outcome:?}");
    let shown = case.shown().await;
    assert_eq!(shown["esr"]["participant_case"]["conclusion"], "ale_fault_shown");
    assert_eq!(shown["esr"]["participant_case"]["traces"], json!(["wake-up.pcap"]));
    assert_eq!(shown["decision"]["stage"], "ale_engaged");
    let file = &shown["attachments"][0];
    assert_eq!((file["name"].as_str(), file["by"].as_str()), (Some("wake-up.pcap"), Some("Hotelia Systems")));
    let path = format!("/v1/esrs/{}/attachments/{}", case.id, file["id"].as_str().unwrap());
    let bytes = case.server.get(&case.partner, &path).await.body;
    assert!(bytes.as_str().unwrap().contains("INVITE"));
    assert_eq!(shown["attachments"].as_array().unwrap().len(), 1, "the logo is none");
    case.end().await;
}

async fn a_french_reply_sends_the_case_back(db: &Database) {
    let case = Case::filed(db).await;
    case.receive("outlook_french_fault_on_our_side").await;
    let shown = case.shown().await;
    assert_eq!(shown["esr"]["participant_case"]["conclusion"], "participant_fault_found");
    assert_eq!(shown["decision"]["route"], "participant_hotline");
    let findings = "Le réveil était programmé dans un fuseau erroné, un correctif est livré.";
    assert_eq!(shown["esr"]["participant_case"]["findings"], findings);
    case.end().await;
}

async fn a_reply_that_lost_its_address_is_matched_by_what_it_answers(db: &Database) {
    let case = Case::filed(db).await;
    let mail = case.text("apple_mail_french_needs_ales_help").replace(&case.reply_address(), "cases@cases.example");
    let outcome = inbound::receive(&case.server.app, mail.as_bytes()).await.unwrap();
    assert_eq!(outcome.state, InboundState::Applied, "{outcome:?}");
    assert_eq!(case.shown().await["esr"]["participant_case"]["conclusion"], "ale_help_requested");
    case.end().await;
}

async fn a_stranger_is_not_believed_and_nothing_is_dropped(db: &Database) {
    let case = Case::filed(db).await;
    let outcome = case.receive("forged_by_a_stranger").await;
    held(&outcome, "support@hotelia-systems.example is not an address of hotelia");
    assert_eq!(outcome.esr_id.as_deref(), Some(case.id.as_str()), "an agent sees which case it is about");
    let two = case
        .text("gmail_case_number")
        .replace("From: Marie Dupont <support@hotelia.example>", "From: support@hotelia.example, x@y.example");
    held(&inbound::receive(&case.server.app, two.as_bytes()).await.unwrap(), "names several");
    let nothing = b"From: a@b.example\r\nSubject: Hello\r\n\r\nBuy this\r\n";
    let nothing = inbound::receive(&case.server.app, nothing).await.unwrap();
    held(&nothing, "names no case");
    assert_eq!(nothing.esr_id, None);
    assert_eq!(case.shown().await["revision"], 1);
    let kept = case.server.store.inbound(&nothing.id).await.unwrap().unwrap();
    assert_eq!((kept.actor.as_str(), kept.summary.as_str()), ("a@b.example", "Hello"));
    case.end().await;
}

async fn an_address_that_was_made_up_is_not_believed(db: &Database) {
    let case = Case::filed(db).await;
    let token = case.reply_address();
    let letter = if token.as_bytes()[10] == b'a' { "b" } else { "a" };
    let mut changed = token.clone();
    changed.replace_range(10..11, letter);
    let mail = case.text("gmail_case_number").replace(&token, &changed);
    held(&inbound::receive(&case.server.app, mail.as_bytes()).await.unwrap(), "its signature is wrong");
    assert_eq!(case.shown().await["revision"], 1);
    case.end().await;
}

async fn a_server_that_authenticates_senders_has_the_last_word(db: &Database) {
    let case = Case::filed_with(db, "[inbound]\nauthserv_id = \"mx.ale.example\"\n").await;
    let results = |results: &str| format!("Authentication-Results: {results}\r\n{}", case.text("gmail_case_number"));
    let failed = results("mx.ale.example; spf=pass smtp.mailfrom=x@forger.example; dkim=none");
    held(&inbound::receive(&case.server.app, failed.as_bytes()).await.unwrap(), "neither SPF nor DKIM passed");
    let elsewhere = results("mx.forger.example; dkim=pass header.d=hotelia.example").replace("this afternoon", "today");
    held(&inbound::receive(&case.server.app, elsewhere.as_bytes()).await.unwrap(), "neither SPF nor DKIM passed");
    let passed = results("mx.ale.example; dkim=pass header.d=hotelia.example").replace("this afternoon", "tomorrow");
    let outcome = inbound::receive(&case.server.app, passed.as_bytes()).await.unwrap();
    assert_eq!(outcome.state, InboundState::Applied, "{outcome:?}");
    case.end().await;
}

async fn what_no_person_wrote_changes_nothing(db: &Database) {
    let case = Case::filed(db).await;
    for name in ["out_of_office_exchange", "vacation_without_any_header_but_its_subject"] {
        let outcome = case.receive(name).await;
        assert_eq!(outcome.state, InboundState::Ignored, "{outcome:?}");
        assert!(outcome.reason.unwrap().starts_with("No person wrote it"));
    }
    let acknowledged = case.receive("ticket_system_acknowledges_with_its_number").await;
    held(&acknowledged, "it may give the hotline's case number: HT-9912");
    let own = case.text("gmail_case_number").replace("support@hotelia.example", "esr@cases.example");
    let own = inbound::receive(&case.server.app, own.as_bytes()).await.unwrap();
    assert_eq!((own.state, own.reason.as_deref()), (InboundState::Ignored, Some("It comes from our own address.")));
    let letters = case.server.store.messages(&case.id).await.unwrap().len();
    assert_eq!(case.shown().await["revision"], 1);
    assert_eq!(case.server.store.messages(&case.id).await.unwrap().len(), letters, "and nobody is told anything");
    case.end().await;
}

async fn a_letter_that_came_back_is_told_with_its_reason(db: &Database) {
    let case = Case::filed(db).await;
    let outcome = case.receive("bounce_user_unknown").await;
    held(&outcome, "did not reach support@hotelia.example (5.1.1 550 5.1.1");
    let returned = outcome.returned.unwrap();
    assert_eq!(returned.party, Some((Side::Participant, "hotelia".to_owned())));
    assert_eq!(returned.esr_id, case.id);
    assert!(returned.letter.unwrap().starts_with("msg_"));
    let told = case.server.store.delivery(&returned.delivery_id.unwrap()).await.unwrap().unwrap().0;
    assert_eq!((told.side, told.party.as_str()), (Side::Participant, "hotelia"));
    assert_eq!(returned.recipients[0].status, "5.1.1");
    let delayed = case.receive("bounce_delayed").await;
    assert_eq!(delayed.state, InboundState::Ignored);
    assert!(delayed.reason.unwrap().contains("still tried"));
    let foreign = case.text("bounce_user_unknown").replace("cases.example", "elsewhere.example");
    let foreign = inbound::receive(&case.server.app, foreign.as_bytes()).await.unwrap();
    assert_eq!((foreign.state, foreign.esr_id), (InboundState::Ignored, None));
    assert_eq!(case.shown().await["revision"], 1);
    case.end().await;
}

async fn a_partner_gives_what_it_was_asked_for(db: &Database) {
    let case = Case::filed(db).await;
    let endpoint = case.partners_mailbox("service@acme.example").await;
    let address = case.address(Side::BusinessPartner, "acme");
    let mail = case.text("partner_gives_access_and_case_number").replace(&case.reply_address(), &address);
    let outcome = inbound::receive(&case.server.app, mail.as_bytes()).await.unwrap();
    assert_eq!(outcome.state, InboundState::Applied, "{outcome:?} {endpoint}");
    let shown = case.shown().await;
    assert_eq!(shown["esr"]["participant_case"]["number"], "HT-9912");
    assert_eq!(shown["timeline"].as_array().unwrap().iter().filter(|entry| entry["by"]["name"] == "acme").count(), 2);
    case.end().await;
}

async fn a_note_waits_for_an_agent_and_its_files_do_not(db: &Database) {
    let case = Case::filed(db).await;
    let mail = case
        .text("outlook_fault_on_ales_side_with_trace")
        .replace("Case number: HT-9912", "Hello")
        .replace("Conclusion: fault", "A fault");
    held(&inbound::receive(&case.server.app, mail.as_bytes()).await.unwrap(), "It gives no case number");
    let shown = case.shown().await;
    assert_eq!(shown["attachments"][0]["name"], "wake-up.pcap");
    assert!(
        shown["timeline"].as_array().unwrap().iter().any(|entry| entry["kind"] == "heard"),
        "that they wrote is told"
    );
    held(&case.receive("nothing_but_the_letter").await, "nothing in it but the letter");
    case.end().await;
}

async fn what_was_left_by_a_killed_server_is_applied_once(db: &Database) {
    let case = Case::filed(db).await;
    let app = &case.server.app;
    // Kept, and then the server was killed.
    let raw = case.mail("gmail_case_number");
    let sha256 = pointsman::attachments::keep(&app.config.attachments.dir, "part_x", &raw).await.unwrap();
    let new = NewInbound {
        id: "inb_left".to_owned(),
        channel: Channel::Mail,
        source: "mail".to_owned(),
        dedupe_key: pointsman::mail::reply::glance(&raw).key,
        received_at: app.clock.now(),
        actor: "support@hotelia.example".to_owned(),
        summary: "Re: x".to_owned(),
        raw: Raw::File(sha256),
    };
    app.store.add_inbound(new).await.unwrap();
    // The mail server tries again: the same mail is there, and is applied now.
    let outcome = case.receive("gmail_case_number").await;
    assert_eq!((outcome.id.as_str(), outcome.state), ("inb_left", InboundState::Applied));
    assert_eq!(inbound::look_at(app, "inb_left").await.unwrap().state, InboundState::Applied);
    assert_eq!(case.shown().await["revision"], 2);
    case.end().await;
}

async fn two_servers_with_the_same_mail_apply_it_once(db: &Database) {
    let case = Case::filed(db).await;
    let received = (0..8).map(|_| case.receive("outlook_fault_on_ales_side_with_trace"));
    let outcomes = futures_util::future::join_all(received).await;
    assert!(outcomes.iter().all(|outcome| outcome.id == outcomes[0].id), "{outcomes:?}");
    let shown = case.shown().await;
    assert_eq!(
        (&shown["revision"], shown["esr"]["participant_case"]["traces"].as_array().unwrap().len()),
        (&json!(2), 1)
    );
    case.end().await;
}

async fn an_agent_settles_what_is_held(db: &Database) {
    let case = Case::filed(db).await;
    let agent = case.server.agent().await;
    let forged = case.receive("forged_by_a_stranger").await.id;
    let acknowledged = case.receive("ticket_system_acknowledges_with_its_number").await.id;
    case.receive("out_of_office_exchange").await;
    let get = async |path: String| case.server.get(&agent, &path).await;
    let post = async |path: String, body: serde_json::Value| case.server.post(&agent, &path, &body).await;

    let list = get("/v1/inbound?state=held&limit=1".to_owned()).await.body;
    assert_eq!(
        (list["items"][0]["id"].as_str(), list["items"].as_array().unwrap().len()),
        (Some(acknowledged.as_str()), 1)
    );
    let next = list["next"].as_str().unwrap();
    let list = get(format!("/v1/inbound?state=held&limit=1&after={next}")).await.body;
    assert_eq!((list["items"][0]["id"].as_str(), &list["next"]), (Some(forged.as_str()), &json!(null)));
    get("/v1/inbound?state=hold".to_owned()).await.is_problem(400);
    case.server.get(&case.partner, "/v1/inbound").await.is_problem(403);
    get("/v1/inbound/inb_unknown".to_owned()).await.is_problem(404);

    let shown = get(format!("/v1/inbound/{acknowledged}")).await.body;
    assert_eq!(shown["mail"]["from"], "support@hotelia.example");
    assert_eq!(
        shown["mail"]["understood"],
        json!({"participant_case": {"number": "HT-9912"}})
            .as_object()
            .map(|_| shown["mail"]["understood"].clone())
            .unwrap()
    );
    assert_eq!(shown["mail"]["understood"]["participant_case"]["number"], "HT-9912");

    let reason = json!({"reason": "Somebody tried."});
    let dismissed = post(format!("/v1/inbound/{forged}/dismiss"), reason.clone()).await;
    assert_eq!((dismissed.status.as_u16(), &dismissed.body["state"]), (200, &json!("ignored")));
    assert_eq!(dismissed.body["settled_by"], "desk");
    post(format!("/v1/inbound/{forged}/dismiss"), reason).await.is_problem(409);
    post(format!("/v1/inbound/{forged}/apply"), json!({})).await.is_problem(409);

    let apply = format!("/v1/inbound/{acknowledged}/apply");
    let wrong = post(apply.clone(), json!({"sad": 1})).await;
    assert_eq!((wrong.status.as_u16(), wrong.paths()), (422, vec!["sad"]));
    let wrong = post(apply.clone(), json!({"side": "nobody"})).await;
    assert_eq!((wrong.status.as_u16(), wrong.paths()), (422, vec!["side"]));
    post(apply.clone(), json!({"esr": "esr_unknown"})).await.is_problem(404);
    let applied = post(apply.clone(), json!({"said": {"participant_case": {"number": "HT-9912"}}})).await;
    assert_eq!(
        (applied.status.as_u16(), &applied.body["decision"]["stage"]),
        (200, &json!("participant_analysis")),
        "{:#}",
        applied.body
    );
    let heard = applied.body["timeline"].as_array().unwrap().iter().rfind(|entry| entry["kind"] == "heard").unwrap();
    assert_eq!(heard["by"], json!({"role": "agent", "name": "desk", "on_behalf_of": "support@hotelia.example"}));
    let kept = get(format!("/v1/inbound/{acknowledged}")).await.body;
    assert_eq!((&kept["state"], &kept["settled_by"]), (&json!("applied"), &json!("desk")));
    post(apply, json!({})).await.is_problem(409);
    case.end().await;
}

async fn files_that_may_not_be_attached_stay_in_the_mail(db: &Database) {
    let case = Case::filed(db).await;
    let mail = case.text("outlook_fault_on_ales_side_with_trace").replace("wake-up.pcap", "wake-up.exe");
    let outcome = inbound::receive(&case.server.app, mail.as_bytes()).await.unwrap();
    assert_eq!(outcome.state, InboundState::Applied);
    assert!(outcome.reason.as_deref().unwrap().starts_with("Files were left in the mail: "), "{outcome:?}");
    let shown = case.shown().await;
    assert_eq!(shown["attachments"], json!([]));
    assert_eq!(shown["esr"]["participant_case"].get("traces"), None);
    case.end().await;
}

async fn a_bomb_is_held_and_harms_nobody(db: &Database) {
    let case = Case::filed(db).await;
    let address = case.reply_address();
    let mut bomb = format!("From: support@hotelia.example\r\nTo: {address}\r\nSubject: Case: HT-1\r\n");
    for n in 0..300 {
        bomb += &format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n");
    }
    held(&inbound::receive(&case.server.app, bomb.as_bytes()).await.unwrap(), "parts");
    assert!(inbound::receive(&case.server.app, &vec![b'a'; (64 << 20) + 1]).await.is_err());
    held(&inbound::receive(&case.server.app, b"").await.unwrap(), "cannot be read as a mail");
    case.end().await;
}

async fn our_own_words_are_never_taken_for_theirs(db: &Database) {
    let case = Case::filed(db).await;
    for language in [Language::En, Language::Fr] {
        let (text, html) = case.letter(language).await;
        assert!(text.contains("EXAMPLE-1"), "it shows how an answer looks: {text}");
        let wrapped: String = text.lines().map(|line| format!("{}\r\n", line.trim_start())).collect();
        let bodies = [
            format!("Content-Type: text/plain; charset=utf-8\r\n\r\nHello, we look at it.\r\n\r\n{text}"),
            format!("Content-Type: text/plain; charset=utf-8\r\n\r\nVu.\r\n{wrapped}"),
            format!("Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hello, we look at it.</p><div>{html}</div>"),
        ];
        for body in bodies {
            let mail = format!("From: support@hotelia.example\r\nTo: {}\r\n{body}", case.reply_address());
            held(&inbound::receive(&case.server.app, mail.as_bytes()).await.unwrap(), "It gives no case number");
        }
    }
    assert_eq!(case.shown().await["revision"], 1);
    let (text, _) = case.letter(Language::En).await;
    let mail = format!("From: support@hotelia.example\r\nTo: {}\r\n\r\nCase: HT-4711\r\n{text}", case.reply_address());
    assert_eq!(inbound::receive(&case.server.app, mail.as_bytes()).await.unwrap().state, InboundState::Applied);
    assert_eq!(case.shown().await["esr"]["participant_case"], json!({"number": "HT-4711"}));
    case.end().await;
}

async fn what_is_written_on_a_closed_case_is_for_an_agent(db: &Database) {
    let case = Case::filed(db).await;
    let esr = case.server.store.esr(&case.id).await.unwrap().unwrap();
    let actor = Actor { role: Some(Role::Participant), name: "Hotelia Systems".to_owned(), on_behalf_of: None };
    let said = json!({"participant_case": {"number": "HT-9912", "conclusion": "participant_fault_found"}});
    let heard = Heard {
        side: Side::Participant,
        said: Some(&said),
        ticket: None,
        closed: true,
        note: json!(null),
        endpoint: None,
    };
    let closed = flow::change(&case.server.app, &esr.id, &actor, Change::Heard(heard), None).await.unwrap();
    assert_eq!(closed.status, Status::Closed);
    held(&case.receive("gmail_case_number").await, "The case is closed, and hotelia writes again");
    case.end().await;
}
