//! A line of a file of messages: an inquiry, or a labelled row.

use fenliu::{Inquiry, Speaker};
use serde::Deserialize;

use crate::messages::{with_turns, without_line};

/// A labelled row; what it says beside these does not concern us.
#[derive(Deserialize)]
struct Labelled {
    text: String,
    /// The shop's last turn.
    before: Option<String>,
    /// The customer's turn before that.
    before_customer: Option<String>,
}

/// An inquiry has no field `intent`; what has one is a labelled row.
pub(super) fn parse(line: &str) -> Result<Inquiry, String> {
    let value: serde_json::Value = serde_json::from_str(line).map_err(without_line)?;
    if value.get("intent").is_none() {
        return serde_json::from_value(value).map_err(without_line);
    }
    let row: Labelled = serde_json::from_value(value).map_err(without_line)?;
    Ok(with_turns(Inquiry::new(row.text), [(Speaker::Customer, row.before_customer), (Speaker::Agent, row.before)]))
}

#[cfg(test)]
mod tests {
    use fenliu::Turn;

    use super::*;

    #[test]
    fn an_inquiry_and_a_labelled_row_are_told_apart() {
        let inquiry = parse(r#"{"text": "到哪了", "profile": "night"}"#).unwrap();
        assert_eq!(inquiry.profile.as_deref(), Some("night"));
        let row =
            r#"{"text": "昨天那单", "intent": "track", "source": "x", "before": "哪一单", "before_customer": " "}"#;
        let turns = parse(row).unwrap().conversation.unwrap().turns;
        assert_eq!(turns, [Turn::new(Speaker::Agent, "哪一单")]);
        for (line, expected) in [
            (r#"{"text": "在吗", "chanel": "chat"}"#, "unknown field `chanel`"),
            (r#"{"intent": "track"}"#, "missing field `text`"),
            (r#"{"text": "#, "EOF while parsing a value at column 9"),
            ("[]", "invalid"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
