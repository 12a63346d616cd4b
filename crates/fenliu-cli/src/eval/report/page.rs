//! The page of the report: all figures and pictures in one file that loads nothing. No text of a message enters here.

mod parts;
mod sent;

use crate::eval::figures::Figures;
use crate::picture::{Picture, STYLE, escape, percent};

/// What is drawn.
pub(super) struct Pictures {
    pub(super) reliability: Picture,
    pub(super) coverage_risk: Picture,
    pub(super) confusion: Picture,
}

/// A part of the page under a heading.
struct Section {
    /// The name that links use.
    id: &'static str,
    heading: &'static str,
    /// HTML.
    body: String,
}

/// Forbids the page to load anything, should ever something slip in.
const NOTHING_LOADED: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub(super) fn page(figures: &Figures, pictures: &Pictures) -> String {
    let sections = [
        Section { id: "measured", heading: "What was measured", body: parts::measured(figures) },
        Section { id: "tiers", heading: "Who answers", body: parts::tiers(figures) },
        Section { id: "routing", heading: "Sent where", body: sent::routing(&figures.routing) },
        Section { id: "times", heading: "Time of a message", body: parts::times(figures) },
        Section {
            id: "calibration",
            heading: "Calibration",
            body: parts::calibration(figures, &pictures.reliability.inline()),
        },
        Section {
            id: "coverage",
            heading: "Coverage against risk",
            body: parts::coverage(figures, &pictures.coverage_risk.inline()),
        },
        Section { id: "scope", heading: "Out of scope", body: parts::scope(figures) },
        Section { id: "sources", heading: "Sources", body: parts::sources(figures) },
        Section { id: "tags", heading: "Tags", body: parts::tags(figures) },
        Section { id: "comparison", heading: "Comparison", body: parts::comparison(figures) },
        Section { id: "emotions", heading: "Emotions", body: parts::emotions(figures) },
        Section { id: "intents", heading: "Intents", body: parts::intents(figures) },
        Section { id: "confusions", heading: "Most frequent confusions", body: parts::confusions(figures) },
        Section { id: "matrix", heading: "Confusion matrix", body: parts::matrix(&pictures.confusion.inline()) },
    ];
    let css = include_str!("page.css");
    let file = escape(&figures.measured.file);
    let links: String =
        sections.iter().map(|it| format!("<a href=\"#{}\">{}</a>\n", it.id, escape(it.heading))).collect();
    let bodies: String = sections.iter().map(Section::html).collect();
    let summary = summary(figures);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{NOTHING_LOADED}\">\n\
         <title>fenliu eval: {file}</title>\n<style>\n{css}{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>fenliu eval: {file}</h1>\n</header>\n<main>\n{summary}<nav>\n{links}</nav>\n{bodies}</main>\n\
         </body>\n</html>\n"
    )
}

impl Section {
    fn html(&self) -> String {
        format!("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", self.id, escape(self.heading), self.body)
    }
}

/// What a reader in a hurry wants.
fn summary(figures: &Figures) -> String {
    let cards = [
        ("messages", figures.messages.to_string()),
        ("intent accuracy", percent(figures.intent_accuracy)),
        ("intent macro-F1", format!("{:.3}", figures.intent_macro_f1)),
        ("emotion accuracy", percent(figures.emotion_accuracy)),
        ("emotion macro-F1", format!("{:.3}", figures.emotion_macro_f1)),
        ("calibration error", percent(figures.calibration.expected_error)),
        ("area under the risk", format!("{:.3}", figures.coverage.area_under_risk)),
        ("median time", format!("{:.0} µs", figures.microseconds.p50)),
    ];
    let cards: String = cards
        .iter()
        .map(|(name, figure)| format!("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(name), escape(figure)))
        .collect();
    format!("<dl>\n{cards}</dl>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use fenliu::ModelChoice;

    use crate::eval::paired::{Against, Comparison};
    use crate::eval::picture::{confusion, coverage_risk, reliability};
    use crate::labelled::Scored;

    const SECTIONS: &str = "measured tiers routing times calibration coverage scope sources tags comparison emotions intents confusions matrix";

    fn check(rows: &[Scored], against: Option<ModelChoice>) -> String {
        let mut figures = Figures::example(rows);
        if let Some(model) = against {
            let others: Vec<_> = rows.iter().map(|_| Scored::example("a", "a").answer).collect();
            let against = Against { model, revision: "<b>".to_owned() };
            figures = figures.compared(Some(Comparison::new(against, rows, &others)));
        }
        let pictures = Pictures {
            reliability: reliability(&figures.calibration),
            coverage_risk: coverage_risk(&figures.coverage),
            confusion: confusion(&figures.confusion_matrix),
        };
        page(&figures, &pictures)
    }

    #[test]
    fn every_section_stands_there_and_says_so_where_it_has_nothing() {
        let page = check(&[Scored::example("a", "a")], None);
        for id in SECTIONS.split(' ') {
            assert!(page.contains(&format!("<section id=\"{id}\">")), "{id}");
            assert!(page.contains(&format!("<a href=\"#{id}\">")), "{id}");
        }
        for expected in ["No message has a source", "No message has a tag", "Nothing was compared", "Not measured"] {
            assert!(page.contains(expected), "{expected}");
        }
        assert_eq!(page.matches("<svg").count(), 3);
    }

    #[test]
    fn names_from_the_file_cannot_become_markup() {
        let row = Scored::example("a", "b").sourced("<script>alert(1)</script>").tagged(&["\"><img src=x>"]).scope(0.5);
        let page = check(&[row], Some(ModelChoice::Fast));
        assert!(page.contains("&lt;script&gt;") && page.contains("&quot;&gt;&lt;img src=x&gt;"));
        assert!(page.contains("&lt;b&gt;"));
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("<b>"));
    }

    #[test]
    fn every_element_that_is_opened_is_closed() {
        let rows = [Scored::example("a", "b").sourced("ecd").tagged(&["kol"]), Scored::example("b", "b")];
        let page = check(&rows, Some(ModelChoice::Fast));
        for element in ["section", "table", "tr", "td", "div", "dl", "p", "svg", "g", "text", "title", "style", "h2"] {
            let opened = page.matches(&format!("<{element}>")).count() + page.matches(&format!("<{element} ")).count();
            assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
        }
    }
}
