//! How the command line writes for people: colours on a terminal only (`NO_COLOR` and `CLICOLOR_FORCE` are respected),
//! wrapped to the terminal's width. The one place that knows about either.

use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// Headings.
pub(crate) const STRONG: Style = Style::new().bold();
/// What matters less than the text around it.
pub(crate) const FAINT: Style = Style::new().dimmed();
/// Where something goes, or that it went well.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What a person should look at.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What went wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// The file and line that something is about.
pub(crate) const PLACE: Style = AnsiColor::Cyan.on_default();

/// A space at which no line breaks.
pub(crate) const BOUND: char = '\u{a0}';

/// Lines longer than this are hard to read, however wide the terminal is.
const WIDEST: usize = 100;
/// The width when output goes to no terminal.
const USUAL: usize = 80;

/// Standard output, buffered, without escape codes unless it is a terminal that takes them (or they are forced).
pub(crate) type Stdout = BufWriter<AutoStream<StdoutLock<'static>>>;
/// Standard error, likewise.
pub(crate) type Stderr = AutoStream<io::Stderr>;

/// A page of text for people.
#[derive(Debug)]
pub(crate) struct Page<W> {
    out: W,
    width: usize,
}

/// Standard output for people.
pub(crate) fn page() -> Page<Stdout> {
    let width = if io::stdout().is_terminal() { textwrap::termwidth() } else { USUAL };
    Page { out: BufWriter::new(AutoStream::auto(io::stdout().lock())), width: width.clamp(20, WIDEST) }
}

/// Writes a page on standard output to its end.
pub(crate) fn print(write: impl FnOnce(&mut Page<Stdout>) -> io::Result<()>) -> io::Result<()> {
    let mut page = page();
    seen(write(&mut page).and_then(|()| page.flush()))
}

/// Writes a page on standard error to its end.
pub(crate) fn print_as_error(write: impl FnOnce(&mut Page<Stderr>) -> io::Result<()>) -> io::Result<()> {
    let mut page = Page { out: anstream::stderr(), width: USUAL };
    seen(write(&mut page).and_then(|()| page.flush()))
}

/// A reader that has had enough (`| head`) is no error.
pub(crate) fn seen(written: io::Result<()>) -> io::Result<()> {
    written.or_else(|error| if is_closed_pipe(&error) { Ok(()) } else { Err(error) })
}

/// Standard output for programs: as it is.
pub(crate) fn raw() -> BufWriter<StdoutLock<'static>> {
    BufWriter::new(io::stdout().lock())
}

impl<W: Write> Page<W> {
    /// A line as it is; styles in it are up to the caller.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// An empty line.
    pub(crate) fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// Whether an indented text takes one line.
    pub(crate) fn fits(&self, indent: usize, text: &str) -> bool {
        indent + textwrap::core::display_width(text) <= self.width
    }

    /// A heading, indented.
    pub(crate) fn heading(&mut self, indent: usize, text: &str) -> io::Result<()> {
        writeln!(self.out, "{:indent$}{}", "", paint(STRONG, text))
    }

    /// Text wrapped and indented; its own line breaks are kept.
    pub(crate) fn paragraph(&mut self, indent: usize, text: &str) -> io::Result<()> {
        self.hanging(indent, indent, text)
    }

    /// Text wrapped, its first line indented by `first`, the others by `rest`.
    pub(crate) fn hanging(&mut self, first: usize, rest: usize, text: &str) -> io::Result<()> {
        self.wrapped(Style::new(), text, &" ".repeat(first), &" ".repeat(rest))
    }

    /// Text wrapped, in a style.
    pub(crate) fn styled(&mut self, style: Style, text: &str) -> io::Result<()> {
        self.wrapped(style, text, "", "")
    }

    /// A name and its value, the value wrapped in a column of its own that starts at `column`.
    pub(crate) fn row(&mut self, indent: usize, column: usize, key: &str, value: &str) -> io::Result<()> {
        let used = indent + textwrap::core::display_width(key);
        let hanging = " ".repeat(column);
        let first = format!("{:indent$}{}{:gap$}", "", paint(FAINT, key), "", gap = column.saturating_sub(used).max(1));
        self.wrapped(Style::new(), value, &first, &hanging)
    }

    fn wrapped(&mut self, style: Style, text: &str, first: &str, hanging: &str) -> io::Result<()> {
        let options = Options::new(self.width)
            .wrap_algorithm(WrapAlgorithm::FirstFit)
            .word_separator(WordSeparator::Custom(words))
            .word_splitter(WordSplitter::NoHyphenation);
        let mut initial = first;
        for paragraph in text.lines().filter(|line| !line.trim().is_empty()) {
            let options = options.clone().initial_indent(initial).subsequent_indent(hanging);
            for line in textwrap::wrap(&clean(paragraph), options) {
                writeln!(self.out, "{style}{}{style:#}", line.trim_end().replace(BOUND, " "))?;
            }
            initial = hanging;
        }
        Ok(())
    }
}

