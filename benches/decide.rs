//! Deciding from facts, against a general rule engine: a program of its own (see `zen/Cargo.toml`), run from here.

use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) fn run() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/zen/Cargo.toml");
    // Not --locked: its lock names our own dependencies too, and follows when they change.
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--release", "--manifest-path"]).arg(manifest);
    if let Some(target) = target_directory() {
        cargo.arg("--target-dir").arg(target);
    }
    match cargo.status() {
        Ok(status) if status.success() => {}
        Ok(status) => println!("  not measured: the comparison ended with {status}"),
        Err(error) => println!("  not measured: the comparison did not start: {error}"),
    }
}

/// Where this program was built (`<target>/release/deps/benches-...`): what it has in common with the other one is
/// there already.
fn target_directory() -> Option<PathBuf> {
    Some(std::env::current_exe().ok()?.ancestors().nth(3)?.to_owned())
}
