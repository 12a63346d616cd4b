//! `fenliu policy test`.

use crate::run;

use super::{Folder, json, shop_with};

const NONE: [&str; 2] = ["--model", "none"];

const BESIDE: &str = r#"
[[case]]
name = "an influencer has a person"
given = { intent = "track", kol = true }
expect = { tier = "advisor", priority = "high" }

[[case]]
name = "words are read"
given = { text = "我要退货" }
expect = { intent = "return_refund", tier = "assisted", group = "after-sales" }
"#;

#[test]
fn what_fails_is_shown_as_a_diff_and_what_no_case_reached_is_named() {
    let folder = Folder::new("failing");
    let file = folder.write(
        "shop.toml",
        &shop_with(&[("tier = \"ai\", group = \"front\"", "tier = \"advisor\", group = \"front\"")]),
    );
    let output = run(&["policy", "test", &file, NONE[0], NONE[1]], b"");
    let said = folder.named(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    let line = 1 + said_line(&file, "tracking is the AI's");
    for expected in [
        format!("tracking is the AI's shop.toml:{}:1\n", line - 1),
        "  tier            - advisor\n                  + ai\n".to_owned(),
        "1 of 2 cases pass".to_owned(),
        "floor  达人                 0  never reached\n".to_owned(),
        "floor  wants-a-person       1\n".to_owned(),
        "coverage  2 of 6 rules, 33.3 %\n".to_owned(),
    ] {
        assert!(said.contains(&expected), "{expected}: {said}");
    }
    assert!(!said.contains('\u{1b}'), "no colour where nobody looks");

    // The same as a policy that is to be used: it does not load.
    let output = run(&["policy", "check", &file], b"");
    let said = folder.named(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("case `tracking is the AI's` fails: tier is `ai`, expected `advisor`"), "{said}");
}

/// The line of the `[[case]]` above a name, from 1.
fn said_line(file: &str, name: &str) -> usize {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().position(|line| line.contains(name)).unwrap()
}

#[test]
fn case_files_beside_a_policy_are_run_with_it() {
    let folder = Folder::new("beside");
    let file = folder.write("shop.toml", &shop_with(&[]));
    let test = |args: &[&str]| {
        let args: Vec<&str> = ["policy", "test", &file, "--json"].iter().chain(args).chain(&NONE).copied().collect();
        let output = run(&args, b"");
        (output.status.code(), json(&output), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(test(&[]).1["cases"], 2);
    folder.write("shop.cases.toml", BESIDE);
    let (code, report, _) = test(&[]);
    assert_eq!((code, &report["cases"], &report["passed"]), (Some(0), &4.into(), &4.into()), "{report:#}");
    assert_eq!(report["coverage"]["percent"], 83.3, "{report:#}");
    let unreached: Vec<&serde_json::Value> =
        report["coverage"]["rules"].as_array().unwrap().iter().filter(|rule| rule["cases"] == 0).collect();
    assert_eq!(unreached.len(), 1);
    assert_eq!(unreached[0]["name"], "calm-the-upset");

    folder.write("shop.cases/b.toml", BESIDE);
    folder.write("shop.cases/notes.txt", "not read");
    let more =
        folder.write("more.toml", "[[case]]\nname = \"no\"\ngiven = { kol = true }\nexpect = { tier = \"ai\" }\n");
    let (code, report, _) = test(&["--cases", &more]);
    assert_eq!((code, &report["cases"], &report["passed"]), (Some(1), &7.into(), &6.into()), "{report:#}");
    let failure = &report["failures"][0];
    assert_eq!((&failure["case"], &failure["line"]), (&"no".into(), &1.into()), "{report:#}");
    assert_eq!(failure["differences"][0]["found"], "advisor");

    std::fs::remove_file(&more).unwrap();
    let (code, _, said) = test(&["--fail-under", "84"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("the cases reach 83.3 % of the rules, expected at least 84 %"), "{said}");
    assert_eq!(test(&["--fail-under", "83"]).0, Some(0));
}

#[test]
fn case_files_that_are_no_good_are_drawn_all_at_once() {
    let folder = Folder::new("bad-cases");
    let file = folder.write("shop.toml", &shop_with(&[]));
    folder.write("shop.cases/a.toml", "[[case]]\nname = \"甲\"\ngiven = { intnt = \"track\" }\nexpect = {}\n");
    folder.write("shop.cases/b.toml", "[[caze]]\n");
    let empty = folder.path("empty");
    std::fs::create_dir_all(&empty).unwrap();
    let output = run(&["policy", "test", &file, "--cases", "/nowhere.toml", "--cases", &empty, NONE[0], NONE[1]], b"");
    let said = folder.named(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    for expected in [
        "fenliu: empty: holds no `.toml` file",
        " --> shop.cases/a.toml:3:11",
        "help: did you mean `intent`?",
        "fenliu: shop.cases/a.toml: 2 problems",
        " --> shop.cases/b.toml:1:3",
        "fenliu: /nowhere.toml: No such file",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let output = run(&["policy", "test", "--fail-under", "101"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("expected a number from 0 to 100"));
}

#[test]
fn the_policy_inside_the_program_passes_its_own_cases() {
    let output = run(&["policy", "test", NONE[0], NONE[1], "--json"], b"");
    let report = json(&output);
    assert_eq!(report["policy"], "default.toml");
    assert_eq!(report["failures"], serde_json::json!([]), "{report:#}");
    assert!(report["cases"].as_u64().unwrap() > 30);
}
