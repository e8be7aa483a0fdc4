//! The client that calls other companies' systems: what it refuses, and that nothing a server does holds it up.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pointsman::deliver::http::{Allowed, Answer, BODY_BYTES, CallError, Client, Lookup, Method, Outgoing};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const PATIENCE: Duration = Duration::from_secs(5);

/// A server on loopback that does `then` with each connection, and counts them.
struct Server {
    port: u16,
    connections: Arc<AtomicUsize>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    async fn start<F, D>(then: F) -> Self
    where
        F: Fn(TcpStream) -> D + Send + 'static,
        D: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let task = tokio::spawn(async move {
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                open.spawn(then(stream));
            }
        });
        Self { port, connections, task }
    }

    /// Answers every request on a connection with these bytes.
    async fn answering(bytes: &'static str) -> Self {
        Self::start(move |mut stream| async move {
            while asked(&mut stream).await && stream.write_all(bytes.as_bytes()).await.is_ok() {}
        })
        .await
    }

    fn url(&self, host: &str) -> String {
        format!("http://{host}:{}/hook?key=s3cret", self.port)
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Reads one request without a body; false when the other side is gone.
async fn asked(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    let (mut request, mut part) = (Vec::new(), [0; 4096]);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut part).await {
            Ok(read) if read > 0 => request.extend_from_slice(&part[..read]),
            _ => return false,
        }
    }
    true
}

/// An address where nothing listens any more.
async fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/hook?key=s3cret", listener.local_addr().unwrap())
}

fn loopback() -> Allowed {
    Allowed::parse(true, &["127.0.0.0/8"]).unwrap()
}

fn http_only() -> Allowed {
    Allowed { http: true, ranges: vec![] }
}

fn get(url: &str) -> Outgoing {
    Outgoing { method: Method::GET, url: url.to_owned(), headers: vec![], body: vec![] }
}

async fn call(url: &str) -> Result<Answer, CallError> {
    Client::new(&loopback()).unwrap().call(get(url), PATIENCE).await
}

/// Answers the first lookup with the first list, and so on; the last for ever.
fn lookup(answers: &[&[&str]]) -> (Lookup, Arc<AtomicUsize>) {
    let parse = |list: &&[&str]| list.iter().map(|each| each.parse::<IpAddr>().unwrap()).collect::<Vec<_>>();
    let answers: Vec<_> = answers.iter().map(parse).collect();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let lookup: Lookup = Arc::new(move |_| {
        let nth = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        let found = answers[nth].clone();
        Box::pin(async move { Ok(found) })
    });
    (lookup, asked)
}

