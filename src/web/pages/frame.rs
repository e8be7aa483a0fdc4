//! What surrounds every page of somebody who is signed in: the way to the other pages, who one is, what was just done.

use askama::filters::Safe;
use jiff::{SignedDuration, Timestamp};

use super::visitor::Visitor;
use super::{assets, respond};
use crate::access::Permission;
use crate::closed::closed;

closed! {
    /// The parts that the way leads to; a person sees those that it may enter.
    Section {
        /// What waits for whom.
        Queue = "queue",
        /// Where eSRs go.
        Overview = "overview",
        /// What was sent to whom.
        Deliveries = "deliveries",
        /// What came in.
        Inbound = "inbound",
        /// Through what they are told.
        Connectors = "connectors",
        /// The certification reports.
        Registry = "registry",
        /// The routing table.
        Rules = "rules",
        /// Who may sign in.
        People = "people",
        /// Who did what.
        Audit = "audit",
        /// A company's own eSRs.
        My = "my",
        /// One's own account.
        Account = "account",
    }
}

impl Section {
    /// What it is called.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Queue => "Queue",
            Self::Overview => "Overview",
            Self::Deliveries => "Deliveries",
            Self::Inbound => "Inbound",
            Self::Connectors => "Connectors",
            Self::Registry => "Registry",
            Self::Rules => "Rules",
            Self::People => "People",
            Self::Audit => "Audit log",
            Self::My => "eSRs",
            Self::Account => "Account",
        }
    }

    /// What one must be allowed for it; `None` is for everybody.
    fn needs(self) -> Option<&'static [Permission]> {
        Some(match self {
            Self::Queue | Self::Overview => &[Permission::SeeCases],
            Self::Deliveries | Self::Inbound | Self::Connectors => &[Permission::SeeDeliveries],
            Self::Registry => &[Permission::SeeRegistry],
            Self::Rules => &[Permission::SeeRules],
            Self::People => &[Permission::ManagePeople],
            Self::Audit => &[Permission::SeeAudit],
            Self::My => &[Permission::FileOwn, Permission::AnswerOwn],
            Self::Account => return None,
        })
    }
}

/// One way to another part.
pub(super) struct Way {
    pub(super) section: Section,
    pub(super) here: bool,
    /// How much stands still there, and what it is; nothing where nothing does.
    pub(super) stuck: Option<(String, &'static str)>,
}

closed! {
    /// How bright pages are.
    Theme {
        /// As the reader's system has it.
        Auto = "auto",
        /// Light.
        Light = "light",
        /// Dark.
        Dark = "dark",
    }
}

/// What surrounds a page. Every page's template extends `frame.html`, which reads the field `frame` of its struct.
pub(super) struct Frame {
    /// What the page is called.
    pub(super) title: String,
    /// The part that it belongs to.
    pub(super) section: Section,
    /// Who reads it.
    pub(super) name: String,
    /// What was just done, to be said once.
    pub(super) said: Option<String>,
    /// How bright.
    pub(super) theme: Theme,
    /// When the page was made.
    pub(super) now: Timestamp,
    ways: Vec<Way>,
}

impl Frame {
    /// For this visitor, now.
    pub(super) fn new(visitor: &Visitor, title: impl Into<String>, section: Section, now: Timestamp) -> Self {
        let enters = |section: &Section| section.needs().is_none_or(|any| any.iter().any(|one| visitor.can(*one)));
        let ways = Section::ALL.iter().copied().filter(|part| *part != Section::Account && enters(part));
        Self {
            title: title.into(),
            section,
            name: visitor.person.name.clone(),
            said: visitor.said.clone(),
            theme: visitor.theme,
            now,
            ways: ways
                .map(|part| Way { section: part, here: part == section, stuck: visitor.stuck.of(part) })
                .collect(),
        }
    }

    /// What was just done or refused, and how it is marked.
    pub(super) fn note(&self) -> Option<(&str, &'static str)> {
        let (text, refused) = respond::tone(self.said.as_deref()?);
        Some((text, if refused { "note warn" } else { "said" }))
    }

