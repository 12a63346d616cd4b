//! The guarantee, held to its word by simulation; and what must hold for any messages.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod any_messages;
mod simulated;

use fenliu_calibrate::{Choice, Seen, Threshold};

/// SplitMix64 (Steele, Lea and Flood, 2014): the same messages from the same seed.
struct Random(u64);

impl Random {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The threshold, where one was chosen.
fn threshold(choice: Choice) -> Option<Threshold> {
    match choice {
        Choice::Met(at) => Some(at.threshold),
        Choice::Missed(_) | Choice::TooThin { .. } => None,
    }
}

fn seen(confidence: f64, wrong: bool) -> Seen {
    Seen { confidence: confidence as f32, wrong }
}
