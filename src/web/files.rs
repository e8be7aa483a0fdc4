//! Files that come and go by HTTP, whoever sends them: streamed to disk, added to their case, sent back as they came.

use std::io;

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use tokio_util::io::ReaderStream;

use super::problem::{Kind, Problem};
use super::{Web, body};
use crate::attachments::{self, NewFile, Part, kinds, place};
use crate::cases::Actor;
use crate::flow::Refused;
use crate::store::{Attachment, StoreError, StoredEsr};

/// Why a file is not taken; nothing of it is kept then.
#[derive(Debug)]
pub(super) enum NotTaken {
    /// Not a kind that the operator lists; says which.
    WrongKind(String),
    /// A program; says of what kind.
    Program { name: String, what: &'static str },
    /// Larger than so many bytes.
    TooLarge(u64),
    /// The case has so many already.
    TooMany(usize),
    /// It ended before it was complete.
    CutOff,
    /// The disk is full.
    NoRoom,
    /// The disk failed; it is logged.
    Disk,
    /// The case did not take it.
    Refused(Refused),
}

impl From<Refused> for NotTaken {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<NotTaken> for Problem {
    fn from(why: NotTaken) -> Self {
        match why {
            NotTaken::WrongKind(why) => Self::new(Kind::UnsupportedMediaType, why),
            NotTaken::Program { name, what } => {
                let detail = format!(
                    "{name:?} is {what}, and programs are not taken; put its output or source into a text file."
                );
                Self::new(Kind::UnsupportedMediaType, detail)
            }
            NotTaken::TooLarge(limit) => body::too_large(limit),
            NotTaken::TooMany(count) => {
                Self::new(Kind::Conflict, format!("The case has {count} attachments, as many as it may have."))
            }
            NotTaken::CutOff => Self::new(Kind::MalformedBody, "The file ended before it was complete; send it again."),
            NotTaken::NoRoom => {
                Self::new(Kind::StorageFull, "There is no room for the file; nothing was stored. Tell the operator.")
            }
            NotTaken::Disk => Self::internal(),
            NotTaken::Refused(refused) => refused.into(),
        }
    }
}

/// The place of one file in a case.
pub(super) struct Room {
    name: String,
    media_type: String,
    /// The case's files so far.
    there: Vec<Attachment>,
}

impl Room {
    /// A place for a file of that name, which is sound, and of that kind.
    ///
    /// # Errors
    /// For a kind that is not taken, and in a case that has as many as it may have.
    pub(super) async fn for_file(
        web: &Web,
        esr: &StoredEsr,
        name: String,
        media_type: String,
    ) -> Result<Self, NotTaken> {
        if let Some(why) = kinds::refused(&web.app.config.attachments.types, &name, &media_type) {
            return Err(NotTaken::WrongKind(why));
        }
        let there = web.app.store.attachments(&esr.id).await?;
        if there.len() >= web.app.config.limits.attachments_per_esr {
            return Err(NotTaken::TooMany(there.len()));
        }
        Ok(Self { name, media_type, there })
    }

    /// How many files of the case this party sent, and how many bytes they have together.
    pub(super) fn sent_by(&self, party: &str) -> (usize, u64) {
        let own = self.there.iter().filter(|file| file.by == party);
        own.fold((0, 0), |(count, size), file| (count + 1, size + file.size.unsigned_abs()))
    }
}

/// A file that was added.
pub(super) enum Added {
    /// Now.
    New(Attachment),
    /// The same was there before, under the same name.
    Before(Attachment),
}

/// A file on its way in.
pub(super) struct Incoming {
    part: Part,
    limit: u64,
}

impl Incoming {
    /// An empty one, that may grow to `limit` bytes, and to no more than the operator lets any.
    pub(super) async fn new(web: &Web, limit: u64) -> Result<Self, NotTaken> {
        let dir = &web.app.config.attachments.dir;
        let part = Part::new(dir, &web.app.clock.id("part")).await.map_err(|error| disk(&error))?;
        Ok(Self { part, limit: limit.min(web.app.config.limits.attachment_bytes) })
    }

    /// Adds to it.
    pub(super) async fn write(&mut self, data: &[u8]) -> Result<(), NotTaken> {
        if self.part.size() + data.len() as u64 > self.limit {
            return Err(NotTaken::TooLarge(self.limit));
        }
        self.part.write(data).await.map_err(|error| disk(&error))
    }

    /// Adds a whole body to it, and shows each piece of it to `seen`.
    pub(super) async fn read(&mut self, mut body: Body, mut seen: impl FnMut(&[u8])) -> Result<(), NotTaken> {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| NotTaken::CutOff)?;
            let Some(data) = frame.data_ref() else { continue };
            if self.part.size() + data.len() as u64 > self.limit {
                return Err(NotTaken::TooLarge(self.limit));
            }
            seen(data);
            self.write(data).await?;
        }
        Ok(())
    }

    /// Adds the file, which is complete, to its case.
    pub(super) async fn add(
        mut self,
        web: &Web,
        esr: &StoredEsr,
        room: Room,
        actor: &Actor,
        by_link: bool,
    ) -> Result<Added, NotTaken> {
        let (size, sha256) = self.part.complete().await.map_err(|error| disk(&error))?;
        let Room { name, media_type, there } = room;
        if let Some(same) = there.into_iter().find(|file| file.sha256 == sha256 && file.name == name) {
            // It may have been stored by a server that was killed before the file counted.
            attachments::count(&web.app, esr, &same.name, actor).await?;
            return Ok(Added::Before(same));
        }
        if let Some(what) = self.part.program() {
            return Err(NotTaken::Program { name, what });
        }
        let dir = &web.app.config.attachments.dir;
        self.part.keep(dir, &sha256).await.map_err(|error| disk(&error))?;
        let file = NewFile { name, media_type, size, sha256, by_link };
        Ok(Added::New(attachments::add(&web.app, esr, file, actor).await?))
    }
}

fn disk(error: &io::Error) -> NotTaken {
    tracing::error!(%error, "an attachment could not be written or read");
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => NotTaken::NoRoom,
        _ => NotTaken::Disk,
    }
}

/// A file, as it came.
///
/// # Errors
/// When the disk does not give it.
pub(super) async fn sent(web: &Web, file: Attachment) -> Result<Response, NotTaken> {
    let path = place(&web.app.config.attachments.dir, &file.sha256);
    let open = tokio::fs::File::open(&path).await.map_err(|error| disk(&error))?;
    let mut response = Body::from_stream(ReaderStream::with_capacity(open, 64 << 10)).into_response();
    let headers = response.headers_mut();
    let media_type = HeaderValue::try_from(file.media_type);
    headers.insert(
        header::CONTENT_TYPE,
        media_type.unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream")),
    );
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(file.size));
    // Somebody else's file: it is saved, never shown as a page of ours.
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    let disposition = format!("attachment; filename*=UTF-8''{}", percent_encoded(&file.name));
    if let Ok(disposition) = HeaderValue::try_from(disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

fn percent_encoded(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let _ = if plain { write!(out, "{}", char::from(byte)) } else { write!(out, "%{byte:02X}") };
        out
    })
}
