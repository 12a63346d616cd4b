//! One call as others see it: counted, timed, and part of its caller's trace.

use std::time::Instant;

use opentelemetry::propagation::Extractor;
use tonic::metadata::{KeyRef, MetadataMap};
use tonic::{Code, Status};
use tracing::{Instrument, Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::state::State;

/// By it a subscriber knows the spans that go to a collector; they are off for all others.
pub const CALLS: &str = "fenliu::calls";

/// Counts a call when it ends, also where its caller leaves it.
struct Counting<'a> {
    state: &'a State,
    method: &'static str,
    since: Instant,
    code: Code,
}

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        self.state.metrics.call(self.method, self.code, self.since.elapsed());
    }
}

/// Answers a call as a part of the trace that its caller names.
pub(crate) async fn counted<T>(
    state: &State,
    (method, metadata): (&'static str, &MetadataMap),
    call: impl Future<Output = Result<T, Status>>,
) -> Result<T, Status> {
    let mut counting = Counting { state, method, since: Instant::now(), code: Code::Cancelled };
    let span = span(method, metadata);
    let result = call.instrument(span.clone()).await;
    counting.code = result.as_ref().map_or_else(Status::code, |_| Code::Ok);
    span.record("rpc.grpc.status_code", i32::from(counting.code));
    result
}

fn span(method: &'static str, metadata: &MetadataMap) -> Span {
    let span = tracing::debug_span!(
        target: CALLS,
        "call",
        otel.name = method,
        otel.kind = "server",
        rpc.system = "grpc",
        rpc.service = "fenliu.v1.Router",
        rpc.method = method,
        rpc.grpc.status_code = field::Empty,
        fenliu.decision_id = field::Empty,
        fenliu.tier = field::Empty,
        fenliu.intent = field::Empty,
        fenliu.group = field::Empty,
        fenliu.wait_us = field::Empty,
        fenliu.route_us = field::Empty,
    );
    if !span.is_disabled() {
        let caller =
            opentelemetry::global::get_text_map_propagator(|propagator| propagator.extract(&Carrier(metadata)));
        // It fails where no collector is set, and then there is nothing to be part of.
        let _ = span.set_parent(caller);
    }
    span
}

/// Says what came of the message of the call that is being answered.
pub(crate) fn tell(outcome: &fenliu::Outcome) {
    let span = Span::current();
    if span.is_disabled() {
        return;
    }
    span.record("fenliu.decision_id", outcome.decision_id.as_str());
    span.record("fenliu.tier", outcome.tier.as_str());
    span.record("fenliu.group", outcome.group.as_str());
    span.record("fenliu.route_us", micros(outcome.took));
    if let Some(intent) = outcome.intents.first() {
        span.record("fenliu.intent", intent.id.as_str());
    }
}

/// Says how long it waited.
pub(crate) fn tell_wait(waited: std::time::Duration) {
    Span::current().record("fenliu.wait_us", micros(waited));
}

fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The metadata of a call, as a propagator reads it.
struct Carrier<'a>(&'a MetadataMap);

impl Extractor for Carrier<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        let name = |key| match key {
            KeyRef::Ascii(key) => Some(key.as_str()),
            KeyRef::Binary(_) => None,
        };
        self.0.keys().filter_map(name).collect()
    }
}
