//! The cases of the default policy: all pass, no two are the same, and every rule is reached by one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fenliu::{Case, Inquiry, Policy, RuleName, Taxonomy, Tier, Verdict};

use crate::WORDS;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/policy")
}

fn taxonomy() -> Taxonomy {
    Taxonomy::parse(&std::fs::read_to_string(folder().join("../taxonomy.toml")).unwrap()).unwrap()
}

fn policy() -> Policy {
    Policy::parse(&std::fs::read_to_string(folder().join("default.toml")).unwrap(), &taxonomy()).unwrap()
}

/// The files beside the policy with what stands in them, in the order of their names.
fn files() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder().join("default.cases")).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| std::fs::read_to_string(path).unwrap();
    paths.iter().map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), read(path))).collect()
}

/// Every case with the file that it stands in, those of the policy itself first.
fn cases() -> Vec<(String, Case)> {
    let beside = files().into_iter().flat_map(|(file, toml)| {
        let cases = Case::parse_file(&toml, &taxonomy()).unwrap_or_else(|error| panic!("{file}:\n{error}"));
        cases.into_iter().map(move |case| (file.clone(), case))
    });
    policy().cases().iter().map(|case| ("default.toml".to_owned(), case.clone())).chain(beside).collect()
}

/// What became of each case that gives facts, by file and name.
fn judged() -> Vec<(String, Verdict)> {
    let policy = policy();
    let judged = |(file, case): (String, Case)| Some((format!("{file}: {}", case.name()), case.judge(&policy)?));
    cases().into_iter().filter_map(judged).collect()
}

#[test]
fn no_case_fails() {
    let judged = judged();
    assert!(judged.len() >= 400, "{}", judged.len());
    let failed: Vec<String> = judged
        .iter()
        .filter(|(_, verdict)| !verdict.differences.is_empty())
        .map(|(name, verdict)| format!("{name}: {verdict}"))
        .collect();
    assert_eq!(failed, Vec::<String>::new());
}

#[test]
fn every_rule_of_every_profile_is_reached() {
    let reached: BTreeSet<RuleName> = judged().into_iter().flat_map(|(_, verdict)| verdict.held).collect();
    let policy = policy();
    assert_eq!(policy.profiles().count(), 12, "normal, surge, night, outage, and eight kinds of trouble");
    let rules = policy.rules();
    assert!(rules.len() > 90, "{}", rules.len());
    let missed: Vec<&RuleName> = rules.iter().filter(|rule| !reached.contains(rule)).collect();
    assert_eq!(missed, Vec::<&RuleName>::new());
}

#[test]
fn no_case_stands_twice() {
    let policy = ("default.toml".to_owned(), std::fs::read_to_string(folder().join("default.toml")).unwrap());
    let mut given: BTreeMap<String, String> = BTreeMap::new();
    for (file, toml) in std::iter::once(policy).chain(files()) {
        let document: toml::Table = toml.parse().unwrap();
        let mut names = BTreeSet::new();
        for case in document["case"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap();
            assert!(names.insert(name), "{file}: two cases are called `{name}`");
            let name = format!("{file}: {name}");
            // A table of this crate keeps its keys in order, whatever the order in the file.
            if let Some(other) = given.insert(case["given"].to_string(), name.clone()) {
                panic!("{name} gives the same as {other}");
            }
        }
    }
}

#[test]
fn every_intent_has_its_base_tier_in_a_case() {
    let base = files().into_iter().find(|(file, _)| file == "base.toml").unwrap().1;
    let document: toml::Table = base.parse().unwrap();
    let given = document["case"].as_array().unwrap().iter().map(|case| case["given"]["intent"].as_str().unwrap());
    let given: BTreeSet<&str> = given.collect();
    let taxonomy = taxonomy();
    let missing: Vec<&str> = taxonomy.iter().map(|(_, intent)| &*intent.id).filter(|id| !given.contains(id)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[cfg(feature = "onnx")]
#[test]
fn messages_are_read_and_decided_as_a_shop_expects() {
    let engine = fenliu::Engine::embedded(fenliu::ModelChoice::Cascade).unwrap();
    let mut run = 0;
    let mut failed = Vec::new();
    for (file, case) in cases() {
        let Some(inquiry) = case.inquiry() else { continue };
        let reading = engine.read(inquiry).unwrap();
        let verdict = case.judge_reading(engine.policy(), &reading, Some(engine.taxonomy()));
        if !verdict.differences.is_empty() {
            failed.push(format!("{file}: {}: {verdict}", case.name()));
        }
        run += 1;
    }
    assert!(run >= 30, "{run}");
    assert_eq!(failed, Vec::<String>::new());
}

#[test]
fn while_the_models_are_out_the_words_alone_answer_what_is_plain() {
    let route = |text: &str, profile: &str| WORDS.route(&Inquiry::new(text).profile(profile)).unwrap();
    for text in ["什么时候发货", "快递到哪里了", "能开发票吗", "包邮吗"] {
        let (normal, outage) = (route(text, "normal"), route(text, "outage"));
        assert_eq!((normal.tier, outage.tier), (Tier::Assisted, Tier::Ai), "{text}: {outage:#?}");
    }
    for text in ["敏感肌可以用吗", "我要退货", "用了脸上起红疹", "给我转人工"] {
        let outage = route(text, "outage");
        assert!(outage.tier > Tier::Ai, "{text}: {outage:#?}");
    }
}
