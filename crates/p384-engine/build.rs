//! Calculates the generator's tables with the crate's own portable arithmetic.
//!
//! They go into the library as constants: nothing is initialised at run time,
//! and the repository holds no data that a reader could not check.

#![allow(
    dead_code,
    unexpected_cfgs,
    unreachable_pub,
    reason = "the library's modules do more than a table needs"
)]
#![expect(
    clippy::doc_markdown,
    clippy::inline_always,
    clippy::many_single_char_names,
    clippy::wrong_self_convention,
    reason = "as in the library"
)]

extern crate alloc;

/// The library's own files.
#[path = "src"]
mod library {
    pub(crate) mod batch;
    pub(crate) mod ct;
    pub(crate) mod error;
    pub(crate) mod field;
    pub(crate) mod limbs;
    pub(crate) mod recode;
    pub(crate) mod safegcd;
    pub(crate) mod scalar;

    pub(crate) mod backend {
        pub(crate) mod serial {
            pub(crate) mod field;
            pub(crate) mod point;
            pub(crate) mod tables;
        }
    }
}

use std::path::PathBuf;
use std::{env, fs, io};

// The files name each other by their paths in the library.
use library::{backend, batch, ct, error, field, limbs, recode, safegcd, scalar};

use backend::serial::tables::build_vartime;
use recode::Window;

/// What the tables depend on.
const SOURCES: [&str; 9] = [
    "backend/serial",
    "batch.rs",
    "ct.rs",
    "error.rs",
    "field.rs",
    "limbs.rs",
    "recode.rs",
    "safegcd.rs",
    "scalar.rs",
];

fn main() -> io::Result<()> {
    println!("cargo::rustc-check-cfg=cfg(p384_engine_marking)");
    println!("cargo::rerun-if-changed=build.rs");
    for source in SOURCES {
        println!("cargo::rerun-if-changed=src/{source}");
    }
    let directory = env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?;
    let write = |name, bytes: &[u8]| fs::write(PathBuf::from(&directory).join(name), bytes);
    let table = |window| build_vartime(&field::GENERATOR, window);
    write("generator-w6", table(Window::W6).entries().as_flattened())?;
    write("generator-w8", table(Window::W8).entries().as_flattened())?;
    write(
        "generator-w7-lanes",
        &in_slices(table(Window::W7).entries()),
    )
}

/// Every eight entries in slices: the first words of them all, the second words, ….
fn in_slices(entries: &[[u8; 96]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for eight in entries.chunks(8) {
        for word in 0..12 {
            for entry in eight {
                bytes.extend(entry.iter().skip(8 * word).take(8));
            }
        }
    }
    bytes
}
