//! Validity on a time line: a bar for each report, accreditation or membership, with today across all of them.
//!
//! Bars are drawn in percent of the width, so that words beside them keep their size on every screen.

use askama::Template;
use askama::filters::Safe;
use jiff::civil::Date;

use crate::web::pages::words::day;

/// How much of the width stays free before the first and after the last day, in percent.
const MARGIN: f64 = 4.0;

/// How a bar stands on the day that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web::pages) enum Standing {
    /// In force.
    Valid,
    /// In force, and ends soon.
    Lapsing,
    /// Its time is over.
    Expired,
    /// Withdrawn, or its product at its end of life.
    Ended,
    /// It begins later.
    Ahead,
    /// A newer one stands in its place, or it never certified anything.
    Void,
}

impl Standing {
    /// As a style sheet names it.
    fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Lapsing => "lapsing",
            Self::Expired => "expired",
            Self::Ended => "ended",
            Self::Ahead => "ahead",
            Self::Void => "void",
        }
    }

    /// Which mark a page gives it.
    fn mark(self) -> &'static str {
        match self {
            Self::Valid => "good",
            Self::Lapsing | Self::Expired => "warn",
            Self::Ended => "bad",
            Self::Ahead | Self::Void => "",
        }
    }
}

/// One bar.
#[derive(Debug, Clone)]
pub(in crate::web::pages) struct Span {
    /// What it is: `IWR-0412 edition 1`.
    pub(in crate::web::pages) label: String,
    /// Where it can be read.
    pub(in crate::web::pages) href: Option<String>,
    /// Its first day; open to the left without one.
    pub(in crate::web::pages) from: Option<Date>,
    /// Its first day without validity; open to the right without one.
    pub(in crate::web::pages) until: Option<Date>,
    /// What ended it before that, and on which day: `withdrawn`, `end of life of R100`.
    pub(in crate::web::pages) marks: Vec<(Date, String)>,
    /// How it stands.
    pub(in crate::web::pages) standing: Standing,
    /// The same in a word or two: `valid`, `refused`.
    pub(in crate::web::pages) state: String,
    /// Whether it is the one that the page is about.
    pub(in crate::web::pages) chosen: bool,
}

impl Span {
    /// Its time in words.
    fn words(&self) -> String {
        let last = self.until.and_then(|until| until.yesterday().ok());
        let mut text = match (self.from, last) {
            (Some(from), Some(last)) => format!("{} to {}", day(from), day(last)),
            (Some(from), None) => format!("from {} on", day(from)),
            (None, Some(last)) => format!("until {}", day(last)),
            (None, None) => "without an end".to_owned(),
        };
        for (on, word) in &self.marks {
            text.push_str(&format!("; {word} {}", day(*on)));
        }
        text
    }
}

/// Bars below each other, on one axis.
#[derive(Debug, Clone)]
pub(in crate::web::pages) struct Validity {
    /// The bars.
    pub(in crate::web::pages) spans: Vec<Span>,
    /// Today.
    pub(in crate::web::pages) today: Date,
    /// The day that a decision was taken for, where there is one.
    pub(in crate::web::pages) received: Option<Date>,
}

#[derive(Template)]
#[template(path = "pictures/validity.html")]
struct Picture<'a> {
    bars: Vec<Bar<'a>>,
    lines: Vec<Line>,
    ticks: Vec<Tick>,
}

struct Bar<'a> {
    span: &'a Span,
    /// The part in force.
    held: Option<(String, String)>,
    /// What would have followed, had nothing ended it.
    lost: Option<(String, String)>,
    /// Where it was ended.
    marks: Vec<String>,
}

/// A day that goes through all bars.
struct Line {
    at: String,
    what: &'static str,
    word: String,
    anchor: &'static str,
}

struct Tick {
    at: String,
    word: String,
    anchor: &'static str,
}

impl Validity {
    /// The markup.
    pub(in crate::web::pages) fn html(&self) -> Safe<String> {
        let scale = Scale::of(self);
        let bars = self.spans.iter().map(|span| bar(span, &scale)).collect();
        let mut lines = vec![line(&scale, self.today, "today", format!("today, {}", day(self.today)))];
        if let Some(received) = self.received.filter(|received| *received != self.today) {
            lines.insert(0, line(&scale, received, "received", format!("received {}", day(received))));
        }
        super::drawn(&Picture { bars, lines, ticks: scale.ticks() })
    }
}

fn bar<'a>(span: &'a Span, scale: &Scale) -> Bar<'a> {
    let ended = span.marks.iter().map(|(on, _)| *on).min();
    let (from, until) = (scale.start(span.from), scale.end(span.until));
    let cut = ended.map_or(until, |on| scale.at(on).clamp(from, until));
    let (held, lost) = match span.standing {
        Standing::Void => (None, Some((from, until))),
        _ => (Some((from, cut)), (cut < until).then_some((cut, until))),
    };
    let marks = span.marks.iter().map(|(on, _)| percent(scale.at(*on))).collect();
    Bar { span, held: held.map(part), lost: lost.map(part), marks }
}

fn line(scale: &Scale, on: Date, what: &'static str, word: String) -> Line {
    let at = scale.at(on);
    Line { at: percent(at), what, word, anchor: anchor(at) }
}

