//! What surely holds between the variables of a [`Space`]: how belief, match and tier follow from the rest.
//!
//! A law may allow a reading that cannot be, never forbid one that can: what "can never hold" is said from must hold.

use crate::taxonomy::IntentId;
use crate::words::{Believed, Emotion, Match, Tier, Trend};

use super::super::Profile;
use super::formula::{Formula, Var};
use super::space::{Place, Space, one_of};

/// Confidences are 32-bit numbers; their difference may be off by less than this.
const ROUNDING: f32 = 1e-6;

/// One law, which matters where one of its triggers is looked at.
#[derive(Debug)]
pub(super) struct Law {
    pub(super) triggers: Vec<Var>,
    pub(super) says: Formula,
}

/// The laws of one profile.
#[derive(Debug)]
pub(super) struct Laws {
    pub(super) sure: Vec<Law>,
    /// Beside the laws, for finding examples: one request and no question back.
    pub(super) one: Vec<Law>,
    /// Beside the laws, for finding examples: the ranking has two intents and no more.
    pub(super) two: Vec<Law>,
    /// The tier is an advisor's before any step.
    pub(super) advisor_before_steps: Formula,
    /// A shed can lower the tier, and nothing raises it again.
    pub(super) stays_lowered: Formula,
}

/// The tiers on the ladder, each as "at least assisted" and "advisor".
struct Ladder {
    base: (Formula, Formula),
    floored: (Formula, Formula),
    high: (Formula, Formula),
    /// A floor above the AI or a step holds.
    lifted: Formula,
}

struct Making<'a> {
    profile: &'a Profile,
    space: &'a Space,
    laws: Vec<Law>,
}

impl Laws {
    pub(super) fn new(profile: &Profile, space: &Space) -> Self {
        let mut making = Making { profile, space, laws: Vec::new() };
        making.requests();
        making.numbers();
        making.speakers();
        making.words();
        making.matched();
        let ladder = Ladder::new(profile, space);
        let asks_back = making.tier(&ladder);
        let sure = std::mem::take(&mut making.laws);

        let none = space.nobody();
        for (var, value) in [(space.other, none), (space.also, 0), (space.is_second, 0), (space.clarifies, 0)] {
            making.law(&[var], var.equals(value));
        }
        for (_, _, var) in &space.ranked {
            making.law(&[*var], var.truth(false));
        }
        let one = std::mem::take(&mut making.laws);
        // INVARIANT: with two intents and no third, the AI asks back just where both may be offered.
        let options = offered(profile, space);
        let offered = |var: Var| space.among(var, &options);
        let likely = making.second_at_least(profile.clarify.at_least, false);
        let asks = Formula::all([asks_back, offered(space.request), offered(space.other), likely]);
        making.law(&[space.clarifies], space.clarifies.truth(true).implies(asks.clone()));
        making.law(&[space.clarifies], asks.implies(space.clarifies.truth(true)));
        let two = making.laws;
        let (base_assisted, base_advisor) = ladder.base;
        Self {
            sure,
            one,
            two,
            advisor_before_steps: ladder.floored.1,
            stays_lowered: Formula::all([base_assisted, base_advisor.not(), ladder.lifted.not()]),
        }
    }
}

/// What may be offered when the AI asks back.
pub(super) fn offered(profile: &Profile, space: &Space) -> Vec<IntentId> {
    let limits = &profile.believe;
    let social = |intent| limits.unclear.contains(&intent) || limits.out_of_scope.contains(&intent);
    let all = space.classes.iter().flatten().copied();
    all.filter(|intent| !social(*intent) && profile.automation(*intent).tier < Tier::Advisor).collect()
}

