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
    for (window, name) in [(Window::W6, "generator-w6"), (Window::W8, "generator-w8")] {
        let table = build_vartime(&field::GENERATOR, window);
        let path = PathBuf::from(&directory).join(name);
        fs::write(path, table.entries().as_flattened())?;
    }
    Ok(())
}
