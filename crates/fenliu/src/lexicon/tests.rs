use super::*;
use crate::{Segmenter, Taxonomy};

const TAXONOMY: &str = r#"
version = 1
intent = [
    { id = "return_refund", domain = "aftersales", zh = "退货退款" },
    { id = "refund_progress", domain = "aftersales", zh = "退款进度" },
    { id = "complaint", domain = "risk", zh = "投诉" },
    { id = "human_request", domain = "risk", zh = "要求人工" },
    { id = "acknowledge", domain = "social", zh = "应答" },
]"#;

const INTENTS: &str = r#"
[return_refund]
"退款" = 2
"退货" = 2
[refund_progress]
"退款进度" = 3
[complaint]
"投诉" = 3
"麻烦" = 1
[human_request]
"转人工" = { weight = 5, grave = true }
[acknowledge]
"^好的$" = 3
"#;

fn lexicon() -> (Taxonomy, Lexicon, Segmenter) {
    let taxonomy = Taxonomy::parse(TAXONOMY).unwrap();
    let sources = LexiconSources {
        intents: vec![("risk.toml", INTENTS)],
        emotion: "[angry]\n\"垃圾\" = 2\n[bias]\nangry = -1",
        vertical: "[beauty]\n\"面霜\" = 2\n[apparel]\n\"连衣裙\" = 2",
        allow: "words = [\"大麻烦\", \"垃圾桶\", \"不用转人工\"]",
        negation: "reach = 4\nintents = [\"complaint\"]\neverywhere = [\"不想\"]\nnegators = [\"没有要\", \"不是\"]\nnot_negators = [\"是不是\"]",
    };
    let lexicon = Lexicon::parse(&sources, &taxonomy).unwrap();
    (taxonomy, lexicon, Segmenter::new("转人工 9000 v\n大麻烦 100 n").unwrap())
}

#[test]
fn what_counts_is_heard_and_what_does_not_is_not() {
    let (taxonomy, lexicon, segmenter) = lexicon();
    for (text, first, grave) in [
        ("我要退款", Some("return_refund"), false),
        ("退款进度", Some("refund_progress"), false),
        ("不想退款", None, false),
        ("没有要投诉的意思", None, false),
        ("不想等了,退款", Some("return_refund"), false),
        ("是不是投诉", Some("complaint"), false),
        ("不是投诉", None, false),
        ("不是退款", Some("return_refund"), false),
        ("这是个大麻烦", None, false),
        ("真麻烦", Some("complaint"), false),
        ("给我转人工吧", Some("human_request"), true),
        ("不用转人工", None, false),
        ("好的!", Some("acknowledge"), false),
        ("好的,退货", Some("return_refund"), false),
        ("今天好冷", None, false),
    ] {
        let findings = lexicon.scan(text, &segmenter.cut(text));
        let got = findings.intents.first().map(|(intent, _)| &*taxonomy.intent(*intent).id);
        assert_eq!(got, first, "{text}: {findings:?}");
        assert_eq!(findings.hits.iter().any(|hit| hit.grave && !hit.negated), grave, "{text}");
    }
}

#[test]
fn emotion_and_trade_are_heard_beside_the_intent() {
    let (_, lexicon, segmenter) = lexicon();
    for (text, angry, vertical) in [
        ("垃圾面霜", true, Some(Vertical::Beauty)),
        ("有垃圾桶卖吗", false, None),
        ("连衣裙退款", false, Some(Vertical::Apparel)),
    ] {
        let findings = lexicon.scan(text, &segmenter.cut(text));
        assert_eq!(findings.vertical, vertical, "{text}");
        assert_eq!(crate::classify::likeliest(&findings.emotions).0 == Emotion::Angry, angry, "{text}: {findings:?}");
        assert!((findings.emotions.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }
}

#[test]
fn every_problem_of_every_file_is_named() {
    let taxonomy = Taxonomy::parse(TAXONOMY).unwrap();
    let sources = LexiconSources {
        intents: vec![("risk.toml", "[complain]\n\"投诉\" = 1\n[complaint]\n\"投诉\" = 0\n\"ＡＢ\" = 1\n\"^$\" = 1")],
        emotion: "[anger]\n\"气\" = 1",
        vertical: "[beauty]\n\"霜\" = { wait = 1 }",
        allow: "word = []",
        negation: "reach = 4\nintents = []\neverywhere = []\nnegators = []\nnot_negators = []",
    };
    let problems: Vec<String> =
        Lexicon::parse(&sources, &taxonomy).unwrap_err().iter().map(ToString::to_string).collect();
    for expected in [
        "risk.toml: unknown intent `complain`, did you mean `complaint`?",
        "weight 0, expected a number above 0",
        "\"ＡＢ\": expected lower case",
        "\"^$\": expected at least one character",
        "emotion.toml: unknown emotion `anger`, did you mean `angry`?",
        "vertical.toml: ",
        "allow.toml: ",
    ] {
        assert!(problems.iter().any(|problem| problem.contains(expected)), "{expected}: {problems:#?}");
    }
}
