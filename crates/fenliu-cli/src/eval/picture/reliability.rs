//! The reliability diagram: accuracy over confidence, a bar for each bin.

use crate::eval::calibration::{Bin, Calibration, Means};

use crate::picture::plot::{Axis, Plot};
use crate::picture::{Picture, percent};

pub(in crate::eval) fn reliability(calibration: &Calibration) -> Picture {
    let axis = |name| Axis { name, top: 1.0 };
    let mut plot = Plot::new("Reliability: accuracy over confidence", axis("confidence"), axis("accuracy"));
    for bin in &calibration.bins {
        if let Some(means) = &bin.measured {
            bar(&mut plot, bin, means);
        }
    }
    plot.line("aim", [(0.0, 0.0), (1.0, 1.0)].into_iter());
    let measured = || calibration.bins.iter().filter_map(|bin| bin.measured.as_ref());
    plot.line("line", measured().map(|means| (means.confidence, means.accuracy)));
    for means in measured() {
        let (x, y) = (plot.x(means.confidence), plot.y(means.accuracy));
        plot.add(&format!("<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\"/>"));
    }
    plot.legend("accuracy (below: messages)", "as right as sure");
    plot.finish()
}

fn bar(plot: &mut Plot, bin: &Bin, means: &Means) {
    let (left, right) = (plot.x(bin.from), plot.x(bin.to));
    let (top, bottom) = (plot.y(means.accuracy), plot.y(0.0));
    plot.add(&format!(
        "<g><title>confidence {} to {}: {} messages, mean confidence {}, accuracy {}</title>\
         <rect class=\"bar\" fill-opacity=\"0.35\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>\
         <text class=\"small middle\" x=\"{:.1}\" y=\"{:.1}\">{}</text></g>",
        percent(bin.from),
        percent(bin.to),
        bin.messages,
        percent(means.confidence),
        percent(means.accuracy),
        left + 1.0,
        right - left - 2.0,
        bottom - top,
        f64::midpoint(left, right),
        bottom - 5.0,
        bin.messages,
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labelled::Scored;

    #[test]
    fn an_empty_bin_has_no_bar() {
        let rows = [Scored::sure(0.95, true), Scored::sure(0.5, false)];
        let svg = reliability(&Calibration::new(&rows)).inline();
        assert_eq!(svg.matches("class=\"bar\"").count(), 2);
        assert!(svg.contains("confidence 93.3 % to 100.0 %: 1 messages, mean confidence 95.0 %, accuracy 100.0 %"));
    }
}
