//! `fenliu eval`: reads and decides labelled messages and measures how far labels and answers agree.

mod calibration;
mod coverage;
mod figures;
mod groups;
mod matrix;
mod paired;
mod picture;
mod report;
mod row;
mod scope;
mod scored;
mod scores;
mod table;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Write};

use fenliu::{Engine, Inquiry, ModelChoice};
use indicatif::ProgressBar;

use crate::args::Eval;
use crate::exit::{Done, Failure, complain};
use crate::lines::Lines;
use figures::{Figures, Measured};
use paired::{Against, Comparison};
use report::Report;
use row::Context;
use scored::{Answer, Scored};

/// The messages of a file that could be measured, and how many lines could not.
struct Answered {
    /// In the order of `rows`.
    inquiries: Vec<Inquiry>,
    rows: Vec<Scored>,
    bad: usize,
}

/// The models that are compared with.
struct Others {
    model: ModelChoice,
    engine: Engine,
}

pub(crate) fn run(options: &Eval) -> Result<Done, Failure> {
    let path = options.file.display();
    // What may fail is tried first: a file of messages can take minutes.
    let file = File::open(&options.file).map_err(|error| Failure::usage(format!("{path}: {error}")))?;
    let report = options.report.as_deref().map(Report::open).transpose()?;
    let engine = options.engine.load()?;
    let others = match options.against() {
        Some(against) => Some(Others { model: against.model, engine: against.load()? }),
        None => None,
    };

    let Answered { inquiries, rows, bad } = answer(options, file, &engine)?;
    if rows.is_empty() {
        return Err(Failure::usage(format!(
            "{path}: no labelled message, expected rows with `text`, `intent` and `emotion`"
        )));
    }
    let comparison = others.map(|others| compare(others, &inquiries, &rows)).transpose()?;
    let measured = Measured {
        file: options.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        bad_rows: bad,
        context: context(options),
        with_context: inquiries.iter().filter(|inquiry| inquiry.conversation.is_some()).count(),
        model: options.engine.model,
        revision: engine.revision().clone(),
    };
    let figures = Figures::new(measured, &rows, engine.taxonomy()).compared(comparison);

    let page = report.map(|report| report.write(&figures)).transpose()?;
    let mut out = io::stdout().lock();
    if options.json {
        writeln!(out, "{}", serde_json::to_string(&figures).map_err(Failure::usage)?)?;
    } else {
        table::write(&mut out, &figures)?;
        if let Some(page) = page {
            writeln!(out, "\nreport  {}", page.display())?;
        }
    }
    Ok(if bad == 0 { Done::All } else { Done::WithFailures })
}

fn context(options: &Eval) -> Context {
    if options.without_context { Context::LeftOut } else { Context::Read }
}

/// Answers one message after the other; a line that cannot be measured is reported and left out.
fn answer(options: &Eval, file: File, engine: &Engine) -> Result<Answered, Failure> {
    let path = options.file.display();
    let bar = progress(file.metadata().map_or(0, |metadata| metadata.len()));
    let mut lines = Lines::new(BufReader::new(bar.wrap_read(file)));
    let mut answered = Answered { inquiries: Vec::new(), rows: Vec::new(), bad: 0 };
    let one = |line: &str| {
        let (inquiry, labels) = row::parse(line, engine.taxonomy(), context(options))?;
        let answer = Answer::of(engine, &inquiry).map_err(|error| error.to_string())?;
        Ok((inquiry, Scored { labels, answer }))
    };
    while let Some(line) = lines.next().map_err(|error| Failure::usage(format!("{path}: {error}")))? {
        match line.text.and_then(|text| one(&text)) {
            Ok((inquiry, row)) => {
                answered.inquiries.push(inquiry);
                answered.rows.push(row);
            }
            Err(error) => {
                answered.bad += 1;
                bar.suspend(|| complain(&format!("{path}:{}: {error}", line.number)));
            }
        }
    }
    bar.finish_and_clear();
    Ok(answered)
}

/// Lets the others answer the same messages.
fn compare(others: Others, inquiries: &[Inquiry], rows: &[Scored]) -> Result<Comparison, Failure> {
    let bar = progress(inquiries.len() as u64);
    let answer = |inquiry: &Inquiry| {
        bar.inc(1);
        Answer::of(&others.engine, inquiry).map_err(Failure::usage)
    };
    let answers = inquiries.iter().map(answer).collect::<Result<Vec<Answer>, Failure>>()?;
    bar.finish_and_clear();
    let against = Against { model: others.model, revision: others.engine.revision().model.clone() };
    Ok(Comparison::new(against, rows, &answers))
}

/// A bar on standard error, and only where that is a terminal.
fn progress(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = indicatif::ProgressStyle::with_template("{bar:40} {percent:>3}%  {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// Counts in the order of their keys.
type Counts<K> = BTreeMap<K, usize>;
