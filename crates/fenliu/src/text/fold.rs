//! Folds characters one group at a time, so that each folded one knows the raw ones it came from.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

/// How many of one character in a row are kept: enough to show emphasis, few enough that all emphasis looks alike.
const MAX_RUN: usize = 3;

/// One normalised character with the raw characters (Unicode scalar values from 0) that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Folded {
    pub(super) char: char,
    pub(super) raw_start: u32,
    pub(super) raw_end: u32,
}

/// NFKC, lower case, no invisible characters, single spaces, short runs; trimmed.
pub(super) fn fold(raw: &str) -> Vec<Folded> {
    let mut out = Folding { chars: Vec::with_capacity(raw.len() / 2), run: 0 };
    let mut chars = raw.chars().zip(0u32..).peekable();
    let mut group = String::new();
    while let Some((first, start)) = chars.next() {
        if is_plain(first) && chars.peek().is_none_or(|(next, _)| !joins(*next)) {
            out.push(first.to_ascii_lowercase(), start, start + 1);
            continue;
        }
        group.clear();
        group.push(first);
        let mut end = start + 1;
        while let Some((next, at)) = chars.next_if(|(next, _)| joins(*next)) {
            group.push(next);
            end = at + 1;
        }
        for char in group.nfkc().flat_map(char::to_lowercase).nfkc() {
            out.push(char, start, end);
        }
    }
    out.finish()
}

/// Characters that NFKC leaves alone whatever stands before them: ASCII and the main block of Han.
fn is_plain(char: char) -> bool {
    matches!(char, ' '..='~' | '\u{4e00}'..='\u{9fff}')
}

/// Whether NFKC may draw this character into the one before: combining marks, and the later parts of Hangul.
fn joins(char: char) -> bool {
    !is_plain(char) && (is_combining_mark(char) || matches!(char, '\u{1161}'..='\u{11c2}' | '\u{ff9e}' | '\u{ff9f}'))
}

fn is_invisible(char: char) -> bool {
    matches!(char, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{115f}' | '\u{1160}' | '\u{3164}')
        || (char.general_category_group() == GeneralCategoryGroup::Other
            && char.general_category() != GeneralCategory::PrivateUse)
}

struct Folding {
    chars: Vec<Folded>,
    /// How often the last kept character has come in a row, cut ones included.
    run: usize,
}

impl Folding {
    fn push(&mut self, char: char, raw_start: u32, raw_end: u32) {
        let char = if char.is_whitespace() { ' ' } else { char };
        if !is_plain(char) && is_invisible(char) {
            return;
        }
        let max_run = if char == ' ' { 1 } else { MAX_RUN };
        match self.chars.last_mut() {
            None if char == ' ' => return,
            Some(last) if last.char == char && !char.is_ascii_digit() => {
                self.run += 1;
                if self.run > max_run {
                    last.raw_end = raw_end;
                    return;
                }
            }
            _ => self.run = 1,
        }
        self.chars.push(Folded { char, raw_start, raw_end });
    }

    fn finish(mut self) -> Vec<Folded> {
        if self.chars.last().is_some_and(|last| last.char == ' ') {
            self.chars.pop();
        }
        self.chars
    }
}
