//! The flow picture: pairs of products on the left, routes on the right, a band for each pair's eSRs on a route.
//!
//! Words keep their size on every screen: only the bands stretch, in a picture of their own inside.

use askama::Template;

use super::pairs::{ByRoute, Pair};
use crate::triage::outcome::Route;
use crate::web::pages::words;

/// How many pairs have a line of their own.
const LINES: usize = 12;
/// How high all bands together are, in pixels.
const BANDS: f64 = 300.0;
/// What a line takes at least: two lines of words.
const LINE: f64 = 42.0;
/// What a route takes at least.
const ROUTE: f64 = 34.0;
/// So many characters of a name stand beside the picture.
const NAME: usize = 34;

/// The picture.
#[derive(Template)]
#[template(path = "overview/flow.html")]
pub(super) struct Flow {
    pub(super) height: String,
    pub(super) total: i64,
    left: Vec<Node>,
    right: Vec<Node>,
    bands: Vec<Band>,
}

struct Node {
    route: &'static str,
    name: String,
    beside: String,
    title: String,
    count: i64,
    y: String,
    height: String,
    /// Where its words stand.
    words: String,
    below: String,
}

struct Band {
    route: &'static str,
    path: String,
    title: String,
}

impl Flow {
    /// Of these pairs, the most frequent first.
    pub(super) fn of(pairs: &[Pair]) -> Self {
        let shown = lines(pairs);
        let total: i64 = shown.iter().map(|pair| pair.all).sum();
        let scale = BANDS / total.max(1) as f64;
        let mut routes: ByRoute = Default::default();
        for pair in &shown {
            for (all, one) in routes.iter_mut().zip(pair.routes) {
                *all += one;
            }
        }
        let (left_tops, left_height) = tops(shown.iter().map(|pair| pair.all), scale, LINE);
        let taken: Vec<Route> = Route::ALL.iter().copied().filter(|route| routes[route.index()] > 0).collect();
        let (right_tops, right_height) = tops(taken.iter().map(|route| routes[route.index()]), scale, ROUTE);
        let height = left_height.max(right_height);
        // The shorter side stands in the middle.
        let (left_down, right_down) = ((height - left_height) / 2.0, (height - right_height) / 2.0);
        let mut arrived: ByRoute = Default::default();
        let mut bands = Vec::new();
        for (pair, top) in shown.iter().zip(&left_tops) {
            let mut from = top + left_down;
            for (route, right_top) in taken.iter().zip(&right_tops) {
                let count = pair.routes[route.index()];
                if count == 0 {
                    continue;
                }
                let wide = count as f64 * scale;
                let to = right_top + right_down + arrived[route.index()] as f64 * scale;
                arrived[route.index()] += count;
                let title = format!("{} to {}: {count}", pair.name, words::route(route.as_str()));
                bands.push(Band { route: route.as_str(), path: band(from, to, wide.max(0.6)), title });
                from += wide;
            }
        }
        let left = shown.iter().zip(&left_tops).map(|(pair, top)| {
            let title = format!("{} {}: {}", pair.name, pair.beside, pair.all);
            node("", &pair.name, &pair.beside, title, pair.all, top + left_down, scale)
        });
        let right = taken.iter().zip(&right_tops).map(|(route, top)| {
            let (name, count) = (words::route(route.as_str()), routes[route.index()]);
            let share = format!("{count} · {:.0} %", count as f64 * 100.0 / total.max(1) as f64);
            node(route.as_str(), name, &share, format!("{name}: {count}"), count, top + right_down, scale)
        });
        Self { height: format!("{height:.0}"), total, left: left.collect(), right: right.collect(), bands }
    }
}

/// The first pairs, and all others as one.
fn lines(pairs: &[Pair]) -> Vec<Pair> {
    let few = if pairs.len() <= LINES + 1 { pairs.len() } else { LINES };
    let (first, rest) = pairs.split_at(few);
    let mut shown = first.to_vec();
    if !rest.is_empty() {
        let mut routes: ByRoute = Default::default();
        for pair in rest {
            for (all, one) in routes.iter_mut().zip(pair.routes) {
                *all += one;
            }
        }
        let (name, beside) = (format!("{} others", rest.len()), "together".to_owned());
        shown.push(Pair { name, beside, href: None, all: routes.iter().sum(), routes });
    }
    shown
}

/// Where each begins, and how high all are.
fn tops(counts: impl Iterator<Item = i64>, scale: f64, least: f64) -> (Vec<f64>, f64) {
    let mut y = 0.0;
    let mut tops = Vec::new();
    for count in counts {
        let high = count as f64 * scale;
        let room = (high + 8.0).max(least);
        tops.push(y + (room - high) / 2.0);
        y += room;
    }
    (tops, y)
}

/// A band across a picture that is 100 wide.
fn band(from: f64, to: f64, wide: f64) -> String {
    let (from_end, to_end) = (from + wide, to + wide);
    format!(
        "M0,{from:.1}C50,{from:.1} 50,{to:.1} 100,{to:.1}L100,{to_end:.1}C50,{to_end:.1} 50,{from_end:.1} 0,{from_end:.1}Z"
    )
}

fn node(route: &'static str, name: &str, beside: &str, title: String, count: i64, y: f64, scale: f64) -> Node {
    let high = (count as f64 * scale).max(1.0);
    let middle = y + high / 2.0;
    let beside = cut(beside);
    let up = if beside.is_empty() { 4.0 } else { -3.0 };
    Node {
        route,
        name: cut(name),
        beside,
        title,
        count,
        y: format!("{y:.1}"),
        height: format!("{high:.1}"),
        words: format!("{:.1}", middle + up),
        below: format!("{:.1}", middle + 13.0),
    }
}

fn cut(text: &str) -> String {
    if text.chars().count() <= NAME {
        return text.to_owned();
    }
    let kept: String = text.chars().take(NAME - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(name: &str, routes: &[(Route, i64)]) -> Pair {
        let mut by: ByRoute = Default::default();
        for (route, count) in routes {
            by[route.index()] = *count;
        }
        Pair { name: name.into(), beside: "with OXE".into(), href: None, all: by.iter().sum(), routes: by }
    }

    #[test]
    fn what_is_rare_is_drawn_together_and_nothing_is_lost() {
        let pairs: Vec<_> = (0..40).map(|n| pair(&format!("P{n}"), &[(Route::Returned, 40 - n)])).collect();
        let flow = Flow::of(&pairs);
        assert_eq!(flow.left.len(), LINES + 1);
        assert_eq!(flow.left[LINES].name, "28 others");
        assert_eq!(flow.left.iter().map(|node| node.count).sum::<i64>(), flow.total);
        assert_eq!(flow.total, (1..=40).sum::<i64>());
        assert_eq!(flow.right[0].count, flow.total);
    }

    #[test]
    fn names_are_shown_as_text_and_cut() {
        let hostile = format!("<script>{}", "x".repeat(5_000));
        let picture = Flow::of(&[pair(&hostile, &[(Route::AleSupport, 3), (Route::Returned, 1)])]).render().unwrap();
        assert!(!picture.contains("<script>"), "{picture}");
        assert!(picture.contains("data-route=\"returned\""));
        assert!(!picture.contains("style="));
    }

    #[test]
    fn nothing_at_all_is_no_picture_but_no_fault() {
        assert_eq!(Flow::of(&[]).height, "0");
    }
}
