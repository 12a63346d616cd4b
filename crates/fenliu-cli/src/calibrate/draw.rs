//! The report of a calibration: figures for programs, and pictures as SVG and PNG.

use crate::exit::Failure;
use crate::picture::plot::{Axis, Plot};
use crate::picture::{Picture, escape, percent};
use crate::place::Place;

use super::figures::{CurvePoint, Figures, Group, Outcome, Taken};

pub(super) fn report(place: &Place, figures: &Figures) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(figures).map_err(Failure::usage)?;
    place.put("figures.json", json + "\n")?;
    let plain: fn(&CurvePoint) -> &Taken = |point| &point.plain;
    let pictures = [
        (
            "coverage-risk",
            risk(figures, "What the AI takes: coverage against risk", |point| &point.all, figures.all.after),
        ),
        ("plain-questions", risk(figures, "Plain questions: coverage against risk", plain, figures.plain.after)),
        ("groups", groups(figures)),
    ];
    for (name, picture) in pictures {
        place.put(&format!("{name}.svg"), picture.file())?;
        place.put(&format!("{name}.png"), picture.png().map_err(Failure::usage)?)?;
    }
    Ok(())
}

/// The axis of the risk ends at the first of these that holds all of the measured.
const TOPS: [f64; 6] = [0.05, 0.1, 0.2, 0.3, 0.5, 1.0];

fn top(risks: impl Iterator<Item = f64>) -> f64 {
    let highest = risks.fold(0.0, f64::max);
    TOPS.into_iter().find(|top| highest <= *top).unwrap_or(1.0)
}

/// The curve of one threshold for all, its upper bound, what is allowed, and a dot for the thresholds that were chosen.
fn risk(figures: &Figures, title: &'static str, of: fn(&CurvePoint) -> &Taken, chosen: Taken) -> Picture {
    let points = || figures.curve.iter().map(of).filter(|taken| taken.messages > 0);
    let top = top(points().map(|taken| taken.wrong_share).chain([chosen.wrong_share, 2.0 * figures.aim.max_wrong]));
    let mut plot = Plot::new(
        title,
        Axis { name: "coverage: messages that go to the AI", top: 1.0 },
        Axis { name: "risk: wrong intents among them", top },
    );
    let allowed = figures.aim.max_wrong;
    plot.line("limit", [(0.0, allowed), (1.0, allowed)].into_iter());
    plot.line("aim", points().map(|taken| (taken.share, taken.at_most)));
    plot.line("line", points().map(|taken| (taken.share, taken.wrong_share)));
    let (x, y) = (plot.x(chosen.share), plot.y(chosen.wrong_share));
    plot.add(&format!(
        "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"><title>the thresholds of the policy: {} taken, {} \
         wrong</title></circle>",
        percent(chosen.share),
        percent(chosen.wrong_share),
    ));
    plot.legend("one threshold (dot: the policy's)", &format!("bound, {} sure", percent(figures.aim.confidence)));
    plot.finish()
}

// In pixels: the height of a row, and what stands to the left, above, across and to the right.
const ROW: f64 = 24.0;
const LEFT: f64 = 150.0;
const ABOVE: f64 = 46.0;
const WIDTH: f64 = 420.0;
const RIGHT: f64 = 190.0;

/// A row for each group with messages: the wrong share of what goes to the AI, up to its bound.
fn groups(figures: &Figures) -> Picture {
    let shown: Vec<&Group> = figures.groups.iter().filter(|group| group.taken.of > 0).collect();
    let top = top(shown.iter().map(|group| group.taken.after.wrong_share).chain([2.0 * figures.aim.max_wrong]));
    let bottom = ABOVE + ROW * shown.len() as f64;
    let (width, height) = (LEFT + WIDTH + RIGHT, bottom + 40.0);
    let mut picture = Picture::new(width as u32, height as u32, "Wrong intents among what the AI takes, by group");
    let x = |share: f64| LEFT + WIDTH * (share / top).clamp(0.0, 1.0);
    for share in [0.0, 0.25, 0.5, 0.75, 1.0].map(|part| part * top) {
        picture.add(&format!(
            "<path class=\"grid\" d=\"M{x:.1} {ABOVE}V{bottom}\"/><text class=\"soft middle\" x=\"{x:.1}\" y=\"{}\">{}</text>",
            bottom + 18.0,
            percent(share),
            x = x(share),
        ));
    }
    let allowed = x(figures.aim.max_wrong);
    picture.add(&format!(
        "<path class=\"limit\" d=\"M{allowed:.1} {}V{bottom}\"/><text class=\"soft middle\" x=\"{allowed:.1}\" y=\"{}\">\
         allowed</text><text x=\"10\" y=\"18\">wrong intents among what the AI takes, up to the bound</text>",
        ABOVE - 4.0,
        ABOVE - 8.0,
    ));
    for (index, group) in shown.into_iter().enumerate() {
        line(&mut picture, group, ABOVE + ROW * (index as f64 + 0.5), x);
    }
    picture.add(&format!(
        "<rect class=\"frame\" x=\"{LEFT}\" y=\"{ABOVE}\" width=\"{WIDTH}\" height=\"{}\"/>",
        bottom - ABOVE
    ));
    picture
}

fn line(picture: &mut Picture, group: &Group, y: f64, x: impl Fn(f64) -> f64) {
    let after = &group.taken.after;
    let (measured, bound) = (x(after.wrong_share), x(after.at_most));
    let is_met = matches!(group.ai, Outcome::Met { .. });
    let (bar, dot) = if is_met { ("right", "dot") } else { ("wrong", "wrong") };
    picture.add(&format!(
        "<text class=\"end\" x=\"{}\" y=\"{:.1}\">{}</text>\
         <rect class=\"{bar}\" fill-opacity=\"0.35\" x=\"{measured:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"8\"/>\
         <circle class=\"{dot}\" cx=\"{measured:.1}\" cy=\"{y:.1}\" r=\"4\"/>\
         <text class=\"soft\" x=\"{}\" y=\"{:.1}\">{} of {}, {}</text>",
        LEFT - 8.0,
        y + 4.0,
        escape(&group.name),
        y - 4.0,
        (bound - measured).max(0.0),
        LEFT + WIDTH + 10.0,
        y + 4.0,
        after.messages,
        group.taken.of,
        if is_met { "with a promise" } else { "kept" },
    ));
}
