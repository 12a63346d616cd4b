//! Builds an engine from the files inside the program or from directories; the only file that opens files.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::classify::Classifier;
use crate::digest::revision;
use crate::engine::{Engine, Gray};
use crate::entity::Entities;
use crate::lexicon::{Lexicon, LexiconError, LexiconSources};
use crate::model::{ModelChoice, ModelError, ModelFiles, ModelSources, classifier, problems};
use crate::outcome::Revision;
use crate::policy::{Candidacy, Policy, PolicyError};
use crate::segment::{Segmenter, WordError};
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

/// What a [`Source`] names, read from its files.
#[cfg(feature = "embedded")]
#[derive(Debug, Clone)]
pub struct Files {
    models: Option<ModelFiles>,
    lexicon: Option<LexiconFiles>,
    policy: Option<(String, String)>,
    candidate: Option<(String, String)>,
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
        /// What stands in it, for drawing the problems under it.
        toml: String,
        /// Everything that is wrong.
        error: PolicyError,
    },
    /// The policy names a candidate that cannot be tried.
    #[error("policy {name}: {problem}")]
    Candidate {
        /// The file that names it.
        name: String,
        /// What is wrong, and what was expected.
        problem: String,
    },
    /// The model directory is no good.
    #[error("models: {}", joined(.0))]
    Model(Vec<ModelError>),
    /// More than one of these.
    #[error("{}", joined(.0))]
    Several(Vec<LoadError>),
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
    /// The candidate that the policy names under `rollout` or `shadow`, likewise.
    pub candidate: Option<(&'a str, &'a str)>,
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
    /// Everything that is wrong with any part.
    pub fn build(&self, choice: ModelChoice) -> Result<Engine, LoadError> {
        self.build_by(choice, Policy::parse)
    }

    /// The same, but that no policy runs its own cases: for who runs them and tells what is not as expected.
    ///
    /// # Errors
    ///
    /// As [`Parts::build`], cases that fail aside.
    pub fn build_cases_unrun(&self, choice: ModelChoice) -> Result<Engine, LoadError> {
        self.build_by(choice, Policy::parse_cases_unrun)
    }

    fn build_by(&self, choice: ModelChoice, parse: ParsePolicy) -> Result<Engine, LoadError> {
        let taxonomy = Taxonomy::parse(self.taxonomy)?;
        // The models take as long as all the rest; on two cores both are ready together.
        let (classifier, rest) = std::thread::scope(|scope| {
            let models = scope.spawn(|| classifier(&self.models, choice, &taxonomy).map_err(LoadError::Model));
            let rest = self.all_but_models(&taxonomy, parse);
            (models.join(), rest)
        });
        let classifier = classifier.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let (rest, classifier) = match (rest, classifier) {
            (Ok(rest), Ok(classifier)) => (rest, classifier),
            (rest, classifier) => {
                let failures = rest.err().into_iter().flatten().chain(classifier.err());
                return Err(LoadError::of(failures.collect()));
            }
        };
        Ok(self.assembled(taxonomy, rest, classifier))
    }

    /// The same with a model of one's own in the place of those that ship.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any other part.
    pub fn build_with(&self, classifier: Box<dyn Classifier>) -> Result<Engine, LoadError> {
        let taxonomy = Taxonomy::parse(self.taxonomy)?;
        let rest = self.all_but_models(&taxonomy, Policy::parse).map_err(LoadError::of)?;
        Ok(self.assembled(taxonomy, rest, Some(classifier)))
    }

    fn assembled(&self, taxonomy: Taxonomy, rest: AllButModels, classifier: Option<Box<dyn Classifier>>) -> Engine {
        let (segmenter, lexicon, policy, gray) = rest;
        let lexicon_files =
            [self.words, self.lexicon.emotion, self.lexicon.vertical, self.lexicon.allow, self.lexicon.negation];
        let lexicon_files = lexicon_files.into_iter().chain(self.lexicon.intents.iter().map(|(_, contents)| *contents));
        Engine {
            revision: Revision {
                model: classifier.as_ref().map_or_else(|| "none".to_owned(), |model| model.revision().to_owned()),
                lexicon: revision(lexicon_files.map(str::as_bytes)),
                policy: self.policy_revision(self.policy.1),
            },
            taxonomy,
            normaliser: Normaliser::new(),
            segmenter,
            lexicon,
            entities: Entities::new(),
            classifier,
            policy,
            policy_toml: self.policy.1.into(),
            gray,
        }
    }

    fn policy_revision(&self, toml: &str) -> String {
        revision([toml.as_bytes(), self.taxonomy.as_bytes()])
    }

    fn all_but_models(&self, taxonomy: &Taxonomy, parse: ParsePolicy) -> Result<AllButModels, Vec<LoadError>> {
        let named = |error: crate::WordError| LexiconError { file: "words.txt".to_owned(), problem: error.to_string() };
        let segmenter =
            Segmenter::new(self.words).map_err(|errors| LoadError::Lexicon(errors.into_iter().map(named).collect()));
        let lexicon = Lexicon::parse(&self.lexicon, taxonomy).map_err(LoadError::Lexicon);
        let parsed = |(name, toml): (&str, &str)| {
            parse(toml, taxonomy).map_err(|error| LoadError::Policy {
                name: name.to_owned(),
                toml: toml.to_owned(),
                error,
            })
        };
        let policy = parsed(self.policy);
        let gray = match policy.as_ref().map(Policy::candidacy) {
            Ok(Some(candidacy)) => self.candidate(candidacy, parsed).map(Some),
            Ok(None) | Err(_) => Ok(None),
        };
        match (segmenter, lexicon, policy, gray) {
            (Ok(segmenter), Ok(lexicon), Ok(policy), Ok(gray)) => Ok((segmenter, lexicon, policy, gray)),
            (segmenter, lexicon, policy, gray) => {
                Err([segmenter.err(), lexicon.err(), policy.err(), gray.err()].into_iter().flatten().collect())
            }
        }
    }

    /// The candidate that the policy names.
    fn candidate(
        &self,
        candidacy: &Candidacy,
        parsed: impl Fn((&str, &str)) -> Result<Policy, LoadError>,
    ) -> Result<Gray, LoadError> {
        let wrong = |problem: String| LoadError::Candidate { name: self.policy.0.to_owned(), problem };
        let Some(candidate) = self.candidate else {
            return Err(wrong(format!("the candidate `{}` was not given", candidacy.candidate())));
        };
        let policy = parsed(candidate)?;
        if policy.candidacy().is_some() {
            let name = candidate.0;
            return Err(wrong(format!(
                "the candidate {name} names a candidate itself, expected neither `rollout` nor `shadow` in it"
            )));
        }
        Ok(Gray::new(candidacy.clone(), policy, self.policy_revision(candidate.1)))
    }
}

