//! Two decisions about the same reading, and which rules make the difference.

use std::collections::BTreeSet;

use super::{Candidate, Decision};

/// One part of two decisions that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changed {
    /// Such as `tier`.
    pub what: &'static str,
    /// In the first decision.
    pub from: String,
    /// In the second.
    pub to: String,
}

impl Decision {
    /// What the second decision has otherwise: who answers, which team, how soon, whether it is a question.
    #[must_use]
    pub fn changes(&self, other: &Self) -> Vec<Changed> {
        let mut out = Vec::new();
        let mut compare = |what: &'static str, from: String, to: String| {
            if from != to {
                out.push(Changed { what, from, to });
            }
        };
        compare("tier", self.tier.to_string(), other.tier.to_string());
        compare("match", self.matched.to_string(), other.matched.to_string());
        compare("clarify", (!self.clarify.is_empty()).to_string(), (!other.clarify.is_empty()).to_string());
        compare("hold", self.hold.to_string(), other.hold.to_string());
        compare("group", self.group.to_string(), other.group.to_string());
        let transfer = |decision: &Self| decision.transfer_to.as_deref().unwrap_or("none").to_owned();
        compare("transfer_to", transfer(self), transfer(other));
        compare("priority", self.priority.to_string(), other.priority.to_string());
        for (what, from, to) in [
            ("first_response", self.promise.first_response, other.promise.first_response),
            ("human", self.promise.human, other.promise.human),
            ("resolve", self.promise.resolve, other.promise.resolve),
        ] {
            let shown = |time: Option<std::time::Duration>| time.map_or("never".to_owned(), |time| format!("{time:?}"));
            compare(what, shown(from), shown(to));
        }
        let asked = |decision: &Self| {
            let asked = decision.intents.iter().enumerate().filter(|(index, one)| *index == 0 || one.also);
            let ids: Vec<String> = asked.map(|(_, Candidate { intent, .. })| intent.0.to_string()).collect();
            ids.join("+")
        };
        compare("requests", asked(self), asked(other));
        out
    }

    /// The rules that speak in one of the two only, each after `+` (the second) or `-` (the first). What the ladder
    /// says itself stands under its code. Where the same rules speak and still something differs, the route row.
    #[must_use]
    pub fn rules_apart(&self, other: &Self) -> Vec<String> {
        let (ours, theirs) = (self.speaking(), other.speaking());
        let gone = ours.difference(&theirs).map(|rule| format!("-{rule}"));
        let come = theirs.difference(&ours).map(|rule| format!("+{rule}"));
        let mut out: Vec<String> = gone.chain(come).collect();
        if out.is_empty() && !self.changes(other).is_empty() {
            out.push(format!("route {}", other.route));
        }
        out
    }

    fn speaking(&self) -> BTreeSet<String> {
        let rules = self.reasons.iter().map(|reason| match &*reason.rule {
            super::reasons::LADDER => reason.code.to_string(),
            rule => rule.to_owned(),
        });
        rules.chain([format!("route {}", self.route)]).collect()
    }
}
