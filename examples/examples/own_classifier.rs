//! A model of one's own behind the engine: `cargo run --release -p fenliu-examples --example own_classifier`.
#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use fenliu::{AnsweredBy, Classifier, Emotion, Inquiry, IntentId, Message, Parts, Ranking, Silence, Taxonomy};

/// Stands in for a shop's own model: it knows two words and says so where it hears neither.
#[derive(Debug)]
struct TwoWords {
    ship_time: IntentId,
    return_refund: IntentId,
}

impl Classifier for TwoWords {
    fn classify(&self, message: &Message<'_>) -> Result<Ranking, Silence> {
        let intent = match message.text {
            text if text.contains("发货") => self.ship_time,
            text if text.contains('退') => self.return_refund,
            _ => return Err(Silence::Failed("neither word was heard".to_owned())),
        };
        // In the order of `Emotion::ALL`: this model takes everybody for calm.
        let mut emotions = [0.0; Emotion::ALL.len()];
        for (likelihood, emotion) in emotions.iter_mut().zip(Emotion::ALL) {
            *likelihood = if *emotion == Emotion::Neutral { 1.0 } else { 0.0 };
        }
        Ok(Ranking::new(vec![(intent, 0.97)], emotions, AnsweredBy::Fast))
    }

    fn revision(&self) -> &str {
        "5f0c2a9e41bd" // changes with the weights; it stands in every outcome
    }
}

/// Routes three messages, of which the model knows two.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let parts = Parts::embedded();
    let taxonomy = Taxonomy::parse(parts.taxonomy)?;
    let known = |intent: &str| taxonomy.id(intent).ok_or_else(|| taxonomy.unknown_intent(intent));
    let model = TwoWords { ship_time: known("ship_time")?, return_refund: known("return_refund")? };
    let engine = parts.build_with(Box::new(model))?;
    for text in ["什么时候发货", "我要退货", "能开发票吗"] {
        let outcome = engine.route(&Inquiry::new(text))?;
        let intent = outcome.intents.first().map_or("none", |first| &first.id);
        println!("{text}: {intent} by {}, {} → {}", outcome.believed, outcome.tier, outcome.group);
    }
    Ok(())
}
