//! What was said just before a message, as one text for a model.

use super::Normaliser;

/// At most so many of the last characters are kept: more Chinese ones than a model reads.
const MAX_CHARS_BEFORE: usize = 96;

/// The given turns, oldest first, normalised, joined by spaces and cut to their last 96 characters; empty where
/// nothing was said. A turn that is no text by the rules of [`Normaliser::read`] is left out.
#[must_use]
pub fn before<'a>(normaliser: &Normaliser, turns: impl IntoIterator<Item = &'a str>) -> String {
    let mut said = String::new();
    for turn in turns {
        let Ok(text) = normaliser.read(turn) else { continue };
        if !said.is_empty() {
            said.push(' ');
        }
        said.push_str(&text.excerpt());
    }
    if let Some((cut, _)) = said.char_indices().rev().nth(MAX_CHARS_BEFORE - 1) {
        said.drain(..cut);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_joined_and_the_last_characters_kept() {
        let normaliser = Normaliser::new();
        let before = |turns: &[&str]| before(&normaliser, turns.iter().copied());
        assert_eq!(before(&[]), "");
        assert_eq!(before(&["", " \u{200b}"]), "");
        assert_eq!(before(&["要退貨", "", "哪一個？"]), "要退货 哪一个?");
        let long = "一二".repeat(100);
        assert_eq!(before(&[&long, "哪个"]), format!("二{} 哪个", "一二".repeat(46)));
    }
}
