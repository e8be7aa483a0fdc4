//! Debian's Dovecot, in a directory of its own, on free ports of loopback; ended when dropped.

use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Who owns the mailbox when the tests run as root: nobody.
const NOBODY: u32 = 65534;

/// An IMAP server with one mailbox: user `cases`, password `open sesame "\`.
pub(super) struct Dovecot {
    dir: tempfile::TempDir,
    running: Option<Child>,
    ports: [u16; 2],
    delivered: u32,
}

/// The mailbox's password: one that has to be quoted.
pub(super) const PASSWORD: &str = "open sesame \"\\";

impl Dovecot {
    /// Made ready, and started.
    pub(super) fn start() -> Self {
        let mut server = Self::ready();
        server.run();
        server
    }

    /// Made ready, and not started yet.
    pub(super) fn ready() -> Self {
        assert!(
            Path::new("/usr/sbin/dovecot").exists() && Path::new("/usr/lib/dovecot/imap").exists(),
            "Dovecot is not installed: run tests/run, which installs it (apt-get install dovecot-imapd)"
        );
        let dir = tempfile::Builder::new().prefix("pointsman-dovecot").tempdir().unwrap();
        let ports = [free_port(), free_port()];
        write(dir.path(), ports);
        Self { dir, running: None, ports, delivered: 0 }
    }

    /// Starts it and waits until it answers.
    pub(super) fn run(&mut self) {
        let mut child = Command::new("/usr/sbin/dovecot")
            .args(["-F", "-c"])
            .arg(self.dir.path().join("dovecot.conf"))
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.dir.path().join("out")).unwrap())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.ports.iter().any(|port| TcpStream::connect(("127.0.0.1", *port)).is_err()) {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "Dovecot does not answer: {}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        self.running = Some(child);
    }

    /// Ends it.
    pub(super) fn stop(&mut self) {
        let Some(mut child) = self.running.take() else { return };
        // Asked, it ends its own processes as well.
        let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        let deadline = Instant::now() + Duration::from_secs(10);
        while child.try_wait().is_ok_and(|ended| ended.is_none()) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = child.kill();
        let _ = child.wait();
    }

    /// What it wrote down.
    pub(super) fn log(&self) -> String {
        let read = |name| std::fs::read_to_string(self.dir.path().join(name)).unwrap_or_default();
        format!("{}{}", read("out"), read("log"))
    }

    /// The `[inbound.imap]` that looks into its mailbox; `tls` as there.
    pub(super) fn settings(&self, tls: &str) -> String {
        let (plain, tls_port) = (self.ports[0], self.ports[1]);
        let port = if tls == "tls" { tls_port } else { plain };
        let ca =
            if tls == "none" { String::new() } else { format!("ca_file = {:?}\n", self.dir.path().join("cert.pem")) };
        format!(
            "[inbound.imap]\nhost = \"localhost\"\nport = {port}\ntls = \"{tls}\"\n{ca}user = \"cases\"\npassword = '{PASSWORD}'\n\
             poll_seconds = 0.2\ntimeout_seconds = 10\n"
        )
    }

    /// A mail is delivered into the mailbox.
    pub(super) fn deliver(&mut self, mail: &[u8]) {
        self.delivered += 1;
        let name = format!("{}.{}.test", 1_795_000_000 + self.delivered, self.delivered);
        let (on_its_way, new) = (self.mailbox().join("tmp").join(&name), self.mailbox().join("new").join(&name));
        std::fs::write(&on_its_way, mail).unwrap();
        let owner = std::fs::metadata(self.mailbox()).unwrap();
        chown(&on_its_way, Some(owner.uid()), Some(owner.gid())).unwrap();
        std::fs::rename(on_its_way, new).unwrap();
    }

    fn mailbox(&self) -> PathBuf {
        self.dir.path().join("mail/cases")
    }

    /// How many mails of the folder are not seen yet, and how many are; `None` for a folder that is not there.
    pub(super) fn count(&self, folder: &str) -> Option<(usize, usize)> {
        let at = match folder {
            "INBOX" => self.mailbox(),
            folder => self.mailbox().join(format!(".{folder}")),
        };
        let files = |below: &str| Some(std::fs::read_dir(at.join(below)).ok()?.flatten().map(|file| file.file_name()));
        let seen = |name: &std::ffi::OsString| {
            let name = name.to_string_lossy();
            name.rsplit_once(":2,").is_some_and(|(_, flags)| flags.contains('S'))
        };
        let all: Vec<_> = files("new")?.chain(files("cur")?).collect();
        let read = all.iter().filter(|name| seen(name)).count();
        Some((all.len() - read, read))
    }

    /// Waits until that many of the folder's mails are unseen, and seen.
    pub(super) async fn until(&self, folder: &str, counts: (usize, usize)) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.count(folder) != Some(counts) {
            assert!(Instant::now() < deadline, "{folder} has {:?}, not {counts:?}: {}", self.count(folder), self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn output(program: &str, args: &[&str]) -> String {
    let done = Command::new(program).args(args).output().unwrap();
    assert!(done.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

fn write(dir: &Path, ports: [u16; 2]) {
    let at = dir.display();
    let (user, group) = (output("id", &["-un"]), output("id", &["-gn"]));
    let (uid, gid): (u32, u32) = match output("id", &["-u"]).as_str() {
        "0" => (NOBODY, NOBODY),
        own => (own.parse().unwrap(), output("id", &["-g"]).parse().unwrap()),
    };
    let internal = if uid == NOBODY {
        String::new()
    } else {
        format!("default_internal_user = {user}\ndefault_login_user = {user}\ndefault_internal_group = {group}\n")
    };
    output("chmod", &["755", &at.to_string()]);
    for below in ["mail", "mail/cases", "mail/cases/new", "mail/cases/cur", "mail/cases/tmp"] {
        std::fs::create_dir(dir.join(below)).unwrap();
        chown(dir.join(below), Some(uid), Some(gid)).unwrap();
    }
    let (key, certificate) = (format!("{at}/key.pem"), format!("{at}/cert.pem"));
    let alternative = "subjectAltName=DNS:localhost,IP:127.0.0.1";
    let request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
    let more = [
        "-addext",
        alternative,
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-keyout",
        &key,
        "-out",
        &certificate,
    ];
    output("openssl", &[&request[..], &more[..]].concat());
    // The password stands in a file: in the settings it would have to be quoted in two ways.
    std::fs::write(dir.join("passwords"), format!("cases:{{PLAIN}}{PASSWORD}\n")).unwrap();
    output("chmod", &["644", &format!("{at}/passwords")]);
    let [plain, tls] = ports;
    let conf = format!(
        "base_dir = {at}/run\nstate_dir = {at}/state\nlog_path = {at}/log\nprotocols = imap\nlisten = 127.0.0.1\n{internal}\
         ssl = yes\nssl_cert = <{certificate}\nssl_key = <{key}\ndisable_plaintext_auth = no\n\
         first_valid_uid = 1\nfirst_valid_gid = 1\nmail_location = maildir:{at}/mail/cases\n\
         passdb {{\n driver = passwd-file\n args = scheme=PLAIN {at}/passwords\n}}\n\
         userdb {{\n driver = static\n args = uid={uid} gid={gid} home={at}/mail\n}}\n\
         service imap-login {{\n chroot =\n inet_listener imap {{\n port = {plain}\n }}\n inet_listener imaps {{\n port = {tls}\n ssl = yes\n }}\n}}\n\
         service anvil {{\n chroot =\n}}\nservice stats {{\n chroot =\n}}\n"
    );
    std::fs::write(dir.join("dovecot.conf"), conf).unwrap();
}
