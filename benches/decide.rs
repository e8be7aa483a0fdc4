//! Deciding from facts, against a general rule engine: a program of its own (see `zen/Cargo.toml`), run from here.

use std::path::Path;
use std::process::Command;

pub fn run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let status = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--release", "--locked", "--manifest-path"])
        .arg(root.join("benches/zen/Cargo.toml"))
        .arg("--target-dir")
        .arg(root.join("target/zen"))
        .status();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => println!("  not measured: the comparison ended with {status}"),
        Err(error) => println!("  not measured: the comparison did not start: {error}"),
    }
}
