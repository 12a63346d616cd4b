//! Sizes of clothes, shoes and underwear: `m码`, `2xl`, `38码`, `均码`, `75b`.

use super::counter;
use super::message::Message;
use super::number::{Number, Script};
use super::{EntityKind, Found};

/// Letter sizes that no other word is spelled like.
#[rustfmt::skip]
const LETTERS: &[&str] = &[
    "xs", "xxs", "xxxs", "xl", "xxl", "xxxl", "2xl", "3xl", "4xl", "5xl", "6xl", "7xl", "8xl",
    "2xs", "3xs",
];
/// Letter sizes that need a word beside them or a message about clothes.
const SHORT_LETTERS: &[&str] = &["s", "m", "l", "f", "2x", "3x", "4x", "5x", "6x"];

/// Sizes in words. Longer words first.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "加肥加大码", "加肥加大", "加大码", "加大号", "特大码", "特大号", "超大码", "超大号", "均码",
    "均号", "大码", "中码", "小码", "大号", "中号", "小号",
];

/// Words right before the number of a size.
const CALLED: &[&str] = &["尺码", "鞋码", "码数", "鞋号", "穿码"];

/// The letter size that is the whole word at `at`.
pub(super) fn letters(message: &Message<'_>, at: usize) -> Option<Found> {
    let end = message.run(at, u8::is_ascii_alphanumeric);
    let text = message.between(at, end);
    let after = message.word(end, &[" "]).unwrap_or(end);
    let marked = message.word(after, &["码", "号"]).filter(|mark| is_mark(message, *mark));
    let is_size = marked.is_some() && (LETTERS.contains(&text) || SHORT_LETTERS.contains(&text))
        || LETTERS.contains(&text) && !is_model(message, at, end)
        || SHORT_LETTERS.contains(&text)
            && text != "f"
            && !is_joined(message, at, end)
            && (message.is_worn() || is_chosen(message, at, end));
    is_size.then_some(Found { kind: EntityKind::Size, start: at, end: marked.unwrap_or(end) })
}

/// The size whose number is `number`: `38码`, `码数38`, `38号鞋`, `75b`, `160/84a`.
pub(super) fn at(message: &Message<'_>, number: Number) -> Option<Found> {
    if message.glued_before(number.start) {
        return None;
    }
    let end = number
        .quantities(message)
        .find_map(|quantity| {
            let end = marked_end(message, quantity.high, quantity.unit)?;
            is_size_number(quantity.low).then_some(end)
        })
        .or_else(|| cup_end(message, number))
        .or_else(|| standard_end(message, number))
        .or_else(|| called_end(message, number))?;
    Some(Found { kind: EntityKind::Size, start: number.start, end })
}

/// The size told by the word that begins at `at`.
pub(super) fn word(message: &Message<'_>, at: usize) -> Option<Found> {
    let end = message.word(at, WORDS)?;
    // `小号` is also a second account; `中码数` is half a word.
    let other = message.next_in(end, "数码私加登注字发") || message.previous_in(at, "播开其微扣");
    (!other).then_some(Found { kind: EntityKind::Size, start: at, end })
}

/// Whether a size told by a word can begin with `c`.
pub(super) fn begins(c: char) -> bool {
    matches!(c, '加' | '特' | '超' | '均' | '大' | '中' | '小')
}

/// `码` and `号` that are the end of a size, not the beginning of another word.
fn is_mark(message: &Message<'_>, at: usize) -> bool {
    !message.next_in(at, "头线") && message.word(at, &["楼", "店", "链接"]).is_none()
}

/// `iphone xs`, `xs max`: a telephone.
fn is_model(message: &Message<'_>, at: usize, end: usize) -> bool {
    message.ends_with(at, &["iphone ", "iphone", "苹果", "苹果 ", "手机", "手机 "])
        || message.word(end, &[" max", "max"]).is_some()
}

