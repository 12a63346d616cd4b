//! Reads one number, in digits or in Chinese numerals, and a range of two; what is counted is not known here.

use super::message::Message;

/// A number and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The value in thousandths: exact for every price and measure that is typed.
    pub(super) thousandths: u64,
    pub(super) script: Script,
}

/// How a number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Script {
    /// `99`
    Whole,
    /// `99.9`, `1,299`
    Punctuated,
    /// `一百二`, `一六五`
    Chinese,
}

/// One number or a range of two, up to the place where a unit would begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quantity {
    pub(super) start: usize,
    pub(super) unit: usize,
    pub(super) low: Number,
    pub(super) high: Number,
}

/// The most digits of an amount; longer runs are codes.
const MOST_DIGITS: usize = 9;
/// The most Chinese numerals of one number: `九千九百九十九万九千九百` is as long as prices get.
const MOST_NUMERALS: usize = 12;

/// What may stand between a number and its unit: `100多块`.
const ABOUT: &[&str] = &["多", "来", "余", "几", "左右"];
const RANGE: &[&str] = &["--", "-", "~", "到", "至", "—"];

impl Number {
    /// The number that begins at `at`, if one does.
    pub(super) fn at(message: &Message<'_>, at: usize) -> Option<Self> {
        match message.next(at)? {
            '0'..='9' => arabic(message, at),
            c if is_numeral(c) => Some(chinese(message, at)),
            _ => None,
        }
    }

    /// Whether the value lies between two whole numbers.
    pub(super) fn within(&self, low: u64, high: u64) -> bool {
        (low * 1000..=high * 1000).contains(&self.thousandths)
    }

    /// The value, if it is written without a decimal point and fits.
    pub(super) fn whole(&self) -> Option<u16> {
        match self.script {
            Script::Whole | Script::Chinese => u16::try_from(self.thousandths / 1000).ok(),
            Script::Punctuated => None,
        }
    }

    /// How many bytes the number takes.
    pub(super) fn width(&self) -> usize {
        self.end - self.start
    }

    /// The readings of what begins with this number: first as a range, then alone.
    pub(super) fn quantities(self, message: &Message<'_>) -> impl Iterator<Item = Quantity> {
        let alone = Quantity { start: self.start, unit: unit_place(message, self.end), low: self, high: self };
        let range = message
            .word(self.end, RANGE)
            .and_then(|at| Self::at(message, at))
            .filter(|high| self.is_spoken_like(high) && high.thousandths > self.thousandths)
            .map(|high| Quantity { start: self.start, unit: unit_place(message, high.end), low: self, high });
        range.into_iter().chain([alone])
    }

    fn is_spoken_like(&self, other: &Self) -> bool {
        (self.script == Script::Chinese) == (other.script == Script::Chinese)
    }
}

/// Whether `c` is a Chinese numeral.
pub(super) fn is_numeral(c: char) -> bool {
    digit(c).is_some() || multiplier(c).is_some()
}

