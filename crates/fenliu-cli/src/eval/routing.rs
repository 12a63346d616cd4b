//! Where messages were sent against where their labels ask for: tier by tier, plain questions, grave messages, costs.

use std::collections::BTreeMap;

use fenliu::Tier;
use fenliu_calibrate::upper_bound;
use serde::Serialize;

use crate::labelled::{Kinds, Scored};

use super::costs::Costs;
use super::scores::share;

/// A message asks for the tier that the policy decides of its labels; what was decided rests on what the engine read.
#[derive(Debug, Serialize)]
pub(super) struct Routing {
    /// A row for each tier that is asked for, in it the messages of each that was decided.
    pub(super) tiers: BTreeMap<Tier, BTreeMap<Tier, Sent>>,
    /// The cost of all messages, and of one.
    pub(super) cost: f64,
    pub(super) mean_cost: f64,
    pub(super) plain: ToAi,
    pub(super) grave: ToAi,
    /// All messages.
    pub(super) all: ToAi,
}

/// Messages of one cell.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Sent {
    pub(super) messages: usize,
    /// What all of them cost.
    pub(super) cost: f64,
}

/// How many of a kind of messages went to the AI, and how many of these were read as a wrong intent.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct ToAi {
    pub(super) messages: usize,
    pub(super) to_ai: usize,
    /// Of the messages.
    pub(super) share: f64,
    /// Of those that went to the AI, those that it answers with a question back.
    pub(super) asked_back: usize,
    /// Answers to a wrong intent; a question back is none.
    pub(super) wrong: usize,
    /// Of the answers.
    pub(super) wrong_share: f64,
    /// The upper bound of that share with 95 % confidence (Clopper and Pearson); 1 where there is no answer.
    pub(super) wrong_at_most: f64,
}

/// The confidence of the bound.
const CONFIDENCE: f64 = 0.95;

impl Routing {
    pub(super) fn new(rows: &[Scored], kinds: &Kinds, costs: &Costs) -> Self {
        let sent = |due: Tier, decided: Tier| {
            let messages = rows.iter().filter(|row| row.due.tier == due && row.answer.tier == decided).count();
            Sent { messages, cost: costs.of(due, decided) * messages as f64 }
        };
        let row = |due: Tier| Tier::ALL.iter().map(|decided| (*decided, sent(due, *decided))).collect();
        let tiers: BTreeMap<Tier, BTreeMap<Tier, Sent>> = Tier::ALL.iter().map(|due| (*due, row(*due))).collect();
        let cost = tiers.values().flat_map(BTreeMap::values).map(|sent| sent.cost).sum();
        Self {
            tiers,
            cost,
            mean_cost: cost / rows.len().max(1) as f64,
            plain: ToAi::of(rows.iter().filter(|row| kinds.is_plain(&row.labels, row.due))),
            grave: ToAi::of(rows.iter().filter(|row| kinds.is_grave(&row.labels))),
            all: ToAi::of(rows.iter()),
        }
    }
}

impl ToAi {
    fn of<'a>(rows: impl Iterator<Item = &'a Scored> + Clone) -> Self {
        let taken = || rows.clone().filter(|row| row.answer.tier == Tier::Ai);
        let (messages, to_ai) = (rows.clone().count(), taken().count());
        let asked_back = taken().filter(|row| row.answer.asks).count();
        let wrong = taken().filter(|row| !row.answer.asks && !row.intent_right()).count();
        let answers = to_ai - asked_back;
        Self {
            messages,
            to_ai,
            share: share(to_ai, messages),
            asked_back,
            wrong,
            wrong_share: share(wrong, answers),
            wrong_at_most: upper_bound(wrong, answers, CONFIDENCE),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Tier::{Advisor, Ai, Assisted};
    use fenliu::Emotion::{Angry, Neutral};

    #[test]
    fn every_message_stands_in_one_cell_and_costs_what_the_table_says() {
        let rows = [
            Scored::example("a", "a").sent(Ai, Ai),
            Scored::example("a", "b").sent(Ai, Ai),
            Scored::example("a", "a").sent(Ai, Assisted),
            Scored::example("complaint", "a").sent(Advisor, Ai),
            Scored::example("b", "b").sent(Advisor, Advisor).felt(Angry, Angry),
            Scored::example("b", "b").sent(Assisted, Advisor).felt(Neutral, Angry),
        ];
        let routing = Routing::new(&rows, &Kinds::embedded().unwrap(), &Costs::embedded());
        assert_eq!(routing.tiers[&Ai][&Ai], Sent { messages: 2, cost: 0.0 });
        assert_eq!(routing.tiers[&Advisor][&Ai], Sent { messages: 1, cost: 50.0 });
        assert_eq!((routing.cost, routing.mean_cost), (50.0 + 1.0 + 2.0, 53.0 / 6.0));
        let counted: usize = routing.tiers.values().flat_map(BTreeMap::values).map(|sent| sent.messages).sum();
        assert_eq!(counted, rows.len());
        let plain = &routing.plain;
        assert_eq!((plain.messages, plain.to_ai, plain.wrong, plain.wrong_share), (3, 2, 1, 0.5));
        assert_eq!((routing.grave.messages, routing.grave.to_ai, routing.grave.share), (2, 1, 0.5));
        assert_eq!((routing.all.messages, routing.all.to_ai, routing.all.wrong), (6, 3, 2));
    }

    #[test]
    fn of_nothing_nothing_is_shown() {
        let routing = Routing::new(&[], &Kinds::embedded().unwrap(), &Costs::embedded());
        assert_eq!((routing.mean_cost, routing.plain.share, routing.plain.wrong_at_most), (0.0, 0.0, 1.0));
    }
}
