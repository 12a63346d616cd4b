//! The thresholds of a policy's text; its comments, its order and all else stay. Only this file names toml_edit.

use toml_edit::{DocumentMut, InlineTable, Item, Table, TableLike, TomlError, Value};

use crate::exit::Failure;

/// How sure is sure enough for one intent; `ai` is above `assisted`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bars {
    pub(super) ai: f32,
    pub(super) assisted: f32,
}

/// A policy as text that can be changed.
#[derive(Debug)]
pub(super) struct Document<'a> {
    /// The file's, for messages.
    name: &'a str,
    document: DocumentMut,
}

/// Below every confidence that a model gives to its first intent; `ai` must be above `assisted`.
const ALL_TAKEN: (&str, &str) = ("0.001", "0.0");

impl<'a> Document<'a> {
    pub(super) fn parse(name: &'a str, text: &str) -> Result<Self, Failure> {
        let wrong = |error: TomlError| Failure::usage(format!("policy {name}: {}", error.to_string().trim_end()));
        Ok(Self { name, document: text.parse().map_err(wrong)? })
    }

    /// The thresholds of intents without their own.
    pub(super) fn defaults(&self) -> Result<Bars, Failure> {
        let bar = |key: &str| {
            let value = self.document.get("thresholds").and_then(|table| table.get(key));
            let number = value.and_then(|value| value.as_float().or_else(|| value.as_integer().map(|it| it as f64)));
            number.map(|number| number as f32).ok_or_else(|| self.wrong(&format!("no number `thresholds.{key}`")))
        };
        Ok(Bars { ai: bar("ai")?, assisted: bar("assisted")? })
    }

    /// The same policy without thresholds to speak of: what it gives to the AI is what the AI could take, were it sure
    /// enough. Its cases and profiles, which may ask for thresholds, and a candidate are left out.
    pub(super) fn willing(&self) -> Result<String, Failure> {
        let mut document = self.document.clone();
        for part in ["case", "profile", "rollout", "shadow"] {
            document.remove(part);
        }
        let defaults = document.get_mut("thresholds").and_then(Item::as_table_like_mut);
        put(defaults.ok_or_else(|| self.wrong("no table `[thresholds]`"))?, ALL_TAKEN)?;
        let own = document.get_mut("automation").and_then(|it| it.get_mut("thresholds"));
        if let Some(own) = own.and_then(Item::as_table_like_mut) {
            for (_, row) in own.iter_mut() {
                if let Some(row) = row.as_table_like_mut() {
                    put(row, ALL_TAKEN)?;
                }
            }
        }
        Ok(document.to_string())
    }

    /// The same policy with these rows in `[automation.thresholds]`; a row that stands there already is changed where
    /// it stands.
    pub(super) fn with_thresholds(&self, rows: &[(&str, Bars)]) -> Result<String, Failure> {
        let mut document = self.document.clone();
        if rows.is_empty() {
            return Ok(document.to_string());
        }
        let automation = document.get_mut("automation").and_then(Item::as_table_like_mut);
        let automation = automation.ok_or_else(|| self.wrong("no table `[automation]`"))?;
        let own = automation.entry("thresholds").or_insert_with(|| Item::Table(Table::new()));
        let own = own.as_table_like_mut().ok_or_else(|| self.wrong("`automation.thresholds` is no table"))?;
        for (intent, bars) in rows {
            let (ai, assisted) = (written(bars.ai), written(bars.assisted));
            match own.get_mut(intent).and_then(Item::as_table_like_mut) {
                Some(row) => put(row, (&ai, &assisted))?,
                None => {
                    let mut row = InlineTable::new();
                    put(&mut row, (&ai, &assisted))?;
                    own.insert(intent, Item::Value(Value::InlineTable(row)));
                }
            }
        }
        Ok(document.to_string())
    }

    fn wrong(&self, what: &str) -> Failure {
        Failure::usage(format!("policy {}: {what}", self.name))
    }
}

/// A number as people write it: two decimals where that is all of it.
pub(super) fn written(bar: f32) -> String {
    let short = format!("{bar:.2}");
    if short.parse() == Ok(bar) { short } else { bar.to_string() }
}

