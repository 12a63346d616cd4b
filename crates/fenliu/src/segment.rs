//! Cuts a normalised text into words; the only file that names jieba.

use std::io::BufRead;
use std::ops::Range;

use jieba_rs::Jieba;

use crate::text::{is_emoji, platform_code_len};

/// Cuts text into words with jieba's dictionary, its hidden Markov model for unknown words, and a shop's own words.
pub struct Segmenter {
    jieba: Jieba,
}

/// The words of one text, as spans of its bytes, in order, without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tokens {
    spans: Vec<Range<usize>>,
}

/// A line of a word list that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{text}` is not `word frequency tag`")]
pub struct WordError {
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

impl std::fmt::Debug for Segmenter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Segmenter").finish_non_exhaustive()
    }
}

impl Segmenter {
    /// Loads jieba's dictionary and adds `words`: lines of `word frequency tag`, `#` starts a comment.
    ///
    /// # Errors
    ///
    /// Every line that is not of that form.
    ///
    /// # Cost
    ///
    /// About a tenth of a second and 32 MB; make one and share it.
    pub fn new(words: &str) -> Result<Self, Vec<WordError>> {
        let mut dictionary = String::with_capacity(words.len());
        let mut errors = Vec::new();
        for (index, line) in words.lines().enumerate() {
            let entry = line.split('#').next().unwrap_or_default().trim();
            let parts: Vec<&str> = entry.split_whitespace().collect();
            match parts.as_slice() {
                [] => {}
                [word, frequency, tag] if frequency.parse::<u32>().is_ok() => {
                    dictionary.push_str(&[word, " ", frequency, " ", tag, "\n"].concat());
                }
                _ => errors.push(WordError { line: index + 1, text: line.to_owned() }),
            }
        }
        let mut jieba = Jieba::new();
        let mut reader: &[u8] = dictionary.as_bytes();
        if !errors.is_empty() {
            return Err(errors);
        }
        load(&mut jieba, &mut reader).map_err(|text| vec![WordError { line: 0, text }])?;
        Ok(Self { jieba })
    }

    /// Cuts a normalised text. Emoji and platform codes are words of their own.
    #[must_use]
    pub fn cut(&self, text: &str) -> Tokens {
        let mut spans = Vec::with_capacity(text.len() / 4);
        let mut plain_from = 0;
        let mut at = 0;
        while let Some(rest) = text.get(at..) {
            let Some(char) = rest.chars().next() else { break };
            let symbol = if char == '[' { platform_code_len(rest) } else { is_emoji(char).then(|| char.len_utf8()) };
            match symbol {
                Some(len) => {
                    self.cut_plain(text, plain_from..at, &mut spans);
                    spans.push(at..at + len);
                    at += len;
                    plain_from = at;
                }
                None => at += char.len_utf8(),
            }
        }
        self.cut_plain(text, plain_from..text.len(), &mut spans);
        Tokens { spans }
    }

    fn cut_plain(&self, text: &str, range: Range<usize>, spans: &mut Vec<Range<usize>>) {
        let Some(part) = text.get(range.clone()).filter(|part| !part.is_empty()) else { return };
        let mut at = range.start;
        for token in self.jieba.cut(part, true) {
            spans.push(at..at + token.word.len());
            at += token.word.len();
        }
    }
}

fn load(jieba: &mut Jieba, reader: &mut dyn BufRead) -> Result<(), String> {
    let mut reader = reader;
    jieba.load_dict(&mut reader).map_err(|error| error.to_string())
}

impl Tokens {
    /// The words as spans of bytes.
    #[must_use]
    pub fn spans(&self) -> &[Range<usize>] {
        &self.spans
    }

    /// The words themselves; `text` is the text that was cut.
    pub fn words<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        self.spans.iter().filter_map(|span| text.get(span.clone()))
    }

    /// Whether a word starts or ends at this byte.
    #[must_use]
    pub fn is_boundary(&self, byte: usize) -> bool {
        byte == 0 || self.spans.binary_search_by(|span| span.end.cmp(&byte)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shop_words_and_symbols_are_words() {
        let segmenter = Segmenter::new("运费险 9000 n # insurance for returns\n仅退款 9000 v").unwrap();
        for (text, expected) in [
            ("有运费险吗", vec!["有", "运费险", "吗"]),
            ("仅退款[哭惹r]😊快", vec!["仅退款", "[哭惹r]", "😊", "快"]),
            ("", vec![]),
        ] {
            let tokens = segmenter.cut(text);
            assert_eq!(tokens.words(text).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn every_bad_line_is_named() {
        let errors = Segmenter::new("好词 10 n\n坏词\n又坏 x n").unwrap_err();
        assert_eq!(errors.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 3]);
    }
}
