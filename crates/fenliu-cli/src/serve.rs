//! `fenliu serve`: reads what it is told, says where it listens, loads the engine, serves until told to stop.

mod config;
mod log;
mod store;

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use fenliu::{Live, LoadError};
use fenliu_server::{Config, ServeError, Server, Start};

use crate::args::{Serve, Settings};
use crate::draw;
use crate::exit::{Done, Failure};

pub(crate) fn run(options: &Serve) -> Result<Done, Failure> {
    let settings = config::settings(options)?;
    let config = config::config(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(async {
        let _telling = log::begin(&settings.log, &settings.traces)?;
        if options.check {
            return check(&settings, &config);
        }
        // Before anybody can know that we are here, so that a signal is never missed.
        let stop = stop()?;
        let server = Server::bind(start(&settings), config).map_err(Failure::usage)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "fenliu: serving on {}", server.address()?)?;
        for (what, address) in [("operators", server.admin_address()), ("metrics", server.http_address())] {
            if let Some(address) = address {
                writeln!(out, "fenliu: {what} on {address}")?;
            }
        }
        out.flush()?;
        drop(out);
        server.serve(stop).await.map_err(|error| {
            // What is wrong with a file is drawn already.
            if let ServeError::Load(drawn) = error { Failure::Drawn(drawn) } else { Failure::usage(error) }
        })
    });
    // What still reads a file that does not come is not waited for.
    runtime.shutdown_timeout(LAST);
    done.map(|()| Done::All)
}

/// How long whatever blocks a thread may take when all calls have ended.
const LAST: Duration = Duration::from_secs(3);

/// Reads and loads everything once, as serving would; says all that is wrong.
fn check(settings: &Settings, config: &Config) -> Result<(), Failure> {
    let service = config.check().err().map(|problem| format!("fenliu: {problem}\n"));
    let problems: String = service.into_iter().chain(load(settings).err()).collect();
    if !problems.is_empty() {
        return Err(Failure::Drawn(problems));
    }
    writeln!(std::io::stdout().lock(), "fenliu: nothing is wrong")?;
    Ok(())
}

/// How the engine is loaded, first and again.
fn start(settings: &Settings) -> Start {
    let source = settings.engine.engine().source();
    let first = settings.clone();
    let start = Start::load(move || load(&first).map(Arc::new));
    if source.paths().is_empty() {
        return start;
    }
    let again = settings.engine.engine();
    start.again(move || again.load(), move || source.paths())
}

/// The engine with its store and profile; the error is as it is shown.
fn load(settings: &Settings) -> Result<Live, String> {
    let engine = settings.engine.engine().load().map_err(|error: LoadError| draw::load_error(&error))?;
    let said = |error: String| format!("fenliu: {error}\n");
    let live = store::with(Live::new(engine), &settings.conversations).map_err(said)?;
    if let Some(profile) = &settings.engine.profile {
        live.set_profile(profile).map_err(|error| said(format!("--profile: {error}")))?;
    }
    Ok(live)
}

/// Ready on SIGINT or SIGTERM; listens for them from the moment it is made.
#[cfg(unix)]
fn stop() -> std::io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    // Before files are followed it asks for what is being done already, and must not end us.
    let hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        let _hangup = hangup;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ready on Ctrl-C.
#[cfg(not(unix))]
fn stop() -> std::io::Result<impl Future<Output = ()> + Send> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
