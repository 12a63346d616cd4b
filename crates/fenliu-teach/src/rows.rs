//! Labelled messages out of a file of JSON lines; what a label means is not known here.

use serde::{Deserialize, Serialize};

/// A file's contents, and the name that it has in messages.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Such as a path.
    pub name: &'a str,
    /// What stands in it.
    pub contents: &'a [u8],
}

/// One thing that is wrong with what was handed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
#[non_exhaustive]
pub struct Problem {
    /// The file, and the line from 1 where there is one: `examples.jsonl:7`.
    pub place: String,
    /// What is wrong, and what was expected.
    pub what: String,
}

/// A labelled message; further fields of a row do not concern us.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Labelled {
    pub(crate) text: String,
    pub(crate) intent: String,
}

/// A message that answers something: the heads are fitted to messages that stand alone.
#[derive(Deserialize)]
struct Answer {
    before: Option<String>,
}

/// What some editors put before the first line.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl Problem {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

/// Every line that is not blank with its place, as a row or as what is wrong with it.
pub(crate) fn rows(file: Named<'_>) -> impl Iterator<Item = (String, Result<Labelled, String>)> {
    let contents = file.contents.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file.contents);
    contents
        .split(|byte| *byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace))
        .map(move |(index, line)| (format!("{}:{}", file.name, index + 1), row(line)))
}

fn row(line: &[u8]) -> Result<Labelled, String> {
    let text =
        std::str::from_utf8(line).map_err(|error| format!("is not UTF-8 from byte {}", error.valid_up_to() + 1))?;
    // The parser sees one line and would call it line 1.
    let readable = |error: serde_json::Error| error.to_string().replace(" at line 1 column ", " at column ");
    let row: Labelled = serde_json::from_str(text).map_err(readable)?;
    if serde_json::from_str::<Answer>(text).is_ok_and(|answer| answer.before.is_some_and(|before| !before.is_empty())) {
        return Err("has `before`; expected a message that is understood without what was said before it".to_owned());
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_row_or_says_why_not() {
        let contents = b"\xef\xbb\xbf{\"text\": \"a\", \"intent\": \"b\", \"emotion\": 1}\r\n\n{\"text\": 7}\n\xff\n[]\n{\"text\": \"a\", \"intent\": \"b\", \"before\": \"c\"}";
        let found: Vec<_> = rows(Named { name: "x.jsonl", contents }).collect();
        let good = Labelled { text: "a".to_owned(), intent: "b".to_owned() };
        assert_eq!(found.first(), Some(&("x.jsonl:1".to_owned(), Ok(good))));
        for (index, place, expected) in [
            (1, "x.jsonl:3", "invalid type: integer `7`, expected a string at column 10"),
            (2, "x.jsonl:4", "is not UTF-8 from byte 1"),
            (4, "x.jsonl:6", "has `before`"),
            (3, "x.jsonl:5", "invalid length 0, expected struct Labelled with 2 elements"),
        ] {
            assert_eq!(found[index].0, place);
            let error = found[index].1.as_ref().unwrap_err();
            assert!(error.starts_with(expected), "{error}");
        }
    }
}
