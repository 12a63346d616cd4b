//! What the lexicon hears in labelled rows, for fitting its weights and mining new words: reads JSON lines with `text`,
//! adds `norm` (the normalised text), `words` (as jieba cuts it) and `hits`: each keyword that was heard or negated,
//! with its intents and whether the message begins and ends there, which is where an anchor holds.
//!
//!     cargo run --release -p fenliu-examples --example hits -- LEXICON_DIR < in.jsonl > out.jsonl

use std::path::Path;
use std::process::ExitCode;

use fenliu::{Engine, Hit, Inquiry, ModelChoice, Normaliser, Segmenter, Source};
use fenliu_examples::{each_row, end};
use serde_json::{Value, json};

fn main() -> ExitCode {
    end("hits", hits())
}

fn hits() -> Result<(), Box<dyn std::error::Error>> {
    let lexicon = std::env::args().nth(1).ok_or("expected the directory of a lexicon as the only argument")?;
    let words = std::fs::read_to_string(Path::new(&lexicon).join("words.txt"))
        .map_err(|error| format!("{lexicon}/words.txt: {error}"))?;
    let engine = Source::embedded().lexicon(lexicon).load(ModelChoice::None)?;
    let segmenter = Segmenter::new(&words)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let normaliser = Normaliser::new();
    each_row(|row, raw| {
        let text = normaliser.read(raw).map_err(|error| error.to_string())?;
        let text = text.as_str();
        row.insert("hits".to_owned(), heard(&engine, raw, text)?.into());
        row.insert("words".to_owned(), segmenter.cut(text).words(text).collect::<Vec<_>>().into());
        row.insert("norm".to_owned(), text.into());
        Ok(())
    })
}

fn heard(engine: &Engine, raw: &str, text: &str) -> Result<Vec<Value>, String> {
    let reading = engine.read(&Inquiry::new(raw)).map_err(|error| error.to_string())?;
    Ok(reading.lexicon.hits.iter().map(|hit| told(engine, text, hit)).collect())
}

fn told(engine: &Engine, text: &str, hit: &Hit) -> Value {
    let silent = |part: Option<&str>| part.is_some_and(|part| !part.chars().any(char::is_alphanumeric));
    json!({
        "word": hit.word,
        "intents": hit.intents.iter().map(|intent| &*engine.taxonomy().intent(*intent).id).collect::<Vec<_>>(),
        "grave": hit.grave,
        "negated": hit.negated,
        "begins": silent(text.get(..hit.span.start)),
        "ends": silent(text.get(hit.span.end..)),
    })
}
