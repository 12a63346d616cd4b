//! Days written with numbers: `2024-11-11`, `11月11日`, `15号`; words for days stand in `day.rs`.

use super::checksum::is_day;
use super::counter;
use super::label::Label;
use super::message::Message;
use super::number::{Number, Script};
use super::{EntityKind, Found};

/// Years of dates written with four digits, and of the two-digit ones that are surely years.
const YEARS: std::ops::RangeInclusive<u16> = 1970..=2049;
const SHORT_YEARS: std::ops::RangeInclusive<u16> = 18..=39;

/// The date whose first number is `number`.
pub(super) fn at(message: &Message<'_>, number: Number) -> Option<Found> {
    let end = match number.script {
        Script::Whole if number.width() >= 6 => compact_end(message, number),
        Script::Whole => year_end(message, number)
            .or_else(|| month_end(message, number))
            .or_else(|| dotted_end(message, number))
            .or_else(|| day_end(message, number))
            .or_else(|| festival_end(message, number)),
        Script::Punctuated => dotted_end(message, number),
        Script::Chinese => {
            year_end(message, number).or_else(|| month_end(message, number)).or_else(|| day_end(message, number))
        }
    }?;
    Some(Found { kind: EntityKind::Date, start: number.start, end })
}

/// `20241111`; `241111` only as a date of production. A label that names another number refuses both.
fn compact_end(message: &Message<'_>, number: Number) -> Option<usize> {
    const CALLED: &[&str] = &["生产日期", "日期", "到期", "有效期", "保质期", "保质期至", "保质期到"];
    let text = message.between(number.start, number.end);
    if message.glued_before(number.start) || message.glued_after(number.end) {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to).and_then(|p| p.parse::<u16>().ok());
    let (year, rest) = match text.len() {
        8 => (part(0, 4)?, 4),
        6 if message.labelled(number.start, CALLED) => (2000 + part(0, 2)?, 2),
        _ => return None,
    };
    let exists = YEARS.contains(&year) && is_day(Some(year), part(rest, rest + 2)?, part(rest + 2, rest + 4)?);
    let named_otherwise = || Label::before(message, number.start).is_some_and(|label| label.direct);
    (exists && !named_otherwise()).then_some(number.end)
}

/// `2024-11-11`, `24.11.11`, `2024年11月11日`, `2024年11月`, `2024年`
fn year_end(message: &Message<'_>, number: Number) -> Option<usize> {
    let written = number.whole()?;
    let (year, full) = match number.width() {
        4 if YEARS.contains(&written) => (written, true),
        2 if SHORT_YEARS.contains(&written) => (2000 + written, false),
        12 if YEARS.contains(&written) => (written, true),
        _ => return None,
    };
    if message.glued_before(number.start) || message.previous_in(number.start, "-/") {
        return None;
    }
    let separator = message.next(number.end)?;
    let after = number.end + separator.len_utf8();
    if separator == '年' {
        let month = Number::at(message, after).and_then(|month| month_end(message, month));
        return month.or(full.then_some(after));
    }
    if !matches!(separator, '-' | '/' | '.') {
        return None;
    }
    let (month, middle) = short(message, after)?;
    if message.next(middle) != Some(separator) {
        return None;
    }
    let (day, end) = short(message, middle + 1)?;
    // `20-5-3` is rather a size in three numbers than a date.
    let long_enough = full || end - after == 5;
    (long_enough && is_day(Some(year), month, day) && !message.next_in(end, "-/")).then(|| day_mark(message, end))
}

/// One or two digits that no third follows.
fn short(message: &Message<'_>, at: usize) -> Option<(u16, usize)> {
    let end = message.digits(at);
    (1..=2).contains(&(end - at)).then_some((message.between(at, end).parse().ok()?, end))
}

fn day_mark(message: &Message<'_>, at: usize) -> usize {
    message.word(at, &["号", "日"]).unwrap_or(at)
}

/// `11月11日`, `11月11`, `11月底`, `11月`
fn month_end(message: &Message<'_>, number: Number) -> Option<usize> {
    /// Months of age or of a pregnancy, and other words that go on from `月`.
    #[rustfmt::skip]
    const NOT_MONTHS: &[&str] = &[
        "月龄", "月大", "月子", "月嫂", "月亮", "月饼", "月牙", "月租", "月卡",
    ];
    let month = number.whole().filter(|month| (1..=12).contains(month))?;
    let after = message.word(number.end, &["月份", "月"])?;
    if message.previous_in(number.start, "第.") || message.word(number.end, NOT_MONTHS).is_some() {
        return None;
    }
    let spoken = number.script == Script::Chinese;
    let from = message.word(after, &["的", " "]).unwrap_or(after);
    let day = Number::at(message, from).and_then(|day| {
        let marked = message.word(day.end, &["日", "号"]);
        let exists = day.whole().is_some_and(|day| is_day(None, month, day));
        let ends = marked.or_else(|| (from == after && !counter::follows(message, day.end)).then_some(day.end));
        ends.filter(|_| exists && day.width() <= 9)
    });
    let part = message.word(after, &["上旬", "中旬", "下旬", "月底", "底", "初", "末"]);
    // `两月` is a time of two months, `一月一次` once a month.
    let named = message.between(number.end, after) == "月份";
    let vague = spoken && !named && (number.within(1, 1) || message.next(number.start) == Some('两'));
    day.or(part).or((!vague).then_some(after))
}

