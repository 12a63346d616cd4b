//! Teaching the models that ship, by a small replay.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod bad_input;
mod taught;

use std::sync::LazyLock;

use fenliu::{Encoder, ModelSources, Parts, Segmenter, Taxonomy};
use fenliu_teach::{Inputs, Lesson, Named, TeachError};

/// Without the replay: what is kept, each test says.
static MANIFEST: LazyLock<String> = LazyLock::new(|| without_replay(Parts::embedded().models.manifest));

static ENCODER: LazyLock<Encoder<'static>> = LazyLock::new(|| {
    let parts = Parts::embedded();
    let sources = ModelSources { manifest: &MANIFEST, ..parts.models };
    Encoder::new(sources, &Taxonomy::parse(parts.taxonomy).unwrap()).unwrap()
});

static SEGMENTER: LazyLock<Segmenter> = LazyLock::new(|| Segmenter::new(Parts::embedded().words).unwrap());

/// Every eighth message of the replay: enough to hold the intents in a test, and encoded in a second or two.
static KEEP: LazyLock<String> = LazyLock::new(|| {
    let all = Parts::embedded().models.replay.unwrap();
    all.lines().step_by(8).flat_map(|line| [line, "\n"]).collect()
});

const GIFT_CARD: &str = "[[intent]]\nid = \"gift_card\"\ndomain = \"payment\"\nzh = \"礼品卡\"\n";

const GIFT_CARDS: [&str; 12] = [
    "礼品卡怎么用",
    "我收到一张你们家的礼品卡，在哪里输卡号",
    "礼品卡余额怎么查",
    "送人的礼品卡可以写祝福语吗",
    "礼品卡过期了还能延期不",
    "公司发的提货卡刮开密码看不清了",
    "购物卡能不能叠着用两张",
    "储值卡绑定失败，说卡密错误",
    "电子礼品卡发到哪里，邮箱还是短信",
    "礼品卡能退成现金吗",
    "想买500面值的礼品卡送客户",
    "卡里还剩三十几块能跟微信一起付不",
];

/// A near neighbour: it is paid by card too, but the bank's.
const PAYMENTS: [&str; 5] = [
    "信用卡付不了款",
    "银行卡绑定不上，付款的时候提示失败",
    "可以用花呗分期吗",
    "刷卡被扣了两次钱",
    "微信支付限额了换什么付",
];

fn without_replay(manifest: &str) -> String {
    let (before, table) = manifest.split_once("[replay]").unwrap();
    let after = table.split_once("\n[").map_or_else(String::new, |(_, after)| format!("[{after}"));
    format!("{before}{after}")
}

fn rows<'a>(texts: impl IntoIterator<Item = &'a str>, intent: &str) -> String {
    texts.into_iter().map(|text| format!("{{\"text\": \"{text}\", \"intent\": \"{intent}\"}}\n")).collect()
}

fn named<'a>(name: &'a str, contents: &'a str) -> Named<'a> {
    Named { name, contents: contents.as_bytes() }
}

fn lesson(examples: &str, define: &str, keep: &str) -> Result<Lesson, TeachError> {
    Lesson::read(&Inputs {
        encoder: &ENCODER,
        taxonomy: Parts::embedded().taxonomy,
        examples: named("examples.jsonl", examples),
        define: (!define.is_empty()).then(|| named("intents.toml", define)),
        keep: (!keep.is_empty()).then(|| named("keep.jsonl", keep)),
    })
}
