//! The registry's pages: lists, entries, editing, history, look-up, import.

use pointsman::access::Role;
use pointsman::registry::model::{Document, Report};
use pointsman::store::{EntryKind, RegistryWrite};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::server::{NOW, Server};
use crate::site::{QUIET, Site};
use crate::support::{Database, on_both_databases};

on_both_databases!(
    lists_are_searched_filtered_and_linked,
    an_entry_is_edited_and_its_history_says_what_changed,
    every_fault_is_named_at_its_field_and_what_was_typed_is_kept,
    of_two_editors_the_second_is_shown_what_the_first_changed,
    what_others_refer_to_is_not_removed,
    a_preview_says_what_changes_and_changes_nothing,
    an_import_applies_what_was_looked_at,
    an_import_with_faults_names_each_and_changes_nothing,
    an_import_that_was_overtaken_is_shown_anew,
    what_one_node_previewed_another_imports,
    the_lookup_says_what_triage_would,
    fifty_thousand_reports_are_listed_a_page_at_a_time,
    hostile_text_in_entries_is_shown_as_text,
    who_may_not_edit_reads_and_changes_nothing,
);

struct Page {
    status: StatusCode,
    text: String,
}

impl Page {
    #[track_caller]
    fn has(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "{text} is not in {}", self.text);
        self
    }

    #[track_caller]
    fn lacks(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "{text} is in {}", self.text);
        self
    }

    /// The value of a field of its form.
    fn value(&self, name: &str) -> String {
        let (_, after) = self.text.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        after.split('"').next().unwrap().replace("&#38;", "&")
    }

    /// All fields of the entry's form, as a browser would send them.
    fn fields(&self) -> Vec<(String, String)> {
        let form = self.text.split_once("accept-charset").unwrap().1.split("</form>").next().unwrap();
        let name = |tag: &str| tag.split_once("name=\"").map(|(_, rest)| rest.split('"').next().unwrap().to_owned());
        let plain = |text: &str| {
            text.replace("&#60;", "<")
                .replace("&#62;", ">")
                .replace("&#34;", "\"")
                .replace("&#39;", "'")
                .replace("&#38;", "&")
        };
        let mut fields = Vec::new();
        for tag in form.split("<input").skip(1) {
            let tag = tag.split('>').next().unwrap();
            let value = tag.split_once("value=\"").map_or("", |(_, rest)| rest.split('"').next().unwrap());
            fields.push((name(tag).unwrap(), plain(value)));
        }
        for tag in form.split("<textarea").skip(1) {
            let text = tag.split_once('>').unwrap().1.split("</textarea>").next().unwrap();
            fields.push((name(tag).unwrap(), plain(text.strip_prefix('\n').unwrap_or(text))));
        }
        for tag in form.split("<select").skip(1) {
            let chosen = tag.split("</select>").next().unwrap().split("<option").find(|one| one.contains(" selected"));
            let chosen = chosen
                .and_then(|one| one.split_once("value=\""))
                .map_or("", |(_, rest)| rest.split('"').next().unwrap());
            fields.push((name(tag).unwrap(), chosen.to_owned()));
        }
        fields
    }
}

async fn get(server: &Site, path: &str) -> Page {
    let (status, text) = server.send(server.request(Method::GET, path)).await;
    Page { status, text }
}

async fn post(server: &Site, path: &str, fields: &[(String, String)]) -> Page {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    for (name, value) in fields {
        body.append_pair(name, value);
    }
    let request = server.request(Method::POST, path).header("content-type", "application/x-www-form-urlencoded");
    let (status, text) = server.send(request.body(body.finish())).await;
    Page { status, text }
}

/// The form of an entry with some fields changed, sent.
async fn edit(server: &Site, path: &str, form: &Page, changes: &[(&str, &str)], act: &str) -> Page {
    let mut fields = form.fields();
    for (name, value) in changes {
        fields.retain(|(known, _)| known != name);
        fields.push(((*name).to_owned(), (*value).to_owned()));
    }
    fields.push(("do".to_owned(), act.to_owned()));
    post(server, path, &fields).await
}

async fn upload(server: &Site, files: &[(&str, &str)]) -> Page {
    let mut body = String::new();
    for (name, text) in files {
        body +=
            &format!("--xx\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{text}\r\n");
    }
    body += "--xx--\r\n";
    let request =
        server.request(Method::POST, "/registry/import").header("content-type", "multipart/form-data; boundary=xx");
    let (status, text) = server.send(request.body(body)).await;
    Page { status, text }
}

