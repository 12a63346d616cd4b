use std::time::Duration;

use fenliu::{ModelChoice, Source};
use fenliu_server::wire::{DescribeRequest, DescribeResponse, RouteRequest};

use crate::Running;
use crate::running::{Folder, config, here, inquiry};

const POLICY: &str = include_str!("../../../../models/policy/default.toml");

/// A service that follows this policy file.
async fn following(folder: &Folder, policy: &str) -> Running {
    let file = folder.write("policy.toml", policy);
    let mut config = config();
    config.watch = Some(Duration::from_millis(50));
    config.http = Some(here());
    config.admin = Some(fenliu_server::Admin::new(here()));
    let source = Source::embedded().policy(&file);
    Running::with(config, |start| start.again(move || source.load(ModelChoice::None), [file])).await.ready().await
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
