//! Checks what [`Entities::find`] finds, by tables of made-up messages; numbers with check digits are made up too.

mod measures;
mod moments;
mod numbers;

use super::{Entities, EntityKind, Message, gather};
use proptest::prelude::*;

/// A normalised message and everything that stands in it, in order.
type Case = (&'static str, &'static [(EntityKind, &'static str)]);

fn found(text: &str) -> Vec<(EntityKind, &str)> {
    Entities::new().find(text).into_iter().map(|f| (f.kind, text.get(f.start..f.end).unwrap_or("not a part"))).collect()
}

fn check(cases: &[Case]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter(|(text, expected)| found(text) != *expected)
        .map(|(text, expected)| format!("{text}\n  expected {expected:?}\n  found    {:?}", found(text)))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn order_and_parcel_numbers_are_told_apart() {
    check(numbers::ORDERS);
    check(numbers::PARCELS);
}

#[test]
fn personal_numbers_are_found_and_never_taken_for_orders() {
    check(numbers::PHONES);
    check(numbers::CARDS);
    check(numbers::ADDRESSES);
}

#[test]
fn money_is_found_where_it_is_paid_and_not_where_things_are_counted() {
    check(measures::MONEY);
}

#[test]
fn bodies_and_sizes_are_found_and_goods_are_not() {
    check(measures::BODIES);
    check(measures::SIZES);
}

#[test]
fn days_are_found_and_slots_streets_and_spans_of_time_are_not() {
    check(moments::DATES);
}

#[test]
fn odd_texts_yield_nothing() {
    check(moments::NOTHING);
}

#[test]
fn the_longest_of_what_overlaps_stands() {
    check(&[
        // A phone inside a mail address, a price inside a web address, a day inside an order.
        ("13800000000@qq.com", &[(EntityKind::Email, "13800000000@qq.com")]),
        ("https://example.com/99元", &[(EntityKind::Url, "https://example.com/99")]),
        ("241111-123456789012345", &[(EntityKind::OrderNumber, "241111-123456789012345")]),
    ]);
}

/// Ten times the text is ten times the work; a rule that looked ahead without end would do a hundred times as much.
#[test]
fn work_grows_with_the_text_and_no_faster() {
    let pieces = [
        "1",
        "12 ",
        "1-",
        "1.",
        "1,",
        "138 ",
        "一二",
        "十",
        "a",
        "a.",
        "a.com/",
        "http://",
        "@",
        "a@",
        "¥",
        "¥a1",
        "5元",
        "满",
        "两块",
        "周一",
        "165 ",
        "身高",
        "m ",
        "86 ",
        "+1",
        "(0",
        "订单号",
        "11.11",
        "sf1",
        "前天",
        "38号",
        "穿m ",
        "38号 ",
    ];
    for piece in pieces {
        let work = |bytes: usize| {
            let text = piece.repeat(bytes / piece.len());
            let message = Message::new(&text);
            gather(&message);
            message.looked()
        };
        let (short, long) = (work(3_000), work(30_000));
        assert!(long <= short * 11 + 1_000, "{piece}: {short} looks for 3,000 bytes, {long} for 30,000");
    }
}

#[test]
fn a_run_of_a_hundred_thousand_digits_is_nothing() {
    assert_eq!(found(&"7".repeat(100_000)), []);
}

/// Texts made of what the rules look for, so that their seams are met.
fn seams() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[0-9]{1,20}",
        "[一二两三十百千万零几半]{1,4}",
        "[a-z]{1,4}",
        proptest::sample::select(vec![
            " ",
            "-",
            ".",
            ",",
            "/",
            "¥",
            "$",
            "@",
            "+86",
            "(",
            ")",
            "元",
            "块",
            "毛",
            "cm",
            "米",
            "斤",
            "kg",
            "码",
            "号",
            "月",
            "日",
            "年",
            "周",
            "身高",
            "体重",
            "订单号",
            "快递单号",
            "卡号",
            "电话",
            "满",
            "减",
            "今天",
            "双十一",
            "xl",
            "sf",
            "jd",
            "http://",
            ".com",
            "链接",
            "穿",
            "😀",
            "的",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn finds_are_sorted_apart_and_on_character_boundaries(text in prop_oneof![any::<String>(), seams()]) {
        let mut past = 0;
        for f in Entities::new().find(&text) {
            prop_assert!(past <= f.start && f.start < f.end, "{f:?} after {past}");
            prop_assert!(text.get(f.start..f.end).is_some(), "{f:?}");
            past = f.end;
        }
    }

    #[test]
    fn a_mobile_number_is_found_in_any_chinese_company(
        before in "[你好呢请打这个吧。,! ]{0,6}",
        number in "1[3-9][0-9]{9}",
        after in "[你好呢请打这个吧。,! ]{0,6}",
    ) {
        let text = format!("{before}{number}{after}");
        prop_assert_eq!(found(&text), [(EntityKind::Phone, number.as_str())]);
    }
}
