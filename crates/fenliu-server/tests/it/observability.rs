//! What stands in `examples/observability` asks for what a running service exposes, and explains all of it.

mod exposed;
mod query;

use std::collections::{BTreeMap, BTreeSet};

use fenliu::{ModelChoice, Source};
use fenliu_server::wire::admin_client::AdminClient;
use fenliu_server::wire::router_client::RouterClient;
use fenliu_server::wire::{Customer, DescribeRequest, Inquiry, ReloadRequest, RouteBatchRequest, RouteRequest};
use fenliu_server::{Admin, DecisionLog, Quota};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::OnceCell;
use tonic::transport::Channel;
use tonic::{Code, Request};

use crate::Running;
use crate::folder::Folder;
use crate::running::{config, here, inquiry};
use exposed::Exposed;
use query::{Given, read};

const POLICY: &str = include_str!("../../../../models/policy/default.toml");
const DASHBOARD: &str = include_str!("../../../../examples/observability/dashboard.json");
const ALERTS: &str = include_str!("../../../../examples/observability/alerts.yaml");
const PROMETHEUS: &str = include_str!("../../../../examples/observability/prometheus.yaml");
const README: &str = include_str!("../../../../examples/observability/README.md");

/// A file of rules; Prometheus too takes no other keys.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    name: String,
    rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    alert: String,
    expr: String,
    #[serde(rename = "for", default)]
    _for: Option<String>,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

/// What is looked at of the configuration of Prometheus.
#[derive(Debug, Deserialize)]
struct Scraping {
    rule_files: Vec<String>,
    scrape_configs: Vec<Scraped>,
}

#[derive(Debug, Deserialize)]
struct Scraped {
    job_name: String,
}

fn scraping() -> Scraping {
    serde_saphyr::from_str(PROMETHEUS).unwrap()
}

fn token(mut request: Request<()>) -> Result<Request<()>, tonic::Status> {
    request.metadata_mut().insert("authorization", "Bearer 0123456789abcdef".parse().unwrap());
    Ok(request)
}

/// What a service shows that has done everything that it counts, and what Prometheus adds.
async fn exposed() -> Exposed {
    static SCRAPED: OnceCell<String> = OnceCell::const_new();
    let mut exposed = Exposed::read(SCRAPED.get_or_init(scrape).await);
    let jobs = scraping().scrape_configs.into_iter().map(|one| one.job_name).collect();
    exposed.series.insert("up".to_owned(), [("job".to_owned(), jobs)].into());
    exposed
}

async fn scrape() -> String {
    let folder = Folder::new();
    let file = folder.write("policy.toml", POLICY);
    let mut config = config();
    config.watch = None;
    config.http = Some(here());
    config.admin = Some(Admin::new(here()));
    config.decisions = Some(DecisionLog::new(folder.0.join("decisions.jsonl")));
    config.tokens = Some(folder.write("tokens", "app 0123456789abcdef\n"));
    config.quota = Some(Quota::new(1, 9));
    let source = Source::embedded().policy(&file);
    let running =
        Running::with(config, |start| start.again(move || source.load(ModelChoice::None), move || vec![file.clone()]))
            .await
            .ready()
            .await;

    // A reload that is refused, and one that brings a candidate, which decides otherwise.
    let admin = Channel::from_shared(format!("http://{}", running.admin.unwrap())).unwrap().connect().await.unwrap();
    let mut admin = AdminClient::new(admin);
    folder.write("policy.toml", POLICY.split_at(POLICY.len() / 2).0);
    admin.reload(ReloadRequest {}).await.unwrap_err();
    let (rule, changed) =
        ("name = \"prefers-a-person\"\ntier = ", "name = \"prefers-a-person\"\ntier = \"assisted\" # ");
    let candidate = POLICY.split("[[case]]").next().unwrap().replace(rule, changed);
    folder.write("candidate.toml", &candidate);
    folder.write("policy.toml", &format!("{POLICY}\n[shadow]\ncandidate = \"candidate.toml\"\n"));
    admin.reload(ReloadRequest {}).await.unwrap();

    let mut router = RouterClient::with_interceptor(running.channel.clone(), token);
    let customer = Customer { prefers_human: true, ..Customer::default() };
    for asked in [Inquiry { customer: Some(customer), ..inquiry("什么时候发货") }, inquiry("给我转人工")] {
        router.route(RouteRequest { inquiry: Some(asked) }).await.unwrap();
    }
    router.route(RouteRequest { inquiry: None }).await.unwrap_err();
    router.route_batch(RouteBatchRequest { inquiries: vec![inquiry("在吗")] }).await.unwrap();
    // The door: without a token, and until the quota is used up.
    assert_eq!(running.router().describe(DescribeRequest {}).await.unwrap_err().code(), Code::Unauthenticated);
    while router.describe(DescribeRequest {}).await.is_ok() {}
    let (status, text) = running.get("/metrics").await;
    assert!(status.contains("200"), "{status}");
    text
}