    /// The ways to the other parts.
    pub(super) fn ways(&self) -> &[Way] {
        &self.ways
    }

    /// Where the style sheet is.
    pub(super) fn style(&self) -> String {
        assets::address("app.css")
    }

    /// Where a script is: its name in `assets/`.
    pub(super) fn script(&self, name: &str) -> String {
        assets::address(name)
    }

    /// A time as a person reads it, how long ago, with the exact one behind it.
    pub(super) fn ago(&self, at: &Timestamp) -> Safe<String> {
        time(at, &since(self.now.duration_since(*at)))
    }
}

/// A time to the minute, in UTC.
pub(super) fn exact(at: &Timestamp) -> Safe<String> {
    time(at, &at.strftime("%-d %b %Y, %H:%M UTC").to_string())
}

fn time(at: &Timestamp, shown: &str) -> Safe<String> {
    let title = at.strftime("%Y-%m-%d %H:%M:%S UTC");
    Safe(format!("<time datetime=\"{at}\" title=\"{title}\">{shown}</time>"))
}

/// How long ago, in the largest unit that says enough; what lies ahead is "in".
pub(super) fn since(past: SignedDuration) -> String {
    let seconds = past.as_secs();
    let (size, ahead) = (seconds.unsigned_abs(), seconds < 0);
    let (count, unit) = match size {
        0..45 => return if ahead { "in a moment" } else { "just now" }.to_owned(),
        45..5_400 => (size.div_ceil(60).max(1), "min"),
        5_400..129_600 => ((size + 1_800) / 3_600, "h"),
        _ => ((size + 43_200) / 86_400, "days"),
    };
    if ahead { format!("in {count} {unit}") } else { format!("{count} {unit} ago") }
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::*;

    #[derive(Template)]
    #[template(
        ext = "html",
        source = "{% extends \"frame.html\" %}{% block main %}{% call parts::route(\"returned\", \"offer\") %}{% endcall %}{{ frame.ago(at) }}{{ text }}{% endblock %}"
    )]
    struct Any {
        frame: Frame,
        at: Timestamp,
        text: &'static str,
    }

    #[test]
    fn a_page_shows_text_as_text_and_times_for_people() {
        let now = "2026-11-22T09:00:00Z".parse().unwrap();
        let ways = vec![Way { section: Section::Queue, here: true, stuck: None }];
        let said = Some("<b>done</b>".to_owned());
        let (title, name) = ("A <title>".to_owned(), "Ada & Co".to_owned());
        let frame = Frame { title, section: Section::Queue, name, said, theme: Theme::Dark, now, ways };
        let page = Any { frame, at: now, text: "<script>alert(1)</script>" }.render().unwrap();
        for shown in [
            "A &#60;title&#62;",
            "Ada &#38; Co",
            "&#60;b&#62;done",
            "&#60;script&#62;alert(1)",
            "<time datetime=\"2026-11-22T09:00:00Z\" title=\"2026-11-22 09:00:00 UTC\">just now</time>",
            "data-theme=\"dark\"",
            "<a href=\"/queue\" aria-current=\"page\">Queue</a>",
            "data-route=\"returned\">Returned<span class=\"stage\">offered</span>",
        ] {
            assert!(page.contains(shown), "{shown} in {page}");
        }
    }

    #[test]
    fn how_long_ago_is_said_in_the_largest_unit_that_says_enough() {
        let said = |seconds| since(SignedDuration::from_secs(seconds));
        assert_eq!((said(3), said(-3)), ("just now".to_owned(), "in a moment".to_owned()));
        assert_eq!((said(60), said(90)), ("1 min ago".to_owned(), "2 min ago".to_owned()));
        assert_eq!((said(7_200), said(-7_200)), ("2 h ago".to_owned(), "in 2 h".to_owned()));
        assert_eq!(said(3 * 86_400), "3 days ago");
    }
}
