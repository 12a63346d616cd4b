use std::collections::BTreeSet;

use fenliu_server::wire::{Customer, Inquiry, RouteBatchRequest};
use fenliu_server::{DecisionLog, LoggedText, Server, Start};

use crate::Running;
use crate::folder::Folder;
use crate::running::{config, here, inquiry, words};

fn of(customer: &str, text: &str) -> Inquiry {
    let customer = Customer { id: Some(customer.to_owned()), ..Customer::default() };
    Inquiry { customer: Some(customer), ..inquiry(text) }
}

#[tokio::test]
async fn every_decision_is_noted_and_nobody_is_named() {
    let folder = Folder::new();
    let mut config = config();
    config.http = Some(here());
    let mut log = DecisionLog::new(folder.0.join("decisions.jsonl"));
    log.text = LoggedText::Masked;
    log.key = Some(folder.write("key", "0123456789abcdef\n"));
    config.decisions = Some(log);
    let mut running = Running::with(config, |start| start).await.ready().await;
    let inquiries = vec![
        of("王小明", "我的手机号是13812345678，给我转人工"),
        of("李雷", "在吗"),
        of("王小明", "在吗"),
        inquiry(" "),
    ];
    let results = running.router().route_batch(RouteBatchRequest { inquiries }).await.unwrap().into_inner().results;
    let said: BTreeSet<String> = results
        .into_iter()
        .filter_map(|one| match one.result {
            Some(fenliu_server::wire::route_result::Result::Outcome(outcome)) => Some(outcome.decision_id),
            _ => None,
        })
        .collect();
    while !running.get("/metrics").await.1.contains("fenliu_decisions_written_total 3") {
        tokio::task::yield_now().await;
    }
    running.stop();
    running.served.await.unwrap().unwrap();
    let text = std::fs::read_to_string(folder.0.join("decisions.jsonl")).unwrap();
    assert!(!text.contains("13812345678") && !text.contains("王小明"), "{text}");
    let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let noted: BTreeSet<String> = lines.iter().map(|line| line["decision_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(noted, said);
    assert_eq!(lines[0]["text"], "我的手机号是[phone]，给我转人工");
    assert_eq!(lines[0]["tier"], "advisor");
    assert!(lines[0]["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty()));
    assert!(lines[0]["revision"]["policy"].is_string());
    assert_eq!(lines[0]["customer"], lines[2]["customer"]);
    assert_ne!(lines[0]["customer"], lines[1]["customer"]);
}

#[tokio::test]
async fn a_full_file_makes_room_for_another_and_the_oldest_goes() {
    let folder = Folder::new();
    let mut config = config();
    config.http = Some(here());
    let mut log = DecisionLog::new(folder.0.join("decisions.jsonl"));
    (log.bytes, log.files) = (2_000, 2);
    config.decisions = Some(log);
    let mut running = Running::with(config, |start| start).await.ready().await;
    let request = RouteBatchRequest { inquiries: vec![inquiry("在吗"); 60] };
    running.router().route_batch(request).await.unwrap();
    while !running.get("/metrics").await.1.contains("fenliu_decisions_written_total 60") {
        tokio::task::yield_now().await;
    }
    running.stop();
    running.served.await.unwrap().unwrap();
    let mut names: Vec<String> =
        std::fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["decisions.jsonl", "decisions.jsonl.1", "decisions.jsonl.2"]);
    for name in names {
        let text = std::fs::read_to_string(folder.0.join(&name)).unwrap();
        assert!(text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{name}: {text}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_log_that_cannot_be_written_for_a_while_loses_lines_and_no_answers() {
    let (folder, away) = (Folder::new(), Folder::new());
    let mut config = config();
    config.http = Some(here());
    config.decisions = Some(DecisionLog::new(folder.0.join("decisions.jsonl")));
    let mut running = Running::with(config, |start| start).await.ready().await;
    for (from, to, expected) in [
        (None, None, ["written_total 2", "lost_total 0"]),
        (Some(&folder), Some(&away), ["written_total 2", "lost_total 2"]),
        (Some(&away), Some(&folder), ["written_total 4", "lost_total 2"]),
    ] {
        if let (Some(from), Some(to)) = (from, to) {
            std::fs::rename(&from.0, &to.0).unwrap();
        }
        let request = RouteBatchRequest { inquiries: vec![inquiry("在吗"); 2] };
        assert_eq!(running.router().route_batch(request).await.unwrap().into_inner().results.len(), 2);
        loop {
            let metrics = running.get("/metrics").await.1;
            if expected.iter().all(|expected| metrics.contains(&format!("fenliu_decisions_{expected}"))) {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    running.stop();
    running.served.await.unwrap().unwrap();
    assert_eq!(std::fs::read_to_string(folder.0.join("decisions.jsonl")).unwrap().lines().count(), 4);
}

#[tokio::test]
async fn a_log_that_cannot_be_opened_is_named() {
    let folder = Folder::new();
    for (file, key, expected) in [
        ("no/such/folder.jsonl", None, "no/such/folder.jsonl: "),
        ("decisions.jsonl", Some(folder.write("short", "0123")), "short: a key of 4 bytes, expected 16 or more"),
    ] {
        let mut config = config();
        let mut log = DecisionLog::new(folder.0.join(file));
        log.key = key;
        config.decisions = Some(log);
        let error = Server::bind(Start::loaded(words()), config).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
