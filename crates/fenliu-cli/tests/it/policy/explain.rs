//! `fenliu route --explain` and `--profile`, and what is said of a clarifying question.

use crate::run;

use super::{Folder, json, shop_with};

#[test]
fn the_whole_way_is_told_with_what_was_expected_and_found() {
    let folder = Folder::new("explain");
    // Asking for a person is the AI's as far as the intent goes, so that the floor is what raises it.
    let shop = shop_with(&[("\"human_request\", ", ""), ("\"product_info\"", "\"human_request\", \"product_info\"")]);
    let file = folder.write("shop.toml", &shop);
    let route = |args: &[&str]| {
        let args: Vec<&str> =
            ["route", "给我转人工", "--policy", &file, "--model", "none"].iter().chain(args).copied().collect();
        run(&args, b"")
    };
    let output = route(&["--explain"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    for expected in [
        "原因  ",
        "  believed            lexicon\n",
        "  believe.lexicon      0.9",
        "  ● floor  wants-a-person   ai → advisor\n",
        "      ✓ any[0].intent                 human_request  期望 human_request\n",
        "  ○ floor  达人             advisor\n",
        "      ✗ kol                           false  期望 true\n",
        "  ● route  everything-else\n",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let places: Vec<usize> =
        ["calm-the-upset", "wants-a-person", "达人 ", "returns"].iter().map(|name| said.find(name).unwrap()).collect();
    assert!(places[1] < places[2] && places[2] < places[0] && places[0] < places[3], "in the order as asked: {said}");

    let plain = String::from_utf8(route(&[]).stdout).unwrap();
    assert!(plain.contains("原因") && !plain.contains("规则"), "{plain}");
    assert_eq!(json(&route(&["--json"])).get("trace"), None);
    let trace = json(&route(&["--json", "--explain"]))["trace"].clone();
    let held: Vec<&str> = trace["rules"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|rule| rule["held"] == true)
        .map(|rule| rule["name"].as_str().unwrap())
        .collect();
    assert_eq!(held, ["wants-a-person", "everything-else"]);

    // Of a stream, every line is explained.
    let input = "{\"text\": \"在吗\"}\n{\"text\": \"在吗\", \"explain\": true}\n".as_bytes();
    let output = run(&["route", "--json", "--explain", "--model", "none"], input);
    assert_eq!(crate::lines(&output).iter().filter(|outcome| outcome.get("trace").is_some()).count(), 2);
}

#[test]
fn a_profile_decides_and_an_unknown_one_is_refused() {
    let folder = Folder::new("profile");
    let file = folder.write("shop.toml", &shop_with(&[]));
    let route = |args: &[&str], input: &[u8]| {
        let args: Vec<&str> = ["route", "--policy", &file, "--model", "none"].iter().chain(args).copied().collect();
        run(&args, input)
    };
    let said = String::from_utf8(route(&["在吗", "--profile", "night"], b"").stdout).unwrap();
    assert!(said.contains("预案 夜间 night，"), "{said}");
    let said = String::from_utf8(route(&["在吗"], b"").stdout).unwrap();
    assert!(!said.contains("预案"), "{said}");
    let input = "{\"text\": \"在吗\"}\n{\"text\": \"在吗\", \"profile\": \"normal\"}\n".as_bytes();
    let outcomes = crate::lines(&route(&["--json", "--profile", "night"], input));
    assert_eq!((&outcomes[0]["profile"], &outcomes[1]["profile"]), (&"night".into(), &"normal".into()));
    let output = route(&["在吗", "--profile", "nigth"], b"");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("unknown profile `nigth`, did you mean `night`?"), "{said}");
}

#[test]
fn what_the_ai_asks_is_told_in_chinese() {
    let folder = Folder::new("clarify");
    // Everything that is not quite sure is ambiguous, and everything is likely enough to be offered.
    let shop = shop_with(&[
        ("ambiguous = 0.10", "ambiguous = 1.0"),
        ("also = 0.25", "also = 1.0"),
        ("at_least = 0.05", "at_least = 0.0"),
    ]);
    let shop = shop.split("[[case]]").next().unwrap();
    let file = folder.write("shop.toml", shop);
    let output = run(&["route", "什么时候发货 有没有货", "--policy", &file, "--model", "none"], b"");
    let said = String::from_utf8(output.stdout).unwrap();
    let line = said.lines().find(|line| line.starts_with("追问  请客户确认：1. ")).unwrap_or_else(|| panic!("{said}"));
    assert!(line.contains(" ship_time") && line.contains("；2. "), "{line}");
    let output = run(&["route", "什么时候发货 有没有货", "--policy", &file, "--model", "none", "--json"], b"");
    assert!(json(&output)["clarify"].as_array().unwrap().len() >= 2);
}
