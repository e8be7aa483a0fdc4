//! Saved views of the queue: one's own, and those that are shared with everybody.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::asked::Asked;
use crate::access::{About, Act, Permission, Thing};
use crate::store::{ChangeViews, StoreError, View};
use crate::web::Web;
use crate::web::pages::filled::Filled;
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;

/// The longest name, in characters.
const LONGEST: usize = 80;

/// A view as it is shown.
pub(super) struct Kept {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) to: String,
    pub(super) shared: bool,
    /// The visitor may forget it.
    pub(super) own: bool,
    /// It is what is looked at.
    pub(super) here: bool,
}

/// The views that a visitor sees.
pub(super) async fn kept(web: &Web, visitor: &Visitor, asked: &Asked) -> Result<Vec<Kept>, Sorry> {
    let query = asked.query();
    let shown = |view: View| Kept {
        to: format!("/queue?{}", view.query),
        shared: view.shared,
        own: view.owner == visitor.person.id,
        here: view.query == query && !asked.is_bare(),
        id: view.id,
        name: view.name,
    };
    Ok(web.app.store.views(&visitor.person.id).await?.into_iter().map(shown).collect())
}

/// `POST /queue/views`: keeps what is looked at under a name.
pub(super) async fn keep(State(web): State<Web>, visitor: Visitor, form: Filled) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeCases)?;
    let shared = form.given("shared").is_some();
    if shared {
        visitor.may(Permission::ShareViews)?;
    }
    let name: String = form.text("name").chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    // Only what the queue itself understands is kept.
    let asked = Asked::read(&Filled::parse(form.text("query").as_bytes()));
    if name.trim().is_empty() {
        let why = "A view needs a name. Go back and give it one.";
        return Err(Sorry::new(StatusCode::UNPROCESSABLE_ENTITY, "No name", why));
    }
    let (id, at) = (web.app.clock.id("view"), web.app.clock.now());
    let said = format!("Kept as “{name}”{}.", if shared { ", for everybody" } else { "" });
    let about = About::new(Thing::View, id.clone());
    let details = json!({ "name": name, "query": asked.query() });
    let view = View { id, owner: visitor.person.id.clone(), name, query: asked.query(), shared };
    let keeping = web.app.store.change_views(ChangeViews::Keep(view, at));
    // What one keeps for oneself is nobody else's business.
    let kept = match shared {
        true => visitor.act::<_, StoreError>(&web, Act::ViewShared, &about, details, keeping).await?,
        false => keeping.await?,
    };
    if !kept {
        let why = "You keep as many views as may be. Forget one first.";
        return Err(Sorry::new(StatusCode::CONFLICT, "Too many views", why));
    }
    Ok(respond::see_other(&asked.page(None), &said))
}

/// `POST /queue/views/{id}/forget`.
pub(super) async fn forget(
    State(web): State<Web>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeCases)?;
    let owner = visitor.person.id.clone();
    if !web.app.store.change_views(ChangeViews::Forget { id, owner }).await? {
        return Err(Sorry::not_found("view of yours"));
    }
    Ok(respond::see_other("/queue", "The view is forgotten."))
}
