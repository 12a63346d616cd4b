//! Builds an engine from the files inside the program or from directories; the only file that opens files.

use std::path::{Path, PathBuf};

use crate::digest::revision;
use crate::engine::Engine;
use crate::entity::Entities;
use crate::lexicon::{Lexicon, LexiconError, LexiconSources};
use crate::model::{ModelChoice, ModelError, ModelSources, classifier};
use crate::outcome::Revision;
use crate::policy::{Policy, PolicyError};
use crate::segment::Segmenter;
use crate::taxonomy::{Taxonomy, TaxonomyError};
use crate::text::Normaliser;

/// Where the parts of an engine come from; what is not named comes from inside the program.
///
/// # Examples
///
/// ```no_run
/// use fenliu::{ModelChoice, Source};
/// let engine = Source::embedded().models("/srv/fenliu/intent").load(ModelChoice::Cascade);
/// ```
#[cfg(feature = "embedded")]
#[derive(Debug, Clone, Default)]
pub struct Source {
    models: Option<PathBuf>,
    lexicon: Option<PathBuf>,
    policy: Option<PathBuf>,
}

/// Why an engine cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The taxonomy is no good.
    #[error("taxonomy.toml: {0}")]
    Taxonomy(#[from] TaxonomyError),
    /// The lexicon or the shop's words are no good.
    #[error("lexicon: {}", joined(.0))]
    Lexicon(Vec<LexiconError>),
    /// The policy is no good.
    #[error("policy {name}:\n{error}")]
    Policy {
        /// The file.
        name: String,
        /// Everything that is wrong.
        error: PolicyError,
    },
    /// The model directory is no good.
    #[error("models: {}", joined(.0))]
    Model(Vec<ModelError>),
}

fn joined<T: ToString>(errors: &[T]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// The contents of every part, wherever they came from.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Parts<'a> {
    /// `taxonomy.toml`.
    pub taxonomy: &'a str,
    /// The shop's words for jieba.
    pub words: &'a str,
    /// The lexicon's files.
    pub lexicon: LexiconSources<'a>,
    /// The policy, with a name for messages.
    pub policy: (&'a str, &'a str),
    /// The model directory.
    pub models: ModelSources<'a>,
}

impl Parts<'_> {
    /// What ships inside the program.
    #[cfg(feature = "embedded")]
    #[must_use]
    pub fn embedded() -> Parts<'static> {
        crate::embedded::parts()
    }

    /// Builds the engine: parse, check, fit, cases.
    ///
    /// # Errors
    ///
    /// The first part that is no good, with everything that is wrong with it.
    pub fn build(&self, choice: ModelChoice) -> Result<Engine, LoadError> {
        let taxonomy = Taxonomy::parse(self.taxonomy)?;
        // The models take as long as all the rest; on two cores both are ready together.
        let (classifier, rest) = std::thread::scope(|scope| {
            let models = scope.spawn(|| classifier(&self.models, choice, &taxonomy).map_err(LoadError::Model));
            let rest = self.all_but_models(&taxonomy);
            (models.join(), rest)
        });
        let (segmenter, lexicon, policy, normaliser) = rest?;
        let classifier = classifier.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let lexicon_files =
            [self.words, self.lexicon.emotion, self.lexicon.vertical, self.lexicon.allow, self.lexicon.negation];
        let lexicon_files = lexicon_files.into_iter().chain(self.lexicon.intents.iter().map(|(_, contents)| *contents));
        Ok(Engine {
            revision: Revision {
                model: classifier.as_ref().map_or_else(|| "none".to_owned(), |model| model.revision().to_owned()),
                lexicon: revision(lexicon_files.map(str::as_bytes)),
                policy: revision([self.policy.1.as_bytes(), self.taxonomy.as_bytes()]),
            },
            taxonomy,
            normaliser,
            segmenter,
            lexicon,
            entities: Entities::new(),
            classifier,
            policy,
        })
    }

    fn all_but_models(&self, taxonomy: &Taxonomy) -> Result<(Segmenter, Lexicon, Policy, Normaliser), LoadError> {
        let segmenter = Segmenter::new(self.words).map_err(|errors| {
            let named =
                |error: crate::WordError| LexiconError { file: "words.txt".to_owned(), problem: error.to_string() };
            LoadError::Lexicon(errors.into_iter().map(named).collect())
        })?;
        let lexicon = Lexicon::parse(&self.lexicon, taxonomy).map_err(LoadError::Lexicon)?;
        let (name, policy) = self.policy;
        let policy =
            Policy::parse(policy, taxonomy).map_err(|error| LoadError::Policy { name: name.to_owned(), error })?;
        Ok((segmenter, lexicon, policy, Normaliser::new()))
    }
}

