//! People's sign-in at an identity provider (OpenID Connect): authorization code with PKCE, state and nonce.
//!
//! | file | what it does |
//! |---|---|
//! | `settings.rs` | `[login.oidc]`, as written and as checked |
//! | `provider.rs` | what the provider says of itself, its keys, and the way there and out again |
//! | `token.rs` | a code becomes an id token; the token is believed or not |
//! | `call.rs` | one call to the provider, bounded in time and size |
//! | `claims.rs` | who somebody is here, by what the provider says (pure) |
//!
//! Nothing here stores anything: `web/pages/login/oidc/` does, and begins the session.

mod call;
mod claims;
mod provider;
mod settings;
mod token;

pub use claims::{NoRole, Told};
pub use provider::{Leaving, Provider};
pub use settings::{BadSettings, Settings};
pub use token::Verified;

/// Why somebody does not get in by the provider. The sentences are for people, and hold nothing that is secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    /// It gives no answer.
    #[error("{what} of the identity provider cannot be reached: {why}")]
    Unreachable {
        /// Which part of it.
        what: &'static str,
        /// Why, as far as is known.
        why: String,
    },
    /// It answers something that it must not.
    #[error("the identity provider answers what cannot be understood: {0}")]
    Nonsense(String),
    /// It refuses.
    #[error("the identity provider refuses: {0}")]
    Refused(String),
    /// What it says of the person is not to be believed.
    #[error("what the identity provider says of the person does not hold: {0}")]
    Unsound(String),
}
