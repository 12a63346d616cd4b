//! Emoji and the platforms' own codes for them (`[哭惹r]`): words of their own.

use unicode_properties::UnicodeEmoji;

/// The longest text between the brackets of a platform code, in characters.
const MAX_CODE: usize = 8;

pub(crate) fn is_emoji(char: char) -> bool {
    !char.is_ascii() && char.is_emoji_char()
}

/// The length in bytes of the platform code that `text` starts with, if it does.
///
/// A code is a pair of brackets round one to eight letters or Han characters; digits alone (`[1]`) are none.
pub(crate) fn platform_code_len(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('[')?;
    let mut letters = 0;
    for (at, char) in inner.char_indices().take(MAX_CODE + 1) {
        match char {
            ']' => return (letters > 0).then_some(at + 2),
            _ if char.is_alphabetic() => letters += 1,
            _ if char.is_ascii_digit() => {}
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_from_other_brackets() {
        for (text, expected) in [
            ("[哭惹r]好难过", Some("[哭惹r]")),
            ("[微笑]", Some("[微笑]")),
            ("[1]", None),
            ("[]", None),
            ("[没有合上", None),
            ("[这里面的话实在是太长了]", None),
            ("好[微笑]", None),
        ] {
            assert_eq!(platform_code_len(text).and_then(|len| text.get(..len)), expected, "{text}");
        }
    }
}
