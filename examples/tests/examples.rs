//! Every example of the library runs to its end.

#[path = "../examples/embed.rs"]
pub mod embed;
#[path = "../examples/explain.rs"]
pub mod explain;
#[path = "../examples/hot_reload.rs"]
pub mod hot_reload;
#[path = "../examples/own_classifier.rs"]
pub mod own_classifier;
#[path = "../examples/own_policy.rs"]
pub mod own_policy;

#[test]
fn each_example_runs() -> Result<(), Box<dyn std::error::Error>> {
    embed::main()?;
    explain::main()?;
    hot_reload::main()?;
    own_classifier::main()?;
    own_policy::main()
}

/// An example that no test runs is one that nobody knows to work. These two read rows from standard input and are run
/// where models are trained.
#[test]
fn no_example_is_forgotten() -> Result<(), Box<dyn std::error::Error>> {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let test = std::fs::read_to_string(here.join("tests/examples.rs"))?;
    for entry in std::fs::read_dir(here.join("examples"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !["hits.rs", "prepare.rs"].contains(&name.as_str()) {
            assert!(test.contains(&format!("examples/{name}\"")), "{name} is run by no test");
        }
    }
    Ok(())
}
