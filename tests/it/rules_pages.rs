//! The pages of the rules: the table with its proof, the simulator, and another table compared.

use pointsman::access::Role;
use pointsman::triage::rules::Rules;
use reqwest::Method;
use serde_json::Value;

use crate::connector_pages::Site;
use crate::server::Server;
use crate::support::{Database, on_both_databases};

on_both_databases!(
    the_table_is_shown_with_its_proof_its_words_and_its_hits,
    the_simulator_leads_where_the_table_does,
    another_table_is_compared_and_the_esrs_that_would_move_are_named,
    a_table_that_fails_its_proof_is_refused_with_the_facts_that_show_it,
    files_beside_the_table_count_and_unknown_ones_are_named,
    nothing_of_a_comparison_is_stored_and_nobody_outside_compares,
);

const QUIET: &str = "[delivery]\nenabled = false\n";

async fn started(db: &Database) -> Site {
    Site::of(Server::start_with(db, QUIET).await, &[Role::Agent]).await
}

/// The table that runs, with the first of some text replaced.
fn table(from: &str, to: &str) -> String {
    let rules = Rules::embedded();
    let text = rules.file("escalation.md");
    assert!(text.contains(from), "{from} is not in the table");
    text.replacen(from, to, 1)
}

async fn the_table_is_shown_with_its_proof_its_words_and_its_hits(db: &Database) {
    let site = started(db).await;
    let acme = site.server.partner("acme").await;
    site.server.file(&acme, "BP-1").await;
    let page = site.get("/rules").await;
    page.is(200).has("answered by exactly one of").has("id=\"rule-case-3-participant-first\"");
    page.has("What stands around the table").has("Why it is laid out like this").has("href=\"/rules/compare\"");
    site.get("/rules/notices")
        .await
        .is(200)
        .has("Who is told what")
        .has("its turn now")
        .has("data-route=\"joint_investigation\"");
    let row = page.between("id=\"rule-case-3-participant-first\"", "</tr>");
    assert!(row.contains("data-label=\"Of all counted\" class=\"number\">1<"), "{row}");
    assert!(page.between("id=\"rule-no-report\"", "</tr>").contains("never hit"));
    assert!(site.server.stop().await);
}

async fn the_simulator_leads_where_the_table_does(db: &Database) {
    let site = started(db).await;
    let acme = site.server.partner("acme").await;
    let id = site.server.file(&acme, "BP-1").await;
    let start = site.get(&format!("/rules/simulator?esr={id}")).await;
    start.is(200).has("Begun with the facts of").has("BP-1").has("case-3-participant-first");
    let other = site.get(&format!("/rules/simulator?esr={id}&coverage=expired")).await;
    other.has("report-expired").has("changed");
    site.get(&format!("/rules/simulator?esr={id}&coverage=<script>alert(1)</script>"))
        .await
        .is(200)
        .lacks("<script>alert");
    site.get("/rules/simulator?esr=esr_none").await.is(404);
    site.get("/rules/simulator?coverage=no_report&scope=in_scope").await.has("cannot occur together");
    assert!(site.server.stop().await);
}

async fn another_table_is_compared_and_the_esrs_that_would_move_are_named(db: &Database) {
    let site = started(db).await;
    let acme = site.server.partner("acme").await;
    let id = site.server.file(&acme, "BP-1").await;
    site.get("/rules/compare").await.is(200).has("| case-3-participant-first |").lacks("go elsewhere");
    let same = site.upload("/rules/compare", &[("table", None, &table("# Where", "# Where"))]).await;
    same.is(200).has("It decides everything alike").has("None of them would move");

    let other = table("| participant-first | 9.2.3 case 3 |", "| agent-looks-at-scope | 9.2.3 case 3 |");
    let page = site.upload("/rules/compare", &[("table", None, &other), ("files", Some(""), "")]).await;
    page.is(200).has("combinations of facts go elsewhere").has("1 decided again, 1 would move");
    page.has(&format!("href=\"/esrs/{id}\"")).has("BP-1").has("data-route=\"agent_review\"").has("/rules/simulator?");
    page.has("examples fail").has("As you gave it.");

    let json = site.upload("/rules/compare", &[("table", None, &other), ("do", None, "json")]).await;
    let document: Value = serde_json::from_str(&json.text).unwrap();
    assert_eq!(
        (&document["equal"], &document["old"]),
        (&Value::from(false), &Value::from(Rules::embedded().version()))
    );
    assert_eq!(document["diff"]["moved"][0]["new"]["route"], "agent_review");
    assert!(site.server.stop().await);
}

