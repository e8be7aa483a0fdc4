//! The pages that links in letters lead to: HTML from the server, no script, no cookie; the link is the credential.
//!
//! The address of a page is a secret of the reader's, so that no page is kept by caches, named to other sites, or logged.

mod answer;
mod layout;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

use self::answer::{Form, Said};
use crate::cases::{Actor, Role, Status};
use crate::flow::{self, Change, Refused, numbers};
use crate::intake::esr::OwnCompany;
use crate::intake::parse;
use crate::mail::link::{BadLink, Link};
use crate::mail::{Letter, Words};
use crate::notify::Notice;
use crate::notify::endpoint::Language;
use crate::store::{StoreError, StoredEsr};
use crate::triage::outcome::Side;
use crate::web::Web;

/// What stands behind the address.
#[derive(Debug, Default)]
struct Asked {
    /// The language, as the letter had it.
    language: Option<Language>,
    /// An answer was just taken.
    sent: bool,
}

impl Asked {
    fn of(query: Option<String>) -> Self {
        let mut asked = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match &*name {
                "lang" => asked.language = Language::parse(&value),
                "sent" => asked.sent = true,
                _ => {}
            }
        }
        asked
    }
}

/// The pages.
pub(in crate::web) fn pages() -> Router<Web> {
    Router::new().route("/c/{token}", get(show).post(take))
}

async fn show(
    State(web): State<Web>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let asked = Asked::of(query);
    match Opened::by(&web, &token, &asked, &headers).await {
        Ok(opened) => opened.page(StatusCode::OK, None, asked.sent),
        Err(refused) => refused,
    }
}

async fn take(
    State(web): State<Web>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let asked = Asked::of(query);
    let opened = match Opened::by(&web, &token, &asked, &headers).await {
        Ok(opened) => opened,
        Err(refused) => return refused,
    };
    if !opened.may_answer() {
        return opened.page(StatusCode::CONFLICT, None, false);
    }
    let Ok(bytes) = crate::web::body::read(&headers, body, answer::MOST_BYTES).await else {
        let form = opened.form(Some(opened.words.say("page-wrong-findings", &answer::most())));
        return opened.page(StatusCode::PAYLOAD_TOO_LARGE, Some(form), false);
    };
    let said = Said::read(&bytes);
    let known = opened.esr.body.get("participant_case").cloned().unwrap_or(Value::Null);
    let update = match said.checked(opened.words, &known) {
        Ok(update) => update,
        Err(why) => {
            let form = said.form(opened.words, Some(why));
            return opened.page(StatusCode::UNPROCESSABLE_ENTITY, Some(form), false);
        }
    };
    // Pressed twice, or nothing new: once is enough.
    if !answer::is_news(&update, &known) {
        return layout::see_other(&token, opened.words);
    }
    let actor = Actor { role: Some(Role::Participant), name: opened.party.clone(), on_behalf_of: None };
    let said_now = json!({ "participant_case": update });
    match flow::change(&web.app, &opened.esr.id, &actor, Change::Said(&said_now), None).await {
        Ok(_) => layout::see_other(&token, opened.words),
        Err(Refused::Fields(_)) => {
            let form = said.form(opened.words, Some(opened.words.word("page-wrong-number")));
            opened.page(StatusCode::UNPROCESSABLE_ENTITY, Some(form), false)
        }
        Err(error) => {
            tracing::warn!(%error, "an answer from a page could not be stored");
            let form = said.form(opened.words, Some(opened.words.word("page-busy")));
            opened.page(StatusCode::SERVICE_UNAVAILABLE, Some(form), false)
        }
    }
}

/// A case that a link opened.
struct Opened {
    words: &'static Words,
    language: Language,
    link: Link,
    esr: StoredEsr,
    /// Who reads: the name that the link was made for.
    party: String,
    data: Value,
}

