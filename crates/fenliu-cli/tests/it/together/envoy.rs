//! A real Envoy before two instances, by the file that we ship.
//!
//! `FENLIU_ENVOY` names the program. Where it is not set the tests say so and do nothing.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::serve::Folder;

const SHIPPED: &str = include_str!("../../../../../examples/deploy/envoy.yaml");

pub(super) struct Envoy {
    child: Child,
    folder: Folder,
}

impl Envoy {
    /// An Envoy that has found both instances well.
    pub(super) fn start(instances: [&str; 2]) -> Option<Self> {
        let Ok(program) = std::env::var("FENLIU_ENVOY") else {
            #[expect(clippy::print_stderr, reason = "what is left out is said")]
            {
                eprintln!("nothing is tested: `FENLIU_ENVOY` names no program");
            }
            return None;
        };
        let folder = Folder::new(&format!("envoy-{}", instances[0].replace(':', "-")));
        let config = folder.write("envoy.yaml", &on_loopback(instances));
        let mut command = Command::new(&program);
        command.args(["--disable-hot-restart", "--concurrency", "2", "-c", &config, "--admin-address-path"]);
        command.arg(folder.path("admin")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap_or_else(|error| panic!("cannot start `{program}`: {error}"));
        let mut envoy = Self { child, folder };
        until("both instances to be found well", || {
            assert!(envoy.child.try_wait().unwrap().is_none(), "Envoy has ended");
            let clusters = envoy.ask("/clusters");
            instances.iter().all(|at| clusters.contains(&format!("fenliu::{at}::health_flags::healthy")))
        });
        Some(envoy)
    }

    /// Where callers call.
    pub(super) fn endpoint(&self) -> String {
        let listeners = self.ask("/listeners");
        let found = listeners.lines().find_map(|line| line.strip_prefix("callers::"));
        format!("http://{}", found.unwrap_or_else(|| panic!("{listeners}")).trim())
    }

    /// Its page for operators; empty as long as there is none.
    fn ask(&self, path: &str) -> String {
        let mut answer = String::new();
        let asked =
            std::fs::read_to_string(self.folder.path("admin")).and_then(TcpStream::connect).and_then(|mut at| {
                write!(at, "GET {path} HTTP/1.1\r\nHost: envoy\r\nConnection: close\r\n\r\n")?;
                at.read_to_string(&mut answer)
            });
        asked.map_or_else(|_| String::new(), |_| answer)
    }
}

impl Drop for Envoy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The shipped file with the addresses of the test in the place of its own.
fn on_loopback(instances: [&str; 2]) -> String {
    let mut config = SHIPPED.to_owned();
    let address = |host: &str, port: &str| format!("{{ address: {host}, port_value: {port} }}");
    let instance = |at: &str| at.split_once(':').map(|(host, port)| address(host, port)).unwrap();
    for (shipped, here) in [
        (address("127.0.0.1", "9901"), address("127.0.0.1", "0")),
        (address("0.0.0.0", "50050"), address("127.0.0.1", "0")),
        (address("fenliu-0", "50051"), instance(instances[0])),
        (address("fenliu-1", "50051"), instance(instances[1])),
    ] {
        assert_eq!(config.matches(&shipped).count(), 1, "{shipped}");
        config = config.replace(&shipped, &here);
    }
    config
}

/// Tries until it is so; fails after half a minute.
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < Duration::from_secs(30), "waited for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
