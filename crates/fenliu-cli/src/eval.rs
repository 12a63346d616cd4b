//! `fenliu eval`: reads and decides labelled messages and measures how far labels and answers agree.

mod calibration;
mod costs;
mod coverage;
mod figures;
mod groups;
mod matrix;
mod paired;
mod picture;
mod report;
mod routing;
mod scope;
mod scores;
mod table;

use std::collections::BTreeMap;
use std::io::{self, Write};

use fenliu::{Engine, Inquiry, ModelChoice};

use crate::args::Eval;
use crate::exit::{Done, Failure};
use crate::labelled::{Answer, Context, Kinds, Labelled, Scored};
use crate::messages::progress;
use crate::place::Place;
use costs::Costs;
use figures::{Figures, Measured};
use paired::{Against, Comparison};
use routing::Routing;

/// The models that are compared with.
struct Others {
    model: ModelChoice,
    engine: Engine,
}

pub(crate) fn run(options: &Eval) -> Result<Done, Failure> {
    // What may fail is tried first: a file of messages can take minutes.
    let file = Labelled::open(&options.file)?;
    let report = options.report.as_deref().map(Place::open).transpose()?;
    let costs = Costs::load(options.costs.as_deref())?;
    let engine = options.engine.load()?;
    let others = match options.against() {
        Some(against) => Some(Others { model: against.model, engine: against.load()? }),
        None => None,
    };

    let gathered = file.each(engine.taxonomy(), context(options), |inquiry, labels| {
        let row = Scored::of(&engine, &inquiry, labels).map_err(|error| error.to_string())?;
        Ok((inquiry, row))
    })?;
    let (inquiries, rows): (Vec<Inquiry>, Vec<Scored>) = gathered.rows.into_iter().unzip();
    let comparison = others.map(|others| compare(others, &inquiries, &rows)).transpose()?;
    let measured = Measured {
        file: Labelled::name(&options.file),
        bad_rows: gathered.bad,
        context: context(options),
        with_context: inquiries.iter().filter(|inquiry| inquiry.conversation.is_some()).count(),
        model: options.engine.model,
        revision: engine.revision().clone(),
    };
    let routing = Routing::new(&rows, &Kinds::embedded()?, &costs);
    let figures = Figures::new(measured, &rows, engine.taxonomy(), routing).compared(comparison);

    let page = report.map(|place| report::write(&place, &figures)).transpose()?;
    let mut out = io::stdout().lock();
    if options.json {
        writeln!(out, "{}", serde_json::to_string(&figures).map_err(Failure::usage)?)?;
    } else {
        table::write(&mut out, &figures)?;
        if let Some(page) = page {
            writeln!(out, "\nreport  {}", page.display())?;
        }
    }
    Ok(if gathered.bad == 0 { Done::All } else { Done::WithFailures })
}

fn context(options: &Eval) -> Context {
    if options.without_context { Context::LeftOut } else { Context::Read }
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

/// Counts in the order of their keys.
type Counts<K> = BTreeMap<K, usize>;
