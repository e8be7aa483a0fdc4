//! `serve --demo` as a newcomer meets it: started as a program, its printed lines pasted into a shell.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

/// How long the demo may take to start, and to tell of what arrived.
const PATIENCE: Duration = Duration::from_secs(30);

/// A demo that runs until it is stopped.
pub(crate) struct Demo {
    process: Child,
    output: Receiver<String>,
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
        let printed = BufReader::new(process.stdout.take().unwrap());
        let (sender, output) = channel();
        std::thread::spawn(move || printed.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut said = Vec::new();
        while said.last().is_none_or(|line: &String| !line.contains("Ctrl-C")) {
            let line = output.recv_timeout(PATIENCE);
            said.push(line.unwrap_or_else(|_| panic!("it ended before it was ready: {said:#?}")));
        }
        Self { process, output, said }
    }

    /// The printed line to paste that stands under this comment, run by a shell: its status and JSON.
    fn paste(&self, comment: &str) -> (String, Value) {
        let at = self.said.iter().position(|line| line.starts_with('#') && line.contains(comment));
        run(&self.said[at.unwrap_or_else(|| panic!("nothing is printed about {comment:?}")) + 1])
    }

    /// The line to paste that stands on the page under these words, run by a shell: its status and JSON.
    fn paste_from_page(&self, words: &str) -> (String, Value) {
        let page = self.open("/");
        let under =
            page.split("<p>").find(|part| part.starts_with(words)).unwrap_or_else(|| panic!("{words:?}: {page}"));
        let line = under.split("<pre class=\"line\">").nth(1).and_then(|rest| rest.split("</pre>").next()).unwrap();
        run(&plain(line))
    }

    /// The first printed line that holds these words.
    fn line(&self, words: &str) -> &str {
        self.said.iter().find(|line| line.contains(words)).unwrap()
    }

    /// Where the page is: `http://127.0.0.1:PORT`.
    fn page(&self) -> &str {
        self.line("stands on ").rsplit(' ').next().unwrap()
    }

    /// A part of the page.
    fn open(&self, path: &str) -> String {
        curl(&[&format!("{}{path}", self.page())])
    }

    /// Presses a button of the page.
    fn press(&self, path: &str, form: &str) -> String {
        curl(&["-d", form, &format!("{}{path}", self.page())])
    }

    /// The next line on the terminal that holds all these words.
    pub(crate) fn hears(&mut self, words: &[&str]) -> String {
        self.hears_all(&[words]).remove(0)
    }

    /// The next lines on the terminal that hold all the words of one entry each, whatever their order; as many lines as entries.
    fn hears_all(&mut self, wanted: &[&[&str]]) -> Vec<String> {
        let (mut heard, mut others) = (vec![None; wanted.len()], Vec::new());
        while heard.contains(&None) {
            let Ok(line) = self.output.recv_timeout(PATIENCE) else {
                panic!("not all of {wanted:?} was told, only {heard:?}; the others were {others:#?}");
            };
            let fits = |at: &usize| heard[*at].is_none() && wanted[*at].iter().all(|word| line.contains(word));
            match (0..wanted.len()).find(fits) {
                Some(at) => heard[at] = Some(line),
                None => others.push(line),
            }
        }
        heard.into_iter().flatten().collect()
    }

    /// What stands on the page about a line of the terminal: the mail or the call, as text.
    fn look(&self, line: &str) -> String {
        plain(&curl(&[line.rsplit(' ').next().unwrap()]))
    }

    fn directory(&self) -> &Path {
        let place = |line: &'_ String| line.strip_prefix("What it stores is in ").is_some();
        let line = self.said.iter().find(|line| place(line)).unwrap();
        Path::new(line.trim_start_matches("What it stores is in "))
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub(crate) fn server(&self) -> String {
        let address = self.line(" listens on ").split(" listens on ").nth(1).and_then(|rest| rest.split(' ').next());
        address.unwrap().to_owned()
    }

    /// The bearer key printed beside a name.
    pub(crate) fn key(&self, name: &str) -> &str {
        self.said.iter().find(|line| line.contains(name)).and_then(|line| line.split(' ').next_back()).unwrap()
    }

    /// The password of everybody who signs in.
    pub(crate) fn password(&self) -> &str {
        self.line("sign in  ").rsplit(' ').next().unwrap()
    }

    /// Ctrl-C.
    pub(crate) fn stop(mut self) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        assert!(self.process.wait().unwrap().success());
    }
}

/// A test that fails leaves none behind.
impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn curl(arguments: &[&str]) -> String {
    let ran = Command::new("curl").args(["-sS", "--max-time", "20"]).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{arguments:?}: {ran:?}");
    String::from_utf8(ran.stdout).unwrap()
}

