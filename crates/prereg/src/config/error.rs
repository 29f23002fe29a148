//! Complaints: where, which key, which value, what is wrong, what to do.

use std::fmt;

use super::keys::{Key, Kind};

/// One complaint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigError {
    /// Where the value came from.
    pub(super) source: String,
    /// The key, perhaps with its value.
    pub(super) subject: String,
    /// What is wrong.
    pub(super) problem: String,
    /// What to do.
    pub(super) remedy: String,
}

/// Complaints, one a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConfigErrors(pub(super) Vec<ConfigError>);

impl ConfigError {
    /// A value that its key does not take. Secrets are not repeated.
    pub(super) fn value(key: &Key, value: &str, source: &str, problem: &str) -> Self {
        let subject = match key.kind {
            Kind::Secret | Kind::PrivateUrls => key.name.to_owned(),
            // Credentials in an address, where they do not belong.
            _ if value.contains("://") && value.contains('@') => key.name.to_owned(),
            _ => format!("{} = {value:?}", key.name),
        };
        Self {
            source: source.to_owned(),
            subject,
            problem: problem.to_owned(),
            remedy: format!("write {}", key.expects),
        }
    }

    /// A name that is none.
    pub(super) fn unknown(name: &str, source: &str, meant: Option<String>) -> Self {
        let remedy = match meant {
            Some(meant) => format!("did you mean {meant}?"),
            None => "`prereg config show` lists all settings".to_owned(),
        };
        Self {
            source: source.to_owned(),
            subject: name.to_owned(),
            problem: "no such setting".to_owned(),
            remedy,
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            source,
            subject,
            problem,
            remedy,
        } = self;
        write!(f, "{source}: {subject}: {problem}; {remedy}")
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> Self {
        Self(vec![error])
    }
}
