//! `pointsman connector test`: a marked test to one endpoint, what was sent, what came back.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::super::Outcome;
use super::super::database::{Database, reading};
use super::super::style::{self, BAD, FAINT, GOOD, STRONG, paint};
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::connectors::Kind;
use crate::deliver::{Trial, trial};
use crate::notify::endpoint::{Endpoint, EndpointState};

/// Exit code 0 when the other side took it, 1 when it did not.
pub(super) fn run(
    name: &str,
    to: Option<&str>,
    at: &Database,
    config: Option<&Path>,
    json: bool,
) -> anyhow::Result<Outcome> {
    let config = config.map_or_else(Config::defaults, Config::load)?;
    let (endpoint, trial) = at.with(&reading(), async |store| {
        let app = App::new(config, Clock::system(), store).await?;
        let endpoint = named(app.store.endpoints().await?, name)?;
        let definition = app.connectors.get(&endpoint.connector);
        if definition.is_some_and(|definition| definition.kind == Kind::Mail)
            && to.is_none()
            && !endpoint.settings.contains_key("to")
        {
            bail!("the endpoint {name} writes to many addresses; say where this test goes: --to you@company.example");
        }
        let trial = trial(&app, &endpoint, to).await;
        Ok((endpoint, trial))
    })?;
    show(&endpoint, &trial, json)?;
    Ok(if trial.taken { Outcome::Done } else { Outcome::CheckFailed })
}

/// The endpoint of that name, or the only one whose connector is called so.
fn named(endpoints: Vec<Endpoint>, name: &str) -> anyhow::Result<Endpoint> {
    if let Some(endpoint) = endpoints.iter().find(|endpoint| endpoint.name == name) {
        return Ok(endpoint.clone());
    }
    let mut of_connector = endpoints.iter().filter(|endpoint| endpoint.connector == name);
    match (of_connector.next(), of_connector.next()) {
        (Some(endpoint), None) => Ok(endpoint.clone()),
        (Some(_), Some(_)) => {
            let names: Vec<_> = endpoints
                .iter()
                .filter(|endpoint| endpoint.connector == name)
                .map(|endpoint| endpoint.name.as_str())
                .collect();
            bail!("several endpoints use the connector {name}: name one of {}", names.join(", "))
        }
        _ => {
            let known = endpoints.iter().map(|endpoint| endpoint.name.as_str());
            let near = crate::nearest::nearest(name, known).map(|near| format!("; did you mean {near}?"));
            Err(anyhow::anyhow!("there is no endpoint {name:?} in this database{}", near.unwrap_or_default()))
                .context("nothing was sent")
        }
    }
}

fn show(endpoint: &Endpoint, trial: &Trial, json: bool) -> anyhow::Result<()> {
    if json {
        let text = serde_json::to_string_pretty(trial)?;
        return Ok(style::seen(std::io::Write::write_all(&mut style::raw(), format!("{text}\n").as_bytes()))?);
    }
    style::print(|page| {
        for call in &trial.calls {
            page.line(&paint(STRONG, &format!("{} {}", call.request.method, call.request.url)))?;
            for (header, value) in &call.request.headers {
                page.line(&paint(FAINT, &format!("{header}: {}", value.as_str().unwrap_or_default())))?;
            }
            if !call.request.body.is_null() {
                let body = match call.request.body.as_str() {
                    Some(text) => text.to_owned(),
                    None => serde_json::to_string_pretty(&call.request.body).unwrap_or_default(),
                };
                page.line(&body)?;
            }
            page.gap()?;
            let status = call.status.map_or("no answer".to_owned(), |status| status.to_string());
            page.line(&paint(STRONG, &format!("-> {status}")))?;
            page.line(&call.answer)?;
            page.gap()?;
        }
        let (style, word) = if trial.taken { (GOOD, "taken") } else { (BAD, "not taken") };
        page.line(&format!("{}: {} ({}). {}", paint(style, word), endpoint.name, endpoint.connector, trial.said))?;
        if let Some(advice) = trial.advice {
            page.paragraph(0, advice)?;
        }
        if endpoint.state == EndpointState::Disabled {
            page.line("The endpoint is disabled: notices are not sent there until it is enabled.")?;
        }
        Ok(())
    })?;
    Ok(())
}
