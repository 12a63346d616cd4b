//! The confusion matrix: a row for each wanted intent, a column for each found one.

use crate::eval::matrix::{Matrix, Named};
use crate::eval::scores::share;

use crate::picture::{Picture, escape, percent};

// In pixels: the side of a cell, and what stands to the left, above, to the right and below.
const CELL: f64 = 22.0;
const LEFT: f64 = 230.0;
const ABOVE: f64 = 150.0;
const RIGHT: f64 = 90.0;
const BELOW: f64 = 64.0;

/// From this opacity on white text is easier to read than dark: 4.5 to 1 on either side.
const STRONG: f64 = 0.85;

/// Counts of so many digits need the smaller letters.
const WIDE: usize = 1000;

/// Shares of a row that the legend shows.
const LEGEND: [f64; 5] = [0.01, 0.05, 0.2, 0.5, 1.0];

/// A cell that is drawn: there is something in it.
struct Cell<'a> {
    row: usize,
    column: usize,
    wanted: &'a Named,
    found: &'a Named,
    count: usize,
    /// All messages of the row.
    of: usize,
}

pub(in crate::eval) fn confusion(matrix: &Matrix) -> Picture {
    let side = CELL * matrix.intents.len() as f64;
    let (width, height) = (LEFT + side + RIGHT, ABOVE + side + BELOW);
    let mut picture = Picture::new(width as u32, height as u32, "Confusion matrix of the intents");
    names(&mut picture, &matrix.intents);
    for (row, (wanted, counts)) in matrix.intents.iter().zip(&matrix.counts).enumerate() {
        let of = counts.iter().sum();
        for (column, (found, count)) in matrix.intents.iter().zip(counts).enumerate() {
            if *count > 0 {
                cell(&mut picture, &Cell { row, column, wanted, found, count: *count, of });
            }
        }
    }
    domains(&mut picture, &matrix.intents);
    legend(&mut picture, side);
    picture
}

fn at(index: usize) -> f64 {
    CELL * index as f64
}

fn cell(picture: &mut Picture, cell: &Cell<'_>) {
    let (x, y) = (LEFT + at(cell.column), ABOVE + at(cell.row));
    let part = share(cell.count, cell.of);
    let opacity = opacity(part);
    let class = if cell.row == cell.column { "right" } else { "wrong" };
    let strong = if opacity >= STRONG { " strong" } else { "" };
    let size = if cell.count >= WIDE { " style=\"font-size:8px\"" } else { "" };
    picture.add(&format!(
        "<g><title>wanted {} {}, found as {} {}: {} of {} ({})</title>\
         <rect class=\"{class}\" fill-opacity=\"{opacity:.2}\" x=\"{x}\" y=\"{y}\" width=\"{CELL}\" height=\"{CELL}\"/>\
         <text class=\"small middle{strong}\"{size} x=\"{}\" y=\"{}\">{}</text></g>",
        escape(&cell.wanted.id),
        escape(&cell.wanted.zh),
        escape(&cell.found.id),
        escape(&cell.found.zh),
        cell.count,
        cell.of,
        percent(part),
        x + CELL / 2.0,
        y + CELL / 2.0 + 3.5,
        cell.count,
    ));
}

/// The root lets a mistake of one in a hundred be seen beside what is right.
fn opacity(share: f64) -> f64 {
    share.sqrt()
}

/// The intents along both sides, with a thin line for each.
fn names(picture: &mut Picture, intents: &[Named]) {
    let side = at(intents.len());
    for (index, intent) in intents.iter().enumerate() {
        let (id, zh) = (escape(&intent.id), escape(&intent.zh));
        let middle = at(index) + CELL / 2.0;
        picture.add(&format!(
            "<path class=\"grid\" d=\"M{LEFT} {}h{side}M{} {ABOVE}v{side}\"/>\
             <text class=\"end\" x=\"{}\" y=\"{}\">{id}<title>{zh}</title></text>\
             <text transform=\"translate({} {}) rotate(-55)\">{id}<title>{zh}</title></text>",
            ABOVE + at(index),
            LEFT + at(index),
            LEFT - 6.0,
            ABOVE + middle + 4.0,
            LEFT + middle + 4.0,
            ABOVE - 6.0,
        ));
    }
    picture.add(&format!(
        "<text class=\"soft end\" x=\"{}\" y=\"{}\">wanted ↓   found as →</text>",
        LEFT - 6.0,
        ABOVE - 8.0
    ));
}

/// The domains on the left, and a line where one ends.
fn domains(picture: &mut Picture, intents: &[Named]) {
    let side = at(intents.len());
    let mut first = 0;
    for domain in intents.chunk_by(|a, b| a.domain == b.domain) {
        let (from, height) = (at(first), at(domain.len()));
        let name = domain.first().map(|intent| escape(&intent.domain)).unwrap_or_default();
        picture.add(&format!(
            "<path class=\"frame\" d=\"M10 {}H{}M{} {ABOVE}v{side}\"/>\
             <text class=\"soft\" x=\"10\" y=\"{}\">{name}</text>",
            ABOVE + from,
            LEFT + side,
            LEFT + from,
            ABOVE + from + height / 2.0 + 4.0,
        ));
        first += domain.len();
    }
    picture.add(&format!("<rect class=\"frame\" x=\"{LEFT}\" y=\"{ABOVE}\" width=\"{side}\" height=\"{side}\"/>"));
}

fn legend(picture: &mut Picture, side: f64) {
    let y = ABOVE + side + 20.0;
    picture.add(&format!("<text class=\"soft end\" x=\"{}\" y=\"{}\">share of the row</text>", LEFT - 6.0, y + 15.0));
    for (index, share) in LEGEND.into_iter().enumerate() {
        let x = LEFT + 110.0 * index as f64;
        let opacity = opacity(share);
        let square = format!("fill-opacity=\"{opacity:.2}\" y=\"{y}\" width=\"{CELL}\" height=\"{CELL}\"");
        picture.add(&format!(
            "<rect class=\"right\" x=\"{x}\" {square}/><rect class=\"wrong\" x=\"{}\" {square}/>\
             <text class=\"soft\" x=\"{}\" y=\"{}\">{:.0} %</text>",
            x + CELL,
            x + 2.0 * CELL + 6.0,
            y + 15.0,
            share * 100.0,
        ));
    }
    picture.add(&format!(
        "<text class=\"soft\" x=\"{}\" y=\"{}\">blue: right, red: wrong</text>",
        LEFT + 110.0 * LEGEND.len() as f64,
        y + 15.0
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labelled::Scored;

    #[test]
    fn only_what_happened_is_drawn_and_every_row_has_its_own_whole() {
        let rows = [("a", "a"), ("a", "a"), ("a", "a"), ("a", "b"), ("c", "c")];
        let svg = confusion(&Matrix::example(&rows.map(|(wanted, found)| Scored::example(wanted, found)))).file();
        for expected in [
            "wanted a 甲, found as a 甲: 3 of 4 (75.0 %)",
            "wanted a 甲, found as b 甲: 1 of 4 (25.0 %)",
            "wanted c 甲, found as c 甲: 1 of 1 (100.0 %)",
            "class=\"wrong\" fill-opacity=\"0.50\"",
        ] {
            assert!(svg.contains(expected), "{expected}: {svg}");
        }
        assert_eq!(svg.matches("<title>wanted").count(), 3);
    }
}
