//! The ladder: base tier, shedding, floors, one step up, clarifying question, route, queue.

use std::sync::Arc;

use crate::reading::Reading;
use crate::taxonomy::IntentId;
use crate::words::{Match, Priority, Tier};

use super::believe::Belief;
use super::reasons::{FIXED, below_ai};
use super::trace::{Recorder, RuleKind, Trace};
use super::when::Facts;
use super::{Automation, Because, Decision, Policy, Profile, Promise, Route, Thresholds};

/// What the rules of the ladder work on.
struct Climb<'a, 't> {
    profile: &'a Profile,
    facts: Facts<'a>,
    reasons: Vec<Because>,
    recorder: Recorder<'t>,
}

/// Where the ladder has led.
struct Height {
    tier: Tier,
    /// A floor above the AI or a step holds.
    raised: bool,
    /// A grave floor holds.
    grave: bool,
}

impl Policy {
    /// Decides about one reading.
    ///
    /// # Determinism
    ///
    /// The same reading gives the same decision, to the order of its reasons.
    #[must_use]
    pub fn decide(&self, reading: &Reading) -> Decision {
        self.judge(reading, Recorder { trace: None })
    }

    /// Decides, and says the whole way.
    #[must_use]
    pub fn explain(&self, reading: &Reading) -> (Decision, Trace) {
        let mut trace = Trace::default();
        let decision = self.judge(reading, Recorder { trace: Some(&mut trace) });
        (decision, trace)
    }

    fn judge(&self, reading: &Reading, mut recorder: Recorder<'_>) -> Decision {
        let asked = reading.profile.as_deref();
        let known = asked.and_then(|name| self.profile(name));
        let profile = known.unwrap_or(&self.normal);

        let belief = profile.believe(reading);
        let mut reasons = Vec::with_capacity(6);
        if reading.profile_unknown || asked.is_some() && known.is_none() {
            reasons.push(FIXED.unknown_profile.clone());
        }
        if reading.history.missing {
            reasons.push(FIXED.without_history.clone());
        }
        let base = profile.base(&belief, &mut reasons);
        recorder.start(profile, reading, &belief, base);
        let facts = Facts { reading, belief: &belief, tier: None, request: None };
        let mut climb = Climb { profile, facts, reasons, recorder };
        let Height { tier, raised, grave } = climb.tier(base);
        let clarify = if raised || base > Tier::Assisted { Vec::new() } else { climb.clarify() };
        let tier = if clarify.is_empty() { tier } else { Tier::Ai };
        let (route, queued) = climb.route(tier);
        let Climb { reasons, mut recorder, .. } = climb;

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
        let decision = Decision {
            tier,
            hold: reading.history.human_active,
            clarify,
            matched: belief.matched,
            emotion: belief.emotion,
            trend: belief.trend,
            route: name,
            group,
            transfer_to,
            priority: queued.map_or(priority, |queued| if grave { queued.max(priority) } else { queued }),
            promise,
            reasons,
            believed: belief.believed,
            answered_by: belief.answered_by,
            degraded: belief.degraded,
            profile: Arc::clone(&profile.name),
            intents: belief.intents,
        };
        recorder.finish(&decision);
        decision
    }
}

