//! The shop's own intents: rows in the form of `taxonomy.toml`, checked against those that there are.

use fenliu::{Intent, Taxonomy};
use serde::Deserialize;
use toml::Spanned;

use crate::rows::{Named, Problem};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// May stand here, as it stands in a taxonomy.
    #[serde(default = "first_version")]
    version: u32,
    #[serde(default)]
    intent: Vec<Spanned<Intent>>,
}

fn first_version() -> u32 {
    1
}

/// The intents that are well defined, with their places, and everything that is wrong with the others.
pub(crate) fn define(file: Named<'_>, taxonomy: &Taxonomy) -> (Vec<(String, Intent)>, Vec<Problem>) {
    let text = match std::str::from_utf8(file.contents) {
        Ok(text) => text,
        Err(error) => {
            let what = format!("is not UTF-8 from byte {}", error.valid_up_to() + 1);
            return (Vec::new(), vec![Problem::new(file.name, what)]);
        }
    };
    let parsed: File = match toml::from_str(text) {
        Ok(parsed) => parsed,
        Err(error) => return (Vec::new(), vec![Problem::new(file.name, error.to_string().trim_end())]),
    };
    let mut problems = Vec::new();
    if parsed.version != 1 {
        problems.push(Problem::new(file.name, format!("version {}, expected 1", parsed.version)));
    }
    if parsed.intent.is_empty() {
        problems.push(Problem::new(file.name, "no intents, expected rows `[[intent]]` with `id`, `domain` and `zh`"));
    }
    let mut defined: Vec<(String, Intent)> = Vec::new();
    for row in parsed.intent {
        let line = text.get(..row.span().start).unwrap_or(text).matches('\n').count() + 1;
        let place = format!("{}:{line}", file.name);
        let intent = row.into_inner();
        let earlier = defined.iter().find(|(_, other)| other.id == intent.id).map(|(place, _)| place.as_str());
        let wrong = faults(&intent, earlier, taxonomy);
        if wrong.is_empty() {
            defined.push((place, intent));
        } else {
            problems.extend(wrong.into_iter().map(|what| Problem::new(&place, what)));
        }
    }
    (defined, problems)
}

fn faults(intent: &Intent, earlier: Option<&str>, taxonomy: &Taxonomy) -> Vec<String> {
    let mut wrong = Vec::new();
    let id = &intent.id;
    let plain = id.starts_with(|char: char| char.is_ascii_lowercase())
        && id.chars().all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_');
    if !plain {
        wrong.push(format!("id is `{id}`, expected a letter from a to z, then such letters, digits and `_`"));
    }
    if let Some(known) = taxonomy.id(id) {
        let zh = &taxonomy.intent(known).zh;
        wrong.push(format!("intent `{id}` ({zh}) is there already: give examples of it without defining it"));
    }
    if let Some(earlier) = earlier {
        wrong.push(format!("intent `{id}` is defined at {earlier} already"));
    }
    for (name, value) in [("domain", &intent.domain), ("zh", &intent.zh)] {
        if value.trim().is_empty() {
            wrong.push(format!("`{name}` of `{id}` is empty"));
        }
    }
    // A domain of the shop's own may be new; one that is nearly one of ours is a slip.
    let domain = &intent.domain;
    if !taxonomy.has_domain(domain) && taxonomy.unknown_domain(domain).contains("did you mean") {
        wrong.push(taxonomy.unknown_domain(domain));
    }
    wrong
}