/// The sample registry, changed.
fn sample(change: impl FnOnce(&mut Value)) -> String {
    let mut document: Value = serde_json::from_str(include_str!("../../fixtures/registry.json")).unwrap();
    change(&mut document);
    document.to_string()
}

async fn lists_are_searched_filtered_and_linked(db: &Database) {
    let server = Site::start(db).await;
    get(&server, "/registry").await.has("Hotelia Systems").has("rel=\"next\"");
    let found = get(&server, "/registry/participants?q=hOTelia").await;
    found.has("/registry/participants/hotelia\"").lacks("Noctivox");
    let december = get(&server, "/registry/reports?lapse=2026-12&state=force").await;
    december.has("IWR-0302").lacks("IWR-0303").lacks("IWR-0412");
    get(&server, "/registry/reports?state=postponed").await.has("IWR-0468").lacks("IWR-0412");
    get(&server, "/registry/participants/hotelia").await.has("/registry/solutions/hotelia-pms").has("IWR-0412");
    get(&server, "/registry/solutions/hotelia-pms")
        .await
        .has("/registry/participants/hotelia")
        .has("/registry/reports/IWR-0412/1");
    get(&server, "/registry/reports/IWR-0412/1").await.has("Wake-up call").has("/registry/platforms/oxe");
    get(&server, "/registry/platforms/oxe").await.has("R101.1").has("N4");
    for missing in [
        "/registry/participants/nobody",
        "/registry/reports/IWR-0412/9",
        "/registry/nonsense",
        "/registry/solutions/%00",
    ] {
        assert_eq!(get(&server, missing).await.status, 404, "{missing}");
    }
    server.server.stop().await;
}

