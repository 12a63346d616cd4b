//! Any files as a lexicon, any text: problems are listed or the scan keeps its promises.
#![no_main]

use std::sync::LazyLock;

use fenliu::{Lexicon, LexiconSources, Segmenter, Taxonomy};
use libfuzzer_sys::fuzz_target;

static TAXONOMY: LazyLock<Taxonomy> =
    LazyLock::new(|| Taxonomy::parse(include_str!("../../models/taxonomy.toml")).unwrap());
static SEGMENTER: LazyLock<Segmenter> = LazyLock::new(|| Segmenter::new("").unwrap());

fuzz_target!(|input: (&str, &str, &str)| {
    let (intents, negation, text) = input;
    let negation = if negation.is_empty() { "reach = 4\nintents = []\neverywhere = [\"不\"]\nnegators = []\nnot_negators = []" } else { negation };
    let sources = LexiconSources {
        intents: vec![("fuzz.toml", intents)],
        emotion: "",
        vertical: "",
        allow: "words = []",
        negation,
    };
    let Ok(lexicon) = Lexicon::parse(&sources, &TAXONOMY) else { return };
    let findings = lexicon.scan(text, &SEGMENTER.cut(text));
    let total: f32 = findings.intents.iter().map(|(_, likelihood)| likelihood).sum();
    assert!(total.is_finite() && total <= 1.001);
    for hit in &findings.hits {
        assert_eq!(&text[hit.span.clone()], &*hit.word);
    }
});
