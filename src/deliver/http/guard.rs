//! The resolver that judges: it hands out a name's addresses only when each of them may be called.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
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
///
/// A lookup takes a thread for as long as the name servers let it wait, and they do not stop when nobody waits any more. So
/// there is one lookup at a time for a name, shared by all who ask meanwhile: a name whose servers are dead holds one thread,
/// and not all of them.
pub(super) struct Guard {
    allowed: Arc<Allowed>,
    lookup: Lookup,
    running: Arc<Mutex<HashMap<String, Running>>>,
}

type Running = Shared<BoxFuture<'static, Result<Arc<[IpAddr]>, CallError>>>;

impl Guard {
    pub(super) fn new(allowed: Arc<Allowed>, lookup: Lookup) -> Self {
        Self { allowed, lookup, running: Arc::default() }
    }

    /// The lookup of a name that runs already, or a new one.
    fn look_up(&self, name: &str) -> Running {
        let mut running = lock(&self.running);
        if let Some(running) = running.get(name) {
            return running.clone();
        }
        let (found, done, own) = ((self.lookup)(name.to_owned()), Arc::clone(&self.running), name.to_owned());
        // A task, so that it ends and is forgotten also when nobody waits any more.
        let task = tokio::spawn(async move {
            let found = found.await;
            lock(&done).remove(&own);
            found
        });
        let own = name.to_owned();
        let found = async move {
            let found = task.await.map_err(io::Error::other).and_then(|found| found);
            found.map(Arc::from).map_err(|_| CallError::Unreachable(format!("The name {own} cannot be resolved.")))
        };
        let found = found.boxed().shared();
        running.insert(name.to_owned(), found.clone());
        found
    }
}

fn lock(running: &Mutex<HashMap<String, Running>>) -> MutexGuard<'_, HashMap<String, Running>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let (allowed, found) = (Arc::clone(&self.allowed), self.look_up(name.as_str()));
        Box::pin(async move { Ok(judged(name.as_str(), &found.await?, &allowed)?) })
    }
}

/// All addresses when each may be called. One that may not condemns the name: whoever can add it can also take the
/// others away.
fn judged(name: &str, found: &[IpAddr], allowed: &Allowed) -> Result<Addrs, CallError> {
    if found.is_empty() {
        return Err(CallError::Unreachable(format!("The name {name} has no address.")));
    }
    for address in found {
        if let Some(why) = allowed.against(*address) {
            return Err(CallError::Forbidden(format!(
                "{name} leads to {address}, {why}, which must not be called unless the operator allows it."
            )));
        }
    }
    // Port 0 is replaced by the one of the address that is called.
    Ok(Box::new(found.iter().map(|address| SocketAddr::new(*address, 0)).collect::<Vec<_>>().into_iter()))
}
