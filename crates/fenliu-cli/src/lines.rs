//! Lines of bytes from a stream of any length, each line bounded.

use std::io::{BufRead, Read};

/// The longest line that is read, in bytes; an inquiry with its turns is far below.
const MAX_LINE: usize = 1 << 20;

/// What some editors put before the first line.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads lines, and keeps count of them.
pub(crate) struct Lines<R> {
    reader: R,
    number: usize,
}

/// One line without its end.
pub(crate) struct Line {
    /// From 1.
    pub(crate) number: usize,
    /// The text, or what is wrong with the bytes.
    pub(crate) text: Result<String, String>,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self { reader, number: 0 }
    }

    pub(crate) fn reader_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The next line that is not blank.
    pub(crate) fn next(&mut self) -> std::io::Result<Option<Line>> {
        loop {
            let mut bytes = Vec::new();
            let limit = MAX_LINE as u64 + 1;
            if self.reader.by_ref().take(limit).read_until(b'\n', &mut bytes)? == 0 {
                return Ok(None);
            }
            self.number += 1;
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
            } else if bytes.len() > MAX_LINE {
                self.skip_line()?;
                let text = Err(format!("is longer than {MAX_LINE} bytes"));
                return Ok(Some(Line { number: self.number, text }));
            }
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            if self.number == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
                bytes.drain(..BYTE_ORDER_MARK.len());
            }
            let text = String::from_utf8(bytes)
                .map_err(|error| format!("is not UTF-8 from byte {}", error.utf8_error().valid_up_to() + 1));
            return Ok(Some(Line { number: self.number, text }));
        }
    }

    /// Drops the rest of a line piece by piece.
    fn skip_line(&mut self) -> std::io::Result<()> {
        self.reader.skip_until(b'\n').map(|_| ())
    }
}