impl<'a> Climb<'a, '_> {
    /// Shedding, floors and steps.
    fn tier(&mut self, base: Tier) -> Height {
        let Self { profile, facts, .. } = *self;
        let mut tier = base;
        for shed in &profile.sheds {
            let held = shed.when.holds(facts);
            let after = if held && tier == Tier::Assisted { Tier::Ai } else { tier };
            if after < tier {
                self.reasons.push(profile.because(&shed.says, facts.belief));
            }
            self.recorder.rule(RuleKind::Shed, &shed.says.rule, (&shed.when, facts, profile), held, (tier, after));
            tier = after;
        }
        let (mut grave, mut lifted) = (false, false);
        for floor in &profile.floors {
            let held = floor.when.holds(facts);
            let after = if held { tier.max(floor.tier) } else { tier };
            if held {
                grave |= floor.grave;
                lifted |= floor.tier > Tier::Ai;
                self.reasons.push(profile.because(&floor.says, facts.belief));
            }
            self.recorder.rule(RuleKind::Floor, &floor.says.rule, (&floor.when, facts, profile), held, (tier, after));
            tier = after;
        }
        let raised = tier.raised();
        for step in &profile.steps {
            let held = step.when.holds(facts);
            let after = if held { raised } else { tier };
            lifted |= held;
            if held {
                self.reasons.push(profile.because(&step.says, facts.belief));
            }
            self.recorder.rule(RuleKind::Step, &step.says.rule, (&step.when, facts, profile), held, (tier, after));
            tier = after;
        }
        Height { tier, raised: lifted, grave }
    }

    /// What the AI may ask the customer to choose from: only where what is meant is not clear, none of the
    /// possibilities belongs to an advisor, and it has not been asked before.
    fn clarify(&mut self) -> Vec<IntentId> {
        let Self { profile, facts, .. } = *self;
        let (belief, clarify) = (facts.belief, profile.clarify);
        if !matches!(belief.matched, Match::Ambiguous | Match::Unclear) || clarify.times == 0 {
            return Vec::new();
        }
        if facts.reading.history.clarified >= clarify.times {
            self.reasons.push(FIXED.clarified_before.clone());
            return Vec::new();
        }
        let social =
            |intent| profile.believe.unclear.contains(&intent) || profile.believe.out_of_scope.contains(&intent);
        let likely = belief.intents.iter().filter(|one| one.confidence >= clarify.at_least);
        let meant = likely.map(|one| one.intent).filter(|intent| !social(*intent));
        let options: Vec<IntentId> = meant.take(clarify.options).collect();
        if options.len() < 2 || options.iter().any(|intent| profile.automation(*intent).tier == Tier::Advisor) {
            return Vec::new();
        }
        self.reasons.push(FIXED.clarify.clone());
        options
    }

    /// The row of the most urgent request, and the priority that the queue gives.
    fn route(&mut self, tier: Tier) -> (Option<&'a Route>, Option<Priority>) {
        let profile = self.profile;
        let base = |request: Option<IntentId>| request.map(|intent| profile.automation(intent).tier);
        let mut best: Option<(&'a Route, Option<IntentId>)> = None;
        let mut requests = self.facts.belief.asked();
        let first = requests.next();
        for request in [first].into_iter().chain(requests.map(Some)) {
            let facts = Facts { tier: Some(tier), request, ..self.facts };
            let Some(row) = profile.routes.iter().find(|row| row.when.holds(facts)) else { continue };
            if best.is_none_or(|(known, other)| (row.priority, base(request)) > (known.priority, base(other))) {
                best = Some((row, request));
            }
        }
        let request = best.and_then(|(_, request)| request);
        if self.recorder.trace.is_some() {
            let facts = Facts { tier: Some(tier), request, ..self.facts };
            for row in &profile.routes {
                let held = row.when.holds(facts);
                self.recorder.rule(RuleKind::Route, &row.name, (&row.when, facts, profile), held, (tier, tier));
                if held {
                    break;
                }
            }
        }
        (best.map(|(row, _)| row), self.queue(tier, request))
    }

    fn queue(&mut self, tier: Tier, request: Option<IntentId>) -> Option<Priority> {
        let profile = self.profile;
        let facts = Facts { tier: Some(tier), request, ..self.facts };
        for row in &profile.queue {
            let held = row.when.holds(facts);
            self.recorder.rule(RuleKind::Queue, &row.name, (&row.when, facts, profile), held, (tier, tier));
            if held {
                return Some(row.priority);
            }
        }
        None
    }
}

impl Profile {
    /// The highest base tier of what is asked for; never below a person's check where nothing is sure.
    fn base(&self, belief: &Belief, reasons: &mut Vec<Because>) -> Tier {
        let unsure = match belief.matched {
            Match::Intent => None,
            Match::Ambiguous => Some(&FIXED.ambiguous),
            Match::Unclear => Some(&FIXED.unclear),
            Match::OutOfScope => Some(&FIXED.out_of_scope),
        };
        let mut tier = Tier::Ai;
        for intent in belief.asked() {
            let automation = self.automation(intent);
            tier = tier.max(automation.tier);
            reasons.push(automation.says.clone());
        }
        // A low confidence and an unclear message ask for a person unless the policy lets the AI have `unclear`
        // and `out_of_scope` themselves: their automation has spoken above.
        reasons.extend(unsure.cloned());
        let Some(first) = belief.first() else { return tier.max(Tier::Assisted) };
        let automation = self.automation(first.intent);
        let is_social =
            self.believe.unclear.contains(&first.intent) || self.believe.out_of_scope.contains(&first.intent);
        if unsure.is_some() && !is_social {
            return tier.max(Tier::Assisted);
        }
        if tier == Tier::Ai && first.confidence < automation.thresholds.ai {
            reasons.push(below_ai(first.confidence, automation.thresholds));
            return Tier::Assisted;
        }
        tier
    }

    pub(super) fn automation(&self, intent: IntentId) -> &Automation {
        // INVARIANT: the parser gives every intent of the taxonomy its row; an id from elsewhere is treated with care.
        static CAREFUL: std::sync::LazyLock<Automation> = std::sync::LazyLock::new(|| Automation {
            tier: Tier::Advisor,
            thresholds: Thresholds { ai: 1.0, assisted: 0.5 },
            id: "unknown".into(),
            zh: "未知".into(),
            says: super::reasons::automation("未知", Tier::Advisor),
        });
        self.intents.get(usize::from(intent.0)).unwrap_or(&CAREFUL)
    }
}

impl Route {
    fn group(&self, reading: &Reading) -> Arc<str> {
        reading
            .vertical
            .and_then(|vertical| self.by_vertical.iter().find(|(known, _)| *known == vertical))
            .map_or_else(|| Arc::clone(&self.group), |(_, group)| Arc::clone(group))
    }
}
