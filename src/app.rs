//! The only wiring: configuration -> store, registry, rules -> server.
