//! The curve of coverage against risk.

use crate::eval::coverage::{Coverage, least_risk};

use crate::picture::plot::{Axis, Plot};
use crate::picture::{Picture, percent};

/// The axis of the risk ends at the first of these that holds all of it.
const TOPS: [f64; 6] = [0.05, 0.1, 0.2, 0.3, 0.5, 1.0];

pub(in crate::eval) fn coverage_risk(coverage: &Coverage) -> Picture {
    let highest = coverage.curve.iter().map(|point| point.risk).fold(0.0, f64::max);
    let top = TOPS.into_iter().find(|top| highest <= *top).unwrap_or(1.0);
    let mut plot = Plot::new(
        "Coverage against risk",
        Axis { name: "coverage: messages answered, the surest first", top: 1.0 },
        Axis { name: "risk: wrong among the answered", top },
    );
    // The last point answers everything: what is wrong there is wrong in any order.
    let right = coverage.curve.last().map_or(0.0, |all| all.messages as f64 * (1.0 - all.risk)).round() as usize;
    plot.line("aim", coverage.curve.iter().map(|point| (point.coverage, least_risk(point.messages, right))));
    plot.line("line", coverage.curve.iter().map(|point| (point.coverage, point.risk)));
    for point in &coverage.points {
        let (x, y) = (plot.x(point.coverage), plot.y(point.risk));
        plot.add(&format!(
            "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"><title>the surest {} ({} messages, confidence \
             from {:.3}): {} wrong</title></circle>",
            percent(point.coverage),
            point.messages,
            point.confidence,
            percent(point.risk),
        ));
    }
    plot.legend("measured", "the best order there could be");
    plot.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labelled::Scored;

    #[test]
    fn the_curve_passes_the_measured_points() {
        let rows = [Scored::sure(0.9, true), Scored::sure(0.8, false)];
        let svg = coverage_risk(&Coverage::new(&rows)).inline();
        // Half of the messages without, all with one of two wrong; the axis ends at 50 %.
        assert!(svg.contains("<polyline class=\"line\" points=\"302.0,380.0 542.0,40.0\"/>"), "{svg}");
        assert!(svg.contains("the surest 100.0 % (2 messages, confidence from 0.800): 50.0 % wrong"), "{svg}");
    }
}
