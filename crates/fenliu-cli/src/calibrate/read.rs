//! What calibrating needs to know of one labelled message.

use fenliu::{Decision, Engine, Inquiry, IntentId, Policy, TextError, Tier};

use crate::labelled::{Due, Kinds, Labels};

/// One labelled message as the engine has read it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message {
    /// The first intent that was believed; none where nobody knew anything.
    pub(super) intent: Option<IntentId>,
    /// How sure that is, 0 to 1.
    pub(super) confidence: f32,
    /// The first intent is none of the labelled ones.
    pub(super) wrong: bool,
    /// Nor is the second.
    pub(super) lost: bool,
    /// The AI could take it, were it sure enough: nothing else speaks against it.
    pub(super) willing: bool,
    /// A plain question, by its labels.
    pub(super) plain: bool,
    /// Must not go to the AI, by its labels.
    pub(super) grave: bool,
}

impl Message {
    /// Reads once, and decides by the policy without thresholds.
    pub(super) fn of(
        engine: &Engine,
        willing: &Policy,
        kinds: &Kinds,
        inquiry: &Inquiry,
        labels: &Labels,
    ) -> Result<Self, TextError> {
        let reading = engine.read(inquiry)?;
        let decision = willing.decide(&reading);
        let due = Due::of(engine, &reading, labels);
        let is_wanted = |intent: IntentId| labels.wanted.iter().any(|it| **it == *engine.taxonomy().intent(intent).id);
        let ranked = |place: usize| decision.intents.get(place).map(|candidate| candidate.intent);
        let first = decision.intents.first();
        Ok(Self {
            intent: first.map(|first| first.intent),
            confidence: first.map_or(0.0, |first| first.confidence),
            wrong: !ranked(0).is_some_and(is_wanted),
            lost: !ranked(0).is_some_and(is_wanted) && !ranked(1).is_some_and(is_wanted),
            willing: is_taken(&decision),
            plain: kinds.is_plain(labels, due),
            grave: kinds.is_grave(labels),
        })
    }
}

/// Whether the AI answers alone; a question back is no answer.
fn is_taken(decision: &Decision) -> bool {
    decision.tier == Tier::Ai && decision.clarify.is_empty() && !decision.hold
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fenliu::{Emotion, ModelChoice, Parts};

    use super::*;
    use crate::calibrate::policy::Document;

    #[test]
    fn the_ai_takes_what_it_could_take_and_is_sure_enough_of() {
        let parts = Parts::embedded();
        let engine = parts.build(ModelChoice::Fast).unwrap();
        let Ok(willing) = Document::parse("p", parts.policy.1).and_then(|it| it.willing()) else { panic!("no policy") };
        let willing = Policy::parse(&willing, engine.taxonomy()).unwrap();
        let Ok(kinds) = Kinds::embedded() else { panic!("no kinds") };
        let texts = [
            "在吗",
            "什么时候发货",
            "这个多少钱啊",
            "能开发票吗",
            "有没有货",
            "嗯",
            "给我转人工",
            "怎么还不到，气死了",
        ];
        let more =
            ["到哪了", "要退货", "那个", "可以便宜点吗送我个赠品呗", "谢谢", "明天下雨吗", "锟斤拷", "发货和发票"];
        let mut taken = 0;
        for text in texts.iter().chain(&more) {
            let labels = Labels {
                wanted: vec!["ship_time".to_owned()],
                emotion: Emotion::Neutral,
                source: None,
                tags: BTreeSet::new(),
            };
            let inquiry = Inquiry::new(*text);
            let message = Message::of(&engine, &willing, &kinds, &inquiry, &labels).unwrap();
            let decided = is_taken(&engine.decide(&engine.read(&inquiry).unwrap()));
            let sure =
                message.intent.is_some_and(|intent| message.confidence >= engine.policy().ai_threshold_of(intent));
            assert_eq!(message.willing && sure, decided, "{text}: {message:?}");
            taken += usize::from(decided);
        }
        assert!(taken > 3 && taken < 14, "{taken}");
    }
}
