//! `fenliu policy test`: runs cases, shows how those that fail differ, and which rules no case reached.

use std::io::{self, Write};

use fenliu::{Case, Difference, Engine, RuleName, Verdict};
use serde::Serialize;

use crate::args::Test;
use crate::colour::{self, BAD, FAINT, GOOD, STRONG, padded, painted};
use crate::exit::{Done, Failure, complain};

use super::cases::{self, Suite};
use super::coverage::Coverage;
use super::{counted, read};

/// What became of all cases.
#[derive(Debug, Serialize)]
struct Report {
    policy: String,
    cases: usize,
    passed: usize,
    failures: Vec<CaseFailure>,
    coverage: Coverage,
}

/// One case that fails.
#[derive(Debug, Serialize)]
struct CaseFailure {
    #[serde(skip)]
    place: String,
    file: String,
    line: usize,
    case: String,
    /// Why the message could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    differences: Vec<Differs>,
}

#[derive(Debug, Serialize)]
struct Differs {
    what: &'static str,
    expected: String,
    found: String,
}

pub(super) fn run(options: &Test) -> Result<Done, Failure> {
    let policy = options.policy();
    let files = options.reader.source(policy.as_deref()).read()?;
    let parts = files.parts();
    let engine = parts.build_cases_unrun(options.reader.model)?;
    let (name, text) = parts.policy;
    let cases = engine.policy().cases().to_vec();
    let mut suites = vec![Suite { name: name.to_owned(), text: text.to_owned(), cases }];
    suites.extend(cases::read(policy.as_deref(), &options.cases, engine.taxonomy())?);

    let report = Report::new(name, &engine, &suites);
    if options.json {
        let json = serde_json::to_string(&report).map_err(Failure::usage)?;
        writeln!(io::stdout().lock(), "{json}")?;
    } else {
        report.write(&mut colour::stdout())?;
    }
    let under = options.fail_under.filter(|percent| report.coverage.is_under(*percent));
    if let Some(percent) = under {
        complain(&format!(
            "the cases reach {:.1} % of the rules, expected at least {percent} %",
            report.coverage.percent
        ));
    }
    Ok(if report.failures.is_empty() && under.is_none() { Done::All } else { Done::WithFailures })
}

/// Judges one case, from its message through the model where it has one.
fn judge(engine: &Engine, case: &Case) -> Result<Verdict, String> {
    match case.inquiry() {
        Some(inquiry) => {
            let reading = read(engine, inquiry)?;
            Ok(case.judge_reading(engine.policy(), &reading, Some(engine.taxonomy())))
        }
        None => case.judge(engine.policy()).ok_or_else(|| "gives neither facts nor a message".to_owned()),
    }
}

impl Report {
    fn new(policy: &str, engine: &Engine, suites: &[Suite]) -> Self {
        let mut failures = Vec::new();
        let mut held: Vec<Vec<RuleName>> = Vec::new();
        let mut cases = 0;
        for suite in suites {
            for case in &suite.cases {
                cases += 1;
                let (error, differences) = match judge(engine, case) {
                    Ok(verdict) => {
                        held.push(verdict.held);
                        (None, verdict.differences)
                    }
                    Err(error) => (Some(error), Vec::new()),
                };
                if error.is_some() || !differences.is_empty() {
                    failures.push(CaseFailure::new(suite, case, error, differences));
                }
            }
        }
        let coverage = Coverage::new(engine.policy(), &held);
        Self { policy: policy.to_owned(), cases, passed: cases - failures.len(), failures, coverage }
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        for failure in &self.failures {
            failure.write(out)?;
        }
        let passed = format!("{} of {} pass", self.passed, counted(self.cases, "case"));
        let style = if self.failures.is_empty() { GOOD } else { BAD };
        writeln!(out, "{}\n", painted(style, passed))?;
        self.coverage.write(out)
    }
}

impl CaseFailure {
    fn new(suite: &Suite, case: &Case, error: Option<String>, differences: Vec<Difference>) -> Self {
        let differences =
            differences.into_iter().map(|Difference { what, expected, found, .. }| Differs { what, expected, found });
        Self {
            place: suite.place(case),
            file: suite.name.clone(),
            line: suite.line(case),
            case: case.name().to_owned(),
            error,
            differences: differences.collect(),
        }
    }

    /// As a diff: `-` what is expected, `+` what was found.
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{} {}", painted(STRONG, &self.case), painted(FAINT, &self.place))?;
        for Differs { what, expected, found } in &self.differences {
            writeln!(out, "  {}  {}", padded(what, 14), painted(BAD, format!("- {expected}")))?;
            writeln!(out, "  {}  {}", padded("", 14), painted(GOOD, format!("+ {found}")))?;
        }
        if let Some(error) = &self.error {
            writeln!(out, "  {}", painted(BAD, error))?;
        }
        writeln!(out)
    }
}
