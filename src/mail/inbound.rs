//! Mail that comes in: kept first, then matched with its case, weighed and applied. What is not understood, or not believed,
//! waits for an agent; nothing is dropped.
//!
//! A mail is stored durably, bytes and row, before anything is done about it, and whatever it changes commits together with
//! the word that it was applied. So a server may be killed at any point: what was stored and not looked at is looked at later,
//! and nothing counts twice.

mod apply;
mod correspondence;
mod letters;
mod settings;
mod show;
mod weigh;

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

pub use self::apply::{Application, apply};
use self::correspondence::{Belongs, Found, Party};
use self::settings::Ours;
pub use self::settings::{ImapSettings, Mailbox, Settings};
pub use self::show::{MailShown, show};
use self::weigh::Weighed;
use super::address::token_in;
use super::imap;
use super::reply::bounce::{Action, Recipient};
use super::reply::understood::{self, Understood};
use super::reply::{self, Reply, Unreadable};
use crate::app::App;
use crate::attachments;
use crate::cases::Status;
use crate::flow::Refused;
use crate::intake::parse;
use crate::store::{Added, Channel, Inbound, InboundState, NewInbound, Raw, Settled, StoreError, StoredEsr};
use crate::triage::outcome::Side;

/// How long reading one mail may take.
const READING: Duration = Duration::from_secs(30);
/// What was stored this long ago and not looked at was left by a server that was killed.
const LEFT: SignedDuration = SignedDuration::from_secs(60);
/// How often that is looked for.
const LOOK: Duration = Duration::from_secs(30);

/// Why a mail was not taken. All but [`Self::TooLarge`] may be better in a moment.
#[derive(Debug, thiserror::Error)]
pub enum InboundError {
    /// It is larger than `inbound.mail_bytes`.
    #[error("the mail is larger than {0} bytes, the most that is read (inbound.mail_bytes)")]
    TooLarge(usize),
    /// It could not be written to the disk, or read from there.
    #[error("the mail cannot be kept in attachments.dir: {0}")]
    Disk(#[from] std::io::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What it says could not be applied just now; it is kept.
    #[error("the mail is kept, and cannot be applied just now: {0}")]
    NotNow(String),
}

/// What became of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The id under which it is kept.
    pub id: String,
    /// What became of it.
    pub state: InboundState,
    /// Why.
    pub reason: Option<String>,
    /// The case that it belongs to.
    pub esr_id: Option<String>,
    /// The letter that came back, when the mail is a report on one.
    pub returned: Option<Returned>,
}

/// A letter of ours that a mail server reports on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// The case that it was about.
    pub esr_id: String,
    /// Whom it was written to, as far as its address says.
    pub party: Option<(Side, String)>,
    /// Its Message-ID, without the angle brackets, where the report encloses it.
    pub letter: Option<String>,
    /// The delivery that it was, where that can be told.
    pub delivery_id: Option<String>,
    /// What became of it at each address.
    pub recipients: Vec<Recipient>,
}

/// Keeps a mail and does what it says. Once this returns without an error the mail is durable here, and its sender's server
/// may forget it.
///
/// # Errors
/// [`InboundError`]: it is not kept, or (`NotNow`) kept and not yet applied.
pub async fn receive(app: &App, raw: &[u8]) -> Result<Outcome, InboundError> {
    let most = app.config.inbound.mail_bytes;
    if raw.len() > most {
        return Err(InboundError::TooLarge(most));
    }
    let glance = reply::glance(raw);
    let sha256 = attachments::keep(&app.config.attachments.dir, &app.clock.id("part"), raw).await?;
    let new = NewInbound {
        id: app.clock.id("inb"),
        channel: Channel::Mail,
        source: "mail".to_owned(),
        dedupe_key: glance.key.clone(),
        received_at: app.clock.now(),
        actor: glance.from,
        summary: glance.subject,
        raw: Raw::File(sha256),
    };
    let id = new.id.clone();
    match app.store.add_inbound(new).await? {
        Added::Added => look_at(app, &id).await,
        // Another node may be at it, or was killed.
        Added::SeenBefore { id, state: InboundState::Received } => look_at(app, &id).await,
        Added::SeenBefore { id, .. } => kept(app, &id).await,
    }
}

