//! Draws what is to be said about a file under the text that is meant.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use fenliu::{LoadError, PolicyError, Problem};

use crate::colour;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gravity {
    /// The file cannot be used.
    Error,
    /// It can.
    Warning,
}

/// Something to be said about a part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark<'a> {
    pub(crate) gravity: Gravity,
    pub(crate) title: &'a str,
    /// What stands beside the underlined part.
    pub(crate) label: &'a str,
    /// In bytes; none or empty where the file as a whole is meant.
    pub(crate) span: Option<Range<usize>>,
    pub(crate) notes: Vec<String>,
    pub(crate) help: Option<String>,
}

/// A file as it is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sheet<'a> {
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

impl Sheet<'_> {
    /// Draws one mark; ends with a new line. The colours must be taken out where nobody looks.
    pub(crate) fn draw(self, mark: &Mark<'_>) -> String {
        let level = match mark.gravity {
            Gravity::Error => Level::ERROR,
            Gravity::Warning => Level::WARNING,
        };
        let snippet = Snippet::source(self.text).path(self.name);
        let snippet = match mark.span.as_ref().and_then(|span| self.within_line(span)) {
            Some(span) => {
                let label = Some(mark.label).filter(|label| !label.is_empty());
                Some(snippet.annotation(AnnotationKind::Primary.span(span).label(label)))
            }
            None => None,
        };
        let mut group = match snippet {
            Some(snippet) => Group::with_title(level.primary_title(mark.title)).element(snippet),
            None => Group::with_title(level.primary_title(format!("{}: {}", self.name, mark.title))),
        };
        for note in &mark.notes {
            group = group.element(Level::NOTE.message(note));
        }
        if let Some(help) = &mark.help {
            group = group.element(Level::HELP.message(help));
        }
        let mut drawn = Renderer::styled().term_width(colour::page()).render(&[group]);
        drawn.push('\n');
        drawn
    }

    /// The part of a span that stands on its first line: a table of ten lines is known by its head. Nothing at the
    /// very beginning stands for the whole file.
    fn within_line(self, span: &Range<usize>) -> Option<Range<usize>> {
        let part = self.text.get(span.clone()).filter(|_| span.end > 0)?;
        let first = part.lines().next().map_or("", str::trim_end);
        Some(span.start..span.start + first.len())
    }

    /// Line and column, both from 1, the column in characters.
    pub(crate) fn place(self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        (line, column)
    }
}

/// Everything that is wrong with what was to be loaded: policies drawn, the rest as lines.
pub(crate) fn load_error(error: &LoadError) -> String {
    if let LoadError::Several(errors) = error {
        let all: Vec<String> = errors.iter().map(load_error).collect();
        return all.join("\n");
    }
    if let LoadError::Policy { name, toml, error } = error {
        return policy_error(Sheet { name, text: toml }, error);
    }
    format!("fenliu: {}\n", error.to_string().trim_end())
}

/// Every problem of one file, and how many there are.
pub(crate) fn policy_error(sheet: Sheet<'_>, error: &PolicyError) -> String {
    let mut out = String::new();
    for problem in &error.problems {
        out.push_str(&sheet.draw(&mark(problem)));
        out.push('\n');
    }
    let count = error.problems.len();
    let problems = if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") };
    out.push_str(&format!("fenliu: {}: {problems}\n", sheet.name));
    out
}

fn mark(problem: &Problem) -> Mark<'_> {
    // A slip is named at the end of the sentence.
    let (title, help) = match problem.problem.rsplit_once(", did you mean ") {
        Some((title, meant)) => (title, Some(format!("did you mean {meant}"))),
        None => (problem.problem.as_str(), None),
    };
    Mark {
        gravity: Gravity::Error,
        title,
        label: &problem.path,
        span: Some(problem.span.clone()),
        notes: Vec::new(),
        help,
    }
}
