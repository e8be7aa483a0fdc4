//! Finding the eSRs of a page: along the indexes of the filters, and for words that few eSRs have by the index of words.
//!
//! Many eSRs have a common word, so that a page of them is met soon among the newest; a rare word is found at once by the
//! index of words. What is neither (two common words that seldom meet) is looked for as far as there is time, see [`Part`].
//!
//! [`Part`]: super::Part

use std::collections::HashSet;

use sqlx::QueryBuilder;

use super::pick::{self, Condition, Key, Piece, write};
use super::walk::{self, WHOLE};
use super::{Filter, Order};
use crate::store::dialect::{self, Each, on};
use crate::store::{Result, Store, micros, words};

/// Among so many of the newest eSRs it is counted how common words are.
const SAMPLE: i64 = 300;
/// A word is rare that no more of them have.
const RARE: usize = 3;
/// A word shorter than this begins many words.
const SHORT: usize = 3;
/// So many eSRs that have rare words are gathered (PostgreSQL).
const GATHERED: u32 = 2_500;
/// So many eSRs are opened that the index of words names (SQLite).
const OPENED: u32 = 800;
/// How many places an eSR may stand from where its time of receipt would have it in the order in which eSRs were stored:
/// several are received at once (SQLite).
const ASTRAY: u32 = 128;

/// What is looked for.
#[derive(Debug)]
pub(super) struct Sought<'a> {
    filter: &'a Filter,
    conditions: Vec<Condition>,
    words: Vec<String>,
    order: Order,
}

/// eSRs in order, and where reading ended before there were enough.
type Found = (Vec<Key>, Option<Key>);

impl<'a> Sought<'a> {
    /// `None` when nothing can match.
    pub(super) fn of(filter: &'a Filter, order: Order) -> Option<Self> {
        let text = filter.text.as_deref().filter(|text| !text.trim().is_empty());
        let words = text.map(words::query).unwrap_or_default();
        if text.is_some() && words.is_empty() {
            return None;
        }
        Some(Self { filter, conditions: pick::conditions(filter)?, words, order })
    }

    /// The filters as conditions on `w`, the times among them.
    fn rest(&self, pool: &dialect::Pool, after: Option<&Key>) -> Vec<Piece> {
        let mut all: Vec<Piece> = self.conditions.iter().flat_map(|one| one.pieces.iter().cloned()).collect();
        for (before, time) in
            [(" AND w.received_at >= ", self.filter.since), (" AND w.received_at < ", self.filter.before)]
        {
            if let Some(time) = time {
                all.extend([Piece::Sql(before), Piece::Number(micros(time))]);
            }
        }
        if self.order == Order::Urgent {
            all.push(Piece::Sql(" AND w.status <> 'closed'"));
        }
        for (before, value, behind) in dialect::words_in_row(pool, &self.words) {
            all.extend([Piece::Sql(before), Piece::Text(value), Piece::Sql(behind)]);
        }
        all.extend(after.map(|after| walk::beyond("w", self.order, after)).unwrap_or_default());
        all
    }
}

impl Store {
    /// The places of at most so many eSRs, in order; and where reading ended, when it ended before there were so many.
    pub(super) async fn picked(&self, sought: Option<&Sought<'_>>, after: Option<&Key>, most: u32) -> Result<Found> {
        let Some(sought) = sought else { return Ok((Vec::new(), None)) };
        let (walked, cut) = self.walked(sought, after, most).await?;
        let (Some(cut), false) = (&cut, sought.words.is_empty()) else { return Ok((walked, cut)) };
        let Some((found, end)) = self.by_words(sought, after, most).await? else {
            return Ok((walked, Some(cut.clone())));
        };
        match end {
            // The walk got further.
            Some(end) if end.compare(cut, sought.order).is_le() => Ok((walked, Some(cut.clone()))),
            end => Ok((found, end)),
        }
    }

