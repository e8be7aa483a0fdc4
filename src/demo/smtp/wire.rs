//! Lines in and answers out: bounded in length and time.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A line as it came.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Without its end; cut off at the length asked for.
    pub(super) text: Vec<u8>,
    /// It was longer than the length asked for.
    pub(super) cut: bool,
    /// It ended in CRLF, not in LF alone.
    pub(super) crlf: bool,
    /// It held a CR elsewhere.
    pub(super) stray: bool,
}

/// One client's connection.
pub(super) struct Wire {
    stream: BufReader<TcpStream>,
    /// Answers that were not sent yet: those to commands in one packet go out in one packet.
    waiting: Vec<u8>,
    patience: Duration,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, patience: Duration) -> Self {
        let _ = stream.set_nodelay(true);
        Self { stream: BufReader::new(stream), waiting: Vec::new(), patience }
    }

    /// The next line, of which at most `keep` bytes are kept; `None` when the client has hung up.
    ///
    /// # Errors
    /// When the connection broke, or the client was too slow.
    pub(super) async fn line(&mut self, keep: usize) -> io::Result<Option<Line>> {
        if self.stream.buffer().is_empty() {
            self.flush().await?;
        }
        match timeout(self.patience, read(&mut self.stream, keep)).await {
            Ok(line) => line,
            Err(_) => {
                self.say(421, "4.4.2 Nothing came for too long");
                self.flush().await?;
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }

    /// Whether the client has sent more than was asked for.
    pub(super) fn has_more(&self) -> bool {
        !self.stream.buffer().is_empty()
    }

    /// Answers, once there is nothing left to read or [`Self::flush`] is called. Each line of `text` is one of the answer.
    pub(super) fn say(&mut self, code: u16, text: &str) {
        let last = text.lines().count().saturating_sub(1);
        for (at, line) in text.lines().enumerate() {
            let mark = if at == last { ' ' } else { '-' };
            self.waiting.extend_from_slice(format!("{code}{mark}{line}\r\n").as_bytes());
        }
    }

    /// Answers with bytes that are no answer.
    pub(super) fn say_raw(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
    }

    /// Sends what waits.
    ///
    /// # Errors
    /// When the connection broke, or the client takes nothing.
    pub(super) async fn flush(&mut self) -> io::Result<()> {
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        let sent = timeout(self.patience, self.stream.write_all(&waiting)).await;
        sent.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

async fn read(stream: &mut BufReader<TcpStream>, keep: usize) -> io::Result<Option<Line>> {
    let (mut text, mut length, mut carriage_returns, mut last) = (Vec::new(), 0_usize, 0_usize, 0_u8);
    loop {
        let buffer = stream.fill_buf().await?;
        if buffer.is_empty() {
            return Ok(None);
        }
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let part = &buffer[..end.unwrap_or(buffer.len())];
        text.extend_from_slice(&part[..part.len().min((keep + 1).saturating_sub(text.len()))]);
        length += part.len();
        carriage_returns += part.iter().filter(|byte| **byte == b'\r').count();
        last = part.last().copied().unwrap_or(last);
        let used = part.len() + usize::from(end.is_some());
        stream.consume(used);
        if end.is_some() {
            let ended_in_cr = length > 0 && last == b'\r';
            let cut = length - usize::from(ended_in_cr) > keep;
            if ended_in_cr && !cut {
                text.pop();
            }
            text.truncate(keep);
            let stray = carriage_returns > usize::from(ended_in_cr);
            return Ok(Some(Line { text, cut, crlf: ended_in_cr, stray }));
        }
    }
}
