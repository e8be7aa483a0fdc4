//! Pages as somebody who is signed in uses them.

use pointsman::access::Role;
use reqwest::{Method, StatusCode};

use crate::server::Server;
use crate::support::Database;

/// Nothing is sent.
pub(crate) const QUIET: &str = "[delivery]\nenabled = false\n";

/// A server, and somebody signed in who keeps the registry and works cases.
pub(crate) struct Site {
    pub(crate) server: Server,
    pub(crate) cookie: String,
}

impl Site {
    pub(crate) async fn start(db: &Database) -> Self {
        let server = Server::start_with(db, QUIET).await;
        let cookie = server.signed_in(&[Role::RegistryEditor, Role::Agent], None, None).await;
        Self { server, cookie }
    }

    /// Sends it as that person's browser would, and goes where the answer leads.
    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> (StatusCode, String) {
        let response = request.header("cookie", &self.cookie).send().await.unwrap();
        if response.status() != StatusCode::SEE_OTHER {
            return (response.status(), response.text().await.unwrap());
        }
        let to = response.headers()["location"].to_str().unwrap().to_owned();
        Box::pin(self.send(self.server.request(Method::GET, &to))).await
    }
}

impl std::ops::Deref for Site {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}
