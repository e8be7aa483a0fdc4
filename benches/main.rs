//! All benchmarks, in one program: `cargo bench`, or some of them by name: `cargo bench -- decide triage`.
//!
//! How to read the figures: `README.md` beside this file.

mod decide;
mod delivery;
mod http;
mod load;
mod measure;
mod pages;
mod registry;
mod startup;
#[expect(unused, clippy::unwrap_used, reason = "the tests use more of it, and stop where they cannot go on")]
#[path = "../tests/it/support/mod.rs"]
mod support;
mod triage;

const ALL: [(&str, fn()); 6] = [
    ("decide", decide::run),
    ("startup", startup::run),
    ("triage", triage::run),
    ("http", http::run),
    ("delivery", delivery::run),
    ("pages", pages::run),
];

fn main() {
    // cargo passes `--bench` on.
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let Some(unknown) = asked.iter().find(|asked| ALL.iter().all(|(name, _)| name != asked)) {
        eprintln!("there is no benchmark `{unknown}`; there are {}", ALL.map(|(name, _)| name).join(", "));
        std::process::exit(2);
    }
    for (name, run) in ALL {
        if asked.is_empty() || asked.iter().any(|asked| asked == name) {
            run();
        }
    }
}