async fn an_entry_is_edited_and_its_history_says_what_changed(db: &Database) {
    let server = Site::start(db).await;
    let path = "/registry/platforms/oxe/edit";
    let form = get(&server, path).await;
    let same = edit(&server, path, &form, &[], "save").await;
    assert_eq!(same.status, 200);
    assert_eq!(server.store.entry_history(EntryKind::Platform, "oxe").await.unwrap().len(), 1, "nothing changed");

    let form = get(&server, &format!("{path}?alias=The+Big+One")).await;
    let saved = edit(&server, path, &form, &[], "save").await;
    assert_eq!(saved.status, 200, "{}", saved.text);
    saved.has("The Big One");
    get(&server, "/registry/platforms/oxe/history")
        .await
        .has("Somebody")
        .has("<code>aliases</code>")
        .has("The Big One")
        .has("Version 2");
    get(&server, "/registry/platforms/oxe?was=1").await.has("Version 1").lacks("The Big One");
    get(&server, "/registry/lookup?company=Hotelia&solution=Hotelia+PMS&release=8.2.1&platform=the+big+one&platform_release=R101").await.has("Certified");

    // A new one, with a row more than there was room for.
    let fields = [
        ("id", "pager"),
        ("name", "Pager"),
        ("releases[7].release", "R1"),
        ("releases[7].codes", "P1|P2"),
        ("do", "save"),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    post(&server, "/registry/platforms/new", &fields).await.has("Pager").has("P1, P2");
    let taken = post(&server, "/registry/platforms/new", &fields).await;
    assert_eq!(taken.status, 409, "{}", taken.text);
    server.server.stop().await;
}

async fn every_fault_is_named_at_its_field_and_what_was_typed_is_kept(db: &Database) {
    let server = Site::start(db).await;
    let path = "/registry/reports/IWR-0412/1/edit";
    let form = get(&server, path).await;
    let wrong = edit(
        &server,
        path,
        &form,
        &[
            ("solution", "hotelia-pmx"),
            ("platform_releases", "R101\n..R9"),
            ("published_on", "2026-02-30"),
            ("scope[0].result", "splendid"),
            ("scope[1].id", ""),
            ("limitations[0].text", "kept <as> typed"),
        ],
        "save",
    )
    .await;
    assert_eq!(wrong.status, 422);
    wrong
        .has("that month has 28 days")
        .has("href=\"#published_on\"")
        .has("aria-invalid=\"true\"")
        .has("kept &#60;as&#62; typed");
    wrong.has("unknown word").has("href=\"#scope-0--result\"").has("href=\"#scope-1--id\"");
    // Once its shape is sound, what the whole registry makes of it.
    let wrong =
        edit(&server, path, &form, &[("solution", "hotelia-pmx"), ("limitations[0].feature", "nothing")], "save").await;
    assert_eq!(wrong.status, 422);
    wrong.has("did you mean &#34;hotelia-pms&#34;").has("href=\"#solution\"").has("href=\"#limitations-0--feature\"");
    let day = edit(&server, path, &form, &[("valid_from", "soon")], "save").await;
    assert_eq!(day.status, 422);
    let rows = edit(&server, path, &form, &[], "add:scope").await;
    rows.has("name=\"scope[9].id\"");
    assert_eq!(server.store.entry_history(EntryKind::Report, "IWR-0412/1").await.unwrap().len(), 1);
    server.server.stop().await;
}

async fn of_two_editors_the_second_is_shown_what_the_first_changed(db: &Database) {
    let server = Site::start(db).await;
    let path = "/registry/participants/hotelia/edit";
    let (one, two) = (get(&server, path).await, get(&server, path).await);
    assert_eq!(edit(&server, path, &one, &[("region", "asia")], "save").await.status, 200);
    let overtaken = edit(&server, path, &two, &[("membership", "premium")], "save").await;
    assert_eq!(overtaken.status, 409);
    overtaken.has("while you edited it").has("asia").has("value=\"premium\"");
    let stored = async || server.store.registry(None, jiff::civil::date(2026, 11, 22)).await.unwrap().document;
    let hotelia = |document: Document| document.participants.into_iter().find(|one| one.id == "hotelia").unwrap();
    assert_eq!(hotelia(stored().await).membership.as_deref(), Some("qualified"), "nothing was stored");
    // Having seen it, the second may replace it.
    assert_eq!(edit(&server, path, &overtaken, &[], "save").await.status, 200);
    assert_eq!(hotelia(stored().await).membership.as_deref(), Some("premium"));
    server.server.stop().await;
}

async fn what_others_refer_to_is_not_removed(db: &Database) {
    let server = Site::start(db).await;
    let remove = async |path: &str| post(&server, path, &[("do".to_owned(), "remove".to_owned())]).await;
    let refused = remove("/registry/solutions/hotelia-pms/edit").await;
    assert_eq!(refused.status, 422);
    refused.has("cannot be removed").has("no solution has the id");
    let removed = remove("/registry/reports/IWR-0468/1/edit").await;
    assert_eq!(removed.status, 200);
    get(&server, "/registry/reports/IWR-0468/1").await.has("Removed");
    server.server.stop().await;
}

async fn a_preview_says_what_changes_and_changes_nothing(db: &Database) {
    let server = Site::start(db).await;
    let acme = server.partner("acme").await;
    server.file(&acme, "BP-77").await;
    let path = "/registry/reports/IWR-0412/1/edit";
    let form = get(&server, path).await;
    let preview = edit(&server, path, &form, &[("withdrawn_on", "2026-01-01")], "preview").await;
    assert_eq!(preview.status, 200);
    preview.has("withdrawn on").has("1 of the 1 newest open eSRs").has("BP-77").has("on_demand_diagnostic");
    assert_eq!(server.store.entry_history(EntryKind::Report, "IWR-0412/1").await.unwrap().len(), 1);
    assert_eq!(edit(&server, path, &preview, &[], "save").await.status, 200);
    assert_eq!(server.store.entry_history(EntryKind::Report, "IWR-0412/1").await.unwrap().len(), 2);
    server.server.stop().await;
}

/// Where a preview's form leads.
fn confirming(preview: &Page) -> String {
    let (_, after) = preview.text.split_once("action=\"/registry/import/").unwrap();
    format!("/registry/import/{}", after.split('"').next().unwrap())
}

fn meant() -> Vec<(String, String)> {
    vec![("removes".to_owned(), "yes".to_owned())]
}

async fn an_import_applies_what_was_looked_at(db: &Database) {
    let server = Site::start(db).await;
    let text = sample(|document| {
        document["platforms"][0]["activity"] = json!("telephony");
        document["participants"].as_array_mut().unwrap().push(json!({"id": "newcomer", "name": "Newcomer"}));
        document["reports"].as_array_mut().unwrap().pop();
    });
    let preview = upload(&server, &[("r.json", &text)]).await;
    assert_eq!(preview.status, 200, "{}", preview.text);
    preview.has("newcomer").has("telephony").has("will be removed");
    assert_eq!(server.store.registry_revision().await.unwrap(), 1, "nothing is imported yet");
    let unsaid = post(&server, &confirming(&preview), &[]).await;
    assert_eq!(unsaid.status, 409, "removing has to be meant");
    let done = post(&server, &confirming(&preview), &meant()).await;
    assert_eq!(done.status, 200, "{}", done.text);
    let exported: Document = serde_json::from_str(&get(&server, "/registry/export/registry.json").await.text).unwrap();
    assert_eq!(exported, serde_json::from_str(&text).unwrap());
    let again = post(&server, &confirming(&preview), &meant()).await;
    assert_eq!(again.status, 410, "what was imported is not imported twice");
    let csv = get(&server, "/registry/export/platforms.csv").await;
    csv.has("telephony");
    upload(
        &server,
        &[
            ("platforms.csv", &csv.text.replace("telephony", "voice")),
            ("platform_releases.csv", &get(&server, "/registry/export/platform_releases.csv").await.text),
        ],
    )
    .await
    .has("voice");
    server.server.stop().await;
}

async fn an_import_with_faults_names_each_and_changes_nothing(db: &Database) {
    let server = Site::start(db).await;
    let text = sample(|document| {
        document["platforms"][0]["colour"] = json!("<b>red</b>");
        document["solutions"][0]["participant"] = json!("nobody");
    });
    let refused = upload(&server, &[("r.json", &text)]).await;
    assert_eq!(refused.status, 422);
    refused.has("2 faults").has("platforms[0].colour").has("solutions[0].participant").lacks("<b>red");
    assert_eq!(upload(&server, &[("r.json", "{")]).await.status, 422);
    assert_eq!(upload(&server, &[]).await.status, 422);
    assert_eq!(upload(&server, &[("r.json", "{}"), ("platforms.csv", "id,name")]).await.status, 422);
    assert_eq!(server.store.registry_revision().await.unwrap(), 1);
    server.server.stop().await;
}

async fn an_import_that_was_overtaken_is_shown_anew(db: &Database) {
    let server = Site::start(db).await;
    let text = sample(|document| document["platforms"][0]["activity"] = json!("telephony"));
    let preview = upload(&server, &[("r.json", &text)]).await;
    let path = "/registry/participants/hotelia/edit";
    edit(&server, path, &get(&server, path).await, &[("region", "asia")], "save").await;
    let overtaken = post(&server, &confirming(&preview), &meant()).await;
    assert_eq!(overtaken.status, 409);
    overtaken.has("changed the registry meanwhile").has("asia");
    assert_eq!(server.store.registry_revision().await.unwrap(), 2, "only the edit is stored");
    assert_eq!(post(&server, &confirming(&overtaken), &meant()).await.status, 200);
    assert_eq!(server.store.registry_revision().await.unwrap(), 3);
    server.server.stop().await;
}

async fn what_one_node_previewed_another_imports(db: &Database) {
    let server = Site::start(db).await;
    let text = sample(|document| document["platforms"][0]["activity"] = json!("telephony"));
    let mut previews = Vec::new();
    for _ in 0..5 {
        previews.push(upload(&server, &[("r.json", &text)]).await);
    }
    let cookie = server.cookie.clone();
    let other = Site { server: Server::start_with(db, QUIET).await, cookie };
    assert_eq!(post(&other, &confirming(&previews[0]), &[]).await.status, 410, "only the newest ones are kept");
    let somebody = other.server.signed_in(&[Role::RegistryEditor], None, None).await;
    let theirs = other.server.request(Method::POST, &confirming(&previews[4])).header("cookie", somebody);
    assert_eq!(theirs.send().await.unwrap().status(), 410, "a preview is its maker's");
    assert_eq!(post(&other, &confirming(&previews[4]), &[]).await.status, 200);
    assert_eq!(other.store.registry_revision().await.unwrap(), 2);
    other.server.stop().await;
    server.server.stop().await;
}

async fn the_lookup_says_what_triage_would(db: &Database) {
    let server = Site::start(db).await;
    let asked =
        "company=Hotelia+Systems&solution=Hotelia+PMS&release=8.2.1&platform=OXE&platform_release=R101&feature=wake-up";
    let agent = server.agent().await;
    let api = server.get(&agent, &format!("/v1/lookup?{asked}")).await;
    let page = get(&server, &format!("/registry/lookup?{asked}")).await;
    let because = api.body["because"].as_str().unwrap();
    let dated = because.replace("2025-03-14", "14\u{a0}Mar\u{a0}2025").replace("2027-03-14", "14\u{a0}Mar\u{a0}2027");
    assert_ne!(dated, because, "its days are written as pages write them");
    page.has("Certified").has("/registry/reports/IWR-0412/1").has(&dated.replace('"', "&#34;").replace('\'', "&#39;"));
    let near = get(&server, "/registry/lookup?company=Hotelai+Systems&solution=Hotelia+PMS").await;
    near.has("Did you mean").has("company=Hotelia+Systems&#38;solution=Hotelia+PMS");
    get(&server, "/registry/lookup?company=x&at=whenever").await.has("aria-invalid=\"true\"");
    server.server.stop().await;
}

async fn fifty_thousand_reports_are_listed_a_page_at_a_time(db: &Database) {
    if db.is_postgres() {
        // Lists are read from memory: one database is enough for so many.
        return;
    }
    let server = Site::start(db).await;
    let mut document: Document = serde_json::from_str(include_str!("../../fixtures/registry.json")).unwrap();
    let model = document.reports[0].clone();
    document.reports.extend((0..50_000).map(|n| Report { id: format!("MANY-{n:05}"), edition: 1, ..model.clone() }));
    let write =
        RegistryWrite { by: "tests".into(), at: NOW.parse().unwrap(), valid_from: None, expected_revision: None };
    server.store.replace_registry(document, write).await.unwrap();
    server.app.refresh_registry().await.unwrap();
    let first = get(&server, "/registry/reports?q=MANY").await;
    first.has("50000 reports").has("MANY-00000").has("MANY-00049").lacks("MANY-00050\"");
    assert!(first.text.len() < 100_000, "{}", first.text.len());
    let last = get(&server, "/registry/reports?q=MANY&after=MANY-49998/1").await;
    last.has("MANY-49999").lacks("MANY-49998<").lacks("rel=\"next\"");
    assert!(get(&server, "/overview").await.text.len() < 100_000);
    assert!(get(&server, &format!("/registry/solutions/{}", model.solution)).await.text.len() < 100_000);
    server.server.stop().await;
}

async fn hostile_text_in_entries_is_shown_as_text(db: &Database) {
    let server = Site::start(db).await;
    let long = "x".repeat(5_000);
    let id = "a/b?<i>";
    let text = sample(|document| {
        document["participants"].as_array_mut().unwrap().push(json!({
            "id": id, "name": "<script>alert(1)</script>", "aliases": ["\u{202e}gnp", long], "region": "\" onload=\"x",
            "hotline": {"url": "javascript:alert(1)", "process": "😀 </textarea><script>alert(2)</script>"}
        }));
    });
    upload(&server, &[("<b>r.json", &text)]).await.lacks("<script>alert").has("&#60;script&#62;");
    let preview = upload(&server, &[("r.json", &text)]).await;
    assert_eq!(post(&server, &confirming(&preview), &meant()).await.status, 200);
    let at = "/registry/participants/a%2Fb%3F%3Ci%3E";
    for path in
        [at.to_owned(), format!("{at}/edit"), format!("{at}/history"), "/registry/participants?q=script".to_owned()]
    {
        let page = get(&server, &path).await;
        assert_eq!(page.status, 200, "{path}");
        page.lacks("<script>alert").lacks("href=\"javascript").lacks("\" onload=\"");
    }
    get(&server, "/registry/participants?q=%3Cscript%3Ealert(1)").await.lacks("<script>alert");
    let form = get(&server, &format!("{at}/edit")).await;
    assert_eq!(edit(&server, &format!("{at}/edit"), &form, &[("membership", "premium")], "save").await.status, 200);
    assert_eq!(form.value("region"), "&#34; onload=&#34;x");
    server.server.stop().await;
}

async fn who_may_not_edit_reads_and_changes_nothing(db: &Database) {
    let mut server = Site::start(db).await;
    server.cookie = server.signed_in(&[Role::Auditor], None, None).await;
    get(&server, "/registry/participants/hotelia").await.has("Hotelia Systems").lacks("/edit\"");
    get(&server, "/registry/import").await.lacks("Check and compare");
    for path in ["/registry/participants/hotelia/edit", "/registry/participants/new"] {
        assert_eq!(get(&server, path).await.status, 403, "{path}");
        assert_eq!(post(&server, path, &[("do".to_owned(), "remove".to_owned())]).await.status, 403, "{path}");
    }
    assert_eq!(upload(&server, &[("r.json", "{}")]).await.status, 403);
    server.cookie = server.signed_in(&[Role::BusinessPartner], Some("acme"), None).await;
    assert_eq!(get(&server, "/registry/participants").await.status, 403);
    assert_eq!(get(&server, "/overview").await.status, 403);
    assert_eq!(server.store.registry_revision().await.unwrap(), 1);
    server.server.stop().await;
}
