//! A picture as PNG, drawn from its SVG. Only this file names resvg, ttf-parser and dejavu.
//!
//! resvg can lay out text itself, with all scripts of the world, for three times the code. Our letters are Latin, stand
//! in one line and have one size, so they are put in as outlines before it draws.

use std::fmt::Write;

use resvg::usvg::{Options, Tree, roxmltree};
use resvg::{render, tiny_skia};
use ttf_parser::{Face, OutlineBuilder};

use super::{Picture, SIZE, SMALL};

/// Pixels of the PNG for one of the SVG: sharp on a dense screen and in print.
const SCALE: f32 = 2.0;

impl Picture {
    /// The picture as PNG, twice as many pixels wide and high as the SVG says, with the light colours.
    pub(crate) fn png(&self) -> Result<Vec<u8>, String> {
        let svg = lettered(&self.file())?;
        let tree = Tree::from_str(&svg, &Options::default()).map_err(|error| error.to_string())?;
        let side = |length: f32| (length * SCALE).ceil() as u32;
        let mut pixels = tiny_skia::Pixmap::new(side(tree.size().width()), side(tree.size().height()))
            .ok_or("a picture without width or height")?;
        render(&tree, tiny_skia::Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
        pixels.encode_png().map_err(|error| error.to_string())
    }
}

/// The SVG with outlines in the place of its texts; the style that was theirs is that of the outlines.
fn lettered(svg: &str) -> Result<String, String> {
    let face = Face::parse(dejavu::sans::regular(), 0).map_err(|error| error.to_string())?;
    let document = roxmltree::Document::parse(svg).map_err(|error| error.to_string())?;
    let mut out = String::with_capacity(svg.len() * 4);
    let mut end = 0;
    for text in document.descendants().filter(|node| node.has_tag_name("text")) {
        let range = text.range();
        out += svg.get(end..range.start).unwrap_or_default();
        outlines(&mut out, &face, text);
        end = range.end;
    }
    out += svg.get(end..).unwrap_or_default();
    Ok(out.replace("svg text", "svg .letters"))
}

fn outlines(out: &mut String, face: &Face<'_>, text: roxmltree::Node<'_, '_>) {
    let class = text.attribute("class").unwrap_or_default();
    let has = |name: &str| class.split(' ').any(|one| one == name);
    let place = |name: &str| text.attribute(name).and_then(|place| place.parse().ok()).unwrap_or(0.0);
    let letters: String = text.children().filter(|child| child.is_text()).filter_map(|child| child.text()).collect();

    let mut line = Line { path: String::new(), at: 0.0 };
    for glyph in letters.chars().filter_map(|letter| face.glyph_index(letter)) {
        face.outline_glyph(glyph, &mut line);
        line.at += f32::from(face.glyph_hor_advance(glyph).unwrap_or_default());
    }
    let scale = if has("small") { SMALL } else { SIZE } / f32::from(face.units_per_em());
    let back = if has("end") {
        line.at
    } else if has("middle") {
        line.at / 2.0
    } else {
        0.0
    };
    let (x, y): (f32, f32) = (place("x"), place("y"));
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<path class=\"letters {class}\" transform=\"{} translate({} {y}) scale({scale} -{scale})\" d=\"{}\"/>",
        text.attribute("transform").unwrap_or_default(),
        x - back * scale,
        line.path,
    );
}

/// The outlines of letters one after the other, in the units of the font.
struct Line {
    path: String,
    /// Where the next letter stands.
    at: f32,
}

impl Line {
    fn step(&mut self, what: char, points: &[(f32, f32)]) {
        self.path.push(what);
        for (x, y) in points {
            let _ = write!(self.path, "{} {y} ", x + self.at);
        }
    }
}

impl OutlineBuilder for Line {
    fn move_to(&mut self, x: f32, y: f32) {
        self.step('M', &[(x, y)]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.step('L', &[(x, y)]);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.step('Q', &[(x1, y1), (x, y)]);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.step('C', &[(x1, y1), (x2, y2), (x, y)]);
    }

    fn close(&mut self) {
        self.path.push('Z');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many pixels differ between a picture with this text and one without.
    fn inked(text: &str) -> usize {
        let draw = |text: &str| {
            let mut picture = Picture::new(120, 40, "a test");
            picture.add(&format!("<text class=\"middle\" x=\"60\" y=\"24\">{text}</text>"));
            tiny_skia::Pixmap::decode_png(&picture.png().unwrap()).unwrap()
        };
        let (with, without) = (draw(text), draw(""));
        assert_eq!((with.width(), with.height()), (240, 80));
        with.pixels().iter().zip(without.pixels()).filter(|(a, b)| a != b).count()
    }

    #[test]
    fn letters_are_seen_and_longer_texts_have_more_ink() {
        let (one, many) = (inked("i"), inked("coverage 70 %"));
        assert!(one > 10 && many > 8 * one, "{one} {many}");
        assert_eq!(inked(" "), 0);
    }

    #[test]
    fn a_text_is_set_where_the_svg_has_it() {
        let mut picture = Picture::new(100, 100, "a test");
        picture.add("<text class=\"soft end\" x=\"90\" y=\"50\" transform=\"rotate(-90)\">ab<title>no</title></text>");
        let svg = lettered(&picture.file()).unwrap();
        assert!(!svg.contains("<text") && !svg.contains("svg text"), "{svg}");
        assert_eq!(svg.matches("<path class=\"letters soft end\" transform=\"rotate(-90) translate(").count(), 1);
        // One outline each for `a` and `b` with a hole each: four closed contours.
        assert_eq!(svg.matches('Z').count(), 4, "{svg}");
    }

    #[test]
    fn the_sizes_are_those_of_the_style() {
        for size in [SIZE, SMALL] {
            assert!(crate::picture::STYLE.contains(&format!("font-size:{size}px")), "{size}");
        }
    }
}
