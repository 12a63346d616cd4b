//! What earlier turns say: whether the customer asks the same again.

/// How many turns are read, the latest ones.
const TURNS_READ: usize = 16;

/// The turns that are read.
pub(super) fn last(turns: &[crate::Turn]) -> &[crate::Turn] {
    turns.split_at_checked(turns.len().saturating_sub(TURNS_READ)).map_or(turns, |(_, last)| last)
}

/// How many of the customer's turns are looked at for their emotion.
pub(super) const EMOTIONS_READ: usize = 3;

/// Two texts with at least this normalised Levenshtein similarity, by character, are nearly the same.
const SAME: f64 = 0.85;

/// Below this many characters two messages are alike by chance (`好的`).
const SHORTEST: usize = 4;

/// Above this many characters only what is equal is the same, since a comparison takes the product of both lengths.
const COMPARED: usize = 256;

pub(super) fn nearly_same(earlier: &str, now: &str) -> bool {
    let longer_than = |text: &str, chars: usize| text.chars().nth(chars).is_some();
    let both = |chars| longer_than(earlier, chars) && longer_than(now, chars);
    let either = |chars| longer_than(earlier, chars) || longer_than(now, chars);
    both(SHORTEST - 1) && (earlier == now || !either(COMPARED) && strsim::normalized_levenshtein(earlier, now) >= SAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repetition_is_told_from_a_new_question() {
        for (earlier, now, expected) in [
            ("什么时候发货", "什么时候发货?", true),
            ("我的快递到哪里了", "我的快递到哪了", true),
            ("什么时候发货", "什么时候退款", false),
            ("我要退款", "我要退货", false),
            ("怎么退货呢", "怎么换货呢", false),
            ("好的", "好的", false),
        ] {
            assert_eq!(nearly_same(earlier, now), expected, "{earlier} / {now}");
        }
    }
}
