//! Mail: letters that a person is glad to read, sent by SMTP; and replies, read back into updates.

pub mod address;
mod base32;
mod key;
pub mod reply;
mod side;

pub use key::{BadKey, MailKey};
pub use side::Side;
