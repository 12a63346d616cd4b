//! Web addresses, the copied commands that open a shop's app, and e-mail addresses.

use super::message::Message;
use super::{EntityKind, Found};

/// The most bytes of a host name (RFC 1035) and of the local part of a mail address (RFC 5321).
const MOST_HOST: usize = 253;
const MOST_LOCAL: usize = 64;

/// Last labels of hosts that shops and customers write without `http`.
#[rustfmt::skip]
const TOP_LEVEL: &[&str] = &[
    "com", "cn", "net", "org", "cc", "top", "shop", "vip", "xyz", "me", "hk", "tw", "jp", "io",
    "co", "tv", "link",
];

/// Signs that enclose a copied command; what is inside is eight to fourteen letters and digits.
const COMMAND_SIGNS: &str = "¥$€£₤₴₳₰¢₪¤";

/// The web address of the word that begins at `at`.
pub(super) fn url(message: &Message<'_>, at: usize) -> Option<Found> {
    let host = message.word(at, &["https://", "http://"]);
    let end = match host {
        Some(host) => trimmed(message, host, path_end(message, host))?,
        None => bare_end(message, at)?,
    };
    Some(Found { kind: EntityKind::Url, start: at, end })
}

/// The copied command (`¥AbC12dEf34G¥`) that begins with the sign at `at`.
pub(super) fn command(message: &Message<'_>, at: usize) -> Option<Found> {
    let sign = message.next(at).filter(|c| COMMAND_SIGNS.contains(*c))?;
    let from = message.word(at + sign.len_utf8(), &[" "]).unwrap_or(at + sign.len_utf8());
    let until = message.run(from, u8::is_ascii_alphanumeric);
    let inside = message.between(from, until);
    let close = message.word(until, &[" "]).unwrap_or(until);
    let end_sign = message.next(close).filter(|c| COMMAND_SIGNS.contains(*c))?;
    // A price between two currency signs has no letters.
    let is_command = (6..=14).contains(&inside.len()) && inside.bytes().any(|b| b.is_ascii_lowercase());
    is_command.then_some(Found { kind: EntityKind::Url, start: at, end: close + end_sign.len_utf8() })
}

/// The mail address around the `@` at `at`.
pub(super) fn mail(message: &Message<'_>, at: usize) -> Option<Found> {
    let is_local = |b: &u8| b.is_ascii_alphanumeric() || b"._%+-".contains(b);
    let local = message.before(at).bytes().rev().take(MOST_LOCAL + 1).take_while(is_local).count();
    let start = at - local;
    // Signs at the edge belong to the sentence, not to the address.
    let start = start + message.between(start, at).bytes().take_while(|b| !b.is_ascii_alphanumeric()).count();
    let end = host_end(message, at + 1);
    let labels = message.between(at + 1, end).split('.').count();
    let top = message.between(at + 1, end).rsplit('.').next().unwrap_or_default();
    let is_mail = start < at
        && local <= MOST_LOCAL
        && labels >= 2
        && top.len() >= 2
        && top.bytes().all(|b| b.is_ascii_lowercase());
    is_mail.then_some(Found { kind: EntityKind::Email, start, end })
}

/// `m.tb.cn/h.5abc`, `www.example.com`
fn bare_end(message: &Message<'_>, at: usize) -> Option<usize> {
    let host_end = host_end(message, at);
    let host = message.between(at, host_end);
    let top = host.rsplit('.').next().unwrap_or_default();
    let named = host.len() > top.len() && TOP_LEVEL.contains(&top);
    if !named || message.next(host_end) == Some('@') || message.previous(at) == Some('@') {
        return None;
    }
    match message.next(host_end) {
        Some('/' | '?' | ':') => trimmed(message, at, path_end(message, host_end)),
        _ => Some(host_end),
    }
}

/// Where the labels of a host that begins at `at` end, without a dot or dash at the end.
fn host_end(message: &Message<'_>, at: usize) -> usize {
    let is_host = |b: &u8| b.is_ascii_alphanumeric() || b".-".contains(b);
    at + message.between(at, message.run_of(MOST_HOST, at, is_host)).trim_end_matches(['.', '-']).len()
}

fn path_end(message: &Message<'_>, at: usize) -> usize {
    let is_path = |b: &u8| b.is_ascii_graphic() && !b"<>\"`{}|\\^".contains(b);
    // Shops' consoles paste `&nbsp;` between an address and the next word.
    let text = message.between(at, message.run(at, is_path));
    at + text.find("&nbsp").unwrap_or(text.len())
}

/// The end without the punctuation of the sentence; nothing when nothing is left.
fn trimmed(message: &Message<'_>, start: usize, end: usize) -> Option<usize> {
    let text = message.between(start, end).trim_end_matches([',', '.', ';', ':', '!', '?', ')', ']', '\'', '(', '[']);
    (!text.is_empty()).then_some(start + text.len())
}