type ParsePolicy = fn(&str, &Taxonomy) -> Result<Policy, PolicyError>;

type AllButModels = (Segmenter, Lexicon, Policy, Option<Gray>);

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

    /// Takes the models from a directory like `models/intent`, and the intents too where a `taxonomy.toml` stands in
    /// it.
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

    /// The files and directories that are read: those that are named, and the candidate that the policy names now. None
    /// where all comes from inside the program.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        let candidate = self.policy.as_deref().and_then(|file| {
            let policy = std::fs::read_to_string(file).ok()?;
            Some(file.with_file_name(named_candidate(&policy)?))
        });
        [&self.models, &self.lexicon, &self.policy].into_iter().flatten().cloned().chain(candidate).collect()
    }

    /// Reads what is named and builds the engine.
    ///
    /// # Errors
    ///
    /// See [`LoadError`].
    pub fn load(&self, choice: ModelChoice) -> Result<Engine, LoadError> {
        self.read()?.parts().build(choice)
    }

    /// Reads what is named, and understands none of it yet.
    ///
    /// # Errors
    ///
    /// Every file that cannot be read, and what is wrong with a `model.toml` that can.
    pub fn read(&self) -> Result<Files, LoadError> {
        let mut reader = Reader::default();
        let mut files = Files {
            models: self.models.as_deref().map(|directory| reader.models(directory)),
            lexicon: self.lexicon.as_deref().map(|directory| reader.lexicon(directory)),
            candidate: None,
            policy: self.policy.as_ref().map(|file| (file.display().to_string(), reader.text(file.clone()))),
        };
        files.candidate = self.policy.as_deref().and_then(|file| {
            let name = named_candidate(&files.policy.as_ref()?.1)?;
            let path = file.with_file_name(name);
            Some((path.display().to_string(), reader.text(path)))
        });
        if reader.failures.is_empty() {
            return Ok(files);
        }
        let beside = files.problems_beside(&reader.failures);
        reader.failures.extend(beside);
        Err(LoadError::of(reader.failures))
    }
}

