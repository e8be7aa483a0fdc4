//! How long somebody waits who could not sign in.

use std::net::{IpAddr, Ipv6Addr};

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
/// One address that leaves for the identity provider: each that does not come back is remembered for some minutes.
pub const LEAVING: Patience = Patience { free: 100, most: SignedDuration::from_mins(15) };
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

/// What counts as one address: an IPv6 client has a whole /64 to itself, and a new address as often as it likes.
#[must_use]
pub fn place(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(six)) => {
            let [a, b, c, d, ..] = six.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        Ok(four) => four.to_string(),
        Err(_) => address.to_owned(),
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

    #[test]
    fn an_ipv6_client_is_one_place_however_many_addresses_it_has() {
        assert_eq!(place("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(place("2001:db8:1:2:ffff::1"), place("2001:db8:1:2:3:4:5:6"));
        assert_ne!(place("2001:db8:1:3::1"), place("2001:db8:1:2::1"));
        assert_eq!(place("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!((place("192.0.2.1"), place("")), ("192.0.2.1".to_owned(), String::new()));
    }
}
