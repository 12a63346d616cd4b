//! A directory that is there as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// A place where a directory may be written.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    /// Whether models stand there that will be replaced.
    stands: bool,
}

/// What makes a directory one of models.
const MARK: &str = "model.toml";

impl Directory {
    /// Looks whether it may be written there, and writes nothing.
    ///
    /// `known` are the names of what will be written: a directory that holds anything else is not replaced.
    pub(super) fn at(path: &Path, replace: bool, known: &[&str]) -> Result<Self, Failure> {
        let name = path.display();
        let refused = |why: &str| Err(Failure::usage(format!("{name}: {why}")));
        let held = match fs::read_dir(path).and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<io::Result<Vec<_>>>()
        }) {
            Ok(held) => held,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return refused(&error.to_string()),
        };
        let stands = !held.is_empty();
        if stands && !replace {
            return refused("is there already and not empty; name another directory, or give --replace");
        }
        if stands && !path.join(MARK).is_file() {
            return refused("holds no `model.toml`, so it is no directory of models and is not replaced");
        }
        if stands && let Some(other) = held.iter().find(|name| !known.iter().any(|known| *name == *known)) {
            return refused(&format!("holds `{}`, which would be lost; move it away first", other.display()));
        }
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !parent.is_dir() {
            return refused(&format!("`{}` is no directory", parent.display()));
        }
        if path.file_name().is_none() {
            return refused("expected the name of a directory");
        }
        Ok(Self { path: path.to_owned(), stands })
    }

    /// Writes the files beside the place and then moves them there in one step. Where models stood, they are moved away
    /// first, and back should the step fail; an interruption between the two leaves them under their temporary name.
    pub(super) fn write<'a>(self, files: impl Iterator<Item = (&'static str, &'a [u8])>) -> Result<(), Failure> {
        let fresh = self.beside("new");
        self.filled(&fresh, files).and_then(|()| self.moved(&fresh)).map_err(|error| {
            // Should this fail too, there is nothing more to be done about it than to say why it all failed.
            let _ = fs::remove_dir_all(&fresh);
            Failure::usage(format!("{}: {error}", self.path.display()))
        })
    }

    fn filled<'a>(&self, fresh: &Path, files: impl Iterator<Item = (&'static str, &'a [u8])>) -> io::Result<()> {
        fs::create_dir(fresh)?;
        for (name, contents) in files {
            let mut file = File::create_new(fresh.join(name))?;
            file.write_all(contents)?;
            file.sync_all()?;
        }
        Ok(())
    }

    fn moved(&self, fresh: &Path) -> io::Result<()> {
        if !self.stands {
            // An empty directory may stand there.
            return match fs::remove_dir(&self.path) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                Ok(()) | Err(_) => fs::rename(fresh, &self.path),
            };
        }
        let old = self.beside("old");
        fs::rename(&self.path, &old)?;
        fs::rename(fresh, &self.path).inspect_err(|_| {
            let _ = fs::rename(&old, &self.path);
        })?;
        fs::remove_dir_all(old)
    }

    /// A name in the same directory, so that moving is one step.
    fn beside(&self, what: &str) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{what}-{}", std::process::id()));
        self.path.with_file_name(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 2] = ["model.toml", "x"];

    #[test]
    fn a_directory_is_written_whole_refused_or_replaced() {
        let root = std::env::temp_dir().join(format!("fenliu-directory-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        let at = root.join("taught");
        let files = |contents: &'static str| [("model.toml", contents.as_bytes()), ("x", b"".as_slice())].into_iter();
        let names = || {
            let mut names: Vec<_> = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            names
        };
        fs::create_dir(&at).unwrap();
        Directory::at(&at, false, &KNOWN).unwrap().write(files("1")).unwrap();
        let Err(Failure::Usage(refused)) = Directory::at(&at, false, &KNOWN) else { panic!("expected to be refused") };
        assert!(refused.contains("is there already and not empty"), "{refused}");
        Directory::at(&at, true, &KNOWN).unwrap().write(files("2")).unwrap();
        assert_eq!(fs::read(at.join("model.toml")).unwrap(), b"2");
        let twice = [("model.toml", b"3".as_slice()), ("model.toml", b"4")].into_iter();
        assert!(Directory::at(&at, true, &KNOWN).unwrap().write(twice).is_err());
        assert_eq!(fs::read(at.join("model.toml")).unwrap(), b"2", "what fails changes nothing");
        assert_eq!(names(), ["taught"], "and leaves nothing behind");
        fs::write(at.join("README.md"), "a card").unwrap();
        let Err(Failure::Usage(refused)) = Directory::at(&at, true, &KNOWN) else { panic!("expected to be refused") };
        assert!(refused.contains("holds `README.md`, which would be lost"), "{refused}");
        fs::remove_file(at.join("README.md")).unwrap();
        let Err(Failure::Usage(refused)) = Directory::at(&root.join("no/such"), true, &KNOWN) else {
            panic!("expected to be refused")
        };
        assert!(refused.contains("is no directory"), "{refused}");
        fs::remove_file(at.join("model.toml")).unwrap();
        let Err(Failure::Usage(refused)) = Directory::at(&at, true, &KNOWN) else { panic!("expected to be refused") };
        assert!(refused.contains("holds no `model.toml`"), "{refused}");
        fs::remove_dir_all(root).unwrap();
    }
}
