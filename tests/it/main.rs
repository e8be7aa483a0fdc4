//! All integration tests, in one binary so that they link once. A module tests one surface.
mod rules_contract;