    /// Along the indexes of the filters.
    async fn walked(&self, sought: &Sought<'_>, after: Option<&Key>, most: u32) -> Result<Found> {
        let Sought { filter, conditions, words, order } = sought;
        let walks = walk::walks(&self.pool, filter, conditions, words, *order, after);
        let found = walks.iter().enumerate().map(|(number, walk)| walk.found(&self.pool, number, *order, most));
        let rows = self.places(together(found.collect())).await?;
        let is_full = |number: usize| {
            let of = rows.iter().filter(|(walk, ..)| usize::try_from(*walk) == Ok(number)).count();
            of >= most as usize
        };
        let ends = walks.iter().enumerate().filter(|(number, walk)| walk.picks() && !is_full(*number));
        let ends: Vec<_> = ends.map(|(number, walk)| walk.end(number)).collect();
        let ends = if ends.is_empty() { Vec::new() } else { self.places(together(ends)).await? };
        let cut = ends.into_iter().map(key).min_by(|one, other| one.compare(other, *order));
        Ok(first(rows.into_iter().map(key).collect(), cut, *order, most))
    }

    /// By the index of words; nothing when that would take long.
    async fn by_words(&self, sought: &Sought<'_>, after: Option<&Key>, most: u32) -> Result<Option<Found>> {
        let rare = self.rare(&sought.words).await?;
        match &self.pool {
            Each::Postgres(_) if rare.is_empty() => Ok(None),
            Each::Postgres(_) => self.gathered(sought, &rare, after, most).await,
            Each::Sqlite(_) => {
                let long = || sought.words.iter().filter(|word| word.chars().count() >= SHORT);
                let asked = match (rare.is_empty(), long().next()) {
                    (false, _) => rare,
                    (true, Some(_)) => long().cloned().collect(),
                    (true, None) => sought.words.clone(),
                };
                self.streamed(sought, &asked, after, most).await.map(Some)
            }
        }
    }

    /// Those of the words that few eSRs have.
    async fn rare(&self, words: &[String]) -> Result<Vec<String>> {
        let sql = "SELECT e.words FROM esrs e ORDER BY e.received_at DESC, e.id DESC LIMIT $1";
        let newest: Vec<String> = on!(&self.pool, db => sqlx::query_scalar(sql).bind(SAMPLE).fetch_all(db).await)?;
        let has = |text: &str, word: &str| text.split(' ').any(|one| one.starts_with(word));
        let common = |word: &str| newest.iter().filter(|text| has(text, word)).count() > RARE;
        Ok(words.iter().filter(|word| !common(word)).cloned().collect())
    }

    /// All eSRs that have rare words, and of those the page; nothing when they are not so rare.
    async fn gathered(
        &self,
        sought: &Sought<'_>,
        rare: &[String],
        after: Option<&Key>,
        most: u32,
    ) -> Result<Option<Found>> {
        let mut pieces = vec![Piece::Sql("WITH w AS MATERIALIZED (SELECT e.id, e.priority, e.received_at, ")];
        pieces.extend([Piece::Sql(WHOLE), Piece::Sql(dialect::words_column(&self.pool))]);
        pieces.extend([
            Piece::Sql(" FROM esrs e WHERE e.search @@ CAST("),
            Piece::Text(dialect::all_words(&self.pool, rare)),
            Piece::Sql(" AS TSQUERY) LIMIT "),
            Piece::Number(i64::from(GATHERED) + 1),
            Piece::Sql(") SELECT CAST(-1 AS BIGINT) AS walk, '' AS id, CAST(0 AS BIGINT) AS priority, COUNT(*) AS received_at FROM w"),
            Piece::Sql(" UNION ALL SELECT * FROM (SELECT CAST(0 AS BIGINT) AS walk, w.id, w.priority, w.received_at FROM w WHERE 1 = 1"),
        ]);
        pieces.extend(sought.rest(&self.pool, after));
        pieces.push(Piece::Sql(dialect::again_sorted(&self.pool, sought.order == Order::Newest)));
        pieces.extend([Piece::Sql(" LIMIT "), Piece::Number(most.into()), Piece::Sql(") found")]);
        let mut rows = self.places(pieces).await?;
        let all = rows.iter().find(|(walk, ..)| *walk < 0).map_or(0, |(.., count)| *count);
        rows.retain(|(walk, ..)| *walk >= 0);
        let keys = rows.into_iter().map(key).collect();
        Ok((all <= i64::from(GATHERED)).then(|| first(keys, None, sought.order, most)))
    }

