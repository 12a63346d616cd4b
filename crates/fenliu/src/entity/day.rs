//! Days told by words: `今天`, `下周三`, `月底`, `双十一`; dates with numbers stand in `date.rs`.

use super::message::Message;
use super::number;
use super::{EntityKind, Found};

/// A word that stands for a day or a few, and what must not stand beside it.
struct Word {
    text: &'static str,
    /// Characters after which the word is the end of another one.
    not_after: &'static str,
    /// Words that begin inside this one.
    not_before: &'static [&'static str],
}

const fn word(text: &'static str) -> Word {
    Word { text, not_after: "", not_before: &[] }
}

const fn but(text: &'static str, not_after: &'static str, not_before: &'static [&'static str]) -> Word {
    Word { text, not_after, not_before }
}

/// A numeral or digit before `年前` makes it a time: `3年前`.
const COUNTED: &str = "0123456789一二两三四五六七八九十百几多半去今明前往当当常";

/// Longer words first.
const WORDS: &[Word] = &[
    but("大前天", "", &["猫"]),
    word("大后天"),
    word("明后天"),
    but("今天", "至", &[]),
    but("明天", "", &["数"]),
    but("昨天", "", &[]),
    but("后天", "之以然先最售", &["猫", "性", "气"]),
    but("前天", "目之以从提", &["猫", "气", "天"]),
    word("今日"),
    word("明日"),
    word("昨日"),
    word("今晚"),
    word("明晚"),
    word("昨晚"),
    word("今早"),
    word("明早"),
    word("今儿"),
    word("明儿"),
    word("昨儿"),
    but("今年", "", &[]),
    but("明年", "", &[]),
    but("去年", "", &[]),
    but("前年", "", &[]),
    but("月底", COUNTED, &[]),
    but("月初", COUNTED, &[]),
    but("月末", COUNTED, &[]),
    word("年底"),
    word("年初"),
    but("年前", COUNTED, &[]),
    but("年后", COUNTED, &[]),
    word("双十一"),
    word("双十二"),
    but("双11.11", "", &[]),
    word("双11"),
    word("双12"),
    word("六一八"),
    word("国庆节"),
    word("国庆"),
    word("春节"),
    word("元旦"),
    word("除夕"),
    word("元宵节"),
    word("清明节"),
    word("端午节"),
    word("中秋节"),
    word("七夕"),
    word("情人节"),
    word("妇女节"),
    word("女神节"),
    word("母亲节"),
    word("父亲节"),
    word("儿童节"),
    word("圣诞节"),
    word("年货节"),
    word("双旦"),
    word("黑五"),
    but(
        "五一",
        "十百二三四五六七八九",
        &["样", "起", "直", "个", "次", "套", "件", "点", "斤", "包", "袋", "盒", "瓶", "箱", "条", "双"],
    ),
];

/// The word for a day that begins at `at`.
pub(super) fn at(message: &Message<'_>, at: usize) -> Option<Found> {
    let end = week_end(message, at).or_else(|| month_end(message, at)).or_else(|| word_end(message, at))?;
    Some(Found { kind: EntityKind::Date, start: at, end })
}

/// Whether a word for a day can begin with `c`: all others are passed over.
pub(super) fn begins(c: char) -> bool {
    matches!(
        c,
        '今' | '明'
            | '昨'
            | '后'
            | '前'
            | '大'
            | '去'
            | '月'
            | '年'
            | '双'
            | '六'
            | '国'
            | '春'
            | '元'
            | '除'
            | '清'
            | '端'
            | '中'
            | '七'
            | '情'
            | '妇'
            | '女'
            | '母'
            | '父'
            | '儿'
            | '圣'
            | '黑'
            | '五'
            | '上'
            | '下'
            | '本'
            | '这'
            | '周'
            | '星'
            | '礼'
    )
}

fn word_end(message: &Message<'_>, at: usize) -> Option<usize> {
    let rest = message.after(at);
    let word = WORDS.iter().find(|word| rest.starts_with(word.text))?;
    let end = at + word.text.len();
    let ends_in_digit = word.text.ends_with(|c: char| c.is_ascii_digit());
    let goes_on = message.word(end, word.not_before).is_some()
        || (ends_in_digit && message.glued_after(end))
        || (word.text.ends_with(|c| number::digit(c).is_some()) && message.next_in(end, "十百千块毛元号月"));
    (!goes_on && !message.previous_in(at, word.not_after)).then_some(end)
}

/// `周三`, `下周三`, `这个星期天`, `上个礼拜`, `下周`
fn week_end(message: &Message<'_>, at: usize) -> Option<usize> {
    #[rustfmt::skip]
    const WHICH: &[&str] = &[
        "上上", "下下", "上个", "下个", "这个", "上", "下", "本", "这",
    ];
    /// `一` after `周` begins these words more often than it names Monday.
    const WORDS_OF_ONE: &str = "直起般点定共样个些旦会向致路切次";
    let which = message.word(at, WHICH);
    let after = message.word(which.unwrap_or(at), &["周", "星期", "礼拜"])?;
    let day = message.next(after).filter(|c| "一二三四五六日天末1234567".contains(*c));
    let end = after + day.map_or(0, char::len_utf8);
    let is_other = match day {
        None => which.is_none(),
        Some('一') => message.next_in(end, WORDS_OF_ONE),
        Some('六') => message.next_in(end, "福"),
        Some('天') => message.next_in(end, "气"),
        Some('末') | Some('日') => false,
        Some(c) => c.is_ascii_digit() && message.glued_after(end),
    };
    // `用了一周二…`: so many weeks.
    let counted =
        which.is_none() && message.previous(at).is_some_and(|c| number::is_numeral(c) || "几半每个".contains(c));
    match (is_other, which) {
        (false, _) if !counted && !message.next_in(end, "年期") => Some(end),
        (true, Some(_)) if day.is_some() => Some(after),
        _ => None,
    }
}

/// `下个月`, `这个月底`, `上月`
fn month_end(message: &Message<'_>, at: usize) -> Option<usize> {
    let which = message.word(at, &["上上个", "下下个", "上个", "下个", "这个", "上", "下", "本", "这"])?;
    let month = message.word(which, &["月"])?;
    let not_month = message.word(which, &["月饼", "月亮", "月子", "月牙", "月销"]).is_some();
    (!not_month).then(|| message.word(month, &["底", "初", "末", "中旬", "上旬", "下旬"]).unwrap_or(month))
}
