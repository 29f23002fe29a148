//! Settings for people: every value with its source, secrets redacted.

use figment::value::Value;
use serde::Serialize;

use super::keys::{ALL, Key, Kind};
use super::load::Loaded;
use super::value::HttpUrl;

/// One line of `prereg config show`.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) key: &'static str,
    /// None where it is not set.
    pub(crate) value: Option<String>,
    pub(crate) source: String,
    /// The variable that would set it.
    pub(crate) variable: String,
}

impl Loaded {
    /// Every setting with its value and its source.
    pub(crate) fn lines(&self) -> Vec<Line> {
        let line = |key: &'static Key| Line {
            key: key.name,
            value: value(self, key),
            source: self.source(key.name),
            variable: key.variable(),
        };
        ALL.iter().map(line).collect()
    }
}

/// A value as it may be shown.
pub(super) fn value(loaded: &Loaded, key: &Key) -> Option<String> {
    let found = loaded.figment.find_value(key.name).ok()?;
    Some(match key.kind {
        Kind::Secret => "(redacted)".to_owned(),
        Kind::PrivateUrls => list(&found, private),
        _ => text(&found),
    })
}

fn text(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    if let Some(flag) = value.to_bool() {
        return flag.to_string();
    }
    if let Some(dict) = value.as_dict() {
        let pairs = dict
            .iter()
            .map(|(name, value)| format!("{name}={}", text(value)));
        return pairs.collect::<Vec<_>>().join(", ");
    }
    if value.as_array().is_some() {
        return list(value, text);
    }
    let number = value.to_i128().map(|number| number.to_string());
    number
        .or_else(|| value.to_u128().map(|number| number.to_string()))
        .unwrap_or_default()
}

fn list(value: &Value, one: impl Fn(&Value) -> String) -> String {
    let items = value.as_array().unwrap_or_default();
    items.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn private(value: &Value) -> String {
    let url = value.as_str().and_then(|text| HttpUrl::parse(text).ok());
    url.map_or_else(
        || "(not an address)".to_owned(),
        |url| format!("{}/…", url.origin()),
    )
}
