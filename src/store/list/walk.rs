//! The ways a list is read: each off one index that has its eSRs in the order of pages.
//!
//! What an index leads with picks eSRs without reading any other. The filters that are left are asked of each eSR that is
//! walked by. A walk ends when the page is full, or when it was long enough: then the page says so, and the next one goes
//! on from there. So no filter, however seldom it is met, reads a million eSRs for one page.

use super::pick::{Column, Condition, Key, Piece};
use super::{Filter, Order, SeenBy, micros};
use crate::cases::Status;
use crate::store::dialect::{self, Pool};

/// So many entries of an index are walked by for one page where the index itself answers all filters.
const BY_INDEX: u32 = 30_000;
/// So many where each eSR has to be opened beside it.
const BY_ROW: u32 = 3_000;

/// What conditions can be about, but for the words.
pub(super) const WHOLE: &str = "e.filer, e.status, e.route, e.stage, e.reference, e.phase, e.severity, e.";
/// What reached a participant, named like an eSR's columns.
const REACHED: &str = "SELECT e.id, CAST(0 AS BIGINT) AS priority, e.received_at FROM
    (SELECT r.esr_id AS id, r.received_at, r.participant FROM reached r) e WHERE 1 = 1";

/// What an index leads with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lead<'a> {
    Reference(&'a str),
    Filer(&'a str),
    /// Of one filer, what is in one status that is not closed.
    OpenOf(&'a str, Status),
    Reached(&'a str),
    Status(Status),
    Route(&'a str),
    All,
}

fn open() -> impl Iterator<Item = Status> {
    Status::ALL.iter().copied().filter(|status| *status != Status::Closed)
}

impl<'a> Lead<'a> {
    /// Those that together have all eSRs that can fit; the fewer each has, the better.
    fn of(filter: &'a Filter, order: Order) -> Vec<Self> {
        let newest = order == Order::Newest;
        let waiting = filter.status.filter(|status| *status != Status::Closed);
        let only_open = filter.open || !newest;
        let filer = match &filter.seen_by {
            SeenBy::Filer(owner) => Some(owner.as_str()),
            _ => filter.filer.as_deref(),
        };
        match (&filter.reference, &filter.participant) {
            (Some(reference), _) if newest => return vec![Self::Reference(reference)],
            (_, Some(participant)) if newest => return vec![Self::Reached(participant)],
            _ => {}
        }
        match (filer, waiting, &filter.seen_by) {
            (Some(filer), Some(status), _) => vec![Self::OpenOf(filer, status)],
            // In the order of time, one walk that passes the closed ones over is shorter than sorting those of each status.
            (Some(filer), None, _) if !newest => open().map(|status| Self::OpenOf(filer, status)).collect(),
            (Some(filer), None, _) => vec![Self::Filer(filer)],
            (None, Some(status), SeenBy::Participant { id, owner }) if newest => {
                vec![Self::OpenOf(owner, status), Self::Reached(id)]
            }
            (None, None, SeenBy::Participant { id, owner }) if newest => vec![Self::Filer(owner), Self::Reached(id)],
            (None, Some(status), _) => vec![Self::Status(status)],
            (None, None, _) if only_open => open().map(Self::Status).collect(),
            (None, None, _) => match (&filter.route, filter.status) {
                (Some(route), _) => vec![Self::Route(route)],
                (None, Some(status)) => vec![Self::Status(status)],
                (None, None) => vec![Self::All],
            },
        }
    }

    /// The eSRs that it has, as a condition.
    fn pieces(self, order: Order) -> Vec<Piece> {
        let text = |text: &str| Piece::Text(text.to_owned());
        match self {
            Self::Reference(reference) => vec![Piece::Sql(" AND e.reference = "), text(reference)],
            Self::Filer(filer) => vec![Piece::Sql(" AND e.filer = "), text(filer)],
            Self::OpenOf(filer, status) => {
                let open = Piece::Sql(" AND e.status <> 'closed' AND e.filer = ");
                vec![open, text(filer), Piece::Sql(" AND e.status = "), text(status.as_str())]
            }
            Self::Reached(participant) => vec![Piece::Sql(" AND e.participant = "), text(participant)],
            Self::Status(status) => {
                // The index by urgency has only what is not closed, and is taken for this very condition.
                let open = if order == Order::Urgent { " AND e.status <> 'closed'" } else { "" };
                vec![Piece::Sql(open), Piece::Sql(" AND e.status = "), text(status.as_str())]
            }
            Self::Route(route) => vec![Piece::Sql(" AND e.route = "), text(route)],
            Self::All => Vec::new(),
        }
    }

    /// Whether its index has this column, see the migration "speed".
    fn holds(self, column: Column) -> bool {
        match column {
            Column::Status | Column::Route | Column::Stage | Column::Severity | Column::Phase => {
                !matches!(self, Self::Reached(_) | Self::Reference(_))
            }
            Column::Filer => matches!(self, Self::Filer(_) | Self::OpenOf(..)),
            Column::Reference | Column::Reached | Column::Seen => false,
        }
    }

    /// Whether all that it has meets a condition.
    fn settles(self, condition: &Condition, filter: &Filter) -> bool {
        let is =
            |column, value: &str| condition.column == column && condition.equal == Some(Piece::Text(value.to_owned()));
        let seen = match &filter.seen_by {
            SeenBy::Participant { id, owner } if condition.column == Column::Seen => Some((id, owner)),
            _ => None,
        };
        match self {
            Self::Reference(reference) => is(Column::Reference, reference),
            Self::Filer(filer) => is(Column::Filer, filer) || seen.is_some_and(|(_, owner)| owner == filer),
            Self::OpenOf(filer, status) => {
                is(Column::Filer, filer)
                    || is(Column::Status, status.as_str())
                    || (condition.column == Column::Status && condition.equal.is_none())
                    || seen.is_some_and(|(_, owner)| owner == filer)
            }
            Self::Reached(id) => is(Column::Reached, id) || seen.is_some_and(|(own, _)| own == id),
            Self::Status(status) => {
                is(Column::Status, status.as_str())
                    || (condition.column == Column::Status && condition.equal.is_none() && status != Status::Closed)
            }
            Self::Route(route) => is(Column::Route, route),
            Self::All => false,
        }
    }
}

/// One way: the statements that read it.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    /// The eSRs of its index from the page's beginning on, in order, without a limit.
    along: Vec<Piece>,
    /// The eSRs themselves have to be opened beside the index, which does not lie in their table.
    joins: bool,
    /// What is asked of each; without any, all fit.
    rest: Vec<Piece>,
    /// So many are walked by.
    most: u32,
}

/// The ways that together find a page.
pub(super) fn walks(
    pool: &Pool,
    filter: &Filter,
    conditions: &[Condition],
    words: &[String],
    order: Order,
    after: Option<&Key>,
) -> Vec<Walk> {
    let of = |lead: Lead<'_>| {
        let left = || conditions.iter().filter(|condition| !lead.settles(condition, filter));
        let (since, before) = (filter.since.map(micros), filter.before.map(micros));
        let mut rest: Vec<Piece> = left().flat_map(|condition| condition.pieces.iter().cloned()).collect();
        let mut columns: Vec<&'static str> = Vec::new();
        for name in left().filter_map(|condition| condition.column.name()) {
            if !columns.contains(&name) {
                columns.push(name);
            }
        }
        let mut most = match left().all(|condition| lead.holds(condition.column)) {
            true => BY_INDEX,
            false => BY_ROW,
        };
        if !words.is_empty() {
            columns.push(dialect::words_column(pool));
            for (before, value, after) in dialect::words_in_row(pool, words) {
                rest.extend([Piece::Sql(before), Piece::Text(value), Piece::Sql(after)]);
            }
            most = most.min(dialect::walked_for_words(pool));
        }
        let mut range = Vec::new();
        for (column, limit) in [(" >= ", since), (" < ", before)] {
            let Some(limit) = limit else { continue };
            // In the order of time, the pages begin and end there; in the other one it is a condition like the others.
            let (all, name) = match order {
                Order::Newest => (&mut range, " AND e.received_at"),
                Order::Urgent => (&mut rest, " AND w.received_at"),
            };
            all.extend([Piece::Sql(name), Piece::Sql(column), Piece::Number(limit)]);
        }
        range.extend(after.map(|after| beyond("e", order, after)).unwrap_or_default());
        let reached = matches!(lead, Lead::Reached(_));
        let joins = reached && !rest.is_empty();
        let mut along = Vec::new();
        if reached {
            along.push(Piece::Sql(REACHED));
        } else {
            // The indexes in the order of time lack the priority, and it is not needed there.
            along.push(Piece::Sql(match order {
                Order::Newest => "SELECT e.id, CAST(0 AS BIGINT) AS priority, e.received_at",
                Order::Urgent => "SELECT e.id, e.priority, e.received_at",
            }));
            along.extend(columns.into_iter().flat_map(|name| [Piece::Sql(", e."), Piece::Sql(name)]));
            along.push(Piece::Sql(" FROM esrs e WHERE 1 = 1"));
        }
        along.extend(lead.pieces(order));
        along.extend(range);
        along.extend([Piece::Sql(" ORDER BY "), Piece::Sql(super::pick::sorted(order)), Piece::Sql(" LIMIT ")]);
        Walk { along, joins, rest, most }
    };
    Lead::of(filter, order).into_iter().map(of).collect()
}

/// What comes after a place, as a condition on `e` or `w`.
pub(super) fn beyond(of: &'static str, order: Order, Key { id, priority, received_at }: &Key) -> Vec<Piece> {
    let (at, id) = (Piece::Number(*received_at), Piece::Text(id.clone()));
    let (comma, end) = (Piece::Sql(", "), Piece::Sql(")"));
    match (order, of) {
        (Order::Newest, "w") => vec![Piece::Sql(" AND (w.received_at, w.id) < ("), at, comma, id, end],
        (Order::Newest, _) => vec![Piece::Sql(" AND (e.received_at, e.id) < ("), at, comma, id, end],
        (Order::Urgent, of) => {
            let before = match of {
                "w" => " AND (w.priority, w.received_at, w.id) > (",
                _ => " AND (e.priority, e.received_at, e.id) > (",
            };
            vec![Piece::Sql(before), Piece::Number(*priority), comma.clone(), at, comma, id, end]
        }
    }
}

impl Walk {
    /// Whether an eSR that it passes can be none of the page's.
    pub(super) fn picks(&self) -> bool {
        !self.rest.is_empty()
    }

    /// What it finds first, at most so many; each row says which walk it is of.
    pub(super) fn found(&self, pool: &Pool, number: usize, order: Order, most: u32) -> Vec<Piece> {
        let mut pieces = vec![Piece::Sql("SELECT * FROM (SELECT CAST("), Piece::Number(number as i64)];
        pieces.push(Piece::Sql(" AS BIGINT) AS walk, w.id, w.priority, w.received_at FROM "));
        if self.joins {
            // As written: along the index, each eSR opened in passing.
            pieces.push(Piece::Sql("(SELECT r.id, e.priority, r.received_at, "));
            pieces.extend([Piece::Sql(WHOLE), Piece::Sql(dialect::words_column(pool)), Piece::Sql(" FROM (")]);
        } else {
            pieces.push(Piece::Sql("("));
        }
        pieces.extend(self.along.iter().cloned());
        pieces.push(Piece::Number(if self.picks() { self.most } else { most }.into()));
        if self.joins {
            pieces.push(Piece::Sql(") r CROSS JOIN esrs e WHERE e.id = r.id) w WHERE 1 = 1"));
        } else {
            pieces.push(Piece::Sql(") w WHERE 1 = 1"));
        }
        pieces.extend(self.rest.iter().cloned());
        pieces.push(Piece::Sql(dialect::again_sorted(pool, order == Order::Newest)));
        pieces.extend([Piece::Sql(" LIMIT "), Piece::Number(most.into()), Piece::Sql(") found")]);
        pieces
    }

    /// Where it ends that was long enough; nothing when it saw all there are.
    pub(super) fn end(&self, number: usize) -> Vec<Piece> {
        let mut pieces = vec![Piece::Sql("SELECT * FROM (SELECT CAST("), Piece::Number(number as i64)];
        pieces.push(Piece::Sql(" AS BIGINT) AS walk, w.id, w.priority, w.received_at FROM ("));
        pieces.extend(self.along.iter().cloned());
        pieces.extend([Piece::Number(1), Piece::Sql(" OFFSET "), Piece::Number(i64::from(self.most) - 1)]);
        pieces.push(Piece::Sql(") w) passed"));
        pieces
    }
}
