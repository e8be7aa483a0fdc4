//! Which IP addresses may be called (pure).
//!
//! Only what the Internet routes to one host somewhere: everything with a special purpose in the registries of IANA is
//! forbidden, whether or not it could lead inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// The operator's exceptions; by default there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Whether plain http may be spoken.
    pub http: bool,
    /// Address ranges that may be called though they are not public.
    pub ranges: Vec<IpNet>,
}

impl Allowed {
    /// The exceptions from the operator's words: ranges such as `10.1.0.0/16` or `fd00::/8`, or single addresses.
    ///
    /// # Errors
    /// A sentence that names the first word that is neither.
    pub fn parse(http: bool, ranges: &[impl AsRef<str>]) -> Result<Self, String> {
        let range = |word: &str| word.parse::<IpNet>().or_else(|_| word.parse::<IpAddr>().map(IpNet::from));
        let ranges = ranges.iter().map(|word| {
            let word = word.as_ref().trim();
            range(word).map_err(|_| format!("`{word}` is no address range; write one as 10.1.0.0/16 or fd00::/8."))
        });
        Ok(Self { http, ranges: ranges.collect::<Result<_, _>>()? })
    }

    /// What speaks against calling this address, such as "a private address"; `None` when nothing does.
    pub(super) fn against(&self, address: IpAddr) -> Option<&'static str> {
        let special = special(address);
        // What is only a form of an IPv4 address leads where that one leads, whatever is allowed of the form itself.
        if let Some(inner) = special.and(embedded(address)) {
            let form = if self.lists(address) || is_mapped(address) { None } else { special };
            return self.against(IpAddr::V4(inner)).or(form);
        }
        special.filter(|_| !self.lists(address))
    }

    fn lists(&self, address: IpAddr) -> bool {
        self.ranges.iter().any(|range| range.contains(&address))
    }
}

fn is_mapped(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(six) if six.to_ipv4_mapped().is_some())
}

/// What is special about an address, in words; `None` for a public one.
fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(four) => V4.iter().find(|(range, _)| range.contains(&four)).map(|(_, what)| *what),
        IpAddr::V6(six) => match V6.iter().find(|(range, _)| range.contains(&six)) {
            Some((_, what)) => Some(what),
            None => (!GLOBAL_V6.contains(&six)).then_some("a reserved address"),
        },
    }
}

/// The IPv4 address that an IPv6 address stands for.
fn embedded(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(six) = address else { return None };
    let [a, b, c, .., y, z] = six.segments();
    let four = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    if six.is_unspecified() || six.is_loopback() {
        None
    } else if six.to_ipv4().is_some() || NAT64.contains(&six) {
        Some(four(y, z))
    } else {
        (a == 0x2002).then(|| four(b, c))
    }
}

const NAT64: Ipv6Net = v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96);
/// All that is given out for the whole Internet so far.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);

const V4: &[(Ipv4Net, &str)] = &[
    (v4([0, 0, 0, 0], 8), "an unspecified address"),
    (v4([10, 0, 0, 0], 8), "a private address"),
    (v4([100, 64, 0, 0], 10), "an address inside a carrier's network"),
    (v4([127, 0, 0, 0], 8), "a loopback address"),
    (v4([168, 63, 129, 16], 32), "a cloud's inner service address"),
    (v4([169, 254, 0, 0], 16), "a link-local address"),
    (v4([172, 16, 0, 0], 12), "a private address"),
    (v4([192, 0, 0, 0], 24), "an address reserved for protocols"),
    (v4([192, 0, 2, 0], 24), "an address for documentation"),
    (v4([192, 31, 196, 0], 24), "an address reserved for protocols"),
    (v4([192, 52, 193, 0], 24), "an address reserved for protocols"),
    (v4([192, 88, 99, 0], 24), "a 6to4 relay's address"),
    (v4([192, 168, 0, 0], 16), "a private address"),
    (v4([192, 175, 48, 0], 24), "an address reserved for protocols"),
    (v4([198, 18, 0, 0], 15), "an address for benchmarking"),
    (v4([198, 51, 100, 0], 24), "an address for documentation"),
    (v4([203, 0, 113, 0], 24), "an address for documentation"),
    (v4([224, 0, 0, 0], 4), "a multicast address"),
    (v4([255, 255, 255, 255], 32), "the broadcast address"),
    (v4([240, 0, 0, 0], 4), "a reserved address"),
];

