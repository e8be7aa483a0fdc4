//! What README.md shows works as it stands there, in the order in which it stands there.

use std::process::{Command, Output};

use crate::demo::Demo;

const README: &str = include_str!("../../README.md");

/// The shell examples, each as one script.
fn examples() -> Vec<&'static str> {
    README.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

fn shell(script: &str, directory: &std::path::Path) -> Output {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_pointsman")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    Command::new("sh")
        .args(["-e", "-c", script])
        .current_dir(directory)
        .env("PATH", path)
        .env_remove("POINTSMAN_DATABASE")
        .output()
        .unwrap()
}

#[test]
fn the_commands_work_in_a_fresh_clone() {
    let clone = tempfile::tempdir().unwrap();
    for kept in ["fixtures", "rules"] {
        let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(kept);
        std::os::unix::fs::symlink(source, clone.path().join(kept)).unwrap();
    }
    let scripts: Vec<_> = examples().into_iter().filter(|script| script.contains("pointsman ")).collect();
    assert_eq!(scripts.len(), 2, "the command line, and operating it");
    for script in scripts {
        // The server would not end by itself; the demo's test starts one.
        let script = script.replace("pointsman serve", "pointsman serve --help").replace("cp -r", "cp -rL");
        let ran = shell(&script, clone.path());
        let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{script}\n{out}\n{err}");
    }
}

#[test]
fn the_configuration_is_one_that_the_server_takes() {
    let shown: Vec<_> = README.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(shown.len(), 1);
    let config = pointsman::config::Config::parse("README.md", shown[0]).unwrap();
    assert!(config.login.oidc.is_given() && !config.login.passwords);
}

#[test]
fn the_first_esr_is_decided_as_it_says_and_its_deliveries_are_found() {
    let mut demo = Demo::start(&[]);
    let ours = |script: &str| {
        script
            .replace("http://127.0.0.1:8080", &demo.server())
            .replace("PARTNER=...", &format!("PARTNER={}", demo.key("Bluewater Telecom")))
            .replace("AGENT=...", &format!("AGENT={}", demo.key("Support Desk")))
    };
    let scripts: Vec<_> = examples().into_iter().filter(|script| script.contains("curl")).map(ours).collect();
    let [file, look] = &scripts[..] else { panic!("an eSR is filed, then what was told is looked at: {scripts:#?}") };
    let ran = shell(file, std::path::Path::new("/"));
    let filed: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(filed["decision"]["route"], "joint_investigation", "{filed}");
    assert_eq!(filed["decision"]["stage"], "participant_first");
    assert_eq!(filed["decision"]["clauses"][0], "9.2.3 case 3");

    demo.hears(&["mail  Participant, Hotelia Systems: [BP-2026-00001]"]);
    let ran = shell(look, std::path::Path::new("/"));
    let answers = serde_json::Deserializer::from_slice(&ran.stdout).into_iter::<serde_json::Value>();
    let answers: Vec<_> = answers.map(Result::unwrap).collect();
    let [told, replayed] = &answers[..] else { panic!("{answers:#?}") };
    let sides: Vec<_> = told["items"].as_array().unwrap().iter().map(|item| item["side"].as_str().unwrap()).collect();
    assert!(sides.contains(&"participant") && sides.contains(&"business_partner"), "{told}");
    assert!(replayed["replayed"].is_u64(), "{replayed}");
    demo.stop();
}
