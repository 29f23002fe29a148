//! The corpus of the fuzz target `engine`, replayed: what fuzzing has found once
//! stays found, on every machine and without a fuzzer.

use std::fs;
use std::path::Path;

use crate::differential::differential;

#[test]
fn engine() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/engine");
    let mut inputs = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        differential(&fs::read(entry.unwrap().path()).unwrap());
        inputs += 1;
    }
    assert!(inputs >= 6, "{inputs} inputs");
}