fn keeps_its_secrets(error: &CallError) {
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn an_answer_is_handed_over_whatever_its_status() {
    for status in [200, 201, 400, 404, 410, 429, 500, 503] {
        let text: &'static str = format!("HTTP/1.1 {status} X\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\nno").leak();
        let answer = call(&Server::answering(text).await.url("127.0.0.1")).await.unwrap();
        assert_eq!((answer.status, answer.body.as_slice(), answer.truncated), (status, b"no".as_slice(), false));
        assert_eq!(answer.retry_after(), Some("7"));
    }
}

#[tokio::test]
async fn what_is_sent_is_what_was_given() {
    let server = wiremock::MockServer::start().await;
    let headers = [("webhook-id", "msg_1"), ("content-type", "application/json"), ("x-twice", "a"), ("x-twice", "b")];
    let outgoing = Outgoing {
        method: Method::PATCH,
        url: format!("{}/a%2Fb/?x=%20y&x=z", server.uri()),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        body: b"{\"a\":1}".to_vec(),
    };
    Client::new(&loopback()).unwrap().call(outgoing, PATIENCE).await.unwrap();
    let request = &server.received_requests().await.unwrap()[0];
    assert_eq!(request.method, wiremock::http::Method::PATCH);
    assert_eq!((request.url.path(), request.url.query()), ("/a%2Fb/", Some("x=%20y&x=z")));
    assert_eq!(request.body, b"{\"a\":1}");
    assert_eq!(request.headers.get_all("x-twice").iter().count(), 2);
    assert_eq!(request.headers["webhook-id"], "msg_1");
    assert_eq!(request.headers["content-length"], "7");
    assert!(request.headers["user-agent"].to_str().unwrap().starts_with("pointsman/"));
    assert!(!request.headers.contains_key("accept-encoding"), "an answer comes as it is");
}

#[tokio::test]
async fn one_deadline_covers_resolving_connecting_headers_and_body() {
    let silent = Server::start(|mut stream| async move {
        asked(&mut stream).await;
        std::future::pending::<()>().await;
    });
    let headers_drip = Server::start(|mut stream| async move {
        asked(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(b"x: y\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let body_drips = Server::start(|mut stream| async move {
        asked(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n").await;
        while stream.write_all(b".").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    let deadline = Duration::from_millis(400);
    for server in [silent.await, headers_drip.await, body_drips.await] {
        let began = Instant::now();
        let error = Client::new(&loopback()).unwrap().call(get(&server.url("127.0.0.1")), deadline).await.unwrap_err();
        assert_eq!(error, CallError::TimedOut);
        assert!((deadline..deadline * 3).contains(&began.elapsed()), "{:?}", began.elapsed());
    }
    let never: Lookup = Arc::new(|_| Box::pin(std::future::pending()));
    let began = Instant::now();
    let client = Client::with_lookup(&loopback(), never).unwrap();
    assert_eq!(client.call(get("http://acme.example/"), deadline).await.unwrap_err(), CallError::TimedOut);
    assert!(began.elapsed() < deadline * 3);
}

#[tokio::test]
async fn an_endless_body_is_read_to_the_limit_and_no_further() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let server = Server::start(move |mut stream| {
        let sent = Arc::clone(&counted);
        async move {
            asked(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while stream.write_all(&[b'x'; 4096]).await.is_ok() {
                sent.fetch_add(4096, Ordering::SeqCst);
            }
        }
    })
    .await;
    let answer = call(&server.url("127.0.0.1")).await.unwrap();
    assert_eq!((answer.status, answer.body.len(), answer.truncated), (200, BODY_BYTES, true));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let stopped = sent.load(Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(sent.load(Ordering::SeqCst), stopped, "the connection is closed");
}

#[tokio::test]
async fn a_body_of_just_the_limit_is_whole() {
    let body = "y".repeat(BODY_BYTES);
    for (more, truncated) in [("", false), ("z", true)] {
        let length = BODY_BYTES + more.len();
        let text: &'static str = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}{more}").leak();
        let answer = call(&Server::answering(text).await.url("127.0.0.1")).await.unwrap();
        assert_eq!((answer.body.len(), answer.truncated), (BODY_BYTES, truncated));
    }
}

#[tokio::test]
async fn a_compressed_answer_stays_compressed() {
    let text = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\n\x1fzip";
    let answer = call(&Server::answering(text).await.url("127.0.0.1")).await.unwrap();
    assert_eq!(answer.body, b"\x1fzip");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let inside = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    for status in [301, 302, 303, 307, 308] {
        let to = format!("HTTP/1.1 {status} Go\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", inside.url("127.0.0.1"));
        let answer = call(&Server::answering(to.leak()).await.url("127.0.0.1")).await.unwrap();
        assert_eq!(answer.status, status);
    }
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn a_name_with_one_forbidden_address_is_not_called_at_all() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    for addresses in
        [&["127.0.0.1"][..], &["93.184.215.14", "127.0.0.1"], &["127.0.0.1", "2606:4700::1111"], &["::ffff:127.0.0.1"]]
    {
        let client = Client::with_lookup(&http_only(), lookup(&[addresses]).0).unwrap();
        let error = client.call(get(&server.url("acme.example")), PATIENCE).await.unwrap_err();
        assert!(matches!(&error, CallError::Forbidden(why) if why.contains("loopback")), "{error:?}");
        keeps_its_secrets(&error);
    }
    assert_eq!(server.connections(), 0);
    let (public, _) = lookup(&[&["127.0.0.1"]]);
    let answer =
        Client::with_lookup(&loopback(), public).unwrap().call(get(&server.url("acme.example")), PATIENCE).await;
    assert_eq!(answer.unwrap().status, 200, "the same where the operator allows it");
}

#[tokio::test]
async fn a_name_that_later_leads_inside_is_refused_then_and_asked_once_for_each_connection() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await;
    // 127.0.0.1 stands for a public address here, 10.0.0.1 for the one inside.
    let (rebinding, asked) = lookup(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let client = Client::with_lookup(&loopback(), rebinding).unwrap();
    let url = server.url("rebind.example");
    assert_eq!(client.call(get(&url), PATIENCE).await.unwrap().status, 200);
    assert_eq!(asked.load(Ordering::SeqCst), 1, "the second answer plays no part in the first call");
    let error = client.call(get(&url), PATIENCE).await.unwrap_err();
    assert!(matches!(&error, CallError::Forbidden(why) if why.contains("10.0.0.1")), "{error:?}");
    assert_eq!((asked.load(Ordering::SeqCst), server.connections()), (2, 1));
}

#[tokio::test]
async fn an_address_in_any_spelling_is_refused_before_anything_is_asked_or_connected() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let (lookup, asked) = lookup(&[&["127.0.0.1"]]);
    let client = Client::with_lookup(&http_only(), lookup).unwrap();
    for host in [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "017700000001",
        "0",
        "0.0.0.0",
        "%31%32%37.0.0.1",
        "127%2e0%2e0%2e1",
        "１２７.0.0.1",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
    ] {
        let error = client.call(get(&server.url(host)), PATIENCE).await.unwrap_err();
        assert!(matches!(error, CallError::Forbidden(_)), "{host}: {error:?}");
        keeps_its_secrets(&error);
    }
    assert_eq!((asked.load(Ordering::SeqCst), server.connections()), (0, 0));
}

#[tokio::test]
async fn the_systems_own_name_for_this_machine_is_refused() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    for name in ["localhost", "LOCALHOST", "localhost.", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ"] {
        let error = Client::new(&http_only()).unwrap().call(get(&server.url(name)), PATIENCE).await.unwrap_err();
        // Not every system's resolver knows the name with a dot.
        let unknown = name.ends_with('.') && matches!(error, CallError::Unreachable(_));
        assert!(matches!(error, CallError::Forbidden(_)) || unknown, "{name}: {error:?}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn connections_are_kept_for_the_next_call() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let (lookup, asked) = lookup(&[&["127.0.0.1"]]);
    let client = Client::with_lookup(&loopback(), lookup).unwrap();
    for _ in 0..50 {
        assert_eq!(client.call(get(&server.url("acme.example")), PATIENCE).await.unwrap().body, b"ok");
    }
    assert_eq!((server.connections(), asked.load(Ordering::SeqCst)), (1, 1));
}

#[tokio::test]
async fn a_name_that_takes_long_to_resolve_is_asked_once_for_all_who_wait() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let slow: Lookup = Arc::new(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            Ok(vec![IpAddr::from([127, 0, 0, 1])])
        })
    });
    let client = Client::with_lookup(&loopback(), slow).unwrap();
    let call = async |patience| {
        let calls = (0..20).map(|_| client.call(get(&server.url("acme.example")), patience));
        futures_util::future::join_all(calls).await
    };
    let impatient = call(Duration::from_millis(50)).await;
    assert!(impatient.iter().all(|each| matches!(each, Err(CallError::TimedOut))));
    assert!(call(PATIENCE).await.iter().all(|each| each.as_ref().is_ok_and(|answer| answer.status == 200)));
    assert_eq!(asked.load(Ordering::SeqCst), 1, "also those who came later had the first lookup's answer");
}

#[tokio::test]
async fn a_flood_of_headers_or_of_passing_answers_ends() {
    let floods = ["HTTP/1.1 200 OK\r\n", ""].into_iter().zip(["x: y\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n"]);
    for (first, more) in floods {
        let server = Server::start(move |mut stream| async move {
            asked(&mut stream).await;
            let _ = stream.write_all(first.as_bytes()).await;
            while stream.write_all(more.as_bytes()).await.is_ok() {}
        })
        .await;
        let call = Client::new(&loopback()).unwrap();
        let error = call.call(get(&server.url("127.0.0.1")), Duration::from_secs(1)).await.unwrap_err();
        assert!(matches!(error, CallError::Broken(_) | CallError::TimedOut), "{error:?}");
    }
}

#[tokio::test]
async fn whatever_breaks_is_told_in_a_sentence_without_secrets() {
    let closes = Server::start(|mut stream| async move {
        asked(&mut stream).await;
    });
    let half = Server::start(|mut stream| async move {
        asked(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await;
    });
    let babbles = Server::answering("220 mail.example ESMTP\r\n");
    for server in [closes.await, half.await, babbles.await] {
        let error = call(&server.url("127.0.0.1")).await.unwrap_err();
        assert!(matches!(error, CallError::Broken(_)), "{error:?}");
        keeps_its_secrets(&error);
    }
    let gone = closed_port().await;
    let (nothing, nowhere): (Lookup, _) = (
        Arc::new(|_| Box::pin(async { Err(std::io::Error::other("s3cret")) })),
        "http://nowhere.example/?key=s3cret".to_owned(),
    );
    let empty = lookup(&[&[]]).0;
    let tls = Server::start(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    let secure = tls.url("127.0.0.1").replace("http:", "https:");
    for (client, url) in [
        (Client::new(&loopback()), gone),
        (Client::with_lookup(&loopback(), nothing), nowhere.clone()),
        (Client::with_lookup(&loopback(), empty), nowhere),
        (Client::new(&loopback()), secure),
    ] {
        let error = client.unwrap().call(get(&url), PATIENCE).await.unwrap_err();
        assert!(matches!(error, CallError::Unreachable(_)), "{error:?}");
        keeps_its_secrets(&error);
    }
}

/// Speaks TLS as acme.example, and answers every request with 204.
async fn secure_server() -> Server {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("guard/acme.example.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("guard/acme.example.key.pem")).unwrap();
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let settings = rustls::ServerConfig::builder_with_provider(ring).with_safe_default_protocol_versions().unwrap();
    let settings = settings.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(settings));
    Server::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            while asked(&mut stream).await && stream.write_all(b"HTTP/1.1 204 Fine\r\n\r\n").await.is_ok() {}
        }
    })
    .await
}

/// Runs one of the tests here again, in a process with another environment.
async fn again_with(test: &str, environment: &[(&str, String)]) -> bool {
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", test]).stdout(std::process::Stdio::null());
    again.envs(environment.iter().map(|(name, value)| (name, value)));
    tokio::task::spawn_blocking(move || again.status().unwrap().success()).await.unwrap()
}

/// On systems that read `SSL_CERT_FILE` the operator can vouch for a certificate of his own with it.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_certificate_must_be_vouched_for_and_name_the_host() {
    const OWN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/guard/acme.example.pem");
    let server = secure_server().await;
    let client = Client::with_lookup(&loopback(), lookup(&[&["127.0.0.1"]]).0).unwrap();
    let vouched = std::env::var("SSL_CERT_FILE").is_ok_and(|file| file == OWN);
    let url = |host| server.url(host).replace("http:", "https:");
    match client.call(get(&url("acme.example")), PATIENCE).await {
        Ok(answer) => assert!(vouched && answer.status == 204),
        Err(error) => {
            assert!(
                !vouched && error.to_string().starts_with("There is no secure connection to acme.example"),
                "{error}"
            );
            keeps_its_secrets(&error);
        }
    }
    let error = client.call(get(&url("other.example")), PATIENCE).await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable(_)), "{error:?}");
    if !vouched {
        let with = [("SSL_CERT_FILE", OWN.to_owned())];
        assert!(again_with("guard::a_certificate_must_be_vouched_for_and_name_the_host", &with).await);
    }
}

#[tokio::test]
async fn a_proxy_of_the_environment_is_not_asked() {
    let proxy = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let names = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let with = names.map(|name| (name, proxy.url("127.0.0.1")));
    assert!(again_with("guard::connections_are_kept_for_the_next_call", &with).await);
    assert_eq!(proxy.connections(), 0);
}
