//! A row of the queue, as it is shown.

use jiff::Timestamp;

use crate::cases::Status;
use crate::store::Queued;
use crate::web::pages::frame::since;

/// How many characters of one text a row shows: what is longer stands whole on the eSR's page.
const SHOWN: usize = 160;

/// One eSR in the queue.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) reference: String,
    pub(super) summary: String,
    pub(super) severity: u8,
    pub(super) route: String,
    pub(super) stage: String,
    pub(super) status: Status,
    pub(super) filer: String,
    pub(super) development: bool,
    /// Customer and site.
    pub(super) site: Option<String>,
    /// The third party's product, and whose it is.
    pub(super) third_party: Option<String>,
    /// ALE's product.
    pub(super) platform: Option<String>,
    pub(super) received_at: Timestamp,
    pub(super) updated_at: Timestamp,
    pub(super) revision: i64,
    /// When an answer is or was due, in words.
    pub(super) due: Option<String>,
    /// It was due before now.
    pub(super) overdue: bool,
}

impl Row {
    /// As it is shown now.
    pub(super) fn of(queued: Queued, now: Timestamp) -> Self {
        let esr = queued.esr;
        let said = queued.said;
        let third_party = said.as_ref().and_then(|said| said.third_party.as_ref());
        let platform = said.as_ref().and_then(|said| said.platform.as_ref());
        let customer = said.as_ref().and_then(|said| said.customer.as_ref());
        let waits = !matches!(esr.status, Status::Closed | Status::Open);
        let answer_by = queued.answer_by.filter(|_| waits);
        Self {
            site: customer.and_then(|one| joined(", ", [&one.name, &one.site, &one.country])).map(short),
            third_party: third_party
                .and_then(|one| match joined(" ", [&one.solution, &one.release, &None]) {
                    Some(product) => Some(match &one.company {
                        Some(company) => format!("{product} · {company}"),
                        None => product,
                    }),
                    None => one.company.clone(),
                })
                .map(short),
            platform: platform.and_then(|one| joined(" ", [&one.product, &one.release, &None])).map(short),
            due: answer_by.map(|due| since(now.duration_since(due))),
            overdue: answer_by.is_some_and(|due| due < now),
            development: esr.phase == crate::triage::facts::Phase::Development,
            id: esr.id,
            reference: esr.reference,
            summary: short(esr.summary),
            severity: esr.severity,
            route: esr.route,
            stage: esr.stage,
            status: esr.status,
            filer: short(esr.filer),
            received_at: esr.received_at,
            updated_at: esr.updated_at,
            revision: esr.revision,
        }
    }

    /// Whether it changed after it was received.
    pub(super) fn changed(&self) -> bool {
        self.revision > 1
    }
}

fn joined<const N: usize>(with: &str, parts: [&Option<String>; N]) -> Option<String> {
    let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
    Some(parts.join(with)).filter(|text| !text.is_empty())
}

/// The beginning of a text, when it is long.
fn short(text: String) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        None => text,
    }
}
