//! One client's session: what was said so far decides what may be said next.

use std::io;

use tokio::net::TcpStream;

use super::command::{self, Command, Path};
use super::script::{Act, Step};
use super::wire::Wire;
use super::{Caught, Shared};

/// The longest command, in bytes: what RFC 5321 has, and room for long addresses.
const COMMAND: usize = 2048;
/// The longest line of a mail, in bytes (RFC 5322, 2.1.1).
const LINE: usize = 998;
/// After so many mistakes the server hangs up.
const MISTAKES: u32 = 20;

/// The session goes on, or is over.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    On,
    Over,
}

/// A mail that is being handed over.
#[derive(Default)]
struct Envelope {
    from: Option<Path>,
    to: Vec<String>,
}

struct Session<'a> {
    wire: Wire,
    shared: &'a Shared,
    greeted: bool,
    envelope: Envelope,
    mistakes: u32,
}

/// Serves one client until it goes, or has to.
///
/// # Errors
/// When the connection breaks.
pub(super) async fn run(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let wire = Wire::new(stream, shared.bounds.patience);
    let mut session = Session { wire, shared, greeted: false, envelope: Envelope::default(), mistakes: 0 };
    let mut next = session.step(Step::Connected, 220, "pointsman demo ESMTP: every mail is taken and shown").await?;
    while next == Next::On {
        next = match session.wire.line(COMMAND).await? {
            None => return Ok(()),
            Some(line) if line.cut => session.mistake((500, "5.5.2 The line is too long")),
            Some(line) if !line.crlf || line.stray => session.mistake((500, "5.5.2 A line ends in CRLF")),
            Some(line) => match command::parse(&line.text) {
                Ok(command) => session.obey(command).await?,
                Err(fault) => session.mistake(fault),
            },
        };
    }
    session.wire.flush().await
}

