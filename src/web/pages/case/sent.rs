//! A sent form. One with files is read piece by piece: each file goes to disk as it comes, and to the case once it is whole.

use axum::body::Body;
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::HeaderMap;

use super::Open;
use crate::attachments::sound_name;
use crate::mail::Words;
use crate::notify::endpoint::Language;
use crate::web::files::{Added, Incoming, NotTaken, Room};
use crate::web::pages::filled::Filled;
use crate::web::{Web, body};

/// The most that a form's texts may have together, in bytes.
const TEXTS: usize = 512 << 10;
/// A form may hold so many times the largest file.
const FILES: u64 = 4;
/// How many files of a case one party may send by a link, and how many of the largest they may be together.
const BY_LINK: (usize, u64) = (60, 16);

/// What was sent.
#[derive(Debug, Default)]
pub(in crate::web::pages) struct Sent {
    /// The texts.
    pub(in crate::web::pages) filled: Filled,
    /// The names of the files that are part of the case now.
    pub(in crate::web::pages) added: Vec<String>,
    /// Why others are not.
    pub(in crate::web::pages) wrong: Vec<String>,
    /// It ended too early, or had no end: what was read is all there is.
    pub(in crate::web::pages) broken: bool,
}

impl Sent {
    /// Whether it is a form, not a file itself.
    pub(in crate::web::pages) fn is_form(headers: &HeaderMap) -> bool {
        let kind = body::content_type(headers);
        matches!(kind.as_deref(), Some("multipart/form-data" | "application/x-www-form-urlencoded"))
    }

    /// Reads it, and adds its files to the case.
    pub(in crate::web::pages) async fn read(web: &Web, open: &Open, request: Request) -> Self {
        let words = open.seat.words();
        if body::content_type(request.headers()).as_deref() != Some("multipart/form-data") {
            let (parts, body) = request.into_parts();
            return match body::read(&parts.headers, body, TEXTS).await {
                Ok(bytes) => Self { filled: Filled::parse(&bytes), ..Self::default() },
                Err(_) => Self { broken: true, wrong: vec![words.word("page-file-much")], ..Self::default() },
            };
        }
        let mut sent = Self::default();
        let mut texts = Vec::new();
        let Ok(mut parts) = Multipart::from_request(request, web).await else {
            return Self { broken: true, wrong: vec![words.word("page-file-much")], ..sent };
        };
        let mut left = web.app.config.limits.attachment_bytes.saturating_mul(FILES);
        let mut room = TEXTS;
        loop {
            let mut field = match parts.next_field().await {
                Ok(Some(field)) => field,
                Ok(None) => break,
                Err(_) => {
                    sent.broken = true;
                    sent.wrong.push(words.say("page-file-cut", &[("name", words.word("page-files-title").into())]));
                    break;
                }
            };
            let name = field.name().unwrap_or_default().to_owned();
            let Some(given) = field.file_name().map(str::to_owned) else {
                let mut text = Vec::new();
                while let Ok(Some(piece)) = field.chunk().await {
                    text.extend_from_slice(&piece[..piece.len().min(room)]);
                    room -= piece.len().min(room);
                }
                texts.push((name, String::from_utf8_lossy(&text).into_owned()));
                continue;
            };
            // A browser sends a field of files without one as one without a name.
            if given.is_empty() {
                continue;
            }
            let kind = field.content_type().unwrap_or("application/octet-stream").to_owned();
            let mut file = Arriving::new(web, open, &given, &kind).await;
            loop {
                match field.chunk().await {
                    Ok(Some(piece)) if piece.len() as u64 > left => {
                        sent.broken = true;
                        break;
                    }
                    Ok(Some(piece)) => {
                        left -= piece.len() as u64;
                        file.write(&piece).await;
                    }
                    Ok(None) => break,
                    Err(_) => {
                        sent.broken = true;
                        file.refuse(NotTaken::CutOff);
                        break;
                    }
                }
            }
            if sent.broken && file.is_taken() {
                sent.wrong.push(words.word("page-file-much"));
                break;
            }
            match file.add(web, open).await {
                Ok(name) => sent.added.push(name),
                Err(why) => sent.wrong.push(why.said(open.seat.language)),
            }
            if sent.broken {
                break;
            }
        }
        sent.filled = Filled::of(texts);
        sent
    }

    /// Takes a body that is one file: its name once it is part of the case, or why it is not.
    pub(super) async fn file(
        web: &Web,
        open: &Open,
        name: Option<&str>,
        kind: Option<&str>,
        mut body: Body,
    ) -> Result<String, Why> {
        use http_body_util::BodyExt as _;
        let kind = kind.filter(|kind| !kind.is_empty()).unwrap_or("application/octet-stream");
        let mut file = Arriving::new(web, open, name.unwrap_or_default(), kind).await;
        while file.is_taken()
            && let Some(frame) = body.frame().await
        {
            match frame {
                Ok(frame) => file.write(&frame.into_data().unwrap_or_default()).await,
                Err(_) => file.refuse(NotTaken::CutOff),
            }
        }
        file.add(web, open).await
    }
}

/// Why a file is not part of the case.
#[derive(Debug)]
pub(super) struct Why {
    name: String,
    /// None is a name that cannot be used.
    why: Option<NotTaken>,
}

