//! A plot of two axes from 0: frame, grid, ticks, and the way from values to places.

use super::Picture;

/// One axis, from 0 to `top`.
#[derive(Debug)]
pub(crate) struct Axis {
    /// What is counted, in hundredths.
    pub(crate) name: &'static str,
    pub(crate) top: f64,
}

/// A picture with axes.
#[derive(Debug)]
pub(crate) struct Plot {
    picture: Picture,
    across: Axis,
    up: Axis,
}

// The frame and what is left around it, in pixels.
const LEFT: f64 = 62.0;
const ABOVE: f64 = 40.0;
const WIDTH: f64 = 480.0;
const HEIGHT: f64 = 340.0;
const RIGHT: f64 = 24.0;
const BELOW: f64 = 48.0;

/// Parts of an axis between ticks.
const TICKS: u32 = 5;

impl Plot {
    pub(crate) fn new(title: &'static str, across: Axis, up: Axis) -> Self {
        let picture = Picture::new((LEFT + WIDTH + RIGHT) as u32, (ABOVE + HEIGHT + BELOW) as u32, title);
        let mut plot = Self { picture, across, up };
        for tick in 0..=TICKS {
            plot.tick(f64::from(tick) / f64::from(TICKS));
        }
        let (bottom, middle) = (ABOVE + HEIGHT, ABOVE + HEIGHT / 2.0);
        let names = format!(
            "<text class=\"middle\" x=\"{}\" y=\"{}\">{}</text>\
             <text class=\"middle\" transform=\"translate(15 {middle}) rotate(-90)\">{}</text>",
            LEFT + WIDTH / 2.0,
            bottom + 40.0,
            plot.across.name,
            plot.up.name,
        );
        plot.add(&names);
        plot.add(&format!("<rect class=\"frame\" x=\"{LEFT}\" y=\"{ABOVE}\" width=\"{WIDTH}\" height=\"{HEIGHT}\"/>"));
        plot
    }

    /// Grid and numbers at a part of both axes.
    fn tick(&mut self, part: f64) {
        let (across, up) = (part * self.across.top, part * self.up.top);
        let (x, y) = (self.x(across), self.y(up));
        let (bottom, right) = (ABOVE + HEIGHT, LEFT + WIDTH);
        self.add(&format!(
            "<path class=\"grid\" d=\"M{x:.1} {ABOVE}V{bottom}M{LEFT} {y:.1}H{right}\"/>\
             <text class=\"soft middle\" x=\"{x:.1}\" y=\"{}\">{}</text>\
             <text class=\"soft end\" x=\"{}\" y=\"{:.1}\">{}</text>",
            bottom + 18.0,
            tick_name(across),
            LEFT - 8.0,
            y + 4.0,
            tick_name(up),
        ));
    }

    /// Where a value of the axis across stands.
    pub(crate) fn x(&self, value: f64) -> f64 {
        LEFT + WIDTH * (value / self.across.top).clamp(0.0, 1.0)
    }

    /// Where a value of the axis upwards stands.
    pub(crate) fn y(&self, value: f64) -> f64 {
        ABOVE + HEIGHT * (1.0 - (value / self.up.top).clamp(0.0, 1.0))
    }

    pub(crate) fn add(&mut self, element: &str) {
        self.picture.add(element);
    }

    /// A line through these values.
    pub(crate) fn line(&mut self, class: &str, values: impl Iterator<Item = (f64, f64)>) {
        let places: Vec<String> = values.map(|(x, y)| format!("{:.1},{:.1}", self.x(x), self.y(y))).collect();
        self.add(&format!("<polyline class=\"{class}\" points=\"{}\"/>", places.join(" ")));
    }

    /// Says above the frame what the full and the dashed mark mean.
    pub(crate) fn legend(&mut self, full: &str, dashed: &str) {
        let (y, second) = (ABOVE - 18.0, LEFT + WIDTH / 2.0);
        self.add(&format!(
            "<path class=\"line\" d=\"M{LEFT} {y}h24\"/><text x=\"{}\" y=\"{}\">{full}</text>\
             <path class=\"aim\" d=\"M{second} {y}h24\"/><text x=\"{}\" y=\"{}\">{dashed}</text>",
            LEFT + 32.0,
            y + 4.0,
            second + 32.0,
            y + 4.0,
        ));
    }

    pub(crate) fn finish(self) -> Picture {
        self.picture
    }
}

/// Hundredths with as many decimals as they need.
fn tick_name(share: f64) -> String {
    let hundredths = (share * 1000.0).round() / 10.0;
    format!("{hundredths} %")
}
