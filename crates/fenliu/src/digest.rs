//! Digests: of what was loaded, so that an answer can name what exactly decided, and of ids, so that none is kept in clear.

use sha2::{Digest, Sha256};

/// How many hexadecimal digits a revision has.
const REVISION_DIGITS: usize = 12;

/// The SHA-256 of some bytes as 64 hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    digits(&Sha256::digest(bytes))
}

/// The first twelve digits over several parts, each with its length before it.
pub(crate) fn revision<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut digits = digits(&hash.finalize());
    digits.truncate(REVISION_DIGITS);
    digits
}

/// The first 16 bytes over an id and what it is an id of; the byte between them occurs in no UTF-8.
pub(crate) fn key(kind: &str, id: &str) -> [u8; 16] {
    let hash = Sha256::new().chain_update(kind).chain_update([0xff]).chain_update(id).finalize();
    let mut key = [0; 16];
    key.iter_mut().zip(hash).for_each(|(byte, of_hash)| *byte = of_hash);
    key
}

fn digits(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| char::from_digit(u32::from(half), 16))
        .collect()
}

/// Where an id falls between 0 (included) and 1 (excluded), evenly over all ids; another salt mixes them anew.
pub(crate) fn fraction(salt: &str, id: &str) -> f64 {
    let mut hash = Sha256::new();
    hash.update((salt.len() as u64).to_le_bytes());
    hash.update(salt);
    hash.update(id);
    let bits = hash.finalize().iter().take(6).fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    // 48 bits: exact in a float of 53.
    bits as f64 / (1u64 << 48) as f64
}
