//! The figures of a calibration as tables for a terminal.

use std::io::{self, Write};

use super::figures::{Change, CurvePoint, Figures, Group, Outcome, Taken, Thresholds};
use super::policy::written;

pub(super) fn write(out: &mut dyn Write, figures: &Figures) -> io::Result<()> {
    let aim = &figures.aim;
    writeln!(out, "messages            {}", figures.messages)?;
    writeln!(out, "the AI could take   {}, were it sure enough of all", figures.all.of)?;
    writeln!(
        out,
        "promise             at most {} of what the AI takes is wrong, with confidence {} for {}",
        aim.max_wrong,
        aim.confidence,
        if aim.guarantee == "together" { "all groups together" } else { "each group alone" },
    )?;
    writeln!(
        out,
        "beside it           at most {} of what is at or above `assisted` is not among the first two, as surely",
        aim.max_unclear
    )?;
    writeln!(out, "groups tested       {}, each with confidence {:.4}", aim.tested, aim.confidence_each)?;

    groups(out, figures)?;
    if figures.groups.iter().any(|group| !matches!(group.ai, Outcome::Met { .. })) {
        writeln!(
            out,
            "\nA group that keeps its thresholds has no promise: they are the stricter of default and present."
        )?;
    }
    curve(out, figures)?;

    writeln!(
        out,
        "\n{:<34} {:>8} {:>9} {:>7} {:>6} {:>7} {:>8}",
        "", "messages", "to the ai", "share", "wrong", "share", "at most"
    )?;
    for (what, change) in
        [("what the AI could take", &figures.all), ("plain questions", &figures.plain), ("grave", &figures.grave)]
    {
        row(out, &format!("{what}, before"), change.of, &change.before)?;
        row(out, &format!("{what}, after"), change.of, &change.after)?;
    }
    row(out, "in groups with a promise, after", promised_of(figures), &figures.promised)
}

/// The messages of groups that keep a promise.
fn promised_of(figures: &Figures) -> usize {
    let kept = figures.groups.iter().filter(|group| matches!(group.ai, Outcome::Met { .. }));
    kept.map(|group| group.taken.of).sum()
}

fn groups(out: &mut dyn Write, figures: &Figures) -> io::Result<()> {
    writeln!(
        out,
        "\n{:<18} {:>5} {:>14} {:>14} {:>13} {:>9} {:>8}  outcome",
        "group", "rows", "ai", "assisted", "to the ai", "wrong", "at most"
    )?;
    for group in &figures.groups {
        let Change { of, before, after } = &group.taken;
        writeln!(
            out,
            "{:<18} {of:>5} {:>14} {:>14} {:>13} {:>9} {:>8.3}  {}",
            group.name,
            moved(group, |it| (it.before.ai, it.after.ai)),
            moved(group, |it| (it.before.assisted, it.after.assisted)),
            format!("{} > {}", before.messages, after.messages),
            format!("{} > {}", before.wrong, after.wrong),
            after.at_most,
            said(group),
        )?;
        if group.intents.len() > 1 || !group.intents.contains_key(&group.name) {
            let names: Vec<&str> = group.intents.keys().map(String::as_str).collect();
            writeln!(out, "  of {}", names.join(", "))?;
        }
    }
    Ok(())
}

/// A threshold before and after, and both ends where the intents of a group differ.
fn moved(group: &Group, of: fn(&Thresholds) -> (f32, f32)) -> String {
    let ends = |bar: fn((f32, f32)) -> f32| {
        let bars = || group.intents.values().map(of).map(bar);
        let (least, most) = (bars().fold(f32::INFINITY, f32::min), bars().fold(0.0, f32::max));
        if least == most { written(least) } else { format!("{}-{}", written(least), written(most)) }
    };
    let (before, after) = (ends(|(before, _)| before), ends(|(_, after)| after));
    if before == after { before } else { format!("{before} > {after}") }
}

/// Why, in a few words.
fn said(group: &Group) -> String {
    let ai = match group.ai {
        Outcome::Met { at_most, .. } => format!("ai shown, at most {at_most:.4} wrong"),
        Outcome::Missed { threshold, taken, wrong, .. } => {
            format!("ai kept, {wrong} of {taken} wrong already at {}", written(threshold))
        }
        Outcome::TooThin { rows, needed } => format!("ai kept, too thin: {rows} of {needed} rows"),
    };
    let assisted = match group.assisted {
        Outcome::Met { .. } => String::new(),
        Outcome::Missed { threshold, taken, wrong, .. } => {
            format!("; assisted kept, {wrong} of {taken} lost already at {}", written(threshold))
        }
        Outcome::TooThin { rows, needed } => format!("; assisted kept, too thin: {rows} of {needed} rows"),
    };
    ai + &assisted
}

/// Every twentieth of confidence, and the finer steps where most messages are.
fn curve(out: &mut dyn Write, figures: &Figures) -> io::Result<()> {
    writeln!(out, "\none threshold for  {:^36} | {:^36} | grave", "all that the AI could take", "plain questions")?;
    writeln!(
        out,
        "all intents        {:>9} {:>8} {:>7} {:>9} | {:>9} {:>8} {:>7} {:>9} | to the ai",
        "to the ai", "share", "wrong", "at most", "to the ai", "share", "wrong", "at most"
    )?;
    let mut last: Option<usize> = None;
    for point in &figures.curve {
        let CurvePoint { threshold, all, plain, grave } = point;
        let hundredths = (threshold * 100.0).round() as usize;
        // The first threshold of a band of five hundredths; above 0.9 every one.
        let band = if hundredths >= 90 { 100 + hundredths } else { hundredths / 5 };
        if last == Some(band) {
            continue;
        }
        last = Some(band);
        writeln!(
            out,
            "{:<18} {:>9} {:>8.3} {:>7.4} {:>9.4} | {:>9} {:>8.3} {:>7.4} {:>9.4} | {:>9}",
            written(*threshold),
            all.messages,
            all.share,
            all.wrong_share,
            all.at_most,
            plain.messages,
            plain.share,
            plain.wrong_share,
            plain.at_most,
            grave.messages,
        )?;
    }
    Ok(())
}

fn row(out: &mut dyn Write, what: &str, of: usize, taken: &Taken) -> io::Result<()> {
    let Taken { messages, share, wrong, wrong_share, at_most } = taken;
    writeln!(out, "{what:<34} {of:>8} {messages:>9} {share:>7.3} {wrong:>6} {wrong_share:>7.4} {at_most:>8.4}")
}
