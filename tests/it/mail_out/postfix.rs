//! Debian's Postfix, in a directory of its own, on free ports of loopback; ended when dropped.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A mail server that takes mail for `hotelia.example` and `xn--htel-vqa.example`, and stores it.
pub(super) struct Postfix {
    dir: tempfile::TempDir,
    running: Child,
    /// Plain, and STARTTLS.
    pub(super) port: u16,
    /// TLS from the first byte.
    pub(super) tls_port: u16,
}

impl Postfix {
    /// Starts it and waits until it answers.
    pub(super) fn start() -> Self {
        assert!(
            Path::new("/usr/sbin/postfix").exists(),
            "Postfix is not installed: run tests/run, which installs it (apt-get install postfix)"
        );
        let dir = tempfile::Builder::new().prefix("pointsman-postfix").tempdir().unwrap();
        let ports = [free_port(), free_port()];
        write(dir.path(), ports);
        // It ends with this thread, however that ends.
        let running = as_root("setpriv")
            .args(["--pdeathsig", "TERM", "--", "/usr/sbin/postfix", "-c", &text(&dir.path().join("conf")), "start-fg"])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(dir.path().join("out")).unwrap())
            .spawn()
            .unwrap();
        let mut server = Self { dir, running, port: ports[0], tls_port: ports[1] };
        server.wait();
        server
    }

    fn wait(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.running.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < deadline, "Postfix does not answer: {}", self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Its certificate.
    pub(super) fn certificate(&self) -> PathBuf {
        self.dir.path().join("cert.pem")
    }

    /// What it wrote down.
    pub(super) fn log(&self) -> String {
        let read = |name| std::fs::read_to_string(self.dir.path().join(name)).unwrap_or_default();
        format!("{}{}", read("out"), read("log"))
    }

    /// The mails that it stored, once there are so many.
    pub(super) fn stored(&self, count: usize) -> Vec<Vec<u8>> {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let new = std::fs::read_dir(self.dir.path().join("mail/inbox/new")).map(Iterator::collect::<Vec<_>>);
            let mut files: Vec<_> = new.unwrap_or_default().into_iter().map(|file| file.unwrap().path()).collect();
            if files.len() >= count {
                files.sort();
                return files.iter().map(|file| std::fs::read(file).unwrap()).collect();
            }
            assert!(Instant::now() < deadline, "{} of {count} mails arrived: {}", files.len(), self.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let conf = text(&self.dir.path().join("conf"));
        let _ = as_root("/usr/sbin/postfix").args(["-c", &conf, "stop"]).stderr(Stdio::null()).status();
        let _ = self.running.kill();
        let _ = self.running.wait();
        // Its files are its own users'.
        let _ = as_root("rm").args(["-rf", "--", &text(self.dir.path())]).status();
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Who runs the tests: user and group.
fn me() -> (String, String) {
    let id = |what| String::from_utf8(Command::new("id").arg(what).output().unwrap().stdout).unwrap().trim().to_owned();
    (id("-u"), id("-g"))
}

/// Postfix starts as root; where the tests do not run as root, by sudo.
fn as_root(program: &str) -> Command {
    if me().0 == "0" {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.args(["-n", program]);
    command
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn run(program: &str, args: &[&str]) {
    let done = as_root(program).args(args).output().unwrap();
    assert!(done.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn write(dir: &Path, ports: [u16; 2]) {
    let at = text(dir);
    for below in ["conf", "queue", "data", "mail"] {
        std::fs::create_dir(dir.join(below)).unwrap();
    }
    run("chmod", &["755", &at]);
    run("chown", &["postfix", &format!("{at}/data")]);
    // Mails are stored by whoever reads them here; Postfix stores none as root.
    let (user, group) = if me().0 == "0" { ("65534".to_owned(), "65534".to_owned()) } else { me() };
    run("chown", &[&user, &format!("{at}/mail")]);
    run(
        "openssl",
        &[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-keyout",
            &format!("{at}/key.pem"),
            "-out",
            &format!("{at}/cert.pem"),
        ],
    );
    let main = format!(
        "compatibility_level = 3.6\nqueue_directory = {at}/queue\ndata_directory = {at}/data\n\
         command_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\nmail_owner = postfix\nsetgid_group = postdrop\n\
         maillog_file = {at}/log\nmaillog_file_prefixes = {at}\ninet_protocols = ipv4\ninet_interfaces = 127.0.0.1\n\
         myhostname = mx.example\nmydestination =\nmynetworks = 127.0.0.0/8\n\
         virtual_mailbox_domains = hotelia.example xn--htel-vqa.example\nvirtual_mailbox_base = {at}/mail\n\
         virtual_mailbox_maps = regexp:{at}/conf/boxes\nvirtual_uid_maps = static:{user}\nvirtual_gid_maps = static:{group}\n\
         virtual_minimum_uid = 1\nsmtpd_recipient_restrictions = check_recipient_access regexp:{at}/conf/access, permit_mynetworks, reject\n\
         smtpd_tls_cert_file = {at}/cert.pem\nsmtpd_tls_key_file = {at}/key.pem\nsmtpd_tls_security_level = may\n"
    );
    let master = format!(
        "127.0.0.1:{} inet n - n - - smtpd\n127.0.0.1:{} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n\
         postlog unix-dgram n - n - 1 postlogd\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\n\
         tlsmgr unix - - n 1000? 1 tlsmgr\nrewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\n\
         defer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\nproxymap unix - - n - - proxymap\nerror unix - - n - - error\n\
         retry unix - - n - - error\nvirtual unix - n n - - virtual\nanvil unix - - n - 1 anvil\n",
        ports[0], ports[1]
    );
    for (file, content) in [
        ("main.cf", main.as_str()),
        ("master.cf", &master),
        ("boxes", "/^(support|later|full)@/ inbox/\n"),
        ("access", "/^later@/ 450 4.2.1 Come back later\n/^full@/ 552 5.2.2 The mailbox is full\n"),
    ] {
        std::fs::write(dir.join("conf").join(file), content).unwrap();
    }
}
