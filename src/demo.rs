//! `serve --demo`: everything a newcomer needs, in one process.