/// `11.11`, `11/11`, `11-11`, only when `号`, a day's business or a date word stands beside it.
fn dotted_end(message: &Message<'_>, number: Number) -> Option<usize> {
    #[rustfmt::skip]
    const BUSINESS: &[&str] = &[
        "号", "日", "大促", "购物节", "活动", "发货", "下单", "下的单", "拍的", "买的", "付款",
        "之前", "之后", "以前", "以后", "当天", "那天", "晚上", "早上", "上午", "下午", "到货",
        "能到", "送到", "到期", "前发", "前到", "左右到", "的订单", "开始", "预售", "签收", "申请",
    ];
    #[rustfmt::skip]
    const CALLED: &[&str] = &[
        "日期", "时间", "预计", "昨天", "今天", "明天", "截止", "截至", "从", "赶在", "等到",
    ];
    let from = number.start;
    if message.glued_before(from) || message.previous_in(from, "-/.¥$") {
        return None;
    }
    let (month, middle) = short(message, from)?;
    let separator = message.next(middle).filter(|c| matches!(c, '.' | '/' | '-'))?;
    let (day, end) = short(message, middle + 1)?;
    if message.next(end) == Some(separator) || !is_day(None, month, day) {
        return None;
    }
    let beside = message.word(end, &[" "]).unwrap_or(end);
    let told = match separator {
        '.' => message.word(beside, BUSINESS).is_some() || message.labelled(from, CALLED),
        _ => message.word(end, &["号", "日"]).is_some() || message.labelled(from, CALLED),
    };
    // `5-7日内` is a time, `3-5号链接` are places of a live stream.
    let slot = message.word(end, &["号", "日"]).is_some_and(|mark| is_slot(message, mark));
    (told && !slot).then(|| day_mark(message, end))
}

/// `15号`, `15日`, but not `3号链接`, `5号电池`, `南京路12号`, `7日无理由`.
fn day_end(message: &Message<'_>, number: Number) -> Option<usize> {
    /// An address, a size (`小一号`) or an ordinal stands before.
    const BEFORE: &str = "路街道巷弄里园村区坊栋院幢座第小大加统同账帐型尾.-#";
    #[rustfmt::skip]
    const STREETS: &[&str] = &[
        "道南", "道北", "道东", "道西", "道中", "路南", "路北", "路东", "路西", "路中",
    ];
    /// Asked for by its place in a live stream: `我要3号`.
    #[rustfmt::skip]
    const ASKED: &[&str] = &[
        "要", "讲", "讲讲", "讲解", "看看", "看", "试", "试试", "上", "过", "链接", "主播",
    ];
    let day = number.whole().filter(|day| (1..=31).contains(day))?;
    let digits_fit = number.script == Script::Chinese || number.width() <= 2;
    let mark = message.word(number.end, &["号", "日"])?;
    let in_street = message.ends_with(number.start, STREETS) || message.previous_in(number.start, BEFORE);
    // `13月1日`: no such day, then no day at all.
    let of_no_month = message
        .before(number.start)
        .strip_suffix('月')
        .is_some_and(|head| head.ends_with(|c: char| c.is_ascii_digit() || super::number::is_numeral(c)));
    if !digits_fit || message.glued_before(number.start) || in_street || of_no_month {
        return None;
    }
    let is_asked = message.before(mark).ends_with('号')
        && day <= 30
        && ASKED.iter().any(|word| message.before(number.start).ends_with(word))
        && !message.next_in(mark, "到发之前后以就才能可");
    (!is_asked && !is_slot(message, mark)).then_some(mark)
}

/// Whether what begins at `at`, after `号` or `日`, makes it the number of a thing or a time of so many days.
fn is_slot(message: &Message<'_>, at: usize) -> bool {
    #[rustfmt::skip]
    const THINGS: &[&str] = &[
        "链接", "连接", "链", "线", "楼", "色", "口红", "款", "店", "仓", "机", "套", "车", "柜",
        "门", "床", "球", "位", "品", "宝贝", "商品", "产品", "电池", "码", "鞋", "主播", "样",
        "尺", "客服", "模特", "袋", "粉底", "粉", "胶", "针", "院", "房", "室", "单元", "小区",
        "馆", "铺", "站", "厅", "桌", "箱", "包", "裤", "衣", "裙", "杯", "盒", "瓶", "混油",
        "色号", "库", "讲", "上车", "内", "无", "达", "价保", "游", "份", "均", "之内", "以内",
        "历", "常", "用", "本", "元", "货架", "肤",
    ];
    let at = message.word(at, &["的", "那个", "这个"]).unwrap_or(at);
    message.word(at, THINGS).is_some()
}

/// `618`
fn festival_end(message: &Message<'_>, number: Number) -> Option<usize> {
    let alone = message.between(number.start, number.end) == "618"
        && !message.glued_before(number.start)
        && !message.previous_in(number.start, "-/.")
        && !counter::follows(message, number.end)
        && !message.next_in(number.end, "-");
    alone.then_some(number.end)
}
