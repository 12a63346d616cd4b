//! `fenliu policy check`: whether a policy loads, and what in it can never hold or contradicts itself.

use std::io::Write;
use std::ops::Range;

use fenliu::{LoadError, ModelChoice, Policy, PolicyError, Taxonomy};
use serde::Serialize;

use crate::args::Check;
use crate::colour;
use crate::draw::{Gravity, Mark, Sheet};
use crate::exit::{Done, Failure};

use super::counted;

/// One thing that the file says and that cannot be meant, as it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    kind: String,
    profile: String,
    /// What it is about, such as `route night`.
    subjects: Vec<String>,
    message: String,
    span: Option<Range<usize>>,
    /// A reading that shows it.
    example: Option<String>,
}

/// The static checks of the library.
fn findings(_policy: &Policy, _taxonomy: &Taxonomy) -> Vec<Finding> {
    Vec::new()
}

/// What is said of one file.
#[derive(Debug, Serialize)]
struct Report<'a> {
    policy: &'a str,
    /// Why it does not load.
    problems: Vec<ProblemRow<'a>>,
    findings: Vec<FindingRow>,
}

#[derive(Debug, Serialize)]
struct ProblemRow<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    /// In bytes.
    start: usize,
    end: usize,
    problem: &'a str,
}

#[derive(Debug, Serialize)]
struct FindingRow {
    kind: String,
    profile: String,
    subjects: Vec<String>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<String>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
}

#[derive(Debug, Serialize)]
struct Place {
    line: usize,
    column: usize,
    /// In bytes.
    start: usize,
    end: usize,
}

pub(super) fn run(options: &Check) -> Result<Done, Failure> {
    let files = options.source().read()?;
    let parts = files.parts();
    // The whole is loaded, as a server would: a candidate that is named must be there and be good too.
    let engine = match parts.build(ModelChoice::None) {
        Ok(engine) => engine,
        Err(error) => {
            if options.json {
                write_json(&not_loaded(&error))?;
            }
            return Err(error.into());
        }
    };
    let taxonomy = engine.taxonomy();
    let mut checked = vec![(sheet(parts.policy), findings(engine.policy(), taxonomy))];
    if let Some((name, text)) = parts.candidate {
        let policy = Policy::parse(text, taxonomy).map_err(|error| load_error(name, text, error))?;
        checked.push((sheet((name, text)), findings(&policy, taxonomy)));
    }
    let clean = checked.iter().all(|(_, findings)| findings.is_empty());
    if options.json {
        let reports: Vec<Report<'_>> = checked.into_iter().map(|(sheet, found)| report(sheet, found)).collect();
        write_json(&reports)?;
    } else {
        for (sheet, findings) in &checked {
            write(*sheet, findings)?;
        }
    }
    Ok(if clean { Done::All } else { Done::WithFailures })
}

fn sheet<'a>((name, text): (&'a str, &'a str)) -> Sheet<'a> {
    Sheet { name, text }
}

fn load_error(name: &str, toml: &str, error: PolicyError) -> LoadError {
    LoadError::Policy { name: name.to_owned(), toml: toml.to_owned(), error }
}

fn write(sheet: Sheet<'_>, findings: &[Finding]) -> Result<(), Failure> {
    let mut out = colour::stdout();
    for finding in findings {
        writeln!(out, "{}", drawn(sheet, finding))?;
    }
    let count = if findings.is_empty() { "no findings".to_owned() } else { counted(findings.len(), "finding") };
    writeln!(out, "{}: {count}", sheet.name)?;
    Ok(())
}

fn drawn(sheet: Sheet<'_>, finding: &Finding) -> String {
    let mut notes = Vec::new();
    if finding.profile != Policy::NORMAL {
        notes.push(format!("in the profile `{}`", finding.profile));
    }
    notes.extend(finding.example.as_ref().map(|example| format!("for example {example}")));
    sheet.draw(&Mark {
        gravity: Gravity::Warning,
        title: &finding.message,
        label: &finding.kind,
        span: finding.span.clone(),
        notes,
        help: None,
    })
}

fn report<'a>(sheet: Sheet<'a>, findings: Vec<Finding>) -> Report<'a> {
    let rows = findings.into_iter().map(|finding| FindingRow {
        place: finding.span.map(|Range { start, end }| {
            let (line, column) = sheet.place(start);
            Place { line, column, start, end }
        }),
        kind: finding.kind,
        profile: finding.profile,
        subjects: finding.subjects,
        message: finding.message,
        example: finding.example,
    });
    Report { policy: sheet.name, problems: Vec::new(), findings: rows.collect() }
}

/// The policies among what does not load.
fn not_loaded(error: &LoadError) -> Vec<Report<'_>> {
    if let LoadError::Several(errors) = error {
        return errors.iter().flat_map(not_loaded).collect();
    }
    let LoadError::Policy { name, error, .. } = error else { return Vec::new() };
    let rows = error.problems.iter().map(|problem| ProblemRow {
        path: &problem.path,
        line: problem.line,
        column: problem.column,
        start: problem.span.start,
        end: problem.span.end,
        problem: &problem.problem,
    });
    vec![Report { policy: name, problems: rows.collect(), findings: Vec::new() }]
}

fn write_json(reports: &[Report<'_>]) -> Result<(), Failure> {
    let reports = serde_json::json!({ "policies": reports });
    writeln!(std::io::stdout().lock(), "{reports}")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_drawn_under_its_rule_with_the_reading_that_shows_it() {
        let text = "[[route]]\nname = \"夜间\"\nwhen = { tier = \"ai\" } # 从不\n";
        let span = text.find("{ tier").map(|start| start..start + 15);
        let finding = Finding {
            kind: "unreachable".to_owned(),
            profile: "night".to_owned(),
            subjects: vec!["route 夜间".to_owned()],
            message: "the route `夜间` can never be reached".to_owned(),
            span,
            example: Some("intent track, tier ai".to_owned()),
        };
        let sheet = Sheet { name: "shop.toml", text };
        let plain = colour::plain(&drawn(sheet, &finding));
        assert_eq!(
            plain,
            "warning: the route `夜间` can never be reached\n --> shop.toml:3:8\n  |\n3 | when = { tier = \"ai\" } # 从不\n  \
             |        ^^^^^^^^^^^^^^^ unreachable\n  |\n  = note: in the profile `night`\n  = note: for example intent \
             track, tier ai\n"
        );
        let json = serde_json::to_value(report(sheet, vec![finding])).unwrap();
        assert_eq!(json["findings"][0]["line"], 3, "{json}");
        assert_eq!(json["findings"][0]["column"], 8, "{json}");
    }
}
