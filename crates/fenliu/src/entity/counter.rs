//! Knows what is counted: before one of these a bare number is no price, no size, no day and no measure of a body.

use super::message::Message;

/// Words that count goods, time or places, and signs that go on with a number.
const COUNTERS: &str = "个件包袋盒箱瓶条双片抽支张只组套份号天日月年岁点分小时周次级折码斤公克升米寸厘粒颗卷罐倍款单\
                        人名位本台部辆层楼栋室路第种样把枚桶排根块元角毛%×*x:°℃℉期万千百十";

/// Whether what begins at `at` counts things or goes on with the number that ends there.
pub(super) fn follows(message: &Message<'_>, at: usize) -> bool {
    message.next(at).is_some_and(|c| {
        let point = c == '.' && message.next(at + 1).is_some_and(|c| c.is_ascii_digit());
        point || c.is_ascii_alphanumeric() || COUNTERS.contains(c)
    })
}
