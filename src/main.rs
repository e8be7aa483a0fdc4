//! The `pointsman` binary: parses the command line and runs it.

fn main() -> std::process::ExitCode {
    pointsman::cli::main()
}
