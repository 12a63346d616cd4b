//! Phone numbers: mobile, landline, 400 and 800, abroad, each with its extension.

use super::label::{Label, Subject};
use super::message::Message;
use super::{EntityKind, Found};

/// Longer chains of groups are no phone number.
const MOST_GROUPS: usize = 4;

/// A run of digits and the places of its groups, each but the first after one space or dash.
struct Groups {
    /// How many digits each group has; 0 where there is none.
    digits: [usize; MOST_GROUPS],
    ends: [usize; MOST_GROUPS],
    /// Whether a space separates any of the first two gaps.
    spaced: bool,
}

/// The phone number whose digits begin at `at`; a country code or bracket before it belongs to it.
pub(super) fn at(message: &Message<'_>, at: usize) -> Option<Found> {
    let groups = Groups::at(message, at);
    let (start, end) = mobile(message, at, &groups)
        .or_else(|| landline(message, at))
        .or_else(|| service(message, at, &groups))
        .or_else(|| local(message, at))?;
    Some(Found { kind: EntityKind::Phone, start, end: extension_end(message, end) })
}

/// A number abroad: the `+` at `at`, then 9 to 15 digits (ITU-T E.164).
pub(super) fn abroad(message: &Message<'_>, at: usize) -> Option<Found> {
    if message.glued_before(at) {
        return None;
    }
    let (mut end, mut digits) = (at + 1, 0);
    for group in 0..=MOST_GROUPS {
        let from = if group == 0 { end } else { message.word(end, &[" ", "-"]).unwrap_or(end) };
        let until = message.digits(from);
        if until == from || (group > 0 && from == end) {
            break;
        }
        digits += until - from;
        end = until;
    }
    let starts_well = message.next(at + 1).is_some_and(|c| ('1'..='9').contains(&c));
    (starts_well && (9..=15).contains(&digits)).then_some(Found { kind: EntityKind::Phone, start: at, end })
}

impl Groups {
    fn at(message: &Message<'_>, at: usize) -> Self {
        let mut groups = Self { digits: [0; MOST_GROUPS], ends: [at; MOST_GROUPS], spaced: false };
        let mut from = at;
        for (place, (digits, end)) in groups.digits.iter_mut().zip(&mut groups.ends).enumerate() {
            *end = message.digits(from);
            *digits = *end - from;
            match message.word(*end, &[" ", "-"]) {
                Some(next) if *digits > 0 => {
                    groups.spaced |= place < 2 && message.next(*end) == Some(' ');
                    from = next;
                }
                _ => break,
            }
        }
        groups
    }
}

/// `13800000000`, `138 0000 0000`, `138-00000000`; `+86`, `0086` or `86` before it belongs to it.
fn mobile(message: &Message<'_>, at: usize, groups: &Groups) -> Option<(usize, usize)> {
    let [first, second, third, _] = groups.ends;
    let (from, end) = match groups.digits {
        [11, ..] => (at, first),
        [12, ..] if message.next(at) == Some('0') && !is_called_code(message, at) => (at + 1, first),
        [13, ..] => (message.word(at, &["86"])?, first),
        [15, ..] => (message.word(at, &["0086"])?, first),
        [3, 8, ..] | [7, 4, ..] => (at, second),
        [3, 4, 4, ..] => (at, third),
        [3, 3, 5, _] | [4, 3, 4, _] | [4, 4, 3, _] if is_called_phone(message, at) => (at, third),
        _ => return None,
    };
    let mut number = message.between(from, end).chars();
    let is_mobile = number.next() == Some('1') && number.next().is_some_and(|c| ('3'..='9').contains(&c));
    is_mobile.then(|| (country_start(message, at), end))
}

/// Where the country code before `at` begins, else `at`.
fn country_start(message: &Message<'_>, at: usize) -> usize {
    #[rustfmt::skip]
    const CODES: &[&str] = &[
        "(+86)", "(86)", "+86 ", "+86-", "+86", "0086 ", "0086-", "86 ", "86-", "+",
    ];
    let head = message.before(at);
    let start = CODES.iter().find_map(|code| head.strip_suffix(code)).map_or(at, str::len);
    // `1286 138…`: the 86 is the end of another number.
    if message.previous(start).is_some_and(|c| c.is_ascii_digit()) { at } else { start }
}

