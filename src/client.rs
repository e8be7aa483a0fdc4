//! What every HTTP client of the program starts from: one TLS provider, no proxy, no redirects.

use std::error::Error;

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
    causes(error).skip(1).last().map_or_else(|| "no cause is known".to_owned(), ToString::to_string)
}

/// The error and what caused it, the outermost first.
pub(crate) fn causes(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |&cause| {
        // An I/O error that wraps another does not give it as its source.
        let wrapped = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        wrapped.map(|inner| inner as &(dyn Error + 'static)).or_else(|| cause.source())
    })
}
