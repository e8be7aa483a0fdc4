use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::registry::document;

fn registry() -> &'static Registry {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
        Registry::new(document::parse("r.json", include_bytes!("../../fixtures/registry.json")).unwrap())
    });
    &REGISTRY
}

fn declared(product: &str, release: &str, patch: &str) -> PlatformNamed {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    PlatformNamed { product: given(product), release: given(release), patch: given(patch) }
}

fn oxe() -> PlatformNamed {
    declared("OmniPCX Enterprise", "R101.1", "N4.521.3")
}

fn found(bytes: &[u8], platform: &PlatformNamed) -> Option<Finding> {
    let mut scan = Scan::new("t.log", registry(), Some(platform));
    for part in bytes.chunks(1000) {
        if !scan.feed(part) {
            break;
        }
    }
    scan.finish()
}

#[track_caller]
fn verdict(text: &str, platform: &PlatformNamed, verdict: Verdict, names: Option<&str>) -> Finding {
    let found = found(text.as_bytes(), platform).unwrap_or_else(|| panic!("nothing was found in {text:?}"));
    assert_eq!((found.verdict, found.names.as_deref()), (verdict, names), "{}", found.sentence);
    assert!(found.sentence.ends_with('.'), "{}", found.sentence);
    found
}

#[test]
fn a_sip_user_agent_is_compared_with_what_is_declared() {
    let trace =
        "INVITE sip:100@h SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1\r\nUser-Agent: OmniPCX Enterprise R101.1 n4.521.3\r\n";
    let agrees = verdict(trace, &oxe(), Verdict::Agrees, Some("R101.1"));
    assert_eq!(agrees.banner.line, Some(3));
    assert_eq!(agrees.banner.kind, Kind::Header);
    assert_eq!(agrees.banner.patch.as_deref(), Some("n4.521.3"));
    assert_eq!(
        agrees.sentence,
        "t.log says \"User-Agent: OmniPCX Enterprise R101.1 n4.521.3\" (line 3): release R101.1, as declared."
    );
    let old = verdict("Server: OmniPCX Enterprise R100.0 n1.291.16.b", &oxe(), Verdict::Disagrees, Some("R100.0"));
    assert_eq!(
        old.sentence,
        "t.log says \"Server: OmniPCX Enterprise R100.0 n1.291.16.b\" (line 1): release R100.0, where the eSR declares R101.1 (N4.521.3)."
    );
}

#[test]
fn names_are_read_as_the_registry_knows_them() {
    for text in [
        "User-Agent: OXE R101.1",
        "user-agent=\"omnipcx-enterprise/R101.1\"",
        "{\"name\":\"User-Agent\",\"value\":\"OmniPCX_Enterprise 101.1\"}",
        "Server: OmniPCX Enterprise Communication Server release R101.1",
        "12:00:01 the node runs OmniPCX Enterprise, version 101.1.",
        "Server: OmniPCX Enterprise n4.500.1",
        "Server: Alcatel-Lucent OmniPCX Enterprise (sip gateway) R101.1",
    ] {
        verdict(text, &oxe(), Verdict::Agrees, Some("R101.1"));
    }
    verdict("Server: OmniSwitch/8.9.221.R03", &declared("AOS", "8.8", ""), Verdict::Disagrees, Some("8.9.221.R03"));
    verdict("OXO Connect R5.2 027.001", &declared("OXO", "R5.2", ""), Verdict::Agrees, Some("R5.2"));
    verdict("Server: OpenTouch OT 2.5", &declared("OTMS", "2.6.1", ""), Verdict::Disagrees, Some("OT 2.5"));
}

#[test]
fn releases_are_compared_as_everywhere() {
    let banner = "User-Agent: OXE R101.1 n4.521.3";
    for (release, patch) in [("R101", ""), ("101.1.2", ""), ("N4", ""), ("", "n4.1.1"), ("r 101.1", "N4.521.3")] {
        verdict(banner, &declared("OXE", release, patch), Verdict::Agrees, Some("R101.1"));
    }
    verdict(banner, &declared("OXE", "R101.0", ""), Verdict::Disagrees, Some("R101.1"));
    verdict(banner, &declared("OXE", "R100", "N4.1"), Verdict::Unknown, Some("R101.1"));
    verdict(banner, &declared("OXE", "", ""), Verdict::Unknown, Some("R101.1"));
    verdict("User-Agent: OXE R100.0 n4.521.3", &oxe(), Verdict::Unknown, None);
    let build = verdict("User-Agent: OXE R101.1 n4.600.1", &oxe(), Verdict::Agrees, Some("R101.1"));
    assert!(build.sentence.ends_with("as declared, but another build than N4.521.3."), "{}", build.sentence);
}

