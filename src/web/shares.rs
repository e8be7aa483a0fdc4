//! What one caller may take of the requests that are worked on at once, so that none leaves the others without.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::problem::{Kind, Problem};

/// The requests at hand, by whose they are.
#[derive(Debug)]
pub(super) struct Shares {
    most: usize,
    taken: Mutex<HashMap<String, usize>>,
}

/// A request's place; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    shares: Arc<Shares>,
    whose: String,
}

impl Shares {
    /// Of so many requests at once, one caller has half at most.
    pub(super) fn of(max_in_flight: usize) -> Arc<Self> {
        Arc::new(Self { most: (max_in_flight / 2).max(1), taken: Mutex::default() })
    }

    /// A place for a request of that caller.
    ///
    /// # Errors
    /// When it has as many as it may have.
    pub(super) fn enter(self: &Arc<Self>, whose: &str) -> Result<Place, Problem> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(whose.to_owned()).or_default();
        if *count >= self.most {
            let detail = format!(
                "{} requests of this credential are being worked on, as many as one may have at once; nothing was done. \
                 Send it again when one of them is answered.",
                self.most
            );
            return Err(Problem::new(Kind::RateLimited, detail).retry_after(1));
        }
        *count += 1;
        Ok(Place { shares: Arc::clone(self), whose: whose.to_owned() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.shares.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.whose) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.whose);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_that_takes_all_it_may_leaves_the_others_theirs_and_gets_it_back() {
        let shares = Shares::of(4);
        let (one, _two) = (shares.enter("greedy").unwrap(), shares.enter("greedy").unwrap());
        assert_eq!(shares.enter("greedy").unwrap_err().status(), 429);
        drop(shares.enter("other").unwrap());
        drop(one);
        assert!(shares.enter("greedy").is_ok());
        assert_eq!(shares.taken.lock().unwrap().len(), 1, "who has nothing at hand is forgotten");
    }
}
