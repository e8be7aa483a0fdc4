//! The entries of the registry file, key by key (contract section 4).

use super::fields::{Fields, Place, object};
use super::node::Node;
use crate::registry::faults::Faults;
use crate::registry::model::{
    Accreditation, Document, Hotline, Limitation, Participant, Platform, PlatformRelease, Report, ScopeEntry,
    ScopeResult, Solution, SolutionRelease, Verdict,
};

/// Reads the whole document. Entries with faults are there too, with placeholders, so that places stay the same.
pub(in crate::registry) fn document(root: Node<'_>, faults: &mut Faults) -> Document {
    object(root, &Place::Root, faults, |fields| Document {
        platforms: fields.list("platforms", platform),
        participants: fields.list("participants", participant),
        solutions: fields.list("solutions", solution),
        reports: fields.list("reports", report),
    })
}

fn platform(fields: &mut Fields<'_, '_>) -> Platform {
    Platform {
        id: fields.text("id"),
        name: fields.text("name"),
        aliases: fields.texts("aliases"),
        activity: fields.optional_text("activity"),
        releases: fields.list("releases", |fields| PlatformRelease {
            release: fields.text("release"),
            codes: fields.texts("codes"),
            end_of_life_on: fields.optional_date("end_of_life_on"),
        }),
    }
}

fn participant(fields: &mut Fields<'_, '_>) -> Participant {
    Participant {
        id: fields.text("id"),
        name: fields.text("name"),
        aliases: fields.texts("aliases"),
        membership: fields.optional_text("membership"),
        profiles: fields.texts("profiles"),
        region: fields.optional_text("region"),
        joined_on: fields.optional_date("joined_on"),
        left_on: fields.optional_date("left_on"),
        qualified_until: fields.optional_date("qualified_until"),
        hotline: fields.optional_object("hotline", |fields| Hotline {
            email: fields.optional_text("email"),
            phone: fields.optional_text("phone"),
            url: fields.optional_text("url"),
            hours: fields.optional_text("hours"),
            process: fields.optional_text("process"),
        }),
        assistance_tickets: fields.whole_or_zero("assistance_tickets"),
        accreditations: fields.list("accreditations", |fields| Accreditation {
            api: fields.text("api"),
            name: fields.optional_text("name"),
            granted_on: fields.optional_date("granted_on"),
            expires_on: fields.optional_date("expires_on"),
        }),
    }
}

fn solution(fields: &mut Fields<'_, '_>) -> Solution {
    Solution {
        id: fields.text("id"),
        participant: fields.text("participant"),
        name: fields.text("name"),
        aliases: fields.texts("aliases"),
        kind: fields.optional_text("kind"),
        releases: fields.list("releases", |fields| SolutionRelease {
            release: fields.text("release"),
            end_of_life_on: fields.optional_date("end_of_life_on"),
        }),
    }
}

fn report(fields: &mut Fields<'_, '_>) -> Report {
    Report {
        id: fields.text("id"),
        edition: fields.counting("edition"),
        solution: fields.text("solution"),
        solution_releases: fields.required_texts("solution_releases"),
        platform: fields.text("platform"),
        platform_releases: fields.required_texts("platform_releases"),
        verdict: fields.word("verdict", Verdict::ALL, Verdict::as_str),
        published_on: fields.date("published_on"),
        expires_on: fields.optional_date("expires_on"),
        withdrawn_on: fields.optional_date("withdrawn_on"),
        scope: fields.list("scope", |fields| ScopeEntry {
            id: fields.text("id"),
            name: fields.text("name"),
            aliases: fields.texts("aliases"),
            result: fields.word("result", ScopeResult::ALL, ScopeResult::as_str),
        }),
        limitations: fields.list("limitations", |fields| Limitation {
            id: fields.text("id"),
            feature: fields.optional_text("feature"),
            text: fields.text("text"),
        }),
        escalation: fields.optional_text("escalation"),
    }
}