impl Making<'_> {
    fn law(&mut self, triggers: &[Var], says: Formula) {
        if says != Formula::Known(true) {
            self.laws.push(Law { triggers: triggers.to_vec(), says });
        }
    }

    fn requests(&mut self) {
        let Space { request, other, is_second, also, .. } = *self.space;
        let none = self.space.nobody();
        self.law(&[other], request.equals(none).implies(other.equals(none)));
        self.law(&[is_second], is_second.truth(true).implies(also.truth(true)));
        let enough = self.second_at_least(self.profile.believe.also, false);
        self.law(&[also], also.truth(true).implies(Formula::all([other.equals(none).not(), enough])));
        for (class, members) in self.space.classes.iter().enumerate() {
            if members.len() == 1 {
                self.law(&[other], request.equals(class).implies(other.equals(class).not()));
            }
        }
        for (intents, least, later) in &self.space.ranked {
            let second = Formula::any([
                Formula::all([is_second.truth(false), self.space.among(other, intents)]),
                Formula::all([is_second.truth(true), self.space.among(request, intents)]),
            ]);
            let mut needs = vec![
                other.equals(none).not(),
                self.space.confidence.at_least(*least),
                self.second_at_least(*least, false),
            ];
            if intents.len() == 1 {
                needs.push(self.space.first(intents).not());
            }
            self.law(&[*later], later.truth(true).implies(Formula::all(needs)));
            let surely = Formula::all([second, self.second_at_least(*least, true)]);
            self.law(&[*later], surely.implies(later.truth(true)));
            for (wider, lower, other) in &self.space.ranked {
                if other != later && lower <= least && intents.iter().all(|intent| wider.contains(intent)) {
                    self.law(&[*later, *other], later.truth(true).implies(other.truth(true)));
                }
            }
        }
    }

    /// Confidence, margin and what is second.
    fn numbers(&mut self) {
        let space = self.space;
        let nothing = space.request.equals(space.nobody());
        for cells in [&space.confidence, &space.margin] {
            self.law(&[cells.var], nothing.implies(cells.is_lacking()));
            self.law(&[cells.var], cells.is_lacking().implies(nothing.clone()));
        }
        let no_more = self.pairs(|(_, most), (least, _)| least.is_none_or(|least| least <= most));
        self.law(&[space.margin.var], no_more);
        let same = self.pairs(|(low, high), (least, most)| least.is_none_or(|least| least < high) && low < most);
        let alone = space.other.equals(space.nobody());
        self.law(&[space.margin.var], Formula::all([alone, nothing.not()]).implies(same));
    }

    /// The pairs of cells of confidence and margin that `keep` allows, by lower and upper bounds; the lower bound of
    /// the first cell of the margin is none, since it holds what is below every bar.
    fn pairs(&self, keep: impl Fn((f32, f32), (Option<f32>, f32)) -> bool) -> Formula {
        let Space { confidence, margin, .. } = self.space;
        // Past the last bar a cell ends at 1, which belongs to it.
        let ends = |(low, high): (f32, Option<f32>)| (low, high.unwrap_or(1.0 + ROUNDING));
        Formula::all((0..confidence.count()).map(|cell| {
            let sure = ends(confidence.bounds(cell));
            let fits = margin.var.is(|value| {
                let (least, most) = ends(margin.bounds(value));
                value == margin.lacking() || keep(sure, ((value > 0).then_some(least), most))
            });
            confidence.var.equals(cell).implies(fits)
        }))
    }

    /// The second of the ranking can have at least this confidence, or surely has.
    fn second_at_least(&self, bar: f32, surely: bool) -> Formula {
        self.pairs(
            |(low, high), (least, most)| {
                if surely { low - most >= bar } else { high - least.unwrap_or(0.0) + ROUNDING >= bar }
            },
        )
    }

    /// Who is believed, by how the model spoke.
    fn speakers(&mut self) {
        let space = self.space;
        let (silent, nobody) = (space.models(|by, _| by.is_none()), space.request.equals(space.nobody()));
        let believed = |who: Believed| one_of(space.believed, Believed::ALL, &[who]);
        let triggers = [space.believed, space.model];
        self.law(&triggers, nobody.implies(believed(Believed::Nobody)));
        self.law(&triggers, believed(Believed::Nobody).implies(Formula::all([nobody, silent.clone()])));
        self.law(&triggers, silent.implies(believed(Believed::Model).not()));
        let sure = space.confidence.at_least(self.profile.believe.lexicon);
        self.law(&triggers, believed(Believed::Lexicon).implies(Formula::any([silent.clone(), sure])));
        let unscored = space.scope.var.equals(0);
        self.law(&[space.scope.var], silent.implies(unscored));
    }

    /// Feelings, and what was heard.
    fn words(&mut self) {
        let space = self.space;
        let trend = |trend: Trend| one_of(space.trend, Trend::ALL, &[trend]);
        let worried = [Emotion::Anxious, Emotion::Dissatisfied, Emotion::Angry];
        self.law(&[space.trend], trend(Trend::Worse).implies(one_of(space.emotion, Emotion::ALL, &worried)));
        let angry = one_of(space.emotion, Emotion::ALL, &[Emotion::Angry]);
        self.law(&[space.trend], trend(Trend::Better).implies(angry.not()));

        let repetition = &self.profile.believe.repetition;
        let no_question = [repetition.no_question.as_slice(), &repetition.resolved_by].concat();
        let clear = one_of(space.matched, Match::ALL, &[Match::Intent]);
        let asks = Formula::all([clear, space.first(&no_question).not()]);
        self.law(&[space.asked_again], space.asked_again.truth(true).implies(asks));

        for (class, heard) in &space.heard {
            let second = Formula::any([
                Formula::all([space.is_second.truth(false), space.other.equals(*class)]),
                Formula::all([space.is_second.truth(true), space.request.equals(*class)]),
            ]);
            let named = Formula::all([space.also.truth(true), second]);
            self.law(&[space.also], named.implies(heard.truth(true)));
            for (_, grave) in space.grave.iter().filter(|(known, _)| known == class) {
                self.law(&[*heard], grave.truth(true).implies(heard.truth(true)));
            }
        }
    }

    fn matched(&mut self) {
        let (profile, space) = (self.profile, self.space);
        let limits = &profile.believe;
        let nothing = space.request.equals(space.nobody());
        let foreign = Formula::any([space.first(&limits.out_of_scope), space.scope.at_least(limits.foreign)]);
        let low = below(profile, space, |row| row.thresholds.assisted);
        let unclear = Formula::any([space.first(&limits.unclear), low]);
        let near = Formula::all([
            space.other.equals(space.nobody()).not(),
            space.also.truth(false),
            space.margin.below(limits.ambiguous),
        ]);
        let follows = [
            (Match::OutOfScope, Formula::all([nothing.not(), foreign.clone()])),
            (Match::Unclear, Formula::any([nothing.clone(), Formula::all([foreign.not(), unclear.clone()])])),
            (Match::Ambiguous, Formula::all([nothing.not(), foreign.not(), unclear.not(), near.clone()])),
            (Match::Intent, Formula::all([nothing.not(), foreign.not(), unclear.not(), near.not()])),
        ];
        for (matched, formula) in follows {
            self.law(&[space.matched], one_of(space.matched, Match::ALL, &[matched]).implies(formula));
        }
    }

    /// The tier that the ladder ends at. Gives back what must hold where the AI asks back.
    fn tier(&mut self, ladder: &Ladder) -> Formula {
        let space = self.space;
        let Ladder { base, high: (assisted, advisor), lifted, .. } = ladder;
        let asks = space.clarifies.truth(true);
        let follows = [
            (Tier::Ai, Formula::any([asks.clone(), assisted.not()])),
            (Tier::Assisted, Formula::all([asks.not(), assisted.clone(), advisor.not()])),
            (Tier::Advisor, Formula::all([asks.not(), advisor.clone()])),
        ];
        for (tier, formula) in follows {
            self.law(&[space.tier], one_of(space.tier, Tier::ALL, &[tier]).implies(formula));
        }
        let times = self.profile.clarify.times;
        let needs = Formula::all([
            Formula::Known(times > 0),
            one_of(space.matched, Match::ALL, &[Match::Ambiguous, Match::Unclear]),
            space.clarified.below(u64::from(times)),
            space.other.equals(space.nobody()).not(),
            base.1.not(),
            lifted.not(),
        ]);
        self.law(&[space.clarifies], asks.implies(needs.clone()));
        needs
    }
}

