//! The report in a directory: a page, its pictures as files of their own, and the figures for programs.

mod html;
mod page;

use std::path::PathBuf;

use crate::exit::Failure;
use crate::place::Place;

use super::figures::Figures;
use super::picture::{confusion, coverage_risk, reliability};

/// Writes all of it, over what was there, and says where the page is.
pub(super) fn write(place: &Place, figures: &Figures) -> Result<PathBuf, Failure> {
    let pictures = page::Pictures {
        reliability: reliability(&figures.calibration),
        coverage_risk: coverage_risk(&figures.coverage),
        confusion: confusion(&figures.confusion_matrix),
    };
    let json = serde_json::to_string_pretty(figures).map_err(Failure::usage)?;
    place.put("reliability.svg", pictures.reliability.file())?;
    place.put("coverage-risk.svg", pictures.coverage_risk.file())?;
    place.put("confusion.svg", pictures.confusion.file())?;
    place.put("figures.json", json + "\n")?;
    place.put("index.html", page::page(figures, &pictures))
}
