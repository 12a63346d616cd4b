//! The tables beside the scores: confidence, parts of the file, out of scope, two models.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::eval::calibration::Calibration;
use crate::eval::coverage::Coverage;
use crate::eval::figures::Measured;
use crate::eval::groups::Group;
use crate::eval::paired::{Comparison, Paired};
use crate::eval::routing::{Routing, ToAi};
use crate::eval::scope::Scope;

pub(super) fn routing(out: &mut dyn Write, routing: &Routing) -> io::Result<()> {
    writeln!(out, "\n{:<10} {:>13} {:>13} {:>13}", "asked for", "sent to ai", "assisted", "advisor")?;
    for (due, row) in &routing.tiers {
        write!(out, "{due:<10}")?;
        for sent in row.values() {
            write!(out, " {:>13}", sent.messages)?;
        }
        writeln!(out)?;
        write!(out, "{:<10}", "  cost")?;
        for sent in row.values() {
            write!(out, " {:>13}", sent.cost)?;
        }
        writeln!(out)?;
    }
    writeln!(out, "cost                {:.0} in all, {:.4} a message", routing.cost, routing.mean_cost)?;

    writeln!(
        out,
        "\n{:<16} {:>8} {:>9} {:>7} {:>10} {:>13} {:>7} {:>8}",
        "", "messages", "to the ai", "share", "asked back", "wrong intent", "share", "at most"
    )?;
    for (what, kind) in [("plain questions", &routing.plain), ("grave", &routing.grave), ("all", &routing.all)] {
        let ToAi { messages, to_ai, share, asked_back, wrong, wrong_share, wrong_at_most } = kind;
        writeln!(
            out,
            "{what:<16} {messages:>8} {to_ai:>9} {share:>7.3} {asked_back:>10} {wrong:>13} {wrong_share:>7.3} {wrong_at_most:>8.3}"
        )?;
    }
    Ok(())
}

pub(super) fn calibration(out: &mut dyn Write, calibration: &Calibration) -> io::Result<()> {
    writeln!(out, "\n{:<15} {:>8} {:>16} {:>9}", "confidence", "messages", "mean confidence", "accuracy")?;
    for bin in &calibration.bins {
        if let Some(means) = &bin.measured {
            writeln!(
                out,
                "{:.3} to {:.3}  {:>8} {:>16.3} {:>9.3}",
                bin.from, bin.to, bin.messages, means.confidence, means.accuracy
            )?;
        }
    }
    Ok(())
}

pub(super) fn coverage(out: &mut dyn Write, coverage: &Coverage) -> io::Result<()> {
    writeln!(out, "\n{:<15} {:>8} {:>16} {:>9}", "coverage", "messages", "confidence from", "wrong")?;
    for point in &coverage.points {
        writeln!(out, "{:<15.3} {:>8} {:>16.3} {:>9.3}", point.coverage, point.messages, point.confidence, point.risk)?;
    }
    writeln!(out, "area under risk {:.4}, with the best order {:.4}", coverage.area_under_risk, coverage.area_at_best)
}

/// Nothing where there is no group.
pub(super) fn groups(out: &mut dyn Write, what: &str, groups: &BTreeMap<String, Group>) -> io::Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n{what:<20} {:>8} {:>16} {:>17} {:>17}",
        "messages", "intent accuracy", "emotion accuracy", "emotion macro-F1"
    )?;
    for (name, group) in groups {
        writeln!(
            out,
            "{:<20} {:>8} {:>16.3} {:>17.3} {:>17.3}",
            printable(name),
            group.messages,
            group.intent_accuracy,
            group.emotion_accuracy,
            group.emotion_macro_f1
        )?;
    }
    Ok(())
}

/// A name from the file, which must not move the terminal's cursor.
fn printable(name: &str) -> String {
    name.chars().map(|character| if character.is_control() { '\u{fffd}' } else { character }).collect()
}

pub(super) fn scope(out: &mut dyn Write, scope: &Scope) -> io::Result<()> {
    let measured = match scope {
        Scope::Absent { absent } => return writeln!(out, "\nout of scope        not measured: {absent}"),
        Scope::Measured(measured) => measured,
    };
    writeln!(
        out,
        "\nout of scope        AUROC {:.4}, {} messages foreign, {} in scope",
        measured.auroc, measured.foreign, measured.in_scope
    )?;
    writeln!(
        out,
        "{:<15} {:>10} {:>21} {:>20}",
        "accepted loss", "threshold", "in-scope turned away", "foreign turned away"
    )?;
    for at in &measured.at {
        let threshold = at.threshold.map_or_else(|| "none".to_owned(), |threshold| format!("{threshold:.6}"));
        writeln!(out, "{:<15.3} {threshold:>10} {:>21.4} {:>20.4}", at.accepted_loss, at.loss, at.recall)?;
    }
    Ok(())
}

pub(super) fn comparison(out: &mut dyn Write, measured: &Measured, comparison: &Comparison) -> io::Result<()> {
    let against = &comparison.against;
    writeln!(out, "\nthis                {}, revision {}", measured.model, measured.revision.model)?;
    writeln!(out, "other               {}, revision {}", against.model, against.revision)?;
    paired(out, "intent", &comparison.intent)?;
    paired(out, "emotion", &comparison.emotion)
}

fn paired(out: &mut dyn Write, what: &str, paired: &Paired) -> io::Result<()> {
    writeln!(out, "\n{what:<15} {:>12} {:>12}", "other right", "other wrong")?;
    writeln!(out, "{:<15} {:>12} {:>12}", "this right", paired.both_right, paired.only_this_right)?;
    writeln!(out, "{:<15} {:>12} {:>12}", "this wrong", paired.only_against_right, paired.both_wrong)?;
    writeln!(out, "accuracy        {:.4}, other {:.4}", paired.accuracy, paired.accuracy_against)?;
    writeln!(
        out,
        "difference      {:+.4}, 95 % between {:+.4} and {:+.4}, McNemar p = {}",
        paired.difference,
        paired.interval.low,
        paired.interval.high,
        paired.chance()
    )
}
