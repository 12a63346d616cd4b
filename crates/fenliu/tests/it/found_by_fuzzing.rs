//! Every input that once broke the engine, found by a fuzz target or by a reader, kept as a file under `fuzz/found/`.

use fenliu::Inquiry;

use crate::WORDS;

#[test]
fn what_was_found_stays_mended() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/found");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(outcome) = WORDS.route(&Inquiry::new(text.as_ref())) {
            let mut sure = outcome.intents.iter().map(|intent| intent.confidence);
            assert!(sure.all(|sure| (0.0..=1.0).contains(&sure)), "{}: {outcome:#?}", path.display());
        }
        if let Ok(inquiry) = serde_json::from_slice::<Inquiry>(&bytes) {
            let _ = WORDS.route(&inquiry);
        }
        read += 1;
    }
    assert!(read > 0, "the folder must not be empty");
}
