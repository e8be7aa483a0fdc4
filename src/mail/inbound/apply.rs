//! Doing what a mail or a callback says: files become attachments, words a change of the case. By the service itself, or by an
//! agent for what was held.

use serde_json::{Value, json};

use super::correspondence::{self, Found, Party};
use super::letters;
use super::settings::Ours;
use super::weigh::{self, Weighed};
use super::{InboundError, understand};
use crate::app::App;
use crate::attachments::{self, NewFile, kinds};
use crate::cases::{Actor, EventKind, Role};
use crate::flow::{self, Change, Heard, Refused};
use crate::intake::parse;
use crate::mail::reply::Reply;
use crate::store::{Channel, Inbound, InboundState, NewEvent, Settled, StoreError, StoredEsr, WebhookId};
use crate::triage::outcome::Side;

/// The files of a mail, once they are looked at.
pub(super) struct Files {
    /// The names of those that belong to the case now.
    pub(super) names: Vec<String>,
    /// Why others were not taken.
    not_taken: Vec<String>,
}

impl Files {
    /// A sentence on the files that were not taken.
    pub(super) fn refused(&self) -> Option<String> {
        (!self.not_taken.is_empty()).then(|| format!("Files were left in the mail: {}", self.not_taken.join(" ")))
    }
}

/// Adds the files of a mail to its case, those that may be attached; the same file under the same name once.
pub(super) async fn keep_files(
    app: &App,
    inbound: &Inbound,
    esr: &StoredEsr,
    reply: &Reply,
    actor: &Actor,
) -> Result<Files, Refused> {
    let mut files = Files { names: Vec::new(), not_taken: Vec::new() };
    if reply.files.is_empty() {
        return Ok(files);
    }
    let (limits, settings) = (&app.config.limits, &app.config.attachments);
    let mut there = app.store.attachments(&esr.id).await?;
    for (number, file) in reply.files.iter().enumerate() {
        let size = file.bytes.len() as u64;
        let why = kinds::refused(&settings.types, &file.name, &file.media_type)
            .or_else(|| {
                let program = kinds::program(file.bytes.get(..kinds::FIRST).unwrap_or(&file.bytes));
                program.map(|program| format!("{:?} is {program}, and programs are not taken.", file.name))
            })
            .or_else(|| {
                (size > limits.attachment_bytes)
                    .then(|| format!("{:?} is larger than {} bytes.", file.name, limits.attachment_bytes))
            });
        if let Some(why) = why {
            files.not_taken.push(why);
            continue;
        }
        let part = app.clock.id("part");
        let sha256 = attachments::keep(&settings.dir, &part, &file.bytes).await;
        let sha256 =
            sha256.map_err(|error| Refused::Store(StoreError::Unavailable(format!("attachments.dir: {error}"))))?;
        if !there.iter().any(|known| known.sha256 == sha256 && known.name == file.name) {
            if there.len() >= limits.attachments_per_esr {
                files.not_taken.push(format!("{:?}: the case has as many attachments as it may have.", file.name));
                continue;
            }
            let new =
                NewFile { name: file.name.clone(), media_type: file.media_type.clone(), size, sha256, by_link: false };
            // The same file of the same mail has the same id, whichever server keeps it.
            let id = format!("att_{}_{number}", digits(inbound));
            match attachments::attach(app, esr, id, new, actor).await {
                Ok(file) => there.push(file),
                Err(Refused::Store(StoreError::Duplicate(_))) => {}
                Err(refused) => return Err(refused),
            }
        }
        files.names.push(file.name.clone());
    }
    Ok(files)
}

/// Who acts when a party's mail is applied.
pub(super) fn actor_of(app: &App, esr: &StoredEsr, party: &Party) -> Actor {
    let (role, name) = match party.side {
        Side::Participant => {
            let registry = app.evaluator().registry;
            let name = registry.participant_by_id(&party.name).map(|participant| participant.name.clone());
            (Role::Participant, name.unwrap_or_else(|| party.name.clone()))
        }
        Side::BusinessPartner | Side::Filer => (Role::BusinessPartner, esr.filer.clone()),
        Side::Ale | Side::Agent | Side::Finance => (Role::Agent, party.name.clone()),
    };
    Actor { role: Some(role), name, on_behalf_of: None }
}

