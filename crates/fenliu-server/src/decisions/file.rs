//! The file of the decision log and the older ones beside it. A line stands there whole, or it is an error; who counts
//! either, and who waits for what, is not known here.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::config::DecisionLog;

/// A file that lines are added to. With more than so many bytes in it, it becomes the first of the older ones, `.1`, and
/// another is begun.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    bytes: u64,
    files: usize,
    open: Option<File>,
}

impl LogFile {
    /// What would keep it from being opened, with its name; nothing is written.
    pub(super) fn check(path: &Path) -> Result<(), String> {
        let said = |error: io::Error| format!("{}: {error}", path.display());
        if opens_late(path) {
            return Ok(());
        }
        match OpenOptions::new().append(true).open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => fs::metadata(folder_of(path)).map(drop).map_err(said),
            other => other.map(drop).map_err(said),
        }
    }

    /// Opens it, or begins it. The error has its name.
    pub(super) fn open(config: &DecisionLog) -> Result<Self, String> {
        let path = config.file.clone();
        let bytes = u64::try_from(config.bytes).unwrap_or(u64::MAX);
        let mut file = Self { path, bytes, files: config.files, open: None };
        if !opens_late(&file.path) {
            file.open = Some(file.begin().map_err(|error| format!("{}: {error}", file.path.display()))?);
        }
        Ok(file)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a line, its end included.
    ///
    /// # Errors
    ///
    /// Whatever the system refused. The line is not there then; the next one opens the file anew.
    ///
    /// # Cost
    ///
    /// A look at the path and two at the open file beside the write: so what somebody else moved, removed or cut short
    /// is noticed before the next line, and no size need be kept.
    pub(super) fn append(&mut self, line: &[u8]) -> io::Result<()> {
        // It comes back at the end, if all went well.
        let open = self.open.take();
        let there = match fs::metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            other => Some(other?),
        };
        let full = there.as_ref().is_some_and(|there| there.is_file() && there.len() > self.bytes);
        let same = there.is_some_and(|there| open.as_ref().is_some_and(|file| is_same(file, &there)));
        let mut file = match open {
            Some(file) if same && !full => file,
            other => {
                drop(other);
                if full {
                    self.rotate()?;
                }
                self.begin()?
            }
        };
        let before = file.metadata()?;
        if let Err(error) = file.write_all(line) {
            take_back(&file, &before, line);
            return Err(error);
        }
        self.open = Some(file);
        Ok(())
    }

    fn begin(&self) -> io::Result<File> {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path)?;
        if file.metadata()?.is_file() && ends_within_a_line(&self.path) {
            file.write_all(b"\n")?;
        }
        Ok(file)
    }

    /// Moves every older file on by one, up to the first gap, and the file itself to `.1`. Where one of these fails, the
    /// gap it leaves is where the next attempt goes on, so that no attempt pushes out another file.
    fn rotate(&self) -> io::Result<()> {
        let there = self.numbers()?;
        let gap = (1..=self.files).find(|number| !there.contains(number)).unwrap_or(self.files);
        for number in (1..gap).rev() {
            rename(&self.older(number), &self.older(number + 1))?;
        }
        if self.files == 0 {
            fs::remove_file(&self.path)?;
        } else {
            rename(&self.path, &self.older(1))?;
        }
        // Those of a time when more were kept. One that stays is no reason to lose a line.
        for number in (self.files.saturating_add(1)..usize::MAX).take_while(|number| there.contains(number)) {
            let _ = fs::remove_file(self.older(number));
        }
        Ok(())
    }

    /// The numbers of the older files. The folder is read, because to ask for each by its name would find no such file
    /// while the folder is away, and one that is back a moment later would be written over.
    fn numbers(&self) -> io::Result<BTreeSet<usize>> {
        let own = self.path.file_name().unwrap_or_default().as_encoded_bytes();
        let mut numbers = BTreeSet::new();
        for entry in fs::read_dir(folder_of(&self.path))? {
            let name = entry?.file_name();
            let rest = name.as_encoded_bytes().strip_prefix(own).and_then(|rest| rest.strip_prefix(b"."));
            let number = rest.and_then(|rest| std::str::from_utf8(rest).ok()).and_then(|rest| rest.parse().ok());
            numbers.extend(number.filter(|&number| self.older(number).file_name() == Some(&name)));
        }
        Ok(numbers)
    }

    fn older(&self, number: usize) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether it is a pipe or a device. To open a pipe takes until somebody reads it, so this is left to the first line.
