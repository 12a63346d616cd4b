//! A line of an evaluation file, parsed into an inquiry and its labels.

use std::collections::BTreeSet;

use fenliu::{Emotion, Inquiry, Speaker, Taxonomy};
use serde::{Deserialize, Serialize};

use super::scored::Labels;
use crate::messages::{with_turns, without_line};

/// Whether what was said before a message is given to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Context {
    Read,
    LeftOut,
}

/// A labelled message; further fields of the row do not concern us.
#[derive(Deserialize)]
struct Row {
    text: String,
    intent: String,
    emotion: Emotion,
    source: Option<String>,
    tags: Option<Vec<String>>,
    /// The shop's last turn.
    before: Option<String>,
    /// The customer's turn before that.
    before_customer: Option<String>,
}

/// Parses one line.
pub(crate) fn parse(line: &str, taxonomy: &Taxonomy, context: Context) -> Result<(Inquiry, Labels), String> {
    let row: Row = serde_json::from_str(line).map_err(without_line)?;
    let wanted: Vec<String> = row.intent.split('+').map(str::to_owned).collect();
    if let Some(unknown) = wanted.iter().find(|intent| taxonomy.id(intent).is_none()) {
        return Err(format!("unknown intent `{unknown}`"));
    }
    let inquiry = Inquiry::new(row.text);
    let inquiry = match context {
        Context::Read => with_turns(inquiry, [(Speaker::Customer, row.before_customer), (Speaker::Agent, row.before)]),
        Context::LeftOut => inquiry,
    };
    let tags: BTreeSet<String> = row.tags.unwrap_or_default().into_iter().collect();
    Ok((inquiry, Labels { wanted, emotion: row.emotion, source: row.source, tags }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use fenliu::Turn;

    fn check(line: &str, context: Context) -> Result<(Inquiry, Labels), String> {
        let taxonomy = "version = 1\n[[intent]]\nid = \"track\"\ndomain = \"logistics\"\nzh = \"物流查询\"\n";
        parse(line, &Taxonomy::parse(taxonomy).unwrap(), context)
    }

    #[test]
    fn the_customer_spoke_before_the_shop_and_who_said_nothing_has_no_turn() {
        use Speaker::{Agent, Customer};
        for (fields, expected) in [
            (r#""before": "哪一单", "before_customer": "到哪了""#, vec![(Customer, "到哪了"), (Agent, "哪一单")]),
            (r#""before": "哪一单""#, vec![(Agent, "哪一单")]),
            (r#""before_customer": "到哪了", "before": " ""#, vec![(Customer, "到哪了")]),
            (r#""before": "", "before_customer": null"#, vec![]),
            (r#""source": "ecd""#, vec![]),
        ] {
            let line = format!(r#"{{"text": "昨天那单", "intent": "track", "emotion": "neutral", {fields}}}"#);
            let turns: Vec<Turn> = expected.into_iter().map(|(speaker, text)| Turn::new(speaker, text)).collect();
            let (inquiry, _) = check(&line, Context::Read).unwrap();
            assert_eq!(inquiry.conversation.map(|it| it.turns).unwrap_or_default(), turns, "{fields}");
            let (inquiry, _) = check(&line, Context::LeftOut).unwrap();
            assert_eq!(inquiry.conversation, None, "{fields}");
        }
    }

    #[test]
    fn a_field_of_a_wrong_type_makes_a_bad_row() {
        for (fields, expected) in [
            (r#""tags": "kol""#, "expected a sequence"),
            (r#""tags": [1]"#, "expected a string"),
            (r#""source": 5"#, "expected a string"),
            (r#""before": ["哪一单"]"#, "expected a string"),
        ] {
            let line = format!(r#"{{"text": "到哪了", "intent": "track", "emotion": "neutral", {fields}}}"#);
            let error = check(&line, Context::LeftOut).unwrap_err();
            assert!(error.contains(expected), "{fields}: {error}");
        }
    }
}
