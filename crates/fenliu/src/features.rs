//! The bag of features that the fast model reads: hashed words and character n-grams; no model enters here.

use crate::segment::Tokens;

/// The number of buckets; a fact shared with the fast model's table of rows.
pub const BUCKETS: u32 = 1 << 20;

/// What a feature is made of; the first byte of what is hashed.
#[derive(Debug, Clone, Copy)]
#[repr(u8)]
enum Kind {
    Word = b'w',
    Pair = b'p',
    Unigram = b'1',
    Bigram = b'2',
    Trigram = b'3',
    Length = b'l',
}

/// The distinct features of a normalised text, ascending, each below [`BUCKETS`].
///
/// Words of two or more characters, pairs of neighbouring words, character 1–3-grams over the text between the marks
/// `^` and `$` (unigrams without the marks), and the length on a scale of powers of two. ASCII digits count as `0`, so
/// that one order number is like another. A feature is FNV-1a over its kind and its UTF-8 bytes, folded to the bucket
/// count.
///
/// # Examples
///
/// ```
/// let segmenter = fenliu::Segmenter::new("").unwrap();
/// let text = "退款";
/// let features = fenliu::features(text, &segmenter.cut(text));
/// assert_eq!(features.len(), 9); // 1 word, 2 unigrams, 3 bigrams, 2 trigrams, 1 length
/// ```
#[must_use]
pub fn features(text: &str, tokens: &Tokens) -> Vec<u32> {
    let mut out = Vec::with_capacity(text.len() * 2);
    let mut last: Option<&str> = None;
    for word in tokens.words(text) {
        if word.chars().nth(1).is_some() {
            out.push(bucket(Kind::Word, word.chars()));
        }
        if let Some(last) = last {
            out.push(bucket(Kind::Pair, last.chars().chain([' ']).chain(word.chars())));
        }
        last = Some(word);
    }
    let mut before = ('\0', '^');
    let mut length = 0u32;
    for char in text.chars() {
        out.push(bucket(Kind::Unigram, [char]));
        out.push(bucket(Kind::Bigram, [before.1, char]));
        if length > 0 {
            out.push(bucket(Kind::Trigram, [before.0, before.1, char]));
        }
        before = (before.1, char);
        length += 1;
    }
    out.push(bucket(Kind::Bigram, [before.1, '$']));
    if length > 0 {
        out.push(bucket(Kind::Trigram, [before.0, before.1, '$']));
    }
    let scale = char::from_u32(u32::from('a') + length.checked_ilog2().unwrap_or_default()).unwrap_or('z');
    out.push(bucket(Kind::Length, [scale]));
    out.sort_unstable();
    out.dedup();
    out
}

/// FNV-1a, 64 bits (Fowler, Noll, Vo: offset basis and prime of draft-eastlake-fnv), folded to the bucket count.
fn bucket(kind: Kind, chars: impl IntoIterator<Item = char>) -> u32 {
    let mut hash = step(0xcbf2_9ce4_8422_2325, kind as u8);
    for char in chars {
        let char = if char.is_ascii_digit() { '0' } else { char };
        for byte in char.encode_utf8(&mut [0; 4]).bytes() {
            hash = step(hash, byte);
        }
    }
    u32::try_from((hash ^ (hash >> 32)) & u64::from(BUCKETS - 1)).unwrap_or_default()
}

fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_numbers_look_alike_and_words_do_not() {
        let segmenter = crate::Segmenter::new("").unwrap();
        let of = |text: &str| features(text, &segmenter.cut(text));
        assert_eq!(of("订单12345678"), of("订单87654321"));
        assert_ne!(of("退款"), of("退货"));
        assert!(of("好").iter().all(|id| *id < BUCKETS));
    }
}
