//! The cases of a policy: those that it carries, and those of the files beside it.

use std::fs;
use std::path::{Path, PathBuf};

use fenliu::{Case, Taxonomy};

use crate::draw::{Sheet, policy_error};
use crate::exit::Failure;

/// The cases of one file.
#[derive(Debug)]
pub(super) struct Suite {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) cases: Vec<Case>,
}

impl Suite {
    /// Where a case stands, as `file:line:column`.
    pub(super) fn place(&self, case: &Case) -> String {
        let (line, column) = self.sheet().place(case.span().start);
        format!("{}:{line}:{column}", self.name)
    }

    /// The line that a case begins at, from 1.
    pub(super) fn line(&self, case: &Case) -> usize {
        self.sheet().place(case.span().start).0
    }

    fn sheet(&self) -> Sheet<'_> {
        Sheet { name: &self.name, text: &self.text }
    }
}

/// Reads the case files beside a policy, and those that are named.
pub(super) fn read(policy: Option<&Path>, named: &[PathBuf], taxonomy: &Taxonomy) -> Result<Vec<Suite>, Failure> {
    let mut problems = Vec::new();
    let mut suites = Vec::new();
    for file in files(policy, named, &mut problems) {
        let name = file.display().to_string();
        match fs::read_to_string(&file) {
            Err(error) => problems.push(format!("fenliu: {name}: {error}\n")),
            Ok(text) => match Case::parse_file(&text, taxonomy) {
                Ok(cases) => suites.push(Suite { name, text, cases }),
                Err(error) => problems.push(policy_error(Sheet { name: &name, text: &text }, &error)),
            },
        }
    }
    if problems.is_empty() { Ok(suites) } else { Err(Failure::Drawn(problems.join("\n"))) }
}

/// For `shop.toml`: `shop.cases.toml`, then `shop.cases/*.toml`, then what is named; each once.
fn files(policy: Option<&Path>, named: &[PathBuf], problems: &mut Vec<String>) -> Vec<PathBuf> {
    let mut out = Vec::new();
    if let Some(policy) = policy {
        let file = policy.with_extension("cases.toml");
        let directory = policy.with_extension("cases");
        out.extend(file.is_file().then_some(file));
        if directory.is_dir() {
            out.extend(listed(&directory, problems));
        }
    }
    for path in named {
        if !path.is_dir() {
            out.push(path.clone());
            continue;
        }
        let files = listed(path, problems);
        if files.is_empty() {
            problems.push(format!("fenliu: {}: holds no `.toml` file\n", path.display()));
        }
        out.extend(files);
    }
    let mut seen = Vec::new();
    out.retain(|file| {
        let first = !seen.contains(file);
        seen.push(file.clone());
        first
    });
    out
}

/// The `.toml` files of a directory, by name.
fn listed(directory: &Path, problems: &mut Vec<String>) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>());
    match entries {
        Ok(mut files) => {
            files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
            files.sort();
            files
        }
        Err(error) => {
            problems.push(format!("fenliu: {}: {error}\n", directory.display()));
            Vec::new()
        }
    }
}
