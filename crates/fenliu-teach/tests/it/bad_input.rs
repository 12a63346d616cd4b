//! Everything that is wrong with what a shop hands in, told at once.

use crate::{GIFT_CARD, GIFT_CARDS, KEEP, lesson, rows};

fn complaint(examples: &str, define: &str, keep: &str) -> String {
    lesson(examples, define, keep).unwrap_err().to_string()
}

#[test]
fn each_bad_row_is_named_with_its_place() {
    let good = rows(GIFT_CARDS, "gift_card");
    for (row, expected) in [
        (r#"{"text": "礼品卡", "intent": "gift_crad"}"#, "x:13: unknown intent `gift_crad`, did you mean `gift_card`?"),
        (r#"{"text": "单子", "intent": "trak"}"#, "x:13: unknown intent `trak`, did you mean `track`?"),
        (r#"{"text": " ", "intent": "track"}"#, "x:13: the text is empty"),
        (r#"{"text": "好"}"#, "x:13: missing field `intent` at column"),
        (r#"{"text": "到哪了"#, "x:13: EOF while parsing a string at column"),
        (r#"{"text": "又退又查", "intent": "track+invoice"}"#, "x:13: intent is `track+invoice`, expected one"),
        (
            r#"{"text": "礼品卡怎么用！", "intent": "track"}"#,
            "examples.jsonl:1: `track` has 1 different examples, expected at least 5",
        ),
        (
            r#"{"text": "礼品卡余额怎麼查", "intent": "track"}"#,
            "x:13: `礼品卡余额怎麼查` stands under `track` here and under `gift_card` at x:3",
        ),
    ] {
        let found = complaint(&format!("{good}{row}\n"), GIFT_CARD, &KEEP);
        let expected = expected.replace("examples.jsonl:1: ", "examples.jsonl: ").replace("x:", "examples.jsonl:");
        assert!(found.contains(&expected), "{expected}: {found}");
    }
}

#[test]
fn each_bad_definition_is_named_with_its_place() {
    let good = rows(GIFT_CARDS, "gift_card");
    let define = |id: &str, domain: &str| format!("[[intent]]\nid = \"{id}\"\ndomain = \"{domain}\"\nzh = \"某\"\n");
    for (more, expected) in [
        (define("track", "logistics"), "intents.toml:5: intent `track` (物流查询) is there already"),
        (define("gift_card", "payment"), "intents.toml:5: intent `gift_card` is defined at intents.toml:1 already"),
        (define("engraving", "presale"), "intents.toml:5: `engraving` has no example in examples.jsonl"),
        (define("Gift Card", "payment"), "intents.toml:5: id is `Gift Card`, expected a letter from a to z"),
        (define("engraving", "presail"), "intents.toml:5: unknown domain `presail`, did you mean `presale`?"),
        (define("engraving", " "), "intents.toml:5: `domain` of `engraving` is empty"),
        ("[[intent]]\nid = \"engraving\"\n".to_owned(), "intents.toml: TOML parse error at line 5"),
        ("[[intent]]\nid = \"a\"\ncolour = 1\n".to_owned(), "unknown field `colour`"),
    ] {
        let found = complaint(&good, &format!("{GIFT_CARD}{more}"), &KEEP);
        assert!(found.contains(expected), "{expected}: {found}");
    }
    assert!(complaint(&good, "version = 2", &KEEP).contains("intents.toml: version 2, expected 1"));
}

#[test]
fn everything_that_is_wrong_stands_in_one_report() {
    let examples = rows(["礼品卡怎么用", "礼品卡怎么用", "礼品卡余额"], "gift_card") + "[]\n" + &rows([""], "track");
    let keep = rows(["礼品卡余额"], "payment") + &rows(["卡密错误"], "gift_card");
    let found = complaint(&examples, &GIFT_CARD.replace("payment", "paymnt"), &keep);
    let expected = [
        "intents.toml:1: unknown domain `paymnt`, did you mean `payment`?",
        "examples.jsonl:1: unknown intent `gift_card`",
        "examples.jsonl:2: unknown intent `gift_card`",
        "examples.jsonl:3: unknown intent `gift_card`",
        "examples.jsonl:4: invalid length 0",
        "examples.jsonl:5: the text is empty",
        "keep.jsonl:2: unknown intent `gift_card`",
    ];
    assert_eq!(found.lines().count(), expected.len(), "{found}");
    for (found, expected) in found.lines().zip(expected) {
        assert!(found.starts_with(expected), "{expected}: {found}");
    }
}

#[test]
fn what_is_kept_is_known_and_said_once() {
    let examples = rows(GIFT_CARDS, "gift_card");
    let keep = rows(["礼品卡余额怎么查"], "payment") + &rows(["卡密错误"], "gift_card");
    let found = complaint(&examples, GIFT_CARD, &keep);
    for expected in [
        "keep.jsonl:1: `礼品卡余额怎么查` stands under `payment` here and under `gift_card` at examples.jsonl:3",
        "keep.jsonl:2: `gift_card` is taught now, expected an intent that the models know",
    ] {
        assert!(found.contains(expected), "{expected}: {found}");
    }
    assert!(complaint(&examples, GIFT_CARD, "").starts_with("nothing holds the intents that are known"));
    assert_eq!(complaint("\n", "", &KEEP), "examples.jsonl: no examples, expected rows with `text` and `intent`");
}
