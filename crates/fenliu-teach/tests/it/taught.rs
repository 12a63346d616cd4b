//! From examples to an engine that knows them.

use std::path::PathBuf;

use fenliu::{Encoder, Inquiry, ModelChoice, ModelFiles, Parts, Source, Taxonomy};
use fenliu_teach::{Inputs, Learned, Lesson, with_assisted};

use crate::{ENCODER, GIFT_CARD, GIFT_CARDS, KEEP, PAYMENTS, SEGMENTER, lesson, named, rows};

/// A directory of models with its policy, gone when dropped.
struct Taught(PathBuf);

impl Taught {
    fn write(name: &str, files: &ModelFiles, policy: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("fenliu-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for (name, contents) in files.iter().chain([("policy.toml", policy.as_bytes())]) {
            std::fs::write(folder.join(name), contents).unwrap();
        }
        Self(folder)
    }

    fn first(&self, texts: &[&str]) -> Vec<String> {
        let source = Source::embedded().models(&self.0).policy(self.0.join("policy.toml"));
        let engine = source.load(ModelChoice::Cascade).unwrap();
        let first = |text: &&str| engine.route(&Inquiry::new(*text)).unwrap().intents.first().unwrap().id.clone();
        texts.iter().map(first).collect()
    }
}

impl Drop for Taught {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn learned(lesson: &Lesson) -> Learned {
    lesson.learn(ENCODER.heads(), &lesson.encode(&ENCODER, &SEGMENTER).unwrap()).unwrap()
}

#[test]
fn a_taught_intent_is_found_the_old_ones_are_kept_and_it_can_be_taught_again() {
    let examples = rows(GIFT_CARDS, "gift_card") + &rows(PAYMENTS, "payment");
    let first = lesson(&examples, GIFT_CARD, &KEEP).unwrap();
    assert_eq!(first.taught().collect::<Vec<_>>(), ["payment", "gift_card"]);
    let encoded = first.encode(&ENCODER, &SEGMENTER).unwrap();
    let learned = first.learn(ENCODER.heads(), &encoded).unwrap();
    let again = first.learn(ENCODER.heads(), &encoded).unwrap();
    assert_eq!((&learned.heads, &learned.report), (&again.heads, &again.report), "the same lesson, the same heads");

    let report = &learned.report;
    assert!(report.alike.is_empty(), "{report}");
    assert_eq!(report.taught.iter().map(|it| (it.new, it.examples)).collect::<Vec<_>>(), [(false, 5), (true, 12)]);
    assert!(report.kept.after + 5 >= report.kept.before, "{report}");
    assert!(learned.heads.accept >= ENCODER.heads().accept);
    let shown = report.to_string();
    assert!(shown.contains("gift_card (new)") && shown.contains("temperature of the deep model"), "{shown}");

    let files = first.files(&learned, &ENCODER).unwrap();
    let (policy, added) = with_assisted(Parts::embedded().policy, first.intents()).unwrap();
    assert_eq!(added, ["gift_card"]);
    let taught = Taught::write("taught", &files, &policy);
    let found = taught.first(&["礼品卡在哪儿兑换", "能开发票吗", "快递到哪了", "信用卡付款失败"]);
    assert_eq!(found, ["gift_card", "invoice", "track", "payment"]);

    // A policy that does not mention it is refused, by name.
    let error = Source::embedded().models(&taught.0).load(ModelChoice::None).unwrap_err().to_string();
    assert!(error.contains("intent `gift_card` is not mentioned"), "{error}");

    let taxonomy = files.taxonomy.as_deref().unwrap();
    let encoder = Encoder::new(files.sources(), &Taxonomy::parse(taxonomy).unwrap()).unwrap();
    assert_eq!(encoder.intents().last(), Some("gift_card"));
    assert!(encoder.replay().unwrap().contains("{\"text\":\"礼品卡怎么用\",\"intent\":\"gift_card\"}"));
    let engraving = ["可以刻字吗", "我想在杯子上刻名字", "刻字要加多少钱", "戒指内圈能刻几个字", "刻错字了怎么办"];
    let second = Lesson::read(&Inputs {
        encoder: &encoder,
        taxonomy,
        examples: named("more.jsonl", &rows(engraving, "engraving")),
        define: Some(named("more.toml", &GIFT_CARD.replace("gift_card", "engraving").replace("礼品卡", "刻字"))),
        keep: None,
    })
    .unwrap();
    assert_eq!(second.len(), first.len() + engraving.len());
    let learned = second.learn(encoder.heads(), &second.encode(&encoder, &SEGMENTER).unwrap()).unwrap();
    let files = second.files(&learned, &encoder).unwrap();
    let (policy, added) = with_assisted(("policy.toml", &policy), second.intents()).unwrap();
    assert_eq!(added, ["engraving"]);
    let found = Taught::write("twice", &files, &policy).first(&["礼品卡在哪儿兑换", "能开发票吗", "杯子上能刻字吗"]);
    assert_eq!(found, ["gift_card", "invoice", "engraving"]);
}

#[test]
fn intents_that_cannot_be_told_apart_are_named_with_their_texts() {
    let asked: Vec<String> = GIFT_CARDS.iter().map(|text| format!("请问{text}")).collect();
    let examples = rows(GIFT_CARDS, "gift_card") + &rows(asked.iter().map(String::as_str), "voucher");
    let define = format!("{GIFT_CARD}{}", GIFT_CARD.replace("gift_card", "voucher"));
    let report = learned(&lesson(&examples, &define, &KEEP).unwrap()).report;
    let [alike] = report.alike.as_slice() else { panic!("expected one pair: {report:#?}") };
    assert_eq!((alike.smaller.as_str(), alike.other.as_str(), alike.texts.len()), ("gift_card", "voucher", 3));
    let shown = alike.to_string();
    assert!(shown.starts_with("`gift_card` and `voucher` cannot be told apart:\n  "), "{shown}");
    assert!(alike.texts.iter().all(|text| shown.contains(text)), "{shown}");
}

#[test]
fn the_shop_overrules_our_own_messages() {
    let kept: Vec<&str> = Parts::embedded().models.replay.unwrap().lines().take(1).collect();
    let text = kept[0].split('"').nth(3).unwrap();
    let encoder =
        Encoder::new(Parts::embedded().models, &Taxonomy::parse(Parts::embedded().taxonomy).unwrap()).unwrap();
    let examples = rows(GIFT_CARDS.into_iter().chain([text]), "gift_card");
    let lesson = Lesson::read(&Inputs {
        encoder: &encoder,
        taxonomy: Parts::embedded().taxonomy,
        examples: named("examples.jsonl", &examples),
        define: Some(named("intents.toml", GIFT_CARD)),
        keep: None,
    })
    .unwrap();
    let ours = Parts::embedded().models.replay.unwrap().lines().count();
    assert_eq!(lesson.len(), ours - 1 + 13);
}
