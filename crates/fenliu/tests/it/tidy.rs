//! The rules of the house that a machine can check.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every Rust file under `crates/`, as path from there and contents without tests in place.
fn sources() -> Vec<(String, String)> {
    let mut out = Vec::new();
    let crates = root().join("crates");
    let mut open = vec![crates.clone()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&crates).unwrap().to_string_lossy().replace('\\', "/");
                out.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    out.sort();
    assert!(out.len() > 20, "the walk must find the sources");
    out
}

fn is_code(line: &str) -> bool {
    !line.trim_start().starts_with("//")
}

/// Library files whose code, comments aside, holds the word.
fn files_with(word: &str, within: &str) -> Vec<String> {
    sources()
        .into_iter()
        .filter(|(name, _)| name.starts_with(within) && !name.contains("/tests"))
        .filter(|(_, contents)| contents.lines().filter(|line| is_code(line)).any(|line| line.contains(word)))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn a_dependency_is_named_in_one_file() {
    for (word, file) in [
        ("jieba_rs", "fenliu/src/segment.rs"),
        ("tract_linalg", "fenliu/src/model/onnx.rs"),
        ("prost::", "fenliu/src/model/onnx/weights.rs"), // ONNX is protobuf
        ("fearless_simd", "fenliu/src/model/halves.rs"),
        ("tokenizers::", "fenliu/src/model/deep.rs"),
        ("aho_corasick", "fenliu/src/lexicon/scan.rs"),
        ("ferrous_opencc", "fenliu/src/text/simplify.rs"),
        ("arc_swap", "fenliu/src/live.rs"),
        ("sha2::", "fenliu/src/digest.rs"),
        ("lru::", "fenliu/src/store/embedded.rs"),
    ] {
        assert_eq!(files_with(word, "fenliu/"), [file], "{word}");
    }
    let mut onnx = files_with("tract_onnx", "fenliu/");
    onnx.sort();
    assert_eq!(onnx, ["fenliu/src/model/onnx.rs", "fenliu/src/model/onnx/weights.rs"]);
    for (word, file) in [("redis::", "fenliu-redis/src/link.rs"), ("crc16::", "fenliu-redis/src/value.rs")] {
        assert_eq!(files_with(word, "fenliu-redis/"), [file], "{word}");
    }
    for (word, file) in [("argmin::", "fenliu-teach/src/fit.rs"), ("toml_edit::", "fenliu-teach/src/policy.rs")] {
        assert_eq!(files_with(word, "fenliu-teach/"), [file], "{word}");
    }
    assert_eq!(files_with("annotate_snippets::", "fenliu-cli/"), ["fenliu-cli/src/draw.rs"]);
    for word in ["anstream::", "anstyle::", "unicode_width::", "terminal_size::"] {
        assert_eq!(files_with(word, "fenliu-cli/"), ["fenliu-cli/src/colour.rs"], "{word}");
    }
    for (word, file) in [
        ("toml_edit::", "fenliu-cli/src/calibrate/policy.rs"),
        ("resvg::", "fenliu-cli/src/picture/png.rs"),
        ("ttf_parser::", "fenliu-cli/src/picture/png.rs"),
        ("dejavu::", "fenliu-cli/src/picture/png.rs"),
    ] {
        assert_eq!(files_with(word, "fenliu-cli/"), [file], "{word}");
    }
    assert_eq!(files_with("statrs::", "fenliu-calibrate/"), ["fenliu-calibrate/src/bound.rs"]);
}

#[test]
fn only_load_opens_files_and_only_the_server_opens_sockets() {
    assert_eq!(files_with("std::fs", "fenliu/"), ["fenliu/src/load.rs"]);
    for word in ["std::net", "TcpListener", "tokio"] {
        assert_eq!(files_with(word, "fenliu/"), Vec::<String>::new(), "{word}");
    }
    for word in ["std::fs", "std::net", "tokio"] {
        assert_eq!(files_with(word, "fenliu-teach/"), Vec::<String>::new(), "{word}");
        assert_eq!(files_with(word, "fenliu-calibrate/"), Vec::<String>::new(), "{word}");
    }
    for word in ["std::fs", "std::net", "TcpListener"] {
        assert_eq!(files_with(word, "fenliu-redis/"), Vec::<String>::new(), "{word}");
    }
    assert_eq!(files_with("TcpListener::bind", "fenliu-"), ["fenliu-server/src/serve.rs"]);
}

#[test]
fn the_policy_knows_no_clock_chance_or_unordered_map() {
    for word in
        ["Instant", "SystemTime", "Timestamp", "now()", "rand", "uuid", "HashMap", "HashSet", "std::fs", "thread"]
    {
        let found: Vec<String> = files_with(word, "fenliu/src/policy");
        assert_eq!(found, Vec::<String>::new(), "{word}");
    }
    assert_eq!(files_with("HashMap", "fenliu/src"), Vec::<String>::new());
}

#[test]
fn cargo_run_knows_which_program_is_meant() {
    let root = root();
    let manifest: toml::Table = std::fs::read_to_string(root.join("Cargo.toml")).unwrap().parse().unwrap();
    let members = manifest["workspace"]["default-members"].as_array().unwrap();
    let programs: usize = members
        .iter()
        .map(|member| {
            let member = root.join(member.as_str().unwrap());
            let manifest: toml::Table = std::fs::read_to_string(member.join("Cargo.toml")).unwrap().parse().unwrap();
            let named = manifest.get("bin").and_then(|bins| bins.as_array()).map_or(0, Vec::len);
            let found = std::fs::read_dir(member.join("src/bin")).map_or(0, Iterator::count);
            named.max(found + usize::from(named == 0 && member.join("src/main.rs").exists()))
        })
        .sum();
    assert_eq!(programs, 1);
}

#[test]
fn a_wire_type_does_not_leave_the_service() {
    for word in ["wire::", "prost_types", "tonic"] {
        assert_eq!(files_with(word, "fenliu/"), Vec::<String>::new(), "{word}");
    }
    for word in ["wire::", "prost", "tonic::"] {
        assert_eq!(files_with(word, "fenliu-cli/"), Vec::<String>::new(), "{word}");
        assert_eq!(files_with(word, "fenliu-teach/"), Vec::<String>::new(), "{word}");
    }
}

#[test]
fn a_file_starts_with_its_sentence_and_stays_small() {
    for (name, contents) in sources() {
        let in_tests = name.contains("/tests");
        assert!(in_tests || contents.starts_with("//!"), "{name}: expected a first line `//! what this room is`");
        assert!(contents.lines().count() <= 500, "{name}: over 500 lines, a room to divide");
        assert!(!name.ends_with("/mod.rs"), "{name}: the parent of `policy/` is `policy.rs`");
    }
}
