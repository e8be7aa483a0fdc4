//! The pages that are measured, each asked for in the ways that were ever found slow.

use super::browser::{Browser, Who};
use super::copies::Copies;

/// What is asked for, by whom, and the address.
pub(super) async fn all(browser: &Browser, copies: &Copies) -> Vec<(String, Who, String)> {
    let newest = copies.newest();
    let middle = copies.middle();
    let (agent, all) = (Who::Agent, "/queue?tab=all");
    let mut ways: Vec<(&str, Who, String)> = vec![
        ("queue: for an agent, by urgency", agent, "/queue".into()),
        ("queue: for the participant, by urgency", agent, "/queue?tab=participant".into()),
        ("queue: for the partner, newest", agent, "/queue?tab=partner&order=newest".into()),
        ("queue: all open, by urgency", agent, "/queue?tab=open&order=urgent".into()),
        ("queue: all open, newest", agent, "/queue?tab=open".into()),
        ("queue: closed", agent, "/queue?tab=closed".into()),
        ("queue: all", agent, all.into()),
        ("queue: one route", agent, format!("{all}&route=returned")),
        ("queue: one route, severity 1", agent, format!("{all}&route=agent_review&severity=1")),
        ("queue: a stage, in development", agent, format!("{all}&stage=open&phase=development")),
        ("queue: a route and a stage that never meet", agent, format!("{all}&route=returned&stage=offer")),
        ("queue: of one filer", agent, format!("{all}&filer={}", encoded(copies.large_filer()))),
        (
            "queue: of one filer, open, severity 1",
            agent,
            format!("/queue?tab=open&severity=1&filer={}", encoded(copies.large_filer())),
        ),
        ("queue: of a filer with few", agent, format!("{all}&filer={}", encoded(copies.small_filer()))),
        ("queue: of a filer that nobody is", agent, format!("{all}&filer=Nobody")),
        ("queue: what reached one participant", agent, format!("{all}&participant={}", copies.participant)),
        (
            "queue: what reached it, for an agent, by urgency",
            agent,
            format!("/queue?participant={}", copies.participant),
        ),
        ("queue: a year ago", agent, format!("{all}&before={}", copies.middle_day())),
        ("search: a reference", agent, format!("{all}&q={}", newest.reference)),
        ("search: an old reference", agent, format!("{all}&q={}", middle.reference)),
        ("search: a word of many", agent, format!("{all}&q=calls")),
        ("search: a word of one in forty", agent, format!("{all}&q={}", copies.word(60))),
        ("search: a word of one in a hundred", agent, format!("{all}&q={}", copies.word(150))),
        ("search: a word of one in a thousand", agent, format!("{all}&q={}", copies.word(1_500))),
        ("search: a rare word", agent, format!("{all}&q={}", copies.word(5_500))),
        ("search: a word that no eSR has", agent, format!("{all}&q=nowhere")),
        ("search: a site", agent, format!("{all}&q={}", middle.site.to_lowercase())),
        ("search: two common words", agent, format!("{all}&q=silence+reboot")),
        ("search: a common and a rare word", agent, format!("{all}&q=calls+{}", copies.word(5_000))),
        ("search: two words of one in a hundred", agent, format!("{all}&q={}+{}", copies.word(150), copies.word(151))),
        ("search: a common word, and one that no eSR has", agent, format!("{all}&q=calls+nowhere")),
        ("search: beginnings of words", agent, format!("{all}&q=ca+si")),
        ("search: one letter", agent, format!("{all}&q=b")),
        ("search: a common word, for an agent", agent, "/queue?q=calls".into()),
        ("search: a seldom word, for an agent", agent, format!("/queue?q={}", copies.word(300))),
        ("search: a seldom word, severity 1", agent, format!("{all}&severity=1&q={}", copies.word(300))),
        ("search: a seldom word, one route", agent, format!("{all}&route=returned&q={}", copies.word(300))),
        ("search: a word of many, a year ago", agent, format!("{all}&q=calls&before={}", copies.middle_day())),
        (
            "search: a seldom word of one participant's",
            agent,
            format!("{all}&participant={}&q={}", copies.participant, copies.word(300)),
        ),
        ("partner's own: the largest", Who::LargePartner, "/my".into()),
        ("partner's own: the largest, a seldom word", Who::LargePartner, format!("/my?q={}", copies.word(300))),
        ("partner's own: one with few", Who::SmallPartner, "/my".into()),
        ("partner's own: one with few, a word", Who::SmallPartner, "/my?q=calls".into()),
        ("participant's own", Who::Participant, "/my".into()),
        ("participant's own: waiting", Who::Participant, "/my?status=waiting_participant".into()),
        ("participant's own: a seldom word", Who::Participant, format!("/my?q={}", copies.word(300))),
        ("an eSR", agent, format!("/esrs/{}", newest.id)),
        ("an old eSR", agent, format!("/esrs/{}", copies.old().id)),
        ("an eSR with 500 revisions", agent, format!("/esrs/{}", middle.id)),
        ("its earlier decisions", agent, format!("/esrs/{}/earlier?before=300", middle.id)),
        ("its story", agent, format!("/esrs/{}/happened", middle.id)),
        ("overview, kept for 45 s", agent, "/overview".into()),
        ("overview of a year, kept for 45 s", agent, "/overview?days=365".into()),
    ];
    for (what, path) in [
        ("queue: all, page 2 of those a year ago", format!("{all}&before={}", copies.middle_day())),
        ("search: a word of many, page 2", format!("{all}&q=calls")),
    ] {
        if let Some(next) = next(&browser.get(agent, &path).await) {
            ways.push((what, agent, next));
        }
    }
    let only = std::env::var("POINTSMAN_BENCH_ONLY").unwrap_or_default();
    let ways = ways.into_iter().filter(|(what, ..)| what.contains(&only));
    ways.map(|(what, who, path)| (what.to_owned(), who, path)).collect()
}

fn encoded(text: &str) -> String {
    text.replace(' ', "+")
}

/// The address of the next page.
fn next(html: &str) -> Option<String> {
    let (before, _) = html.split_once("\" rel=\"next\"")?;
    Some(before.rsplit_once("href=\"")?.1.replace("&#38;", "&"))
}
