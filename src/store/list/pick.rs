//! Which eSRs a page holds: their ids in order, found without reading more than has to be.

use super::{EsrSummary, Filter, Order, Place, SeenBy};
use crate::cases::Status;
use crate::store::dialect::{self, Pool};
use crate::store::{Result, StoreError, micros, words};
use crate::triage::facts::Phase;

/// A piece of a statement, or the value of its next parameter.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Sql(&'static str),
    Text(String),
    Number(i64),
}

/// Adds the pieces to a query.
macro_rules! write {
    ($query:expr, $pieces:expr) => {
        for piece in $pieces {
            match piece {
                Piece::Sql(sql) => $query.push(sql),
                Piece::Text(text) => $query.push_bind(text),
                Piece::Number(number) => $query.push_bind(number),
            };
        }
    };
}
pub(super) use write;

/// The order as SQL has it.
pub(super) fn sorted(order: Order) -> &'static str {
    match order {
        Order::Newest => "e.received_at DESC, e.id DESC",
        Order::Urgent => "e.priority, e.received_at, e.id",
    }
}

/// Where a page ends that ends with this eSR.
pub(super) fn cursor(order: Order, last: &EsrSummary) -> String {
    let place = Place { at: micros(last.received_at), id: last.id.clone() };
    match order {
        Order::Newest => place.cursor(),
        // No page of the other order has a place that begins with a letter.
        Order::Urgent => Place { at: place.at, id: format!("{}:{}", last.priority, place.id) }.cursor(),
    }
}

/// What comes after a page, as a condition.
fn beyond(order: Order, cursor: &str) -> Result<Vec<Piece>> {
    let Place { at, id } = Place::parse(cursor)?;
    let (condition, values) = match (order, id.split_once(':')) {
        (Order::Newest, None) => (" AND (e.received_at, e.id) < (", vec![Piece::Number(at), Piece::Text(id)]),
        (Order::Urgent, Some((priority, id))) => {
            let priority = priority.parse().map_err(|_| StoreError::Cursor)?;
            let values = vec![Piece::Number(priority), Piece::Number(at), Piece::Text(id.to_owned())];
            (" AND (e.priority, e.received_at, e.id) > (", values)
        }
        _ => return Err(StoreError::Cursor),
    };
    let mut pieces = vec![Piece::Sql(condition)];
    for (place, value) in values.into_iter().enumerate() {
        if place > 0 {
            pieces.push(Piece::Sql(", "));
        }
        pieces.push(value);
    }
    pieces.push(Piece::Sql(")"));
    Ok(pieces)
}

/// How the words of a filter are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// They are left out.
    Nothing,
    /// In the index of words: quick when few eSRs have them, however many there are.
    Index,
}

/// So many eSRs are read for words before the index of words is asked: many have a common word, and a page of them is found
/// among the first, while the index would name all.
pub(super) const WALKED: u32 = 2_000;

/// The statement that gives the ids of a page; `None` when nothing can match.
///
/// # Errors
/// [`StoreError::Cursor`] for a cursor that no page of this order gave.
pub(super) fn keys(
    pool: &Pool,
    filter: &Filter,
    order: Order,
    cursor: Option<&str>,
    most: u32,
    by: By,
) -> Result<Option<Vec<Piece>>> {
    let beyond = cursor.map(|cursor| beyond(order, cursor)).transpose()?.unwrap_or_default();
    let Some(conditions) = conditions(pool, filter, by) else { return Ok(None) };
    let matching = |status: Option<Status>| {
        let mut pieces = vec![Piece::Sql("SELECT e.id, e.priority, e.received_at FROM esrs e WHERE 1 = 1")];
        if order == Order::Urgent || filter.open {
            pieces.push(Piece::Sql(" AND e.status <> 'closed'"));
        }
        if let Some(status) = status {
            pieces.extend([Piece::Sql(" AND e.status = "), Piece::Text(status.as_str().to_owned())]);
        }
        pieces.extend(conditions.iter().cloned());
        pieces.extend(beyond.iter().cloned());
        pieces
    };
    let first =
        || [Piece::Sql(" ORDER BY "), Piece::Sql(sorted(order)), Piece::Sql(" LIMIT "), Piece::Number(i64::from(most))];
    let mut pieces = Vec::new();
    if by == By::Index && is_searched(filter) {
        // All of them, and only then the first: a planner that hopes to meet some early reads everything when there are few.
        pieces.push(Piece::Sql("WITH found AS MATERIALIZED ("));
        pieces.extend(matching(filter.status));
        pieces.push(Piece::Sql(") SELECT e.id, e.priority, e.received_at FROM found e"));
    } else if filter.status.is_some() || order == Order::Newest && !filter.open {
        pieces.extend(matching(filter.status));
    } else {
        // Each status has its own order in an index: the best of each, and the best of those.
        pieces.push(Piece::Sql("SELECT e.id, e.priority, e.received_at FROM ("));
        for (place, status) in Status::ALL.iter().filter(|status| **status != Status::Closed).enumerate() {
            pieces.push(Piece::Sql(if place == 0 { "SELECT * FROM (" } else { " UNION ALL SELECT * FROM (" }));
            pieces.extend(matching(Some(*status)));
            pieces.extend(first());
            pieces.push(Piece::Sql(") one"));
        }
        pieces.push(Piece::Sql(") e"));
    }
    pieces.extend(first());
    Ok(Some(pieces))
}

