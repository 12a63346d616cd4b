//! What `fenliu policy` can be asked.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Subcommand};
use fenliu::{ModelChoice, Source};

use super::{named, policy_beside};

#[derive(Debug, ClapArgs)]
pub(crate) struct Policy {
    #[command(subcommand)]
    pub(crate) command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Loads a policy and looks for rules that can never hold and rows that contradict each other.
    ///
    /// Exit codes: 0 clean; 1 there are findings; 2 the policy does not load.
    Check(Check),
    /// Runs the cases of a policy and of the case files beside it, and says which rules no case reached.
    ///
    /// For `shop.toml` the cases of `shop.cases.toml` and `shop.cases/*.toml` are run too. Exit codes: 0 all pass;
    /// 1 a case fails, or fewer rules are reached than `--fail-under` asks for; 2 a file is no good.
    Test(Test),
    /// Says what another policy would decide otherwise about the same messages.
    ///
    /// Exit codes: 0 done, whatever changes; 1 a line failed and was reported, or `--fail-on-change` and something
    /// changes; 2 a file is no good.
    Diff(Diff),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Check {
    /// The policy [default: `policy.toml` beside the models, else inside the program]
    file: Option<PathBuf>,
    /// Write what was found as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// A directory like `models/intent`, for its intents [default: inside the program]
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Test {
    /// The policy [default: `policy.toml` beside the models, else inside the program]
    file: Option<PathBuf>,
    /// Further cases: a file, or a directory of `.toml` files; may be given several times
    #[arg(long, value_name = "FILE_OR_DIR")]
    pub(crate) cases: Vec<PathBuf>,
    /// Fail where the cases reach fewer of a hundred rules than this
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub(crate) fail_under: Option<f64>,
    /// Write failures and coverage as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) reader: Reader,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Diff {
    /// The policy in use
    pub(crate) old: PathBuf,
    /// The policy that may take its place
    pub(crate) new: PathBuf,
    /// JSON lines: inquiries as `fenliu route --json` reads them, or labelled rows as `fenliu eval` does
    pub(crate) inquiries: PathBuf,
    /// How many changes are listed
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,
    /// Exit with 1 where anything changes
    #[arg(long)]
    pub(crate) fail_on_change: bool,
    /// Write counts and changes as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) reader: Reader,
}

/// What reads messages, whatever the policy is.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Engine")]
pub(crate) struct Reader {
    /// Which models answer
    #[arg(long, value_name = "MODEL", default_value = "cascade", value_parser = named(ModelChoice::ALL, ModelChoice::as_str))]
    pub(crate) model: ModelChoice,
    /// A directory like `models/intent` [default: inside the program]
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// A directory like `models/lexicon` [default: inside the program]
    #[arg(long, value_name = "DIR")]
    lexicon: Option<PathBuf>,
}

impl Check {
    /// Where the parts are.
    pub(crate) fn source(&self) -> Source {
        let file = self.file.clone().or_else(|| policy_beside(self.models.as_deref()));
        source(file.as_deref(), self.models.as_deref(), None)
    }
}

impl Test {
    /// The file of the policy, where it does not come from inside the program.
    pub(crate) fn policy(&self) -> Option<PathBuf> {
        self.file.clone().or_else(|| policy_beside(self.reader.models.as_deref()))
    }
}

impl Reader {
    /// Where the parts are, with this policy.
    pub(crate) fn source(&self, policy: Option<&Path>) -> Source {
        source(policy, self.models.as_deref(), self.lexicon.as_deref())
    }
}

fn source(policy: Option<&Path>, models: Option<&Path>, lexicon: Option<&Path>) -> Source {
    let mut source = Source::embedded();
    if let Some(directory) = models {
        source = source.models(directory);
    }
    if let Some(directory) = lexicon {
        source = source.lexicon(directory);
    }
    match policy {
        Some(file) => source.policy(file),
        None => source,
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let percent = text.trim_end_matches('%').parse().ok().filter(|percent| (0.0..=100.0).contains(percent));
    percent.ok_or_else(|| "expected a number from 0 to 100".to_owned())
}