fn opens_late(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir())
}

#[cfg(unix)]
fn is_same(file: &File, there: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    file.metadata().is_ok_and(|file| (file.dev(), file.ino()) == (there.dev(), there.ino()))
}

/// Elsewhere a file that is open is not moved away.
#[cfg(not(unix))]
fn is_same(_: &File, _: &Metadata) -> bool {
    true
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to).map_err(|error| {
        io::Error::new(error.kind(), format!("{} cannot become {}: {error}", from.display(), to.display()))
    })
}

/// Takes the half of a line that was written out again. Where this fails too, the line is ended when the file is opened
/// anew. What a pipe or a device has taken it keeps.
fn take_back(file: &File, before: &Metadata, line: &[u8]) {
    let Ok(after) = file.metadata() else { return };
    let half = after.len().saturating_sub(before.len());
    // More than that is not ours.
    if before.is_file() && half > 0 && usize::try_from(half).is_ok_and(|half| half < line.len()) {
        let _ = file.set_len(before.len());
    }
}

/// Whether the last line has no end: it could not be taken back, or the machine went down. What cannot be read is taken
/// to be whole.
fn ends_within_a_line(path: &Path) -> bool {
    let last = || -> io::Result<u8> {
        let mut file = File::open(path)?;
        let mut last = [b'\n'];
        if file.metadata()?.len() > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        let [last] = last;
        Ok(last)
    };
    last().is_ok_and(|last| last != b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty folder of this name.
    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("fenliu-log-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        path
    }

    fn log(file: PathBuf, bytes: usize, files: usize) -> LogFile {
        let mut config = DecisionLog::new(file);
        (config.bytes, config.files) = (bytes, files);
        LogFile::open(&config).unwrap()
    }

    /// What stands in the folder: names without `log`, and contents without ends of lines.
    fn found(folder: &Path) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                (name.replacen("log", "", 1), fs::read_to_string(entry.path()).unwrap().replace('\n', ""))
            })
            .collect();
        found.sort();
        found
    }

    fn of(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn so_many_older_files_are_kept_and_no_line_of_them_is_lost() {
        let folder = folder("kept");
        // Lines of two bytes and a limit of three: a file is full with two of them.
        for (files, there, expected) in [
            (0, [].as_slice(), [("", "i")].as_slice()),
            (1, &[], &[("", "i"), (".1", "gh")]),
            (3, &[], &[("", "i"), (".1", "gh"), (".2", "ef"), (".3", "cd")]),
            (9, &[], &[("", "i"), (".1", "gh"), (".2", "ef"), (".3", "cd"), (".4", "ab")]),
            (usize::MAX, &[], &[("", "i"), (".1", "gh"), (".2", "ef"), (".3", "cd"), (".4", "ab")]),
            // Somebody else's are moved on like ours.
            (9, &[(".1", "X")], &[("", "i"), (".1", "gh"), (".2", "ef"), (".3", "cd"), (".4", "ab"), (".5", "X")]),
            (1, &[(".1", "X")], &[("", "i"), (".1", "gh")]),
            // A gap is filled; what does not count is left alone.
            (
                9,
                &[(".5", "X"), (".old", "Y")],
                &[("", "i"), (".1", "gh"), (".2", "ef"), (".3", "cd"), (".4", "ab"), (".5", "X"), (".old", "Y")],
            ),
            // More were kept before.
            (1, &[(".1", "X"), (".2", "Y"), (".3", "Z")], &[("", "i"), (".1", "gh")]),
            // The file itself was full before.
            (
                9,
                &[("", "XYZZY")],
                &[("", "i"), (".1", "gh"), (".2", "ef"), (".3", "cd"), (".4", "ab"), (".5", "XYZZY")],
            ),
        ] {
            for (name, text) in there {
                fs::write(folder.join(format!("log{name}")), format!("{text}\n")).unwrap();
            }
            let mut log = log(folder.join("log"), 3, files);
            for line in 'a'..='i' {
                log.append(format!("{line}\n").as_bytes()).unwrap();
            }
            assert_eq!(found(&folder), of(expected), "{files} {there:?}");
            for (name, _) in expected {
                fs::remove_file(folder.join(format!("log{name}"))).unwrap();
            }
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_rotation_that_fails_costs_lines_and_no_older_file() {
        let folder = folder("stuck");
        let mut log = log(folder.join("log"), 3, 3);
        for line in ["a\n", "b\n", "c\n", "d\n", "e\n", "f\n"] {
            log.append(line.as_bytes()).unwrap();
        }
        let inside = folder.join("log.3/inside");
        fs::create_dir_all(&inside).unwrap();
        for _ in 0..9 {
            let error = log.append(b"-\n").unwrap_err().to_string();
            assert!(error.contains("log.2 cannot become ") && error.contains("log.3: "), "{error}");
        }
        fs::remove_dir_all(folder.join("log.3")).unwrap();
        log.append(b"g\n").unwrap();
        assert_eq!(found(&folder), of(&[("", "g"), (".1", "ef"), (".2", "cd"), (".3", "ab")]));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn half_a_line_is_taken_back_or_ended() {
        let folder = folder("half");
        let path = folder.join("log");
        for (half, line, expected) in [
            ("a\nbc", "bcd\n", "a\n"),
            ("a\n", "bcd\n", "a\n"),
            // It is not ours alone.
            ("a\nbcd\nx", "bcd\n", "a\nbcd\nx"),
        ] {
            fs::write(&path, "a\n").unwrap();
            let file = OpenOptions::new().append(true).open(&path).unwrap();
            let before = file.metadata().unwrap();
            fs::write(&path, half).unwrap();
            take_back(&file, &before, line.as_bytes());
            assert_eq!(fs::read_to_string(&path).unwrap(), expected, "{half}");
        }
        for (before, expected) in [("", "x\n"), ("a\n", "a\nx\n"), ("a\nb", "a\nb\nx\n")] {
            fs::write(&path, before).unwrap();
            log(path.clone(), 99, 1).append(b"x\n").unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), expected);
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_somebody_else_moves_removes_or_empties_is_begun_anew() {
        let folder = folder("moved");
        let path = folder.join("log");
        let mut log = log(path.clone(), 99, 1);
        log.append(b"a\n").unwrap();
        fs::rename(&path, folder.join("log-moved")).unwrap();
        log.append(b"b\n").unwrap();
        fs::remove_file(&path).unwrap();
        log.append(b"c\n").unwrap();
        assert_eq!(found(&folder), of(&[("", "c"), ("-moved", "a")]));
        fs::write(folder.join("new"), "X\n").unwrap();
        fs::rename(folder.join("new"), &path).unwrap();
        log.append(b"d\n").unwrap();
        assert_eq!(found(&folder), of(&[("", "Xd"), ("-moved", "a")]));
        fs::write(&path, "").unwrap();
        log.append(b"e\n").unwrap();
        assert_eq!(found(&folder), of(&[("", "e"), ("-moved", "a")]));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_gone_is_an_error_until_it_is_back() {
        let root = folder("gone");
        let (folder, away) = (root.join("folder"), root.join("away"));
        fs::create_dir(&folder).unwrap();
        // With room, and with a rotation that is due.
        for bytes in [99, 1] {
            let mut log = log(folder.join("log"), bytes, 9);
            log.append(b"a\n").unwrap();
            fs::rename(&folder, &away).unwrap();
            log.append(b"-\n").unwrap_err();
            fs::write(&folder, "a file").unwrap();
            log.append(b"-\n").unwrap_err();
            fs::remove_file(&folder).unwrap();
            fs::rename(&away, &folder).unwrap();
            log.append(b"b\n").unwrap();
        }
        assert_eq!(found(&folder), of(&[("", "b"), (".1", "a"), (".2", "ab")]));
        fs::remove_dir_all(&root).unwrap();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_neither_moved_nor_taken_for_a_file() {
        let mut full = log(PathBuf::from("/dev/full"), 1, 1);
        let error = full.append(b"a\n").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        let mut null = log(PathBuf::from("/dev/null"), 1, 1);
        for _ in 0..3 {
            null.append(b"a\n").unwrap();
        }
        assert!(!fs::exists("/dev/null.1").unwrap());
    }
}
