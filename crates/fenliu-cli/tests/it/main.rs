//! The program from outside: arguments, streams, exit codes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

mod calibrate;
mod eval;
mod policy;
mod serve;
mod soak;
mod teach;
mod together;
mod traces;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Output, Stdio};

fn fenliu(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fenliu"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(args: &[&str], input: &[u8]) -> Output {
    let mut child = fenliu(args).spawn().unwrap();
    // The program may end without having read everything.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

fn lines(output: &Output) -> Vec<serde_json::Value> {
    output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

/// Without a model: what is asked here is the program.
const WORDS: &[&str] = &["--model", "none"];

fn words(args: &[&str]) -> Vec<String> {
    args.iter().chain(WORDS).map(|arg| (*arg).to_owned()).collect()
}

fn run_words(args: &[&str], input: &[u8]) -> Output {
    let args = words(args);
    run(&args.iter().map(String::as_str).collect::<Vec<_>>(), input)
}

#[test]
fn a_person_reads_tier_intent_emotion_team_deadline_and_reasons() {
    let output = run_words(&["route", "我用了你们的面霜脸上起红疹了，怎么办"], b"");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    for expected in
        ["专属顾问", "adverse_reaction", "情绪", "安全应急组 safety → 品控 quality", "人工 30 秒内", "使用后人身伤害"]
    {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[test]
fn a_bad_line_stands_in_its_place_and_nothing_else_is_lost() {
    let mut input = Vec::new();
    input.extend_from_slice("{\"text\": \"给我转人工\"}\n".as_bytes());
    input.extend_from_slice(b"{\"text\": \n");
    input.extend_from_slice(b"\n");
    input.extend_from_slice(b"\xff\xfe\n");
    input.extend_from_slice("{\"text\": \"\"}\n{\"text\": \"在吗\", \"chanel\": \"chat\"}\n".as_bytes());
    input.extend_from_slice(&[b"{\"text\": \"".as_slice(), &vec![b'a'; 2 << 20], b"\"}\n"].concat());
    input.extend_from_slice("{\"text\": \"什么时候发货\"}".as_bytes());
    let output = run_words(&["route", "--json"], &input);
    assert_eq!(output.status.code(), Some(1));
    let lines = lines(&output);
    assert_eq!(lines.len(), 7);
    assert_eq!(lines[0]["tier"], "advisor");
    for (index, line, error) in [
        (1, 2, "EOF while parsing"),
        (2, 4, "is not UTF-8 from byte 1"),
        (3, 5, "the text is empty"),
        (4, 6, "unknown field `chanel`"),
        (5, 7, "is longer than 1048576 bytes"),
    ] {
        assert_eq!(lines[index]["line"], line, "{lines:#?}");
        assert!(lines[index]["error"].as_str().unwrap().contains(error), "{lines:#?}");
    }
    assert_eq!(lines[6]["intents"][0]["id"], "ship_time");
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert_eq!(complaints.lines().count(), 5, "{complaints}");
    assert!(complaints.contains("fenliu: line 4: is not UTF-8"));
}

#[test]
fn who_asks_one_at_a_time_is_answered_one_at_a_time() {
    let mut child = fenliu(&["route", "--json", "--model", "none"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for text in ["在吗", "什么时候发货"] {
        writeln!(input, "{{\"text\": \"{text}\"}}").unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert!(line.contains("\"tier\""), "{line}");
    }
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut child = fenliu(&["route", "--json", "--model", "none"]).spawn().unwrap();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    for _ in 0..2000 {
        if input.write_all("{\"text\": \"在吗\"}\n".as_bytes()).is_err() {
            break;
        }
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}

#[test]
fn what_the_caller_must_mend_is_exit_code_2() {
    for (args, expected) in [
        (vec!["route"], "no message given"),
        (vec!["route", ""], "the text is empty"),
        (vec!["route", "好", "--model", "best"], "invalid value 'best'"),
        (vec!["route", "好", "--models", "/nowhere"], "/nowhere/model.toml"),
        (vec!["route", "好", "--policy", "/nowhere.toml"], "/nowhere.toml"),
        (vec!["route", "好", "--channel", "fax"], "invalid value 'fax'"),
        (vec!["eval", "/nowhere.jsonl"], "/nowhere.jsonl"),
        (vec!["serve", "--listen", "nowhere"], "invalid value 'nowhere'"),
        (vec!["rout"], "route"),
    ] {
        let needs_words = args.len() > 1 && !args.contains(&"--model") && args[0] != "rout";
        let output = if needs_words { run_words(&args, b"") } else { run(&args, b"") };
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {complaint}");
        assert!(complaint.contains(expected), "{args:?}: {complaint}");
    }
}

#[test]
fn eval_measures_what_it_can_and_names_what_it_cannot() {
    let file = std::env::temp_dir().join(format!("fenliu-eval-{}.jsonl", std::process::id()));
    let rows = [
        r#"{"text": "给我转人工", "intent": "human_request", "emotion": "neutral"}"#,
        r#"{"text": "什么时候发货", "intent": "track+ship_time", "emotion": "neutral"}"#,
        r#"{"text": "什么时候发货", "intent": "shiptime", "emotion": "neutral"}"#,
        r#"{"text": "什么时候发货"}"#,
    ];
    std::fs::write(&file, rows.join("\n")).unwrap();
    let output = run_words(&["eval", file.to_str().unwrap(), "--json"], b"");
    std::fs::remove_file(&file).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let figures = &lines(&output)[0];
    assert_eq!(figures["messages"], 2);
    assert_eq!(figures["intent_accuracy"], 1.0);
    assert_eq!(figures["tiers"]["advisor"]["messages"], 1);
    let complaints = String::from_utf8(output.stderr).unwrap();
    assert!(
        complaints.contains(":3: unknown intent `shiptime`") && complaints.contains(":4: missing field `intent`"),
        "{complaints}"
    );
}
