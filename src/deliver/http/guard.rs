//! The resolver that judges: it hands out a name's addresses only when each of them may be called.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Allowed, CallError};

/// Looks up all addresses of a name.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// Asks the system: the hosts file and the name servers it is set up for.
#[must_use]
pub fn system_lookup() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// Resolves for connections that are being made; they go to the addresses given here and to no others.
pub(super) struct Guard {
    allowed: Arc<Allowed>,
    lookup: Lookup,
}

impl Guard {
    pub(super) fn new(allowed: Arc<Allowed>, lookup: Lookup) -> Self {
        Self { allowed, lookup }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, found) = (Arc::clone(&self.allowed), (self.lookup)(name.as_str().to_owned()));
        Box::pin(async move {
            let name = name.as_str();
            let found =
                found.await.map_err(|_| CallError::Unreachable(format!("The name {name} cannot be resolved.")))?;
            Ok(judged(name, found, &allowed)?)
        })
    }
}

/// All addresses when each may be called. One that may not condemns the name: whoever can add it can also take the
/// others away.
fn judged(name: &str, found: Vec<IpAddr>, allowed: &Allowed) -> Result<Addrs, CallError> {
    if found.is_empty() {
        return Err(CallError::Unreachable(format!("The name {name} has no address.")));
    }
    for address in &found {
        if let Some(why) = allowed.against(*address) {
            return Err(CallError::Forbidden(format!(
                "{name} leads to {address}, {why}, which must not be called unless the operator allows it."
            )));
        }
    }
    // Port 0 is replaced by the one of the address that is called.
    Ok(Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0))))
}