/// Words near an edge stay within the picture.
fn anchor(at: f64) -> &'static str {
    match at {
        ..25.0 => "start",
        75.0.. => "end",
        _ => "middle",
    }
}

/// Beginning and width.
fn part((from, until): (f64, f64)) -> (String, String) {
    (percent(from), percent((until - from).max(0.6)))
}

fn percent(share: f64) -> String {
    format!("{share:.2}%")
}

/// Where days stand, in percent of the width.
struct Scale {
    first: Date,
    days: f64,
    last: Date,
}

impl Scale {
    fn of(picture: &Validity) -> Self {
        let of_span = |span: &Span| {
            let marks = span.marks.iter().map(|(on, _)| *on);
            span.from.into_iter().chain(span.until).chain(marks).collect::<Vec<_>>()
        };
        let mut days: Vec<Date> = picture.spans.iter().flat_map(of_span).collect();
        days.extend([Some(picture.today), picture.received].into_iter().flatten());
        let first = days.iter().copied().min().unwrap_or(picture.today);
        let last = days.iter().copied().max().unwrap_or(picture.today);
        Self { first, last, days: days_between(first, last).max(1.0) }
    }

    fn at(&self, on: Date) -> f64 {
        MARGIN + days_between(self.first, on) / self.days * (100.0 - 2.0 * MARGIN)
    }

    fn start(&self, from: Option<Date>) -> f64 {
        from.map_or(0.0, |from| self.at(from))
    }

    fn end(&self, until: Option<Date>) -> f64 {
        until.map_or(100.0, |until| self.at(until))
    }

    /// The first days of years, at most about six; of a short time the first and the last day.
    fn ticks(&self) -> Vec<Tick> {
        let (from, to) = (self.first.year(), self.last.year());
        let every = (to.saturating_sub(from) / 6).max(1);
        let years = (from..=to).filter(|year| (year - from) % every == 0);
        let days = years.filter_map(|year| Date::new(year, 1, 1).ok()).filter(|day| *day >= self.first);
        let tick = |at: f64, word: String| Tick { at: percent(at), word, anchor: "middle" };
        let ticks: Vec<_> = days.map(|day| tick(self.at(day), day.year().to_string())).collect();
        if !ticks.is_empty() {
            return ticks;
        }
        let edge = |on: Date| Tick { anchor: anchor(self.at(on)), ..tick(self.at(on), day(on)) };
        if self.first == self.last { vec![edge(self.first)] } else { vec![edge(self.first), edge(self.last)] }
    }
}

fn days_between(from: Date, to: Date) -> f64 {
    from.until(to).map_or(0.0, |span| f64::from(span.get_days()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn span(from: Option<&str>, until: Option<&str>, marks: &[(&str, &str)]) -> Span {
        Span {
            label: "IWR-<1> edition 1".to_owned(),
            href: Some("/registry/reports/IWR-1/1".to_owned()),
            from: from.map(date),
            until: until.map(date),
            marks: marks.iter().map(|(on, word)| (date(on), (*word).to_owned())).collect(),
            standing: Standing::Valid,
            state: "valid".to_owned(),
            chosen: true,
        }
    }

    fn drawn(spans: Vec<Span>, today: &str, received: Option<&str>) -> String {
        // No line breaks a day; here days are compared as they are read.
        Validity { spans, today: date(today), received: received.map(date) }.html().0.replace('\u{a0}', " ")
    }

    #[test]
    fn a_bar_goes_from_its_first_day_to_its_last_and_says_so_in_words() {
        let text = drawn(vec![span(Some("2025-01-01"), Some("2027-01-01"), &[])], "2026-01-01", Some("2025-06-01"));
        for shown in
            ["1 Jan 2025 to 31 Dec 2026", "x=\"4.00%\"", "width=\"92.00%\"", "today, 1 Jan 2026", "received 1 Jun 2025"]
        {
            assert!(text.contains(shown), "{shown} in {text}");
        }
        assert!(text.contains("IWR-&#60;1&#62;") && !text.contains("IWR-<1>") && !text.contains("style="));
    }

    #[test]
    fn what_ended_a_report_early_cuts_its_bar() {
        let text = drawn(
            vec![span(Some("2025-01-01"), Some("2027-01-01"), &[("2026-01-01", "withdrawn")])],
            "2026-06-01",
            None,
        );
        assert!(text.contains("class=\"held\" x=\"4.00%\" y=\"3\" width=\"46.00%\""), "{text}");
        assert!(text.contains("class=\"lost\" x=\"50.00%\""), "{text}");
        assert!(text.contains("withdrawn"));
    }

    #[test]
    fn open_ends_and_single_days_are_drawn_too() {
        let text = drawn(vec![span(None, None, &[])], "2026-01-01", None);
        assert!(text.contains("without an end") && text.contains("x=\"0.00%\""), "{text}");
        let text = drawn(vec![], "2026-03-02", None);
        assert!(text.contains("2 Mar 2026"));
        let text = drawn(vec![span(Some("0001-01-01"), Some("9999-12-31"), &[])], "2026-01-01", None);
        assert!(text.matches("class=\"tick\"").count() < 10, "{text}");
    }
}