#[cfg(feature = "embedded")]
impl Files {
    /// All parts: what was read, and for the rest what ships inside the program.
    #[must_use]
    pub fn parts(&self) -> Parts<'_> {
        let mut parts = Parts::embedded();
        if let Some(models) = &self.models {
            parts.models = models.sources();
            parts.taxonomy = models.taxonomy.as_deref().unwrap_or(parts.taxonomy);
        }
        if let Some(lexicon) = &self.lexicon {
            parts.words = &lexicon.words;
            parts.lexicon = lexicon.sources();
        }
        if let Some((name, policy)) = &self.policy {
            parts.policy = (name, policy);
            parts.candidate = self.candidate.as_ref().map(|(name, toml)| (name.as_str(), toml.as_str()));
        }
        parts
    }

    /// What else is wrong with a model directory of which some files could not be read.
    fn problems_beside(&self, failures: &[LoadError]) -> Option<LoadError> {
        let lacks = |name: &str| {
            failures.iter().any(|failure| matches!(failure, LoadError::Read { path, .. } if path.ends_with(name)))
        };
        let parts = self.parts();
        if self.models.is_none() || lacks(ModelFiles::MANIFEST) || lacks(ModelFiles::TAXONOMY) {
            return None;
        }
        let taxonomy = match Taxonomy::parse(parts.taxonomy) {
            Ok(taxonomy) => taxonomy,
            Err(error) => return Some(LoadError::Taxonomy(error)),
        };
        let mut problems = problems(&parts.models, &taxonomy);
        problems.retain(|problem| !lacks(&problem.file));
        (!problems.is_empty()).then_some(LoadError::Model(problems))
    }
}

/// The candidate that a policy names, as far as its text can be read; what is wrong with it is told when it is parsed.
#[cfg(feature = "embedded")]
fn named_candidate(policy: &str) -> Option<String> {
    let document: toml::Table = policy.parse().ok()?;
    let table = document.get("rollout").or_else(|| document.get("shadow"))?;
    Some(table.get("candidate")?.as_str()?.to_owned())
}

impl From<Vec<WordError>> for LoadError {
    fn from(errors: Vec<WordError>) -> Self {
        let named = |error: WordError| LexiconError { file: "words.txt".to_owned(), problem: error.to_string() };
        Self::Lexicon(errors.into_iter().map(named).collect())
    }
}

impl LoadError {
    fn of(mut failures: Vec<Self>) -> Self {
        match (failures.pop(), failures.is_empty()) {
            (Some(only), true) => only,
            (last, _) => Self::Several(failures.into_iter().chain(last).collect()),
        }
    }
}

/// Reads files and keeps every failure, so that all of them can be told at once; what failed is empty.
#[derive(Default)]
struct Reader {
    failures: Vec<LoadError>,
}

impl Reader {
    fn models(&mut self, directory: &Path) -> ModelFiles {
        ModelFiles {
            manifest: self.text(directory.join(ModelFiles::MANIFEST)),
            fast: self.bytes(directory.join(ModelFiles::FAST)),
            deep: self.bytes(directory.join(ModelFiles::DEEP)),
            tokenizer: self.bytes(directory.join(ModelFiles::TOKENIZER)),
            replay: self.text_if_any(directory.join(ModelFiles::REPLAY)),
            taxonomy: self.text_if_any(directory.join(ModelFiles::TAXONOMY)),
        }
    }

    fn lexicon(&mut self, directory: &Path) -> LexiconFiles {
        let mut paths = self.listed(&directory.join("intent"));
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        let named = |path: PathBuf| {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            (name, self.text(path))
        };
        LexiconFiles {
            intents: paths.into_iter().map(named).collect(),
            words: self.text(directory.join("words.txt")),
            emotion: self.text(directory.join("emotion.toml")),
            vertical: self.text(directory.join("vertical.toml")),
            allow: self.text(directory.join("allow.toml")),
            negation: self.text(directory.join("negation.toml")),
        }
    }

    fn text(&mut self, path: PathBuf) -> String {
        let read = std::fs::read_to_string(&path);
        self.kept(path, read)
    }

    /// None where there is no such file.
    fn text_if_any(&mut self, path: PathBuf) -> Option<String> {
        match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            read => Some(self.kept(path, read)),
        }
    }

    fn bytes(&mut self, path: PathBuf) -> Vec<u8> {
        let read = std::fs::read(&path);
        self.kept(path, read)
    }

    fn listed(&mut self, directory: &Path) -> Vec<PathBuf> {
        let read = std::fs::read_dir(directory)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
        self.kept(directory.to_owned(), read)
    }

    fn kept<T: Default>(&mut self, path: PathBuf, read: std::io::Result<T>) -> T {
        read.unwrap_or_else(|error| {
            self.failures.push(LoadError::Read { path, error });
            T::default()
        })
    }
}

#[derive(Debug, Clone)]
struct LexiconFiles {
    words: String,
    intents: Vec<(String, String)>,
    emotion: String,
    vertical: String,
    allow: String,
    negation: String,
}

impl LexiconFiles {
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
