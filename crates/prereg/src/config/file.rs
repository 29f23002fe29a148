//! The TOML file: its values with their lines, its secrets apart.

use std::path::Path;

use figment::value::{Dict, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ConfigError;
use super::keys::{ALL, Key, Kind};
use super::layer::Layer;
use super::suggest;

/// What a file holds: values, or text of secrets and of `…_file` names.
pub(super) enum Entry {
    Value(Layer),
    /// A secret itself.
    Secret {
        key: &'static Key,
        text: String,
        source: String,
    },
    /// The path of the file that holds a secret.
    SecretFile {
        key: &'static Key,
        path: String,
        source: String,
    },
}

/// Reads a file's text. What is wrong with single values does not keep the
/// others from being read, so that all is told at once.
///
/// # Errors
/// Text that is not TOML.
pub(super) fn read(path: &Path, text: &str) -> Result<(Vec<Entry>, Vec<ConfigError>), ConfigError> {
    let document = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line(text, span.start));
        // Its Display quotes the line, which may hold a secret.
        ConfigError {
            source: source(path, line),
            subject: "not TOML".to_owned(),
            problem: error.message().replace('\n', ", "),
            remedy: "see https://toml.io".to_owned(),
        }
    })?;
    let mut reader = Reader {
        path,
        text,
        entries: Vec::new(),
        errors: Vec::new(),
    };
    reader.table("", document.get_ref());
    Ok((reader.entries, reader.errors))
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    entries: Vec<Entry>,
    errors: Vec<ConfigError>,
}

impl Reader<'_> {
    fn table(&mut self, above: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let name = if above.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{above}.{}", name.get_ref())
            };
            let source = source(self.path, line(self.text, value.span().start));
            if let Err(error) = self.entry(&name, value, source) {
                self.errors.push(error);
            }
        }
    }

    fn entry(
        &mut self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
        source: String,
    ) -> Result<(), ConfigError> {
        if let Some(key) = Key::find(name) {
            let entry = known(key, value.get_ref(), source)?;
            self.entries.push(entry);
            return Ok(());
        }
        if let Some(key) = secret_of_file(name) {
            let path = text_of(key, value.get_ref(), &source)?;
            self.entries.push(Entry::SecretFile { key, path, source });
            return Ok(());
        }
        let below = format!("{name}.");
        let is_table = ALL.iter().any(|key| key.name.starts_with(&below));
        match (is_table, value.get_ref()) {
            (true, DeValue::Table(table)) => self.table(name, table),
            (true, _) => {
                return Err(ConfigError {
                    source,
                    subject: name.to_owned(),
                    problem: "a table is due here".to_owned(),
                    remedy: format!("write [{name}] and its settings below"),
                });
            }
            (false, _) => {
                let names = ALL.iter().map(|key| key.name.to_owned());
                let meant = suggest::nearest(name, names);
                return Err(ConfigError::unknown(name, &source, meant));
            }
        }
        Ok(())
    }
}

/// The secret that `<name>_file` stands for.
pub(super) fn secret_of_file(name: &str) -> Option<&'static Key> {
    let key = Key::find(name.strip_suffix("_file")?)?;
    key.is_secret().then_some(key)
}

fn known(key: &'static Key, value: &DeValue<'_>, source: String) -> Result<Entry, ConfigError> {
    if key.is_secret() {
        let text = text_of(key, value, &source)?;
        return Ok(Entry::Secret { key, text, source });
    }
    let problem = match (key.kind, value) {
        (Kind::Flag, DeValue::Boolean(_))
        | (Kind::Integer, DeValue::Integer(_))
        // Times may be numbers of seconds.
        | (Kind::Text, DeValue::String(_) | DeValue::Integer(_))
        | (Kind::List | Kind::PrivateUrls, DeValue::Array(_))
        | (Kind::Map, DeValue::Table(_)) => None,
        _ => Some(format!("{} is not expected here", value.type_str())),
    };
    match (problem, convert(value)) {
        (None, Some(value)) => Ok(Entry::Value(Layer { key, value, source })),
        (problem, _) => {
            let problem = problem.unwrap_or_else(|| "out of range".to_owned());
            Err(ConfigError::value(key, &shown(value), &source, &problem))
        }
    }
}

fn text_of(key: &Key, value: &DeValue<'_>, source: &str) -> Result<String, ConfigError> {
    let text = value.as_str().map(ToOwned::to_owned);
    text.ok_or_else(|| ConfigError::value(key, "", source, "not a text"))
}

fn convert(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::from(text.as_ref()),
        DeValue::Integer(number) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix()).ok()?;
            match u64::try_from(parsed) {
                Ok(natural) => Value::from(natural),
                Err(_) => Value::from(parsed),
            }
        }
        DeValue::Boolean(flag) => Value::from(*flag),
        DeValue::Array(items) => items
            .iter()
            .map(|item| convert(item.get_ref()))
            .collect::<Option<Vec<_>>>()?
            .into(),
        DeValue::Table(table) => Value::from(
            table
                .iter()
                .map(|(name, value)| Some((name.get_ref().to_string(), convert(value.get_ref())?)))
                .collect::<Option<Dict>>()?,
        ),
        DeValue::Float(_) | DeValue::Datetime(_) => return None,
    })
}

fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        other => other.type_str().to_owned(),
    }
}

fn source(path: &Path, line: usize) -> String {
    format!("{}, line {line}", path.display())
}

fn line(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or_default();
    1 + before.split(|byte| *byte == b'\n').skip(1).count()
}
