//! Mail: letters that a person is glad to read, sent by SMTP; and replies, read back into updates.

pub mod address;
mod base32;
mod case;
mod clean;
mod compose;
mod content;
mod disabled;
mod dkim;
pub mod imap;
pub mod inbound;
mod key;
mod letter;
pub mod link;
mod pattern;
mod post;
pub mod reply;
mod sentences;
mod settings;
mod side;
mod words;

pub(crate) use compose::page;
pub use compose::{BadLetter, Text, compose, compose_disabled, compose_text, link_for};
pub(crate) use content::Content;
pub use disabled::Disabled;
pub use dkim::Dkim;
pub use key::{BadKey, MailKey};
pub use letter::Letter;
pub use post::{MailError, Post, SmtpAnswer};
pub use settings::{BadSettings, MailSettings, Server, Settings, Tls};
pub use words::Words;
