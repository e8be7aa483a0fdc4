//! The only wiring: what a running service shares, its API, and what is done beside requests.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::{deliver, mail, web};

/// Serves on `listener` until `stop` is cancelled, then finishes what was accepted and closes the store.
///
/// True when every request finished in time.
pub async fn run(app: Arc<App>, listener: TcpListener, stop: CancellationToken) -> bool {
    let web = web::Web::new(Arc::clone(&app));
    let background = tokio::spawn(look_after(Arc::clone(&app), web.clone(), stop.clone()));
    let copying = tokio::spawn({
        let (app, stop) = (Arc::clone(&app), stop.clone());
        async move { app.follow_upstream(stop).await }
    });
    let telling = tokio::spawn({
        let (web, stop) = (web.clone(), stop.clone());
        async move { web.follow_events(stop).await }
    });
    let delivering = tokio::spawn(deliver::run(Arc::clone(&app), stop.clone()));
    let mail_in = tokio::spawn(mail::inbound::run(Arc::clone(&app), stop.clone()));
    let finished = web::server::serve(listener, web::router(web), &app.config.server, stop.clone()).await;
    stop.cancel();
    let limit = Duration::from_secs(app.config.server.shutdown_seconds);
    // What it has under way ends within the attempts' own deadline; what does not is sent again when its lease ends.
    if tokio::time::timeout(limit, delivering).await.is_err() {
        tracing::warn!("some deliveries did not end in time; they are tried again");
    }
    // A mail that was not put aside yet is found again.
    let _ = tokio::time::timeout(limit, mail_in).await;
    // They only read, and what they hand to the store's writers is finished there.
    background.abort();
    copying.abort();
    telling.abort();
    let closed = tokio::time::timeout(limit, app.store.close()).await;
    finished && closed.is_ok()
}

/// Follows the registry's revision, reads the rules again on SIGHUP, and forgets what need not be remembered.
async fn look_after(app: Arc<App>, web: web::Web, stop: CancellationToken) {
    let mut poll = tokio::time::interval(Duration::from_secs(app.config.registry.poll_seconds));
    let mut tidy = tokio::time::interval(Duration::from_secs(60));
    let mut hangup = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok();
    let hung_up = async |hangup: &mut Option<tokio::signal::unix::Signal>| match hangup {
        Some(signal) => signal.recv().await,
        None => std::future::pending().await,
    };
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = poll.tick() => {
                if let Err(error) = app.refresh_directory().await {
                    tracing::warn!(%error, "the endpoints could not be looked at; those known stay");
                }
                match app.refresh_registry().await {
                Ok(true) => tracing::info!(version = app.evaluator().registry.version(), "the registry was loaded again"),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "the registry could not be looked at; the one loaded stays"),
                }
            },
            _ = hung_up(&mut hangup) => match app.reload_rules() {
                Ok(()) => tracing::info!(version = app.evaluator().rules.version(), "the rules were read again"),
                Err(error) => tracing::error!(%error, "the rules were refused; the ones before keep running"),
            },
            _ = tidy.tick() => web.tidy().await,
        }
    }
}
