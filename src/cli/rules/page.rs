//! A page of text for an 80-column terminal: wrapped, coloured only on a terminal (and not with NO_COLOR).

use std::fmt::Display;
use std::io::{ErrorKind, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::triage::fault::Fault;
use crate::triage::merge::Merged;

const WIDTH: usize = 80;
/// A space at which no line breaks.
const BOUND: &str = "\u{a0}";
/// What is worth finding first.
pub(super) const BOLD: Style = Style::new().bold();
/// All is well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Something is wrong.
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Where something stands.
pub(super) const PLACE: Style = AnsiColor::Cyan.on_default();

/// Text being put together.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// A line in a style, wrapped.
    pub(super) fn line(&mut self, style: Style, text: impl Display) -> &mut Self {
        self.wrapped(0, style, &text.to_string())
    }

    /// A line set in by so many spaces, wrapped to the same depth.
    pub(super) fn inner(&mut self, indent: usize, text: impl Display) -> &mut Self {
        self.wrapped(indent, Style::new(), &text.to_string())
    }

    /// An empty line.
    pub(super) fn gap(&mut self) -> &mut Self {
        self.0.push('\n');
        self
    }

    /// Boxes of facts, set in, the first few of them.
    pub(super) fn boxes(&mut self, indent: usize, boxes: &[Merged]) -> &mut Self {
        const SHOWN: usize = 12;
        for merged in boxes.iter().take(SHOWN) {
            let count = count(merged.combinations, "combination").replace(' ', BOUND);
            let text = format!("{} ({count})", merged.facts);
            let (first, rest) = (" ".repeat(indent), " ".repeat(indent + 2));
            self.fill(Style::new(), &text, &first, &rest);
        }
        if boxes.len() > SHOWN {
            let hidden = boxes.len() - SHOWN;
            self.inner(indent, format!("... and {}; --json shows all", count(hidden, "more group")));
        }
        self
    }

    fn wrapped(&mut self, indent: usize, style: Style, text: &str) -> &mut Self {
        let indent = " ".repeat(indent);
        self.fill(style, text, &indent, &indent)
    }

    fn fill(&mut self, style: Style, text: &str, first: &str, rest: &str) -> &mut Self {
        let options = textwrap::Options::new(WIDTH)
            .initial_indent(first)
            .subsequent_indent(rest)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
            .word_separator(textwrap::WordSeparator::Custom(words));
        for line in textwrap::wrap(text, options) {
            self.raw(style, &line.replace(BOUND, " "));
        }
        self
    }

    /// A line in a style, as it is.
    pub(super) fn raw(&mut self, style: Style, line: &str) -> &mut Self {
        self.0.push_str(&format!("{style}{line}{style:#}\n"));
        self
    }

    /// Prints the page.
    pub(super) fn print(&self) -> std::io::Result<()> {
        ignore_closed_pipe(anstream::stdout().write_all(self.0.as_bytes()))
    }

    /// Prints the page on standard error.
    pub(super) fn print_as_error(&self) -> std::io::Result<()> {
        ignore_closed_pipe(anstream::stderr().write_all(self.0.as_bytes()))
    }
}

/// Lines break at spaces, and within a list of values after its bars.
fn words(line: &str) -> Box<dyn Iterator<Item = textwrap::core::Word<'_>> + '_> {
    Box::new(line.split_inclusive([' ', '|']).map(textwrap::core::Word::from))
}

/// A reader that has seen enough (`| head`) is no error.
fn ignore_closed_pipe(result: std::io::Result<()>) -> std::io::Result<()> {
    result.or_else(|error| if error.kind() == ErrorKind::BrokenPipe { Ok(()) } else { Err(error) })
}

/// Prints a value as JSON.
pub(super) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(ignore_closed_pipe(std::io::stdout().write_all(text.as_bytes()))?)
}

/// Rules that were refused, with everything that is wrong with them.
pub(super) fn refusal(name: &str, faults: &[Fault]) -> Page {
    let mut page = Page::default();
    page.line(BAD, format!("{name}: refused for {}", count(faults.len(), "fault")));
    for fault in faults {
        page.gap().line(PLACE, fault.place()).inner(2, &fault.message).boxes(4, &fault.counterexamples);
    }
    page
}

/// `1 rule`, `152,064 rules`.
pub(super) fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(number))
}

/// `152,064`.
pub(super) fn thousands(number: usize) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_nouns_agree() {
        assert_eq!(count(1, "rule"), "1 rule");
        assert_eq!(count(0, "rule"), "0 rules");
        assert_eq!(count(152_064, "rule"), "152,064 rules");
        assert_eq!((thousands(999), thousands(1000)), ("999".to_owned(), "1,000".to_owned()));
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_and_words_stay_whole() {
        let mut page = Page::default();
        let long = ["release_not_certified"; 9].join("|");
        page.inner(4, format!("phase=production, coverage={long}, case-3-participant-first"));
        for line in page.0.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
        assert!(page.0.contains("case-3-participant-first"));
    }
}
