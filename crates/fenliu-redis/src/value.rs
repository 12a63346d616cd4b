//! What a key is called, what stands in a value, and what is read from it. Knows no connection.

use fenliu::{Kept, KeptTurn, Speaker, StoreKey, Visit};

/// The version of a turn, its first byte.
const VERSION: u8 = b'1';

/// The names of the numbers of a conversation.
pub(crate) const TURNS: &str = "turns";
pub(crate) const CLARIFIED: &str = "clarified";
pub(crate) const FAILURES: &str = "failures";

/// How many slots a cluster has.
pub(crate) const SLOTS: u16 = 16_384;

/// What is asked about a conversation.
#[derive(Debug)]
pub(crate) struct Talk {
    /// The keys of the turns and the numbers, in one slot.
    pub(crate) turns_key: String,
    pub(crate) numbers_key: String,
    /// The turns to add, as they are kept.
    pub(crate) turns: Vec<Vec<u8>>,
    /// How many turns there were, kept or not.
    pub(crate) said: usize,
    pub(crate) failures: u32,
}

/// What is asked about a customer.
#[derive(Debug)]
pub(crate) struct Contact {
    pub(crate) contacts_key: String,
    pub(crate) conversation: Vec<u8>,
    /// In milliseconds.
    pub(crate) at: i64,
}

/// What was found of a conversation.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) turns: Vec<Vec<u8>>,
    pub(crate) numbers: Vec<(Vec<u8>, f64)>,
}

impl Talk {
    pub(crate) fn new(prefix: &str, key: StoreKey, visit: &Visit<'_>) -> Self {
        Self {
            turns_key: format!("{prefix}:{{{key}}}:turns"),
            numbers_key: numbers_key(prefix, key),
            turns: visit.last_turns().iter().map(encode).collect(),
            said: visit.turns.len(),
            failures: visit.ai_failures,
        }
    }
}

impl Contact {
    pub(crate) fn new(prefix: &str, customer: StoreKey, conversation: StoreKey, visit: &Visit<'_>) -> Self {
        // Half the key is enough to tell the few conversations of one customer apart.
        let conversation = conversation.bytes().first_chunk::<8>().copied().unwrap_or_default().to_vec();
        Self { contacts_key: format!("{prefix}:{{{customer}}}:contacts"), conversation, at: visit.at.as_millisecond() }
    }
}

impl Found {
    /// What is told of it, where the caller says that the AI has failed so often.
    pub(crate) fn kept(&self, failures: u32) -> Kept {
        let mut kept = Kept::default();
        kept.turns = self.turns.iter().filter_map(|bytes| decode(bytes)).collect();
        kept.turns_total = self.number(TURNS);
        kept.clarified = self.number(CLARIFIED);
        kept.ai_failures = self.number(FAILURES).max(failures);
        kept
    }

    /// A number that stands there, or 0. What is no count is brought into the range of one.
    fn number(&self, name: &str) -> u32 {
        self.numbers.iter().find(|(found, _)| found == name.as_bytes()).map_or(0, |(_, number)| *number as u32)
    }
}

/// The key of a conversation's numbers.
pub(crate) fn numbers_key(prefix: &str, key: StoreKey) -> String {
    format!("{prefix}:{{{key}}}:numbers")
}

/// The slot of a cluster that a key lies in: that of its hash tag, which is all of the key here.
pub(crate) fn slot(key: StoreKey) -> u16 {
    crc16::State::<crc16::XMODEM>::calculate(key.to_string().as_bytes()) % SLOTS
}

fn encode(turn: &KeptTurn) -> Vec<u8> {
    let speaker = match turn.speaker {
        Speaker::Customer => b'c',
        Speaker::Ai => b'a',
        Speaker::Agent => b'g',
    };
    [&[VERSION, speaker], turn.kept_text().as_bytes()].concat()
}

/// A turn, or nothing where its version or form is not known.
fn decode(bytes: &[u8]) -> Option<KeptTurn> {
    let [VERSION, speaker, text @ ..] = bytes else { return None };
    let speaker = match speaker {
        b'c' => Speaker::Customer,
        b'a' => Speaker::Ai,
        b'g' => Speaker::Agent,
        _ => return None,
    };
    Some(KeptTurn::new(speaker, std::str::from_utf8(text).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_read_as_it_was_written() {
        for speaker in Speaker::ALL {
            let turn = KeptTurn::new(*speaker, "满意🙏");
            assert_eq!(decode(&encode(&turn)), Some(turn));
        }
        assert_eq!(encode(&KeptTurn::new(Speaker::Agent, "您好")), "1g您好".as_bytes());
    }

    #[test]
    fn what_is_not_known_is_passed_over() {
        let turns = [&b"2c\x00\x01"[..], b"", b"1", b"1x", b"1c\xff", b"PNG", "1c在".as_bytes()];
        let found = Found {
            turns: turns.iter().map(|turn| turn.to_vec()).collect(),
            numbers: vec![(b"turns".to_vec(), -3.5), (b"moods".to_vec(), 2.0), (b"clarified".to_vec(), f64::NAN)],
        };
        let kept = found.kept(4);
        assert_eq!(kept.turns, [KeptTurn::new(Speaker::Customer, "在")]);
        assert_eq!((kept.turns_total, kept.clarified, kept.ai_failures), (0, 0, 4));
    }

    #[test]
    fn a_slot_is_that_of_the_cluster_specification() {
        assert_eq!(crc16::State::<crc16::XMODEM>::calculate(b"123456789"), 0x31c3);
        assert!(slot(StoreKey::conversation("c-1")) < SLOTS);
    }
}