/// Changes the case as something that came in says, and settles that as applied, together. Without anything said, or nothing
/// new, the timeline alone gets an entry.
pub(super) async fn say(
    app: &App,
    inbound: &Inbound,
    esr: &StoredEsr,
    side: Side,
    said: Option<&Value>,
    actor: &Actor,
) -> Result<StoredEsr, Refused> {
    let heard = Heard { side, said, ticket: None, closed: false, note: origin(inbound), endpoint: None };
    let webhook = Some(WebhookId::of_inbound(&inbound.id));
    match flow::change(app, &esr.id, actor, Change::Heard(heard), webhook).await {
        Ok(after) if after.revision == esr.revision => {
            note(app, inbound, esr, side, actor).await?;
            Ok(after)
        }
        Ok(after) => Ok(after),
        // Another node, or this one before it was killed, did it.
        Err(Refused::MessageSeenBefore) => app.store.esr(&esr.id).await?.ok_or(Refused::NotFound),
        Err(refused) => Err(refused),
    }
}

/// Tells in the timeline that something came in which changes no field; once, however often it is told.
pub(super) async fn note(
    app: &App,
    inbound: &Inbound,
    esr: &StoredEsr,
    side: Side,
    actor: &Actor,
) -> Result<(), StoreError> {
    let event = NewEvent {
        id: format!("evt_{}", digits(inbound)),
        at: app.clock.now(),
        kind: EventKind::Heard,
        actor: actor.clone(),
        data: json!({ "side": side, "said": null, "number": null, "status": null, "closed": false, "note": origin(inbound) }),
    };
    match app.store.add_event(&esr.id, event).await {
        Err(StoreError::Duplicate(_)) => Ok(()),
        told => told.map(drop),
    }
}

fn digits(inbound: &Inbound) -> &str {
    inbound.id.rsplit('_').next().unwrap_or_default()
}

/// Where it came from, for the timeline. Whatever else it holds is for agents alone.
fn origin(inbound: &Inbound) -> Value {
    json!({ "channel": inbound.channel, "source": inbound.source, "inbound": inbound.id })
}

/// What an agent does about something that was held.
pub struct Application<'a> {
    /// What came in.
    pub inbound: &'a Inbound,
    /// The case that it belongs to.
    pub esr: &'a StoredEsr,
    /// On whose behalf it is applied; by default the side that wrote, as far as that is known.
    pub side: Option<Side>,
    /// What it says, as an update; by default what was understood.
    pub said: Option<&'a Value>,
    /// The agent.
    pub agent: &'a Actor,
}

/// Applies what was held: its files become attachments of the case, what it says changes the case, and it is settled. Returns
/// the case as it is then.
///
/// # Errors
/// [`Refused`]; it stays held then, though files may have been added.
pub async fn apply(app: &App, application: Application<'_>) -> Result<StoredEsr, Refused> {
    let Application { inbound, esr, side, said, agent } = application;
    let agent = Actor { on_behalf_of: Some(inbound.actor.clone()).filter(|actor| !actor.is_empty()), ..agent.clone() };
    let not_now = |error: InboundError| Refused::Store(StoreError::Unavailable(error.to_string()));
    let mut reply = match inbound.channel {
        Channel::Mail => super::read(app, inbound).await.map_err(not_now)?.ok(),
        Channel::Hook => None,
    };
    if let Some(reply) = &mut reply {
        letters::cut_below(app, esr, reply).await?;
    }
    let side = match (side, &reply) {
        (Some(side), _) => side,
        (None, Some(reply)) => side_of(app, reply).await?,
        (None, None) => Side::Participant,
    };
    let mut understood = None;
    if let Some(reply) = &reply {
        let files = keep_files(app, inbound, esr, reply, &agent).await?;
        let read = parse::esr(&esr.body).map_err(Refused::Fields)?;
        understood = match weigh::weigh(side, &read, &understand(esr, reply), &files.names) {
            Weighed::Says(said) => Some(said),
            Weighed::ForAgent(_) => None,
        };
    }
    let after = say(app, inbound, esr, side, said.or(understood.as_ref()), &agent).await?;
    // A change has settled it; what changed nothing is settled here.
    app.store
        .settle_inbound(Settled {
            id: inbound.id.clone(),
            state: InboundState::Applied,
            reason: inbound.reason.clone(),
            esr_id: Some(esr.id.clone()),
            delivery_id: None,
            by: Some(agent.name),
            at: app.clock.now(),
        })
        .await?;
    Ok(after)
}

/// The side that wrote, or was written to; the participant's where nothing tells.
pub(super) async fn side_of(app: &App, reply: &Reply) -> Result<Side, StoreError> {
    let Ok(Some(ours)) = Ours::of(&app.config) else { return Ok(Side::Participant) };
    Ok(match correspondence::find(app, reply, &ours).await? {
        Found::Case(belongs) => {
            let party = belongs.writer.or(belongs.expected);
            party.map_or(Side::Participant, |party| party.side)
        }
        _ => Side::Participant,
    })
}
