//! How a report stands on a day, as lists show it. What an eSR gets from it is for the evaluator alone to say.

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::catalogue::key_of;
use crate::closed::closed;
use crate::registry::index::IndexedReport;
use crate::registry::model::{Participant, Report, Verdict};
use crate::store::EntryKind;
use crate::web::pages::links;
use crate::web::pages::pictures::validity::{self, Span};

/// A report about to lapse ends within so many days.
pub(in crate::web::pages) const SOON: i64 = 90;

closed! {
    /// How a report stands.
    Standing {
        /// In force, and for longer than 90 days.
        Valid = "valid",
        /// In force, and ends within 90 days.
        Lapsing = "lapsing",
        /// Published later.
        Ahead = "ahead",
        /// Its time is over.
        Expired = "expired",
        /// Withdrawn; or its company left or is not qualified any more.
        Withdrawn = "withdrawn",
        /// A higher edition counts instead.
        Superseded = "superseded",
        /// Certifies nothing: postponed.
        Postponed = "postponed",
        /// Certifies nothing: refused.
        Refused = "refused",
    }
}

impl Standing {
    /// For people.
    pub(in crate::web::pages) fn title(self) -> &'static str {
        match self {
            Self::Valid => "Valid",
            Self::Lapsing => "Lapses soon",
            Self::Ahead => "Not yet published",
            Self::Expired => "Expired",
            Self::Withdrawn => "Withdrawn",
            Self::Superseded => "Superseded",
            Self::Postponed => "Postponed",
            Self::Refused => "Refused",
        }
    }

    /// Which mark it gets.
    pub(in crate::web::pages) fn mark(self) -> &'static str {
        match self {
            Self::Valid => "good",
            Self::Lapsing | Self::Expired => "warn",
            Self::Withdrawn | Self::Refused => "bad",
            Self::Ahead | Self::Superseded | Self::Postponed => "",
        }
    }
}

/// A report on a time line. `label` is what it is called there.
pub(in crate::web::pages) fn span(
    report: &Report,
    expires_on: Date,
    standing: Standing,
    label: String,
    chosen: bool,
) -> Span {
    let drawn = match standing {
        Standing::Valid => validity::Standing::Valid,
        Standing::Lapsing => validity::Standing::Lapsing,
        Standing::Ahead => validity::Standing::Ahead,
        Standing::Expired => validity::Standing::Expired,
        Standing::Withdrawn => validity::Standing::Ended,
        Standing::Superseded | Standing::Postponed | Standing::Refused => validity::Standing::Void,
    };
    Span {
        label,
        href: Some(links::entry(EntryKind::Report, &key_of(report))),
        from: Some(report.published_on),
        until: Some(expires_on),
        marks: report.withdrawn_on.map(|on| (on, "withdrawn".to_owned())).into_iter().collect(),
        standing: drawn,
        state: standing.title().to_lowercase(),
        chosen,
    }
}

pub(in crate::web::pages) fn standing(
    report: &Report,
    indexed: &IndexedReport,
    maker: Option<&Participant>,
    day: Date,
) -> Standing {
    let over = |end: Option<Date>| end.is_some_and(|end| end <= day);
    match report.verdict {
        Verdict::Postponed => return Standing::Postponed,
        Verdict::Refused => return Standing::Refused,
        Verdict::Passed | Verdict::PassedWithRestriction => {}
    }
    if day < report.published_on {
        Standing::Ahead
    } else if !indexed.counts_on(day) {
        Standing::Superseded
    } else if over(report.withdrawn_on) || maker.is_some_and(|maker| over(maker.left_on) || over(maker.qualified_until))
    {
        Standing::Withdrawn
    } else if indexed.expires_on <= day {
        Standing::Expired
    } else if day.checked_add(SOON.days()).is_ok_and(|soon| indexed.expires_on <= soon) {
        Standing::Lapsing
    } else {
        Standing::Valid
    }
}
