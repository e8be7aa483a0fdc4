//! Deciding from facts: the compiled table against a bare array read and against a general rule engine.

use std::cell::Cell;
use std::hint::black_box;

use measure::{Contestant, Numbers, contestant, race, repeating};
use pointsman::triage::facts::{CELLS, Fact, Facts};
use pointsman::triage::rules::Rules;
use serde_json::{Map, Value, json};
use zen_engine::model::GraphContent;
use zen_engine::{Decision, Variable};

#[path = "../../measure.rs"]
#[expect(dead_code, reason = "shared with the other benchmarks, which measure more")]
mod measure;

/// How many random fact combinations are decided in turn: more than a branch predictor learns by heart.
const SAMPLE: usize = 4096;

fn main() {
    let rules = Rules::embedded();
    let sample = sample(&rules);
    let cells: Vec<usize> = sample.iter().map(Facts::cell).collect();
    let array: Vec<u16> = (0..CELLS).map(|cell| rules.rule_at(cell) as u16).collect();
    let contexts: Vec<Variable> = sample.iter().map(context).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime without drivers");
    let plain = decision(&rules);
    let mut compiled = plain.clone();
    compiled.compile();
    for (facts, context) in sample.iter().zip(&contexts) {
        for decision in [&plain, &compiled] {
            let answer = runtime.block_on(decision.evaluate(context.clone())).expect("the table answers").result;
            assert_eq!(answer.to_value()["rule"], rules.decide(facts).id.as_str(), "both engines decide alike");
        }
    }

    let (at_bare, at_ours) = (around(), around());
    let took = race(
        &format!("Deciding from facts: {} rules, {SAMPLE} random fact combinations", rules.rules().len()),
        vec![
            contestant("a bare array read", || array[cells[at_bare()]]),
            contestant("rules.decide(&facts)", || rules.decide(&sample[at_ours()])),
            zen("zen-engine, the same table, compiled and indexed", &runtime, &compiled, &contexts),
            zen("zen-engine, the same table, as loaded", &runtime, &plain, &contexts),
        ],
    );
    let [bare, ours, compiled, plain] = took[..] else { unreachable!("four contestants") };
    let reads = ours / bare;
    verdict("rules.decide takes, in bare array reads", reads, "at most 5", reads <= 5.0);
    for (name, zen) in [("compiled", compiled), ("as loaded", plain)] {
        let times = zen / ours;
        verdict(&format!("rules.decide is faster than zen-engine {name} by"), times, "at least 500", times >= 500.0);
    }
}

fn verdict(name: &str, ratio: f64, target: &str, met: bool) {
    let verdict = if met { "met" } else { "MISSED" };
    println!("  {name:<58} {:>10}   target {target}: {verdict}", format!("{ratio:.1} x"));
}

fn sample(rules: &Rules) -> Vec<Facts> {
    let mut numbers = Numbers(1);
    std::iter::repeat_with(|| Facts::from_cell(numbers.below(CELLS)))
        .filter(|facts| rules.possible(facts))
        .take(SAMPLE)
        .collect()
}

/// Counts 0, 1, ... and starts again, so that each call meets other facts than the last.
fn around() -> impl Fn() -> usize {
    let next = Cell::new(0);
    move || next.replace((next.get() + 1) % SAMPLE)
}

fn context(facts: &Facts) -> Variable {
    serde_json::to_value(facts).expect("facts are JSON").into()
}

/// The runtime is entered once a turn and the contexts are built beforehand: only the evaluation counts.
fn zen<'a>(
    name: &'a str,
    runtime: &'a tokio::runtime::Runtime,
    decision: &'a Decision,
    contexts: &'a [Variable],
) -> Contestant<'a> {
    let at = around();
    repeating(name, move |times| {
        runtime.block_on(async {
            for _ in 0..times {
                black_box(decision.evaluate(contexts[at()].clone()).await.is_ok());
            }
        });
    })
}

/// Our table as zen-engine's JSON decision model: hit policy first, which for a table that is proved unique is the
/// same, and the cheaper one.
fn decision(rules: &Rules) -> Decision {
    let inputs: Vec<Value> =
        Fact::all().map(|fact| json!({"id": fact.name(), "name": fact.name(), "field": fact.name()})).collect();
    let rows: Vec<Value> = rules
        .rows()
        .iter()
        .map(|row| {
            let cell = |fact: Fact| match row.when.values(fact) {
                any if any.is_any(fact) => String::new(),
                some => some.words(fact).iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", "),
            };
            let mut columns: Map<String, Value> =
                Fact::all().map(|fact| (fact.name().to_owned(), cell(fact).into())).collect();
            columns.insert("_id".into(), row.id.clone().into());
            columns.insert("rule".into(), format!("'{}'", row.id).into());
            columns.into()
        })
        .collect();
    let graph = json!({
        "nodes": [
            {"id": "in", "name": "facts", "type": "inputNode", "content": {}},
            {"id": "table", "name": "escalation", "type": "decisionTableNode", "content": {
                "hitPolicy": "first", "inputs": inputs, "rules": rows, "passThrough": false,
                "outputs": [{"id": "rule", "name": "rule", "field": "rule"}]}},
            {"id": "out", "name": "decision", "type": "outputNode", "content": {}},
        ],
        "edges": [
            {"id": "e1", "sourceId": "in", "targetId": "table"},
            {"id": "e2", "sourceId": "table", "targetId": "out"},
        ],
    });
    let content: GraphContent = serde_json::from_value(graph).expect("the model is well formed");
    Decision::from(content)
}
