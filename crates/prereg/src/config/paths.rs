//! Where things are when nobody says so (XDG Base Directory Specification).

use std::path::PathBuf;

use super::load::Origins;

/// The data directory without a setting.
pub(super) fn data(origins: &Origins) -> Option<PathBuf> {
    base(origins, "XDG_DATA_HOME", ".local/share").map(|base| base.join("prereg"))
}

/// The file that is read, where it exists, without a flag or a variable.
pub(super) fn file(origins: &Origins) -> Option<PathBuf> {
    let path = base(origins, "XDG_CONFIG_HOME", ".config")?.join("prereg/prereg.toml");
    path.exists().then_some(path)
}

fn base(origins: &Origins, variable: &str, below_home: &str) -> Option<PathBuf> {
    let absolute = |name: &str| {
        let path = PathBuf::from(origins.variable(name)?);
        path.is_absolute().then_some(path)
    };
    absolute(variable).or_else(|| Some(absolute("HOME")?.join(below_home)))
}
