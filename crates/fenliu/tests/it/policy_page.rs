//! The page for policy authors: every block loads and passes its cases, and every key of the file is shown there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use fenliu::{Candidacy, Policy, Taxonomy, Tier};
use toml::{Table, Value};

/// Words that the parser names in its messages and that are no keys.
const NO_KEYS: [&str; 1] = ["transfer"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// One TOML block with the line that it starts on and the heading that it stands under.
struct Block {
    line: usize,
    heading: String,
    toml: Table,
}

fn blocks() -> Vec<Block> {
    let page = read("docs/policy.md");
    let mut out = Vec::new();
    let (mut heading, mut open, mut inside) = (String::new(), None, String::new());
    for (index, line) in page.lines().enumerate() {
        match (open, line) {
            (None, "```toml") => open = Some(index + 2),
            (Some(first), "```") => {
                let toml = inside.parse().unwrap_or_else(|error| panic!("line {first}: {error}"));
                out.push(Block { line: first, heading: heading.clone(), toml });
                inside.clear();
                open = None;
            }
            (Some(_), _) => inside = [&inside, line, "\n"].concat(),
            (None, _) if line.starts_with('#') => line.clone_into(&mut heading),
            (None, _) => {}
        }
    }
    out
}

/// Puts a block into a policy: tables gain keys, lists of tables gain rows, route rows stand in front.
fn merge(policy: &mut Table, block: &Table) {
    for (key, value) in block {
        match (policy.get_mut(key), value) {
            (Some(Value::Table(known)), Value::Table(more)) => {
                if key == "automation" {
                    move_intents(known, more);
                } else {
                    merge(known, more);
                }
            }
            (Some(Value::Array(known)), Value::Array(more)) if more.iter().all(Value::is_table) => {
                let at = if key == "route" { 0 } else { known.len() };
                known.splice(at..at, more.iter().cloned());
            }
            _ => drop(policy.insert(key.clone(), value.clone())),
        }
    }
}

/// The intents that a block names stand in its lists, and no longer in the others.
fn move_intents(known: &mut Table, more: &Table) {
    for tier in Tier::ALL.iter().map(|tier| tier.as_str()) {
        let Some(moved) = more.get(tier).and_then(Value::as_array) else { continue };
        for other in Tier::ALL {
            let other = known.get_mut(other.as_str()).and_then(Value::as_array_mut);
            other.into_iter().for_each(|other| other.retain(|intent| !moved.contains(intent)));
        }
        let list = known.entry(tier).or_insert_with(|| Value::Array(Vec::new()));
        list.as_array_mut().unwrap().extend(moved.iter().cloned());
    }
    if let Some(thresholds) = more.get("thresholds") {
        merge(known, &Table::from_iter([("thresholds".to_owned(), thresholds.clone())]));
    }
}

#[test]
fn every_block_loads_into_the_default_policy_and_passes_its_cases() {
    let taxonomy = Taxonomy::parse(&read("models/taxonomy.toml")).unwrap();
    let mut default: Table = read("models/policy/default.toml").parse().unwrap();
    default.remove("case");
    let (mut cases, mut candidacies) = (0, Vec::new());
    for Block { line, heading, toml } in blocks() {
        let mut whole = default.clone();
        merge(&mut whole, &toml);
        let whole = toml::to_string(&whole).unwrap();
        let policy = Policy::parse(&whole, &taxonomy)
            .unwrap_or_else(|error| panic!("the block of line {line}, under `{heading}`:\n{error}"));
        cases += policy.cases().iter().filter(|case| case.inquiry().is_none()).count();
        candidacies.extend(policy.candidacy().cloned());
    }
    assert!(cases > 50, "{cases} cases were run");
    let [rollout, shadow] = &*candidacies else { panic!("{candidacies:?}") };
    assert!(matches!(rollout, Candidacy::Rollout { percent: 10.0, .. }), "{rollout:?}");
    assert!(matches!(shadow, Candidacy::Shadow { .. }), "{shadow:?}");
}

#[test]
fn there_are_ten_recipes_and_each_runs() {
    let page = read("docs/policy.md");
    let recipes: Vec<&str> = page.lines().filter(|line| line.starts_with("### ") && line.contains(". ")).collect();
    assert_eq!(recipes.len(), 10, "{recipes:#?}");
    let run: BTreeSet<String> = blocks().into_iter().map(|block| block.heading).collect();
    let idle: Vec<&&str> = recipes.iter().filter(|recipe| !run.contains(**recipe)).collect();
    assert_eq!(idle, Vec::<&&str>::new());
}

#[test]
fn every_profile_of_the_default_policy_is_told_of() {
    let taxonomy = Taxonomy::parse(&read("models/taxonomy.toml")).unwrap();
    let policy = Policy::parse(&read("models/policy/default.toml"), &taxonomy).unwrap();
    let page = read("docs/policy.md");
    for (name, zh) in policy.profiles().filter(|(name, _)| *name != Policy::NORMAL) {
        assert!(page.contains(&format!("| `{name}` | {zh} |")), "{name} {zh}");
    }
}

#[test]
fn every_key_that_the_parser_knows_stands_in_a_block() {
    let mut shown = BTreeSet::new();
    for block in blocks() {
        gather(&Value::Table(block.toml), &mut shown);
    }
    let known = parser_keys();
    assert!(known.len() > 100, "the scan must find the keys: {known:?}");
    let missing: Vec<&String> =
        known.iter().filter(|key| !shown.contains(*key) && !NO_KEYS.contains(&key.as_str())).collect();
    assert_eq!(missing, Vec::<&String>::new(), "keys that docs/policy.md shows in no block");
    let stale: Vec<&&str> = NO_KEYS.iter().filter(|word| !known.contains(**word)).collect();
    assert_eq!(stale, Vec::<&&str>::new());
}

fn gather(value: &Value, keys: &mut BTreeSet<String>) {
    if let Value::Table(table) = value {
        for (key, value) in table {
            keys.insert(key.clone());
            gather(value, keys);
        }
    } else if let Value::Array(values) = value {
        values.iter().for_each(|value| gather(value, keys));
    }
}

/// Every string of the parser's sources that could be a key, such as the argument of `take` and `need`.
fn parser_keys() -> BTreeSet<String> {
    let folder = "crates/fenliu/src/policy";
    let mut files = vec![format!("{folder}/parse.rs"), format!("{folder}/case/parse.rs")];
    for entry in std::fs::read_dir(root().join(folder).join("parse")).unwrap() {
        files.push(format!("{folder}/parse/{}", entry.unwrap().file_name().to_string_lossy()));
    }
    let is_key = |word: &str| {
        let mut letters = word.bytes();
        letters.next().is_some_and(|first| first.is_ascii_lowercase())
            && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_')
    };
    let mut out = BTreeSet::new();
    for file in files {
        let source = read(&file);
        let code = source.lines().filter(|line| !line.trim_start().starts_with("//"));
        // Between quotes stands every second part; no string of these files holds an escaped quote.
        for line in code {
            let words = line.split('"').skip(1).step_by(2);
            out.extend(words.filter(|word| is_key(word)).map(str::to_owned));
        }
    }
    out
}
