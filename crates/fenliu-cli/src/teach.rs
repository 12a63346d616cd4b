//! `fenliu teach`: reads what a shop teaches, prints what it would change, and writes the taught models.

mod directory;

use std::io::{self, Write};
use std::path::Path;

use fenliu::{Encoder, Files, LoadError, ModelFiles, Policy, Segmenter, Taxonomy};
use fenliu_teach::{Inputs, Lesson, Named, Report, TeachError, with_assisted};

use crate::args::Teach;
use crate::exit::{Done, Failure};
use directory::Directory;

/// The policy's name in the directory.
const POLICY: &str = "policy.toml";

/// The files that the shop names, as they are read.
struct Shop {
    examples: Contents,
    define: Option<Contents>,
    keep: Option<Contents>,
}

struct Contents {
    name: String,
    bytes: Vec<u8>,
}

pub(crate) fn run(options: &Teach) -> Result<Done, Failure> {
    // What may fail is tried first: the reading of the messages takes a while.
    let known: Vec<&str> = ModelFiles::NAMES.into_iter().chain([POLICY]).collect();
    let directory = Directory::at(&options.out, options.replace, &known)?;
    let (files, shop) = read(options)?;
    let parts = files.parts();
    let taxonomy = Taxonomy::parse(parts.taxonomy).map_err(LoadError::from)?;
    let segmenter = Segmenter::new(parts.words).map_err(LoadError::from)?;
    let encoder = Encoder::new(parts.models, &taxonomy).map_err(LoadError::Model)?;
    let lesson = Lesson::read(&Inputs {
        encoder: &encoder,
        taxonomy: parts.taxonomy,
        examples: shop.examples.named(),
        define: shop.define.as_ref().map(Contents::named),
        keep: shop.keep.as_ref().map(Contents::named),
    })?;
    let (policy, added) = policy(parts.policy, &lesson)?;

    let mut out = io::stdout().lock();
    writeln!(out, "reading {} messages with both models", lesson.len())?;
    out.flush()?;
    let learned = lesson.learn(encoder.heads(), &lesson.encode(&encoder, &segmenter)?)?;
    write!(out, "{}", learned.report)?;
    judge(&mut out, &learned.report, options.force)?;
    if options.dry_run {
        writeln!(out, "\nnothing written, as --dry-run asks")?;
        return Ok(Done::All);
    }
    let models = lesson.files(&learned, &encoder)?;
    directory.write(models.iter().chain([(POLICY, policy.as_bytes())]))?;
    writeln!(out, "\nwritten: {}", options.out.display())?;
    if !added.is_empty() {
        writeln!(out, "the policy beside them has a person check the answers to {}", added.join(", "))?;
    }
    let models = quoted(&options.out);
    let lexicon = options.lexicon.as_ref().map(|lexicon| format!(" --lexicon {}", quoted(lexicon))).unwrap_or_default();
    writeln!(out, "use them: fenliu route --models {models}{lexicon} …")?;
    out.flush()?;
    Ok(Done::All)
}

/// Reads everything that is named; every file that cannot be read is told at once.
fn read(options: &Teach) -> Result<(Files, Shop), Failure> {
    let mut problems = Vec::new();
    let files = options.source().read().map_err(|error| problems.push(error.to_string())).ok();
    let mut contents = |path: &Path| {
        let name = path.display().to_string();
        let bytes = std::fs::read(path).unwrap_or_else(|error| {
            problems.push(format!("{name}: {error}"));
            Vec::new()
        });
        Contents { name, bytes }
    };
    let shop = Shop {
        examples: contents(&options.examples),
        define: options.define.as_deref().map(&mut contents),
        keep: options.keep.as_deref().map(&mut contents),
    };
    match files {
        Some(files) if problems.is_empty() => Ok((files, shop)),
        _ => Err(Failure::usage(problems.join("\n"))),
    }
}

/// The policy for the taught models, and which intents it did not mention.
fn policy<'l>((name, text): (&str, &str), lesson: &'l Lesson) -> Result<(String, Vec<&'l str>), Failure> {
    let taxonomy = Taxonomy::parse(lesson.taxonomy()).map_err(LoadError::from)?;
    let (policy, added) = with_assisted((name, text), lesson.intents())?;
    match Policy::parse(&policy, &taxonomy) {
        Ok(_) => Ok((policy, added)),
        Err(error) => Err(LoadError::Policy { name: name.to_owned(), toml: policy, error }.into()),
    }
}

/// Intents that cannot be told apart are an error, unless the shop will have it so.
fn judge(out: &mut dyn Write, report: &Report, force: bool) -> Result<(), Failure> {
    let alike: String = report.alike.iter().map(ToString::to_string).collect();
    if alike.is_empty() {
        return Ok(());
    }
    if force {
        write!(out, "\n{alike}")?;
        return Ok(());
    }
    Err(Failure::usage(format!(
        "{alike}nothing was written; give examples that differ more, make one intent of both, or --force"
    )))
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |char: char| char.is_alphanumeric() || "/._-".contains(char);
    if path.chars().all(plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

impl Contents {
    fn named(&self) -> Named<'_> {
        Named { name: &self.name, contents: &self.bytes }
    }
}

impl From<TeachError> for Failure {
    fn from(error: TeachError) -> Self {
        Self::usage(error)
    }
}
