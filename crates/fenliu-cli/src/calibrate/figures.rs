//! The figures of a calibration, all that is printed, written or drawn. No text of a message stands in them.

use std::collections::BTreeMap;

use fenliu::{ModelChoice, Revision};
use fenliu_calibrate::{Choice, Point, Range, Seen, curve, upper_bound};
use serde::Serialize;

use super::policy::Bars;
use super::read::Message;
use super::settle::{self, Aims, Settled};

/// What was read, and with what.
#[derive(Debug, Serialize)]
pub(super) struct Asked {
    /// The name of the file, without its folder.
    pub(super) file: String,
    /// Rows of the file that were no labelled message.
    pub(super) bad_rows: usize,
    pub(super) model: ModelChoice,
    pub(super) revision: Revision,
}

#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) asked: Asked,
    pub(super) aim: Aim,
    pub(super) messages: usize,
    pub(super) groups: Vec<Group>,
    /// Over all messages that the AI could take, were it sure enough.
    pub(super) all: Change,
    /// The part of them whose groups keep their promise.
    pub(super) promised: Taken,
    /// Of the plain questions; the shares are of all plain questions.
    pub(super) plain: Change,
    /// Of the messages that must not go to the AI; the shares are of all of these.
    pub(super) grave: Change,
    /// What one threshold for all intents would take, the strictest first.
    pub(super) curve: Vec<CurvePoint>,
}

#[derive(Debug, Serialize)]
pub(super) struct Aim {
    pub(super) max_wrong: f64,
    pub(super) max_unclear: f64,
    pub(super) confidence: f64,
    pub(super) by: &'static str,
    pub(super) guarantee: &'static str,
    /// Groups with enough messages to be tested.
    pub(super) tested: usize,
    /// The confidence with which each of them is.
    pub(super) confidence_each: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) ai: Outcome,
    pub(super) assisted: Outcome,
    pub(super) intents: BTreeMap<String, Thresholds>,
    pub(super) taken: Change,
}

/// What came of the walk for one of the thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub(super) enum Outcome {
    /// Chosen.
    Met { threshold: f32, taken: usize, wrong: usize, at_most: f64 },
    /// Kept: the strictest threshold that could be tested does not keep the promise.
    Missed { threshold: f32, taken: usize, wrong: usize, at_most: f64 },
    /// Kept: too few messages.
    TooThin { rows: usize, needed: usize },
}

#[derive(Debug, Serialize)]
pub(super) struct Thresholds {
    pub(super) before: Ends,
    pub(super) after: Ends,
}

#[derive(Debug, Serialize)]
pub(super) struct Ends {
    pub(super) ai: f32,
    pub(super) assisted: f32,
}

/// With the thresholds as they are and as they become.
#[derive(Debug, Serialize)]
pub(super) struct Change {
    /// The messages of which these are the shares.
    pub(super) of: usize,
    pub(super) before: Taken,
    pub(super) after: Taken,
}

/// What goes to the AI.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Taken {
    pub(super) messages: usize,
    /// Of those that are looked at.
    pub(super) share: f64,
    /// Read as a wrong intent.
    pub(super) wrong: usize,
    /// Of those that go to the AI.
    pub(super) wrong_share: f64,
    /// The upper bound of that share, with the confidence that was asked for; 1 where nothing goes to the AI.
    pub(super) at_most: f64,
}

/// One threshold for all intents.
#[derive(Debug, Serialize)]
pub(super) struct CurvePoint {
    pub(super) threshold: f32,
    pub(super) all: Taken,
    pub(super) plain: Taken,
    pub(super) grave: Taken,
}

