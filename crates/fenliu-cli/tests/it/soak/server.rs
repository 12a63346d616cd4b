//! The service under load, and what an operator does with it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fenliu_client::wire::admin_client::AdminClient;
use fenliu_client::wire::router_client::RouterClient;
use fenliu_client::wire::{DescribeRequest, ReloadRequest};
use tonic::Status;

use super::files::Files;

pub(super) struct Server {
    child: Child,
    grpc: String,
    admin: String,
    http: String,
}

/// Figures by name and labels.
pub(super) struct Metrics(BTreeMap<String, f64>);

impl Server {
    pub(super) fn start(files: &Files) -> Self {
        let program = std::env::var("FENLIU_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_fenliu").to_owned());
        let program = std::path::absolute(&program).unwrap();
        let here = "127.0.0.1:0";
        let args = ["serve", "--model", "fast", "--listen", here, "--admin", here, "--http", here];
        let mut command = Command::new(program);
        command.args(args).args(["--policy", &files.policy(), "--handshake", "2s"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines: Vec<String> =
            BufReader::new(child.stdout.take().unwrap()).lines().take(3).map(Result::unwrap).collect();
        let at = |line: usize| lines[line].rsplit(' ').next().unwrap().to_owned();
        Self { child, grpc: at(0), admin: at(1), http: at(2) }
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// Waits until it has loaded.
    pub(super) async fn ready(&self) {
        let mut router = RouterClient::connect(self.endpoint()).await.unwrap();
        while router.describe(DescribeRequest {}).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub(super) async fn reload(&self) -> Result<(), Status> {
        let mut admin = AdminClient::connect(format!("http://{}", self.admin)).await.unwrap();
        admin.reload(ReloadRequest {}).await.map(drop)
    }

    pub(super) fn hang_up(&self) {
        self.signal("-HUP");
    }

    /// How often it has refused files.
    pub(super) fn refused(&self) -> f64 {
        self.metrics().number("fenliu_reloads_total{what=\"engine\",result=\"refused\"}")
    }

    /// How often it has loaded files, or tried to.
    pub(super) fn attempts(&self) -> f64 {
        let metrics = self.metrics();
        metrics.0.iter().filter(|(name, _)| name.starts_with("fenliu_reloads_total")).map(|(_, number)| number).sum()
    }

    /// Waits until it has done so once more.
    pub(super) async fn attempted(&self, before: f64) {
        while self.attempts() <= before {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What it holds of the memory, in KiB.
    pub(super) fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or_default()
    }

    pub(super) fn metrics(&self) -> Metrics {
        let mut at = TcpStream::connect(&self.http).unwrap();
        write!(at, "GET /metrics HTTP/1.1\r\nHost: fenliu\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        at.read_to_string(&mut text).unwrap();
        let rows = text.lines().filter(|line| line.starts_with("fenliu_"));
        let rows = rows.filter_map(|line| line.rsplit_once(' '));
        Metrics(rows.filter_map(|(name, number)| Some((name.to_owned(), number.parse().ok()?))).collect())
    }

    /// Tells it to stop, and waits; its exit code.
    pub(super) fn stop(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.child.wait().unwrap().code()
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").arg(signal).arg(self.child.id().to_string()).status().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Metrics {
    /// A figure; 0 where it is not there, as before the first event.
    pub(super) fn number(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or_default()
    }
}
