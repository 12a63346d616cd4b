//! Bearer tokens: who presents one, and whether it is known. Tokens are kept as digests and compared in constant time.

use std::path::Path;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// A shorter token can be guessed.
const SHORTEST: usize = 16;

/// The old one and the new one while callers change over.
const PER_NAME: usize = 2;

/// Whose token, and its digest.
type Known = (Arc<str>, [u8; 32]);

/// The tokens of a file.
pub(crate) struct Tokens {
    known: Vec<Known>,
}

impl Tokens {
    /// Reads a file.
    pub(crate) fn load(file: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Self::parse(&text).map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(|problem| format!("{}:{problem}", file.display())).collect();
            lines.join("\n")
        })
    }

    /// Reads lines `NAME TOKEN`; a name may stand twice. The errors say line and what was expected, never a token.
    fn parse(text: &str) -> Result<Self, Vec<String>> {
        let mut known: Vec<Known> = Vec::new();
        let mut problems = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut words = line.split_whitespace();
            let (Some(name), Some(token), None) = (words.next(), words.next(), words.next()) else {
                problems.push(format!("{number}: expected a name and a token"));
                continue;
            };
            let digest: [u8; 32] = Sha256::digest(token).into();
            if token.len() < SHORTEST {
                problems.push(format!(
                    "{number}: the token of `{name}` has {} bytes, expected {SHORTEST} or more",
                    token.len()
                ));
            }
            if known.iter().any(|(_, other)| *other == digest) {
                problems.push(format!("{number}: the token of `{name}` stands above already"));
            }
            if known.iter().filter(|(other, _)| **other == *name).count() == PER_NAME {
                problems.push(format!("{number}: `{name}` has more than {PER_NAME} tokens"));
            }
            known.push((name.into(), digest));
        }
        if known.is_empty() && problems.is_empty() {
            problems.push("1: holds no token, expected lines with a name and a token".to_owned());
        }
        if problems.is_empty() { Ok(Self { known }) } else { Err(problems) }
    }

    /// Whose token it is. Every known one is compared, so that the time tells nothing.
    pub(crate) fn owner(&self, presented: &str) -> Option<Arc<str>> {
        let digest: [u8; 32] = Sha256::digest(presented).into();
        let (mut found, mut at) = (Choice::from(0), 0_u64);
        for ((_, known), number) in self.known.iter().zip(0_u64..) {
            let same = known.ct_eq(&digest);
            at.conditional_assign(&number, same);
            found |= same;
        }
        let owner = usize::try_from(at).ok().and_then(|at| self.known.get(at));
        owner.filter(|_| bool::from(found)).map(|(name, _)| Arc::clone(name))
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("known", &self.known.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_two_tokens_while_it_changes_over() {
        let tokens =
            Tokens::parse("# shops\napp 0123456789abcdef\napp fedcba9876543210\n\nweb aaaaaaaaaaaaaaaa\n").unwrap();
        for (presented, owner) in [
            ("0123456789abcdef", Some("app")),
            ("fedcba9876543210", Some("app")),
            ("aaaaaaaaaaaaaaaa", Some("web")),
            ("aaaaaaaaaaaaaaab", None),
            ("", None),
        ] {
            assert_eq!(tokens.owner(presented).as_deref(), owner, "{presented}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line_and_without_the_token() {
        for (text, expected) in [
            ("", "1: holds no token"),
            ("app", "1: expected a name and a token"),
            ("app 0123456789abcdef more", "1: expected a name and a token"),
            ("\napp short", "2: the token of `app` has 5 bytes, expected 16 or more"),
            ("a 0123456789abcdef\nb 0123456789abcdef", "2: the token of `b` stands above already"),
            ("a 0123456789abcdef\na 1123456789abcdef\na 2123456789abcdef", "3: `a` has more than 2 tokens"),
        ] {
            let problems = Tokens::parse(text).unwrap_err();
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert!(problems[0].starts_with(expected), "{problems:?}");
            assert!(!problems[0].contains("0123456789abcdef"));
        }
    }
}
