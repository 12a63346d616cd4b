//! `fenliu policy diff`: what another policy would decide otherwise about the same messages.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use fenliu::{LoadError, Policy, Taxonomy};

use crate::args::Diff;
use crate::colour;
use crate::draw;
use crate::exit::{Done, Failure};
use crate::messages::Messages;

use super::tally::Tally;
use super::{inquiry, read};

pub(super) fn run(options: &Diff) -> Result<Done, Failure> {
    // What may fail is tried first: a file of messages can take minutes.
    let messages = Messages::open(&options.inquiries)?;
    let files = options.reader.source(Some(&options.old)).read()?;
    let parts = files.parts();
    let taxonomy = Taxonomy::parse(parts.taxonomy).map_err(LoadError::from)?;
    let (engine, new) = match (parts.build(options.reader.model), policy(&options.new, &taxonomy)) {
        (Ok(engine), Ok(new)) => (engine, new),
        (engine, new) => {
            let errors = [engine.err(), new.err()];
            let drawn: Vec<String> = errors.iter().flatten().map(draw::load_error).collect();
            return Err(Failure::Drawn(drawn.join("\n")));
        }
    };

    let mut tally = Tally::new(options.limit);
    tally.bad_lines = messages.each(|line, text| {
        let inquiry = inquiry::parse(text)?;
        let reading = read(&engine, &inquiry)?;
        tally.add(line, inquiry.text, (&engine.decide(&reading), &new.decide(&reading)), &taxonomy);
        Ok(())
    })?;
    if tally.messages == 0 {
        return Err(Failure::usage(format!("{}: no inquiry that can be read", options.inquiries.display())));
    }
    if options.json {
        let json = serde_json::to_string(&tally).map_err(Failure::usage)?;
        writeln!(io::stdout().lock(), "{json}")?;
    } else {
        tally.write(&mut colour::stdout())?;
    }
    let failed = tally.bad_lines > 0 || options.fail_on_change && tally.changed > 0;
    Ok(if failed { Done::WithFailures } else { Done::All })
}

fn policy(path: &Path, taxonomy: &Taxonomy) -> Result<Policy, LoadError> {
    let toml = fs::read_to_string(path).map_err(|error| LoadError::Read { path: path.to_owned(), error })?;
    Policy::parse(&toml, taxonomy).map_err(|error| LoadError::Policy { name: path.display().to_string(), toml, error })
}
