//! One line on standard output for each mail and each call, as it comes.
//!
//! Whoever reads the output may be slow, or gone: the lines are written by a thread of their own, and dropped when too many
//! wait. The demo goes on.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use tokio_util::sync::CancellationToken;

use super::book::{Book, title_of};
use super::kept::Kept;
use super::letter::Letter;
use super::sink::{Call, Sink};
use super::smtp::Caught;

/// So many lines may wait to be written.
const WAITING: usize = 1000;

/// What is followed.
pub(super) struct Terminal {
    pub(super) mails: Arc<Kept<Caught>>,
    pub(super) sink: Arc<Sink>,
    pub(super) book: Book,
    /// Where the page is: `http://HOST:PORT`.
    pub(super) page: String,
}

impl Terminal {
    /// Writes a line for whatever comes from now on, until `stop`.
    pub(super) async fn run(self, stop: CancellationToken) {
        let lines = writer();
        let (mut mails, mut calls) = (self.mails.follow(), self.sink.calls().follow());
        let (mut mails_told, mut calls_told) = (*mails.borrow_and_update(), *calls.borrow_and_update());
        loop {
            let changed = tokio::select! {
                () = stop.cancelled() => return,
                changed = mails.changed() => changed,
                changed = calls.changed() => changed,
            };
            if changed.is_err() {
                return;
            }
            for mail in self.mails.after(mails_told) {
                mails_told = mail.number;
                // Nobody reads so fast: the page has them all.
                let _ = lines.try_send(self.mail(&mail));
            }
            for call in self.sink.calls().after(calls_told) {
                calls_told = call.number;
                let _ = lines.try_send(self.call(&call));
            }
        }
    }

    fn mail(&self, mail: &Caught) -> String {
        let address = mail.to.first().map_or("", String::as_str);
        let reader = self.book.reader(address);
        let who =
            reader.map_or_else(|| address.to_owned(), |reader| format!("{}, {}", title_of(reader.side), reader.title));
        let subject = one_line(&Letter::read(mail).subject);
        format!("mail  {who}: {subject}  {}/mails/{}", self.page, mail.number)
    }

    fn call(&self, call: &Call) -> String {
        let case = call.case().map(|case| format!(" {case}")).unwrap_or_default();
        let repeat = call.repeat_of.map(|of| format!(", repeat of {of}")).unwrap_or_default();
        let answered = call.status.map_or_else(|| "no answer".to_owned(), |status| format!("answered {status}"));
        let (who, title, what) = (title_of(call.side), &call.title, one_line(&call.what()));
        let (check, case) = (call.check.sentence(), one_line(&case));
        format!("call  {who}, {title}: {what}{case}, {check}{repeat}, {answered}  {}/calls/{}", self.page, call.number)
    }
}

/// What others wrote must not end the line, nor move the cursor.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn writer() -> SyncSender<String> {
    let (sender, receiver) = sync_channel::<String>(WAITING);
    std::thread::spawn(move || {
        let mut out = std::io::stdout();
        // It ends when nobody reads any longer, or nobody sends.
        while let Ok(line) = receiver.recv() {
            if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
                return;
            }
        }
    });
    sender
}
