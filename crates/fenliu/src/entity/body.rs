//! Height and weight of a body: `165cm`, `一米六五`, `110斤`, `165 110`.

use super::counter;
use super::message::Message;
use super::number::{self, Number, Quantity, Script};
use super::{EntityKind, Found};

const CENTIMETRES: &[&str] = &["cm", "厘米", "公分"];
const METRES: &[&str] = &["米", "m"];
const KILOGRAMS: &[&str] = &["公斤", "千克", "kgs", "kg"];
/// A jin is half a kilogram.
const JIN: &[&str] = &["市斤", "斤"];

const HEIGHT: &[&str] = &["身高体重", "身高", "个子", "个头", "身长", "净高"];
const WEIGHT: &[&str] = &["身高体重", "体重"];
/// Persons and animals of whom a small weight is told.
#[rustfmt::skip]
const YOUNG: &[&str] = &[
    "宝宝", "孩子", "小孩", "娃", "闺女", "女儿", "儿子", "宝贝", "狗", "猫", "bb", "体重",
];

/// What a bare pair may have between its numbers.
const BETWEEN: &str = " ,/、。;";

/// What the number is, as at most two finds: itself and a bare partner before it.
///
/// `found` is what stands before it: a bare number right after a height is a weight, and the reverse.
pub(super) fn at(message: &Message<'_>, number: Number, found: &[Found]) -> [Option<Found>; 2] {
    let partner = found.last().filter(|last| {
        matches!(last.kind, EntityKind::Height | EntityKind::Weight) && is_beside(message, last.end, number.start)
    });
    let partner = partner.map(|last| last.kind);
    if let Some(end) = height_end(message, number) {
        return [Some(height(number.start, end)), None];
    }
    if let Some(end) = weight_end(message, number, partner == Some(EntityKind::Height)) {
        return [Some(weight(number.start, end)), None];
    }
    if !is_bare(message, number) {
        return [None, None];
    }
    match partner {
        Some(EntityKind::Height) if number.within(25, 250) => {
            return [Some(weight(number.start, number.end)), None];
        }
        Some(EntityKind::Weight) if number.within(100, 220) => {
            return [Some(height(number.start, number.end)), None];
        }
        _ => {}
    }
    let called_height = message.labelled(number.start, HEIGHT)
        || (message.previous(number.start) == Some('高') && number.within(120, 220));
    if called_height && (number.within(45, 230) || is_metres(number)) {
        return [Some(height(number.start, number.end)), None];
    }
    if message.labelled(number.start, WEIGHT) && number.within(2, 400) {
        return [Some(weight(number.start, number.end)), None];
    }
    pair(message, number)
}

fn height(start: usize, end: usize) -> Found {
    Found { kind: EntityKind::Height, start, end }
}

fn weight(start: usize, end: usize) -> Found {
    Found { kind: EntityKind::Weight, start, end }
}

/// 1.00 to 2.30 metres with at least one decimal.
fn is_metres(number: Number) -> bool {
    number.script == Script::Punctuated && (1_000..=2_300).contains(&number.thousandths)
}

/// Where the height that begins with `number` ends, unit included.
fn height_end(message: &Message<'_>, number: Number) -> Option<usize> {
    let called = message.labelled(number.start, HEIGHT);
    let mut quantities = number.quantities(message);
    quantities
        .find_map(|quantity| centimetres_end(message, &quantity, called))
        .or_else(|| metres_end(message, number, called))
}

fn centimetres_end(message: &Message<'_>, quantity: &Quantity, called: bool) -> Option<usize> {
    let end = letters_end(message, quantity.unit, CENTIMETRES)?;
    // `56cmx90cm`, `长120cm`, `胸围100cm`: goods, or another measure of the body.
    let edge =
        message.next_in(end, "x*×长宽深厚") || message.previous_in(quantity.start, "x*×长宽深厚围径距肩腰胸臀脚");
    let range = if called { (30, 230) } else { (100, 220) };
    let goods = !called && message.is_measured_goods() && !message.is_worn();
    (!edge && !goods && quantity.low.within(range.0, range.1) && quantity.high.within(range.0, range.1)).then_some(end)
}

/// `1米65`, `一米六五`, `1m65`, `1.65米`
fn metres_end(message: &Message<'_>, number: Number, called: bool) -> Option<usize> {
    #[rustfmt::skip]
    const GOODS: &[&str] = &[
        "的床", "床", "x", "*", "×", "长", "宽", "深", "厚", "的线", "的桌", "的柜", "的被", "乘",
        "的沙发", "的门", "以", "的绳",
    ];
    let unit = message.word(number.end, METRES)?;
    let spoken = number.script == Script::Chinese;
    let (end, sure) = if is_metres(number) {
        // `1.65米` is a person more often than `1.5米`.
        let sure = !number.thousandths.is_multiple_of(100);
        (letters_end(message, number.end, METRES)?, sure)
    } else if number.within(1, 2) && number.script != Script::Punctuated {
        (rest_of_metre_end(message, unit, spoken)?, true)
    } else {
        return None;
    };
    let goods = message.word(end, GOODS).is_some()
        || message.previous_in(number.start, "x*×长宽深厚乘")
        || (!called && message.is_measured_goods() && !message.is_worn());
    (!goods && (called || sure || message.is_worn())).then_some(end)
}

