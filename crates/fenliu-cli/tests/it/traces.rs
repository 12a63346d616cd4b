//! Calls as a collector of traces gets them.

use std::io::{BufRead, BufReader};
use std::process::Command;
use std::time::Duration;

use fenliu_client::{Client, Options, wire};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::sync::mpsc;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};

use crate::fenliu;

/// Hands on what it is sent.
struct Collector(mpsc::UnboundedSender<Span>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let scopes = request.into_inner().resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
        for span in scopes.flat_map(|scope| scope.spans) {
            let _ = self.0.send(span);
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn names(span: &Span) -> Vec<&str> {
    span.attributes.iter().map(|attribute| attribute.key.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_a_span_of_its_callers_trace_and_holds_no_text() {
    let (send, mut spans) = mpsc::unbounded_channel();
    let incoming = TcpIncoming::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let collector = incoming.local_addr().unwrap();
    let serving = tonic::transport::Server::builder().add_service(TraceServiceServer::new(Collector(send)));
    tokio::spawn(serving.serve_with_incoming(incoming));

    let endpoint = format!("http://{collector}");
    let mut child =
        fenliu(&["serve", "--model", "none", "--listen", "127.0.0.1:0", "--traces", &endpoint]).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let address = first.trim().rsplit(' ').next().unwrap().to_owned();
    let mut options = Options::new([format!("http://{address}")]);
    (options.timeout, options.attempts) = (Duration::from_secs(60), 1000);
    let client = Client::new(&options).unwrap();
    client.describe().await.unwrap();

    let asked = wire::Inquiry { text: "给我转人工".to_owned(), ..wire::Inquiry::default() };
    let mut request = Request::new(wire::RouteRequest { inquiry: Some(asked) });
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    request.metadata_mut().insert("traceparent", parent.parse().unwrap());
    client.router().unwrap().route(request).await.unwrap();
    // What is left is sent when it goes.
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    let done = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    assert_eq!(done.status.code(), Some(0));

    let mut route = None;
    while let Ok(span) = spans.try_recv() {
        if span.name == "Route" {
            route = Some(span);
        }
    }
    let span = route.unwrap();
    assert_eq!(span.trace_id, 0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes());
    assert_eq!(span.parent_span_id, 0xb7ad_6b71_6920_3331_u64.to_be_bytes());
    for name in
        ["rpc.method", "rpc.grpc.status_code", "fenliu.tier", "fenliu.intent", "fenliu.route_us", "fenliu.wait_us"]
    {
        assert!(names(&span).contains(&name), "{name}: {:?}", names(&span));
    }
    assert!(!format!("{span:?}").contains("转人工"));
}
