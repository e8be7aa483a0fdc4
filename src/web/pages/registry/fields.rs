//! Which fields an entry's form has. What may stand in them is for the registry's own checks to say.

use crate::store::EntryKind;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Line,
    Words,
    Day,
    Whole,
    /// Several, one a line.
    Lines,
    /// Several, separated by `|`.
    Bars,
    Choice(&'static [&'static str]),
}

/// A field: its path in the entry, its label, what it holds, what is said above it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) label: &'static str,
    pub(super) holds: Holds,
    pub(super) hint: &'static str,
}

/// A list of rows inside an entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nest {
    pub(super) key: &'static str,
    pub(super) label: &'static str,
    pub(super) fields: &'static [Field],
}

const fn field(key: &'static str, label: &'static str, holds: Holds, hint: &'static str) -> Field {
    Field { key, label, holds, hint }
}

const ALIASES: Field =
    field("aliases", "Other names", Holds::Lines, "As partners write it, one a line. Each names this entry alone.");
const RELEASE: Field = field("release", "Release", Holds::Line, "");
const END: Field = field("end_of_life_on", "End of life", Holds::Day, "");

/// The fields of a kind's form, without what identifies the entry.
pub(super) fn fields(kind: EntryKind) -> &'static [Field] {
    use Holds::{Choice, Day, Line, Lines, Whole, Words};
    match kind {
        EntryKind::Platform => {
            const {
                &[
                    field("name", "Name", Line, ""),
                    ALIASES,
                    field("activity", "Activity", Line, "communication, network or rainbow"),
                ]
            }
        }
        EntryKind::Participant => {
            const {
                &[
                    field("name", "Company", Line, ""),
                    ALIASES,
                    field("membership", "Membership", Line, "registered, qualified or premium"),
                    field("profiles", "Profiles", Lines, "solution_vendor, expert_developer; one a line"),
                    field("region", "Region", Line, "north_america is billed in USD, any other in EUR"),
                    field("joined_on", "In the program since", Day, ""),
                    field("left_on", "Left on", Day, "The first day out of the program."),
                    field(
                        "qualified_until",
                        "No longer qualified from",
                        Day,
                        "The first day without the qualified status.",
                    ),
                    field("hotline.email", "Hotline: email", Line, ""),
                    field("hotline.phone", "Hotline: phone", Line, ""),
                    field("hotline.url", "Hotline: portal", Line, ""),
                    field("hotline.hours", "Hotline: hours", Line, ""),
                    field("hotline.process", "Hotline: how to open a case", Words, ""),
                    field("assistance_tickets", "Assistance tickets", Whole, "The balance."),
                ]
            }
        }
        EntryKind::Solution => {
            const {
                &[
                    field("participant", "Company", Line, "The id of the participant that makes it."),
                    field("name", "Name", Line, ""),
                    ALIASES,
                    field("kind", "Kind", Line, "pms, sip terminal, …"),
                ]
            }
        }
        EntryKind::Report => {
            const {
                &[
                    field("solution", "Product", Line, "The solution’s id."),
                    field("solution_releases", "Product releases", Lines, "One a line; 8.2..8.4 is a range."),
                    field("platform", "Platform", Line, "The platform’s id."),
                    field("platform_releases", "Platform releases", Lines, "One a line."),
                    field(
                        "verdict",
                        "Verdict",
                        Choice(&["passed", "passed_with_restriction", "postponed", "refused"]),
                        "",
                    ),
                    field("published_on", "Published on", Day, ""),
                    field(
                        "expires_on",
                        "First day without validity",
                        Day,
                        "Two years after publication when left blank.",
                    ),
                    field("withdrawn_on", "Withdrawn on", Day, ""),
                    field("escalation", "How to reach the hotline", Words, "In the report’s words."),
                ]
            }
        }
    }
}

/// The lists of a kind's form.
pub(super) fn nests(kind: EntryKind) -> &'static [Nest] {
    use Holds::{Bars, Choice, Day, Line, Words};
    match kind {
        EntryKind::Platform => {
            const {
                &[Nest {
                    key: "releases",
                    label: "Releases",
                    fields: &[RELEASE, field("codes", "Codes", Bars, "Several: N4|N5"), END],
                }]
            }
        }
        EntryKind::Participant => {
            const {
                &[Nest {
                    key: "accreditations",
                    label: "Accreditations",
                    fields: &[
                        field("api", "API’s id", Line, ""),
                        field("name", "API’s name", Line, ""),
                        field("granted_on", "Granted on", Day, ""),
                        field("expires_on", "First day without", Day, ""),
                    ],
                }]
            }
        }
        EntryKind::Solution => const { &[Nest { key: "releases", label: "Releases", fields: &[RELEASE, END] }] },
        EntryKind::Report => {
            const {
                &[
                    Nest {
                        key: "scope",
                        label: "What was tested",
                        fields: &[
                            field("id", "Id", Line, ""),
                            field("name", "Feature", Line, ""),
                            field("aliases", "Other names", Bars, "Several: a|b"),
                            field(
                                "result",
                                "Result",
                                Choice(&["", "ok", "ok_but", "nok", "not_tested", "not_applicable"]),
                                "",
                            ),
                        ],
                    },
                    Nest {
                        key: "limitations",
                        label: "Known limitations",
                        fields: &[
                            field("id", "Id", Line, ""),
                            field("feature", "Feature’s id", Line, ""),
                            field("text", "The report’s words", Words, ""),
                        ],
                    },
                ]
            }
        }
    }
}

/// What identifies a kind's entries: asked for when it is new, fixed afterwards.
pub(super) fn identity(kind: EntryKind) -> &'static [Field] {
    const ID: Field = field("id", "Id", Holds::Line, "Short and stable: what other entries and decisions name it by.");
    match kind {
        EntryKind::Report => {
            const {
                &[
                    field("id", "Report", Holds::Line, "Its number, shared by its editions."),
                    field("edition", "Edition", Holds::Whole, "1 for the first."),
                ]
            }
        }
        _ => const { &[ID] },
    }
}
