//! From where a request comes: as the connection says, or as a proxy says whose word is taken for it.

use std::net::{IpAddr, SocketAddr};

use axum::http::{Extensions, HeaderMap, header};
use ipnet::IpNet;

use super::Web;
use super::server::Peer;
use crate::access::Origin;

/// The longest name of a browser that is kept.
const AGENT: usize = 200;

/// The address and the program of a request's sender.
pub(super) fn origin(headers: &HeaderMap, extensions: &Extensions, web: &Web) -> Origin {
    let name = web.app.config.login.address_header.trim();
    let told: Vec<&str> = match name {
        "" => Vec::new(),
        name => {
            let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
            values.flat_map(|value| value.split(',')).collect()
        }
    };
    let peer = extensions.get::<Peer>().map(|peer| peer.0);
    let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Origin {
        address: peer.map(|peer| client(peer, &told, &web.proxies).to_string()).unwrap_or_default(),
        agent: agent.chars().filter(|c| !c.is_control()).take(AGENT).collect(),
    }
}

/// The client behind `peer`. Each proxy appends the address that it saw, so the list is read from its end, for as long as it
/// is a trusted proxy that speaks; what stands before that may be anybody's.
fn client(peer: IpAddr, told: &[&str], trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    for word in told.iter().rev() {
        if !trusted.iter().any(|range| range.contains(&client)) {
            break;
        }
        match address(word.trim()) {
            Some(address) => client = address.to_canonical(),
            None => break,
        }
    }
    client
}

/// An address as proxies write it: with a port or without, an IPv6 address in brackets or not.
fn address(word: &str) -> Option<IpAddr> {
    let bare = word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(word);
    bare.parse().ok().or_else(|| word.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_trusted_proxy_is_believed_and_only_what_it_saw_itself() {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"].map(|range| range.parse().unwrap()).to_vec();
        let from = |peer: &str, told: &str| {
            let told: Vec<_> = told.split(',').filter(|word| !word.is_empty()).collect();
            client(peer.parse().unwrap(), &told, &trusted).to_string()
        };
        assert_eq!(from("203.0.113.7", "192.0.2.1"), "203.0.113.7", "a stranger who sends the header");
        assert_eq!(from("10.0.0.1", "192.0.2.1"), "192.0.2.1");
        assert_eq!(from("10.0.0.1", "6.6.6.6, 192.0.2.1"), "192.0.2.1", "what the client wrote itself");
        assert_eq!(from("10.0.0.1", "192.0.2.1, 10.2.2.2"), "192.0.2.1", "through two proxies");
        assert_eq!(from("10.0.0.1", "192.0.2.1:5555"), "192.0.2.1");
        assert_eq!(from("fd00::1", "[2001:db8::7]"), "2001:db8::7");
        assert_eq!(from("fd00::1", "[2001:db8::7]:443"), "2001:db8::7");
        assert_eq!(from("::ffff:10.0.0.1", "192.0.2.1"), "192.0.2.1");
        for nonsense in ["", "unknown", "_hidden", "192.0.2.1, unknown"] {
            assert_eq!(from("10.0.0.1", nonsense), "10.0.0.1", "{nonsense}");
        }
    }
}
