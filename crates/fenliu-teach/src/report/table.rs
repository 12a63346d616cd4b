//! A report as text for a terminal.

use std::fmt::{self, Display, Formatter};

use super::{Alike, Kept, OUT_OF_SCOPE, Report, TaughtIntent};

/// How many of the intents that something is confused with are named.
const NAMED: usize = 3;

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "measured on messages that were not fitted on (five folds)\n")?;
        let head = ("taught", "examples", "recall", "precision");
        writeln!(
            f,
            "{:<22} {:>8} {:>7} {:>10}  {:<34}  wrongly read as it",
            head.0, head.1, head.2, head.3, "read as instead"
        )?;
        self.taught.iter().try_for_each(|intent| intent.write(f))?;
        for intent in self.taught.iter().filter(|intent| intent.out_of_scope > 0) {
            let (id, count, of) = (&intent.id, intent.out_of_scope, intent.examples);
            writeln!(
                f,
                "{id}: {count} of {of} examples score {OUT_OF_SCOPE} or more for being out of scope, which teaching does \
                 not change; a policy hears them where its `believe.foreign` is higher"
            )?;
        }
        self.kept.write(f)?;
        if self.overruled > 0 {
            writeln!(
                f,
                "{} of our own messages stand under another intent in the examples, which count",
                self.overruled
            )?;
        }
        let [before, after] = self.limits;
        writeln!(f, "\n{:<34} {:>7} {:>7}", "models", "before", "after")?;
        for (what, before, after) in [
            ("temperature of the fast model", before.fast_temperature, after.fast_temperature),
            ("temperature of the deep model", before.deep_temperature, after.deep_temperature),
            ("the fast one alone is believed from", before.accept, after.accept),
        ] {
            writeln!(f, "{what:<36} {before:>5.2} {after:>7.2}")?;
        }
        writeln!(f, "{:<36} {:>4.0}% {:>6.0}%", "so it answers alone", 100.0 * before.alone, 100.0 * after.alone)
    }
}

impl TaughtIntent {
    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let name = if self.new { format!("{} (new)", self.id) } else { self.id.clone() };
        let (recall, precision) = (share(self.found, self.examples), share(self.right, self.read));
        let (as_others, others) = (named(&self.taken_for), named(&self.takes));
        writeln!(f, "{name:<22} {:>8} {recall:>7} {precision:>10}  {as_others:<34}  {others}", self.examples)
    }
}

impl Kept {
    fn write(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<22} {:>8} {:>7} {:>7} {:>5} {:>6}  lost to",
            "known", "messages", "before", "after", "lost", "gained"
        )?;
        let (lost, gained) = self.intents.iter().fold((0, 0), |all, it| (all.0 + it.lost, all.1 + it.gained));
        let all = (self.messages, share(self.before, self.messages), share(self.after, self.messages));
        writeln!(f, "{:<22} {:>8} {:>7} {:>7} {lost:>5} {gained:>6}", "all", all.0, all.1, all.2)?;
        for it in &self.intents {
            let after = it.before + it.gained - it.lost;
            let (before, after) = (share(it.before, it.messages), share(after, it.messages));
            let line =
                format!("{:<22} {:>8} {before:>7} {after:>7} {:>5} {:>6}", it.id, it.messages, it.lost, it.gained);
            writeln!(f, "{}", format!("{line}  {}", named(&it.lost_to)).trim_end())?;
        }
        Ok(())
    }
}

impl Display for Alike {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "`{}` and `{}` cannot be told apart:", self.smaller, self.other)?;
        for (own, read_as, confused, rows, texts) in [
            (&self.smaller, &self.other, self.confused, self.rows, &self.texts),
            (&self.other, &self.smaller, self.other_confused, self.other_rows, &self.other_texts),
        ] {
            if confused > 0 {
                writeln!(f, "  {confused} of {rows} messages of `{own}` are read as `{read_as}`, such as")?;
            }
            texts.iter().try_for_each(|text| writeln!(f, "    {text}"))?;
        }
        Ok(())
    }
}

/// `0.917`; a dash where there is nothing to have a share of.
fn share(part: usize, all: usize) -> String {
    if all == 0 { "-".to_owned() } else { format!("{:.3}", part as f64 / all as f64) }
}

/// `price_promo 2, payment 1`
fn named(counts: &[(String, usize)]) -> String {
    let shown = counts.iter().take(NAMED).map(|(id, times)| format!("{id} {times}"));
    let more = counts.len().saturating_sub(NAMED);
    shown.chain((more > 0).then(|| format!("{more} more"))).collect::<Vec<_>>().join(", ")
}
