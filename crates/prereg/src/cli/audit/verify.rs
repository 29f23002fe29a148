//! `prereg audit verify`

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::str::FromStr;

use serde_json::json;

use crate::cli::local::{Directory, with_database};
use crate::cli::{Failure, Outcome};
use crate::config;
use crate::store::{AuditHead, AuditVerdict};

/// Verify the whole chain: exit 1 where an entry was altered, removed, inserted or moved.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data demo --name ci
  $ prereg audit verify --data demo

It prints the head of the chain, NUMBER:CODE. Write it down elsewhere and give it
as --head later: then it also sees an older copy of the database put in place of
this one, or the whole log taken away together with its key. Nobody can see what
somebody who holds the key of the data directory has changed since the last head
that was written down.")]
pub(crate) struct Args {
    /// A head written down before: it must be part of the chain.
    #[arg(long, value_name = "NUMBER:CODE")]
    head: Option<Head>,
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// A head as text: `42:9f86d0…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Head(AuditHead);

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let known = self.head.map(|Head(head)| head);
        let verdict = with_database(&self.settings, Directory::Exists, async |db| {
            Ok(db.verify_audit(known).await?)
        })?;
        match verdict {
            AuditVerdict::Intact(head) => self.show(head),
            AuditVerdict::Broken { seq, why } => Err(Failure::Refused {
                code: "audit_broken",
                message: format!("the audit log is broken at entry {seq}: {why}"),
            }),
        }
    }

    fn show(&self, head: AuditHead) -> Outcome {
        let (entries, text) = (head.seq, text(head));
        if self.json {
            let answer = json!({"ok": true, "entries": entries, "head": text});
            return Ok(writeln!(io::stdout(), "{answer}")?);
        }
        writeln!(io::stdout(), "intact: {entries} entries")?;
        Ok(writeln!(io::stdout(), "head {text}")?)
    }
}

fn text(head: AuditHead) -> String {
    let mut text = format!("{}:", head.seq);
    for byte in head.code {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

impl FromStr for Head {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "write a head as `prereg audit verify` printed it, NUMBER:CODE";
        let (seq, code) = text.split_once(':').ok_or(wrong)?;
        if code.len() != 64 || !code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong);
        }
        let byte = |at: usize| {
            let digits = code.get(2 * at..2 * at + 2)?;
            u8::from_str_radix(digits, 16).ok()
        };
        let bytes: Option<Vec<u8>> = (0..32).map(byte).collect();
        let code = bytes.and_then(|bytes| bytes.try_into().ok()).ok_or(wrong)?;
        let seq = seq.parse().map_err(|_| wrong)?;
        Ok(Self(AuditHead { seq, code }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_survives_its_text() {
        let head = AuditHead {
            seq: 42,
            code: std::array::from_fn(|at| u8::try_from(7 * at % 256).unwrap()),
        };
        assert_eq!(text(head).parse(), Ok(Head(head)));
        for wrong in ["", "42", "42:", "x:00", &format!("42:{}", "g".repeat(64))] {
            assert!(wrong.parse::<Head>().is_err(), "{wrong}");
        }
    }
}
