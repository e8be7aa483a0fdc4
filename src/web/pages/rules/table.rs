//! `GET /rules`: the table, row by row, with what each row says, rests on, and how often it decided.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use jiff::Timestamp;

use super::prose::{Block, Kind, blocks};
use super::{hits, sentence, spoken};
use crate::access::Permission;
use crate::triage::facts::{CELLS, Fact};
use crate::triage::rules::{FILES, Rules};
use crate::web::Web;
use crate::web::pages::frame::{Frame, Section};
use crate::web::pages::respond;
use crate::web::pages::sorry::Sorry;
use crate::web::pages::visitor::Visitor;
use crate::web::pages::words;

#[derive(Template)]
#[template(path = "rules/table.html")]
struct Page {
    frame: Frame,
    /// Hash of the files.
    version: String,
    /// How many combinations of facts can occur, and are answered exactly once.
    proved: usize,
    all: usize,
    rows: Vec<Row>,
    /// When the rules' decisions were counted, and how many eSRs were looked at.
    counted_at: Timestamp,
    counted: u32,
    /// What the table's file says around it.
    prose: Vec<Block>,
}

/// A row of the table.
struct Row {
    id: String,
    line: usize,
    /// The facts that it looks at: name, the cell as it is written, the values for people.
    when: Vec<(&'static str, String, String)>,
    route: String,
    stage: String,
    outcome: String,
    because: String,
    steps: Vec<(&'static str, String)>,
    /// The clauses that it rests on, and what they say.
    clauses: Vec<(String, String)>,
    lately: u64,
    of_all: u64,
}

impl Row {
    fn never(&self) -> bool {
        self.of_all == 0
    }
}

pub(super) async fn show(State(web): State<Web>, visitor: Visitor) -> Result<Response, Sorry> {
    visitor.may(Permission::SeeRules)?;
    let with = web.app.evaluator();
    let hits = web.kept.hits.of(&web).await?;
    let page = Page {
        frame: visitor.frame(&web, "Rules", Section::Rules),
        version: with.rules.version().to_owned(),
        proved: with.rules.possible_count(),
        all: CELLS,
        rows: rows(&with.rules, &hits),
        counted_at: hits.at,
        counted: hits::COUNTED,
        prose: blocks(with.rules.file(FILES[0])),
    };
    Ok(respond::page(&visitor, &page))
}

fn rows(rules: &Rules, hits: &hits::Counted) -> Vec<Row> {
    let all = rules.rules().iter().zip(rules.rows());
    all.map(|(rule, row)| {
        let outcome = rules.outcome(rule);
        let looked_at = Fact::all().filter(|fact| !row.when.values(*fact).is_any(*fact));
        let when = looked_at.map(|fact| {
            let values = row.when.values(fact);
            let labels = spoken(rules, fact, |value| values.contains(value));
            (fact.name(), values.words(fact).join(", "), labels)
        });
        let gist = |number: &String| {
            let known = rules.clauses().iter().find(|clause| clause.number == *number);
            (number.clone(), known.map(|clause| clause.text.clone()).unwrap_or_default())
        };
        let found = hits.rules.iter().find(|known| known.rule == rule.id);
        Row {
            id: rule.id.clone(),
            line: rule.line,
            when: when.collect(),
            route: outcome.route.to_string(),
            stage: outcome.stage.to_string(),
            outcome: outcome.id.clone(),
            because: sentence(&outcome.because),
            steps: outcome.next_steps.iter().map(|step| (words::side(step.who), sentence(&step.what))).collect(),
            clauses: rule.clauses.iter().map(gist).collect(),
            lately: found.map_or(0, |found| found.lately),
            of_all: found.map_or(0, |found| found.all),
        }
    })
    .collect()
}
