//! Layer upon layer: defaults, file, environment, flags.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::value::Value;
use zeroize::Zeroizing;

use super::error::{ConfigError, ConfigErrors};
use super::file::{self, Entry};
use super::keys::{ALL, Key};
use super::layer::Layer;
use super::resolve;
use super::value::Secret;
use super::{Settings, paths, suggest};

/// No file of settings, and no secret, is larger.
const MOST_BYTES: u64 = 1 << 20;

/// Variables that begin as ours do and are read elsewhere.
const ELSEWHERE: &[&str] = &[
    // Of this project's scripts, which start the program with their environment.
    "PREREG_BIN",
    "PREREG_CRASH_ROUNDS",
    "PREREG_CONFIG",
    "PREREG_SECRET_KEY",
    "PREREG_SECRET_KEY_FILE",
];

/// Where settings come from.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    /// The file named by a flag.
    pub(crate) file: Option<PathBuf>,
    /// The environment.
    pub(crate) variables: BTreeMap<String, OsString>,
    /// Key and value of each flag, and how it was written.
    pub(crate) flags: Vec<(String, String, String)>,
}

/// Settings as they were found, each with its source.
pub(crate) struct Loaded {
    pub(super) figment: Figment,
    /// Secrets never enter figment, whose values are not wiped.
    pub(super) secrets: BTreeMap<&'static str, Secret>,
    /// What works and should be different.
    pub(crate) warnings: Vec<String>,
    /// The file that was read.
    pub(crate) file: Option<PathBuf>,
}

impl Origins {
    /// The environment of this process.
    pub(crate) fn of_this_process() -> Self {
        let named = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value));
        Self {
            variables: std::env::vars_os().filter_map(named).collect(),
            ..Self::default()
        }
    }

    /// A variable, unless it is empty.
    pub(super) fn variable(&self, name: &str) -> Option<&OsString> {
        self.variables.get(name).filter(|value| !value.is_empty())
    }
}

impl Loaded {
    /// Reads everything and looks every name up.
    ///
    /// # Errors
    /// Every name that is not known and every text that is not of its kind.
    pub(crate) fn load(origins: &Origins) -> Result<Self, ConfigErrors> {
        let named = origins.file.clone();
        let named = named.or_else(|| origins.variable("PREREG_CONFIG").map(PathBuf::from));
        let mut loader = Loader::default();
        loader.defaults(origins);
        let file = named.or_else(|| paths::file(origins));
        if let Some(path) = &file {
            loader.file(path);
        }
        loader.environment(origins);
        loader.flags(&origins.flags);
        if !loader.errors.is_empty() {
            return Err(ConfigErrors(loader.errors));
        }
        Ok(Self {
            figment: loader.figment,
            secrets: loader.secrets,
            warnings: loader.warnings,
            file,
        })
    }

    /// Checks every value.
    ///
    /// # Errors
    /// The first value that cannot be.
    pub(crate) fn settings(&self) -> Result<Settings, ConfigErrors> {
        resolve::settings(self).map_err(Into::into)
    }

    /// Where the value of a key came from.
    pub(super) fn source(&self, key: &str) -> String {
        let metadata = self.figment.find_metadata(key);
        metadata.map_or_else(|| "not set".to_owned(), |found| found.name.to_string())
    }
}

#[derive(Default)]
struct Loader {
    figment: Figment,
    secrets: BTreeMap<&'static str, Secret>,
    warnings: Vec<String>,
    errors: Vec<ConfigError>,
}

impl Loader {
    fn defaults(&mut self, origins: &Origins) {
        for key in ALL {
            if let Some(text) = key.default {
                self.text(key, text, "default");
            }
        }
        if let (Some(key), Some(path)) = (Key::find("server.data"), paths::data(origins)) {
            self.text(key, &path.display().to_string(), "default");
        }
    }

    fn file(&mut self, path: &Path) {
        let text = match read_text(path) {
            Ok(text) => text,
            Err(error) => {
                return self
                    .errors
                    .push(unreadable(path, "the configuration file", &error));
            }
        };
        let (entries, errors) = match file::read(path, &text) {
            Ok(read) => read,
            Err(error) => return self.errors.push(error),
        };
        self.errors.extend(errors);
        let mut holds_secrets = false;
        for entry in entries {
            match entry {
                Entry::Value(layer) => self.merge(layer),
                Entry::Secret { key, text, source } => {
                    holds_secrets = true;
                    self.secret(key, &Zeroizing::new(text), &source);
                }
                Entry::SecretFile { key, path, source } => self.secret_file(key, &path, &source),
            }
        }
        if holds_secrets {
            self.warn_if_others_read(path);
        }
    }

