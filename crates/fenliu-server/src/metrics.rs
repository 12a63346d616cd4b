//! What is counted, for Prometheus. No text, no id of a customer: labels are names from the taxonomy and the policy.

use std::sync::Mutex;
use std::time::Duration;

use fenliu::{Outcome, Revision, ShadowReport};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use tonic::Code;

use crate::gate::Load;
use crate::wire::route_error::Code as ErrorCode;
use crate::wire::route_result::Result as Item;

/// Every metric begins with it.
const PREFIX: &str = "fenliu";

/// Bounds of the time histograms in seconds: from the words alone to what no caller waits for.
const SECONDS: [f64; 16] = [
    0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5,
    2.0,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: &'static str,
    code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Routed {
    tier: &'static str,
    intent: String,
    group: String,
    believed: &'static str,
    degraded: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Staged {
    stage: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Queued {
    class: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Loaded {
    what: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Rule {
    rule: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InUse {
    model: String,
    lexicon: String,
    policy: String,
    profile: String,
}

/// A part of the way of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stage {
    /// In the line.
    Wait,
    /// In the engine, from text to decision.
    Route,
    /// Of that, from the text to its words and keywords.
    Hear,
    /// Of that, the models.
    Model,
    /// Of that, the rest: entities, history, policy.
    Decide,
    /// From the request about one message to the answer.
    Call,
    /// The same of a batch.
    Batch,
}

impl Stage {
    const ALL: [Self; 7] = [Self::Wait, Self::Route, Self::Hear, Self::Model, Self::Decide, Self::Call, Self::Batch];

    fn name(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Route => "route",
            Self::Hear => "hear",
            Self::Model => "model",
            Self::Decide => "decide",
            Self::Call => "call",
            Self::Batch => "batch",
        }
    }
}

/// What is loaded anew while serving.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reloaded {
    /// Models, lexicon and policy.
    Engine,
    /// Certificates.
    Certificates,
    /// Tokens.
    Tokens,
}

impl Loaded {
    const OK: &str = "ok";
    const REFUSED: &str = "refused";
}

impl Reloaded {
    fn name(self) -> &'static str {
        match self {
            Self::Engine => "engine",
            Self::Certificates => "certificates",
            Self::Tokens => "tokens",
        }
    }
}

/// All metrics of a service.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Request, Counter>,
    /// Of batches and streams.
    items: Family<Request, Counter>,
    routed: Family<Routed, Counter>,
    /// By [`Stage`].
    stages: [Histogram; Stage::ALL.len()],
    reloads: Family<Loaded, Counter>,
    last_reload: Gauge,
    waiting: Family<Queued, Gauge>,
    inside: Gauge,
    room: Gauge,
    working: Gauge,
    abandoned: Counter,
    panics: Counter,
    pub(crate) connections: Gauge,
    shadow_compared: Gauge,
    shadow_differing: Gauge,
    shadow_rules: Family<Rule, Gauge>,
    in_use: Family<InUse, Gauge>,
    decisions_written: Counter,
    decisions_lost: Counter,
    /// Held while what others have counted is written.
    turn: Mutex<()>,
}

fn histogram() -> Histogram {
    Histogram::new(SECONDS)
}

impl Metrics {
    pub(crate) fn new(workers: usize) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let seconds = Family::<Staged, Histogram>::new_with_constructor(histogram as fn() -> Histogram);
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            items: Family::default(),
            routed: Family::default(),
            stages: Stage::ALL.map(|stage| seconds.get_or_create(&Staged { stage: stage.name() }).clone()),
            reloads: Family::default(),
            last_reload: Gauge::default(),
            waiting: Family::default(),
            inside: Gauge::default(),
            room: Gauge::default(),
            working: Gauge::default(),
            abandoned: Counter::default(),
            panics: Counter::default(),
            connections: Gauge::default(),
            shadow_compared: Gauge::default(),
            shadow_differing: Gauge::default(),
            shadow_rules: Family::default(),
            in_use: Family::default(),
            decisions_written: Counter::default(),
            decisions_lost: Counter::default(),
            turn: Mutex::default(),
        };
        let most: Gauge = Gauge::default();
        most.set(signed(workers));
        let info = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program", info);
        registry.register("requests", "Calls by method and gRPC code", metrics.requests.clone());
        registry.register("items", "Messages of batches and streams, by gRPC code", metrics.items.clone());
        registry.register("outcomes", "Messages routed", metrics.routed.clone());
        registry.register_with_unit("stage", "Time of a call in each stage", Unit::Seconds, seconds);
        registry.register("waiting", "Messages in the line, by class", metrics.waiting.clone());
        registry.register("inside", "Messages that wait or are worked on", metrics.inside.clone());
        registry.register("room", "The most messages that may wait or be worked on now", metrics.room.clone());
        registry.register("working", "Workers at work", metrics.working.clone());
        registry.register("workers", "Workers that there are", most);
        registry.register("abandoned", "Callers that left before their turn came", metrics.abandoned.clone());
        registry.register("panics", "Pieces of work that panicked", metrics.panics.clone());
        registry.register("decisions_written", "Lines of the decision log", metrics.decisions_written.clone());
        registry.register("decisions_lost", "Lines that could not be written", metrics.decisions_lost.clone());
        registry.register("connections", "Open connections", metrics.connections.clone());
        registry.register("reloads", "Attempts to load files anew", metrics.reloads.clone());
        registry.register(
            "last_reload_ok",
            "Whether the last attempt to load the engine anew went well",
            metrics.last_reload.clone(),
        );
        registry.register(
            "shadow_compared",
            "Messages that a candidate in the shadow has judged",
            metrics.shadow_compared.clone(),
        );
        registry.register(
            "shadow_differing",
            "Of these, those it would have decided otherwise",
            metrics.shadow_differing.clone(),
        );
        registry.register("shadow_rules", "The same by rule that only one side followed", metrics.shadow_rules.clone());
        registry.register("in_use", "1 for what decides now", metrics.in_use.clone());
        metrics.last_reload.set(1);
        // A counter that begins with its first event hides that event from `increase`.
        for what in [Reloaded::Engine, Reloaded::Certificates, Reloaded::Tokens] {
            for result in [Loaded::OK, Loaded::REFUSED] {
                drop(metrics.reloads.get_or_create(&Loaded { what: what.name(), result }));
            }
        }
        for method in ["RouteBatch", "RouteStream"] {
            for code in [Code::Ok, Code::InvalidArgument, Code::ResourceExhausted, Code::Internal] {
                drop(metrics.items.get_or_create(&Request { method, code: code_name(code) }));
            }
        }
        metrics.registry = registry;
        metrics
    }

    /// Counts a call that has ended.
    pub(crate) fn call(&self, method: &'static str, code: Code, took: Duration) {
        self.requests.get_or_create(&Request { method, code: code_name(code) }).inc();
        // What is turned away at the door, and a stream that has only begun, would make the times look short.
        match method {
            "Route" | "Classify" => self.stage(Stage::Call, took),
            "RouteBatch" => self.stage(Stage::Batch, took),
            _ => {}
        }
    }

    /// That of calls which the door refuses for want of room.
    pub(crate) fn refused_at_the_door(&self) -> Counter {
        self.requests.get_or_create(&Request { method: "door", code: code_name(Code::ResourceExhausted) }).clone()
    }

    /// Counts what came of messages that came together.
    pub(crate) fn items(&self, method: &'static str, items: &[Item]) {
        for item in items {
            let code = match item {
                Item::Outcome(_) => Code::Ok,
                Item::Error(error) => match error.code() {
                    ErrorCode::ResourceExhausted => Code::ResourceExhausted,
                    ErrorCode::InvalidArgument => Code::InvalidArgument,
                    ErrorCode::Internal | ErrorCode::Unspecified => Code::Internal,
                },
            };
            self.items.get_or_create(&Request { method, code: code_name(code) }).inc();
        }
    }

    pub(crate) fn stage(&self, stage: Stage, took: Duration) {
        if let Some(histogram) = self.stages.get(stage as usize) {
            histogram.observe(took.as_secs_f64());
        }
    }

    /// Counts a message that was routed.
    pub(crate) fn outcome(&self, outcome: &Outcome) {
        let fenliu::Stages { hear, model, .. } = outcome.stages;
        self.stage(Stage::Route, outcome.took);
        self.stage(Stage::Hear, hear);
        if !model.is_zero() {
            self.stage(Stage::Model, model);
        }
        self.stage(Stage::Decide, outcome.took.saturating_sub(hear + model));
        let routed = Routed {
            tier: outcome.tier.as_str(),
            intent: outcome.intents.first().map(|intent| intent.id.clone()).unwrap_or_default(),
            group: outcome.group.clone(),
            believed: outcome.believed.as_str(),
            degraded: if outcome.degraded { "true" } else { "false" },
        };
        self.routed.get_or_create(&routed).inc();
    }

    /// Counts an attempt to load something anew.
    pub(crate) fn reload(&self, what: Reloaded, ok: bool) {
        let result = if ok { Loaded::OK } else { Loaded::REFUSED };
        self.reloads.get_or_create(&Loaded { what: what.name(), result }).inc();
        if matches!(what, Reloaded::Engine) {
            self.last_reload.set(i64::from(ok));
        }
    }

    /// All of it as Prometheus reads it.
    pub(crate) fn text(&self, load: Load, noted: Option<(u64, u64)>, in_use: Option<InUseNow<'_>>) -> String {
        let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.waiting.get_or_create(&Queued { class: "usual" }).set(signed(load.usual));
        self.waiting.get_or_create(&Queued { class: "urgent" }).set(signed(load.urgent));
        self.inside.set(signed(load.inside));
        self.room.set(signed(load.room));
        self.working.set(signed(load.working));
        let (written, lost) = noted.unwrap_or_default();
        raise(&self.abandoned, load.abandoned);
        raise(&self.panics, load.panics);
        raise(&self.decisions_written, written);
        raise(&self.decisions_lost, lost);
        if let Some(now) = in_use {
            self.in_use.clear();
            let Revision { model, lexicon, policy, .. } = now.revision.clone();
            self.in_use.get_or_create(&InUse { model, lexicon, policy, profile: now.profile.to_owned() }).set(1);
            self.shadow(now.shadow);
        }
        let mut text = String::new();
        // Writing into a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    fn shadow(&self, report: Option<ShadowReport>) {
        self.shadow_rules.clear();
        let Some(report) = report else {
            self.shadow_compared.set(0);
            self.shadow_differing.set(0);
            return;
        };
        self.shadow_compared.set(signed(report.compared));
        self.shadow_differing.set(signed(report.differing));
        for (rule, messages) in report.by_rule {
            self.shadow_rules.get_or_create(&Rule { rule }).set(signed(messages));
        }
    }
}

/// What decides at the moment of asking.
pub(crate) struct InUseNow<'a> {
    pub(crate) revision: &'a Revision,
    pub(crate) profile: &'a str,
    pub(crate) shadow: Option<ShadowReport>,
}

/// Brings a counter up to what somebody else has counted.
fn raise(counter: &Counter, to: u64) {
    counter.inc_by(to.saturating_sub(counter.get()));
}

/// A count as a gauge takes it.
fn signed(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}

/// The names that gRPC gives its codes.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