/// `it's`, `c-s`, `s/n`: a part of a longer word; a slash between sizes is none.
fn is_joined(message: &Message<'_>, at: usize, end: usize) -> bool {
    const JOINTS: &str = ".'&+-@#_";
    let other = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() && !"smlx".contains(c));
    let before = message.before(at).strip_suffix('/').map(|head| other(head.chars().next_back()));
    let after = message.word(end, &["/"]).map(|from| other(message.next(from)));
    message.previous_in(at, JOINTS) || message.next_in(end, JOINTS) || before.unwrap_or(false) || after.unwrap_or(false)
}

/// Whether it is put on or bought (`穿m`), or another letter size stands beside it: `s还是m`, `m/l`.
fn is_chosen(message: &Message<'_>, at: usize, end: usize) -> bool {
    #[rustfmt::skip]
    const LINKS: &[&str] = &[
        "还是", "或者", "或", "/", "、", "和", "跟", "到", "不是", " ",
    ];
    let after =
        message.word(end, LINKS).map(|from| message.between(from, message.run(from, u8::is_ascii_alphanumeric)));
    let head = LINKS.iter().find_map(|link| message.before(at).strip_suffix(link)).unwrap_or_default();
    let before = head.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let is_letter = |text: &str| LETTERS.contains(&text) || SHORT_LETTERS.contains(&text);
    after.is_some_and(is_letter) || is_letter(before) || message.previous_in(at, "穿选拍拿")
}

/// `38码`, `38号鞋`, `38号` in a message about shoes.
fn marked_end(message: &Message<'_>, number: Number, at: usize) -> Option<usize> {
    if !is_size_number(number) {
        return None;
    }
    let code = message.word(at, &["码"]).filter(|_| !message.previous_in(number.start, "大小差错第"));
    code.or_else(|| {
        let mark = message.word(at, &["号"])?;
        let shoe = message.word(mark, &["鞋", "的鞋", "脚"]).is_some()
            || (number.within(32, 50) && (message.is_shoes() || message.ends_with(number.start, &["穿"])));
        shoe.then_some(mark)
    })
}

/// 1 to 200, in Chinese numerals from 20: `一码` is a step, not a size.
fn is_size_number(number: Number) -> bool {
    let lowest = if number.script == Script::Chinese { 20 } else { 1 };
    number.within(lowest, 200)
}

/// `75b`, `34c杯`: band and cup.
fn cup_end(message: &Message<'_>, number: Number) -> Option<usize> {
    let band = number.whole().filter(|_| number.script == Script::Whole)?;
    let cup = message.next(number.end).filter(|c| ('a'..='h').contains(c))?;
    let end = number.end + 1;
    let named = message.word(end, &["罩杯", "杯"]);
    let metric = (65..=105).contains(&band) && band % 5 == 0;
    let inches = (30..=44).contains(&band) && band % 2 == 0;
    // `80g` is a weight of goods.
    let alone = metric && cup <= 'f' && (band <= 95 || message.is_worn());
    let cut = message.glued_after(end) || message.previous_in(number.start, "-/.");
    (!cut && (alone || named.is_some() && (metric || inches))).then(|| named.unwrap_or(end))
}

/// `160/84a`: height, girth and figure of GB/T 1335.
fn standard_end(message: &Message<'_>, number: Number) -> Option<usize> {
    let girth = message.word(number.end, &["/"])?;
    let figure = message.digits(girth);
    let end = figure + 1;
    let fits = number.within(80, 200)
        && (2..=3).contains(&(figure - girth))
        && message.next_in(figure, "abcy")
        && !message.glued_after(end);
    fits.then_some(end)
}

/// `码数38`, `鞋码:42.5`
fn called_end(message: &Message<'_>, number: Number) -> Option<usize> {
    let counted = counter::follows(message, number.end);
    let called = message.labelled(number.start, CALLED) && number.script != Script::Chinese;
    // From 140 on it is rather a height.
    (called && !counted && number.within(15, 139)).then_some(number.end)
}
