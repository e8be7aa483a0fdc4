//! Reads the address and the headers of a call, and refuses what must not be sent (pure).

use std::net::IpAddr;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

use super::{Allowed, CallError};

/// An address that may be called, as far as it says so itself; a name is judged when it is resolved.
pub(super) struct Target {
    pub(super) url: Url,
    /// For sentences.
    pub(super) host: String,
}

impl Target {
    pub(super) fn new(url: &str, allowed: &Allowed) -> Result<Self, CallError> {
        let bad = |why: &str| CallError::BadUrl(format!("The address to call {why}."));
        // The parser would drop line breaks and tabs without a word.
        if url.chars().any(|each| each.is_control() || each.is_whitespace()) {
            return Err(bad("holds a space, a line break or another control character"));
        }
        let url = Url::parse(url).map_err(|error| bad(&format!("cannot be read: {error}")))?;
        match url.scheme() {
            "https" => {}
            "http" if allowed.http => {}
            "http" => return Err(CallError::Forbidden(PLAIN_HTTP.to_owned())),
            _ => return Err(bad("must begin with https://")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad("must hold no user or password; give them as the endpoint's secrets"));
        }
        let address = match url.host() {
            Some(Host::Ipv4(four)) => Some(IpAddr::V4(four)),
            Some(Host::Ipv6(six)) => Some(IpAddr::V6(six)),
            Some(Host::Domain(_)) => None,
            None => return Err(bad("names no host")),
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        if let Some(why) = address.and_then(|address| allowed.against(address)) {
            return Err(CallError::Forbidden(format!(
                "{host} is {why}, which must not be called unless the operator allows it."
            )));
        }
        Ok(Self { url, host })
    }
}

const PLAIN_HTTP: &str =
    "Plain http is not allowed: give an address that begins with https://, or let the operator allow it.";

/// What the connection itself says; a call that says otherwise could be read as two calls by the other side.
const OWN: [&str; 9] =
    ["connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/// The headers as they are sent. The sentences never hold a value.
pub(super) fn headers(given: &[(String, String)]) -> Result<HeaderMap, CallError> {
    let mut headers = HeaderMap::with_capacity(given.len());
    for (name, value) in given {
        let bad = |why: &str| CallError::BadHeader(format!("The header `{}` {why}.", name.escape_default()));
        let parsed = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("has no usable name"))?;
        if OWN.contains(&parsed.as_str()) {
            return Err(bad("is set by the connection and must not be given"));
        }
        if value.chars().any(char::is_control) {
            return Err(bad("holds a line break or another control character; look at the end of its secret's file"));
        }
        // Servers differ in how they read anything else.
        let plain = Some(value).filter(|value| value.is_ascii());
        let value =
            plain.and_then(|value| HeaderValue::from_str(value).ok()).ok_or_else(|| bad("holds more than ASCII"))?;
        headers.append(parsed, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(url: &str) -> CallError {
        match Target::new(url, &Allowed::default()) {
            Err(error) => error,
            Ok(target) => panic!("{url} may be called, as {}", target.url),
        }
    }

    #[test]
    fn a_forbidden_address_is_seen_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "127.0.0.1.",
            "127.1",
            "127.0.1",
            "2130706433",
            "2130706433.",
            "0x7f000001",
            "0x7f.1",
            "0x7F.0x0.0x0.0x1",
            "0177.0.0.1",
            "0177.0.0.01",
            "017700000001",
            "00000177.0.0.1",
            "0x7f.0.0.01",
            "0",
            "0.0.0.0",
            "%31%32%37.0.0.1",
            "127%2e0%2e0%2e1",
            "%30x7f.1",
            "１２７.０.０.１",
            "①②⑦.⓪.⓪.①",
            "127。0。0。1",
            "127．0．0．1",
            "１２７｡1",
            "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
            "𝟎𝐱𝟕𝐟.1",
            "127.0.0.1:443",
            "127.0.0.1:8443",
            "169.254.169.254",
            "0xa9fea9fe",
            "2852039166",
            "0251.0376.0251.0376",
            "10.0.0.1",
            "012.1",
            "192.168.1",
            "255.255.255.255",
            "100.100.100.200",
            "[::1]",
            "[::]",
            "[0:0:0:0:0:0:0:1]",
            "[0000::0001]",
            "[::ffff:127.0.0.1]",
            "[::FFFF:7f00:1]",
            "[::127.0.0.1]",
            "[0:0:0:0:0:ffff:127.0.0.1]",
            "[64:ff9b::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "[fec0::1]",
            "[ff02::1]",
            "[2001:0:7f00:1::]",
            "[2001:db8::1]",
            "[::1]:8443",
        ] {
            let error = refused(&format!("https://{host}/hook?key=s3cret"));
            assert!(matches!(error, CallError::Forbidden(_)), "{host}: {error}");
            assert!(!error.to_string().contains("s3cret"), "{host}: {error}");
        }
    }

    #[test]
    fn an_address_that_is_none_is_refused_in_a_sentence_without_its_secrets() {
        for url in [
            "",
            "hook",
            "//acme.example/s3cret",
            "ftp://acme.example/s3cret",
            "file:///etc/s3cret",
            "gopher://127.0.0.1/s3cret",
            "javascript:s3cret",
            "data:,s3cret",
            "https://",
            "https:///",
            "https://user@acme.example/s3cret",
            "https://user:s3cret@acme.example/",
            "https://:s3cret@acme.example/",
            "https://127.0.0.1:s3cret@acme.example/",
            "https://acme.example\r\nX-Key: s3cret",
            "https://127.0.0.1\t/s3cret",
            " https://acme.example/s3cret",
            "https://acme.example/s3 cret",
            "https://[::1%25eth0]/s3cret",
            "https://[fe80::1%eth0]/s3cret",
            "https://256.0.0.1/s3cret",
            "https://127.0.0.1.1/s3cret",
            "https://0x100000000/s3cret",
            "https://1.2.3.4.5.6/",
            "https://acme.example:99999/s3cret",
            "https://a b/",
            "https://a%00b/",
            "https://a%20b/",
            "https://a|b/",
            "https://a\u{0}b/",
            "https://%/",
        ] {
            let error = refused(url);
            assert!(matches!(error, CallError::BadUrl(_)), "{url}: {error}");
            assert!(!error.to_string().contains("s3cret"), "{url}: {error}");
        }
    }

    #[test]
    fn plain_http_is_spoken_only_where_the_operator_allows_it() {
        assert!(matches!(refused("http://acme.example/"), CallError::Forbidden(why) if why.contains("Plain http")));
        let http = Allowed { http: true, ranges: vec![] };
        assert!(Target::new("http://acme.example/", &http).is_ok());
        assert!(Target::new("http://127.0.0.1/", &http).is_err());
        assert!(Target::new("https://8.8.8.8:8443/x?y=z", &Allowed::default()).is_ok());
    }

    fn header(name: &str, value: &str) -> Result<HeaderMap, CallError> {
        headers(&[(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn a_header_that_cannot_be_sent_is_named_without_its_value() {
        for (name, value) in [
            ("authorization", "Bearer s3cret\n"),
            ("authorization", "s3cret\r\nx: y"),
            ("x-key", "s3cret\u{0}"),
            ("x-key", "s3cret\u{7f}"),
            ("x-key", "s3crét"),
            ("", "s3cret"),
            ("x key", "s3cret"),
            ("x\nkey", "s3cret"),
            ("x:", "s3cret"),
            ("Host", "s3cret.example"),
            ("Content-Length", "3"),
            ("transfer-encoding", "chunked"),
        ] {
            let error = header(name, value).unwrap_err();
            assert!(matches!(error, CallError::BadHeader(_)), "{name}");
            let shown = error.to_string();
            assert!(!shown.contains("s3c") && !shown.contains('\n'), "{shown}");
        }
        let twice = [("Accept".to_owned(), "a".to_owned()), ("accept".to_owned(), "b".to_owned())];
        assert_eq!(headers(&twice).unwrap().get_all("accept").iter().count(), 2);
    }

    /// A part of an IPv4 address in one of its spellings.
    fn spelled(number: u32, form: u8) -> String {
        match form {
            0 => format!("{number}"),
            1 => format!("{number:#x}"),
            2 => format!("0X{number:X}"),
            3 => format!("0{number:o}"),
            4 => format!("000{number:o}"),
            _ => format!("0x000{number:x}"),
        }
    }

    proptest! {
        #[test]
        fn every_spelling_of_an_ipv4_address_is_judged_as_the_address(
            address in any::<u32>(),
            start in proptest::option::of(prop_oneof![Just(0), Just(10), Just(100), Just(127), Just(169), Just(172), Just(192), Just(198)]),
            forms in any::<[u8; 4]>(),
            parts in 1..=4_usize,
            dot in any::<bool>(),
            encoded in any::<bool>(),
        ) {
            let address = start.map_or(address, |start: u32| start << 24 | address & 0xff_ffff);
            // The last part stands for all bytes that the others leave.
            let mut host: Vec<String> =
                (0..parts - 1).map(|nth| spelled(address >> (24 - 8 * nth) & 0xff, forms[nth] % 6)).collect();
            let rest = u64::from(address) & ((1_u64 << (32 - 8 * (parts - 1))) - 1);
            host.push(spelled(rest as u32, forms[3] % 6));
            let mut host = host.join(".");
            if dot {
                host.push('.');
            }
            if encoded {
                host = host.bytes().map(|byte| format!("%{byte:02x}")).collect();
            }
            let allowed = Allowed::default();
            let refused = Target::new(&format!("https://{host}/"), &allowed).err();
            let against = allowed.against(IpAddr::from(address.to_be_bytes()));
            prop_assert_eq!(matches!(refused, Some(CallError::Forbidden(_))), against.is_some(), "{}", host);
            prop_assert_eq!(refused.is_some(), against.is_some(), "{}", host);
        }

        #[test]
        fn an_ipv6_address_is_judged_as_it_is(segments in any::<[u16; 8]>(), start in prop_oneof![Just(0_u16), Just(0x64), Just(0x2001), Just(0x2002), Just(0xfc00), Just(0x2606)]) {
            let mut segments = segments;
            segments[0] = start;
            let address = IpAddr::from(segments);
            let host: Vec<String> = segments.iter().map(|segment| format!("{segment:04X}")).collect();
            let allowed = Allowed::default();
            let refused = Target::new(&format!("https://[{}]:8443/", host.join(":")), &allowed).is_err();
            prop_assert_eq!(refused, allowed.against(address).is_some());
        }

        #[test]
        fn whatever_is_written_is_read_or_refused(url in any::<String>(), name in any::<String>(), value in any::<String>()) {
            let _ = Target::new(&url, &Allowed::default());
            let _ = Target::new(&format!("https://{url}"), &Allowed::default());
            let _ = header(&name, &value);
        }
    }
}
