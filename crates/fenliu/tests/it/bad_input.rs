//! Whatever comes in: a clear error or a decision, never a panic.

use fenliu::{Inquiry, TextError};
use proptest::prelude::*;

use crate::WORDS;

#[test]
fn odd_texts_are_routed() {
    for text in
        ["好", "😊", "[微笑]", "？？？", "\u{0}a\u{7}", "。", "1", "\u{202e}退款", "Ａ", "🏳️‍🌈", "e\u{301}\u{301}\u{301}"]
    {
        let outcome = WORDS.route(&Inquiry::new(text)).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert!(!outcome.reasons.is_empty(), "{text:?}");
    }
}

#[test]
fn emptiness_and_excess_are_the_only_refusals() {
    for text in ["", " \t\r\n", "\u{200b}\u{feff}", "\u{0}"] {
        assert_eq!(WORDS.route(&Inquiry::new(text)).unwrap_err(), TextError::Empty, "{text:?}");
    }
    let long = "退款".repeat(50_000);
    assert_eq!(
        WORDS.route(&Inquiry::new(long)).unwrap_err().to_string(),
        "the text is too long: 300000 bytes, expected at most 8192"
    );
}

#[test]
fn a_bad_inquiry_says_what_was_expected() {
    for (json, expected) in [
        (r#"{"txt": "好"}"#, "unknown field `txt`"),
        (r#"{"channel": "chat"}"#, "missing field `text`"),
        (r#"{"text": 5}"#, "expected a string"),
        (r#"{"text": "好", "channel": "fax"}"#, "unknown variant `fax`, expected one of `chat`"),
        (r#"{"text": "好", "received_at": "2026-13-45T99:00:00Z"}"#, "month"),
        (r#"{"text": "好", "received_at": "yesterday"}"#, "four digit integer as year"),
        (r#"{"text": "\ud800"}"#, "hex escape"),
        (r#"{"text": "好", "customer": {"contacts_24h": -1}}"#, "expected u32"),
        (r#"{"text": "好", "customer": {"value": "vip"}}"#, "unknown variant `vip`"),
        (r#"["好"]"#, ""),
        ("", "EOF"),
    ] {
        let error = serde_json::from_str::<Inquiry>(json).map(drop).err();
        if json.starts_with('[') {
            continue; // a sequence of the fields in order is serde's other form of a struct
        }
        let error = error.unwrap_or_else(|| panic!("{json} was accepted")).to_string();
        assert!(error.contains(expected), "{json}: {error}");
    }
}

#[test]
fn absurd_times_leave_a_promise_out_rather_than_fail() {
    for at in ["9999-12-30T22:00:00Z", "-009999-01-02T01:59:59Z", "1970-01-01T00:00:00Z"] {
        let mut inquiry = Inquiry::new("我要投诉");
        inquiry.received_at = Some(at.parse().unwrap());
        assert!(WORDS.route(&inquiry).is_ok(), "{at}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gets_an_answer_or_a_text_error(text in any::<String>()) {
        match WORDS.route(&Inquiry::new(text.clone())) {
            Ok(outcome) => {
                prop_assert!(!outcome.reasons.is_empty());
                prop_assert!(!outcome.group.is_empty());
                prop_assert_eq!(&outcome.revision, WORDS.revision());
                let chars = text.chars().count() as u32;
                for entity in &outcome.entities {
                    prop_assert!(entity.start < entity.end && entity.end <= chars);
                }
            }
            Err(error) => prop_assert!(error == TextError::Empty || text.len() > fenliu::MAX_BYTES),
        }
    }

    #[test]
    fn shop_like_text_keeps_its_spans(text in "[退款货发！。0-9a-zA-Z１２３ 　\u{200b}\\[\\]哈貨🙂元号订单cm斤]{1,60}") {
        let Ok(outcome) = WORDS.route(&Inquiry::new(text.clone())) else { return Ok(()) };
        let chars = text.chars().count() as u32;
        let mut end = 0;
        for entity in &outcome.entities {
            prop_assert!(end <= entity.start && entity.start < entity.end && entity.end <= chars, "{:?}", outcome.entities);
            end = entity.end;
        }
    }

    #[test]
    fn any_json_is_an_inquiry_or_an_error(json in any::<String>()) {
        let _ = serde_json::from_str::<Inquiry>(&json);
    }
}
