//! Amounts of money with their currency: `99元`, `¥99`, `两块五`; bare prices stand in `price.rs`.

use super::counter;
use super::message::Message;
use super::number::{self, Number, Script};
use super::{EntityKind, Found};

/// Currencies that follow a number. Longer words first.
#[rustfmt::skip]
const UNITS: &[&str] = &[
    "万块钱", "千块钱", "百块钱", "万元", "千元", "百元", "亿元", "万块", "千块", "百块", "w元",
    "k元", "w块", "块钱", "元钱", "人民币", "新台币", "美元", "美金", "欧元", "英镑", "日元",
    "韩元", "港币", "港元", "台币", "澳元", "加元", "泰铢", "卢布", "rmb", "cny", "usd", "元",
    "圆", "块", "毛钱", "毛", "角钱", "角", "r",
];

/// Units with parts: a number may follow (`9块9`, `5元5角`).
const WITH_PARTS: &[&str] = &["块", "元", "毛", "角"];

/// Signs of a currency, before the number.
const SIGNS: &[&str] = &["¥", "$", "€", "£", "₩", "rmb", "人民币", "hk$", "us$"];

/// Words that begin with a unit and mean something else.
#[rustfmt::skip]
const NOT_YUAN: &[&str] = &[
    "元旦", "元宵", "元素", "元气", "元件", "元祖", "元神", "圆形", "圆领", "圆头", "圆的",
];
#[rustfmt::skip]
const NOT_PARTS: &[&str] = &[
    "角形", "角星", "角巾", "角裤", "角架", "角度", "角落", "角色", "毛巾", "毛衣", "毛毯", "毛孩",
    "毛肚", "毛绒", "毛笔", "毛呢", "毛线", "毛一样", "毛不",
];
/// Things that are counted in pieces (`块`).
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "肥皂", "香皂", "洗衣皂", "皂", "电池", "蛋糕", "布", "砖", "屏", "手表", "表", "肉", "糖",
    "巧克力", "饼", "豆", "瓷", "抹布", "毛巾", "茶巾", "方巾", "浴巾", "板", "玻璃", "硬盘",
    "主板", "内存", "显卡", "腕表", "姜", "牛排", "石", "木", "积木", "装", "玉", "墨", "地垫",
    "地毯", "滑板", "奶酪", "芝士", "冰", "面膜", "屏幕", "钢化膜", "膜",
];

/// The amount whose number begins at the place of `number`.
pub(super) fn at(message: &Message<'_>, number: Number) -> Option<Found> {
    if message.previous(number.start) == Some('第') {
        return None;
    }
    number.quantities(message).find_map(|quantity| {
        let end = unit_end(message, &quantity.high, quantity.unit)?;
        Some(Found { kind: EntityKind::Money, start: quantity.start, end })
    })
}

/// The amount after the sign of a currency that begins at `at`.
pub(super) fn signed(message: &Message<'_>, at: usize) -> Option<Found> {
    let sign = message.word(at, SIGNS)?;
    let number = Number::at(message, message.word(sign, &[" "]).unwrap_or(sign))?;
    let number_end = message.word(number.end, &["万", "千", "w", "k"]).unwrap_or(number.end);
    let end = message.word(number_end, UNITS).filter(|end| !message.glued_after(*end)).unwrap_or(number_end);
    Some(Found { kind: EntityKind::Money, start: at, end })
}

/// Where the currency at `at`, its parts included, ends.
fn unit_end(message: &Message<'_>, number: &Number, at: usize) -> Option<usize> {
    let end = message.word(at, UNITS)?;
    let unit = message.between(at, end);
    if unit.ends_with(|c: char| c.is_ascii_lowercase()) {
        // `a5r` is a model, `x5rmb` a price.
        let model = unit == "r" && message.glued_before(number.start);
        return (number.script != Script::Chinese && !model && !message.glued_after(end)).then_some(end);
    }
    if message.word(at, NOT_YUAN).or_else(|| message.word(at, NOT_PARTS)).is_some() {
        return None;
    }
    let parts = if unit.ends_with("钱") { None } else { parts_end(message, unit, end) };
    let exact = parts.is_some() || unit.ends_with("钱");
    let spoken = number.script == Script::Chinese;
    let one = number.within(1, 1);
    match unit {
        // `一块` is "together" or "a piece", `三角` a shape, `一毛一样` "the same".
        "块" if !exact && (spoken && one || is_pieces(message, number, end)) => return None,
        "角" if !exact && spoken => return None,
        "毛" if !exact && spoken && one => return None,
        _ => {}
    }
    Some(parts.unwrap_or(end))
}

/// Whether `块` counts pieces: of a thing named after it, or of a few that are bought, sent or broken off.
fn is_pieces(message: &Message<'_>, number: &Number, end: usize) -> bool {
    const HANDLED: &str = "拍买送换要拿切剩寄掰";
    let head = message.before(number.start);
    let head = head.strip_suffix('了').unwrap_or(head);
    message.word(end, PIECES).is_some()
        || (number.within(0, 9) && head.ends_with(|c| HANDLED.contains(c)))
        || message.previous(number.start) == Some('肌')
}

/// Where the smaller units after `unit` end: `块5毛2`, `块五`, `元9角`, `毛5`.
fn parts_end(message: &Message<'_>, unit: &str, at: usize) -> Option<usize> {
    if !WITH_PARTS.iter().any(|with| unit.ends_with(with)) {
        return None;
    }
    let mut end = at;
    let mut found = None;
    for _ in 0..2 {
        let Some(number_end) = digit_end(message, end) else {
            break;
        };
        let named = message.word(number_end, &["毛", "角", "分钱", "分"]).filter(|_| is_amount(message, number_end));
        match named {
            Some(named) => (end, found) = (named, Some(named)),
            // Only after `块`, `毛` and `角` may the last unit stay unsaid.
            None if !unit.ends_with("元") && stands_alone(message, number_end) => {
                return Some(number_end);
            }
            None => break,
        }
    }
    found.map(|end| message.word(end, &["钱"]).unwrap_or(end))
}

/// `5分钟` is no money.
fn is_amount(message: &Message<'_>, at: usize) -> bool {
    message.word(at, &["分钟", "分之", "分米"]).or_else(|| message.word(at, NOT_PARTS)).is_none()
}

/// Where the one or two digits, or the one Chinese digit, at `at` end.
fn digit_end(message: &Message<'_>, at: usize) -> Option<usize> {
    let c = message.next(at)?;
    if c.is_ascii_digit() {
        let end = message.digits(at);
        return (end - at <= 2).then_some(end);
    }
    number::digit(c).filter(|value| *value > 0 && c != '两').map(|_| at + c.len_utf8())
}

/// Whether the digit that ends at `at` is the last of its amount: nothing counts or goes on after it.
fn stands_alone(message: &Message<'_>, at: usize) -> bool {
    /// With `一` before them these are words: `一样`, `一起`.
    const WORDS_OF_ONE: &str = "样起直下共定般些点旦会向致路切瓶提";
    if message.word(at, &["包邮"]).is_some() {
        return true;
    }
    // `两块五一斤`: a price for one of something.
    if message.next(at) == Some('一') && counter::follows(message, at + '一'.len_utf8()) {
        return true;
    }
    let counted = counter::follows(message, at) || message.next(at).is_some_and(number::is_numeral);
    let begins_a_word = message.previous(at) == Some('一') && message.next_in(at, WORDS_OF_ONE);
    !counted && !begins_a_word
}
