//! A number cut into cells by every bar that is compared with it: within one cell no bar can tell two numbers apart.

use super::formula::{Formula, Var};

/// The cells of one number, from 0 up, and one more value where there may be no number.
#[derive(Debug, Clone)]
pub(super) struct Cells<T> {
    pub(super) var: Var,
    /// The first number of every cell but the first, rising.
    cuts: Vec<T>,
}

impl<T: Copy + PartialOrd + Default> Cells<T> {
    /// `plain` is the number of a message of which nothing is said; `may_lack` adds the value for no number.
    pub(super) fn new(words: &mut usize, mut cuts: Vec<T>, plain: T, may_lack: bool) -> Self {
        cuts.retain(|cut| *cut > T::default());
        cuts.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        cuts.dedup();
        let plain = cuts.partition_point(|cut| *cut <= plain);
        let size = cuts.len() + 1 + usize::from(may_lack);
        Self { var: Var::new(words, size, plain), cuts }
    }

    pub(super) fn count(&self) -> usize {
        self.cuts.len() + 1
    }

    /// Which value stands for no number.
    pub(super) fn lacking(&self) -> usize {
        self.count()
    }

    pub(super) fn is_lacking(&self) -> Formula {
        self.var.equals(self.lacking())
    }

    /// The bar must be one of the cuts.
    pub(super) fn at_least(&self, bar: T) -> Formula {
        let from = if bar <= T::default() { 0 } else { self.cuts.partition_point(|cut| *cut < bar) + 1 };
        self.var.is(|cell| cell >= from && cell < self.count())
    }

    /// Also where there is no number.
    pub(super) fn below(&self, bar: T) -> Formula {
        self.at_least(bar).not()
    }

    /// The first number of a cell, and the first of the next.
    pub(super) fn bounds(&self, cell: usize) -> (T, Option<T>) {
        let lower = cell.checked_sub(1).and_then(|before| self.cuts.get(before)).copied().unwrap_or_default();
        (lower, self.cuts.get(cell).copied())
    }

    pub(super) fn holds(&self, cell: usize, number: T) -> bool {
        let (lower, upper) = self.bounds(cell);
        cell < self.count() && lower <= number && upper.is_none_or(|upper| number < upper)
    }
}
