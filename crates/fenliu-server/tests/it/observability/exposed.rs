//! The text of `/metrics`, taken apart into names, labels and values.

use std::collections::{BTreeMap, BTreeSet};

/// Values by label.
pub(super) type Labels = BTreeMap<String, BTreeSet<String>>;

/// What Prometheus can be asked for.
#[derive(Debug, Default)]
pub(super) struct Exposed {
    /// Kinds by name, as the `TYPE` lines have them.
    pub(super) kinds: BTreeMap<String, String>,
    /// Labels by the name of a series, `_total` and `_bucket` with it.
    pub(super) series: BTreeMap<String, Labels>,
}

impl Exposed {
    pub(super) fn read(text: &str) -> Self {
        let mut exposed = Self::default();
        for line in text.lines() {
            if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                exposed.kinds.insert(name.to_owned(), kind.to_owned());
            } else if !line.starts_with('#') {
                let (name, rest) = line.split_at(line.find(['{', ' ']).unwrap());
                let series = exposed.series.entry(name.to_owned()).or_default();
                for (label, value) in labels(rest) {
                    series.entry(label).or_default().insert(value);
                }
            }
        }
        exposed
    }

    /// The names that people ask for, with the labels that they may name: of a histogram the one without suffix.
    pub(super) fn metrics(&self) -> BTreeMap<String, BTreeSet<String>> {
        let metric = |(name, kind): (&String, &String)| {
            let (asked, first) = match kind.as_str() {
                "counter" => (format!("{name}_total"), format!("{name}_total")),
                "info" => (format!("{name}_info"), format!("{name}_info")),
                "histogram" => (name.clone(), format!("{name}_count")),
                _ => (name.clone(), name.clone()),
            };
            assert!(self.series.contains_key(&first), "{first} has no series: let the service do what it counts");
            let labels = self.series.get(&first).into_iter().flat_map(Labels::keys);
            (asked, labels.cloned().collect())
        };
        self.kinds.iter().map(metric).collect()
    }
}

/// `{code="OK",method="Route"} 1` as pairs.
fn labels(mut rest: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    while let Some((label, quoted)) = rest.trim_start_matches(['{', ',']).split_once("=\"") {
        let (mut value, mut characters) = (String::new(), quoted.chars());
        rest = loop {
            match characters.next().unwrap() {
                '\\' => value.push(characters.next().unwrap()),
                '"' => break characters.as_str(),
                other => value.push(other),
            }
        };
        pairs.push((label.to_owned(), value));
    }
    pairs
}
