//! One conversation as bytes, small enough that a million of them fit into memory.
//!
//! Four bytes of the last visit, little-endian; three numbers in base 128, least digits first: turns ever, times
//! clarified, failures of the AI; then the turns, each as length times four plus speaker in base 128, and its UTF-8.

use crate::store::{KEPT_TURNS, Kept, KeptTurn, Visit};
use crate::words::Speaker;

/// A conversation, with its texts where they lie.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Record<'a> {
    /// Seconds of the last visit.
    pub(super) seen: u32,
    pub(super) turns_total: u32,
    pub(super) clarified: u32,
    pub(super) ai_failures: u32,
    /// Oldest first.
    pub(super) turns: Vec<(Speaker, &'a str)>,
}

impl<'a> Record<'a> {
    /// What these bytes say; nothing where they are not of this form to the last one.
    pub(super) fn decode(bytes: &'a [u8]) -> Option<Self> {
        let seen = seen(bytes)?;
        let mut rest = bytes.get(4..)?;
        let (turns_total, clarified, ai_failures) = (number(&mut rest)?, number(&mut rest)?, number(&mut rest)?);
        let mut turns = Vec::with_capacity(KEPT_TURNS);
        while !rest.is_empty() {
            let head = number(&mut rest)?;
            let (text, after) = rest.split_at_checked(usize::try_from(head >> 2).ok()?)?;
            rest = after;
            turns.push((speaker(head & 3)?, std::str::from_utf8(text).ok()?));
        }
        Some(Self { seen, turns_total, clarified, ai_failures, turns })
    }

    /// As bytes.
    pub(super) fn encode(&self) -> Box<[u8]> {
        // Four bytes, three numbers that are small, and at most two before each text.
        let texts: usize = self.turns.iter().map(|(_, text)| text.len() + 2).sum();
        let mut out = Vec::with_capacity(texts + 10);
        out.extend_from_slice(&self.seen.to_le_bytes());
        for of_all in [self.turns_total, self.clarified, self.ai_failures] {
            put_number(&mut out, of_all);
        }
        for (speaker, text) in &self.turns {
            put_number(&mut out, u32::try_from(text.len()).unwrap_or(0) << 2 | digit(*speaker));
            out.extend_from_slice(text.as_bytes());
        }
        out.into_boxed_slice()
    }

    /// What is told of it; the contacts are of the customer and not known here.
    pub(super) fn kept(&self) -> Kept {
        Kept {
            turns: self.turns.iter().map(|(speaker, text)| KeptTurn::new(*speaker, *text)).collect(),
            turns_total: self.turns_total,
            clarified: self.clarified,
            ai_failures: self.ai_failures,
            contacts_24h: 0,
        }
    }

    /// Adds what was said now.
    pub(super) fn add(&mut self, visit: &Visit<'a>, now: u32) {
        self.seen = self.seen.max(now);
        self.turns_total = self.turns_total.saturating_add(u32::try_from(visit.turns.len()).unwrap_or(u32::MAX));
        self.turns.extend(visit.last_turns().iter().map(|turn| (turn.speaker, turn.kept_text())));
        self.turns.drain(..self.turns.len().saturating_sub(KEPT_TURNS));
    }
}

/// Seconds of the last visit, without reading the rest.
pub(super) fn seen(bytes: &[u8]) -> Option<u32> {
    bytes.first_chunk().map(|seconds| u32::from_le_bytes(*seconds))
}

/// Takes a number in base 128 off the front.
fn number(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0;
    for shift in [0, 7, 14, 21, 28] {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        let digit = u32::from(first & 0x7f);
        if digit << shift >> shift != digit {
            return None;
        }
        number |= digit << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn put_number(out: &mut Vec<u8>, mut number: u32) {
    loop {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        if number == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// Which speaker a digit stands for.
fn speaker(digit: u32) -> Option<Speaker> {
    match digit {
        0 => Some(Speaker::Customer),
        1 => Some(Speaker::Ai),
        2 => Some(Speaker::Agent),
        _ => None,
    }
}

fn digit(speaker: Speaker) -> u32 {
    match speaker {
        Speaker::Customer => 0,
        Speaker::Ai => 1,
        Speaker::Agent => 2,
    }
}
