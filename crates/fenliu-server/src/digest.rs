//! Digests as they are shown: the first 128 bits, in hexadecimal.

/// The first 16 bytes.
pub(crate) fn short(digest: &[u8]) -> String {
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}
