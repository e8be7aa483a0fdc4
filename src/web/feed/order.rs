//! Which of the events that are visible can be passed on: those below which no other can appear any more. Pure.

use std::time::Duration;

use crate::store::Running;

/// A write that takes longer than this was given up (see the store's writers), whatever else the database is doing.
const GIVEN_UP: Duration = Duration::from_secs(90);

/// How far the events were passed on, and what is waited for.
#[derive(Debug)]
pub(super) struct Order {
    last: i64,
    gap: Option<Gap>,
}

/// Numbers are missing; they are in transactions that still run, or in none.
#[derive(Debug, Clone, Copy)]
struct Gap {
    /// The greatest number that was visible: what is missing was taken before it.
    upto: i64,
    /// Whoever took a missing number has a transaction before this one.
    before: i64,
    /// When it was seen, since any beginning.
    seen: Duration,
}

impl Gap {
    fn is_settled(self, running: Running, now: Duration) -> bool {
        running.oldest >= self.before || now.saturating_sub(self.seen) >= GIVEN_UP
    }
}

impl Order {
    /// Everything up to `head` is for others to care for, once what was running when it was read has ended.
    pub(super) fn from(head: i64, running: Running, now: Duration) -> Self {
        Self { last: head, gap: Some(Gap { upto: head, before: running.next, seen: now }) }
    }

    /// Whether everything up to [`Self::last`] is there that will ever be.
    pub(super) fn begin(&mut self, running: Running, now: Duration) -> bool {
        self.gap = self.gap.filter(|gap| !gap.is_settled(running, now));
        self.gap.is_none()
    }

    /// Whether numbers are missing.
    pub(super) fn waits(&self) -> bool {
        self.gap.is_some()
    }

    /// The last number that was passed on.
    pub(super) fn last(&self) -> i64 {
        self.last
    }

