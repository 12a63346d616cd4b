//! What earlier turns say: whether the customer asks the same again.

/// How many turns are read, the latest ones.
pub(super) const TURNS_READ: usize = 16;

/// How many of the customer's turns are looked at for their emotion.
pub(super) const EMOTIONS_READ: usize = 3;

/// Two texts with at least this normalised Levenshtein similarity, by character, are nearly the same.
const SAME: f64 = 0.75;

/// Below this many characters two messages are alike by chance (`好的`).
const SHORTEST: usize = 4;

/// Only so many characters are compared, since the comparison takes the product of both lengths.
const COMPARED: usize = 128;

pub(super) fn nearly_same(earlier: &str, now: &str) -> bool {
    let head = |text: &str| text.chars().take(COMPARED).collect::<String>();
    let long_enough = |text: &str| text.chars().nth(SHORTEST - 1).is_some();
    long_enough(earlier) && long_enough(now) && strsim::normalized_levenshtein(&head(earlier), &head(now)) >= SAME
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
            ("好的", "好的", false),
        ] {
            assert_eq!(nearly_same(earlier, now), expected, "{earlier} / {now}");
        }
    }
}
