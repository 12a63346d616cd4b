//! What is said while serving: events on standard error, and where asked for calls to a collector. Nothing of a customer
//! is among it.

use std::time::Duration;

use fenliu_server::CALLS;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::{Format, Level, Log, Traces};
use crate::exit::Failure;

/// How long what is left may take to reach the collector.
const LAST: Duration = Duration::from_secs(3);

/// Sends what is left when it is dropped.
pub(super) struct Telling(Option<SdkTracerProvider>);

impl Drop for Telling {
    fn drop(&mut self) {
        if let Some(provider) = &self.0 {
            // A collector that is gone takes nothing.
            let _ = provider.shutdown_with_timeout(LAST);
        }
    }
}

/// Begins to tell; once for a program.
pub(super) fn begin(log: &Log, traces: &Traces) -> Result<Telling, Failure> {
    let level = match log.level.unwrap_or(Level::Info) {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
    };
    // With the hint, what is said below it costs nothing at all.
    let said = filter_fn(move |about| *about.level() <= level && about.target() != CALLS).with_max_level_hint(level);
    let to = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let events = match log.format.unwrap_or(Format::Text) {
        Format::Text => to.with_ansi(false).with_filter(said).boxed(),
        Format::Json => to.json().flatten_event(true).with_filter(said).boxed(),
    };
    let provider =
        traces.endpoint.as_ref().map(|endpoint| provider(endpoint, traces.share.unwrap_or(1.0))).transpose()?;
    let calls = provider.as_ref().map(|provider| {
        opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("fenliu"));
        let only = filter_fn(|about| about.target() == CALLS).with_max_level_hint(LevelFilter::DEBUG);
        layer.with_location(false).with_threads(false).with_filter(only)
    });
    tracing_subscriber::registry().with(events).with(calls).init();
    // What a panic says may quote a message.
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string);
        tracing::error!(at, "a panic; what it says is left out, it may quote a message");
    }));
    Ok(Telling(provider))
}

fn provider(endpoint: &str, share: f64) -> Result<SdkTracerProvider, Failure> {
    let exporter = SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .map_err(|error| Failure::usage(format!("traces.endpoint `{endpoint}`: {error}")))?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(share))))
        .with_resource(Resource::builder().with_service_name("fenliu").build())
        .build())
}
