//! Intents that no row is for: what they ask goes wherever the tier sends it.

use std::sync::Arc;

use crate::taxonomy::IntentId;
use crate::words::Tier;

use super::super::trace::RuleKind;
use super::super::when::{Test, When};
use super::{Checking, FindingKind, Found, Seen, Subject, SubjectKind};

impl Checking<'_> {
    /// Reads each intent plainly, once sure and once unsure, and looks whether the row that it reaches names it.
    pub(super) fn intents(&mut self) {
        let profile = self.profile;
        let all = (0..profile.intents.len()).filter_map(|index| u16::try_from(index).ok()).map(IntentId);
        for (intent, row) in all.zip(&profile.intents) {
            let bars = row.thresholds;
            let unsure = (f32::midpoint(bars.ai, bars.assisted) * 1000.0).round() / 1000.0;
            let given = |more: &str| match &profile.parent {
                Some(_) => format!("{{ intent = \"{}\"{more}, profile = \"{}\" }}", row.id, profile.name),
                None => format!("{{ intent = \"{}\"{more} }}", row.id),
            };
            for (sure, given) in [("sure", given("")), ("unsure", given(&format!(", confidence = {unsure}")))] {
                let mut reached: Option<(Arc<str>, Tier)> = None;
                let example = self.shown(given, |_| true);
                if let Some(example) = &example {
                    let seen = Seen::new(self.policy, profile, example.reading());
                    reached = self.foreign_row(&seen, intent);
                }
                let Some((route, tier)) = reached else { continue };
                let message = format!(
                    "intent `{}` has no route of its own: {sure} and plain, it is `{tier}` and goes to `{route}`, which \
                     names neither the intent nor its domain",
                    row.id
                );
                let subjects = vec![Subject { kind: SubjectKind::Intent, name: Arc::clone(&row.id) }];
                self.report(Found { kind: FindingKind::NoRoute, subjects, span: None, message }, example);
                break;
            }
        }
    }

    /// The row that was reached, where it is for something else. What a profile itself puts in front is meant so.
    fn foreign_row(&self, seen: &Seen<'_>, intent: IntentId) -> Option<(Arc<str>, Tier)> {
        let (route, tier) = (&seen.decision.route, seen.decision.tier);
        let row = self.profile.routes.iter().find(|row| row.name == *route)?;
        let own = self.parent.is_some() && !self.inherits(RuleKind::Route, route);
        let is_for = names(&row.when, intent) || tier == Tier::Ai && asks_for_ai(&row.when);
        (!own && !is_for).then(|| (Arc::clone(route), tier))
    }
}

/// Whether the condition asks for the intent somewhere; what stands under `not` does not count.
fn names(when: &When, intent: IntentId) -> bool {
    any(when, &|test| {
        matches!(test, Test::Intent(intents) | Test::Domain(_, intents) | Test::First(intents) | Test::Ranked(intents, _)
            if intents.contains(&intent))
    })
}

fn asks_for_ai(when: &When) -> bool {
    any(when, &|test| matches!(test, Test::Tier(tiers) if tiers.contains(&Tier::Ai)))
}

fn any(when: &When, is: &dyn Fn(&Test) -> bool) -> bool {
    when.tests.iter().any(|test| {
        if let Test::Any(conditions) = test { conditions.iter().any(|when| any(when, is)) } else { is(test) }
    })
}
