//! The text of one message, normalised, with the way back to the raw message; no judgement enters here.
//!
//! Every later stage reads [`Text::as_str`]; a place in it is turned back into a place in the raw message by
//! [`Text::raw_span`], so that a caller can underline what was meant.

mod before;
mod fold;
mod simplify;
mod symbol;

use std::borrow::Cow;
use std::ops::Range;

pub use before::before;
pub(crate) use symbol::{is_emoji, platform_code_len};

/// The longest raw message that is read, in bytes of UTF-8.
pub const MAX_BYTES: usize = 8 * 1024;

/// How many normalised characters the models read at most; a longer text gives its head and its tail.
pub const MAX_CHARS: usize = 512;

/// How many of [`MAX_CHARS`] come from the end of a long text: the request tends to stand last.
const TAIL_CHARS: usize = 128;

/// Turns raw messages into [`Text`].
///
/// In this order: NFKC (which settles full and half width), lower case, control and invisible characters
/// removed, white space to one space, runs of one character (but for digits) cut to three, traditional to
/// simplified characters by phrase (OpenCC).
///
/// # Examples
///
/// ```
/// let text = fenliu::Normaliser::new().read("我要退貨！！！！！！").unwrap();
/// assert_eq!(text.as_str(), "我要退货!!!");
/// ```
#[derive(Debug)]
pub struct Normaliser {
    simplifier: simplify::Simplifier,
}

/// A normalised message that is known to hold something and to be of a bearable length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    normalised: String,
    /// One entry for each normalised character, in order.
    origins: Vec<Origin>,
}

/// Where one normalised character starts, and which raw characters it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Origin {
    byte: u32,
    raw_start: u32,
    raw_end: u32,
}