/// Sets both numbers and keeps what stands around them.
fn put(row: &mut dyn TableLike, (ai, assisted): (&str, &str)) -> Result<(), Failure> {
    for (key, number) in [("ai", ai), ("assisted", assisted)] {
        let mut number: Value = number.parse().map_err(|error: TomlError| Failure::usage(error))?;
        match row.get_mut(key).and_then(Item::as_value_mut) {
            Some(value) => {
                *number.decor_mut() = value.decor().clone();
                *value = number;
            }
            None => {
                row.insert(key, Item::Value(number));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARS: Bars = Bars { ai: 0.83, assisted: 0.35 };

    fn check(policy: &str, rows: &[(&str, Bars)]) -> String {
        let Ok(changed) = Document::parse("p.toml", policy).and_then(|it| it.with_thresholds(rows)) else {
            panic!("{policy}")
        };
        changed
    }

    #[test]
    fn rows_are_changed_where_they_stand_and_the_rest_is_kept() {
        let own = Bars { ai: 0.725, assisted: 0.4 };
        for (policy, expected) in [
            (
                "[automation]\nai = [\"track\"] # 查物流\n\n# how sure\n[automation.thresholds]\n# skin\nstock={ ai=0.8 ,assisted = 0.35 } # why\n\n[sla]\n",
                "[automation]\nai = [\"track\"] # 查物流\n\n# how sure\n[automation.thresholds]\n# skin\nstock={ ai=0.725 ,assisted = 0.40 } # why\ntrack = { ai = 0.83, assisted = 0.35 }\n\n[sla]\n",
            ),
            (
                "[automation]\nai = []\n\n[sla]\nx = 1\n",
                "[automation]\nai = []\n\n[automation.thresholds]\ntrack = { ai = 0.83, assisted = 0.35 }\nstock = { ai = 0.725, assisted = 0.40 }\n\n[sla]\nx = 1\n",
            ),
            (
                "[automation.thresholds.stock]\nai = 0.9 # sure\nassisted = 0.1\n",
                "[automation.thresholds.stock]\nai = 0.725 # sure\nassisted = 0.40\n\n[automation.thresholds]\ntrack = { ai = 0.83, assisted = 0.35 }\n",
            ),
        ] {
            let changed = check(policy, &[("track", BARS), ("stock", own)]);
            if policy.contains("thresholds.stock") {
                // Where the new row goes is TOML's to say; it must be read back.
                let read: toml::Table = changed.parse().unwrap();
                assert_eq!(read["automation"]["thresholds"]["track"]["ai"].as_float(), Some(0.83), "{changed}");
                assert!(changed.contains("ai = 0.725 # sure"), "{changed}");
            } else {
                assert_eq!(changed, expected);
            }
            assert_eq!(check(policy, &[]), policy, "nothing to change changes nothing");
        }
    }

    #[test]
    fn the_default_policy_keeps_every_line_but_its_thresholds() {
        let policy = fenliu::Parts::embedded().policy.1;
        let changed = check(policy, &[("product_advice", BARS), ("track", BARS)]);
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (old, new) = (lines(policy), lines(&changed));
        let gone: Vec<_> = old.iter().filter(|line| !new.contains(line)).collect();
        let come: Vec<_> = new.iter().filter(|line| !old.contains(line)).collect();
        assert!(gone.iter().all(|line| line.starts_with("track = ")), "{gone:?}");
        assert_eq!(come.len(), 2, "{come:?}");
        let taxonomy = fenliu::Taxonomy::parse(fenliu::Parts::embedded().taxonomy).unwrap();
        let id = taxonomy.id("track").unwrap();
        let parsed = fenliu::Policy::parse(&changed, &taxonomy).unwrap();
        assert_eq!((parsed.ai_threshold_of(id), parsed.assisted_threshold_of(id)), (0.83, 0.35));
    }

    #[test]
    fn a_willing_policy_loads_and_asks_for_no_confidence() {
        let parts = fenliu::Parts::embedded();
        let taxonomy = fenliu::Taxonomy::parse(parts.taxonomy).unwrap();
        let willing = Document::parse("p.toml", parts.policy.1).and_then(|it| it.willing());
        let Ok(willing) = willing else { panic!("expected a policy") };
        let policy = fenliu::Policy::parse(&willing, &taxonomy).unwrap();
        for (intent, _) in taxonomy.iter() {
            assert_eq!((policy.ai_threshold_of(intent), policy.assisted_threshold_of(intent)), (0.001, 0.0));
        }
    }

    #[test]
    fn what_is_no_policy_is_named() {
        for (policy, expected) in [
            ("[thresholds", "policy p.toml: TOML parse error at line 1"),
            ("thresholds = 1", "policy p.toml: no number `thresholds.ai`"),
            ("[thresholds]\nai = 1", "policy p.toml: no number `thresholds.assisted`"),
        ] {
            let Err(Failure::Usage(error)) = Document::parse("p.toml", policy).and_then(|it| it.defaults()) else {
                panic!("{policy}")
            };
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn numbers_are_written_as_people_do() {
        for (bar, expected) in [(0.7, "0.70"), (0.83, "0.83"), (0.725, "0.725"), (1.0, "1.00"), (0.001, "0.001")] {
            assert_eq!(written(bar), expected);
        }
    }
}
