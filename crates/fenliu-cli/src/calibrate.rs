//! `fenliu calibrate`: chooses the thresholds of a policy on labelled messages, prints what it found, and writes them.

mod draw;
mod figures;
mod policy;
mod read;
mod settle;
mod table;
mod target;

use std::io::{self, Write};

use fenliu::{Engine, LoadError, Policy};
use fenliu_calibrate::{Aim, AimError};

use crate::args::Calibrate;
use crate::exit::{Done, Failure};
use crate::labelled::{Context, Kinds, Labelled};
use crate::place::Place;
use figures::{Asked, Figures};
use policy::Document;
use read::Message;
use settle::{Aims, Settled};
use target::Target;

pub(crate) fn run(options: &Calibrate) -> Result<Done, Failure> {
    // What may fail is tried first: a file of messages can take minutes.
    let aims = aims(options)?;
    let file = Labelled::open(&options.file)?;
    let target = Target::of(options)?;
    let place = options.report.as_deref().map(Place::open).transpose()?;
    let kinds = Kinds::embedded()?;
    let files = options.engine.source().read()?;
    let parts = files.parts();
    let (name, text) = parts.policy;
    let engine = parts.build(options.engine.model)?;
    let document = Document::parse(name, text)?;
    let willing = document.willing()?;
    let willing = parsed(name, &willing, &engine)?;

    let gathered = file.each(engine.taxonomy(), context(options), |inquiry, labels| {
        Message::of(&engine, &willing, &kinds, &inquiry, &labels).map_err(|error| error.to_string())
    })?;
    let settled = Settled::new(&gathered.rows, &engine, document.defaults()?, &aims);
    let asked = Asked {
        file: Labelled::name(&options.file),
        bad_rows: gathered.bad,
        model: options.engine.model,
        revision: engine.revision().clone(),
    };
    let figures = Figures::new(asked, &aims, &gathered.rows, &settled);

    let mut out = io::stdout().lock();
    if options.json {
        writeln!(out, "{}", serde_json::to_string(&figures).map_err(Failure::usage)?)?;
    } else {
        table::write(&mut out, &figures)?;
    }
    out.flush()?;
    if let Some(place) = place {
        draw::report(&place, &figures)?;
    }

    let changed = document.with_thresholds(&settled.changes())?;
    parsed(&format!("{name} with the new thresholds"), &changed, &engine)?;
    let said = target.write(text, &changed)?;
    if !options.json {
        writeln!(out, "\n{said}")?;
    }
    Ok(if gathered.bad == 0 { Done::All } else { Done::WithFailures })
}

fn aims(options: &Calibrate) -> Result<Aims, Failure> {
    let aim = |option: &str, share: f64| {
        Aim::new(share, options.confidence).map_err(|error| {
            let option = if matches!(error, AimError::Confidence(_)) { "--confidence" } else { option };
            Failure::usage(format!("{option}: {error}"))
        })
    };
    Ok(Aims {
        wrong: aim("--max-wrong", options.max_wrong)?,
        unclear: aim("--max-unclear", options.max_unclear)?,
        by: options.by,
        guarantee: options.guarantee,
    })
}

fn context(options: &Calibrate) -> Context {
    if options.without_context { Context::LeftOut } else { Context::Read }
}

/// A policy that loads, with its cases.
fn parsed(name: &str, text: &str, engine: &Engine) -> Result<Policy, Failure> {
    let wrong = |error| LoadError::Policy { name: name.to_owned(), toml: text.to_owned(), error }.into();
    Policy::parse(text, engine.taxonomy()).map_err(wrong)
}
