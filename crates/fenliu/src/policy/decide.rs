//! The ladder: base tier, floors, one step up, route.

use std::sync::Arc;

use crate::reading::Reading;
use crate::taxonomy::IntentId;
use crate::words::{Match, Priority, Tier};

use super::believe::Belief;
use super::when::Facts;
use super::{Automation, Because, Decision, Policy, Promise, Route, Says};

impl Policy {
    /// Decides about one reading.
    ///
    /// # Determinism
    ///
    /// The same reading gives the same decision, to the order of its reasons.
    #[must_use]
    pub fn decide(&self, reading: &Reading) -> Decision {
        let belief = self.believe(reading);
        let facts = Facts { reading, belief: &belief, tier: None };
        let mut reasons = Vec::with_capacity(4);

        let mut tier = self.base(&belief, &mut reasons);
        for floor in self.floors.iter().filter(|floor| floor.when.holds(facts)) {
            tier = tier.max(floor.tier);
            reasons.push(self.because(&floor.says, &belief));
        }
        let before = reasons.len();
        let steps = self.steps.iter().filter(|step| step.when.holds(facts));
        reasons.extend(steps.map(|step| self.because(&step.says, &belief)));
        if reasons.len() > before {
            tier = tier.raised();
        }

        let facts = Facts { tier: Some(tier), ..facts };
        let route = self.routes.iter().find(|route| route.when.holds(facts));
        let (name, group, transfer_to, priority, promise) = match route {
            Some(route) => (
                Arc::clone(&route.name),
                route.group(reading),
                route.transfer_to.clone(),
                route.priority,
                route.promise,
            ),
            // INVARIANT: the parser has seen a last row without a condition; this arm keeps the function total.
            None => (Arc::from(""), Arc::from(""), None, Priority::Normal, Promise::default()),
        };
        Decision {
            tier,
            hold: reading.history.human_active,
            matched: belief.matched,
            emotion: belief.emotion,
            trend: belief.trend,
            route: name,
            group,
            transfer_to,
            priority,
            promise,
            reasons,
            believed: belief.believed,
            answered_by: belief.answered_by,
            degraded: belief.degraded,
            intents: belief.intents,
        }
    }

    /// The highest base tier of what is asked for; never below a person's check where nothing is sure.
    fn base(&self, belief: &Belief, reasons: &mut Vec<Because>) -> Tier {
        let unsure = match belief.matched {
            Match::Intent => None,
            Match::Ambiguous => Some(("AMBIGUOUS", "两种意图接近，需人工确认")),
            Match::Unclear => Some(("UNCLEAR", "意图不明")),
            Match::OutOfScope => Some(("OUT_OF_SCOPE", "不属于店铺客服范围")),
        };
        let mut tier = Tier::Ai;
        for intent in belief.asked() {
            let automation = self.automation(intent);
            let says = match automation.tier {
                Tier::Ai => ("AUTOMATION_AI", "可由 AI 直接回答"),
                Tier::Assisted => ("AUTOMATION_ASSISTED", "需人工核对 AI 的回答"),
                Tier::Advisor => ("AUTOMATION_ADVISOR", "需专属顾问处理"),
            };
            tier = tier.max(automation.tier);
            reasons.push(builtin(says.0, &format!("“{}”{}", automation.zh, says.1)));
        }
        // A low confidence and an unclear message ask for a person unless the policy lets the AI have `unclear`
        // and `out_of_scope` themselves: their automation has spoken above.
        if let Some((code, because)) = unsure {
            reasons.push(builtin(code, because));
        }
        let Some(first) = belief.first() else { return tier.max(Tier::Assisted) };
        let automation = self.automation(first.intent);
        let is_social =
            self.believe.unclear.contains(&first.intent) || self.believe.out_of_scope.contains(&first.intent);
        if unsure.is_some() && !is_social {
            return tier.max(Tier::Assisted);
        }
        if tier == Tier::Ai && first.confidence < automation.thresholds.ai {
            reasons.push(builtin(
                "BELOW_AI_THRESHOLD",
                &format!("把握 {:.2} 低于 AI 直答所需的 {:.2}", first.confidence, automation.thresholds.ai),
            ));
            return Tier::Assisted;
        }
        tier
    }

    pub(super) fn automation(&self, intent: IntentId) -> &Automation {
        // INVARIANT: the parser gives every intent of the taxonomy its row; an id from elsewhere is treated with care.
        static CAREFUL: std::sync::LazyLock<Automation> = std::sync::LazyLock::new(|| Automation {
            tier: Tier::Advisor,
            thresholds: super::Thresholds { ai: 1.0, assisted: 0.5 },
            zh: "未知".into(),
        });
        self.intents.get(usize::from(intent.0)).unwrap_or(&CAREFUL)
    }

    /// Fills the holes of a rule's sentence.
    fn because(&self, says: &Says, belief: &Belief) -> Because {
        let because = if says.because.contains('{') {
            let intent = belief.first().map_or("意图不明", |first| &*self.automation(first.intent).zh);
            says.because
                .replace("{intent}", intent)
                .replace("{emotion}", belief.emotion.0.zh())
                .replace("{before}", belief.before.zh())
                .into()
        } else {
            Arc::clone(&says.because)
        };
        Because { code: Arc::clone(&says.code), rule: Arc::clone(&says.rule), because }
    }
}

/// A reason that the ladder itself gives.
fn builtin(code: &str, because: &str) -> Because {
    Because { code: code.into(), rule: "ladder".into(), because: because.into() }
}

impl Route {
    fn group(&self, reading: &Reading) -> Arc<str> {
        reading
            .vertical
            .and_then(|vertical| self.by_vertical.iter().find(|(known, _)| *known == vertical))
            .map_or_else(|| Arc::clone(&self.group), |(_, group)| Arc::clone(group))
    }
}
