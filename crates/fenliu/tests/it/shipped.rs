//! The models, the lexicon and the policy that ship.

use fenliu::{Inquiry, Normaliser, Tier};

use crate::WORDS;

#[test]
fn the_lexicon_speaks_of_every_intent_in_words_that_a_message_can_hold() {
    let lexicon = WORDS.lexicon();
    assert_eq!(WORDS.taxonomy().len(), 42);
    assert!(lexicon.words().count() >= 1500);
    for (id, intent) in WORDS.taxonomy().iter() {
        assert!(lexicon.keywords_of(id) >= 10, "{}: {}", intent.id, lexicon.keywords_of(id));
    }
    let normaliser = Normaliser::new();
    let unreachable: Vec<&str> = lexicon
        .words()
        .filter(|word| normaliser.read(word).map(|text| text.as_str() != *word).unwrap_or(true))
        .collect();
    assert_eq!(unreachable, Vec::<&str>::new(), "normalised text never holds these");
}

#[test]
fn a_denied_word_is_not_heard() {
    for (text, group) in [("不用转人工", "general"), ("没有要投诉的意思", "general")] {
        let outcome = WORDS.route(&Inquiry::new(text)).unwrap();
        assert_eq!((outcome.tier, outcome.group.as_str()), (Tier::Assisted, group), "{text}: {outcome:#?}");
    }
    let outcome = WORDS.route(&Inquiry::new("不想退款")).unwrap();
    assert_ne!(outcome.intents.first().map(|intent| intent.id.as_str()), Some("return_refund"), "{outcome:#?}");
}

#[cfg(feature = "onnx")]
mod models {
    use std::sync::LazyLock;

    use fenliu::{AnsweredBy, Believed, Engine, LoadError, ModelChoice, Source};

    use super::*;

    static CASCADE: LazyLock<Engine> = LazyLock::new(|| Engine::embedded(ModelChoice::Cascade).unwrap());

    #[test]
    fn plain_questions_are_read_right() {
        for (text, intent, tier) in [
            ("什么时候发货", "ship_time", Tier::Ai),
            ("能开发票吗", "invoice", Tier::Ai),
            ("我要退货", "return_refund", Tier::Assisted),
            ("快递到哪了", "track", Tier::Ai),
            ("我用了你们的面霜脸上起红疹了，怎么办", "adverse_reaction", Tier::Advisor),
            ("我是美妆博主，可以寄拍吗", "kol_cooperation", Tier::Advisor),
        ] {
            let outcome = CASCADE.route(&Inquiry::new(text)).unwrap();
            assert_eq!(outcome.intents.first().unwrap().id, intent, "{text}: {outcome:#?}");
            assert_eq!(outcome.tier, tier, "{text}: {outcome:#?}");
            assert_eq!(outcome.believed, Believed::Model);
            assert!(!outcome.degraded);
        }
    }

    #[test]
    fn the_fast_model_answers_what_it_is_sure_of_and_the_deep_one_the_rest() {
        let by = |text: &str| CASCADE.route(&Inquiry::new(text)).unwrap().answered_by;
        assert_eq!(by("能开发票吗"), Some(AnsweredBy::Fast));
        assert_eq!(by("那个上次说的东西后来怎么弄来着你们那边"), Some(AnsweredBy::Deep));
    }

    #[test]
    fn a_model_directory_that_is_no_good_says_everything() {
        let folder = std::env::temp_dir().join(format!("fenliu-models-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/intent");
        for file in ["fast.onnx", "tokenizer.json", "deep.onnx"] {
            std::fs::copy(shipped.join(file), folder.join(file)).unwrap();
        }
        let missing = Source::embedded().models(&folder).load(ModelChoice::Cascade).unwrap_err();
        assert!(matches!(&missing, LoadError::Read { path, .. } if path.ends_with("model.toml")), "{missing}");

        let manifest = std::fs::read_to_string(shipped.join("model.toml")).unwrap();
        std::fs::write(
            folder.join("model.toml"),
            manifest.replace("version = 1", "version = 9").replace("\"track\"", "\"trak\""),
        )
        .unwrap();
        std::fs::write(folder.join("fast.onnx"), b"no onnx").unwrap();
        let error = Source::embedded().models(&folder).load(ModelChoice::Cascade).unwrap_err().to_string();
        for expected in
            ["version 9, expected 1", "unknown intent `trak`, did you mean `track`?", "fast.onnx: sha256 is"]
        {
            assert!(error.contains(expected), "{expected}: {error}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
