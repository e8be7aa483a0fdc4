//! Whose mail it is: the case that it belongs to, and the party that wrote it, as far as its address makes that plausible.

use super::settings::Ours;
use crate::app::App;
use crate::mail::address::{Correspondent, Kind, token_in};
use crate::mail::reply::bounce::Bounce;
use crate::mail::reply::{From, Reply};
use crate::store::{Delivery, DeliveryFilter, StoreError, StoredEsr};
use crate::triage::outcome::Side;

/// How many letters of a case are looked at for the addresses that were written to.
const LETTERS: u32 = 500;

/// Domains at which anybody has an address: that two addresses are of the same one means nothing. A name without its ending
/// stands for all its countries.
const PUBLIC: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook",
    "hotmail",
    "live",
    "msn.com",
    "yahoo",
    "ymail.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "gmx",
    "web.de",
    "t-online.de",
    "freenet.de",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "laposte.net",
    "sfr.fr",
    "neuf.fr",
    "bbox.fr",
    "numericable.fr",
    "proton.me",
    "protonmail.com",
    "pm.me",
    "tutanota.com",
    "mail.com",
    "mail.ru",
    "yandex",
    "zoho.com",
    "fastmail.com",
    "qq.com",
    "163.com",
    "126.com",
    "libero.it",
    "virgilio.it",
    "bluewin.ch",
    "skynet.be",
    "telenet.be",
    "ziggo.nl",
    "comcast.net",
    "verizon.net",
    "att.net",
    "btinternet.com",
    "shaw.ca",
    "bigpond.com",
];

/// A party of a case that is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Party {
    /// Its side.
    pub(super) side: Side,
    /// The partner's owner name, the participant's id, a desk.
    pub(super) name: String,
    /// Its addresses.
    pub(super) addresses: Vec<String>,
}

/// Where a mail belongs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Belongs {
    /// The case.
    pub(super) esr: StoredEsr,
    /// Who wrote, when the sender's address is one of theirs.
    pub(super) writer: Option<Party>,
    /// Who was written to, when the address that it came to says so.
    pub(super) expected: Option<Party>,
    /// Whether it came to an address for letters that could not be delivered.
    pub(super) returned: bool,
}

/// What the addresses of a mail come to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    /// It belongs to a case.
    Case(Box<Belongs>),
    /// An address has the form of ours and was not signed by us.
    Forged,
    /// It names a case that there is not.
    Gone,
    /// Nothing in it names a case.
    Nothing,
}

/// Finds the case by the addresses that the mail went to, else by the letters of ours that it answers.
pub(super) async fn find(app: &App, reply: &Reply, ours: &Ours) -> Result<Found, StoreError> {
    let mut found = Found::Nothing;
    for (kind, token) in reply.recipients.iter().filter_map(|address| token_in(address, &ours.domain)) {
        let Some(correspondent) = Correspondent::of_token(token, &ours.key) else {
            found = Found::Forged;
            continue;
        };
        let Some(esr) = app.store.esr(&correspondent.esr_id).await? else {
            found = Found::Gone;
            continue;
        };
        let parties = parties(app, &esr).await?;
        let expected =
            parties.iter().find(|party| party.side == correspondent.side && correspondent.is(&party.name)).cloned();
        let writer = expected.clone().filter(|party| is_plausible(reply.from.as_ref(), party));
        let returned = kind == Kind::Bounce;
        return Ok(Found::Case(Box::new(Belongs { esr, writer, expected, returned })));
    }
    if found == Found::Nothing
        && let Some(esr) = answered(app, reply.answers.iter(), ours).await?
    {
        let parties = parties(app, &esr).await?;
        let writer = parties.into_iter().find(|party| is_plausible(reply.from.as_ref(), party));
        return Ok(Found::Case(Box::new(Belongs { esr, writer, expected: None, returned: false })));
    }
    Ok(found)
}

