//! `prereg user add`

use std::io::{self, Write as _};

use getrandom::SysRng;
use prereg_types::UserId;
use prereg_types::api::{EmailAddress, User, UserProfile, UserStatus};
use serde_json::json;

use crate::auth::audit;
use crate::cli::local::{Directory, now, with_database};
use crate::cli::{Failure, Outcome};
use crate::store::Inserted;
use crate::{config, directory};

/// Add one user and print the id.
#[derive(clap::Args)]
#[command(after_help = "Example:
  $ prereg user add --data demo --login ada@acme.example --first-name Ada --last-name Lovelace")]
pub(crate) struct Args {
    /// The name at login, mostly the address.
    #[arg(long, value_parser = directory::login)]
    login: String,
    /// Given name.
    #[arg(long, value_parser = directory::name)]
    first_name: String,
    /// Family name.
    #[arg(long, value_parser = directory::name)]
    last_name: String,
    /// The primary address; the login when missing.
    #[arg(long, value_parser = directory::address)]
    email: Option<EmailAddress>,
    /// The secondary address, which gets the PIN as well while the user is STAGED.
    #[arg(long, value_parser = directory::address)]
    second_email: Option<EmailAddress>,
    /// STAGED: not yet at work. ACTIVE when missing.
    #[arg(long)]
    staged: bool,
    #[command(flatten)]
    settings: config::Args,
    /// Write JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    pub(crate) fn run(&self) -> Outcome {
        let user = self.user()?;
        with_database(&self.settings, Directory::MayBeNew, async |db| {
            let entry = audit::at_command_line("user.add", user.id.as_str(), now());
            audit::recorded(db, entry, async {
                match db.insert_user(&user).await? {
                    Inserted::Yes => Ok(()),
                    Inserted::LoginTaken => Err(login_taken()),
                    Inserted::IdTaken => Err(Failure::Usage("try again".to_owned())),
                }
            })
            .await
        })?;
        if self.json {
            let answer = json!({"ok": true, "id": user.id, "status": user.status.as_str()});
            return Ok(writeln!(io::stdout(), "{answer}")?);
        }
        Ok(writeln!(io::stdout(), "{}", user.id)?)
    }

    fn user(&self) -> Result<User, Failure> {
        let email = match &self.email {
            Some(email) => email.clone(),
            None => directory::address(&self.login).map_err(|_| {
                let message = "the login is no mail address; give one with --email";
                Failure::Usage(message.to_owned())
            })?,
        };
        let id = UserId::generate(&mut SysRng);
        Ok(User {
            id: id.map_err(|error| Failure::refused("id", error))?,
            status: if self.staged {
                UserStatus::Staged
            } else {
                UserStatus::Active
            },
            profile: UserProfile {
                first_name: self.first_name.clone(),
                last_name: self.last_name.clone(),
                login: self.login.clone(),
                email,
                second_email: self.second_email.clone(),
            },
        })
    }
}

fn login_taken() -> Failure {
    Failure::Refused {
        code: "login_taken",
        message: "somebody has this login, in whatever case it is written".to_owned(),
    }
}
