//! Traditional to simplified characters; the only file that names OpenCC.

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;

use super::fold::Folded;

const HAN: std::ops::RangeInclusive<u32> = 0x3400..=0x9fff;

/// OpenCC's phrases and characters, and which characters they concern at all.
pub(super) struct Simplifier {
    opencc: Option<OpenCC>,
    /// One entry for each character of `HAN`: what it becomes when it stands alone.
    single: Vec<Option<char>>,
}

impl std::fmt::Debug for Simplifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simplifier").finish_non_exhaustive()
    }
}

impl Simplifier {
    pub(super) fn new() -> Self {
        // The tables are compiled in; should they ever not parse, text stays as it is and is still routed.
        let opencc = OpenCC::from_config(BuiltinConfig::T2s).ok();
        let single = HAN
            .map(|code| {
                let char = char::from_u32(code)?;
                let simple = opencc.as_ref()?.convert(char.encode_utf8(&mut [0; 4])).chars().next()?;
                (simple != char).then_some(simple)
            })
            .collect();
        Self { opencc, single }
    }

    /// Converts in place. Most messages hold no traditional character and cost one look-up each.
    pub(super) fn simplify(&self, chars: &mut [Folded]) {
        let Some(opencc) = &self.opencc else { return };
        if !chars.iter().any(|folded| self.single(folded.char).is_some()) {
            return;
        }
        let text: String = chars.iter().map(|folded| folded.char).collect();
        let simple: Vec<char> = opencc.convert(&text).chars().collect();
        if simple.len() == chars.len() {
            chars.iter_mut().zip(simple).for_each(|(folded, simple)| folded.char = simple);
        } else {
            // A phrase that changes its length has no character-wise way back; its characters have.
            for folded in chars {
                folded.char = self.single(folded.char).unwrap_or(folded.char);
            }
        }
    }

    fn single(&self, char: char) -> Option<char> {
        let index = u32::from(char).checked_sub(*HAN.start())?;
        self.single.get(usize::try_from(index).ok()?).copied().flatten()
    }
}
