//! Lines of text out of bytes of any kind: text in UTF-8, UTF-16 or Latin-1, and what is printable in a packet capture.

/// The longest stretch that is looked at at once, in bytes; longer lines come in several.
const LONGEST: usize = 8 << 10;
/// How much of a stretch comes again with the next one, so that nothing is torn apart.
pub(super) const OVERLAP: usize = 256;
/// How much is looked at before the encoding is decided.
const FIRST: usize = 512;

/// A line, or a stretch of one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// What it says.
    pub text: &'a str,
    /// Counted from 1; `None` in a file that is not text.
    pub number: Option<u64>,
    /// Where it begins, in bytes.
    pub byte: u64,
    /// It goes on: its last [`OVERLAP`] bytes come again with the next stretch, or never.
    pub cut: bool,
}

/// Makes lines of what comes.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// `None` until enough came to decide.
    encoding: Option<Encoding>,
    /// What came before that; on UTF-16 half a unit.
    waiting: Vec<u8>,
    /// The line so far, in UTF-8 or Latin-1.
    line: Vec<u8>,
    /// Where it began.
    began: u64,
    /// How many bytes came before this one.
    at: u64,
    breaks: u64,
    binary: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// UTF-8, Latin-1, or none.
    Bytes,
    Utf16Le,
    Utf16Be,
}