/// Where the digits after `米` end: one or two, then perhaps `几` or `多`.
fn rest_of_metre_end(message: &Message<'_>, at: usize, spoken: bool) -> Option<usize> {
    let end = if spoken {
        let digits = || message.after(at).chars().take(2).take_while(|c| number::digit(*c).is_some());
        let two = at + digits().map(char::len_utf8).sum::<usize>();
        // `一米七二百斤`: the second digit belongs to the weight.
        let taken = message.next(two).is_some_and(|c| number::multiplier(c).is_some());
        let one = at + digits().take(1).map(char::len_utf8).sum::<usize>();
        if taken && digits().count() == 2 { one } else { two }
    } else {
        message.digits(at)
    };
    let fits = end > at && (spoken || end - at <= 2) && message.next(end) != Some('.');
    let multiplied = message.next(end).is_some_and(|c| number::multiplier(c).is_some() && !spoken);
    (fits && !multiplied).then(|| message.word(end, &["几", "多"]).unwrap_or(end))
}

/// Where the weight that begins with `number` ends, unit included. Beside a height, or of a child, it may be small.
fn weight_end(message: &Message<'_>, number: Number, beside_height: bool) -> Option<usize> {
    number.quantities(message).find_map(|quantity| {
        let (end, lowest, highest) = match letters_end(message, quantity.unit, KILOGRAMS) {
            Some(end) => (end, 30, 250),
            None => (message.word(quantity.unit, JIN)?, 60, 500),
        };
        let told = beside_height || message.labelled(number.start, WEIGHT) || message.ends_with(number.start, YOUNG);
        let lowest = if told { 2 } else { lowest };
        let fits = quantity.low.within(lowest, highest) && quantity.high.within(lowest, highest);
        (fits && !is_load(message, number.start, end)).then_some(end)
    })
}

/// Whether the weight is that of goods: `5斤装`, `承重200斤`.
fn is_load(message: &Message<'_>, start: usize, end: usize) -> bool {
    #[rustfmt::skip]
    const GOODS: &[&str] = &[
        "装", "包", "袋", "箱", "桶", "盒", "瓶", "罐", "大米", "面粉", "苹果", "橙", "猫粮",
        "狗粮", "猫砂", "粮", "洗衣液", "哑铃", "壶铃", "一", "每", "/", "重的货", "的货",
    ];
    message.ends_with(start, &["承重", "载重", "限重", "毛重", "净含量", "承载", "承受"])
        || message.word(end, GOODS).is_some()
}

/// A unit that, where it ends in a letter, ends the word.
fn letters_end(message: &Message<'_>, at: usize, units: &[&str]) -> Option<usize> {
    let end = message.word(at, units)?;
    let goes_on = message.before(end).ends_with(|c: char| c.is_ascii_lowercase())
        && message.next(end).is_some_and(|c| c.is_ascii_lowercase());
    (!goes_on).then_some(end)
}

/// `165 110`, `158/98斤`: a bare height and the weight after it.
fn pair(message: &Message<'_>, number: Number) -> [Option<Found>; 2] {
    let called = message.labelled(number.start, HEIGHT);
    let lowest = if called { 50 } else { 140 };
    let second = message
        .after(number.end)
        .char_indices()
        .take(3)
        .find(|(_, c)| !BETWEEN.contains(*c))
        .filter(|(gap, _)| *gap > 0)
        .and_then(|(gap, _)| Number::at(message, number.end + gap));
    let Some(second) = second.filter(|_| number.within(lowest, 215)) else {
        return [None, None];
    };
    if let Some(end) = weight_end(message, second, true) {
        return [Some(height(number.start, number.end)), Some(weight(second.start, end))];
    }
    let told = called || (message.is_worn() && message.next(number.end) != Some('。'));
    if told
        && is_bare(message, second)
        && second.within(35, 250)
        && number.thousandths > second.thousandths.min(140_000)
    {
        return [Some(height(number.start, number.end)), Some(weight(second.start, second.end))];
    }
    [None, None]
}

/// Two or three digits, perhaps with decimals, that neither count something nor belong to a longer number.
fn is_bare(message: &Message<'_>, number: Number) -> bool {
    let digits = number.script != Script::Whole || (2..=3).contains(&number.width());
    let spoken = number.script == Script::Chinese && number.width() < 6;
    let goes_on = counter::follows(message, number.end) && !is_size_letter(message, number.end);
    let belongs = message.glued_before(number.start) || message.previous_in(number.start, "-.¥$*×");
    digits && !spoken && !goes_on && !belongs
}

/// `160 52m` hardly means metres: a size follows.
fn is_size_letter(message: &Message<'_>, at: usize) -> bool {
    message.next_in(at, "sml") && !message.glued_after(at + 1)
}

/// Whether only a short gap separates the end of one measure from the start of the next.
fn is_beside(message: &Message<'_>, end: usize, start: usize) -> bool {
    const WORDS: &[&str] = &["体重", "身高", "的", "重", "高", "左右"];
    let mut gap = message.between(end, start).trim_matches(|c| BETWEEN.contains(c) || c == ':');
    for word in WORDS {
        gap = gap.strip_prefix(word).unwrap_or(gap);
    }
    start >= end && start - end <= 14 && gap.is_empty()
}