/// The case of a letter of ours that one of these Message-IDs names. They hold the case's digits, or a delivery's.
async fn answered(app: &App, ids: impl Iterator<Item = &String>, ours: &Ours) -> Result<Option<StoredEsr>, StoreError> {
    for id in ids.take(20) {
        let Some((local, domain)) = id.rsplit_once('@') else { continue };
        if !domain.eq_ignore_ascii_case(&ours.domain) {
            continue;
        }
        for digits in runs_of_32_digits(local).into_iter().take(4) {
            if let Some(esr) = app.store.esr(&format!("esr_{digits}")).await? {
                return Ok(Some(esr));
            }
            if let Some((delivery, _)) = app.store.delivery(&format!("dlv_{digits}")).await? {
                return app.store.esr(&delivery.esr_id).await;
            }
        }
    }
    Ok(None)
}

/// A letter of ours that a mail server reports on.
pub(super) struct ReturnedLetter {
    /// The case that it was about.
    pub(super) esr: StoredEsr,
    /// Whom it was written to, as far as its address says.
    pub(super) party: Option<(Side, String)>,
    /// The delivery that it was, where that can be told.
    pub(super) delivery_id: Option<String>,
}

/// The letter that a report is about; none where it is none of ours.
pub(super) async fn returned_letter(
    app: &App,
    bounce: &Bounce,
    found: &Found,
    ours: &Ours,
) -> Result<Option<ReturnedLetter>, StoreError> {
    let by_address = match found {
        Found::Case(belongs) => Some(belongs),
        _ => None,
    };
    let esr = match by_address {
        Some(belongs) => Some(belongs.esr.clone()),
        None => answered(app, bounce.letter.iter(), ours).await?,
    };
    let Some(esr) = esr else { return Ok(None) };
    let party = by_address.and_then(|belongs| belongs.expected.as_ref());
    let party = party.map(|party| (party.side, party.name.clone()));
    let delivery_id = match &bounce.letter {
        Some(letter) => delivery_of(app, &esr.id, letter, party.as_ref()).await?,
        None => None,
    };
    Ok(Some(ReturnedLetter { esr, party, delivery_id }))
}

/// The delivery that a letter of ours was, by its Message-ID: it begins with the message's id.
async fn delivery_of(
    app: &App,
    esr_id: &str,
    letter: &str,
    party: Option<&(Side, String)>,
) -> Result<Option<String>, StoreError> {
    let filter = DeliveryFilter {
        esr_id: Some(esr_id.to_owned()),
        side: party.map(|(side, _)| *side),
        party: party.map(|(_, name)| name.clone()),
        ..DeliveryFilter::default()
    };
    let told = app.store.deliveries(&filter, None, LETTERS).await?.items;
    let mut of_letter = told.into_iter().filter(|delivery| {
        let rest = letter.strip_prefix(delivery.message_id.as_str());
        rest.is_some_and(|rest| rest.starts_with(['.', '@']))
    });
    // Of two readers on one side the report does not tell which.
    let first = of_letter.next();
    Ok(first.filter(|_| of_letter.next().is_none()).map(|delivery| delivery.id))
}

fn runs_of_32_digits(text: &str) -> Vec<&str> {
    let digit = |c: char| c.is_ascii_digit() || matches!(c, 'a'..='f');
    text.split(|c: char| !digit(c)).filter(|run| run.len() == 32).collect()
}

