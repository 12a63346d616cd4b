//! `fenliu route`: one message for a person, or a stream of inquiries for a program.

use std::io::{self, BufRead, BufReader, Write};
use std::sync::Arc;

use fenliu::{Inquiry, Live, Snapshot};
use jiff::Timestamp;

use crate::args::Route;
use crate::exit::{Done, Failure, complain};
use crate::lines::Lines;
use crate::messages::without_line;
use crate::{colour, print};

/// What stands in the place of a line that could not be routed.
#[derive(serde::Serialize)]
struct BadLine {
    line: usize,
    error: String,
}

pub(crate) fn run(options: &Route) -> Result<Done, Failure> {
    match &options.text {
        Some(text) => {
            let mut inquiry = Inquiry::new(text).received_at(Timestamp::now());
            inquiry.channel = options.channel;
            inquiry.vertical = options.vertical;
            inquiry.explain = options.explain;
            one(&*load(options)?, &inquiry, options.json)
        }
        None if options.json => {
            let input = BufReader::with_capacity(1 << 16, io::stdin().lock());
            stream(&*load(options)?, options.explain, input, &mut io::stdout().lock())
        }
        None => Err(Failure::usage("no message given: name one, or give --json to read inquiries from standard input")),
    }
}

/// The engine with the profile that is asked for.
fn load(options: &Route) -> Result<Arc<Snapshot>, Failure> {
    let live = Live::new(options.engine.load()?);
    if let Some(profile) = &options.profile {
        live.set_profile(profile).map_err(Failure::usage)?;
    }
    Ok(live.snapshot())
}

fn one(snapshot: &Snapshot, inquiry: &Inquiry, json: bool) -> Result<Done, Failure> {
    let outcome = snapshot.route(inquiry).map_err(Failure::usage)?;
    let mut out = colour::stdout();
    if json {
        writeln!(out, "{}", to_json(&outcome)?)?;
    } else {
        print::outcome(&mut out, &snapshot.engine, &outcome, inquiry.received_at.unwrap_or_default())?;
    }
    out.flush()?;
    Ok(Done::All)
}

/// One outcome for each line, in order; written out whenever no further input is waiting.
fn stream<R: io::Read>(
    snapshot: &Snapshot,
    explain: bool,
    input: BufReader<R>,
    out: &mut dyn Write,
) -> Result<Done, Failure> {
    let mut done = Done::All;
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    let mut lines = Lines::new(FlushBeforeWaiting { input, out: &mut out });
    while let Some(line) = lines.next()? {
        let routed = line.text.and_then(|text| {
            let mut inquiry: Inquiry = serde_json::from_str(&text).map_err(without_line)?;
            inquiry.explain |= explain;
            snapshot.route(&inquiry).map_err(|error| error.to_string())
        });
        let json = match routed {
            Ok(outcome) => to_json(&outcome)?,
            Err(error) => {
                done = Done::WithFailures;
                complain(&format!("line {}: {error}", line.number));
                to_json(&BadLine { line: line.number, error })?
            }
        };
        writeln!(lines.out(), "{json}")?;
    }
    lines.out().flush()?;
    Ok(done)
}

fn to_json<T: serde::Serialize>(value: &T) -> Result<String, Failure> {
    serde_json::to_string(value).map_err(Failure::usage)
}

/// A reader that sends off what is written before it waits for more, so that a caller that asks one at a time is
/// answered one at a time.
struct FlushBeforeWaiting<'a, R, W: Write> {
    input: BufReader<R>,
    out: &'a mut W,
}

impl<R: io::Read, W: Write> io::Read for FlushBeforeWaiting<'_, R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(buffer.len());
        let (Some(to), Some(from)) = (buffer.get_mut(..length), available.get(..length)) else { return Ok(0) };
        to.copy_from_slice(from);
        self.consume(length);
        Ok(length)
    }
}

impl<R: io::Read, W: Write> BufRead for FlushBeforeWaiting<'_, R, W> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.input.buffer().is_empty() {
            self.out.flush()?;
        }
        self.input.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.input.consume(amount);
    }
}

impl<'a, R: io::Read, W: Write> Lines<FlushBeforeWaiting<'a, R, W>> {
    fn out(&mut self) -> &mut W {
        self.reader_mut().out
    }
}
