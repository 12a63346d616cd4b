//! What earlier turns say: how like this message they are.

use crate::reading::Nearest;

/// How many turns are read, the latest ones.
const TURNS_READ: usize = 16;

/// The turns that are read.
pub(super) fn last(turns: &[crate::Turn]) -> &[crate::Turn] {
    turns.split_at_checked(turns.len().saturating_sub(TURNS_READ)).map_or(turns, |(_, last)| last)
}

/// How many of the customer's turns are looked at for their emotion and intent.
pub(super) const TURNS_GLANCED: usize = 3;

/// Above this many characters only what is equal is the same, since a comparison takes the product of both lengths.
const COMPARED: usize = 256;

/// How alike two texts are, by character.
pub(super) fn likeness(earlier: &str, now: &str) -> Nearest {
    let chars = |text: &str| text.chars().count();
    let (shorter, longer) = (chars(earlier).min(chars(now)), chars(earlier).max(chars(now)));
    let similarity = match (earlier == now, longer > COMPARED) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => strsim::normalized_levenshtein(earlier, now),
    };
    Nearest { similarity: similarity as f32, chars: u32::try_from(shorter).unwrap_or(u32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repetition_is_more_alike_than_a_new_question() {
        for (earlier, now, expected) in [
            ("什么时候发货", "什么时候发货?", true),
            ("我的快递到哪里了", "我的快递到哪了", true),
            ("什么时候发货", "什么时候退款", false),
            ("我要退款", "我要退货", false),
            ("怎么退货呢", "怎么换货呢", false),
        ] {
            assert_eq!(likeness(earlier, now).similarity >= 0.85, expected, "{earlier} / {now}");
        }
        assert_eq!(likeness("好的", "好的呢"), Nearest { similarity: 2.0 / 3.0, chars: 2 });
        let long = "长".repeat(COMPARED + 1);
        assert_eq!(likeness(&long, &long).similarity, 1.0);
        assert_eq!(likeness(&long, &[&*long, "了"].concat()).similarity, 0.0);
    }
}
