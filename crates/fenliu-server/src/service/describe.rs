//! Says what is in use.

use fenliu::{MAX_BYTES, Snapshot};

use super::MAX_BATCH;
use crate::convert;
use crate::state::{State, profile};
use crate::wire;

pub(super) fn response(state: &State, snapshot: &Snapshot) -> wire::DescribeResponse {
    let engine = &snapshot.engine;
    let intent = |intent: &fenliu::Intent| wire::KnownIntent {
        id: intent.id.to_string(),
        domain: intent.domain.to_string(),
        zh: intent.zh.to_string(),
    };
    let named = |(id, zh): (&str, &str)| wire::Named { id: id.to_owned(), zh: zh.to_owned() };
    let policy = engine.policy();
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let config = &state.config;
    wire::DescribeResponse {
        intents: engine.taxonomy().iter().map(|(_, known)| intent(known)).collect(),
        groups: policy.groups().map(named).collect(),
        transfers: policy.transfers().map(named).collect(),
        profiles: policy.profiles().map(named).collect(),
        profile: profile(snapshot).to_owned(),
        limits: Some(wire::ServiceLimits {
            text_bytes: number(MAX_BYTES),
            batch: number(MAX_BATCH),
            request_bytes: number(config.limits.request_bytes),
            workers: number(config.workers),
            waiting: number(config.waiting),
            waiting_time: Some(convert::duration_out(config.waiting_time)),
        }),
        revision: Some(convert::revision(engine.revision().clone())),
        last_reload: state.last_reload().map(|last| wire::LastReload {
            at: Some(convert::time_out(last.at)),
            trigger: last.trigger.to_owned(),
            error: last.error,
        }),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: Some(convert::time_out(state.started)),
    }
}
