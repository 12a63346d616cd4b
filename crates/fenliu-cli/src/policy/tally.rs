//! Counts and lists of what two policies decide otherwise.

use std::collections::BTreeMap;
use std::io::{self, Write};

use fenliu::{Because, Changed, Decision, Taxonomy, Tier};
use serde::Serialize;

use crate::colour::{BAD, FAINT, GOOD, STRONG, Style, padded, painted, width};

/// How wide the names of parts are written, in columns.
const PART: usize = 14;

#[derive(Debug, Serialize)]
pub(super) struct Tally {
    pub(super) messages: usize,
    pub(super) bad_lines: usize,
    /// Messages about which anything differs.
    pub(super) changed: usize,
    /// Every pair of tiers, old then new.
    tiers: Vec<Moved>,
    /// For each rule that speaks on one side only, after `+` (new) or `-` (old): how many messages.
    rules: BTreeMap<String, usize>,
    /// The first that change, as many as are listed.
    changes: Vec<Change>,
    #[serde(skip)]
    limit: usize,
}

#[derive(Debug, Serialize)]
struct Moved {
    old: Tier,
    new: Tier,
    messages: usize,
}

/// One message about which the two differ.
#[derive(Debug, Serialize)]
struct Change {
    line: usize,
    text: String,
    parts: Vec<Part>,
    rules: Vec<String>,
    /// Why, as the policies say it; of each side what the other does not say.
    old_reasons: Vec<Why>,
    new_reasons: Vec<Why>,
}

#[derive(Debug, Serialize)]
struct Part {
    what: &'static str,
    old: String,
    new: String,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Why {
    code: String,
    rule: String,
    because: String,
}

impl Tally {
    /// Lists the first `limit` changes; all are counted.
    pub(super) fn new(limit: usize) -> Self {
        let pairs = Tier::ALL.iter().flat_map(|old| Tier::ALL.iter().map(|new| (*old, *new)));
        Self {
            messages: 0,
            bad_lines: 0,
            changed: 0,
            tiers: pairs.map(|(old, new)| Moved { old, new, messages: 0 }).collect(),
            rules: BTreeMap::new(),
            changes: Vec::new(),
            limit,
        }
    }

    /// Counts one message and the two decisions about it.
    pub(super) fn add(&mut self, line: usize, text: String, (old, new): (&Decision, &Decision), taxonomy: &Taxonomy) {
        self.messages += 1;
        let moved = self.tiers.iter_mut().find(|moved| moved.old == old.tier && moved.new == new.tier);
        if let Some(moved) = moved {
            moved.messages += 1;
        }
        let changes = old.changes(new);
        if changes.is_empty() {
            return;
        }
        self.changed += 1;
        let rules = old.rules_apart(new);
        for rule in &rules {
            *self.rules.entry(rule.clone()).or_default() += 1;
        }
        if self.changes.len() == self.limit {
            return;
        }
        let part = |Changed { what, from, to, .. }: Changed| match what {
            // The decision counts intents; people know them by name.
            "requests" => Part { what, old: requests(old, taxonomy), new: requests(new, taxonomy) },
            _ => Part { what, old: from, new: to },
        };
        self.changes.push(Change {
            line,
            text,
            parts: changes.into_iter().map(part).collect(),
            rules,
            old_reasons: only(&old.reasons, &new.reasons),
            new_reasons: only(&new.reasons, &old.reasons),
        });
    }

    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for change in &self.changes {
            change.write(out)?;
        }
        let left_out = self.changed - self.changes.len();
        if left_out > 0 {
            writeln!(out, "{left_out} more changes, listed with --limit {}\n", self.changed)?;
        }
        self.write_tiers(out)?;
        if !self.rules.is_empty() {
            let mut rules: Vec<(&String, &usize)> = self.rules.iter().collect();
            rules.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            let columns = rules.iter().map(|(rule, _)| width(rule)).max().unwrap_or(0);
            writeln!(out, "\n{}", painted(STRONG, format!("{}  messages", padded("rule", columns))))?;
            for (rule, count) in rules {
                writeln!(out, "{}  {count:>8}", painted(side(rule), padded(rule, columns)))?;
            }
        }
        let changed = format!("{} of {} messages change, {}", self.changed, self.messages, self.share(self.changed));
        writeln!(out, "\n{}", painted(STRONG, changed))
    }

    /// Rows: the old tier; columns: the new one.
    fn write_tiers(&self, out: &mut dyn Write) -> io::Result<()> {
        let names: String = Tier::ALL.iter().map(|tier| format!("{:>18}", tier.as_str())).collect();
        writeln!(out, "{}", painted(STRONG, format!("{:<10}{names}", "old \\ new")))?;
        for old in Tier::ALL {
            write!(out, "{}", painted(STRONG, format!("{:<10}", old.as_str())))?;
            for moved in self.tiers.iter().filter(|moved| moved.old == *old) {
                let cell = format!("{:>9} {:>8}", moved.messages, self.share(moved.messages));
                let style = match (moved.messages, moved.new.cmp(&moved.old)) {
                    (0, _) | (_, std::cmp::Ordering::Equal) => FAINT,
                    (_, std::cmp::Ordering::Greater) => GOOD,
                    (_, std::cmp::Ordering::Less) => BAD,
                };
                write!(out, "{}", painted(style, cell))?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    /// Of all messages, such as `12.3 %`.
    fn share(&self, count: usize) -> String {
        #[expect(clippy::cast_precision_loss, reason = "a share with one decimal")]
        let percent = 100.0 * count as f64 / self.messages.max(1) as f64;
        format!("{percent:.1} %")
    }
}

impl Change {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{} {}", painted(FAINT, format!("line {}", self.line)), painted(STRONG, &self.text))?;
        for Part { what, old, new } in &self.parts {
            writeln!(out, "  {}  {old} → {new}", padded(what, PART))?;
        }
        for (style, sign, reasons) in [(BAD, '-', &self.old_reasons), (GOOD, '+', &self.new_reasons)] {
            for Why { code, rule, because } in reasons {
                writeln!(out, "  {}", painted(style, format!("{sign} {because} [{code} · {rule}]")))?;
            }
        }
        writeln!(out)
    }
}

fn side(rule: &str) -> Style {
    match rule.chars().next() {
        Some('+') => GOOD,
        Some('-') => BAD,
        _ => FAINT,
    }
}

fn only(these: &[Because], those: &[Because]) -> Vec<Why> {
    let own = these.iter().filter(|reason| !those.contains(reason));
    own.map(|reason| Why {
        code: reason.code.to_string(),
        rule: reason.rule.to_string(),
        because: reason.because.to_string(),
    })
    .collect()
}

fn requests(decision: &Decision, taxonomy: &Taxonomy) -> String {
    let asked = decision.intents.iter().enumerate().filter(|(index, one)| *index == 0 || one.also);
    let names: Vec<&str> = asked.map(|(_, one)| &*taxonomy.intent(one.intent).id).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(" + ") }
}
