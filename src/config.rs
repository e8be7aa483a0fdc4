//! The operator's configuration; defaults stand in one commented TOML.
