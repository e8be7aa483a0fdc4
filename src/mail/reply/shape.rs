//! The shape of a mail, looked at before it is parsed: what is nested too deeply, or made of too many parts, is not parsed.
//!
//! A parser of mails looks for the end of each part in all that follows, and keeps every header that it finds: a mail of
//! some megabytes that is nothing but boundaries and headers would keep it busy for hours, and fill the memory.

/// How many mails may lie within each other or beside each other in one.
const MAILS_WITHIN: usize = 50;
/// How many boundaries may be announced.
const BOUNDARIES: usize = 60;
/// How many parts there may be.
const PARTS: usize = 1_000;
/// How many bytes all headers together may have.
const HEADERS: usize = 1 << 20;

/// Why a mail is not read; a sentence for the agent who looks at it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// There is no header in it.
    #[error("It cannot be read as a mail.")]
    NoMail,
    /// Mails within mails.
    #[error("It holds more than {MAILS_WITHIN} other mails.")]
    TooDeep,
    /// Boundaries or parts.
    #[error("It is made of more than {PARTS} parts.")]
    TooManyParts,
    /// Headers.
    #[error("Its headers are larger than a mebibyte.")]
    TooManyHeaders,
    /// A mail within it is encoded, or a boundary is, which no mail program does.
    #[error("It is built as no mail program builds mails.")]
    Unusual,
    /// Reading it took too long, or failed.
    #[error("It could not be read in the time that a mail has.")]
    TookTooLong,
}

/// Refuses what would be too much work to parse.
///
/// # Errors
/// [`Unreadable`].
pub(super) fn check(raw: &[u8]) -> Result<(), Unreadable> {
    if count(raw, b"message/rfc822", MAILS_WITHIN) + count(raw, b"message/global", MAILS_WITHIN) > MAILS_WITHIN {
        return Err(Unreadable::TooDeep);
    }
    let boundaries = boundaries(raw)?;
    let (mut parts, mut headers) = (0, 0);
    let mut at = 0;
    // The mail's own header, then one behind every boundary. What is inside a mail that lies inside is counted as well.
    headers += block(raw, 0)?;
    while let Some(dash) = find(&raw[at..], b"--") {
        at += dash + 1;
        let behind = &raw[at + 1..];
        if boundaries.iter().any(|boundary| behind.starts_with(boundary)) {
            parts += 1;
            headers += block(raw, at)?;
        }
        if parts > PARTS {
            return Err(Unreadable::TooManyParts);
        }
        if headers > HEADERS {
            return Err(Unreadable::TooManyHeaders);
        }
    }
    Ok(())
}

/// How many bytes the header has that begins there, up to its empty line, and those of the mail that it announces.
fn block(raw: &[u8], from: usize) -> Result<usize, Unreadable> {
    let mut length = 0;
    for _ in 0..=MAILS_WITHIN {
        let rest = raw.get(from + length..).unwrap_or_default();
        let end = end_of_header(rest);
        let header = &rest[..end];
        length += end;
        if length > HEADERS {
            return Err(Unreadable::TooManyHeaders);
        }
        let says = |word: &[u8]| find(header, word).is_some();
        if !says(b"rfc822") && !says(b"message/global") {
            return Ok(length);
        }
        if says(b"base64") || says(b"quoted-printable") {
            return Err(Unreadable::Unusual);
        }
        if end == 0 {
            return Ok(length);
        }
    }
    Err(Unreadable::TooDeep)
}

fn end_of_header(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(line) = rest[at..].iter().position(|byte| *byte == b'\n') {
        at += line + 1;
        if matches!(rest[at..], [b'\n', ..]) {
            return at + 1;
        }
        if matches!(rest[at..], [b'\r', b'\n', ..]) {
            return at + 2;
        }
    }
    rest.len()
}

