//! What the program can be asked, as `--help` says it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as ClapArgs, Parser, Subcommand};
use fenliu::{Channel, ModelChoice, Source, Vertical};

/// Routes messages of Chinese online shops: who answers, what is wanted, how the customer feels, and why.
///
/// Exit codes: 0 all went well; 1 some lines failed and were reported, the others were done; 2 the arguments, a
/// file or a model are no good.
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
    Serve(Serve),
    /// Measures the engine on labelled messages.
    Eval(Eval),
}

/// Where the engine's parts come from.
#[derive(Debug, ClapArgs)]
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
    /// A policy file like `models/policy/default.toml` [default: inside the program]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

impl Engine {
    /// Loads the engine that was asked for.
    pub(crate) fn load(&self) -> Result<fenliu::Engine, fenliu::LoadError> {
        let mut source = Source::embedded();
        if let Some(directory) = &self.models {
            source = source.models(directory);
        }
        if let Some(directory) = &self.lexicon {
            source = source.lexicon(directory);
        }
        if let Some(file) = &self.policy {
            source = source.policy(file);
        }
        source.load(self.model)
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
    #[command(flatten)]
    pub(crate) engine: Engine,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:50051", env = "FENLIU_LISTEN")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) engine: Engine,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Eval {
    /// JSON lines with `text`, `intent` and `emotion`; an intent `a+b` accepts either
    pub(crate) file: PathBuf,
    /// Write the figures as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) engine: Engine,
}

/// Parses a closed vocabulary; clap lists the names and says which was meant.
fn named<T: Copy + Send + Sync + 'static>(
    all: &'static [T],
    name: fn(T) -> &'static str,
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(all.iter().map(|value| name(*value)))
        .try_map(move |text| all.iter().copied().find(|value| name(*value) == text).ok_or("unknown name"))
}
