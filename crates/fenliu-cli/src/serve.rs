//! `fenliu serve`: loads the engine, says where it listens, serves until told to stop.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use fenliu::{EmbeddedStore, Live, StoreLimits};
use fenliu_redis::{RedisConfig, RedisStore};
use fenliu_server::{Config, Server};

use crate::args::Serve;
use crate::exit::{Done, Failure};

pub(crate) fn run(options: &Serve) -> Result<Done, Failure> {
    let live = Arc::new(with_store(Live::new(options.engine.load()?), options)?);
    if let Some(profile) = &options.profile {
        live.set_profile(profile).map_err(|error| Failure::usage(format!("--profile: {error}")))?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        // Before anybody can know that we are here, so that a signal is never missed.
        let stop = stop()?;
        let server = Server::bind(live, &Config::new(options.listen)).map_err(Failure::usage)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "fenliu: serving on {}", server.address())?;
        out.flush()?;
        drop(out);
        server.serve(stop).await.map_err(Failure::usage)
    })?;
    Ok(Done::All)
}

/// A conversation is forgotten in memory a day after its last message; whoever comes back later begins anew.
const IDLE: Duration = Duration::from_secs(24 * 60 * 60);

/// With the store that was asked for. A server that is not there yet is no failure: messages are routed without
/// history until it is.
fn with_store(live: Live, options: &Serve) -> Result<Live, Failure> {
    match options.conversations.as_str() {
        "none" => Ok(live),
        "memory" => {
            let bytes = options.conversations_mb.saturating_mul(1_000_000);
            Ok(live.with_store(Arc::new(EmbeddedStore::new(StoreLimits::new(bytes, IDLE)))))
        }
        urls => {
            let config = RedisConfig::new(urls.split(',').map(str::trim));
            let store = RedisStore::connect(&config)
                .map_err(|error| Failure::usage(format!("--conversations: {error}, or `memory`, or `none`")))?;
            Ok(live.with_store(Arc::new(store)))
        }
    }
}

/// Ready on SIGINT or SIGTERM; listens for them from the moment it is made.
#[cfg(unix)]
fn stop() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ready on Ctrl-C.
#[cfg(not(unix))]
fn stop() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
