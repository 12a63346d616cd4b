//! A duration as proto3 JSON has it: seconds with 0, 3, 6 or 9 decimals, and an `s`.

use std::time::Duration;

use serde::{Deserialize as _, Deserializer, Serializer};

/// The longest duration of `google.protobuf.Duration`, in seconds: 10,000 years.
const LONGEST: u64 = 315_576_000_000;

pub(crate) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&written(*duration))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
    read(&text).ok_or_else(|| {
        serde::de::Error::custom(format_args!("`{text}` is no duration, expected seconds such as \"90s\" or \"1.5s\""))
    })
}

fn written(duration: Duration) -> String {
    let (seconds, nanos) = (duration.as_secs(), duration.subsec_nanos());
    match nanos {
        0 => format!("{seconds}s"),
        _ if nanos % 1_000_000 == 0 => format!("{seconds}.{:03}s", nanos / 1_000_000),
        _ if nanos % 1_000 == 0 => format!("{seconds}.{:06}s", nanos / 1_000),
        _ => format!("{seconds}.{nanos:09}s"),
    }
}

fn read(text: &str) -> Option<Duration> {
    let number = text.strip_suffix('s')?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let seconds = whole.parse().ok().filter(|seconds| *seconds <= LONGEST)?;
    let nanos = format!("{fraction:0<9}").parse().ok()?;
    Some(Duration::new(seconds, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for (text, seconds, nanos) in [
            ("0s", 0, 0),
            ("90s", 90, 0),
            ("1.500s", 1, 500_000_000),
            ("0.000438s", 0, 438_000),
            ("0.000000001s", 0, 1),
            ("315576000000s", LONGEST, 0),
        ] {
            assert_eq!(read(text), Some(Duration::new(seconds, nanos)), "{text}");
            assert_eq!(written(Duration::new(seconds, nanos)), text);
        }
        assert_eq!(read("1.5s"), Some(Duration::from_millis(1500)), "fewer decimals are read too");
        for bad in ["", "s", "90", "-1s", "+1s", "1.s", ".5s", "1.0000000001s", "1e3s", "90S", "315576000001s"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
