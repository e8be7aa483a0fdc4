//! Adding an endpoint, and changing one: forms made from the connector's own file.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::act::{about, faults};
use super::form::{self, Form, Input};
use super::one::{self, Brought};
use super::{address, named, operated};
use crate::access::{About, Act, Permission, Thing};
use crate::connectors::{self, Definition};
use crate::notify::endpoint::{Endpoint, MAIL_SYSTEM};
use crate::web::Web;
use crate::web::api::endpoints as api;
use crate::web::pages::filled::{Filled, InQuery};
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

/// So many companies are offered while somebody types.
const OFFERED: usize = 300;

#[derive(Template)]
#[template(path = "connectors/kinds.html")]
struct Kinds {
    frame: Frame,
    kinds: Vec<Kind>,
}

/// A connector that can be chosen.
struct Kind {
    name: String,
    title: String,
    proved: bool,
    two_way: bool,
    mail: bool,
}

#[derive(Template)]
#[template(path = "connectors/form.html")]
struct Page {
    frame: Frame,
    title: String,
    /// What an operator has to know, in lines of text and code.
    notes: Vec<Vec<(bool, String)>>,
    reference: Vec<String>,
    form: Form,
    /// Which connector a new endpoint is of.
    connector: String,
    to: String,
    back: String,
    new: bool,
    companies: Vec<(String, String)>,
    mail_system: bool,
}

impl Page {
    fn of(web: &Web, visitor: &Visitor, definition: &Definition, endpoint: Option<&Endpoint>, form: Form) -> Self {
        let title = match endpoint {
            Some(endpoint) => format!("Change {}", endpoint.name),
            None => format!("Add: {}", definition.title),
        };
        let registry = web.app.evaluator().registry;
        let participants = registry.document().participants.iter();
        let companies = participants.take(OFFERED).map(|one| (one.id.clone(), one.name.clone())).collect();
        Self {
            frame: visitor.frame(web, title.clone(), Section::Connectors),
            title,
            notes: notes(definition.notes.as_deref().unwrap_or_default()),
            reference: definition.reference.clone(),
            form,
            connector: definition.name.clone(),
            to: endpoint.map_or("/connectors/new".to_owned(), |one| format!("{}/edit", address(&one.name))),
            back: endpoint.map_or("/connectors/new".to_owned(), |one| address(&one.name)),
            new: endpoint.is_none(),
            companies,
            mail_system: endpoint.is_some_and(|endpoint| endpoint.id == MAIL_SYSTEM),
        }
    }
}

/// `GET /connectors/new`: which connectors there are; `?connector=` is the form of one.
pub(super) async fn blank(
    State(web): State<Web>,
    visitor: Visitor,
    InQuery(asked): InQuery,
) -> Result<Response, Sorry> {
    visitor.may(Permission::RunConnectors)?;
    if let Some(name) = asked.given("connector") {
        let definition = web.app.connectors.get(name).ok_or_else(|| Sorry::not_found("connector"))?;
        let form = Form::of(definition, None, None, &[]);
        return Ok(respond::page(&visitor, &Page::of(&web, &visitor, definition, None, form)));
    }
    let kind = |definition: &Definition| Kind {
        name: definition.name.clone(),
        title: definition.title.clone(),
        mail: definition.kind == connectors::Kind::Mail,
        proved: definition.proved,
        two_way: definition.two_way(),
    };
    let mut kinds: Vec<_> = web.app.connectors.iter().map(kind).collect();
    kinds.sort_by_key(|kind| kind.title.to_lowercase());
    let page = Kinds { frame: visitor.frame(&web, "Add an endpoint", Section::Connectors), kinds };
    Ok(respond::page(&visitor, &page))
}

