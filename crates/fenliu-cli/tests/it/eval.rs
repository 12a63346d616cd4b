//! `fenliu eval` from outside: its figures, its report, and what it does with bad input.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use super::{lines, run, run_words};

/// The parts of the page.
const SECTIONS: &str = "measured tiers routing times calibration coverage scope sources tags comparison emotions intents confusions matrix";

/// A folder of one test, gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fenliu-eval-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn rows(&self, rows: &[&str]) -> String {
        let path = self.path("rows.jsonl");
        fs::write(&path, rows.join("\n")).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn row(text: &str, intent: &str, more: &str) -> String {
    format!(r#"{{"text": "{text}", "intent": "{intent}", "emotion": "neutral"{more}}}"#)
}

fn some_rows() -> Vec<String> {
    vec![
        row("给我转人工", "human_request", r#", "source": "jddc", "tags": ["voice", "plain"]"#),
        row("什么时候发货", "ship_time", r#", "source": "jddc", "tags": ["plain"]"#),
        row("明天会下雨吗", "out_of_scope", r#", "source": "<written>""#),
        row("锟斤拷烫烫烫", "unclear", r#", "tags": ["gibberish"]"#),
    ]
}

fn as_strs(rows: &[String]) -> Vec<&str> {
    rows.iter().map(String::as_str).collect()
}

fn complaints(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn sources_and_tags_have_figures_of_their_own() {
    let folder = Folder::new("groups");
    let output = run_words(&["eval", &folder.rows(&as_strs(&some_rows())), "--json"], b"");
    assert_eq!(output.status.code(), Some(0), "{}", complaints(&output));
    let figures = &lines(&output)[0];
    for (group, name, messages) in [
        ("sources", "jddc", 2),
        ("sources", "<written>", 1),
        ("tags", "plain", 2),
        ("tags", "voice", 1),
        ("tags", "gibberish", 1),
    ] {
        assert_eq!(figures[group][name]["messages"], messages, "{group} {name}: {figures}");
    }
    assert_eq!(figures["sources"]["jddc"]["intent_accuracy"], 1.0);
    assert_eq!(figures["calibration"]["bins"].as_array().unwrap().len(), 15);
    assert_eq!(figures["coverage"]["points"].as_array().unwrap().last().unwrap()["messages"], 4);
    assert_eq!(figures["confusion_matrix"]["counts"].as_array().unwrap().len(), 42);
    assert_eq!(figures["comparison"], Value::Null);
    assert!(figures["out_of_scope"]["absent"].as_str().unwrap().contains("no model gave a score"));
}

#[test]
fn the_score_of_a_model_is_measured_where_foreign_rows_are() {
    let folder = Folder::new("scope");
    let file = folder.rows(&as_strs(&some_rows()));
    let output = run(&["eval", &file, "--model", "fast", "--json"], b"");
    let scope = &lines(&output)[0]["out_of_scope"];
    assert_eq!((&scope["foreign"], &scope["in_scope"]), (&Value::from(2), &Value::from(2)), "{scope}");
    let losses: Vec<f64> =
        scope["at"].as_array().unwrap().iter().map(|at| at["accepted_loss"].as_f64().unwrap()).collect();
    assert_eq!(losses, [0.01, 0.02, 0.05]);

    let file = folder.rows(&as_strs(&some_rows()[..2]));
    let output = run(&["eval", &file, "--model", "fast"], b"");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("out of scope        not measured: no message has"), "{text}");
}

#[test]
fn two_models_are_compared_on_the_same_messages() {
    let folder = Folder::new("against");
    let file = folder.rows(&as_strs(&some_rows()));
    let output = run_words(&["eval", &file, "--json", "--against", "fast"], b"");
    assert_eq!(output.status.code(), Some(0), "{}", complaints(&output));
    let figures = &lines(&output)[0];
    let comparison = &figures["comparison"];
    assert_eq!(comparison["against"]["model"], "fast");
    for (what, accuracy) in [("intent", "intent_accuracy"), ("emotion", "emotion_accuracy")] {
        let paired = &comparison[what];
        assert_eq!(paired["accuracy"], figures[accuracy]);
        let counted: u64 = ["both_right", "only_this_right", "only_against_right", "both_wrong"]
            .iter()
            .map(|name| paired[name].as_u64().unwrap())
            .sum();
        assert_eq!(counted, 4, "{paired}");
    }

    let output = run_words(&["eval", &file, "--against", "none"], b"");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        text.matches("difference      +0.0000, 95 % between +0.0000 and +0.0000, McNemar p = 1.0000").count(),
        2
    );
}

#[test]
fn what_was_said_before_is_read_unless_it_is_left_out() {
    let folder = Folder::new("context");
    // The same question again asks for one tier more, so the conversation must have been seen.
    let rows = [row("什么时候发货", "ship_time", r#", "before_customer": "什么时候发货？", "before": "亲，在的呢""#)];
    let file = folder.rows(&as_strs(&rows));
    let tier = |more: &[&str]| {
        let output = run_words(&[&["eval", &file, "--json"], more].concat(), b"");
        let figures = lines(&output).remove(0);
        let tiers = figures["tiers"].as_object().unwrap().clone();
        let tier = tiers.iter().find(|(_, share)| share["messages"] == 1).unwrap().0.clone();
        (figures["measured"]["with_context"].as_u64().unwrap(), tier)
    };
    let (with, tier_with) = tier(&[]);
    let (without, tier_without) = tier(&["--without-context"]);
    assert_eq!((with, without), (1, 0));
    assert_ne!(tier_with, tier_without);
}

#[test]
fn the_report_is_one_page_that_loads_nothing_and_holds_no_message() {
    let folder = Folder::new("report");
    let file = folder.rows(&as_strs(&some_rows()));
    let directory = folder.path("new/report");
    let output = run_words(&["eval", &file, "--report", &directory, "--against", "none"], b"");
    assert_eq!(output.status.code(), Some(0), "{}", complaints(&output));
    assert!(String::from_utf8(output.stdout).unwrap().contains("new/report/index.html"));

    let read = |name: &str| fs::read_to_string(Path::new(&directory).join(name)).unwrap();
    let page = read("index.html");
    for section in SECTIONS.split(' ') {
        assert!(page.contains(&format!("<section id=\"{section}\">")), "{section}");
    }
    for loads in ["http:", "https:", "src=", "url(", "@import", "<script", "<link", "<img", "<iframe", "<object"] {
        assert!(!page.contains(loads), "{loads}");
    }
    for link in page.split("href=\"").skip(1) {
        assert!(link.starts_with('#'), "{link}");
    }
    assert!(page.contains("&lt;written&gt;") && page.contains("prefers-color-scheme:dark"));
    assert_eq!(page.matches("<svg").count(), 3);

    let figures: Value = serde_json::from_str(&read("figures.json")).unwrap();
    assert_eq!(figures["messages"], 4);
    for name in ["index.html", "figures.json", "reliability.svg", "coverage-risk.svg", "confusion.svg"] {
        let contents = read(name);
        for text in ["给我转人工", "什么时候发货", "明天会下雨吗", "锟斤拷烫烫烫"] {
            assert!(!contents.contains(text), "{name} holds {text}");
        }
        if name.ends_with(".svg") {
            assert!(contents.starts_with("<svg xmlns=") && contents.ends_with("</svg>\n"), "{name}");
        }
    }
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 5, "nothing else is left behind");
}

#[test]
fn a_place_that_takes_no_report_is_named_before_anything_is_measured() {
    let folder = Folder::new("place");
    let file = folder.rows(&as_strs(&some_rows()));
    let inside = format!("{file}/report");
    for (directory, expected) in [(&file, "is no directory"), (&inside, "cannot take the report")] {
        let output = run_words(&["eval", &file, "--report", directory], b"");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{directory}");
        let complaint = complaints(&output);
        assert!(complaint.contains(directory.as_str()) && complaint.contains(expected), "{complaint}");
    }
}

#[test]
fn a_row_of_a_wrong_form_is_named_and_left_out() {
    let folder = Folder::new("bad");
    let rows = [
        row("什么时候发货", "ship_time", ""),
        row("什么时候发货", "ship_time", r#", "tags": "plain""#),
        row("什么时候发货", "ship_time", r#", "tags": [1]"#),
        row("什么时候发货", "ship_time", r#", "source": {}"#),
        row("什么时候发货", "ship_time", r#", "before": 7"#),
        row("", "ship_time", ""),
        row("什么时候发货", "shiptime", ""),
        "什么时候发货".to_owned(),
    ];
    let output = run_words(&["eval", &folder.rows(&as_strs(&rows)), "--json"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&output)[0]["messages"], 1);
    assert_eq!(lines(&output)[0]["measured"]["bad_rows"], 7);
    let complaints = complaints(&output);
    for number in 2..=8 {
        assert!(complaints.contains(&format!("rows.jsonl:{number}: ")), "{number}: {complaints}");
    }

    let output = run_words(&["eval", &folder.rows(&as_strs(&rows[1..]))], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
}

#[test]
fn arguments_that_cannot_be_met_are_exit_code_2() {
    let folder = Folder::new("arguments");
    let file = folder.rows(&as_strs(&some_rows()));
    for (more, expected) in
        [(["--against", "best"], "invalid value 'best'"), (["--against-models", "/nowhere"], "/nowhere/model.toml")]
    {
        let output = run(&["eval", &file, "--model", "none", more[0], more[1]], b"");
        assert_eq!(output.status.code(), Some(2), "{more:?}");
        assert!(complaints(&output).contains(expected), "{more:?}: {}", complaints(&output));
    }
    let output = run_words(&["eval", folder.0.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(complaints(&output).contains("fenliu-eval-arguments"), "{}", complaints(&output));
}
