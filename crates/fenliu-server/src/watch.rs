//! Watches files: says when they have changed and lie still again, so that nothing half-written is read.
//!
//! What the system tells is taken as a hint to look soon. Now and then we look without one: folders that are links to
//! others, as mounts of secrets are, and file systems over the network tell nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;

use crate::start::Paths;

/// How often files are looked at where nothing is told.
const LOOK: Duration = Duration::from_secs(5);

/// How deep folders in a folder are looked at.
const DEPTH: usize = 4;

/// Files, and the folders in which all files count, those of folders in them too.
pub(crate) struct Watch {
    paths: Paths,
    still: Duration,
    seen: Look,
    changes: mpsc::Receiver<()>,
    watcher: RecommendedWatcher,
}

/// How files look: length, and when they were written.
type Look = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

impl Watch {
    /// Begins to watch; what changes from now on is told.
    ///
    /// # Errors
    ///
    /// What the system says, with the path.
    pub(crate) fn new(paths: Paths, still: Duration) -> Result<Self, String> {
        let (send, changes) = mpsc::channel(1);
        let mut watcher = notify::recommended_watcher(move |told: notify::Result<notify::Event>| {
            // That somebody reads, as we do ourselves when we look, changes nothing.
            if !told.is_ok_and(|event| event.kind.is_access()) {
                // One that waits already stands for all.
                let _ = send.try_send(());
            }
        })
        .map_err(|error| error.to_string())?;
        let named = paths();
        for (place, mode) in places(&named) {
            watcher.watch(place, mode).map_err(|error| format!("cannot watch {}: {error}", place.display()))?;
        }
        let seen = look(&named);
        Ok(Self { paths, still, seen, changes, watcher })
    }

    /// Ready when something looks otherwise than before and has not changed for as long as it must lie still.
    pub(crate) async fn changed(&mut self) {
        loop {
            // The watcher keeps the sender.
            let _ = tokio::time::timeout(LOOK, self.changes.recv()).await;
            let mut now = look(&(self.paths)());
            if now == self.seen {
                tokio::time::sleep(self.still).await;
                continue;
            }
            loop {
                tokio::time::sleep(self.still).await;
                // What is told of until here we see now.
                while self.changes.try_recv().is_ok() {}
                let again = look(&(self.paths)());
                if again == now {
                    break;
                }
                now = again;
            }
            if now != self.seen {
                self.seen = now;
                self.watch_anew();
                return;
            }
        }
    }

    /// What stood in a place may be another file or folder by now; that of which nothing is told is looked at anyway.
    fn watch_anew(&mut self) {
        for (place, mode) in places(&(self.paths)()) {
            let _ = self.watcher.unwatch(place);
            let _ = self.watcher.watch(place, mode);
        }
    }
}

/// Where changes are told of. A file that is replaced is another file: its folder is what stays. A folder may be
/// replaced likewise.
fn places(paths: &[PathBuf]) -> impl Iterator<Item = (&Path, RecursiveMode)> {
    paths.iter().flat_map(|path| {
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        [(folder, RecursiveMode::NonRecursive), (path, RecursiveMode::Recursive)]
    })
}

fn look(paths: &[PathBuf]) -> Look {
    let mut look = Look::new();
    for path in paths {
        look_at(path.clone(), DEPTH, &mut look);
    }
    look
}

fn look_at(path: PathBuf, depth: usize, look: &mut Look) {
    let inside = if depth > 0 { std::fs::read_dir(&path).ok() } else { None };
    for entry in inside.into_iter().flatten().flatten() {
        look_at(entry.path(), depth - 1, look);
    }
    let known = std::fs::metadata(&path).map_or((0, None), |known| (known.len(), known.modified().ok()));
    look.insert(path, known);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch<const N: usize>(paths: [PathBuf; N], still: u64) -> Watch {
        Watch::new(std::sync::Arc::new(move || paths.to_vec()), Duration::from_millis(still)).unwrap()
    }

    #[tokio::test]
    async fn a_file_is_told_of_once_it_lies_still_and_only_when_it_differs() {
        let folder = std::env::temp_dir().join(format!("fenliu-watch-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("policy.toml");
        std::fs::write(&file, "a").unwrap();
        let mut watch = watch([file.clone()], 1000);
        let (ended, mut writing) = tokio::sync::oneshot::channel();
        let written = file.clone();
        tokio::spawn(async move {
            for length in 2..12 {
                std::fs::write(&written, "a".repeat(length)).unwrap();
                tokio::time::sleep(Duration::from_millis(60)).await;
            }
            ended.send(()).unwrap();
        });
        watch.changed().await;
        writing.try_recv().expect("nothing is told while it is still written");
        // Replaced by another file, as editors and mounts do.
        let beside = folder.join("new");
        std::fs::write(&beside, "abc").unwrap();
        std::fs::rename(&beside, &file).unwrap();
        watch.changed().await;
        std::fs::write(folder.join("another"), "x").unwrap();
        let none = tokio::time::timeout(Duration::from_millis(200), watch.changed()).await;
        assert!(none.is_err(), "another file in the same folder is not meant");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[tokio::test]
    async fn to_look_is_no_change() {
        // The folder above it is watched too, and must be our own.
        let own = std::env::temp_dir().join(format!("fenliu-watch-idle-{}", std::process::id()));
        let folder = own.join("lexicon");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("file"), "a").unwrap();
        let mut watch = watch([folder.clone()], 20);
        look(&(watch.paths)());
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(watch.changes.try_recv().is_err());
        std::fs::write(folder.join("file"), "ab").unwrap();
        watch.changed().await;
        let deeper = folder.join("intent");
        std::fs::create_dir(&deeper).unwrap();
        std::fs::write(deeper.join("order.toml"), "a").unwrap();
        watch.changed().await;
        std::fs::write(deeper.join("order.toml"), "ab").unwrap();
        watch.changed().await;
        std::fs::remove_dir_all(&own).unwrap();
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_folder_that_is_a_link_to_the_newest_of_several_is_followed_each_time() {
        let mount = std::env::temp_dir().join(format!("fenliu-watch-link-{}", std::process::id()));
        let turn = |number: u32| {
            let folder = mount.join(format!("..{number}"));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("tokens"), "x".repeat(number as usize)).unwrap();
            let beside = mount.join("..next");
            std::os::unix::fs::symlink(&folder, &beside).unwrap();
            std::fs::rename(beside, mount.join("secrets")).unwrap();
            if let Some(before) = number.checked_sub(1) {
                let _ = std::fs::remove_dir_all(mount.join(format!("..{before}")));
            }
        };
        turn(1);
        let mut watch = watch([mount.join("secrets/tokens")], 20);
        for number in 2..6 {
            turn(number);
            watch.changed().await;
        }
        std::fs::remove_dir_all(&mount).unwrap();
    }
}
