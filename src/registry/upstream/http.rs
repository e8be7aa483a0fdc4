//! One GET to the other registry, with a deadline and a limit on every part of it.

use reqwest::header::{ACCEPT, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use reqwest::{Client, Response, StatusCode, Url};

use super::UpstreamError;
use super::settings::{Secret, Upstream};
use crate::client::{self, in_words};
use crate::registry::document;
use crate::registry::index::Registry;

/// What came back.
pub(super) enum Received {
    /// The same as what `If-None-Match` named.
    Unchanged,
    /// 404 or 204.
    Nothing,
    /// A sound document, indexed, with the tag to ask for changes by.
    Registry(Box<Registry>, Option<HeaderValue>),
}

/// A client for one address.
#[derive(Debug)]
pub(super) struct Http {
    client: Client,
    url: Url,
    bearer: Option<Secret>,
    max_bytes: usize,
    seconds: f64,
}

impl Http {
    pub(super) fn new(settings: &Upstream) -> Result<Self, UpstreamError> {
        let refuse = |reason: String| UpstreamError::Settings(reason);
        let url = Url::parse(&settings.url).map_err(|error| refuse(format!("url is no address: {error}.")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refuse("url must begin with http:// or https://.".into()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refuse("url must hold no user or password; use bearer or bearer_file.".into()));
        }
        let client = client::builder()
            .timeout(settings.timeout)
            .build()
            .map_err(|error| refuse(format!("the client cannot be set up: {}.", in_words(&error))))?;
        let seconds = settings.timeout.as_secs_f64();
        Ok(Self { client, url, bearer: settings.key()?, max_bytes: settings.max_bytes, seconds })
    }

    /// The address for errors and logs.
    pub(super) fn shown(&self) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        url.to_string()
    }

    /// The address itself, for another path and query to be put on.
    pub(super) fn url(&self) -> Url {
        self.url.clone()
    }

    pub(super) async fn get(&self, url: Url, tag: Option<&HeaderValue>) -> Result<Received, UpstreamError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(tag) = tag {
            headers.insert(IF_NONE_MATCH, tag.clone());
        }
        let mut request = self.client.get(url).headers(headers);
        if let Some(key) = &self.bearer {
            request = request.bearer_auth(key.reveal());
        }
        let response = request.send().await.map_err(|error| self.broken(&error))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED if tag.is_some() => return Ok(Received::Unchanged),
            StatusCode::NOT_FOUND | StatusCode::NO_CONTENT => return Ok(Received::Nothing),
            status => return Err(UpstreamError::Status { url: self.shown(), status: status.as_u16() }),
        }
        let tag = response.headers().get(ETAG).cloned();
        let body = self.body(response).await?;
        Ok(Received::Registry(self.index(body).await?, tag))
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, UpstreamError> {
        let too_large = || UpstreamError::TooLarge { url: self.shown(), max_bytes: self.max_bytes };
        let announced = response.content_length().unwrap_or(0);
        if announced > self.max_bytes as u64 {
            return Err(too_large());
        }
        let mut body = Vec::with_capacity(announced as usize);
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(&error))? {
            if body.len() + chunk.len() > self.max_bytes {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// A whole registry takes a while to read: not on a thread that serves requests.
    async fn index(&self, body: Vec<u8>) -> Result<Box<Registry>, UpstreamError> {
        let name = self.shown();
        let parsed = tokio::task::spawn_blocking(move || document::parse(&name, &body).map(Registry::new)).await;
        match parsed {
            Ok(Ok(registry)) => Ok(Box::new(registry)),
            Ok(Err(faults)) => Err(UpstreamError::Faulty { url: self.shown(), faults }),
            Err(error) => Err(UpstreamError::Unreachable { url: self.shown(), reason: error.to_string() }),
        }
    }

    fn broken(&self, error: &reqwest::Error) -> UpstreamError {
        let url = self.shown();
        if error.is_timeout() {
            UpstreamError::Slow { url, seconds: self.seconds }
        } else {
            UpstreamError::Unreachable { url, reason: in_words(error) }
        }
    }
}
