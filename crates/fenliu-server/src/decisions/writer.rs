//! The thread that writes the lines, and what is counted of them: each is written or lost, once, and nobody waits for it.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Line;
use super::file::LogFile;

/// How many lines may wait to be written.
const WAITING: usize = 4096;

/// How long the end waits for what is still to be written: enough for all of it on a disk that works.
const LEAVING: Duration = Duration::from_secs(2);

/// Writes what it is given. When it is dropped it writes what waits, for so long and no longer.
#[derive(Debug)]
pub(super) struct Writer {
    /// None: it has ended.
    send: Option<SyncSender<Line>>,
    /// Nothing is sent here; it is cut off when the thread ends, in whatever way.
    ended: Mutex<Receiver<()>>,
    counts: Arc<Counts>,
}

/// What came of the lines. All that were given are in one of these.
#[derive(Debug, Default)]
struct Counts {
    waiting: AtomicU64,
    written: AtomicU64,
    lost: AtomicU64,
}

/// Where it becomes otherwise than with the line before.
#[derive(Debug)]
enum Turn {
    Fails(io::Error),
    WorksAgain { lost: u64 },
}

impl Writer {
    pub(super) fn start(file: LogFile) -> io::Result<Self> {
        let (send, receive) = sync_channel(WAITING);
        let (ending, ended) = channel();
        let counts = Arc::new(Counts::default());
        let counted = Arc::clone(&counts);
        std::thread::Builder::new().name("fenliu-decisions".to_owned()).spawn(move || {
            let _ending: Sender<()> = ending;
            write(&receive, file, &counted);
        })?;
        Ok(Self { send: Some(send), ended: Mutex::new(ended), counts })
    }

    /// Takes a line; never waits.
    pub(super) fn put(&self, line: Line) {
        // First, because it may be written at once.
        self.counts.waiting.fetch_add(1, Ordering::Relaxed);
        if self.send.as_ref().is_none_or(|send| send.try_send(line).is_err()) {
            self.counts.settle(&self.counts.lost);
        }
    }

    /// Lines written, that is, taken by the system, and lines lost.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.counts.written.load(Ordering::Relaxed), self.counts.lost.load(Ordering::Relaxed))
    }

    fn end(&mut self, bound: Duration) {
        if self.send.take().is_none() {
            return;
        }
        // Cut off or too late, what still waits now is lost.
        let _ = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner).recv_timeout(bound);
        let lost = self.counts.waiting.swap(0, Ordering::Relaxed);
        if lost > 0 {
            self.counts.lost.fetch_add(lost, Ordering::Relaxed);
            tracing::error!(lost, "the decision log has not been written to its end in time; going");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.end(LEAVING);
    }
}

impl Counts {
    /// Counts one that waited as what it has become. False: nobody waits for it any more, and it is counted.
    fn settle(&self, count: &AtomicU64) -> bool {
        let one_less = |waiting: u64| waiting.checked_sub(1);
        let waited = self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok();
        if waited {
            count.fetch_add(1, Ordering::Relaxed);
        }
        waited
    }
}

fn write(lines: &Receiver<Line>, mut file: LogFile, counts: &Counts) {
    let mut lost_in_a_row = 0;
    while let Ok(line) = lines.recv() {
        let written = serde_json::to_vec(&line).map_err(io::Error::from).and_then(|mut json| {
            json.push(b'\n');
            file.append(&json)
        });
        if !counts.settle(if written.is_ok() { &counts.written } else { &counts.lost }) {
            return;
        }
        match turn(&mut lost_in_a_row, written) {
            Some(Turn::Fails(error)) => {
                tracing::error!(file = %file.path().display(), %error, "the decision log cannot be written");
            }
            Some(Turn::WorksAgain { lost }) => {
                tracing::info!(file = %file.path().display(), lost, "the decision log is written again");
            }
            None => {}
        }
    }
}

