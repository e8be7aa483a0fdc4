//! `pointsman`: support-escalation triage. An eSR comes in; a proved, explained and durable decision goes out.
//!
//! The modules are the steps of the flow, in its order. No later step calls an earlier one; what other sides answer goes
//! through [`flow`] again, from its beginning:
//!
//! | step | module | what it does |
//! |---|---|---|
//! | 1 | [`intake`] | untrusted input -> a checked eSR; credentials; idempotency |
//! | 2 | [`registry`] | what the certification reports say about two products on a day |
//! | 3 | [`triage`] | facts -> the proved routing table -> an explained decision (pure) |
//! | 4 | [`cases`] | what a decision means for the case: its status, its events (pure) |
//! | 5 | [`notify`] | who is told what, on which channel: messages and deliveries (pure) |
//! | 6 | [`store`] | case, decision, messages and deliveries, in one commit; all SQL |
//! | 7 | [`deliver`] | claims what waits, sends it, records every attempt |
//!
//! [`flow`] takes one eSR through all of them, on one screen. Around it:
//!
//! | module | what it does |
//! |---|---|
//! | [`config`] | the operator's settings |
//! | [`connectors`] | how other companies' systems are spoken to: data, not code |
//! | [`mail`] | letters and replies |
//! | [`access`] | people who sign in, their roles, and what each permits |
//! | [`oidc`] | people's sign-in at an identity provider |
//! | [`attachments`] | attached files on disk, under their hashes |
//! | [`traces`] | what a text trace says about the platform (pure) |
//! | [`clock`] | time and ids: the only place that reads either |
//! | [`app`] | what a running service shares |
//! | [`web`] | the HTTP API |
//! | [`service`] | the only wiring: starts it all, looks after it, stops it |
//! | [`demo`] | a whole service with sample data, in one process |
//! | [`cli`] | the command line |
//!
//! Five small tools serve them all: `client` (what every HTTP client starts from), `closed` (closed sets of words), `hash`
//! (SHA-256 as it is written down), `nearest` (what an unknown word was meant to be) and `record` (acts leave an entry in the
//! audit log).

pub mod access;
pub mod app;
pub mod attachments;
pub mod cases;
pub mod cli;
mod client;
pub mod clock;
mod closed;
pub mod config;
pub mod connectors;
pub mod deliver;
pub mod demo;
pub mod flow;
mod hash;
pub mod intake;
pub mod mail;
mod nearest;
pub mod notify;
pub mod oidc;
mod record;
pub mod registry;
pub mod service;
pub mod store;
pub mod traces;
pub mod triage;
pub mod web;
