//! What the program can be asked, as `--help` says it.

mod calibrate;
mod policy;
mod serve;

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand};
use fenliu::{Channel, ModelChoice, Source, Vertical};

pub(crate) use calibrate::Calibrate;
pub(crate) use policy::{Check, Diff, Policy, PolicyCommand, Test};
pub(crate) use serve::{Conversations, Format, Level, Log, Serve, Settings, Span, Text, Traces};

/// Routes messages of Chinese online shops: who answers, what is wanted, how the customer feels, and why.
///
/// Exit codes: 0 all went well; 1 some lines failed and were reported, the others were done, or a policy has findings
/// or cases that fail; 2 the arguments, a file or a model are no good.
#[derive(Debug, Parser)]
#[command(name = "fenliu", version, max_term_width = 100)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Routes one message, or one inquiry a line from standard input.
    Route(Route),
    /// Serves gRPC: fenliu.v1.Router, health, reflection.
    Serve(Box<Serve>),
    /// Measures the engine on labelled messages.
    Eval(Eval),
    /// Checks, tests and compares policies.
    Policy(Policy),
    /// Chooses the thresholds of a policy so that few of the AI's answers are wrong, with a stated confidence.
    Calibrate(Calibrate),
    /// Teaches the models a shop's own intents, or better examples of ours.
    Teach(Teach),
}

/// Where the engine's parts come from.
#[derive(Debug, Clone, ClapArgs)]
#[command(next_help_heading = "Engine")]
pub(crate) struct Engine {
    /// Which models answer
    #[arg(long, value_name = "MODEL", default_value = "cascade", value_parser = named(ModelChoice::ALL, ModelChoice::as_str))]
    pub(crate) model: ModelChoice,
    /// A directory like `models/intent` [default: inside the program]
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
    /// A directory like `models/lexicon` [default: inside the program]
    #[arg(long, value_name = "DIR")]
    lexicon: Option<PathBuf>,
    /// A policy file like `models/policy/default.toml` [default: `policy.toml` beside the models, else inside the program]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl Engine {
    /// Loads the engine that was asked for.
    pub(crate) fn load(&self) -> Result<fenliu::Engine, fenliu::LoadError> {
        self.source().load(self.model)
    }

    /// Where its parts are.
    pub(crate) fn source(&self) -> Source {
        let mut source = Source::embedded();
        if let Some(directory) = &self.models {
            source = source.models(directory);
        }
        if let Some(directory) = &self.lexicon {
            source = source.lexicon(directory);
        }
        match self.policy_file() {
            Some(file) => source.policy(file),
            None => source,
        }
    }

    /// The file that the policy comes from; none where it comes from inside the program.
    pub(crate) fn policy_file(&self) -> Option<PathBuf> {
        self.policy.clone().or_else(|| policy_beside(self.models.as_deref()))
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Route {
    /// The message; without it, `--json` reads one inquiry a line from standard input
    pub(crate) text: Option<String>,
    /// Write outcomes as JSON, one a line
    #[arg(long)]
    pub(crate) json: bool,
    /// Where the message came in
    #[arg(long, requires = "text", value_parser = named(Channel::ALL, Channel::as_str))]
    pub(crate) channel: Option<Channel>,
    /// The trade, where it is known
    #[arg(long, requires = "text", value_parser = named(Vertical::ALL, Vertical::as_str))]
    pub(crate) vertical: Option<Vertical>,
    /// The profile of the policy to decide by, where an inquiry names none [default: normal]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Say the whole way to the decision: what was looked at, and every rule that held and did not
    #[arg(long)]
    pub(crate) explain: bool,
    #[command(flatten)]
    pub(crate) engine: Engine,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Eval {
    /// JSON lines with `text`, `intent` and `emotion`; an intent `a+b` accepts either. Where known also `source`,
    /// `tags`, `before` (what the shop said last) and `before_customer` (the customer's turn before that)
    pub(crate) file: PathBuf,
    /// Write the figures as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Write a page with all figures and pictures into this directory; it holds no message
    #[arg(long, value_name = "DIR")]
    pub(crate) report: Option<PathBuf>,
    /// Leave `before` and `before_customer` unread
    #[arg(long)]
    pub(crate) without_context: bool,
    /// What it costs to send a message to the wrong tier, rows `ai`, `assisted` and `advisor` of three numbers each
    /// [default: inside the program]
    #[arg(long, value_name = "FILE")]
    pub(crate) costs: Option<PathBuf>,
    /// Compare with these models on the same messages
    #[arg(long, value_name = "MODEL", value_parser = named(ModelChoice::ALL, ModelChoice::as_str))]
    against: Option<ModelChoice>,
    /// Compare with the models of this directory on the same messages
    #[arg(long, value_name = "DIR")]
    against_models: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) engine: Engine,
}

impl Eval {
    /// The engine to compare with, if one is asked for; what is not said of it is as in the measured one.
    pub(crate) fn against(&self) -> Option<Engine> {
        if self.against.is_none() && self.against_models.is_none() {
            return None;
        }
        let mut engine = self.engine.clone();
        engine.model = self.against.unwrap_or(engine.model);
        if let Some(models) = &self.against_models {
            // A policy that mentions the intents of the measured models may not know these.
            engine.policy = None;
            engine.models = Some(models.clone());
        }
        Some(engine)
    }
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Teach {
    /// JSON lines with `text` and `intent`, at least five of an intent
    pub(crate) examples: PathBuf,
    /// Where the taught models go, as `--models` takes them
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The shop's own intents, rows `[[intent]]` as in `models/taxonomy.toml`
    #[arg(long, value_name = "FILE")]
    pub(crate) define: Option<PathBuf>,
    /// Further messages to keep right, JSON lines with `text` and `intent`
    #[arg(long, value_name = "FILE")]
    pub(crate) keep: Option<PathBuf>,
    /// Print what would change and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write even if two intents cannot be told apart
    #[arg(long)]
    pub(crate) force: bool,
    /// Replace the models that stand at DIR
    #[arg(long)]
    pub(crate) replace: bool,
    /// The models to teach, a directory like `models/intent` [default: inside the program]
    #[arg(long, value_name = "DIR", help_heading = "Engine")]
    pub(crate) models: Option<PathBuf>,
    /// A directory like `models/lexicon`, whose words the fast model reads [default: inside the program]
    #[arg(long, value_name = "DIR", help_heading = "Engine")]
    pub(crate) lexicon: Option<PathBuf>,
    /// The policy in use [default: `policy.toml` beside the models, else inside the program]
    #[arg(long, value_name = "FILE", help_heading = "Engine")]
    pub(crate) policy: Option<PathBuf>,
}

impl Teach {
    /// Where the parts are that teaching needs.
    pub(crate) fn source(&self) -> Source {
        let mut source = Source::embedded();
        if let Some(directory) = &self.models {
            source = source.models(directory);
        }
        if let Some(directory) = &self.lexicon {
            source = source.lexicon(directory);
        }
        match self.policy.clone().or_else(|| policy_beside(self.models.as_deref())) {
            Some(file) => source.policy(file),
            None => source,
        }
    }
}

/// Models that were taught have a policy beside them that mentions their intents.
fn policy_beside(models: Option<&Path>) -> Option<PathBuf> {
    models.map(|directory| directory.join("policy.toml")).filter(|file| file.exists())
}

/// Parses a closed vocabulary; clap lists the names and says which was meant.
fn named<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(|value| name(*value)))
        .try_map(move |text| all.iter().copied().find(|value| name(*value) == text).ok_or("unknown name"))
}
