//! The nine facts that every decision is taken on, each a closed set of values (contract section 2).
//!
//! The routing table is proved against the product of these sets, so the engine never meets a value
//! that the proof has not seen. [`Facts::cell`] numbers the combinations without gaps; that number is
//! the index into the compiled table.

use serde::{Deserialize, Serialize};

use crate::closed::closed;
pub use crate::intake::esr::{Filer, Phase, Responsibility};

closed! {
    /// What the registry says about this pair of products and releases on the decision's day.
    Coverage {
        /// The eSR names no third-party product.
        NotInvolved = "not_involved",
        /// A report covers both releases and is valid that day (9.2.1).
        Valid = "valid",
        /// No report, but the company holds an accreditation that day (9.2.1, 11.3.1).
        Accredited = "accredited",
        /// The report's validity has ended (9.3 item 1).
        Expired = "expired",
        /// A release that the site runs is at its end of life (8.4 note).
        Obsolete = "obsolete",
        /// The report was withdrawn, or the company left or lost its status (10.3.2, 11.3.2).
        Withdrawn = "withdrawn",
        /// The solution has reports, none of which covers both releases (9.2.1).
        ReleaseNotCertified = "release_not_certified",
        /// A participant without a report or accreditation for this (9.3 item 2).
        NoReport = "no_report",
        /// The company is not in the program (9.3 item 3).
        NotAParticipant = "not_a_participant",
        /// A name or release is ambiguous or only near an entry: an agent looks.
        Unresolved = "unresolved",
        /// Something that the lookup needs is missing: the filer is asked.
        Incomplete = "incomplete",
    }
}
closed! {
    /// Where the feature stands in the report or accreditation found.
    Scope {
        /// Tested and working.
        InScope = "in_scope",
        /// The report itself says that it does not work.
        KnownLimitation = "known_limitation",
        /// Not tested, not applicable or not mentioned.
        OutOfScope = "out_of_scope",
        /// No feature given, or only near matches, or nothing to measure it against.
        Unclear = "unclear",
    }
}
closed! {
    /// How far the participant's own analysis has come (9.2.3 case 3).
    ParticipantAnalysis {
        /// No case number at the participant.
        None = "none",
        /// A case number, no conclusion yet.
        CaseOpened = "case_opened",
        /// No conclusion could be shown; also a claim against ALE without findings or traces.
        Inconclusive = "inconclusive",
        /// The participant shows, with findings or traces, a fault on ALE's side.
        AleFaultShown = "ale_fault_shown",
        /// The participant itself needs ALE.
        AleHelpRequested = "ale_help_requested",
        /// The participant found the fault on its own side.
        ParticipantFaultFound = "participant_fault_found",
    }
}
closed! {
    /// Whether the business partner gives ALE access to the system (9.2.3 note 2).
    SystemAccess {
        /// Access is given.
        Granted = "granted",
        /// Access is refused or was not mentioned.
        Missing = "missing",
    }
}
closed! {
    /// Whether DSPP Technical Assistance can be given to the filing company (5.3, 5.4.1).
    Assistance {
        /// The balance of assistance tickets is positive.
        Available = "available",
        /// In the program, balance zero.
        NoTicket = "no_ticket",
        /// The question is about the company's own source code.
        SourceCode = "source_code",
        /// Not, or no longer, in the program.
        NotInProgram = "not_in_program",
    }
}
closed! {
    /// The severity as filed, 1 (production down) to 4 (information).
    Urgency {
        /// Production down.
        One = "1",
        /// Part down, or intermittent loss.
        Two = "2",
        /// Slow or impaired.
        Three = "3",
        /// Information or assistance.
        Four = "4",
    }
}

/// The nine facts of one decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Facts {
    /// Production or development.
    pub phase: Phase,
    /// Who filed it.
    pub filer: Filer,
    /// What the registry says.
    pub coverage: Coverage,
    /// Where the feature stands.
    pub scope: Scope,
    /// Whose side the fault is on.
    pub responsibility: Responsibility,
    /// The participant's analysis.
    pub participant_analysis: ParticipantAnalysis,
    /// Access to the system.
    pub system_access: SystemAccess,
    /// Technical Assistance.
    pub assistance: Assistance,
    /// Severity.
    pub urgency: Urgency,
}

/// One of the nine facts, by its place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact(pub(crate) usize);

/// How many facts there are.
pub const FACT_COUNT: usize = 9;

/// A fact combination as indices, one a fact, in the order of [`Fact::all`].
pub type Indices = [u8; FACT_COUNT];

