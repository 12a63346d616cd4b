//! One `fenliu serve` of the tests: started on a free port, stopped by a signal, killed when it is dropped.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use fenliu_client::{Client, Options};

use crate::fenliu;

pub(super) struct Instance {
    child: Child,
    address: String,
}

impl Instance {
    /// An instance that keeps conversations there and has loaded.
    pub(super) async fn start(conversations: &str, settings: &[&str]) -> Self {
        let args = [
            "serve",
            "--model",
            "none",
            "--listen",
            "127.0.0.1:0",
            "--conversations",
            conversations,
            "--conversations-limit",
            "20s",
        ];
        let mut child = fenliu(&[&args, settings].concat()).stderr(Stdio::null()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim().rsplit(' ').next().unwrap().to_owned();
        let instance = Self { child, address };
        let mut options = Options::new([instance.endpoint()]);
        (options.timeout, options.attempts) = (Duration::from_secs(60), 1000);
        Client::new(&options).unwrap().describe().await.unwrap();
        instance
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn signal(&self, signal: &str) {
        assert!(Command::new("kill").arg(signal).arg(self.child.id().to_string()).status().unwrap().success());
    }

    /// Waits until it has ended.
    pub(super) fn ended(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