#[cfg(feature = "embedded")]
impl Engine {
    /// The engine with everything that ships inside the program.
    ///
    /// # Errors
    ///
    /// Only where this build lacks the `onnx` feature and a model is asked for.
    ///
    /// # Cost
    ///
    /// Some tenths of a second and some 200 MB with the cascade; make one and share it.
    pub fn embedded(choice: ModelChoice) -> Result<Self, LoadError> {
        Source::embedded().load(choice)
    }
}

#[cfg(feature = "embedded")]
impl Source {
    /// Everything from inside the program.
    #[must_use]
    pub fn embedded() -> Self {
        Self::default()
    }

    /// Takes the models from a directory like `models/intent`.
    #[must_use]
    pub fn models(mut self, directory: impl Into<PathBuf>) -> Self {
        self.models = Some(directory.into());
        self
    }

    /// Takes the lexicon from a directory like `models/lexicon`.
    #[must_use]
    pub fn lexicon(mut self, directory: impl Into<PathBuf>) -> Self {
        self.lexicon = Some(directory.into());
        self
    }

    /// Takes the policy from a file.
    #[must_use]
    pub fn policy(mut self, file: impl Into<PathBuf>) -> Self {
        self.policy = Some(file.into());
        self
    }

    /// Reads what is named and builds the engine.
    ///
    /// # Errors
    ///
    /// See [`LoadError`].
    pub fn load(&self, choice: ModelChoice) -> Result<Engine, LoadError> {
        let mut parts = Parts::embedded();
        let models;
        if let Some(directory) = &self.models {
            models = ModelFiles::read(directory)?;
            parts.models = models.sources();
        }
        let lexicon;
        if let Some(directory) = &self.lexicon {
            lexicon = LexiconFiles::read(directory)?;
            parts.words = &lexicon.words;
            parts.lexicon = lexicon.sources();
        }
        let policy;
        if let Some(file) = &self.policy {
            policy = (file.display().to_string(), text(file)?);
            parts.policy = (&policy.0, &policy.1);
        }
        parts.build(choice)
    }
}

struct ModelFiles {
    manifest: String,
    fast: Vec<u8>,
    deep: Vec<u8>,
    tokenizer: Vec<u8>,
}

impl ModelFiles {
    fn read(directory: &Path) -> Result<Self, LoadError> {
        Ok(Self {
            manifest: text(&directory.join("model.toml"))?,
            fast: bytes(&directory.join("fast.onnx"))?,
            deep: bytes(&directory.join("deep.onnx"))?,
            tokenizer: bytes(&directory.join("tokenizer.json"))?,
        })
    }

    fn sources(&self) -> ModelSources<'_> {
        ModelSources { manifest: &self.manifest, fast: &self.fast, deep: &self.deep, tokenizer: &self.tokenizer }
    }
}

struct LexiconFiles {
    words: String,
    intents: Vec<(String, String)>,
    emotion: String,
    vertical: String,
    allow: String,
    negation: String,
}

impl LexiconFiles {
    fn read(directory: &Path) -> Result<Self, LoadError> {
        let intents = directory.join("intent");
        let failed = |error| LoadError::Read { path: intents.clone(), error };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(&intents).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                paths.push(path);
            }
        }
        paths.sort();
        let named = |path: PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            Ok((name, text(&path)?))
        };
        Ok(Self {
            words: text(&directory.join("words.txt"))?,
            intents: paths.into_iter().map(named).collect::<Result<_, LoadError>>()?,
            emotion: text(&directory.join("emotion.toml"))?,
            vertical: text(&directory.join("vertical.toml"))?,
            allow: text(&directory.join("allow.toml"))?,
            negation: text(&directory.join("negation.toml"))?,
        })
    }

    fn sources(&self) -> LexiconSources<'_> {
        LexiconSources {
            intents: self.intents.iter().map(|(name, contents)| (name.as_str(), contents.as_str())).collect(),
            emotion: &self.emotion,
            vertical: &self.vertical,
            allow: &self.allow,
            negation: &self.negation,
        }
    }
}

fn text(path: &Path) -> Result<String, LoadError> {
    std::fs::read_to_string(path).map_err(|error| LoadError::Read { path: path.to_owned(), error })
}

fn bytes(path: &Path) -> Result<Vec<u8>, LoadError> {
    std::fs::read(path).map_err(|error| LoadError::Read { path: path.to_owned(), error })
}
