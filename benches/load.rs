//! A small HTTP/1.1 client that keeps its connections and costs little beside the server that it measures.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// What a level of load came to.
pub(crate) struct Load {
    /// Answers a second, over all connections.
    pub(crate) per_second: f64,
    /// How long it lasted.
    pub(crate) lasted: Duration,
    /// Half of the answers took no longer.
    pub(crate) median: Duration,
    /// 99 of 100 answers took no longer.
    pub(crate) p99: Duration,
}

/// Sends `request(n)`, n counting up over all connections, as fast as the answers come, for a while.
///
/// # Panics
/// When an answer is no 2xx: what was refused was not measured.
pub(crate) async fn load(
    address: SocketAddr,
    connections: usize,
    lasting: Duration,
    request: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static,
) -> Load {
    let (request, next) = (Arc::new(request), Arc::new(AtomicU64::new(0)));
    let start = Instant::now();
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let (request, next) = (Arc::clone(&request), Arc::clone(&next));
            tokio::spawn(async move {
                let mut connection = connect(address).await;
                let mut took = Vec::new();
                while start.elapsed() < lasting {
                    let message = request(next.fetch_add(1, Ordering::Relaxed));
                    let sent = Instant::now();
                    exchange(&mut connection, &message).await;
                    took.push(sent.elapsed());
                }
                took
            })
        })
        .collect();
    let mut took = Vec::new();
    for task in tasks {
        took.extend(task.await.expect("a connection that works"));
    }
    let lasted = start.elapsed();
    let per_second = took.len() as f64 / lasted.as_secs_f64();
    took.sort_unstable();
    Load { per_second, lasted, median: took[took.len() / 2], p99: took[took.len() * 99 / 100] }
}

/// An answer to a request that was sent when it was due.
pub(crate) struct Answered {
    /// When it was to be sent.
    pub(crate) due: Instant,
    /// When its answer was there.
    pub(crate) answered: Instant,
    /// What was answered.
    pub(crate) body: String,
}

/// Sends `request(n)` so many times a second, n counting up, whether or not the ones before are answered.
///
/// # Panics
/// When an answer is no 2xx.
pub(crate) async fn open_loop(
    address: SocketAddr,
    per_second: u32,
    lasting: Duration,
    request: impl Fn(u64) -> Vec<u8>,
) -> Vec<Answered> {
    let idle: Arc<Mutex<Vec<BufReader<TcpStream>>>> = Arc::default();
    let (start, mut tasks) = (Instant::now(), Vec::new());
    for number in 0..(lasting.as_secs_f64() * f64::from(per_second)) as u32 {
        let message = request(u64::from(number));
        let due = start + Duration::from_secs(1) * number / per_second;
        tokio::time::sleep_until(due.into()).await;
        let idle = Arc::clone(&idle);
        tasks.push(tokio::spawn(async move {
            let kept = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut connection = match kept {
                Some(connection) => connection,
                None => connect(address).await,
            };
            let body = exchange(&mut connection, &message).await;
            let answered = Instant::now();
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
            Answered { due, answered, body: String::from_utf8(body).expect("text") }
        }));
    }
    let mut all = Vec::with_capacity(tasks.len());
    for task in tasks {
        all.push(task.await.expect("a connection that works"));
    }
    all
}

async fn connect(address: SocketAddr) -> BufReader<TcpStream> {
    let connection = BufReader::new(TcpStream::connect(address).await.expect("a connection"));
    connection.get_ref().set_nodelay(true).expect("no delay");
    connection
}

/// A POST as it goes over the wire.
pub(crate) fn post(path: &str, bearer: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {bearer}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

async fn exchange(connection: &mut BufReader<TcpStream>, message: &[u8]) -> Vec<u8> {
    connection.get_mut().write_all(message).await.expect("sent");
    let (mut line, mut length, mut status) = (String::new(), 0, None);
    loop {
        line.clear();
        connection.read_line(&mut line).await.expect("a line of the head");
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        status.get_or_insert_with(|| text.to_owned());
        if let Some((name, value)) = text.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().expect("a length");
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.expect("the body");
    let status = status.unwrap_or_default();
    assert!(status.contains(" 20"), "{status}: {}", String::from_utf8_lossy(&body));
    body
}