/// The value of a Chinese digit.
pub(super) fn digit(c: char) -> Option<u64> {
    Some(match c {
        '零' | '〇' => 0,
        '一' => 1,
        '二' | '两' => 2,
        '三' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

/// The value of a Chinese unit of counting.
pub(super) fn multiplier(c: char) -> Option<u64> {
    Some(match c {
        '十' => 10,
        '百' => 100,
        '千' => 1_000,
        '万' => 10_000,
        '亿' => 100_000_000,
        _ => return None,
    })
}

fn unit_place(message: &Message<'_>, at: usize) -> usize {
    let at = message.word(at, ABOUT).unwrap_or(at);
    message.word(at, &[" "]).unwrap_or(at)
}

fn arabic(message: &Message<'_>, at: usize) -> Option<Number> {
    let mut end = message.digits(at);
    if end - at > MOST_DIGITS {
        return None;
    }
    let mut script = Script::Whole;
    // `1,299`: exactly three digits follow each comma, else the comma separates two numbers.
    if end - at <= 3 {
        while message.next(end) == Some(',') && message.digits(end + 1) == end + 4 && end - at <= 7 {
            end += 4;
            script = Script::Punctuated;
        }
    }
    let units = value(message.between(at, end));
    let mut thousandths = units * 1000;
    if message.next(end) == Some('.') {
        let decimals = message.digits(end + 1);
        if (end + 2..=end + 5).contains(&decimals) && !is_dotted_on(message, decimals) {
            let places = message.between(end + 1, decimals).bytes().chain([b'0'; 2]).take(3);
            thousandths += places.fold(0, |sum, b| sum * 10 + u64::from(b - b'0'));
            end = decimals;
            script = Script::Punctuated;
        }
    }
    Some(Number { start: at, end, thousandths, script })
}

/// Whether `.` and a digit follow: `2024.11.11` is no decimal number.
fn is_dotted_on(message: &Message<'_>, at: usize) -> bool {
    message.next(at) == Some('.') && message.next(at + 1).is_some_and(|c| c.is_ascii_digit())
}

/// The value of at most [`MOST_DIGITS`] digits, commas skipped.
fn value(digits: &str) -> u64 {
    digits.bytes().filter(u8::is_ascii_digit).fold(0, |sum, b| sum * 10 + u64::from(b - b'0'))
}

/// `一百二十三`, with the last unit left out as in speech (`一百二` is 120), or digit by digit (`一六五`).
fn chinese(message: &Message<'_>, at: usize) -> Number {
    let rest = message.after(at);
    let numerals = || rest.chars().take(MOST_NUMERALS).take_while(|c| is_numeral(*c));
    let end = at + numerals().map(char::len_utf8).sum::<usize>();
    let value = if numerals().any(|c| multiplier(c).is_some()) {
        by_unit(numerals())
    } else {
        numerals().filter_map(digit).fold(0, |value, digit| value * 10 + digit)
    };
    Number { start: at, end, thousandths: value.saturating_mul(1000), script: Script::Chinese }
}

fn by_unit(numerals: impl Iterator<Item = char>) -> u64 {
    let (mut total, mut section, mut last, mut unit, mut said_zero) = (0u64, 0u64, None, 1, false);
    for c in numerals {
        if let Some(value) = digit(c) {
            said_zero |= value == 0;
            last = Some(value);
        } else if let Some(times) = multiplier(c) {
            if times >= 10_000 {
                total += (section + last.take().unwrap_or(0)).max(1).saturating_mul(times);
                section = 0;
            } else {
                section += last.take().unwrap_or(1) * times;
            }
            (unit, said_zero) = (times, false);
        }
    }
    let tail = last.unwrap_or(0);
    let tail = if said_zero || unit < 100 { tail } else { tail * unit / 10 };
    total.saturating_add(section).saturating_add(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_spoken() {
        for (text, thousandths, length) in [
            ("99", 99_000, 2),
            ("99.9元", 99_900, 4),
            ("0.0312", 31, 6),
            ("1,299.50", 1_299_500, 8),
            ("1,234,567", 1_234_567_000, 9),
            ("2,300", 2_300_000, 5),
            ("2,30", 2_000, 1),
            ("2024.11.11", 2_024_000, 4),
            ("三百块", 300_000, 6),
            ("一百二", 120_000, 9),
            ("一百二十", 120_000, 12),
            ("一百零五", 105_000, 12),
            ("一万二", 12_000_000, 9),
            ("三万五千", 35_000_000, 12),
            ("十五", 15_000, 6),
            ("二十", 20_000, 6),
            ("一六五", 165_000, 9),
            ("两百五", 250_000, 9),
            ("三四十", 40_000, 9),
            ("亿亿亿亿亿亿亿亿亿亿亿亿亿", 1_200_000_000_000, 36),
        ] {
            let number = Number::at(&Message::new(text), 0);
            let read = number.map(|number| (number.thousandths, number.end));
            assert_eq!(read, Some((thousandths, length)), "{text}");
        }
        assert_eq!(Number::at(&Message::new("1234567890"), 0), None);
    }
}
