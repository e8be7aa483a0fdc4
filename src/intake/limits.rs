//! How long an eSR's fields may be, in Unicode characters. Over a limit is an error, never a silent cut.

/// The filer's own number.
pub const REFERENCE: usize = 200;
/// The line on what is wrong.
pub const SUMMARY: usize = 1_000;
/// Free text: the description and a participant's findings.
pub const FREE_TEXT: usize = 100_000;
/// Names, releases, patches, features, case numbers, country codes.
pub const NAME: usize = 300;
/// How many traces a participant's case may name.
pub const TRACES: usize = 200;
/// The name of one trace.
pub const TRACE: usize = 500;