/// Why a message cannot be read. The only errors that routing knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Nothing but white space and invisible characters.
    #[error("the text is empty: expected at least one visible character")]
    Empty,
    /// More than [`MAX_BYTES`].
    #[error("the text is too long: {bytes} bytes, expected at most {limit}")]
    TooLong {
        /// Bytes given.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

impl Default for Normaliser {
    fn default() -> Self {
        Self::new()
    }
}

impl Normaliser {
    /// Loads the conversion tables that are compiled into the program.
    ///
    /// # Cost
    ///
    /// Some milliseconds; make one and share it.
    #[must_use]
    pub fn new() -> Self {
        Self { simplifier: simplify::Simplifier::new() }
    }

    /// Normalises one raw message.
    ///
    /// # Errors
    ///
    /// [`TextError::Empty`] and [`TextError::TooLong`].
    pub fn read(&self, raw: &str) -> Result<Text, TextError> {
        if raw.len() > MAX_BYTES {
            return Err(TextError::TooLong { bytes: raw.len(), limit: MAX_BYTES });
        }
        let mut chars = fold::fold(raw);
        self.simplifier.simplify(&mut chars);
        let mut normalised = String::with_capacity(raw.len());
        let mut origins = Vec::with_capacity(chars.len());
        for folded in chars {
            origins.push(Origin {
                byte: offset(normalised.len()),
                raw_start: folded.raw_start,
                raw_end: folded.raw_end,
            });
            normalised.push(folded.char);
        }
        if normalised.is_empty() {
            return Err(TextError::Empty);
        }
        Ok(Text { normalised, origins })
    }
}

/// INVARIANT: every offset is below `MAX_BYTES` times the greatest growth of a folded character, far below 2³².
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Text {
    /// The normalised text; never empty.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.normalised
    }

    /// The number of normalised characters; at least one.
    #[must_use]
    pub fn chars(&self) -> usize {
        self.origins.len()
    }

    /// What the models read: all of it up to [`MAX_CHARS`] characters, else the first and the last part.
    #[must_use]
    pub fn excerpt(&self) -> Cow<'_, str> {
        if self.chars() <= MAX_CHARS {
            return Cow::Borrowed(&self.normalised);
        }
        let byte_of =
            |char_index: usize| self.origins.get(char_index).map_or(self.normalised.len(), |o| o.byte as usize);
        let head = self.normalised.get(..byte_of(MAX_CHARS - TAIL_CHARS)).unwrap_or_default();
        let tail = self.normalised.get(byte_of(self.chars() - TAIL_CHARS)..).unwrap_or_default();
        Cow::Owned([head, tail].concat())
    }

    /// The raw characters that a span of normalised bytes stands for, as Unicode scalar values from 0.
    ///
    /// A span that ends inside a character takes in the whole of it; an empty or outlying one is empty.
    #[must_use]
    pub fn raw_span(&self, bytes: Range<usize>) -> Range<usize> {
        let first = self.origins.partition_point(|o| (o.byte as usize) <= bytes.start).saturating_sub(1);
        let after = self.origins.partition_point(|o| (o.byte as usize) < bytes.end);
        let inside = self.origins.get(first..after).unwrap_or_default();
        match (inside.first(), inside.last()) {
            (Some(first), Some(last)) => first.raw_start as usize..last.raw_end as usize,
            _ => 0..0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, normalised: &str) {
        assert_eq!(Normaliser::new().read(raw).unwrap().as_str(), normalised, "raw: {raw:?}");
    }

    #[test]
    fn the_table_of_forms_holds() {
        for (raw, normalised) in [
            ("ＡＢＣ１２３，你好！", "abc123,你好!"),
            ("  你 \u{3000} 好\n\n吗 ", "你 好 吗"),
            ("哈哈哈哈哈哈哈", "哈哈哈"),
            ("好的好的", "好的好的"),
            ("退！！！！！！！", "退!!!"),
            ("订单11111111119", "订单11111111119"),
            ("退\u{200b}款\u{feff}", "退款"),
            ("a\u{0}b\u{7}c", "abc"),
            ("請問什麼時候發貨", "请问什么时候发货"),
            ("乾燥的頭髮", "干燥的头发"),
            ("臉上爛了[哭惹R]", "脸上烂了[哭惹r]"),
            ("❤\u{fe0f}", "❤"),
            ("①号链接", "1号链接"),
            ("e\u{301}", "é"),
        ] {
            check(raw, normalised);
        }
    }

    #[test]
    fn a_span_leads_back_to_the_raw_characters() {
        let normaliser = Normaliser::new();
        for (raw, part, expected) in [
            ("我要退貨", "退货", "退貨"),
            ("  １３８００００ 打我", "1380000", "１３８００００"),
            ("哈哈哈哈哈退款", "哈哈哈", "哈哈哈哈哈"),
            ("退\u{200b}款", "退款", "退\u{200b}款"),
            ("㎏数", "kg", "㎏"),
        ] {
            let text = normaliser.read(raw).unwrap();
            let start = text.as_str().find(part).unwrap();
            let span = text.raw_span(start..start + part.len());
            let got: String = raw.chars().skip(span.start).take(span.len()).collect();
            assert_eq!(got, expected, "{raw:?}");
        }
    }

    #[test]
    fn only_emptiness_and_excess_are_refused() {
        let normaliser = Normaliser::new();
        for raw in ["", " ", "\u{200b}\n\t\u{0}"] {
            assert_eq!(normaliser.read(raw), Err(TextError::Empty), "{raw:?}");
        }
        assert!(normaliser.read("😊").is_ok());
        assert!(normaliser.read(&"好".repeat(MAX_BYTES / 3)).is_ok());
        let bytes = 300_000;
        assert_eq!(normaliser.read(&"好".repeat(bytes / 3)), Err(TextError::TooLong { bytes, limit: MAX_BYTES }));
    }

    #[test]
    fn a_long_text_gives_its_head_and_its_tail() {
        let raw: String = "一二三四五六七八九十".chars().cycle().take(2000).chain("我要退款".chars()).collect();
        let text = Normaliser::new().read(&raw).unwrap();
        let excerpt = text.excerpt();
        assert_eq!(excerpt.chars().count(), MAX_CHARS);
        assert!(excerpt.starts_with("一二三") && excerpt.ends_with("我要退款"));
    }
}
