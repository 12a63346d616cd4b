//! The policy file of the service, as it changes.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use super::server::Server;
use crate::serve::Folder;

const DEFAULT: &str = include_str!("../../../../../models/policy/default.toml");

/// Two policies that promise differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    First,
    Second,
}

pub(super) struct Files {
    folder: Folder,
    broken: AtomicU32,
}

impl Files {
    pub(super) fn new() -> Self {
        let files = Self { folder: Folder::new("soak"), broken: AtomicU32::new(0) };
        files.put(Which::First);
        files
    }

    pub(super) fn policy(&self) -> String {
        self.folder.path("policy.toml").to_str().unwrap().to_owned()
    }

    /// How many broken files stood there until they were refused.
    pub(super) fn broken(&self) -> u32 {
        self.broken.load(Ordering::Relaxed)
    }

    /// Puts a whole file in the place of the other at once.
    pub(super) fn put(&self, which: Which) {
        let contents = match which {
            Which::First => DEFAULT.to_owned(),
            Which::Second => DEFAULT.replace("resolve = \"3h\"", "resolve = \"5h\""),
        };
        self.replace(&contents);
    }

    /// One change of many: another file, told in one of three ways; each seventh broken.
    pub(super) async fn change(&self, server: &Server, number: u32) {
        let which = if number.is_multiple_of(2) { Which::Second } else { Which::First };
        match number % 7 {
            // Written in two halves: nothing is loaded in between, for it does not lie still.
            0 | 3 => {
                let before = server.attempts();
                self.put(which);
                let whole = std::fs::read_to_string(self.policy()).unwrap();
                let (half, _) = whole.split_at(DEFAULT.find("[thresholds]").unwrap());
                std::fs::write(self.policy(), half).unwrap();
                std::fs::write(self.policy(), &whole).unwrap();
                server.attempted(before).await;
            }
            1 | 4 => {
                let before = server.attempts();
                self.put(which);
                server.hang_up();
                server.attempted(before).await;
            }
            5 => {
                let before = server.refused();
                self.replace("version = 1\n[believe]\nmodel = 7\n");
                self.broken.fetch_add(1, Ordering::Relaxed);
                while server.refused() <= before {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                self.put(which);
            }
            _ => {
                self.put(which);
                server.reload().await.unwrap();
            }
        }
    }

    fn replace(&self, contents: &str) {
        let beside = self.folder.write("policy.toml.new", contents);
        std::fs::rename(beside, self.policy()).unwrap();
    }
}
