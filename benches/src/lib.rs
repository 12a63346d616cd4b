//! The messages that the benches route.

/// The corpus: 2,000 messages written for this project, in the order of their file.
///
/// # Panics
///
/// Where the file is broken.
#[must_use]
#[expect(clippy::expect_used, reason = "a bench without its corpus has nothing to measure")]
pub fn corpus() -> Vec<String> {
    include_str!("../corpus.jsonl")
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
            row.get("text").and_then(|text| text.as_str()).expect("each row has a text").to_owned()
        })
        .collect()
}
