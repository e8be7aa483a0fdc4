//! Asks for pages as somebody who is signed in.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::SignedDuration;
use pointsman::access::{Origin, Person, PersonState, Role, SignedInBy};
use pointsman::clock::Clock;
use pointsman::store::{NewAccount, NewSession, Store};
use sha2::{Digest as _, Sha256};

use super::copies::Copies;
use super::{TARGET, WEIGHT};
use crate::measure::human;

/// Each page is asked for so often, one request after the other.
pub(super) const TIMES: usize = 100;
/// A page that takes much too long is asked for no longer than this.
const LONGEST: Duration = Duration::from_secs(8);

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Agent,
    /// At the partner that files the most.
    LargePartner,
    /// At a partner with few eSRs.
    SmallPartner,
    /// At the participant that the most eSRs reached.
    Participant,
}

pub(super) struct Browser {
    client: reqwest::Client,
    base: String,
    cookies: Vec<(Who, String)>,
}

impl Browser {
    pub(super) async fn new(base: String, store: &Store, clock: &Clock, copies: &Copies) -> Self {
        let mut cookies = Vec::new();
        let participant = copies.participant.clone();
        for (who, role, company, participant) in [
            (Who::Agent, Role::Agent, None, None),
            (Who::LargePartner, Role::BusinessPartner, Some(copies.large_filer().to_owned()), None),
            (Who::SmallPartner, Role::BusinessPartner, Some(copies.small_filer().to_owned()), None),
            (Who::Participant, Role::Participant, Some("The participant".to_owned()), Some(participant)),
        ] {
            cookies.push((who, sign_in(store, clock, role, company, participant).await));
        }
        Self { client: reqwest::Client::builder().no_proxy().build().expect("a client"), base, cookies }
    }

    pub(super) async fn get(&self, who: Who, path: &str) -> String {
        let cookie = self.cookies.iter().find(|(known, _)| *known == who).map(|(_, cookie)| cookie.as_str());
        let request = self.client.get(format!("{}{path}", self.base)).header("cookie", cookie.unwrap_or_default());
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.expect("a page")
    }

    /// How long a page takes, the way to a client on the same machine included, and what it weighs; the 95 % in seconds.
    pub(super) async fn line(&self, what: &str, who: Who, path: &str) -> Option<f64> {
        let began = Instant::now();
        let page = self.get(who, path).await;
        let first = began.elapsed();
        let mut took = Vec::with_capacity(TIMES);
        let start = Instant::now();
        while took.len() < TIMES && start.elapsed() < LONGEST {
            let began = Instant::now();
            self.get(who, path).await;
            took.push(began.elapsed());
        }
        took.sort();
        let at = |hundredth: usize| took[(took.len() * hundredth / 100).min(took.len() - 1)];
        let mut parts = HashMap::new();
        for address in page.split('"').filter(|text| text.starts_with("/assets/")) {
            if !parts.contains_key(address) {
                parts.insert(address, self.get(who, address).await.len());
            }
        }
        let weight = page.len() + parts.values().sum::<usize>();
        let rows = page.matches("<tr data-id=").count();
        let (slow, heavy) = (at(95) > TARGET, weight > WEIGHT);
        let verdict = match (slow, heavy) {
            (false, false) => "met",
            (true, false) => "TOO SLOW",
            (false, true) => "TOO HEAVY",
            (true, true) => "TOO SLOW AND TOO HEAVY",
        };
        let part = if page.contains(">Look further<") { ", in part" } else { "" };
        let times = [at(50), at(95), first].map(|time| format!("{:>9}", human(time.as_secs_f64())));
        let (size, all) = (page.len() as f64 / 1e3, weight as f64 / 1e3);
        println!(
            "  {what:<58} {} {} first {}   {size:>5.1} kB, {all:>5.1} with assets   {rows:>2} rows{part}   {verdict}",
            times[0], times[1], times[2]
        );
        Some(at(95).as_secs_f64())
    }
}

/// Somebody who is signed in: the cookie.
async fn sign_in(
    store: &Store,
    clock: &Clock,
    role: Role,
    company: Option<String>,
    participant: Option<String>,
) -> String {
    let (id, token, created_at) = (clock.id("per"), clock.id("token"), clock.now());
    let person = Person {
        id: id.clone(),
        login: id.clone(),
        name: "Bench".into(),
        email: None,
        roles: vec![role],
        company,
        participant,
        state: PersonState::Active,
    };
    let new = NewAccount { person, password: None, identity: None, created_at };
    assert!(store.add_person(new).await.expect("a person"), "the person is new");
    let session = NewSession {
        id: clock.id("ses"),
        sha256: Sha256::digest(&token).into(),
        person_id: id,
        how: SignedInBy::Password,
        origin: Origin::default(),
        id_token: None,
        replaces: None,
        created_at,
        ends_at: created_at + SignedDuration::from_hours(24),
    };
    assert!(store.start_session(session).await.expect("a session"), "the session is new");
    format!("pointsman_session={token}")
}