impl Figures {
    pub(super) fn new(asked: Asked, aims: &Aims, messages: &[Message], settled: &Settled) -> Self {
        let counting = Counting { confidence: aims.wrong.confidence(), settled };
        let willing: Vec<&Message> = messages.iter().filter(|it| it.willing).collect();
        let of = |is_one: fn(&Message) -> bool| messages.iter().filter(|it| is_one(it)).collect::<Vec<&Message>>();
        let (plain, grave) = (of(|it| it.plain), of(|it| it.grave));
        let promised = |message: &&&Message| {
            let keeps = |group: &&settle::Group| matches!(group.ai, Choice::Met(_));
            let groups = || settled.groups.iter().filter(keeps).flat_map(|group| &group.intents);
            message.intent.is_some_and(|id| groups().any(|intent| intent.id == id))
        };
        let kept: Vec<&Message> = willing.iter().filter(promised).copied().collect();
        Self {
            asked,
            aim: Aim {
                max_wrong: aims.wrong.max_wrong(),
                max_unclear: aims.unclear.max_wrong(),
                confidence: aims.wrong.confidence(),
                by: aims.by.as_str(),
                guarantee: aims.guarantee.as_str(),
                tested: settled.tested,
                confidence_each: settled.confidence,
            },
            messages: messages.len(),
            groups: settled.groups.iter().map(|group| counting.group(group, &willing)).collect(),
            promised: counting.after(&kept),
            curve: counting.curve(&willing, &plain, &grave),
            all: counting.change(&willing),
            plain: counting.change(&plain),
            grave: counting.change(&grave),
        }
    }
}

struct Counting<'a> {
    confidence: f64,
    settled: &'a Settled,
}

impl Counting<'_> {
    fn group(&self, group: &settle::Group, willing: &[&Message]) -> Group {
        let held = |message: &&&Message| group.intents.iter().any(|intent| message.intent == Some(intent.id));
        let messages: Vec<&Message> = willing.iter().filter(held).copied().collect();
        let ends = |bars: Bars| Ends { ai: bars.ai, assisted: bars.assisted };
        let thresholds = |it: &settle::Settlement| Thresholds { before: ends(it.before), after: ends(it.after) };
        Group {
            name: group.name.clone(),
            kind: group.kind.as_str(),
            ai: group.ai.into(),
            assisted: group.assisted.into(),
            intents: group.intents.iter().map(|it| (it.name.clone(), thresholds(it))).collect(),
            taken: self.change(&messages),
        }
    }

    fn change(&self, messages: &[&Message]) -> Change {
        Change { of: messages.len(), before: self.by(messages, |it| it.before.ai), after: self.after(messages) }
    }

    fn after(&self, messages: &[&Message]) -> Taken {
        self.by(messages, |it| it.after.ai)
    }

    /// What goes to the AI if each intent has this threshold.
    fn by(&self, messages: &[&Message], bar: fn(&settle::Settlement) -> f32) -> Taken {
        self.taken(messages, |message| {
            let settlement = message.intent.and_then(|intent| self.settled.of(intent));
            settlement.is_some_and(|settlement| message.confidence >= bar(settlement))
        })
    }

    fn taken(&self, messages: &[&Message], is_sure: impl Fn(&Message) -> bool) -> Taken {
        let taken = || messages.iter().filter(|message| message.willing && is_sure(message));
        let (count, wrong) = (taken().count(), taken().filter(|message| message.wrong).count());
        let share = |part: usize, whole: usize| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        Taken {
            messages: count,
            share: share(count, messages.len()),
            wrong,
            wrong_share: share(wrong, count),
            at_most: upper_bound(wrong, count, self.confidence),
        }
    }

    fn curve(&self, willing: &[&Message], plain: &[&Message], grave: &[&Message]) -> Vec<CurvePoint> {
        let seen: Vec<Seen> = willing.iter().map(|it| Seen { confidence: it.confidence, wrong: it.wrong }).collect();
        // Any aim will do for the thresholds at which something changes.
        let Ok(aim) = fenliu_calibrate::Aim::new(0.5, self.confidence) else { return Vec::new() };
        let point = |point: Point| {
            let threshold = point.at.threshold.value();
            let of = |messages: &[&Message]| self.taken(messages, |it| it.confidence >= threshold);
            CurvePoint { threshold, all: of(willing), plain: of(plain), grave: of(grave) }
        };
        curve(&seen, aim, Range::FULL).into_iter().map(point).collect()
    }
}

impl From<Choice> for Outcome {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Met(at) => {
                Self::Met { threshold: at.threshold.value(), taken: at.taken, wrong: at.wrong, at_most: at.bound }
            }
            Choice::Missed(at) => {
                Self::Missed { threshold: at.threshold.value(), taken: at.taken, wrong: at.wrong, at_most: at.bound }
            }
            Choice::TooThin { rows, needed } => Self::TooThin { rows, needed },
        }
    }
}
