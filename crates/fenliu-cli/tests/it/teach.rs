//! Teaching from outside: what is said, what is written, what is refused.

use std::path::{Path, PathBuf};

use crate::run;

/// A folder of its own, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("fenliu-teach-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, contents: &str) -> String {
        std::fs::write(self.0.join(name), contents).unwrap();
        self.path(name)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const STORES: [&str; 12] = [
    "你们有实体店吗",
    "门店在哪里",
    "线下店几点关门",
    "附近有没有你们的专柜",
    "可以去店里试穿吗",
    "杭州有门店不",
    "周末店里开门吗",
    "实体店和网上一个价吗",
    "门店电话多少",
    "去店里拿货可以不",
    "你们专柜在几楼",
    "过年门店营业吗",
];

const DEFINE: &str = "[[intent]]\nid = \"store_visit\"\ndomain = \"presale\"\nzh = \"线下门店\"\n";

fn rows(texts: &[&str]) -> String {
    texts.iter().map(|text| format!("{{\"text\": \"{text}\", \"intent\": \"store_visit\"}}\n")).collect()
}

#[test]
fn what_is_taught_is_told_written_and_routed() {
    let folder = Folder::new("whole");
    let examples = folder.write("examples.jsonl", &rows(&STORES));
    let define = folder.write("intents.toml", DEFINE);
    let out = folder.path("taught");
    let output = run(&["teach", &examples, "--define", &define, "--out", &out], b"");
    let (said, complaints) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(0), "{said}{complaints}");
    for expected in [
        "store_visit (new)".to_owned(),
        "before   after  lost gained".to_owned(),
        format!("written: {out}"),
        format!("use them: fenliu route --models {out}"),
    ] {
        assert!(said.contains(&expected), "{expected}: {said}");
    }
    assert_eq!(folder.names(), ["examples.jsonl", "intents.toml", "taught"]);

    for (text, intent) in [("上海哪里有你们的线下店", "store_visit"), ("能开发票吗", "invoice")] {
        let output = run(&["route", text, "--models", &out, "--json"], b"");
        let outcome: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(outcome["intents"][0]["id"], intent, "{outcome:#?}");
    }

    // What is taught already is refused, and what stands there is not written over.
    for (args, expected) in [
        (vec!["--out", &out], "is there already and not empty; name another directory, or give --replace"),
        (vec!["--models", &out, "--out", "twice"], "intent `store_visit` (线下门店) is there already"),
    ] {
        let args: Vec<&str> = ["teach", &examples, "--define", &define].into_iter().chain(args).collect();
        let output = run(&args, b"");
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{complaint}");
        assert!(complaint.contains(expected), "{expected}: {complaint}");
    }
    assert!(!Path::new("twice").exists());
}

#[test]
fn what_cannot_be_taught_is_exit_code_2_and_writes_nothing() {
    let folder = Folder::new("refused");
    let few = folder.write("few.jsonl", &rows(&STORES[..3]));
    let define = folder.write("intents.toml", DEFINE);
    let out = folder.path("taught");
    let before = folder.names();
    for (args, expected) in [
        (vec![few.as_str()], vec!["few.jsonl:1: unknown intent `store_visit`"]),
        (
            vec![&few, "--define", &define],
            vec!["few.jsonl: `store_visit` has 3 different examples, expected at least 5"],
        ),
        (
            vec![
                "/nowhere.jsonl",
                "--define",
                "/nowhere.toml",
                "--policy",
                "/nowhere/policy.toml",
                "--models",
                "/nowhere",
            ],
            vec![
                "/nowhere.jsonl: ",
                "/nowhere.toml: ",
                "/nowhere/policy.toml: ",
                "/nowhere/model.toml: ",
                "/nowhere/deep.onnx: ",
            ],
        ),
    ] {
        let args: Vec<&str> = ["teach"].into_iter().chain(args).chain(["--out", &out]).collect();
        let output = run(&args, b"");
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {complaint}");
        for expected in expected {
            assert!(complaint.contains(expected), "{expected}: {complaint}");
        }
        assert_eq!(folder.names(), before);
    }
}