/// `POST /connectors/new`
pub(super) async fn add(State(web): State<Web>, visitor: Visitor, filled: Filled) -> Result<Response, Sorry> {
    visitor.may(Permission::RunConnectors)?;
    let definition = web.app.connectors.get(filled.text("connector")).ok_or_else(|| Sorry::not_found("connector"))?;
    let said = form::said(&filled, definition, None);
    let again = |wrong: Vec<(String, String)>| {
        let form = Form::of(definition, None, Some(&filled), &wrong);
        let page = Page::of(&web, &visitor, definition, None, form);
        Ok(respond::with_status(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &page))
    };
    let known = web.app.store.endpoints().await?;
    let new = match api::judged(&web, &said, None, &known) {
        Ok(new) => new,
        Err(problem) => {
            let mut wrong = faults(problem);
            for (path, why) in &mut wrong {
                // Only the name can be taken; that problem names no field.
                if path.is_empty() && known.iter().any(|other| other.name == filled.text("name")) {
                    *path = "name".to_owned();
                    *why =
                        "There is an endpoint of this name already, perhaps a removed one; choose another.".to_owned();
                }
            }
            return again(wrong);
        }
    };
    let name = new.endpoint.name.clone();
    let about = About::new(Thing::Endpoint, &name);
    let adding = api::add(&web, new, None, &visitor.person.name);
    let added = visitor.act(&web, Act::EndpointAdded, &about, form::logged(&said), adding).await?;
    let done = "Added; the next message for this side goes there. Send a test to see that it works.";
    match added.new_secrets.into_iter().next() {
        Some((secret, value)) => {
            let secret = Some((secret, value.as_str().unwrap_or_default().to_owned()));
            let brought = Brought { secret, done: Some(done.to_owned()), ..Brought::default() };
            one::with(&web, &visitor, named(&web, &name).await?, StatusCode::OK, brought).await
        }
        None => Ok(respond::see_other(&address(&name), done)),
    }
}

/// `GET /connectors/{name}/edit`
pub(super) async fn show(
    State(web): State<Web>,
    visitor: Visitor,
    Path(name): Path<String>,
) -> Result<Response, Sorry> {
    let endpoint = operated(&web, &visitor, &name).await?;
    let definition = definition(&web, &endpoint)?;
    let form = Form::of(definition, Some(&endpoint), None, &[]);
    Ok(respond::page(&visitor, &Page::of(&web, &visitor, definition, Some(&endpoint), form)))
}

/// `POST /connectors/{name}/edit`
pub(super) async fn change(
    State(web): State<Web>,
    visitor: Visitor,
    Path(name): Path<String>,
    filled: Filled,
) -> Result<Response, Sorry> {
    let endpoint = operated(&web, &visitor, &name).await?;
    let definition = definition(&web, &endpoint)?;
    let said = form::said(&filled, definition, Some(&endpoint));
    let after = match api::judged_change(&web, &endpoint, &said) {
        Ok(after) => after,
        Err(problem) => {
            let form = Form::of(definition, Some(&endpoint), Some(&filled), &faults(problem));
            let page = Page::of(&web, &visitor, definition, Some(&endpoint), form);
            return Ok(respond::with_status(&visitor, StatusCode::UNPROCESSABLE_ENTITY, &page));
        }
    };
    let changing = api::changed(&web, &endpoint, after);
    visitor.act(&web, Act::EndpointChanged, &about(&endpoint), form::logged(&said), changing).await?;
    Ok(respond::see_other(&address(&name), "Changed. What waited because of it is tried again now."))
}

fn definition<'a>(web: &'a Web, endpoint: &Endpoint) -> Result<&'a Definition, Sorry> {
    web.app.connectors.get(&endpoint.connector).ok_or_else(|| {
        let why = format!(
            "The connector `{}` is not there any more; put it back, or remove this endpoint.",
            endpoint.connector
        );
        Sorry::new(StatusCode::CONFLICT, "No form for this endpoint", why)
    })
}

/// The lines of a connector's notes; what stands between backticks is code.
fn notes(text: &str) -> Vec<Vec<(bool, String)>> {
    let parts = |line: &str| line.split('`').enumerate().map(|(at, part)| (at % 2 == 1, part.to_owned())).collect();
    text.lines().map(parts).collect()
}
