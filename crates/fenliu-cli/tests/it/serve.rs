//! Serving from outside: what is told, what is checked, how it ends.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Command;

use crate::{fenliu, run};

/// A folder of its own, gone when dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("fenliu-serve-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn write(&self, name: &str, contents: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, contents).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const WORDS: [&str; 5] = ["serve", "--model", "none", "--listen", "127.0.0.1:0"];

#[test]
fn it_says_where_it_listens_and_stops_when_told() {
    let args = [&WORDS[..], &["--admin", "127.0.0.1:0", "--http", "127.0.0.1:0"]].concat();
    let mut child = fenliu(&args).spawn().unwrap();
    let said: Vec<String> = BufReader::new(child.stdout.take().unwrap()).lines().take(3).map(Result::unwrap).collect();
    for (line, expected) in said.iter().zip(["serving on", "operators on", "metrics on"]) {
        assert!(line.starts_with(&format!("fenliu: {expected} 127.0.0.1:")), "{line}");
    }
    let stopped = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(stopped.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn check_finds_nothing_wrong_with_what_is_good_and_serves_nothing() {
    let folder = Folder::new("good");
    folder.write("tokens", "app 0123456789abcdef\n");
    let config = folder.write(
        "fenliu.toml",
        r#"
        [listen]
        address = "127.0.0.1:0"
        keep_alive = "15s"
        [work]
        workers = 3
        waiting = 10
        [access]
        tokens = "tokens" # beside this file
        quota = 100
        [drain]
        grace = "5s"
        [engine]
        model = "none"
        profile = "night"
        [conversations]
        store = "none"
        [log]
        format = "json"
        "#,
    );
    let done = run(&["serve", "--config", &config, "--check"], b"");
    assert_eq!(String::from_utf8_lossy(&done.stderr), "");
    assert_eq!(done.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&done.stdout), "fenliu: nothing is wrong\n");
    // A flag wins over the environment, and that over the file.
    let mut command = fenliu(&["serve", "--config", &config, "--check", "--profile", "surge"]);
    let done = command.env("FENLIU_PROFILE", "nowhere").env("FENLIU_QUOTA", "7").output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    let done = fenliu(&["serve", "--config", &config, "--check"]).env("FENLIU_PROFILE", "nowhere").output().unwrap();
    assert_eq!(done.status.code(), Some(2));
}

#[test]
fn what_is_wrong_is_said_and_nothing_is_served() {
    let folder = Folder::new("bad");
    let broken = folder.write("policy.toml", "version = 1\n[believe]\nmodel = 7\n");
    for (contents, args, expected) in [
        ("[listen]\nadress = \"127.0.0.1:0\"\n", vec![], vec!["fenliu.toml: ", "line 2", "unknown field `adress`"]),
        ("[listen]\nkeep_alive = \"soon\"\n", vec![], vec!["`soon` is no span of time, expected such as `500ms`"]),
        ("[engine]\nmodel = \"best\"\n", vec![], vec!["unknown model `best`, expected one of"]),
        (
            "[work]\nworkers = 0\n[tls]\nkey = \"key\"\n[admin]\ntokens = \"t\"\n",
            vec![],
            vec!["work.workers: is 0", "tls.certificate: is missing", "admin.tokens: is given without admin.address"],
        ),
        ("", vec!["--listen", "0.0.0.0:0"], vec!["plain text on 0.0.0.0:0"]),
        ("", vec!["--http", "0.0.0.0:0"], vec!["plain text on 0.0.0.0:0"]),
        ("[listen]\ngrpc_web = [\"shop\"]\n", vec![], vec!["`shop` is no origin of a page"]),
        ("", vec!["--tokens", "/nowhere"], vec!["/nowhere: "]),
        ("", vec!["--profile", "surg"], vec!["--profile: unknown profile `surg`, did you mean `surge`?"]),
        ("", vec!["--conversations", "http://cache"], vec!["--conversations: "]),
        (
            "",
            vec!["--policy", &broken],
            vec!["policy.toml", "`repetition` is missing", "7 is not a number from 0 to 1"],
        ),
    ] {
        let config = folder.write("fenliu.toml", contents);
        let mut all = vec!["serve", "--config", &config, "--check"];
        if !contents.contains("[engine]") {
            all.extend(["--model", "none"]);
        }
        if !contents.contains("[listen]") && !args.contains(&"--listen") {
            all.extend(["--listen", "127.0.0.1:0"]);
        }
        let done = run(&[all, args].concat(), b"");
        let error = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(2), "{contents}: {error}");
        for part in expected {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}

#[test]
fn check_says_all_at_once_binds_nothing_and_writes_nothing() {
    let folder = Folder::new("check");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let log = folder.path("decisions.jsonl");
    let contents = format!(
        "[listen]\naddress = \"{}\"\n[engine]\nmodel = \"none\"\n[decisions]\nfile = \"decisions.jsonl\"\n",
        taken.local_addr().unwrap()
    );
    let config = folder.write("fenliu.toml", &contents);
    let done = run(&["serve", "--config", &config, "--check"], b"");
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(!log.exists());

    folder.write("fenliu.toml", &format!("{contents}key = \"no-key\"\n[access]\ntokens = \"no-tokens\"\n"));
    let done = run(&["serve", "--config", &config, "--check", "--profile", "surg"], b"");
    let error = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(2));
    for expected in ["no-key: ", "no-tokens: ", "unknown profile `surg`"] {
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn what_cannot_be_loaded_ends_it() {
    let done = run(&[&WORDS[..], &["--profile", "surg"]].concat(), b"");
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("unknown profile `surg`"));
}
