//! Which intent was found where which was wanted.

use fenliu::{IntentId, Taxonomy};
use serde::Serialize;

use super::Counts;
use crate::labelled::Scored;

/// Counts of all pairs of intents, in the order of the taxonomy, where those of a domain stand together.
#[derive(Debug, Serialize)]
pub(super) struct Matrix {
    pub(super) intents: Vec<Named>,
    /// A row for each wanted intent, in it a count for each found one. A message with two requests counts as in the
    /// scores: under the found one where that is among the wanted, else under the first wanted.
    pub(super) counts: Vec<Vec<usize>>,
}

/// An intent with its names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) domain: String,
    pub(super) zh: String,
}

impl Matrix {
    pub(super) fn new(rows: &[Scored], taxonomy: &Taxonomy) -> Self {
        let mut pairs: Counts<(IntentId, IntentId)> = Counts::new();
        for row in rows {
            if let (Some(wanted), Some(found)) = (taxonomy.id(row.label()), taxonomy.id(&row.answer.found)) {
                *pairs.entry((wanted, found)).or_default() += 1;
            }
        }
        let count = |wanted, found| pairs.get(&(wanted, found)).copied().unwrap_or_default();
        let row = |wanted| taxonomy.iter().map(|(found, _)| count(wanted, found)).collect();
        Self {
            intents: taxonomy
                .iter()
                .map(|(_, intent)| Named {
                    id: intent.id.to_string(),
                    domain: intent.domain.to_string(),
                    zh: intent.zh.to_string(),
                })
                .collect(),
            counts: taxonomy.iter().map(|(wanted, _)| row(wanted)).collect(),
        }
    }
}

#[cfg(test)]
impl Matrix {
    /// A matrix of intents `a`, `b` of the domain `d` and `c` of the domain `e`.
    pub(super) fn example(rows: &[Scored]) -> Self {
        let intent = |id, domain| format!("[[intent]]\nid = \"{id}\"\ndomain = \"{domain}\"\nzh = \"甲\"\n");
        let toml = format!("version = 1\n{}{}{}", intent("a", "d"), intent("b", "d"), intent("c", "e"));
        Self::new(rows, &Taxonomy::parse(&toml).unwrap())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_wanted_and_columns_found() {
        let rows = [("a", "a"), ("a", "b"), ("a", "b"), ("b+c", "c"), ("b+c", "a")];
        let matrix = Matrix::example(&rows.map(|(wanted, found)| Scored::example(wanted, found)));
        assert_eq!(matrix.counts, [[1, 2, 0], [1, 0, 0], [0, 0, 1]]);
        assert_eq!(matrix.intents[2], Named { id: "c".into(), domain: "e".into(), zh: "甲".into() });
    }
}
