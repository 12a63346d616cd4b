//! A directory that takes a report.

use std::fs;
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// A directory that takes files.
#[derive(Debug)]
pub(crate) struct Place {
    directory: PathBuf,
}

/// Written and removed to see whether the directory takes files.
const PROBE: &str = ".fenliu-report";

impl Place {
    /// Makes the directory where it is missing, and sees whether it can be written to, so that no long evaluation is
    /// done for nothing.
    pub(crate) fn open(directory: &Path) -> Result<Self, Failure> {
        let name = directory.display();
        if directory.exists() && !directory.is_dir() {
            return Err(Failure::usage(format!("{name}: is no directory, the report needs one")));
        }
        let probe = directory.join(PROBE);
        fs::create_dir_all(directory)
            .and_then(|()| fs::write(&probe, ""))
            .and_then(|()| fs::remove_file(&probe))
            .map_err(|error| Failure::usage(format!("{name}: cannot take the report: {error}")))?;
        Ok(Self { directory: directory.to_owned() })
    }

    /// Writes a file, over what was there, and says where it is.
    pub(crate) fn put(&self, name: &str, contents: impl AsRef<[u8]>) -> Result<PathBuf, Failure> {
        let path = self.directory.join(name);
        fs::write(&path, contents).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        Ok(path)
    }
}
