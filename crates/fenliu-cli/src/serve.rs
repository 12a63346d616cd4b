//! `fenliu serve`: loads the engine, says where it listens, serves until told to stop.

use std::io::Write;
use std::sync::Arc;

use fenliu::Live;
use fenliu_server::{Config, Server};

use crate::args::Serve;
use crate::exit::{Done, Failure};

pub(crate) fn run(options: &Serve) -> Result<Done, Failure> {
    let live = Arc::new(Live::new(options.engine.load()?));
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