impl<W: Write> Write for Page<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Addresses stay whole: lines break at spaces, within a list of values after its bars, and within a word that is longer
/// than a line.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut rest = line;
    Box::new(std::iter::from_fn(move || {
        let last = rest.find([' ', '|']).map_or(rest.len(), |at| if rest[at..].starts_with('|') { at + 1 } else { at });
        let spaces = rest[last..].len() - rest[last..].trim_start_matches(' ').len();
        let (word, after) = rest.split_at(last + spaces);
        rest = after;
        (!word.is_empty()).then(|| Word::from(word))
    }))
}

/// A text in a style; where styles are not wanted the stream takes them out again.
pub(crate) fn paint(style: Style, text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    format!("{style}{}{style:#}", clean(text))
}

/// The text without characters that would act on a terminal instead of showing: partners' text comes from anywhere.
pub(crate) fn clean(text: &str) -> String {
    let acts = |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.chars().map(|c| if acts(c) { ' ' } else { c }).collect()
}

/// A word of the contract as people read it: `ale_engaged` is "ALE engaged".
pub(crate) fn spoken(word: &str) -> String {
    let word = word.replace("on_demand", "on-demand");
    let words: Vec<&str> = word.split('_').map(|word| if word == "ale" { "ALE" } else { word }).collect();
    let text = words.join(" ");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// `1 rule`, `152,064 rules`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(number))
}

/// `152,064`.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Names something wrong on standard error, with its details indented below.
pub(crate) fn complain(what: &str, details: &[String]) {
    let mut err = anstream::stderr().lock();
    // Nobody is left to be told that standard error is gone.
    let _ = writeln!(err, "{} {}", paint(BAD, "error:"), clean(what));
    for detail in details {
        let _ = writeln!(err, "  {}", clean(detail));
    }
}

/// Whether output stopped because its reader had enough (`| head`), which is nobody's fault.
pub(crate) fn is_closed_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(width: usize, write: impl FnOnce(&mut Page<Vec<u8>>) -> io::Result<()>) -> String {
        let mut page = Page { out: Vec::new(), width };
        write(&mut page).unwrap();
        anstream::adapter::strip_str(&String::from_utf8(page.out).unwrap()).to_string()
    }

    #[test]
    fn rows_wrap_in_their_own_column() {
        let text = written(30, |page| page.row(2, 10, "Report", "IWR-0412 edition 1, published in March"));
        assert_eq!(text, "  Report  IWR-0412 edition 1,\n          published in March\n");
    }

    #[test]
    fn a_key_that_fills_its_column_keeps_a_space() {
        assert_eq!(written(40, |page| page.row(2, 5, "Report", "x")), "  Report x\n");
    }

    #[test]
    fn paragraphs_keep_their_own_line_breaks_and_lose_blank_lines() {
        assert_eq!(written(40, |page| page.paragraph(2, "one\n\ntwo")), "  one\n  two\n");
    }

    #[test]
    fn lists_break_after_their_bars_and_bound_words_stay_together() {
        let text = format!("coverage=valid|accredited (64{BOUND}combinations)");
        assert_eq!(
            written(20, |page| page.hanging(0, 2, &text)),
            "coverage=valid|\n  accredited\n  (64 combinations)\n"
        );
        let long = ["release_not_certified"; 9].join("|");
        let text = format!("phase=production, coverage={long}, case-3-participant-first");
        let page = written(80, |page| page.paragraph(4, &text));
        assert!(page.lines().all(|line| line.chars().count() <= 80), "{page}");
        assert!(page.contains("case-3-participant-first"), "{page}");
    }

    #[test]
    fn numbers_are_grouped_and_nouns_agree() {
        assert_eq!(count(1, "rule"), "1 rule");
        assert_eq!(count(0, "rule"), "0 rules");
        assert_eq!(count(152_064, "rule"), "152,064 rules");
        assert_eq!((thousands(999), thousands(1000)), ("999".to_owned(), "1,000".to_owned()));
    }

    #[test]
    fn characters_that_act_on_a_terminal_do_not_get_there() {
        assert_eq!(clean("a\u{1b}[31mb\u{9b}c\u{202e}d"), "a [31mb c d");
    }

    #[test]
    fn words_of_the_contract_are_spoken() {
        assert_eq!(spoken("ale_engaged"), "ALE engaged");
        assert_eq!(spoken("on_demand_diagnostic"), "On-demand diagnostic");
        assert_eq!(spoken(""), "");
    }
}