/// `010-12345678`, `(0571)1234567`, `02023456789`; in one run the number begins with 2 to 8.
fn landline(message: &Message<'_>, at: usize) -> Option<(usize, usize)> {
    let area = area_end(message, at)?;
    let (start, from) = match (message.previous(at), message.next(area)) {
        (Some('('), Some(')')) => (at - 1, message.word(area + 1, &["-", " "]).unwrap_or(area + 1)),
        (_, Some(c @ ('-' | ' ' | '—'))) => (at, area + c.len_utf8()),
        // In one run it could be an order number; a label says so.
        _ if is_called_code(message, at) || !message.next_in(area, "2345678") => return None,
        _ => (at, area),
    };
    Some((start, subscriber_end(message, from)?))
}

/// Where the area code that begins at `at` ends: 010, 02x, or one of the four-digit codes in use.
fn area_end(message: &Message<'_>, at: usize) -> Option<usize> {
    let rest = message.after(at);
    match rest.get(..3)? {
        "010" | "020" | "021" | "022" | "023" | "024" | "025" | "027" | "028" | "029" => {
            return Some(at + 3);
        }
        _ => {}
    }
    let digits = rest.get(..4).filter(|digits| digits.starts_with('0'))?;
    let area = digits.parse::<u16>().ok()?;
    let in_use = matches!(
        area,
        310..=319 | 335 | 349..=359 | 370..=379 | 391..=398 | 410..=419 | 421 | 427 | 429 | 431..=439 | 451..=459
            | 464 | 467..=469 | 470..=479 | 482 | 483 | 510..=519 | 523 | 527 | 530..=539 | 543 | 546 | 550..=566
            | 570..=580 | 591..=599 | 631..=635 | 660 | 662 | 663 | 668 | 691 | 692 | 701 | 710..=719 | 722 | 724
            | 728 | 730..=739 | 743..=746 | 750..=760 | 762 | 763 | 766 | 768..=779 | 790..=799 | 812 | 813
            | 816..=818 | 825..=827 | 830..=839 | 851..=859 | 870..=879 | 883 | 886..=899 | 901..=903 | 906 | 908
            | 909 | 911..=919 | 930..=939 | 941 | 943 | 951..=955 | 970..=979 | 990..=999
    );
    in_use.then_some(at + 4)
}

/// Seven or eight digits, in one run or as `1234-5678`.
fn subscriber_end(message: &Message<'_>, at: usize) -> Option<usize> {
    let first = message.digits(at);
    match first - at {
        7 | 8 => Some(first),
        3 | 4 => message.word(first, &["-", " "]).map(|from| message.digits(from)).filter(|end| end - first == 5),
        _ => None,
    }
}

/// `400-800-8820`, `4008008820`; with spaces only when it is called a phone.
fn service(message: &Message<'_>, at: usize, groups: &Groups) -> Option<(usize, usize)> {
    message.word(at, &["400", "800"])?;
    let [first, second, third, _] = groups.ends;
    let end = match groups.digits {
        [10, ..] if !is_called_code(message, at) => first,
        [3, 7, ..] => second,
        [3, 3, 4, _] | [3, 4, 3, _] => third,
        _ => return None,
    };
    (!groups.spaced || is_called_phone(message, at)).then_some((at, end))
}

/// A landline without its area: only when it is called a phone.
fn local(message: &Message<'_>, at: usize) -> Option<(usize, usize)> {
    let end = message.digits(at);
    let called = || Label::before(message, at).is_some_and(|label| label.direct && label.subject == Subject::Phone);
    (matches!(end - at, 7 | 8) && called()).then_some((at, end))
}

/// `-8001`, `转8001`, `#8001`, `分机8001`: one to six digits, after a dash at most five.
fn extension_end(message: &Message<'_>, at: usize) -> usize {
    const MARKS: &[&str] = &["转接", "转", "分机号", "分机", "#", "ext.", "ext", "-"];
    let after = message.word(at, &[" "]).unwrap_or(at);
    let Some(from) = message.word(after, MARKS) else {
        return at;
    };
    let from = message.word(from, &[" ", ":"]).unwrap_or(from);
    let end = message.digits(from);
    let most = if message.previous(from) == Some('-') { 5 } else { 6 };
    if (1..=most).contains(&(end - from)) && !message.glued_after(end) { end } else { at }
}

fn is_called_phone(message: &Message<'_>, at: usize) -> bool {
    Label::before(message, at).is_some_and(|label| label.subject == Subject::Phone)
}

/// Whether a label calls the number an order, a parcel or anything else that is no phone.
fn is_called_code(message: &Message<'_>, at: usize) -> bool {
    Label::of(message, at, message.digits(at)).is_some_and(|label| label.subject != Subject::Phone)
}
