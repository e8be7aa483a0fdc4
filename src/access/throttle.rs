//! How long somebody waits who could not sign in.

use jiff::SignedDuration;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// So many failures cost nothing.
    pub free: i64,
    /// The longest wait.
    pub most: SignedDuration,
}

/// One login: people mistype.
pub const LOGIN: Patience = Patience { free: 5, most: SignedDuration::from_mins(15) };
/// One address: a whole office may stand behind it.
pub const ADDRESS: Patience = Patience { free: 20, most: SignedDuration::from_mins(15) };
/// Failures are forgotten after so long without another.
pub const FORGOTTEN: SignedDuration = SignedDuration::from_hours(1);

impl Patience {
    /// How long the next attempt has to wait after so many failures: a second, then twice as long each time.
    #[must_use]
    pub fn wait(self, failures: i64) -> SignedDuration {
        match failures - self.free {
            ..0 => SignedDuration::ZERO,
            beyond => SignedDuration::from_secs(1_i64 << beyond.min(30)).min(self.most),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyping_costs_nothing_and_guessing_takes_ever_longer_but_never_forever() {
        let waits: Vec<_> = [1, 4, 5, 6, 10, 100, i64::MAX].map(|n| LOGIN.wait(n).as_secs()).into();
        assert_eq!(waits, [0, 0, 1, 2, 32, 900, 900]);
    }
}
