//! `pointsman replay`: decides the stored history again under other rules or another registry, and shows who would move.
//!
//! Each eSR keeps its body, its filer and the time it was received, which is the time it is decided for. What an agent
//! decided by hand is left out: no rule moved it there.

mod moves;

use std::path::PathBuf;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::Outcome;
use super::database::{Database, reading};
use super::style;
use super::triage::{read_at, registry_of_file};
use crate::cases::Cause;
use crate::clock::Clock;
use crate::intake::parse;
use crate::registry::index::Registry;
use crate::store::{Store, StoredEsr};
use crate::triage;
use crate::triage::decide::day_of;
use crate::triage::moves::{Moves, Named, Place};
use crate::triage::rules::Rules;
use moves::Printed;

/// So many eSRs are read at a time.
const PAGE: u32 = 500;

/// What `pointsman replay` takes.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The directory with the routing table to decide by (default: the built-in rules)
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// Only eSRs received at this RFC 3339 time or later, or from the start of this UTC day on
    #[arg(long, value_name = "TIME", value_parser = read_at)]
    since: Option<Timestamp>,
    /// The registry file to look certifications up in (default: the registry in the database)
    #[arg(long, value_name = "FILE", conflicts_with = "known_at")]
    registry: Option<PathBuf>,
    /// The registry in the database as it was known at this time (default: as it is known now)
    #[arg(long, value_name = "TIME", value_parser = read_at)]
    known_at: Option<Timestamp>,
    /// Print one line for each eSR that would move, and a summary, for programs
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: Database,
}

pub(crate) fn run(args: Args) -> anyhow::Result<Outcome> {
    let rules = match &args.rules {
        Some(dir) => Rules::load(dir)?.into(),
        None => Rules::embedded(),
    };
    let file = args.registry.as_deref().map(registry_of_file).transpose()?;
    let moves = args.database.with(&reading(), async |store| {
        let registry = match file {
            Some(registry) => registry,
            None => {
                let known = store.registry(args.known_at, day_of(Clock::system().now())).await;
                Registry::new(known.context("the registry cannot be read from the database")?.document)
            }
        };
        replay(&store, &registry, &rules, args.since).await
    })?;
    for (reference, why) in &moves.unreadable {
        style::complain(&format!("the eSR {reference} cannot be read any more"), why);
    }
    let printed = Printed(&moves);
    let written = if args.json { printed.lines(&mut style::raw()) } else { printed.show(&mut style::page()) };
    style::seen(written)?;
    Ok(Outcome::Done)
}

async fn replay(store: &Store, registry: &Registry, rules: &Rules, since: Option<Timestamp>) -> anyhow::Result<Moves> {
    let bar = progress(store.count(since).await?);
    let (mut moves, mut cursor) = (Moves::default(), None);
    loop {
        let page = store.history(since, cursor.as_deref(), PAGE).await?;
        for stored in page.items {
            again(&mut moves, stored, registry, rules);
            bar.inc(1);
        }
        cursor = page.next;
        if cursor.is_none() {
            bar.finish_and_clear();
            return Ok(moves);
        }
    }
}

fn again(moves: &mut Moves, stored: StoredEsr, registry: &Registry, rules: &Rules) {
    if matches!(stored.cause, Cause::Overridden | Cause::Contested) {
        moves.by_hand += 1;
        return;
    }
    match parse::esr(&stored.body) {
        Ok(esr) => {
            let decision = triage::decide(&esr, &stored.filed_by, registry, rules, stored.received_at);
            let (from, to) = (Place::of(&stored.decision), Place::of(&decision));
            moves.add(Named { id: stored.id, filer: stored.filer, reference: stored.reference }, from, to);
        }
        Err(errors) => moves.unreadable.push((stored.reference, errors.iter().map(ToString::to_string).collect())),
    }
}

/// On standard error, and only where that is a terminal.
fn progress(total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} eSRs, {eta} left") {
        bar.set_style(style);
    }
    bar
}
