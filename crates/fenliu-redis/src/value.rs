//! What a key is called, what stands in a value, and what is read from it. Knows no connection.

use fenliu::{Kept, KeptTurn, Speaker, StoreKey, Visit};

/// The version of a turn, its first byte.
const VERSION: u8 = b'1';

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
    /// How many turns there were.
    pub(crate) said: i64,
    pub(crate) clarified: i64,
    /// The most that were said, this visit included.
    pub(crate) failures: i64,
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
    /// What is told of it. What is no count is brought into the range of one.
    pub(crate) fn kept(&self) -> Kept {
        let count = |number: i64| u32::try_from(number.max(0)).unwrap_or(u32::MAX);
        let mut kept = Kept::default();
        kept.turns = self.turns.iter().filter_map(|bytes| decode(bytes)).collect();
        kept.turns_total = count(self.said);
        kept.clarified = count(self.clarified);
        kept.ai_failures = count(self.failures);
        kept
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
        let turns = turns.iter().map(|turn| turn.to_vec()).collect();
        let kept = Found { turns, said: -3, clarified: i64::MAX, failures: 4 }.kept();
        assert_eq!(kept.turns, [KeptTurn::new(Speaker::Customer, "在")]);
        assert_eq!((kept.turns_total, kept.clarified, kept.ai_failures), (0, u32::MAX, 4));
    }

    #[test]
    fn a_slot_is_that_of_the_cluster_specification() {
        assert_eq!(crc16::State::<crc16::XMODEM>::calculate(b"123456789"), 0x31c3);
        assert!(slot(StoreKey::conversation("c-1")) < SLOTS);
    }
}
