//! DKIM, judged by another program: dkimpy, from the virtual environment that `tests/run` makes.

use std::path::{Path, PathBuf};
use std::process::Command;

use pointsman::config::Config;
use pointsman::mail::{MailSettings, compose};
use pointsman::notify::Notice;
use pointsman::notify::endpoint::Language;
use pointsman::triage::outcome::Side;
use serde_json::json;

use super::{Desk, esr, letter, settings};

/// The Python that has dkimpy.
fn python() -> PathBuf {
    let venv = std::env::var("POINTSMAN_TEST_VENV").expect(
        "POINTSMAN_TEST_VENV is not set: run tests/run, which makes a virtual environment with dkimpy in it, or set it to one",
    );
    Path::new(&venv).join("bin/python")
}

fn openssl(args: &[&str], dir: &Path) {
    let done = Command::new("openssl").args(args).current_dir(dir).output().expect("openssl is installed");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// A new RSA key of that kind (`genrsa` writes PKCS #8, with `-traditional` PKCS #1), and its public half.
pub(super) fn new_key(dir: &Path, more: &[&str]) {
    openssl(&[&["genrsa", "-out", "key.pem"], more, &["2048"]].concat(), dir);
    openssl(&["rsa", "-in", "key.pem", "-pubout", "-out", "public.pem"], dir);
}

pub(super) fn dkim_settings(dir: &Path) -> String {
    let file = dir.join("key.pem");
    format!(
        "dkim_domain = \"ale.example\"\ndkim_selector = \"esr1\"\ndkim_key_file = {:?}\n",
        file.display().to_string()
    )
}

/// Whether the signature of this mail holds, by dkimpy; else what it said.
pub(super) fn verified(mail: &[u8], dir: &Path) -> Result<(), String> {
    let file = dir.join("mail.eml");
    std::fs::write(&file, mail).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/mail/verify_dkim.py");
    let done = Command::new(python())
        .arg(script)
        .arg(&file)
        .args(["esr1", "ale.example"])
        .arg(dir.join("public.pem"))
        .output()
        .expect("the virtual environment has a Python");
    if done.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&done.stderr).into_owned()) }
}

#[test]
fn another_program_verifies_the_signature_and_notices_every_change() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open();
    for (more, language) in [(&[][..], Language::En), (&["-traditional"], Language::Fr)] {
        new_key(dir.path(), more);
        let data = desk.data(&esr(
            json!({ "summary": "Été : les réveils ne partent plus depuis la mise à jour, et ce sujet est long" }),
        ));
        let letter = letter(&data, Notice::Escalated, Side::Participant, language);
        let mail = compose(&letter, &settings(&dkim_settings(dir.path()))).unwrap().formatted();
        verified(&mail, dir.path()).unwrap();

        let text = String::from_utf8(mail).unwrap();
        // A server on the way folds a header anew.
        verified(text.replacen("Auto-Submitted: auto", "Auto-Submitted:\r\n\tauto", 1).as_bytes(), dir.path()).unwrap();
        for (from, to) in [
            ("Date: ", "Subject: Pay here\r\nDate: "),
            ("Date: ", "From: Somebody <x@evil.example>\r\nDate: "),
            ("Date: ", "Reply-To: x@evil.example\r\nDate: "),
            ("Date: ", "Cc: x@evil.example\r\nDate: "),
            ("EXAMPLE-1", "EXAMPLE-2"),
            ("auto-generated", "no"),
            ("boundary=\"=_", "boundary=\"=__"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            assert!(verified(changed.as_bytes(), dir.path()).is_err(), "{from:?} changed to {to:?} goes unnoticed");
        }
    }
}

#[test]
fn a_key_of_another_domain_than_the_senders_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    new_key(dir.path(), &[]);
    let text = dkim_settings(dir.path()).replace("ale.example", "other.example");
    let text = format!(
        "[mail]\nhost = \"127.0.0.1\"\ntls = \"none\"\nfrom_address = \"esr@support.ale.example\"\n\
         secret = \"0123456789abcdef0123456789abcdef\"\n{text}"
    );
    let settings = |text: &str| MailSettings::of(&Config::parse("p.toml", text).unwrap());
    assert!(settings(&text).unwrap_err().to_string().contains("(DMARC)"));
    // A domain may sign for those below it.
    assert!(settings(&text.replace("other.example", "ale.example")).unwrap().is_some());
}

#[test]
fn a_key_that_is_too_short_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    openssl(&["genrsa", "-out", "key.pem", "768"], dir.path());
    let key = std::fs::read_to_string(dir.path().join("key.pem")).unwrap();
    assert!(pointsman::mail::Dkim::new("ale.example", "esr1", &key).unwrap_err().to_string().contains("1,024 bits"));
}
