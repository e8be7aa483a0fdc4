//! What a scripted server does instead of what it should: for tests of how faults are borne.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Caught;

/// Where a session is when the script is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// A client has connected; its greeting is due.
    Connected,
    /// `EHLO` or `HELO`, with the name given.
    Hello(&'a str),
    /// `MAIL FROM`, with the sender.
    Sender(&'a str),
    /// `RCPT TO`, with the recipient.
    Recipient(&'a str),
    /// `DATA`, before the message.
    Data,
    /// The whole message is there; its answer is due.
    Message(&'a Caught),
    /// `QUIT`.
    Quit,
}

/// What the server does at a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// What it should.
    Proceed,
    /// Says this instead: a code and a text, such as `451` and `4.7.1 Try again later`. With 2xx or 3xx it does what it
    /// should under other words, with 421 it hangs up afterwards.
    Answer(u16, String),
    /// Says nothing for so long, then does what it should.
    Stall(Duration),
    /// Writes these bytes as they are, in place of an answer, and hangs up: half a line, nonsense, another protocol.
    Garble(Vec<u8>),
    /// Hangs up.
    Drop,
    /// Does what it should, and hangs up before it says so: the sender cannot know, and has to send again.
    LoseAnswer,
}

type Decide = dyn Fn(Step<'_>) -> Act + Send + Sync;

/// Decides what the server does at each step.
#[derive(Clone)]
pub struct Script(Arc<Decide>);

impl Script {
    /// A server that does what it should.
    #[must_use]
    pub fn sound() -> Self {
        Self::new(|_| Act::Proceed)
    }

    /// A server that does at each step what `decide` says. It is asked from several connections at once.
    pub fn new(decide: impl Fn(Step<'_>) -> Act + Send + Sync + 'static) -> Self {
        Self(Arc::new(decide))
    }

    pub(super) fn at(&self, step: Step<'_>) -> Act {
        (self.0)(step)
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script(..)")
    }
}