/// Keeps the beginning of a mail that cannot be read whole, for an agent; `why` is told. `mark` tells it from others that begin
/// in the same way.
///
/// # Errors
/// When it cannot be kept.
pub async fn receive_beginning(app: &App, beginning: &[u8], mark: &str, why: String) -> Result<Outcome, InboundError> {
    let glance = reply::glance(beginning);
    let sha256 = attachments::keep(&app.config.attachments.dir, &app.clock.id("part"), beginning).await?;
    let new = NewInbound {
        id: app.clock.id("inb"),
        channel: Channel::Mail,
        source: "mail".to_owned(),
        dedupe_key: format!("{} {mark}", glance.key),
        received_at: app.clock.now(),
        actor: glance.from,
        summary: glance.subject,
        raw: Raw::File(sha256),
    };
    let id = new.id.clone();
    let id = match app.store.add_inbound(new).await? {
        Added::Added => id,
        Added::SeenBefore { id, .. } => id,
    };
    settle(app, &id, Settling::held(why, None)).await
}

/// Looks at a mail that is kept, and does what it says.
///
/// # Errors
/// When that is not possible just now; it stays kept.
pub async fn look_at(app: &App, id: &str) -> Result<Outcome, InboundError> {
    let inbound = app.store.inbound(id).await?;
    let Some(inbound) = inbound.filter(|inbound| inbound.state == InboundState::Received) else {
        return kept(app, id).await;
    };
    let settling = match read(app, &inbound).await? {
        Err(unreadable) => Settling::held(unreadable.to_string(), None),
        Ok(reply) => consider(app, &inbound, reply).await?,
    };
    settle(app, id, settling).await
}

/// Looks into the mailbox, where one is set, and at what a server that was killed left behind, until `stop`.
pub async fn run(app: Arc<App>, stop: CancellationToken) {
    let left = look_after(Arc::clone(&app), stop.clone());
    match app.config.inbound.imap.mailbox() {
        Ok(Some(mailbox)) => {
            tokio::join!(left, imap::follow(Arc::clone(&app), mailbox, stop));
        }
        Ok(None) => left.await,
        Err(error) => {
            tracing::error!(%error, "no mailbox is looked into");
            left.await;
        }
    }
}

async fn look_after(app: Arc<App>, stop: CancellationToken) {
    let mut look = tokio::time::interval(LOOK);
    while tokio::select! { () = stop.cancelled() => false, _ = look.tick() => true } {
        let left = app.store.unsettled_inbound(Channel::Mail, app.clock.now() - LEFT, 100).await;
        let left = left.unwrap_or_else(|error| {
            tracing::warn!(%error, "mails that were left could not be looked for");
            Vec::new()
        });
        for id in left {
            if let Err(error) = look_at(&app, &id).await {
                tracing::warn!(%error, id, "a mail that was left could not be applied yet");
            }
        }
    }
}

/// The mail as it is read now.
async fn read(app: &App, inbound: &Inbound) -> Result<Result<Reply, Unreadable>, InboundError> {
    let Raw::File(sha256) = &inbound.raw else { return Ok(Err(Unreadable::NoMail)) };
    let raw = tokio::fs::read(attachments::place(&app.config.attachments.dir, sha256)).await?;
    let reading = tokio::task::spawn_blocking(move || reply::read(&raw));
    Ok(match tokio::time::timeout(READING, reading).await {
        Ok(Ok(read)) => read,
        Ok(Err(error)) => {
            tracing::error!(%error, id = inbound.id, "reading a mail failed");
            Err(Unreadable::TookTooLong)
        }
        Err(_) => Err(Unreadable::TookTooLong),
    })
}

/// What is to be said of a mail.
struct Settling {
    state: InboundState,
    reason: Option<String>,
    esr_id: Option<String>,
    returned: Option<Returned>,
}

impl Settling {
    fn held(reason: String, esr: Option<&StoredEsr>) -> Self {
        let esr_id = esr.map(|esr| esr.id.clone());
        Self { state: InboundState::Held, reason: Some(reason), esr_id, returned: None }
    }

    fn ignored(reason: String, esr: Option<&StoredEsr>) -> Self {
        Self { state: InboundState::Ignored, ..Self::held(reason, esr) }
    }
}

async fn settle(app: &App, id: &str, settling: Settling) -> Result<Outcome, InboundError> {
    let Settling { state, reason, esr_id, returned } = settling;
    // What is still tried, or arrived after all, did not come back.
    let failed = |returned: &&Returned| returned.recipients.iter().any(|one| one.action == Action::Failed);
    let delivery_id = returned.as_ref().filter(failed).and_then(|returned| returned.delivery_id.clone());
    let at = app.clock.now();
    let settled = Settled { id: id.to_owned(), state, reason, esr_id, delivery_id, by: None, at };
    let labels = [("channel", "mail"), ("state", state.as_str())];
    // What was applied was settled with what it changed, and somebody else may have been faster.
    if app.store.settle_inbound(settled).await? || state == InboundState::Applied {
        metrics::counter!("pointsman_inbound_total", &labels).increment(1);
    }
    Ok(Outcome { returned, ..kept(app, id).await? })
}

