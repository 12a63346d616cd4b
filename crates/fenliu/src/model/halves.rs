//! Weights kept in sixteen bits and made `f32` again where they are read; the only file that names fearless_simd.
//!
//! Reading the weights from memory, not the arithmetic, is the larger half of a run, so half the bytes is much of the
//! time. The widths that a processor has are found while running.

use fearless_simd::{Level, dispatch};

/// The exponent, as `f32` counts it, that the code's exponent 0 stands for: 2^-24 is the least that f16 can hold.
const LEAST_EXPONENT: u32 = 127 - 24;

/// Sign, five bits of exponent, ten of mantissa. Unlike f16 there are no values without a leading one, which would
/// need a case of their own in the reading: 0 becomes 2^-24.
///
/// Exact for every f16 whose magnitude is 2^-24 to below 256; `None` for what it cannot hold.
pub(super) fn halved(value: f32) -> Option<u16> {
    let bits = value.to_bits();
    let sign = bits >> 16 & 0x8000;
    if value == 0.0 {
        return u16::try_from(sign).ok();
    }
    let exponent = (bits >> 23 & 0xff).checked_sub(LEAST_EXPONENT).filter(|exponent| *exponent < 32)?;
    let mantissa = Some(bits >> 13 & 0x3ff).filter(|_| bits & 0x1fff == 0)?;
    u16::try_from(sign | exponent << 10 | mantissa).ok()
}

/// Writes what the codes stand for; the longer of the two slices keeps its rest.
pub(super) fn widen(codes: &[u16], values: &mut [f32]) {
    dispatch!(Level::new(), _simd => plainly(codes, values));
}

/// Adds up rows of codes; each is as long as `sums`.
pub(super) fn widen_sum<'a>(rows: impl Iterator<Item = &'a [u16]>, sums: &mut [f32]) {
    dispatch!(Level::new(), _simd => plain_sum(rows, sums));
}

#[inline(always)]
fn plain_sum<'a>(rows: impl Iterator<Item = &'a [u16]>, sums: &mut [f32]) {
    for row in rows {
        for (sum, code) in sums.iter_mut().zip(row) {
            *sum += wide(*code);
        }
    }
}

/// A loop that the compiler lays out for each width of register: it is inlined where the width is known.
#[inline(always)]
fn plainly(codes: &[u16], values: &mut [f32]) {
    for (value, code) in values.iter_mut().zip(codes) {
        *value = wide(*code);
    }
}

#[inline(always)]
fn wide(code: u16) -> f32 {
    // With its sign drawn out to 32 bits, the code's exponent ends where that of f32 does.
    let drawn = (i32::from(code.cast_signed()) << 13).cast_unsigned();
    f32::from_bits((drawn & 0x8fff_ffff) + (LEAST_EXPONENT << 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of an f16 by its definition.
    fn value(bits: u16) -> f32 {
        let (exponent, mantissa) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff) / 1024.0);
        let size = if exponent == 0 { mantissa / 16384.0 } else { (1.0 + mantissa) * 2f32.powi(exponent - 15) };
        if bits & 0x8000 == 0 { size } else { -size }
    }

    #[test]
    fn every_half_that_a_weight_can_be_comes_back_as_it_was() {
        let all: Vec<f32> = (0..=u16::MAX).map(value).filter(|value| value.abs() < 256.0).collect();
        let codes: Vec<u16> = all.iter().map(|value| halved(*value).unwrap()).collect();
        let mut back = vec![7.0; all.len() + 1];
        widen(&codes, &mut back);
        for (was, is) in all.iter().zip(&back) {
            assert!(was == is || *was == 0.0 && is.abs() == 2f32.powi(-24), "{was} became {is}");
        }
        assert_eq!(back.last(), Some(&7.0));
        widen(&codes, &mut back[..5]);
        assert_eq!(all[2], back[2]);
    }

    #[test]
    fn what_would_not_come_back_has_no_code() {
        for value in [0.1, 256.0, -1e9, 2f32.powi(-25), f32::NAN, f32::INFINITY] {
            assert_eq!(halved(value), None, "{value}");
        }
    }
}