impl Session<'_> {
    async fn obey(&mut self, command: Command) -> io::Result<Next> {
        match command {
            Command::Hello { extended, name } => self.hello(extended, &name).await,
            Command::Mail(path) => self.mail(path).await,
            Command::Recipient(path) => self.recipient(path).await,
            Command::Data => self.data().await,
            Command::Reset => {
                self.envelope = Envelope::default();
                Ok(self.say(250, "2.0.0 Forgotten"))
            }
            Command::Noop => Ok(self.say(250, "2.0.0 Still here")),
            Command::Help => Ok(self.say(214, "2.0.0 EHLO HELO MAIL RCPT DATA RSET NOOP VRFY QUIT")),
            Command::Verify => Ok(self.say(252, "2.1.5 Send it, it is taken")),
            Command::Quit => {
                self.step(Step::Quit, 221, "2.0.0 Goodbye").await?;
                Ok(Next::Over)
            }
        }
    }

    async fn hello(&mut self, extended: bool, name: &str) -> io::Result<Next> {
        self.envelope = Envelope::default();
        let size = self.shared.bounds.size;
        let extensions =
            format!("pointsman demo\nPIPELINING\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES\nSIZE {size}\nHELP");
        let text = if extended { extensions.as_str() } else { "pointsman demo" };
        let (done, next) = self.ask(Step::Hello(name), 250, text).await?;
        self.greeted |= done;
        Ok(next)
    }

    async fn mail(&mut self, path: Path) -> io::Result<Next> {
        if !self.greeted {
            return Ok(self.mistake((503, "5.5.1 Say EHLO first")));
        }
        if self.envelope.from.is_some() {
            return Ok(self.mistake((503, "5.5.1 A mail is being handed over; RSET forgets it")));
        }
        if path.size.is_some_and(|size| size > self.shared.bounds.size as u64) {
            return Ok(self.say(552, "5.3.4 The mail is too large"));
        }
        if !path.utf8 && !path.address.is_ascii() {
            return Ok(self.say(553, "5.6.7 An address like this needs SMTPUTF8"));
        }
        let (done, next) = self.ask(Step::Sender(&path.address), 250, "2.1.0 Go on").await?;
        self.envelope.from = done.then_some(path);
        Ok(next)
    }

    async fn recipient(&mut self, path: Path) -> io::Result<Next> {
        let Some(from) = &self.envelope.from else {
            return Ok(self.mistake((503, "5.5.1 Say MAIL FROM first")));
        };
        if !from.utf8 && !path.address.is_ascii() {
            return Ok(self.say(553, "5.6.7 An address like this needs SMTPUTF8"));
        }
        if self.envelope.to.len() >= self.shared.bounds.recipients {
            return Ok(self.say(452, "4.5.3 Too many recipients; send the others another mail"));
        }
        let (done, next) = self.ask(Step::Recipient(&path.address), 250, "2.1.5 Go on").await?;
        if done {
            self.envelope.to.push(path.address);
        }
        Ok(next)
    }

    async fn data(&mut self) -> io::Result<Next> {
        if self.envelope.to.is_empty() {
            return Ok(self.mistake((503, "5.5.1 Say MAIL FROM and RCPT TO first")));
        }
        if self.wire.has_more() {
            return Ok(self.refuse_what_follows());
        }
        let (done, next) = self.ask(Step::Data, 354, "Go on, and end with a full stop on a line of its own").await?;
        if !done || next == Next::Over {
            return Ok(next);
        }
        self.wire.flush().await?;
        let Some(message) = self.message().await? else { return Ok(Next::Over) };
        let envelope = std::mem::take(&mut self.envelope);
        match message {
            Ok(source) => self.take(envelope, source).await,
            Err((code, text)) => Ok(self.say(code, text)),
        }
    }

    /// A client that sends its message before it is asked for it would have the message read as commands, or worse, the
    /// next mail's commands as message. DATA has to be the last of what is sent at once.
    fn refuse_what_follows(&mut self) -> Next {
        self.say(421, "4.5.0 DATA has to be the last command that is sent at once");
        Next::Over
    }

    /// The message up to its full stop, or why it is not taken. `None` when the client has hung up, or sends without end.
    async fn message(&mut self) -> io::Result<Option<Result<Vec<u8>, command::Fault>>> {
        let most = self.shared.bounds.size;
        let (mut source, mut fault, mut came, mut crlf) = (Vec::new(), None, 0_usize, true);
        loop {
            let Some(line) = self.wire.line(LINE + 1).await? else { return Ok(None) };
            // Only CRLF . CRLF ends a mail: were "LF . CRLF" taken for it too, one mail could pass for two.
            if crlf && line.crlf && line.text == b"." {
                return Ok(Some(fault.map_or(Ok(source), Err)));
            }
            came += line.text.len() + 2;
            if came > most.saturating_mul(2).max(1 << 20) {
                self.say(421, "4.3.4 The mail is far too large");
                return Ok(None);
            }
            crlf = line.crlf;
            let text = line.text.strip_prefix(b".").unwrap_or(&line.text);
            fault = fault.or(if !line.crlf || line.stray {
                Some((550, "5.6.0 A line ends in CRLF, and has no other CR or LF"))
            } else if line.cut || text.len() > LINE {
                Some((550, "5.6.0 A line has at most 998 bytes"))
            } else if source.len() + text.len() + 2 > most {
                Some((552, "5.3.4 The mail is too large"))
            } else {
                None
            });
            if fault.is_none() {
                source.extend_from_slice(text);
                source.extend_from_slice(b"\r\n");
            } else {
                source = Vec::new();
            }
        }
    }

    async fn take(&mut self, envelope: Envelope, source: Vec<u8>) -> io::Result<Next> {
        let from = envelope.from.map(|path| path.address).unwrap_or_default();
        let at = self.shared.clock.now();
        let caught = Caught { number: self.shared.mails.count() + 1, at, from, to: envelope.to, source };
        let act = self.shared.script.at(Step::Message(&caught));
        let keeps = !matches!(act, Act::Drop | Act::Garble(_) | Act::Answer(400.., _));
        if let Act::Stall(time) = act {
            // Not taken before the answer is due: a client that does not wait that long has not handed it over.
            self.wire.flush().await?;
            tokio::time::sleep(time).await;
        }
        let act = if matches!(act, Act::Stall(_)) { Act::Proceed } else { act };
        if keeps {
            let weight = caught.source.len();
            let kept = self.shared.mails.add(weight, |number| Caught { number, ..caught });
            let text = format!("2.0.0 Taken as number {}", kept.number);
            return Ok(self.act(act, 250, &text).await?.1);
        }
        Ok(self.act(act, 250, "2.0.0 Taken").await?.1)
    }

    /// A step whose outcome changes nothing here.
    async fn step(&mut self, step: Step<'_>, code: u16, text: &str) -> io::Result<Next> {
        Ok(self.ask(step, code, text).await?.1)
    }

    /// Asks the script, and answers. True when the step is done as it should.
    async fn ask(&mut self, step: Step<'_>, code: u16, text: &str) -> io::Result<(bool, Next)> {
        let act = self.shared.script.at(step);
        self.act(act, code, text).await
    }

    async fn act(&mut self, act: Act, code: u16, text: &str) -> io::Result<(bool, Next)> {
        match act {
            Act::Proceed => Ok((true, self.say(code, text))),
            Act::Answer(code, text) => {
                let next = self.say(code, &text);
                Ok((code < 400, if code == 421 { Next::Over } else { next }))
            }
            Act::Stall(time) => {
                self.wire.flush().await?;
                tokio::time::sleep(time).await;
                Ok((true, self.say(code, text)))
            }
            Act::Garble(bytes) => {
                self.wire.say_raw(&bytes);
                Ok((false, Next::Over))
            }
            Act::Drop | Act::LoseAnswer => {
                self.wire.flush().await?;
                Ok((false, Next::Over))
            }
        }
    }

    fn say(&mut self, code: u16, text: &str) -> Next {
        self.wire.say(code, text);
        Next::On
    }

    /// Answers to a mistake; a client that makes too many is not a mail server.
    fn mistake(&mut self, (code, text): command::Fault) -> Next {
        self.mistakes += 1;
        if self.mistakes > MISTAKES {
            self.wire.say(421, "4.7.0 Too many mistakes");
            return Next::Over;
        }
        self.say(code, text)
    }
}
