//! Check digits of numbers that carry one; nothing that needs the words around a number enters here.

/// Whether the digits of `number` pass the Luhn test (ISO/IEC 7812-1); other characters are skipped.
pub(super) fn luhn(number: &str) -> bool {
    let sum: u32 = number
        .bytes()
        .rev()
        .filter(u8::is_ascii_digit)
        .zip([false, true].into_iter().cycle())
        .map(|(digit, doubled)| {
            let value = u32::from(digit - b'0');
            match (doubled, value) {
                (false, value) => value,
                (true, 0..=4) => value * 2,
                (true, _) => value * 2 - 9,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether `number`, 17 digits and a digit or `x`, is a resident identity number: a region that exists,
/// a day of birth that exists, and the check character of ISO 7064 MOD 11-2 (GB 11643-1999).
pub(super) fn identity(number: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [u8; 11] = *b"10x98765432";
    if number.len() != 18 || !number.bytes().take(17).all(|b| b.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = number.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = CHECKS.get((sum % 11) as usize).copied();
    check == number.bytes().last() && is_region(number) && is_birth(number)
}

/// The first two digits are a province of GB/T 2260, or 81–83: residents from Hong Kong, Macao and Taiwan.
fn is_region(number: &str) -> bool {
    let province = number.get(..2).and_then(|p| p.parse::<u8>().ok());
    matches!(province, Some(11..=15 | 21..=23 | 31..=37 | 41..=46 | 50..=54 | 61..=65 | 71 | 81..=83))
}

fn is_birth(number: &str) -> bool {
    let part = |from: usize, to: usize| number.get(from..to).and_then(|p| p.parse::<u16>().ok()).unwrap_or(0);
    let year = part(6, 10);
    // No clock here: 2039 is far enough for a long time and still refuses most order numbers.
    (1900..=2039).contains(&year) && is_day(Some(year), part(10, 12), part(12, 14))
}

/// Whether such a day exists; without a year, 29 February does.
pub(super) fn is_day(year: Option<u16>, month: u16, day: u16) -> bool {
    let leap = year.is_none_or(|y| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// Whether the nine digits of a postal item number end in the check digit of UPU standard S10.
pub(super) fn s10(nine: &str) -> bool {
    const WEIGHTS: [u32; 8] = [8, 6, 4, 2, 3, 5, 9, 7];
    if nine.len() != 9 || !nine.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = nine.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = match 11 - sum % 11 {
        10 => 0,
        11 => 5,
        other => other,
    };
    nine.bytes().last().map(|b| u32::from(b - b'0')) == Some(check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_accept_published_examples_and_refuse_one_changed_digit() {
        // 11010519491231002X is the example of GB 11643-1999; 473124829 that of UPU S10.
        assert!(identity("11010519491231002x"));
        assert!(!identity("110105194912310021"));
        assert!(!identity("11010519491331002x"));
        assert!(!identity("11010519491231002"));
        assert!(s10("473124829"));
        assert!(!s10("473124828"));
        assert!(luhn("4111111111111111"));
        assert!(luhn("4111 1111 1111 1111"));
        assert!(!luhn("4111111111111112"));
    }

    #[test]
    fn days_follow_the_calendar() {
        for (year, month, day, exists) in [
            (Some(2024), 2, 29, true),
            (Some(2023), 2, 29, false),
            (Some(1900), 2, 29, false),
            (None, 2, 29, true),
            (None, 2, 30, false),
            (None, 4, 31, false),
            (None, 0, 1, false),
            (None, 13, 1, false),
            (None, 12, 31, true),
        ] {
            assert_eq!(is_day(year, month, day), exists, "{year:?}-{month}-{day}");
        }
    }
}
