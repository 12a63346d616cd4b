//! Which rules of a policy its cases have reached.

use std::io::{self, Write};

use fenliu::{Policy, RuleKind, RuleName};
use serde::Serialize;

use crate::colour::{BAD, STRONG, padded, painted, width};

/// How many cases reached each rule, in the order of the file.
#[derive(Debug, Serialize)]
pub(super) struct Coverage {
    /// Rules that a case reached, of a hundred; rounded down, so that 100 means all.
    pub(super) percent: f64,
    pub(super) reached: usize,
    pub(super) rules: Vec<Reached>,
}

#[derive(Debug, Serialize)]
pub(super) struct Reached {
    kind: RuleKind,
    name: String,
    cases: usize,
}

impl Coverage {
    /// `held`: of each case the rules that held.
    pub(super) fn new(policy: &Policy, held: &[Vec<RuleName>]) -> Self {
        let count = |rule: &RuleName| held.iter().filter(|case| case.contains(rule)).count();
        let rules = policy.rules();
        let rules: Vec<Reached> = rules
            .into_iter()
            .map(|rule| Reached { cases: count(&rule), kind: rule.kind, name: rule.name.to_string() })
            .collect();
        let reached = rules.iter().filter(|rule| rule.cases > 0).count();
        Self { percent: share(reached, rules.len()), reached, rules }
    }

    /// Whether fewer of a hundred rules are reached.
    pub(super) fn is_under(&self, percent: f64) -> bool {
        self.percent < percent
    }

    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let columns = self.rules.iter().map(|rule| width(&rule.name)).max().unwrap_or(0).max(4);
        writeln!(out, "{}", painted(STRONG, format!("kind   {}  cases", padded("rule", columns))))?;
        for Reached { kind, name, cases } in &self.rules {
            let line = format!("{:<5}  {}  {cases:>5}", kind.as_str(), padded(name, columns));
            if *cases == 0 {
                writeln!(out, "{}", painted(BAD, format!("{line}  never reached")))?;
            } else {
                writeln!(out, "{line}")?;
            }
        }
        writeln!(out, "\ncoverage  {} of {} rules, {:.1} %", self.reached, self.rules.len(), self.percent)
    }
}

/// Percent with one decimal, rounded down; a policy without rules is covered.
fn share(part: usize, whole: usize) -> f64 {
    match (part * 1000).checked_div(whole) {
        Some(thousandths) => f64::from(u32::try_from(thousandths).unwrap_or(1000)) / 10.0,
        None => 100.0,
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn only_all_is_a_hundred_percent() {
        for (part, whole, percent) in [(0, 0, 100.0), (0, 3, 0.0), (2, 3, 66.6), (2999, 3000, 99.9), (3, 3, 100.0)] {
            assert!((share(part, whole) - percent).abs() < 1e-9, "{part} of {whole}");
        }
    }
}
