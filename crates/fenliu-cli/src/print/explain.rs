//! The whole way to a decision for a person: what was looked at, every bar, every rule that held and did not.

use std::io::{self, Write};

use fenliu::{Checked, RuleKind, RuleTrace, Signal, ThresholdTrace, Trace};

use crate::colour::{BAD, FAINT, GOOD, STRONG, padded, painted, width};

/// A key longer than this pushes its own line only, not all others.
const KEY: usize = 28;

pub(super) fn trace(out: &mut dyn Write, trace: &Trace) -> io::Result<()> {
    heading(out, "所见")?;
    let columns = widest(trace.signals.iter().map(|signal| signal.name.as_str()));
    for Signal { name, value, .. } in &trace.signals {
        writeln!(out, "  {}  {}", padded(name, columns), if value.is_empty() { "none" } else { value })?;
    }
    heading(out, "阈值")?;
    let columns = widest(trace.thresholds.iter().map(|threshold| threshold.name.as_str()));
    for ThresholdTrace { name, value, limit, distance, .. } in &trace.thresholds {
        let (sign, style) = if *distance < 0.0 { ("<", BAD) } else { ("≥", GOOD) };
        let distance = painted(style, format!("{distance:+.4}"));
        writeln!(out, "  {}  {value:.4} {sign} {limit:.4}  {distance}", padded(name, columns))?;
    }
    heading(out, "规则（● 成立，○ 不成立）")?;
    let columns = widest(trace.rules.iter().map(|rule| rule.name.as_str()));
    for asked in &trace.rules {
        rule(out, asked, columns)?;
    }
    Ok(())
}

fn heading(out: &mut dyn Write, text: &str) -> io::Result<()> {
    writeln!(out, "\n{}", painted(STRONG, text))
}

fn rule(out: &mut dyn Write, rule: &RuleTrace, columns: usize) -> io::Result<()> {
    let mark = if rule.held { painted(GOOD, "●") } else { painted(FAINT, "○") };
    // Rows of routes and of the queue leave the tier as it is.
    let moves = match rule.kind {
        RuleKind::Shed | RuleKind::Floor | RuleKind::Step => true,
        RuleKind::Queue | RuleKind::Route => false,
    };
    let name = if moves { padded(&rule.name, columns) } else { rule.name.clone() };
    let name = if rule.held { painted(STRONG, name) } else { name };
    let moved = match (moves, rule.before == rule.after) {
        (false, _) => String::new(),
        (true, true) => format!("  {}", painted(FAINT, rule.after)),
        (true, false) => format!("  {}", painted(BAD, format!("{} → {}", rule.before, rule.after))),
    };
    writeln!(out, "  {mark} {:<5}  {name}{moved}", rule.kind.as_str())?;
    for test in &rule.tests {
        checked(out, test)?;
    }
    Ok(())
}

fn checked(out: &mut dyn Write, test: &Checked) -> io::Result<()> {
    let mark = if test.held { painted(GOOD, "✓") } else { painted(FAINT, "✗") };
    let (key, found, expected) = (padded(&test.key, KEY), &test.found, &test.expected);
    writeln!(out, "      {mark} {key}  {found}  {}", painted(FAINT, format!("期望 {expected}")))
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(width).max().unwrap_or(0)
}
