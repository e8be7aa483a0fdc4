//! Lists of eSRs: filters, full text, keyset pages.

mod pick;
mod search;
mod walk;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use sqlx::QueryBuilder;

use self::pick::{Key, Piece, write};
use self::search::Sought;
use super::dialect::on;
use super::{Result, Store, StoreError, StoredEsr, esrs, micros, timestamp, word};
use crate::cases::Status;
use crate::closed::closed;
use crate::intake::esr::Esr;
use crate::triage::facts::Phase;

/// Whose eSRs are seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SeenBy {
    /// All of them.
    #[default]
    Everyone,
    /// Those that this owner filed.
    Filer(String),
    /// Those that reached this participant (once reached, always seen), and those that this owner filed.
    Participant {
        /// The participant's id in the registry.
        id: String,
        /// The owner of its credential.
        owner: String,
    },
}

/// Which eSRs to list. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Whose.
    pub seen_by: SeenBy,
    /// Filed by this owner.
    pub filer: Option<String>,
    /// That reached this participant.
    pub participant: Option<String>,
    /// In this status.
    pub status: Option<Status>,
    /// Not closed.
    pub open: bool,
    /// On this route now.
    pub route: Option<String>,
    /// At this stage of its route now.
    pub stage: Option<String>,
    /// Filed under this reference, exactly.
    pub reference: Option<String>,
    /// In this phase.
    pub phase: Option<Phase>,
    /// Of this severity.
    pub severity: Option<u8>,
    /// Received at this time or later.
    pub since: Option<Timestamp>,
    /// Received before this time.
    pub before: Option<Timestamp>,
    /// Every word of this text begins a word of the reference, summary, description, customer or products. Case and accents do
    /// not matter; punctuation only separates words, so no text can be malformed.
    pub text: Option<String>,
}

closed! {
    /// In which order eSRs are listed.
    Order {
        /// The newest first.
        Newest = "newest",
        /// By priority, and within one the oldest first; of those that are not closed.
        Urgent = "urgent",
    }
}

/// One eSR in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EsrSummary {
    /// Its id.
    pub id: String,
    /// Who filed it.
    pub filer: String,
    /// The filer's own number.
    pub reference: String,
    /// Whom it waits for.
    pub status: Status,
    /// Where it goes now.
    pub route: String,
    /// How far along.
    pub stage: String,
    /// The rule that decided last.
    pub rule: String,
    /// 1 to 5.
    pub priority: u8,
    /// Production or development.
    pub phase: Phase,
    /// 1 to 4.
    pub severity: u8,
    /// One line on what is wrong.
    pub summary: String,
    /// The participant that its products belong to, by id.
    pub participant: Option<String>,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// How often it was decided.
    pub revision: i64,
}

/// One eSR of the queue: what a person has to see of it before opening it.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    /// Where it is and what it is about.
    pub esr: EsrSummary,
    /// What was said, checked; `None` for one that today's checks would refuse.
    pub said: Option<Esr>,
    /// Until when the side that it waits for was asked to answer.
    pub answer_by: Option<Timestamp>,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// What to ask the next page with; `None` on the last one.
    pub next: Option<String>,
}

/// A page for which only so much is read as answers at once; it may hold less than fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// What to ask the next page with; `None` on the last one.
    pub next: Option<String>,
    /// When reading ended before the page was full: the time of receipt of the eSR that was read last. What comes after it in
    /// the list's order is not looked at yet, and `next` goes on there.
    pub read_until: Option<Timestamp>,
}

