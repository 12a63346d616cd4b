//! Decides what a long number is: identity card, then bank card, then parcel, then order.

use super::checksum;
use super::label::{Label, Subject};
use super::message::Message;
use super::{EntityKind, Found};

/// Groups of digits with one space or dash between, as people type long numbers: at most this many.
const MOST_GROUPS: usize = 6;

/// What the digits that begin at `at` are, if they are a long number and no phone.
pub(super) fn at(message: &Message<'_>, at: usize) -> Option<Found> {
    let end = message.digits(at);
    let glued = message.glued_before(at);
    let (kind, end) = if let Some(end) = identity_end(message, at, end) {
        (EntityKind::IdentityCard, end)
    } else if let Some(end) = bank_card_end(message, at) {
        (EntityKind::BankCard, end)
    } else if glued {
        return None;
    } else if let Some(end) = dashed_order_end(message, at, end) {
        (EntityKind::OrderNumber, end)
    } else if message.glued_after(end) {
        (mixed(message, at)?, message.run(at, u8::is_ascii_alphanumeric))
    } else {
        (plain(message, at, end)?, end)
    };
    Some(Found { kind, start: at, end })
}

/// What a word of letters and digits is that no known prefix explains: only a direct label tells.
pub(super) fn mixed(message: &Message<'_>, at: usize) -> Option<EntityKind> {
    let end = message.run(at, u8::is_ascii_alphanumeric);
    let digits = message.between(at, end).bytes().filter(u8::is_ascii_digit).count();
    if !(8..=32).contains(&(end - at)) || digits < 6 {
        return None;
    }
    let label = Label::before(message, at).filter(|label| label.direct && label.numbered)?;
    match label.subject {
        Subject::Parcel => Some(EntityKind::TrackingNumber),
        Subject::Order => Some(EntityKind::OrderNumber),
        Subject::Phone | Subject::Identity | Subject::BankCard | Subject::Other => None,
    }
}

/// A run of digits by its length and its label.
///
/// Taobao and Tmall number orders with 18 or 19 digits, Douyin with 19, JD with 11 or 12. Carriers use 10 to 15,
/// a few up to 20. Twelve bare digits are read as a JD order: that is how its customers send them.
fn plain(message: &Message<'_>, at: usize, end: usize) -> Option<EntityKind> {
    let digits = end - at;
    if digits < 6 {
        return None;
    }
    let label = Label::of(message, at, end);
    let Some(Label { subject, direct, numbered }) = label else {
        return matches!(digits, 12 | 18 | 19).then_some(EntityKind::OrderNumber);
    };
    let exact = direct && numbered;
    match subject {
        Subject::Parcel if exact && (8..=20).contains(&digits) => Some(EntityKind::TrackingNumber),
        // `物流没有更新 123456789012`: the order of that length is meant, unless the carrier stands beside it.
        Subject::Parcel if digits == 12 && !direct => Some(EntityKind::OrderNumber),
        Subject::Parcel if (10..=15).contains(&digits) => Some(EntityKind::TrackingNumber),
        Subject::Order if direct && (6..=32).contains(&digits) => Some(EntityKind::OrderNumber),
        Subject::Order if (10..=32).contains(&digits) => Some(EntityKind::OrderNumber),
        Subject::Parcel | Subject::Order | Subject::Phone if matches!(digits, 18 | 19) => Some(EntityKind::OrderNumber),
        Subject::Phone if digits == 12 && !direct => Some(EntityKind::OrderNumber),
        Subject::Parcel | Subject::Order | Subject::Phone => None,
        Subject::Identity | Subject::BankCard | Subject::Other => None,
    }
}

