//! The walk from the strictest threshold down to the last that keeps the promise.

use crate::aim::Aim;
use crate::bound::upper_bound;
use crate::threshold::{Range, Threshold};

/// One message: how sure its answer is, and whether it is known to be wrong.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// 0 to 1; what is no number is never taken.
    pub confidence: f32,
    /// The answer was wrong.
    pub wrong: bool,
}

/// What a threshold takes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct At {
    /// Where.
    pub threshold: Threshold,
    /// Messages that are at least as sure.
    pub taken: usize,
    /// The wrong ones among them.
    pub wrong: usize,
    /// The upper bound of their share, at the confidence of the aim. See [`upper_bound`].
    pub bound: f64,
}

/// What came of the walk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Choice {
    /// The lowest threshold that keeps the promise, and with it every stricter one of the walk.
    Met(At),
    /// Already where the walk starts, the data does not show that the promise is kept.
    Missed(At),
    /// Fewer messages than it takes for one wrong answer to be allowed: nothing was tested.
    TooThin {
        /// How many there are.
        rows: usize,
        /// How many it would take.
        needed: usize,
    },
}

/// So many wrong answers the first test of a walk allows at least. With none allowed one odd label in the first messages
/// would end every walk; with more, groups would need more messages than they mostly have.
const ALLOWED: usize = 1;

/// The walk starts where at least one in so many of the group is taken: high enough that the surest quarter may be right
/// while the rest is not, low enough that the first test has something to count.
const PART: usize = 4;

/// How many messages a group needs to be tested: enough for one wrong answer to be allowed.
#[must_use]
pub(crate) fn needed(aim: Aim) -> usize {
    aim.needs(ALLOWED)
}

/// The lowest threshold of the range that keeps the promise, as the [crate] describes it.
///
/// # Cost
///
/// Linear in the messages.
///
/// # Determinism
///
/// The order of the messages has no say.
#[must_use]
pub fn choose(seen: &[Seen], aim: Aim, range: Range) -> Choice {
    let tally = Tally::of(seen);
    let rows = tally.at(range.lowest).taken;
    let needed = needed(aim);
    if rows < needed || range.lowest > range.highest {
        return Choice::TooThin { rows, needed };
    }
    let start = needed.max(rows.div_ceil(PART));
    let walk = range.strictest_first().map(|threshold| (threshold, tally.at(threshold)));
    let chosen = |(threshold, count): (Threshold, Count)| Choice::Met(count.at(threshold, aim));
    let mut met = None;
    for (threshold, count) in walk.skip_while(|(_, count)| count.taken < start) {
        if !aim.is_shown_by(count.wrong, count.taken) {
            return met.map_or_else(|| Choice::Missed(count.at(threshold, aim)), chosen);
        }
        met = Some((threshold, count));
    }
    met.map_or(Choice::TooThin { rows, needed }, chosen)
}

/// What a threshold takes of these messages.
#[must_use]
pub fn at(seen: &[Seen], threshold: Threshold, aim: Aim) -> At {
    Tally::of(seen).at(threshold).at(threshold, aim)
}

/// What every threshold of the grid takes.
pub(crate) struct Tally(Vec<Count>);

#[derive(Clone, Copy, Default)]
pub(crate) struct Count {
    pub(crate) taken: usize,
    pub(crate) wrong: usize,
}

impl Tally {
    pub(crate) fn of(seen: &[Seen]) -> Self {
        let mut counts = vec![Count::default(); Threshold::ALL];
        for one in seen {
            // Counted at the strictest threshold that takes it, and below at all the others.
            if let Some(count) = Threshold::reached(one.confidence).and_then(|it| counts.get_mut(it.index())) {
                count.taken += 1;
                count.wrong += usize::from(one.wrong);
            }
        }
        let mut above = Count::default();
        for count in counts.iter_mut().rev() {
            count.taken += above.taken;
            count.wrong += above.wrong;
            above = *count;
        }
        Self(counts)
    }

    pub(crate) fn at(&self, threshold: Threshold) -> Count {
        self.0.get(threshold.index()).copied().unwrap_or_default()
    }
}

impl Count {
    pub(crate) fn at(self, threshold: Threshold, aim: Aim) -> At {
        let bound = upper_bound(self.wrong, self.taken, aim.confidence());
        At { threshold, taken: self.taken, wrong: self.wrong, bound }
    }
}
