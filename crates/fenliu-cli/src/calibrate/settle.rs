//! From messages to thresholds, group by group. Pure: no text and no file enters here.

use fenliu::{Engine, IntentId, Tier};
use fenliu_calibrate::{Aim, By, Choice, Guarantee, Member, Plan, Range, Seen, Threshold, choose, divide};

use super::policy::Bars;
use super::read::Message;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Aims {
    /// Of what the AI takes.
    pub(super) wrong: Aim,
    /// Of what is at or above `assisted`.
    pub(super) unclear: Aim,
    pub(super) by: By,
    pub(super) guarantee: Guarantee,
}

/// The thresholds of all intents that the AI may answer.
#[derive(Debug)]
pub(super) struct Settled {
    pub(super) groups: Vec<Group>,
    /// The confidence with which each group keeps its promise.
    pub(super) confidence: f64,
    /// The groups that had enough messages to be tested.
    pub(super) tested: usize,
}

/// Intents that were calibrated together.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) kind: By,
    pub(super) intents: Vec<Settlement>,
    pub(super) ai: Choice,
    pub(super) assisted: Choice,
}

/// One intent.
#[derive(Debug)]
pub(super) struct Settlement {
    pub(super) id: IntentId,
    pub(super) name: String,
    pub(super) before: Bars,
    pub(super) after: Bars,
}

impl Settled {
    /// `defaults` are the thresholds of intents without their own.
    pub(super) fn new(messages: &[Message], engine: &Engine, defaults: Bars, aims: &Aims) -> Self {
        let policy = engine.policy();
        let intents: Vec<_> =
            engine.taxonomy().iter().filter(|(id, _)| policy.automation_of(*id) == Tier::Ai).collect();
        let rows = |id: IntentId| messages.iter().filter(|it| it.willing && it.intent == Some(id)).count();
        let members: Vec<Member<'_>> = intents
            .iter()
            .map(|(id, intent)| Member { name: &intent.id, domain: &intent.domain, rows: rows(*id) })
            .collect();
        let Plan { groups, aim, tested, .. } = divide(&members, aims.wrong, aims.by, aims.guarantee);
        let group = |group: fenliu_calibrate::Group<'_>| {
            let held = intents.iter().filter(|(_, intent)| group.intents.contains(&&*intent.id));
            let settlement = |(id, intent): &(IntentId, &fenliu::Intent)| {
                let before = Bars { ai: policy.ai_threshold_of(*id), assisted: policy.assisted_threshold_of(*id) };
                // What the data cannot say stays as strict as both the file's default and the intent's own.
                let after = Bars { ai: before.ai.max(defaults.ai), assisted: before.assisted.max(defaults.assisted) };
                Settlement { id: *id, name: intent.id.to_string(), before, after }
            };
            Group::settled(Unsettled {
                name: group.name.to_owned(),
                kind: group.kind,
                intents: held.map(settlement).collect(),
                messages,
                wrong: aim,
                // As sure as the other promise, so shared by as many groups.
                unclear: aims.unclear.as_sure_as(aim),
            })
        };
        Self { groups: groups.into_iter().map(group).collect(), confidence: aim.confidence(), tested }
    }

    /// The rows that differ from what the policy says, in the order of the groups.
    pub(super) fn changes(&self) -> Vec<(&str, Bars)> {
        let intents = self.groups.iter().flat_map(|group| &group.intents);
        intents.filter(|it| it.before != it.after).map(|it| (it.name.as_str(), it.after)).collect()
    }

    /// The thresholds of an intent that the AI may answer.
    pub(super) fn of(&self, intent: IntentId) -> Option<&Settlement> {
        self.groups.iter().flat_map(|group| &group.intents).find(|it| it.id == intent)
    }
}

/// A group before anything is chosen; what its intents keep, should nothing be, stands in their `after`.
struct Unsettled<'a> {
    name: String,
    kind: By,
    intents: Vec<Settlement>,
    messages: &'a [Message],
    wrong: Aim,
    unclear: Aim,
}

impl Group {
    fn settled(group: Unsettled<'_>) -> Self {
        let Unsettled { name, kind, mut intents, messages, wrong, unclear } = group;
        let held = |message: &&Message| message.intent.is_some_and(|id| intents.iter().any(|intent| intent.id == id));
        let all = || messages.iter().filter(held);
        let kept = |bar: fn(&Bars) -> f32| intents.iter().map(move |intent| bar(&intent.after));

        // `assisted` first: it is raised from what is kept as far as it must be, and stays below every `ai` that is kept.
        let lost: Vec<Seen> = all().map(|it| Seen { confidence: it.confidence, wrong: it.lost }).collect();
        let (least, most) = (kept(|bars| bars.assisted).fold(0.0, f32::max), kept(|bars| bars.ai).fold(1.0, f32::min));
        let range = Range { lowest: Threshold::at_least(least), highest: Threshold::below(most) };
        let assisted = choose(&lost, unclear, range);
        if let Choice::Met(at) = assisted {
            for intent in &mut intents {
                // On the grid only where it must rise: what is written as 0.355 and suffices stays so.
                if at.threshold > range.lowest {
                    intent.after.assisted = at.threshold.value();
                }
            }
        }

        let least = intents.iter().map(|intent| intent.after.assisted).fold(0.0, f32::max);
        let held = |message: &&Message| message.intent.is_some_and(|id| intents.iter().any(|intent| intent.id == id));
        let willing = messages.iter().filter(held).filter(|it| it.willing);
        let seen: Vec<Seen> = willing.map(|it| Seen { confidence: it.confidence, wrong: it.wrong }).collect();
        let range = Range { lowest: Threshold::above(least), ..Range::FULL };
        let ai = choose(&seen, wrong, range);
        if let Choice::Met(at) = ai {
            for intent in &mut intents {
                intent.after.ai = at.threshold.value();
            }
        }
        Self { name, kind, intents, ai, assisted }
    }
}
