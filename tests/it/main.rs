//! All integration tests, in one binary so that they link once. A module tests one surface.
mod decide;
mod registry_files;

mod rules_contract;
mod store;
mod support;
