//! Which open eSRs another registry would decide otherwise.

use std::sync::Arc;

use crate::cases::Cause;
use crate::intake::parse;
use crate::registry::index::Registry;
use crate::registry::model::Document;
use crate::web::Web;
use crate::web::pages::sorry::Sorry;
use crate::web::problem::Problem;

/// So many of the newest open eSRs are decided again: enough to see a mistake, and never long.
const MOST: u32 = 200;
/// So many of those that would move are named.
const NAMED: usize = 20;

/// What would move.
pub(super) struct Moves {
    /// How many eSRs were decided again.
    pub(super) looked_at: usize,
    pub(super) all: usize,
    pub(super) named: Vec<Move>,
}

impl Moves {
    /// Nothing was looked at.
    pub(super) fn none() -> Self {
        Self { looked_at: 0, all: 0, named: Vec::new() }
    }
}

/// An eSR that would go elsewhere.
pub(super) struct Move {
    pub(super) id: String,
    pub(super) reference: String,
    pub(super) from: (String, String),
    pub(super) to: (String, String),
}

/// Decides the newest open eSRs with the registry as it is and with this one. What an agent decided stays.
pub(super) async fn of(web: &Web, document: Document) -> Result<Moves, Sorry> {
    let cases = web.app.store.newest_open(MOST).await?;
    // One at a time: each builds an index of its own.
    let _alone = web.past.acquire().await.map_err(|_| Problem::internal())?;
    let now = web.app.evaluator();
    let looked = tokio::task::spawn_blocking(move || {
        let then = now.clone().with(Arc::new(Registry::new(document)));
        let (mut looked_at, mut moved) = (0, Vec::new());
        for case in cases.iter().filter(|case| !matches!(case.cause, Cause::Overridden | Cause::Contested)) {
            let Ok(esr) = parse::esr(&case.body) else { continue };
            looked_at += 1;
            let (a, b) = (
                now.decide(&esr, &case.filed_by, case.received_at),
                then.decide(&esr, &case.filed_by, case.received_at),
            );
            if (&a.route, &a.stage) != (&b.route, &b.stage) {
                let (id, reference) = (case.id.clone(), case.reference.clone());
                moved.push(Move { id, reference, from: (a.route, a.stage), to: (b.route, b.stage) });
            }
        }
        (looked_at, moved)
    });
    let (looked_at, mut named) = looked.await.map_err(|_| Problem::internal())?;
    let all = named.len();
    named.truncate(NAMED);
    Ok(Moves { looked_at, all, named })
}
