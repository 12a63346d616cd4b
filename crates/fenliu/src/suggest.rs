//! "Did you mean": the nearest of the names that are known.

/// How alike two names must be to be taken for a slip; Jaro–Winkler, 0 to 1.
const ALIKE: f64 = 0.8;

/// `, did you mean `x`?`, or nothing where no name is near.
pub(crate) fn suggest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(wrong, name), name))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| format!(", did you mean `{name}`?"))
        .unwrap_or_default()
}
