//! Tracking and order numbers that a prefix of letters tells: `SF…`, `JD…`, `P…`, postal items with a check digit.

use super::label::{Label, Subject};
use super::message::Message;
use super::{EntityKind, Found, checksum, code};

/// Prefix, fewest and most digits after it.
const PREFIXES: &[(&str, usize, usize)] = &[
    ("sf", 12, 15),  // 顺丰: 12, and 13 since 2020
    ("jt", 12, 15),  // 极兔
    ("yt", 10, 18),  // 圆通
    ("zto", 10, 15), // 中通
    ("zt", 10, 15),
    ("sto", 10, 15), // 申通
    ("st", 12, 15),
    ("yd", 12, 15), // 韵达
    ("dpk", 9, 14), // 德邦
    ("dpl", 9, 14),
    ("lp", 14, 16), // 菜鸟
    ("ky", 11, 15), // 跨越
    ("uc", 12, 14), // 优速
    ("ems", 12, 13),
];

/// Letters that JD puts between `JD` and the digits: `JDV…`, `JDVB…`.
const JD_LETTERS: usize = 4;

/// What the word that begins at `at` with a letter is.
pub(super) fn at(message: &Message<'_>, at: usize) -> Option<Found> {
    let letters_end = message.run(at, u8::is_ascii_lowercase);
    let digits_at = message.word(letters_end, &[" "]).filter(|_| letters_end - at >= 2).unwrap_or(letters_end);
    let digits_end = message.digits(digits_at);
    let prefix = message.between(at, letters_end);
    let found = |kind, end| Some(Found { kind, start: at, end });
    if digits_end == digits_at {
        return None;
    }
    if message.next(digits_end).is_some_and(|c| c.is_ascii_lowercase()) {
        if digits_at == letters_end && is_postal_item(message, at) {
            return found(EntityKind::TrackingNumber, at + 13);
        }
    } else {
        let digits = digits_end - digits_at;
        if is_jd(prefix, digits) {
            return found(EntityKind::TrackingNumber, jd_end(message, digits_end));
        }
        if is_prefixed(prefix, digits) || is_called_prefixed(message, at, prefix, digits) {
            return found(EntityKind::TrackingNumber, digits_end);
        }
        // Xiaohongshu: `P` and 18 digits, in older orders a few less.
        if prefix == "p" && (15..=20).contains(&digits) && digits_at == letters_end {
            return found(EntityKind::OrderNumber, digits_end);
        }
    }
    let end = message.run(at, u8::is_ascii_alphanumeric);
    code::mixed(message, at).and_then(|kind| found(kind, end))
}

fn is_prefixed(prefix: &str, digits: usize) -> bool {
    PREFIXES.iter().any(|(known, fewest, most)| *known == prefix && (*fewest..=*most).contains(&digits))
}

/// A carrier's prefix and too few digits: a number all the same when it is called one.
fn is_called_prefixed(message: &Message<'_>, at: usize, prefix: &str, digits: usize) -> bool {
    PREFIXES.iter().any(|(known, _, most)| *known == prefix && (8..=*most).contains(&digits))
        && Label::before(message, at)
            .is_some_and(|label| label.numbered && matches!(label.subject, Subject::Parcel | Subject::Order))
}

fn is_jd(prefix: &str, digits: usize) -> bool {
    prefix.strip_prefix("jd").is_some_and(|letters| letters.len() <= JD_LETTERS) && (10..=16).contains(&digits)
}

/// A JD parcel of several: `JD0123456789012-1-3-`.
fn jd_end(message: &Message<'_>, at: usize) -> usize {
    let counter = |at: usize| {
        let from = message.word(at, &["-"])?;
        let until = message.digits(from);
        (1..=3).contains(&(until - from)).then_some(until)
    };
    match counter(at).and_then(counter) {
        Some(end) => message.word(end, &["-"]).unwrap_or(end),
        None => at,
    }
}

/// Two letters, nine digits with their check digit, a country: UPU standard S10.
fn is_postal_item(message: &Message<'_>, at: usize) -> bool {
    let word = message.between(at, message.run(at, u8::is_ascii_alphanumeric));
    let letters = |part: Option<&str>| part.is_some_and(|p| p.bytes().all(|b| b.is_ascii_lowercase()));
    word.len() == 13 && letters(word.get(..2)) && letters(word.get(11..)) && word.get(2..11).is_some_and(checksum::s10)
}
