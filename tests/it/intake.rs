//! The intake over the sample eSRs: what partners really send is read whole, and told apart.

use std::collections::HashMap;

use pointsman::intake::content::content_hash;
use pointsman::intake::parse::{self, BadEsr};
use serde_json::Value;

fn samples() -> Vec<(String, Vec<u8>)> {
    let files = std::fs::read_dir("fixtures/esrs").unwrap().map(|entry| entry.unwrap().path());
    files.map(|file| (file.display().to_string(), std::fs::read(&file).unwrap())).collect()
}

#[test]
fn every_sample_is_read_and_reads_back_the_same() {
    let samples = samples();
    assert!(samples.len() >= 60);
    for (name, bytes) in samples {
        let read = parse::from_bytes(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = serde_json::to_value(&read).unwrap();
        assert_eq!(parse::esr(&written).unwrap(), read, "{name}");
        parse::filed_by(&serde_json::from_slice(&bytes).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn no_two_samples_have_the_same_content_and_each_keeps_its_own() {
    let mut seen: HashMap<String, String> = HashMap::new();
    for (name, bytes) in samples() {
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        let pretty: Value = serde_json::from_str(&serde_json::to_string_pretty(&value).unwrap()).unwrap();
        assert_eq!(content_hash(&value), content_hash(&pretty));
        if let Some(other) = seen.insert(content_hash(&value), name.clone()) {
            panic!("{name} and {other} have one hash");
        }
    }
}

#[test]
fn a_sample_cut_off_anywhere_is_malformed_and_never_half_read() {
    let (name, bytes) = samples().into_iter().min().unwrap();
    let whole = bytes.trim_ascii_end().len();
    for length in 0..whole {
        let cut = parse::from_bytes(&bytes[..length]);
        assert!(matches!(cut, Err(BadEsr::Malformed(_))), "{name} cut after {length} bytes");
    }
}

#[test]
fn every_bad_field_is_in_the_one_sentence_that_an_error_prints() {
    let body = br#"{"reference": "A", "phase": "x", "severity": 9, "third_party": {"release": 8}}"#;
    let said = parse::from_bytes(body).unwrap_err().to_string();
    for field in ["phase must", "severity must", "summary is required", "third_party.release must"] {
        assert!(said.contains(field), "{said}");
    }
}
