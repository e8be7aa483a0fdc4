//! `pointsman`: support-escalation triage. An eSR comes in; a proved, explained and durable decision goes out.
//!
//! The modules are the steps of the flow, in its order; no later step calls an earlier one:
//!
//! | step | module | what it does |
//! |---|---|---|
//! | 1 | [`intake`] | untrusted input -> a checked eSR; credentials; idempotency |
//! | 2 | [`registry`] | what the certification reports say about two products on a day |
//! | 3 | [`triage`] | facts -> the proved routing table -> an explained decision (pure) |
//! | 4 | [`cases`] | what a decision means for the case: its status, its events (pure) |
//! | 5 | [`notify`] | who has to be told what: outbox rows (pure) |
//! | 6 | [`store`] | case, decision and outbox rows, in one commit; all SQL |
//!
//! [`flow`] takes one eSR through all of them, on one screen. Around it:
//!
//! | module | what it does |
//! |---|---|
//! | [`config`] | the operator's settings |
//! | [`clock`] | time and ids: the only place that reads either |
//! | [`app`] | what a running service shares |
//! | [`web`] | the HTTP API |
//! | [`service`] | the only wiring: starts it all, looks after it, stops it |
//! | [`demo`] | a whole service with sample data, in one process |
//! | [`cli`] | the command line |
//!
//! Three small tools serve them all: `closed` (closed sets of words), `hash` (SHA-256 as it is written down) and `nearest`
//! (what an unknown word was meant to be).

pub mod app;
pub mod cases;
pub mod cli;
pub mod clock;
mod closed;
pub mod config;
pub mod demo;
pub mod flow;
mod hash;
pub mod intake;
mod nearest;
pub mod notify;
pub mod registry;
pub mod service;
pub mod store;
pub mod triage;
pub mod web;
