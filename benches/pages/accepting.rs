//! What the lists' indexes cost an eSR that is accepted: the same eSRs filed with them and with those that were there before.

use std::time::Instant;

use pointsman::app::App;
use pointsman::registry::model::Document;

use super::copies::{Statements, file};
use crate::registry;
use crate::support::Database;

/// So many are filed in a turn.
const EACH: usize = 300;
/// So many turns each; the fastest counts.
const TURNS: usize = 4;

/// The indexes of lists before the migration "speed".
const BEFORE: &str = "
DROP INDEX esrs_newest; CREATE INDEX esrs_newest ON esrs (received_at, id);
DROP INDEX esrs_of_filer; CREATE INDEX esrs_of_filer ON esrs (filer, received_at, id);
DROP INDEX esrs_in_status; CREATE INDEX esrs_in_status ON esrs (status, received_at, id);
DROP INDEX esrs_on_route; CREATE INDEX esrs_on_route ON esrs (route, received_at, id);
DROP INDEX esrs_urgent; CREATE INDEX esrs_urgent ON esrs (status, priority, received_at, id) WHERE status <> 'closed';
DROP INDEX esrs_open_of_filer; DROP INDEX esrs_by_reference; DROP INDEX reached_newest;
CREATE INDEX esrs_of_severity ON esrs (severity, received_at, id)";

pub(super) async fn measure(app: &App, database: &Database, document: &Document) {
    let mut statements = Statements::on(database).await;
    let speed = include_str!("../../migrations/0015_speed.sql");
    // The column is there already.
    let columns = ["ALTER TABLE reached", "UPDATE reached"];
    let speed: Vec<_> = speed.split(';').filter(|one| !columns.iter().any(|other| one.contains(other))).collect();
    let speed = speed.join(";");
    let mut fastest = [f64::INFINITY; 2];
    let esrs = registry::esrs(document, EACH, str::to_owned);
    for turn in 0..TURNS {
        for (which, fastest) in fastest.iter_mut().enumerate() {
            let began = Instant::now();
            for (number, esr) in esrs.iter().enumerate() {
                let mut body = serde_json::to_value(esr).expect("an eSR is JSON");
                body["reference"] = format!("ACC-{turn}-{which}-{number}").into();
                file(app, "Accepting", body).await;
            }
            *fastest = fastest.min(began.elapsed().as_secs_f64());
            statements.run(if which == 0 { BEFORE } else { &speed }).await;
        }
    }
    let rates = fastest.map(|seconds| EACH as f64 / seconds);
    println!(
        "  accepting, one after the other: {:.0} /s with the lists' indexes, {:.0} /s with those before: {:.2} x the time",
        rates[0],
        rates[1],
        fastest[0] / fastest[1]
    );
}
