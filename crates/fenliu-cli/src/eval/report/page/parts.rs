//! What stands under each heading of the page: a sentence on how to read it, and its figures.

use std::collections::BTreeMap;

use fenliu::{Emotion, Tier};

use crate::eval::calibration::{Bin, Means};
use crate::eval::coverage::Point;
use crate::eval::figures::{Confusion, Figures, TierShare};
use crate::eval::groups::Group;
use crate::eval::matrix::Named;
use crate::eval::paired::Paired;
use crate::eval::report::html::{Cell, says, table, wide};
use crate::eval::scope::{Recall, Scope};
use crate::eval::scores::Score;
use crate::labelled::Context;
use crate::picture::percent;

pub(super) fn measured(figures: &Figures) -> String {
    let measured = &figures.measured;
    let context = match measured.context {
        Context::Read => format!("read; {} messages have some", measured.with_context),
        Context::LeftOut => "left out".to_owned(),
    };
    let row = |name: &str, value: String| vec![Cell::text(name), Cell::Text(value)];
    table(
        &[],
        vec![
            row("file", measured.file.clone()),
            row("messages", figures.messages.to_string()),
            row("rows that were no labelled message", measured.bad_rows.to_string()),
            row("what was said before", context),
            row("model", format!("{}, revision {}", measured.model, measured.revision.model)),
            row("lexicon", format!("revision {}", measured.revision.lexicon)),
            row("policy", format!("revision {}", measured.revision.policy)),
        ],
    )
}

pub(super) fn tiers(figures: &Figures) -> String {
    let tier = |(tier, share): (&Tier, &TierShare)| {
        vec![
            Cell::text(tier),
            Cell::count(share.messages),
            Cell::percent(share.share),
            Cell::percent(share.intent_accuracy),
        ]
    };
    let model = |(model, messages): (&String, &usize)| vec![Cell::text(model), Cell::count(*messages)];
    let tiers = table(&["tier", "messages", "share", "intent accuracy"], figures.tiers.iter().map(tier).collect());
    let models = table(&["answered by", "messages"], figures.answered_by.iter().map(model).collect());
    let degraded = format!(
        "Degraded, since a model that should have been heard was switched off, failed or was too busy: {}.",
        figures.degraded
    );
    tiers + &models + &says(&degraded)
}

pub(super) fn times(figures: &Figures) -> String {
    let times = &figures.microseconds;
    let row = |name: &str, micros: f64| vec![Cell::text(name), Cell::Number(format!("{micros:.0}"))];
    let rows = vec![row("mean", times.mean), row("median", times.p50), row("99th percentile", times.p99)];
    says("From text to decision, one message at a time.") + &table(&["", "µs"], rows)
}

pub(super) fn calibration(figures: &Figures, picture: &str) -> String {
    let calibration = &figures.calibration;
    let filled = calibration.bins.iter().filter_map(|bin| bin.measured.as_ref().map(|means| (bin, means)));
    let row = |(bin, means): (&Bin, &Means)| {
        vec![
            Cell::Text(format!("{} to {}", percent(bin.from), percent(bin.to))),
            Cell::count(bin.messages),
            Cell::percent(means.confidence),
            Cell::percent(means.accuracy),
        ]
    };
    let sentence = format!(
        "Is the engine right as often as it is sure? The expected calibration error, over {} bins of the first \
         intent's confidence, is {}; the mean confidence is {}, the accuracy {}. Under the dashed line it is too sure.",
        calibration.bins.len(),
        percent(calibration.expected_error),
        percent(calibration.mean_confidence),
        percent(figures.intent_accuracy),
    );
    let bins = table(&["confidence", "messages", "mean confidence", "accuracy"], filled.map(row).collect());
    says(&sentence) + picture + &bins
}

pub(super) fn coverage(figures: &Figures, picture: &str) -> String {
    let coverage = &figures.coverage;
    let row = |point: &Point| {
        vec![
            Cell::Number(percent(point.coverage)),
            Cell::count(point.messages),
            Cell::figure(f64::from(point.confidence)),
            Cell::percent(point.risk),
        ]
    };
    let sentence = format!(
        "If only the surest messages are answered, how many of the answers are wrong? The area under the curve is \
         {:.4}; the best order of the same answers would have {:.4}.",
        coverage.area_under_risk, coverage.area_at_best,
    );
    let points =
        table(&["coverage", "messages", "confidence from", "wrong"], coverage.points.iter().map(row).collect());
    says(&sentence) + picture + &points
}

