//! Any string: normalised text is stable, and every span leads back into the raw message.
#![no_main]

use std::sync::LazyLock;

use fenliu::{Normaliser, Segmenter};
use libfuzzer_sys::fuzz_target;

static NORMALISER: LazyLock<Normaliser> = LazyLock::new(Normaliser::new);
static SEGMENTER: LazyLock<Segmenter> = LazyLock::new(|| Segmenter::new("").unwrap());

fuzz_target!(|raw: &str| {
    let Ok(text) = NORMALISER.read(raw) else { return };
    let chars = raw.chars().count();
    let mut end = 0;
    for span in SEGMENTER.cut(text.as_str()).spans() {
        assert_eq!(span.start, end, "words leave no gap");
        end = span.end;
        let raw_span = text.raw_span(span.clone());
        assert!(raw_span.start < raw_span.end && raw_span.end <= chars);
    }
    assert_eq!(end, text.as_str().len());
});