macro_rules! fact_table {
    ($($field:ident: $ty:ident),+ $(,)?) => {
        const NAMES: [&str; FACT_COUNT] = [$(stringify!($field)),+];
        const SIZES: [usize; FACT_COUNT] = [$($ty::ALL.len()),+];

        impl Facts {
            /// The combination as indices into each fact's values.
            #[must_use]
            pub fn indices(&self) -> Indices { [$(self.$field.index() as u8),+] }

            /// The combination that the indices name.
            ///
            /// # Panics
            /// When an index is beyond its fact's values; indices come from [`Fact::size`] or [`Facts::indices`].
            #[must_use]
            fn from_indices(indices: Indices) -> Self {
                let mut at = indices.into_iter();
                let mut next = || usize::from(at.next().unwrap_or_default());
                Self { $($field: $ty::ALL[next()]),+ }
            }
        }

        impl Fact {
            /// The words of this fact's values, in index order.
            #[must_use]
            pub fn words(self) -> Vec<&'static str> {
                let words: [Vec<&'static str>; FACT_COUNT] = [$($ty::words().collect()),+];
                words.into_iter().nth(self.0).unwrap_or_default()
            }

            /// The word of one value.
            #[must_use]
            pub fn word(self, value: u8) -> &'static str {
                let mut place = 0;
                $( if self.0 == place { return $ty::ALL[usize::from(value)].as_str(); } place += 1; )+
                let _ = place;
                ""
            }
        }
    };
}

fact_table! {
    phase: Phase,
    filer: Filer,
    coverage: Coverage,
    scope: Scope,
    responsibility: Responsibility,
    participant_analysis: ParticipantAnalysis,
    system_access: SystemAccess,
    assistance: Assistance,
    urgency: Urgency,
}

const STRIDES: [usize; FACT_COUNT] = {
    let mut strides = [1; FACT_COUNT];
    let mut fact = FACT_COUNT - 1;
    while fact > 0 {
        strides[fact - 1] = strides[fact] * SIZES[fact];
        fact -= 1;
    }
    strides
};

/// How many fact combinations there are: the size of the space that the table is proved against.
pub const CELLS: usize = STRIDES[0] * SIZES[0];

impl Fact {
    /// The fact `coverage`.
    pub const COVERAGE: Self = Self(2);
    /// The fact `scope`.
    pub const SCOPE: Self = Self(3);

    /// All nine, in table order.
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        (0..FACT_COUNT).map(Self)
    }

    /// The fact's name as in the table's header.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES[self.0]
    }

    /// How many values the fact has.
    #[must_use]
    pub fn size(self) -> usize {
        SIZES[self.0]
    }

    /// How far apart two neighbouring values of this fact are in cell numbers.
    #[must_use]
    pub fn stride(self) -> usize {
        STRIDES[self.0]
    }

    /// Position among the nine.
    #[must_use]
    pub fn position(self) -> usize {
        self.0
    }

    /// The fact of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|fact| fact.name() == name)
    }

    /// The index of the value of that word.
    #[must_use]
    pub fn value_named(self, word: &str) -> Option<u8> {
        self.words().iter().position(|known| *known == word).and_then(|at| u8::try_from(at).ok())
    }
}

impl Facts {
    /// The combination's number, 0 to [`CELLS`] - 1.
    #[inline]
    #[must_use]
    pub fn cell(&self) -> usize {
        self.indices().iter().zip(STRIDES).map(|(&index, stride)| usize::from(index) * stride).sum()
    }

    /// The combination of that number.
    #[must_use]
    pub fn from_cell(cell: usize) -> Self {
        let mut indices = [0; FACT_COUNT];
        for fact in Fact::all() {
            indices[fact.0] = ((cell / fact.stride()) % fact.size()) as u8;
        }
        Self::from_indices(indices)
    }

    /// The same combination with one fact changed.
    #[must_use]
    pub fn with(&self, fact: Fact, value: u8) -> Self {
        let mut indices = self.indices();
        indices[fact.0] = value;
        Self::from_indices(indices)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_number_names_one_combination_and_back() {
        for cell in 0..CELLS {
            assert_eq!(Facts::from_cell(cell).cell(), cell);
        }
        assert_eq!(CELLS, 2 * 3 * 11 * 4 * 3 * 6 * 2 * 4 * 4);
    }

    #[test]
    fn words_parse_back_to_their_values() {
        for fact in Fact::all() {
            assert_eq!(Fact::named(fact.name()), Some(fact));
            for (index, word) in fact.words().into_iter().enumerate() {
                assert_eq!(fact.word(index as u8), word);
            }
        }
        assert_eq!(Fact::named("coverage"), Some(Fact::COVERAGE));
        assert_eq!(Fact::named("scope"), Some(Fact::SCOPE));
        assert_eq!(Coverage::parse("release_not_certified"), Some(Coverage::ReleaseNotCertified));
        assert_eq!(Coverage::parse("Valid"), None);
    }
}
