//! Runs a script of Node in Chromium, within a time, and says what it said.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a walk may take; its script gives up a little earlier, and says where it was.
const PATIENCE: Duration = Duration::from_secs(240);

/// Walks through pages by that script, which is told these things, and fails with the script's own words.
pub(super) async fn walk(script: &'static str, told: Value) {
    let said = tokio::task::spawn_blocking(move || run(script, &told)).await.unwrap();
    if let Err(said) = said {
        panic!("{script}: {said}");
    }
}

fn run(script: &str, told: &Value) -> Result<(), String> {
    let packages = std::env::var("POINTSMAN_TEST_NODE").expect(
        "POINTSMAN_TEST_NODE is not set: run tests/run, which installs Playwright and axe-core for the tests, or set it to a \
         directory whose node_modules hold playwright-core and axe-core",
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/browser").join(script);
    let mut node = Command::new("node")
        .arg(path)
        .env("POINTSMAN_TEST_NODE", packages)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("Node could not be started ({error}): run tests/run, which installs it"))?;
    node.stdin.take().unwrap().write_all(told.to_string().as_bytes()).unwrap();
    let said = [reader(node.stdout.take().unwrap()), reader(node.stderr.take().unwrap())];
    let ended = within(PATIENCE, &mut node);
    let said = said.map(|reader| reader.join().unwrap()).concat();
    match ended {
        Some(true) => Ok(()),
        Some(false) => Err(said),
        None => Err(format!("it was not done within {} s\n{said}", PATIENCE.as_secs())),
    }
}

/// Whether it ended well; `None` when it had to be ended. Chromium ends with it: their pipe breaks.
fn within(patience: Duration, node: &mut Child) -> Option<bool> {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(status) = node.try_wait().unwrap() {
            return Some(status.success());
        }
        if Instant::now() > deadline {
            node.kill().unwrap();
            node.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn reader(mut from: impl std::io::Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut said = Vec::new();
        let _ = from.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    })
}