impl Opened {
    /// The case that the token opens; else the page that says why not.
    async fn by(web: &Web, token: &str, asked: &Asked, headers: &HeaderMap) -> Result<Self, Response> {
        let language = language(asked, headers, web.app.config.delivery.language);
        let words = Words::of(language);
        let now = web.app.clock.now();
        let unknown = || layout::sorry(StatusCode::NOT_FOUND, words, "page-unknown-title", words.word("page-unknown"));
        let Some(key) = &web.app.mail_key else { return Err(unknown()) };
        let link = match Link::of_token(token, key, now) {
            Ok(link) => link,
            Err(BadLink::Unknown) => return Err(unknown()),
            Err(BadLink::Expired(link)) => {
                let args = [("day", words.day(link.until).into())];
                let why = words.say("page-expired", &args);
                return Err(layout::sorry(StatusCode::GONE, words, "page-expired-title", why));
            }
        };
        let busy = |error: StoreError| {
            tracing::error!(%error, "a page could not be shown");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            layout::sorry(status, words, "page-busy-title", words.word("page-busy"))
        };
        let id = link.correspondent.esr_id.as_str();
        if web.rates.count(&format!("link {id}")).is_err() {
            return Err(layout::sorry(
                StatusCode::TOO_MANY_REQUESTS,
                words,
                "page-busy-title",
                words.word("page-busy"),
            ));
        }
        let esr = web.app.store.esr(id).await.map_err(busy)?.ok_or_else(unknown)?;
        let Some(party) = party(&link, &esr) else {
            let why = words.word("page-not-yours");
            return Err(layout::sorry(StatusCode::FORBIDDEN, words, "page-unknown-title", why));
        };
        let tickets = web.app.store.counterparts(id).await.map_err(busy)?;
        let numbers = parse::esr(&esr.body).map(|read| numbers(&read, &esr.filer, &tickets)).unwrap_or_default();
        let data = json!({
            "id": esr.id, "reference": esr.decision.reference, "filer": esr.filer, "revision": esr.revision,
            "status": esr.status, "decision": esr.decision, "esr": esr.body, "numbers": numbers,
        });
        Ok(Self { words, language, link, esr, party, data })
    }

    fn letter(&self) -> Letter<'_> {
        let side = self.link.correspondent.side;
        let waits = match self.esr.status {
            Status::WaitingPartner | Status::WaitingPayment => side == Side::BusinessPartner,
            Status::WaitingParticipant => side == Side::Participant,
            Status::WaitingAle => side == Side::Ale,
            Status::WaitingAgent => side == Side::Agent,
            Status::Open | Status::Closed => false,
        };
        let notice = match self.esr.status {
            Status::Closed => Notice::Closed,
            _ if waits => Notice::YourTurn,
            _ => Notice::ForInformation,
        };
        Letter {
            message_id: "",
            at: self.esr.updated_at,
            data: &self.data,
            notice,
            side,
            party: &self.party,
            address: "",
            language: self.language,
            answer_by: None,
            test: false,
        }
    }

    fn may_answer(&self) -> bool {
        crate::mail::page(&self.letter()).1
    }

    /// The form as the case stands.
    fn form(&self, wrong: Option<String>) -> Form {
        let known = self.esr.body.get("participant_case").unwrap_or(&Value::Null);
        Said::known(known).form(self.words, wrong)
    }

    fn page(&self, status: StatusCode, form: Option<Form>, sent: bool) -> Response {
        let (content, may_answer) = crate::mail::page(&self.letter());
        let form = if may_answer { form.or_else(|| Some(self.form(None))) } else { None };
        layout::case(status, self.words, &content, form.as_ref(), sent)
    }
}

/// The party that the link was made for, if the case is still with it.
fn party(link: &Link, esr: &StoredEsr) -> Option<String> {
    let own = match &esr.filed_by.own_company {
        OwnCompany::Participant(id) => Some(id.clone()),
        _ => None,
    };
    let candidates = match link.correspondent.side {
        Side::Participant => vec![esr.decision.evidence.participant.clone(), own],
        Side::BusinessPartner | Side::Filer => vec![Some(esr.filer.clone())],
        desk => vec![Some(desk.as_str().to_owned())],
    };
    candidates.into_iter().flatten().find(|party| link.correspondent.is(party))
}

/// The letter's language, else the browser's, else the operator's.
fn language(asked: &Asked, headers: &HeaderMap, default: Language) -> Language {
    if let Some(language) = asked.language {
        return language;
    }
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wanted = accepted.split(',').filter_map(|one| one.split([';', '-']).next());
    wanted.map(str::trim).find_map(Language::parse).unwrap_or(default)
}
