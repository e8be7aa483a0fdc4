//! What a page is asked for by: the filters as conditions, the order, the place where the page before ended.

use super::{EsrSummary, Filter, Order, Place, SeenBy};
use crate::store::{Result, StoreError, micros};
use crate::triage::facts::Phase;

/// A piece of a statement, or the value of its next parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// The order as SQL has it, of eSRs that the statement calls `e`.
pub(super) fn sorted(order: Order) -> &'static str {
    match order {
        Order::Newest => "e.received_at DESC, e.id DESC",
        Order::Urgent => "e.priority, e.received_at, e.id",
    }
}

/// Where an eSR stands in an order; those of one order compare like the pages that they are on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) priority: i64,
    pub(super) received_at: i64,
}

impl Key {
    /// Which of two comes first.
    pub(super) fn compare(&self, other: &Self, order: Order) -> std::cmp::Ordering {
        match order {
            Order::Newest => (other.received_at, &other.id).cmp(&(self.received_at, &self.id)),
            Order::Urgent => {
                (self.priority, self.received_at, &self.id).cmp(&(other.priority, other.received_at, &other.id))
            }
        }
    }

    /// What the page that goes on after it is asked for with.
    pub(super) fn cursor(&self, order: Order) -> String {
        let place = Place { at: self.received_at, id: self.id.clone() };
        match order {
            Order::Newest => place.cursor(),
            // No page of the other order has a place that begins with a letter.
            Order::Urgent => Place { at: place.at, id: format!("{}:{}", self.priority, place.id) }.cursor(),
        }
    }

    /// The place that a cursor means.
    ///
    /// # Errors
    /// [`StoreError::Cursor`] for a cursor that no page of this order gave.
    pub(super) fn parse(order: Order, cursor: &str) -> Result<Self> {
        let Place { at: received_at, id } = Place::parse(cursor)?;
        match (order, id.split_once(':')) {
            (Order::Newest, None) => Ok(Self { id, priority: 0, received_at }),
            (Order::Urgent, Some((priority, id))) => {
                let priority = priority.parse().map_err(|_| StoreError::Cursor)?;
                Ok(Self { id: id.to_owned(), priority, received_at })
            }
            _ => Err(StoreError::Cursor),
        }
    }

    /// The place of an eSR.
    pub(super) fn of(esr: &EsrSummary) -> Self {
        Self { id: esr.id.clone(), priority: esr.priority.into(), received_at: micros(esr.received_at) }
    }
}

/// What a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Filer,
    Status,
    Route,
    Stage,
    Reference,
    Phase,
    Severity,
    /// That it reached a participant.
    Reached,
    /// That somebody sees it: its filer, or a participant that it reached.
    Seen,
}

impl Column {
    /// The column of `esrs` to read, where one that is not read anyway is needed.
    pub(super) fn name(self) -> Option<&'static str> {
        match self {
            Self::Filer | Self::Seen => Some("filer"),
            Self::Status => Some("status"),
            Self::Route => Some("route"),
            Self::Stage => Some("stage"),
            Self::Reference => Some("reference"),
            Self::Phase => Some("phase"),
            Self::Severity => Some("severity"),
            Self::Reached => None,
        }
    }
}

/// What is asked of an eSR, which the statement calls `w`.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) column: Column,
    /// What it is compared with, where it has to be equal.
    pub(super) equal: Option<Piece>,
    /// All of it.
    pub(super) pieces: Vec<Piece>,
}

/// The filter as conditions, but for the words and the time of receipt; `None` when nothing can match.
pub(super) fn conditions(filter: &Filter) -> Option<Vec<Condition>> {
    let mut all = Vec::new();
    let text = |text: &str| Piece::Text(text.to_owned());
    let reached = " AND EXISTS (SELECT 1 FROM reached x WHERE x.esr_id = w.id AND x.participant = ";
    let mut add = |column, before, value: Piece, after| {
        let pieces = vec![Piece::Sql(before), value.clone(), Piece::Sql(after)];
        all.push(Condition { column, equal: Some(value), pieces });
    };
    if let Some(participant) = &filter.participant {
        add(Column::Reached, reached, text(participant), ")");
    }
    let filer = match &filter.seen_by {
        SeenBy::Filer(owner) => Some(owner.as_str()),
        _ => None,
    };
    let equal = [
        (Column::Filer, " AND w.filer = ", filer),
        (Column::Filer, " AND w.filer = ", filter.filer.as_deref()),
        (Column::Status, " AND w.status = ", filter.status.map(|status| status.as_str())),
        (Column::Route, " AND w.route = ", filter.route.as_deref()),
        (Column::Stage, " AND w.stage = ", filter.stage.as_deref()),
        (Column::Reference, " AND w.reference = ", filter.reference.as_deref()),
        (Column::Phase, " AND w.phase = ", filter.phase.map(Phase::as_str)),
    ];
    for (column, before, value) in equal {
        if let Some(value) = value {
            add(column, before, text(value), "");
        }
    }
    if let Some(severity) = filter.severity {
        add(Column::Severity, " AND w.severity = ", Piece::Number(severity.into()), "");
    }
    if let SeenBy::Participant { id, owner } = &filter.seen_by {
        let pieces = vec![
            Piece::Sql(" AND (w.filer = "),
            text(owner),
            Piece::Sql(" OR EXISTS (SELECT 1 FROM reached x WHERE x.esr_id = w.id AND x.participant = "),
            text(id),
            Piece::Sql("))"),
        ];
        all.push(Condition { column: Column::Seen, equal: None, pieces });
    }
    if filter.open {
        let pieces = vec![Piece::Sql(" AND w.status <> 'closed'")];
        all.push(Condition { column: Column::Status, equal: None, pieces });
    }
    // No stored text has a NUL character, and PostgreSQL refuses to look for one.
    let asked = all.iter().flat_map(|condition| &condition.pieces);
    let possible = asked.into_iter().all(|piece| !matches!(piece, Piece::Text(text) if text.contains('\0')));
    possible.then_some(all)
}

/// The ids as a list of parameters.
pub(super) fn ids(keys: &[Key]) -> Vec<Piece> {
    let all = keys.iter().flat_map(|key| [Piece::Sql(", "), Piece::Text(key.id.clone())]);
    // A list may not be empty, and no eSR has this id.
    std::iter::once(Piece::Sql("''")).chain(all).collect()
}