/// The boundaries that are announced anywhere, each once.
fn boundaries(raw: &[u8]) -> Result<Vec<Vec<u8>>, Unreadable> {
    const WORD: &[u8] = b"boundary";
    let (mut found, mut at, mut announced) = (Vec::new(), 0, 0);
    while let Some(word) = find(&raw[at..], WORD) {
        at += word + WORD.len();
        let rest = &raw[at..raw.len().min(at + 400)];
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let skipped = rest.iter().take_while(|byte| blank(byte)).count();
        let Some(b'=') = rest.get(skipped) else {
            // `boundary*0=`: in pieces, or in another alphabet. Elsewhere it is a word of a text.
            if matches!(rest.get(skipped), Some(b'*')) {
                return Err(Unreadable::Unusual);
            }
            continue;
        };
        announced += 1;
        if announced > BOUNDARIES {
            return Err(Unreadable::TooManyParts);
        }
        let value: Vec<u8> = rest[skipped + 1..].iter().copied().skip_while(blank).collect();
        let quoted = value.first() == Some(&b'"');
        let ends = |byte: &u8| if quoted { *byte == b'"' } else { blank(byte) || matches!(byte, b';' | b'"') };
        let value = value.into_iter().skip(usize::from(quoted)).take_while(|byte| !ends(byte));
        let value: Vec<u8> = value.filter(|byte| *byte != b'\\').collect();
        if value.first() == Some(&b'(') || find(&value, b"=?").is_some() {
            return Err(Unreadable::Unusual);
        }
        if !value.is_empty() && !found.contains(&value) {
            found.push(value);
        }
    }
    Ok(found)
}

/// How often the word is there in any case; stops at one more than `most`.
fn count(raw: &[u8], word: &[u8], most: usize) -> usize {
    let (mut at, mut count) = (0, 0);
    while count <= most
        && let Some(found) = find(&raw[at..], word)
    {
        at += found + word.len();
        count += 1;
    }
    count
}

/// Where the word, given in lower case, begins, in any case of letters.
fn find(raw: &[u8], word: &[u8]) -> Option<usize> {
    raw.windows(word.len()).position(|window| window.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_mail_is_read() {
        let mail =
            b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\r\nText\r\n--b--\r\n";
        assert_eq!(check(mail), Ok(()));
        assert_eq!(check(b""), Ok(()));
        assert_eq!(check(b"-"), Ok(()));
        assert_eq!(check(b"--"), Ok(()));
        assert_eq!(check(b"boundary"), Ok(()));
        assert_eq!(check(b"x: boundary=\n--"), Ok(()));
    }

    #[test]
    fn what_is_nested_without_end_is_not_parsed() {
        let within = "Content-Type: message/rfc822\r\n\r\n".repeat(60);
        assert_eq!(check(within.as_bytes()), Err(Unreadable::TooDeep));
        let mut nested = String::from("From: a@b.example\r\n");
        for n in 0..300 {
            nested += &format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n");
        }
        assert_eq!(check(nested.as_bytes()), Err(Unreadable::TooManyParts));
    }

    #[test]
    fn thousands_of_parts_and_megabytes_of_headers_are_not_parsed() {
        let head = "Content-Type: multipart/mixed; boundary=b\r\n\r\n";
        assert_eq!(check(format!("{head}{}", "--b\r\n\r\n".repeat(2_000)).as_bytes()), Err(Unreadable::TooManyParts));
        assert!(check(format!("{head}{}", "--b".repeat(2_000)).as_bytes()).is_err());
        let many = format!("a: {}\n", "x".repeat(1_000)).repeat(1_100);
        assert_eq!(check(many.as_bytes()), Err(Unreadable::TooManyHeaders));
        assert_eq!(check(format!("{head}--b\r\n{many}").as_bytes()), Err(Unreadable::TooManyHeaders));
    }

    #[test]
    fn what_no_mail_program_builds_is_not_parsed() {
        for unusual in [
            "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n",
            "Content-Type: multipart/mixed; boundary*=us-ascii''%62\r\n\r\n",
            "Content-Type: multipart/mixed; boundary=(comment)b\r\n\r\n",
            "Content-Type: multipart/mixed; boundary=\"=?us-ascii?q?b?=\"\r\n\r\n",
        ] {
            assert_eq!(check(unusual.as_bytes()), Err(Unreadable::Unusual), "{unusual}");
        }
    }
}
