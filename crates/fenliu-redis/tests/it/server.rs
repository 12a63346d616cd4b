//! A server of the tests: started on a free port, asked in its own protocol, killed when it is dropped.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    folder: PathBuf,
    options: Vec<String>,
}

static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// Which program, and whether it must be there.
fn program() -> (String, bool) {
    std::env::var("FENLIU_REDIS_SERVER").map_or(("redis-server".to_owned(), false), |program| (program, true))
}

impl Server {
    /// A server with these options; nothing, and a word about it, where the program is not installed.
    pub(crate) fn start(options: &[&str]) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!(
            "fenliu-redis-{}-{}",
            std::process::id(),
            FOLDERS.fetch_add(1, Ordering::Relaxed)
        ));
        std::fs::create_dir_all(&folder).unwrap();
        let mut options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        // Another program may take the port between finding and using it.
        for _ in 0..20 {
            let port = free_port();
            let mut server = Self {
                child: spawn(port, &folder, &options)?,
                port,
                folder: folder.clone(),
                options: std::mem::take(&mut options),
            };
            if server.answers() {
                return Some(server);
            }
            options = std::mem::take(&mut server.options);
        }
        panic!("no server came up in {}", folder.display());
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it at once, as a crash does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it anew at its port; it remembers nothing.
    pub(crate) fn restart(&mut self) {
        self.child = spawn(self.port, &self.folder, &self.options).unwrap();
        assert!(self.answers(), "the server does not come up again");
    }

    /// Stops it from answering while its sockets stay open, or lets it go on.
    pub(crate) fn signal(&self, signal: &str) {
        assert!(Command::new("kill").arg(signal).arg(self.child.id().to_string()).status().unwrap().success());
    }

    /// What it answers: one line, or the lines of a bulk or flat array.
    pub(crate) fn ask(&self, question: &[&str]) -> Vec<String> {
        self.try_ask(question).unwrap()
    }

    fn try_ask(&self, question: &[&str]) -> std::io::Result<Vec<String>> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut bytes = format!("*{}\r\n", question.len());
        for part in question {
            bytes += &format!("${}\r\n{part}\r\n", part.len());
        }
        stream.write_all(bytes.as_bytes())?;
        answer(&mut BufReader::new(stream))
    }

    /// Waits until it answers, or has ended.
    fn answers(&mut self) -> bool {
        for _ in 0..500 {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            if self.try_ask(&["PING"]).is_ok() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn spawn(port: u16, folder: &std::path::Path, options: &[String]) -> Option<Child> {
    let (program, must) = program();
    let child = Command::new(&program)
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"])
        .arg(folder)
        .args(options)
        .stdout(Stdio::null())
        .spawn();
    match child {
        Ok(child) => Some(child),
        Err(error) if must => panic!("cannot start `{program}`: {error}"),
        Err(error) => {
            eprintln!("nothing is tested: cannot start `{program}`: {error}");
            None
        }
    }
}

/// A port that is free now; the bus of a cluster is 10,000 above it.
fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        if port < 55_000 {
            return port;
        }
    }
}

fn answer(reader: &mut impl BufRead) -> std::io::Result<Vec<String>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let (kind, rest) = line.trim_end().split_at(1);
    let count: i64 = rest.parse().unwrap_or(0);
    match kind {
        "$" if count >= 0 => {
            let mut bytes = vec![0; usize::try_from(count).unwrap() + 2];
            reader.read_exact(&mut bytes)?;
            bytes.truncate(bytes.len() - 2);
            Ok(vec![String::from_utf8_lossy(&bytes).into_owned()])
        }
        "*" => {
            let mut all = Vec::new();
            for _ in 0..count {
                all.extend(answer(reader)?);
            }
            Ok(all)
        }
        _ => Ok(vec![rest.to_owned()]),
    }
}
