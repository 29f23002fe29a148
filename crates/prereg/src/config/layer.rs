//! One value on its way into figment, with the place it came from.

use figment::value::{Dict, Map, Value};
use figment::{Error, Metadata, Profile, Provider};

use super::error::ConfigError;
use super::keys::{Key, Kind};

/// A value and its source. A layer for each value, so that figment remembers
/// for each of them where it came from.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) key: &'static Key,
    pub(super) value: Value,
    pub(super) source: String,
}

impl Layer {
    /// Reads text from the environment, a flag or the table of defaults.
    pub(super) fn from_text(
        key: &'static Key,
        text: &str,
        source: &str,
    ) -> Result<Self, ConfigError> {
        let wrong = |problem| ConfigError::value(key, text, source, problem);
        let value = match key.kind {
            Kind::Text => Value::from(text),
            Kind::Integer => Value::from(
                text.trim()
                    .parse::<u64>()
                    .map_err(|_| wrong("not a number"))?,
            ),
            Kind::Flag => Value::from(
                text.trim()
                    .parse::<bool>()
                    .map_err(|_| wrong("neither true nor false"))?,
            ),
            Kind::List | Kind::PrivateUrls => {
                parts(text).map(Value::from).collect::<Vec<_>>().into()
            }
            Kind::Map => Value::from(map(text).ok_or_else(|| wrong("not a list of name=number"))?),
            // Secrets take another way: figment's values are not wiped.
            Kind::Secret => Value::from(true),
        };
        Ok(Self {
            key,
            value,
            source: source.to_owned(),
        })
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.source.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let nest = |value: Value, name: &str| Value::from(Dict::from([(name.to_owned(), value)]));
        let nested = self.key.name.rsplit('.').fold(self.value.clone(), nest);
        let dict = nested.into_dict().unwrap_or_default();
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
}

fn map(text: &str) -> Option<Dict> {
    parts(text)
        .map(|part| {
            let (name, number) = part.split_once('=')?;
            let number: u64 = number.trim().parse().ok()?;
            Some((name.trim().to_owned(), Value::from(number)))
        })
        .collect()
}