#[test]
fn what_cannot_be_compared_says_why() {
    let other = verdict("User-Agent: OXO Connect R5.2", &oxe(), Verdict::Unknown, Some("R5.2"));
    assert!(other.sentence.ends_with("OXO Connect, where the eSR names OmniPCX Enterprise."), "{}", other.sentence);
    verdict("User-Agent: OXE z9.100.1", &oxe(), Verdict::Unknown, None);
    verdict("User-Agent: OXE R101.1", &declared("Omni", "R1", ""), Verdict::Unknown, Some("R101.1"));
}

#[test]
fn a_builds_code_counts_alone_only_for_the_declared_platform() {
    let code = verdict("spadmin> version n3.100.7 loaded", &oxe(), Verdict::Disagrees, Some("R101.0"));
    assert_eq!(code.banner.kind, Kind::Code);
    assert_eq!(found(b"version n3.100.7", &declared("OXO Connect", "R5.2", "")), None);
}

#[test]
fn better_evidence_wins_wherever_it_stands() {
    let text = "OXE R12.1 was replaced\nUser-Agent: OXO Connect R4.0\nUser-Agent: OXE R100.0\nUser-Agent: OXE R101.1\nn3.1.1\n";
    let found = verdict(text, &oxe(), Verdict::Agrees, Some("R101.1"));
    assert_eq!(found.banner.line, Some(4));
}

#[test]
fn what_is_no_release_is_not_taken_for_one() {
    for text in [
        "OXE 10.20.30.40 answers",
        "OXE 22.11.2026 09:00:00",
        "OmniPCX Enterprise SIP/2.0 200 OK",
        "OXE 5060",
        "the OXE is at Lyon, R101.0 at Paris",
        "User-Agent: Hotelia PMS 8.2.1",
        "OXED R101.0",
        "Rainbow is not OmniPCX",
    ] {
        assert_eq!(found(text.as_bytes(), &oxe()), None, "{text}");
    }
}

#[test]
fn captures_and_other_encodings_are_read_too() {
    let header = "User-Agent: OmniPCX Enterprise R100.0 n1.2.3\r\n";
    let mut pcap = b"\xD4\xC3\xB2\xA1\x02\x00\x04\x00\x00\x00\x00\x00E\x00\x01".to_vec();
    pcap.extend_from_slice(header.as_bytes());
    let found_in = found(&pcap, &oxe()).unwrap();
    assert_eq!((found_in.verdict, found_in.banner.line, found_in.banner.byte), (Verdict::Disagrees, None, 15));
    assert!(found_in.sentence.contains("(after 15 bytes)"), "{}", found_in.sentence);
    let utf16: Vec<u8> = format!("\u{FEFF}Trace\r\n{header}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(found(&utf16, &oxe()).unwrap().banner.line, Some(2));
    let latin1 = [b"H\xF4tel\n", header.as_bytes()].concat();
    assert_eq!(found(&latin1, &oxe()).unwrap().banner.line, Some(2));
}

#[test]
fn a_banner_that_a_stretch_tears_apart_is_still_whole() {
    for before in 8_100..8_300 {
        let text = format!("{} User-Agent: OXE R101.1 {}", "x".repeat(before), "y".repeat(9_000));
        let found = found(text.as_bytes(), &oxe()).unwrap();
        assert_eq!((found.verdict, found.names.as_deref()), (Verdict::Agrees, Some("R101.1")), "{before}");
    }
}

#[test]
fn a_large_file_is_looked_through_only_so_far() {
    let oxe = oxe();
    let mut scan = Scan::new("t.log", registry(), Some(&oxe));
    let block = vec![b'\n'; 1 << 20];
    let mut fed = 0;
    while scan.feed(&block) {
        fed += 1;
    }
    assert_eq!(fed, 15);
    assert!(!scan.feed(b"User-Agent: OXE R101.1\n"));
    assert_eq!(scan.finish(), None);
}

#[test]
fn a_corrected_declaration_gives_another_verdict_on_the_same_banner() {
    let found = found(b"User-Agent: OXE R100.0", &oxe()).unwrap();
    assert_eq!(found.verdict, Verdict::Disagrees);
    assert_eq!(found.again(registry(), Some(&declared("OXE", "R100", ""))).verdict, Verdict::Agrees);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = found(&bytes, &oxe());
    }

    #[test]
    fn no_text_makes_it_panic(text in "(User-Agent|Server|:| |OXE|OmniPCX|Enterprise|R|v|[0-9]{1,4}|\\.|n4|é|\\PC|\n){0,60}") {
        let _ = found(text.as_bytes(), &oxe());
    }
}
