//! A policy that mentions the shop's own intents; its comments, its order and all else stay. Only this file names
//! toml_edit.

use toml_edit::{Array, DocumentMut, Item, Value};

use crate::TeachError;

/// The lists of `[automation]` that an intent can stand in.
const TIERS: [&str; 3] = ["ai", "assisted", "advisor"];

/// The policy with every intent that it does not mention appended to `[automation] assisted`, and which these are: a
/// person checks the answers to what is new.
///
/// # Errors
///
/// [`TeachError::Policy`] where it is no TOML or has no table `[automation]`; `name` is the file's, for the message.
///
/// # Examples
///
/// ```
/// let policy = "[automation]\nai = [\"track\"]  # 查物流\nassisted = [\"exchange\"]\n";
/// let (policy, added) = fenliu_teach::with_assisted(("policy.toml", policy), ["track", "gift_card"]).unwrap();
/// assert_eq!(policy, "[automation]\nai = [\"track\"]  # 查物流\nassisted = [\"exchange\", \"gift_card\"]\n");
/// assert_eq!(added, ["gift_card"]);
/// ```
pub fn with_assisted<'a>(
    (name, policy): (&str, &str),
    intents: impl IntoIterator<Item = &'a str>,
) -> Result<(String, Vec<&'a str>), TeachError> {
    let wrong = |what: &str| TeachError::Policy(format!("{name}: {what}"));
    let mut document: DocumentMut =
        policy.parse().map_err(|error: toml_edit::TomlError| wrong(error.to_string().trim_end()))?;
    let automation = document.get_mut("automation").and_then(Item::as_table_mut);
    let automation =
        automation.ok_or_else(|| wrong("no table `[automation]`, expected one with the list `assisted`"))?;
    let lists = TIERS.into_iter().filter_map(|tier| automation.get(tier)?.as_array());
    let mentioned: Vec<String> = lists.flatten().filter_map(|value| value.as_str().map(str::to_owned)).collect();
    let added: Vec<&str> = intents.into_iter().filter(|id| !mentioned.iter().any(|known| known == id)).collect();
    let list = automation.entry("assisted").or_insert_with(|| Item::Value(Value::Array(Array::new())));
    let list = list.as_array_mut().ok_or_else(|| wrong("`automation.assisted` is no list"))?;
    // As the last entry stands, on a line of its own or beside the one before it.
    let own_line = list
        .iter()
        .last()
        .and_then(|value| value.decor().prefix()?.as_str())
        .is_some_and(|prefix| prefix.contains('\n'))
        || list.trailing().as_str().is_some_and(|trailing| trailing.contains('\n'));
    for (index, id) in added.iter().enumerate() {
        let before = match (own_line && index == 0, list.is_empty()) {
            (true, _) => "\n  ",
            (false, true) => "",
            (false, false) => " ",
        };
        list.push_formatted(Value::from(*id).decorated(before, ""));
    }
    Ok((document.to_string(), added))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_policy_takes_a_new_intent_and_keeps_all_else() {
        let policy = fenliu::Parts::embedded().policy.1;
        let (extended, added) = with_assisted(("default.toml", policy), ["track", "gift_card", "engraving"]).unwrap();
        assert_eq!(added, ["gift_card", "engraving"]);
        let (old, new): (Vec<&str>, Vec<&str>) = (policy.lines().collect(), extended.lines().collect());
        let gone: Vec<&&str> = old.iter().filter(|line| !new.contains(line)).collect();
        let come: Vec<&&str> = new.iter().filter(|line| !old.contains(line)).collect();
        assert_eq!((gone, come), (vec![], vec![&"  \"gift_card\", \"engraving\","]));
        assert_eq!(with_assisted(("default.toml", &extended), ["gift_card"]).unwrap(), (extended.clone(), vec![]));
    }

    #[test]
    fn what_is_no_policy_is_named() {
        for (policy, expected) in [
            ("automation = 1", "p.toml: no table `[automation]`"),
            ("[automation", "p.toml: TOML parse error at line 1"),
            ("[automation]\nassisted = 3", "p.toml: `automation.assisted` is no list"),
        ] {
            let error = with_assisted(("p.toml", policy), ["gift_card"]).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let (made, _) = with_assisted(("p.toml", "[automation]\nai = []\n"), ["gift_card"]).unwrap();
        assert_eq!(made, "[automation]\nai = []\nassisted = [\"gift_card\"]\n");
    }
}
