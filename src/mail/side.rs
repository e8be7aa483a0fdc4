//! The bytes that stand for sides in tokens. They never change, or letters that were sent could not be answered.

use crate::triage::outcome::Side;

/// The byte of a side.
pub(super) fn code(side: Side) -> u8 {
    match side {
        Side::BusinessPartner => 1,
        Side::Participant => 2,
        Side::Ale => 3,
        Side::Agent => 4,
        Side::Finance => 5,
        Side::Filer => 6,
    }
}

/// The side that a byte stands for.
pub(super) fn of_code(code: u8) -> Option<Side> {
    Side::ALL.iter().copied().find(|side| self::code(*side) == code)
}
