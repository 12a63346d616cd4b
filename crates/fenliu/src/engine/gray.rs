//! A candidate policy beside the one in use: who is decided by it, and what it would have decided.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use crate::inquiry::Inquiry;
use crate::policy::{Candidacy, Changed, Decision, Policy, RolloutKey};
use crate::reading::Reading;

/// How many differences are kept for listing, the latest.
const LISTED: usize = 100;

/// A candidate, and what was seen of it.
#[derive(Debug)]
pub(crate) struct Gray {
    pub(crate) candidacy: Candidacy,
    pub(crate) policy: Policy,
    /// The candidate's revision.
    pub(crate) revision: String,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    compared: u64,
    differing: u64,
    by_rule: BTreeMap<String, u64>,
    latest: VecDeque<ShadowDifference>,
}

/// How a candidate in the shadow would have decided.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct ShadowReport {
    /// The candidate's revision.
    pub candidate: String,
    /// Messages that both have judged.
    pub compared: u64,
    /// Of these, those about which the two differ.
    pub differing: u64,
    /// For each rule that speaks on one side only, after `+` (candidate) or `-` (in use): about how many messages.
    pub by_rule: BTreeMap<String, u64>,
    /// The latest differences, oldest first, at most 100.
    pub latest: Vec<ShadowDifference>,
}

/// One message about which the two differ.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct ShadowDifference {
    /// The decision that was answered.
    pub decision_id: String,
    /// What differs: part, in use, candidate.
    pub changes: Vec<(String, String, String)>,
    /// The rules that speak on one side only.
    pub rules: Vec<String>,
}

impl Gray {
    pub(crate) fn new(candidacy: Candidacy, policy: Policy, revision: String) -> Self {
        Self { candidacy, policy, revision, log: Mutex::default() }
    }

    /// Whether the candidate decides about this message.
    pub(super) fn takes(&self, inquiry: &Inquiry) -> bool {
        let Candidacy::Rollout { key, .. } = &self.candidacy else { return false };
        let id = match key {
            RolloutKey::Customer => inquiry.customer.as_ref().and_then(|customer| customer.id.as_deref()),
            RolloutKey::Conversation => inquiry.conversation.as_ref().and_then(|it| it.id.as_deref()),
        };
        id.is_some_and(|id| self.candidacy.takes(id))
    }

    /// Where the candidate only watches: notes how it would have decided.
    pub(super) fn watch(&self, reading: &Reading, decision: &Decision, decision_id: &str) {
        if matches!(self.candidacy, Candidacy::Rollout { .. }) {
            return;
        }
        let other = self.policy.decide(reading);
        let changes = decision.changes(&other);
        let rules = if changes.is_empty() { Vec::new() } else { decision.rules_apart(&other) };
        // A thread that panicked while counting leaves counts that still serve.
        let mut log = self.log.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        log.compared += 1;
        if changes.is_empty() {
            return;
        }
        log.differing += 1;
        for rule in &rules {
            *log.by_rule.entry(rule.clone()).or_default() += 1;
        }
        if log.latest.len() == LISTED {
            log.latest.pop_front();
        }
        let changes = changes.into_iter().map(|Changed { what, from, to }| (what.to_owned(), from, to)).collect();
        log.latest.push_back(ShadowDifference { decision_id: decision_id.to_owned(), changes, rules });
    }

    pub(super) fn report(&self) -> ShadowReport {
        let log = self.log.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        ShadowReport {
            candidate: self.revision.clone(),
            compared: log.compared,
            differing: log.differing,
            by_rule: log.by_rule.clone(),
            latest: log.latest.iter().cloned().collect(),
        }
    }
}
