//! Platforms and their releases in a line of text.

use std::ops::Range;

use super::text::{Line, OVERLAP};
use super::{Banner, Kind};
use crate::registry::index::{IndexedPlatform, Registry};
use crate::registry::names::fold;

/// How far behind a platform's name its release may begin, in bytes.
const NEAR: usize = 64;
/// How many other words may stand between a platform's name and its release in a header.
const BETWEEN: usize = 3;
/// The longest word that can be a release, in bytes.
const RELEASE: usize = 32;
/// Words that say nothing between a platform's name and its release.
const FILLERS: [&str; 10] =
    ["release", "rel", "version", "ver", "software", "sw", "patch", "build", "communication", "server"];
/// The headers in which a program names itself; the name, and whether a colon has to follow.
const HEADERS: [(&str, bool); 2] = [("user-agent", false), ("server", true)];

/// The platforms by all their names, and whose builds may stand alone.
pub(super) struct Names<'r> {
    registry: &'r Registry,
    /// Folded names, sorted, each with its platform's number.
    sorted: Vec<(String, u32)>,
    declared: Option<u32>,
}

/// A word of a line: its place, and what it says.
#[derive(Clone)]
struct Word<'l> {
    at: Range<usize>,
    text: &'l str,
}

impl<'r> Names<'r> {
    /// Of every platform in the registry; `declared` is the number of the case's own.
    pub(super) fn new(registry: &'r Registry, declared: Option<u32>) -> Self {
        let platforms = (0..).zip(&registry.document().platforms);
        let names = platforms.flat_map(|(number, platform)| {
            let names = [&platform.id, &platform.name].into_iter().chain(&platform.aliases);
            names.map(move |name| (fold(name), number))
        });
        let mut sorted: Vec<_> = names.filter(|(name, _)| !name.is_empty()).collect();
        sorted.sort_unstable();
        sorted.dedup();
        Self { registry, sorted, declared }
    }

    /// Gives each banner of the line to `found`.
    pub(super) fn spot(&self, line: &Line<'_>, mut found: impl FnMut(Banner)) {
        let header = header(line.text);
        // What stands in the overlap comes again, and whole.
        let end = if line.cut { line.text.len().saturating_sub(OVERLAP) } else { line.text.len() };
        let mut words = words(line.text);
        while let Some(word) = words.clone().next().filter(|word| word.at.start < end) {
            let mut after = words.clone();
            if let Some((number, name)) = self.name(&mut after) {
                let header = header.filter(|&at| at <= name.start && name.start - at <= NEAR);
                let kind = if header.is_some() { Kind::Header } else { Kind::Mention };
                let (platform, indexed) = self.registry.platform(number);
                if let Some(Named { release, patch, end }) = named(indexed, kind, name.end, &mut after) {
                    let text = line.text[header.unwrap_or(name.start)..end].trim().to_owned();
                    let (line, byte) = (line.number, line.byte);
                    found(Banner { text, line, byte, kind, platform: platform.id.clone(), release, patch });
                }
                words = after;
                continue;
            }
            words.next();
            if let Some(platform) = self.declared.filter(|_| is_build(word.text)) {
                let (platform, indexed) = self.registry.platform(platform);
                if indexed.named_by_code(word.text).is_some() {
                    let (text, patch) = (word.text.to_owned(), Some(word.text.to_owned()));
                    let (line, byte, platform) = (line.number, line.byte, platform.id.clone());
                    found(Banner { text, line, byte, kind: Kind::Code, platform, release: None, patch });
                }
            }
        }
    }

    /// The platform that the next words name, the longest name that fits; takes these words.
    fn name(&self, words: &mut Words<'_>) -> Option<(u32, Range<usize>)> {
        let mut ahead = words.clone();
        let (mut joined, mut begin, mut longest) = (String::new(), None, None);
        while let Some(word) = ahead.next() {
            joined.push_str(&fold(word.text));
            let begin = *begin.get_or_insert(word.at.start);
            let first = self.sorted.partition_point(|(name, _)| *name < joined);
            match self.sorted.get(first) {
                Some((name, number)) if *name == joined => {
                    longest = Some((*number, begin..word.at.end));
                    *words = ahead.clone();
                }
                Some((name, _)) if name.starts_with(&joined) => {}
                _ => break,
            }
        }
        longest
    }
}

/// What stands behind a platform's name.
struct Named {
    release: Option<String>,
    patch: Option<String>,
    /// Where it ends in the line.
    end: usize,
}

