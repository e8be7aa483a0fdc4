//! A file becomes part of a case: looked through for a banner, stored, told in the timeline, counted as a trace.
//!
//! What the participant attaches is a trace of its analysis: a participant that found the fault on ALE's side and attached
//! what shows it has shown it (9.2.3 case 3), whether or not it also wrote the file's name into its case.

use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;

use super::place;
use crate::app::App;
use crate::cases::{Actor, EventKind, Role};
use crate::flow::{self, Change, Refused};
use crate::intake::parse;
use crate::registry::index::Registry;
#[cfg(doc)]
use crate::store::StoreError;
use crate::store::{Attachment, StoredEsr};
use crate::traces::{Finding, Scan, Verdict};

/// How much is read at once, in bytes.
const BLOCK: usize = 64 << 10;

/// A file that was kept (see [`super::keep`]) and is to belong to a case.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// The name that it came under.
    pub name: String,
    /// Media type, as it came.
    pub media_type: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the bytes, in hexadecimal, under which it lies.
    pub sha256: String,
    /// Whether it came by a letter's link: its timeline entry says so.
    pub by_link: bool,
}

/// Adds a kept file to its case: with the version banner that stands in it, and its timeline entries. Where it counts as a
/// trace, the case is decided again.
///
/// # Errors
/// [`Refused::NotFound`] without such a case; or when the database does not take it, or see [`count`].
pub async fn add(app: &App, esr: &StoredEsr, file: NewFile, actor: &Actor) -> Result<Attachment, Refused> {
    let by_link = file.by_link;
    let file = attach(app, esr, app.clock.id("att"), file, actor).await?;
    count_from(app, esr, &file.name, actor, by_link).await?;
    Ok(file)
}

/// The same under an id that the caller gives, and without counting it: for a mail, whose files and words change the case
/// together. An id that is there already is [`StoreError::Duplicate`].
///
/// # Errors
/// [`Refused::NotFound`] without such a case; or when the database does not take it.
pub async fn attach(
    app: &App,
    esr: &StoredEsr,
    id: String,
    file: NewFile,
    actor: &Actor,
) -> Result<Attachment, Refused> {
    let banner = banner(app, esr, &file).await;
    let at = app.clock.now();
    let NewFile { name, media_type, size, sha256, by_link } = file;
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let mut data = json!({ "id": id, "name": name, "size": size, "sha256": sha256 });
    if by_link {
        data["via"] = flow::BY_LINK.into();
    }
    let mut events = vec![flow::event(app, at, EventKind::AttachmentAdded, actor, data)];
    if let Some(found) = banner.as_ref().filter(|found| found.verdict == Verdict::Disagrees) {
        let data = json!({ "attachment": id, "banner": found });
        events.push(flow::event(app, at, EventKind::VersionDisagrees, &Actor::service(), data));
    }
    let (esr_id, by) = (esr.id.clone(), actor.name.clone());
    let file = Attachment { id, esr_id, name, media_type, size, sha256, by, at, banner };
    if !app.store.add_attachment(file.clone(), events).await? {
        return Err(Refused::NotFound);
    }
    Ok(file)
}

/// Lets an attached file count as a trace of the participant's analysis, if it is one and does not count yet: what the
/// participant adds to a case that reached it, and what an agent adds once the participant has a case of its own.
///
/// # Errors
/// When the case cannot be decided again now; the file is attached all the same, and sending it again counts it.
pub async fn count(app: &App, esr: &StoredEsr, name: &str, actor: &Actor) -> Result<(), Refused> {
    count_from(app, esr, name, actor, false).await
}

async fn count_from(app: &App, esr: &StoredEsr, name: &str, actor: &Actor, by_link: bool) -> Result<(), Refused> {
    let number = esr.body["participant_case"]["number"].as_str().unwrap_or_default();
    let counts = match actor.role {
        Some(Role::Participant) => actor.name != esr.filer,
        Some(Role::Agent) => !number.trim().is_empty(),
        _ => false,
    };
    if !counts {
        return Ok(());
    }
    let change = Change::Trace { name };
    let counted = match by_link {
        true => flow::change_by_link(app, &esr.id, actor, change).await,
        false => flow::change(app, &esr.id, actor, change, None).await,
    };
    match counted {
        Err(Refused::Fields(errors)) => {
            tracing::warn!(esr = esr.id, fields = errors.len(), "an attached file could not be counted as a trace");
            Ok(())
        }
        changed => changed.map(drop),
    }
}

/// The registry that the eSR is decided with, to compare a banner by; `None` when it lives elsewhere and does not answer.
pub async fn registry_for(app: &App, esr: &StoredEsr) -> Option<Arc<Registry>> {
    let read = parse::esr(&esr.body).ok()?;
    app.evaluator_for(&read, &esr.filed_by).await.ok().map(|with| with.registry)
}

/// What the file says about the platform. A file that cannot be looked through is kept all the same.
async fn banner(app: &App, esr: &StoredEsr, file: &NewFile) -> Option<Finding> {
    let platform = parse::esr(&esr.body).ok()?.platform;
    let registry = registry_for(app, esr).await?;
    let (path, name) = (place(&app.config.attachments.dir, &file.sha256), file.name.clone());
    let looking = tokio::task::spawn_blocking(move || look(&path, Scan::new(&name, &registry, platform.as_ref())));
    match looking.await {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => {
            tracing::warn!(%error, "an attachment could not be looked through");
            None
        }
        Err(error) => {
            tracing::error!(%error, "looking through an attachment failed");
            None
        }
    }
}

fn look(path: &PathBuf, mut scan: Scan<'_>) -> std::io::Result<Option<Finding>> {
    let mut file = std::fs::File::open(path)?;
    let mut block = vec![0; BLOCK];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 || !scan.feed(&block[..read]) {
            return Ok(scan.finish());
        }
    }
}