async fn kept(app: &App, id: &str) -> Result<Outcome, InboundError> {
    let inbound = app.store.inbound(id).await?;
    let Inbound { id, state, reason, esr_id, .. } =
        inbound.ok_or_else(|| StoreError::Corrupt(format!("{id} came in and is gone")))?;
    Ok(Outcome { id, state, reason, esr_id, returned: None })
}

/// What a mail comes to; what it says is applied.
async fn consider(app: &App, inbound: &Inbound, mut reply: Reply) -> Result<Settling, InboundError> {
    let ours = Ours::of(&app.config).unwrap_or_else(|error| {
        tracing::error!(%error, "[mail] cannot be used");
        None
    });
    let Some(ours) = ours else {
        let why = "No reply can be verified: mail.secret, or the domain for replies, is not set.";
        return Ok(Settling::held(why.to_owned(), None));
    };
    let found = correspondence::find(app, &reply, &ours).await?;
    let case = match &found {
        Found::Case(belongs) => Some(&belongs.esr),
        _ => None,
    };
    if reply.bounce.is_some() {
        return returned(app, &reply, &found, &ours).await;
    }
    if reply.from.as_ref().is_some_and(|from| is_our_own(app, &from.address, &ours)) {
        return Ok(Settling::ignored("It comes from our own address.".to_owned(), case));
    }
    let belongs = match &found {
        Found::Case(belongs) => belongs,
        _ if reply.automatic.is_some() => return Ok(no_person(&reply, None)),
        Found::Forged => {
            return held_without("The address that it went to was not given out by us: its signature is wrong.");
        }
        Found::Gone => return held_without("The address that it went to is for a case that is not here."),
        Found::Nothing => {
            return held_without(
                "It names no case: no address in it is one that letters are answered at, and it answers no letter of ours.",
            );
        }
    };
    let esr = &belongs.esr;
    if belongs.returned {
        let why = "A mail server returned a letter about this case, and does not say why in a way that can be read.";
        return Ok(Settling::held(why.to_owned(), Some(esr)));
    }
    let writer = match believed(app, &reply, belongs) {
        Ok(writer) => writer,
        Err(_) if reply.automatic.is_some() => return Ok(no_person(&reply, Some(esr))),
        Err(why) => return Ok(Settling::held(why, Some(esr))),
    };
    if esr.status == Status::Closed && reply.automatic.is_none() {
        let why = format!("The case is closed, and {} writes again.", writer.name);
        return Ok(Settling::held(why, Some(esr)));
    }
    letters::cut_below(app, esr, &mut reply).await?;
    let understood = understand(esr, &reply);
    if reply.automatic.is_some() {
        // A hotline's system acknowledges with its number: worth a look, but not believed by itself.
        let number = understood.number.as_ref().filter(|_| writer.side == Side::Participant && !has_number(esr));
        return Ok(match number {
            Some((number, _)) => {
                let why = format!("No person wrote it, but it may give the hotline's case number: {number}.");
                Settling::held(why, Some(esr))
            }
            None => no_person(&reply, Some(esr)),
        });
    }
    weighed(app, inbound, &reply, esr, writer, &understood).await
}

fn held_without(why: &str) -> Result<Settling, InboundError> {
    Ok(Settling::held(why.to_owned(), None))
}

fn no_person(reply: &Reply, esr: Option<&StoredEsr>) -> Settling {
    let why = reply.automatic.as_deref().unwrap_or_default();
    Settling::ignored(format!("No person wrote it: {why}."), esr)
}

/// Who wrote it, if that can be believed; otherwise why not.
fn believed<'b>(app: &App, reply: &Reply, belongs: &'b Belongs) -> Result<&'b Party, String> {
    let Some(from) = &reply.from else {
        return Err("It does not say who wrote it, or names several.".to_owned());
    };
    let Some(writer) = &belongs.writer else {
        let expected = match &belongs.expected {
            Some(party) => format!("{} ({})", party.name, party.side),
            None => "anybody who was written to about this case".to_owned(),
        };
        return Err(format!("{} is not an address of {expected}.", from.address));
    };
    let authserv_id = app.config.inbound.authserv_id.trim();
    if !authserv_id.is_empty() && !reply.is_authenticated(authserv_id) {
        return Err(format!(
            "{authserv_id} did not find that it comes from {}: neither SPF nor DKIM passed for that domain.",
            from.domain()
        ));
    }
    Ok(writer)
}

fn understand(esr: &StoredEsr, reply: &Reply) -> Understood {
    if reply.cut.nothing_new {
        // Our own words are not the writer's.
        return understood::read(&reply.subject, "", &weigh::known(&[&esr.reference, &esr.id], &[]));
    }
    let known = [esr.reference.as_str(), esr.id.as_str()];
    understood::read(&reply.subject, &reply.cut.said, &weigh::known(&known, &esr.decision.missing))
}

