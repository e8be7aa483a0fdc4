//! `/my/new`: one eSR by form. What would be decided is shown before it is filed.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::form::{Form, label};
use super::own::Own;
use super::verdict::Verdict;
use crate::access::{About, Act, Thing};
use crate::flow::{self, Answer, Filing, Refused};
use crate::intake::parse;
use crate::web::Web;
use crate::web::pages::filled::{Filled, InQuery};
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

#[derive(Template)]
#[template(path = "my/new.html")]
struct Page {
    frame: Frame,
    form: Form,
    verdict: Option<Verdict>,
    /// It was asked what would be decided.
    checked: bool,
    /// The case that has this reference already.
    taken: Option<String>,
    is_participant: bool,
    /// What is wrong with all of it.
    wrong: Option<String>,
}

impl Page {
    fn label(&self, path: &str) -> String {
        label(path)
    }

    /// An id for HTML.
    fn id(&self, path: &str) -> String {
        path.replace('.', "-")
    }
}

/// The form; a query may fill it in, so that a search or another page can begin one.
pub(super) async fn blank(
    State(web): State<Web>,
    visitor: Visitor,
    InQuery(asked): InQuery,
) -> Result<Response, Sorry> {
    let own = Own::of(&visitor)?;
    let form = Form::new(asked);
    let verdict = Verdict::of(&web, &own, &form).await?;
    Ok(page(&web, &visitor, &own, StatusCode::OK, Page { verdict, ..Page::new(&web, &visitor, &own, form) }))
}

impl Page {
    fn new(web: &Web, visitor: &Visitor, own: &Own, form: Form) -> Self {
        Self {
            frame: visitor.frame(web, "File an eSR", Section::My),
            form,
            verdict: None,
            checked: false,
            taken: None,
            is_participant: own.participant.is_some(),
            wrong: None,
        }
    }
}

fn page(_web: &Web, visitor: &Visitor, _own: &Own, status: StatusCode, page: Page) -> Response {
    respond::with_status(visitor, status, &page)
}

/// Files what the form says, or only says what would be decided.
pub(super) async fn send(State(web): State<Web>, visitor: Visitor, filled: Filled) -> Result<Response, Sorry> {
    let own = Own::of(&visitor)?;
    let only_check = filled.text("do") == "check" || filled.given("use").is_some();
    let mut form = Form::new(filled);
    let body = form.body();
    if only_check {
        let verdict = Verdict::of(&web, &own, &form).await?;
        let shown = Page { verdict, checked: true, ..Page::new(&web, &visitor, &own, form) };
        return Ok(page(&web, &visitor, &own, StatusCode::OK, shown));
    }
    if let Err(errors) = parse::esr(&body) {
        form.blame(errors);
        return again(&web, &visitor, &own, form, |page| page).await;
    }
    let filing = Filing { actor: own.actor(), filer: own.company.clone(), filed_by: own.filed_by(), webhook: None };
    let reference = body["reference"].clone();
    let about = About::new(Thing::Esr, reference.as_str().unwrap_or_default());
    let filing = flow::file(&web.app, filing, body);
    match visitor.act(&web, Act::Filed, &about, json!({ "reference": reference }), filing).await {
        Ok(Answer::New(receipt)) => Ok(filed(&receipt, "Filed. This is what was decided.")),
        Ok(Answer::Again(receipt)) => Ok(filed(&receipt, "You filed this before; here it is.")),
        Err(Refused::Fields(errors)) => {
            form.blame(errors);
            again(&web, &visitor, &own, form, |page| page).await
        }
        Err(Refused::OtherContent { id }) => {
            let why = "You filed another eSR under this reference.".to_owned();
            form.faults.push(("reference".to_owned(), why));
            again(&web, &visitor, &own, form, |page| Page { taken: Some(id), ..page }).await
        }
        Err(error) => {
            tracing::warn!(%error, "an eSR from a form could not be filed");
            let wrong = "This could not be stored just now; nothing was filed. Send it again.".to_owned();
            again(&web, &visitor, &own, form, |page| Page { wrong: Some(wrong), ..page }).await
        }
    }
}

async fn again(
    web: &Web,
    visitor: &Visitor,
    own: &Own,
    form: Form,
    with: impl FnOnce(Page) -> Page,
) -> Result<Response, Sorry> {
    let verdict = Verdict::of(web, own, &form).await?;
    let shown = with(Page { verdict, ..Page::new(web, visitor, own, form) });
    Ok(page(web, visitor, own, StatusCode::UNPROCESSABLE_ENTITY, shown))
}

/// On to the case, which says what was decided.
fn filed(receipt: &str, said: &str) -> Response {
    let receipt: serde_json::Value = serde_json::from_str(receipt).unwrap_or_default();
    let id = receipt["id"].as_str().unwrap_or_default();
    respond::see_other(&format!("/my/{id}"), said)
}