    fn environment(&mut self, origins: &Origins) {
        let ours = origins.variables.iter().filter(|(name, value)| {
            name.starts_with("PREREG_") && !value.is_empty() && !ELSEWHERE.contains(&name.as_str())
        });
        for (name, value) in ours {
            let source = format!("environment variable {name}");
            let Some(value) = value.to_str() else {
                self.errors.push(ConfigError {
                    source,
                    subject: name.clone(),
                    problem: "not UTF-8".to_owned(),
                    remedy: "write it in UTF-8".to_owned(),
                });
                continue;
            };
            self.variable(origins, name, value, &source);
        }
    }

    fn variable(&mut self, origins: &Origins, name: &str, value: &str, source: &str) {
        if let Some(key) = ALL.iter().find(|key| key.variable() == name) {
            if key.is_secret() {
                return self.secret(key, value, source);
            }
            return self.text(key, value, source);
        }
        let plain = name.strip_suffix("_FILE");
        let of_file = |key: &&Key| key.is_secret() && plain == Some(key.variable().as_str());
        let Some(key) = ALL.iter().find(of_file) else {
            let names = ALL.iter().map(Key::variable);
            let meant = suggest::nearest(name, names);
            return self.errors.push(ConfigError::unknown(name, source, meant));
        };
        if origins.variable(&key.variable()).is_some() {
            return self.errors.push(ConfigError {
                source: source.to_owned(),
                subject: key.name.to_owned(),
                problem: format!("{} is set as well", key.variable()),
                remedy: "unset one of the two".to_owned(),
            });
        }
        self.secret_file(key, value, source);
    }

    fn flags(&mut self, flags: &[(String, String, String)]) {
        for (name, value, written) in flags {
            let source = format!("flag {written}");
            match Key::find(name) {
                Some(key) if key.is_secret() => self.errors.push(ConfigError {
                    source,
                    subject: key.name.to_owned(),
                    problem: "other users can see the command line".to_owned(),
                    remedy: format!("set {0} or {0}_FILE", key.variable()),
                }),
                Some(key) => self.text(key, value, &source),
                None => {
                    let names = ALL.iter().map(|key| key.name.to_owned());
                    let meant = suggest::nearest(name, names);
                    self.errors.push(ConfigError::unknown(name, &source, meant));
                }
            }
        }
    }

    fn text(&mut self, key: &'static Key, text: &str, source: &str) {
        match Layer::from_text(key, text, source) {
            Ok(layer) => self.merge(layer),
            Err(error) => self.errors.push(error),
        }
    }

    fn merge(&mut self, layer: Layer) {
        // The later one counts whole, also where it is a table.
        self.figment = std::mem::take(&mut self.figment).merge(layer);
    }

    fn secret(&mut self, key: &'static Key, text: &str, source: &str) {
        self.secrets.insert(key.name, Secret::new(text));
        self.merge(Layer {
            key,
            value: Value::from(true),
            source: source.to_owned(),
        });
    }

    fn secret_file(&mut self, key: &'static Key, path: &str, source: &str) {
        match read_text(Path::new(path)) {
            Ok(text) => {
                self.warn_if_others_read(Path::new(path));
                let text = text.strip_suffix('\n').unwrap_or(&text);
                let text = text.strip_suffix('\r').unwrap_or(text);
                self.secret(key, text, &format!("file {path}, named by {source}"));
            }
            Err(error) => {
                let mut complaint = unreadable(Path::new(path), key.name, &error);
                source.clone_into(&mut complaint.source);
                self.errors.push(complaint);
            }
        }
    }

    /// A file with a secret that others of the machine can read.
    fn warn_if_others_read(&mut self, path: &Path) {
        #[cfg(unix)]
        if let Ok(metadata) = path.metadata()
            && std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o004 != 0
        {
            let path = path.display();
            self.warnings.push(format!(
                "{path} holds a secret and everybody on this machine can read it; chmod o-r {path}"
            ));
        }
    }
}

fn read_text(path: &Path) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let mut file = File::open(path)?.take(MOST_BYTES + 1);
    file.read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            "more than 1 MiB",
        ));
    }
    Ok(text)
}

fn unreadable(path: &Path, what: &str, error: &io::Error) -> ConfigError {
    ConfigError {
        source: path.display().to_string(),
        subject: what.to_owned(),
        problem: format!("cannot be read: {error}"),
        remedy: "check the path and who may read it".to_owned(),
    }
}