/// The release and build behind a platform's name; takes their words, when there are any.
fn named(platform: &IndexedPlatform, kind: Kind, from: usize, words: &mut Words<'_>) -> Option<Named> {
    let mut ahead = words.clone();
    let mut between = 0;
    let first = loop {
        let word = ahead.next().filter(|word| word.at.start - from <= NEAR)?;
        if is_release(word.text, kind, platform) {
            break word;
        }
        between += usize::from(!is_filler(word.text));
        if between > if kind == Kind::Header { BETWEEN } else { 0 } {
            return None;
        }
    };
    *words = ahead.clone();
    if is_build(first.text) && !is_own_release(first.text, platform) {
        return Some(Named { release: None, patch: Some(first.text.to_owned()), end: first.at.end });
    }
    let next = ahead.by_ref().find(|word| !is_filler(word.text));
    let patch = next.filter(|word| word.at.start - first.at.end <= NEAR && word.text.contains('.'));
    let patch = patch.filter(|word| platform.named_by_code(word.text).is_some());
    let end = patch.as_ref().map_or(first.at.end, |word| word.at.end);
    if patch.is_some() {
        *words = ahead;
    }
    Some(Named { release: Some(first.text.to_owned()), patch: patch.map(|word| word.text.to_owned()), end })
}

fn is_filler(word: &str) -> bool {
    FILLERS.iter().any(|filler| word.eq_ignore_ascii_case(filler))
}

/// A letter or few, a number, and at least two more pieces: `n4.521.3`.
fn is_build(word: &str) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_alphabetic).count();
    let mut pieces = word[letters..].split('.').map(|piece| piece.bytes().next().is_some_and(|c| c.is_ascii_digit()));
    (1..=3).contains(&letters) && word.len() <= RELEASE && pieces.clone().count() >= 3 && pieces.all(|digit| digit)
}

/// Whether the letters before the number are those that a release may begin with; other letters are a build's.
fn is_own_release(word: &str, platform: &IndexedPlatform) -> bool {
    let letters = |text: &str| text.chars().take_while(|c| c.is_alphabetic()).collect::<String>().to_lowercase();
    let own = letters(word);
    if platform.named_by_code(word).is_some() {
        return false;
    }
    ["", "r", "v"].contains(&own.as_str()) || platform.releases.iter().any(|listed| letters(&listed.text) == own)
}

/// Whether a word may be a release: at most three letters, digits, and what follows them, with a full stop in it or an R
/// or V in front. An address or a date may not be one, unless it stands in a header.
fn is_release(word: &str, kind: Kind, platform: &IndexedPlatform) -> bool {
    let letters = word.bytes().take_while(u8::is_ascii_alphabetic).count();
    let digits = word[letters..].bytes().next().is_some_and(|c| c.is_ascii_digit());
    if !digits || letters > 3 || word.len() > RELEASE || !word.is_ascii() {
        return false;
    }
    let pieces: Vec<&str> = word.split('.').collect();
    let numbers: Vec<u32> = pieces.iter().filter_map(|piece| piece.parse().ok()).collect();
    let all_numbers = numbers.len() == pieces.len();
    let is_address = all_numbers && pieces.len() == 4 && numbers.iter().all(|&number| number < 256);
    let is_date = all_numbers && pieces.len() == 3 && numbers.iter().any(|number| (1970..2100).contains(number));
    let marked = letters > 0 && is_own_release(word, platform);
    let fits = pieces.len() > 1 || marked || platform.named_by_code(word).is_some();
    fits && (kind == Kind::Header || !(is_address || is_date))
}

/// Where a header begins in which a program names itself.
fn header(line: &str) -> Option<usize> {
    HEADERS.iter().find_map(|(name, colon)| {
        let at = find_ignoring_case(line, name)?;
        let rest = line[at + name.len()..].trim_start_matches(['"', '\'', ' ']);
        (!colon || rest.starts_with([':', '='])).then_some(at)
    })
}

fn find_ignoring_case(line: &str, name: &str) -> Option<usize> {
    line.as_bytes().windows(name.len()).position(|window| window.eq_ignore_ascii_case(name.as_bytes()))
}

/// A line's words: letters, digits, and full stops between them.
#[derive(Clone)]
struct Words<'l> {
    line: &'l str,
    at: usize,
}

fn words(line: &str) -> Words<'_> {
    Words { line, at: 0 }
}

impl<'l> Iterator for Words<'l> {
    type Item = Word<'l>;

    fn next(&mut self) -> Option<Word<'l>> {
        let rest = &self.line[self.at..];
        let begin = self.at + rest.find(char::is_alphanumeric)?;
        let rest = &self.line[begin..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '.').unwrap_or(rest.len());
        let text = rest[..end].trim_end_matches('.');
        self.at = begin + end;
        Some(Word { at: begin..begin + text.len(), text })
    }
}