impl Ladder {
    fn new(profile: &Profile, space: &Space) -> Self {
        let limits = &profile.believe;
        let of_tier = |tiers: &[Tier]| -> Vec<IntentId> {
            let all = space.classes.iter().flatten().copied();
            all.filter(|intent| tiers.contains(&profile.automation(*intent).tier)).collect()
        };
        let social = [limits.unclear.as_slice(), &limits.out_of_scope].concat();
        let unsure = one_of(space.matched, Match::ALL, &[Match::Intent]).not();
        let base_advisor = space.asks(&of_tier(&[Tier::Advisor]));
        let base_assisted = Formula::any([
            space.request.equals(space.nobody()),
            space.asks(&of_tier(&[Tier::Assisted, Tier::Advisor])),
            Formula::all([unsure, space.first(&social).not()]),
            below(profile, space, |row| row.thresholds.ai),
        ]);
        let sheds = Formula::any(profile.sheds.iter().map(|shed| space.when(&shed.when, Place::Rule)));
        let shed = Formula::all([base_assisted.clone(), Formula::any([base_advisor.clone(), sheds.not()])]);
        let floors = |tiers: &[Tier]| {
            let floors = profile.floors.iter().filter(|floor| tiers.contains(&floor.tier));
            Formula::any(floors.map(|floor| space.when(&floor.when, Place::Rule)))
        };
        let raising = floors(&[Tier::Assisted, Tier::Advisor]);
        let floored =
            (Formula::any([shed, raising.clone()]), Formula::any([base_advisor.clone(), floors(&[Tier::Advisor])]));
        let steps = Formula::any(profile.steps.iter().map(|step| space.when(&step.when, Place::Rule)));
        let high = (
            Formula::any([floored.0.clone(), steps.clone()]),
            Formula::any([floored.1.clone(), Formula::all([steps.clone(), floored.0.clone()])]),
        );
        Self { base: (base_assisted, base_advisor), floored, high, lifted: Formula::any([raising, steps]) }
    }
}

/// The first is less sure than its own bar.
fn below(profile: &Profile, space: &Space, bar: impl Fn(&super::super::Automation) -> f32) -> Formula {
    let mut bars: Vec<f32> = profile.intents.iter().map(&bar).collect();
    bars.sort_by(f32::total_cmp);
    bars.dedup();
    Formula::any(bars.into_iter().map(|own| {
        let all = space.classes.iter().flatten().copied();
        let intents: Vec<IntentId> = all.filter(|intent| bar(profile.automation(*intent)).eq(&own)).collect();
        Formula::all([space.first(&intents), space.confidence.below(own)])
    }))
}
