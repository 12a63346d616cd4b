//! Reads TOML field by field and notes everything that is wrong, each with its path, line and column.

use std::ops::Range;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use crate::suggest::suggest;

/// Everything that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.lines())]
#[non_exhaustive]
pub struct PolicyError {
    /// Each problem, in order of place.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// Such as `floor[2].when.intent`.
    pub path: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong, and what was expected.
    pub problem: String,
    /// Which part of the file is meant, in bytes; empty where the file as a whole is.
    pub span: Range<usize>,
}

impl PolicyError {
    fn lines(&self) -> String {
        let lines: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.problem)
    }
}

/// The problems found so far.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    problems: Vec<(Range<usize>, String, String)>,
}

impl Sheet {
    pub(super) fn problem(&mut self, at: &Node<'_>, problem: impl Into<String>) {
        self.note(at.span.clone(), &at.path, problem);
    }

    /// Where the key is wrong, not its value.
    pub(super) fn key_problem(&mut self, at: &Node<'_>, problem: impl Into<String>) {
        self.note(at.key.clone(), &at.path, problem);
    }

    pub(super) fn note(&mut self, at: Range<usize>, path: &str, problem: impl Into<String>) {
        self.problems.push((at, path.to_owned(), problem.into()));
    }

    pub(super) fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }

    pub(super) fn error(mut self, toml: &str) -> PolicyError {
        self.problems.sort_by_key(|(span, _, _)| span.start);
        let problems = self.problems.into_iter().map(|(span, path, problem)| {
            let before = toml.get(..span.start).unwrap_or(toml);
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            Problem {
                path,
                line: before.matches('\n').count() + 1,
                column: before.get(line_start..).map_or(0, |line| line.chars().count()) + 1,
                problem,
                span,
            }
        });
        PolicyError { problems: problems.collect() }
    }
}

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Node<'d> {
    value: &'d DeValue<'d>,
    /// Where its key stands; the value itself where it is the member of a list.
    key: Range<usize>,
    pub(super) span: Range<usize>,
    pub(super) path: String,
}

/// A table of which every key must be asked for.
#[derive(Debug)]
pub(super) struct Fields<'d> {
    table: &'d DeTable<'d>,
    pub(super) path: String,
    pub(super) span: Range<usize>,
    known: Vec<&'static str>,
}

impl<'d> Fields<'d> {
    pub(super) fn root(table: &'d DeTable<'d>, span: Range<usize>) -> Self {
        Self { table, path: String::new(), span, known: Vec::new() }
    }

    pub(super) fn take(&mut self, key: &'static str) -> Option<Node<'d>> {
        self.known.push(key);
        self.entries().find(|(name, _)| *name == key).map(|(_, node)| node)
    }

    pub(super) fn need(&mut self, key: &'static str, sheet: &mut Sheet) -> Option<Node<'d>> {
        let node = self.take(key);
        if node.is_none() {
            sheet.note(self.span.clone(), &self.path, format!("`{key}` is missing"));
        }
        node
    }

    /// All entries; for tables whose keys are names of the file's own.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'d str, Node<'d>)> {
        let path = self.path.clone();
        self.table.iter().map(move |(key, value)| {
            let name: &'d str = key.get_ref();
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            (name, Node { value: value.get_ref(), key: key.span(), span: value.span(), path })
        })
    }

    /// Notes every key that was never asked for.
    pub(super) fn finish(self, sheet: &mut Sheet) {
        for (key, node) in self.entries() {
            if !self.known.contains(&key) {
                sheet.key_problem(&node, format!("unknown key `{key}`{}", suggest(key, self.known.iter().copied())));
            }
        }
    }
}

impl<'d> Node<'d> {
    fn wrong<T>(&self, expected: &str, sheet: &mut Sheet) -> Option<T> {
        sheet.problem(self, format!("expected {expected}, found {}", self.value.type_str()));
        None
    }

    pub(super) fn fields(&self, sheet: &mut Sheet) -> Option<Fields<'d>> {
        match self.value.as_table() {
            Some(table) => Some(Fields { table, path: self.path.clone(), span: self.span.clone(), known: Vec::new() }),
            None => self.wrong("a table", sheet),
        }
    }

