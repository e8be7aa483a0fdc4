//! What stands on the page of an eSR.

use askama::filters::Safe;
use jiff::Timestamp;
use serde_json::Value;

use super::earlier::{self, Earlier};
use super::fields::{Field, fields};
use super::flips::{Flip, flips};
use super::happened::{self, Entry};
use super::near::{self, Near};
use super::report::{self, Shown};
use super::told::{self, Told};
use crate::access::Permission;
use crate::cases::{Actor, EventKind};
use crate::flow;
use crate::intake::parse;
use crate::mail::Words;
use crate::notify::endpoint::Language;
use crate::notify::{NewDelivery, Number};
use crate::store::{Attachment, InboundFilter, InboundState, StoredEsr};
use crate::triage::decide::day_of;
use crate::triage::decision::Decision;
use crate::triage::facts::Coverage;
use crate::triage::outcome::STAGES;
use crate::web::Web;
use crate::web::api::deliveries::name_of;
use crate::web::pages::case::{Holders, Picker};
use crate::web::pages::filled::Filled;
use crate::web::pages::pictures::path::Path;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::words;

/// Counting held messages ends here.
const HELD: u32 = 100;

/// What somebody filled in, and what is wrong with it.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// The form that was sent: `override`, `contest`, `update`, `note`, `settle` or `files`.
    pub(super) form: &'static str,
    /// What stood in it.
    pub(super) filled: Filled,
    /// What is wrong with all of it.
    pub(super) wrong: Option<String>,
    /// Each field that is wrong.
    pub(super) faults: Vec<(String, String)>,
    /// What happened later is new to the reader.
    pub(super) seen: Option<Timestamp>,
}

/// A place that an agent can send an eSR to.
pub(super) struct Place {
    /// What the form sends.
    pub(super) value: String,
    pub(super) called: String,
    /// Who would be told.
    pub(super) tells: String,
}

/// Everything on the page.
pub(super) struct View {
    pub(super) esr: StoredEsr,
    /// Where it goes, as a sentence.
    pub(super) headline: String,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) severity: u8,
    /// The clauses that the rule cites, each with its gist.
    pub(super) clauses: Vec<(String, String)>,
    pub(super) path: Safe<String>,
    /// What would change the decision, the nearest first.
    pub(super) flips: Vec<Flip>,
    pub(super) overridden: bool,
    pub(super) report: Shown,
    pub(super) numbers: Vec<Number>,
    pub(super) fields: Vec<Field>,
    pub(super) near: Vec<Near>,
    pub(super) happened: Vec<Entry>,
    /// Who changed it last.
    pub(super) changed_by: Option<String>,
    /// Where an agent can send it; nothing for readers who cannot.
    pub(super) places: Vec<Place>,
    pub(super) picker: Picker,
    /// The queue as the reader left it.
    pub(super) queue: String,
    /// How many messages for it wait until somebody says what becomes of them.
    pub(super) held: u64,
    /// Where the older entries begin.
    pub(super) happened_before: Option<String>,
    pub(super) told: Vec<Told>,
    /// More was told than is shown.
    pub(super) told_more: bool,
    pub(super) files: Vec<Attachment>,
    pub(super) earlier: Vec<Earlier>,
    /// The decision that still earlier ones come before.
    pub(super) earlier_before: Option<i64>,
    pub(super) holders: Holders,
    pub(super) typed: Typed,
    pub(super) may_work: bool,
    pub(super) may_replay: bool,
    pub(super) may_alias: bool,
}