async fn a_table_that_fails_its_proof_is_refused_with_the_facts_that_show_it(db: &Database) {
    let site = started(db).await;
    let gap = table(
        "| coverage-unresolved | production | business_partner | unresolved |",
        "| coverage-unresolved | production | business_partner | incomplete |",
    );
    let page = site.upload("/rules/compare", &[("table", None, &gap)]).await;
    page.is(422).has("This table cannot run").has("overlap: rules").has("gap: no rule answers these facts");
    page.has("title=\"coverage\">Certification:</span> not resolved")
        .has("| coverage-unresolved | production | business_partner | incomplete |");
    let hostile = "# <script>alert(1)</script>\n\n| <img src=x> |\n|---|\n| \u{202e} |\n";
    site.upload("/rules/compare", &[("table", None, hostile)])
        .await
        .is(422)
        .lacks("<script>alert")
        .lacks("<img src=x>");
    let long = format!("{}\n| {} |", table("# Where", "# Where"), "x".repeat(5_000));
    site.upload("/rules/compare", &[("table", None, &long)]).await.is(422);
    assert!(site.server.stop().await);
}

async fn files_beside_the_table_count_and_unknown_ones_are_named(db: &Database) {
    let site = started(db).await;
    let outcomes = Rules::embedded().file("outcomes.toml").replacen("Ask your question in", "Ask in", 1);
    let page = site.upload("/rules/compare", &[("files", Some("outcomes.toml"), &outcomes)]).await;
    page.is(200).has("community-forum").has("Nothing goes elsewhere").has("name=\"file:outcomes.toml\"");
    // What the page shows of a file is a field of its form.
    let again = site.upload("/rules/compare", &[("file:outcomes.toml", None, &outcomes.replace('\n', "\r\n"))]).await;
    again.is(200).has("community-forum");
    let unknown = site.upload("/rules/compare", &[("files", Some("escalaton.md"), "x")]).await;
    unknown.is(422).has("there is no rules file").has("escalation.md");
    site.upload("/rules/compare", &[("files", Some(""), "")])
        .await
        .is(422)
        .has("Change the table, or choose files first");
    let large = "x".repeat(1_100_000);
    site.upload("/rules/compare", &[("table", None, &large)]).await.is(422).has("more than 1000 KB");
    assert!(site.server.stop().await);
}

async fn nothing_of_a_comparison_is_stored_and_nobody_outside_compares(db: &Database) {
    let mut site = started(db).await;
    let running = site.server.app.evaluator().rules.version().to_owned();
    let other = table("| diagnostic-report-expired |", "| agent-looks-at-coverage |");
    for role in [Role::Lead, Role::Operator, Role::RegistryEditor, Role::Auditor] {
        site.other(&[role]).await;
        site.upload("/rules/compare", &[("table", None, &other)]).await.is(200).has("go elsewhere");
    }
    assert_eq!(site.server.app.evaluator().rules.version(), running);
    site.get("/rules").await.has(&running);
    site.get("/audit").await.has("Rules tried");
    let partner = site.server.signed_in(&[Role::BusinessPartner], Some("acme"), None).await;
    for path in ["/rules", "/rules/notices", "/rules/simulator", "/rules/compare"] {
        let asked = site.server.request(Method::GET, path).header("cookie", &partner).send().await.unwrap();
        assert_eq!(asked.status(), 403, "{path}");
    }
    assert!(site.server.stop().await);
}
