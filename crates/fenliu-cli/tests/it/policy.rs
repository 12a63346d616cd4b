//! Policies from outside: what is drawn, what is counted, what is refused.

mod diff;
mod explain;
mod test;

use std::path::PathBuf;
use std::process::Output;

use crate::run;

/// A small policy with two cases; as it stands here it loads and passes.
const SHOP: &str = include_str!("policy/shop.toml");

/// A folder of its own, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("fenliu-policy-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, contents: &str) -> String {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
        self.path(name)
    }

    /// Without the folder, which has another name each time.
    fn named<'t>(&self, text: &'t [u8]) -> std::borrow::Cow<'t, str> {
        let text = std::str::from_utf8(text).unwrap();
        text.replace(&format!("{}/", self.0.display()), "").into()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The small policy with one part replaced by another.
fn shop_with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(SHOP.to_owned(), |shop, (from, to)| {
        assert!(shop.contains(from), "{from}");
        shop.replacen(from, to, 1)
    })
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_policy_inside_the_program_loads() {
    let output = run(&["policy", "check"], b"");
    assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(String::from_utf8_lossy(&output.stdout).contains("default.toml: "));
}

#[test]
fn every_problem_is_drawn_under_its_text_in_one_report() {
    let folder = Folder::new("drawn");
    let shop = shop_with(&[
        ("ai = 0.70", "ai = 0.30"),
        // After Chinese text in the same line, where bytes, characters and columns differ.
        (
            "after-sales = \"售后组\"",
            "after-sales = { zh = \"售后组\", answers_in = \"30s\", answers_within = \"1 day\" }",
        ),
        ("when = { trend = \"worse\" }", "when = { trand = \"worse\" }"),
        ("\"stock\"", "\"stok\""),
        ("group = \"front\"", "group = \"frnt\""),
    ]);
    let file = folder.write("shop.toml", &shop);
    let output = run(&["policy", "check", &file], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let expected = include_str!("policy/drawn.txt");
    assert_eq!(folder.named(&output.stderr), expected, "{}", folder.named(&output.stderr));

    // Every command that loads a policy draws the same.
    for command in [
        vec!["route", "在吗", "--policy", &file],
        vec!["serve", "--policy", &file],
        vec!["policy", "test", &file],
        vec!["eval", &file, "--policy", &file],
    ] {
        let args: Vec<&str> = command.iter().copied().chain(["--model", "none"]).collect();
        let output = run(&args, b"");
        assert_eq!((output.status.code(), &*folder.named(&output.stderr)), (Some(2), expected), "{args:?}");
    }

    let output = run(&["policy", "check", &file, "--json"], b"");
    assert_eq!(output.status.code(), Some(2));
    let problems = json(&output)["policies"][0]["problems"].as_array().unwrap().clone();
    assert_eq!(problems.len(), expected.matches("error: ").count());
    let group = problems.last().unwrap();
    assert_eq!(group["path"], "route[1].group", "{group}");
    let (start, end) = (group["start"].as_u64().unwrap(), group["end"].as_u64().unwrap());
    assert_eq!(&shop[usize::try_from(start).unwrap()..usize::try_from(end).unwrap()], "\"frnt\"");
}

#[test]
fn what_is_no_toml_or_wrong_as_a_whole_is_told() {
    let folder = Folder::new("whole");
    for (contents, expected) in [
        ("version = 1\nversion = 2\n", "shop.toml:2:1"),
        ("version = \n", "shop.toml:1:"),
        ("version = 1\n", "error: shop.toml: `believe` is missing"),
        ("", "error: shop.toml: `version` is missing"),
    ] {
        let file = folder.write("shop.toml", contents);
        let output = run(&["policy", "check", &file], b"");
        let said = folder.named(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let output = run(&["policy", "check", &folder.path("none.toml")], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(folder.named(&output.stderr).starts_with("fenliu: none.toml: No such file"), "{output:?}");
}

#[test]
fn a_candidate_that_does_not_load_is_drawn_beside_its_own_name() {
    let folder = Folder::new("candidate");
    let file =
        folder.write("shop.toml", &shop_with(&[("[[step]]", "[shadow]\ncandidate = \"next.toml\"\n\n[[step]]")]));
    folder.write("next.toml", &shop_with(&[("sla = \"soon\"", "sla = \"son\"")]));
    let output = run(&["policy", "check", &file], b"");
    let said = folder.named(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(" --> next.toml:") && said.contains("help: did you mean `soon`?"), "{said}");
}