impl Store {
    /// A page of eSRs, the newest first. `cursor` is the `next` of the page before. What arrives meanwhile moves nothing: no page
    /// skips or repeats an eSR. However few fit, the page is full or the last one.
    ///
    /// # Errors
    /// [`super::StoreError::Cursor`] for a cursor that no page gave; otherwise when the database does not answer.
    pub async fn list(&self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Page<EsrSummary>> {
        let order = Order::Newest;
        let sought = Sought::of(filter, order);
        let mut after = cursor.map(|cursor| Key::parse(order, cursor)).transpose()?;
        let mut keys = Vec::new();
        loop {
            let left = limit.saturating_add(1).saturating_sub(u32::try_from(keys.len()).unwrap_or(u32::MAX));
            let (more, cut) = self.picked(sought.as_ref(), after.as_ref(), left).await?;
            keys.extend(more);
            after = cut;
            if after.is_none() {
                break;
            }
        }
        let Part { items, next, .. } = part(self.summaries(&keys).await?, order, limit, None)?;
        Ok(Page { items, next })
    }

    /// A page as [`Self::list`], but only so much is read for it as answers at once: it may hold less than fits, and then
    /// says how far it got, see [`Part::read_until`].
    ///
    /// # Errors
    /// As for [`Self::list`].
    pub async fn glance(&self, filter: &Filter, cursor: Option<&str>, limit: u32) -> Result<Part<EsrSummary>> {
        let order = Order::Newest;
        let after = cursor.map(|cursor| Key::parse(order, cursor)).transpose()?;
        let sought = Sought::of(filter, order);
        let (keys, cut) = self.picked(sought.as_ref(), after.as_ref(), limit.saturating_add(1)).await?;
        part(self.summaries(&keys).await?, order, limit, cut)
    }

    /// A page of the queue, in this order; otherwise as [`Self::glance`]. An eSR that changes while somebody turns pages may
    /// move to another place of the order, or out of the list.
    ///
    /// # Errors
    /// [`super::StoreError::Cursor`] for a cursor that no page of this order gave; otherwise when the database does not answer.
    pub async fn queue(&self, filter: &Filter, order: Order, cursor: Option<&str>, limit: u32) -> Result<Part<Queued>> {
        let after = cursor.map(|cursor| Key::parse(order, cursor)).transpose()?;
        let sought = Sought::of(filter, order);
        let (keys, cut) = self.picked(sought.as_ref(), after.as_ref(), limit.saturating_add(1)).await?;
        let rows: Vec<QueuedRow> = on!(&self.pool, db => {
            let mut query = QueryBuilder::new(concat!(
                "SELECT ",
                columns!(),
                // Only what the last change told: whom it waited for before does not matter any more.
                ", e.body, (SELECT MAX(d.answer_by) FROM deliveries d WHERE d.esr_id = e.id AND d.created_at >= e.updated_at) AS answer_by
                FROM esrs e WHERE e.id IN ("
            ));
            write!(query, pick::ids(&keys));
            query.push(") ORDER BY ").push(pick::sorted(order)).build_query_as().persistent(false).fetch_all(db).await
        })?;
        let items = rows.into_iter().map(Queued::try_from).collect::<Result<Vec<_>>>()?;
        part(items, order, limit, cut)
    }

    /// These eSRs, the newest first.
    async fn summaries(&self, keys: &[Key]) -> Result<Vec<EsrSummary>> {
        let rows: Vec<Row> = on!(&self.pool, db => {
            let mut query = QueryBuilder::new(concat!("SELECT ", columns!(), " FROM esrs e WHERE e.id IN ("));
            write!(query, pick::ids(keys));
            query.push(") ORDER BY ").push(pick::sorted(Order::Newest)).build_query_as().persistent(false).fetch_all(db).await
        })?;
        rows.into_iter().map(EsrSummary::try_from).collect()
    }

    /// How many eSRs are in each status, in the order of [`Status::ALL`]; nothing is counted beyond `most`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn in_each_status(&self, most: u32) -> Result<Vec<u64>> {
        let counts: Vec<(i64, i64)> = on!(&self.pool, db => {
            let mut query = QueryBuilder::new("");
            for (place, status) in Status::ALL.iter().enumerate() {
                query.push(if place == 0 { "SELECT CAST(" } else { " UNION ALL SELECT CAST(" });
                query.push_bind(place as i64).push(" AS BIGINT) AS place, COUNT(*) FROM (SELECT 1 FROM esrs WHERE status = ");
                query.push_bind(status.as_str()).push(" LIMIT ").push_bind(i64::from(most)).push(") one");
            }
            query.push(" ORDER BY place").build_query_as().fetch_all(db).await
        })?;
        Ok(counts.into_iter().map(|(_, count)| count.unsigned_abs()).collect())
    }

    /// A page of whole eSRs with their latest decision, the oldest first: the history that `replay` decides again.
    ///
    /// # Errors
    /// [`super::StoreError::Cursor`] for a cursor that no page gave; otherwise when the database does not answer.
    pub async fn history(&self, since: Option<Timestamp>, cursor: Option<&str>, limit: u32) -> Result<Page<StoredEsr>> {
        let since = since.map_or(i64::MIN, micros);
        let place = cursor.map_or(Ok(Place { at: i64::MIN, id: String::new() }), Place::parse)?;
        let sql = esrs::select_esr!(
            "WHERE e.received_at >= $1 AND (e.received_at, e.id) > ($2, $3) ORDER BY e.received_at, e.id LIMIT $4"
        );
        let rows: Vec<esrs::Row> = on!(&self.pool, db => sqlx::query_as(sql).bind(since).bind(place.at).bind(&place.id)
            .bind(i64::from(limit) + 1).fetch_all(db).await)?;
        let items = rows.into_iter().map(StoredEsr::try_from).collect::<Result<Vec<_>>>()?;
        Ok(page(items, limit, |last| Place { at: micros(last.received_at), id: last.id.clone() }))
    }

    /// Whether an eSR is seen by these.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_seen(&self, seen_by: &SeenBy, id: &str) -> Result<bool> {
        let (participant, owner) = match seen_by {
            SeenBy::Everyone => return Ok(true),
            SeenBy::Filer(owner) => (None, owner),
            SeenBy::Participant { id, owner } => (Some(id), owner),
        };
        let sql = "SELECT COUNT(*) FROM esrs e WHERE e.id = $1 AND (e.filer = $2
            OR EXISTS (SELECT 1 FROM reached r WHERE r.esr_id = e.id AND r.participant = $3))";
        let seen: i64 = on!(&self.pool, db => sqlx::query_scalar(sql).bind(id).bind(owner).bind(participant)
            .fetch_one(db).await)?;
        Ok(seen > 0)
    }

    /// How many eSRs were received since then.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, since: Option<Timestamp>) -> Result<u64> {
        let sql = "SELECT COUNT(*) FROM esrs WHERE received_at >= $1";
        let since = since.map_or(i64::MIN, micros);
        let count: i64 = on!(&self.pool, db => sqlx::query_scalar(sql).bind(since).fetch_one(db).await)?;
        Ok(count.unsigned_abs())
    }
}