const V6: &[(Ipv6Net, &str)] = &[
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 128), "the unspecified address"),
    (v6([0, 0, 0, 0, 0, 0, 0, 1], 128), "the loopback address"),
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 96), "an IPv4-compatible address"),
    (v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96), "an IPv4-mapped address"),
    (NAT64, "a NAT64 address"),
    (v6([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48), "a NAT64 address"),
    (v6([0x100, 0, 0, 0, 0, 0, 0, 0], 64), "an address that discards everything"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 32), "a Teredo address"),
    (v6([0x2001, 2, 0, 0, 0, 0, 0, 0], 48), "an address for benchmarking"),
    (v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), "an address reserved for protocols"),
    (v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), "an address for documentation"),
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), "a 6to4 address"),
    (v6([0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0], 48), "an address reserved for protocols"),
    (v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), "an address for documentation"),
    (v6([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16), "an address reserved for protocols"),
    (v6([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7), "a private address"),
    (v6([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10), "a link-local address"),
    (v6([0xfec0, 0, 0, 0, 0, 0, 0, 0], 10), "a private address"),
    (v6([0xff00, 0, 0, 0, 0, 0, 0, 0], 8), "a multicast address"),
];

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8], length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn against(allowed: &Allowed, address: &str) -> Option<&'static str> {
        allowed.against(address.parse().unwrap())
    }

    #[test]
    fn every_special_range_is_forbidden_at_both_ends_and_its_neighbours_are_not() {
        let none = Allowed::default();
        for (first, last) in [
            ("0.0.0.0", "0.255.255.255"),
            ("10.0.0.0", "10.255.255.255"),
            ("100.64.0.0", "100.127.255.255"),
            ("127.0.0.0", "127.255.255.255"),
            ("168.63.129.16", "168.63.129.16"),
            ("169.254.0.0", "169.254.255.255"),
            ("172.16.0.0", "172.31.255.255"),
            ("192.0.0.0", "192.0.0.255"),
            ("192.0.2.0", "192.0.2.255"),
            ("192.88.99.0", "192.88.99.255"),
            ("192.168.0.0", "192.168.255.255"),
            ("198.18.0.0", "198.19.255.255"),
            ("198.51.100.0", "198.51.100.255"),
            ("203.0.113.0", "203.0.113.255"),
            ("224.0.0.0", "255.255.255.255"),
            ("::", "::ffff:ffff"),
            ("64:ff9b::", "64:ff9b::ffff:ffff"),
            ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
            ("100::", "100::ffff:ffff:ffff:ffff"),
            ("2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] {
            assert!(against(&none, first).is_some(), "{first}");
            assert!(against(&none, last).is_some(), "{last}");
        }
        for public in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "168.63.129.15",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "2000::",
            "2001:200::",
            "2001:db7:ffff::1",
            "2001:db9::",
            "2003::",
            "2606:4700::1111",
            "3ffe:ffff::",
            "3fff:1000::",
        ] {
            assert_eq!(against(&none, public), None, "{public}");
        }
    }

    #[test]
    fn what_the_operator_allows_may_be_called_and_nothing_else() {
        let allowed = Allowed::parse(false, &["10.1.0.0/16", "192.168.7.7", "fd00:1::/32", "64:ff9b::/96"]).unwrap();
        for open in
            ["10.1.255.255", "192.168.7.7", "fd00:1::9", "::ffff:10.1.2.3", "64:ff9b::8.8.8.8", "64:ff9b::10.1.2.3"]
        {
            assert_eq!(against(&allowed, open), None, "{open}");
        }
        for shut in
            ["10.2.0.1", "192.168.7.8", "fd00:2::9", "::ffff:10.2.0.1", "64:ff9b::127.0.0.1", "2002:0a01:0203::1"]
        {
            assert!(against(&allowed, shut).is_some(), "{shut}");
        }
    }

    #[test]
    fn an_ipv4_address_in_ipv6_clothes_is_named_by_what_it_leads_to() {
        let none = Allowed::default();
        assert_eq!(against(&none, "::ffff:127.0.0.1"), Some("a loopback address"));
        assert_eq!(against(&none, "64:ff9b::169.254.169.254"), Some("a link-local address"));
        assert_eq!(against(&none, "2002:7f00:1::"), Some("a loopback address"));
        assert_eq!(against(&none, "64:ff9b::8.8.8.8"), Some("a NAT64 address"));
        assert_eq!(against(&none, "::ffff:8.8.8.8"), None, "it is the public address itself");
    }

    #[test]
    fn a_range_that_is_none_is_named() {
        let refused = Allowed::parse(true, &["10.0.0.0/8", "office"]).unwrap_err();
        assert_eq!(refused, "`office` is no address range; write one as 10.1.0.0/16 or fd00::/8.");
    }
}
