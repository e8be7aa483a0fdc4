//! A misspelling that an agent settled, kept as another name of the entry, so that nobody is asked again.

use serde_json::json;

use crate::access::{About, Act, Thing};
use crate::registry::model::{Document, Report};
use crate::store::{Entry, StoreError, StoredEsr};
use crate::triage::decision::{Candidate, CandidateKind};
use crate::web::Web;
use crate::web::api::registry::{self, Author, Edited, Edits, NotChanged};
use crate::web::pages::visitor::Visitor;
use crate::web::problem::Problem;

/// Makes a spelling another name of the entry, by the one way in which the registry changes; says what came of it.
pub(super) async fn remember(
    web: &Web,
    visitor: &Visitor,
    esr: &StoredEsr,
    candidate: &Candidate,
    spelling: &str,
) -> String {
    let author = Author { by: visitor.person.name.clone(), valid_from: None };
    let edit = |document: &mut Document| Ok(Edits::Put(vec![named_too(document, esr, candidate, spelling)?]));
    let about = About::new(Thing::Entry, &candidate.id);
    let details = json!({ "esr": esr.id, "name": spelling });
    let doing = async { Ok::<_, StoreError>(registry::change(web, &author, edit, async || Ok(())).await) };
    let Ok(changed) = visitor.act(web, Act::AliasAdded, &about, details, doing).await else {
        return "The spelling was not kept: it could not be written down who did it.".to_owned();
    };
    match changed {
        Ok(_) => format!("\u{201c}{spelling}\u{201d} is another name of it from now on."),
        Err(NotChanged::Faulty(faults)) => {
            let why = faults.first().map(|fault| fault.message.clone()).unwrap_or_default();
            format!("The spelling was not kept as another name: {why}")
        }
        Err(NotChanged::Problem(problem)) => format!("The spelling was not kept: {}", problem.details().detail),
    }
}

/// The entry with one more name.
fn named_too(
    document: &mut Document,
    esr: &StoredEsr,
    candidate: &Candidate,
    spelling: &str,
) -> Result<Edited, Problem> {
    let id = candidate.id.as_str();
    let gone = || Problem::not_found("entry of the registry that can have other names");
    let add = |aliases: &mut Vec<String>| {
        if !aliases.iter().any(|known| known == spelling) {
            aliases.push(spelling.to_owned());
        }
    };
    let (place, entry) = match candidate.kind {
        CandidateKind::Company => {
            let at = document.participants.iter().position(|one| one.id == id).ok_or_else(gone)?;
            add(&mut document.participants[at].aliases);
            (format!("participants[{at}]"), Entry::Participant(document.participants[at].clone()))
        }
        CandidateKind::Solution => {
            let at = document.solutions.iter().position(|one| one.id == id).ok_or_else(gone)?;
            add(&mut document.solutions[at].aliases);
            (format!("solutions[{at}]"), Entry::Solution(document.solutions[at].clone()))
        }
        CandidateKind::Platform => {
            let at = document.platforms.iter().position(|one| one.id == id).ok_or_else(gone)?;
            add(&mut document.platforms[at].aliases);
            (format!("platforms[{at}]"), Entry::Platform(document.platforms[at].clone()))
        }
        // A feature's other names stand in the report that was found.
        CandidateKind::Feature => {
            let evidence = &esr.decision.evidence;
            let found =
                |one: &Report| Some(&one.id) == evidence.report.as_ref() && Some(one.edition) == evidence.edition;
            let at = document.reports.iter().position(found).ok_or_else(gone)?;
            let entry = document.reports[at].scope.iter_mut().find(|entry| entry.id == id).ok_or_else(gone)?;
            add(&mut entry.aliases);
            (format!("reports[{at}]"), Entry::Report(document.reports[at].clone()))
        }
    };
    Ok(Edited { entry, place, in_body: String::new() })
}