/// Where an identity number ends. Called one and of its length, a mistyped one is still one: it must be masked.
fn identity_end(message: &Message<'_>, at: usize, digits_end: usize) -> Option<usize> {
    let end = match digits_end - at {
        15 | 18 => digits_end,
        17 if message.next(digits_end) == Some('x') => digits_end + 1,
        6 => return spaced_identity_end(message, at),
        _ => return None,
    };
    let alone = !message.glued_after(end);
    let called =
        || Label::before(message, at).is_some_and(|label| matches!(label.subject, Subject::Identity) && label.direct);
    (alone && (checksum::identity(message.between(at, end)) || called())).then_some(end)
}

/// `110105 19491231 002x`
fn spaced_identity_end(message: &Message<'_>, at: usize) -> Option<usize> {
    let middle = message.word(at + 6, &[" ", "-"])?;
    let last = message.word(message.digits(middle), &[" ", "-"])?;
    let end = message.digits(last);
    let end = message.word(end, &["x"]).unwrap_or(end);
    let number = [message.between(at, at + 6), message.between(middle, last - 1), message.between(last, end)];
    (!message.glued_after(end) && end - at == 20 && checksum::identity(&number.concat())).then_some(end)
}

/// Where a bank card number ends: the length and prefix of a card scheme and the Luhn digit, unless it is called an
/// order or a parcel; or, when it is called a card number, 15 to 19 digits, even mistyped: it must be masked.
fn bank_card_end(message: &Message<'_>, at: usize) -> Option<usize> {
    let (number, end) = grouped(message, at)?;
    if message.glued_after(end) {
        return None;
    }
    let subject = Label::of(message, at, end).map(|label| label.subject);
    let checked = is_card_scheme(&number) && checksum::luhn(&number);
    let is_card = match subject {
        Some(Subject::BankCard) => true,
        Some(Subject::Order | Subject::Parcel | Subject::Other) => false,
        Some(Subject::Phone | Subject::Identity) | None => checked,
    };
    is_card.then_some(end)
}

/// UnionPay 62 (16 to 19 digits), Visa 4 and Mastercard 51–55, 2221–2720 (16): ISO/IEC 7812 ranges.
fn is_card_scheme(number: &str) -> bool {
    let prefix = |digits: usize| number.get(..digits).and_then(|p| p.parse::<u16>().ok()).unwrap_or(0);
    matches!(
        (number.len(), prefix(1), prefix(2), prefix(4)),
        (16..=19, _, 62, _) | (16, 4, _, _) | (16, _, 51..=55, _) | (16, _, _, 2221..=2720)
    )
}

/// The 15 to 19 digits that begin at `at`, in one run, in fours, or six and the rest.
fn grouped(message: &Message<'_>, at: usize) -> Option<(String, usize)> {
    // Most numbers end here: nothing is copied for them.
    if !matches!(message.digits(at) - at, 4 | 6 | 15..=19) {
        return None;
    }
    let mut number = String::new();
    let mut end = at;
    for group in 0..MOST_GROUPS {
        let from = match group {
            0 => at,
            _ => match message.word(end, &[" ", "-"]) {
                Some(from) if matches!(message.digits(from) - from, 1..=13) => from,
                _ => break,
            },
        };
        let until = message.digits(from);
        number.push_str(message.between(from, until.min(from + 20)));
        end = until;
        let by_fours = until - from == 4;
        let by_six = group == 0 && until - from == 6;
        if number.len() > 19 || !(by_fours || by_six) {
            break;
        }
    }
    (15..=19).contains(&number.len()).then_some((number, end))
}

/// Pinduoduo: the day in six digits, a dash, fifteen digits. Amazon: three, seven and seven.
fn dashed_order_end(message: &Message<'_>, at: usize, digits_end: usize) -> Option<usize> {
    let part = |from: usize, digits: usize| (message.digits(from) - from == digits).then_some(from + digits);
    let dash = |at: usize| message.word(at, &["-"]);
    let end = match digits_end - at {
        6 => part(dash(digits_end)?, 15)?,
        3 => part(dash(part(dash(digits_end)?, 7)?)?, 7)?,
        _ => return None,
    };
    (!message.glued_after(end) && message.previous(at) != Some('-')).then_some(end)
}