/// Where a page ends: the last entry on it.
pub(super) struct Place {
    pub(super) at: i64,
    pub(super) id: String,
}

impl Place {
    fn cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}", self.at, self.id))
    }

    pub(super) fn parse(cursor: &str) -> Result<Self> {
        let text = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.filter(|text| !text.contains('\0')).ok_or(StoreError::Cursor)?;
        let (at, id) = text.split_once(':').ok_or(StoreError::Cursor)?;
        Ok(Self { at: at.parse().map_err(|_| StoreError::Cursor)?, id: id.to_owned() })
    }
}

/// Makes a page of `limit` items out of one more than that, where there is one more.
pub(super) fn page<T>(items: Vec<T>, limit: u32, place: impl Fn(&T) -> Place) -> Page<T> {
    page_by(items, limit, |last| place(last).cursor())
}

fn page_by<T>(mut items: Vec<T>, limit: u32, cursor: impl Fn(&T) -> String) -> Page<T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(cursor);
    Page { items, next }
}

/// Makes a page of eSRs; `cut` is where reading ended, when it ended before there were enough.
fn part<T: AsRef<EsrSummary>>(items: Vec<T>, order: Order, limit: u32, cut: Option<Key>) -> Result<Part<T>> {
    let Page { items, next } = page_by(items, limit, |last| Key::of(last.as_ref()).cursor(order));
    Ok(match (cut, next) {
        (Some(cut), None) => {
            let read_until = Some(timestamp(cut.received_at)?);
            Part { items, next: Some(cut.cursor(order)), read_until }
        }
        (_, next) => Part { items, next, read_until: None },
    })
}

impl AsRef<Self> for EsrSummary {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl AsRef<EsrSummary> for Queued {
    fn as_ref(&self) -> &EsrSummary {
        &self.esr
    }
}

/// The columns of [`Row`].
macro_rules! columns {
    () => {
        "e.id, e.filer, e.reference, e.status, e.route, e.stage, e.rule, e.priority, e.phase, e.severity, e.summary,
            e.participant, e.received_at, e.updated_at, e.revision"
    };
}
use columns;

#[derive(sqlx::FromRow)]
struct QueuedRow {
    #[sqlx(flatten)]
    row: Row,
    body: String,
    answer_by: Option<i64>,
}

impl TryFrom<QueuedRow> for Queued {
    type Error = StoreError;

    fn try_from(row: QueuedRow) -> Result<Self> {
        Ok(Self {
            esr: row.row.try_into()?,
            said: serde_json::from_str(&row.body).ok(),
            answer_by: row.answer_by.map(timestamp).transpose()?,
        })
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    filer: String,
    reference: String,
    status: String,
    route: String,
    stage: String,
    rule: String,
    priority: i64,
    phase: String,
    severity: i64,
    summary: String,
    participant: Option<String>,
    received_at: i64,
    updated_at: i64,
    revision: i64,
}

impl TryFrom<Row> for EsrSummary {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let small =
            |number: i64| u8::try_from(number).map_err(|_| StoreError::Corrupt(format!("{number} is too large")));
        Ok(Self {
            status: word("the status", &row.status, Status::parse)?,
            phase: word("the phase", &row.phase, Phase::parse)?,
            priority: small(row.priority)?,
            severity: small(row.severity)?,
            received_at: timestamp(row.received_at)?,
            updated_at: timestamp(row.updated_at)?,
            id: row.id,
            filer: row.filer,
            reference: row.reference,
            route: row.route,
            stage: row.stage,
            rule: row.rule,
            summary: row.summary,
            participant: row.participant,
            revision: row.revision,
        })
    }
}