fn has_number(esr: &StoredEsr) -> bool {
    let number = esr.body.pointer("/participant_case/number").and_then(serde_json::Value::as_str);
    number.is_some_and(|number| !number.trim().is_empty())
}

/// Applies what a party's reply says, or holds it.
async fn weighed(
    app: &App,
    inbound: &Inbound,
    reply: &Reply,
    esr: &StoredEsr,
    writer: &Party,
    understood: &Understood,
) -> Result<Settling, InboundError> {
    let not_now = |refused: Refused| InboundError::NotNow(refused.to_string());
    let actor = apply::actor_of(app, esr, writer);
    // Evidence is there at once, whoever has to look at the words.
    let files = apply::keep_files(app, inbound, esr, reply, &actor).await.map_err(not_now)?;
    if let Some(refused) = files.refused() {
        // What it says may settle it in a moment; that its files were not all taken stays with it.
        let (id, esr_id, at) = (inbound.id.clone(), Some(esr.id.clone()), app.clock.now());
        let kept = Settled {
            id,
            state: InboundState::Received,
            reason: Some(refused),
            esr_id,
            delivery_id: None,
            by: None,
            at,
        };
        app.store.settle_inbound(kept).await?;
    }
    let read = parse::esr(&esr.body).map_err(|bad| not_now(Refused::Fields(bad)))?;
    let mut why = match weigh::weigh(writer.side, &read, understood, &files.names) {
        Weighed::ForAgent(_) if reply.cut.nothing_new && reply.files.is_empty() => {
            "There is nothing in it but the letter that it answers.".to_owned()
        }
        Weighed::ForAgent(why) => why,
        Weighed::Says(said) => match apply::say(app, inbound, esr, writer.side, Some(&said), &actor).await {
            Ok(_) => {
                let esr_id = Some(esr.id.clone());
                return Ok(Settling { state: InboundState::Applied, reason: files.refused(), esr_id, returned: None });
            }
            Err(Refused::Fields(bad)) => {
                let bad: Vec<_> = bad.iter().map(ToString::to_string).collect();
                format!("What it says cannot be taken: {}.", bad.join("; "))
            }
            Err(refused) => return Err(not_now(refused)),
        },
    };
    if let Some(refused) = files.refused() {
        why = format!("{why} {refused}");
    }
    apply::note(app, inbound, esr, writer.side, &actor).await?;
    Ok(Settling::held(why, Some(esr)))
}

/// What a report on a letter of ours comes to.
async fn returned(app: &App, reply: &Reply, found: &Found, ours: &Ours) -> Result<Settling, InboundError> {
    let Some(bounce) = &reply.bounce else { return held_without("It is no report.") };
    let Some(letter) = correspondence::returned_letter(app, bounce, found, ours).await? else {
        return Ok(Settling::ignored("It reports on a letter that is none of ours.".to_owned(), None));
    };
    let correspondence::ReturnedLetter { esr, party, delivery_id } = letter;
    let said = |recipient: &Recipient| {
        let diagnostic = recipient.diagnostic.as_deref().unwrap_or("no reason given");
        format!("{} ({} {diagnostic})", recipient.address, recipient.status)
    };
    let settling = if let Some(failed) = bounce.failed() {
        Settling::held(format!("A letter did not reach {}. Tell them in another way.", said(failed)), Some(&esr))
    } else if let Some(delayed) = bounce.recipients.iter().find(|recipient| recipient.action == Action::Delayed) {
        Settling::ignored(format!("A letter to {} is still tried.", said(delayed)), Some(&esr))
    } else if bounce.recipients.is_empty() {
        Settling::held("A mail server reports on a letter in a way that cannot be read.".to_owned(), Some(&esr))
    } else {
        Settling::ignored("A mail server says that a letter arrived.".to_owned(), Some(&esr))
    };
    let returned = Returned {
        delivery_id,
        esr_id: esr.id,
        party,
        letter: bounce.letter.clone(),
        recipients: bounce.recipients.clone(),
    };
    Ok(Settling { returned: Some(returned), ..settling })
}

fn is_our_own(app: &App, address: &str, ours: &Ours) -> bool {
    app.config.mail.from_address.trim().eq_ignore_ascii_case(address) || token_in(address, &ours.domain).is_some()
}

/// What tells a mail from all others: its Message-ID, and the hash of what no mail server on the way changes.
pub(super) fn key_of(message_id: &str, unchanged: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in unchanged {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let id: String = message_id.chars().take(200).collect();
    format!("{id} {}", crate::hash::hex(&hash.finalize())).trim().to_owned()
}