    /// How many of these numbers, the next visible ones in their order, can be passed on now; they count as passed on.
    pub(super) fn ready(
        &mut self,
        numbers: impl Iterator<Item = i64> + Clone,
        running: Running,
        now: Duration,
    ) -> usize {
        let settled = self.gap.filter(|gap| gap.is_settled(running, now)).map(|gap| gap.upto);
        let (mut ready, mut upto) = (0, None);
        for number in numbers {
            let next = number == self.last + 1 || settled.is_some_and(|settled| number <= settled);
            if next && upto.is_none() {
                self.last = number;
                ready += 1;
            } else {
                upto = Some(number);
            }
        }
        match upto {
            None => self.gap = None,
            // What is waited for already is waited for to the end: it may be what is missing still.
            Some(_) if self.gap.is_some() && settled.is_none() => {}
            Some(upto) => self.gap = Some(Gap { upto, before: running.next, seen: now }),
        }
        ready
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn second(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    fn running(oldest: i64, next: i64) -> Running {
        Running { oldest, next }
    }

    fn begun() -> Order {
        let mut order = Order::from(0, running(5, 5), second(0));
        assert!(order.begin(running(5, 5), second(0)));
        order
    }

    #[test]
    fn numbers_without_a_gap_pass_at_once_whatever_runs_elsewhere() {
        let mut order = begun();
        assert_eq!(order.ready([1, 2, 3].into_iter(), running(1, 900), second(0)), 3);
        assert_eq!(order.ready([4].into_iter(), running(1, 901), second(0)), 1);
        assert_eq!(order.last(), 4);
    }

    #[test]
    fn a_missing_number_is_waited_for_until_it_comes() {
        let mut order = begun();
        assert_eq!(order.ready([1, 3, 4].into_iter(), running(7, 9), second(0)), 1);
        assert_eq!(order.ready([3, 4, 5].into_iter(), running(7, 10), second(1)), 0);
        assert_eq!(order.ready([2, 3, 4, 5].into_iter(), running(9, 10), second(1)), 4);
    }

    #[test]
    fn a_missing_number_is_given_up_when_what_ran_then_has_ended() {
        let mut order = begun();
        assert_eq!(order.ready([2].into_iter(), running(7, 9), second(0)), 0);
        assert_eq!(order.ready([2, 4].into_iter(), running(8, 12), second(1)), 0);
        // 9 is the first that had not begun when the gap was seen. Of 3 nothing is known yet.
        assert_eq!(order.ready([2, 4].into_iter(), running(9, 13), second(2)), 1);
        assert_eq!(order.ready([4].into_iter(), running(12, 14), second(3)), 0);
        assert_eq!(order.ready([3, 4].into_iter(), running(13, 14), second(4)), 2);
    }

    #[test]
    fn a_missing_number_is_given_up_in_time_though_somebody_elses_transaction_runs_on() {
        let mut order = begun();
        assert_eq!(order.ready([2].into_iter(), running(7, 9), second(0)), 0);
        assert_eq!(order.ready([2].into_iter(), running(7, 99), second(89)), 0);
        assert_eq!(order.ready([2].into_iter(), running(7, 99), second(90)), 1);
    }

    #[test]
    fn where_transactions_come_one_after_the_other_nothing_is_waited_for() {
        let mut order = Order::from(7, running(0, 0), second(0));
        assert!(order.begin(running(0, 0), second(0)));
        assert_eq!(order.ready([8, 12].into_iter(), running(0, 0), second(0)), 1);
        assert_eq!(order.ready([12].into_iter(), running(0, 0), second(0)), 1);
    }

    #[test]
    fn it_begins_when_what_ran_at_first_has_ended() {
        let mut order = Order::from(7, running(3, 9), second(0));
        assert!(!order.begin(running(8, 11), second(1)));
        assert!(order.begin(running(9, 11), second(1)));
        assert_eq!(order.last(), 7);
    }

    /// Transactions take numbers one by one and end in any order, some rolled back; a reader looks in between.
    #[derive(Debug, Clone, Copy)]
    enum Step {
        Begin,
        Take(usize),
        End(usize, bool),
        Read(usize),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            Just(Step::Begin),
            (0_usize..4).prop_map(Step::Take),
            ((0_usize..4), prop::bool::weighted(0.8)).prop_map(|(which, commits)| Step::End(which, commits)),
            (1_usize..6).prop_map(Step::Read),
        ];
        prop::collection::vec(step, 1..120)
    }

    proptest! {
        #[test]
        fn nothing_is_lost_repeated_or_out_of_order(steps in steps()) {
            let (mut next_transaction, mut next_number) = (1, 1);
            let mut open: Vec<(i64, Vec<i64>)> = vec![];
            let (mut visible, mut passed) = (vec![], vec![]);
            let mut order = Order::from(0, running(1, 1), second(0));
            prop_assert!(order.begin(running(1, 1), second(0)));
            let read = |order: &mut Order, visible: &[i64], open: &[(i64, Vec<i64>)], next: i64, most: usize| -> Vec<i64> {
                let page: Vec<i64> = visible.iter().copied().filter(|&number| number > order.last()).take(most).collect();
                let oldest = open.iter().map(|(id, _)| *id).min().unwrap_or(next);
                let ready = order.ready(page.iter().copied(), running(oldest, next), second(0));
                page[..ready].to_vec()
            };
            for step in steps {
                match step {
                    Step::Begin => { open.push((next_transaction, vec![])); next_transaction += 1; }
                    Step::Take(which) if !open.is_empty() => {
                        let at = which % open.len();
                        open[at].1.push(next_number);
                        next_number += 1;
                    }
                    Step::End(which, commits) if !open.is_empty() => {
                        let (_, numbers) = open.remove(which % open.len());
                        if commits { visible.extend(numbers); visible.sort_unstable(); }
                    }
                    Step::Read(most) => passed.extend(read(&mut order, &visible, &open, next_transaction, most)),
                    _ => {}
                }
            }
            for (_, numbers) in open.drain(..) { visible.extend(numbers); }
            visible.sort_unstable();
            for _ in 0..=2 * visible.len() {
                passed.extend(read(&mut order, &visible, &[], next_transaction, 3));
            }
            prop_assert_eq!(passed, visible);
        }
    }
}
