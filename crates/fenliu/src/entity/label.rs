//! Says what the words around a long number call it: `订单号`, `快递单号`, `卡号` …

use super::message::Message;

/// What a label calls a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Order,
    Parcel,
    Phone,
    Identity,
    BankCard,
    /// A number that is none of ours: a product, a tax payer, a password.
    Other,
}

/// The nearest label of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) subject: Subject,
    /// It stands right before the number, at most a few words like `是` or `:` between.
    pub(super) direct: bool,
    /// It speaks of a number (`快递单号`), not only of the thing (`快递`).
    pub(super) numbered: bool,
}

/// How far a label may stand before its number, in characters.
const REACH_BEFORE: usize = 12;
/// How far a label may begin after its number, in characters.
const REACH_AFTER: usize = 8;
/// So many characters at most stand between a number and the order it names: `1234这个订单`.
const CLOSE: usize = 3;
/// What may stand between a label and its number; nothing else makes it direct.
const BETWEEN: &str = " :;,.#=是为的【[(「\"'有";
/// A clause ends here; a label after it belongs to something else.
const CLAUSE_END: &str = ",;。!?、\n";

/// What each subject is called. Of two labels that end at the same place the longer one speaks, so it
/// stands first: parcels before orders, because `快递单号` ends in `单号`.
#[rustfmt::skip]
const LABELS: &[(Subject, &[&str])] = &[
    (Subject::Parcel, &[
        "快递单号", "物流单号", "退货单号", "寄回单号", "回寄单号", "寄件单号", "顺丰单号", "圆通单号",
        "中通单号", "申通单号", "韵达单号", "极兔单号", "邮政单号", "ems单号", "运单编号", "快递编号",
        "运单号码", "快递号码", "快递单", "物流单", "快递号", "物流号", "运单号", "运单", "快递", "物流",
        "包裹", "顺丰", "中通", "圆通", "申通", "韵达", "极兔", "邮政", "德邦", "百世", "ems",
    ]),
    (Subject::Other, &[
        "商品编号", "产品编号", "商品编码", "商品id", "用户id", "税号", "识别号", "识别码", "信用代码",
        "货号", "型号", "款号", "批号", "批次", "序列号", "串号", "条形码", "条码", "验证码", "取件码",
        "密码", "发票号码", "发票号", "sku", "qq号", "qq", "imei",
    ]),
    (Subject::Order, &[
        "服务单号", "订单编号", "订单号码", "交易号", "流水号", "订单号", "单号", "订单", "单子",
    ]),
    (Subject::Phone, &[
        "联系方式", "联系电话", "手机号码", "手机号", "电话号码", "电话", "手机", "座机", "固话", "热线",
        "致电", "来电", "联系", "tel",
    ]),
    (Subject::Identity, &["身份证号码", "身份证号", "身份证", "证件号码", "证件号"]),
    (Subject::BankCard, &[
        "银行卡号", "银行卡", "储蓄卡", "信用卡", "借记卡", "卡号", "银行账号", "银行帐号", "账号", "帐号",
        "账户", "银行",
    ]),
];

/// Words that call the number before them an order; elsewhere they say too little.
const ORDERS_AFTER: &[&str] = &["这单", "那单", "此单", "这个单", "那个单", "这一单"];

/// The last characters of all labels: most places end none, and one look here tells.
const LAST: &str = "号单码递流裹丰通达兔政邦世编子话机线电系式证卡户行次sdluqi";

impl Label {
    /// The label of the number that stands from `start` to `end`: the nearest one before it, else one a little after.
    ///
    /// Unless the one before stands right there and speaks of a number, `1234这个订单` makes it an order.
    pub(super) fn of(message: &Message<'_>, start: usize, end: usize) -> Option<Self> {
        let before = Self::before(message, start);
        if before.is_some_and(|label| label.direct && label.numbered) {
            return before;
        }
        match Self::following(message, end) {
            Some((label, gap)) if before.is_none() || (gap <= CLOSE && label.subject == Subject::Order) => Some(label),
            _ => before,
        }
    }

    /// The nearest label before `at`.
    pub(super) fn before(message: &Message<'_>, at: usize) -> Option<Self> {
        let mut head = message.before(at);
        let mut direct = true;
        for _ in 0..=REACH_BEFORE {
            let last = head.chars().next_back()?;
            if LAST.contains(last)
                && let Some((subject, text)) = labels().find(|(_, text)| head.ends_with(text))
            {
                return Some(Self { subject, direct, numbered: is_numbered(text) });
            }
            direct &= BETWEEN.contains(last);
            head = head.get(..head.len() - last.len_utf8())?;
        }
        None
    }

    /// The first label after `at`, and how many characters stand between.
    fn following(message: &Message<'_>, at: usize) -> Option<(Self, usize)> {
        let rest = message.after(at);
        let reach = rest.char_indices().take(REACH_AFTER).take_while(|(_, c)| !CLAUSE_END.contains(*c));
        for (gap, (offset, _)) in reach.enumerate() {
            let label = rest.get(offset..).unwrap_or_default();
            let orders = ORDERS_AFTER.iter().map(|text| (Subject::Order, *text));
            let found = labels().chain(orders).find(|(_, text)| label.starts_with(text));
            if let Some((subject, text)) = found {
                let then = label.get(text.len()..).unwrap_or_default().trim_start_matches(|c| BETWEEN.contains(c));
                // `… 快递单号 4567`: the label belongs to the number after it.
                let names_the_next = then.starts_with(|c: char| c.is_ascii_alphanumeric());
                let label = Self { subject, direct: false, numbered: is_numbered(text) };
                return (!names_the_next).then_some((label, gap));
            }
        }
        None
    }
}

/// All labels, each before those that it ends in.
fn labels() -> impl Iterator<Item = (Subject, &'static str)> {
    LABELS.iter().flat_map(|(subject, texts)| texts.iter().map(|text| (*subject, *text)))
}

fn is_numbered(label: &str) -> bool {
    label.ends_with(['号', '码'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_ends_in_a_listed_character_and_after_no_shorter_one() {
        for (place, (_, text)) in labels().enumerate() {
            assert!(text.ends_with(|c| LAST.contains(c)), "{text}");
            let shadow = labels().take(place).find(|(_, earlier)| text.ends_with(earlier));
            assert_eq!(shadow, None, "{text} is never reached");
        }
    }
}