/// Everybody who has to do with the case, with their addresses: those that were written to, and those that they named.
async fn parties(app: &App, esr: &StoredEsr) -> Result<Vec<Party>, StoreError> {
    let filter = DeliveryFilter { esr_id: Some(esr.id.clone()), ..DeliveryFilter::default() };
    let letters = app.store.deliveries(&filter, None, LETTERS).await?.items;
    let mut parties = Vec::new();
    for Delivery { side, party, address, .. } in &letters {
        add(&mut parties, *side, party, Some(address));
    }
    let registry = app.evaluator().registry;
    let participants = esr.reached.iter().map(String::as_str).chain(esr.decision.evidence.participant.as_deref());
    for id in participants {
        let hotline = registry.participant_by_id(id).and_then(|participant| participant.hotline.email.as_deref());
        add(&mut parties, Side::Participant, id, hotline);
    }
    add(&mut parties, Side::BusinessPartner, &esr.filer, None);
    // A party that gets calls may write from the mailbox that it named as well.
    for endpoint in app.directory().all().map(|receiver| &receiver.endpoint) {
        let owner = endpoint.owner.as_deref().unwrap_or(endpoint.side.as_str());
        if parties.iter().any(|party| party.side == endpoint.side && party.name == owner) {
            for setting in ["to", "email"] {
                let address = endpoint.settings.get(setting).and_then(serde_json::Value::as_str);
                add(&mut parties, endpoint.side, owner, address);
            }
            add(&mut parties, endpoint.side, owner, endpoint.contact.as_deref());
        }
    }
    Ok(parties)
}

/// Adds a party, or another address of one.
fn add(parties: &mut Vec<Party>, side: Side, name: &str, address: Option<&str>) {
    let at = parties.iter().position(|party| party.side == side && party.name == name);
    let at = at.unwrap_or_else(|| {
        parties.push(Party { side, name: name.to_owned(), addresses: Vec::new() });
        parties.len() - 1
    });
    let address = address.map(|address| address.trim().to_lowercase()).filter(|address| address.contains('@'));
    if let Some(address) = address.filter(|address| !parties[at].addresses.contains(address)) {
        parties[at].addresses.push(address);
    }
}

/// Whether the sender can be that party: an address that it has, or one of the same company's domain.
fn is_plausible(from: Option<&From>, party: &Party) -> bool {
    let Some(from) = from else { return false };
    party.addresses.iter().any(|known| {
        let same_domain = known.rsplit_once('@').is_some_and(|(_, domain)| domain == from.domain());
        *known == from.address || (same_domain && !is_public(from.domain()))
    })
}

/// Whether anybody may have an address there.
fn is_public(domain: &str) -> bool {
    let first = domain.split('.').next().unwrap_or_default();
    PUBLIC.contains(&domain) || PUBLIC.iter().any(|public| !public.contains('.') && *public == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> Option<From> {
        Some(From { address: address.to_owned(), name: None })
    }

    #[test]
    fn a_colleague_of_the_same_company_is_plausible_and_a_neighbour_at_a_public_provider_is_not() {
        let of = |known: &str| Party {
            side: Side::Participant,
            name: "hotelia".to_owned(),
            addresses: vec![known.to_owned()],
        };
        let hotelia = of("support@hotelia.example");
        assert!(is_plausible(from("support@hotelia.example").as_ref(), &hotelia));
        assert!(is_plausible(from("marie@hotelia.example").as_ref(), &hotelia));
        for other in [
            "marie@hotelia.example.evil.example",
            "marie@mail.hotelia.example",
            "support@hotelia-systems.example",
            "hotelia.example",
        ] {
            assert!(!is_plausible(from(other).as_ref(), &hotelia), "{other}");
        }
        for domain in ["gmail.com", "outlook.fr", "yahoo.co.uk", "orange.fr"] {
            let at = of(&format!("small.vendor@{domain}"));
            assert!(is_plausible(from(&format!("small.vendor@{domain}")).as_ref(), &at));
            assert!(!is_plausible(from(&format!("somebody@{domain}")).as_ref(), &at), "{domain}");
        }
        assert!(!is_plausible(None, &hotelia));
        assert!(!is_plausible(from("a@b.example").as_ref(), &Party { addresses: vec![], ..hotelia }));
    }

    #[test]
    fn the_digits_of_a_case_are_found_in_a_message_id() {
        let digits = "0193f4c2a1b07c3d8e9f001122334455";
        assert_eq!(runs_of_32_digits(&format!("msg_{digits}_2_esr_decided.end_email")), [digits]);
        assert!(runs_of_32_digits("nothing.of.it").is_empty());
    }
}
