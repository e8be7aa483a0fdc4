//! `GET /rules/notices`: for each event at each place, which side gets which notice.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::access::Permission;
use crate::notify::EventType;
use crate::notify::policy::Policy;
use crate::triage::outcome::STAGES;
use crate::web::Web;
use crate::web::pages::deliveries::words as told;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::words;

#[derive(Template)]
#[template(path = "rules/notices.html")]
struct Page {
    frame: Frame,
    notices: Vec<Notice>,
}

/// Who is told what of an event at a place.
struct Notice {
    event: &'static str,
    route: String,
    stage: String,
    sides: Vec<(&'static str, &'static str)>,
}

pub(super) async fn show(State(web): State<Web>, visitor: Visitor) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeRules)?;
    let frame = visitor.frame(&web, "Who is told what", Section::Rules);
    Ok(respond::page(&visitor, &Page { frame, notices: notices(&web.app.evaluator().notices) }))
}

fn notices(policy: &Policy) -> Vec<Notice> {
    let mut all = Vec::new();
    for event in EventType::ALL {
        for (route, stages) in STAGES {
            for stage in *stages {
                let Some(telling) = policy.telling(*event, route.as_str(), stage.as_str()) else { continue };
                let sides = telling.sides.iter().map(|(side, notice)| (words::side(*side), told::notice(*notice)));
                all.push(Notice {
                    event: told::event(*event),
                    route: route.to_string(),
                    stage: stage.to_string(),
                    sides: sides.collect(),
                });
            }
        }
    }
    all
}