    /// By the index of words from the eSR that was stored last backwards: nothing of it is gathered or sorted.
    async fn streamed(&self, sought: &Sought<'_>, asked: &[String], after: Option<&Key>, most: u32) -> Result<Found> {
        let mut stream = vec![Piece::Sql("(SELECT e.id, e.priority, e.received_at, ")];
        stream.extend([Piece::Sql(WHOLE), Piece::Sql(dialect::words_column(&self.pool))]);
        stream.push(Piece::Sql(
            " FROM esr_words CROSS JOIN esr_numbers n ON n.number = esr_words.rowid CROSS JOIN esrs e ON e.id = n.esr_id
            WHERE esr_words MATCH ",
        ));
        stream.push(Piece::Text(dialect::all_words(&self.pool, asked)));
        let newest = sought.order == Order::Newest;
        let upto = [sought.filter.before.map(micros), after.filter(|_| newest).map(|after| after.received_at + 1)];
        if let Some(upto) = upto.into_iter().flatten().min() {
            stream.extend([
                Piece::Sql(" AND esr_words.rowid <= COALESCE((SELECT n.number FROM esrs e JOIN esr_numbers n ON n.esr_id = e.id WHERE e.received_at < "),
                Piece::Number(upto),
                Piece::Sql(" ORDER BY e.received_at DESC, e.id DESC LIMIT 1), 0) + "),
                Piece::Number(ASTRAY.into()),
            ]);
        }
        if let Some(since) = sought.filter.since {
            stream.extend([
                Piece::Sql(" AND esr_words.rowid >= (SELECT n.number FROM esrs e JOIN esr_numbers n ON n.esr_id = e.id WHERE e.received_at >= "),
                Piece::Number(micros(since)),
                Piece::Sql(" ORDER BY e.received_at, e.id LIMIT 1) - "),
                Piece::Number(ASTRAY.into()),
            ]);
        }
        stream.push(Piece::Sql(" ORDER BY esr_words.rowid DESC LIMIT "));
        let columns = "SELECT CAST(0 AS BIGINT) AS walk, w.id, w.priority, w.received_at FROM ";
        // What is urgent comes in no order here: all of it is read.
        let enough = if newest { most + ASTRAY } else { OPENED };
        let mut pieces = vec![Piece::Sql(columns)];
        pieces.extend(stream.iter().cloned());
        pieces.extend([Piece::Number(OPENED.into()), Piece::Sql(") w WHERE 1 = 1")]);
        pieces.extend(sought.rest(&self.pool, after));
        pieces.extend([Piece::Sql(" LIMIT "), Piece::Number(enough.into())]);
        let rows = self.places(pieces).await?;
        let full = rows.len() >= enough as usize;
        let keys: Vec<_> = rows.into_iter().map(key).collect();
        if newest && full {
            return Ok(first(keys, None, sought.order, most));
        }
        let mut pieces = vec![Piece::Sql(columns)];
        pieces.extend(stream);
        let last = OPENED - if newest { ASTRAY } else { 0 };
        pieces.extend([Piece::Number(1), Piece::Sql(" OFFSET "), Piece::Number(last.into()), Piece::Sql(") w")]);
        let end = self.places(pieces).await?.into_iter().map(key).next();
        match end {
            // In the other order, what was not read may stand anywhere.
            Some(_) if !newest => Ok((Vec::new(), Some(Key { id: String::new(), priority: i64::MIN, received_at: 0 }))),
            end => Ok(first(keys, end, sought.order, most)),
        }
    }

    async fn places(&self, pieces: Vec<Piece>) -> Result<Vec<Place>> {
        Ok(on!(&self.pool, db => {
            let mut query = QueryBuilder::new("");
            write!(query, pieces);
            // Planned for these very values: which way is quick depends on them.
            query.build_query_as().persistent(false).fetch_all(db).await
        })?)
    }
}

/// The number of the walk; id, priority and time of receipt.
type Place = (i64, String, i64, i64);

fn key((_, id, priority, received_at): Place) -> Key {
    Key { id, priority, received_at }
}

fn together(all: Vec<Vec<Piece>>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (number, one) in all.into_iter().enumerate() {
        if number > 0 {
            pieces.push(Piece::Sql(" UNION ALL "));
        }
        pieces.extend(one);
    }
    pieces
}

/// The first of them, each once; `cut` only where there are not enough before it.
fn first(mut keys: Vec<Key>, cut: Option<Key>, order: Order, most: u32) -> Found {
    if let Some(cut) = &cut {
        keys.retain(|key| key.compare(cut, order).is_le());
    }
    let mut seen = HashSet::new();
    keys.retain(|key| seen.insert(key.id.clone()));
    keys.sort_by(|one, other| one.compare(other, order));
    keys.truncate(most as usize);
    let enough = keys.len() >= most as usize;
    (keys, cut.filter(|_| !enough))
}
