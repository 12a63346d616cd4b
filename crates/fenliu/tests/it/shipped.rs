//! The models, the lexicon and the policy that ship.

use fenliu::{Inquiry, ModelChoice, Normaliser, Source, Tier};

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
fn what_is_inside_the_program_is_what_the_directories_hold() {
    let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let source = Source::embedded().lexicon(models.join("lexicon")).policy(models.join("policy/default.toml"));
    let from_files = source.load(ModelChoice::None).unwrap();
    assert_eq!(from_files.revision(), WORDS.revision());
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

    use fenliu::{
        AnsweredBy, Believed, Conversation, Encoder, Engine, LoadError, Match, Message, Parts, Segmenter, Speaker, Turn,
    };

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
    fn what_was_said_before_tells_what_a_fragment_means() {
        let asked = |text: &str, turns: &[(Speaker, &str)]| {
            let mut inquiry = Inquiry::new(text);
            let mut conversation = Conversation::default();
            conversation.turns = turns.iter().map(|(speaker, text)| Turn::new(*speaker, *text)).collect();
            inquiry.conversation = Some(conversation);
            CASCADE.route(&inquiry).unwrap().intents.first().unwrap().id.clone()
        };
        let refund = [(Speaker::Customer, "退款到哪了"), (Speaker::Ai, "亲 退款一般3到5个工作日到账哦")];
        assert_eq!(asked("那么久吗", &[]), "unclear");
        assert_eq!(asked("那么久吗", &refund), "refund_progress");
        // The customer's own words alone are no question that is answered.
        assert_eq!(asked("那么久吗", &[(Speaker::Customer, "你好")]), "unclear");
        // What the shop asked still stands when the customer writes twice.
        let white = [(Speaker::Customer, "黑色还有吗"), (Speaker::Ai, "亲 黑色已经没货了哦")];
        assert_eq!(asked("白色呢", &white), "stock");
        assert_eq!(asked("白色呢", &[&white[..], &[(Speaker::Customer, "这样啊")]].concat()), "stock");
    }

    #[test]
    fn what_no_shop_answers_is_out_of_scope() {
        for text in ["const x = await fetch(url)", "吾輩は猫である。名前はまだ無い。"] {
            let outcome = CASCADE.route(&Inquiry::new(text)).unwrap();
            assert_eq!(outcome.matched, Match::OutOfScope, "{text}: {outcome:#?}");
            let reading = CASCADE.read(&Inquiry::new(text)).unwrap();
            assert!(reading.model.unwrap().out_of_scope > 0.9, "{text}");
        }
        let reading = CASCADE.read(&Inquiry::new("什么时候发货")).unwrap();
        assert!(reading.model.unwrap().out_of_scope < 0.05);
    }

    #[test]
    fn the_fast_model_answers_what_it_is_sure_of_and_the_deep_one_the_rest() {
        let by = |text: &str| CASCADE.route(&Inquiry::new(text)).unwrap().answered_by;
        assert_eq!(by("能开发票吗"), Some(AnsweredBy::Fast));
        assert_eq!(by("那个上次说的东西后来怎么弄来着你们那边"), Some(AnsweredBy::Deep));
    }

    #[test]
    fn the_heads_alone_name_what_the_cascade_names() {
        let parts = Parts::embedded();
        let encoder = Encoder::new(parts.models, CASCADE.taxonomy()).unwrap();
        let (normaliser, segmenter) = (Normaliser::new(), Segmenter::new(parts.words).unwrap());
        for text in ["能开发票吗", "那个上次说的东西后来怎么弄来着你们那边", "我要退货", "收到货了发现少了一件"]
        {
            let tokens = segmenter.cut(normaliser.read(text).unwrap().as_str());
            let encoded = encoder.encode(&Message::new(text, &tokens)).unwrap();
            let answer = encoder.heads().answer(&encoder.heads().logits(&encoded));
            let outcome = CASCADE.route(&Inquiry::new(text)).unwrap();
            let first = outcome.intents.first().unwrap();
            assert_eq!(encoder.intents().nth(answer.intent), Some(first.id.as_str()), "{text}");
            assert_eq!(Some(answer.by), outcome.answered_by, "{text}");
            assert!((answer.probability - first.confidence).abs() < 1e-3, "{text}: {answer:?}, {first:?}");
        }
    }

    #[test]
    fn a_model_directory_that_is_no_good_says_everything() {
        let folder = std::env::temp_dir().join(format!("fenliu-models-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/intent");
        let load = || Source::embedded().models(&folder).load(ModelChoice::Cascade).unwrap_err();
        let missing = load().to_string();
        for file in ["model.toml", "fast.onnx", "deep.onnx", "tokenizer.json"] {
            assert!(missing.contains(&format!("{}: ", folder.join(file).display())), "{file}: {missing}");
        }

        for file in ["fast.onnx", "tokenizer.json", "deep.onnx"] {
            std::fs::copy(shipped.join(file), folder.join(file)).unwrap();
        }
        let missing = load();
        assert!(matches!(&missing, LoadError::Read { path, .. } if path.ends_with("model.toml")), "{missing}");

        let manifest = std::fs::read_to_string(shipped.join("model.toml")).unwrap();
        std::fs::write(
            folder.join("model.toml"),
            manifest.replace("version = 2", "version = 9").replace("\"track\"", "\"trak\""),
        )
        .unwrap();
        std::fs::write(folder.join("fast.onnx"), b"no onnx").unwrap();
        std::fs::remove_file(folder.join("deep.onnx")).unwrap();
        let error = load().to_string();
        for expected in
            ["version 9, expected 2", "unknown intent `trak`, did you mean `track`?", "fast.onnx: sha256 is"]
        {
            assert!(error.contains(expected), "{expected}: {error}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
