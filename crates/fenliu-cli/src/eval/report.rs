//! The report in a directory: a page, its pictures as files of their own, and the figures for programs.

mod html;
mod page;

use std::fs;
use std::path::{Path, PathBuf};

use crate::exit::Failure;

use super::figures::Figures;
use super::picture::{confusion, coverage_risk, reliability};

/// A directory that takes the report.
#[derive(Debug)]
pub(super) struct Report {
    directory: PathBuf,
}

/// Written and removed to see whether the directory takes files.
const PROBE: &str = ".fenliu-report";

impl Report {
    /// Makes the directory where it is missing, and sees whether it can be written to, so that no long evaluation is
    /// done for nothing.
    pub(super) fn open(directory: &Path) -> Result<Self, Failure> {
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

    /// Writes all of it, over what was there, and says where the page is.
    pub(super) fn write(&self, figures: &Figures) -> Result<PathBuf, Failure> {
        let pictures = page::Pictures {
            reliability: reliability(&figures.calibration),
            coverage_risk: coverage_risk(&figures.coverage),
            confusion: confusion(&figures.confusion_matrix),
        };
        let json = serde_json::to_string_pretty(figures).map_err(Failure::usage)?;
        self.put("reliability.svg", &pictures.reliability.file())?;
        self.put("coverage-risk.svg", &pictures.coverage_risk.file())?;
        self.put("confusion.svg", &pictures.confusion.file())?;
        self.put("figures.json", &(json + "\n"))?;
        self.put("index.html", &page::page(figures, &pictures))
    }

    fn put(&self, name: &str, contents: &str) -> Result<PathBuf, Failure> {
        let path = self.directory.join(name);
        fs::write(&path, contents).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        Ok(path)
    }
}
