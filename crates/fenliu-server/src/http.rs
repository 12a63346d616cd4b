//! What scrapers and probes ask over HTTP/1: `/metrics`, `/healthz`, `/readyz`.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State as Shared;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::state::State;

/// What Prometheus takes the text for.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The most connections at once: scrapers and probes are few.
const CONNECTIONS: usize = 64;

/// How long a connection may take until the next request stands there, or an answer is taken off.
const TIME: Duration = Duration::from_secs(10);

/// How long to wait where the system gives no connection.
const PAUSE: Duration = Duration::from_millis(50);

/// Answers until its task is dropped.
pub(crate) async fn serve(listener: TcpListener, state: Arc<State>) {
    let routes = Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .with_state(state);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let Ok((tcp, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let mut http = http1::Builder::new();
        // One request each: who has not asked and read by then is gone.
        http.timer(TokioTimer::new()).header_read_timeout(TIME).keep_alive(false);
        let connection = http.serve_connection(TokioIo::new(tcp), TowerToHyperService::new(routes.clone()));
        tokio::spawn(async move {
            let _ = tokio::time::timeout(2 * TIME, connection).await;
            drop(place);
        });
    }
}

async fn metrics(Shared(state): Shared<Arc<State>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, OPEN_METRICS)], state.metrics_text())
}

async fn ready(Shared(state): Shared<Arc<State>>) -> impl IntoResponse {
    if state.is_ready() { (StatusCode::OK, "ready\n") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready\n") }
}
