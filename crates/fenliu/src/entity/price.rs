//! Prices that only the words around them tell: `满300减50`, `价格99`, `9.9包邮`.

use super::counter;
use super::message::Message;
use super::number::{Number, Script};
use super::{EntityKind, Found};

/// Words right before a bare price.
#[rustfmt::skip]
const PRICED: &[&str] = &[
    "满", "减", "立减", "优惠", "便宜", "返现", "价格", "单价", "总价", "差价", "原价", "现价",
    "售价", "活动价", "到手价", "券后价", "拍下价", "到手", "券后", "运费", "邮费", "手续费",
    "退差", "赔付", "付款", "实付", "尾款", "定金", "押金", "货款", "退款", "金额", "红包", "花了",
    "扣了",
];

/// A price that only the words around it tell: `满300减50`, `价格99`, `9.9包邮`.
pub(super) fn at(message: &Message<'_>, number: Number) -> Option<Found> {
    let found = Some(Found { kind: EntityKind::Money, start: number.start, end: number.end });
    // `付款二维码`, `退款460184`: no prices.
    let spoken = number.script == Script::Chinese;
    if (spoken && number.within(0, 9)) || number.thousandths >= 100_000_000 || message.glued_before(number.start) {
        return None;
    }
    let posted = message.word(number.end, &["包邮"]).is_some_and(|end| !message.next_in(end, "寄递件"));
    // `买2减5`: two of something.
    let lowered = message.word(number.end, &["减", "立减"]).is_some_and(|end| Number::at(message, end).is_some())
        && !message.previous_in(number.start, "买拍购")
        && !number.within(0, 9);
    if posted || lowered {
        return found;
    }
    let counted = counter::follows(message, number.end);
    // `退款2-5天` is a time; `满199-50` an offer.
    let ranges = message.next_in(number.end, "-~到至") && message.previous(number.start) != Some('满');
    // `满300-50`: the second amount.
    let offset = message.previous(number.start) == Some('-') && is_second_of_offer(message, number.start - 1);
    (!counted && !ranges && (offset || message.labelled(number.start, PRICED))).then_some(()).and(found)
}

/// Whether `满` and a number end at `at`.
fn is_second_of_offer(message: &Message<'_>, at: usize) -> bool {
    let digits = message.before(at).bytes().rev().take(6).take_while(u8::is_ascii_digit).count();
    digits > 0 && message.previous(at - digits) == Some('满')
}
