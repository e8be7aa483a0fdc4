//! A mail that came in, as an agent sees it.

use serde::Serialize;
use serde_json::Value;

use super::apply::side_of;
use super::correspondence;
use super::letters;
use super::settings::Ours;
use super::weigh::{self, Weighed};
use super::{InboundError, read, understand};
use crate::app::App;
use crate::flow::Refused;
use crate::intake::parse;
use crate::mail::reply::Reply;
use crate::mail::reply::bounce::Bounce;
use crate::store::{Channel, Inbound, StoreError};
use crate::triage::outcome::Side;

/// A mail, read.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct MailShown {
    /// Who wrote it, as it says; null where it names nobody, or several.
    pub from: Option<String>,
    /// The name beside that address.
    pub name: Option<String>,
    /// Every address that it went to.
    pub to: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// What it says itself.
    pub said: String,
    /// Its whole text, the letter that it quotes included.
    pub text: String,
    /// What is attached.
    pub files: Vec<FileShown>,
    /// The side that it is read as.
    pub side: Side,
    /// What was understood, as an update of its case: what `apply` does when nothing else is said. Null without a case, or when
    /// nothing was.
    pub understood: Option<Value>,
    /// What it reports on a letter of ours that came back; null where it is no such report.
    pub returned: Option<ReturnedShown>,
    /// Why it is not read any further.
    pub unreadable: Option<String>,
}

/// What a mail server reports on a letter of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ReturnedShown {
    /// The delivery that the letter was, where that can be told.
    pub delivery: Option<String>,
    /// What became of it at each address.
    pub recipients: Vec<RecipientShown>,
}

/// What became of a letter at one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RecipientShown {
    /// The address.
    pub address: String,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded`.
    pub action: String,
    /// The enhanced status code: `5.1.1`.
    pub status: String,
    /// What the server said.
    pub diagnostic: Option<String>,
}

/// A file in a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FileShown {
    /// Its name.
    pub name: String,
    /// Media type, as sent.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
}

/// The mail as it is read now; none for a callback.
///
/// # Errors
/// When the disk or the database does not answer.
pub async fn show(app: &App, inbound: &Inbound) -> Result<Option<MailShown>, Refused> {
    if inbound.channel != Channel::Mail {
        return Ok(None);
    }
    let mut reply = match read(app, inbound).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(unreadable)) => return Ok(Some(nothing_of(inbound, unreadable.to_string()))),
        Err(InboundError::Disk(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Some(nothing_of(inbound, "Its bytes are not in attachments.dir any more.".to_owned())));
        }
        Err(error) => return Err(Refused::Store(StoreError::Unavailable(error.to_string()))),
    };
    let side = side_of(app, &reply).await?;
    let esr = match &inbound.esr_id {
        Some(id) => app.store.esr(id).await?,
        None => None,
    };
    if let Some(esr) = &esr {
        letters::cut_below(app, esr, &mut reply).await?;
    }
    let returned = match &reply.bounce {
        Some(bounce) => Some(returned(app, &reply, bounce).await?),
        None => None,
    };
    let files: Vec<String> = reply.files.iter().map(|file| file.name.clone()).collect();
    let understood = esr.and_then(|esr| {
        let body = parse::esr(&esr.body).ok()?;
        match weigh::weigh(side, &body, &understand(&esr, &reply), &files) {
            Weighed::Says(said) => Some(said),
            Weighed::ForAgent(_) => None,
        }
    });
    let file = |file: crate::mail::reply::File| FileShown {
        name: file.name,
        media_type: file.media_type,
        size: file.bytes.len() as u64,
    };
    Ok(Some(MailShown {
        name: reply.from.as_ref().and_then(|from| from.name.clone()),
        from: reply.from.map(|from| from.address),
        to: reply.recipients,
        subject: reply.subject,
        said: reply.cut.said,
        text: reply.text,
        files: reply.files.into_iter().map(file).collect(),
        side,
        understood,
        returned,
        unreadable: None,
    }))
}

async fn returned(app: &App, reply: &Reply, bounce: &Bounce) -> Result<ReturnedShown, StoreError> {
    let recipients = bounce.recipients.iter().map(|recipient| RecipientShown {
        address: recipient.address.clone(),
        action: recipient.action.to_string(),
        status: recipient.status.clone(),
        diagnostic: recipient.diagnostic.clone(),
    });
    let ours = Ours::of(&app.config).ok().flatten();
    let letter = match ours {
        Some(ours) => {
            let found = correspondence::find(app, reply, &ours).await?;
            correspondence::returned_letter(app, bounce, &found, &ours).await?
        }
        None => None,
    };
    Ok(ReturnedShown { delivery: letter.and_then(|letter| letter.delivery_id), recipients: recipients.collect() })
}

fn nothing_of(inbound: &Inbound, why: String) -> MailShown {
    MailShown {
        from: Some(inbound.actor.clone()).filter(|from| !from.is_empty()),
        name: None,
        to: Vec::new(),
        subject: inbound.summary.clone(),
        said: String::new(),
        text: String::new(),
        files: Vec::new(),
        side: Side::Participant,
        understood: None,
        returned: None,
        unreadable: Some(why),
    }
}
