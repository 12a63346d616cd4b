//! The figures of an evaluation as tables for a terminal.

mod more;

use std::io::{self, Write};

use super::figures::Figures;

pub(super) fn write(out: &mut dyn Write, figures: &Figures) -> io::Result<()> {
    writeln!(out, "messages            {}", figures.messages)?;
    if figures.measured.with_context > 0 {
        writeln!(out, "with context        {}", figures.measured.with_context)?;
    }
    writeln!(out, "intent accuracy     {:.4}", figures.intent_accuracy)?;
    writeln!(out, "intent macro-F1     {:.4}", figures.intent_macro_f1)?;
    writeln!(out, "emotion accuracy    {:.4}", figures.emotion_accuracy)?;
    writeln!(out, "emotion macro-F1    {:.4}", figures.emotion_macro_f1)?;
    writeln!(out, "calibration error   {:.4}", figures.calibration.expected_error)?;
    writeln!(out, "area under risk     {:.4}", figures.coverage.area_under_risk)?;
    let times = &figures.microseconds;
    writeln!(out, "µs a message        mean {:.0}, p50 {:.0}, p99 {:.0}", times.mean, times.p50, times.p99)?;
    for (model, count) in &figures.answered_by {
        writeln!(out, "answered by {model:<7} {count}")?;
    }
    writeln!(out, "degraded            {}", figures.degraded)?;

    writeln!(out, "\n{:<10} {:>8} {:>7} {:>16}", "tier", "messages", "share", "intent accuracy")?;
    for (tier, share) in &figures.tiers {
        writeln!(out, "{tier:<10} {:>8} {:>7.3} {:>16.3}", share.messages, share.share, share.intent_accuracy)?;
    }

    more::routing(out, &figures.routing)?;

    for (what, scores) in [("intent", &figures.intents), ("emotion", &figures.emotions)] {
        writeln!(out, "\n{what:<20} {:>7} {:>7} {:>10} {:>7} {:>7}", "wanted", "found", "precision", "recall", "F1")?;
        for (label, score) in scores {
            writeln!(
                out,
                "{label:<20} {:>7} {:>7} {:>10.3} {:>7.3} {:>7.3}",
                score.wanted, score.found, score.precision, score.recall, score.f1
            )?;
        }
    }

    writeln!(out, "\n{:>5}  {:<20} found as", "times", "wanted")?;
    for confusion in &figures.confusions {
        writeln!(out, "{:>5}  {:<20} {}", confusion.times, confusion.wanted, confusion.found)?;
    }

    more::calibration(out, &figures.calibration)?;
    more::coverage(out, &figures.coverage)?;
    more::groups(out, "source", &figures.sources)?;
    more::groups(out, "tag", &figures.tags)?;
    more::scope(out, &figures.out_of_scope)?;
    match &figures.comparison {
        Some(comparison) => more::comparison(out, &figures.measured, comparison),
        None => Ok(()),
    }
}
