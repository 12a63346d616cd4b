//! What it costs to send a message to the wrong tier.

use std::collections::BTreeMap;
use std::path::Path;

use fenliu::Tier;

use crate::exit::Failure;

/// A cost for each tier that is asked for and each that is decided.
#[derive(Debug)]
pub(super) struct Costs(BTreeMap<Tier, BTreeMap<Tier, f64>>);

impl Costs {
    /// The costs of a file, or those inside the program.
    pub(super) fn load(file: Option<&Path>) -> Result<Self, Failure> {
        let Some(file) = file else { return Self::parse(include_str!("costs.toml"), "costs.toml") };
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).map_err(|error| Failure::usage(format!("{name}: {error}")))?;
        Self::parse(&text, &name)
    }

    fn parse(text: &str, name: &str) -> Result<Self, Failure> {
        let wrong = |what: &str| Failure::usage(format!("{name}: {what}"));
        let costs: BTreeMap<Tier, BTreeMap<Tier, f64>> =
            toml::from_str(text).map_err(|error| wrong(error.to_string().trim_end()))?;
        for (due, decided) in Tier::ALL.iter().flat_map(|due| Tier::ALL.iter().map(move |decided| (due, decided))) {
            match costs.get(due).and_then(|row| row.get(decided)) {
                None => return Err(wrong(&format!("no cost of `{decided}` in the row `{due}`, expected a number"))),
                Some(cost) if !cost.is_finite() || *cost < 0.0 => {
                    return Err(wrong(&format!("`{due}.{decided}` is {cost}, expected a number of at least 0")));
                }
                Some(_) => {}
            }
        }
        Ok(Self(costs))
    }

    /// What one message costs.
    pub(super) fn of(&self, due: Tier, decided: Tier) -> f64 {
        // INVARIANT: the parser has seen every pair.
        self.0.get(&due).and_then(|row| row.get(&decided)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
impl Costs {
    pub(super) fn embedded() -> Self {
        Self::load(None).unwrap_or_else(|_| panic!("costs.toml"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_tier_costs_nothing_and_one_that_is_too_low_most() {
        let costs = Costs::embedded();
        for due in Tier::ALL {
            assert_eq!(costs.of(*due, *due), 0.0);
        }
        assert!(costs.of(Tier::Advisor, Tier::Ai) > costs.of(Tier::Assisted, Tier::Ai));
        assert!(costs.of(Tier::Assisted, Tier::Ai) > costs.of(Tier::Ai, Tier::Advisor));
    }

    #[test]
    fn a_table_that_lacks_something_says_what() {
        let row = "{ ai = 0, assisted = 1, advisor = 3 }";
        let whole = format!("ai = {row}\nassisted = {row}\nadvisor = {row}\n");
        assert!(Costs::parse(&whole, "c.toml").is_ok());
        for (text, expected) in [
            (String::new(), "c.toml: no cost of `ai` in the row `ai`"),
            (whole.replace("advisor = 3", "advisor = -1"), "`ai.advisor` is -1, expected a number of at least 0"),
            (whole.replace("advisor = 3", "advisor = nan"), "`ai.advisor` is NaN"),
            (whole.replace("assisted =", "asisted ="), "unknown variant `asisted`"),
            (whole.replace("= 3", "= \"3\""), "expected f64"),
        ] {
            let Err(Failure::Usage(error)) = Costs::parse(&text, "c.toml") else { panic!("{expected}") };
            assert!(error.contains(expected), "{error}");
        }
    }
}
