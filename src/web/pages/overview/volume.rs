//! How many eSRs arrived in each piece of time, stacked by route.

use askama::Template;

use super::figures::Counted;
use super::pairs::ByRoute;
use crate::triage::outcome::Route;
use crate::web::pages::words;

/// How high the bars may be, in pixels.
const HIGH: f64 = 200.0;
/// Room above them.
const ABOVE: f64 = 16.0;
/// About so many days are named below the bars.
const NAMED: usize = 4;

/// The picture.
#[derive(Template)]
#[template(path = "overview/volume.html")]
pub(super) struct Volume {
    bars: Vec<Bar>,
    lines: Vec<(String, String, i64)>,
    days: Vec<(String, String)>,
    /// Each piece with what arrived in it, for the table.
    pub(super) rows: Vec<Row>,
    /// The routes that were taken at all.
    pub(super) routes: Vec<(&'static str, i64)>,
    /// `day` or `week`.
    pub(super) unit: &'static str,
}

struct Bar {
    route: &'static str,
    x: String,
    width: String,
    y: String,
    height: String,
    title: String,
}

/// One piece of time.
pub(super) struct Row {
    pub(super) day: String,
    /// The queue's filter for it.
    pub(super) since: String,
    pub(super) before: String,
    pub(super) all: i64,
    pub(super) counts: Vec<i64>,
}

impl Volume {
    pub(super) fn of(counted: &Counted) -> Self {
        let mut pieces: Vec<ByRoute> = vec![ByRoute::default(); counted.pieces];
        for one in &counted.volume {
            let piece = usize::try_from(one.piece).ok().and_then(|piece| pieces.get_mut(piece));
            if let (Some(piece), Some(route)) = (piece, Route::parse(&one.route)) {
                piece[route.index()] += one.count;
            }
        }
        let total = |route: &Route| pieces.iter().map(|piece| piece[route.index()]).sum::<i64>();
        let routes: Vec<Route> = Route::ALL.iter().copied().filter(|route| total(route) > 0).collect();
        let most = pieces.iter().map(|piece| piece.iter().sum::<i64>()).max().unwrap_or_default();
        let top = round_up(most);
        let (mut bars, mut rows, mut days) = (Vec::new(), Vec::new(), Vec::new());
        let each = 100.0 / pieces.len().max(1) as f64;
        let every = pieces.len().div_ceil(NAMED).max(1);
        for (at, piece) in pieces.iter().enumerate() {
            let first = counted.since + counted.piece * i32::try_from(at).unwrap_or_default();
            let day = first.strftime("%-d %b").to_string();
            let x = each * at as f64;
            let mut y = ABOVE + HIGH;
            for route in routes.iter().filter(|route| piece[route.index()] > 0) {
                let count = piece[route.index()];
                let high = count as f64 * HIGH / top as f64;
                y -= high;
                bars.push(Bar {
                    route: route.as_str(),
                    x: format!("{:.3}%", x + each * 0.11),
                    width: format!("{:.3}%", each * 0.78),
                    y: format!("{y:.1}"),
                    height: format!("{high:.1}"),
                    title: format!("{day}, {}: {count}", words::route(route.as_str())),
                });
            }
            if at % every == 0 {
                days.push((format!("{x:.2}%"), day.clone()));
            }
            rows.push(Row {
                day,
                since: first.strftime("%Y-%m-%d").to_string(),
                before: (first + counted.piece).strftime("%Y-%m-%d").to_string(),
                all: piece.iter().sum(),
                counts: routes.iter().map(|route| piece[route.index()]).collect(),
            });
        }
        let line = |value: i64| {
            let y = ABOVE + HIGH - value as f64 * HIGH / top as f64;
            (format!("{y:.1}"), format!("{:.1}", y - 4.0), value)
        };
        let lines = if top % 2 == 0 { vec![line(top), line(top / 2)] } else { vec![line(top)] };
        let unit = if counted.piece.as_hours() > 24 { "week" } else { "day" };
        let routes = routes.iter().map(|route| (route.as_str(), total(route))).collect();
        Self { bars, lines, days, rows, routes, unit }
    }
}

/// The next number that a person would end an axis with.
fn round_up(most: i64) -> i64 {
    let most = most.max(1);
    let mut step = 1;
    loop {
        for size in [1, 2, 4, 6, 8, 10] {
            if most <= size * step {
                return size * step;
            }
        }
        step *= 10;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_ends_with_a_round_number_not_below_the_highest_bar() {
        assert_eq!([0, 1, 3, 7, 11, 25, 61, 1_999].map(round_up), [1, 1, 4, 8, 20, 40, 80, 2_000]);
    }
}