impl Why {
    /// For people.
    pub(super) fn said(&self, language: Language) -> String {
        let words = Words::of(language);
        let id = match &self.why {
            None => "name",
            Some(NotTaken::WrongKind(_)) => "kind",
            Some(NotTaken::Program { .. }) => "program",
            Some(NotTaken::TooLarge(_)) => "large",
            Some(NotTaken::TooMany(_)) => "many",
            Some(NotTaken::CutOff) => "cut",
            Some(NotTaken::NoRoom) => "room",
            Some(NotTaken::Disk | NotTaken::Refused(_)) => "failed",
        };
        let most = match &self.why {
            Some(NotTaken::TooLarge(most)) => size(*most, language),
            _ => String::new(),
        };
        let name = if self.name.is_empty() { "?".to_owned() } else { self.name.clone() };
        let all = [("name", name.into()), ("most", most.into())];
        let args = match id {
            "name" => &[][..],
            "large" => &all,
            _ => &all[..1],
        };
        words.say(&format!("page-file-{id}"), args)
    }

    /// As an answer to a program.
    pub(super) fn status(&self) -> axum::http::StatusCode {
        use axum::http::StatusCode as S;
        match &self.why {
            None | Some(NotTaken::CutOff) => S::BAD_REQUEST,
            Some(NotTaken::WrongKind(_) | NotTaken::Program { .. }) => S::UNSUPPORTED_MEDIA_TYPE,
            Some(NotTaken::TooLarge(_)) => S::PAYLOAD_TOO_LARGE,
            Some(NotTaken::TooMany(_)) => S::CONFLICT,
            Some(NotTaken::NoRoom) => S::INSUFFICIENT_STORAGE,
            Some(NotTaken::Disk | NotTaken::Refused(_)) => S::SERVICE_UNAVAILABLE,
        }
    }
}

/// A file on its way to a case; once it is refused, the rest of it goes nowhere.
struct Arriving {
    name: String,
    state: Result<(Incoming, Room), Option<NotTaken>>,
}

impl Arriving {
    async fn new(web: &Web, open: &Open, given: &str, kind: &str) -> Self {
        let shown: String = given.chars().filter(|c| !c.is_control()).take(120).collect();
        let Some(name) = sound_name(given) else { return Self { name: shown, state: Err(None) } };
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let state = match Room::for_file(web, &open.esr, name.to_owned(), kind).await {
            Ok(room) => Self::begun(web, open, room).await.map_err(Some),
            Err(why) => Err(Some(why)),
        };
        Self { name: name.to_owned(), state }
    }

    async fn begun(web: &Web, open: &Open, room: Room) -> Result<(Incoming, Room), NotTaken> {
        let most = web.app.config.limits.attachment_bytes;
        let (count, size) = room.sent_by(&open.seat.actor.name);
        if open.seat.by_link && (count >= BY_LINK.0 || size >= most.saturating_mul(BY_LINK.1)) {
            return Err(NotTaken::TooMany(count));
        }
        Ok((Incoming::new(web, most).await?, room))
    }

    fn is_taken(&self) -> bool {
        self.state.is_ok()
    }

    fn refuse(&mut self, why: NotTaken) {
        if self.state.is_ok() {
            self.state = Err(Some(why));
        }
    }

    async fn write(&mut self, piece: &[u8]) {
        if let Ok((incoming, _)) = &mut self.state
            && let Err(why) = incoming.write(piece).await
        {
            self.state = Err(Some(why));
        }
    }

    async fn add(self, web: &Web, open: &Open) -> Result<String, Why> {
        let Self { name, state } = self;
        let added = match state {
            Ok((incoming, room)) => {
                let seat = &open.seat;
                incoming.add(web, &open.esr, room, &seat.actor, seat.by_link).await.map_err(Some)
            }
            Err(why) => Err(why),
        };
        match added {
            Ok(Added::New(file) | Added::Before(file)) => Ok(file.name),
            Err(why) => {
                if let Some(NotTaken::Refused(error)) = &why {
                    tracing::warn!(%error, "a file from a page could not be added");
                }
                Err(Why { name, why })
            }
        }
    }
}

/// A size for people.
pub(super) fn size(bytes: u64, language: Language) -> String {
    let (units, comma) = match language {
        Language::En => (["GB", "MB", "kB", "B"], '.'),
        Language::Fr => (["Go", "Mo", "ko", "o"], ','),
    };
    let of = [1_u64 << 30, 1 << 20, 1 << 10, 1];
    let (unit, one) = units.into_iter().zip(of).find(|(_, one)| bytes >= *one).unwrap_or((units[3], 1));
    let tenths = bytes.saturating_mul(10) / one;
    match tenths {
        ..100 if !tenths.is_multiple_of(10) => format!("{}{comma}{} {unit}", tenths / 10, tenths % 10),
        _ => format!("{} {unit}", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_as_people_say_them() {
        let said = [0, 999, 1_024, 1_536, 268_435_456, 10 << 30].map(|bytes| size(bytes, Language::En));
        assert_eq!(said, ["0 B", "999 B", "1 kB", "1.5 kB", "256 MB", "10 GB"]);
        assert_eq!(size(1_572_864, Language::Fr), "1,5 Mo");
    }
}
