//! Sections and tables of the page, as HTML text; all that comes in is escaped here.

use crate::picture::escape;

/// What stands in one place of a table.
pub(super) enum Cell {
    Text(String),
    Chinese(String),
    Number(String),
}

impl Cell {
    pub(super) fn text(text: impl ToString) -> Self {
        Self::Text(text.to_string())
    }

    pub(super) fn count(count: usize) -> Self {
        Self::Number(count.to_string())
    }

    /// A share in hundredths.
    pub(super) fn percent(share: f64) -> Self {
        Self::Number(crate::picture::percent(share))
    }

    /// A figure between 0 and 1 that is no share, such as F1.
    pub(super) fn figure(figure: f64) -> Self {
        Self::Number(format!("{figure:.3}"))
    }

    fn contents(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => escape(text),
            Self::Chinese(text) => format!("<span lang=\"zh\">{}</span>", escape(text)),
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Self::Text(_) | Self::Chinese(_) => "",
            Self::Number(_) => " class=\"number\"",
        }
    }
}

/// A table whose rows are named by their first cell; the heads, if there are any, stand as their columns do.
pub(super) fn table(heads: &[&str], rows: Vec<Vec<Cell>>) -> String {
    let classes: Vec<&str> = rows.first().map(|row| row.iter().map(Cell::class).collect()).unwrap_or_default();
    let head = |(index, head): (usize, &&str)| {
        let class = classes.get(index).copied().unwrap_or_default();
        format!("<th scope=\"col\"{class}>{}</th>", escape(head))
    };
    let heads: String = heads.iter().enumerate().map(head).collect();
    let heads = if heads.is_empty() { heads } else { format!("<thead><tr>{heads}</tr></thead>\n") };
    let rows: String = rows.iter().map(|cells| row(cells)).collect();
    format!("<div class=\"wide\"><table>\n{heads}<tbody>\n{rows}</tbody>\n</table></div>\n")
}

fn row(cells: &[Cell]) -> String {
    let cell = |(index, cell): (usize, &Cell)| {
        let (class, contents) = (cell.class(), cell.contents());
        if index == 0 {
            format!("<th scope=\"row\"{class}>{contents}</th>")
        } else {
            format!("<td{class}>{contents}</td>")
        }
    };
    let cells: String = cells.iter().enumerate().map(cell).collect();
    format!("<tr>{cells}</tr>\n")
}

/// A sentence or two.
pub(super) fn says(text: &str) -> String {
    format!("<p>{}</p>\n", escape(text))
}

/// A picture that may be wider than the window.
pub(super) fn wide(picture: &str) -> String {
    format!("<div class=\"wide\">\n{picture}</div>\n")
}
