//! What every HTTP client of the program starts from: one TLS provider, no proxy, no redirects.

/// Makes ring the TLS provider of the whole program. Whoever comes first installs it; later calls change nothing.
pub(crate) fn use_ring() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client that goes where it is told and nowhere else: a redirect is an answer like any other, and the environment's
/// proxies are not asked. Compressed answers stay as they are.
pub(crate) fn builder() -> reqwest::ClientBuilder {
    use_ring();
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .user_agent(concat!("pointsman/", env!("CARGO_PKG_VERSION")))
}

/// The innermost cause: what went wrong, without the layers around it, which may hold the address with its query.
pub(crate) fn in_words(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