fn turn(lost_in_a_row: &mut u64, written: io::Result<()>) -> Option<Turn> {
    let lost = *lost_in_a_row;
    match written {
        Ok(()) => {
            *lost_in_a_row = 0;
            (lost > 0).then_some(Turn::WorksAgain { lost })
        }
        Err(error) => {
            *lost_in_a_row = lost.saturating_add(1);
            (lost == 0).then_some(Turn::Fails(error))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use fenliu::{Engine, Inquiry, ModelChoice, Outcome};

    use super::*;
    use crate::config::DecisionLog;
    use crate::decisions::Decisions;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("fenliu-writer-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        path
    }

    fn routed() -> (Inquiry, Outcome) {
        let inquiry = Inquiry::new("在吗");
        let outcome = Engine::embedded(ModelChoice::None).unwrap().route(&inquiry).unwrap();
        (inquiry, outcome)
    }

    fn lines(folder: &Path) -> u64 {
        let text = |entry: io::Result<fs::DirEntry>| fs::read_to_string(entry.unwrap().path()).unwrap();
        let texts: Vec<String> = fs::read_dir(folder).unwrap().map(text).collect();
        let lines = texts.iter().flat_map(|text| text.lines());
        lines.map(|line| u64::from(serde_json::from_str::<serde_json::Value>(line).unwrap().is_object())).sum()
    }

    #[test]
    fn only_what_turns_is_said() {
        let mut lost_in_a_row = 0;
        let mut say = |written| match turn(&mut lost_in_a_row, written) {
            Some(Turn::Fails(error)) => error.to_string(),
            Some(Turn::WorksAgain { lost }) => format!("{lost} lost"),
            None => String::new(),
        };
        for (failure, expected) in [
            (None, ""),
            (Some("full"), "full"),
            (Some("full"), ""),
            (Some("away"), ""),
            (None, "3 lost"),
            (None, ""),
            (Some("away"), "away"),
            (None, "1 lost"),
        ] {
            assert_eq!(say(failure.map_or(Ok(()), |failure| Err(io::Error::other(failure)))), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_counted_as_written_is_what_stands_there() {
        let root = folder("counts");
        let (folder, away) = (root.join("folder"), root.join("away"));
        fs::create_dir(&folder).unwrap();
        let mut config = DecisionLog::new(folder.join("log"));
        (config.bytes, config.files) = (20_000, usize::MAX);
        let mut decisions = Decisions::open(&config).unwrap();
        let (inquiry, outcome) = routed();
        let until = |expected: (u64, u64)| {
            while decisions.counts() != expected {
                std::thread::yield_now();
            }
        };
        let note = |times: usize| (0..times).for_each(|_| decisions.note(&inquiry, &outcome));
        note(300);
        until((300, 0));
        fs::rename(&folder, &away).unwrap();
        note(5);
        until((300, 5));
        fs::rename(&away, &folder).unwrap();
        note(2);
        until((302, 5));
        // Now it goes and comes while more is noted than can be kept up with.
        std::thread::scope(|scope| {
            let noting: Vec<_> = (0..3).map(|_| scope.spawn(|| note(5_000))).collect();
            while !noting.iter().all(|one| one.is_finished()) {
                fs::rename(&folder, &away).unwrap();
                std::thread::yield_now();
                fs::rename(&away, &folder).unwrap();
                std::thread::yield_now();
            }
        });
        decisions.writer.end(Duration::MAX);
        let (written, lost) = decisions.counts();
        assert_eq!(written + lost, 15_307);
        assert_eq!(written, lines(&folder));
        fs::remove_dir_all(&root).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_full_disk_refuses_is_lost() {
        let mut decisions = Decisions::open(&DecisionLog::new("/dev/full")).unwrap();
        let (inquiry, outcome) = routed();
        (0..3).for_each(|_| decisions.note(&inquiry, &outcome));
        decisions.writer.end(Duration::MAX);
        assert_eq!(decisions.counts(), (0, 3));
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_that_nobody_reads_holds_up_neither_the_beginning_nor_the_end() {
        let folder = folder("pipe");
        let pipe = folder.join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let config = DecisionLog::new(&pipe);
        Decisions::check(&config).unwrap();
        let mut decisions = Decisions::open(&config).unwrap();
        let (inquiry, outcome) = routed();
        (0..3).for_each(|_| decisions.note(&inquiry, &outcome));
        decisions.writer.end(Duration::ZERO);
        assert_eq!(decisions.counts(), (0, 3));
        // The line that was held up comes through late, and stays lost; those behind it do not come.
        assert_eq!(fs::read_to_string(&pipe).unwrap().lines().count(), 1);
        assert_eq!(decisions.counts(), (0, 3));
        fs::remove_dir_all(&folder).unwrap();
    }
}
