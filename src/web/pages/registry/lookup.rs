//! `/registry/lookup`: is this pair certified? What the API's look-up finds, with the same explanation.

use askama::Template;
use askama::filters::Safe;
use axum::extract::State;
use axum::response::Response;

use crate::access::Permission;
use crate::app::Evaluator;
use crate::store::EntryKind;
use crate::triage::decision::{Candidate, CandidateKind, Decision, Provenance};
use crate::triage::facts::Coverage;
use crate::web::Web;
use crate::web::api::lookup::{self as asked, Query};
use crate::web::pages::filled::{Filled, InQuery};
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::pictures::path::Path;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::{links, respond, words};

/// The fields of the form: name, label, what stands in it, whether the eSR's path that a fault names is this one.
const FIELDS: [(&str, &str, &str); 8] = [
    ("company", "Company", "third_party.company"),
    ("solution", "Product", "third_party.solution"),
    ("release", "Product’s release", "third_party.release"),
    ("platform", "ALE platform", "platform.product"),
    ("platform_release", "Platform’s release", "platform.release"),
    ("platform_patch", "Patch or build", "platform.patch"),
    ("feature", "Feature", "feature"),
    ("at", "Day (empty: today)", "at"),
];

#[derive(Template)]
#[template(path = "registry/lookup.html")]
struct Page {
    frame: Frame,
    fields: Vec<Field>,
    found: Option<Found>,
    /// It was asked for with nothing in it.
    empty: bool,
}

struct Field {
    name: &'static str,
    label: &'static str,
    value: String,
    wrong: Option<String>,
    lacking: bool,
}

struct Found {
    decision: Decision,
    day: jiff::civil::Date,
    /// What it comes to, in a word or two.
    word: &'static str,
    mark: &'static str,
    report: Option<(String, String)>,
    /// What the company, the product and the platform are called; empty where none was found.
    names: (String, String, String),
    /// Other names to ask with: what kind, name, how near, address.
    near: Vec<(String, String, String, String)>,
    provenance: Vec<Provenance>,
    /// The way through the policy that an eSR on the pair would take.
    path: Safe<String>,
}

pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    InQuery(filled): InQuery,
) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeRegistry)?;
    let given = |name| filled.given(name).map(str::to_owned);
    let query = Query {
        company: given("company"),
        solution: given("solution"),
        release: given("release"),
        platform: given("platform"),
        platform_release: given("platform_release"),
        platform_patch: given("platform_patch"),
        feature: given("feature"),
        at: given("at"),
        known_at: None,
    };
    let nothing = FIELDS.iter().all(|(name, ..)| filled.given(name).is_none() || *name == "at");
    let (mut wrong, mut found) = (Vec::new(), None);
    if !nothing {
        match asked::decide(&web, &query).await? {
            Ok((decision, day)) => found = Some(Found::of(decision, day, &filled, &web.app.evaluator())),
            Err(errors) => wrong = errors,
        }
    }
    let lacking = |path: &str| found.as_ref().is_some_and(|found| found.decision.missing.iter().any(|one| one == path));
    let fields = FIELDS.iter().map(|(name, label, path)| Field {
        name,
        label,
        value: filled.text(name).to_owned(),
        wrong: wrong.iter().find(|one| one.path == *path || one.path == *name).map(|one| one.message.clone()),
        lacking: lacking(path),
    });
    let fields = fields.collect();
    let page = Page {
        frame: visitor.frame(&web, "Is it certified?", Section::Registry),
        fields,
        found,
        empty: nothing && filled.pairs().next().is_some(),
    };
    Ok(respond::page(&visitor, &page))
}

impl Found {
    fn of(decision: Decision, day: jiff::civil::Date, filled: &Filled, with: &Evaluator) -> Self {
        let path = Path::of(&decision, &with.rules).html();
        let (word, mark) = match decision.facts.coverage {
            Coverage::Valid => ("Certified", "good"),
            Coverage::Accredited => ("Accredited", "good"),
            Coverage::Expired => ("The report has expired", "warn"),
            Coverage::Obsolete => ("A release is at its end of life", "warn"),
            Coverage::Withdrawn => ("Withdrawn", "bad"),
            Coverage::ReleaseNotCertified => ("Not for these releases", "bad"),
            Coverage::NoReport => ("No report", "bad"),
            Coverage::NotAParticipant => ("Not in the program", "bad"),
            Coverage::Unresolved => ("Unclear which product is meant", "warn"),
            Coverage::Incomplete => ("Something is missing", "warn"),
            Coverage::NotInvolved => ("No third-party product", ""),
        };
        let evidence = &decision.evidence;
        let report = evidence.report.as_ref().zip(evidence.edition).map(|(id, edition)| {
            (format!("{id} edition {edition}"), links::entry(EntryKind::Report, &format!("{id}/{edition}")))
        });
        let document = with.registry.document();
        let called = |id: &Option<String>, name: Option<String>| name.or_else(|| id.clone()).unwrap_or_default();
        let company = evidence.participant.as_deref().and_then(|id| with.registry.participant_by_id(id));
        let solution = document.solutions.iter().find(|one| Some(&one.id) == evidence.solution.as_ref());
        let platform = document.platforms.iter().find(|one| Some(&one.id) == evidence.platform.as_ref());
        let names = (
            called(&evidence.participant, company.map(|one| one.name.clone())),
            called(&evidence.solution, solution.map(|one| one.name.clone())),
            called(&evidence.platform, platform.map(|one| one.name.clone())),
        );
        let near = decision.candidates.iter().map(|candidate| near(candidate, filled)).collect();
        let provenance = decision.provenance.iter().filter(|one| matches!(&*one.fact, "coverage" | "scope")).cloned();
        Self { path, provenance: provenance.collect(), word, mark, report, names, near, day, decision }
    }
}

/// The same question with the candidate's name in place of what was asked.
fn near(candidate: &Candidate, filled: &Filled) -> (String, String, String, String) {
    let (field, what) = match candidate.kind {
        CandidateKind::Company => ("company", "company"),
        CandidateKind::Solution => ("solution", "product"),
        CandidateKind::Platform => ("platform", "platform"),
        CandidateKind::Feature => ("feature", "feature"),
    };
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    for (name, _, _) in FIELDS {
        let value = if name == field { &candidate.name } else { filled.text(name) };
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    let score = format!("{:.0} %", candidate.score * 100.0);
    (what.to_owned(), candidate.name.clone(), score, format!("/registry/lookup?{}", query.finish()))
}

impl Page {
    fn scope(&self, decision: &Decision) -> String {
        words::spaced(decision.facts.scope.as_str())
    }
}
