//! Time of each stage and of the whole, over the corpus: `cargo bench --bench stages`.
//!
//! Each iteration takes the next message of the corpus, so that a figure is the mean over real lengths.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints and may fail loudly")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use fenliu::{Engine, Inquiry, Lexicon, ModelChoice, Normaliser, Parts, Segmenter, Taxonomy, features};

fn stages(criterion: &mut Criterion) {
    let corpus = fenliu_benches::corpus();
    let mut next = corpus.iter().cycle();
    let mut text = move || next.next().unwrap().clone();

    let normaliser = Normaliser::new();
    let segmenter = Segmenter::new(Parts::embedded().words).unwrap();
    criterion.bench_function("normalise", |b| b.iter(|| normaliser.read(black_box(&text()))));

    let normalised: Vec<String> = corpus.iter().map(|raw| normaliser.read(raw).unwrap().as_str().to_owned()).collect();
    let mut at = 0;
    let mut next = || {
        at = (at + 1) % normalised.len();
        normalised.get(at).cloned().unwrap()
    };
    criterion.bench_function("segment", |b| b.iter(|| segmenter.cut(black_box(&next()))));
    criterion.bench_function("segment + features", |b| {
        b.iter(|| {
            let text = next();
            features(&text, &segmenter.cut(&text))
        });
    });

    let parts = Parts::embedded();
    let taxonomy = Taxonomy::parse(parts.taxonomy).unwrap();
    let lexicon = Lexicon::parse(&parts.lexicon, &taxonomy).unwrap();
    let cut: Vec<_> = normalised.iter().map(|text| (text.clone(), segmenter.cut(text))).collect();
    let mut next = cut.iter().cycle();
    criterion.bench_function("lexicon", |b| {
        b.iter(|| {
            let (text, tokens) = next.next().unwrap();
            lexicon.scan(black_box(text), tokens)
        });
    });
    // What the promise is about: the median over the corpus, not the mean over its lengths.
    let mut times: Vec<Duration> = (0..5)
        .flat_map(|_| &corpus)
        .map(|raw| {
            let started = Instant::now();
            let text = normaliser.read(black_box(raw)).unwrap();
            black_box(lexicon.scan(text.as_str(), &segmenter.cut(text.as_str())));
            started.elapsed()
        })
        .collect();
    times.sort();
    println!("normalise + segment + lexicon, median over the corpus: {:?}", times.get(times.len() / 2).unwrap());
    let mut next = corpus.iter().cycle();
    criterion.bench_function("normalise + segment + lexicon", |b| {
        b.iter(|| {
            let text = normaliser.read(black_box(next.next().unwrap())).unwrap();
            lexicon.scan(text.as_str(), &segmenter.cut(text.as_str()))
        });
    });

    let mut next = corpus.iter().cycle();
    let mut inquiry = move || Inquiry::new(next.next().unwrap().as_str());
    let words_alone = Engine::embedded(ModelChoice::None).unwrap();
    criterion.bench_function("read without a model", |b| b.iter(|| words_alone.read(black_box(&inquiry()))));
    let reading = words_alone.read(&Inquiry::new("少发了一件，我要投诉你们")).unwrap();
    criterion.bench_function("policy", |b| b.iter(|| words_alone.decide(black_box(&reading))));
    let (policy, taxonomy) = (words_alone.policy(), words_alone.taxonomy());
    criterion.bench_function("policy check", |b| b.iter(|| black_box(policy).check(taxonomy)));
    criterion.bench_function("route without a model", |b| b.iter(|| words_alone.route(black_box(&inquiry()))));

    for choice in [ModelChoice::Fast, ModelChoice::Deep, ModelChoice::Cascade] {
        let engine = Engine::embedded(choice).unwrap();
        criterion.bench_function(&format!("route with {choice}"), |b| b.iter(|| engine.route(black_box(&inquiry()))));
    }
}

criterion_group!(benches, stages);
criterion_main!(benches);
