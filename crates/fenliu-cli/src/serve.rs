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
        let server = Server::bind(live, &Config::new(options.listen)).map_err(Failure::usage)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "fenliu: serving on {}", server.address())?;
        out.flush()?;
        drop(out);
        server.serve(stop()).await.map_err(Failure::usage)
    })?;
    Ok(Done::All)
}

/// Ready on SIGINT or SIGTERM.
async fn stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = interrupt => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => {
                let _ = interrupt.await;
            }
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}