impl View {
    /// The page of this eSR.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(super) async fn of(web: &Web, visitor: &Visitor, esr: StoredEsr, typed: Typed) -> Result<Self, Sorry> {
        let store = &web.app.store;
        let id = esr.id.as_str();
        let waiting =
            InboundFilter { state: Some(InboundState::Held), esr_id: Some(id.to_owned()), ..InboundFilter::default() };
        let with = web.app.evaluator();
        let ((earlier, earlier_before), events, files, tickets, (told, told_more), holders, held) = tokio::try_join!(
            earlier::before(store, &with.rules, id, None, earlier::BESIDE),
            store.newest_events(id, None, happened::BESIDE),
            store.attachments(id),
            store.counterparts(id),
            told::of(web, id),
            Holders::of(web, id),
            store.count_inbound(&waiting, HELD),
        )?;
        let decision = &esr.decision;
        let read = parse::esr(&esr.body);
        let numbers = read.as_ref().map(|read| flow::numbers(read, &esr.filer, &tickets)).unwrap_or_default();
        let clause = |number: &String| {
            let known = with.rules.clauses().iter().find(|clause| clause.number == *number);
            (number.clone(), known.map(|clause| clause.text.clone()).unwrap_or_default())
        };
        // What is decided again follows what somebody said.
        let somebody = events.items.iter().find(|event| event.kind != EventKind::Decided);
        let changed_by = somebody.map(|event| event.actor.name.clone());
        let may_work = visitor.can(Permission::WorkCases);
        let places = if may_work { places(web, &esr, &visitor.actor()).await } else { Vec::new() };
        let text = |key: &str| esr.body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let near = near::offered(web, &esr).await;
        // Beside what the eSR declares now, not when the file came.
        let platform = read.as_ref().ok().and_then(|read| read.platform.as_ref());
        let files = files.into_iter().map(|file| {
            let banner = file.banner.clone().map(|found| found.again(&with.registry, platform));
            Attachment { banner, ..file }
        });
        let files = files.collect();
        Ok(Self {
            headline: headline(decision, &text_at(&esr.body, "third_party.company")),
            summary: text("summary"),
            description: text("description"),
            severity: read.map_or(4, |read| read.severity),
            clauses: decision.clauses.iter().map(clause).collect(),
            path: Path::of(decision, &with.rules).html(),
            flips: flips(decision, &with.rules),
            overridden: decision.rule == "override",
            report: report::shown(decision, &with.registry, web.app.clock.now(), esr.received_at),
            fields: fields(&esr, &typed),
            earlier,
            earlier_before,
            numbers,
            near,
            happened: happened::entries(events.items, typed.seen),
            happened_before: events.next,
            held,
            told,
            told_more,
            files,
            holders,
            may_work,
            changed_by,
            places,
            picker: Picker::new(web, Language::En, format!("/esrs/{id}/files")),
            queue: visitor.queue.clone(),
            may_replay: visitor.can(Permission::Replay),
            may_alias: visitor.can(Permission::AddAlias),
            typed,
            esr,
        })
    }

    /// What stood in a field of a form that was sent.
    pub(super) fn was(&self, form: &str, field: &str) -> &str {
        if self.typed.form == form { self.typed.filled.text(field) } else { "" }
    }

    /// What is wrong with a field of a form that was sent.
    pub(super) fn fault(&self, form: &str, field: &str) -> Option<&str> {
        let own = self.typed.form == form;
        self.typed.faults.iter().find(|(path, _)| own && path == field).map(|(_, wrong)| wrong.as_str())
    }

    /// Whether that form was sent and refused.
    pub(super) fn refused(&self, form: &str) -> bool {
        self.typed.form == form
    }

    /// How many of its messages did not arrive.
    pub(super) fn lost(&self) -> usize {
        self.told.iter().filter(|told| told.is_lost()).count()
    }

    /// Whether it is settled which products are meant: before, no report is looked up.
    pub(super) fn is_settled(&self) -> bool {
        !matches!(self.esr.decision.facts.coverage, Coverage::Unresolved | Coverage::Incomplete)
    }

    /// Whether something that would change it rests on the registry of the day of receipt.
    pub(super) fn rests_on_its_day(&self) -> bool {
        self.flips.iter().any(|flip| flip.of_its_day)
    }

    /// The day that the registry is read for.
    pub(super) fn day(&self) -> String {
        words::day(day_of(self.esr.received_at))
    }

    /// Whether it is names that are in doubt, so that their spelling can be remembered.
    pub(super) fn names_in_doubt(&self) -> bool {
        self.near.iter().any(Near::is_name)
    }

    /// Whether it is the feature that is in doubt.
    pub(super) fn feature_in_doubt(&self) -> bool {
        self.near.iter().any(|near| near.reading.what == "feature")
    }

    /// What is new to a reader whose form was too late.
    pub(super) fn news(&self) -> impl Iterator<Item = &Entry> {
        self.happened.iter().filter(|entry| entry.new)
    }
}

/// Where an agent can send it, each with who would be told.
async fn places(web: &Web, esr: &StoredEsr, actor: &Actor) -> Vec<Place> {
    let mut all: Vec<(&str, &str)> = Vec::new();
    for (route, stages) in STAGES {
        all.extend(stages.iter().map(|stage| (route.as_str(), stage.as_str())));
    }
    // What was stored of the eSR can be read, else there would be no page of it.
    let told = flow::told_if(&web.app, esr, actor, &all).await.unwrap_or_default();
    let told = told.iter().map(|deliveries| tells(web, deliveries)).chain(std::iter::repeat(String::new()));
    let places = all.iter().zip(told).map(|((route, stage), tells)| Place {
        value: format!("{route}/{stage}"),
        called: format!("{}: {}", words::route(route), words::stage(stage)),
        tells,
    });
    places.collect()
}

/// Who is told, each once.
fn tells(web: &Web, deliveries: &[NewDelivery]) -> String {
    let mut names: Vec<String> = Vec::new();
    for delivery in deliveries {
        let name = name_of(web, delivery.side, &delivery.party).unwrap_or_else(|| delivery.party.clone());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { "tells nobody".to_owned() } else { format!("tells {}", names.join(", ")) }
}

/// Where a decision leads, as a sentence.
pub(super) fn headline(decision: &Decision, company: &str) -> String {
    let words = Words::of(Language::En);
    let id = format!("place-{}-{}", decision.route, decision.stage);
    let company = if company.trim().is_empty() { "the participant" } else { company };
    let said = words.say(&id, &[("company", company.to_owned().into())]);
    if said == id { words::route(&decision.route).to_owned() } else { said }
}

/// The text at a path of the eSR, whatever its kind.
pub(super) fn text_at(body: &Value, path: &str) -> String {
    text_of(path.split('.').fold(body, |at, key| &at[key]))
}

/// A value as people read it; nothing for what is not there.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
