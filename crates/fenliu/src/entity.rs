//! Finds order numbers, phones, money, dates and other things with a form; what they mean for a decision stays outside.

mod body;
mod checksum;
mod code;
mod counter;
mod date;
mod day;
mod label;
mod link;
mod message;
mod money;
mod number;
mod parcel;
mod phone;
mod price;
mod size;

use std::collections::BTreeMap;

use message::Message;
use number::Number;

use crate::words::names;

#[cfg(test)]
mod tests;

names! {
    /// What kind of thing was found, in the order of the wire.
    EntityKind {
        /// The number of an order of Taobao, Tmall, JD, Pinduoduo, Douyin, Xiaohongshu or another platform.
        OrderNumber = "order_number",
        /// The number of a parcel.
        TrackingNumber = "tracking_number",
        /// A mobile, landline, 400/800 or foreign number, with its extension.
        Phone = "phone",
        /// An amount of money, with its currency where one is written.
        Money = "money",
        /// A day, a month or a festival, in numbers or in words.
        Date = "date",
        /// The height of a body.
        Height = "height",
        /// The weight of a body.
        Weight = "weight",
        /// A size of clothes, shoes or underwear.
        Size = "size",
        /// A mail address.
        Email = "email",
        /// A Chinese resident identity number.
        IdentityCard = "identity_card",
        /// A bank card number.
        BankCard = "bank_card",
        /// A web address, or a copied command that opens a shop's app (`￥…￥`).
        Url = "url",
    }
}

impl EntityKind {
    /// Whether it tells who somebody is or how to reach them, so that no log may show it unmasked.
    ///
    /// # Examples
    /// ```
    /// use fenliu::EntityKind;
    /// assert!(EntityKind::Phone.is_personal());
    /// assert!(!EntityKind::Money.is_personal());
    /// ```
    pub fn is_personal(self) -> bool {
        match self {
            Self::Phone | Self::Email | Self::IdentityCard | Self::BankCard => true,
            Self::OrderNumber
            | Self::TrackingNumber
            | Self::Money
            | Self::Date
            | Self::Height
            | Self::Weight
            | Self::Size
            | Self::Url => false,
        }
    }

    /// Of two finds in the same place the one with the lower precedence number stands: a checked number
    /// before an unchecked one, and what must be masked before what need not.
    fn precedence(self) -> u8 {
        match self {
            Self::IdentityCard => 0,
            Self::BankCard => 1,
            Self::Phone => 2,
            Self::Email => 3,
            Self::Url => 4,
            Self::TrackingNumber => 5,
            Self::OrderNumber => 6,
            Self::Size => 7,
            Self::Height => 8,
            Self::Weight => 9,
            Self::Date => 10,
            Self::Money => 11,
        }
    }
}

/// One entity and where it stands: bytes of the normalised text, `start` inclusive, `end` exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) kind: EntityKind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The recogniser: rules in code and tables of words, compiled into the binary.
///
/// One pass looks at each character once; only digits, letters, numerals, a few signs and the first characters of
/// words for days and sizes are looked at more closely, and no look goes farther than a bounded number of characters.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Entities;

impl Entities {
    /// A recogniser; it costs nothing to make.
    pub(crate) fn new() -> Self {
        Self
    }

    /// All entities of a normalised text, by start, none overlapping another.
    ///
    /// Of two that overlap the longer stands; of two equally long ones the more specific kind, then the earlier.
    ///
    /// # Cost
    /// Linear in the text.
    pub(crate) fn find(&self, normalised: &str) -> Vec<Found> {
        settle(gather(&Message::new(normalised)))
    }
}

/// All readings, also those that overlap.
fn gather(message: &Message<'_>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut at = 0;
    while let Some(c) = message.next(at) {
        let known = found.len();
        look(message, at, c, &mut found);
        let past = found.iter().skip(known).map(|f| f.end).max();
        at = past.unwrap_or(0).max(step(message, at, c));
    }
    found
}

/// Adds what may begin at `at`. More than one reading is fine: [`settle`] chooses.
fn look(message: &Message<'_>, at: usize, c: char, found: &mut Vec<Found>) {
    if c.is_ascii_alphanumeric() && !message.glued_before(at) {
        if let Some(url) = link::url(message, at) {
            found.push(url);
            return;
        }
        found.extend(size::letters(message, at));
    }
    match c {
        '0'..='9' => {
            found.extend(phone::at(message, at));
            found.extend(code::at(message, at));
            counted(message, at, found);
        }
        'a'..='z' if !message.glued_before(at) => {
            found.extend(parcel::at(message, at));
            found.extend(money::signed(message, at));
        }
        '+' => found.extend(phone::abroad(message, at)),
        '@' => found.extend(link::mail(message, at)),
        '¥' | '$' | '€' | '£' | '₩' | '₤' | '₴' | '₳' | '₰' | '¢' | '₪' | '¤' => {
            found.extend(link::command(message, at).or_else(|| money::signed(message, at)));
        }
        '人' => found.extend(money::signed(message, at)),
        _ => {
            if day::begins(c) {
                found.extend(day::at(message, at));
            }
            if size::begins(c) {
                found.extend(size::word(message, at));
            }
            if number::is_numeral(c) {
                counted(message, at, found);
            }
        }
    }
}

/// Adds the readings of the number at `at` as an amount, a day, a measure or a size.
fn counted(message: &Message<'_>, at: usize, found: &mut Vec<Found>) {
    if message.is_decimals(at) {
        return;
    }
    let Some(number) = Number::at(message, at) else {
        return;
    };
    found.extend(size::at(message, number));
    let measures = body::at(message, number, found);
    found.extend(measures.into_iter().flatten());
    found.extend(date::at(message, number));
    found.extend(money::at(message, number).or_else(|| price::at(message, number)));
}

/// Where the next look begins: past the run of digits, letters or numerals at `at`.
fn step(message: &Message<'_>, at: usize, c: char) -> usize {
    match c {
        '0'..='9' => message.digits(at),
        'a'..='z' => message.run(at, u8::is_ascii_lowercase),
        _ if number::is_numeral(c) => {
            at + message.after(at).chars().take_while(|c| number::is_numeral(*c)).map(char::len_utf8).sum::<usize>()
        }
        _ => at + c.len_utf8(),
    }
}

/// Keeps the longest of what overlaps, then the more specific kind, then the earlier; sorted by start.
fn settle(mut found: Vec<Found>) -> Vec<Found> {
    if found.len() < 2 {
        return found;
    }
    found.sort_by_key(|f| (std::cmp::Reverse(f.end - f.start), f.kind.precedence(), f.start));
    let mut kept = BTreeMap::<usize, Found>::new();
    for f in found {
        let is_free = kept.range(..f.end).next_back().is_none_or(|(_, earlier)| earlier.end <= f.start);
        if is_free {
            kept.insert(f.start, f);
        }
    }
    kept.into_values().collect()
}
