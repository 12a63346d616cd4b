//! `fenliu policy diff`.

use crate::run;

use super::{Folder, json, shop_with};

const INQUIRIES: &str = r#"{"text": "给我转人工"}
{"text": "什么时候发货", "customer": {"kol": true}}
{"text": "什么时候发货", "chanel": "chat"}

{"text": "我要退货", "intent": "return_refund", "emotion": "neutral", "source": "x"}
{"text": ""}
"#;

/// Influencers are no longer answered by advisors, and returns are a queue of their own.
fn other() -> String {
    shop_with(&[
        ("name = \"达人\"\ntier = \"advisor\"", "name = \"达人\"\ntier = \"assisted\""),
        ("code = \"KOL\"\nbecause = \"达人客户，由专人对接\"", "code = \"KOL\"\nbecause = \"达人客户，人工核对\""),
        ("name = \"returns\"", "name = \"returns-to-warehouse\""),
        ("transfer_to = \"warehouse\"\npriority = \"normal\"", "transfer_to = \"warehouse\"\npriority = \"high\""),
    ])
}

#[test]
fn what_would_change_is_counted_and_listed_with_reasons() {
    let folder = Folder::new("diff");
    let old = folder.write("old.toml", &shop_with(&[]));
    let new = folder.write("new.toml", &other());
    let inquiries = folder.write("inquiries.jsonl", INQUIRIES);
    let diff = |args: &[&str]| {
        let args: Vec<&str> =
            ["policy", "diff", &old, &new, &inquiries, "--model", "none"].iter().chain(args).copied().collect();
        run(&args, b"")
    };
    let output = diff(&[]);
    let (said, complaints) = (folder.named(&output.stdout), folder.named(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "two lines are no good: {complaints}");
    assert!(complaints.contains("inquiries.jsonl:3: unknown field `chanel`"), "{complaints}");
    assert!(complaints.contains("inquiries.jsonl:6: the text is empty"), "{complaints}");
    for expected in [
        "line 2 什么时候发货\n  tier            advisor → assisted\n",
        "  - 达人客户，由专人对接 [KOL · 达人]\n  + 达人客户，人工核对 [KOL · 达人]\n",
        "line 5 我要退货\n  priority        normal → high\n",
        "advisor",
        "+route returns-to-warehouse         1\n",
        "-route returns                      1\n",
        "2 of 3 messages change, 66.7 %",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(!said.contains("line 1 "), "{said}");

    let report = json(&diff(&["--json", "--limit", "1"]));
    assert_eq!((&report["messages"], &report["changed"], &report["bad_lines"]), (&3.into(), &2.into(), &2.into()));
    assert_eq!(report["changes"].as_array().unwrap().len(), 1);
    let moved: Vec<&serde_json::Value> =
        report["tiers"].as_array().unwrap().iter().filter(|moved| moved["messages"] != 0).collect();
    let pair = |moved: &serde_json::Value| (moved["old"].clone(), moved["new"].clone(), moved["messages"].clone());
    let expected = [("assisted", "assisted", 1), ("advisor", "assisted", 1), ("advisor", "advisor", 1)];
    let expected = expected.map(|(old, new, messages)| (old.into(), new.into(), messages.into()));
    assert_eq!(moved.into_iter().map(pair).collect::<Vec<_>>(), expected);
    assert!(String::from_utf8_lossy(&diff(&["--limit", "1"]).stdout).contains("1 more changes, listed with --limit 2"));
}

#[test]
fn a_change_fails_only_where_that_is_asked_for() {
    let folder = Folder::new("diff-exit");
    let old = folder.write("old.toml", &shop_with(&[]));
    let new = folder.write("new.toml", &other());
    let inquiries = folder.write("inquiries.jsonl", "{\"text\": \"我要退货\"}\n");
    for (new, more, code) in
        [(&new, vec![], 0), (&new, vec!["--fail-on-change"], 1), (&old, vec!["--fail-on-change"], 0)]
    {
        let args: Vec<&str> =
            ["policy", "diff", &old, new, &inquiries, "--model", "none"].into_iter().chain(more).collect();
        assert_eq!(run(&args, b"").status.code(), Some(code), "{args:?}");
    }
}

#[test]
fn both_policies_are_drawn_where_neither_loads() {
    let folder = Folder::new("diff-bad");
    let old = folder.write("old.toml", &shop_with(&[("group = \"front\"", "group = \"frnt\"")]));
    let new = folder.write("new.toml", &shop_with(&[("kol = true", "kool = true")]));
    let inquiries = folder.write("inquiries.jsonl", "\n");
    let output = run(&["policy", "diff", &old, &new, &inquiries, "--model", "none"], b"");
    let said = folder.named(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("fenliu: old.toml: 1 problem\n") && said.contains("fenliu: new.toml: 1 problem\n"), "{said}");
    let good = folder.write("old.toml", &shop_with(&[]));
    for (args, expected) in [
        ([&good, &good, &inquiries], "inquiries.jsonl: no inquiry that can be read"),
        ([&good, &good, &folder.path("none.jsonl")], "none.jsonl: No such file"),
    ] {
        let args: Vec<&str> =
            ["policy", "diff"].into_iter().chain(args.map(String::as_str)).chain(["--model", "none"]).collect();
        let output = run(&args, b"");
        let said = folder.named(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{expected}: {said}");
    }
}
