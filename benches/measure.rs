//! Measuring side by side: contestants take turns, so that a noisy neighbour slows all of them alike, and every
//! figure comes with its ratio to the first contestant of the same run.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long one turn of a contestant lasts at least.
const TURN: Duration = Duration::from_millis(8);
/// Turns of each contestant; the median counts.
const TURNS: usize = 25;

/// Something to measure: runs so many times when told to.
pub(crate) struct Contestant<'a> {
    name: &'a str,
    run: Box<dyn FnMut(u64) + 'a>,
}

/// A contestant that calls a function over and over.
pub(crate) fn contestant<'a, T>(name: &'a str, mut call: impl FnMut() -> T + 'a) -> Contestant<'a> {
    repeating(name, move |times| {
        for _ in 0..times {
            black_box(call());
        }
    })
}

/// A contestant that does the repeating itself.
pub(crate) fn repeating<'a>(name: &'a str, run: impl FnMut(u64) + 'a) -> Contestant<'a> {
    Contestant { name, run: Box::new(run) }
}

/// Measures the contestants in turns, prints a line each, and gives the median time of one call of each, in seconds: a Duration
/// would round nanoseconds away.
pub(crate) fn race(title: &str, mut contestants: Vec<Contestant<'_>>) -> Vec<f64> {
    heading(title);
    let times: Vec<u64> = contestants.iter_mut().map(|contestant| calls_a_turn(&mut contestant.run)).collect();
    let mut turns = vec![Vec::with_capacity(TURNS); contestants.len()];
    for _ in 0..TURNS {
        for ((contestant, times), turns) in contestants.iter_mut().zip(&times).zip(&mut turns) {
            turns.push(timed(&mut contestant.run, *times) / *times as f64);
        }
    }
    let medians: Vec<f64> = turns.iter_mut().map(|turns| median(turns)).collect();
    for (contestant, seconds) in contestants.iter().zip(&medians) {
        let ratio = seconds / medians[0];
        println!("  {:<58} {:>10}   {:>10}", contestant.name, human(*seconds), format!("{ratio:.2} x"));
    }
    medians
}

/// The fastest of a few calls of something slow, without a baseline: what it costs when nothing interferes.
pub(crate) fn best_of<T>(calls: usize, mut call: impl FnMut() -> T) -> Duration {
    let one = |_| {
        let start = Instant::now();
        let kept = call();
        let took = start.elapsed();
        drop(black_box(kept));
        took
    };
    (0..calls).map(one).min().unwrap_or_default()
}

/// Prints what a group of figures is about.
pub(crate) fn heading(title: &str) {
    println!("\n{title}");
}

/// Prints one figure beside the target that it has to stay within.
pub(crate) fn within(name: &str, took: Duration, target: Duration) {
    let verdict = if took <= target { "met" } else { "MISSED" };
    let target = format!("target {}: {verdict}", human(target.as_secs_f64()));
    println!("  {name:<58} {:>10}   {target}", human(took.as_secs_f64()));
}

/// A deterministic source of numbers (SplitMix64): every run measures the same work.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    /// The next number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }

    /// One of a list.
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// Seconds as a person reads them.
pub(crate) fn human(seconds: f64) -> String {
    match seconds {
        s if s < 1e-6 => format!("{:.2} ns", s * 1e9),
        s if s < 1e-3 => format!("{:.2} us", s * 1e6),
        s if s < 1.0 => format!("{:.2} ms", s * 1e3),
        s => format!("{s:.2} s"),
    }
}

fn calls_a_turn(run: &mut dyn FnMut(u64)) -> u64 {
    let mut times = 1;
    loop {
        let took = timed(run, times);
        if took >= TURN.as_secs_f64() {
            return times;
        }
        let wanted = times as f64 * TURN.as_secs_f64() / took.max(1e-9);
        times = (wanted * 1.2).clamp(times as f64 + 1.0, times as f64 * 100.0) as u64;
    }
}

fn timed(run: &mut dyn FnMut(u64), times: u64) -> f64 {
    let start = Instant::now();
    run(times);
    start.elapsed().as_secs_f64()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