#[tokio::test]
async fn the_dashboard_asks_for_what_a_service_exposes() {
    let exposed = exposed().await;
    let dashboard: Value = serde_json::from_str(DASHBOARD).unwrap();
    let list = |at: &str| dashboard.pointer(at).and_then(Value::as_array).unwrap().clone();
    let text = |value: &Value, at: &str| value.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    assert!(dashboard["schemaVersion"].as_u64() >= Some(39), "Grafana 11 or later");

    let mut wrong = Vec::new();
    let variables = list("/templating/list");
    let names: BTreeSet<String> = variables.iter().map(|variable| text(variable, "/name")).collect();
    assert_eq!(names, BTreeSet::from(["datasource", "job", "instance"].map(str::to_owned)));
    for variable in variables.iter().filter(|variable| text(variable, "/type") == "query") {
        let asked = text(variable, "/query/query");
        let inside = asked.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')')).unwrap();
        let (selector, label) = inside.rsplit_once(", ").unwrap();
        match read(selector, &exposed) {
            Ok(given) if given.labels().contains(label) => {}
            other => wrong.push(format!("{asked}: {other:?}")),
        }
    }

    let panels = list("/panels");
    let (rows, panels): (Vec<Value>, Vec<Value>) = panels.into_iter().partition(|panel| panel["type"] == "row");
    assert!(rows.len() > 3 && panels.len() > 20, "{} rows, {} panels", rows.len(), panels.len());
    let ids: BTreeSet<u64> = rows.iter().chain(&panels).filter_map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), rows.len() + panels.len(), "each panel has a number of its own");
    let notes = list("/annotations/list").into_iter().map(|note| (text(&note, "/name"), note));
    let targets = panels.iter().flat_map(|panel| {
        let targets = panel["targets"].as_array().filter(|targets| !targets.is_empty()).unwrap();
        targets.iter().map(|target| (text(panel, "/title"), target.clone()))
    });
    for (title, target) in targets.chain(notes) {
        assert_eq!(text(&target, "/datasource/uid"), "${datasource}", "{title}");
        match read(&text(&target, "/expr"), &exposed) {
            Ok(Given::Vector(labels)) => {
                let legend = text(&target, "/legendFormat") + &text(&target, "/textFormat");
                let named = between(&legend, "{{", "}}");
                wrong.extend(
                    named.filter(|name| !labels.contains(*name)).map(|name| format!("{title}: {{{{{name}}}}}")),
                );
            }
            other => wrong.push(format!("{title}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_alert_asks_for_what_a_service_exposes_and_says_what_to_do() {
    let exposed = exposed().await;
    assert_eq!(scraping().rule_files, ["alerts.yaml"]);
    let rules: Rules = serde_saphyr::from_str(ALERTS).unwrap();
    assert!(rules.groups.iter().all(|group| group.name.starts_with("fenliu-") && !group.rules.is_empty()));
    let rules: Vec<Rule> = rules.groups.into_iter().flat_map(|group| group.rules).collect();
    assert!(rules.len() > 10, "{} rules", rules.len());
    let names: BTreeSet<&str> = rules.iter().map(|rule| rule.alert.as_str()).collect();
    assert_eq!(names.len(), rules.len(), "each rule has a name of its own");
    let mut wrong = Vec::new();
    for Rule { alert, expr, labels, annotations, .. } in &rules {
        let severity = labels.get("severity").map(String::as_str);
        assert!(matches!(severity, Some("critical" | "warning" | "info")), "{alert}: {severity:?}");
        let keys: Vec<&str> = annotations.keys().map(String::as_str).collect();
        assert_eq!(keys, ["action", "description", "summary"], "{alert}");
        match read(expr, &exposed) {
            Ok(Given::Vector(given)) => {
                let told = annotations.values().flat_map(|text| between(text, "$labels.", " "));
                wrong.extend(told.filter(|name| !given.contains(*name)).map(|name| format!("{alert}: $labels.{name}")));
            }
            other => wrong.push(format!("{alert}: {other:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn every_metric_is_explained_with_its_labels_and_no_other() {
    let rows = README.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `fenliu_")?.split('|').map(str::trim);
        let name = format!("fenliu_{}", cells.next()?.trim_end_matches('`'));
        let labels = between(cells.nth(2)?, "`", "`").map(str::to_owned).collect();
        Some((name, labels))
    });
    let explained: BTreeMap<String, BTreeSet<String>> = rows.collect();
    assert_eq!(explained, exposed().await.metrics());
}

#[test]
fn a_query_that_would_show_nothing_is_told() {
    let exposed = Exposed::read(
        "# TYPE calls counter\ncalls_total{code=\"OK\",method=\"a\\\"b\"} 1\n# TYPE room gauge\nroom 3\n\
         # TYPE routed counter\nrouted_total{group=\"safety\"} 1\n# TYPE time histogram\ntime_bucket{le=\"+Inf\",stage=\"call\"} 1\n",
    );
    for (asked, expected) in [
        (
            "sum by (code) (rate(calls_total{method=\"a\\\"b\"}[5m])) / on (code) group_left () sum by (code) (calls_total)",
            "",
        ),
        ("sum by (group) (routed_total{group=\"safety\"}) * ignoring (group) group_left () vector(1)", ""),
        ("routed_total{group=\"none\"}", "has no `group` of \"none\""),
        ("histogram_quantile(0.99, sum by (le) (rate(time_bucket{stage=\"call\"}[5m]))) > 0.2", ""),
        ("avg_over_time((sum without (code, method) (calls_total) / room)[5m:15s])", ""),
        ("call_total", "`call_total` is not exposed"),
        ("calls", "`calls` is not exposed"),
        ("calls_total{cod=\"OK\"}", "has no label `cod`"),
        ("calls_total{code=\"KO\"}", "has no `code` of \"KO\""),
        ("calls_total{code!=\"KO\"}", "has no `code` of \"KO\""),
        ("sum by (cod) (calls_total)", "has no label `cod`"),
        ("sum without (cod) (calls_total)", "has no label `cod`"),
        ("sum by (code) (sum by (method) (calls_total))", "has no label `code`"),
        ("histogram_quantile(0.99, sum by (stage) (rate(time_bucket[5m])))", "has no label `le`"),
        ("sum by (code) (calls_total) / sum by (method) (calls_total)", "never equal"),
        ("sum by (job, instance) (calls_total) / room", "never equal"),
        ("calls_total * on (job) group_left (version) room", "has no label `version`"),
        ("calls_total / ignoring (cod) room", "has no label `cod`"),
        ("rate(calls_total)", "instant vector, expected range vector"),
        ("sum(calls_total[5m])", "is not over an instant vector"),
        ("rat(calls_total[5m])", "there is no function `rat`"),
        ("vector(1, 2)", "does not take 2 arguments"),
        ("sum(calls_total", "is no PromQL"),
        ("sum(calls_total))", "is no PromQL from `)` on"),
    ] {
        let error = read(asked, &exposed).err().unwrap_or_default();
        assert!(error.contains(expected) && error.is_empty() == expected.is_empty(), "{asked}: {error}");
    }
}

/// What stands between the two, each time.
fn between<'a>(text: &'a str, before: &'a str, after: &'a str) -> impl Iterator<Item = &'a str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, inside) = rest.split_once(before)?;
        let (inside, left) = inside.split_once(after)?;
        rest = left;
        Some(inside.trim())
    })
}
