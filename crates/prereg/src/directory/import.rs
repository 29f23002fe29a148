//! Users from a file: CSV as a spreadsheet writes it, or JSON as Okta's API
//! answers it. All are taken or none.

mod csv;
mod elements;
mod fields;
mod json;
mod lines;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;

use prereg_types::api::{User, UserStatus};

use self::fields::Fields;

/// Problems that are told at once; after that, a file is beyond telling.
const MOST_PROBLEMS: usize = 20;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// RFC 4180, with commas or semicolons, the first line naming the columns.
    Csv,
    /// An array of objects, or one object after another.
    Json,
}

/// A user with the line where the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Located {
    /// Counted from 1.
    pub(crate) line: u64,
    /// The user, with the id of the file or a new one.
    pub(crate) user: User,
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// Its users, in order.
    pub(crate) users: Vec<Located>,
    /// Columns that mean nothing here.
    pub(crate) ignored: Vec<String>,
}

/// What is wrong on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Counted from 1.
    pub(crate) line: u64,
    /// The member and the rule.
    pub(crate) what: String,
}

/// Everything that is wrong with a file; at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problems(Vec<Problem>);

/// The members of one user, before they are checked.
struct Entry {
    line: u64,
    fields: Fields,
}

impl Format {
    /// What a text most likely is.
    pub(crate) fn guess(text: &str) -> Self {
        let start = text.trim_start_matches('\u{feff}').trim_start();
        if start.starts_with(['[', '{']) {
            return Self::Json;
        }
        Self::Csv
    }
}

/// Reads the users of a file. Who has no status in the file gets `status`.
///
/// # Errors
/// Every [`Problem`] found.
pub(crate) fn read(text: &str, format: Format, status: UserStatus) -> Result<Import, Problems> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (entries, ignored) = match format {
        Format::Csv => csv::entries(text)?,
        Format::Json => (json::entries(text)?, Vec::new()),
    };
    if entries.is_empty() {
        return Err(Problem::new(1, "there is no user in this file").into());
    }
    let mut problems = Vec::new();
    let mut users = Vec::with_capacity(entries.len());
    for Entry { line, fields } in entries {
        match fields.into_user(status) {
            Ok(user) => users.push(Located { line, user }),
            Err(invalid) => problems.push(Problem::new(line, invalid)),
        }
    }
    problems.extend(doubles(&users));
    if problems.is_empty() {
        return Ok(Import { users, ignored });
    }
    problems.sort_by_key(|problem| problem.line);
    Err(Problems(problems))
}

/// Users with a login or an id that another line has.
fn doubles(users: &[Located]) -> Vec<Problem> {
    let mut seen: HashMap<String, u64> = HashMap::new();
    let mut found = Vec::new();
    for Located { line, user } in users {
        let login = format!("login {}", user.profile.login.to_lowercase());
        for (member, key) in [("login", login), ("id", format!("id {}", user.id))] {
            if let Some(first) = seen.insert(key, *line) {
                found.push(Problem::new(
                    *line,
                    format!("{member}: line {first} has it, too"),
                ));
            }
        }
    }
    found
}

impl Problem {
    /// Something wrong on a line.
    pub(crate) fn new(line: u64, what: impl fmt::Display) -> Self {
        Self {
            line,
            what: what.to_string(),
        }
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl From<Vec<Problem>> for Problems {
    fn from(problems: Vec<Problem>) -> Self {
        Self(problems)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.iter().take(MOST_PROBLEMS).map(Problem::to_string);
        f.write_str(&shown.collect::<Vec<_>>().join("\n"))?;
        match self.0.len().saturating_sub(MOST_PROBLEMS) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl std::error::Error for Problems {}
