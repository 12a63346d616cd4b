//! Any bytes as the JSON of an inquiry: an error, or an answer with a reason.
#![no_main]

use std::sync::LazyLock;

use fenliu::{Engine, Inquiry, ModelChoice};
use libfuzzer_sys::fuzz_target;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::embedded(ModelChoice::None).unwrap());

fuzz_target!(|bytes: &[u8]| {
    let Ok(inquiry) = serde_json::from_slice::<Inquiry>(bytes) else { return };
    let again: Inquiry = serde_json::from_str(&serde_json::to_string(&inquiry).unwrap()).unwrap();
    assert_eq!(again, inquiry);
    if let Ok(outcome) = ENGINE.route(&inquiry) {
        assert!(!outcome.reasons.is_empty() && !outcome.group.is_empty());
    }
});
