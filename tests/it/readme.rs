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
fn the_first_esr_is_decided_as_it_says() {
    let demo = Demo::start(&[]);
    let script = examples().into_iter().find(|script| script.contains("curl")).unwrap();
    let script = script
        .replace("http://127.0.0.1:8080", &demo.server())
        .replace("PARTNER=...", &format!("PARTNER={}", demo.key("Bluewater Telecom")));
    let ran = shell(&script, std::path::Path::new("/"));
    let filed: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(filed["decision"]["route"], "joint_investigation", "{filed}");
    assert_eq!(filed["decision"]["stage"], "participant_first");
    assert_eq!(filed["decision"]["clauses"][0], "9.2.3 case 3");
    demo.stop();
}
