//! `prereg audit list`

use std::io::{self, Write as _};

use serde_json::json;

use crate::cli::Outcome;
use crate::cli::local::{Directory, with_database};
use crate::cli::table::{Table, moment};
use crate::config;
use crate::store::AuditRecord;

/// Entries read at a time.
const PAGE: usize = 1000;

/// List who changed what, the oldest first.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg token create --data demo --name ci
  $ prereg audit list --data demo")]
pub(crate) struct Args {
    /// Only entries after this number.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    after: u64,
    /// At most so many.
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    limit: usize,
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let records = with_database(&self.settings, Directory::Exists, async |db| {
            let mut records: Vec<AuditRecord> = Vec::new();
            while records.len() < self.limit {
                let after = records.last().map_or(self.after, |record| record.seq);
                let size = PAGE.min(self.limit - records.len());
                let page = db.audit_entries(after, size).await?;
                let last = page.len() < size;
                records.extend(page);
                if last {
                    break;
                }
            }
            Ok(records)
        })?;
        if self.json {
            let list: Vec<_> = records.iter().map(entry).collect();
            return Ok(writeln!(io::stdout(), "{}", json!(list))?);
        }
        let headings = [
            "NUMBER", "WHEN", "ACTOR", "ACTION", "TARGET", "OUTCOME", "REQUEST",
        ];
        let mut table = Table::new(headings);
        for record in &records {
            let entry = &record.entry;
            table.row([
                record.seq.to_string(),
                moment(Some(entry.at)),
                entry.actor.clone(),
                entry.action.clone(),
                entry.target.clone(),
                entry.outcome.clone(),
                entry.request_id.clone(),
            ]);
        }
        Ok(table.write()?)
    }
}

fn entry(record: &AuditRecord) -> serde_json::Value {
    let entry = &record.entry;
    json!({
        "seq": record.seq, "at": entry.at, "actor": entry.actor, "action": entry.action,
        "target": entry.target, "outcome": entry.outcome, "request_id": entry.request_id,
    })
}
