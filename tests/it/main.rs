//! All integration tests, in one binary so that they link once. A module tests one surface.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on stops there; clippy only excuses test functions, not their helpers"
)]

mod auth;
mod browser;
mod cli_account;
mod cli_database;
mod cli_endpoint;
mod cli_triage;
mod connector_pages;
mod connectors;
mod connectors_more;
mod cut_off;
mod decide;
mod deliveries_api;
mod delivery;
mod delivery_pages;
mod demo;
mod endpoints_api;
mod esr_pages;
mod events;
mod fixtures;
mod guard;
mod hooks;
mod hostile;
mod http;
mod inbound;
mod inbound_pages;
mod intake;
mod killed;
mod limits;
mod mail_in;
mod mail_out;
mod oidc;
mod overview;
mod participant_page;
mod partner_pages;
mod people;
mod queue;
mod readme;
mod registry_cli;
mod registry_files;
mod registry_pages;
mod rules;
mod rules_contract;
mod rules_pages;
mod schemas;
mod server;
mod shutdown;
mod site;
mod store;
mod support;
mod traces;
mod upstream;
mod verify;