/// A line as a shell runs it when it is pasted.
fn run(line: &str) -> (String, Value) {
    let pasted = Command::new("sh").args(["-c", &format!("{line} -w '\n%{{http_code}}'")]).output().unwrap();
    let text = String::from_utf8(pasted.stdout).unwrap();
    let (body, status) = text.rsplit_once('\n').unwrap();
    (status.to_owned(), serde_json::from_str(body).unwrap_or_else(|_| panic!("{line}\n{status}\n{body}")))
}

/// The text of a page's HTML.
fn plain(html: &str) -> String {
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/"), ("&amp;", "&")];
    entities.into_iter().fold(html.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

/// What each printed line files, by words of its comment: route and stage.
const ROUTES: [(&str, &str, &str); 7] = [
    ("ALE's support takes it", "ale_support", "open"),
    ("The participant's hotline takes it", "participant_hotline", "open"),
    ("Both look", "joint_investigation", "participant_first"),
    ("A paid diagnostic", "on_demand_diagnostic", "offer"),
    ("Technical Assistance", "technical_assistance", "open"),
    ("It comes back", "returned", "known_limitation"),
    ("An agent looks", "agent_review", "coverage"),
];

#[test]
fn every_printed_line_works_when_pasted_and_nothing_is_left_behind() {
    let demo = Demo::start(&[]);
    let lines = demo.said.iter().filter(|line| line.starts_with("curl ")).count();
    assert_eq!(lines, ROUTES.len(), "a line to paste that this test does not know of");
    for (comment, route, stage) in ROUTES {
        let (status, filed) = demo.paste(comment);
        assert_eq!((status.as_str(), &filed["decision"]["route"]), ("201", &route.into()), "{comment}: {filed}");
        assert_eq!(filed["decision"]["stage"], stage, "{comment}");
        assert_eq!(demo.paste(comment), ("200".into(), filed), "pasted twice it is filed once");
    }

    let page = demo.open("/");
    let on_the_page = page.matches("<pre class=\"line\">").count();
    assert_eq!(on_the_page, ROUTES.len() + 7, "a line to paste that this test does not know of");
    let (status, read) = demo.paste_from_page("Read a case");
    assert_eq!((status.as_str(), &read["decision"]["stage"]), ("200", &"participant_first".into()), "{read}");
    let (status, updated) = demo.paste_from_page("Say what the analysis found");
    assert_eq!((status.as_str(), &updated["decision"]["stage"]), ("200", &"ale_engaged".into()), "{updated}");
    let (_, read) = demo.paste_from_page("Read a case");
    assert_eq!(read["decision"]["stage"], "ale_engaged");
    let (status, list) = demo.paste_from_page("List what waits for an agent");
    assert_eq!(status, "200");
    assert!(!list["items"].as_array().unwrap().is_empty(), "{list}");
    let (status, told) = demo.paste_from_page("See who was told what");
    assert_eq!((status.as_str(), &told["items"][0]["reference"]), ("200", &"BP-2026-00417".into()), "{told}");
    let (status, openapi) = demo.paste_from_page("Everything that can be called");
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
    let (_, filed) = demo.paste("ALE's support takes it");
    demo.stop();
    let demo = Demo::start(&data);
    assert_eq!(demo.paste("ALE's support takes it"), ("200".into(), filed));
    demo.stop();
}

#[test]
fn a_call_is_told_as_it_arrives_and_a_system_that_fails_gets_it_again() {
    let mut demo = Demo::start(&[]);
    demo.press("/systems/bluewater/mood", "mood=failing");
    demo.paste("A paid diagnostic");
    let refused = demo.hears(&["call  Business partner, Bluewater Telecom", "MY-4", "answered 500"]);
    assert!(refused.contains("signature holds"), "{refused}");
    demo.press("/systems/bluewater/mood", "mood=well");
    let taken = demo.hears(&["call  Business partner, Bluewater Telecom", "MY-4", "answered 200"]);
    let message = |line: &str| {
        let call = demo.look(line);
        call.split("webhook-id</code></td><td><code>")
            .nth(1)
            .and_then(|rest| rest.split('<').next())
            .unwrap()
            .to_owned()
    };
    assert_eq!(message(&refused), message(&taken), "one message, one id");
    let page = demo.open("/?side=business_partner");
    assert!(page.contains("signature holds") && page.contains("MY-4"), "{page}");

    demo.press("/systems/bluewater/mood", "mood=gone");
    demo.paste("ALE's support takes it");
    demo.hears(&["call  Business partner, Bluewater Telecom", "MY-1", "answered 410"]);
    demo.press("/systems/bluewater/mood", "mood=well");
    let (status, enabled) = demo.paste_from_page("Enable an endpoint again");
    assert_eq!((status.as_str(), &enabled["state"]), ("200", &"enabled".into()), "{enabled}");
    let (status, replayed) = demo.paste_from_page("Send a partner again");
    assert_eq!(status, "202", "{replayed}");
    assert!(replayed["replayed"].as_u64() > Some(0), "{replayed}");
    demo.hears(&["call  Business partner, Bluewater Telecom", "signature holds", "repeat of", "answered 200"]);
    demo.stop();
}

#[test]
fn one_esr_of_each_route_is_heard_by_each_side_in_its_language_with_its_clause() {
    let mut demo = Demo::start(&[]);
    // The comment of the printed line; then who is told: the line on the terminal, and what stands in the mail or call.
    type Told = (&'static [&'static str], &'static [&'static str]);
    let all: [(&str, &[Told]); 7] = [
        (
            "ALE's support takes it",
            &[
                (
                    &["call  Business partner, Bluewater Telecom: esr.decided MY-1", "signature holds"],
                    &["\"9.1\"", "ale_support"],
                ),
                (&["call  ALE, ALE's ticket system: INC", "opened MY-1"], &["One-way audio", "9.1"]),
            ],
        ),
        (
            "The participant's hotline takes it",
            &[
                (
                    &["call  Business partner, Ostrava Office Voice: esr.decided MY-2", "signature holds"],
                    &["waiting_participant"],
                ),
                (&["mail  Participant, Hotelia Systems: [MY-2]"], &["<dd>en</dd>", "9.2.3"]),
            ],
        ),
        (
            "Both look",
            &[
                (&["mail  Business partner, Maplegrove Networks: [MY-3]"], &["<dd>fr</dd>", "9.2.3"]),
                (&["mail  Participant, Néréide Hôtellerie S.A.S.: [MY-3]"], &["<dd>fr</dd>", "9.2.3"]),
            ],
        ),
        (
            "A paid diagnostic",
            &[
                (&["call  Business partner, Bluewater Telecom: diagnostic.offered MY-4"], &["\"9.3 item 1\""]),
                (&["mail  Finance, On-Demand Diagnostic desk: [MY-4]"], &["<dd>en</dd>", "9.3"]),
            ],
        ),
        (
            "Technical Assistance",
            &[
                (&["mail  Participant, Hotelia Systems: [MY-5]"], &["<dd>en</dd>", "5.4.1"]),
                (&["call  ALE, ALE's ticket system: INC", "opened MY-5"], &["Which event ends", "5.4.1"]),
            ],
        ),
        ("It comes back", &[(&["mail  Business partner, Maplegrove Networks: [MY-6]"], &["<dd>fr</dd>", "9.2.3"])]),
        (
            "An agent looks",
            &[
                (&["call  Business partner, Ostrava Office Voice: esr.decided MY-7"], &["waiting_agent"]),
                (&["mail  Agent, Triage desk: [MY-7]"], &["<dd>en</dd>", "9.2.1"]),
            ],
        ),
    ];
    for (comment, told) in all {
        demo.paste(comment);
        let lines: Vec<_> = told.iter().map(|(line, _)| *line).collect();
        for (heard, (_, stands)) in demo.hears_all(&lines).iter().zip(told) {
            let shown = demo.look(heard);
            for words in *stands {
                assert!(shown.contains(words), "{comment}: {heard} lacks {words}:\n{shown}");
            }
        }
    }
    demo.stop();
}

#[test]
fn a_participants_answer_by_mail_moves_its_case_on() {
    let mut demo = Demo::start(&[]);
    demo.paste("Both look");
    let written = demo.hears(&["mail  Participant, Néréide Hôtellerie S.A.S.: [MY-3]"]);
    let mail = written.rsplit("/mails/").next().unwrap();
    let answer =
        "said=Dossier : NH-4471\r\nConclusion : défaut côté ALE\r\n\r\nLe PBX perd l'ordre, la trace le montre.";
    let became = plain(&demo.press(&format!("/mails/{mail}/answer"), answer));
    assert!(became.contains("MY-3 is now at joint_investigation, ale_engaged, and waiting_ale"), "{became}");
    demo.hears_all(&[
        &["mail  Business partner, Maplegrove Networks: [MY-3]"],
        &["call  ALE, ALE's ticket system: INC", "opened MY-3"],
    ]);
    let nonsense = plain(&demo.press(&format!("/mails/{mail}/answer"), "said=Bonjour"));
    assert!(nonsense.contains("An agent has to look at the answer."), "{nonsense}");
    demo.stop();
}
