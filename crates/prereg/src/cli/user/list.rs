//! `prereg user list`

use std::io::{self, Write as _};

use prereg_types::UserId;
use prereg_types::api::User;
use serde_json::json;

use crate::cli::Outcome;
use crate::cli::local::{Directory, with_database};
use crate::cli::table::Table;
use crate::config;

/// Users read at a time.
const PAGE: usize = 500;

/// List users in the order of their ids.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg user add --data demo --login ada@acme.example --first-name Ada --last-name Lovelace
  $ prereg user list --data demo --search ada")]
pub(crate) struct Args {
    /// Only those whose login, address or name begins with this.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// Only those after this id.
    #[arg(long, value_name = "ID", value_parser = UserId::parse)]
    after: Option<UserId>,
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
        let users = with_database(&self.settings, Directory::Exists, async |db| {
            let mut users: Vec<User> = Vec::new();
            while users.len() < self.limit {
                let after = users.last().map(|user| &user.id).or(self.after.as_ref());
                let size = PAGE.min(self.limit - users.len());
                let page = db.users(after, size, self.search.as_deref()).await?;
                let last = page.len() < size;
                users.extend(page);
                if last {
                    break;
                }
            }
            Ok(users)
        })?;
        if self.json {
            return Ok(writeln!(io::stdout(), "{}", json!(users))?);
        }
        let mut table = Table::new(["ID", "STATUS", "LOGIN", "NAME", "ADDRESS"]);
        for user in users {
            let profile = user.profile;
            table.row([
                user.id.to_string(),
                user.status.as_str().to_owned(),
                profile.login,
                format!("{} {}", profile.first_name, profile.last_name),
                profile.email.to_string(),
            ]);
        }
        Ok(table.write()?)
    }
}
