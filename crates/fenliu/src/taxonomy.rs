//! The intents there are, their domains and Chinese names; read from a file, never written in code.

use serde::{Deserialize, Serialize};

use crate::suggest::suggest;

/// An intent, as its place in the [`Taxonomy`] from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntentId(pub(crate) u16);

/// All intents, in the order of their file.
#[derive(Debug, Clone)]
pub struct Taxonomy {
    intents: Vec<Intent>,
}

/// One thing that a customer can want.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Intent {
    /// The stable name, such as `return_refund`.
    pub id: Box<str>,
    /// The domain it belongs to, such as `aftersales`.
    pub domain: Box<str>,
    /// The name for people.
    pub zh: Box<str>,
    /// What belongs to it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub covers: Box<str>,
    /// Where its neighbours begin.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub not: Box<str>,
}

/// Why a taxonomy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TaxonomyError {
    /// Not TOML, or not of this form.
    #[error("{0}")]
    Form(String),
    /// Two intents of one name.
    #[error("intent `{0}` stands twice")]
    Twice(Box<str>),
    /// No intent, or more than the 65,535 that an [`IntentId`] can name.
    #[error("{0} intents, expected 1 to 65535")]
    Count(usize),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[expect(dead_code, reason = "read so that a file of a later form is refused by its own reader")]
    version: Version,
    intent: Vec<Intent>,
}

/// The only version of the file's form so far.
#[derive(Deserialize)]
#[serde(try_from = "u32")]
struct Version;

impl TryFrom<u32> for Version {
    type Error = String;
    fn try_from(version: u32) -> Result<Self, String> {
        (version == 1).then_some(Self).ok_or_else(|| format!("version {version}, expected 1"))
    }
}

impl Taxonomy {
    /// Reads the TOML of a taxonomy.
    ///
    /// # Errors
    ///
    /// See [`TaxonomyError`].
    pub fn parse(toml: &str) -> Result<Self, TaxonomyError> {
        let file: File = toml::from_str(toml).map_err(|error| TaxonomyError::Form(error.to_string()))?;
        let intents = file.intent;
        if intents.is_empty() || u16::try_from(intents.len()).is_err() {
            return Err(TaxonomyError::Count(intents.len()));
        }
        let mut names: Vec<&str> = intents.iter().map(|intent| &*intent.id).collect();
        names.sort_unstable();
        if let Some(twice) = names.iter().zip(names.iter().skip(1)).find_map(|(a, b)| (a == b).then_some(*a)) {
            return Err(TaxonomyError::Twice(twice.into()));
        }
        Ok(Self { intents })
    }

    /// The intent of this name.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<IntentId> {
        let index = self.intents.iter().position(|intent| &*intent.id == name)?;
        u16::try_from(index).ok().map(IntentId)
    }

    /// What stands behind an id; ids come from the taxonomy they are looked up in.
    #[must_use]
    pub fn intent(&self, id: IntentId) -> &Intent {
        static UNKNOWN: std::sync::LazyLock<Intent> = std::sync::LazyLock::new(|| Intent {
            id: "unknown".into(),
            domain: "unknown".into(),
            zh: "未知".into(),
            covers: Box::default(),
            not: Box::default(),
        });
        self.intents.get(usize::from(id.0)).unwrap_or(&UNKNOWN)
    }

    /// All intents with their ids, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (IntentId, &Intent)> {
        self.intents
            .iter()
            .enumerate()
            .map(|(index, intent)| (IntentId(u16::try_from(index).unwrap_or(u16::MAX)), intent))
    }

    /// How many intents there are; never none.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a taxonomy is never empty")]
    pub fn len(&self) -> usize {
        self.intents.len()
    }

    /// Whether an intent belongs to this domain.
    #[must_use]
    pub fn has_domain(&self, domain: &str) -> bool {
        self.intents.iter().any(|intent| &*intent.domain == domain)
    }

    /// The TOML of a taxonomy with further intents at its end.
    ///
    /// # Errors
    ///
    /// [`TaxonomyError`], of the whole.
    pub fn extended(toml: &str, more: &[Intent]) -> Result<String, TaxonomyError> {
        let form = |error: toml::ser::Error| TaxonomyError::Form(error.to_string());
        let mut out = format!("{}\n", toml.trim_end());
        for intent in more {
            out.push_str("\n[[intent]]\n");
            out.push_str(&toml::to_string(intent).map_err(form)?);
        }
        Self::parse(&out).map(|_| out)
    }

    /// `unknown intent `x`, did you mean `y`?`
    #[must_use]
    pub fn unknown_intent(&self, name: &str) -> String {
        format!("unknown intent `{name}`{}", suggest(name, self.intents.iter().map(|intent| &*intent.id)))
    }

    /// `unknown domain `x`, did you mean `y`?`
    #[must_use]
    pub fn unknown_domain(&self, name: &str) -> String {
        format!("unknown domain `{name}`{}", suggest(name, self.intents.iter().map(|intent| &*intent.domain)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_file_says_what_is_wrong() {
        let one = "[[intent]]\nid = \"a\"\ndomain = \"d\"\nzh = \"甲\"\n";
        for (toml, expected) in [
            (format!("version = 2\n{one}"), "version 2, expected 1"),
            (format!("version = 1\n{one}{one}"), "intent `a` stands twice"),
            ("version = 1\nintent = []".to_owned(), "0 intents, expected 1 to 65535"),
            (format!("version = 1\n{one}color = 1"), "unknown field `color`"),
        ] {
            let error = Taxonomy::parse(&toml).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