/// Whether a filter has words to look for.
pub(super) fn is_searched(filter: &Filter) -> bool {
    filter.text.as_deref().is_some_and(|text| !text.trim().is_empty())
}

/// Of the eSRs that a statement gives in order, at most so many that have the filter's words. The order is the statement's own,
/// so that reading ends as soon as there are enough.
pub(super) fn with_words(pool: &Pool, filter: &Filter, order: Order, walked: Vec<Piece>, most: u32) -> Vec<Piece> {
    let words = words::query(filter.text.as_deref().unwrap_or_default());
    let mut pieces = vec![Piece::Sql("SELECT e.id FROM (")];
    pieces.extend(walked);
    pieces.push(Piece::Sql(") e JOIN esrs r ON r.id = e.id WHERE 1 = 1"));
    for (before, value, after) in dialect::words_in_row(pool, &words) {
        pieces.extend([Piece::Sql(before), Piece::Text(value), Piece::Sql(after)]);
    }
    pieces.extend([Piece::Sql(" ORDER BY "), Piece::Sql(sorted(order)), Piece::Sql(" LIMIT ")]);
    pieces.push(Piece::Number(i64::from(most)));
    pieces
}

/// The statement that gives these.
pub(super) fn these(ids: Vec<String>) -> Vec<Piece> {
    let mut pieces = vec![Piece::Sql("SELECT e.id FROM esrs e WHERE e.id IN (NULL")];
    for id in ids {
        pieces.extend([Piece::Sql(", "), Piece::Text(id)]);
    }
    pieces.push(Piece::Sql(")"));
    pieces
}

/// The filter as conditions, but for the status; `None` when nothing can match.
fn conditions(pool: &Pool, filter: &Filter, by: By) -> Option<Vec<Piece>> {
    let mut all = Vec::new();
    let mut add = |before, value, after| all.extend([Piece::Sql(before), value, Piece::Sql(after)]);
    let text = |text: &str| Piece::Text(text.to_owned());
    match &filter.seen_by {
        SeenBy::Everyone => {}
        SeenBy::Filer(owner) => add(" AND e.filer = ", text(owner), ""),
        SeenBy::Participant { id, owner } => {
            add(" AND (e.filer = ", text(owner), "");
            add(" OR e.id IN (SELECT r.esr_id FROM reached r WHERE r.participant = ", text(id), "))");
        }
    }
    if let Some(participant) = &filter.participant {
        add(" AND e.id IN (SELECT r.esr_id FROM reached r WHERE r.participant = ", text(participant), ")");
    }
    if let Some(searched) = filter.text.as_deref().filter(|text| !text.trim().is_empty()) {
        let words = words::query(searched);
        if words.is_empty() {
            return None;
        }
        if by == By::Index {
            let (before, after) = dialect::words_match(pool);
            add(before, Piece::Text(dialect::all_words(pool, &words)), after);
        }
    }
    let equal = [
        (" AND e.filer = ", filter.filer.as_deref()),
        (" AND e.route = ", filter.route.as_deref()),
        (" AND e.stage = ", filter.stage.as_deref()),
        (" AND e.reference = ", filter.reference.as_deref()),
        (" AND e.phase = ", filter.phase.map(Phase::as_str)),
    ];
    for (before, value) in equal {
        if let Some(value) = value {
            add(before, text(value), "");
        }
    }
    let compared = [
        (" AND e.severity = ", filter.severity.map(i64::from)),
        (" AND e.received_at >= ", filter.since.map(micros)),
        (" AND e.received_at < ", filter.before.map(micros)),
    ];
    for (before, value) in compared {
        if let Some(value) = value {
            add(before, Piece::Number(value), "");
        }
    }
    // No stored text has a NUL character, and PostgreSQL refuses to look for one.
    let possible = all.iter().all(|piece| !matches!(piece, Piece::Text(text) if text.contains('\0')));
    possible.then_some(all)
}
