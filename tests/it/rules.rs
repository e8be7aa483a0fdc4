//! `pointsman rules` as an operator uses it: on copies of the shipped rules with a mistake in them.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const FILES: [&str; 5] = ["escalation.md", "facts.toml", "outcomes.toml", "clauses.toml", "examples.md"];

fn shipped(file: &str) -> String {
    std::fs::read_to_string(format!("{}/rules/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A copy of the shipped rules with one file rewritten.
fn copy(file: &str, rewrite: impl Fn(String) -> String) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in FILES {
        let text = shipped(name);
        let text = if name == file { rewrite(text) } else { text };
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn replaced(file: &str, from: &str, to: &str) -> TempDir {
    assert!(shipped(file).contains(from), "{file} does not contain {from}");
    copy(file, |text| text.replacen(from, to, 1))
}

fn line_of(dir: &Path, file: &str, needle: &str) -> usize {
    let text = std::fs::read_to_string(dir.join(file)).unwrap();
    text.lines().position(|line| line.contains(needle)).unwrap() + 1
}

struct Ran {
    code: Option<i32>,
    /// Without line breaks and indentation, so that sentences can be looked for.
    out: String,
    err: String,
    raw: String,
}

fn rules(args: &[&str]) -> Ran {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_pointsman")).arg("rules").args(args).output().unwrap();
    let flat = |bytes: &[u8]| String::from_utf8_lossy(bytes).split_whitespace().collect::<Vec<_>>().join(" ");
    Ran {
        code: status.code(),
        out: flat(&stdout),
        err: flat(&stderr),
        raw: String::from_utf8_lossy(&stdout).into_owned(),
    }
}

fn path(dir: &TempDir) -> &str {
    dir.path().to_str().unwrap()
}

/// Asserts that `rules check` refuses the directory with exit code 1 and says all of this.
fn refused(dir: &TempDir, said: &[&str]) {
    let ran = rules(&["check", path(dir)]);
    assert_eq!(ran.code, Some(1), "{}", ran.raw);
    for text in said {
        assert!(ran.out.contains(text), "\"{text}\" is not in:\n{}", ran.raw);
    }
    assert!(ran.raw.lines().all(|line| line.chars().count() <= 80 || line.starts_with('/')), "{}", ran.raw);
}

#[test]
fn the_built_in_rules_and_the_shipped_directory_are_the_same_and_proved() {
    let built_in: Value = serde_json::from_str(&rules(&["check", "--json"]).raw).unwrap();
    let dir = copy("", |text| text);
    let ran = rules(&["check", path(&dir), "--json"]);
    assert_eq!(ran.code, Some(0));
    let shipped: Value = serde_json::from_str(&ran.raw).unwrap();
    assert_eq!(built_in["version"], shipped["version"]);
    assert_eq!((&shipped["ok"], &shipped["combinations"]), (&Value::from(true), &Value::from(152_064)));
    let human = rules(&["check"]);
    assert_eq!(human.code, Some(0));
    assert!(human.out.contains("proved") && human.out.contains("152,064 combinations"), "{}", human.raw);
    assert!(!human.raw.contains('\u{1b}'), "colour away from a terminal");
}

#[test]
fn a_deleted_row_is_a_gap_shown_as_one_merged_counterexample() {
    let dir = copy("escalation.md", |text| {
        text.lines().filter(|line| !line.starts_with("| case-3-awaiting-access ")).collect::<Vec<_>>().join("\n")
    });
    refused(
        &dir,
        &[
            "refused for 1 fault",
            "gap: no rule answers these facts",
            "phase=production, filer=business_partner, coverage=valid|accredited, scope=in_scope, \
             responsibility=undetermined, participant_analysis=ale_fault_shown|ale_help_requested, \
             system_access=missing (64 combinations)",
        ],
    );
    let ran = rules(&["check", path(&dir), "--json"]);
    let report: Value = serde_json::from_str(&ran.raw).unwrap();
    assert_eq!(report["faults"][0]["kind"], "gap");
    assert_eq!(report["faults"][0]["counterexamples"][0]["combinations"], 64);
    assert_eq!(
        report["faults"][0]["counterexamples"][0]["facts"]["coverage"],
        serde_json::json!(["valid", "accredited"])
    );
}

#[test]
fn a_duplicated_row_is_an_overlap_that_names_both_rules_and_lines() {
    let dir = copy("escalation.md", |text| {
        let row = text.lines().find(|line| line.starts_with("| no-report |")).unwrap().to_owned();
        text.replace(&row, &format!("{row}\n{}", row.replace("no-report", "no-report-again")))
            .replace("diagnostic-no-report-again", "diagnostic-no-report")
    });
    let line = line_of(dir.path(), "escalation.md", "| no-report |");
    refused(
        &dir,
        &[
            &format!("escalation.md:{}", line + 1),
            &format!("overlap: rules `no-report` (line {line}) and `no-report-again` (line {}) both answer", line + 1),
            "coverage=no_report (576 combinations)",
        ],
    );
}

#[test]
fn a_widened_row_is_an_overlap_shown_only_where_the_rows_meet() {
    let dir = replaced("escalation.md", "| in_scope | participant |", "| in_scope | participant, ale |");
    refused(
        &dir,
        &[
            "`case-1-ale-fault`",
            "`case-2-participant-fault`",
            "responsibility=ale, system_access=granted",
            "refused for 2 faults",
        ],
    );
}

#[test]
fn a_row_for_facts_that_cannot_occur_is_unreachable() {
    let dir = copy("escalation.md", |text| {
        let row = "| dead | production | business_partner | accredited | known_limitation | - | - | - | - | - | known-limitation | 9.2.3 |";
        text.replace("| out-of-scope |", &format!("{row}\n| out-of-scope |"))
    });
    let line = line_of(dir.path(), "escalation.md", "| dead |");
    refused(&dir, &[&format!("escalation.md:{line}"), &format!("unreachable: rule `dead` (line {line})")]);
}

#[test]
fn unknown_words_are_named_with_their_line_and_the_nearest_known_one_all_at_once() {
    let dir =
        copy("escalation.md", |text| {
            text.replacen("| obsolete |", "| obsolet |", 1)
                .replacen("| 9.2.3 case 2 |", "| 9.2.3 case 22 |", 1)
                .replacen("| community-forum |", "| comunity-forum |", 1)
        });
    let line = |needle| format!("escalation.md:{}", line_of(dir.path(), "escalation.md", needle));
    refused(
        &dir,
        &[
            &line("| obsolet |"),
            "there is no coverage value \"obsolet\"; the nearest known one is \"obsolete\"",
            &line("9.2.3 case 22"),
            "there is no clause \"9.2.3 case 22\"; the nearest known one is \"9.2.3 case 2\"",
            &line("comunity"),
            "there is no outcome \"comunity-forum\"; the nearest known one is \"community-forum\"",
            "refused for 3 faults",
        ],
    );
}

#[test]
fn an_unknown_key_in_a_companion_file_is_named_with_its_line_and_the_nearest_key() {
    for (file, from, to, nearest) in [
        ("outcomes.toml", "because = ", "becuase = ", "because"),
        ("facts.toml", "ask = ", "aks = ", "ask"),
        ("clauses.toml", "[clauses]", "[clause]", "clauses"),
    ] {
        let dir = replaced(file, from, to);
        let line = line_of(dir.path(), file, to);
        refused(&dir, &[&format!("{file}:{line}"), &format!("the nearest known one is \"{nearest}\"")]);
    }
}

#[test]
fn a_second_table_and_a_missing_column_are_refused() {
    let dir = copy("escalation.md", |text| format!("{text}\n| a | b |\n|---|---|\n| 1 | 2 |\n"));
    let line = line_of(dir.path(), "escalation.md", "| a | b |");
    refused(&dir, &[&format!("escalation.md:{line}"), "a second table begins here"]);
    let dir = replaced("escalation.md", "| urgency | outcome |", "| outcome |");
    refused(&dir, &["the header lacks the column \"urgency\""]);
}

#[test]
fn a_directory_that_is_missing_or_lacks_a_file_is_bad_input() {
    let ran = rules(&["check", "no-such-directory"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("no-such-directory"), "{}", ran.err);
    let dir = copy("", |text| text);
    std::fs::remove_file(dir.path().join("clauses.toml")).unwrap();
    std::fs::write(dir.path().join("facts.toml"), [0xff, 0xfe, 0x00]).unwrap();
    let ran = rules(&["check", path(&dir)]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.err.contains("clauses.toml") && ran.err.contains("missing"), "{}", ran.err);
    assert!(ran.err.contains("facts.toml") && ran.err.contains("not UTF-8"), "{}", ran.err);
}

#[test]
fn the_examples_run_and_a_wrong_outcome_shows_what_came_instead() {
    assert_eq!(rules(&["test"]).code, Some(0));
    let dir = replaced("escalation.md", "| diagnostic-out-of-scope |", "| agent-looks-at-scope |");
    let ran = rules(&["test", path(&dir)]);
    assert_eq!(ran.code, Some(1));
    let line = line_of(dir.path(), "examples.md", "| out-of-scope |");
    for text in [
        &format!("examples.md:{line}"),
        "expected on_demand_diagnostic/offer by rule out-of-scope",
        "but got agent_review/scope by rule out-of-scope",
    ] {
        assert!(ran.out.contains(text), "\"{text}\" is not in:\n{}", ran.raw);
    }
    let ran = rules(&["mutate", path(&dir)]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.err.contains("have to hold"), "{}", ran.err);
}

#[test]
fn without_examples_the_test_says_so_and_fails() {
    let dir = copy("", |text| text);
    std::fs::remove_file(dir.path().join("examples.md")).unwrap();
    let ran = rules(&["test", path(&dir)]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("there is no examples.md"), "{}", ran.raw);
    assert_eq!(rules(&["check", path(&dir)]).code, Some(0));
}

#[test]
fn no_one_cell_mistake_survives_the_shipped_examples_and_a_lost_example_is_missed() {
    let ran = rules(&["mutate", "--json"]);
    assert_eq!(ran.code, Some(0), "{}", ran.raw);
    let report: Value = serde_json::from_str(&ran.raw).unwrap();
    assert_eq!(report["total"]["survive"], 0);
    let dir = copy("examples.md", |text| {
        text.lines().filter(|line| !line.contains("| no-report |")).collect::<Vec<_>>().join("\n")
    });
    let ran = rules(&["mutate", path(&dir)]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.contains("rule no-report outcome: diagnostic-no-report -> "), "{}", ran.raw);
}

#[test]
fn a_difference_is_grouped_and_counted_and_is_no_failure() {
    let old = copy("", |text| text);
    let same = rules(&["diff", path(&old), path(&old)]);
    assert_eq!(same.code, Some(0));
    assert!(same.out.contains("no difference"), "{}", same.raw);
    let new = replaced("escalation.md", "| diagnostic-out-of-scope |", "| agent-looks-at-scope |");
    let ran = rules(&["diff", path(&old), path(&new)]);
    assert_eq!(ran.code, Some(0));
    for text in ["on_demand_diagnostic/offer -> agent_review/scope", "1,152 combinations", "scope=out_of_scope"] {
        assert!(ran.out.contains(text), "\"{text}\" is not in:\n{}", ran.raw);
    }
    let json: Value = serde_json::from_str(&rules(&["diff", path(&old), path(&new), "--json"]).raw).unwrap();
    assert_eq!(json["diff"]["moved"][0]["combinations"], 1152);
    assert_eq!(json["diff"]["moved"][0]["new"]["route"], "agent_review");
}

#[test]
fn tables_that_are_refused_cannot_be_compared() {
    let (good, bad) = (copy("", |text| text), replaced("escalation.md", "| no_report | -", "| expired | -"));
    let ran = rules(&["diff", path(&good), path(&bad)]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    assert!(ran.err.contains("gap") && ran.err.contains("overlap"), "{}", ran.err);
}