    /// The members of a list; a single value is a list of one.
    pub(super) fn one_or_many(&self) -> Vec<Node<'d>> {
        match self.value.as_array() {
            Some(array) => array
                .iter()
                .enumerate()
                .map(|(index, value)| Node {
                    value: value.get_ref(),
                    key: value.span(),
                    span: value.span(),
                    path: format!("{}[{index}]", self.path),
                })
                .collect(),
            None => vec![self.clone()],
        }
    }

    pub(super) fn text(&self, sheet: &mut Sheet) -> Option<&'d str> {
        match self.value.as_str() {
            Some(text) if !text.trim().is_empty() => Some(text),
            Some(_) => {
                sheet.problem(self, "is empty");
                None
            }
            None => self.wrong("a string", sheet),
        }
    }

    pub(super) fn flag(&self, sheet: &mut Sheet) -> Option<bool> {
        match self.value.as_bool() {
            Some(flag) => Some(flag),
            None => self.wrong("true or false", sheet),
        }
    }

    pub(super) fn count(&self, sheet: &mut Sheet) -> Option<u32> {
        match self.value.as_integer().and_then(|number| number.as_str().parse().ok()) {
            Some(number) => Some(number),
            None => self.wrong("a whole number of at least 0", sheet),
        }
    }

    /// A number from 0 to 1.
    pub(super) fn share(&self, sheet: &mut Sheet) -> Option<f32> {
        let written = match self.value {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) => number.as_str(),
            DeValue::String(_) | DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
                return self.wrong("a number from 0 to 1", sheet);
            }
        };
        match written.parse::<f32>() {
            Ok(share) if (0.0..=1.0).contains(&share) => Some(share),
            _ => {
                sheet.problem(self, format!("{written} is not a number from 0 to 1"));
                None
            }
        }
    }

    /// A number from -1 to 1.
    pub(super) fn shift(&self, sheet: &mut Sheet) -> Option<f32> {
        let shift = self.value.as_float().map(toml::de::DeFloat::as_str).and_then(|text| text.parse::<f32>().ok());
        let shift = shift.filter(|shift| (-1.0..=1.0).contains(shift));
        if shift.is_none() {
            sheet.problem(self, "expected a number from -1.0 to 1.0");
        }
        shift
    }

    /// A number from 0 to 100.
    pub(super) fn percent(&self, sheet: &mut Sheet) -> Option<f64> {
        let written = match self.value {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) => number.as_str(),
            DeValue::String(_) | DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
                return self.wrong("a number from 0 to 100", sheet);
            }
        };
        let percent = written.parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
        if percent.is_none() {
            sheet.problem(self, format!("{written} is not a number from 0 to 100"));
        }
        percent
    }

    /// Whether it is a string.
    pub(super) fn is_text(&self) -> bool {
        self.value.as_str().is_some()
    }

    /// Such as `"30s"`, `"3m"`, `"24h"`.
    pub(super) fn duration(&self, sheet: &mut Sheet) -> Option<Duration> {
        let text = self.text(sheet)?;
        let parsed = text.char_indices().next_back().and_then(|(at, unit)| {
            let number: u64 = text.get(..at)?.parse().ok()?;
            let seconds = match unit {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                _ => return None,
            };
            number.checked_mul(seconds).map(Duration::from_secs)
        });
        if parsed.is_none() {
            sheet.problem(self, format!("`{text}` is no duration, expected such as `30s`, `3m` or `24h`"));
        }
        parsed
    }

    /// One value of a closed vocabulary.
    pub(super) fn name<T: Copy>(
        &self,
        what: &str,
        all: &[T],
        name: impl Fn(T) -> &'static str,
        sheet: &mut Sheet,
    ) -> Option<T> {
        if self.value.as_array().is_some() {
            return self.wrong("one name", sheet);
        }
        self.names(what, all, name, sheet).first().copied()
    }

    /// One value, or a list, of a closed vocabulary.
    pub(super) fn names<T: Copy>(
        &self,
        what: &str,
        all: &[T],
        name: impl Fn(T) -> &'static str,
        sheet: &mut Sheet,
    ) -> Vec<T> {
        let mut out = Vec::new();
        let nodes = self.one_or_many();
        if nodes.is_empty() {
            sheet.problem(self, "is an empty list");
        }
        for node in nodes {
            let Some(text) = node.text(sheet) else { continue };
            match all.iter().find(|value| name(**value) == text) {
                Some(value) => out.push(*value),
                None => {
                    let near = suggest(text, all.iter().map(|value| name(*value)));
                    let near = if near.is_empty() {
                        let known: Vec<&str> = all.iter().map(|value| name(*value)).collect();
                        format!(", expected one of {}", known.join(", "))
                    } else {
                        near
                    };
                    sheet.problem(&node, format!("unknown {what} `{text}`{near}"));
                }
            }
        }
        out
    }
}
