//! What the demo says when it is ready.

use std::fmt::Write as _;
use std::path::Path;

use super::lines::Line;
use super::people::People;

/// Where things are, who signs in, the keys (role, name, key), and lines to paste.
pub(super) fn text(
    (server, page): (&str, &str),
    directory: &Path,
    people: &People,
    keys: &[(String, String, String)],
    lines: &[Line],
) -> String {
    let mut out = format!("Open {server}/ and sign in as one of these:\n",);
    for login in People::logins() {
        let _ = writeln!(out, "  {:<15} {login:<21} {}", "sign in", people.password);
    }
    let _ = write!(
        out,
        "\npointsman's demo listens on {server}\n\
         The API is described at {server}/docs\n\
         Every mail and every signed call stands on {page}\n\
         What it stores is in {}\n\n",
        directory.display()
    );
    for (role, name, key) in keys {
        let _ = writeln!(out, "  {role:<17} {name:<21} {key}");
    }
    for line in lines.iter().filter(|line| line.files) {
        let _ = write!(out, "\n# {}\n{}\n", line.what, line.line);
    }
    out + "\nMore lines to paste stand on the page, and more eSRs come in for some minutes. Ctrl-C ends the demo.\n"
}
