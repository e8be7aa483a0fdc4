//! Who did what: writing it down.

pub(super) mod record;
