//! The published JSON Schemas against the messages that the fixtures' eSRs give.

use jsonschema::Validator;
use pointsman::cases::Role;
use pointsman::notify::EventType;
use pointsman::notify::endpoint::Payload;
use pointsman::notify::payload::{schema, schema_name, thin};
use reqwest::Method;
use serde_json::{Value, json};

use crate::server::{Answer, Key, Server};
use crate::support::Database;

/// A schema as published.
fn validator(schema: &Value) -> Validator {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap()
}

/// The same with every key forbidden that it does not describe, but for the eSR's: partners send their own keys there.
fn strict(mut schema: Value) -> Value {
    fn close(schema: &mut Value) {
        let object = schema.as_object_mut().unwrap();
        if object.contains_key("properties") {
            object.insert("additionalProperties".to_owned(), false.into());
        }
        for key in ["properties", "items", "oneOf"] {
            match object.get_mut(key) {
                Some(Value::Object(within)) if key == "properties" => within.values_mut().for_each(close),
                Some(Value::Array(within)) => within.iter_mut().for_each(close),
                Some(within) => close(within),
                None => {}
            }
        }
    }
    let definitions = schema["$defs"].as_object_mut().unwrap();
    definitions.iter_mut().filter(|(name, _)| *name != "esr").for_each(|(_, definition)| close(definition));
    schema
}

fn errors(validator: &Validator, value: &Value) -> Vec<String> {
    validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Every fixture's eSR filed by whoever files it, and some of them changed: the messages, from the database.
async fn messages(db: &Database) -> Vec<Value> {
    let server = Server::start(db).await;
    let acme = server.partner("acme").await;
    let agent = server.agent().await;
    let hotelia = server.key(Role::Participant, "Hotelia", Some("hotelia")).await;
    let mut ids = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/esrs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    for file in files {
        let mut esr: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let filed_by = esr.as_object_mut().unwrap().remove("filed_by");
        let key: &Key = if filed_by == Some(json!("participant")) { &hotelia } else { &acme };
        let filed = server.post(key, "/v1/esrs", &esr).await;
        assert_eq!(filed.status, 201, "{}: {:#}", file.display(), filed.body);
        let id = filed.body["id"].as_str().unwrap().to_owned();
        if key.id == acme.id {
            change(&server, &acme, &agent, &id, ids.len()).await;
        }
        ids.push(id);
    }
    assert!(ids.len() >= 186, "{} fixtures", ids.len());
    let mut messages = Vec::new();
    for id in &ids {
        messages.extend(server.store.messages(id).await.unwrap().into_iter().map(|message| message.payload));
    }
    server.stop().await;
    messages
}

/// Says something more of the case, so that every type of message is there.
async fn change(server: &Server, acme: &Key, agent: &Key, id: &str, nth: usize) {
    let (path, key, body) = match nth % 4 {
        0 => ("override", agent, json!({"route": "joint_investigation", "stage": "ale_engaged", "reason": "a test"})),
        1 => ("updates", acme, json!({"participant_case": {"number": "HT-1"}, "system_access": true})),
        2 => ("override", agent, json!({"route": "returned", "stage": "known_limitation", "reason": "a test"})),
        _ => ("override", agent, json!({"route": "on_demand_diagnostic", "stage": "offer", "reason": "a test"})),
    };
    let changed = server.post(key, &format!("/v1/esrs/{id}/{path}"), &body).await;
    assert!(changed.status.is_success(), "{:#}", changed.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_message_of_every_fixture_is_valid_full_and_thin_and_says_nothing_undescribed() {
    let db = Database::sqlite().await;
    let messages = messages(&db).await;
    for &event in EventType::ALL {
        let of_type: Vec<&Value> = messages.iter().filter(|message| message["type"] == event.as_str()).collect();
        // Nothing is paid yet.
        assert_eq!(of_type.is_empty(), event == EventType::DiagnosticPaid, "{} of {event}", of_type.len());
        for (how_much, cut) in [(Payload::Full, Clone::clone as fn(&Value) -> Value), (Payload::Thin, thin)] {
            let published = schema(event, how_much).unwrap();
            let (open, strict) = (validator(&published), validator(&strict(published)));
            for message in of_type.iter().map(|message| cut(message)) {
                assert_eq!(errors(&open, &message), [""; 0], "{message:#}");
                assert_eq!(errors(&strict, &message), [""; 0], "{message:#}");
            }
        }
    }
    spoiled_ones_fail(&messages);
}

fn spoiled_ones_fail(messages: &[Value]) {
    let full = validator(&schema(EventType::EsrEscalated, Payload::Full).unwrap());
    let message = messages.iter().find(|message| message["type"] == "esr.escalated").unwrap();
    for (pointer, with) in [
        ("/type", json!("esr.decided")),
        ("/timestamp", json!("yesterday")),
        ("/data/id", json!("case 7")),
        ("/data/revision", json!(0)),
        ("/data/status", json!("waiting")),
        ("/data/escalated_to", json!([])),
        ("/data/escalated_to/0", json!("everybody")),
        ("/data/decision/route", json!("nowhere")),
        ("/data/decision/clauses", json!([])),
        ("/data/decision/facts/urgency", json!(2)),
        ("/data/esr/severity", json!("high")),
        ("/data/numbers", json!(null)),
    ] {
        let mut spoiled = message.clone();
        *spoiled.pointer_mut(pointer).unwrap_or_else(|| panic!("there is no {pointer}")) = with;
        assert!(!full.is_valid(&spoiled), "{pointer} was spoiled");
    }
    for pointer in ["/data", "/data/decision", "/data/decision/facts"] {
        for key in message.pointer(pointer).unwrap().as_object().unwrap().keys().filter(|key| *key != "provenance") {
            let mut spoiled = message.clone();
            spoiled.pointer_mut(pointer).unwrap().as_object_mut().unwrap().remove(key);
            assert!(!full.is_valid(&spoiled), "{pointer}/{key} was taken away");
        }
    }
    let mut more = message.clone();
    more["data"]["a_new_key"] = json!("additions are free");
    assert!(full.is_valid(&more));
    assert!(!full.is_valid(&thin(message)), "a thin message is no full one");
}

#[test]
fn every_schema_is_one_of_draft_2020_12() {
    for &event in EventType::ALL {
        for &how_much in Payload::ALL {
            let schema = schema(event, how_much).unwrap();
            assert!(jsonschema::meta::validate(&schema).is_ok(), "{}", schema_name(event, how_much));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_schemas_are_published_without_credential_and_the_description_links_them() {
    let db = Database::sqlite().await;
    let server = Server::start(&db).await;
    let get = async |path: &str| Answer::to(server.request(Method::GET, path)).await;
    let index = get("/schemas/").await;
    assert_eq!(index.status, 200);
    let listed = index.body["schemas"].as_array().unwrap();
    assert_eq!(listed.len(), EventType::ALL.len() * 2);
    for entry in listed {
        let (event, how_much) = (entry["type"].as_str().unwrap(), entry["payload"].as_str().unwrap());
        let published = get(entry["url"].as_str().unwrap()).await;
        assert_eq!(published.header("content-type"), "application/schema+json");
        let right = schema(EventType::parse(event).unwrap(), Payload::parse(how_much).unwrap()).unwrap();
        assert_eq!(published.body, right);
    }
    get("/schemas/esr.unknown.json").await.is_problem(404);
    let description = get("/openapi.json").await.body;
    assert!(description["info"]["description"].as_str().unwrap().contains("](/schemas/)"));
    server.stop().await;
}
