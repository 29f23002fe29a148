//! `prereg user import`

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::ValueEnum;
use prereg_types::api::{User, UserStatus};
use relying_party::store::Store as _;
use serde_json::json;

use crate::auth::audit;
use crate::cli::local::{self, Directory, now, with_database};
use crate::cli::{Failure, Outcome, input};
use crate::config;
use crate::directory::import::{self, Import, Located, Problem, Problems};
use crate::store::{Database, UsersRefused};

/// Import users from CSV or JSON: all of them or none.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ echo 'login,firstName,lastName,email,secondEmail,status' > users.csv
  $ echo 'ada@acme.example,Ada,Lovelace,ada@acme.example,,STAGED' >> users.csv
  $ prereg user import --data demo users.csv

The columns are Okta's: login, firstName, lastName, email, and if wanted
secondEmail, status and id; others are ignored. JSON is an array of users as
GET /api/v1/users answers it, or of their profiles.")]
pub(crate) struct Args {
    /// The file; "-" is standard input.
    file: PathBuf,
    /// How it is written; guessed from its first character when missing.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Users without a status of their own are STAGED, not ACTIVE.
    #[arg(long)]
    staged: bool,
    /// Check everything, add nobody.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Csv,
    Json,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let import = self.read()?;
        if self.dry_run && !local::has_database(&self.settings)? {
            // Everybody would be new.
            return self.show(&import);
        }
        with_database(&self.settings, Directory::MayBeNew, async |db| {
            check_free(db, &import.users)
                .await
                .map_err(|problems| refuse(&problems))?;
            if self.dry_run {
                return Ok(());
            }
            let users: Vec<User> = import.users.iter().map(|at| at.user.clone()).collect();
            let count = counted(users.len());
            let entry = audit::at_command_line("user.import", &count, now());
            audit::recorded(db, entry, async {
                let added = db.insert_users(users).await;
                added.map_err(|error| refused(error, &import.users))
            })
            .await
        })?;
        self.show(&import)
    }

    fn read(&self) -> Result<Import, Failure> {
        let bytes = input::read_all(Some(&self.file))?;
        let text = std::str::from_utf8(&bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before
                .iter()
                .fold(1, |line, byte| line + u64::from(*byte == b'\n'));
            refuse(&Problem::new(line, "not UTF-8; save the file as UTF-8").into())
        })?;
        let format = match self.format {
            Some(Format::Csv) => import::Format::Csv,
            Some(Format::Json) => import::Format::Json,
            None => import::Format::guess(text),
        };
        let status = if self.staged {
            UserStatus::Staged
        } else {
            UserStatus::Active
        };
        import::read(text, format, status).map_err(|problems| refuse(&problems))
    }

    fn show(&self, import: &Import) -> Outcome {
        let (count, ignored) = (import.users.len(), &import.ignored);
        if self.json {
            let ids: Vec<_> = import.users.iter().map(|at| &at.user.id).collect();
            let ids = if self.dry_run { Vec::new() } else { ids };
            let answer = json!({
                "ok": true, "users": count, "dry_run": self.dry_run,
                "ids": ids, "ignored_columns": ignored,
            });
            return Ok(writeln!(io::stdout(), "{answer}")?);
        }
        if !ignored.is_empty() {
            writeln!(io::stderr(), "ignored: {}", ignored.join(", "))?;
        }
        let done = if self.dry_run {
            "could be imported"
        } else {
            "imported"
        };
        Ok(writeln!(io::stdout(), "{} {done}", counted(count))?)
    }
}

fn counted(users: usize) -> String {
    let plural = if users == 1 { "" } else { "s" };
    format!("{users} user{plural}")
}

/// Every login and id that somebody has already, so that all are told at once.
/// Whether it stays so is up to the transaction that adds the users.
async fn check_free(db: &Database, users: &[Located]) -> Result<(), Problems> {
    let mut problems = Vec::new();
    for Located { line, user } in users {
        let broken = |error| Problem::new(*line, error);
        let by_login = db
            .user_by_login(&user.profile.login)
            .await
            .map_err(broken)?;
        if by_login.is_some() {
            problems.push(Problem::new(*line, "login: somebody has it already"));
        }
        if db.user(&user.id).await.map_err(broken)?.is_some() {
            problems.push(Problem::new(*line, "id: somebody has it already"));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(problems.into())
}

fn refused(error: UsersRefused, users: &[Located]) -> Failure {
    match error {
        UsersRefused::Store(error) => error.into(),
        UsersRefused::Taken(at) => {
            let line = users.get(at).map_or(0, |user| user.line);
            refuse(&Problem::new(line, "login or id: somebody has it already").into())
        }
    }
}

fn refuse(problems: &Problems) -> Failure {
    Failure::Refused {
        code: "users",
        message: format!("nobody was imported\n{problems}"),
    }
}
