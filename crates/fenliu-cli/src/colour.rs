//! Colour and columns for a terminal; where nobody looks, or `NO_COLOR` is set, the colour is taken out again.

use std::fmt::Display;
use std::io::{StderrLock, StdoutLock};

use anstream::AutoStream;
use anstyle::AnsiColor;
use unicode_width::UnicodeWidthStr;

pub(crate) use anstyle::Style;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// How wide a page is where there is no terminal, in columns.
const PAGE: usize = 120;

pub(crate) fn stdout() -> AutoStream<StdoutLock<'static>> {
    anstream::stdout().lock()
}

pub(crate) fn stderr() -> AutoStream<StderrLock<'static>> {
    anstream::stderr().lock()
}

/// A text in a colour.
pub(crate) fn painted(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// How many columns the terminal has.
pub(crate) fn page() -> usize {
    terminal_size::terminal_size().map_or(PAGE, |(width, _)| usize::from(width.0))
}

/// A text with blanks after it up to this many columns; a Chinese character takes two.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// How many columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// A text without its colours.
#[cfg(test)]
pub(crate) fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}
