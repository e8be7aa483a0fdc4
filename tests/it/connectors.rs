//! Connectors against the other side: each is played from the answers that its samples have recorded, with every fault.

mod callbacks;
mod faults;
mod once;
mod played;
mod tokens;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use pointsman::clock::Clock;
use pointsman::connectors::{Attempt, Definition, Definitions, Exchange, Kind, Secrets, Tokens};
use pointsman::deliver::http::{Allowed, Client};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// Long enough for a test machine that is busy.
const PATIENT: Duration = Duration::from_secs(20);

fn integrations() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/integrations"))
}

/// A file of `integrations/`; none when it is not there.
fn file(path: &str) -> Option<Value> {
    let text = std::fs::read_to_string(integrations().join(path)).ok()?;
    Some(serde_json::from_str(&text).unwrap())
}

/// The built-in connectors that make calls.
fn callers() -> Vec<String> {
    let all = Definitions::embedded();
    all.iter().filter(|one| one.kind == Kind::Http).map(|one| one.name.clone()).collect()
}

/// A client that may call this machine.
fn client() -> Client {
    Client::new(&Allowed::parse(true, &["127.0.0.1"]).unwrap()).unwrap()
}

/// One connector, its sample endpoint moved to a server of the test, and what the other side answers there.
struct Side {
    name: String,
    all: Arc<Definitions>,
    context: Value,
    secrets: Secrets,
    /// The same, as they are written.
    written: Vec<String>,
    /// The path that gives tokens.
    token_path: Option<String>,
    client: Client,
    tokens: Tokens,
}

impl Side {
    /// `name`'s sample endpoint, at `uri`.
    fn at(name: &str, uri: &str) -> Self {
        let mut sample = file(&format!("{name}/sample/settings.json")).unwrap();
        let mut context = file("sample.json").unwrap();
        let all = Definitions::embedded();
        for setting in &all.get(name).unwrap().settings {
            if let (Some(default), true) = (&setting.default, sample["settings"][&setting.name].is_null()) {
                sample["settings"][&setting.name] = default.clone();
            }
        }
        for part in ["settings", "secrets"] {
            for value in sample[part].as_object_mut().into_iter().flat_map(|fields| fields.values_mut()) {
                moved(value, uri);
            }
        }
        context["endpoint"] = json!({"name": name, "language": "en", "settings": sample["settings"]});
        let token_request = file(&format!("{name}/sample/token_request.json"));
        let token_path = token_request.map(|request| path_of(request["url"].as_str().unwrap()));
        let secrets = Secrets::from_json(&sample["secrets"]);
        let texts = sample["secrets"].as_object().into_iter().flat_map(|fields| fields.values());
        let written = texts.filter_map(|value| value.as_str().map(str::to_owned)).collect();
        Self {
            name: name.to_owned(),
            all,
            context,
            secrets,
            written,
            token_path,
            client: client(),
            tokens: Tokens::default(),
        }
    }

    fn definition(&self) -> &Definition {
        self.all.get(&self.name).unwrap()
    }

    /// One attempt with that patience.
    async fn tell(&self, repeated: bool, deadline: Duration) -> Exchange {
        let now = Clock::system().now();
        let attempt = Attempt { context: &self.context, secrets: &self.secrets, repeated, now, deadline };
        self.definition().exchange(&self.client, &self.tokens, attempt).await
    }

    /// The recorded answer to `create`.
    fn recorded(&self) -> Value {
        file(&format!("{}/sample/create_answer.json", self.name)).unwrap()
    }

    /// Answers tokens as recorded, everything else with `answer`.
    async fn answering(&self, server: &MockServer, answer: ResponseTemplate) {
        let token = file(&format!("{}/sample/token_answer.json", self.name)).map(|token| response(&token));
        let path = self.token_path.clone();
        let respond = move |request: &Request| match (&path, &token) {
            (Some(path), Some(token)) if request.url.path() == path => token.clone(),
            _ => answer.clone(),
        };
        Mock::given(any()).respond_with(respond).mount(server).await;
    }

    /// Whether anything is read out of the answer.
    fn reads(&self) -> bool {
        !self.recorded()["read"]["done"].as_object().unwrap().is_empty()
    }
}

/// The same address at the test's server.
fn moved(value: &mut Value, uri: &str) {
    if let Some(text) = value.as_str().filter(|text| text.starts_with("https://")) {
        let rest = text["https://".len()..].find('/').map_or("", |at| &text["https://".len() + at..]);
        *value = json!(format!("{uri}{rest}"));
    }
}

fn path_of(url: &str) -> String {
    let rest = &url["https://".len()..];
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    path.split('?').next().unwrap().to_owned()
}

/// A recorded answer as it goes over the wire.
fn response(recorded: &Value) -> ResponseTemplate {
    let status = u16::try_from(recorded["status"].as_u64().unwrap()).unwrap();
    let mut template = ResponseTemplate::new(status);
    for (name, value) in recorded["headers"].as_object().into_iter().flatten() {
        template = template.insert_header(name.as_str(), value.as_str().unwrap());
    }
    match &recorded["body"] {
        Value::Null => template,
        Value::String(text) => template.set_body_string(text),
        body => template.set_body_json(body),
    }
}
