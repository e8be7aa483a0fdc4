//! Opening a link: whose it is, and whether it still works. Else the page that says why not, and whom to write to.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use super::seat::is_filer;
use super::{Open, Seat};
use crate::cases::{Actor, Role};
use crate::intake::esr::OwnCompany;
use crate::mail::Words;
use crate::mail::link::{BadLink, Link};
use crate::notify::endpoint::Language;
use crate::store::{StoreError, StoredEsr};
use crate::triage::outcome::Side;
use crate::web::Web;
use crate::web::pages::{assets, respond};

/// What stands behind the address.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// The language that was chosen.
    language: Option<Language>,
    /// What was just done.
    pub(super) done: Option<String>,
    /// A file's name.
    pub(super) name: Option<String>,
}

impl Asked {
    pub(super) fn of(query: Option<&str>) -> Self {
        let mut asked = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            match &*name {
                "lang" => asked.language = Language::parse(&value),
                "done" => asked.done = Some(value.into_owned()),
                "name" => asked.name = Some(value.into_owned()),
                _ => {}
            }
        }
        asked
    }
}

/// Why there is no case to see.
#[derive(Template)]
#[template(path = "case/sorry.html")]
struct Sorry<'a> {
    words: &'a Words,
    title: String,
    why: String,
    /// Whom to write to, as a sentence, and the address in it.
    write: Option<(String, String)>,
    style: String,
}

/// A page behind a link: its address is a secret of the reader's, so that no page names it to anybody, not even to us.
pub(super) fn kept_private(mut response: Response) -> Response {
    let value = axum::http::HeaderValue::from_static("no-referrer");
    response.headers_mut().insert(header::REFERRER_POLICY, value);
    response
}

/// The case that the token opens; else the page that says why not.
pub(super) async fn open(web: &Web, token: &str, asked: &Asked, headers: &HeaderMap) -> Result<Open, Response> {
    let language = language(asked, headers, web.app.config.delivery.language);
    let words = Words::of(language);
    let sorry = |status, id: &str, why: String, link: Option<&Link>| {
        let title = words.word(&format!("page-{id}-title"));
        let page = Sorry { words, title, why, write: whom(web, words, link), style: assets::address("app.css") };
        kept_private(respond::html(status, &page))
    };
    let unknown = || sorry(StatusCode::NOT_FOUND, "unknown", words.word("page-unknown"), None);
    let Some(key) = &web.app.mail_key else { return Err(unknown()) };
    let link = match Link::of_token(token, key, web.app.clock.now()) {
        Ok(link) => link,
        Err(BadLink::Unknown) => return Err(unknown()),
        Err(BadLink::Expired(link)) => {
            let why = words.say("page-expired", &[("day", words.day(link.until).into())]);
            return Err(sorry(StatusCode::GONE, "expired", why, Some(&link)));
        }
    };
    let busy = |error: StoreError| {
        tracing::error!(%error, "a page could not be shown");
        sorry(StatusCode::SERVICE_UNAVAILABLE, "busy", words.word("page-busy"), None)
    };
    let id = link.correspondent.esr_id.as_str();
    if web.links.count(id, link.correspondent.side).is_err() {
        return Err(sorry(StatusCode::TOO_MANY_REQUESTS, "many", words.word("page-many"), None));
    }
    let esr = web.app.store.esr(id).await.map_err(busy)?.ok_or_else(unknown)?;
    let side = link.correspondent.side;
    let Some(party) = party(&link, &esr) else {
        return Err(sorry(StatusCode::FORBIDDEN, "unknown", words.word("page-not-yours"), Some(&link)));
    };
    let counter = web.app.store.link_counter(id, side, &party).await.map_err(busy)?;
    if counter != link.counter {
        return Err(sorry(StatusCode::GONE, "revoked", words.word("page-revoked"), Some(&link)));
    }
    // A filer's link is the filer's, whatever it is called in a letter.
    let side = if side == Side::Filer { Side::BusinessPartner } else { side };
    let role = match side {
        Side::Participant => Role::Participant,
        Side::BusinessPartner => Role::BusinessPartner,
        _ => Role::Agent,
    };
    // Who filed goes by the name that it filed under.
    let name = if is_filer(&esr, &party) { esr.filer.clone() } else { party.clone() };
    let actor = Actor { role: Some(role), name, on_behalf_of: None };
    let seat = Seat { side, party, actor, language, base: format!("/c/{token}"), by_link: true };
    Open::new(web, seat, esr).await.map_err(busy)
}

/// Whom to write to: where replies to the letter go, else whom letters are from.
fn whom(web: &Web, words: &Words, link: Option<&Link>) -> Option<(String, String)> {
    let letters = web.app.letters.as_ref()?;
    let (id, address) = match link {
        Some(link) => ("page-write-to", link.correspondent.reply_address(&letters.key, &letters.domain)),
        None => ("page-write-desk", letters.from.email.to_string()),
    };
    // The address becomes a link of its own.
    Some((words.say(id, &[("address", "\u{1}".into())]), address))
}

impl Sorry<'_> {
    /// The sentence before the address and after it.
    fn around<'a>(&self, sentence: &'a str) -> (&'a str, &'a str) {
        sentence.split_once('\u{1}').unwrap_or((sentence, ""))
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

/// The one chosen, else the browser's, else the operator's.
fn language(asked: &Asked, headers: &HeaderMap, default: Language) -> Language {
    if let Some(language) = asked.language {
        return language;
    }
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let wanted = accepted.split(',').filter_map(|one| one.split([';', '-']).next());
    wanted.map(str::trim).find_map(Language::parse).unwrap_or(default)
}
