//! The last things that came in, in memory: bounded in number and in bytes, and followed by whoever shows them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// What is kept at most, together, in bytes.
const MOST_BYTES: usize = 64 << 20;

/// Keeps the newest entries; each has a number that counts from 1 and is never given twice.
#[derive(Debug)]
pub struct Kept<T> {
    entries: Mutex<Entries<T>>,
    most: usize,
    count: watch::Sender<u64>,
}

#[derive(Debug)]
struct Entries<T> {
    /// The oldest first, with what each weighs.
    last: VecDeque<(Arc<T>, usize)>,
    bytes: usize,
    /// How many there ever were.
    count: u64,
}

impl<T> Kept<T> {
    /// Keeps so many.
    #[must_use]
    pub fn new(most: usize) -> Self {
        let entries = Entries { last: VecDeque::new(), bytes: 0, count: 0 };
        Self { entries: Mutex::new(entries), most, count: watch::Sender::new(0) }
    }

    /// Adds the entry that `make` gives for its number; it weighs so many bytes. The oldest make room.
    pub fn add(&self, bytes: usize, make: impl FnOnce(u64) -> T) -> Arc<T> {
        let mut entries = self.entries();
        entries.count += 1;
        let entry = Arc::new(make(entries.count));
        entries.last.push_back((Arc::clone(&entry), bytes));
        entries.bytes += bytes;
        while entries.last.len() > self.most.max(1) || (entries.bytes > MOST_BYTES && entries.last.len() > 1) {
            let gone = entries.last.pop_front().map_or(0, |(_, bytes)| bytes);
            entries.bytes -= gone;
        }
        // Told before the lock is released: whoever is told finds it, and counts never go back.
        self.count.send_replace(entries.count);
        entry
    }

    /// Those that came after the one of this number and are still kept, the oldest first.
    #[must_use]
    pub fn after(&self, number: u64) -> Vec<Arc<T>> {
        let entries = self.entries();
        let kept = entries.last.len();
        let new = usize::try_from(entries.count.saturating_sub(number)).unwrap_or(kept).min(kept);
        entries.last.iter().skip(kept - new).map(|(entry, _)| Arc::clone(entry)).collect()
    }

    /// The one of this number, unless it is gone.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<Arc<T>> {
        let entries = self.entries();
        let from_the_end = usize::try_from(entries.count.checked_sub(number)?).ok()?;
        let at = entries.last.len().checked_sub(from_the_end + 1)?;
        entries.last.get(at).map(|(entry, _)| Arc::clone(entry))
    }

    /// How many there ever were.
    #[must_use]
    pub fn count(&self) -> u64 {
        *self.count.borrow()
    }

    /// Tells how many there ever were, each time another one comes.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.count.subscribe()
    }

    /// Waits until there were so many.
    pub async fn reached(&self, count: u64) {
        // The sender lives as long as `self`.
        let _ = self.follow().wait_for(|now| *now >= count).await;
    }

    fn entries(&self) -> MutexGuard<'_, Entries<T>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(kept: &Kept<u64>) -> Vec<u64> {
        kept.after(0).iter().map(|entry| **entry).collect()
    }

    #[test]
    fn the_newest_are_kept_and_found_by_their_number() {
        let kept = Kept::new(3);
        for _ in 0..5 {
            kept.add(1, |number| number * 10);
        }
        assert_eq!(all(&kept), [30, 40, 50]);
        assert_eq!(kept.after(4).iter().map(|entry| **entry).collect::<Vec<_>>(), [50]);
        assert!(kept.after(5).is_empty() && kept.after(99).is_empty());
        assert_eq!(kept.get(3).as_deref(), Some(&30));
        assert_eq!([kept.get(0), kept.get(2), kept.get(6)], [None, None, None]);
        assert_eq!(kept.count(), 5);
    }

    #[test]
    fn heavy_entries_drive_out_more_and_one_too_heavy_stays_alone() {
        let kept = Kept::new(500);
        for _ in 0..4 {
            kept.add(MOST_BYTES / 3, |number| number);
        }
        assert_eq!(all(&kept), [2, 3, 4]);
        kept.add(MOST_BYTES * 2, |number| number);
        assert_eq!(all(&kept), [5]);
    }

    #[tokio::test]
    async fn whoever_follows_hears_of_each() {
        let kept = Arc::new(Kept::new(2));
        let waiting = tokio::spawn({
            let kept = Arc::clone(&kept);
            async move { kept.reached(2).await }
        });
        kept.add(1, |_| ());
        kept.add(1, |_| ());
        waiting.await.unwrap();
    }
}
