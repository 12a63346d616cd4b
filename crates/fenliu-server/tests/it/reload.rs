use std::time::Duration;

use fenliu::{ModelChoice, Source};
use fenliu_server::wire::router_client::RouterClient;
use fenliu_server::wire::{DescribeRequest, DescribeResponse, RouteRequest};

use crate::Running;
use crate::folder::Folder;
use crate::running::{config, here, inquiry};

const POLICY: &str = include_str!("../../../../models/policy/default.toml");

/// A service that follows this policy file.
async fn following(folder: &Folder, policy: &str) -> Running {
    let file = folder.write("policy.toml", policy);
    let mut config = config();
    config.watch = Some(Duration::from_millis(50));
    config.http = Some(here());
    config.admin = Some(fenliu_server::Admin::new(here()));
    let source = Source::embedded().policy(&file);
    Running::with(config, |start| start.again(move || source.load(ModelChoice::None), move || vec![file.clone()]))
        .await
        .ready()
        .await
}

async fn described(running: &Running) -> DescribeResponse {
    running.router().describe(DescribeRequest {}).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_file_that_changes_is_loaded_and_a_bad_one_is_refused_with_everything_that_is_wrong() {
    let folder = Folder::new();
    let running = following(&folder, POLICY).await;
    let before = described(&running).await.revision.unwrap().policy;

    // Half of a file, and after a while nothing more: what is in use stays.
    folder.write("policy.toml", &POLICY[..POLICY.len() / 2]);
    let refused = loop {
        if let Some(last) = described(&running).await.last_reload {
            break last;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!(refused.trigger, "file");
    assert!(refused.error.contains("policy.toml"), "{}", refused.error);
    assert_eq!(described(&running).await.revision.unwrap().policy, before);
    let metrics = running.get("/metrics").await.1;
    assert!(metrics.contains("fenliu_reloads_total{what=\"engine\",result=\"refused\"} 1"), "{metrics}");
    assert!(metrics.contains("fenliu_last_reload_ok 0"), "{metrics}");
    assert!(running.router().route(RouteRequest { inquiry: Some(inquiry("在吗")) }).await.is_ok());

    folder.write("policy.toml", &format!("{POLICY}\n# another\n"));
    while described(&running).await.revision.unwrap().policy == before {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // What came of it is told a moment after it is in use.
    while described(&running).await.last_reload.is_none_or(|last| last.trigger != "file" || !last.error.is_empty()) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(running.get("/metrics").await.1.contains("fenliu_last_reload_ok 1"));
}

#[tokio::test]
async fn every_answer_is_of_its_own_revision_while_files_change() {
    let folder = Folder::new();
    let other = POLICY.replace("because = \"客户要求人工\"", "because = \"客户要找人\"");
    assert_ne!(other, POLICY);
    let running = following(&folder, POLICY).await;
    let first = described(&running).await.revision.unwrap().policy;
    let (mut seen, mut writes) = (std::collections::BTreeSet::new(), 0);
    let mut router = running.router();
    while seen.len() < 2 || writes < 4 {
        if router
            .describe(DescribeRequest {})
            .await
            .unwrap()
            .into_inner()
            .last_reload
            .is_none_or(|last| last.error.is_empty())
        {
            writes += 1;
            folder.write("policy.toml", if writes % 2 == 1 { &other } else { POLICY });
        }
        for _ in 0..200 {
            let request = RouteRequest { inquiry: Some(inquiry("给我转人工")) };
            let outcome = router.route(request).await.unwrap().into_inner().outcome.unwrap();
            let policy = outcome.revision.unwrap().policy;
            let expected = if policy == first { "客户要求人工" } else { "客户要找人" };
            assert!(outcome.reasons.iter().any(|reason| reason.because == expected), "{:?}", outcome.reasons);
            seen.insert(policy);
        }
    }
}

#[tokio::test]
async fn a_file_of_one_intent_that_is_edited_where_it_stands_is_loaded() {
    let folder = Folder::new();
    copy(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/lexicon")), &folder.0);
    let mut config = config();
    config.watch = Some(Duration::from_millis(50));
    let source = Source::embedded().lexicon(&folder.0);
    let paths = source.paths();
    let running =
        Running::with(config, |start| start.again(move || source.load(ModelChoice::None), move || paths.clone()))
            .await
            .ready()
            .await;
    let before = described(&running).await.revision.unwrap().lexicon;
    let file = std::fs::read_dir(folder.0.join("intent")).unwrap().map(|entry| entry.unwrap().path()).min().unwrap();
    let mut contents = std::fs::read_to_string(&file).unwrap();
    contents.push_str("\n# edited\n");
    std::fs::write(&file, contents).unwrap();
    while described(&running).await.revision.unwrap().lexicon == before {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

#[tokio::test]
async fn what_changes_while_it_is_loaded_for_the_first_time_is_loaded_again() {
    let folder = Folder::new();
    let file = folder.write("policy.toml", POLICY);
    let mut config = config();
    config.watch = Some(Duration::from_millis(50));
    let source = Source::embedded().policy(&file);
    let (let_go, wait) = std::sync::mpsc::channel::<()>();
    let (tell, read) = tokio::sync::oneshot::channel();
    let first = {
        let source = source.clone();
        move || {
            let engine = source.load(ModelChoice::None).map_err(|error| error.to_string())?;
            tell.send(()).unwrap();
            let _ = wait.recv();
            Ok(std::sync::Arc::new(fenliu::Live::new(engine)))
        }
    };
    let start =
        fenliu_server::Start::load(first).again(move || source.load(ModelChoice::None), move || vec![file.clone()]);
    let server = fenliu_server::Server::bind(start, config).unwrap();
    let address = server.address().unwrap();
    tokio::spawn(server.serve(std::future::pending()));
    let mut router = RouterClient::connect(format!("http://{address}")).await.unwrap();
    read.await.unwrap();
    assert!(router.describe(DescribeRequest {}).await.is_err(), "it is still loading");
    folder.write("policy.toml", &format!("{POLICY}\n# another\n"));
    tokio::time::sleep(Duration::from_millis(400)).await;
    drop(let_go);
    let reloaded = async |router: &mut RouterClient<_>| match router.describe(DescribeRequest {}).await {
        Ok(described) => described.into_inner().last_reload,
        Err(loading) => {
            assert_eq!(loading.message(), "still loading");
            None
        }
    };
    let last = loop {
        if let Some(last) = reloaded(&mut router).await {
            break last;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!((last.trigger.as_str(), last.error.as_str()), ("file", ""));
}
