//! One call as others see it: counted, timed, bounded in time, and part of its caller's trace.

use std::time::{Duration, Instant};

use opentelemetry::propagation::Extractor;
use tonic::metadata::{KeyRef, MetadataMap};
use tonic::{Code, Extensions, Status};
use tracing::{Instrument, Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::state::State;

/// By it a subscriber knows the spans that go to a collector; they are off for all others.
pub const CALLS: &str = "fenliu::calls";

/// When the head of a call stood there; its message came later.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived(pub(crate) Instant);

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

/// By how much we are ahead of the transport, which says of a call whose time is up that its caller has left.
const AHEAD: Duration = Duration::from_millis(2);

/// Answers a call as a part of the trace that its caller names, in the time that it has.
pub(crate) async fn counted<T>(
    state: &State,
    (method, metadata, extensions): (&'static str, &MetadataMap, &Extensions),
    call: impl Future<Output = Result<T, Status>>,
) -> Result<T, Status> {
    let since = extensions.get::<Arrived>().map_or_else(Instant::now, |arrived| arrived.0);
    let mut counting = Counting { state, method, since, code: Code::Cancelled };
    let span = span(method, metadata);
    let time = time(state.config.limits.request_time, metadata);
    let result = tokio::time::timeout(time.saturating_sub(since.elapsed() + AHEAD), call.instrument(span.clone()))
        .await
        .unwrap_or_else(|_| Err(Status::deadline_exceeded(format!("not done in {} ms", time.as_millis()))));
    counting.code = result.as_ref().map_or_else(Status::code, |_| Code::Ok);
    span.record("rpc.grpc.status_code", i32::from(counting.code));
    result
}

/// What the service gives a call, or what its caller does where that is less.
fn time(most: Duration, metadata: &MetadataMap) -> Duration {
    let asked = metadata.get("grpc-timeout").and_then(|value| grpc_timeout(value.to_str().ok()?));
    asked.map_or(most, |asked| asked.min(most))
}

/// At most eight digits and a unit, as the protocol of gRPC over HTTP/2 has it.
fn grpc_timeout(value: &str) -> Option<Duration> {
    let (number, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    let number: u64 = number.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(number.checked_mul(3600)?)),
        "M" => Some(Duration::from_secs(number.checked_mul(60)?)),
        "S" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_millis(number)),
        "u" => Some(Duration::from_micros(number)),
        "n" => Some(Duration::from_nanos(number)),
        _ => None,
    }
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
pub(crate) fn tell_wait(waited: Duration) {
    Span::current().record("fenliu.wait_us", micros(waited));
}

fn micros(duration: Duration) -> u64 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_call_is_the_shorter_one() {
        let given = |value: &str| {
            let mut metadata = MetadataMap::new();
            metadata.insert("grpc-timeout", value.parse().unwrap());
            time(Duration::from_secs(30), &metadata).as_nanos()
        };
        assert_eq!(given("99999999H"), 30_000_000_000);
        assert_eq!((given("1M"), given("2S"), given("250m")), (30_000_000_000, 2_000_000_000, 250_000_000));
        assert_eq!((given("5u"), given("0n"), given("7n")), (5_000, 0, 7));
        for odd in ["", "m", "5", "5x", "-5m", "五m"] {
            assert_eq!(grpc_timeout(odd), None, "{odd}");
        }
        assert_eq!(time(Duration::from_secs(1), &MetadataMap::new()), Duration::from_secs(1));
    }
}