pub(super) fn scope(figures: &Figures) -> String {
    let measured = match &figures.out_of_scope {
        Scope::Absent { absent } => return says(&format!("Not measured: {absent}.")),
        Scope::Measured(measured) => measured,
    };
    let row = |at: &Recall| {
        vec![
            Cell::Number(percent(at.accepted_loss)),
            Cell::Number(at.threshold.map_or_else(|| "none".to_owned(), |threshold| format!("{threshold:.6}"))),
            Cell::percent(at.loss),
            Cell::percent(at.recall),
        ]
    };
    let sentence = format!(
        "How many messages that no shop answers does the model's score turn away, if so many in-scope messages may \
         be turned away with them? {} foreign messages, {} in scope; the area under the ROC curve is {:.4}.",
        measured.foreign, measured.in_scope, measured.auroc,
    );
    let heads = ["accepted loss", "threshold", "in-scope turned away", "foreign turned away"];
    says(&sentence) + &table(&heads, measured.at.iter().map(row).collect())
}

pub(super) fn sources(figures: &Figures) -> String {
    if figures.sources.is_empty() { says("No message has a source.") } else { groups("source", &figures.sources) }
}

pub(super) fn tags(figures: &Figures) -> String {
    if figures.tags.is_empty() { says("No message has a tag.") } else { groups("tag", &figures.tags) }
}

fn groups(name: &str, groups: &BTreeMap<String, Group>) -> String {
    let row = |(name, group): (&String, &Group)| {
        vec![
            Cell::text(name),
            Cell::count(group.messages),
            Cell::percent(group.intent_accuracy),
            Cell::percent(group.emotion_accuracy),
            Cell::figure(group.emotion_macro_f1),
        ]
    };
    let heads = [name, "messages", "intent accuracy", "emotion accuracy", "emotion macro-F1"];
    table(&heads, groups.iter().map(row).collect())
}

pub(super) fn comparison(figures: &Figures) -> String {
    let Some(comparison) = &figures.comparison else {
        return says("Nothing was compared: --against or --against-models names the models to compare with.");
    };
    let (this, revision) = (figures.measured.model, &figures.measured.revision.model);
    let against = &comparison.against;
    let sentence = format!(
        "This is {this}, revision {revision}; the other is {}, revision {}. Both answered the same messages.",
        against.model, against.revision
    );
    says(&sentence) + &paired("Intent", &comparison.intent) + &paired("Emotion", &comparison.emotion)
}

fn paired(name: &str, paired: &Paired) -> String {
    let rows = vec![
        vec![Cell::text("this right"), Cell::count(paired.both_right), Cell::count(paired.only_this_right)],
        vec![Cell::text("this wrong"), Cell::count(paired.only_against_right), Cell::count(paired.both_wrong)],
    ];
    let sentence = format!(
        "Accuracy {}, the other's {}: a difference of {:+.1} points, 95 % interval {:+.1} to {:+.1} (paired \
         bootstrap). How often chance alone would part two equally good models so far: p = {} (McNemar, exact).",
        percent(paired.accuracy),
        percent(paired.accuracy_against),
        paired.difference * 100.0,
        paired.interval.low * 100.0,
        paired.interval.high * 100.0,
        paired.chance(),
    );
    format!("<h3>{name}</h3>\n{}{}", says(&sentence), table(&["", "other right", "other wrong"], rows))
}

pub(super) fn emotions(figures: &Figures) -> String {
    let row = |emotion: &Emotion| {
        let score = figures.emotions.get(emotion.as_str())?;
        Some(scored(vec![Cell::text(emotion), Cell::Chinese(emotion.zh().to_owned())], score))
    };
    scores("emotion", Emotion::ALL.iter().filter_map(row).collect())
}

pub(super) fn intents(figures: &Figures) -> String {
    let row = |intent: &Named| {
        let score = figures.intents.get(&intent.id)?;
        Some(scored(vec![Cell::text(&intent.id), Cell::Chinese(intent.zh.clone())], score))
    };
    let sentence = "A message with two requests is right with either; it counts under the one that was found.";
    says(sentence) + &scores("intent", figures.confusion_matrix.intents.iter().filter_map(row).collect())
}

fn scores(name: &str, rows: Vec<Vec<Cell>>) -> String {
    table(&[name, "", "wanted", "found", "precision", "recall", "F1"], rows)
}

fn scored(mut names: Vec<Cell>, score: &Score) -> Vec<Cell> {
    names.extend([Cell::count(score.wanted), Cell::count(score.found)]);
    names.extend([score.precision, score.recall, score.f1].map(Cell::figure));
    names
}

pub(super) fn confusions(figures: &Figures) -> String {
    if figures.confusions.is_empty() {
        return says("Every intent was right.");
    }
    let row = |confusion: &Confusion| {
        vec![Cell::text(&confusion.wanted), Cell::text(&confusion.found), Cell::count(confusion.times)]
    };
    table(&["wanted", "found as", "times"], figures.confusions.iter().map(row).collect())
}

pub(super) fn matrix(picture: &str) -> String {
    let sentence = "A row for each wanted intent, a column for each found one; the colour is the share of the row.";
    says(sentence) + &wide(picture)
}
