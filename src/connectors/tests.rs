//! The built-in connectors, and the ways in which a connector can be wrong.

use super::files::Directory;
use super::*;

const SOUND: &str = r#"
title = "Sample"
kind = "http"
proved = true
reference = ["https://docs.example"]
[settings.site]
about = "where"
type = "url"
[secrets.key]
about = "what opens it"
[auth]
kind = "bearer"
token = "{{ secrets.key }}"
[create]
url = "{{ settings.site }}/tickets"
body = "create.json"
repeatable = true
[answer]
id = "/id"
"#;

fn faults(toml: &str, body: &str) -> Vec<String> {
    let dir = Directory::of("sample", &[("connector.toml", toml), ("create.json", body)]);
    file::read(&dir).err().into_iter().flatten().map(|fault| fault.to_string()).collect()
}

fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(SOUND.contains(from), "{from}");
    faults(&SOUND.replacen(from, to, 1), r#"{"a": {{ text.title }}}"#)
}

#[test]
fn asking_how_a_ticket_stands_and_when_to_belong_together() {
    let callback = "[callback]\ncase = \"/a\"\nauth = {kind = \"token\", secret = \"key\", header = \"x-key\"}\n";
    let look = "[look]\nurl = \"{{ settings.site }}/t\"\n";
    let faults = |more: &str| faults(&format!("{SOUND}{more}"), "{}").len();
    assert_eq!(faults(callback), 0);
    assert_eq!(faults(&format!("{callback}{look}")), 1);
    assert_eq!(faults(&format!("{callback}look = true\n")), 1);
    assert_eq!(faults(&format!("{callback}look = true\n{look}")), 0);
}

#[test]
fn the_built_in_connectors_do_what_their_samples_say() {
    let definitions = match Definitions::read(&files::built_in()) {
        Ok(definitions) => definitions,
        Err(faults) => panic!("{}", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    };
    let checked = definitions.iter().map(|one| one.check(&format!("integrations/{}", one.name)));
    let faults: Vec<String> = checked.flat_map(|one| one.faults).map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_unknown_key_is_named_with_its_line_and_the_nearest_known_one() {
    assert_eq!(faults(SOUND, "{}"), [""; 0]);
    let at = |line: usize, message: &str| [format!("integrations/sample/connector.toml:{line}: {message}")];
    let found = changed("repeatable = true", "repeatable = true\nheader = {}");
    assert_eq!(found, at(18, "in `create`, there is no key \"header\"; the nearest known one is \"headers\""));
    let found = changed("type = \"url\"", "type = \"uri\"");
    assert_eq!(found, at(8, "there is no type \"uri\"; the nearest known one is \"url\""));
    let found = changed("body = \"create.json\"", "body = \"creat.json\"");
    assert_eq!(found, at(16, "there is no file \"creat.json\"; the nearest known one is \"create.json\""));
    let found = changed("settings.site }}/t", "settings.sight }}/t");
    assert_eq!(found, at(15, "there is no setting \"sight\"; the nearest known one is \"site\""));
    let found = changed("id = \"/id\"", "id = \"id\"");
    assert!(found[0].contains("connector.toml:19: `id` says no place"), "{found:?}");
}

#[test]
fn a_secret_stands_in_an_address_or_a_body_only_where_the_file_allows_it() {
    let found = faults(SOUND, "{{ secrets.key }}");
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("the secret `key` may not stand in a body"), "{found:?}");
    let found = changed("/tickets", "/tickets/{{ secrets.key }}");
    assert!(found[0].contains("the secret `key` may not stand in an address"), "{found:?}");
    let allowed = SOUND.replace("about = \"what opens it\"", "about = \"what opens it\"\nused_in = [\"body\"]");
    assert_eq!(faults(&allowed, "{{ secrets.key }}"), [""; 0]);
}

#[test]
fn a_connector_says_how_a_ticket_is_not_made_twice() {
    assert!(changed("repeatable = true", "")[0].contains("one of the two"));
}

#[test]
fn a_connector_that_is_not_proved_says_why() {
    assert!(changed("proved = true", "proved = false")[0].contains("says in `notes` what could not be found"));
}

#[test]
fn a_callback_that_anybody_could_send_is_refused() {
    let callback = "[callback]\ncase = \"/case\"\n[answer]";
    assert!(changed("[answer]", callback)[0].contains("nothing unauthenticated is believed"));
}

#[test]
fn an_operators_own_connectors_stand_beside_the_built_in_ones_and_go_before_them() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["slack", "my-desk"] {
        let own = dir.path().join(name);
        std::fs::create_dir(&own).unwrap();
        std::fs::write(own.join("connector.toml"), SOUND).unwrap();
        std::fs::write(own.join("create.json"), "{}").unwrap();
    }
    let all = Definitions::beside_built_in(dir.path()).unwrap();
    assert_eq!(all.get("slack").unwrap().title, "Sample");
    assert!(all.get("my-desk").is_some() && all.get("email").is_some());
}
