//! `serve --demo` as a newcomer meets it: started as a program, its printed lines pasted into a shell.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

/// A demo that runs until it is stopped.
pub(crate) struct Demo {
    process: Child,
    output: BufReader<ChildStdout>,
    /// What it printed until it was ready.
    said: Vec<String>,
}

impl Demo {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_pointsman"))
            .args(["serve", "--demo", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env_remove("POINTSMAN_DATABASE")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let mut said = Vec::new();
        while said.last().is_none_or(|line: &String| !line.contains("Ctrl-C")) {
            let mut line = String::new();
            assert_ne!(output.read_line(&mut line).unwrap(), 0, "it ended before it was ready: {said:#?}");
            said.push(line.trim_end().to_owned());
        }
        Self { process, output, said }
    }

    /// The printed line to paste that stands under this comment, run by a shell: its status and JSON.
    fn paste(&self, comment: &str) -> (String, Value) {
        let at = self.said.iter().position(|line| line.starts_with('#') && line.contains(comment));
        let line = &self.said[at.unwrap_or_else(|| panic!("nothing is printed about {comment:?}")) + 1];
        let pasted = Command::new("sh").args(["-c", &format!("{line} -w '\n%{{http_code}}'")]).output().unwrap();
        let text = String::from_utf8(pasted.stdout).unwrap();
        let (body, status) = text.rsplit_once('\n').unwrap();
        (status.to_owned(), serde_json::from_str(body).unwrap_or_else(|_| panic!("{line}\n{status}\n{body}")))
    }

    fn directory(&self) -> &Path {
        let place = |line: &'_ String| line.strip_prefix("What it stores is in ").is_some();
        let line = self.said.iter().find(|line| place(line)).unwrap();
        Path::new(line.trim_start_matches("What it stores is in "))
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub(crate) fn server(&self) -> String {
        let address = self.said[0].split(" listens on ").nth(1).and_then(|rest| rest.split(' ').next());
        address.unwrap().to_owned()
    }

    /// The bearer key printed beside a name.
    pub(crate) fn key(&self, name: &str) -> &str {
        self.said.iter().find(|line| line.contains(name)).and_then(|line| line.split(' ').next_back()).unwrap()
    }

    /// Ctrl-C.
    pub(crate) fn stop(mut self) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        drop(self.output);
        assert!(self.process.wait().unwrap().success());
    }
}

#[test]
fn every_printed_line_works_when_pasted_and_nothing_is_left_behind() {
    let demo = Demo::start(&[]);
    let lines = demo.said.iter().filter(|line| line.starts_with("curl ")).count();
    assert_eq!(lines, 6, "a line to paste that this test does not know of");

    let (status, filed) = demo.paste("File an eSR");
    assert_eq!(status, "201", "{filed}");
    assert_eq!(filed["decision"]["route"], "joint_investigation");
    assert_eq!(filed["decision"]["stage"], "participant_first");
    assert_eq!(demo.paste("File an eSR"), ("200".into(), filed), "pasted twice it is filed once");

    let (status, read) = demo.paste("Read one");
    assert_eq!((status.as_str(), &read["decision"]["stage"]), ("200", &"participant_first".into()), "{read}");
    let (status, updated) = demo.paste("Say what the analysis found");
    assert_eq!((status.as_str(), &updated["decision"]["stage"]), ("200", &"ale_engaged".into()), "{updated}");
    let (_, read) = demo.paste("Read one");
    assert_eq!(read["decision"]["stage"], "ale_engaged");

    let (status, list) = demo.paste("List what waits for an agent");
    assert_eq!(status, "200");
    assert!(!list["items"].as_array().unwrap().is_empty(), "{list}");
    let (status, decided) = demo.paste("Decide without storing");
    assert_eq!((status.as_str(), &decided["route"]), ("200", &"agent_review".into()), "{decided}");
    assert_eq!(decided["candidates"][0]["id"], "hotelia");
    let (status, openapi) = demo.paste("Everything that can be called");
    assert_eq!((status.as_str(), &openapi["openapi"]), ("200", &"3.1.0".into()));

    let directory = demo.directory().to_owned();
    assert!(directory.join("demo.db").exists());
    demo.stop();
    assert!(!directory.exists(), "a temporary place goes away");
}

#[test]
fn with_a_data_directory_the_next_demo_finds_what_the_last_one_stored() {
    let directory = tempfile::tempdir().unwrap();
    let data = ["--data", directory.path().to_str().unwrap()];
    let demo = Demo::start(&data);
    let (_, filed) = demo.paste("File an eSR");
    demo.stop();
    let demo = Demo::start(&data);
    assert_eq!(demo.paste("File an eSR"), ("200".into(), filed));
    demo.stop();
}
