//! One case for somebody outside: by the link in a letter (`/c/{token}`), or signed in (`/my/{id}`).
//!
//! | file | what it is |
//! |---|---|
//! | `link.rs` | opening a link: whose it is, and whether it still works |
//! | `by_link.rs` | the pages behind a link; the link is the credential, there is no cookie |
//! | `seat.rs` | who has the case before them, and what they may do |
//! | `act.rs` | what they do: answer, contest, correct, add files |
//! | `sent.rs` | a sent form, with files in it or without |
//! | `answer.rs` | the participant's answer: case number, conclusion, findings |
//! | `update.rs` | what the filer can add or correct |
//! | `view.rs` | what stands on the page |
//! | `picker.rs` | where files are chosen |
//! | `logged.rs` | what somebody signed in does, left in the audit log |
//! | `holders.rs` | who holds links to a case, taken back and sent anew by agents |
//! | `happened.rs` | the timeline as it is fit for people outside |

pub(super) mod act;
mod answer;
mod by_link;
mod happened;
mod holders;
mod link;
pub(super) mod logged;
mod picker;
mod seat;
mod sent;
mod update;
mod view;

pub(super) use self::act::Acted;
use self::act::Did;
pub(super) use self::by_link::{pages, uploads};
pub(super) use self::holders::Holders;
pub(super) use self::holders::acts as staff_acts;
pub(super) use self::picker::Picker;
pub(super) use self::seat::{Open, Seat};
pub(super) use self::sent::Sent;
pub(super) use self::update::field_of;
pub(super) use self::view::{Typed, View};
