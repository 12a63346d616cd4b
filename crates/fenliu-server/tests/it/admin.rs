use std::time::Duration;

use fenliu::{ModelChoice, Source};
use fenliu_server::Admin;
use fenliu_server::wire::admin_client::AdminClient;
use fenliu_server::wire::{
    GetPolicyRequest, ReloadRequest, RouteRequest, SetProfileRequest, ShadowReportRequest, ValidatePolicyRequest,
};
use tonic::transport::Channel;
use tonic::{Code, Request};

use crate::Running;
use crate::folder::Folder;
use crate::running::{config, here, inquiry};

const POLICY: &str = include_str!("../../../../models/policy/default.toml");

async fn admin(running: &Running) -> AdminClient<Channel> {
    let address = running.admin.unwrap();
    AdminClient::new(Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap())
}

async fn running(folder: &Folder) -> Running {
    let file = folder.write("policy.toml", POLICY);
    let mut config = config();
    config.watch = None;
    config.admin = Some(Admin::new(here()));
    let source = Source::embedded().policy(&file);
    Running::with(config, |start| start.again(move || source.load(ModelChoice::None), move || vec![file.clone()]))
        .await
        .ready()
        .await
}

#[tokio::test]
async fn a_profile_is_set_for_all_who_name_none() {
    let folder = Folder::new();
    let running = running(&folder).await;
    let mut admin = admin(&running).await;
    let before =
        admin.set_profile(SetProfileRequest { profile: "night".to_owned() }).await.unwrap().into_inner().before;
    assert_eq!(before, "normal");
    let request = RouteRequest { inquiry: Some(inquiry("给我转人工")) };
    let outcome = running.router().route(request).await.unwrap().into_inner().outcome.unwrap();
    assert_eq!(outcome.profile, "night");
    let unknown = admin.set_profile(SetProfileRequest { profile: "nigth".to_owned() }).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    assert!(unknown.message().contains("did you mean `night`"), "{}", unknown.message());
}

#[tokio::test]
async fn files_are_loaded_when_asked_for_and_bad_ones_refused() {
    let folder = Folder::new();
    let running = running(&folder).await;
    let mut admin = admin(&running).await;
    let before = admin.get_policy(GetPolicyRequest {}).await.unwrap().into_inner();
    folder.write("policy.toml", &format!("{POLICY}\n[[step]]\nnmae = \"x\"\n"));
    let refused = admin.reload(ReloadRequest {}).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("nmae"), "{}", refused.message());
    assert_eq!(admin.get_policy(GetPolicyRequest {}).await.unwrap().into_inner(), before);
    folder.write("policy.toml", &format!("{POLICY}\n# changed\n"));
    let now = admin.reload(ReloadRequest {}).await.unwrap().into_inner().revision.unwrap();
    let got = admin.get_policy(GetPolicyRequest {}).await.unwrap().into_inner();
    assert_eq!(got.revision.unwrap(), now);
    assert!(got.toml.ends_with("# changed\n"));
}

#[tokio::test]
async fn another_policy_is_judged_and_not_taken() {
    let folder = Folder::new();
    let running = running(&folder).await;
    let mut admin = admin(&running).await;
    let mut judge =
        async |toml: String| admin.validate_policy(ValidatePolicyRequest { toml }).await.unwrap().into_inner();
    let good = judge(POLICY.to_owned()).await;
    assert_eq!((good.valid, good.problems.len(), good.findings.len()), (Some(true), 0, 0));
    let bad = judge(POLICY.replace("model = 0.35", "model = 3.5")).await;
    assert_eq!(bad.valid, Some(false));
    assert_eq!(bad.problems[0].path, "believe.model");
    assert!(bad.problems[0].line.is_some() && bad.problems[0].column.is_some());
    let never = "[[floor]]\nname = \"never\"\ntier = \"advisor\"\ncode = \"NEVER\"\nbecause = \"无\"\n\
                 when = { kol = true, not = { kol = true } }\n";
    let vain = judge(format!("{POLICY}\n{never}")).await;
    assert_eq!(vain.valid, Some(true));
    assert!(vain.findings.iter().any(|finding| finding.kind == "never_holds" && finding.message.contains("never")));
    let report = admin.shadow_report(ShadowReportRequest {}).await.unwrap_err();
    assert_eq!(report.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn what_a_candidate_in_the_shadow_would_have_done_is_counted() {
    let folder = Folder::new();
    // Without the cases, which speak against it.
    let candidate = POLICY.split("[[case]]").next().unwrap().replace(
        "[[floor]]\nname = \"prefers-a-person\"\ntier = \"advisor\"",
        "[[floor]]\nname = \"prefers-a-person\"\ntier = \"assisted\"",
    );
    folder.write("candidate.toml", &candidate);
    let running = running(&folder).await;
    folder.write("policy.toml", &format!("{POLICY}\n[shadow]\ncandidate = \"candidate.toml\"\n"));
    let mut admin = admin(&running).await;
    admin.reload(ReloadRequest {}).await.unwrap();
    for kind in [true, false] {
        let customer = fenliu_server::wire::Customer { prefers_human: kind, ..Default::default() };
        let asked = fenliu_server::wire::Inquiry { customer: Some(customer), ..inquiry("什么时候发货") };
        running.router().route(RouteRequest { inquiry: Some(asked) }).await.unwrap();
    }
    let report = admin.shadow_report(ShadowReportRequest {}).await.unwrap().into_inner();
    assert_eq!((report.compared, report.differing), (Some(2), Some(1)));
    assert_eq!(report.latest.len(), 1);
    assert!(report.latest[0].changes.iter().any(|change| change.what == "tier" && change.from == "advisor"));
}

#[tokio::test]
async fn operators_have_tokens_of_their_own() {
    let folder = Folder::new();
    let mut config = config();
    config.tokens = Some(folder.write("tokens", "app 0123456789abcdef\n"));
    config.admin = Some(Admin::new(here()).tokens(folder.write("operators", "night fedcba9876543210\n")));
    let running = Running::with(config, |start| start).await.ready().await;
    let mut admin = admin(&running).await;
    for (token, expected) in [
        (None, Code::Unauthenticated),
        (Some("0123456789abcdef"), Code::Unauthenticated),
        (Some("fedcba9876543210"), Code::Ok),
    ] {
        let mut request = Request::new(GetPolicyRequest {});
        request.set_timeout(Duration::from_secs(10));
        if let Some(token) = token {
            request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        let code = admin.get_policy(request).await.map_or_else(|status| status.code(), |_| Code::Ok);
        assert_eq!(code, expected, "{token:?}");
    }
    assert_eq!(admin.reload(ReloadRequest {}).await.unwrap_err().code(), Code::Unauthenticated);
}