impl Lines {
    /// The next bytes; `seen` gets each line that they complete.
    pub(super) fn feed(&mut self, bytes: &[u8], mut seen: impl FnMut(Line<'_>)) {
        if self.encoding.is_none() {
            self.waiting.extend_from_slice(bytes);
            if self.waiting.len() < FIRST {
                return;
            }
            self.decide(&mut seen);
        } else {
            self.take(bytes, &mut seen);
        }
    }

    /// The last line; `cut` when the file goes on.
    pub(super) fn finish(mut self, cut: bool, mut seen: impl FnMut(Line<'_>)) {
        if self.encoding.is_none() {
            self.decide(&mut seen);
        }
        self.give(cut, &mut seen);
    }

    fn decide(&mut self, seen: &mut impl FnMut(Line<'_>)) {
        let first = std::mem::take(&mut self.waiting);
        self.encoding = Some(encoding(&first[..first.len().min(FIRST)]));
        self.take(&first, seen);
    }

    fn take(&mut self, bytes: &[u8], seen: &mut impl FnMut(Line<'_>)) {
        let unit = match self.encoding {
            Some(Encoding::Utf16Le) => u16::from_le_bytes,
            Some(Encoding::Utf16Be) => u16::from_be_bytes,
            _ => {
                for &byte in bytes {
                    self.byte(byte, seen);
                    self.at += 1;
                }
                return;
            }
        };
        let mut bytes = bytes;
        while let Some((&byte, rest)) = bytes.split_first() {
            bytes = rest;
            self.waiting.push(byte);
            if let [first, second] = self.waiting[..] {
                self.waiting.clear();
                // Half a surrogate pair stands in no platform's name.
                let char = char::from_u32(unit([first, second]).into()).unwrap_or(char::REPLACEMENT_CHARACTER);
                if !matches!(char, '\u{0}' | '\u{FEFF}') {
                    char.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| self.byte(byte, seen));
                }
                self.at += 2;
            }
        }
    }

    fn byte(&mut self, byte: u8, seen: &mut impl FnMut(Line<'_>)) {
        if byte >= b' ' && byte != 0x7F || byte == b'\t' {
            if self.line.is_empty() {
                self.began = self.at;
            }
            self.line.push(byte);
            if self.line.len() >= LONGEST {
                self.give(true, seen);
            }
            return;
        }
        self.give(false, seen);
        self.breaks += u64::from(byte == b'\n');
        self.binary |= byte == 0;
    }

    fn give(&mut self, cut: bool, seen: &mut impl FnMut(Line<'_>)) {
        let number = (!self.binary).then_some(self.breaks + 1);
        let latin1: String;
        let text = match std::str::from_utf8(&self.line) {
            Ok(text) => text,
            Err(_) => {
                latin1 = self.line.iter().copied().map(char::from).collect();
                &latin1
            }
        };
        if !text.trim().is_empty() {
            seen(Line { text, number, byte: self.began, cut });
        }
        let again = if cut { self.line.len().saturating_sub(OVERLAP) } else { self.line.len() };
        let inside = |byte: &u8| byte & 0xC0 == 0x80;
        let again = again + self.line[again..].iter().take_while(|byte| inside(byte)).take(3).count();
        self.line.drain(..again);
        self.began += again as u64;
    }
}

/// The encoding of a file that begins so: by its mark, or because every second byte is nothing.
fn encoding(first: &[u8]) -> Encoding {
    match first {
        [0xFF, 0xFE, ..] => return Encoding::Utf16Le,
        [0xFE, 0xFF, ..] => return Encoding::Utf16Be,
        _ => {}
    }
    let printable = |byte: u8| (b' '..0x7F).contains(&byte) || matches!(byte, b'\t' | b'\r' | b'\n');
    let pairs = first.len() / 2;
    let (mut little, mut big) = (0, 0);
    for pair in first.chunks_exact(2) {
        little += usize::from(printable(pair[0]) && pair[1] == 0);
        big += usize::from(pair[0] == 0 && printable(pair[1]));
    }
    match (little, big) {
        (little, _) if pairs > 0 && little * 10 >= pairs * 8 => Encoding::Utf16Le,
        (_, big) if pairs > 0 && big * 10 >= pairs * 8 => Encoding::Utf16Be,
        _ => Encoding::Bytes,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Seen = Vec<(String, Option<u64>, u64)>;

    fn lines(bytes: &[u8], step: usize) -> Seen {
        let (mut lines, mut seen) = (Lines::default(), Vec::new());
        for part in bytes.chunks(step.max(1)) {
            lines.feed(part, |line| seen.push((line.text.to_owned(), line.number, line.byte)));
        }
        lines.finish(false, |line| seen.push((line.text.to_owned(), line.number, line.byte)));
        seen
    }

    fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn text_comes_line_by_line_in_whatever_encoding() {
        let text = "INVITE sip:1\r\n\r\nServer: Hôtel\n";
        let right = [("INVITE sip:1".to_owned(), Some(1)), ("Server: Hôtel".to_owned(), Some(3))];
        let latin1: Vec<u8> = text.chars().map(|c| c as u8).collect();
        let marked = utf16(&format!("\u{FEFF}{text}"), u16::to_be_bytes);
        for bytes in [text.as_bytes().to_vec(), latin1, utf16(text, u16::to_le_bytes), marked] {
            for step in [1, 7, 1000] {
                let seen: Vec<_> = lines(&bytes, step).into_iter().map(|(text, number, _)| (text, number)).collect();
                assert_eq!(seen, right);
            }
        }
    }

    #[test]
    fn a_capture_gives_what_is_printable_in_it_with_its_place() {
        let mut bytes = b"\xD4\xC3\xB2\xA1\x02\x00\x04\x00".to_vec();
        bytes.extend_from_slice(b"\x00Server: OXE R12\r\n\x00");
        let seen = lines(&bytes, 3);
        assert_eq!(seen.last().unwrap(), &("Server: OXE R12".to_owned(), None, 9));
    }

    #[test]
    fn a_line_without_end_comes_in_stretches_that_overlap() {
        let bytes = vec![b'x'; LONGEST + 1000];
        let seen = lines(&bytes, 4096);
        assert_eq!(seen.iter().map(|(text, ..)| text.len()).collect::<Vec<_>>(), [LONGEST, OVERLAP + 1000]);
        assert_eq!(seen[1].2, (LONGEST - OVERLAP) as u64);
    }

    proptest! {
        #[test]
        fn the_same_lines_however_the_bytes_come(bytes in proptest::collection::vec(any::<u8>(), 0..2000), step in 1_usize..700) {
            prop_assert_eq!(lines(&bytes, step), lines(&bytes, bytes.len()));
        }
    }
}
