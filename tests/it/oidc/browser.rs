//! A browser, as far as signing in takes one: it keeps cookies, and follows where it is sent.

use std::collections::BTreeMap;

use reqwest::{Client, Method, RequestBuilder};

use crate::server::Server;

/// What was answered.
pub(super) struct Page {
    pub(super) status: u16,
    location: String,
    cookies: Vec<(String, String)>,
    text: String,
}

impl Page {
    pub(super) fn location(&self) -> &str {
        &self.location
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The session that was begun.
    pub(super) fn session(&self) -> Option<&str> {
        let session = self.cookies.iter().find(|(name, value)| name == "pointsman_session" && !value.is_empty());
        session.map(|(_, value)| value.as_str())
    }
}

type Jar = BTreeMap<String, String>;

/// A browser with its cookies, ours and the provider's.
pub(super) struct Browser {
    base: String,
    client: Client,
    pub(super) ours: Jar,
    theirs: Jar,
}

async fn sent(request: RequestBuilder, jar: &mut Jar) -> Page {
    let shown: Vec<_> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let response = request.header("cookie", shown.join("; ")).send().await.unwrap();
    let cookies = response.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let pairs = cookies.filter_map(|cookie| cookie.split(';').next().unwrap().split_once('='));
    let cookies: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    for (name, value) in &cookies {
        match value.as_str() {
            "" => jar.remove(name),
            value => jar.insert(name.clone(), value.to_owned()),
        };
    }
    let location = response.headers().get("location").map(|to| to.to_str().unwrap().to_owned()).unwrap_or_default();
    Page { status: response.status().as_u16(), location, cookies, text: response.text().await.unwrap() }
}

impl Browser {
    pub(super) fn new(server: &Server) -> Self {
        let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { base: server.base.clone(), client, ours: Jar::new(), theirs: Jar::new() }
    }

    pub(super) async fn get(&mut self, path: &str) -> Page {
        sent(self.client.get(format!("{}{path}", self.base)), &mut self.ours).await
    }

    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = self.form(&format!("{}{path}", self.base), fields);
        sent(request, &mut self.ours).await
    }

    fn form(&self, url: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.client.request(Method::POST, url).header("content-type", "application/x-www-form-urlencoded").body(body)
    }

    /// Leaves for the provider: its address.
    pub(super) async fn leave(&mut self, to: &str) -> String {
        let page = self.get(&format!("/login/oidc?to={to}")).await;
        assert_eq!(page.status, 303, "{}", page.text);
        page.location
    }

    /// Signs in at the provider: the path with which one comes back.
    pub(super) async fn at_provider(&mut self, url: &str) -> String {
        let mut url = reqwest::Url::parse(url).unwrap();
        for _ in 0..10 {
            let page = sent(self.client.get(url.clone()), &mut self.theirs).await;
            assert!((300..400).contains(&page.status), "{}: {}", page.status, page.text);
            if let Some(back) = page.location.strip_prefix("http://pages.test") {
                return back.to_owned();
            }
            url = url.join(&page.location).unwrap();
        }
        panic!("the provider sends on and on");
    }

    /// There and back again.
    pub(super) async fn sign_in(&mut self, to: &str) -> Page {
        let there = self.leave(to).await;
        let back = self.at_provider(&there).await;
        self.get(&back).await
    }

    /// Signs out at the provider, which asks once more: where it sends on.
    pub(super) async fn signs_out_there(&mut self, url: &str) -> String {
        let page = sent(self.client.get(url), &mut self.theirs).await;
        let xsrf = page.text.split("name=\"xsrf\" value=\"").nth(1).unwrap_or_else(|| panic!("{}", page.text));
        let fields = [("xsrf", xsrf.split('"').next().unwrap()), ("logout", "yes")];
        let confirm =
            format!("{}/session/end/confirm", reqwest::Url::parse(url).unwrap().origin().ascii_serialization());
        let request = self.form(&confirm, &fields);
        sent(request, &mut self.theirs).await.location
    }
}
