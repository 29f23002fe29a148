//! The headline's command line.

use std::path::PathBuf;

use crate::interleave::Effort;

/// What `--help` prints.
pub const USAGE: &str = "\
Ours and the rivals in turns: a table, the goals, then one JSON line per row.

Usage: cargo bench --manifest-path benches/Cargo.toml --bench headline -- [OPTION...] [NAME...]

  NAME              only rows whose name contains one of the NAMEs
  --quick           takes some ten seconds, with rough figures
  --backend NAME    which of ours: serial (portable), ifma (AVX-512) or
                    rustcrypto (jose-core on p384: tokens only); default: the
                    fastest that this processor runs
  --plot DIR        also measure more sizes of batches, and write headline.svg and
                    batch.svg to DIR, which is relative to benches/
  --help            this text

Examples:
  … -- --quick
  … -- --backend serial verify sender
  … -- --plot ../docs
";

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long to measure.
    pub effort: Effort,
    /// Which of ours.
    pub ours: Ours,
    /// Where to write the charts, if at all.
    pub plot: Option<PathBuf>,
    /// Parts of the names of the rows to measure; all if there are none.
    pub names: Vec<String>,
}

/// Which of our implementations is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ours {
    /// The engine in this form.
    Engine(p384_engine::Backend),
    /// jose-core on the p384 crate.
    RustCrypto,
}

impl Options {
    /// Reads the arguments; none where help was asked for.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options = Self {
            effort: Effort::FULL,
            ours: Ours::Engine(p384_engine::Backend::detect()),
            plot: None,
            names: Vec::new(),
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || {
                let value = arguments.next();
                value.ok_or_else(|| format!("{argument} needs a value"))
            };
            match argument.as_str() {
                "--help" | "-h" => return Ok(None),
                // cargo bench says so itself.
                "--bench" => {}
                "--quick" => options.effort = Effort::QUICK,
                "--backend" => options.ours = Ours::named(&value()?)?,
                "--plot" => options.plot = Some(value()?.into()),
                flag if flag.starts_with('-') => return Err(format!("{flag} is not known")),
                name => options.names.push(name.to_owned()),
            }
        }
        Ok(Some(options))
    }

    /// Whether the row was asked for.
    pub fn wants(&self, row: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| row.contains(name.as_str()))
    }
}

impl Ours {
    fn named(name: &str) -> Result<Self, String> {
        match name {
            "serial" => Ok(Self::Engine(p384_engine::Backend::Serial)),
            "ifma" => match p384_engine::Backend::detect() {
                backend @ p384_engine::Backend::Ifma(_) => Ok(Self::Engine(backend)),
                _ => Err("this processor has no AVX-512 IFMA".to_owned()),
            },
            "rustcrypto" => Ok(Self::RustCrypto),
            _ => Err(format!("there is no backend {name}")),
        }
    }

    /// For the top of a table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Engine(p384_engine::Backend::Serial) => "serial",
            Self::Engine(p384_engine::Backend::Ifma(_)) => "ifma",
            Self::Engine(_) => "lanes in software",
            Self::RustCrypto => "rustcrypto",
        }
    }

    /// The same for jose-core.
    pub const fn jose(self) -> jose_core::Backend {
        match self {
            Self::Engine(p384_engine::Backend::Serial) => jose_core::Backend::Serial,
            Self::Engine(_) => jose_core::Backend::Engine,
            Self::RustCrypto => jose_core::Backend::RustCrypto,
        }
    }
}
