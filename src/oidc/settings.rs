//! `[login.oidc]`, as written and as checked.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::Deserialize;
use url::{Host, Url};

use crate::access::Role;

/// `[login.oidc]`; `config.toml` describes every key.
#[derive(Clone, Deserialize)]
#[expect(missing_docs, reason = "config.toml describes every key, once")]
pub struct Settings {
    pub issuer: String,
    pub name: String,
    pub client_id: String,
    pub client_secret: String,
    pub client_secret_file: PathBuf,
    pub scopes: Vec<String>,
    pub timeout_seconds: u64,
    pub sign_out_there: bool,
    pub login_claim: String,
    pub name_claim: String,
    pub email_claim: String,
    pub company_claim: String,
    pub participant_claim: String,
    pub roles_claim: String,
    pub roles: BTreeMap<Role, Vec<String>>,
}

impl fmt::Debug for Settings {
    /// The secret never prints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// Why the settings cannot work: a full sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("login.oidc.{0}")]
pub struct BadSettings(pub(super) String);

impl Settings {
    /// Whether people sign in at an identity provider at all.
    #[must_use]
    pub fn is_given(&self) -> bool {
        !self.issuer.trim().is_empty()
    }

    /// What is wrong with them: the setting, below `login.oidc`, and what it must be.
    pub(crate) fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let mut wrong = |setting, why: &str| faults.push((setting, why.to_owned()));
        if !self.is_given() {
            // Somebody who wrote the rest and not this has forgotten it.
            if !self.client_id.trim().is_empty() {
                wrong("issuer", "must be given where a client_id is: the address of the identity provider.");
            }
            return faults;
        }
        if !is_issuer(&self.issuer) {
            wrong(
                "issuer",
                "must be an https:// address without a query (http:// only on this machine), as the provider writes it.",
            );
        }
        if self.client_id.trim().is_empty() {
            wrong("client_id", "must be given: as what this service is registered at the provider.");
        }
        if !self.client_secret.is_empty() && !self.client_secret_file.as_os_str().is_empty() {
            wrong("client_secret", "and client_secret_file are both given; give one.");
        }
        if !self.scopes.iter().any(|scope| scope == "openid") {
            wrong("scopes", "must hold \"openid\".");
        }
        if self.timeout_seconds == 0 {
            wrong("timeout_seconds", "must be at least 1.");
        }
        for (setting, claim) in [("roles_claim", &self.roles_claim), ("login_claim", &self.login_claim)] {
            if claim.trim().is_empty() {
                wrong(setting, "must name a claim.");
            }
        }
        let mapped = |role: &Role| self.roles.get(role).is_some_and(|values| !values.is_empty());
        if !Role::ALL.iter().any(mapped) {
            wrong("roles", "gives nobody a role, so nobody could sign in: name the claim's values for at least one.");
        }
        if Role::ALL.iter().any(|role| !role.is_staff() && mapped(role)) && self.company_claim.trim().is_empty() {
            wrong(
                "company_claim",
                "must name a claim where business partners or participants get a role: they need a company.",
            );
        }
        if mapped(&Role::Participant) && self.participant_claim.trim().is_empty() {
            wrong(
                "participant_claim",
                "must name a claim where participants get a role: it says who they are in the registry.",
            );
        }
        faults
    }

    /// The secret; none where this service is a public client.
    pub(super) fn secret(&self) -> Result<Option<String>, BadSettings> {
        let file = &self.client_secret_file;
        if file.as_os_str().is_empty() {
            return Ok(Some(self.client_secret.clone()).filter(|secret| !secret.is_empty()));
        }
        let text = std::fs::read_to_string(file)
            .map_err(|error| BadSettings(format!("client_secret_file: {} cannot be read: {error}.", file.display())))?;
        match text.trim() {
            "" => Err(BadSettings(format!("client_secret_file: {} is empty.", file.display()))),
            secret => Ok(Some(secret.to_owned())),
        }
    }

    /// What stands on the button.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.name.trim() {
            "" => Url::parse(self.issuer.trim()).ok().and_then(|url| url.host_str().map(str::to_owned)),
            name => Some(name.to_owned()),
        }
        .unwrap_or_default()
    }
}

/// Whether an address can be an issuer's: TLS, or this very machine.
fn is_issuer(text: &str) -> bool {
    let Ok(url) = Url::parse(text.trim()) else { return false };
    safe(&url) && url.query().is_none() && url.fragment().is_none() && url.username().is_empty()
}

/// Whether nobody on the way reads along.
pub(super) fn safe(url: &Url) -> bool {
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(four)) => four.is_loopback(),
        Some(Host::Ipv6(six)) => six.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || (url.scheme() == "http" && here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_spoken_to_by_tls_or_on_this_machine() {
        for good in ["https://id.example", "https://id.example/realms/a", "http://127.0.0.1:3000", "http://localhost:1"]
        {
            assert!(is_issuer(good), "{good}");
        }
        for bad in [
            "",
            "id.example",
            "http://id.example",
            "https://id.example/?a=b",
            "https://u@id.example",
            "ftp://id.example",
        ] {
            assert!(!is_issuer(bad), "{bad}");
        }
    }
}
